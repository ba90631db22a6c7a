"""Numbers with their units, in digits or in words: "a 30-minute walk" is "half an hour's walk"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_VALUES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "half": 0.5, "quarter": 0.25, "dozen": 12,
    "once": 1, "twice": 2, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10,
}  # fmt: skip
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9}
NUMERALS = frozenset((*_VALUES, *_SCALES))
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
_NOT_A_NUMBER = re.compile(r"\b(?:one another|no one|any ?one|every ?one|some ?one|each one|one day|the one|at once)\b")
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?|-?\d{1,3}(?:\.000)+")
PERIODS = frozenset(("minute", "hour", "day", "week", "month", "year", "decade", "century"))
"""Spans of time of which "a", "each" or "every" means one."""
_COUNT = rf"(?:{'|'.join(_VALUES)}|\d[\d.,]*)"
_HOUR = rf"(?:{'|'.join(word for word, value in _VALUES.items() if value in range(1, 13))}|1?\d)"
_OF_TIME = "|".join(sorted(PERIODS))
_MERIDIEM = re.compile(rf"\b({_HOUR}|\d+[:.]\d+) ([ap]) m\b")
_MINUS = re.compile(rf"\bminus ({_COUNT})\b")
_PAST = re.compile(
    rf"\b(?:a )?({_COUNT})(?: minutes?)? past ({_HOUR})\b(?![:.]\d)|\b(?:a )?(quarter) to ({_HOUR})\b(?![:.]\d)"
)
_AND_A_HALF = re.compile(rf"\b(a|{_COUNT}) ((?:{_OF_TIME})s? |)and a (half|quarter)\b(?: (?=of\b))?")
_EVERY_NTH = re.compile(
    rf"\bevery (other|{'|'.join(sorted(_ORDINALS - {'first', 'st', 'nd', 'rd', 'th'}))}) (?={_OF_TIME})"
)
_ONE = re.compile(rf"(?<!half )(?<!of )\b(?:a|each|every|per) (?=(?:{_OF_TIME})\b)")
_MARK = "1¹"
"""Stands for a one that is not written as a number."""
_BOUNDS = {
    **dict.fromkeys(("under", "below", "less than", "fewer than", "at most", "up to", "cheaper than"), -1),
    **dict.fromkeys(("over", "above", "more than", "at least", "upwards of"), 1),
}
_MONEY = frozenset(("dollar", "euro", "pound-money", "yen"))
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text.

    Attributes:
        value: in its unit's base.
        kind: the kind of its unit, or "".
        written: its value as it is written.
        implied: whether it is a one that "an hour" or "every day" leaves unsaid.
        bound: 1 where it is the least ("over 30"), -1 where it is the most ("under 30"), else 0.
    """

    value: float
    kind: str
    written: float
    implied: bool = field(default=False, compare=False)
    bound: int = field(default=0, compare=False)


def read_numbers(tokens: Sequence[str]) -> frozenset[Number]:
    """The numbers among the tokens of a text, in lower case."""
    words = _NOT_A_NUMBER.sub(" ", _in_figures(" ".join(tokens))).split()
    found = set()
    k = 0
    while k < len(words):
        clock = _CLOCK.fullmatch(words[k])
        value = int(clock[1]) + int(clock[2]) / 60 if clock else _value(words[k])
        if value is None and words[k] in _SCALES and len(words[k]) > 2 and k and words[k - 1] in ("a", "per"):
            value = _SCALES[words[k]]
        if value is None:
            k += 1
            continue
        before = words[k - 1] if k else ""
        kind, factor = _UNITS.get(before, ("", 1.0)) if before and before in "$€£¥" else ("", 1.0)
        ordinal, implied, bound = words[k] in _ORDINALS, words[k] == _MARK, _bound(words[: k - bool(kind)])
        k += 1
        while k < len(words):
            word = words[k]
            more = _value(word)
            if word in _SCALES and (word != "m" or kind or _is_million(value, words[k + 1 : k + 2])):
                value *= _SCALES[word]
            elif word == "dozen":
                value *= 12
            elif more is not None and word.isalpha() and value % 10 == 0 and 0 < more < 10 <= value:
                value += more
            elif word not in ("a", "an", "of", "and"):
                break
            k += 1
        written = value
        if k < len(words):
            unit = words[k]
            ordinal = ordinal or unit in _ORDINALS
            found_unit = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s")) or _UNITS.get(unit.removesuffix("es"))
            if found_unit and not kind and not ordinal and not (clock and found_unit[0] not in ("am", "pm")):
                kind, factor = found_unit
                k += 1
        if kind in ("am", "pm") or (clock and not kind):
            value, factor = (value % 12 + 12 * (kind == "pm") if kind else value), 1.0
            kind = "clock"
        found.add(Number(round(value * factor, 9), "ordinal" if ordinal else kind, written, implied, bound))
    return frozenset(found)


