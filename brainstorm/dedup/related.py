"""How far the words of one text are covered by related words of another, by the shipped word table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brainstorm.dedup.reading import Reading
from brainstorm.dedup.terms import BACKGROUND_TEXTS, background_share
from brainstorm.embedding.static import default_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_DIMENSIONS = 96
"""The table's leading dimensions, which hold most of it: as good as all 256 here, and quicker."""

_MOST_WORDS = 48
"""Distinct words of a text that are looked at, the rarest first; longer texts are judged by other signs."""

_TABLE_WORDS = 5000
"""Distinct words up to which all similarities are tabled at once (100 MB at most)."""

_BLOCK = 8192


class RelatedWords:
    """Soft alignment of the words of short texts.

    Args:
        readings: the texts; rarity of a word is that in this list, smoothed by that in English.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        import numpy as np

        ids: dict[str, int] = {}
        bags = [[ids.setdefault(w, len(ids)) for w in dict.fromkeys(r.words)] for r in readings]
        counts = np.bincount([w for bag in bags for w in bag], minlength=max(1, len(ids)))
        spelled = list(ids) or [""]
        n = len(readings)
        share = background_share(spelled)
        rarity = np.log((n + BACKGROUND_TEXTS + 1) / (counts + BACKGROUND_TEXTS * share + 0.5)).astype(np.float32)
        vectors = default_embedder().embed_words(spelled)[:, :_DIMENSIONS]
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._vectors = vectors / np.maximum(norms, 1e-12)
        bags = [b if len(b) <= _MOST_WORDS else sorted(b, key=lambda w: -rarity[w])[:_MOST_WORDS] for b in bags]
        width = max(1, *(len(b) for b in bags)) if bags else 1
        self._bags = np.zeros((n, width), np.int64)
        self._weights = np.zeros((n, width), np.float32)
        self._sizes = np.array([len(b) for b in bags], np.int64)
        for k, bag in enumerate(bags):
            self._bags[k, : len(bag)] = bag
            self._weights[k, : len(bag)] = rarity[bag]
        self._weights /= np.maximum(self._weights.sum(axis=1, keepdims=True), 1e-12)
        self._table: Floats | None = None
        if len(spelled) <= _TABLE_WORDS:
            self._table = self._vectors @ self._vectors.T
            np.fill_diagonal(self._table, 1.0)

    def cover(self, i: NDArray[np.intp], j: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Greater and lesser share (0..1) of the one text's words, by rarity, that the other has or comes near."""
        import numpy as np

        most, least = np.empty(len(i), np.float32), np.empty(len(i), np.float32)
        # pairs of like size together, so that little padding is computed
        order = np.lexsort((self._sizes[j], self._sizes[i]))
        for s in range(0, len(i), _BLOCK):
            part = order[s : s + _BLOCK]
            one, two = self._cover(i[part], j[part])
            most[part], least[part] = np.maximum(one, two), np.minimum(one, two)
        return most, least

    def _cover(self, i: NDArray[np.intp], j: NDArray[np.intp]) -> tuple[Floats, Floats]:
        import numpy as np

        m, n = max(1, int(self._sizes[i].max())), max(1, int(self._sizes[j].max()))
        a, b = self._bags[i, :m], self._bags[j, :n]
        if self._table is not None:
            near = self._table[a[:, :, None], b[:, None, :]]
        else:
            near = self._vectors[a] @ self._vectors[b].transpose(0, 2, 1)
            near[a[:, :, None] == b[:, None, :]] = 1.0
        near = np.maximum(near, 0)
        near *= (np.arange(m)[None, :] < self._sizes[i, None])[:, :, None]
        near *= (np.arange(n)[None, :] < self._sizes[j, None])[:, None, :]
        one = (near.max(axis=2) * self._weights[i, :m]).sum(axis=1)
        two = (near.max(axis=1) * self._weights[j, :n]).sum(axis=1)
        return one, two
