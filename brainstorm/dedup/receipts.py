"""What receipts say beyond the pair's own figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.linkage import Merges, Tree
    from brainstorm.dedup.same import Calibration

    Floats = NDArray[np.float32]


class Heights:
    """The averages at which linkage brought texts together, by the trees of one list."""

    def __init__(self) -> None:
        self._grown: dict[int, tuple[Merges, list[int]]] = {}

    def of(self, places: Sequence[tuple[Tree, int] | None], kept: int) -> dict[int, float]:
        """For each text of a cluster but `kept`, by its place here, the average that joined the two.

        Args:
            places: of each text of the cluster the tree it is in and its place there, `None` where it is in none.
            kept: which of them is kept.
        """
        mine = places[kept]
        if mine is None:
            return {}
        tree, at = mine
        return {
            k: self._joined_at(tree, at, other[1])
            for k, other in enumerate(places)
            if k != kept and other is not None and other[0] is tree
        }

    def _joined_at(self, tree: Tree, a: int, b: int) -> float:
        m = len(tree.members)
        if id(tree) not in self._grown:
            merges = tree.merges()
            parents = [-1] * (m + len(merges))
            for number, (left, right, _) in enumerate(merges, m):
                parents[left] = parents[right] = number
            self._grown[id(tree)] = merges, parents
        merges, parents = self._grown[id(tree)]
        while a != b:  # a group's number is greater than its parts'
            if a < b:
                a = parents[a]
            else:
                b = parents[b]
        return merges[a - m][2]


def filled(row: Floats, distinct: list[int], kept: int, evidence: Evidence, fitted: Calibration) -> Floats:
    """The probabilities with the kept text; those of pairs that linking a long list did not look at, worked out.

    Args:
        row: (m,) probabilities of the cluster's texts with the kept one, 0 where they were no candidates.
        distinct: their indices in `evidence`.
        kept: which of them is kept.
    """
    import numpy as np

    missing = np.flatnonzero(row == 0)
    if not len(missing):
        return row
    from brainstorm.dedup.same import full

    index = np.array(distinct)
    out = row.copy()
    out[missing] = full(evidence, np.full(len(missing), index[kept]), index[missing], fitted)
    return out
