"""Lists as a whole: their own background, their size, dense and long ones."""

from __future__ import annotations

import numpy as np
import pytest

from brainstorm.dedup import deduplicate
from brainstorm.dedup.evidence import USUAL_COSINE, Evidence, Overlaps, thinned
from brainstorm.dedup.join import leaders, near_pairs
from brainstorm.dedup.meaning import embed
from brainstorm.dedup.pairs import likeliest
from brainstorm.dedup.reading import read_all
from brainstorm.dedup.same import calibration
from brainstorm.dedup.scale import grow_trees

GIFTS = (
    "A ventilated bee suit", "Subscription to a beekeeping magazine", "Bee-print apron", "Silver bee necklace",
    "Beeswax candle-making kit", "Bee-themed enamel mug", "A cookbook of honey recipes", "Digital hive scale",
    "Honey dipper carved from olive wood", "A bee brush of natural horsehair", "Queen marking pen set",
    "A hand-cranked honey extractor", "Insect hotel for solitary bees", "Homemade granola to go with their honey",
    "A framed vintage print of bee anatomy", "A playlist of songs about bees", "Jigsaw puzzle of a honeycomb",
    "Pollen trap", "A wasp trap", "Wax melting solar box", "Embroidered veil hat", "A leather-bound hive log book",
    "Refractometer for measuring honey moisture", "A cast-iron bee paperweight", "Soap moulds shaped like bees",
)  # fmt: skip


def evidence_on(texts: tuple[str, ...]) -> Evidence:
    known = embed(texts, "default")
    return Evidence(read_all(texts), known.vectors, scale=known.scale)


def test_ideas_on_one_narrow_topic_stay_apart_and_their_repeats_fold() -> None:
    repeats = ("Ventilated beekeeping suit", "Beekeeping magazine subscription", "A digital scale to weigh the hive")
    folding = deduplicate([*GIFTS, *repeats])
    clusters = {frozenset(folding.texts[m] for m in c.members) for c in folding.clusters if len(c.members) > 1}
    assert clusters >= {
        frozenset({"A ventilated bee suit", repeats[0]}),
        frozenset({"Subscription to a beekeeping magazine", repeats[1]}),
        frozenset({"Digital hive scale", repeats[2]}),
    }
    assert sum(len(c) - 1 for c in clusters) <= 5


def test_the_topic_of_a_list_counts_less() -> None:
    plain, whole = evidence_on(GIFTS), evidence_on(GIFTS)
    whole.weigh_topic()
    off = ~np.eye(len(GIFTS), dtype=bool)
    assert abs(whole.gram[off].mean() - USUAL_COSINE) < abs(plain.gram[off].mean() - USUAL_COSINE)
    np.testing.assert_allclose(np.diag(whole.gram), 1, atol=1e-3)
    suit_and_necklace = np.array([0]), np.array([3])
    assert (
        whole.features(*suit_and_necklace, {"related_most"})["related_most"]
        < (plain.features(*suit_and_necklace, {"related_most"})["related_most"])
    )


def test_two_texts_alone_are_no_list() -> None:
    folding = deduplicate(["Use it as a doorstop", "A door stopper"])
    assert len(folding.clusters) == 1


