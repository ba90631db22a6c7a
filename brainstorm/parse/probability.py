"""Stated probabilities: read as said, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from brainstorm.parse.words import PROBABILITY

MISSING = "not stated"

_NUMBER = r"[-+−]?(?:\d{1,12}(?:[.,٫]\d{1,40})?|[.,٫]\d{1,40})(?:[eE][-+]?\d{1,3})?"
_PERCENT = r"\s?(?:%|٪|％|percent\b|per cent\b|prozent\b|por ciento\b|pour cent\b)"
_VALUE = re.compile(
    rf"^(?P<about>[~≈∼≃]|about|around|approx\.?|approximately|ca\.?|circa|roughly|=|约|約)?\s*"
    rf"(?:(?P<num>\d{{1,9}})\s?(?:/|⁄|in|out of)\s?(?P<den>\d{{1,9}})(?![\d/])|(?P<value>{_NUMBER})(?P<percent>{_PERCENT})?)"
    r"(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_RANGE = re.compile(r"^\s*(?:-|–|—|to|bis|à|~)\s*[.\d]")


@dataclass(frozen=True, slots=True)
class Stated:
    """A probability as said.

    Attributes:
        value: in 0..1, or `None` when unknown.
        stated: exactly as written, or "".
        note: why it is unknown, or "".
    """

    value: float | None = None
    stated: str = ""
    note: str = MISSING


UNSTATED = Stated()


def read_probability(raw: str) -> Stated:
    """Read one stated probability: `0.07`, `.07`, `7 %`, `0,07`, `1/14`, `~0.1`, `1e-3`.

    A range, a bound, a word, a number outside 0..1 stays unknown with the reason in `note`.
    """
    said = raw.strip()
    bare = said.strip(" \t\n()[]{}*_`\"'“”").rstrip(".,;")
    if not bare or bare.lower() in ("null", "none", "n/a", "unknown", "-", "?"):
        return Stated(None, said, MISSING)
    if len(bare) > 80:
        return Stated(None, said, "not a number")
    found = _VALUE.match(bare)
    if not found:
        bound = re.match(r"^(?:[<>≤≥]|less|more|under|over|up to|at (?:most|least))", bare, re.IGNORECASE)
        return Stated(None, said, "a bound, not a number" if bound else "not a number")
    rest = found["rest"].strip()
    if rest and _RANGE.match(found["rest"]):
        return Stated(None, said, "a range, not a number")
    if rest and (rest[0].isalnum() or rest[0] in "/.,:^×*"):
        return Stated(None, said, "not a number")
    if found["num"]:
        over, under = int(found["num"]), int(found["den"])
        if under == 0 or over == under != 1:
            return Stated(None, said, "not a number")
        value = over / under
    else:
        digits = found["value"].replace("−", "-").replace("٫", ".")
        if re.search(r",\d{3}$", digits) and not digits.lstrip("-+").startswith(("0", ",")):
            digits = digits.replace(",", "")
        value = float(digits.replace(",", "."))
        if found["percent"]:
            value = round(value / 100, 12)
    if not 0 <= value <= 1:
        return Stated(None, said, "out of range")
    return Stated(value, said, "")


_LABEL = "|".join(sorted((re.escape(w) for w in PROBABILITY if len(w) > 1 and w != "weight"), key=len, reverse=True))
_NAMED = rf"(?:estimated |est\.? |approx\.? |stated )?(?:{_LABEL})(?:\s+(?:score|value|of))?|\bp(?=\s?[=:≈~(])"
# A statement that ends at a bracket, a line's end, or with the number itself.
_SAID = r"(?P<said>[~≈∼<>≤≥]?\s?(?:\d{1,9}\s?[/⁄]\s?\d{1,9}|" + _NUMBER + rf")(?:{_PERCENT})?"
_BRACKETED = re.compile(
    rf"\s*[(\[（【{{]\s*[*_]{{0,2}}(?:{_NAMED})[*_]{{0,2}}\s*[:：=≈~]?[*_]{{0,2}}\s*(?P<said>[^()\[\]（）【】{{}}\n]{{0,60}})[)\]）】}}]",
    re.IGNORECASE,
)
_BARE = r"[~≈]?\s?(?:[01]?[.,٫]\d{1,12}|[01][.,]0+|\d{1,3}(?:[.,]\d{1,4})?\s?[%٪％])"
_BARE_END = re.compile(
    rf"(?:\s*[(\[（]\s*(?P<said>{_BARE})\s*[)\]）]|\s+(?:[-–—|:]|→)\s*(?P<said2>{_BARE}))[.*_]{{0,3}}\s*$"
)
_BARE_START = re.compile(
    rf"^\s*(?:[*_]{{0,2}}[(\[（]\s*(?P<said>{_BARE})\s*[)\]）][*_]{{0,2}}[:：]?|(?P<said2>[01]?[.]\d{{1,6}}|\d{{1,2}}%)\s*[:：|–—-])\s+(?=\S)"
)
_TRAILING = re.compile(
    rf"(?:^|[\s,;|.。،–—-])\s*[-*•]?\s*[*_]{{0,2}}(?:{_NAMED})[*_]{{0,2}}\s*(?:[:：=≈]|is\b|-)[*_]{{0,2}}\s*(?P<said>[^\n]{{0,60}})$",
    re.IGNORECASE,
)
_OWN_LINE = re.compile(
    rf"^\s*(?:[-*•+]\s+)?[*_(\[（]{{0,3}}(?:{_NAMED})[*_]{{0,2}}\s*[:：=≈]?[*_]{{0,2}}\s*(?P<said>.{{0,60}})$",
    re.IGNORECASE,
)
_HINT = re.compile(rf"{_NAMED}", re.IGNORECASE)


def own_line(line: str) -> Stated | None:
    """The probability of a line that states nothing else, or `None`."""
    if len(line) > 160:
        return None
    found = _OWN_LINE.match(line)
    if not found:
        return None
    said = found["said"].strip().strip("*_ )]）")
    if said and not re.match(r"^[~≈<>≤≥=]?\s?[-+−]?[\d.,٫]", said) and len(said.split()) > 3:
        return None
    return read_probability(said)


def split_probability(text: str) -> tuple[str, Stated]:
    """Take a probability stated in or beside an idea out of its text.

    Returns the text without it, and what was stated (`UNSTATED` when nothing was).
    """
    lines = text.split("\n")
    for at in (0, len(lines) - 1, *range(1, len(lines) - 1)):
        line = lines[at]
        found, stated = _take(line, first=at == 0, last=at == len(lines) - 1)
        if stated is not None:
            kept = [*lines[:at], *([found] if found.strip() else []), *lines[at + 1 :]]
            return "\n".join(kept).strip(), stated
    return text, UNSTATED


def _take(line: str, *, first: bool, last: bool) -> tuple[str, Stated | None]:
    if _HINT.search(line):
        whole = own_line(line)
        if whole is not None:
            return "", whole
        found = None
        for found in _BRACKETED.finditer(line):  # noqa: B007  the last one is wanted
            pass
        if found:
            return (line[: found.start()] + line[found.end() :]), read_probability(found["said"])
        found = _TRAILING.search(line)
        if found and re.match(r"^[~≈<>≤≥]?\s?[-+−]?[\d.,٫]", found["said"]):
            return line[: found.start()].rstrip(" ,;|–—-"), read_probability(found["said"])
    if last or first:
        found = _BARE_END.search(line[-80:])
        if found:
            return line[: max(0, len(line) - 80) + found.start()], read_probability(found["said"] or found["said2"])
    if first:
        found = _BARE_START.match(line)
        if found:
            return line[found.end() :], read_probability(found["said"] or found["said2"])
    return line, None
