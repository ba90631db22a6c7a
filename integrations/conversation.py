"""What a conversation asks for: chat messages → topic, wishes, and the ideas that were named before. Pure.

Nothing is kept between requests, so all is read from the messages: "more", "5 more like 3", "fewer puns", "shorter" are
taken as wishes about the list before them. What is not clearly such a wish is a topic of its own, with the turns before
it as context. Jobs that chat apps give to the same model (a title, tags, what to ask next) are no brainstorm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from brainstorm.parse import parse

BEST: Final = "**Best first**"
"""Stands before the ranked list of an answer, so that the list is found again in the next request."""

MAX_KEPT: Final = 200
"""Earlier ideas that a brief names as taken, the latest ones: each costs about ten tokens in every call."""

MAX_READ: Final = 200_000
"""Characters of earlier answers that are read for ideas, the latest ones: reading them takes some 50 ms."""

MAX_WISH: Final = 160
"""A longer message is a task of its own, not a wish about the list before it."""

MAX_N: Final = 100
"""A larger number in a sentence is no count of ideas ("500 more words")."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: its role and its text."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What the last message of a conversation asks for, the others taken into account.

    Attributes:
        topic: what to brainstorm on, in the asker's words.
        job: the conversation is a chat app's own job, to be passed to the model as it is.
        n: ideas wanted, where a number was said.
        context: turns that a model should see besides the topic.
        keep: ideas named before, not to be said again.
        avoid: what is not wanted, as said.
        nearer_to: earlier ideas to go nearer to.
        away_from: earlier ideas to go away from.
        constraints: further wishes, as said.
    """

    topic: str
    job: bool = False
    n: int | None = None
    context: tuple[Turn, ...] = ()
    keep: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    nearer_to: tuple[str, ...] = ()
    away_from: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What one message changes; `like` is `None` where it says nothing about likeness."""

    n: int | None = None
    like: tuple[str, ...] | None = None
    unlike: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    topic: str = ""
    context: tuple[Turn, ...] = ()
    n: int | None = None
    like: tuple[str, ...] = ()
    unlike: list[str] = field(default_factory=list)
    avoid: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)


def understand(turns: Sequence[Turn]) -> Ask:
    """What the conversation asks for.

    Raises:
        ValueError: no message comes from the user.
    """
    at = next((i for i in reversed(range(len(turns))) if turns[i].role == "user" and turns[i].text.strip()), None)
    if at is None:
        raise ValueError("no message with text comes from the user: the last one is taken as the topic")
    last = turns[at].text.strip()
    if is_job(last):
        return Ask(last, job=True)
    systems = tuple(t for t in turns if t.role == "system")
    state, said, listed = _State(), dict[str, None](), tuple[str, ...]()
    before: list[Turn] = []
    read_from = _read_from(turns[:at])
    for i, turn in enumerate(turns[: at + 1]):
        if turn.role == "assistant":
            listed = ideas_in(turn.text) if i >= read_from else ()
            said.update(dict.fromkeys(listed))
            before.append(replace(turn, text=_bare(turn.text)))
        elif turn.role == "user" and turn.text.strip():
            wish = _wish_of(turn.text, listed, state.topic) if listed and state.topic else None
            if wish is None:
                state = _State(turn.text.strip(), tuple(before), count_in(turn.text))
            else:
                _grant(state, wish)
            before.append(turn)
    return Ask(
        topic=state.topic,
        n=state.n,
        context=(*systems, *state.context),
        keep=tuple(said)[-MAX_KEPT:],
        avoid=tuple(dict.fromkeys(state.avoid)),
        nearer_to=state.like,
        away_from=tuple(dict.fromkeys(state.unlike)),
        constraints=tuple(dict.fromkeys(state.constraints)),
    )


def _read_from(turns: Sequence[Turn]) -> int:
    """The first turn from which on answers are read for ideas."""
    room = MAX_READ
    for i in reversed(range(len(turns))):
        room -= len(turns[i].text) if turns[i].role == "assistant" else 0
        if room < 0:
            return i + 1
    return 0


def _grant(state: _State, wish: _Wish) -> None:
    state.n = wish.n
    state.like = state.like if wish.like is None else wish.like
    state.unlike += wish.unlike
    state.avoid += wish.avoid
    state.constraints += wish.constraints


