from __future__ import annotations

from dataclasses import replace

import pytest

from brainstorm.brief import Brief, Budget, Persona
from brainstorm.errors import BriefError
from brainstorm.library import load_library
from brainstorm.plan import AVOID_TOKENS, MAX_CALLS_PER_ROUND, Known, plan
from brainstorm.techniques import TECHNIQUES, technique
from brainstorm.tokens import count_tokens
from brainstorm.yields import Yield

LIBRARY = load_library()
NOTHING = Known()


def calls(brief: Brief, known: Known = NOTHING, name: str = "blend", models: int = 1):  # type: ignore[no-untyped-def]
    return plan(
        brief,
        known,
        TECHNIQUES[name],
        personas=LIBRARY.personas,
        lenses=LIBRARY.lenses,
        models=models,
        constraints=LIBRARY.constraints,
        words=LIBRARY.words,
    )


def test_the_same_brief_plans_the_same_calls_and_another_seed_others() -> None:
    assert calls(Brief(topic="t")) == calls(Brief(topic="t"))
    assert calls(Brief(topic="t")) != calls(Brief(topic="t", seed=1))


def test_calls_differ_in_persona_lens_and_seed_and_half_stay_in_the_tails() -> None:
    planned = calls(Brief(topic="t", n=30))
    assert len(planned) >= 6
    for key in ("id", "persona", "lens", "seed"):
        assert len({str(getattr(c, key)) for c in planned}) == len(planned)
    assert {c.template for c in planned} == {"vs_standard", "vs_tails"}


def test_the_first_round_asks_for_more_than_is_wanted() -> None:
    for n in (1, 12, 200):
        assert sum(c.k for c in calls(Brief(topic="t", n=n))) >= n


def test_later_rounds_go_on_where_the_last_stopped_and_say_what_is_taken() -> None:
    first = calls(Brief(topic="t"))
    known = Known(1, len(first), 6, 6, len(first), tuple(f"idea {i}" for i in range(500)))
    second = calls(Brief(topic="t"), known)
    assert second
    assert not {c.id for c in first} & {c.id for c in second}
    assert not {c.seed for c in first} & {c.seed for c in second}
    assert all(c.round == 2 and len(c.avoid) > 50 for c in second)
    assert all(sum(map(count_tokens, c.avoid)) <= AVOID_TOKENS for c in second)
    assert not any(c.avoid for c in calls(Brief(topic="t"), known, "small")), "small models copy what they see"


def test_nothing_is_planned_once_the_ideas_or_the_calls_are_there() -> None:
    assert calls(Brief(topic="t", n=5), Known(1, 3, 5, 5, 3)) == ()
    assert calls(Brief(topic="t", budget=Budget(calls=3)), Known(1, 3, 2, 2, 3)) == ()


def test_the_budget_of_calls_is_kept_and_a_round_is_bounded() -> None:
    assert len(calls(Brief(topic="t", n=100, budget=Budget(calls=2)))) == 2
    assert len(calls(Brief(topic="t", n=1000))) == MAX_CALLS_PER_ROUND
    assert len(calls(Brief(topic="t", n=1000), Known(1, 4, 1, 0, 4))) <= 8


def test_own_personas_replace_the_library_and_are_used_by_every_technique() -> None:
    brief = Brief(topic="t", personas=(Persona(name="a tailor"), Persona(name="a monk")))
    for name in TECHNIQUES:
        names = {c.persona.name for c in calls(brief, name=name) if c.persona}
        # one conversation is held with one person
        assert names == {"a tailor", "a monk"} or (TECHNIQUES[name].turns > 1 and len(names) == 1)


def test_models_take_turns() -> None:
    assert {c.model for c in calls(Brief(topic="t"), models=3)} == {0, 1, 2}


def test_every_technique_cites_its_source_and_names_templates_that_exist() -> None:
    for each in TECHNIQUES.values():
        assert each.source
        assert set(each.templates) <= set(LIBRARY.templates)
    assert technique("auto", small=True).name == "small"
    assert technique("auto", small=False).name == "blend"
    with pytest.raises(BriefError, match="blend"):
        technique("magic", small=False)


def test_what_was_learnt_plans_the_same_calls_again_and_rotates_models_templates_and_places() -> None:
    directions = tuple(f"direction {i}" for i in range(10))
    yields = tuple(Yield("direction", d, 1, 500, float(i)) for i, d in enumerate(directions[:6]))
    known = Known(1, 7, 15, 15, 6, ("a", "b"), 3000, directions, yields, ("a lonely one",) * 8)
    planned = calls(Brief(topic="t", n=60), known, models=2)
    assert planned == calls(Brief(topic="t", n=60), known, models=2)
    assert len(planned) >= 8
    assert {(c.model, c.template) for c in planned} == {(m, t) for m in (0, 1) for t in ("vs_standard", "vs_tails")}
    asked = [c.direction for c in planned if not c.near]
    assert "direction 0" not in asked, "it brought nothing"
    assert asked.count("direction 5") >= max(asked.count(d) for d in directions[:5])
    assert {*directions[6:]} <= set(asked)
    assert sum(bool(c.near) for c in planned) == (len(planned) + 1) // 4
    assert not any(c.lens for c in planned)


def test_a_bounded_sum_of_tokens_leaves_room_for_a_second_wave_and_for_the_last_turns() -> None:
    sparing = Brief(topic="t", n=500, budget=Budget(tokens=7000))
    assert 2 <= len(calls(sparing)) <= 6
    assert len(calls(sparing, name="direct")) > 20
    assert len(calls(sparing, name="vs_multi")) == 2
    assert len(calls(sparing, name="in_context")) == 1


def test_a_conversation_goes_on_with_its_own_model_and_person() -> None:
    brief = Brief(topic="t", n=40, personas=(Persona(name="a tailor"), Persona(name="a monk")))
    first = calls(brief, name="vs_multi", models=2)
    second = calls(brief, Known(1, len(first), 5, 5, len(first), open=first), "vs_multi", models=2)
    assert [(c.follows, c.turn, c.model, c.persona) for c in second] == [(c.id, 2, c.model, c.persona) for c in first]
    last = tuple(replace(c, turn=4) for c in second)
    third = calls(brief, Known(4, 20, 20, 5, 4, open=last), "vs_multi", models=2)
    assert third
    assert all(c.turn == 1 and not c.follows for c in third)
