"""How alike the ideas of a list are: what is unlike, what is crowded, what a pick covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainstorm.dedup import Folding
    from brainstorm.dedup.linkage import Tree

    Floats = NDArray[np.float32]

_DENSE: Final = 2000
"""Ideas up to which all pairs are kept: 16 MB."""

_STRANGE: Final = 0.5
"""What the square of a cosine counts beside a probability, where folding told no probability: on the safe side."""


@dataclass(frozen=True)
class Likeness:
    """Pairwise likeness of n ideas, 0..1: about the probability that people call two of them the same.

    Attributes:
        n: ideas.
        square: (n, n) symmetric, 1 on the diagonal; `None` for long lists, whose rows are worked out when asked for.
        vectors: (n, d) unit rows, or `None`.
        known: for long lists, each idea's tree and place in it, where folding compared it closely.
    """

    n: int
    square: Floats | None
    vectors: Floats | None = None
    known: tuple[tuple[Tree, int] | None, ...] = field(default=(), repr=False)

    def row(self, i: int) -> Floats:
        """(n,) likeness of idea `i` with each."""
        import numpy as np

        if self.square is not None:
            return self.square[i]
        if self.vectors is None:
            out = np.zeros(self.n, np.float32)
        else:
            out = products(self.vectors, self.vectors[i])
            np.maximum(out, 0, out=out)
            out *= out
            out *= np.float32(_STRANGE)
        place = self.known[i] if self.known else None
        if place is not None:
            tree, at = place
            members, inside = self._members[id(tree)]
            out[members] = np.maximum(out[members], tree.same[at, inside])
        out[i] = 1.0
        return out

    @property
    def _members(self) -> dict[int, tuple[list[int], list[int]]]:
        """By tree: its ideas, and their places in it."""
        cached: dict[int, tuple[list[int], list[int]]] | None = self.__dict__.get("_by_tree")
        if cached is None:
            cached = {}
            for i, place in enumerate(self.known):
                if place is not None:
                    members, inside = cached.setdefault(id(place[0]), ([], []))
                    members.append(i)
                    inside.append(place[1])
            object.__setattr__(self, "_by_tree", cached)
        return cached

    def crowd(self) -> Floats:
        """(n,) how many of the other ideas say about the same, counted by their probabilities."""
        import numpy as np

        if self.square is not None:
            return np.asarray(self.square.sum(axis=1) - 1, np.float32)
        if not self.known:
            return np.zeros(self.n, np.float32) if self.vectors is None else self._mean_cosines()
        out = np.zeros(self.n, np.float32)
        for i, place in enumerate(self.known):
            if place is not None:
                tree, at = place
                out[i] = tree.same[at, self._members[id(tree)][1]].sum() - 1
        return np.maximum(out, 0)

    def _mean_cosines(self) -> Floats:
        assert self.vectors is not None
        import numpy as np

        with np.errstate(all="ignore"):
            found = self.vectors @ self.vectors.sum(axis=0) - 1
        return np.asarray(np.maximum(np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0), 0), np.float32)


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

    ground, n = folding._ground, len(kept)
    if ground is None or not n:
        return None
    where = {place: (tree, at) for tree in ground.trees for at, place in enumerate(tree.members)}
    places = ground.place[np.asarray(kept, np.intp)]
    known = tuple(where.get(int(place)) for place in places)
    if n > _DENSE:
        return Likeness(n, None, vectors, known)
    square = np.zeros((n, n), np.float32)
    if vectors is not None and len({id(k[0]) for k in known if k} | {0 for k in known if not k}) > 1:
        square = np.maximum(products(vectors, vectors.T), 0) ** 2 * np.float32(_STRANGE)
    by_tree: dict[int, tuple[Tree, list[int], list[int]]] = {}
    for i, found in enumerate(known):
        if found is not None:
            _, members, inside = by_tree.setdefault(id(found[0]), (found[0], [], []))
            members.append(i)
            inside.append(found[1])
    for tree, members, inside in by_tree.values():
        square[np.ix_(members, members)] = tree.same[np.ix_(inside, inside)]
    longness = ground.fitted.list_longness(ground.evidence)
    if longness > 0:
        terms = ground.evidence.terms.matrix[places]
        long = np.asarray((terms @ terms.T).toarray(), np.float32)
        if vectors is not None:
            long = (long + np.maximum(products(vectors, vectors.T), 0)) / 2
        square = np.asarray((1 - longness) * square + longness * long, np.float32)
    np.fill_diagonal(square, 1.0)
    return Likeness(n, np.clip(square, 0, 1), vectors)


def of_vectors(vectors: Floats | None) -> Likeness | None:
    """Likeness by cosine alone: rows are worked out when asked for."""
    return None if vectors is None or not len(vectors) else Likeness(len(vectors), None, vectors)


def products(vectors: Floats, to: Floats) -> Floats:
    """Cosines, -1..1; 0 where an embedder could not place a text."""
    import numpy as np

    with np.errstate(all="ignore"):
        found = vectors @ to
    found[~np.isfinite(found)] = 0
    return np.clip(found, -1, 1, out=found)
