"""Every pair of vectors above a cosine, exactly: blocks of products, most of them told from few dimensions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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

_COMPACT = 0.2
"""Share of the vectors left that are taken from which it pays to drop them."""

_MARGIN = 1e-5
"""Rounding of a product of unit vectors in single precision, generously."""


def near_pairs(
    vectors: Floats, least: float, *, most: int | None = None, workers: int | None = None
) -> tuple[Indices, Indices, Floats]:
    """All pairs i < j whose cosine is at least `least`, sorted, with their cosines.

    Exact: the head's product plus the product of the tails' lengths bounds the cosine from above, so that only
    pairs over the bound are worked out in full. Memory beyond the result is about twice that of `vectors`, and
    for each worker that of the pairs of 512 rows.

    Args:
        vectors: (n, d) rows of length 1; rows of zeros pair with none.
        least: cosine, above 0.
        most: pairs of each i to be content with, those with the first j; `None` for all.
        workers: threads; `None` for one a core from 20,000 vectors on.
    """
    import numpy as np

    n = len(vectors)
    if n < 2:
        return np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32)
    with one_thread():
        turned, bound = _prepared(vectors)
        starts = range(0, n, _TILE[0])

        def row(start: int) -> tuple[Indices, Indices, Floats]:
            found = list(_row_of_tiles(turned, bound, start, least, most))
            i, j, cosine = (np.concatenate(part) for part in zip(*found, strict=True))
            order = np.lexsort((j, i))
            if most is not None:
                order = order[rank(i[order]) < most]
            return i[order], j[order], cosine[order]

        workers = _workers(n, workers)
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
    for it. No pairs are kept, and what stands for nothing is looked at no more: lists full of repeats are quick.
    """
    import numpy as np

    n = len(vectors)
    stands = np.arange(n)
    if n < 2:
        return stands
    workers = _workers(n, workers)
    with one_thread(), ThreadPoolExecutor(workers) as pool:
        turned, bound = _prepared(vectors)
        left = np.arange(n)  # the vectors that `turned` and `bound` still hold
        gone = np.zeros(n, bool)
        start = 0
        while start < len(left):
            end = min(len(left), start + _TILE[0])
            rows = start + np.flatnonzero(~gone[start:end])
            near = turned[rows] @ turned[rows].T >= least
            kept = lead(len(rows), *np.nonzero(np.triu(near, 1)))
            taken = np.flatnonzero(kept != np.arange(len(rows)))
            stands[left[rows[taken]]] = left[rows[kept[taken]]]
            gone[rows[taken]] = True
            rows = np.delete(rows, taken)
            tiles = range(end, len(left), _TILE[1])
            job = partial(_first_near, turned, bound, rows, least=least)
            for columns, by in (pool.map if workers > 1 else map)(job, tiles):
                fresh = ~gone[columns]
                stands[left[columns[fresh]]] = left[by[fresh]]
                gone[columns] = True
            start = end
            if np.count_nonzero(gone[start:]) > _COMPACT * (len(left) - start):
                rest = start + np.flatnonzero(~gone[start:])
                left, turned, bound = left[rest], turned[rest], turned[rest] if bound is turned else bound[rest]
                gone, start = np.zeros(len(left), bool), 0
    return stands


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


def _workers(n: int, workers: int | None) -> int:
    return workers or ((os.cpu_count() or 1) if n >= 20_000 else 1)


def rank(sorted_keys: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
    """(len(sorted_keys),) how many equal ones stand before each."""
    import numpy as np

    at = np.arange(len(sorted_keys))
    new = np.r_[True, sorted_keys[1:] != sorted_keys[:-1]]
    return at - np.maximum.accumulate(np.where(new, at, 0))


def _prepared(vectors: Floats) -> tuple[Floats, Floats]:
    """The vectors turned, and what bounds their cosines: heads and tails' lengths, or the same where that is less."""
    import numpy as np

    turned = _turned(vectors)
    if vectors.shape[1] <= 2 * _HEAD:
        return turned, turned
    tail = np.sqrt(np.einsum("nd,nd->n", turned[:, _HEAD:], turned[:, _HEAD:]))
    return turned, np.ascontiguousarray(np.concatenate([turned[:, :_HEAD], tail[:, None]], axis=1))


def _turned(vectors: Floats) -> Floats:
    """The vectors in a basis whose first dimensions hold most of them; cosines stay."""
    import numpy as np

    n, d = vectors.shape
    if n < _ROTATE_FROM or d <= 2 * _HEAD:
        return np.ascontiguousarray(vectors, np.float32)
    sample = vectors[:: max(1, n // 20_000)].astype(np.float32)
    _, basis = np.linalg.eigh(sample.T @ sample)
    return np.asarray(vectors @ np.ascontiguousarray(basis[:, ::-1], np.float32), np.float32)


def _row_of_tiles(
    turned: Floats, bound: Floats, start: int, least: float, most: int | None
) -> Iterator[tuple[Indices, Indices, Floats]]:
    """The pairs whose first member is in the tile row at `start`; no further tiles once each has `most`."""
    import numpy as np

    n = len(turned)
    rows = np.arange(start, min(n, start + _TILE[0]))
    count = np.zeros(len(rows), np.int64)
    for first in range(start, n, _TILE[1]):
        i, j, cosine = _tile(turned, bound, rows, first, least)
        upper = i < j
        yield i[upper].astype(np.int32), j[upper].astype(np.int32), cosine[upper]
        if most is not None:
            count += np.bincount(i[upper] - start, minlength=len(rows))
            if count.min() >= most:
                return


def _tile(
    turned: Floats, bound: Floats, rows: NDArray[np.intp], first: int, least: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Pairs of `rows` and one tile's columns from `first` on that are near, by row, with their cosines."""
    import numpy as np

    last = min(len(turned), first + _TILE[1])
    enough = np.float32(least - _MARGIN)
    products = bound[rows] @ bound[first:last].T
    flat = np.flatnonzero(products >= enough)
    whole = bound is turned
    if not whole and len(flat) > _MANY * products.size:
        products = turned[rows] @ turned[first:last].T
        flat = np.flatnonzero(products >= enough)
        whole = True
    i, j = np.divmod(flat, last - first)
    i, j = rows[i], j + first
    cosine = products.reshape(-1)[flat] if whole else dots(turned, i, j)
    near = cosine >= least
    return i[near], j[near], cosine[near]


def _first_near(
    turned: Floats, bound: Floats, rows: NDArray[np.intp], first: int, least: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Columns of one tile that are near any of `rows`, and for each the first such row."""
    import numpy as np

    i, j, _ = _tile(turned, bound, rows, first, least)
    columns, at = np.unique(j, return_index=True)  # pairs come by row, so the first is that of the first row
    return columns, i[at]


def dots(vectors: Floats, i: NDArray[np.integer[Any]], j: NDArray[np.integer[Any]], block: int = 16_384) -> Floats:
    """(len(i),) products of rows, in blocks that bound the memory."""
    import numpy as np

    out = np.empty(len(i), np.float32)
    for s in range(0, len(i), block):
        out[s : s + block] = np.einsum("nd,nd->n", vectors[i[s : s + block]], vectors[j[s : s + block]])
    return out
