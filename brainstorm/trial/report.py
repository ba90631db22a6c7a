"""Runs → the comparison as a value, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from brainstorm._version import __version__
from brainstorm.trial.intervals import DRAWS, Interval, Values, mean, ratio
from brainstorm.trial.measures import MEASURES

FORMAT: Final = "brainstorm-trial/1"

MAIN: Final = ("sensible", "distinct", "distinct_meaning", "distinct_words")
"""The measures whose ratios are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One technique on one prompt.

    Attributes:
        prompt: the topic.
        technique: how it was asked.
        values: what was measured.
        file: where the run is kept.
        short: why the run ended with tokens unspent, or "": then it is not compared.
    """

    prompt: str
    technique: str
    values: Values
    file: Path
    short: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What the JSON file holds of it."""
        said = {"prompt": self.prompt, "technique": self.technique, "file": str(self.file), **self.values}
        return {**said, "short": self.short} if self.short else said


@dataclass(frozen=True, slots=True)
class Comparison:
    """Techniques compared.

    Attributes:
        models: what was asked.
        tokens: in plus out, for each technique and prompt.
        rows: each technique on each prompt that is compared.
        left_out: the rows of prompts on which some technique has no whole run.
        means: technique → measure → mean over prompts.
        ratios: technique → another → main measure → ratio of means.
        notes: how it was measured, and what could not be.
    """

    models: tuple[str, ...]
    tokens: int
    rows: tuple[Row, ...]
    left_out: tuple[Row, ...]
    means: Mapping[str, Mapping[str, Interval]]
    ratios: Mapping[str, Mapping[str, Mapping[str, Interval]]]
    notes: tuple[str, ...]

    @property
    def techniques(self) -> tuple[str, ...]:
        """Their names, in the order asked for."""
        return tuple(self.means)

    @property
    def prompts(self) -> tuple[str, ...]:
        """The prompts that every technique was run on."""
        return tuple(dict.fromkeys(row.prompt for row in self.rows))

    def to_dict(self) -> dict[str, Any]:
        """What the JSON file holds."""
        return {
            "format": FORMAT,
            "version": __version__,
            "models": self.models,
            "tokens": self.tokens,
            "prompts": self.prompts,
            "draws": DRAWS,
            "measures": {name: m.meaning for name, m in MEASURES.items()},
            "techniques": {t: {m: asdict(i) for m, i in of.items()} for t, of in self.means.items()},
            "ratios": {
                a: {b: {m: asdict(i) for m, i in of.items()} for b, of in others.items()}
                for a, others in self.ratios.items()
            },
            "rows": [row.to_dict() for row in self.rows],
            "left_out": [row.to_dict() for row in self.left_out],
            "notes": self.notes,
        }


def compare(rows: Iterable[Row], models: Sequence[str], tokens: int, notes: Sequence[str] = ()) -> Comparison:
    """Means with intervals, and the ratios of all pairs, over the prompts that every technique has a whole run on."""
    rows = tuple(rows)
    techniques = tuple(dict.fromkeys(row.technique for row in rows))
    of: dict[str, dict[str, Values]] = {t: {} for t in techniques}
    for row in rows:
        if not row.short:
            of[row.technique][row.prompt] = row.values
    shared = [p for p in dict.fromkeys(row.prompt for row in rows) if all(p in of[t] for t in techniques)]
    table = {t: [of[t][p] for p in shared] for t in techniques}
    means = {t: {m: i for m in MEASURES if (i := mean(table[t], m)) is not None} for t in techniques}
    ratios = {
        a: {b: {m: i for m in MAIN if (i := ratio(table[a], table[b], m)) is not None} for b in techniques if b != a}
        for a in techniques
    }
    compared = tuple(r for r in rows if r.prompt in shared)
    left_out = tuple(r for r in rows if r.prompt not in shared)
    return Comparison(tuple(models), tokens, compared, left_out, means, ratios, (*notes, *_short(rows, tokens)))


def unfinished(rows: Iterable[Row], models: Sequence[str], tokens: int) -> dict[str, Any]:
    """What the JSON file holds while runs are still to come: the rows alone."""
    head = {"format": FORMAT, "version": __version__, "models": models, "tokens": tokens}
    return {**head, "rows": [row.to_dict() for row in rows]}


def _short(rows: Iterable[Row], tokens: int) -> list[str]:
    """What to say of runs that are not at equal tokens."""
    causes: dict[str, list[Row]] = {}
    for row in rows:
        if row.short:
            causes.setdefault(row.short, []).append(row)
    return [
        f"Left out, with their prompts: {len(short)} runs that ended well short of {tokens:,} tokens "
        f"({', '.join(dict.fromkeys(r.technique for r in short))}): {cause}."
        for cause, short in causes.items()
    ]


def shown(interval: Interval | None, digits: int = 3) -> str:
    """A figure and its interval in so many significant digits, as "3.2 [2.9, 3.6]"."""
    if interval is None:
        return "–"
    if interval.low is None or interval.high is None:
        return _number(interval.value, digits)
    return f"{_number(interval.value, digits)} [{_number(interval.low, digits)}, {_number(interval.high, digits)}]"


def tables(found: Comparison) -> list[tuple[str, list[str], list[list[str]]]]:
    """Title, head and rows of each table: the measures, then the ratios of each main measure."""
    some = [m for m in MEASURES if any(m in found.means[t] for t in found.techniques)]
    head = ["", *found.techniques]
    rows = [[MEASURES[m].label, *(shown(found.means[t].get(m)) for t in found.techniques)] for m in some]
    title = f"{len(found.prompts)} prompts, {found.tokens:,} tokens each: mean [95 % interval over prompts]"
    made = [(title, head, rows)]
    if len(found.techniques) > 1:
        for m in MAIN:
            cells = [
                [a, *("" if a == b else shown(found.ratios[a][b].get(m)) for b in found.techniques)]
                for a in found.techniques
            ]
            if any(cell not in ("", "–") for row in cells for cell in row[1:]):
                made.append((f"{MEASURES[m].label}: row by column, ratio of means", ["", *found.techniques], cells))
    return made


def _number(value: float, digits: int) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}g}"
