"""From evidence to trees: all pairs of a list of ordinary size, candidate pairs of a large one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brainstorm.dedup.join import lead, near_pairs
from brainstorm.dedup.linkage import Tree, grow
from brainstorm.dedup.pairs import all_pairs
from brainstorm.dedup.quiet import one_thread
from brainstorm.dedup.reading import Reading
from brainstorm.dedup.same import full
from brainstorm.dedup.vote import vote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.same import Calibration

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

ALL_PAIRS = 3000
"""Distinct texts up to which every pair is judged: 200 MB, about a second."""

_PAIRS_A_TEXT = 40
"""Pairs a text, on average, to look for in larger lists, if the cosine that takes is high enough."""

_LEAST_COSINE = ((25_000, 0.55), (150_000, 0.8))
"""Least cosine looked for, up to how many texts; beyond, `_NEAR`. Lower ones take too long: the time grows with
the square of the texts, and below about 0.8 few pairs can be told from few dimensions."""

_NEAR = 0.9

_RARE_WORDS = 4
"""Rarest words of a text, of which two shared ones make a candidate pair by wording."""

_CROWD = 40
"""Texts that share two rare words from which only neighbours in the list are paired."""

LINKED = 0.05
"""Least probability of a pair that links two texts of a large list."""

_BLOCK = 500_000


def grow_trees(evidence: Evidence, fitted: Calibration) -> tuple[Tree, ...]:
    """Average-linkage trees; texts in none of them stand alone."""
    n = len(evidence.readings)
    with one_thread():
        evidence.weigh_topic(1 - fitted.list_longness(evidence))
        if n <= ALL_PAIRS:
            pair = all_pairs(evidence, fitted)
            return (grow(list(range(n)), pair, vote(pair)),)
        return tuple(_trees_of_many(evidence, fitted))


def _trees_of_many(evidence: Evidence, fitted: Calibration) -> list[Tree]:
    """Trees of the connected parts of the graph of likely pairs. Pairs that are no candidates count as 0."""
    import numpy as np

    n = len(evidence.readings)
    i, j = candidates(evidence)
    p = np.empty(len(i), np.float32)
    for s in range(0, len(i), _BLOCK):
        p[s : s + _BLOCK] = full(evidence, i[s : s + _BLOCK], j[s : s + _BLOCK], fitted)
    linked = p >= LINKED
    return _link(np.arange(n), i[linked], j[linked], p[linked], LINKED)


def _link(texts: Indices, i: Indices, j: Indices, p: Floats, floor: float) -> list[Tree]:
    """Trees of the connected parts among `texts`; parts too large for one are cut at a higher probability."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    place = np.full(int(texts.max()) + 1, -1)
    place[texts] = np.arange(len(texts))
    graph = coo_array((np.ones(len(i), np.int8), (place[i], place[j])), shape=(len(texts), len(texts)))
    _, part = connected_components(graph, directed=False)
    sizes = np.bincount(part)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(sizes)
    edge_part = part[place[i]]
    by_part = np.argsort(edge_part, kind="stable")
    edge_ends = np.searchsorted(edge_part[by_part], np.arange(len(sizes)), side="right")
    trees: list[Tree] = []
    for number in np.flatnonzero(sizes > 1).tolist():
        members = texts[order[ends[number] - sizes[number] : ends[number]]]
        edges = by_part[edge_ends[number - 1] if number else 0 : edge_ends[number]]
        a, b, q = i[edges], j[edges], p[edges]
        if len(members) <= ALL_PAIRS:
            trees.append(_tree(members, a, b, q))
        elif floor < _HIGHEST_FLOOR:
            higher = floor + (1 - floor) / 4
            keep = q >= higher
            trees += _link(members, a[keep], b[keep], q[keep], higher)
        else:
            trees += _led(members, a, b, q)
    return trees


_HIGHEST_FLOOR = 0.95
"""A part still too large at this probability is made of copies: each goes to the first text it matches."""


def _tree(members: Indices, i: Indices, j: Indices, p: Floats) -> Tree:
    import numpy as np

    m = len(members)
    pair = np.zeros((m, m), np.float32)
    a, b = np.searchsorted(members, i), np.searchsorted(members, j)
    pair[a, b] = pair[b, a] = p
    np.fill_diagonal(pair, 1)
    return grow(members.tolist(), pair, vote(pair))


