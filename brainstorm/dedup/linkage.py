"""Clusters by average linkage, cut at a probability, never joining two texts that are guarded apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Apart = Callable[[int, int], bool]
"""Whether two texts, by index, may never share a cluster."""

Merges = list[tuple[int, int, float]]
"""The two groups joined and the probability at which, which never rises along the list. A group of m texts is a place
in them, or m plus the number of the merge that made it."""


class Tree:
    """The average-linkage tree of some texts, grown as far down as it is cut.

    Args:
        members: their indices, ascending.
        pair: (m, m) probability of each pair.
        same: (m, m) what is linked: those probabilities after the neighbours' vote.
    """

    def __init__(self, members: list[int], pair: NDArray[np.float32], same: NDArray[np.float32]) -> None:
        self.members, self.pair, self.same = members, pair, same
        self._grown: list[tuple[float, Merges]] = []  # only ever added to: threads may cut at once

    @cached_property
    def asked(self) -> NDArray[np.int8]:
        """(m, m) whether pairs are guarded apart, 1 or -1; 0 where no cut had to know yet."""
        import numpy as np

        return np.zeros((len(self.members), len(self.members)), np.int8)

    def merges(self, floor: float = inf) -> Merges:
        """Those at `floor` or more, and any further ones that were worked out before."""
        lowest, found = min(self._grown, key=itemgetter(0), default=(inf, []))
        if floor < lowest:
            found = merges(self.same, floor)
            self._grown.append((floor, found))
        return found

    def cut(self, same: float, apart: Apart) -> list[list[int]]:
        """Clusters whose average probability reaches `same`, as lists of ascending places in `members`.

        A cluster that holds texts guarded apart is linked anew under that condition.
        """
        floor = same - _TOLERANCE
        groups: dict[int, list[int]] = {k: [k] for k in range(len(self.members))}
        for number, (a, b, probability) in enumerate(self.merges(floor), len(self.members)):
            if probability < floor:
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
        index = np.array(places)
        inside = index[:, None], index
        asked = self.asked[inside]
        members = [self.members[k] for k in places]
        for x, y in zip(*(side.tolist() for side in np.nonzero(np.triu(asked == 0, 1))), strict=True):
            asked[x, y] = asked[y, x] = 1 if apart(members[x], members[y]) else -1
        self.asked[inside] = asked
        banned = asked > 0
        if not banned.any():
            return [places]
        groups = constrained(self.same[inside], banned, same)
        return [[places[k] for k in group] for group in groups]


_TOLERANCE = 1e-6
"""Below this two probabilities are equal: sums of the same numbers in another order differ by less."""


def merges(same: NDArray[np.float32], floor: float) -> Merges:
    """The merges of average linkage at `floor` or more.

    Args:
        same: (m, m) probabilities, symmetric.
        floor: 0..1. What is nowhere so near another is in no such merge, and left out.
    """
    import numpy as np
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    m = len(same)
    if m == 2:
        return [(0, 1, float(same[0, 1]))] if same[0, 1] >= floor else []
    near = same >= floor
    np.fill_diagonal(near, False)
    some = np.flatnonzero(near.any(axis=1))
    if len(some) < 2:
        return []
    inside = same if len(some) == m else same[np.ix_(some, some)]
    made = linkage(1.0 - squareform(inside, checks=False).astype("f8"), "average")
    group = np.concatenate([some, np.arange(m, m + len(made))])  # by scipy's numbers
    made = made[1 - made[:, 2] >= floor]
    first, second = (group[made[:, side].astype(np.intp)].tolist() for side in (0, 1))
    return list(zip(first, second, (1 - made[:, 2]).tolist(), strict=True))


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
        changed = (best == a) | (best == b) | (score[:, a] > value)
        changed[[a, b]] = True
        stale = np.flatnonzero(changed)
        best[stale] = score[stale].argmax(axis=1)
        value[stale] = score[stale, best[stale]]
    return [g for g in groups if g is not None]
