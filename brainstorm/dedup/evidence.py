"""The evidence on pairs of texts: how alike in wording and meaning, how long, and what long answers share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import log
from typing import TYPE_CHECKING, Any

from brainstorm.dedup.lazy import lazy
from brainstorm.dedup.reading import STOP_WORDS, Reading, read
from brainstorm.dedup.related import RelatedWords
from brainstorm.dedup.terms import Terms
from brainstorm.embedding.static import word_ranks
from brainstorm.embedding.wordpiece import words as topic_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

COARSE = {
    "short/meaning": ("meaning", "length"),
    "short/wording": ("tfidf", "length", "length_gap"),
    "long/meaning": ("meaning", "tfidf", "length", "length_gap"),
    "long/wording": ("tfidf", "length", "length_gap"),
}
"""What is worked out for every pair."""

_LONG = (
    "ratio", "token_sort", "token_set", "triples", "rare_words", "names", "headings", "list_items", "list_gap",
    "topic_length", "tfidf", "length", "length_gap",
)  # fmt: skip
FULL = {
    "short/meaning": ("meaning", "related_most", "length"),
    "short/wording": ("ratio", "token_sort", "token_set", "tfidf", "length", "length_gap"),
    "long/meaning": ("meaning", *_LONG),
    "long/wording": _LONG,
}
"""What is worked out for likelier pairs. On short ideas letters and shared words add nothing to meaning: with
them, weights bound to be positive are 0, or agreement with people on objects not fitted on is lower."""


USUAL_COSINE = 0.15
"""Mean cosine, on the default embedder's scale, of two texts of the lists that the blend is fitted on: 0.14 and
0.16. A list on a narrow topic has more: gifts for a beekeeper 0.23."""

_HIGHEST_MEAN = 0.35
"""Mean cosine from which on a list counts as full of repeats, not as narrower still."""

_FEW = 20
"""Texts of a usual list that a list's own mean cosine is mixed with: that of a few texts tells little."""


class Evidence:
    """Pairwise features of one list of texts.

    Args:
        readings: the texts, read.
        vectors: (n, d) unit rows, or zeros where the embedder knows nothing of a text; `None` without one.
        topic: what the texts answer; its words count as given, not as common ground.
        scale: slope and offset that bring cosines to the default embedder's scale.

    Attributes:
        scale: the same, and to the usual list's mean cosine after `weigh_topic`.
    """

    def __init__(
        self,
        readings: Sequence[Reading],
        vectors: Floats | None,
        topic: str = "",
        scale: tuple[float, float] = (1.0, 0.0),
    ) -> None:
        import numpy as np

        self.readings = readings
        self.vectors = vectors
        self.log_length = np.log(np.array([r.length for r in readings], np.float32))
        known = [False] * len(readings) if vectors is None else vectors.any(axis=1)
        self.known: NDArray[np.bool_] = np.asarray(known, np.bool_)
        self.scale = scale
        self._topic = topic
        self._topical = False

    def weigh_topic(self, share: float = 1.0) -> None:
        """From now on likeness is judged against how alike this whole list's texts are anyhow.

        Its mean cosine is brought to the usual one, and words that much of the list comes near count less. To be
        called before any feature is asked for, and only where the texts are a whole list.

        Args:
            share: 0..1, how far; less for long answers, whose blend was fitted on pairs alone.
        """
        self._topical = share > 0
        count = int(self.known.sum())
        if self.vectors is None or count < 2 or not share:
            return
        total = self.vectors.sum(axis=0, dtype="f8")
        slope, offset = self.scale
        mean = slope * float(total @ total - count) / (count * (count - 1)) + offset
        trust = share * count / (count + _FEW)
        mean = USUAL_COSINE + trust * (min(mean, _HIGHEST_MEAN) - USUAL_COSINE)
        stretch = (1 - USUAL_COSINE) / (1 - mean)
        self.scale = slope * stretch, offset * stretch + 1 - stretch

    @lazy
    def terms(self) -> Terms:
        """TF-IDF of the list."""
        # without the words that say little, or "use as a boat" and "use as a rug" would be mostly alike
        return Terms([[w for w in r.words if w not in STOP_WORDS] or r.words for r in self.readings])

    @lazy
    def gram(self) -> Floats:
        """(n, n) scaled cosines of all pairs; zeros without vectors."""
        import numpy as np

        if self.vectors is None:
            return np.zeros((len(self.readings), len(self.readings)), np.float32)
        return self._scaled(self.vectors @ self.vectors.T)

    def _scaled(self, cosines: Floats) -> Floats:
        import numpy as np

        if self.scale == (1.0, 0.0):
            return cosines
        slope, offset = self.scale
        scaled: Floats = np.clip(cosines * np.float32(slope) + np.float32(offset), -1, 1)
        return scaled

    def features(self, i: Indices, j: Indices, names: Collection[str]) -> dict[str, Floats]:
        """Those of the features `names` that can be known of each pair, each (len(i),)."""
        import numpy as np

        out: dict[str, Floats] = {}
        if "meaning" in names and self.vectors is not None:
            gram = self.__dict__.get("gram")
            out["meaning"] = self._scaled(_cosines(self.vectors, i, j)) if gram is None else gram[i, j]
        if "tfidf" in names:
            out["tfidf"] = _row_products(self.terms.matrix, self.terms.matrix, i, j)
        out["length"] = np.asarray((self.log_length[i] + self.log_length[j]) / 2, np.float32)
        if "length_gap" in names:
            out["length_gap"] = np.abs(self.log_length[i] - self.log_length[j])
        if "related_most" in names:
            out["related_most"] = self._related.cover(i, j)
        out |= self._wording(i, j, names)
        for name in ("triples", "names", "headings"):
            if name in names:
                out[name] = self._sets[name].overlap(i, j)
        if "rare_words" in names:
            out["rare_words"] = self._rare_words.overlap(i, j)
        if "list_items" in names or "list_gap" in names:
            items = np.log1p(np.array([r.list_items for r in self.readings], np.float32))
            out["list_items"], out["list_gap"] = np.minimum(items[i], items[j]), np.abs(items[i] - items[j])
        if "topic_length" in names and self._topic.strip():
            length = np.log(len(read(self._topic).words) + 1)
            out["topic_length"] = np.full(len(i), length, np.float32)
        return out

    def _wording(self, i: Indices, j: Indices, names: Collection[str]) -> dict[str, Floats]:
        """How alike the letters are, as rapidfuzz tells."""
        from rapidfuzz import fuzz

        out = {}
        if "ratio" in names:
            out["ratio"] = _scores(fuzz.ratio, [r.spaced for r in self.readings], i, j)
        if "token_sort" in names:
            out["token_sort"] = _scores(fuzz.ratio, [r.sorted_words for r in self.readings], i, j)
        if "token_set" in names:
            out["token_set"] = _scores(fuzz.token_set_ratio, [r.spaced for r in self.readings], i, j)
        return out

    @lazy
    def _related(self) -> RelatedWords:
        return RelatedWords(self.readings, self._topical)

    @lazy
    def _sets(self) -> dict[str, Overlaps]:
        readings = self.readings
        return {
            "triples": Overlaps([r.triples for r in readings]),
            "names": Overlaps([r.names for r in readings]),
            "headings": Overlaps([r.headings for r in readings]),
        }

    @lazy
    def _rare_words(self) -> Overlaps:
        given = frozenset(topic_words(self._topic))
        ranks = word_ranks()
        rarest = len(ranks)
        return Overlaps([r.vocabulary - given for r in self.readings], lambda word: log(ranks.get(word, rarest) + 1))


