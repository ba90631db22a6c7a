"""Messages that want no ideas: jobs that chat apps give to any model (a title, tags), and talk about a list. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from .wishes import MAX_WISH, NTH, names_one

# "### Task:" with the chat below it: Open WebUI's form for titles, tags, follow-ups, queries and the like.
_TASK_FORM = re.compile(
    r"\A\s*#{1,4} ?(?:Task|Aufgabe|Tâche|Tarea|Compito|Tarefa|任务|任務)\b:?.*?(?:^#{1,4} ?(?:Chat History|Output|Guidelines"
    r"|Chat-?Verlauf|Ausgabe|Richtlinien|Leitlinien)\b|<chat_history>)",
    re.S | re.M | re.I,
)
# Further jobs of Open WebUI, by how its prompts begin: an emoji, one answer of several models, the choice of a tool.
_PROMPT = re.compile(
    r"\A\W*(?:your task is to reflect the speaker'?s likely facial expression"
    r"|you have been provided with a set of responses from various models)",
    re.I,
)
_TOOLS = re.compile(r"\A\W*available tools:|\byour task is to choose and return the correct tool", re.I)
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
    if _TASK_FORM.match(text[:FORM]) or _PROMPT.match(text[:HEAD]):
        return True
    for part in (text[:HEAD], text[-HEAD:]):
        if _PLURAL.search(part):
            continue  # several titles are ideas
        if any(form.search(part) for form in (_JOB, _SUMMARY, _TITLE_RULE, _JOB_OTHER)):
            return True
    return False


def chooses_tools(system: str) -> bool:
    """Whether a system message asks for the choice of a tool, as Open WebUI does before a chat is answered."""
    return any(_TOOLS.search(part) for part in (system[:HEAD], system[-HEAD:]))


_THANKS = re.compile(
    r"\A\W*(?:(?:many |so |very )*(?:thank you|thanks?|thx|ty|cheers|(?:vielen |besten |herzlichen )?dank(?:e(?: schön| sehr)?)?|merci|gracias|grazie|obrigad[oa])"
    r"(?: (?:so|very) much| a lot| you)?|ok(?:ay)?|k|great|nice|good|cool|perfect|awesome|excellent|wonderful|lovely"
    r"|brilliant|amazing|got it|i see|understood|alright|all right|well done|nothing (?:else|more)|no more|super|toll|prima|klasse|yes|no|hm+|hi|hello|hey|bye|goodbye"
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


_QUESTION = re.compile(
    r"\A\W*(?:(?:please|now|ok(?:ay)?|so|and|but|can you|could you|would you|bitte|und|aber|kannst du)[\s,]+){0,3}(?P<verb>why|explain"
    r"|describe|define|clarify|elaborate|how (?:does|do|did|is|would)|what(?:'?s| (?:does|do|did|is|was|are|would|about))|who (?:is|was)"
    r"|(?:tell|say) (?:me )?(?:something )?more|tell me|(?:give me |some )?more (?:details|info|information)|more about|is|does|compare|warum|wieso|weshalb"
    r"|erkläre?|was (?:bedeutet|heißt|ist|meinst du mit)|erzähle? (?:mir )?mehr|(?:was|wer) ist)\s+"
    r"(?:(?:did|do|does|would|is|are|was|have|you|we|i|pick(?:ed)?|choose|chosen?|suggest(?:ed)?|include|list|named?|call(?:ed)?|with"
    r"|on|by|the|about|of|to|for|mean|meant|hast|du|über|zu|von|der|die|das|idea|option|word)\s+){0,8}(?P<what>.+)\Z",
    re.I | re.S,
)
_A_NUMBER = re.compile(r"\A(?:#|(?:number|no\.?|nr\.?|nummer)\s?)?(?P<n>\d{1,3})(?!\w)\s?(?P<rest>.*)\Z", re.I | re.S)
_TAIL = re.compile(
    r"\A\W*(?:(?:mean|means|meant|stand|stands|stand for|work|works|so|in detail|in depth|better|more|best|first|a good (?:name|one|idea|choice)"
    r"|good|on (?:the|your|this) list|to me|here|please|there|exactly|refer to|come from|again|further|bitte|genauer|näher|bedeuten"
    r"|(?:and|or|vs|versus|with|to|und|mit) #?\d{1,3})\b\W*){0,5}\Z",
    re.I,
)
_WHICH = re.compile(
    r"\A\W*(?:(?:and|so|ok(?:ay)?|but|now|und)[\s,]+){0,2}(?:which\s(?:ones?\b|of (?:them|these|those)\b"
    r"|(?:is|are|do|does|would|should|did|sounds?|works?|fits?)\s(?:you|i|we|the|it|your|our)?\s?(?:the )?"
    r"(?:best|better|favou?rite|like|prefer|pick|choose|recommend|go with|shortest|strongest|worst|most|easiest|cheapest|safest|funniest)\b)"
    r"|welche[rsn]?\s(?:ist|sind|davon|findest|würdest|gefällt|passt|magst)\b"
    r"|(?:what(?:'?s| is)|was ist)\s(?:your|the|dein|der|die|das)\s(?:favou?rite|best|beste|favorit)"
    r"(?:\s(?:one|idea|name|of (?:them|these|those)|davon|here))?\W*\Z)",
    re.I,
)
_ALL_OF_THEM = re.compile(
    r"\A\W*(?:(?:please|now|ok(?:ay)?|so|and|can you|could you|would you|bitte|kannst du)[\s,]+){0,3}(?:translate|summari[sz]e|explain"
    r"|compare|sort|order|group|rank|rate|categori[sz]e|rewrite|rephrase|number|format|put|turn|alphabeti[sz]e|describe|übersetze?"
    r"|sortiere?|erkläre?|vergleiche?)\s(?:all (?:of )?)?"
    r"(?:them|these|those|it|that|this|all|everything|the (?:list|ideas|names|above)|sie|diese|das|alle|die (?:liste|ideen|namen))\b",
    re.I,
)


def asks_about_one(text: str, listed: Sequence[str]) -> bool:
    """Whether a message after that list of ideas asks about one of them, or about the list: "why 2?", "which is best?"."""
    if len(text) > MAX_WISH:
        return False
    plain = " ".join(text.split())
    if _WHICH.match(plain) or _ALL_OF_THEM.match(plain):
        return True
    if asked := _ABOUT_ONE.match(plain):
        one = _ONE_OF_THEM.search(asked["what"])
        number = one and (one["n"] or one["hash"] or one["bare"])
        if one is not None and (number is None or 1 <= int(number) <= len(listed)):
            return True
    if (question := _QUESTION.match(plain)) is None:
        return False
    if pointed := _A_NUMBER.match(question["what"]):
        return 1 <= int(pointed["n"]) <= len(listed) and _TAIL.match(pointed["rest"]) is not None
    rest = names_one(question["what"], listed)
    return rest is not None and _TAIL.match(rest) is not None
