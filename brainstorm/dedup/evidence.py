"""The evidence on pairs of texts: how alike in wording and meaning, how long, and what long answers share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import log
from typing import TYPE_CHECKING, Any
from zlib import crc32

from brainstorm.dedup.join import dots
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


_WHOLE = 1000
"""Words to which letters are compared one by one; the time grows with the square of the length. Of longer texts the
letters of a sample of the words are: the same words in both. All other signs look at every word."""


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
        known = [False] * len(readings) if vectors is None else (vectors != 0).any(axis=1)
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

        return self.cosines(np.arange(len(self.readings)))

    def cosines(self, members: Indices) -> Floats:
        """(m, m) scaled cosines among some of the texts; zeros without vectors."""
        import numpy as np

        if self.vectors is None:
            return np.zeros((len(members), len(members)), np.float32)
        vectors = self.vectors if len(members) == len(self.vectors) else self.vectors[members]
        return self._scaled(vectors @ vectors.T)

    def _scaled(self, cosines: Floats) -> Floats:
        """In place."""
        import numpy as np

        if self.scale == (1.0, 0.0):
            return cosines
        slope, offset = self.scale
        cosines *= np.float32(slope)
        cosines += np.float32(offset)
        return np.clip(cosines, -1, 1, out=cosines)

    def features(self, i: Indices, j: Indices, names: Collection[str]) -> dict[str, Floats]:
        """Those of the features `names` that can be known of each pair, each (len(i),)."""
        import numpy as np

        out: dict[str, Floats] = {}
        if "meaning" in names and self.vectors is not None:
            gram = self.__dict__.get("gram")
            out["meaning"] = self._scaled(dots(self.vectors, i, j)) if gram is None else gram[i, j]
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
        """How alike the letters are, as rapidfuzz tells, for pairs with a long text from a sample of the words."""
        import numpy as np

        wanted = [name for name in ("ratio", "token_sort", "token_set") if name in names]
        out = {name: np.empty(len(i), np.float32) for name in wanted}
        if not wanted:
            return out
        thinning = np.maximum(self._thinning[i], self._thinning[j])
        for level in np.unique(thinning).tolist():
            at = np.flatnonzero(thinning == level)
            for name in wanted:
                out[name][at] = self._letters(name, level, i[at], j[at])
        return out

    def _letters(self, name: str, level: int, i: Indices, j: Indices) -> Floats:
        from rapidfuzz import fuzz

        asked = {*i.tolist(), *j.tolist()}
        in_order = name == "token_sort"
        if level:
            words = {k: thinned(self.readings[k].words, level) for k in asked}
            texts = {k: " ".join(sorted(w) if in_order else w) for k, w in words.items()}
        else:
            texts = {k: self.readings[k].sorted_words if in_order else self.readings[k].spaced for k in asked}
        return _scores(fuzz.token_set_ratio if name == "token_set" else fuzz.ratio, texts, i, j)

    @lazy
    def _thinning(self) -> NDArray[np.intp]:
        """(n,) how often the words of each text are halved before its letters are compared."""
        import numpy as np

        halvings = np.ceil(self.log_length / np.log(2) - np.log2(_WHOLE))
        return np.asarray(np.maximum(0, halvings), np.intp)

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
        # sorted, or the order of sums would differ from one run to the next
        rows = [sorted(column.setdefault(x, len(column)) for x in sorted(s)) for s in sets]
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


def median(values: Floats) -> np.float32:
    """As `np.median` tells it, which takes ten times as long for few values."""
    ordered = values.copy()
    ordered.sort()
    half = len(values) // 2
    middle: np.float32 = ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
    return middle


def thinned(words: Sequence[str], level: int) -> list[str]:
    """The words, in order, of one in 2 ** `level` spellings: the same spellings in every text."""
    return [w for w in words if crc32(w.encode()) % 2**level == 0]


def _scores(scorer: Any, texts: dict[int, str], i: Indices, j: Indices) -> Floats:
    """(len(i),) scores of pairs, 0..1."""
    import numpy as np
    from rapidfuzz.process import cpdist

    left, right = [texts[k] for k in i.tolist()], [texts[k] for k in j.tolist()]
    scores = cpdist(left, right, scorer=scorer, dtype=np.float32, workers=1)
    return np.asarray(scores / 100, np.float32)


def _row_products(left: Any, right: Any, i: Indices, j: Indices, block: int = 65_536) -> Floats:
    """(len(i),) products of sparse rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        products = left[i[s : s + block]].multiply(right[j[s : s + block]])
        out[s : s + block] = np.asarray(products.sum(axis=1)).ravel()
    return out
