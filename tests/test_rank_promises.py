"""What ranking promises: the same order again, no place lost to a copy, breadth, steering, profiles, reasons."""

from __future__ import annotations

import random

import numpy as np
import pytest

from brainstorm import rank
from brainstorm.errors import BriefError
from brainstorm.rank import PROFILES, WEIGHTS, order
from brainstorm.rank.select import select

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


def texts_of(given: list[str], **options: object) -> list[str]:
    return [given[r.index] for r in rank(given, topic=TOPIC, **options)]  # type: ignore[arg-type]


def test_the_same_list_gives_the_same_order() -> None:
    assert rank(SHOE, topic=TOPIC) == rank(list(SHOE), topic=TOPIC)
    assert sorted(r.index for r in rank(SHOE, topic=TOPIC)) == list(range(len(SHOE)))


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


def test_the_first_ideas_are_unlike_each_other() -> None:
    pairs = [SHOE[0:2], SHOE[2:4], SHOE[4:6], SHOE[10:12], SHOE[20:22]]
    for variety in (0.5, 1.0):
        top = texts_of(SHOE, variety=variety)[:8]
        assert not any(set(pair) <= set(top) for pair in pairs)


def test_themes_are_named_in_the_ideas_own_words_and_a_prefix_spans_them() -> None:
    found = rank(SHOE, topic=TOPIC)
    labels = {r.theme for r in found}
    assert 2 <= len(labels) <= 12
    said = " ".join(SHOE).casefold()
    assert all(word in said for label in labels for word in label.split(", "))
    assert "shoe" not in labels
    assert len({r.theme for r in found[:5]}) >= 3


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
    assert len(covered) == len(SHOE)


def test_reasons_name_the_places_above() -> None:
    found = rank(SHOE, topic=TOPIC, support=[1] * len(SHOE), probability=[0.02] * len(SHOE))
    assert "rare: said once, p 0.02" in found[0].why
    assert any(f"unlike 1–{k}" in r.why for k, r in enumerate(found[2:6], 2))


def test_long_lists_rank_whole() -> None:
    drawn = random.Random(0)
    words = ["lamp", "river", "bread", "glass", "train", "wool", "piano", "stone", "cloud", "pepper", "rope", "canvas"]
    pool = [" ".join(drawn.choices(words, k=6)) + f" {i}" for i in range(2300)]
    found = rank(pool, topic="things")
    assert sorted(r.index for r in found) == list(range(len(pool)))
