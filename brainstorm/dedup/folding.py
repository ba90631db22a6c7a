"""Folding a list of texts into clusters of the same idea: explained, reversible, the same in any order."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from brainstorm.dedup.checks import check_index, check_same, check_text, check_texts
from brainstorm.dedup.quiet import collector_paused
from brainstorm.dedup.receipts import Heights, filled
from brainstorm.dedup.types import Cluster, Merge
from brainstorm.errors import EmbeddingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.guards import Guards
    from brainstorm.dedup.linkage import Tree
    from brainstorm.dedup.same import Calibration

_LENGTH_PENALTY = 0.05
"""What a representative e times as long or short as its cluster's typical member loses in mean probability."""


@dataclass(frozen=True)
class Ground:
    """What all cuts of one list share: worked out once.

    Attributes:
        copies: for each distinct text, the indices of its copies, the best written first.
        place: for each text, which distinct text it is.
        trees: average-linkage trees over distinct texts; each is in one at most.
    """

    copies: tuple[tuple[int, ...], ...]
    place: tuple[int, ...]
    evidence: Evidence
    fitted: Calibration
    guards: Guards
    trees: tuple[Tree, ...]


@dataclass(frozen=True)
class Folding:
    """Texts folded into clusters of the same idea.

    Attributes:
        texts: the texts, as given.
        clusters: every text is in exactly one; ordered by their first member.
        merges: one receipt for each text that is not its cluster's representative.
        same: the probability of being the same idea at which clusters were cut, 0..1.
        notes: what the reader should know, such as a script that the embedder does not know.
    """

    texts: tuple[str, ...]
    clusters: tuple[Cluster, ...]
    merges: tuple[Merge, ...]
    same: float
    notes: tuple[str, ...] = ()
    _ground: Ground | None = field(default=None, repr=False, compare=False)
    _alone: frozenset[int] = field(default=frozenset(), repr=False, compare=False)
    _joined: tuple[tuple[int, int], ...] = field(default=(), repr=False, compare=False)

    @property
    def ground(self) -> Ground | None:
        """What all cuts share, for whoever orders the texts: the distinct ones and trees over them; `None` for none."""
        return self._ground

    def at(self, same: float) -> Folding:
        """Folded coarser (lower `same`) or finer (higher); splits and joins by hand stay."""
        return self._again(check_same(same), self._alone, self._joined)

    def split(self, *indices: int) -> Folding:
        """With each of these texts in a cluster of its own.

        Raises:
            BriefError: an index is no integer, or none of a text (then also an IndexError).
        """
        numbers = [check_index(index, len(self.texts)) for index in indices]
        alone = self._alone | set(numbers)
        joined = self._joined
        linked = [] if self._ground is None else _linked(len(self.texts), self._ground, self.same, self._alone)[0]
        for index in numbers:
            # what was joined through it stays joined with what was linked with it
            stay = next((k for k, n in enumerate(linked) if n == linked[index] and k not in alone), None)
            others = [a if b == index else b for a, b in joined if index in (a, b)]
            others = others if stay is None else [stay, *others]
            joined = (*(pair for pair in joined if index not in pair), *itertools.pairwise(others))
        return self._again(self.same, alone, joined)

    def join(self, first: int, second: int) -> Folding:
        """With the clusters of these two texts made one, guards or not.

        Raises:
            BriefError: as `split`.
        """
        pair = check_index(first, len(self.texts)), check_index(second, len(self.texts))
        return self._again(self.same, self._alone, (*self._joined, pair))

    def _again(self, same: float, alone: frozenset[int], joined: tuple[tuple[int, int], ...]) -> Folding:
        if self._ground is None:
            return dataclasses.replace(self, same=same)
        clusters, merges = _clusters(self.texts, self._ground, same, alone, joined)
        return dataclasses.replace(self, clusters=clusters, merges=merges, same=same, _alone=alone, _joined=joined)


