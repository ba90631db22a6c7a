"""Markdown tables, with or without outer bars, header or rule."""

from __future__ import annotations

import re

from brainstorm.parse.probability import UNSTATED, read_probability
from brainstorm.parse.sink import Sink, strip_outer
from brainstorm.parse.words import fold_key, heading_rank, is_aside, probability_rank, text_rank

_DASHES = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$")
_NUMBER_CELL = re.compile(r"#?\d{0,4}\.?")
_COUNTING = frozenset(("", "#", "no", "id", "number", "rank", "nr", "n"))
Columns = tuple[int, int | None, int | None]  # text, heading, probability


def is_dashes(row: str) -> bool:
    """Whether a row is the rule under a table's header."""
    return len(row) < 2000 and "-" in row and "|" in row and _DASHES.match(row) is not None


def cells_of(row: str) -> list[str]:
    """A row's cells; `\\|` is a bar inside one."""
    row = row.strip()
    row = row[1:] if row.startswith("|") else row
    row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
    if "\\|" not in row:
        return [cell.strip() for cell in row.split("|")]
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row)]


class Table:
    """Reads rows; once the columns are known each row is an idea."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.unused: list[tuple[int, str]] = []  # rows that are no ideas so far
        self.header: list[str] | None = None
        self.columns: Columns | None = None

    def row(self, raw: str, *, last: bool = False) -> bool:
        """One row, perhaps the one that the reply's end cut off; returns whether it gave an idea."""
        if is_dashes(raw):
            if self.columns is None and self.header is not None:
                self.columns = _choose(self.header)
                self.unused.pop()
            return False
        cells = cells_of(raw)
        if self.columns is None:
            keys = [fold_key(cell.strip("*_ ")) for cell in cells]
            if len(cells) > 1 and any(probability_rank(k) is not None for k in keys):
                self.columns = _choose(cells)
                return False
            chance = next((i for i, cell in enumerate(cells) if i and cell[:1] in "0.~" and _is_chance(cell)), None)
            if chance is None:
                self.header = cells
                self.unused.append((self.sink.mark(), raw.strip()))
                return False
            self.columns = (1 if chance > 1 and _NUMBER_CELL.fullmatch(cells[0]) else 0, None, chance)
        cut = last and raw.lstrip().startswith("|") and not raw.rstrip().endswith("|")
        return self._idea(raw, cells, self.columns, cut)

    def _idea(self, raw: str, cells: list[str], columns: Columns, cut: bool) -> bool:
        text, heading, chance = columns
        if text >= len(cells):
            self.sink.leave(raw)
            return False
        stated = UNSTATED
        if chance is not None and chance < len(cells):
            stated = read_probability(cells[chance], cut=cut and chance == len(cells) - 1)
        title = cells[heading] if heading is not None and heading < len(cells) else None
        if chance is not None and stated.value is None and chance < len(cells) and _is_chance(cells[text]):
            text, chance = chance, text  # the columns were filled the wrong way round
            stated = read_probability(cells[chance])
        if not cells[text] and title:
            return self.sink.field(title, None, stated, complete=not cut)
        given = self.sink.field(strip_outer(cells[text]), title, stated, complete=not cut)
        for i, cell in enumerate(cells):
            if i not in columns and not _NUMBER_CELL.fullmatch(cell):
                self.sink.leave(cell)
        return given


def _is_chance(cell: str) -> bool:
    return len(cell) < 12 and cell[:1] in "0123456789.~" and read_probability(cell).value is not None


def _choose(header: list[str]) -> Columns:
    """The columns of text, heading and probability."""
    keys = [fold_key(h.strip("*_ ")) for h in header]
    chances = [(r, i) for i, k in enumerate(keys) if (r := probability_rank(k)) is not None]
    chance = min(chances)[1] if chances else None
    free = [i for i, k in enumerate(keys) if i != chance and k not in _COUNTING] or [
        i for i in range(len(keys)) if i != chance
    ]
    texts = sorted((r, i) for i in free if (r := text_rank(keys[i])) is not None)
    titles = sorted((r, i) for i in free if (r := heading_rank(keys[i])) is not None)
    if not [i for i in range(len(keys)) if i != chance]:
        return 0, None, None
    if texts and titles:
        return texts[0][1], titles[0][1], chance
    if len(texts) > 1 and texts[0][1] < texts[1][1]:  # | Idea | Description |
        return texts[1][1], texts[0][1], chance
    if texts:
        return texts[0][1], None, chance
    plain = [i for i in free if not is_aside(keys[i])] or free or [0]
    if titles:
        other = [i for i in plain if i != titles[0][1]]
        return (other[0], titles[0][1], chance) if other else (titles[0][1], None, chance)
    return plain[0], None, chance
