"""Ideas → Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brainstorm.result import Idea

_COLUMNS = ("text", "heading", "score", "support", "probability", "personas", "why")


def markdown(texts: Sequence[str]) -> str:
    """A numbered list; the further lines of an idea are indented under its first."""
    lines = []
    for number, text in enumerate(texts, 1):
        first, *rest = text.splitlines() or [""]
        lines.append(f"{number}. {first}")
        lines += [f"   {line}".rstrip() for line in rest]
    return "\n".join(lines)


def csv_table(ideas: Iterable[Idea]) -> str:
    """One idea a row under a header row; a cell that a spreadsheet would run as a formula is quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("rank", *_COLUMNS))
    for place, idea in enumerate(ideas, 1):
        row = idea.model_dump(include=set(_COLUMNS)) | {"personas": "; ".join(idea.personas)}
        writer.writerow((place, *(_harmless(row[column]) for column in _COLUMNS)))
    return buffer.getvalue()


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + cell
    return "" if cell is None else cell
