"""The evidence on pairs of texts: how alike in wording and meaning, how long, and what long answers share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from brainstorm.dedup.reading import Reading, read
from brainstorm.dedup.related import RelatedWords
from brainstorm.dedup.terms import Terms
from brainstorm.embedding.wordpiece import words as topic_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

COARSE = ("tfidf", "length", "length_gap")
"""What is worked out for every pair."""

SHORT = ("ratio", "token_sort", "token_set", *COARSE)
"""What decides on short ideas, besides meaning."""

RELATED = ("related_most", "related_least")
"""What meaning adds on short ideas: how far related words cover each other."""

LONG = (
    "ratio", "token_sort", "token_set", "triples", "rare_words", "names", "headings", "list_items",
    "list_gap", "topic_length", *COARSE,
)  # fmt: skip
"""What decides on long answers, besides meaning."""


class Evidence:
    """Pairwise features of one list of texts.

    Args:
        readings: the texts, read.
        vectors: (n, d) unit rows, or zeros where the embedder knows nothing of a text; `None` without one.
        topic: what the texts answer; its words count as given, not as common ground.
    """

    def __init__(self, readings: Sequence[Reading], vectors: Floats | None, topic: str = "") -> None:
        import numpy as np

        self.readings = readings
        self.vectors = vectors
        self.terms = Terms([r.words for r in readings])
        self.log_length = np.log(np.array([r.length for r in readings], np.float32))
        self.known = np.zeros(len(readings), bool) if vectors is None else vectors.any(axis=1)
        self._given = frozenset(topic_words(topic))
        self._topic_length = float(np.log(len(read(topic).words) + 1)) if topic.strip() else None
        self._related: RelatedWords | None = None
        self._normal = [" ".join(r.words) for r in readings]

    def coarse(self, i: Indices, j: Indices) -> dict[str, Floats]:
        """Features cheap enough for every pair: `COARSE` and, with vectors, "meaning"; each (len(i),)."""
        import numpy as np

        out: dict[str, Floats] = {
            "tfidf": _row_products(self.terms.matrix, i, j),
            "length": (self.log_length[i] + self.log_length[j]) / 2,
            "length_gap": np.abs(self.log_length[i] - self.log_length[j]),
        }
        if self.vectors is not None:
            out["meaning"] = _cosines(self.vectors, i, j)
        return out

    def wording(self, i: Indices, j: Indices, long: bool) -> dict[str, Floats]:
        """The remaining features of `SHORT`, or of `LONG`, each (len(i),)."""
        import numpy as np
        from rapidfuzz import fuzz

        out = {
            "ratio": _scores(fuzz.ratio, self._normal, i, j),
            "token_sort": _scores(fuzz.ratio, [r.sorted_words for r in self.readings], i, j),
            "token_set": _scores(fuzz.token_set_ratio, self._normal, i, j),
        }
        if not long:
            return out
        pairs = [(self.readings[a], self.readings[b]) for a, b in zip(i.tolist(), j.tolist(), strict=True)]
        given, weight = self._given, self._rarity

        def share(part: Callable[[Reading], Collection[Any]]) -> Floats:
            return np.array([_overlap(part(a), part(b)) for a, b in pairs], np.float32)

        out["triples"] = share(lambda r: r.triples)
        out["names"] = share(lambda r: r.names)
        out["headings"] = share(lambda r: r.headings)
        rare = []
        for a, b in pairs:
            both = sum(map(weight, sorted((a.vocabulary & b.vocabulary) - given)))
            either = sum(map(weight, sorted((a.vocabulary | b.vocabulary) - given)))
            rare.append(both / either if either else 0.0)
        out["rare_words"] = np.array(rare, np.float32)
        items = np.log1p(np.array([[a.list_items, b.list_items] for a, b in pairs], np.float32).reshape(-1, 2))
        out["list_items"] = items.min(axis=1)
        out["list_gap"] = np.abs(items[:, 0] - items[:, 1])
        if self._topic_length is not None:
            out["topic_length"] = np.full(len(i), self._topic_length, np.float32)
        return out

    def related(self, i: Indices, j: Indices) -> dict[str, Floats]:
        """The features `RELATED`, each (len(i),)."""
        if self._related is None:
            self._related = RelatedWords(self.readings)
        most, least = self._related.cover(i, j)
        return {"related_most": most, "related_least": least}

    def _rarity(self, word: str) -> float:
        from math import log

        from brainstorm.embedding.static import word_ranks

        ranks = word_ranks()
        return log(ranks.get(word, len(ranks)) + 1)


def _overlap(a: Collection[Any], b: Collection[Any]) -> float:
    """Jaccard similarity; 0 where both are empty."""
    a, b = frozenset(a), frozenset(b)
    return len(a & b) / max(1, len(a | b))


def _scores(scorer: Any, texts: list[str], i: Indices, j: Indices) -> Floats:
    """(len(i),) scores of pairs, 0..1."""
    import numpy as np
    from rapidfuzz.process import cpdist

    left, right = [texts[k] for k in i.tolist()], [texts[k] for k in j.tolist()]
    scores: Floats = cpdist(left, right, scorer=scorer, dtype=np.float32, workers=1) / np.float32(100)
    return scores


def _cosines(vectors: Floats, i: Indices, j: Indices, block: int = 65_536) -> Floats:
    """(len(i),) products of rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        out[s : s + block] = np.einsum("nd,nd->n", vectors[i[s : s + block]], vectors[j[s : s + block]])
    return out


def _row_products(matrix: Any, i: Indices, j: Indices, block: int = 65_536) -> Floats:
    """(len(i),) products of sparse rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        products = matrix[i[s : s + block]].multiply(matrix[j[s : s + block]])
        out[s : s + block] = np.asarray(products.sum(axis=1)).ravel()
    return out