def ideas_in(text: str) -> tuple[str, ...]:
    """The ideas that an answer named: its ranked list, or, where there is none, whatever reads as ideas."""
    return tuple(dict.fromkeys(" ".join(c.whole.split()) for c in parse(_bare(text)).candidates))


def _bare(text: str) -> str:
    """An answer without the ideas as they were found and without its last line: the ranked list, if it has one."""
    _, mark, tail = text.rpartition(BEST)
    return re.split(r"\n\s*\*\(", tail)[0].strip() if mark else text


# --- jobs of chat apps -------------------------------------------------------------------------------------------

# "### Task:" with the chat below it: Open WebUI's form for titles, tags, follow-ups, queries and the like.
_TASK_FORM = re.compile(
    r"\A\s*#{1,4} ?Task:?.*?(?:^#{1,4} ?(?:Chat History|Output|Guidelines)\b|<chat_history>)", re.S | re.M
)
_JOB = re.compile(
    r"\b(?:generate|write|create|provide|give|suggest|produce|come up with|make|return|pick|choose|name|summari[sz]e|analy[sz]e)\b"
    r"[^.?!\n]{0,80}?"
    r"(?:\b(?:title|name|summary|topic|heading|tags?|emoji|category|label|follow-?ups?(?: questions?| prompts?)?|search quer(?:y|ies))\b)"
    r"[^.?!\n]{0,60}?\b(?:this|our|the|following|above|entire|user'?s)\s(?:\w+\s){0,2}?"
    r"(?:conversation|chat(?: history| session)?|dialogue|discussion|messages?|exchange|request)\b",
    re.I,
)
_SUMMARY = re.compile(
    r"(?:\A|[.,:]\s)\W*(?:please )?(?:summari[sz]e|name|give a title to|give)\s(?:the|this|our)\s(?:\w+\s)?"
    r"(?:conversation|chat|discussion|dialogue|messages?)\b",
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
HEAD: Final = 1200
"""Characters at either end of a message where a job is looked for: what lies between is the chat it is about."""


def is_job(text: str) -> bool:
    """Whether a message is a chat app's own job (title, tags, follow-up questions, ...) and no brainstorm."""
    if _TASK_FORM.search(text):
        return True
    for part in (text[:HEAD], text[-HEAD:]):
        if _PLURAL.search(part):
            continue  # several titles are ideas
        if any(form.search(part) for form in (_JOB, _SUMMARY, _TITLE_RULE, _JOB_OTHER)):
            return True
    return False


# --- numbers -----------------------------------------------------------------------------------------------------

_WORDS: Final = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_NTH: Final = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
_COUNTS: Final = {word: i for i, word in enumerate(_WORDS, 1)} | {
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_COUNTS)})"
_COUNTED = re.compile(
    rf"\A\W*(?:please\s|can you\s|could you\s|i(?:'d| would) like\s|i (?:want|need)\s)*"
    rf"(?:(?:give|show|tell|find|list|write|suggest|name|propose|offer|brainstorm|generate|create|think of"
    rf"|come up with|think up)\s)?(?:me\s|us\s|out\s|a list of\s)*(?:a\s)?({_NUMBER})\s(?!\w+-old\b)(?:[\w'-]+\s?){{1,6}}",
    re.I,
)


def count_in(text: str) -> int | None:
    """How many ideas a request asks for, where it begins with a number: "20 names for a bakery"."""
    found = _COUNTED.match(text)
    return _number(found[1]) if found else None


def _number(word: str) -> int | None:
    n = _COUNTS.get(word.casefold()) or (int(word) if word.isdecimal() else 0)
    return n if 1 <= n <= MAX_N else None


# --- wishes about the list before ---------------------------------------------------------------------------------

