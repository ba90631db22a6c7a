"""Folding: probabilities, clusters, receipts, moving the cut, splitting and joining."""

from __future__ import annotations

import gc
import random
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding

from brainstorm.dedup import Folder, Folding, compare, deduplicate, fold, quiet
from brainstorm.dedup.reading import read
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import BriefError, EmbeddingError

IDEAS = [
    "Use it as a planter", "use it as a plant pot", "Plant flowers in it", "- Use it as a planter!",
    "As a doorstop", "door stop", "A door stopper", "A home for a pet mouse", "Throw it at a burglar",
    "Hit a burglar with it", "Make a clock out of it", "Hide money inside", "Keep your savings in it",
    "Store coins inside", "A hat for a tiny dog", "Paint it and hang it on the wall", "Wall decoration",
    "Walk 5 km a day in it", "Walk 10 km a day in it", "Melt it down",
]  # fmt: skip


def texts_of(folding: Folding) -> set[frozenset[str]]:
    return {frozenset(folding.texts[m] for m in c.members) for c in folding.clusters}


@pytest.fixture(scope="module")
def folding() -> Folding:
    return deduplicate(IDEAS, topic="uses for a shoe")


def test_every_text_is_in_one_cluster_and_clusters_stand_in_order(folding: Folding) -> None:
    members = [m for c in folding.clusters for m in c.members]
    assert sorted(members) == list(range(len(IDEAS)))
    assert [c.members[0] for c in folding.clusters] == sorted(c.members[0] for c in folding.clusters)
    assert all(c.representative in c.members for c in folding.clusters)


def test_what_people_call_the_same_is_folded(folding: Folding) -> None:
    clusters = texts_of(folding)
    assert frozenset({"As a doorstop", "door stop", "A door stopper"}) in clusters
    assert any({"Use it as a planter", "use it as a plant pot"} <= c for c in clusters)
    assert frozenset({"Melt it down"}) in clusters


def test_every_merge_has_a_receipt(folding: Folding) -> None:
    kept = {c.representative for c in folding.clusters}
    assert {m.folded for m in folding.merges} == set(range(len(IDEAS))) - kept
    for merge in folding.merges:
        assert merge.kept in kept
        assert 0 <= merge.wording <= 1
        assert merge.meaning is not None
        assert -1 <= merge.meaning <= 1.0001
        assert 0 <= merge.probability <= 1
        assert merge.rule in ("exact", "linkage")
    pair = deduplicate([IDEAS[0], IDEAS[3]]).merges[0]
    assert ({pair.kept, pair.folded}, pair.rule, pair.probability, pair.wording) == ({0, 1}, "exact", 1.0, 1.0)


def test_the_cut_moves_both_ways_and_back(folding: Folding) -> None:
    finer, coarser = folding.at(0.6), folding.at(0.05)
    assert len(coarser.clusters) < len(folding.clusters) < len(finer.clusters)
    assert finer.at(folding.same) == folding
    assert {frozenset(c.members) for c in folding.at(1.0).clusters} >= {frozenset({0, 3}), frozenset({19})}


def test_folding_again_does_not_embed_again() -> None:
    calls = []

    def embedder(texts: list[str]) -> np.ndarray:
        calls.append(len(texts))
        rows: np.ndarray = resolve_embedder("default").embed(texts)  # type: ignore[union-attr]
        return rows

    folding = deduplicate(IDEAS, embedder=embedder)
    made = len(calls)
    folding.at(0.5).split(0).join(0, 19).at(0.1)
    assert len(calls) == made


def test_split_and_join_hold_whatever_the_cut(folding: Folding) -> None:
    split = folding.split(4)
    assert frozenset({"As a doorstop"}) in texts_of(split)
    assert frozenset({"As a doorstop"}) in texts_of(split.at(0.05))
    joined = folding.join(7, 19)
    assert any({IDEAS[7], IDEAS[19]} <= c for c in texts_of(joined.at(0.9)))
    receipt = next(m for m in joined.merges if {m.kept, m.folded} & {7, 19})
    assert receipt.rule == "joined"
    assert texts_of(split.join(4, 5)) == texts_of(folding)
    guarded = folding.join(17, 18)
    assert any({IDEAS[17], IDEAS[18]} <= c for c in texts_of(guarded))
    for wrong in (20, -1):
        with pytest.raises(IndexError, match="0 to 19") as told:
            folding.split(wrong)
        assert isinstance(told.value, BriefError)
        assert told.value.hint
    for odd in ("x", 1.0, True, None):
        with pytest.raises(BriefError, match="must be an integer") as told_odd:
            folding.join(0, odd)  # type: ignore[arg-type]
        assert told_odd.value.hint
    assert folding.split(np.int64(4)) == folding.split(4)  # type: ignore[arg-type]


