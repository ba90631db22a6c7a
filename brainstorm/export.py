"""Ideas → Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

COLUMNS: Final = ("text", "heading", "score", "support", "probability", "personas", "why", "complete")


def markdown(texts: Sequence[str], start: int = 1) -> str:
    """A list numbered from `start`; the further lines of a text are indented under its first."""
    lines = []
    for number, text in enumerate(texts, start):
        first, *rest = text.splitlines() or [""]
        lines.append(f"{number}. {first}")
        lines += [f"   {line}".rstrip() for line in rest]
    return "\n".join(lines)


def csv_table(rows: Iterable[Mapping[str, object]]) -> str:
    """A header row, then one row an idea, best first; cells that a spreadsheet would run are quoted."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("rank", *COLUMNS))
    for place, row in enumerate(rows, 1):
        writer.writerow((place, *(_cell(row[column]) for column in COLUMNS)))
    return buffer.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    text = "; ".join(value) if isinstance(value, tuple) else value
    # a leading = + - @ would make it a formula
    return "'" + text if isinstance(text, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
