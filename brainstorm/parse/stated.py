"""Values of stated probabilities: read as said, never guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from brainstorm.parse.words import PROBABILITY

MISSING = "not stated"
NOT_A_NUMBER = "not a number"
OUT_OF_RANGE = "out of range"
CUT_OFF = "cut off"
BOUND = "a bound, not a number"
RANGE = "a range, not a number"
EDGE = 160  # a statement beside an idea stands within this many characters of a line's start or end


@dataclass(frozen=True, slots=True)
class Stated:
    """A probability as said.

    Attributes:
        value: in 0..1, or `None` when unknown.
        stated: exactly as written, or "".
        note: why it is unknown, or "".
        also: further lines of the idea that state one.
    """

    value: float | None = None
    stated: str = ""
    note: str = MISSING
    also: tuple[str, ...] = ()


UNSTATED = Stated()

# With the letters that are no ASCII though `re.IGNORECASE` takes them for it: one rule for case everywhere.
_SIGNS = str.maketrans(
    "％٪﹪−－＝：（）［］【】｛｝，；＜＞≦≧～／⁄∕＋\u0130\u0131\u017f\u212a", "%%%--=:()[][]{},;<>≤≥~///+Iisk"
)
_DIGIT = re.compile(r"(?![0-9])\d")
_POINT = re.compile(r"(?<=\d)[.。．｡·‧٫](?=\d)|[．٫](?=\d)")

NUMBER = r"[-+]?(?:\d{1,12}(?:[.,]\d{1,40})?|[.,]\d{1,40})(?:[eE][-+]?\d{1,3})?"
PERCENT = (
    r"\s?(?:%|percent\b|per cent\b|prozent\b|por ciento\b|por cento\b|per cento\b|pour cent\b|процент\w*|phần trăm\b)"
)
_ONE_IN = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_IN_WORDS = {word: at for at, word in enumerate(_ONE_IN.split(), 2)} | {
    "thirty": 30, "forty": 40, "fifty": 50, "a hundred": 100, "one hundred": 100, "a thousand": 1000,
    "one thousand": 1000, "a million": 10**6, "one million": 10**6,
}  # fmt: skip
_ABOUT = r"(?:[~≈∼≃=]|about\b|around\b|approx\.?|approximately\b|ca\.?|circa\b|roughly\b|约|約|大约)"
_MORE = (
    r"(?:[<>≤≥]=?|(?:less|more|lower|higher|fewer|greater) than\b|under\b|over\b|up to\b|at (?:most|least)\b|"
    r"below\b|above\b|nearly\b|almost\b)"
)
VALUE = rf"(?:{_ABOUT}\s?)?(?:\d{{1,9}}\s?(?:/|in|out of)\s?\d{{1,9}}(?![\d/])|%\s?{NUMBER}|{NUMBER}(?:{PERCENT})?)"
_TO = r"\s?(?:-|–|—|to\b|bis\b|à|~|\.\.\.?|…)\s?"
RANGED = rf"(?:between\s{VALUE}\sand\s{VALUE}|from\s{VALUE}\sto\s{VALUE}|{VALUE}{_TO}{VALUE})"
BOUNDED = rf"(?:{_MORE}\s?{VALUE}|{VALUE}\s?(?:\+|or (?:less|more|lower|higher|fewer|so)\b))"
IN_WORDS = rf"one (?:in|out of) (?:{'|'.join(sorted(_IN_WORDS, key=len, reverse=True))})\b"
SAID = rf"(?:{RANGED}|{BOUNDED}|{IN_WORDS}|{VALUE})"
"""What states a value, a range or a bound, in text that has been levelled."""

WORDS = sorted({w.translate(_SIGNS) for w in PROBABILITY if len(w) > 1 and w != "weight"}, key=lambda w: (-len(w), w))
LABEL = rf"(?:{'|'.join(map(re.escape, WORDS))})\.?"
NAMED = (
    rf"(?:(?:estimated|stated|approximate|est\.?|approx\.?) )?(?:{LABEL}(?:\s(?:score|value|of|is))?"
    r"|\bp(?=\s?[=:≈~(<>≤≥]|\s(?:0?[.,]\d|\d{1,2}\s?%)))"
)
_NAME = re.compile(rf"{NAMED}[\s*_]{{0,4}}[:=≈]?[\s*_]{{0,4}}", re.IGNORECASE)
_VALUE = re.compile(
    rf"{_ABOUT}?\s?(?:(?P<num>\d{{1,9}})\s?(?:/|in|out of)\s?(?P<den>\d{{1,9}})(?![\d/])"
    rf"|(?P<before>%\s?)?(?P<value>{NUMBER})(?P<percent>{PERCENT})?)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_IS_RANGE = re.compile(rf"{RANGED}|{VALUE}\s?[<≤]=?\s?\w{{1,12}}\s?[<≤]=?\s?{VALUE}", re.IGNORECASE)
_IS_BOUND = re.compile(rf"{_MORE}|{VALUE}\s?(?:\+|or (?:less|more|lower|higher|fewer|so)\b)", re.IGNORECASE)
_IS_IN_WORDS = re.compile(IN_WORDS, re.IGNORECASE)
_REMARK = re.compile(r"[,;]\s[^\d]*$")
_BLANK = frozenset(("", "null", "none", "n/a", "na", "unknown", "undefined", "-", "?", "...", "…"))
_DRESS = " \t\n()[]{}*_`\"'“”$\\"


def level(text: str) -> str:
    """Text with the digits, points, signs and odd letters of all scripts as in ASCII, character by character."""
    if text.isascii():
        return text
    text = text.translate(_SIGNS)
    if _DIGIT.search(text):
        text = _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    return _POINT.sub(".", text)


def read_probability(raw: str, *, cut: bool = False) -> Stated:
    """Read one stated probability: `0.07`, `.07`, `7 %`, `0,07`, `1/14`, `~0.1`, `1e-3`, `p = 0.07`.

    A range, a bound, a word, a number outside 0..1, a number that the reply's end cut off (`cut`) stays
    unknown with the reason in `note`.
    """
    said = raw.strip()
    if cut:
        return Stated(None, said[:EDGE], CUT_OFF)
    return Stated(None, said[:EDGE], NOT_A_NUMBER) if len(said) > 80 else _stated(said)


@lru_cache(4096)  # replies say few numbers, and those often
def _stated(said: str) -> Stated:
    bare = level(said).strip(_DRESS).rstrip(".,;。")
    if (name := _NAME.match(bare)) and name.end() < len(bare):
        bare = bare[name.end() :].strip(_DRESS)
    value, note = _read(bare)
    return Stated(value, said, note)


def _read(bare: str) -> tuple[float | None, str]:
    if bare.lower() in _BLANK:
        return None, MISSING
    if _IS_RANGE.match(bare):
        return None, RANGE
    if _IS_BOUND.match(bare):
        return None, BOUND
    if _IS_IN_WORDS.fullmatch(bare):
        return 1 / _IN_WORDS[bare.lower().split(" in ")[-1].split("out of ")[-1]], ""
    found = _VALUE.match(bare)
    if not found:
        return None, NOT_A_NUMBER
    rest = found["rest"].lstrip()
    if rest and (rest[0].isalnum() or rest[0] in "/.,:^×*%") and not _REMARK.match(rest):
        return None, NOT_A_NUMBER
    value = _ratio(int(found["num"]), int(found["den"])) if found["num"] else _decimal(found)
    if value is None:
        return None, NOT_A_NUMBER
    return (value, "") if 0 <= value <= 1 else (None, OUT_OF_RANGE)


def _ratio(over: int, under: int) -> float | None:
    """`1/14`; odds such as 50/50 are no such number."""
    return None if under == 0 or over == under != 1 else over / under


def _decimal(found: re.Match[str]) -> float:
    digits = found["value"]
    if re.search(r"[1-9]\d*,\d{3}$", digits):  # a comma before three digits parts thousands
        digits = digits.replace(",", "")
    value = float(digits.replace(",", "."))
    return round(value / 100, 12) if found["percent"] or found["before"] else value
