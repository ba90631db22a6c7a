"""What directions, lenses and personas brought, and how the next calls are shared out."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from brainstorm.brief import Persona
from brainstorm.calls import Call
from brainstorm.yields import Spent, Yield, allocate, count_yields


def spent(number: str, direction: str, tokens: int = 100, *, whole: bool = True, persona: str = "") -> Spent:
    who = Persona(name=persona) if persona else None
    return Spent(Call(number, "t", "t", 5, 0, persona=who, direction=direction), tokens, whole)


def brought(name: str, calls: int, new: float, tokens: int = 0) -> Yield:
    return Yield("direction", name, calls, tokens or 500 * calls, new)


def test_an_idea_counts_for_those_who_said_it_first_and_is_shared_within_a_round() -> None:
    calls = [spent("1.01", "sea"), spent("1.02", "sky"), spent("2.01", "sea"), spent("2.02", "earth")]
    found = count_yields(calls, [("1.01",), ("1.01", "1.02"), ("2.01", "1.02"), ("2.02", "2.01")])
    new = {y.name: y.new for y in found}
    assert new == {"sea": 1.5 + 0.5, "sky": 0.5 + 1.0, "earth": 0.5}
    assert {y.name: y.tokens for y in found} == {"sea": 200, "sky": 100, "earth": 100}
    assert {y.name: y.per_1000_tokens for y in found} == {"sea": 10.0, "sky": 15.0, "earth": 5.0}
    assert [y.name for y in found] == ["sea", "sky", "earth"]


def test_a_failed_call_costs_its_tokens_and_is_no_call_of_its_direction() -> None:
    [sea] = count_yields([spent("1.01", "sea", 40, whole=False)], [])
    assert (sea.calls, sea.tokens, sea.new) == (0, 40, 0)
    assert allocate(["sea", "sky"], {"sea": sea, "sky": brought("sky", 1, 5)}, 1, idle=0.5) == ["sea"]


def test_personas_and_directions_are_counted_apart() -> None:
    kinds = {y.kind: y.name for y in count_yields([spent("1.01", "sea", persona="a tailor")], [("1.01",)])}
    assert kinds == {"direction": "sea", "persona": "a tailor"}


def test_calls_go_where_new_ideas_came_from_and_the_idle_are_left_out() -> None:
    yields = {y.name: y for y in (brought("rich", 1, 5), brought("poor", 1, 1), brought("idle", 2, 0.5))}
    chosen = allocate(["idle", "poor", "rich"], yields, 12, idle=0.5)
    assert "idle" not in chosen
    assert chosen.count("rich") > chosen.count("poor") > 0


def test_what_was_not_asked_yet_comes_before_what_is_no_better_than_average() -> None:
    yields = {y.name: y for y in (brought("a", 1, 3), brought("b", 1, 3))}
    assert allocate(["a", "b", "c", "d"], yields, 2, idle=0.5) == ["c", "d"]


def test_an_equal_yield_for_fewer_tokens_is_asked_first() -> None:
    yields = {y.name: y for y in (brought("dear", 1, 3, 900), brought("cheap", 1, 3, 300))}
    assert allocate(["dear", "cheap"], yields, 1, idle=0.5) == ["cheap"]


names = st.lists(st.sampled_from("abcdefgh"), unique=True)
measured = st.builds(brought, st.sampled_from("abcdefgh"), st.integers(0, 5), st.floats(0, 30), st.integers(0, 5000))


@given(names, st.lists(measured), st.integers(0, 40))
def test_calls_are_shared_among_those_named_and_none_is_lost(asked: list[str], tried: list[Yield], count: int) -> None:
    yields = {y.name: y for y in tried}
    chosen = allocate(asked, yields, count, idle=0.5)
    assert len(chosen) == (count if asked else 0)
    assert set(chosen) <= set(asked)
    assert chosen == allocate(asked, yields, count, idle=0.5)
    if asked and not tried:  # nothing known: everyone in turn
        assert chosen[: len(asked)] == asked[:count]


@given(st.lists(st.sets(st.sampled_from(["1.01", "1.02", "2.01"]), min_size=1)))
def test_every_idea_is_counted_once_in_all(said_by: list[set[str]]) -> None:
    calls = [spent("1.01", "sea"), spent("1.02", "sky"), spent("2.01", "earth")]
    assert abs(sum(y.new for y in count_yields(calls, said_by)) - len(said_by)) < 1e-6


def simulated(seed: int, *, weighted: bool) -> int:
    """Distinct ideas of four rounds of eight calls, in directions that hold from 2 to 80 ideas."""
    rng = random.Random(seed)
    holds = {f"direction {i}": rng.choice([2, 4, 8, 16, 40, 80]) for i in range(10)}
    said: dict[tuple[str, int], list[str]] = {}
    calls: list[Spent] = []
    for number in range(1, 5):
        yields = {y.name: y for y in count_yields(calls, list(said.values()))} if weighted else {}
        in_turn = [list(holds)[(8 * number + i) % 10] for i in range(8)]
        for i, name in enumerate(allocate(list(holds), yields, 8, idle=0.5) if weighted else in_turn):
            calls.append(spent(f"{number}.{i:02d}", name, 500))
            for idea in rng.sample(range(holds[name]), min(5, holds[name])):
                said.setdefault((name, idea), []).append(calls[-1].call.id)
    return len(said)


def test_going_where_it_pays_brings_more_than_taking_turns() -> None:
    weighted = [simulated(seed, weighted=True) for seed in range(60)]
    in_turn = [simulated(seed, weighted=False) for seed in range(60)]
    assert sum(weighted) > 1.08 * sum(in_turn)
