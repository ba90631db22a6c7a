"""Candidates → clusters of the same idea, with a receipt for every merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainstorm.dedup.folding import SAME, Folding, fold, measure
from brainstorm.dedup.types import Cluster, Merge
from brainstorm.embedding import resolve_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "SAME",
    "Cluster",
    "Comparison",
    "Folder",
    "Folding",
    "Merge",
    "Placement",
    "compare",
    "deduplicate",
    "fold",
]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts side by side; fields as in `Merge`, and the verdict."""

    wording: float
    meaning: float | None
    probability: float
    same: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a new text goes: into the cluster of text `into`, or `None` when it is a new idea."""

    index: int
    into: int | None
    probability: float


def deduplicate(
    texts: Sequence[str], *, topic: str = "", embedder: object = "default", same: float | None = None
) -> Folding:
    """Fold texts that say the same idea, anyone's own texts.

    Args:
        texts: the texts, none of them changed.
        topic: what they answer, if that is known.
        embedder: as `brainstorm.embedding.resolve_embedder` takes it; `None` goes by wording alone.
        same: probability in 0..1 from which two texts count as the same idea; lower folds more.
    """
    model = resolve_embedder(embedder)
    return fold(texts, model.embed(texts) if model and texts else None, same=same)


def compare(a: str, b: str, *, topic: str = "", embedder: object = "default", same: float | None = None) -> Comparison:
    """Say how alike two texts are, and whether they count as the same idea."""
    folding = deduplicate([a, b], topic=topic, embedder=embedder, same=same)
    pairs = folding._pairs
    assert pairs is not None
    rule = folding.merges[0].rule if folding.merges else "different"
    return Comparison(
        round(float(pairs.wording[0, 1]), 4),
        None if pairs.meaning is None else round(float(pairs.meaning[0, 1]), 4),
        round(float(pairs.probability[0, 1]), 4),
        bool(folding.merges),
        rule,
    )


class Folder:
    """Places texts one by one while they arrive; the final clustering may move them."""

    def __init__(self, *, same: float | None = None) -> None:
        self._same = SAME if same is None else same
        self._texts: list[str] = []
        self._vectors: list[NDArray[np.float32]] = []
        self._parents: list[int] = []

    def add(self, text: str, vector: NDArray[np.float32] | None) -> Placement:
        """Place `text`: into the likeliest earlier idea if that passes the threshold, else as a new one."""
        import numpy as np

        index = len(self._texts)
        self._texts.append(text)
        if vector is not None:
            self._vectors.append(vector)
        best, into = 0.0, None
        for parent in self._parents:
            both = np.stack([self._vectors[parent], vector]) if vector is not None else None
            probability = float(measure([self._texts[parent], text], both).probability[0, 1])
            if probability > best:
                best, into = probability, parent
        if into is None or best < self._same:
            self._parents.append(index)
            into = None
        return Placement(index, into, best)
