"""What a tag in running text is: a word of a sentence, or a mark around a list of ideas rather than one."""

from __future__ import annotations

import re

from brainstorm.parse.jsonquotes import starts_json
from brainstorm.parse.lines import classify
from brainstorm.parse.xmltags import LOOK, in_flow

_GAP = re.compile(r"\s{0,120}")
_LINE = 80  # characters that tell whether a line begins a list
_LINES = 400  # lines among which a list has its first two items


def lists_ahead(text: str, at: int, final: bool) -> bool | None:
    """Whether a list, a table or JSON starts at `text[at]`, behind a tag; `None` when more text is needed."""
    gap = _GAP.match(text, at)
    here = gap.end() if gap else at
    if here >= len(text):
        return False if final else None
    if text[here] == "<":
        return False
    if text[here] in "[{":
        return starts_json(text, here, final)
    stop = text.find("\n", here, here + _LINE)
    if stop < 0 and len(text) < here + _LINE and not final:
        return None
    line = classify(text[here : stop if stop >= 0 else here + _LINE])
    return line.kind in ("row", "fence") or line.number == 1 or (line.kind == "item" and line.family == "bullet")


def is_list(text: str) -> bool:
    """Whether the text of an item holds JSON, or a numbered list from 1 on."""
    lines = [classify(line) for line in text.split("\n", _LINES)[:_LINES]]
    counts = {(line.family, line.number) for line in lines if line.number in (1, 2)}
    if any({(family, 1), (family, 2)} <= counts for family in ("number", "label")):
        return True
    starts = (line.raw.lstrip() for line in lines)
    return any(start[:1] in ("{", "[") and starts_json(start, 0, True) for start in starts)


def is_spoken_of(
    text: str, found: re.Match[str], before: str, final: bool, *, in_item: bool, thinks: bool
) -> bool | None:
    """Whether a tag in the middle of a line is part of a sentence: "inside `<answer>` tags", "the <text> element".

    In a list's item (`in_item`) one that opens is so too, unless its partner follows on the line. `before` is
    the last two characters before it; `thinks` says that it holds reasoning. `None` when more text is needed.
    """
    end = found.end()
    if before.endswith("`") or (before.strip() and text[end : end + 4] == " tag"):
        return True
    if thinks and (found["close"] or not in_item):
        return False
    flows = in_flow(before, text, end, final)
    if flows is not False or not in_item or found["close"]:
        return flows
    stop = text.find("\n", end, end + LOOK)
    rest = text[end : stop if stop >= 0 else end + LOOK]
    if f"</{found['name']}" in rest:
        return False
    if stop < 0 and len(rest) < LOOK and not final:
        return None
    return not (rest.startswith("<") or (not rest.strip() and before.rstrip()[-1:] in (":", ">")))
