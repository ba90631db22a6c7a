"""Never-merge guards."""

from __future__ import annotations

from collections.abc import Sequence

from brainstorm.dedup.reading import Reading


class Guards:
    """Tells which texts may never share a cluster."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings

    def apart(self, a: int, b: int) -> bool:
        """Whether texts `a` and `b` may never share a cluster."""
        return bool(self.rule(a, b))

    def rule(self, a: int, b: int) -> str:
        """The guard that keeps two texts apart, or ""."""
        numbers = [{w for w in self._readings[k].words if w.isdigit()} for k in (a, b)]
        short = max(self._readings[a].length, self._readings[b].length) < 60
        return "numbers" if short and numbers[0] != numbers[1] and all(numbers) else ""
