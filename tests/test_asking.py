"""How runs ask: each technique through the engine, the planning call, weighted rounds, and when they stop."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import openai
import pytest

from brainstorm import Brainstormer, Brief, Budget, Event, IdeaSet, Persona
from brainstorm.learn import directions_of, learn
from brainstorm.library import load_library
from brainstorm.result import replay
from brainstorm.techniques import TECHNIQUES
from brainstorm.testing import ScriptedChat
from tests.server import Answer, FakeOpenAI, ideas_json

BAKERY = "Names for a bakery run by robots"
PLANS = [
    "Machines: words of gears and circuits",
    "Grain: fields, mills and flour",
    "Morning: dawn, dew and first light",
    "Sounds: hums, clicks and crackling crusts",
    "Old tales: giants, elves and ovens",
    "Far places: seas, deserts and stars",
    "Craft: hands, tools and patience",
    "Jokes: puns and odd couples",
    "Numbers: clocks, dozens and codes",
    "Seasons: frost, harvest and spring",
]
PLAN = "\n".join(f"{i}. {line}" for i, line in enumerate(PLANS, 1))


def asked(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def planning(body: dict[str, Any]) -> bool:
    return "You plan where others" in json.dumps(body["messages"])


def fresh(number: int) -> str:
    """Three ideas that no other call says."""
    words = load_library().words
    return ideas_json(
        *(f"{words[i % 64]} {words[(i * 5 + 7 * (i // 64)) % 64]}" for i in range(3 * number, 3 * number + 3))
    )


def planner(body: dict[str, Any], number: int) -> Answer:
    return Answer(PLAN if planning(body) else fresh(number))


def over(server: FakeOpenAI, **options: Any) -> Brainstormer:
    client = openai.AsyncOpenAI(base_url=server.url, api_key="k", max_retries=0)
    return Brainstormer(client, model_name="m", **options)


@pytest.mark.parametrize("name", sorted(TECHNIQUES))
def test_every_technique_brings_ideas(openai_server: FakeOpenAI, name: str) -> None:
    openai_server.answer = planner
    ideas = over(openai_server, technique=name, n=12).invoke(BAKERY)
    assert len(ideas) == 12
    assert ideas.stopped == "n"
    assert not ideas.failures
    plans = [r for r in ideas.record.replies if r.call.plans]
    assert len(plans) == (name in ("blend", "directions"))


def test_a_planning_call_names_the_directions_and_each_call_looks_in_one(openai_server: FakeOpenAI) -> None:
    openai_server.answer = planner
    ideas = over(openai_server, n=24, max_rounds=1, concurrency=1).invoke(BAKERY)
    first, *others = ideas.record.replies
    assert first.call.id == "0.01"
    assert planning(openai_server.requests[0])
    directions = [r.call.direction for r in others]
    assert set(directions) <= set(PLANS)
    assert len(set(directions)) == len(directions)
    for body, direction in zip(openai_server.requests[1:], directions, strict=True):
        assert direction in asked(body)
        assert "You are " in str(body["messages"][0]["content"])
    assert all(r.call.word and r.call.word in r.messages[-1][1] for r in others)
    assert any(r.call.constraint for r in others)
    assert not ideas.notes
    assert set(ideas.leftover) == set(PLANS) - set(directions), "directions that no call took"
    said = {idea.text for idea in (*ideas.ideas, *ideas.more)}
    assert not any(plan in text for plan in PLANS for text in (*said, *(r.text for r in ideas.rejected)))


def test_the_planning_call_counts_in_the_budget_and_not_as_a_sample(openai_server: FakeOpenAI) -> None:
    openai_server.answer = planner
    ideas = over(openai_server, n=500).invoke(Brief(topic=BAKERY, n=500, budget=Budget(calls=6)))
    assert ideas.usage.calls == len(openai_server.requests) == 6
    assert ideas.stopped == "calls"
    assert ideas.richness.next_call == sum(i.support == 1 for i in (*ideas.ideas, *ideas.more)) / 5


@pytest.mark.parametrize(
    ("brief", "plans"),
    [
        ({"n": 12}, True),
        ({"n": 8}, False),
        ({"n": 100, "budget": Budget(calls=4)}, False),
        ({"n": 100, "budget": Budget(calls=5)}, True),
        ({"n": 100, "budget": Budget(tokens=2000)}, False),
        ({"n": 100, "budget": Budget(tokens=9000)}, True),
        ({"n": 100, "budget": Budget(seconds=15)}, False),
        ({"n": 100, "budget": Budget(seconds=60)}, True),
    ],
)
def test_planning_is_left_out_where_it_does_not_pay(
    openai_server: FakeOpenAI, brief: dict[str, Any], plans: bool
) -> None:
    openai_server.answer = planner
    ideas = over(openai_server, max_rounds=1).invoke(Brief(topic=BAKERY, **brief))
    assert any(r.call.plans for r in ideas.record.replies) == plans
    assert any(r.call.lens for r in ideas.record.replies) != plans
    assert not ideas.notes


@pytest.mark.parametrize(
    ("plan", "says", "failures"),
    [
        (Answer(status=400), "failed", 1),
        (Answer("1. Grain: fields and flour\n2. Grain: fields, flour"), "fewer than 4", 0),
        (Answer("I can't think of any."), "fewer than 4", 0),
    ],
)
def test_the_library_serves_where_the_planning_call_brings_nothing(
    openai_server: FakeOpenAI, plan: Answer, says: str, failures: int
) -> None:
    openai_server.answer = lambda body, i: plan if planning(body) else Answer(fresh(i))
    ideas = over(openai_server).invoke(BAKERY)
    assert len(ideas) == 12
    assert [f.call for f in ideas.failures] == ["0.01"] * failures
    assert any(says in note and "lenses" in note for note in ideas.notes)
    assert all(line.split(". ")[-1] in ideas.leftover for line in plan.text.splitlines())
    assert all(r.call.lens and not r.call.direction for r in ideas.record.replies if not r.call.plans)


def test_a_run_that_planned_is_saved_replayed_and_learnt_from(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    openai_server.answer = planner
    ideas = over(openai_server, n=20).invoke(BAKERY)
    ideas.save(tmp_path / "run.json")
    loaded = IdeaSet.load(tmp_path / "run.json")
    assert loaded == ideas
    again = replay(loaded)
    assert again == ideas
    assert again.yields == ideas.yields
    assert set(directions_of(loaded.record.replies, BAKERY)) == set(PLANS)
    assert learn(again, loaded.record.replies) == learn(ideas, ideas.record.replies)
    without = loaded.record.model_copy(update={"replies": loaded.record.replies[1:]})
    loaded._record = without
    assert [i.text for i in replay(loaded)] == [i.text for i in ideas], "a replay needs no planning reply"


def test_small_models_are_not_asked_to_plan() -> None:
    chat = ScriptedChat(script=["1. Circuit Crumbs\n2. Steel Yeast"])
    brainstormer = Brainstormer(chat, technique="blend", n=20, max_rounds=1)
    settings = brainstormer._setup.settings.override(small=True)
    object.__setattr__(brainstormer._setup, "settings", settings)
    assert not any(r.call.plans for r in brainstormer.invoke(BAKERY).record.replies)


def test_the_next_round_goes_to_directions_that_brought_something(openai_server: FakeOpenAI) -> None:
    def answer(body: dict[str, Any], number: int) -> Answer:
        if planning(body):
            return Answer(PLAN)
        idle = "Jokes:" in asked(body) or "Numbers:" in asked(body)
        return Answer(ideas_json("Robot Bakery") if idle else fresh(number))

    openai_server.answer = answer
    ideas = over(openai_server, n=70, max_rounds=3).invoke(BAKERY)
    rounds: dict[int, list[str]] = {}
    for reply in ideas.record.replies:
        rounds.setdefault(reply.call.round, []).append(reply.call.direction.split(":")[0])
    assert {"Jokes", "Numbers"} <= set(rounds[1])
    assert not {"Jokes", "Numbers"} & {d for r in rounds if r > 1 for d in rounds[r]}
    yields = {y.name.split(":")[0]: y for y in ideas.yields if y.kind == "direction"}
    assert min(yields, key=lambda name: yields[name].new / yields[name].calls) in ("Jokes", "Numbers")
    assert yields["Grain"].per_1000_tokens > yields["Jokes"].per_1000_tokens
    assert '"yields"' in ideas.to_json()


def test_later_rounds_look_around_ideas_that_stand_alone(openai_server: FakeOpenAI) -> None:
    words = load_library().words
    openai_server.answer = lambda body, i: Answer(PLAN if planning(body) else ideas_json(words[i % 64]))
    ideas = over(openai_server, n=40, max_rounds=2).invoke(BAKERY)
    near = [r for r in ideas.record.replies if r.call.near]
    assert near
    assert all(r.call.round > 1 and r.call.near in r.messages[-1][1] and not r.call.direction for r in near)


@pytest.mark.parametrize(("name", "turns", "side_by_side"), [("in_context", 10, 1), ("vs_multi", 4, 2)])
def test_conversations_go_on_from_what_was_said(name: str, turns: int, side_by_side: int) -> None:
    chat = ScriptedChat(script=[fresh(i) for i in range(60)])
    ideas = Brainstormer(chat, technique=name, n=26, concurrency=1).invoke(BAKERY)
    replies = {r.call.id: r for r in ideas.record.replies}
    for reply in replies.values():
        roles = [role for role, _ in reply.messages]
        assert roles.count("assistant") == reply.call.turn - 1
        if reply.call.follows:
            before = replies[reply.call.follows]
            assert reply.messages[:-2] == before.messages
            assert reply.messages[-2] == ("assistant", before.text)
    assert max(r.call.turn for r in replies.values()) <= turns
    assert sum(r.call.round == 1 for r in replies.values()) == side_by_side
    assert max(r.call.turn for r in replies.values()) > 2


def test_an_idea_said_again_in_a_later_turn_is_folded_not_rejected() -> None:
    chat = ScriptedChat(script=["Circuit Crumbs: bread from the press.", "Circuit Crumbs: bread from the press."])
    ideas = Brainstormer(chat, technique="in_context", n=5).invoke(BAKERY)
    assert ideas.richness.distinct == 1
    assert ideas.ideas[0].support == ideas.usage.calls
    assert not ideas.rejected
    assert ideas.stopped == "dry"


def test_a_conversation_whose_turn_failed_goes_on_from_the_turn_before() -> None:
    chat = ScriptedChat(script=[fresh(0), ValueError("down"), *[fresh(i) for i in range(1, 9)]])
    ideas = Brainstormer(chat, technique="in_context", n=12, max_rounds=5).invoke(BAKERY)
    assert ideas.stopped == "failed", "a round in which all calls fail ends the run"
    both = ScriptedChat(script=[fresh(0), fresh(1), ValueError("down"), *[fresh(i) for i in range(2, 9)]])
    found = Brainstormer(both, technique="vs_multi", n=26, concurrency=1).invoke(BAKERY)
    lost = found.failures[0].call
    follows = [r.call.follows for r in found.record.replies]
    failed = next(r.call for r in found.record.replies if r.call.id == lost)
    assert lost not in follows
    assert follows.count(failed.follows) >= 2


def test_a_dry_well_says_which_rule_stopped_and_the_rule_can_be_set(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(ideas_json("Circuit Crumbs", "Steel Yeast"))
    ideas = over(openai_server, technique="list", n=50).invoke(BAKERY)
    assert ideas.stopped == "dry"
    assert any("Good-Turing" in note and "fewer than 0.5" in note for note in ideas.notes)
    on = over(openai_server, technique="list", n=50, min_new=0).invoke(BAKERY)
    assert on.stopped == "rounds"
    assert on.usage.calls > ideas.usage.calls
    openai_server.answer = lambda body, i: Answer(fresh(i))
    strict = over(openai_server, technique="list", n=80, min_new=100).invoke(BAKERY)
    assert strict.stopped == "dry"
    assert max(r.call.round for r in strict.record.replies) == 2


def test_people_of_ones_own_are_asked_in_their_own_words(openai_server: FakeOpenAI) -> None:
    openai_server.answer = planner
    own = (Persona(name="a miller", lens="what the stones say"), "a clockmaker")
    ideas = over(openai_server, personas=own).invoke(BAKERY)
    systems = {str(b["messages"][0]["content"]).splitlines()[0] for b in openai_server.requests[1:]}
    assert systems == {"You are a miller. You think of what the stones say.", "You are a clockmaker."}
    assert {y.name for y in ideas.yields if y.kind == "persona"} == {"a miller", "a clockmaker"}


def test_a_folder_of_ones_own_may_plan_otherwise(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("[user]\nYou plan where others look: $topic, $k ways.\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("zeppelin\n", encoding="utf-8")
    openai_server.answer = planner
    ideas = over(openai_server, prompts=str(tmp_path)).invoke(BAKERY)
    assert asked(openai_server.requests[0]) == f"You plan where others look: {BAKERY}, 10 ways."
    assert {r.call.word for r in ideas.record.replies if not r.call.plans} == {"zeppelin"}


def test_watchers_see_the_planning_call_begin_and_end(openai_server: FakeOpenAI) -> None:
    openai_server.answer = planner
    events = [e for e in over(openai_server).stream(BAKERY) if isinstance(e, Event)]
    assert [(e.kind, e.call) for e in events[:2]] == [("start", "0.01"), ("call", "0.01")]
    assert not any(e.call == "0.01" and e.kind == "idea" for e in events)


def test_reasoning_before_the_answer_is_no_idea(openai_server: FakeOpenAI) -> None:
    first = {"heading": "Hum", "text": "Hum and Crumb", "probability": 0.1}
    said = {"reasoning": "Most would say Robo Bread.", "responses": [first, {"text": "Steel Yeast"}]}
    openai_server.answer = lambda body, i: Answer(json.dumps(said))
    ideas = over(openai_server, technique="vs_cot", n=2).invoke(BAKERY)
    assert {i.text for i in (*ideas.ideas, *ideas.more)} == {"Hum and Crumb", "Steel Yeast"}


def test_the_docs_name_every_technique_and_the_library_has_its_kinds() -> None:
    root = Path(__file__).parent.parent
    text = (root / "docs" / "asking.md").read_text(encoding="utf-8")
    for name, how in TECHNIQUES.items():
        [row] = [line for line in text.splitlines() if line.startswith(f"| `{name}` |")]
        for number in re.findall(r"\d{4}\.\d{5}", how.source) if name != "blend" else ():
            assert number in row or "the same" in row, name
    library = load_library()
    scamper = ("substitute", "combine", "adapt", "magnify", "put to", "eliminate", "reverse")
    assert [lens.startswith(word) for lens, word in zip(library.lenses, scamper, strict=False)] == [True] * 7
    assert len(set(library.words)) == len(library.words) >= 60
    assert len(set(library.constraints)) == len(library.constraints) >= 15
