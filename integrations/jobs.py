"""Messages that want no ideas: jobs that chat apps give to any model (a title, tags), and talk about a list. Pure."""

from __future__ import annotations

import re
from typing import Final

from .wishes import MAX_WISH, NTH

# "### Task:" with the chat below it: Open WebUI's form for titles, tags, follow-ups, queries and the like.
_TASK_FORM = re.compile(
    r"\A\s*#{1,4} ?Task:?.*?(?:^#{1,4} ?(?:Chat History|Output|Guidelines)\b|<chat_history>)", re.S | re.M
)
# The chat itself, and no thing that has to do with one: "our conversation", but not "our chat app".
_OF_THE_CHAT = (
    r"(?:(?:following|above|entire|whole|full|current|previous|last|first|latest|recent|user'?s?|chat|given)\s){0,3}"
    r"(?:conversation|chat(?: history| session)?|dialogue|discussion|messages?|exchange|request)(?![\w-])"
    r"(?=\s*(?:[^\w\s]|\Z|\n|(?:in|into|with|without|using|based|so|below|above|and|that|which|as|by|from|to|an?)\b"
    r"|between (?:an?|the) (?:user|human|person)\b))"
)
_JOB = re.compile(
    r"\b(?:generate|write|create|provide|give|suggest|produce|come up with|make|return|pick|choose|name|summari[sz]e|analy[sz]e)\b"
    r"[^.?!\n]{0,80}?"
    r"(?:\b(?:title|name|summary|topic|heading|tags?|emoji|category|label|follow-?ups?(?: questions?| prompts?)?|search quer(?:y|ies))\b)"
    r"[^.?!\n]{0,60}?\b(?:this|our|the|following|above|entire|user'?s)\s" + _OF_THE_CHAT,
    re.I,
)
_SUMMARY = re.compile(
    r"(?:\A|[.,:]\s)\W*(?:please )?(?:summari[sz]e|name|give a title to|give)\s(?:the|this|our)\s" + _OF_THE_CHAT,
    re.I,
)
# "title" first and then how long it may be: "Title in 5 Words or Less".
_TITLE_RULE = re.compile(
    r"\btitle (?:in|of|within) (?:\w+ ){1,3}words?(?: or (?:less|fewer))?\b|-word-or-less title\b", re.I
)
_JOB_OTHER = re.compile(
    r"(?:总结|概括|標題|标题).{0,30}(?:标题|標題|对话|會話|会话)|(?:标题|主题).{0,12}(?:对话|会话)|四到五个字直接返回"
    r"|(?:会話|チャット).{0,20}(?:タイトル|要約)"
    r"|\b(?:Titel|Überschrift) für (?:dieses|das|unser) Gespräch\b|\btitre (?:pour|de) (?:cette|la) conversation\b"
    r"|\btítulo (?:para|de) (?:esta|la) conversación\b",
    re.I,
)
_PLURAL = re.compile(
    r"\b(?:\d+|two|three|four|five|six|ten|some|several|many)\s(?:\w+\s){0,2}?(?:titles|names|summaries)\b", re.I
)
FORM: Final = 20_000
"""Characters in which a form for such a job ends: the chat comes after it."""

HEAD: Final = 1200
"""Characters at either end of a message where a job is looked for: what lies between is the chat it is about."""


def is_job(text: str) -> bool:
    """Whether a message is a chat app's own job (title, tags, follow-up questions, ...) and no brainstorm."""
    if _TASK_FORM.match(text[:FORM]):
        return True
    for part in (text[:HEAD], text[-HEAD:]):
        if _PLURAL.search(part):
            continue  # several titles are ideas
        if any(form.search(part) for form in (_JOB, _SUMMARY, _TITLE_RULE, _JOB_OTHER)):
            return True
    return False


_THANKS = re.compile(
    r"\A\W*(?:(?:many |so |very )*(?:thank you|thanks?|thx|ty|cheers|danke(?: schön)?|merci|gracias|grazie|obrigad[oa])"
    r"(?: (?:so|very) much| a lot| you)?|ok(?:ay)?|k|great|nice|good|cool|perfect|awesome|excellent|wonderful|lovely"
    r"|brilliant|amazing|got it|i see|understood|alright|all right|well done|yes|no|hm+|hi|hello|hey|bye|goodbye"
    r"|(?:these|those|they|that|this)(?: are| is|'s) (?:all )?(?:great|good|nice|perfect|fine|lovely|awesome|enough)"
    r"|i (?:really )?(?:like|love) (?:it|them|these|those|this|that)(?: all)?|that'?s (?:all|it|enough)"
    r"|for now|for (?:the|these|your) (?:ideas|help|list|names|suggestions))\b\W*",
    re.I,
)
_ABOUT_ONE = re.compile(
    r"\A\W*(?:please |now |ok(?:ay)?,? |so |and |but |can you |could you |would you )*(?:why|explain|describe|define|clarify"
    r"|elaborate|how(?! about)|what(?! about)|which|who|does|do|is|are|would|tell me|compare|translate|summari[sz]e|rewrite"
    r"|write|turn|say)\b(?P<what>.*)\Z",
    re.I | re.S,
)
_ONE_OF_THEM = re.compile(
    r"\b(?:number|no\.?|nr\.?|idea|option|suggestion)\s?#?(?P<n>\d{1,3})\b|#(?P<hash>\d{1,3})\b|\A\s*(?P<bare>\d{1,3})\W*\Z"
    rf"|\b(?P<nth>{'|'.join(NTH)}|last)\s(?:one|idea|option|suggestion)\b",
    re.I,
)


def is_thanks(text: str) -> bool:
    """Whether a message after a list of ideas is thanks, praise or a nod, and nothing else."""
    rest = " ".join(text[:MAX_WISH].split())
    while found := _THANKS.match(rest):
        rest = rest[found.end() :]
    return not rest and len(text) <= MAX_WISH


def asks_about_one(text: str, listed: int) -> bool:
    """Whether a message after a list of that many ideas asks about one of them: "why 2?"."""
    asked = _ABOUT_ONE.match(" ".join(text.split())) if len(text) <= MAX_WISH else None
    one = _ONE_OF_THEM.search(asked["what"]) if asked else None
    if one is None:
        return False
    number = one["n"] or one["hash"] or one["bare"]
    return number is None or 1 <= int(number) <= listed