def is_unit(word: str) -> bool:
    """Whether a word, in lower case, is a unit that numbers have."""
    return word in _UNITS or word.removesuffix("s") in _UNITS


def numbers_differ(one: frozenset[Number], two: frozenset[Number]) -> bool:
    """Whether neither text's numbers are all among the other's; units count where both texts have some."""
    if not one or not two:
        return False
    if any(a.bound * b.bound < 0 and a == b for a in one for b in two):
        return True
    for a, b in ((one, two), (two, one)):
        if {n.kind for n in a} == {""}:
            said = [n for n in b if not n.implied]
            # a bare 30 may well be 30 of the other's unit, and one half 50 %
            values = {n.written for n in a}
            others = {n.written / 100 if n.kind == "percent" and values & {0.25, 0.5} else n.written for n in said}
            return not (values <= others or others <= values)
    left, right = {(n.value, n.kind) for n in one}, {(n.value, n.kind) for n in two}
    return not (left <= right or right <= left)


def _in_figures(text: str) -> str:
    """The text with hours of the day, what is below zero, halves and unsaid ones as a reader of numbers has them."""

    def figure(word: str) -> float:
        return 1.0 if word == "a" else _value(word.rstrip(".,")) or 0.0

    def clock(found: re.Match[str]) -> str:
        minutes, hour = found[1] or found[3], int(figure(found[2] or found[4]))
        past = figure(minutes) * (60 if minutes in ("half", "quarter") else 1)
        if hour > 12 or not 0 < past < 60:
            return found[0]
        past = round(past if found[1] else 60 - past)
        return f"{hour if found[1] else hour - 1 or 12}:{past:02}"

    text = _MERIDIEM.sub(r"\1 \2m", text)
    if "minus" in text:
        text = _MINUS.sub(lambda found: f"-{figure(found[1]):g}", text)
    if " past " in text or "quarter to " in text:
        text = _PAST.sub(clock, text)
    if " and a " in text:
        text = _AND_A_HALF.sub(lambda found: f"{figure(found[1]) + figure(found[3]):g} {found[2]}", text)
    if "every" in text:
        text = _EVERY_NTH.sub(lambda found: f"every {2 if found[1] == 'other' else figure(found[1]):g} ", text)
    return _ONE.sub(f"{_MARK} ", text)


def _bound(before: Sequence[str]) -> int:
    """Whether what stands before a number makes it the least, 1, or the most, -1."""
    for count in (1, 2):
        bound = _BOUNDS.get(" ".join(before[-count:]), 0) if len(before) >= count else 0
        if bound:
            return -bound if before[-count - 1 : -count] in (["no"], ["not"]) else bound
    return 0


def _is_million(value: float, after: Sequence[str]) -> bool:
    """Whether the "m" after a number means million: before money, and before what is counted."""
    if not after:
        return False
    word = after[0].removesuffix("s")
    if word in _UNITS:
        return _UNITS[word][0] in _MONEY
    return value < 1000 and ((after[0].endswith("s") and len(after[0]) > 3) or after[0] in ("people", "children"))


def _value(word: str) -> float | None:
    if word in _VALUES:
        return float(_VALUES[word])
    if word == _MARK:
        return 1.0
    if not word.lstrip("-")[:1].isdecimal():
        return None
    try:
        if _THOUSANDS.fullmatch(word):
            return float(re.sub(r"[.,](?=\d{3}\b)", "", word))
        if "/" in word:
            above, _, below = word.partition("/")
            return float(above) / float(below)
        return float(word.replace(",", "."))
    except (ValueError, ZeroDivisionError):  # 10:30:05, 1.2.3
        parts = [int(p[:300]) for p in re.split(r"[^\d]", word) if p]
        return float(sum(p / 1000**k for k, p in enumerate(parts)))
