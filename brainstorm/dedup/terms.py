"""Weights of words: rare ones, in English and in the list at hand, say what a text is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from brainstorm.embedding.static import word_ranks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BACKGROUND_TEXTS = 50
"""How many imagined background texts the list's own counts are added to: a list of two has hardly any counts."""


_SUFFIXES = ("ings", "ing", "ies", "ers", "es", "ed", "er", "ly", "s")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word less a common English ending, so that "planters" meets "plant" and "planting"."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word[: -len(suffix)]
    return word


class Terms:
    """TF-IDF rows of a list of texts, with the idf of the list smoothed by that of English.

    Args:
        texts: the words of each text.

    Attributes:
        matrix: (n, terms) sparse, rows of length 1 (or empty).
    """

    matrix: Any

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        said = list(chain.from_iterable(texts))
        column: dict[str, int] = {}
        shortest: list[str] = []
        of_word: dict[str, int] = {}
        for word in dict.fromkeys(said):
            at = of_word[word] = column.setdefault(stem(word), len(column))
            if at == len(shortest):
                shortest.append(word)
            elif len(word) < len(shortest[at]):
                shortest[at] = word
        n, m = len(texts), max(1, len(column))
        rows = np.repeat(np.arange(n), np.fromiter(map(len, texts), np.int64, n))
        cells, counts = np.unique(rows * m + np.fromiter(map(of_word.__getitem__, said), np.int64), return_counts=True)
        columns = (cells % m).astype(np.int32)
        starts_array = np.searchsorted(cells, np.arange(n + 1) * m)
        frequency = np.bincount(columns, minlength=m).astype(np.float64)
        share = background_share(shortest) if shortest else np.zeros(m)
        idf = np.log((n + BACKGROUND_TEXTS + 1) / (frequency + BACKGROUND_TEXTS * share + 0.5))
        values = (1 + np.log(counts)) * idf[columns]
        squares = np.r_[0.0, np.cumsum(values**2)]
        norms = np.sqrt(squares[starts_array[1:]] - squares[starts_array[:-1]])
        values /= np.maximum(np.repeat(norms, np.diff(starts_array)), 1e-12)
        self.idf: NDArray[np.float64] = idf
        self.matrix = csr_array((values.astype(np.float32), columns, starts_array), shape=(n, m))


def background_share(words: Sequence[str]) -> NDArray[np.float64]:
    """(len(words),) share of short English texts that contain each word, by Zipf's law from its rank, 0..0.9."""
    import numpy as np

    ranks = word_ranks()
    rarest = len(ranks) + 1
    return np.minimum(0.9, 1.0 / np.array([ranks.get(w, rarest) for w in words], np.float64))
