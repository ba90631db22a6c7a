"""Where text states a probability: in brackets, behind a label, a dash, a tab, on a line of its own."""

from __future__ import annotations

import re
from dataclasses import replace

from brainstorm.parse.stated import (
    BOUND,
    CUT_OFF,
    EDGE,
    LABEL,
    MISSING,
    NAMED,
    PERCENT,
    RANGE,
    SAID,
    UNSTATED,
    VALUE,
    WORDS,
    Stated,
    level,
    read_probability,
)

__all__ = ["CUT_OFF", "MISSING", "UNSTATED", "Stated", "alone", "hinted", "may_state", "own_line", "read_probability",
           "split_probability"]  # fmt: skip

_OPENINGS = (*WORDS, "estimated", "stated", "approximate", "est", "approx")
_BEGINNINGS = frozenset(w[0] for w in _OPENINGS)
# Stems, not all words; each alternative begins with a letter, so that the search skips all places but these.
_STEMS = re.compile("|".join([*sorted({w[:4] for w in WORDS if w.isascii()}), r"p(?<!\wp)(?:\s?[:=：≈~(<>≤≥]| [.\d])"]))
_MORE_STEMS = re.compile("|".join(sorted({w[:2] for w in WORDS if not w.isascii()})))
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_SEP = r"[*_]{0,2}\s{0,3}(?P<sep>[:=≈]?)[*_]{0,2}\s{0,3}"
_LABELLED = re.compile(rf"[\s*_`]{{0,4}}{NAMED}{_SEP}(?P<said>.{{0,48}}?)[\s*_`\\]{{0,4}}$", re.IGNORECASE)
_LABEL_BEHIND = re.compile(rf"[\s*_`]{{0,4}}(?P<said>{SAID})\s{{0,3}}{LABEL}[\s*_`]{{0,4}}$", re.IGNORECASE)
_GROUP = re.compile(
    r"\s{0,3}[*_]{0,2}(?:\((?P<a>[^()\n]{1,60})\)|\[(?P<b>[^\[\]\n]{1,60})\]|\{(?P<c>[^{}\n]{1,60})\})[*_]{0,2}"
)
_TAGGED = re.compile(rf"\s{{0,3}}<({LABEL})>\s{{0,3}}(?P<said>[^<>\n]{{1,40}})</\1>\s{{0,3}}$", re.IGNORECASE)
_TRAILING = re.compile(
    r"(?:^|[\s,;|.。،(\[（–—$`-])\s?[*_`$]{0,2}(?:with (?:a |an )?)?"
    rf"{NAMED}(?:\s(?:of|for)\s\w{{1,20}}){{0,2}}[*_]{{0,2}}\s{{0,3}}"
    r"(?:[:=≈]|is\b|of\b|-|(?=[\d.<>≤≥~]|one\b|less\b|more\b|between\b|under\b))"
    rf"[*_]{{0,2}}\s{{0,3}}(?P<said>{SAID}(?:[^\n\w]|_){{0,4}})$",
    re.IGNORECASE,
)
_DANGLES = re.compile(r"\b(?:an?|the|has|have|is|of|be)$", re.IGNORECASE)
_DECIMAL = r"(?:[~≈]\s?)?(?:[01]?[.,]\d{1,12})"
_SHARE = rf"(?:[~≈]\s?)?(?:\d{{1,3}}(?:[.,]\d{{1,4}})?{PERCENT}|%\s?\d{{1,3}}(?:[.,]\d{{1,4}})?)"
_EITHER = rf"(?:{_SHARE}|{_DECIMAL})"
# What a bracket without a label may state: shares, decimals, their bounds and ranges, one in so many.
_BARE = re.compile(
    rf"[\s*_`]{{0,4}}(?P<said>(?:[<>≤≥]=?\s?)?{_EITHER}\+?|{_EITHER}?(?:\d{{1,3}})?\s?[-–—]\s?{_EITHER}"
    r"|(?:1|one) (?:in|out of) \d{1,9})[\s*_`]{0,4}",
    re.IGNORECASE,
)
_BARE_END = re.compile(
    rf"\s{{0,3}}(?:(?<=\s)(?:[-–—|:=]|→|[-=]>)\s?(?P<said>{_DECIMAL}|{_SHARE}|1\s?(?:/|in|out of)\s?\d{{1,9}})"
    rf"|\t\s?(?P<said2>{_DECIMAL}|{_SHARE})"
    rf"|(?<=\w)[:,]\s?(?P<said3>0?[.]\d{{1,12}})|(?<=[*_\"”)])[:]\s?(?P<said4>0?[.,]\d{{1,12}})"
    rf"|(?<=[\w*_\"”)])[:]\s?(?P<said5>{_SHARE}))[.,*_\s]{{0,3}}$",
    re.IGNORECASE,
)
_BARE_START = re.compile(
    rf"^\s{{0,8}}(?:[*_]{{0,2}}[(\[]\s?(?P<said>{_DECIMAL}|{_SHARE})\s?[)\]][*_]{{0,2}}:?"
    r"|(?P<said2>0?[.]\d{1,6}|1[.]0{1,4}|\d{1,2}%)\s?[:|–—-])\s{1,3}(?=\S)",
    re.IGNORECASE,
)
_LEADING = re.compile(
    rf"^\s{{0,8}}[*_]{{0,2}}{NAMED}{_SEP}(?P<said>{SAID})[*_]{{0,2}}\s?[:,;|–—-]\s{{1,3}}(?=\S)", re.IGNORECASE
)
_OWN_LINE = re.compile(
    rf"^\s*(?:[-*•+]\s{{1,3}})?[*_(\[$`]{{0,3}}{NAMED}[*_]{{0,2}}\s{{0,3}}(?P<sep>[:=≈]?)[*_]{{0,2}}\s{{0,3}}(?P<said>.{{0,60}})$",
    re.IGNORECASE,
)
# A value with nothing behind it but a remark, or a scale.
_WHOLE = re.compile(rf"{SAID}\s?(?:[(\[][^()\n]{{0,40}}|[,;–—-]\s[^\d\n]{{0,50}}|(?:/|out of)\s?\d+)?$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_DECOR = " \t.:;,*_`$"


def hinted(line: str) -> bool:
    """Whether a line may name a probability: a quick test before the patterns."""
    if line.isascii():
        return len(line) > 2 and _STEMS.search(line.lower()) is not None
    low = level(line).lower()
    return _STEMS.search(low) is not None or _MORE_STEMS.search(low) is not None


def own_line(line: str) -> Stated | None:
    """The probability of a line that states nothing else, or `None`."""
    if len(line) > EDGE or not hinted(line):
        return None
    found = _OWN_LINE.match(level(line))
    if not found:
        return None
    said = line[found.start("said") : found.end("said")].strip().strip("*_)]）$`").rstrip(" .;,。")
    if _WHOLE.match(level(said)):
        return read_probability(said)
    worded = found["sep"] and 0 < len(said.split()) <= 2 and not _DIGIT.search(said)
    return read_probability(said) if worded else None


def may_state(start: str) -> bool:
    """Whether a line that starts so may yet turn out to state a probability and nothing else."""
    low = level(start).lower().lstrip(" *_([（")
    if low[:1] not in _BEGINNINGS:
        return not low
    return (low[0] == "p" and not low[1:2].isalpha()) or any(w.startswith(low) or low.startswith(w) for w in _OPENINGS)


def alone(line: str) -> Stated | None:
    """The probability of a line that states nothing else, with a label or without; or `None`."""
    said = line.strip().strip("()[]（）【】") if len(line) < EDGE else ""
    return read_probability(said) if _BARE.fullmatch(level(said)) else own_line(line)


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
    end = level(line[base:])
    named, bare = hinted(end), first or last
    if named and (whole := own_line(line)) is not None:
        return "", whole
    if named or (bare and _DIGIT.search(end[-40:])):
        taken = _group_at_end(line, base, end, named=named, bare=bare)
        if taken is None and named:
            taken = _label_at_end(line, base, end, final=final)
        if taken is None and bare and (found := _BARE_END.search(end[-60:])):
            shift = max(0, len(line) - 60)
            group = next(name for name, said in found.groupdict().items() if said)
            said = line[shift + found.start(group) : shift + found.end(group)]
            taken = line[: shift + found.start()], read_probability(said)
        if taken is not None:
            return taken
    return _at_start(line) if first else (line, None)


def _group_at_end(line: str, base: int, end: str, *, named: bool, bare: bool) -> tuple[str, Stated] | None:
    """A bracket, or a span of code, at the end that holds a statement."""
    core = end.rstrip(_DECOR)
    marks = end[len(core) :]
    if not core:
        return None
    if core[-1] in _CLOSERS:
        opens, close = _opener(core), len(core) - 1
    elif "`" in marks or "$" in marks:
        opens, close = core.rfind("`" if "`" in marks else "$"), len(core)
        marks = marks.replace("`", "", 1).replace("$", "", 1)
    elif core[-1] == ">" and (tag := _TAGGED.search(core)):
        return line[: base + tag.start()], read_probability(tag["said"])
    else:
        return None
    if opens < 0:
        return None
    stated = _stated_in(core[opens + 1 : close], line[base + opens + 1 : base + close], named=named, bare=bare)
    if stated is None:
        return None
    kept = line[: base + opens].rstrip(" \t\\")
    mark = marks.strip(" \t.:;,")
    if mark and kept.endswith(mark):
        kept = kept[: -len(mark)].rstrip()
    elif mark and mark in kept:
        kept += mark
    rest = marks.strip("*_` \t$")
    return kept + (rest if rest in (":", ".") else ""), stated


def _opener(core: str) -> int:
    """Where the bracket opens that the last character closes, or -1."""
    closer, depth = core[-1], 0
    for at in range(len(core) - 1, -1, -1):
        depth += (core[at] == closer) - (core[at] == _CLOSERS[closer])
        if depth == 0:
            return at
    return -1


def _stated_in(inner: str, raw: str, *, named: bool, bare: bool) -> Stated | None:
    """What the inside of a bracket states; `inner` is `raw`, levelled."""
    if named and (found := _LABELLED.match(inner)):
        stated = read_probability(raw[found.start("said") : found.end("said")])
        worded = found["sep"] and len(stated.stated.split()) <= 2
        numeric = (
            stated.value is not None or stated.note in (BOUND, RANGE) or re.match(rf"[<>≤≥]?\s?{VALUE}", found["said"])
        )
        return stated if worded or numeric else None
    if named and (found := _LABEL_BEHIND.match(inner)):
        return read_probability(raw[found.start("said") : found.end("said")])
    if bare and (found := _BARE.fullmatch(inner)):
        return read_probability(raw[found.start("said") : found.end("said")])
    return None


def _label_at_end(line: str, base: int, end: str, *, final: bool) -> tuple[str, Stated] | None:
    found = _TRAILING.search(end)
    if not found:
        return None
    said = line[base + found.start("said") : base + found.end("said")].rstrip(" )]）*_.;$`\\")
    open_end = found[0][:1] in "([" and found[0][-1:].isdigit()
    kept = line[: base + found.start()].rstrip(" ,;|–—-")
    if _DANGLES.search(kept):  # "must have a probability of 0.1" is the idea itself
        return None
    return kept, read_probability(said, cut=final and open_end)


def _at_start(line: str) -> tuple[str, Stated | None]:
    start = level(line[:EDGE])
    if hinted(start):
        for group in _GROUP.finditer(start):
            name = next(name for name in "abc" if group[name] is not None)
            raw = line[group.start(name) : group.end(name)]
            stated = _stated_in(group[name], raw, named=True, bare=False)
            if stated is not None and (stated.value is not None or _DIGIT.search(stated.stated)):
                kept, rest = line[: group.start()], line[group.end() :]
                return kept + rest if kept.strip() else rest.lstrip(" :：–—-,.") or rest, stated
        if found := _LEADING.match(start):
            return line[found.end() :], read_probability(line[found.start("said") : found.end("said")])
    if found := _BARE_START.match(start):
        said = "said" if found["said"] else "said2"
        return line[found.end() :], read_probability(line[found.start(said) : found.end(said)])
    return line, None
