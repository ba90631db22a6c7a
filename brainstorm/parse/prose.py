"""Replies with no list in them: one answer, or an idea a line."""

from __future__ import annotations

import re
from collections.abc import Collection

from brainstorm.parse.items import BREAK, RULE
from brainstorm.parse.lines import fence, unquoted
from brainstorm.parse.probability import UNSTATED, split_probability
from brainstorm.parse.records import read_beside, read_csv, read_fields
from brainstorm.parse.refusal import is_refusal
from brainstorm.parse.sink import Sink, strip_markup, strip_outer
from brainstorm.parse.talk import is_beside, is_farewell, is_intro, is_sign_off

Lines = list[tuple[int, str]]


def read_prose(lines: Lines, sink: Sink, code: Collection[int] = ()) -> bool:
    """Read prose that stands alone, of which the lines at the places `code` are code.

    Returns whether it is a refusal; otherwise the sink has been told of its ideas and what is left.
    """
    lines = [(at, text) for at, text in lines if fence(text) is None]
    groups = _groups(lines)
    if not groups:
        return False
    if is_refusal(_text([line for group in groups[:3] for line in group])):
        _leave(groups, sink)
        return True
    first, last = 0, len(groups)
    if last > 1 and len(groups[0]) == 1 and is_intro(groups[0][0][1]):
        first = 1
    while last - first > 1 and is_farewell(groups[last - 1][0][1]):
        last -= 1
    body = groups[first:last]
    announced = all(group[-1][1].rstrip().endswith((":", "：")) for group in body)
    if announced or _is_code([line for group in groups for line in group], code):
        _leave(groups, sink)
        return False
    _leave(groups[:first], sink)
    if any(unquoted(text) is not None for group in body for _, text in group):
        if _read_quotes(body, sink):
            _leave(groups[last:], sink)
            return False
        lines, body = [_bare(line) for line in lines], [[_bare(line) for line in group] for group in body]
    _read_body(lines, body, sink, first > 0)
    _leave(groups[last:], sink)
    return False


def read_rest(lines: Lines, sink: Sink) -> None:
    """Read prose behind ideas: a bare list that is announced gives more of them, all else is left."""
    groups = _groups([(at, text) for at, text in lines if fence(text) is None])
    announced = ""
    for group in groups:
        rows = [s for _, s in group]
        if announced and not is_beside(announced) and len(rows) > 1 and _are_entries(rows):
            for row in rows:
                sink.field(strip_outer(row.strip().rstrip(" ,")), None, UNSTATED)
        else:
            _leave([group], sink)
        announced = rows[-1] if rows[-1].rstrip().endswith((":", "：")) else ""


def _bare(line: tuple[int, str]) -> tuple[int, str]:
    said = unquoted(line[1])
    return line if said is None else (line[0], said.strip())


def _read_quotes(body: list[Lines], sink: Sink) -> bool:
    """Block quotes under nothing, or each under its lead-in, are an idea each; returns whether they were."""
    quotes: list[tuple[Lines, str]] = []  # lead-in and quote
    lead: Lines = []
    for group in body:
        said = [unquoted(text) for _, text in group]
        cut = next((i for i, text in enumerate(said) if text is not None), len(group))
        lead += group[:cut]
        quote = [text.strip() for text in said[cut:] if text is not None]
        if len(quote) < len(group) - cut:
            return False
        if quote:
            quotes.append((lead, "\n".join(quote)))
            lead = []
    leads = [lead for lead, _ in quotes if lead]
    if leads and (len(quotes) < 2 or not all(is_intro(lead[-1][1]) for lead in leads)):
        return False
    for lead_in, quoted in quotes:
        text, stated = split_probability(quoted)
        title, aside = split_probability(lead_in.pop()[1]) if lead_in else ("", UNSTATED)
        if lead_in:
            _leave([lead_in], sink)
        title = strip_markup(title).strip("*_:： ")
        sink.add(strip_outer(strip_markup(text).strip()), title or None, aside if stated is UNSTATED else stated)
    _leave([lead] if lead else [], sink)
    return True