class Overlaps:
    """Shares that sets have in common.

    Args:
        sets: one a text.
        weight: what an element counts; 1 by default.
    """

    def __init__(self, sets: Sequence[Collection[Any]], weight: Callable[[Any], float] | None = None) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        column: dict[Any, int] = {}
        rows = [sorted(column.setdefault(x, len(column)) for x in s) for s in sets]
        columns = np.array([c for row in rows for c in row], np.int32)
        starts = np.cumsum([0, *map(len, rows)])
        weights = np.array([weight(x) for x in column], np.float32) if weight else np.ones(len(column), np.float32)
        shape = len(sets), max(1, len(column))
        self._ones = csr_array((np.ones(len(columns), np.float32), columns, starts), shape=shape)
        self._weighted = csr_array((weights[columns], columns, starts), shape=shape)
        self._sizes = np.asarray(self._weighted.sum(axis=1), np.float32).ravel()

    def overlap(self, i: Indices, j: Indices) -> Floats:
        """(len(i),) weight of what two sets share, of what either has; 0 where both are empty."""
        import numpy as np

        both = _row_products(self._weighted, self._ones, i, j)
        either = self._sizes[i] + self._sizes[j] - both
        return np.asarray(both / np.maximum(either, 1e-9), np.float32)


def _scores(scorer: Any, texts: list[str], i: Indices, j: Indices) -> Floats:
    """(len(i),) scores of pairs, 0..1."""
    import numpy as np
    from rapidfuzz.process import cpdist

    left, right = [texts[k] for k in i.tolist()], [texts[k] for k in j.tolist()]
    scores = cpdist(left, right, scorer=scorer, dtype=np.float32, workers=1)
    return np.asarray(scores / 100, np.float32)


def _cosines(vectors: Floats, i: Indices, j: Indices, block: int = 65_536) -> Floats:
    """(len(i),) products of rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        out[s : s + block] = np.einsum("nd,nd->n", vectors[i[s : s + block]], vectors[j[s : s + block]])
    return out


def _row_products(left: Any, right: Any, i: Indices, j: Indices, block: int = 65_536) -> Floats:
    """(len(i),) products of sparse rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        products = left[i[s : s + block]].multiply(right[j[s : s + block]])
        out[s : s + block] = np.asarray(products.sum(axis=1)).ravel()
    return out