def test_a_hundred_shuffles_give_identical_clusters(folding: Folding) -> None:
    rng = random.Random(0)
    expected = texts_of(folding)
    best = {folding.texts[c.representative] for c in folding.clusters}
    for _ in range(100):
        texts = list(IDEAS)
        rng.shuffle(texts)
        again = deduplicate(texts, topic="uses for a shoe")
        assert texts_of(again) == expected
        assert {again.texts[c.representative] for c in again.clusters} == best


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=12), st.floats(0, 1))
def test_any_texts_fold(texts: list[str], same: float) -> None:
    folding = deduplicate(texts, same=same)
    assert sorted(m for c in folding.clusters for m in c.members) == list(range(len(texts)))
    assert len(folding.merges) == len(texts) - len(folding.clusters)
    assert texts_of(deduplicate(texts[::-1], same=same)) == texts_of(folding)


def test_the_representative_is_the_clearest_not_the_first() -> None:
    texts = [
        "pot",
        "Use the shoe as a plant pot",
        "Use the old shoe as a pot for plants",
        "You could, if you wanted to, use the shoe as a pot for a plant, or for several plants, on the balcony",
    ]
    folding = deduplicate(texts, same=0.01)
    assert len(folding.clusters) == 1
    assert folding.clusters[0].representative in (1, 2)


def test_compare_agrees_with_folding_and_explains() -> None:
    same = compare("Use it as a flower pot", "As a pot for flowers")
    assert same.same
    assert same.rule == "linkage"
    assert same.probability > 0.3
    other = compare("Use it as a flower pot", "Hammer nails with it")
    assert not other.same
    assert other.probability < same.probability
    assert compare("A cat.", "a  CAT").rule == "exact"
    assert compare("C++ for kids", "C# for kids").rule != "exact"


def test_long_answers_are_judged_by_their_wording_too() -> None:
    body = "The committee met on a rainy day to speak about the school and its garden. " * 8
    other = "Volcanoes form where the crust is thin, and molten rock rises through the cracks. " * 8
    assert compare(body + "They planted trees.", body + "Trees were planted.").same
    assert not compare(body, other).same


def test_wording_alone_folds_without_an_embedder() -> None:
    folding = deduplicate(["Plant a tree", "plant trees", "Sell the car"], embedder=None)
    assert texts_of(folding) == {frozenset({"Plant a tree", "plant trees"}), frozenset({"Sell the car"})}
    assert all(m.meaning is None for m in folding.merges)
    assert folding.notes == ()


@pytest.mark.parametrize(
    "texts",
    [
        ["猫のためのカフェを開く", "猫のためのカフェを開く。", "犬の学校を作る", "古い靴で花を育てる"],
        ["Открыть кафе для кошек", "Открыть кафе для кошек!", "Построить школу", "Продать старую обувь"],
        [
            "Ein Café für Katzen eröffnen",
            "Eröffnen: ein Café für Katzen",
            "Alte Schuhe bepflanzen",
            "Hüte stricken",
        ],
    ],
)
def test_other_languages_are_said_and_folded_by_wording(texts: list[str]) -> None:
    folding = deduplicate(texts)
    assert "wording alone" in folding.notes[0]
    assert any({texts[0], texts[1]} <= c for c in texts_of(folding))
    assert len(folding.clusters) == 3


def test_vectors_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(EmbeddingError, match="one row a text"):
        fold(["a", "b"], np.ones((3, 4), np.float32))
    with pytest.raises(ValueError, match="from 0"):
        fold(["a", "b"], None, same=1.5)


def test_an_empty_list_folds_to_nothing() -> None:
    assert deduplicate([]).clusters == ()
    assert len(deduplicate(["one idea"]).clusters) == 1
    assert len(deduplicate(["", "  ", "?"]).merges) >= 1


def test_texts_are_placed_as_they_arrive() -> None:
    embedder = resolve_embedder("default")
    assert embedder is not None
    folder = Folder(topic="uses for a shoe")
    placed = [folder.add(t, v) for t, v in zip(IDEAS, embedder.embed(IDEAS), strict=True)]
    assert [p.index for p in placed] == list(range(len(IDEAS)))
    assert placed[0].parent is None
    assert placed[3].parent == 0
    assert placed[3].receipt is not None
    assert placed[3].receipt.rule == "exact"
    assert placed[5].parent == 4
    assert placed[6].count == 3
    assert placed[18].parent is None
    final = folder.finish()
    assert texts_of(final) == texts_of(deduplicate(IDEAS, topic="uses for a shoe"))
    assert bool(folder.moved(final)) == any("when they arrived" in note for note in final.notes)


