"""Clusters by average linkage, cut at a probability, never joining two texts that are guarded apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Apart = Callable[[int, int], bool]
"""Whether two texts, by index, may never share a cluster."""


@dataclass(frozen=True)
class Tree:
    """The average-linkage tree of some texts.

    Attributes:
        members: their indices, ascending.
        pair: (m, m) probability of each pair.
        same: (m, m) what was linked: those probabilities after the neighbours' vote.
        merges: (m - 1, 3) the two groups joined and the probability at which; a group is a place in `members`,
            or m plus the number of the merge that made it. Probabilities never rise along the rows.
    """

    members: list[int]
    pair: NDArray[np.float32]
    same: NDArray[np.float32]
    merges: list[tuple[int, int, float]]

    @cached_property
    def asked(self) -> NDArray[np.int8]:
        """(m, m) whether pairs are guarded apart, 1 or 0; -1 where no cut had to know yet."""
        import numpy as np

        return np.full((len(self.members), len(self.members)), -1, np.int8)

    def cut(self, same: float, apart: Apart) -> list[list[int]]:
        """Clusters whose average probability reaches `same`, as lists of ascending places in `members`.

        A cluster that holds texts guarded apart is linked anew under that condition.
        """
        groups: dict[int, list[int]] = {k: [k] for k in range(len(self.members))}
        for number, (a, b, probability) in enumerate(self.merges, len(self.members)):
            if probability < same - _TOLERANCE:
                break
            groups[number] = groups.pop(a) + groups.pop(b)
        clusters: list[list[int]] = []
        for places in groups.values():
            clusters += [places] if len(places) == 1 else self._obey(sorted(places), same, apart)
        return clusters

    def _obey(self, places: list[int], same: float, apart: Apart) -> list[list[int]]:
        import numpy as np

        if len(places) == 2:
            a, b = places
            return [[a], [b]] if apart(self.members[a], self.members[b]) else [places]
        inside = np.ix_(places, places)
        asked = self.asked[inside]
        members = [self.members[k] for k in places]
        for x, y in zip(*(side.tolist() for side in np.nonzero(np.triu(asked < 0, 1))), strict=True):
            asked[x, y] = asked[y, x] = apart(members[x], members[y])
        self.asked[inside] = asked
        banned = asked > 0
        if not banned.any():
            return [places]
        groups = constrained(self.same[np.ix_(places, places)], banned, same)
        return [[places[k] for k in group] for group in groups]


_TOLERANCE = 1e-6
"""Below this two probabilities are equal: sums of the same numbers in another order differ by less."""


def grow(members: list[int], pair: NDArray[np.float32], same: NDArray[np.float32]) -> Tree:
    """The tree of `members` from (m, m) probabilities: `pair` to tell, `same` to link."""
    if len(members) == 1:
        return Tree(members, pair, same, [])
    if len(members) == 2:
        return Tree(members, pair, same, [(0, 1, float(same[0, 1]))])
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    merges = linkage(1.0 - squareform(same, checks=False).astype("f8"), "average").tolist()
    return Tree(members, pair, same, [(int(a), int(b), 1 - distance) for a, b, distance, _ in merges])


def constrained(similarity: NDArray[np.float32], forbidden: NDArray[np.bool_], same: float) -> list[list[int]]:
    """Average linkage of few texts that stops below `same` and never joins a forbidden pair.

    Args:
        similarity: (m, m) symmetric.
        forbidden: (m, m) symmetric.
        same: least average similarity of two groups that are joined.
    """
    import numpy as np

    m = len(similarity)
    total = similarity.astype(np.float64).copy()
    blocked = forbidden.copy()
    np.fill_diagonal(blocked, True)
    sizes = np.ones(m)
    groups: list[list[int] | None] = [[k] for k in range(m)]
    score = np.where(blocked, -1.0, total)
    best = score.argmax(axis=1)
    value = score[np.arange(m), best]
    while True:
        a = int(value.argmax())
        if value[a] < same - _TOLERANCE:
            break
        b = int(best[a])
        a, b = min(a, b), max(a, b)
        groups[a] = sorted((groups[a] or []) + (groups[b] or []))
        groups[b] = None
        total[a] += total[b]
        total[:, a] = total[a]
        sizes[a] += sizes[b]
        blocked[a] |= blocked[b]
        blocked[:, a] = blocked[a]
        blocked[b] = blocked[:, b] = True
        for k in (a, b):
            score[k] = np.where(blocked[k], -1.0, total[k] / (sizes[k] * sizes))
            score[:, k] = score[k]
        stale = np.flatnonzero((best == a) | (best == b) | (score[:, a] > value))
        stale = np.union1d(stale, [a, b])
        best[stale] = score[stale].argmax(axis=1)
        value[stale] = score[stale, best[stale]]
    return [g for g in groups if g is not None]
