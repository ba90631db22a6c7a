"""Records in plain text: `Heading: …`, `Text: …`, `Probability: …` line by line, and CSV."""

from __future__ import annotations

import csv
import re

from brainstorm.parse.lines import field_of
from brainstorm.parse.probability import UNSTATED, Stated, alone, read_probability, split_probability
from brainstorm.parse.words import fold_key, heading_rank, probability_rank, text_rank

_LISTED = re.compile(r"(?P<bracket>[)\]）】])\s?(?:[,;，；、]\s?(?:and\s)?|and\s|\.?\s*$)")

Record = tuple[str, str | None, Stated]  # text, heading, probability


def read_fields(rows: list[str]) -> list[Record]:
    """Lines of `name: value` that name texts, headings, probabilities, or one line of ideas, each with its own in
    brackets; [] when the rows are otherwise."""
    return _named(rows) or (_on_a_line(rows[0]) if len(rows) == 1 else [])


def _named(rows: list[str]) -> list[Record]:
    parts: list[dict[str, list[str]]] = []
    kind = ""
    named = 0
    for row in rows:
        field = field_of(row) if row.strip() else None
        what = _kind(field[0]) if field is not None else ""
        if field is None or not what:
            if not parts:
                return []
            parts[-1][kind].append(row)
            continue
        named += 1
        kind = what
        if not parts or kind in parts[-1]:
            parts.append({})
        parts[-1][kind] = [field[1]]
    records = [{name: "\n".join(said) for name, said in part.items()} for part in parts]
    texts = [r for r in records if r.get("text", "").strip()]
    if len(texts) < 2 and not (texts and len(parts[0]) > 1):
        return []
    if len(texts) < len(records) or named * 2 < len([r for r in rows if r.strip()]):
        return []
    return [
        (
            r["text"].strip(),
            r.get("heading", "").strip() or None,
            read_probability(r["probability"]) if "probability" in r else UNSTATED,
        )
        for r in records
    ]


def read_beside(rows: list[str]) -> list[Record]:
    """Ideas of a line or more, each over or under a line that states its probability; [] when there are no two."""
    said = [(row, alone(row)) for row in rows]
    if sum(value is not None for _, value in said) < 2:
        return []
    over = next(value is None for row, value in said if row.strip())
    records: list[Record] = []
    lines: list[str] = []
    chance = UNSTATED
    for row, value in said:
        if value is None:
            lines.append(row.strip())
            continue
        text = "\n".join(lines).strip()
        if text:
            records.append((text, None, value if over else chance))
        elif over or chance is not UNSTATED:
            return []
        lines, chance = [], value
    if text := "\n".join(lines).strip():
        records.append((text, None, UNSTATED if over else chance))
    return records


def _on_a_line(row: str) -> list[Record]:
    """`Foo (0.07), Bar (0.05)`: each idea ends with a bracket that states its probability."""
    records: list[Record] = []
    at = 0
    for found in _LISTED.finditer(row):
        text, stated = split_probability(row[at : found.end("bracket")].strip())
        if stated is UNSTATED or not text:
            return []
        records.append((text, None, stated))
        at = found.end()
    return records if len(records) > 1 and not row[at:].strip(" .") else []


def _kind(name: str) -> str:
    if probability_rank(name) is not None:
        return "probability"
    if heading_rank(name) is not None and "_" not in name:
        return "heading"
    return "text" if text_rank(name) is not None and "_" not in name else ""


def read_csv(rows: list[str]) -> list[Record]:
    """Comma-separated values under a header that names the idea; [] when the rows are something else."""
    rows = rows[next((i for i, row in enumerate(rows) if row.strip()), 0) :]
    if len(rows) < 2 or len(rows[0]) > 200:
        return []
    mark = max(",;\t", key=rows[0].count)
    header = [fold_key(cell.strip(' "')) for cell in rows[0].split(mark)]
    kinds = [_kind(name) for name in header]
    if len(header) < 2 or not {"text", "heading"} & set(kinds):
        return []
    if any(not _kind(name) and len(name.split("_")) > 3 for name in header):
        return []
    text = kinds.index("text") if "text" in kinds else kinds.index("heading")
    heading = kinds.index("heading") if "heading" in kinds and "text" in kinds else None
    chance = kinds.index("probability") if "probability" in kinds else None
    out: list[Record] = []
    reader, at = csv.reader((row + "\n" for row in rows[1:]), delimiter=mark, skipinitialspace=True), 1
    try:
        table = [(cells, reader.line_num) for cells in reader]
    except csv.Error:
        return []
    for row, end in table:
        cells, raw, at = row, rows[at], end + 1
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and text == 0:  # an unquoted comma in the idea
            more = len(cells) - len(header) + 1
            cells = [mark.join(cells[:more]), *cells[more:]] if '"' in raw else raw.rsplit(mark, len(header) - 1)
        if len(cells) < text + 1 or not cells[text].strip():
            return []
        stated = read_probability(cells[chance]) if chance is not None and chance < len(cells) else UNSTATED
        title = cells[heading].strip() if heading is not None and heading < len(cells) else None
        out.append((cells[text].strip(), title, stated))
    return out
