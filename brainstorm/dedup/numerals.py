"""Numbers with their units, in digits or in words: "a 30-minute walk" is "half an hour's walk"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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
    "am": "am a.m=1", "pm": "pm p.m=1", "data": "kb kilobyte=.001 mb megabyte=1 gb gigabyte=1000 tb terabyte=1000000",
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
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a text.

    Attributes:
        value: in its unit's base.
        kind: the kind of its unit, or "".
        written: its value as it is written.
    """

    value: float
    kind: str
    written: float


def read_numbers(tokens: Sequence[str]) -> frozenset[Number]:
    """The numbers among the tokens of a text, in lower case."""
    words = _NOT_A_NUMBER.sub(" ", " ".join(tokens)).split()
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
        ordinal = words[k] in _ORDINALS
        k += 1
        while k < len(words):
            word = words[k]
            more = _value(word)
            if word in _SCALES and (kind or not (word == "m" and k + 1 == len(words) and value < 1000)):
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
        found.add(Number(round(value * factor, 9), "ordinal" if ordinal else kind, written))
    return frozenset(found)


def numbers_differ(one: frozenset[Number], two: frozenset[Number]) -> bool:
    """Whether neither text's numbers are all among the other's; units count where both texts have some."""
    if not one or not two:
        return False
    for a, b in ((one, two), (two, one)):
        if {n.kind for n in a} == {""}:  # a bare 30 may well be 30 of the other's unit, and one half 50 %
            values = {n.written for n in a}
            others = {n.written / 100 if n.kind == "percent" and values & {0.25, 0.5} else n.written for n in b}
            return not (values <= others or others <= values)
    left, right = {(n.value, n.kind) for n in one}, {(n.value, n.kind) for n in two}
    return not (left <= right or right <= left)


def _value(word: str) -> float | None:
    if word in _VALUES:
        return float(_VALUES[word])
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
