"""How alike the ideas of a list are: what is unlike, what is crowded, what a pick covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from brainstorm.errors import EmbeddingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainstorm.dedup import Folding

    Floats = NDArray[np.float32]

_DENSE: Final = 2000
"""Ideas up to which all pairs are kept: 16 MB."""

_STRANGE: Final = 0.5
"""What a cosine counts beside a probability, where folding told no probability: on the safe side."""


SURE_COPY: Final = 0.9
"""Average probability, of the pairs alone, from which texts that folding folds are copies for ranking: all but the
first go to the end, and nothing else is told from them. Of 0.7, 0.8 and 0.9 the one that costs nothing on the train
prompts of `bench/rank_quality.py`."""


@dataclass(frozen=True)
class Likeness:
    """Pairwise likeness of n ideas, 0..1: about the probability that people call two of them the same.

    Attributes:
        n: ideas.
        square: (n, n) symmetric, 1 on the diagonal; `None` for long lists, whose rows are worked out when asked for.
        vectors: (n, d) finite rows of length 1 at most, or `None`.
        crowd: (n,) how many other texts, folded ones too but no copies, say about the same, counted by probability.
        near: for long lists, the ideas that folding compared closely with each idea, and how alike it found them.
    """

    n: int
    square: Floats | None
    vectors: Floats | None
    crowd: Floats
    near: Mapping[int, tuple[NDArray[np.intp], Floats]] = field(default_factory=dict, repr=False)

    def row(self, i: int) -> Floats:
        """(n,) likeness of idea `i` with each."""
        import numpy as np

        if self.square is not None:
            out: Floats = self.square[i]
            return out
        out = np.zeros(self.n, np.float32) if self.vectors is None else self.vectors @ self.vectors[i]
        if i in self.near:
            out *= np.float32(_STRANGE)
            members, same = self.near[i]
            out[members] = np.maximum(out[members], same)
        out[i] = 1.0
        return out


def of_folding(folding: Folding, kept: Sequence[int], vectors: Floats | None) -> Likeness | None:
    """Likeness of some texts of a folding, as it judged them: probabilities steadied by neighbours.

    Long answers are judged by cosine and shared words in equal parts, which tells more of them here
    (`bench/rank_quality.py`, train prompts); between short and long the two are mixed.

    Args:
        folding: of a list that holds the texts.
        kept: their indices.
        vectors: (n, d) unit rows of those texts, or `None`.
    """
    import numpy as np

    ground, n = folding.ground, len(kept)
    if ground is None or not n:
        return None
    vectors = None if vectors is None else _finite(vectors)
    places = [ground.place[k] for k in kept]
    index = {place: i for i, place in enumerate(places)}
    crowd = np.zeros(n, np.float32)
    blocks = []
    for tree in ground.trees:
        inside = [at for at, place in enumerate(tree.members) if place in index]
        members = np.array([index[tree.members[at]] for at in inside], np.intp)
        crowd[members] = tree.same[inside].sum(axis=1) - 1
        blocks.append((members, tree.same[np.ix_(inside, inside)]))
    np.maximum(crowd, 0, out=crowd)
    if n > _DENSE:
        near = {int(i): (members, same[k]) for members, same in blocks for k, i in enumerate(members)}
        return Likeness(n, None, vectors, crowd, near)
    square = np.zeros((n, n), np.float32)
    if vectors is not None and (len(blocks) > 1 or sum(len(m) for m, _ in blocks) < n):
        square = np.asarray(np.maximum(products(vectors, vectors.T), 0) * np.float32(_STRANGE), np.float32)
    for members, same in blocks:
        square[np.ix_(members, members)] = same
    longness = ground.fitted.list_longness(ground.evidence)
    if longness > 0:
        terms = ground.evidence.terms.matrix[places]
        long = np.asarray((terms @ terms.T).toarray(), np.float32)
        if vectors is not None:
            long = np.asarray((long + np.maximum(products(vectors, vectors.T), 0)) / 2, np.float32)
        square = np.asarray((1 - longness) * square + longness * long, np.float32)
    np.fill_diagonal(square, 1.0)
    return Likeness(n, np.clip(square, 0, 1), vectors, crowd)


def of_vectors(vectors: Floats | None) -> Likeness | None:
    """Likeness by cosine alone: rows are worked out when asked for."""
    import numpy as np

    if vectors is None or not len(vectors):
        return None
    safe = _finite(vectors)
    return Likeness(len(safe), None, safe, np.maximum(safe @ safe.sum(axis=0) - 1, 0))


def _finite(vectors: Floats) -> Floats:
    """The rows, of length 1 at most; zeros where an embedder could not place a text."""
    import numpy as np

    with np.errstate(all="ignore"):
        longest = np.einsum("ij,ij->i", vectors, vectors).max(initial=0)
    if longest < 1.01:  # false for NaN
        return vectors
    rows = np.array(vectors, np.float64)
    rows[~np.isfinite(rows)] = 0
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1), np.float32)


def sure_copies(folding: Folding) -> list[tuple[int, ...]]:
    """All texts in groups, ascending: those of a group say the same for sure, and the folding's own cut folds them."""
    import numpy as np

    from brainstorm.dedup.linkage import constrained

    ground = folding.ground
    if ground is None:
        return [(k,) for k in range(len(folding.texts))]
    where = {place: (tree, at) for tree in ground.trees for at, place in enumerate(tree.members)}
    groups: list[tuple[int, ...]] = []
    for cluster in folding.clusters:
        texts: dict[int, list[int]] = {}
        for k in cluster.members:
            texts.setdefault(ground.place[k], []).append(k)
        places = list(texts)
        if len(places) == 1:
            groups.append(cluster.members)
            continue
        tree = where[places[0]][0]
        inside = [where[place][1] for place in places]
        pair = tree.pair[np.ix_(inside, inside)]
        for group in constrained(pair, np.zeros(pair.shape, np.bool_), SURE_COPY):
            groups.append(tuple(sorted(k for at in group for k in texts[places[at]])))
    return sorted(groups)