def test_texts_are_placed_without_vectors_too() -> None:
    folder = Folder()
    assert folder.add("Plant a tree", None).parent is None
    assert folder.add("plant trees", None).parent == 0
    assert folder.add("Sell the car", None).parent is None
    assert len(folder.finish().clusters) == 2


def test_importing_stays_light() -> None:
    code = (
        "import sys, brainstorm.dedup, brainstorm.embedding;"
        "heavy = {'numpy', 'scipy', 'rapidfuzz', 'langchain', 'tokenizers', 'wordllama', 'threadpoolctl'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["a", None], "text 1 is NoneType"),
        (["a", 3], "text 1 is int"),
        ([b"a"], "text 0 is bytes"),
        ("abc", "one str"),
        (None, "NoneType"),
        (7, "list of texts"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(texts: object, message: str) -> None:
    for takes in (deduplicate, lambda t: fold(t, None)):
        with pytest.raises(BriefError, match=message):
            takes(texts)  # type: ignore[operator]


def test_any_iterable_of_texts_folds() -> None:
    texts = ["a door stop", "a boat", "A door stop."]
    expected = deduplicate(texts)
    assert (
        deduplicate(t for t in texts) == deduplicate(np.array(texts)) == deduplicate(dict.fromkeys(texts)) == expected
    )
    assert len(deduplicate(set(texts)).clusters) == 2


@pytest.mark.parametrize("same", ["0.5", True, float("nan"), -0.1, 1.1, [0.5]])
def test_a_cut_that_is_no_probability_is_refused(same: object) -> None:
    folding = deduplicate(["a", "b"])
    for takes in (
        lambda: deduplicate(["a"], same=same),  # type: ignore[arg-type]
        lambda: compare("a", "b", same=same),  # type: ignore[arg-type]
        lambda: folding.at(same),  # type: ignore[arg-type]
        lambda: Folder(same=same),  # type: ignore[arg-type]
    ):
        with pytest.raises(BriefError, match="same is"):
            takes()


def test_signs_are_compared_as_they_are() -> None:
    for a, b in [("🎁", "🐝"), ("→", "←"), ("", "🎁"), ("!!!", "???")]:
        assert not compare(a, b).same
    for a, b in [("🎁", " 🎁 "), ("", "  "), ("soft\u00adware", "software"), ("Bee hotel 🐝", "bee hotel")]:
        assert compare(a, b).rule == "exact"


def test_words_of_other_scripts_are_read_whole() -> None:
    assert read("नीला दुपट्टा").words == ("नीला", "दुपट्टा")
    assert read("猫のカフェ").words == ("猫", "の", "カフェ")
    hindi = ["तीन दिन का कोर्स", "लाल दुपट्टा", "नीला दुपट्टा", "बिना नमक की रोटी", "मधुमक्खियों की किताब"]
    assert len(deduplicate(hindi).clusters) == len(hindi)
    assert compare("门挡", "用作门挡").same
    assert compare("猫カフェ", "猫のカフェ").same


@pytest.mark.parametrize(
    "texts",
    [
        ["Open een café voor katten of honden", "Is er een park of een tuin in de buurt", "Een hotel op het dak"],
        ["Byg en legeplads for børn", "Åbn en café for katte", "Lav en klub for bagere"],
        ["Plant trær i parken", "Gi bort gamle klær", "Bruk den som dørstopper"],
    ],
)
def test_languages_near_english_are_noted_alone_and_among_english(texts: list[str]) -> None:
    assert f"{len(texts)} of {len(texts)}" in deduplicate(texts).notes[0]
    english = ["A café for cats", "Crème brûlée workshop", "Hire a band to play", "Sell the car"]
    found = re.search(r"language of (\d) of 7 texts", deduplicate([*texts, *english]).notes[0])
    assert found
    assert len(texts) - 1 <= int(found[1]) <= len(texts)  # one of them may be taken for English among English
    assert deduplicate(english).notes == ()
    multilingual = deduplicate(texts, embedder=DeterministicFakeEmbedding(size=8)).notes
    assert len(multilingual) == 1
    assert "not in English" in multilingual[0]


def test_split_keeps_what_was_joined_through_a_text() -> None:
    texts = ["Throw it at a burglar", "As a doorstop", "door stop", "A door stopper", "Melt it down", "Sing a song"]

    def groups(folding: Folding) -> set[tuple[int, ...]]:
        return {c.members for c in folding.clusters}

    folding = deduplicate(texts)
    assert groups(folding) == {(0,), (1, 2, 3), (4,), (5,)}
    joined = folding.join(1, 4)
    assert (1, 2, 3, 4) in groups(joined)
    assert {(1,), (2, 3, 4)} <= groups(joined.split(1))
    assert {(1, 2, 3), (4,)} <= groups(joined.split(4))
    assert {(1,), (2,), (3, 4)} <= groups(joined.split(1, 2))
    star = joined.join(1, 5)
    assert {(1,), (2, 3, 4, 5)} <= groups(star.split(1))
    chain = folding.join(0, 4).join(4, 5)
    assert {(4,), (0, 5)} <= groups(chain.split(4))


def test_receipts_name_the_mean_that_decided(folding: Folding) -> None:
    linked = [m for m in folding.merges if m.rule == "linkage"]
    assert linked
    for merge in linked:
        assert merge.mean is not None
        assert merge.mean >= folding.same - 1e-6
    assert all(m.mean is None for m in folding.merges if m.rule != "linkage")
    pair = deduplicate(["As a doorstop", "door stop"]).merges[0]
    assert pair.mean == pytest.approx(pair.probability, abs=1e-5)


def test_receipts_of_a_long_list_give_no_pair_zero() -> None:
    places = [
        f"{a} {b}" for a in ("park", "roof", "cellar", "garden", "harbour") for b in ("north", "old", "green", "wet")
    ]
    things = ["roses", "bread", "boats", "songs", "lamps", "maps", "shoes", "books", "clocks", "soup"]
    acts = [
        "Sell",
        "Paint",
        "Hide",
        "Swap",
        "Count",
        "Lend",
        "Film",
        "Draw",
        "Bury",
        "Wash",
        "Rent",
        "Mend",
        "Burn",
        "Fold",
        "Weigh",
        "Store",
    ]
    folding = deduplicate([f"{a} {t} in the {p}" for a in acts for t in things for p in places])
    linked = [m for m in folding.merges if m.rule == "linkage"]
    assert linked
    assert all(m.probability > 0 for m in linked)


def test_an_exact_copy_is_measured_against_its_parent() -> None:
    folder = Folder()
    folder.add("Plant a tree", None)
    near = folder.add("plant trees", None)
    copy = folder.add("Plant trees!", None)
    assert near.receipt is not None
    assert copy.receipt is not None
    assert (copy.parent, copy.receipt.kept, copy.receipt.rule) == (0, 0, "linkage")
    assert copy.receipt.probability == pytest.approx(near.receipt.probability)
    assert copy.receipt.wording < 1
    again = folder.add("plant a tree", None)
    assert again.receipt is not None
    assert (again.receipt.rule, again.receipt.probability) == ("exact", 1.0)


def test_a_folder_takes_vectors_for_some_texts_only() -> None:
    embedder = resolve_embedder("default")
    assert embedder is not None
    folder = Folder()
    for k, idea in enumerate(IDEAS * 8):
        text = f"{idea} {chr(97 + k // len(IDEAS))}"
        folder.add(text, None if k % 3 else embedder.embed([text])[0])
    final = folder.finish()
    assert len(final.texts) == 8 * len(IDEAS)
    known = {m.meaning is not None for m in final.merges if m.kept % 3 == 0 and m.folded % 3 == 0}
    unknown = {m.meaning is not None for m in final.merges if m.kept % 3 or m.folded % 3}
    assert (known, unknown) == ({True}, {False})


@pytest.mark.parametrize("bad", [[float("nan"), 0.0], [1.0], [[1.0, 0.0]], ["a", "b"], []])
def test_what_a_folder_refuses_leaves_it_as_it_was(bad: object) -> None:
    folder = Folder()
    folder.add("Sell the car", [1.0, 0.0])
    with pytest.raises(EmbeddingError):
        folder.add("Plant a tree", bad)  # type: ignore[arg-type]
    with pytest.raises(BriefError, match="text is"):
        folder.add(3, None)  # type: ignore[arg-type]
    assert folder.add("Plant a tree", [0.0, 2.0]).index == 1
    assert folder.finish().texts == ("Sell the car", "Plant a tree")


def test_overlapping_folds_leave_threads_and_collector_as_they_were() -> None:
    from threadpoolctl import threadpool_info

    def blas() -> list[int]:
        return [d["num_threads"] for d in threadpool_info() if d["user_api"] == "blas"]

    before = blas()
    first, second, third = threading.Event(), threading.Event(), threading.Event()

    def outer() -> None:
        with quiet.one_thread(), quiet.collector_paused(1000):
            first.set()
            second.wait(10)
        third.set()

    def inner() -> None:
        first.wait(10)
        with quiet.one_thread(), quiet.collector_paused(1000):
            second.set()
            third.wait(10)
            assert not gc.isenabled()

    threads = [threading.Thread(target=f) for f in (outer, inner)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blas() == before
    assert gc.isenabled()