_POLITE = re.compile(
    r"\b(?:please|pls|thanks|thank you|thx|ok(?:ay)?|great|nice|good|cool|hm+|well|now|can you|could you|would you"
    r"|i(?:'d| would) like|i (?:want|need)|let'?s (?:have|see|get)|let me (?:have|see)|give me|show me|give us|list me)\b[,!.]?",
    re.I,
)
_MORE: Final = frozenset(
    "more further other others another additional again continue else extra different new fresh next"  # noqa: SIM905
    " mehr weitere noch andere más mas otras otros plus encore autres altre altri ancora mais outras outros meer andere"
    " więcej wiecej inne fler ещё еще больше daha lagi".split()
) | {"更多", "再来", "再来一些", "もっと", "他には", "더", "المزيد"}
_GENERIC: Final = frozenset(
    "idea ideas one ones option options suggestion suggestions thing things answer answers of them these those that kind"  # noqa: SIM905
    " some any few a couple batch round set the same on go keep going what anything"
    " ideen vorschläge davon bitte ideas por favor idées idee des de du propositions ideias".split()
)
_LIKE = re.compile(
    r"\A(?:(?P<n>"
    + _NUMBER
    + r")\s)?(?:(?:more|some|others?|another|ones?|ideas?|something|anything|variations?|variants?)\s)*"
    r"(?:like|similar to|in the (?:style|spirit|vein|direction) of|along the lines of|close to|nearer to|near|around|based on"
    r"|(?:variations?|variants?|riffs?) (?:on|of)|riff on|(?:build|expand|elaborate) on|more of|mehr wie|comme|como)\s(?P<what>.+)\Z",
    re.I | re.S,
)
_LIKED = re.compile(r"\Ai (?:really |quite )?(?:like|love|liked|loved|prefer)\s(?P<what>.+)\Z", re.I | re.S)
_UNLIKE = re.compile(
    r"\A(?:fewer|less|not?|nothing|none|no more|not so much|away from|further from|unlike|don'?t want|avoid|skip|drop|without"
    r"|i (?:don'?t|do not|didn'?t) like|i (?:hate|dislike)|weniger|moins|menos)\s(?:(?:ones?|ideas?|more|any|anything|things?)\s)?(?:like\s)?(?P<what>.+)\Z",
    re.I | re.S,
)
_LESS = re.compile(
    r"\A(?:with |but )?(?:fewer|less|no more|not? so many|not so much|not so|not too|no|without|avoid|skip|drop|leave out|remove|stop"
    r"(?: with)?|nothing (?:with|about)|don'?t use|do not use|weniger|keine|ohne|moins de|sans|menos|sin)\s"
    r"(?:any\s|the\s|all\s|of the\s|so many\s)?(?P<what>[^\d#].{1,60})\Z",
    re.I | re.S,
)
_MAKE = re.compile(r"\A(?:make|keep|have)\s(?:them|it|these|those|all)\s(?P<what>.{2,80})\Z", re.I | re.S)
_COMPARED = re.compile(
    r"\A(?:(?:even|much|a bit|a little|slightly|way|far|rather)\s)*(?:(?:more|less|too)\s[\w-]+|(?!(?:oth|anoth|furth|nev|ev|numb)er\b)[\w-]{3,}er)"
    r"(?:\s(?:ones?|ideas?|names?|and\s[\w-]+er))*\Z",
    re.I,
)
_ELLIPTIC = re.compile(
    r"\A(?:but\s)?(?:only|just|with|in|for|about|using|under|at most|at least|max(?:imum)?|auf|nur|mit|für|en|pour|para)\s(?:[\w'-]+\s?){1,8}\Z",
    re.I,
)
_PARTS = re.compile(r"\s*(?:[,;.!]+|\b(?:but|and|plus|then|also|aber|und)\b)\s*", re.I)


def _wish_of(text: str, listed: Sequence[str], topic: str) -> _Wish | None:
    """The wish that a message makes about the list before it, or `None`."""
    plain = " ".join(text.split())
    if len(plain) > MAX_WISH:
        return None
    plain = " ".join(_POLITE.sub(" ", plain).split()).strip(" .!?…,;:")
    if not plain:
        return None
    parts = [part for part in _PARTS.split(plain) if part.strip()]
    for sure in (True, False):
        whole = _one(plain, listed, topic, sure=sure)
        if whole is not None:
            return whole
        found = [_one(part.strip(), listed, topic, sure=sure) for part in parts] if len(parts) > 1 else []
        wishes = [wish for wish in found if wish is not None]
        if wishes and len(wishes) == len(found):
            return _joined(wishes)
    return None