def fold(
    texts: Iterable[str],
    vectors: ArrayLike | None,
    *,
    same: float | None = None,
    topic: str = "",
    scale: tuple[float, float] = (1.0, 0.0),
    notes: Sequence[str] = (),
) -> Folding:
    """Folds texts that say the same idea. Pure: the same texts and vectors give the same clusters in any order.

    Args:
        texts: n texts, any iterable of them.
        vectors: (n, d) rows of length 1, zeros where the embedder knows nothing of a text; `None` lets wording
            alone decide.
        same: least average probability of being the same idea in a cluster, 0..1; lower folds coarser;
            `None` for the default, which depends on the texts' length and number (0.2 to 0.25 for short ideas).
        topic: what the texts answer.
        scale: slope and offset that bring the vectors' cosines to the default embedder's, as
            `brainstorm.dedup.anchors.scale_of` tells them.
        notes: handed on to the result.

    Raises:
        EmbeddingError: `vectors` has not one row a text, or one that is not finite.
        BriefError: `same` is no number from 0 to 1, or `texts` holds something else than texts.
    """
    import numpy as np

    from brainstorm.dedup.reading import COMPARED
    from brainstorm.dedup.same import calibration

    fitted = calibration()
    texts = check_texts(texts)
    check_text(topic, "topic")
    if same is not None:
        same = check_same(same)
    if not texts:
        return Folding((), (), (), fitted.same["short/meaning"] if same is None else same, tuple(notes))
    rows = None if vectors is None else np.asarray(vectors, np.float32)
    if rows is not None and (rows.ndim != 2 or len(rows) != len(texts)):
        raise EmbeddingError(
            f"{len(texts)} texts came with vectors of shape {rows.shape}.", hint="Give one row a text."
        )
    if rows is not None and not np.isfinite(rows).all():
        raise EmbeddingError("The vectors hold numbers that are not finite.", hint="Give zeros where nothing is known.")
    with collector_paused(len(texts)):
        ground = _prepare(texts, rows, topic, scale, fitted)
        cut_at = fitted.default_cut(ground.evidence) if same is None else same
        clusters, merges = _clusters(texts, ground, cut_at, frozenset(), ())
    if long := sum(len(text) > COMPARED for text in texts):
        notes = (*notes, f"{long} of {len(texts)} texts are compared by their first {COMPARED:,} characters.")
    return Folding(texts, clusters, merges, cut_at, tuple(notes), ground)


def _prepare(
    texts: Sequence[str],
    rows: NDArray[np.float32] | None,
    topic: str,
    scale: tuple[float, float],
    fitted: Calibration,
) -> Ground:
    """Everything that does not depend on where clusters are cut."""
    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.guards import Guards
    from brainstorm.dedup.reading import read
    from brainstorm.dedup.scale import grow_trees

    readings = [read(text) for text in texts]
    by_normal: dict[str, list[int]] = {}
    for k, reading in enumerate(readings):
        by_normal.setdefault(reading.normal, []).append(k)
    # sorted, so that the order of arrival cannot matter
    copies = [sorted(by_normal[normal], key=texts.__getitem__) for normal in sorted(by_normal)]
    place = [0] * len(texts)
    for number, indices in enumerate(copies):
        for k in indices:
            place[k] = number
    first = [c[0] for c in copies]
    distinct = [readings[k] for k in first]
    evidence = Evidence(distinct, None if rows is None else rows[first], topic, scale)
    guards = Guards(distinct)
    trees = grow_trees(evidence, fitted)
    return Ground(tuple(tuple(c) for c in copies), tuple(place), evidence, fitted, guards, trees)


def _clusters(
    texts: Sequence[str],
    ground: Ground,
    same: float,
    alone: frozenset[int],
    joined: tuple[tuple[int, int], ...],
) -> tuple[tuple[Cluster, ...], tuple[Merge, ...]]:
    """Cuts the trees, applies what was done by hand, picks representatives, writes receipts."""
    linked, where = _linked(len(texts), ground, same, alone)
    by_text = list(linked)
    for a, b in joined:
        old, new = by_text[b], by_text[a]
        by_text = [new if number == old else number for number in by_text]
    members: dict[int, list[int]] = {}
    for k, number in enumerate(by_text):
        members.setdefault(number, []).append(k)
    heights = Heights()
    clusters, merges = [], []
    for indices in members.values():
        if len(indices) == 1:
            clusters.append(Cluster(indices[0], (indices[0],)))
            continue
        cluster, receipts = _cluster(indices, ground, where, linked, heights)
        clusters.append(cluster)
        merges += receipts
    merges.sort(key=lambda m: m.folded)
    return tuple(clusters), tuple(merges)


