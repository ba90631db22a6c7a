"""What ranking promises: the same order again, no place lost to a copy, breadth, steering, profiles, reasons."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from brainstorm import deduplicate, rank
from brainstorm.dedup.terms import stem
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.rank import PROFILES, WEIGHTS, order
from brainstorm.rank.likeness import Likeness
from brainstorm.rank.select import select
from brainstorm.rank.words import words

SHOE = [
    "a doorstop", "hold a door open", "a plant pot for basil", "grow herbs in it", "a boat for ants",
    "float it on a pond as a toy boat", "throw it at a burglar", "hammer a small nail into the wall",
    "a hiding place for a spare key", "store coins in it", "a bed for a hamster", "a nest for a mouse",
    "a mould for a shoe-shaped cake", "an ugly vase for dried flowers", "a puppet with button eyes",
    "a weight for fishing lines", "prop up the short leg of a table", "a bell to bang against a pan",
    "a stamp that leaves footprints on snow", "cut the sole into coasters", "swat a fly", "kill a spider",
    "a funnel for engine oil", "a bird feeder hung from a branch",
]  # fmt: skip
TOPIC = "unusual uses of a shoe"
BRICK = [
    "a paperweight", "a bookend", "build a wall", "break a window", "a drum for street music", "a sheet music stand",
    "play music on it with sticks", "a step stool", "garden edging", "a bed warmer", "grind into pigment", "an anchor",
    "the base of a bird bath", "a support for a bookshelf", "a piece of chalk", "weight for exercise", "a wheel chock",
    "cook a chicken under it", "an oven for bread", "a gift for a builder", "a target for a game",
]  # fmt: skip


def texts_of(given: list[str], **options: object) -> list[str]:
    return [given[r.index] for r in rank(given, topic=TOPIC, **options)]  # type: ignore[arg-type]


def test_the_same_list_gives_the_same_order_in_every_process() -> None:
    here = rank(SHOE, topic=TOPIC)
    assert sorted(r.index for r in here) == list(range(len(SHOE)))
    code = (
        "import json, sys; from brainstorm import rank; texts, topic = json.load(sys.stdin); "
        "print(json.dumps([[r.index, r.score, r.why, r.theme] for r in rank(texts, topic=topic)]))"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps([SHOE, TOPIC]), capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert json.loads(run.stdout) == [[r.index, r.score, r.why, r.theme] for r in here]


def test_ties_go_to_the_first() -> None:
    quality = np.full(6, 0.5)
    assert select(quality, None, 0.5)[0] == [0, 1, 2, 3, 4, 5]
    assert [r.index for r in order(["x"] * 4, None)] == [0, 1, 2, 3]
    same = np.ones((5, 2), np.float32) / np.float32(2**0.5)
    assert [r.index for r in order(["x"] * 5, same)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("variety", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_a_copy_costs_no_other_idea_its_place(variety: float, profile: str) -> None:
    before = texts_of(SHOE, variety=variety, profile=profile)
    drawn = random.Random(3)
    for _ in range(4):
        copied = drawn.sample(SHOE, 3)
        pool = [*SHOE, *(text.capitalize() + "." for text in copied)]
        after = texts_of(pool, variety=variety, profile=profile)
        said = [text.rstrip(".").casefold() for text in after]
        for n in (1, 3, 5, 10):
            assert {t.casefold() for t in before[:n]} == set(said[:n])


def test_a_copy_says_what_it_copies() -> None:
    found = rank([*SHOE, "A doorstop!"], topic=TOPIC)
    place = [r.index for r in found].index(0) + 1
    last = found[-1]
    assert last.index == len(SHOE)
    assert last.why == f"says again {place}"
    assert last.copy_of == 0
    assert all(r.copy_of is None for r in found[:-1])


NEAR = [
    ("a doorstop", "use as a doorstop"), ("a bird feeder hung from a branch", "hanging bird feeder"),
    ("float it on a pond as a toy boat", "float it on the pond as a toy boat"), ("swat a fly", "swat a fly with it"),
    ("kill a spider", "kill the spider"), ("a bell to bang against a pan", "a bell that you bang against a pan"),
    ("store coins in it", "store coins inside"), ("a bed for a hamster", "hamster bed"),
]  # fmt: skip


@pytest.mark.parametrize(("idea", "copy"), NEAR)
def test_a_near_copy_costs_no_other_idea_its_place(idea: str, copy: str) -> None:
    for variety in (0.0, 0.5, 1.0):
        before = texts_of(SHOE, variety=variety)
        after = texts_of([*SHOE, copy], variety=variety)
        assert after == [*before, copy]
    earlier = [idea if text == copy else text for text in texts_of([copy, *SHOE])]
    found = rank([copy, *SHOE], topic=TOPIC)
    assert found[-1].why.startswith("says again")
    assert found[-1].copy_of == 0
    assert earlier[-1] == idea


def test_an_idea_has_what_was_known_of_all_its_texts() -> None:
    pool = ["Store coins", "store coins.", "swat a fly", "kill time"]
    found = {r.index: r for r in rank(pool, support=[1, 9, 3, 1], probability=[0.9, None, 0.3, 0.2], profile="safe")}
    assert found[0].why.startswith("said in 10 calls, p 0.9")
    assert found[0].signals["support"] > found[2].signals["support"] > found[3].signals["support"]
    stated = {r.index: r for r in rank(pool, probability=[0.9, 0.01, 0.3, 0.2])}
    assert "p 0.46" in stated[0].why


def test_only_the_places_asked_for_are_filled() -> None:
    whole = rank([*SHOE, "A doorstop!"], topic=TOPIC)
    assert rank([*SHOE, "A doorstop!"], topic=TOPIC, top=5) == whole[:5]
    assert rank([*SHOE, "A doorstop!"], topic=TOPIC, top=100) == whole
    assert [r.index for r in rank(SHOE, topic=TOPIC, top=6, variety=0)] == [
        r.index for r in rank(SHOE, topic=TOPIC, variety=0)[:6]
    ]


def test_the_first_ideas_are_unlike_each_other() -> None:
    pairs = [SHOE[0:2], SHOE[2:4], SHOE[4:6], SHOE[10:12], SHOE[20:22]]
    for variety in (0.5, 1.0):
        top = texts_of(SHOE, variety=variety)[:8]
        assert not any(set(pair) <= set(top) for pair in pairs)
    vectors = np.eye(8, dtype=np.float32)
    vectors[1] = 0.9 * vectors[0] + (1 - 0.81) ** 0.5 * vectors[1]
    known = {"support": [9, 8, 7, 1, 1, 1, 1, 1], "weights": {"support": 1}}
    found = {v: [r.index for r in order(list("abcdefgh"), vectors, variety=v, **known)] for v in (0.0, 0.5)}  # type: ignore[arg-type]
    assert found[0.0][:3] == [0, 1, 2]
    assert found[0.5][:2] == [0, 2]
    assert found[0.5][-1] == 1


BAKERY = [
    "bread by drone", "bread in the shape of a moon", "moon bread at midnight", "sourdough for pets",
    "a cake for the dog", "pets may choose the cake", "a robot that kneads", "robot waiters on wheels", "robot duet",
    "night classes", "a class for children", "a class in the dark",
]  # fmt: skip


def test_themes_are_named_in_words_that_two_of_their_ideas_use() -> None:
    found = rank(BAKERY, topic="ideas for a bakery with bread")
    labels = {r.theme for r in found} - {""}
    assert labels
    for label in labels:
        inside = [BAKERY[r.index] for r in found if r.theme == label]
        assert all(sum(word in text for text in inside) >= 2 for word in label.split(", "))
    assert any("robot" in label for label in labels)
    assert not any("bread" in label for label in labels)


def test_a_theme_is_named_only_where_half_of_its_ideas_say_so() -> None:
    named = 0
    for seed in range(12):
        pool = random.Random(seed).sample([*SHOE, *BRICK], 24)
        found = rank(pool, topic="unusual uses of a thing")
        for label in {r.theme for r in found} - {""}:
            inside = [{stem(word) for word in words(pool[r.index])} for r in found if r.theme == label]
            own = {stem(word) for word in label.split(", ")}
            assert 2 * sum(bool(own & held) for held in inside) >= len(inside), (label, inside)
            named += 1
    assert named >= 6


def test_a_prefix_spans_themes() -> None:
    n = 400
    themes = [k % 2 for k in range(n)]
    quality = np.where(np.array(themes) == 0, 0.6, 0.55)
    alike = Likeness(n, np.eye(n, dtype=np.float32), None, np.zeros(n, np.float32))
    first = [themes[i] for i in select(quality, alike, 0.5, themes=themes)[0][:20]]
    assert 8 <= sum(first) <= 12
    assert not any(themes[i] for i in select(quality, alike, 0.5)[0][:20])


def test_profiles_put_what_they_say_first() -> None:
    support = [5 if k == 3 else 1 for k in range(len(SHOE))]
    assert rank(SHOE, topic=TOPIC, support=support, profile="safe", variety=0)[0].index == 3
    bold = rank(SHOE, topic=TOPIC, support=support, profile="bold", variety=0)
    assert bold[0].signals["rarity"] > 0.6
    assert [r.index for r in bold].index(3) > len(SHOE) // 2
    with pytest.raises(BriefError, match="no profile 'brave'"):
        rank(SHOE, profile="brave")
    assert all(sum(shares.values()) == pytest.approx(1) for shares in PROFILES.values())
    assert set(WEIGHTS) == {"rarity", "specificity", "relevance", "support", "fluency"}


def test_steering() -> None:
    near = texts_of(SHOE, nearer_to="pets and animals")
    plain = texts_of(SHOE)
    animals = {"a bed for a hamster", "a nest for a mouse", "a bird feeder hung from a branch", "a boat for ants"}

    def places(found: list[str]) -> float:
        return sum(found.index(a) for a in animals) / len(animals)

    assert places(near) < places(plain) < places(texts_of(SHOE, away_from=["pets and animals"]))
    kept = texts_of(SHOE, keep=["swat a fly", "store coins in it"])
    assert kept[:2] == ["swat a fly", "store coins in it"]
    assert texts_of(SHOE, avoid="burglar")[-1] == "throw it at a burglar"
    reasons = {SHOE[r.index]: r.why for r in rank(SHOE, avoid="burglar", keep="swat a fly")}
    assert "to be avoided" in reasons["throw it at a burglar"]
    assert "kept" in reasons["swat a fly"]


def test_steering_without_an_embedder_goes_by_words() -> None:
    found = texts_of(SHOE, embedder=None, nearer_to=["a toy boat"])
    assert "float it on a pond as a toy boat" in found[:3]


def test_what_is_kept_elsewhere_counts_as_covered() -> None:
    plain = texts_of(SHOE)
    covered = texts_of(SHOE, keep=["use it to keep a door open"])
    assert plain[0] == "a doorstop"
    assert covered.index("a doorstop") >= 5
    by_quality = texts_of(SHOE, variety=0)
    place = texts_of(SHOE, variety=0, keep=[f"make it {by_quality[0]}"]).index(by_quality[0])
    assert place >= 5
    assert len(covered) == len(SHOE)


def test_reasons_name_the_places_above() -> None:
    found = rank(SHOE, topic=TOPIC, support=[1] * len(SHOE), probability=[0.02] * len(SHOE))
    assert "rare: said once, p 0.02" in found[0].why
    often = rank(SHOE, topic=TOPIC, support=[50] * len(SHOE), probability=[0.02] * len(SHOE))
    assert not any("rare" in r.why for r in often)
    assert not any("rare" in r.why for r in order(list("abc"), None, probability=[0.2, 0.3, 0.5]))
    assert "rare" in order(list("abcdefghij"), None, probability=[k / 10 for k in range(1, 11)], variety=0)[0].why
    assert any(f"unlike 1–{k}" in r.why for k, r in enumerate(found[2:6], 2))


def test_long_lists_rank_whole() -> None:
    drawn = random.Random(0)
    words = ["lamp", "river", "bread", "glass", "train", "wool", "piano", "stone", "cloud", "pepper", "rope", "canvas"]
    pool = [" ".join(drawn.choices(words, k=6)) + f" {i}" for i in range(2300)]
    found = rank(pool, topic="things")
    assert sorted(r.index for r in found) == list(range(len(pool)))


def test_weights_count_by_their_shares_alone() -> None:
    few = SHOE[:10]
    plain = texts_of(few)
    for times in (3, 7, 1 + 1e-9):
        assert texts_of(few, weights={name: times * share for name, share in WEIGHTS.items()}) == plain


def test_the_order_of_a_short_list_fades_towards_both_ends_of_variety() -> None:
    few = SHOE[:8]
    for low, end in ((1e-9, 0.0), (1 - 1e-6, 1.0)):
        assert texts_of(few, variety=low) == texts_of(few, variety=end)
    turned = texts_of(few[::-1], variety=1)
    assert set(turned[:4]) == set(texts_of(few, variety=1)[:4])
    # the ideas of a run come in the order of its calls, which tells nothing
    vectors = np.eye(8, dtype=np.float32)
    texts = ["a b", "a b", "c d e", "f"] * 2
    assert [r.index for r in order(texts, vectors, listed=True)] != [r.index for r in order(texts, vectors)]


def test_profiles_work_whatever_else_is_known() -> None:
    few = SHOE[:10]
    support = [1, 1, 1, 1, 1, 1, 1, 6, 1, 1]
    assert texts_of(few, support=support, profile="safe")[0] == few[7]
    assert texts_of(few, support=support, profile="bold")[0] != few[7]


def test_scripts_without_spaces() -> None:
    pool = ["机器人面包店", "云雾茶馆故事", "无人机送面包", "猫咪酸面包", "会唱歌的烤箱", "月光面包房", "机器人茶馆"]
    said = {pool[r.index]: r for r in rank(pool, topic="店的名字", avoid="茶")}
    assert {text for text in pool if "to be avoided" in said[text].why} == {"云雾茶馆故事", "机器人茶馆"}
    assert list(said)[-2:] == ["云雾茶馆故事", "机器人茶馆"] or list(said)[-2:] == ["机器人茶馆", "云雾茶馆故事"]
    assert not any("the brief" in r.why for r in said.values())
    assert all(r.signals["relevance"] == 0.5 for r in said.values())
    assert not any("the brief" in r.why for r in rank(pool, topic="names for a bakery"))
    for label in {r.theme for r in said.values()} - {""}:
        inside = [text for text, r in said.items() if r.theme == label]
        assert all(sum(word in text for text in inside) >= 2 for word in label.split(", "))
        assert "器人" not in label.replace("机器人", "")
        assert label.count("面包") <= 1
    assert said["云雾茶馆故事"].theme != "面包"
    for word in ("面包", "茶馆"):
        assert word in pool[rank(pool, nearer_to=word)[0].index]


def test_near_is_said_of_what_is_near_by_itself() -> None:
    bakery = ["a robot bakery", "bread by drone", "sourdough for pets"]
    assert not any("near “" in r.why for r in rank(bakery, nearer_to="quantum chromodynamics"))
    both = {bakery[r.index]: r.why for r in rank(bakery, nearer_to="robots", away_from="a bakery")}
    assert "near “robots”; near “a bakery”" in both["a robot bakery"]


@pytest.mark.parametrize(
    "given",
    [
        ["a café for dogs", "a café for cats, dogs", "a café for cats"],
        ["walk for half an hour", "walk for an hour", "walk for one hour"],
    ],
)
def test_what_folding_keeps_apart_is_no_copy_through_a_third_text(given: list[str]) -> None:
    number = {i: n for n, cluster in enumerate(deduplicate(given).clusters) for i in cluster.members}
    for arranged in itertools.permutations(range(len(given))):
        for found in rank([given[i] for i in arranged]):
            if found.copy_of is not None:
                assert number[arranged[found.index]] == number[arranged[found.copy_of]]


def test_many_exact_copies_are_one_idea() -> None:
    copies = 4000
    found = rank([*["a doorstop"] * copies, "a boat for ants"], support=[1] * (copies + 1))
    assert [r.copy_of for r in found[:3]] == [None, None, 0]
    assert sorted(r.index for r in found) == list(range(copies + 1))
    assert {r.why for r in found if r.copy_of == 0} == {f"says again {[r.index for r in found].index(0) + 1}"}


@pytest.mark.parametrize("asked", [{"topic": "a shoe"}, {"keep": ["x"]}, {"avoid": ["y"]}, {"nearer_to": ["z"]}])
def test_rows_of_another_length_in_a_later_call_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(EmbeddingError, match="rows of 6 numbers, then of 4") as told:
        rank(SHOE[:3], embedder=lambda texts: [[1.0] * (3 + len(texts))] * len(texts), **asked)  # type: ignore[arg-type]
    assert told.value.hint