def _led(members: Indices, i: Indices, j: Indices, p: Floats) -> list[Tree]:
    """Trees of texts that directly match one leader, in parts of at most `ALL_PAIRS`."""
    import numpy as np

    a, b = np.searchsorted(members, i), np.searchsorted(members, j)
    order = np.lexsort((b, a))
    stands = lead(len(members), a[order], b[order])
    group_of = stands[a]
    trees = []
    for leader in np.unique(stands).tolist():
        group = np.flatnonzero(stands == leader)
        inside = (group_of == leader) & (stands[b] == leader)
        for s in range(0, len(group), ALL_PAIRS):
            part = members[group[s : s + ALL_PAIRS]]
            edges = inside & np.isin(i, part) & np.isin(j, part)
            if len(part) > 1:
                trees.append(_tree(part, i[edges], j[edges], p[edges]))
    return trees


def candidates(evidence: Evidence) -> tuple[Indices, Indices]:
    """Pairs i < j worth judging in a large list: near in meaning, or sharing rare words; sorted, each once."""
    import numpy as np

    n = len(evidence.readings)
    i, j = _by_rare_words(evidence.readings)
    codes = [i * n + j]
    if evidence.vectors is not None and evidence.known.any():
        a, b, _ = near_pairs(evidence.vectors, _least_cosine(evidence.vectors, evidence.scale))
        codes.append(a.astype(np.int64) * n + b)
    code = np.unique(np.concatenate(codes))
    return np.divmod(code, n)


def _least_cosine(vectors: Floats, scale: tuple[float, float]) -> float:
    """The cosine to look for: that of the nearest `_PAIRS_A_TEXT` pairs a text, within what takes sensible time."""
    import numpy as np

    n = len(vectors)
    floor = next((cosine for most, cosine in _LEAST_COSINE if n <= most), _NEAR)
    rows = vectors[:: max(1, n // 500)]
    others = vectors[:: max(1, n // 20_000)]
    products = (rows @ others.T).ravel()
    share = min(1.0, 2 * _PAIRS_A_TEXT / n)
    slope, offset = scale
    low, high = ((cosine - offset) / slope for cosine in (floor, _NEAR))
    return float(np.clip(np.quantile(products, 1 - share), max(low, 0.05), min(max(high, 0.05), 0.99)))


def _by_rare_words(readings: Sequence[Reading]) -> tuple[Indices, Indices]:
    """Pairs i < j that share two of their rarest words."""
    import numpy as np

    ids: dict[str, int] = {}
    bags = [[ids.setdefault(w, len(ids)) for w in dict.fromkeys(r.words)] for r in readings]
    counts = np.zeros(len(ids) + 1, np.int64)
    for bag in bags:
        counts[bag] += 1
    count = counts.tolist()
    keys: list[int] = []
    texts: list[int] = []
    base = len(ids) + 1
    for k, bag in enumerate(bags):
        rare = sorted(sorted((w for w in bag if count[w] > 1), key=lambda w: (count[w], w))[:_RARE_WORDS])
        made = [rare[x] * base + rare[y] for x in range(len(rare)) for y in range(x + 1, len(rare))]
        keys += made
        texts += [k] * len(made)
    key, text = np.array(keys, np.int64), np.array(texts, np.int64)
    order = np.lexsort((text, key))
    key, text = key[order], text[order]
    first: list[Indices] = [np.zeros(0, np.int64)]
    second: list[Indices] = [np.zeros(0, np.int64)]
    crowd = np.repeat(*_runs(key)) > _CROWD if len(key) else np.zeros(0, bool)
    for step in range(1, _CROWD):
        match = key[step:] == key[:-step]
        if step > 1:  # in a crowd each text is paired with the next one only
            match &= ~crowd[step:]
        if not match.any():
            break
        first.append(text[:-step][match])
        second.append(text[step:][match])
    return np.concatenate(first), np.concatenate(second)


def _runs(key: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lengths of the runs of equal sorted keys, twice: each to be repeated as often as it is long."""
    import numpy as np

    edges = np.flatnonzero(np.r_[True, key[1:] != key[:-1], True])
    lengths = np.diff(edges)
    return lengths, lengths