def _linked(
    n: int, ground: Ground, same: float, alone: frozenset[int]
) -> tuple[list[int], dict[int, tuple[Tree, int]]]:
    """The number of each text's cluster before anything was joined by hand, and each linked text's tree and place."""
    found = [(tree, group) for tree in ground.trees for group in tree.cut(same, ground.guards.apart)]
    by_text = [-1] * n
    for number, (tree, group) in enumerate(found):
        for at in group:
            for k in ground.copies[tree.members[at]]:
                by_text[k] = number
    number = len(found)
    for copies in ground.copies:
        if by_text[copies[0]] < 0:  # in no tree: nothing in the list is near it
            for k in copies:
                by_text[k] = number
            number += 1
    for k in sorted(alone):
        by_text[k] = number + k
    where = {tree.members[at]: (tree, at) for tree, group in found if len(group) > 1 for at in group}
    return by_text, where


def _cluster(
    indices: list[int], ground: Ground, where: dict[int, tuple[Tree, int]], linked: list[int], heights: Heights
) -> tuple[Cluster, list[Merge]]:
    """One cluster of several texts, and the receipts of all but its clearest; `linked` numbers clusters unjoined."""
    copies = Counter(map(ground.place.__getitem__, indices))
    distinct = sorted(copies)
    square = _square(distinct, ground, where)
    kept_place = _clearest(square, ground.evidence.log_length[distinct], list(map(copies.__getitem__, distinct)))
    present = set(indices)
    kept = next(k for k in ground.copies[distinct[kept_place]] if k in present)
    at = {d: n for n, d in enumerate(distinct)}
    told = filled(square[kept_place], distinct, kept_place, ground.evidence, ground.fitted)
    means = heights.of([where.get(d) for d in distinct], kept_place)
    known: dict[int, tuple[float, float | None]] = {}
    receipts = []
    for k in indices:
        if k == kept:
            continue
        place = ground.place[k]
        if place not in known:
            known[place] = measures(ground.evidence, distinct[kept_place], place)
        rule = "exact" if at[place] == kept_place else "joined" if linked[k] != linked[kept] else "linkage"
        mean = means.get(at[place]) if rule == "linkage" else None
        receipts.append(Merge(kept, k, *known[place], float(told[at[place]]), rule, mean))
    return Cluster(kept, tuple(indices)), receipts


def _clearest(square: NDArray[np.float32], length: NDArray[np.float32], copies: list[int]) -> int:
    """Which of some texts is likest all of them and their copies, and of ordinary length."""
    import numpy as np

    from brainstorm.dedup.evidence import median

    penalty = _LENGTH_PENALTY * np.abs(length - median(length))
    return int((square @ np.array(copies, np.float32) / sum(copies) - penalty).argmax())


def _square(distinct: list[int], ground: Ground, where: dict[int, tuple[Tree, int]]) -> NDArray[np.float32]:
    """(m, m) probabilities among distinct texts, from their tree, or worked out where they come from several."""
    import numpy as np

    if len(distinct) == 1:
        return np.ones((1, 1), np.float32)
    places = [where.get(d) for d in distinct]
    first = places[0]
    if first is not None and all(p is not None and p[0] is first[0] for p in places):
        inside = np.array([p[1] for p in places if p is not None])
        known: NDArray[np.float32] = first[0].pair[inside[:, None], inside]
        return known
    from brainstorm.dedup.same import full

    i, j = np.triu_indices(len(distinct), 1)
    index = np.array(distinct)
    square = np.eye(len(distinct), dtype=np.float32)
    square[i, j] = square[j, i] = full(ground.evidence, index[i], index[j], ground.fitted)
    return square


def measures(evidence: Evidence, a: int, b: int) -> tuple[float, float | None]:
    """Wording (0..1, whatever the order of words) and meaning (cosine, or `None`) of a pair."""
    from rapidfuzz import fuzz

    one, two = evidence.readings[a], evidence.readings[b]
    wording = fuzz.ratio(one.sorted_words, two.sorted_words) / 100
    if evidence.vectors is None or not (evidence.known[a] and evidence.known[b]):
        return wording, None
    return wording, float(evidence.vectors[a] @ evidence.vectors[b])
