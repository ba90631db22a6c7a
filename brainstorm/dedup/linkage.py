"""Clusters by average linkage, cut at a probability, never joining two texts that are guarded apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        same: (m * (m - 1) / 2,) probability of each pair, in the order of `numpy.triu_indices`.
        merges: (m - 1, 4) SciPy's linkage matrix over `1 - same`.
    """

    members: NDArray[np.intp]
    same: NDArray[np.float32]
    merges: NDArray[np.float64]

    def cut(self, same: float, apart: Apart) -> list[list[int]]:
        """Clusters whose average probability reaches `same`, as lists of ascending indices.

        A cluster that holds texts guarded apart is linked anew under that condition.
        """
        import numpy as np
        from scipy.cluster.hierarchy import fcluster

        if len(self.members) == 1:
            return [self.members.tolist()]
        labels = fcluster(self.merges, 1 - same + 1e-9, criterion="distance")
        order = np.argsort(labels, kind="stable")
        bounds = np.flatnonzero(np.diff(labels[order])) + 1
        clusters: list[list[int]] = []
        for places in np.split(order, bounds):
            clusters += self._obey(places, same, apart)
        return clusters

    def _obey(self, places: NDArray[np.intp], same: float, apart: Apart) -> list[list[int]]:
        import numpy as np

        members = self.members[places].tolist()
        m = len(members)
        if m == 1:
            return [members]
        forbidden = np.zeros((m, m), bool)
        for a in range(m):
            for b in range(a + 1, m):
                if apart(members[a], members[b]):
                    forbidden[a, b] = forbidden[b, a] = True
        if not forbidden.any():
            return [members]
        return [[members[k] for k in group] for group in constrained(self.square(places), forbidden, same)]

    def square(self, places: NDArray[np.intp]) -> NDArray[np.float32]:
        """(k, k) probabilities among some of the members, by their place in `members`; 1 on the diagonal."""
        import numpy as np

        n = len(self.members)
        i, j = np.meshgrid(places, places, indexing="ij")
        low, high = np.minimum(i, j).astype(np.int64), np.maximum(i, j).astype(np.int64)
        flat = low * n - low * (low + 1) // 2 + high - low - 1
        diagonal = low == high
        out: NDArray[np.float32] = self.same[np.where(diagonal, 0, flat)]
        out[diagonal] = 1.0
        return out


def grow(members: Sequence[int] | NDArray[np.intp], same: NDArray[np.float32]) -> Tree:
    """The tree of `members` from the condensed probabilities `same`."""
    import numpy as np
    from scipy.cluster.hierarchy import linkage

    if len(members) == 1:
        return Tree(np.asarray(members, np.intp), same, np.zeros((0, 4)))
    return Tree(np.asarray(members, np.intp), same, linkage(1.0 - same.astype(np.float64), "average"))


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
        if value[a] < same - 1e-9:
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
