"""Markdown tables, with or without outer bars, header or rule."""

from __future__ import annotations

import re
from dataclasses import replace

from brainstorm.parse.probability import UNSTATED, read_probability
from brainstorm.parse.sink import Sink, strip_outer
from brainstorm.parse.words import fold_key, heading_rank, is_aside, probability_rank, text_rank

_DASHES = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*$")
_NUMBER_CELL = re.compile(r"#?\d{0,4}\.?")
# What a column that only counts begins with, whatever its header says.
_FIRST = re.compile(r"[\W_]{0,4}(?:0{0,3}1|[AaIiα一①Ⅰ甲]|n[°º.]\s?1|第[1一][个個]?)[\W_]{0,4}")
_COUNTING = frozenset(("", "#", "no", "id", "number", "rank", "nr", "n", "序号", "编号", "番号", "번호", "순번"))
_SHORT, _LONG = 48, 12  # characters of a name at most, of a description at least
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
        self.ruled = False  # the header has ended
        self.columns: Columns | None = None

    def row(self, raw: str, *, last: bool = False) -> bool:
        """One row, perhaps the one that the reply's end cut off; returns whether it gave an idea."""
        if is_dashes(raw):
            if self.columns is None and self.header is not None and not self.ruled:
                self.ruled = True
                self.unused.pop()
            return False
        cells = cells_of(raw)
        if self.columns is None and self.header is not None and self.ruled:
            self.columns = _choose(self.header, cells)
        if self.columns is None:
            keys = [fold_key(cell.strip("*_ ")) for cell in cells]
            if len(cells) > 1 and any(probability_rank(k) is not None for k in keys):
                self.header, self.ruled = cells, True
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
            said = cells[chance]
            shares = "%" in "".join((self.header or [])[chance : chance + 1]) and _NUMBER_CELL.fullmatch(said)
            stated = read_probability(said + "%" if shares else said, cut=cut and chance == len(cells) - 1)
            stated = replace(stated, stated=said) if shares else stated
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


def _choose(header: list[str], first: list[str]) -> Columns:
    """The columns of text, heading and probability, from the header and the first row under it."""
    keys = [fold_key(h.strip("*_. ")) for h in header]
    cells = [*first, *("" for _ in keys[len(first) :])]
    chances = [(r, i) for i, k in enumerate(keys) if (r := probability_rank(k)) is not None] or [
        (0, i) for i, k in enumerate(keys) if i and cells[i][:2] in ("0.", "0,") and _is_chance(cells[i])
    ]
    chance = min(chances)[1] if chances else None
    some = [i for i in range(len(keys)) if i != chance]
    if not some:
        return 0, None, None
    free = [i for i in some if keys[i] not in _COUNTING and not _FIRST.fullmatch(cells[i])] or some
    texts = sorted((r, i) for i in free if (r := text_rank(keys[i])) is not None)
    titles = sorted((r, i) for i in free if (r := heading_rank(keys[i])) is not None)
    if texts and titles:
        return texts[0][1], titles[0][1], chance
    if len(texts) > 1 and texts[0][1] < texts[1][1]:  # | Idea | Description |
        return texts[1][1], texts[0][1], chance
    plain = [i for i in free if not (is_aside(keys[i]) or (len(free) > 2 and _is_beside(keys[i])))] or free
    named = [i for _, i in texts or titles]
    idea = named[0] if named else next((i for i in plain if cells[i][:1].isalpha()), plain[0])
    if texts and (before := [i for i in plain if i < idea]):  # | Dish | Description |
        return idea, before[0], chance
    told = [] if texts else [i for i in plain if i > idea and _describes(cells[idea], cells[i])]
    if told:
        return told[0], idea, chance
    return idea, None, chance


def _is_beside(key: str) -> bool:
    """Whether a column is beside the idea: "Category", "Startup cost", "Why it works"."""
    words = key.split("_")
    return is_aside(words[0]) or is_aside(words[-1])


def _describes(name: str, cell: str) -> bool:
    """Whether a cell says more about the name before it than an attribute would."""
    return len(name) <= _SHORT and len(cell) > len(name) and (len(cell.split()) > 2 or len(cell) >= _LONG)
