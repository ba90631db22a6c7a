"""A short message after a list of ideas → what it wishes: more, more like one of them, fewer puns, shorter. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_WISH: Final = 160
"""A longer message is a task of its own, not a wish about the list before it."""

MAX_NAME: Final = 300
"""Characters of an idea in which its name is looked for."""

MAX_TOPIC: Final = 2_000
"""Characters of a topic whose words may stand beside "more": "more names"."""

MAX_PARTS: Final = 12
"""Parts of one wish ("shorter, and more like 3"): with more it is a text of its own."""

MAX_N: Final = 100
"""A larger number in a sentence is no count of ideas ("500 more words")."""

MAX_ASKED: Final = 50
"""Ideas that a number in a sentence asks for at most: a misread one must not cost much, and `n` says more."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one message changes; `like` is `None` where it says nothing about likeness."""

    n: int | None = None
    like: tuple[str, ...] | None = None
    unlike: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


_WORDS: Final = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
NTH: Final = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905
_COUNTS: Final = {word: i for i, word in enumerate(_WORDS, 1)} | {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "zwölf": 12,
    "zwanzig": 20, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12,
}  # fmt: skip
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(_COUNTS)})"
# What makes a number a measure, and no count of ideas: "90 day diet plan", "100 year old", "10 word slogans".
_UNIT = (
    r"(?:(?:year|month|week|day|night|hour|hr|minute|min|second|sec|euro|dollar|pound|buck|cent|penny|mile|yard|inch"
    r"|met(?:er|re)|lit(?:er|re)|gram|kilo|ounce|degree|percent|calorie|watt|volt|jahre?|monate?|wochen?|tage?|stunden?"
    r"|minuten?|sekunden?|an|jour|semaine|heure|año|día|mese?|semana|hora|minuto|anno|giorn[oi]|or[ae]|settiman[ae])[sn]?"
    r"|usd|eur|gbp|chf|km|cm|mm|m|kg|g|mg|ml|cl|l|oz|lbs?|ft|feet|foot|kb|mb|gb|tb|mph|kmh|h|mois|years?'|days?'|jährigen?r?"
    r"|person|player|course|bedroom|room|letter|word|line|page|step|piece|part|star|ingredient|man|story|stage|syllable|speed"
    r"|colou?r|wheel|generation|a|x|by|in|to|or|and|st|nd|rd|th|am|pm|o'clock|oder|bis|und)(?![\w'])|\w+-olds?\b"
)
_ASKING = (
    r"give|show|tell|find|list|write|suggest|name|propose|offer|brainstorm|generate|create|make|think of|come up with|think up"
    r"|what are(?: the)?|i(?:'d| would) like|i (?:want|need)|we (?:want|need)|looking for|gib|gebt|nenne?|zeige?|schreibe?|finde"
    r"|ich (?:brauche|möchte|will)|donnez?|dame|dammi"
)
_COUNTED = re.compile(
    rf"\A[^\w$€£¥#+-]*(?P<lead>(?:(?:{_ASKING}|hi|hello|hey|there|hallo|please|pls|bitte|thanks|ok(?:ay)?|so|now|well|and|can you|could you"
    r"|would you|kannst du|can i have|may i have|let'?s have|help me|i'?m|me|us|moi|mir|uns|out|up|a list of|eine liste (?:von|mit)"
    r"|(?:the |my |your )?(?:top|best)|the(?=\s\d{1,3}\s(?:most|\w+est)\b)|just|only|exactly|at least|at most|up to|about|around|roughly|mindestens|nur|genau|etwa"
    rf"|a(?=\s(?:dozen|hundred)\b))[\s,!.:-]+)*)(?P<n>{_NUMBER})(?:\s?(?:-|–|to|or|bis|oder)\s?(?P<most>\d{{1,3}}))?"
    rf"\s(?!{_UNIT})[\w'\"“„*-]",
    re.I,
)
_ASKED = re.compile(rf"(?:{_ASKING})\b", re.I)
_AT_LEAST = re.compile(
    rf"[,;.(]\s?(?:at least|mindestens|exactly|about|around)\s({_NUMBER})(?:\s(?:of them|ideas|names|please|bitte))?[\s.!)]*\Z",
    re.I,
)
_SENTENCE: Final = re.compile(r"[.!?:;\n]+\s+")


def count_in(text: str) -> int | None:
    """How many ideas a request asks for, where a number says so: "20 names for a bakery", "Hi! Give me 8 names"."""
    head = " ".join(text[: 2 * MAX_WISH].split())
    starts = [0, *(found.end() for found in _SENTENCE.finditer(head))]
    for at in starts[:MAX_PARTS]:
        found = _COUNTED.match(head[at : at + MAX_WISH])
        # further on, a number is a count only where a sentence asks: "I have two dogs. 3 years old."
        if found and (not at or _ASKED.search(found["lead"])):
            n, most = _number(found["n"]), _number(found["most"] or "")
            return n if found["most"] is None else most if n and most and n < most else None
    found = _AT_LEAST.search(head) if len(text) <= 2 * MAX_WISH else None
    return _number(found[1]) if found else None


