"""Whether a reply declines to answer."""

from __future__ import annotations

import re

_SORRY = r"(?:i['’]?m|i am|we['’]?re|we are)\s+(?:very |so |truly |really )?(?:sorry|afraid)"
_UNABLE = (
    r"(?:(?:i|we)\s+(?:just |simply |really )?(?:can['’]?t|cannot|can not|won['’]?t|will not|am not able to|"
    r"am unable to|(?:must|have to) (?:respectfully |politely )?decline|(?:do not|don['’]t) feel comfortable|"
    r"am not comfortable|refuse to)|(?:i['’]m|we['’]re) not (?:able to|comfortable|willing to)|i['’]d rather not)"
)
_VERB = (
    r"(?:help|assist|provide|generate|create|write|produce|comply|fulfil?l|do|answer|offer|give|"
    r"support|engage|"
    r"continue|share|suggest|discuss|complete|respond|brainstorm|participate|make|tell|list|"
    r"creating|generating|writing|producing|providing|helping)\b(?! (?:up|but|in|falling|\w+ing) ?)"
)
_OPENERS = re.compile(
    rf"(?:{_SORRY}[,.:;]?\s*(?:but\s+)?(?:{_UNABLE}|that['’]s not|this is not|as an ai)"
    rf"|{_UNABLE}\s+(?:\w+\s+){{0,2}}{_VERB}|(?:i['’]m|i am) (?:unable|not able) to (?:\w+ ){{0,2}}{_VERB}"
    rf"|as an ai(?: language)? (?:model|assistant)[^.]{{0,80}}(?:can['’]?t|cannot|unable|not able|"
    rf"do not|don['’]t)"
    rf"|sorry,?\s*(?:but\s+)?{_UNABLE}|(?:my apologies|i apologi[sz]e)[,.]?\s*(?:but\s+)?{_UNABLE}"
    r"|(?:is not|isn['’]t|are not|aren['’]t) something (?:that )?(?:i|we)(?:['’]ll|['’]m|['’]d| will| can| would| am)\b"
    r"|refusal: (?!false|no\b|none|null)\w"
    r"|lo siento,?[^.]{0,40}no puedo|no puedo (?:ayudar|proporcionar|generar|cumplir)"
    r"|(?:je suis )?désolée?,?[^.]{0,40}je ne (?:peux|puis)|je ne peux pas (?:vous )?(?:aider|fournir)"
    r"|es tut mir leid[^.]{0,60}(?:kann|nicht)|ich kann (?:dir |ihnen )?(?:dabei |"
    r"damit )?(?:leider )?nicht helfen"
    r"|mi dispiace[^.]{0,40}non posso|desculpe[^.]{0,40}não posso|извините[^.]{0,40}не могу|"
    r"я не могу (?:помочь|предоставить)"
    r"|(?:很)?抱歉.{0,20}(?:无法|不能|無法)|对不起.{0,20}(?:无法|不能)|申し訳(?:ありません|ございません).{0,40}(?:できません|いたしかねます)"
    r"|죄송(?:합니다|하지만).{0,40}(?:없습니다|없어요)|عذر[اًا]{1,2}.{0,40}لا (?:أستطيع|يمكنني)"
    r"|آسف.{0,40}لا (?:أستطيع|يمكنني)"
    r"|(?:すみません|すいません|ごめんなさい|恐れ入ります|申し訳|残念ながら).{0,60}(?:できません|できかねます|いたしかねます|出来ません)"
    r"|(?:खेद|क्षमा|माफ़).{0,60}नहीं (?:कर )?सकत|przykro mi.{0,40}nie mogę|nie mogę (?:w tym )?pomóc"
    r"|(?:üzgünüm|maalesef).{0,60}(?:olamam|edemem|yapamam|veremem|yazamam)"
    r"|xin lỗi.{0,40}không thể|ขออภัย.{0,40}ไม่สามารถ"
    r"|maaf.{0,40}(?:tidak (?:dapat|bisa)|tak boleh)|het spijt me.{0,40}niet"
    r"|ik kan (?:je )?(?:daar|hier) niet (?:bij|mee)"
    r"|(?:ledsen|beklager|desværre|valitettavasti).{0,60}(?:inte|ikke|en voi)"
    r"|вибачте.{0,40}не можу|omlouvám se.{0,40}nemohu"
    r"|îmi pare rău.{0,40}nu pot|λυπάμαι.{0,40}δεν μπορώ|מצטער.{0,40}לא יכול"
    r"|متأسفم.{0,60}نمی‌?توانم|দুঃখিত.{0,60}পার(?:ছি|ব) না)",
    re.IGNORECASE | re.DOTALL,
)


# One of these is in every opening that the pattern finds; looking for them first is much cheaper.
_STEMS = (
    "sorry", "afraid", "can't", "can’t", "cant", "cannot", "can not", "won't", "won’t", "wont",
    "will not", "unable", "not able", "not comfortable", "comfortable", "not willing", "rather not",
    "decline", "refus", "apolog", "as an ai", " something i", " something we", " something that ",
    "lo siento", "no puedo", "désolé", "peux pas", "leid", "nicht helfen", "refusal:", "dispiace",
    "desculpe", "извините", "не могу", "не можу", "抱歉", "对不起", "申し訳", "すみません", "すいません", "ごめん", "恐れ入り",
    "残念ながら", "죄송", "عذر", "آسف", "खेद", "क्षमा", "माफ़", "przykro", "nie mogę", "üzgünüm", "maalesef",
    "xin lỗi", "ขออภัย", "maaf", "spijt", "ik kan", "ledsen", "beklager", "desværre", "valitettavasti",
    "omlouvám", "îmi pare", "λυπάμαι", "מצטער", "متأسفم", "দুঃখিত",
)  # fmt: skip
_TITLE = re.compile(r"[^.!?\n]{1,80}[:：]\s+(?:an?|the|my|our|your|where|in which|\w+ing)\b", re.IGNORECASE)


def is_refusal(text: str) -> bool:
    """Whether prose opens by declining: an apology with "can't", or the inability itself; not a title such as
    "I won't give up: a running club"."""
    opening = text[:320].lstrip(" \t\n*\"'>#_")
    low = opening.lower()
    if not any(stem in low for stem in _STEMS):
        return False
    found = _OPENERS.search(opening)
    return found is not None and found.start() <= 90 and not _TITLE.match(opening)
