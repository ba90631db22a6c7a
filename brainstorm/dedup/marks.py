"""What the guards look at in a short text: its numbers with units, its negations, names and content words."""

from __future__ import annotations

import re
from functools import cache

from brainstorm.dedup.lazy import lazy
from brainstorm.dedup.opposites import guard_words, opposites
from brainstorm.dedup.reading import STOP_WORDS, Reading, bag
from brainstorm.dedup.terms import stem

MOST_WORDS = 40
"""Words of a text up to which guards apply: in a long answer one differing word decides nothing."""

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[%$€£¥°]")
_VALUES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "half": 0.5, "quarter": 0.25, "dozen": 12,
    "once": 1, "twice": 2, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10,
}  # fmt: skip
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}
NUMERALS = frozenset((*_VALUES, *_SCALES))
_DIGIT = re.compile(r"\d")
_ORDINALS = {"first", "second", "third", "fourth", "fifth", "tenth", "st", "nd", "rd", "th"}
_UNITS: dict[str, tuple[str, float]] = {}
for _kind, _names in {
    "length": "mm millimetre millimeter=.001 cm centimetre centimeter=.01 m metre meter=1 km kilometre kilometer=1000"
    " inch inches=.0254 ft foot feet=.3048 yard=.9144 mile=1609.344",
    "mass": "mg milligram=.000001 g gram=.001 kg kilo kilogram=1 t ton tonne=1000 oz ounce=.02835 lb pound=.4536",
    "time": "ms millisecond=.001 sec second=1 min minute=60 h hr hour=3600 day=86400 week=604800 month=2629800"
    " year=31557600 decade=315576000 century centuries=3155760000",
    "volume": "ml millilitre milliliter=.001 cl=.01 dl=.1 l litre liter=1 gallon=3.785 cup=.2366 pint=.4732",
    "dollar": "$ dollar usd buck=1 cent=.01", "euro": "€ euro eur=1", "pound-money": "£ gbp=1", "yen": "¥ yen=1",
    "percent": "% percent=1", "degree": "° degree=1", "celsius": "celsius=1", "fahrenheit": "fahrenheit=1",
    "am": "am=1", "pm": "pm=1", "data": "kb kilobyte=.001 mb megabyte=1 gb gigabyte=1000 tb terabyte=1000000",
    "power": "w watt=1 kw kilowatt=1000 mw megawatt=1000000",
}.items():  # fmt: skip
    _pending: list[str] = []
    for _entry in _names.split():
        _name, _, _factor = _entry.partition("=")
        _pending.append(_name)
        if _factor:
            _UNITS.update({_n: (_kind, float(_factor)) for _n in _pending})
            _pending = []
NEGATIONS = bag(
    "not no never without none nobody nothing neither nor cannot non stops stopping avoid avoids avoiding "
    "quit quits refuse refuses ban bans banning forbid prohibit prevent prevents preventing skip lacking lack "
    "lacks free hardly eliminate abolish"
)
"""Words that turn the meaning of their clause round."""
_TURNING = NEGATIONS | {"stop"}
_SUBORDINATE = bag("but if when while because so that which who unless until where as since")
_FREE_AFTER = frozenset(["for", "to", "of", "and"])
DETERMINERS = bag("a an the this that these those my your our their his her its some any each every")
"""Words without which the order of the others is the same."""
_CONTRASTS = frozenset(("instead", "rather", "only", "just"))
_NOT_A_NUMBER = re.compile(r"\b(?:one another|no one|any ?one|every ?one|some ?one|each one|one day|the one|at once)\b")


