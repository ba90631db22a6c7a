"""Whether a reply declines to answer."""

from __future__ import annotations

import re

_SORRY = r"(?:i['’]?m|i am|we['’]?re|we are)\s+(?:very |so |truly |really )?(?:sorry|afraid)"
_UNABLE = (
    r"(?:i|we)\s+(?:just |simply |really )?(?:can['’]?t|cannot|can not|won['’]?t|will not|am not able to|"
    r"['’]?m not able to|am unable to|must decline|have to decline|do not feel comfortable|"
    r"don['’]t feel comfortable|"
    r"am not comfortable|refuse to)"
)
_VERB = (
    r"(?:help|assist|provide|generate|create|write|produce|comply|fulfil?l|do|answer|offer|give|"
    r"support|engage|"
    r"continue|share|suggest|discuss|complete|respond|brainstorm|participate|make|tell|list)"
)
_OPENERS = re.compile(
    rf"(?:{_SORRY}[,.:;]?\s*(?:but\s+)?(?:{_UNABLE}|that['’]s not|this is not|as an ai)"
    rf"|{_UNABLE}\s+(?:\w+\s+){{0,2}}{_VERB}|(?:i['’]m|i am) (?:unable|not able) to (?:\w+ ){{0,2}}{_VERB}"
    rf"|as an ai(?: language)? (?:model|assistant)[^.]{{0,80}}(?:can['’]?t|cannot|unable|not able|"
    rf"do not|don['’]t)"
    rf"|sorry,?\s*(?:but\s+)?{_UNABLE}|(?:my apologies|i apologi[sz]e)[,.]?\s*(?:but\s+)?{_UNABLE}"
    r"|lo siento,?[^.]{0,40}no puedo|no puedo (?:ayudar|proporcionar|generar|cumplir)"
    r"|(?:je suis )?désolée?,?[^.]{0,40}je ne (?:peux|puis)|je ne peux pas (?:vous )?(?:aider|fournir)"
    r"|es tut mir leid[^.]{0,60}(?:kann|nicht)|ich kann (?:dir |ihnen )?(?:dabei |"
    r"damit )?(?:leider )?nicht helfen"
    r"|mi dispiace[^.]{0,40}non posso|desculpe[^.]{0,40}não posso|извините[^.]{0,40}не могу|"
    r"я не могу (?:помочь|предоставить)"
    r"|(?:很)?抱歉.{0,20}(?:无法|不能|無法)|对不起.{0,20}(?:无法|不能)|申し訳(?:ありません|ございません).{0,40}(?:できません|いたしかねます)"
    r"|죄송(?:합니다|하지만).{0,40}(?:없습니다|없어요)|عذر[اًا]{1,2}.{0,40}لا (?:أستطيع|يمكنني)"
    r"|آسف.{0,40}لا (?:أستطيع|يمكنني))",
    re.IGNORECASE | re.DOTALL,
)


def is_refusal(text: str) -> bool:
    """Whether prose opens by declining: an apology with "can't", or the inability itself."""
    opening = text[:320].lstrip(" \t\n*\"'>#_")
    found = _OPENERS.search(opening)
    return found is not None and found.start() <= 90