def _number(word: str) -> int | None:
    n = _COUNTS.get(word.casefold()) or (int(word) if word.isdecimal() else 0)
    return min(n, MAX_ASKED) if 1 <= n <= MAX_N else None


_POLITE = re.compile(
    r"\b(?:(?:these|those|they) (?:are|were) (?:all )?(?:really |so )?(?:great|good|nice|cool|perfect|lovely|awesome)"
    r"|(?:i (?:really )?(?:love|like)|\Alove) (?:it|them|these|those)(?: all)?|are there|please|pls|thanks|thank you|thx|ok(?:ay)?|great|nice|good|cool|hm+|well|now|can you|could you|would you"
    r"|danke(?: schön)?|vielen dank|bitte|gib mir|gebt mir|zeig mir|kannst du|ich (?:möchte|will|brauche)"
    r"|i(?:'d| would) like|i (?:want|need)|let'?s (?:have|see|get)|let me (?:have|see)|give me|show me|give us|list me)\b[,!.]?",
    re.I,
)
_MORE: Final = frozenset(
    "more further other others another additional again continue else extra different new fresh next retry redo"  # noqa: SIM905
    " regenerate nochmal nochmals"
    " mehr weitere noch andere más mas otras otros plus encore autres altre altri ancora mais outras outros meer andere"
    " więcej wiecej inne fler ещё еще больше daha lagi".split()
) | {"更多", "再来", "再来一些", "もっと", "他には", "더", "المزيد"}
_GENERIC: Final = frozenset(
    "idea ideas one ones option options suggestion suggestions thing things answer answers of them these those that kind"  # noqa: SIM905
    " try yes yeah sure ja gerne some any few a couple batch round set the same on go keep going what anything"
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
    r"(?: with)?|nothing(?: (?:with|about|too))?|don'?t use|do not use|weniger|keine|nichts|ohne|moins de|sans|menos|sin)\s"
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
    r"\A(?:but\s)?(?:only|just|with|in|for|about|using|under|at most|at least|max(?:imum)?|auf|nur|mit|für|en|pour|para)\s(?:[\w'-]+\s){0,7}[\w'-]+\Z",
    re.I,
)
_MIX = re.compile(r"\A(?:combine|merge|mix|blend|cross|kombiniere)\s(?P<what>.+)\Z", re.I | re.S)
_MANY = re.compile(
    rf"\A(?:just|only|at least|make it|mindestens|nur)\s(?P<n>{_NUMBER})(?:\s(?:of them|ones?|ideas?|names?))?\Z", re.I
)
_PRAISED = re.compile(
    r"\A\W*(?P<what>[^,.;!?:]{1,60}?)\s(?:is|are|ist|sind)\s(?:(?:really|so|very|pretty|my|the|sehr)\s){0,3}"
    r"(?:great|good|nice|cool|perfect|best|lovely|awesome|brilliant|favou?rites?|gut|super|toll|klasse)\b[\s,.;:!–—-]*(?:(?:but|and|aber|und)\s)?(?P<rest>.*)\Z",
    re.I | re.S,
)
_OF_THAT = re.compile(
    rf"\A(?:(?:and|but|so|please|give me|show me|i want|und)\s){{0,3}}(?:(?P<n>{_NUMBER})\s)?(?:some\s)?(?:more|mehr)"
    r"(?:\s(?:ones|ideas|names|like|of|in|wie|davon|the|that|those|this|these|it|them|kind|sort|vein|direction|style|please)){0,6}\W*\Z",
    re.I,
)
_YES = re.compile(
    r"\A\W*(?:(?:yes|yeah|yep|sure|ok(?:ay)?|ja|oui|sí|si)[\s,!.]+(?:please(?: do)?|do(?: so| it)?|go ahead|bitte|gerne|s'il te plaît"
    r"|por favor)|please do|go ahead)\W*\Z",
    re.I,
)
_PARTS = re.compile(r"\s*(?:[,;.!]+|\b(?:but|and|plus|then|also|aber|und)\b)\s*", re.I)