def _read_body(lines: Lines, body: list[Lines], sink: Sink, first: bool) -> None:
    rows = [line for group in body for line in group]
    said = [s for _, s in rows]
    start, end = lines.index(body[0][0]), len(lines) - lines[::-1].index(body[-1][-1])
    whole = _text(lines[start:end]).split("\n")
    records = (
        read_fields(said) or read_beside(whole) or read_csv(whole) or (read_csv(whole[1:]) if is_intro(said[0]) else [])
    )
    if records:
        for text, heading, stated in records:
            sink.field(text, heading, stated)
        return
    chunks = _chunks(lines, body)
    if len(chunks) > 1:
        for chunk in chunks:
            _tell(_text(chunk), sink)
        return
    if first and len(body) > 1 and len(body[0]) > 2 and _are_entries([s for _, s in body[0]]):
        rows = body[0]  # a bare list, and talk about it
        _leave(body[1:], sink)
    elif len(rows) > 3 and is_intro(rows[0][1]) and len(rows[0][1]) < 160 and _are_entries([s for _, s in rows[1:]]):
        sink.leave(rows[0][1], rows[0][0])
        rows = rows[1:]
    if _are_entries([s for _, s in rows]):
        lettered = len(rows) > 1 and all(_LETTERED.match(s) for _, s in rows)
        for _, row in rows:
            entry = row.strip().rstrip(" ,")
            sink.field(strip_outer(_LETTERED.sub("", entry, count=1) if lettered else entry), None, UNSTATED)
        return
    _tell("\n".join(whole), sink)


def _tell(text: str, sink: Sink) -> None:
    said, stated = split_probability(text)
    if not sink.add(strip_outer(strip_markup(said).strip()), None, stated):
        sink.leave(text)


def _text(lines: Lines) -> str:
    return "\n".join(text for _, text in lines if text not in (BREAK, RULE))


def _leave(groups: list[Lines], sink: Sink) -> None:
    for group in groups:
        sink.leave(_text(group), group[0][0])


def _groups(lines: Lines) -> list[Lines]:
    """Paragraphs, as their lines."""
    out: list[Lines] = []
    fresh = True
    for line in lines:
        if not line[1] or line[1].isspace():
            fresh = True
        elif fresh:
            out.append([line])
            fresh = False
        else:
            out[-1].append(line)
    return out


def _chunks(lines: Lines, body: list[Lines]) -> list[Lines]:
    """The parts that rules divide a reply into, when they are answers rather than scenes of one."""
    start, end = lines.index(body[0][0]), len(lines) - lines[::-1].index(body[-1][-1])
    chunks: list[Lines] = [[]]
    for line in lines[start:end]:
        if line[1] == RULE:
            chunks.append([])
        else:
            chunks[-1].append(line)
    chunks = [chunk for chunk in chunks if _text(chunk).strip()]
    verse = all(len(text.split()) <= 12 for chunk in chunks for _, text in chunk)
    return chunks if len(chunks) > 2 or (verse and len(chunks) > 1) else []


_ENDS = ".,;!?…。，；！？"
_LETTERED = re.compile(r"\s*[A-Z][:.)]\s+(?=\S)")
_LABELLED = re.compile(r"[^\W\d_][^:.!?\n]{2,90}: \S")
_CODE_LINE = re.compile(
    r"\s*(?:import |from \S+ import|def |class |return\b|#include|function |const |let |var |public |"
    r"@|\}|\)|for |if .*:$)"
)


def _is_code(lines: list[tuple[int, str]], code: Collection[int]) -> bool:
    """Whether a reply is a program, in a fence or bare, rather than prose with some code in it."""
    bare = sum(len(s) for _, s in lines if _CODE_LINE.match(s))
    if len(lines) > 2 and bare > 0.6 * sum(len(s) for _, s in lines):
        return True
    if not code:
        return False
    fenced = sum(len(s) for at, s in lines if at in code)
    said = sum(len(s) for at, s in lines if at not in code and not (is_intro(s) or is_sign_off(s)))
    return fenced > said


def _are_entries(rows: list[str]) -> bool:
    """Short lines without full stops: an idea each."""
    if len(rows) < 2 or is_intro(rows[0]):
        return False
    if len({row.strip() for row in rows}) == 1:  # the same over and over is no verse
        return True
    if len(rows) == 2 and not all(
        len(row.split()) <= 4 and len(row) <= 40 and row.rstrip()[-1:] not in _ENDS for row in rows
    ):
        return False
    unstopped = sum(row.rstrip()[-1:] not in _ENDS for row in rows)
    words = [len(row.split()) for row in rows]
    opened = sum(not row.lstrip()[:1].islower() for row in rows)
    if len({row.rstrip()[-1:] for row in rows}) == 1 and unstopped == 0:  # each its own sentence
        if all(_LABELLED.match(row) for row in rows):
            return True
        alone = not any(re.search(r"[.!?]\s", row.rstrip()) for row in rows)
        return alone and rows[0].rstrip()[-1:] in ".。" and sum(words) <= 8 * len(rows)
    return (
        unstopped >= 0.8 * len(rows) and sum(words) <= 10 * len(rows) and max(words) <= 20 and opened >= 0.7 * len(rows)
    )