def _joined(wishes: Iterable[_Wish]) -> _Wish:
    total = _Wish()
    for w in wishes:
        like = total.like if w.like is None else (*(total.like or ()), *w.like)
        total = _Wish(
            total.n or w.n, like, total.unlike + w.unlike, total.avoid + w.avoid, total.constraints + w.constraints
        )
    return total


def _one(text: str, listed: Sequence[str], topic: str, *, sure: bool) -> _Wish | None:
    """One wish; where not `sure`, words that name no idea of the list are taken as they are."""
    if (more := _more(text, topic)) is not None:
        return more
    if (picked := _picked(text, listed)) is not None:  # "3", "the second one"
        return _Wish(like=picked)
    if found := _LIKE.match(text):
        picked = _picked(found["what"], listed)
        if picked is not None or not sure:
            return _Wish(
                n=_number(found["n"] or ""), like=(found["what"].strip(" \"“”'"),) if picked is None else picked
            )
        return None
    if (found := _LIKED.match(text)) and (picked := _picked(found["what"], listed)) is not None:
        return _Wish(like=picked)
    if (found := _UNLIKE.match(text)) and (picked := _picked(found["what"], listed)) is not None:
        return _Wish(unlike=picked)
    if found := _LESS.match(text):
        return _Wish(avoid=(found["what"].strip(),))
    if found := _MAKE.match(text):
        return _Wish(constraints=(found["what"].strip(),))
    if _COMPARED.match(text) or _ELLIPTIC.match(text):
        return _Wish(constraints=(text,))
    return None


def _more(text: str, topic: str) -> _Wish | None:
    """ "more", "10 more names", "what else?": words that say only that, in any order."""
    about = {w.casefold() for w in re.findall(r"[^\W\d_]+", topic)}
    words = [w.casefold() for w in re.findall(r"[\w']+", text)]
    rest = [w for w in words if w not in _MORE and w not in _GENERIC and not _is_number(w)]
    if any(w not in about for w in rest) or len(words) > 10:
        return None
    known = any(w in _MORE for w in words) or {"keep", "going"} <= set(words) or {"go", "on"} <= set(words)
    if not known:
        return None
    counts = [n for w in words if _is_number(w) and (n := _number(w)) is not None]
    return _Wish(n=1 if not counts and "another" in words and ("one" in words or len(words) == 1) else _first(counts))


def _is_number(word: str) -> bool:
    return word in _COUNTS or word.isdecimal()


def _first(counts: Sequence[int]) -> int | None:
    return counts[0] if counts else None


_FILLING = re.compile(
    r"\b(?:the|number|numbers|no|nos|nr|idea|ideas|option|options|suggestion|ones?|please|your|that|of them|both)\b|[#.()]",
    re.I,
)
_RANGE = re.compile(r"(\d{1,3})\s*(?:-|–|to|through|bis)\s*(\d{1,3})")


def _picked(what: str, listed: Sequence[str]) -> tuple[str, ...] | None:
    """The ideas of the list that `what` points at: by number, by rank word, or by a piece of their own words.

    Numbers past the end of the list point at nothing.
    """
    bare = " ".join(_FILLING.sub(" ", what).split()).casefold()
    bare = _RANGE.sub(lambda m: " ".join(map(str, range(int(m[1]), min(int(m[2]), int(m[1]) + 30) + 1))), bare)
    words = [w for w in re.split(r"[\s,;&+/]+|\band\b|\bor\b|\bund\b", bare) if w]
    if words[:1] in (["first"], ["last"], ["top"]) and len(words) == 2 and (n := _number(words[1])):
        return tuple(listed[-n:] if words[0] == "last" else listed[:n])
    places = [_place(word, len(listed)) for word in words]
    if words and None not in places:
        return tuple(listed[p] for p in places if p is not None and 0 <= p < len(listed))
    said = what.strip(" \"“”„'‘’.").casefold()
    named = tuple(
        idea for idea in listed if len(said) > 2 and re.search(rf"(?<!\w){re.escape(said)}(?!\w)", idea.casefold())
    )
    return named[:3] or None


def _place(word: str, count: int) -> int | None:
    """Index of the idea that a word points at, or `None` where it is no such word."""
    if word == "last":
        return count - 1
    if word in _NTH:
        return _NTH.index(word)
    if found := re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)?", word):
        return int(found[1]) - 1
    return _WORDS.index(word) if word in _WORDS else None
