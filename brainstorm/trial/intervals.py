"""Means and ratios over prompts, with bootstrap intervals.

Prompts are drawn again with replacement, the same draws for all techniques, so a ratio is paired by prompt
(percentile bootstrap; Efron and Tibshirani, 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from brainstorm.trial.measures import MEASURES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS: Final = 10_000
LEVEL: Final = 0.95

Values = Mapping[str, float | None]
"""The measures of one run, by name."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure over prompts with its 95 % interval, which is `None` for fewer than two prompts.

    Attributes:
        value: the figure.
        low: lower end.
        high: upper end.
        prompts: how many prompts it rests on.
    """

    value: float
    low: float | None
    high: float | None
    prompts: int


def mean(rows: Sequence[Values], name: str) -> Interval | None:
    """The mean of a measure over prompts, or its ratio of sums where it is one; `None` where nothing was measured."""
    over, under = MEASURES[name].per or (name, "")
    return _ratio([row.get(over) for row in rows], [row.get(under) if under else 1.0 for row in rows])


def ratio(rows: Sequence[Values], others: Sequence[Values], name: str) -> Interval | None:
    """The mean of a measure by that of another technique on the same prompts, in the same order."""
    parts = MEASURES[name].per
    if parts is None:
        return _ratio([row.get(name) for row in rows], [row.get(name) for row in others])
    over, under = parts
    return _ratio(
        [row.get(over) for row in rows],
        [row.get(under) for row in rows],
        [row.get(under) for row in others],
        [row.get(over) for row in others],
    )


def _ratio(
    over: Sequence[float | None],
    under: Sequence[float | None],
    times: Sequence[float | None] = (),
    by: Sequence[float | None] = (),
) -> Interval | None:
    """mean(over) / mean(under) · mean(times) / mean(by)."""
    import numpy as np

    columns = [c for c in (over, under, times, by) if c]
    whole = [row for row in zip(*columns, strict=True) if None not in row]
    if not whole:
        return None
    table = np.array(whole, dtype=float)

    def figure(sums: np.ndarray) -> np.ndarray:
        top, bottom = sums[..., 0], sums[..., 1]
        if sums.shape[-1] == 4:
            top, bottom = top * sums[..., 2], bottom * sums[..., 3]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(top / bottom)

    value = float(figure(table.sum(axis=0)))
    if not np.isfinite(value):
        return None
    if len(table) < 2:
        return Interval(value, None, None, len(table))
    figures = figure(_draws(len(table)) @ table)
    low, high = np.nanquantile(figures[np.isfinite(figures)], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high), len(table))


@lru_cache(maxsize=8)
def _draws(prompts: int) -> NDArray[np.float64]:
    """(DRAWS, prompts): how often each prompt is in each draw."""
    import numpy as np

    drawn = np.random.default_rng(0).integers(0, prompts, (DRAWS, prompts))
    first = np.arange(DRAWS)[:, None] * prompts
    return np.bincount((drawn + first).ravel(), minlength=DRAWS * prompts).reshape(DRAWS, prompts).astype(float)
