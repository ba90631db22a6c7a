"""How far the words of one text are covered by related words of another, by the shipped word table."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import chain, count
from typing import TYPE_CHECKING

from brainstorm.dedup.lazy import lazy
from brainstorm.dedup.reading import Reading
from brainstorm.dedup.terms import BACKGROUND_TEXTS, background_share
from brainstorm.embedding.static import default_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

_DIMENSIONS = 64
"""The table's leading dimensions, which hold most of it: about as good as all 256 here, and quicker."""

_MOST_WORDS = 32
"""Distinct words of a text that are looked at, the rarest first; longer texts are judged by other signs."""

_TABLE_CELLS = 40_000_000
"""Cells, a byte each, up to which all words' similarities are tabled: about 6,000 distinct words."""

_REMEMBERED = 50_000
"""Words to remember across lists: 13 MB."""

_STEPS = 255
"""Similarities are kept in a byte: steps of 1/255."""

_BLOCK = 4096

_SAMPLE = 256
"""Texts from which it is told how much of a list comes near a word."""

_USUAL_TEXTS, _USUAL_NEARNESS = 20, 0.15
"""A list of few texts tells little: it is mixed with texts that come as near to a word, 0..1, as a random text does."""


class _Memory:
    """Unit vectors and background shares of words met before, so that a list's words are worked out once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def _forget(self) -> None:
        import numpy as np

        self._at: dict[str, int] = {}
        self._vectors = np.zeros((1024, _DIMENSIONS), np.float32)
        self._shares = np.zeros(1024, np.float32)

    def look_up(self, spelled: list[str]) -> tuple[Floats, Floats]:
        """(n, dimensions) vectors, of length 1 or 0, and (n,) shares of English texts with the word."""
        import numpy as np

        with self._lock:
            if len(self._at) > _REMEMBERED:
                self._forget()
            new = [w for w in spelled if w not in self._at]
            if new:
                first, last = len(self._at), len(self._at) + len(new)
                while last > len(self._shares):
                    self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
                    self._shares = np.concatenate([self._shares, np.zeros_like(self._shares)])
                vectors = default_embedder().embed_words(new)[:, :_DIMENSIONS]
                norms = np.linalg.norm(vectors, axis=1, keepdims=True)
                self._vectors[first:last] = vectors / np.maximum(norms, 1e-12)
                self._shares[first:last] = background_share(new)
                self._at.update(zip(new, range(first, last), strict=True))
            at = np.fromiter(map(self._at.__getitem__, spelled), np.int64, len(spelled))
            return self._vectors[at], self._shares[at]


@cache
def _memory() -> _Memory:
    return _Memory()


class RelatedWords:
    """Soft alignment of the words of short texts.

    Args:
        readings: the texts; rarity of a word is that in this list, smoothed by that in English.
        topical: whether words that much of the list comes near, such as "honey" among gifts for a beekeeper,
            count less. For whole lists: the nearest texts of one alone would make any word look common.
    """

    def __init__(self, readings: Sequence[Reading], topical: bool = False) -> None:
        import numpy as np

        ids: defaultdict[str, int] = defaultdict(count().__next__)
        bags = [list(map(ids.__getitem__, dict.fromkeys(r.words))) or [0] for r in readings]
        spelled = list(ids) or [""]
        n = len(readings)
        flat = np.fromiter(chain.from_iterable(bags), np.int64)
        counts = np.bincount(flat, minlength=len(spelled))
        vectors, share = _memory().look_up(spelled)
        rarity = np.log((n + BACKGROUND_TEXTS + 1) / (counts + BACKGROUND_TEXTS * share + 0.5)).astype(np.float32)
        self._vectors = vectors
        self._sizes = np.fromiter(map(len, bags), np.int64, n)
        if self._sizes.max() > _MOST_WORDS:
            bags = [b if len(b) <= _MOST_WORDS else sorted(b, key=lambda w: -rarity[w])[:_MOST_WORDS] for b in bags]
            self._sizes = np.minimum(self._sizes, _MOST_WORDS)
            flat = np.fromiter(chain.from_iterable(bags), np.int64)
        filled = np.arange(int(self._sizes.max()))[None, :] < self._sizes[:, None]
        self._bags = np.zeros(filled.shape, np.int64)
        self._bags[filled] = flat
        self._weights = np.zeros(filled.shape, np.float32)
        self._weights[filled] = (rarity * self._surprise() if topical else rarity)[flat]
        self._weights /= np.maximum(self._weights.sum(axis=1, keepdims=True), 1e-12)

    def _surprise(self) -> Floats:
        """(words,) how little a text of the list is to be expected to come near each word, in nats.

        Told from texts evenly spread over the list, smoothed by as many as `_USUAL_TEXTS` of a usual list.
        """
        import numpy as np

        at = np.linspace(0, len(self._sizes) - 1, min(len(self._sizes), _SAMPLE)).astype(np.int64)
        if self._tabled:
            total = self._near[at].sum(axis=0, dtype=np.float32) / np.float32(_STEPS)
            return self._surprise_at(total, len(at))
        sizes = self._sizes[at]
        words = np.concatenate([bag[:size] for bag, size in zip(self._bags[at], sizes.tolist(), strict=True)])
        starts = np.r_[0, np.cumsum(sizes)[:-1]]
        total = np.empty(len(self._vectors), np.float32)
        for s in range(0, len(total), _BLOCK):
            near = self._vectors[s : s + _BLOCK] @ self._vectors[words].T
            near[np.arange(s, s + len(near))[:, None] == words] = 1
            total[s : s + _BLOCK] = np.maximum.reduceat(np.maximum(near, 0, out=near), starts, axis=1).sum(axis=1)
        return self._surprise_at(total, len(at))

    def _surprise_at(self, total: Floats, texts: int) -> Floats:
        import numpy as np

        surprise: Floats = -np.log((total + _USUAL_TEXTS * _USUAL_NEARNESS) / (texts + _USUAL_TEXTS))
        return surprise

    @property
    def _tabled(self) -> bool:
        return len(self._vectors) * max(len(self._vectors), len(self._sizes)) <= _TABLE_CELLS

    def cover(self, i: Indices, j: Indices) -> Floats:
        """Share (0..1) of a text's words, by rarity, that the other has or comes near: of the two the greater."""
        import numpy as np

        out = np.empty(len(i), np.float32)
        # pairs of like size together, so that little padding is computed
        order = np.lexsort((self._sizes[j], self._sizes[i])) if len(i) > _BLOCK else np.arange(len(i))
        cover = self._cover_by_table if self._tabled else self._cover
        for s in range(0, len(i), _BLOCK):
            part = order[s : s + _BLOCK]
            out[part] = cover(i[part], j[part])
        return out

    @lazy
    def _near(self) -> NDArray[np.uint8]:
        """(n, words) nearness of each text's nearest word to each word of the list, in steps."""
        import numpy as np

        scaled = self._vectors * np.float32(_STEPS**0.5)
        table = np.empty((len(scaled), len(scaled)), np.uint8)
        for s in range(0, len(scaled), _BLOCK):
            products = scaled[s : s + _BLOCK] @ scaled.T
            np.clip(products, 0, _STEPS, out=products)
            table[s : s + _BLOCK] = products
        np.fill_diagonal(table, _STEPS)
        # texts with the most words first, so that those with a word in some place are the first ones
        order = np.argsort(-self._sizes, kind="stable")
        bags = np.ascontiguousarray(self._bags[order].T)
        out = table.take(bags[0], axis=0)
        for place in range(1, len(bags)):
            some = int(np.count_nonzero(self._sizes > place))
            np.maximum(out[:some], table.take(bags[place, :some], axis=0), out=out[:some])
        near: NDArray[np.uint8] = np.empty_like(out)
        near[order] = out
        return near

    def _cover_by_table(self, i: Indices, j: Indices) -> Floats:
        import numpy as np

        m, n = int(self._sizes[i].max()), int(self._sizes[j].max())
        one = np.einsum("kw,kw->k", self._near[j[:, None], self._bags[i, :m]], self._weights[i, :m])
        two = np.einsum("kw,kw->k", self._near[i[:, None], self._bags[j, :n]], self._weights[j, :n])
        covered: Floats = np.maximum(one, two) / np.float32(_STEPS)
        return covered

    def _cover(self, i: Indices, j: Indices) -> Floats:
        """The same where the table would be too large."""
        import numpy as np

        m, n = int(self._sizes[i].max()), int(self._sizes[j].max())
        a, b = self._bags[i, :m], self._bags[j, :n]
        near = self._vectors[a] @ self._vectors[b].transpose(0, 2, 1)
        near[a[:, :, None] == b[:, None, :]] = 1.0
        np.maximum(near, 0, out=near)
        near *= (np.arange(m) < self._sizes[i, None])[:, :, None]
        near *= (np.arange(n) < self._sizes[j, None])[:, None, :]
        one = np.einsum("kw,kw->k", near.max(axis=2), self._weights[i, :m])
        two = np.einsum("kw,kw->k", near.max(axis=1), self._weights[j, :n])
        covered: Floats = np.maximum(one, two)
        return covered