def wish_of(text: str, listed: Sequence[str], topic: str) -> Wish | None:
    """The wish that a message makes about the list before it, or `None`."""
    plain = " ".join(text.split())
    if len(plain) > MAX_WISH:
        return None
    if _YES.match(plain):
        return Wish()
    if (praised := _PRAISED.match(plain)) and (picked := _picked(praised["what"], listed)):
        # "3 is great, more of those"
        more = _OF_THAT.match(praised["rest"])
        rest = Wish(_number(more["n"] or "")) if more else wish_of(praised["rest"], listed, topic)
        if not praised["rest"] or rest is not None:
            return _joined((Wish(like=picked), *((rest,) if rest else ())))
    plain = " ".join(_POLITE.sub(" ", plain).split()).strip(" .!?…,;:")
    plain = re.sub(r"\A(?:but|and|aber|und)\s", "", plain, count=1, flags=re.I)
    if not plain:
        return None
    parts = [part for part in _PARTS.split(plain) if part.strip()]
    if len(parts) > MAX_PARTS:
        return None
    for sure in (True, False):
        whole = _one(plain, listed, topic, sure=sure)
        if whole is not None:
            return whole
        found = [_one(part.strip(), listed, topic, sure=sure) for part in parts] if len(parts) > 1 else []
        wishes = [wish for wish in found if wish is not None]
        if wishes and len(wishes) == len(found):
            return _joined(wishes)
    return None


@lru_cache(maxsize=1024)
def _heading(idea: str) -> str:
    """The name of an idea, without what is said of it."""
    return re.split(r":\s|\s[-–—(]", idea[:MAX_NAME], maxsplit=1)[0].strip(" *_`\"“”'") or idea[:MAX_NAME]


def names_one(text: str, listed: Sequence[str]) -> str | None:
    """What follows the name of an idea of the list with which `text` begins, or `None`: no idea begins it."""
    said = text.lstrip(" \"“”„'‘’*").casefold()
    for idea in listed:
        name = _heading(idea).casefold()
        if len(name) > 2 and said.startswith(name) and not said[len(name) : len(name) + 1].isalnum():
            return said[len(name) :].lstrip(" \"“”'‘’*")
    return None


def _joined(wishes: Iterable[Wish]) -> Wish:
    total = Wish()
    for w in wishes:
        like = total.like if w.like is None else (*(total.like or ()), *w.like)
        total = Wish(
            total.n or w.n, like, total.unlike + w.unlike, total.avoid + w.avoid, total.constraints + w.constraints
        )
    return total


def _one(text: str, listed: Sequence[str], topic: str, *, sure: bool) -> Wish | None:
    """One wish; where not `sure`, words that name no idea of the list are taken as they are."""
    if (more := _more(text, topic)) is not None:
        return more
    if (picked := _picked(text, listed)) is not None:  # "3", "the second one"
        return Wish(like=picked)
    if found := _MANY.match(text):
        return Wish(n=_number(found["n"]))
    if (found := _MIX.match(text)) and (picked := _picked(found["what"], listed)):
        return Wish(like=picked, constraints=(f"combines {' with '.join(_heading(p) for p in picked[:4])}",))
    if found := _LIKE.match(text):
        picked = _picked(found["what"], listed)
        if picked is not None or not sure:
            return Wish(
                n=_number(found["n"] or ""), like=(found["what"].strip(" \"“”'"),) if picked is None else picked
            )
        return None
    if (found := _LIKED.match(text)) and (picked := _picked(found["what"], listed)) is not None:
        return Wish(like=picked)
    if (found := _UNLIKE.match(text)) and (picked := _picked(found["what"], listed)) is not None:
        return Wish(unlike=picked)
    if found := _LESS.match(text):
        return Wish(avoid=(found["what"].strip(),))
    if found := _MAKE.match(text):
        return Wish(constraints=(found["what"].strip(),))
    if _COMPARED.match(text) or _ELLIPTIC.match(text):
        return Wish(constraints=(text,))
    return None


def _more(text: str, topic: str) -> Wish | None:
    """ "more", "10 more names", "what else?": words that say only that, in any order."""
    about = {w.casefold() for w in re.findall(r"[^\W\d_]+", topic[:MAX_TOPIC])}
    words = [w.casefold() for w in re.findall(r"[\w']+", text)]
    rest = [w for w in words if w not in _MORE and w not in _GENERIC and not _is_number(w)]
    if any(w not in about for w in rest) or len(words) > 10:
        return None
    known = any(w in _MORE for w in words) or {"keep", "going"} <= set(words) or {"go", "on"} <= set(words)
    if not known:
        return None
    counts = [n for w in words if _is_number(w) and (n := _number(w)) is not None]
    return Wish(n=1 if not counts and "another" in words and ("one" in words or len(words) == 1) else _first(counts))


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
    if len(said) < 3:
        return None
    form = re.compile(rf"(?<!\w){re.escape(said)}(?!\w)")
    named = tuple(idea for idea in listed if said in (folded := idea[:MAX_NAME].casefold()) and form.search(folded))
    return named[:3] or None


def _place(word: str, count: int) -> int | None:
    """Index of the idea that a word points at, or `None` where it is no such word."""
    if word == "last":
        return count - 1
    if word in NTH:
        return NTH.index(word)
    if found := re.fullmatch(r"(\d{1,3})(?:st|nd|rd|th)?", word):
        return int(found[1]) - 1
    return _WORDS.index(word) if word in _WORDS else None
