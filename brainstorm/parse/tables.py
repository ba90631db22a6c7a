"""Markdown tables."""

from __future__ import annotations

import re

from brainstorm.parse.probability import UNSTATED, read_probability
from brainstorm.parse.sink import Sink
from brainstorm.parse.words import fold_key, heading_rank, is_aside, probability_rank, text_rank

_DASHES = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


def cells_of(row: str) -> list[str]:
    """A row's cells; `\\|` is a bar inside one."""
    row = row.strip()
    row = row[1:] if row.startswith("|") else row
    row = row[:-1] if row.endswith("|") and not row.endswith("\\|") else row
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", row)]


class Table:
    """Reads rows; after a header and its rule each row is an idea."""

    def __init__(self, sink: Sink, at: int) -> None:
        self.sink = sink
        self.at = at
        self.unused: list[tuple[int, str]] = []
        self.header: list[str] | None = None
        self.columns: tuple[int, int | None, int | None] | None = None

    def row(self, raw: str) -> bool:
        """One row; returns whether it gave an idea."""
        if self.columns is None:
            if _DASHES.match(raw) and self.header is not None:
                self.columns = self._choose(self.header)
                self.unused = [(at, text) for at, text in self.unused[:-1]]
            else:
                self.header = cells_of(raw)
                self.unused.append((self.sink.mark(), raw.strip()))
            return False
        if _DASHES.match(raw):
            return False
        cells = cells_of(raw)
        text, heading, chance = self.columns
        if text >= len(cells):
            self.sink.leave(raw)
            return False
        stated = read_probability(cells[chance]) if chance is not None and chance < len(cells) else UNSTATED
        title = cells[heading] if heading is not None and heading < len(cells) else None
        given = self.sink.field(cells[text], title, stated)
        for i, cell in enumerate(cells):
            if i not in self.columns and not re.fullmatch(r"#?\d{0,4}\.?", cell):
                self.sink.leave(cell)
        return given

    @staticmethod
    def _choose(header: list[str]) -> tuple[int, int | None, int | None]:
        """The columns of text, heading and probability."""
        keys = [fold_key(h.strip("*_ ")) for h in header]
        chances = [(r, i) for i, k in enumerate(keys) if (r := probability_rank(k)) is not None]
        chance = min(chances)[1] if chances else None
        free = [i for i, k in enumerate(keys) if i != chance and k not in ("", "#", "no", "id", "number", "rank")]
        texts = [(r, i) for i in free if (r := text_rank(keys[i])) is not None]
        titles = [(r, i) for i in free if (r := heading_rank(keys[i])) is not None]
        plain = [i for i in free if not is_aside(keys[i])] or free or list(range(len(keys)))
        if texts and len(texts) > 1 and not titles and min(texts)[1] < max(texts)[1]:
            described = max(texts)[1]
            return described, min(texts)[1], chance
        if texts:
            return min(texts)[1], (min(titles)[1] if titles else None), chance
        if titles:
            other = [i for i in plain if i != min(titles)[1]]
            return (other[0], min(titles)[1], chance) if other else (min(titles)[1], None, chance)
        return plain[0], None, chance
