"""From evidence to trees: all pairs of a list of ordinary size, candidate pairs of a large one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainstorm.dedup.join import lead, near_pairs, rank
from brainstorm.dedup.linkage import Tree
from brainstorm.dedup.pairs import all_pairs, pairs_among
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

_MOST_A_TEXT = 200
"""Pairs by meaning to be content with for one text: enough to link it; all pairs of what is linked are judged."""

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
            return (Tree(list(range(n)), pair, vote(pair)),)
        return tuple(_trees_of_many(evidence, fitted))


def _trees_of_many(evidence: Evidence, fitted: Calibration) -> list[Tree]:
    """Trees of the connected parts of the graph of likely pairs; all pairs of a part are judged."""
    import numpy as np

    i, j = candidates(evidence)
    p = np.empty(len(i), np.float32)
    for s in range(0, len(i), _BLOCK):
        p[s : s + _BLOCK] = full(evidence, i[s : s + _BLOCK], j[s : s + _BLOCK], fitted)
    parts = _parts(_Part(np.arange(len(evidence.readings)), i, j, p), LINKED)
    return _grown(parts, evidence, fitted)


@dataclass(frozen=True)
class _Part:
    """Some texts, ascending, and the candidate pairs i < j among them with their probabilities."""

    members: Indices
    i: Indices
    j: Indices
    p: Floats


def _parts(whole: _Part, floor: float) -> list[_Part]:
    """Parts of 2 to `ALL_PAIRS` texts, linked by pairs from `floor` up, or more in parts that would be larger."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    texts = whole.members
    a, b = np.searchsorted(texts, whole.i), np.searchsorted(texts, whole.j)
    linked = whole.p >= floor
    links = np.ones(np.count_nonzero(linked), np.int8)
    graph = coo_array((links, (a[linked], b[linked])), shape=(len(texts), len(texts)))
    _, part = connected_components(graph, directed=False)
    sizes = np.bincount(part)
    order = np.argsort(part, kind="stable")
    ends = np.cumsum(sizes)
    inside = np.flatnonzero(part[a] == part[b])
    by_part = inside[np.argsort(part[a[inside]], kind="stable")]
    edge_ends = np.searchsorted(part[a[by_part]], np.arange(len(sizes)), side="right")
    parts: list[_Part] = []
    for number in np.flatnonzero(sizes > 1).tolist():
        members = texts[order[ends[number] - sizes[number] : ends[number]]]
        edges = by_part[edge_ends[number - 1] if number else 0 : edge_ends[number]]
        found = _Part(members, whole.i[edges], whole.j[edges], whole.p[edges])
        if len(members) <= ALL_PAIRS:
            parts.append(found)
        elif floor < _HIGHEST_FLOOR:
            parts += _parts(found, floor + _FLOOR_STEP)
        else:
            parts += _led(found)
    return parts


_FLOOR_STEP = 0.05
"""What the floor is raised by for a part that is too large: little, as what it parts can no longer be folded."""

_HIGHEST_FLOOR = 0.95
"""A part still too large at this probability is made of copies: each goes to the first text it matches."""


def _led(part: _Part) -> list[_Part]:
    """Texts that directly match one leader, in parts of at most `ALL_PAIRS`."""
    import numpy as np

    order = np.lexsort((part.j, part.i))
    a, b = np.searchsorted(part.members, part.i), np.searchsorted(part.members, part.j)
    sure = order[part.p[order] >= _HIGHEST_FLOOR]
    stands = lead(len(part.members), a[sure], b[sure])
    by_leader = np.argsort(stands, kind="stable")
    place = np.empty(len(stands), np.intp)
    place[by_leader] = rank(stands[by_leader])
    group = stands * len(stands) + place // ALL_PAIRS  # a number for each part
    inside = np.flatnonzero(group[a] == group[b])
    edges = inside[np.argsort(group[a[inside]], kind="stable")]
    edge_group = group[a[edges]]
    parts = []
    for members in np.split(by_leader, np.flatnonzero(np.diff(group[by_leader])) + 1):
        first, last = np.searchsorted(edge_group, group[members[0]] + np.arange(2))
        mine = edges[first:last]
        if len(members) > 1:
            parts.append(_Part(part.members[members], part.i[mine], part.j[mine], part.p[mine]))
    return parts


_SMALL = 24
"""Texts of a part up to which its missing pairs are judged together with those of others, all of them closely."""


def _grown(parts: list[_Part], evidence: Evidence, fitted: Calibration) -> list[Tree]:
    """A tree for each part, from all pairs of its texts."""
    import numpy as np

    squares: dict[int, Floats] = {}
    missing: list[tuple[int, Indices, Indices]] = []
    for number, part in enumerate(parts):
        m = len(part.members)
        if m > _SMALL:
            continue
        square = squares[number] = np.full((m, m), -1, np.float32)
        a, b = np.searchsorted(part.members, part.i), np.searchsorted(part.members, part.j)
        square[a, b] = square[b, a] = part.p
        np.fill_diagonal(square, 1)
        if len(part.i) < m * (m - 1) // 2:
            a, b = np.nonzero(np.triu(square < 0))
            missing.append((number, a, b))
    if missing:
        i = np.concatenate([parts[n].members[a] for n, a, _ in missing])
        j = np.concatenate([parts[n].members[b] for n, _, b in missing])
        p = np.concatenate(
            [full(evidence, i[s : s + _BLOCK], j[s : s + _BLOCK], fitted) for s in range(0, len(i), _BLOCK)]
        )
        ends = np.cumsum([len(a) for _, a, _ in missing])
        for (number, a, b), end in zip(missing, ends.tolist(), strict=True):
            squares[number][a, b] = squares[number][b, a] = p[end - len(a) : end]
    trees = []
    for number, part in enumerate(parts):
        pair = squares.pop(number, None)
        if pair is None:
            places = (np.searchsorted(part.members, part.i), np.searchsorted(part.members, part.j))
            pair = pairs_among(part.members, evidence, fitted, (*places, part.p))
        trees.append(Tree(part.members.tolist(), pair, vote(pair)))
    return trees


def candidates(evidence: Evidence) -> tuple[Indices, Indices]:
    """Pairs i < j worth judging in a large list: near in meaning, or sharing rare words; sorted, each once."""
    import numpy as np

    n = len(evidence.readings)
    i, j = _by_rare_words(evidence.readings)
    codes = [i * n + j]
    if evidence.vectors is not None and evidence.known.any():
        a, b, _ = near_pairs(evidence.vectors, _least_cosine(evidence.vectors, evidence.scale), most=_MOST_A_TEXT)
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