def divided(folding: Folding, numbers: Sequence[int]) -> Folding:
    """The folding with each cluster divided by the number that each of its texts bears."""
    clusters = []
    for cluster in folding.clusters:
        parts: dict[int, list[int]] = {}
        for k in cluster.members:
            parts.setdefault(numbers[k], []).append(k)
        if len(parts) == 1:
            clusters.append(cluster)
        else:
            clusters += [replace(cluster, representative=part[0], members=tuple(part)) for part in parts.values()]
    return replace(folding, clusters=tuple(clusters))


def medoids(folding: Folding) -> list[int]:
    """The text that stands for each cluster: the one that most others say, the first of equals; ascending.

    Copies do not count, so that one more copy changes nothing.
    """
    ground = folding.ground
    if ground is None:
        return [cluster.members[0] for cluster in folding.clusters]
    crowd = [0.0] * len(ground.copies)
    for tree in ground.trees:
        for place, value in zip(tree.members, tree.same.sum(axis=1).tolist(), strict=True):
            crowd[place] = round(value, 5)
    places = ground.place
    return sorted(min(c.members, key=lambda k: (-crowd[places[k]], k)) for c in folding.clusters)


def products(vectors: Floats, to: Floats) -> Floats:
    """Cosines, -1..1; 0 where an embedder could not place a text.

    Raises:
        EmbeddingError: the rows of the one are longer than those of the other.
    """
    import numpy as np

    if vectors.shape[1] != to.shape[0]:
        raise EmbeddingError(
            f"The embedder returned rows of {vectors.shape[1]} numbers, then of {to.shape[0]}.",
            hint="Each text must have a row of the same length, in whatever call it comes.",
        )
    with np.errstate(all="ignore"):
        found = vectors @ to
    found[~np.isfinite(found)] = 0
    return np.clip(found, -1, 1, out=found)
