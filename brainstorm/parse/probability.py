"""Stated probabilities: read as said, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from brainstorm.parse.words import PROBABILITY

MISSING = "not stated"
NOT_A_NUMBER = "not a number"
CUT_OFF = "cut off"
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

_NUMBER = r"[-+−]?(?:\d{1,12}(?:[.,٫]\d{1,40})?|[.,٫]\d{1,40})(?:[eE][-+]?\d{1,3})?"
_PERCENT = (
    r"\s?(?:%|٪|％|percent\b|per cent\b|prozent\b|por ciento\b|por cento\b|per cento\b"
    r"|pour cent\b|процент\w*)"
)
_VALUE = re.compile(
    r"^(?:[~≈∼≃=]|about\b|around\b|approx\.?|approximately\b|ca\.?|circa\b|roughly\b|约|約|大约)?\s*"
    r"(?:(?P<num>\d{1,9})\s?(?:/|⁄|in|out of)\s?(?P<den>\d{1,9})(?![\d/])"
    rf"|(?P<before>[%٪％]\s?)?(?P<value>{_NUMBER})(?P<percent>{_PERCENT})?)(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_RANGE = re.compile(r"\s*(?:-|–|—|to\b|bis\b|à|~)\s*[.\d]")
_BOUND = re.compile(r"(?:[<>≤≥]|less\b|more\b|under\b|over\b|up to\b|at (?:most|least)\b|below\b|above\b)", re.I)
_BLANK = frozenset(("", "null", "none", "n/a", "na", "unknown", "undefined", "-", "?", "...", "…"))


def read_probability(raw: str, *, cut: bool = False) -> Stated:
    """Read one stated probability: `0.07`, `.07`, `7 %`, `0,07`, `1/14`, `~0.1`, `1e-3`.

    A range, a bound, a word, a number outside 0..1, a number that the reply's end cut off (`cut`) stays
    unknown with the reason in `note`.
    """
    said = raw.strip()
    if cut:
        return Stated(None, said[:EDGE], CUT_OFF)
    if len(said) > 80:
        return Stated(None, said[:EDGE], NOT_A_NUMBER)
    bare = said.strip(" \t\n()[]{}（）【】*_`\"'“”").rstrip(".,;。")
    if bare.lower() in _BLANK:
        return Stated(None, said, MISSING)
    found = _VALUE.match(bare)
    if not found:
        return Stated(None, said, "a bound, not a number" if _BOUND.match(bare) else NOT_A_NUMBER)
    rest = found["rest"].lstrip()
    if rest and _RANGE.match(found["rest"]):
        return Stated(None, said, "a range, not a number")
    if rest and (rest[0].isalnum() or rest[0] in "/.,:^×*"):
        return Stated(None, said, NOT_A_NUMBER)
    value = _ratio(int(found["num"]), int(found["den"])) if found["num"] else _decimal(found)
    if value is None:
        return Stated(None, said, NOT_A_NUMBER)
    if not 0 <= value <= 1:
        return Stated(None, said, "out of range")
    return Stated(value, said, "")


def _ratio(over: int, under: int) -> float | None:
    """`1/14`; odds such as 50/50 are no such number."""
    return None if under == 0 or over == under != 1 else over / under


def _decimal(found: re.Match[str]) -> float:
    digits = found["value"].replace("−", "-").replace("٫", ".")
    if re.search(r"[1-9]\d*,\d{3}$", digits):  # a comma before three digits parts thousands
        digits = digits.replace(",", "")
    value = float(digits.replace(",", "."))
    return round(value / 100, 12) if found["percent"] or found["before"] else value


_WORDS = sorted((w for w in PROBABILITY if len(w) > 1 and w != "weight"), key=len, reverse=True)
_LABEL = "|".join(map(re.escape, _WORDS))
# One search per stem is much cheaper than the alternation of all words.
_SHORT = {w[:4] if w.isascii() else w[:2] for w in _WORDS}
_STEMS = re.compile("|".join(sorted({w for w in _SHORT if w.isascii()} | {r"p\s?[:=：≈~(]"})))
_MORE_STEMS = re.compile("|".join(sorted(w for w in _SHORT if not w.isascii())))
_NAMED = (
    rf"(?:(?:estimated|stated|approximate|est\.?|approx\.?) )?(?:(?:{_LABEL})(?:\s(?:score|value|of|is))?"
    r"|\bp(?=\s?[=:：≈~(]))"
)
_OPENINGS = (*_WORDS, "estimated", "stated", "approximate", "est", "approx")
_SEP = r"[*_]{0,2}\s{0,3}[:：=≈]?[*_]{0,2}\s{0,3}"
_SAID = rf"[~≈∼<>≤≥]?\s?[%٪％]?\s?(?:\d{{1,9}}\s?[/⁄]\s?\d{{1,9}}|{_NUMBER})(?:{_PERCENT})?"
_BRACKETED = re.compile(
    rf"\s{{0,3}}(?P<mark>\*\*|"
    rf"[*_])?[(\[（【{{]\s{{0,3}}[*_]{{0,2}}(?:(?:{_NAMED}){_SEP}(?P<said>[^()\[\]（）【】{{}}\n]{{0,40}}?)"
    rf"|(?P<said2>{_SAID})\s{{0,3}}(?:{_LABEL}))\s{{0,3}}[)\]）】}}](?(mark)(?P=mark))",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    rf"(?:^|[\s,;|.。،(\[（–—-])\s?[*_]{{0,2}}(?:with (?:a |"
    rf"an )?)?(?:{_NAMED})(?:\s(?:of|for)\s\w{{1,20}}){{0,2}}[*_]{{0,2}}\s{{0,3}}"
    r"(?:[:：=≈]|is\b|of\b|-|(?=[\d.]))"
    rf"[*_]{{0,2}}\s{{0,3}}(?P<said>{_SAID}[^\n\w]{{0,4}})$",
    re.IGNORECASE,
)
_DANGLES = re.compile(r"\b(?:an?|the|has|have|is|of|be)$", re.IGNORECASE)
_DECIMAL = r"[~≈]?\s?(?:[01]?[.,٫]\d{1,12})"
_SHARE = r"[~≈]?\s?\d{1,3}(?:[.,]\d{1,4})?\s?[%٪％]"
_BARE_END = re.compile(
    rf"\s{{0,3}}(?:[(\[（]\s?(?P<said>{_DECIMAL}|{_SHARE})\s?[)\]）]|(?<=\s)(?:[-–—|:：=]|→|->)\s?"
    rf"(?P<said2>{_DECIMAL}|{_SHARE}|1\s?(?:/|in|out of)\s?\d{{1,9}})"
    rf"|(?<=\w)[:：,]\s?(?P<said3>0?[.]\d{{1,12}})|(?<=\w)[:：]\s?(?P<said4>{_SHARE}))[.,*_\s]{{0,3}}$"
)
_BARE_START = re.compile(
    rf"^\s{{0,8}}(?:[*_]{{0,2}}[(\[（]\s?(?P<said>{_DECIMAL}|{_SHARE})\s?[)\]）][*_]{{0,2}}[:：]?"
    r"|(?P<said2>0?[.]\d{1,6}|1[.]0{1,4}|\d{1,2}%)\s?[:：|–—-])\s{1,3}(?=\S)"
)
_LEADING = re.compile(
    rf"^\s{{0,8}}[*_]{{0,2}}(?:{_NAMED}){_SEP}(?P<said>{_SAID})[*_]{{0,2}}\s?[:：,;|–—-]\s{{1,3}}(?=\S)",
    re.IGNORECASE,
)
_OWN_LINE = re.compile(
    rf"^\s*(?:[-*•+]\s{{1,3}})?[*_(\[（]{{0,3}}(?:{_NAMED})[*_]{{0,2}}\s{{0,3}}(?P<sep>[:：=≈]?)[*_]{{0,2}}\s{{0,3}}(?P<said>.{{0,60}})$",
    re.IGNORECASE,
)
# A number with nothing behind it but a range's end, a remark in brackets or a scale.
_WHOLE = re.compile(
    rf"{_SAID}\s?(?:(?:[-–—~]|to)\s?{_SAID}|[(\[（][^()\n]{{0,40}}|(?:/|out of)\s?\d+)?$", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_NUMERIC = re.compile(r"[~≈<>≤≥=]?\s?[%٪％]?[-+−]?[\d.,٫]")


def hinted(line: str) -> bool:
    """Whether a line may name a probability: a quick test before the patterns."""
    low = line.lower()
    return _STEMS.search(low) is not None or (not low.isascii() and _MORE_STEMS.search(low) is not None)


def own_line(line: str) -> Stated | None:
    """The probability of a line that states nothing else, or `None`."""
    if len(line) > EDGE or not hinted(line):
        return None
    found = _OWN_LINE.match(line)
    if not found:
        return None
    said = found["said"].strip().strip("*_)]）").rstrip(" .;,。")
    if not _NUMERIC.match(said):
        return read_probability(said) if found["sep"] and 0 < len(said.split()) <= 2 else None
    return read_probability(said) if _WHOLE.match(said) else None


def may_state(start: str) -> bool:
    """Whether a line that starts so may yet turn out to state a probability and nothing else."""
    low = start.lower().lstrip(" *_([（")
    return (low[:1] == "p" and not low[1:2].isalpha()) or any(w.startswith(low) or low.startswith(w) for w in _OPENINGS)


def split_probability(text: str, *, final: bool = False) -> tuple[str, Stated]:
    """Take a probability stated in or beside an idea out of its text.

    `final` says that nothing follows in the reply: a number in a bracket that is still open is then cut off.
    Returns the text without it, and what was stated (`UNSTATED` when nothing was).
    """
    if "\n" not in text:
        kept, stated = _take(text, first=True, last=True, final=final)
        return (text, UNSTATED) if stated is None else (_balance(kept.strip()), stated)
    lines = text.split("\n")
    for at, line in enumerate(lines):
        first, last = at == 0, at == len(lines) - 1
        if not (first or last or hinted(line)):
            continue
        kept, stated = _take(line, first=first, last=last, final=final and last)
        if stated is not None:
            middle = [_balance(kept)] if kept.strip() else []
            rest = lines[at + 1 :]
            also = tuple(s for s in rest if hinted(s) and own_line(s) is not None)
            gone = frozenset(also)
            if also:
                rest, stated = [s for s in rest if s not in gone], replace(stated, also=also)
            return "\n".join([*lines[:at], *middle, *rest]).strip(), stated
    return text, UNSTATED


def _balance(text: str) -> str:
    """Emphasis that lost its end along with the statement loses its start too."""
    return text[2:] if text.startswith("**") and text.count("**") % 2 else text


def _take(line: str, *, first: bool, last: bool, final: bool) -> tuple[str, Stated | None]:
    """One line without the statement at its end or its start."""
    base = max(0, len(line) - EDGE)
    end = line[base:] if base else line
    if hinted(end) or (base and hinted(line[:EDGE])):
        whole = own_line(line)
        if whole is not None:
            return "", whole
        taken = _named(line, end, base, heads=first, final=final)
        if taken is not None:
            return taken
    if (first or last) and _DIGIT.search(end[-30:]) and (found := _BARE_END.search(end[-60:])):
        said = found["said"] or found["said2"] or found["said3"] or found["said4"]
        return line[: max(0, len(line) - 60) + found.start()], read_probability(said)
    if first and (found := _BARE_START.match(line)):
        return line[found.end() :], read_probability(found["said"] or found["said2"])
    return line, None


def _named(line: str, end: str, base: int, *, heads: bool, final: bool) -> tuple[str, Stated] | None:
    found: re.Match[str] | None
    for found in _BRACKETED.finditer(end):
        said = found["said"] or found["said2"] or ""
        if not _NUMERIC.match(said) and (len(said.split()) > 2 or not re.search(r"[:：=]", found[0])):
            continue
        if end[found.end() :].strip(" .*_:：,;") == "":
            tail = end[found.end() :].strip("*_ ") if end[found.end() :].strip() in (":", "：", ".") else ""
            return line[: base + found.start()] + tail, read_probability(said)
    if found := _TRAILING.search(end):
        said, open_end = found["said"].rstrip(" )]）*_.;"), found[0][:1] in "([（" and found[0][-1:].isdigit()
        kept = line[: base + found.start()].rstrip(" ,;|–—-")
        if not _DANGLES.search(kept):  # "must have a probability of 0.1" is the idea itself
            return kept, read_probability(said, cut=final and open_end)
    if not heads:
        return None
    found = _BRACKETED.search(line[:EDGE])
    said = (found["said"] or found["said2"] or "") if found else ""
    if found and _NUMERIC.match(said):
        return line[: found.start()] + line[found.end() :], read_probability(said)
    if found := _LEADING.match(line):
        return line[found.end() :], read_probability(found["said"])
    return None
