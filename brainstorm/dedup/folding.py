"""Texts → clusters of the same idea, by average linkage over wording and meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.types import Cluster, Merge
from brainstorm.dedup.wording import normalise, wording_matrix
from brainstorm.errors import BriefError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME: Final = 0.5
"""Threshold of the probability that two texts are the same idea."""

# Logistic in wording and meaning, placed so that static-embedding cosine 0.6 at unlike wording, or nearly
# the same wording at any meaning, comes out even. A fit on labelled pairs is to replace it.
_INTERCEPT, _WORDING, _MEANING = -9.0, 6.0, 10.0
_WORDING_ALONE: Final = (-9.0, 13.0)


@dataclass(frozen=True)
class Folding:
    """Texts and how they fold.

    Attributes:
        texts: what was folded.
        clusters: ordered by their first member; each text is in exactly one.
        merges: a receipt for every text that is not its cluster's representative.
        same: the threshold that was used, 0..1.
        notes: what limits the folding, in words.
    """

    texts: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    merges: tuple[Merge, ...]
    same: float
    notes: tuple[str, ...] = ()
    _pairs: Pairs | None = field(default=None, repr=False, compare=False)

    def at(self, same: float) -> Folding:
        """The same texts folded at another threshold: lower folds more. Nothing is embedded anew."""
        return _cut(self.texts, self._pairs, same, self.notes)


@dataclass(frozen=True)
class Pairs:
    """Similarities of all pairs, (n, n) each."""

    wording: NDArray[np.float32]
    meaning: NDArray[np.float32] | None
    probability: NDArray[np.float32]


def fold(texts: Sequence[str], vectors: NDArray[np.float32] | None, *, same: float | None = None) -> Folding:
    """Fold texts that say the same idea.

    Args:
        texts: any number of them.
        vectors: their (n, d) unit embeddings, or `None` to go by wording alone.
        same: probability in 0..1 from which two texts count as the same idea.

    Raises:
        BriefError: `same` is out of range.
    """
    threshold = SAME if same is None else same
    notes = () if vectors is not None else ("folded by wording alone: no embedder",)
    pairs = measure(texts, vectors) if texts else None
    return _cut(tuple(texts), pairs, threshold, notes)


def measure(texts: Sequence[str], vectors: NDArray[np.float32] | None) -> Pairs:
    """Wording, meaning and probability of all pairs of texts."""
    import numpy as np

    wording = wording_matrix(texts)
    if vectors is None:
        intercept, weight = _WORDING_ALONE
        logit = intercept + weight * wording
        meaning = None
    else:
        meaning = np.clip(vectors @ vectors.T, -1.0, 1.0)
        logit = _INTERCEPT + _WORDING * wording + _MEANING * meaning
    probability = 1.0 / (1.0 + np.exp(-logit))
    keys = np.array([normalise(text) for text in texts])
    probability[keys[:, None] == keys[None, :]] = 1.0
    return Pairs(wording, meaning, probability)


def _cut(texts: tuple[str, ...], pairs: Pairs | None, same: float, notes: tuple[str, ...]) -> Folding:
    if not 0.0 <= same <= 1.0:
        raise BriefError(f"same is {same}, but must be from 0 to 1.")
    if pairs is None:
        return Folding(texts, (), (), same, notes)
    groups: dict[int, list[int]] = {}
    for index, label in enumerate(_labels(pairs.probability, same)):
        groups.setdefault(label, []).append(index)
    clusters, merges = [], []
    for members in groups.values():
        kept = max(members, key=lambda i: (float(pairs.probability[i, members].sum()), -i))
        clusters.append(Cluster(kept, tuple(members)))
        for folded in members:
            if folded != kept:
                exact = normalise(texts[folded]) == normalise(texts[kept])
                merges.append(
                    Merge(
                        kept,
                        folded,
                        round(float(pairs.wording[kept, folded]), 4),
                        None if pairs.meaning is None else round(float(pairs.meaning[kept, folded]), 4),
                        round(float(pairs.probability[kept, folded]), 4),
                        "exact" if exact else "linkage",
                    )
                )
    return Folding(texts, tuple(clusters), tuple(merges), same, notes, pairs)


def _labels(probability: NDArray[np.float32], same: float) -> list[int]:
    n = len(probability)
    if n == 1:
        return [0]
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    distance = 1.0 - probability
    distance = (distance + distance.T) / 2
    for i in range(n):
        distance[i, i] = 0.0
    tree = linkage(squareform(distance, checks=False), method="average")
    # a hair above, so that equal texts fold even at same=1
    return [int(label) for label in fcluster(tree, 1.0 - same + 1e-6, criterion="distance")]
