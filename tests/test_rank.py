"""The order of ideas: what is refused, what each signal rewards, and that nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstorm import Idea
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.rank import SMALL_WEIGHTS, WEIGHTS, Ranked, order, rank

NAN, INF = float("nan"), float("inf")


def signal(name: str, found: tuple[Ranked, ...]) -> list[float]:
    return [r.signals[name] for r in sorted(found, key=lambda r: r.index)]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"support": [1, -1]}, r"support\[1\] is -1"),
        ({"support": [NAN, 1]}, r"support\[0\] is nan"),
        ({"support": [1, INF]}, r"support\[1\] is inf"),
        ({"probability": [0.1, NAN]}, r"probability\[1\] is nan"),
        ({"probability": [INF, None]}, r"probability\[0\] is inf"),
        ({"probability": [None, -0.1]}, r"probability\[1\] is -0.1"),
        ({"probability": [1.01, 0]}, r"probability\[0\] is 1.01"),
        ({"variety": NAN}, "variety is nan"),
        ({"variety": "0.5"}, "variety is '0.5', but must be a number"),
        ({"support": ["1", 1]}, r"support\[0\] is '1'"),
        ({"support": 3}, "support is int 3"),
        ({"probability": ["1", 1]}, r"probability\[0\] is '1'"),
        ({"top": 0}, "top is 0"),
        ({"top": 1.5}, "top is 1.5"),
        ({"weights": [1]}, r"weights is list \[1\], but must be a mapping"),
        ({"weights": {"rarity": "a"}}, "rarity is 'a'"),
        ({"weights": {"beauty": 1}}, "beauty"),
        ({"weights": {"rarity": -1}}, "rarity is -1"),
        ({"weights": {"rarity": NAN}}, "rarity is nan"),
        ({"weights": {"rarity": 0}}, "all 0"),
        ({"weights": {}}, "all 0"),
    ],
)
def test_values_out_of_range_are_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(BriefError, match=says):
        order(["a", "b"], None, **values)
    with pytest.raises(BriefError, match=says):
        rank(["a", "b"], embedder=None, **values)


@pytest.mark.parametrize(
    ("texts", "values", "says"),
    [
        ("abc", {}, "texts is one str"),
        ([1], {}, "text 0 is int 1"),
        ([None], {}, "text 0 is NoneType"),
        ([Idea(text="a")], {}, r"text 0 is Idea .* such as \[idea.text for idea in ideas\]"),
        (["a"], {"keep": 0}, r"keep is int 0, .* Give keep=\[\.\.\.\] of str"),
        (["a"], {"keep": [Idea(text="a")]}, r"keep\[0\] is Idea .* of an idea, str\(idea\)"),
        (["a"], {"keep": Idea(text="a")}, r"keep is Idea .* of an idea, str\(idea\)"),
        (["a"], {"avoid": 3}, "avoid is int 3"),
        (["a"], {"avoid": {"a": 1}}, "avoid is dict"),
        (["a"], {"nearer_to": [3]}, r"nearer_to\[0\] is int 3"),
        (["a"], {"weights": "bold"}, "Give profile='bold'"),
        (["a"], {"topic": None}, "topic is NoneType"),
        (["a"], {"profile": None}, "no profile None"),
    ],
)
def test_what_is_no_text_is_named_with_the_fix(texts: Any, values: dict[str, Any], says: str) -> None:
    with pytest.raises(BriefError, match=says):
        rank(texts, embedder=None, **values)


@settings(deadline=None)
@given(st.data())
def test_every_index_comes_once(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    row = st.lists(st.sampled_from([0.0, 1.0, -1.0, NAN, INF, -INF, 1e38]), min_size=2, max_size=2)
    vectors = np.array(data.draw(st.lists(row, min_size=n, max_size=n)), dtype=np.float32)
    found = order(
        data.draw(st.lists(st.text(max_size=8), min_size=n, max_size=n)),
        vectors,
        about=vectors[0],
        support=data.draw(st.lists(st.integers(0, 10**400), min_size=n, max_size=n)),
        probability=data.draw(st.lists(st.none() | st.floats(0, 1), min_size=n, max_size=n)),
        variety=data.draw(st.floats(0, 1)),
    )
    assert sorted(r.index for r in found) == list(range(n))
    assert all(0 <= value <= 1 for r in found for value in (r.score, *r.signals.values()))


def test_vectors_of_other_texts_are_refused() -> None:
    with pytest.raises(EmbeddingError, match="shape"):
        order(["a", "b"], np.eye(3, dtype=np.float32))


def test_stating_a_low_probability_is_no_handicap() -> None:
    rarity = signal("rarity", order(["a", "b", "c", "d"], None, probability=[0.05, None, 0.5, 0.3]))
    assert rarity[0] > rarity[1] == 0.5 > rarity[2]
    assert rarity[3] == 0.5
    # models differ in scale: only the order among the stated counts
    assert signal("rarity", order(["a", "b"], None, probability=[0.001, 0.002])) == [0.75, 0.25]
    assert signal("rarity", order(["a", "b"], None, probability=[0.8, 0.8])) == [0.5, 0.5]
    assert signal("rarity", order(["a", "b"], None, probability=[0.01, None])) == [0.5, 0.5]


def test_one_word_is_not_the_most_specific() -> None:
    texts = ["shoe", "a shoe that plants a fern", "a shoe as a hanging planter for mint, thyme and sage"]
    specific = signal("specificity", order(["boat", *texts], None))
    assert specific[0] < specific[3]
    assert specific[1] < specific[2] < specific[3]
    assert signal("specificity", order(["Hat!", "hat"], None)) == [0.5, 0.5]


def test_specificity_reads_scripts_without_spaces() -> None:
    texts = ["机器人面包店", "机器人面包房", "云雾茶馆故事"]
    near, other, own = signal("specificity", order(texts, None))
    assert own > near
    assert own > other
    thai, _, apart = signal("specificity", order(["ร้านขนมปัง", "ร้านขนมปังดี", "หุ่นยนต์"], None))
    assert apart > thai


def test_the_words_say_how_close_and_not_how_close_compared_with_the_others() -> None:
    about = np.array([1, 0], dtype=np.float32)

    def why(*cosines: float) -> list[str]:
        vectors = np.array([[c, (1 - c * c) ** 0.5] for c in cosines], dtype=np.float32)
        found = order(["a"] * len(cosines), vectors, about=about)
        return [r.why for r in sorted(found, key=lambda r: r.index)]

    assert all("close to the brief" in w for w in why(0.9, 0.8, 0.7))
    assert all("far from the brief" in w for w in why(0.01, 0.02, -0.3))
    assert "on the brief" in why(0.15)[0]


def test_the_words_on_probability() -> None:
    rare, plain = (r.why for r in sorted(order(["a", "b"], None, probability=[0.05, 0.12]), key=lambda r: r.index))
    assert rare == "rare: p 0.05"
    assert plain == "p 0.12"


def test_weights() -> None:
    assert sum(SMALL_WEIGHTS.values()) == pytest.approx(1)
    assert set(SMALL_WEIGHTS) == set(WEIGHTS)
    assert SMALL_WEIGHTS["relevance"] > WEIGHTS["relevance"]
    texts, support, stated = ["a", "b"], [9, 1], [0.9, 0.01]
    by_support = order(texts, None, support=support, probability=stated, weights={"support": 5})
    by_rarity = order(texts, None, support=support, probability=stated, weights={"rarity": 0.1}, variety=0)
    assert [r.index for r in by_support] == [0, 1]
    assert [r.index for r in by_rarity] == [1, 0]
    assert by_support[0].score == by_support[0].signals["support"] == 0.75


def test_importing_the_room_loads_no_numpy() -> None:
    subprocess.run([sys.executable, "-c", "import brainstorm.rank, sys; assert 'numpy' not in sys.modules"], check=True)
