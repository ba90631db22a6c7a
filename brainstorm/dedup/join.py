"""Every pair of vectors above a cosine, exactly: blocks of products, most of them told from few dimensions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from brainstorm.dedup.quiet import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.int32]

_HEAD = 48
"""Dimensions looked at first. With those that hold most of the vectors, few pairs need the others."""

_ROTATE_FROM = 4000
"""Vectors from which it pays to turn the space so that the first dimensions hold most of them."""

_TILE = 512, 4096
"""Rows and columns of one product: it stays in the processor's cache."""

_MANY = 0.005
"""Share of a tile's pairs over the bound from which a full product of the tile is quicker than theirs alone."""

_MARGIN = 1e-5
"""Rounding of a product of unit vectors in single precision, generously."""


def near_pairs(vectors: Floats, least: float, *, workers: int | None = None) -> tuple[Indices, Indices, Floats]:
    """All pairs i < j whose cosine is at least `least`, sorted, with their cosines.

    Exact: the head's product plus the product of the tails' lengths bounds the cosine from above, so that only
    pairs over the bound are worked out in full. Memory beyond the result is about twice that of `vectors`.

    Args:
        vectors: (n, d) rows of length 1; rows of zeros pair with none.
        least: cosine, above 0.
        workers: threads; `None` for one a core from 20,000 vectors on.
    """
    import numpy as np

    n, d = vectors.shape
    if n < 2:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
    with one_thread():
        turned = _turned(vectors)
        bound = turned
        if d > 2 * _HEAD:
            tail = np.sqrt(np.einsum("nd,nd->n", turned[:, _HEAD:], turned[:, _HEAD:]))
            bound = np.ascontiguousarray(np.concatenate([turned[:, :_HEAD], tail[:, None]], axis=1))
        starts = range(0, n, _TILE[0])
        if workers is None:
            workers = (os.cpu_count() or 1) if n >= 20_000 else 1

        def row(start: int) -> tuple[Indices, Indices, Floats]:
            found = list(_row_of_tiles(turned, bound, start, least))
            i, j, cosine = (np.concatenate(part) for part in zip(*found, strict=True))
            order = np.lexsort((j, i))
            return i[order], j[order], cosine[order]

        if workers > 1:
            with ThreadPoolExecutor(workers) as pool:
                rows = list(pool.map(row, starts))
        else:
            rows = [row(start) for start in starts]
    i, j, cosine = (np.concatenate(part) for part in zip(*rows, strict=True))
    return i, j, cosine


def leaders(vectors: Floats, least: float, *, workers: int | None = None) -> NDArray[np.intp]:
    """(n,) for each vector the kept one that stands for it: itself, or the first kept one within `least`.

    No two kept vectors are within `least` of each other, and each other one is within it of the one that stands
    for it.
    """

    i, j, _ = near_pairs(vectors, least, workers=workers)
    return lead(len(vectors), i, j)


def lead(n: int, i: NDArray[np.integer[Any]], j: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """`leaders` from pairs i < j, sorted."""
    import numpy as np

    stands = np.arange(n)
    taken = bytearray(n)
    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        if not taken[a] and not taken[b]:
            taken[b] = 1
            stands[b] = a
    return stands


def _turned(vectors: Floats) -> Floats:
    """The vectors in a basis whose first dimensions hold most of them; cosines stay."""
    import numpy as np

    n, d = vectors.shape
    if n < _ROTATE_FROM or d <= 2 * _HEAD:
        return np.ascontiguousarray(vectors, np.float32)
    sample = vectors[:: max(1, n // 20_000)].astype(np.float32)
    _, basis = np.linalg.eigh(sample.T @ sample)
    return np.asarray(vectors @ np.ascontiguousarray(basis[:, ::-1], np.float32), np.float32)


def _row_of_tiles(turned: Floats, bound: Floats, start: int, least: float) -> Iterator[tuple[Indices, Indices, Floats]]:
    """The pairs whose first member is in the tile row at `start`."""
    import numpy as np

    n = len(turned)
    end = min(n, start + _TILE[0])
    head = bound[start:end]
    enough = np.float32(least - _MARGIN)
    for first in range(start, n, _TILE[1]):
        last = min(n, first + _TILE[1])
        products = head @ bound[first:last].T
        flat = np.flatnonzero(products >= enough)
        whole = bound is turned
        if not whole and len(flat) > _MANY * products.size:
            products = turned[start:end] @ turned[first:last].T
            flat = np.flatnonzero(products >= enough)
            whole = True
        i, j = np.divmod(flat, last - first)
        i, j = i + start, j + first
        upper = i < j
        i, j = i[upper], j[upper]
        cosine = products.reshape(-1)[flat[upper]] if whole else _dots(turned, i, j)
        near = cosine >= least
        yield i[near].astype(np.int32), j[near].astype(np.int32), cosine[near]


def _dots(vectors: Floats, i: NDArray[np.intp], j: NDArray[np.intp], block: int = 16_384) -> Floats:
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        out[s : s + block] = np.einsum("nd,nd->n", vectors[i[s : s + block]], vectors[j[s : s + block]])
    return out
