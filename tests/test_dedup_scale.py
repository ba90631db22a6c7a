"""Large lists: the exact join, candidates, linkage inside components."""

from __future__ import annotations

import random

import numpy as np
import pytest

from brainstorm.dedup import deduplicate, scale
from brainstorm.dedup.join import leaders, near_pairs
from brainstorm.dedup.linkage import constrained


def unit_rows(n: int, d: int, seed: int) -> np.ndarray:
    """Random directions, most of their length in few dimensions; a third are near copies."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, d)) / np.sqrt(1 + np.arange(d))
    copies = rng.integers(0, n, n // 3)
    rows[: n // 3] = rows[copies] + 0.02 * rng.normal(size=(n // 3, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(2, 8), (700, 32), (1500, 256), (5000, 256)])
@pytest.mark.parametrize("least", [0.5, 0.9])
def test_the_join_finds_every_pair_that_brute_force_finds(n: int, d: int, least: float) -> None:
    rows = unit_rows(n, d, n)
    products = rows @ rows.T
    sure = np.argwhere(np.triu(products >= least + 1e-5, 1))
    maybe = np.argwhere(np.triu(products >= least - 1e-5, 1))
    i, j, cosine = near_pairs(rows, least)
    found = set(zip(i.tolist(), j.tolist(), strict=True))
    assert len(found) == len(i)
    assert {tuple(p) for p in sure.tolist()} <= found <= {tuple(p) for p in maybe.tolist()}
    np.testing.assert_allclose(cosine, products[i, j], atol=1e-5)


def test_the_join_is_the_same_with_more_workers() -> None:
    rows = unit_rows(3000, 128, 1)
    one, two = near_pairs(rows, 0.8, workers=1), near_pairs(rows, 0.8, workers=3)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


def test_leaders_keep_no_duplicate_pair_and_every_dropped_one_matches_its_leader() -> None:
    rows = unit_rows(2000, 128, 2)
    stands = leaders(rows, 0.9)
    kept = np.flatnonzero(stands == np.arange(len(rows)))
    assert len(kept) < len(rows)
    among = rows[kept] @ rows[kept].T
    np.fill_diagonal(among, 0)
    assert among.max() < 0.9
    assert (np.einsum("nd,nd->n", rows, rows[stands]) >= 0.9 - 1e-5).all()


def many(n: int) -> list[str]:
    rng = random.Random(3)
    heads, tails = ("gar", "mel", "tor", "pin", "vol", "rak", "sul"), ("den", "ona", "ip", "ust")
    words = [a + b for a in heads for b in tails]
    made = [f"A {rng.choice(words)} for the {rng.choice(words)} of {rng.choice(words)} number" for _ in range(n)]
    return [*made, *(f"{t.lower()}!" for t in made[: n // 5])]


def test_large_lists_fold_as_small_ones_do(monkeypatch: pytest.MonkeyPatch) -> None:
    verbs, things, places = (
        ("Grow", "Sell"),
        ("tomatoes", "boats", "hats"),
        ("at night", "with friends", "at sea"),
    )
    texts = [f"{a} {b} {c}" for a in verbs for b in things for c in places]
    texts += [t.upper() for t in texts[:10]] + [t.replace("with", "together with") for t in texts]
    small = deduplicate(texts, same=0.6)
    monkeypatch.setattr(scale, "ALL_PAIRS", 20)
    large = deduplicate(texts, same=0.6)
    pairs = [
        {(a, b) for c in folding.clusters for a in c.members for b in c.members if a < b} for folding in (small, large)
    ]
    assert len(pairs[0] & pairs[1]) >= 0.6 * len(pairs[0])
    rng = random.Random(1)
    order = list(range(len(texts)))
    rng.shuffle(order)
    again = deduplicate([texts[k] for k in order], same=0.6)
    assert {frozenset(again.texts[m] for m in c.members) for c in again.clusters} == {
        frozenset(large.texts[m] for m in c.members) for c in large.clusters
    }


def test_large_lists_fold_by_wording_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "ALL_PAIRS", 50)
    texts = many(120)
    folding = deduplicate(texts, embedder=None)
    cluster = {m: n for n, c in enumerate(folding.clusters) for m in c.members}
    assert all(cluster[k] == cluster[120 + k] for k in range(24))


def test_a_component_too_large_is_cut_and_copies_are_led(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "ALL_PAIRS", 10)
    monkeypatch.setattr(scale, "_HIGHEST_FLOOR", 0.2)
    kinds = ("old", "new", "big", "wet", "dry", "red")
    texts = [f"Plant a tree in the {kind} garden of the town" for kind in kinds]
    texts += [f"{t} {w}" for t in texts for w in ("today", "tomorrow", "on sunday", "at noon")]
    folding = deduplicate(texts, same=0.3)
    assert sorted(m for c in folding.clusters for m in c.members) == list(range(len(texts)))


def test_constrained_linkage_agrees_with_scipy_where_nothing_is_forbidden() -> None:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    rng = np.random.default_rng(0)
    for m in (2, 5, 17, 40):
        square = rng.random((m, m))
        square = ((square + square.T) / 2).astype(np.float32)
        np.fill_diagonal(square, 1)
        labels = fcluster(linkage(1 - squareform(square, checks=False), "average"), 0.5, "distance")
        expected = {frozenset(np.flatnonzero(labels == x).tolist()) for x in set(labels.tolist())}
        found = constrained(square, np.zeros((m, m), bool), 0.5)
        assert {frozenset(g) for g in found} == expected


def test_constrained_linkage_never_joins_a_forbidden_pair() -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        m = 12
        square = rng.random((m, m))
        square = ((square + square.T) / 2).astype(np.float32)
        forbidden = rng.random((m, m)) < 0.2
        forbidden |= forbidden.T
        np.fill_diagonal(forbidden, False)
        groups = constrained(square, forbidden, 0.2)
        assert sorted(k for g in groups for k in g) == list(range(m))
        assert not any(forbidden[a, b] for g in groups for a in g for b in g)