def test_smaller_lists_and_texts_of_unknown_meaning_are_cut_by_their_own_bounds() -> None:
    fitted = calibration()
    few = evidence_on(GIFTS)
    assert fitted.default_cut(few) == fitted.few_same["short/meaning"]
    many = Evidence(few.readings * 10, np.concatenate([few.vectors] * 10))
    assert fitted.default_cut(many) == fitted.same["short/meaning"]
    many.known[:] = False
    assert fitted.default_cut(many) == fitted.same["short/wording"]
    many.known[: len(many.known) // 2] = True
    assert fitted.same["short/wording"] < fitted.default_cut(many) < fitted.same["short/meaning"]


def test_little_words_are_no_evidence_by_wording() -> None:
    for texts in (
        ["a boat", "a dog", "a cat", "a rug", "a pan"],
        ["Use as a boat", "Use as a dog bed", "Use as a cat toy", "Use as a rug"],
    ):
        assert len(deduplicate(texts, embedder=None).clusters) == len(texts)


def test_a_feature_that_is_missing_is_an_error_but_for_the_topic() -> None:
    blend = calibration().blends["long", "full", "meaning"]
    features = {name: np.zeros(1, np.float32) for name in blend.weights if name != "topic_length"}
    assert blend.log_odds(features).shape == (1,)
    del features["tfidf"]
    with pytest.raises(KeyError, match="tfidf"):
        blend.log_odds(features)


def brute_leaders(rows: np.ndarray, least: float) -> list[int]:
    stands: list[int] = []
    for k, row in enumerate(rows):
        kept = [m for m in range(k) if stands[m] == m]
        stands.append(next((m for m in kept if float(row @ rows[m]) >= least), k))
    return stands


@pytest.mark.parametrize("spread", [0.02, 0.3, 1.0])
@pytest.mark.parametrize("d", [16, 128])
def test_leaders_are_those_of_one_pass(spread: float, d: int) -> None:
    rng = np.random.default_rng(int(spread * 100) + d)
    rows = rng.normal(size=(12, d)).repeat(100, axis=0) + spread * rng.normal(size=(1200, d))
    rows = (rows[rng.permutation(1200)] / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    for workers in (1, 3):
        stands = leaders(rows, 0.8, workers=workers)
        assert (stands[stands] == stands).all()
        assert stands.tolist() == brute_leaders(rows, 0.8)


def test_pairs_of_one_vector_can_be_bounded() -> None:
    rows = np.ones((6000, 4), np.float32) / 2
    i, j, _ = near_pairs(rows, 0.9, most=3)
    assert np.bincount(i).tolist() == [3] * 5997 + [2, 1]
    assert (j[i == 7] == [8, 9, 10]).all()


def test_parts_of_a_large_list_are_judged_as_a_small_list_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from brainstorm.dedup import scale

    texts = tuple(f"{gift} {end}" for gift in GIFTS for end in ("for her", "for him", "wrapped in paper"))
    fitted = calibration()
    (tree,) = grow_trees(evidence_on(texts), fitted)
    monkeypatch.setattr(scale, "ALL_PAIRS", 60)
    parts = grow_trees(evidence_on(texts), fitted)
    assert sum(len(part.members) for part in parts) >= 0.9 * len(texts)
    for part in parts:
        assert (part.pair > 0).all()
        both = tree.pair[np.ix_(part.members, part.members)]
        close = np.minimum(both, part.pair) > 0.1
        np.testing.assert_allclose(part.pair[close], both[close], atol=1e-4)


def test_the_sample_for_the_likeliest_pairs_sees_every_column() -> None:
    n = 1600  # a plain stride of n² / 40,000 = 64 divides it
    square = np.zeros((n, n), np.float32)
    square[:, ::64] = 1
    assert likeliest(square, n * 100) == 0  # 1 in 64 pairs is a 1, 1 in 8 was asked for
    assert likeliest(square, n * 5) == 1


def test_long_texts_are_compared_by_the_same_words() -> None:
    words = [f"word{k}" for k in range(4000)]
    one, two = thinned(words, 2), thinned(words[::-1], 2)
    assert one == two[::-1]
    assert 700 < len(one) < 1300
    evidence = Evidence(read_all([" ".join(words), " ".join([*words[:3900], "other"]), " ".join(words[::-1])]), None)
    found = evidence.features(np.array([0, 0]), np.array([1, 2]), {"ratio", "token_sort", "token_set"})
    assert found["ratio"][0] > 0.95 > 0.8 > found["ratio"][1]
    assert found["token_sort"][1] == found["token_set"][1] == 1


def test_shares_do_not_depend_on_the_order_in_which_sets_are_walked() -> None:
    words = [f"w{k}" for k in range(300)]
    weight = dict(zip(words, np.random.default_rng(0).random(300), strict=True)).__getitem__
    pair = np.array([0]), np.array([1])
    one = Overlaps([dict.fromkeys(words), dict.fromkeys(words[:200])], weight).overlap(*pair)
    two = Overlaps([dict.fromkeys(words[::-1]), dict.fromkeys(words[199::-1])], weight).overlap(*pair)
    assert one.tobytes() == two.tobytes()
