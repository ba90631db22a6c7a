"""Replies with no list in them: one answer, or an idea a line."""

from __future__ import annotations

import re
from collections.abc import Collection

from brainstorm.parse.blocks import paragraphs
from brainstorm.parse.lines import fence, is_farewell, is_intro, is_sign_off
from brainstorm.parse.probability import UNSTATED, split_probability
from brainstorm.parse.refusal import is_refusal
from brainstorm.parse.sink import Sink, strip_markup, strip_outer

def read_prose(lines: list[tuple[int, str]], sink: Sink, code: Collection[int] = ()) -> bool:
    """Read prose that stands alone, of which the lines at the places `code` are code; returns whether it is a refusal."""
    lines = [(at, text) for at, text in lines if fence(text) is None]
    said = paragraphs(lines)
    whole = "\n\n".join(text for _, text in said)
    if not whole.strip():
        return False
    if is_refusal(whole):
        for at, text in said:
            sink.leave(text, at)
        return True
    body = said
    if len(body) > 1 and is_intro(body[0][1]) and "\n" not in body[0][1].strip():
        body = body[1:]
    tail = len(body)
    while tail > 1 and is_farewell(body[tail - 1][1]):
        tail -= 1
    for at, text in said[: len(said) - len(body)] + body[tail:]:
        sink.leave(text, at)
    body = body[:tail]
    if len(said) == 1 and "\n" not in whole and whole.rstrip().endswith((":", "：")):
        sink.leave(whole)
        return False
    if _is_code([(at, s) for at, s in lines if s.strip()], code):
        for at, text in body:
            sink.leave(text, at)
        return False
    if all(text.rstrip().endswith((":", "：")) for _, text in body):
        for at, text in body:
            sink.leave(text, at)
        return False
    rows = [row for _, text in body for row in text.split("\n")]
    if is_intro(rows[0]) and len(rows) > 3 and rows[0].rstrip().endswith((":", "：")):
        if _are_entries(rows[1:]):
            sink.leave(rows[0], body[0][0])
            rows = rows[1:]
    if _are_entries(rows):
        for row in rows:
            sink.field(strip_outer(row.strip()), None, UNSTATED)
        return False
    text, stated = split_probability("\n\n".join(text for _, text in body))
    sink.add(strip_outer(strip_markup(text).strip()), None, stated)
    return False


_LABELLED = re.compile(r"[^\W\d_][^:.!?\n]{2,90}: \S")
_CODE_LINE = re.compile(r"\s*(?:import |from \S+ import|def |class |return\b|#include|function |const |let |var |public |@|\}|\)|for |if .*:$)")


def _is_code(lines: list[tuple[int, str]], code: Collection[int]) -> bool:
    """Whether a reply is a program, in a fence or bare, rather than prose with some code in it."""
    size = sum(len(s) for _, s in lines)
    fenced = sum(len(s) for at, s in lines if at in code)
    bare = sum(len(s) for _, s in lines if _CODE_LINE.match(s))
    return fenced > 0.5 * size or (len(lines) > 2 and bare > 0.6 * size)


def _are_entries(rows: list[str]) -> bool:
    """Short lines without full stops: an idea each."""
    if len(rows) < 2 or is_intro(rows[0]):
        return False
    if len({row.strip() for row in rows}) == 1:  # the same over and over is no verse
        return True
    if len(rows) == 2 and (max(len(row.split()) for row in rows) > 4 or any(row.rstrip()[-1:] in ".,;!?" for row in rows)):
        return False
    unstopped = sum(row.rstrip()[-1:] not in ".,;!?…。，；" for row in rows)
    words = [len(row.split()) for row in rows]
    opened = sum(not row.lstrip()[:1].islower() for row in rows)
    if len({row.rstrip()[-1:] for row in rows}) == 1 and unstopped == 0:  # each its own sentence
        if all(_LABELLED.match(row) for row in rows):
            return True
        alone = not any(re.search(r"[.!?]\s", row.rstrip()) for row in rows)
        return alone and rows[0].rstrip()[-1:] in ".。" and sum(words) <= 8 * len(rows)
    return unstopped >= 0.8 * len(rows) and sum(words) <= 10 * len(rows) and max(words) <= 20 and opened >= 0.7 * len(rows)