class Marks:
    """The marks of one short text.

    Attributes:
        reading: the text, read.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    @lazy
    def cased(self) -> tuple[str, ...]:
        """The tokens as written."""
        return tuple(_TOKEN.findall(self.reading.text.replace("’", "'")))

    @lazy
    def tokens(self) -> tuple[str, ...]:
        """The tokens in lower case, "don't" and its like as "not"."""
        if self.reading.plain and not _DIGIT.search(self.reading.text):
            return self.reading.words
        return tuple("not" if t.endswith("n't") else t for t in (c.casefold() for c in self.cased))

    @lazy
    def long(self) -> bool:
        """Whether the text is too long for guards."""
        return len(self.reading.words) > MOST_WORDS

    @lazy
    def vocabulary(self) -> frozenset[str]:
        """The distinct tokens."""
        return frozenset(self.tokens)

    @lazy
    def stems(self) -> tuple[str, ...]:
        """The tokens' stems, in order."""
        return tuple(map(stem, self.tokens))

    @lazy
    def ordered(self) -> tuple[str, ...]:
        """The tokens in order, without articles and their like."""
        return tuple(t for t in self.tokens if t not in DETERMINERS)

    @lazy
    def ordered_stems(self) -> tuple[str, ...]:
        """The stems of `ordered`."""
        return tuple(map(stem, self.ordered))

    @lazy
    def sorted_stems(self) -> list[str]:
        """The same in order of the alphabet."""
        return sorted(self.ordered_stems)

    @lazy
    def forms(self) -> frozenset[str]:
        """The distinct tokens and their stems."""
        return self.vocabulary.union(self.stems)

    @lazy
    def opposites(self) -> frozenset[str]:
        """What means the opposite of one of the text's words; see `brainstorm.dedup.opposites.opposites`."""
        return frozenset().union(*filter(None, map(opposites, self.vocabulary - NEGATIONS)))

    @lazy
    def content(self) -> frozenset[str]:
        """Stems of words that say something, without numbers and negations."""
        return frozenset(stem(t) for t in self.tokens if t not in STOP_WORDS | NEGATIONS and t[0].isalpha())

    @lazy
    def numbers(self) -> frozenset[tuple[float, str]]:
        """Each number's value in its unit's base, and the kind of unit or ""."""
        return frozenset((base, kind) for base, kind, _ in self._numbers)

    @lazy
    def spelled_numbers(self) -> frozenset[tuple[str, float]]:
        """Each number's kind of unit or "", and its value as it is written."""
        return frozenset((kind, written) for _, kind, written in self._numbers)

    @lazy
    def _numbers(self) -> frozenset[tuple[float, str, float]]:
        if NUMERALS.isdisjoint(self.vocabulary) and not _DIGIT.search(self.reading.text):
            return frozenset()
        text = _NOT_A_NUMBER.sub(" ", " ".join(self.tokens))
        words = text.split()
        found = set()
        k = 0
        while k < len(words):
            value = _value(words[k])
            if value is None and words[k] in _SCALES and len(words[k]) > 2 and k and words[k - 1] in ("a", "per"):
                value = _SCALES[words[k]]
            if value is None:
                k += 1
                continue
            before = words[k - 1] if k else ""
            kind, factor = _UNITS.get(before, ("", 1.0)) if before in "$€£¥" and before else ("", 1.0)
            ordinal = words[k] in _ORDINALS
            k += 1
            while k < len(words):
                word = words[k]
                more = _value(word)
                if word in _SCALES and not (word == "m" and k + 1 == len(words) and value < 1000):
                    value *= _SCALES[word]
                elif word == "dozen":
                    value *= 12
                elif more is not None and word.isalpha() and value % 10 == 0 and 0 < more < 10 <= value:
                    value += more
                elif word not in ("a", "an", "of", "and"):
                    break
                k += 1
            if k < len(words):
                unit = words[k]
                ordinal = ordinal or unit in _ORDINALS
                found_unit = (
                    _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or _UNITS.get(unit.removesuffix("es"))
                )
                if not kind and found_unit and not ordinal:
                    kind, factor = found_unit
                    k += 1
            found.add((round(value * factor, 9), "ordinal" if ordinal else kind, value))
        return frozenset(found)

    @lazy
    def negations(self) -> tuple[int, int | None]:
        """How many words turn the main clause's meaning round, and the same of clauses after it, if any."""
        if _TURNING.isdisjoint(self.vocabulary):
            return 0, None if _SUBORDINATE.isdisjoint(self.tokens[1:]) else 0
        main, rest = 0, None
        for k, token in enumerate(self.tokens):
            if token in _SUBORDINATE and k:
                rest = rest or 0
            elif self._negates(k):
                main, rest = (main + 1, None) if rest is None else (main, rest + 1)
        return main, rest

    def _negates(self, k: int) -> bool:
        token, after = self.tokens[k], self.tokens[k + 1] if k + 1 < len(self.tokens) else ""
        if token == "stop":  # "a door stop" stops nothing else
            return after.endswith("ing") or (k == 0 and after not in ("", "for"))
        if token == "free":  # "sugar-free" does without, "free for all" does not
            compound = k > 0 and f"{self.cased[k - 1]}-{self.cased[k]}" in self.reading.text
            return compound and after not in _FREE_AFTER
        return token in NEGATIONS

    @lazy
    def contrast(self) -> bool:
        """Whether it says "instead of" or the like: then a negation may say the same the other way round."""
        return bool(_CONTRASTS & set(self.tokens))

    @lazy
    def names(self) -> frozenset[str]:
        """Names: capitalised words that are not so for their place, and in titles only those known as names."""
        text = self.reading.text
        if text[1:] == text[1:].lower() and (not self.tokens or self.tokens[0] not in proper_nouns()):
            return frozenset()
        found, inner, capital = [], 0, 0
        fresh = True
        for match in _TOKEN.finditer(self.reading.text.replace("’", "'")):
            token = match.group()
            if token[0].isalpha() and token.casefold() not in STOP_WORDS:
                if not fresh:
                    inner += 1
                    capital += token[0].isupper()
                known = token.casefold() in proper_nouns()
                if token[0].isupper() and len(token) > 1 and (known or not fresh):
                    found.append((token.removesuffix("'s"), known))
            rest = self.reading.text[match.end() : match.end() + 2].lstrip(" ")
            fresh = rest[:1] in (".", ":", "!", "?", ";", "\n", '"', "“", "-", "–", "(", "/", "*")
        titled = inner > 0 and capital > 0.6 * inner
        return frozenset(token for token, known in found if known or not titled)


@cache
def proper_nouns() -> frozenset[str]:
    """Common words, lower case, that WordNet knows as names only."""
    return frozenset(guard_words()["names"].split())


def _value(word: str) -> float | None:
    if word in _VALUES:
        return float(_VALUES[word])
    if not word[0].isdecimal():
        return None
    try:
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", word):
            return float(word.replace(",", ""))
        return float(word.replace(",", "."))
    except ValueError:  # 10:30, 1.2.3
        parts = [int(p[:300]) for p in re.split(r"[.,:]", word) if p]
        return float(sum(p / 1000**k for k, p in enumerate(parts)))
