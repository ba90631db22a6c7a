"""Going on from a run: nothing said before is lost, asked for again or paid for twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openai
import pytest

from brainstorm import Brainstormer, Budget, Event, IdeaSet
from brainstorm.errors import BriefError, RunFileError
from brainstorm.result import replay
from brainstorm.testing import ScriptedChat
from brainstorm.values import Mark
from tests.command import run
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery run by robots"
NOUNS = """
anvil bread cloud drum ember fox glacier harp ink jigsaw kite lantern moss needle opal pear quilt raven saddle tulip
umbrella violin walnut yacht zebra acorn bicycle candle dolphin envelope feather guitar hammer iceberg jacket kettle
ladder magnet notebook octopus piano robot scissors tractor volcano whistle almond beetle carpet desert elevator
fountain garlic helmet island jungle koala lemon mirror ocean pillow rocket spider temple vinegar wagon barrel
cactus domino engine flute goose honey igloo jelly knight
"""
THINGS = NOUNS.split()
ENDLESS = [ideas_json(*THINGS[i : i + 5]) for i in range(0, 80, 5)]


def asked(**options: Any) -> Brainstormer:
    return Brainstormer(ScriptedChat(script=ENDLESS), technique="vs_standard", **options)


def test_what_was_said_counts_and_stays() -> None:
    first = asked().invoke(TOPIC, n=6)
    chat = ScriptedChat(script=ENDLESS[8:])
    both = Brainstormer(chat, technique="vs_standard").invoke(first, n=8)
    assert both.record.replies[: len(first.record.replies)] == first.record.replies
    assert both.usage.calls == first.usage.calls + len(chat.seen)
    assert len({r.call.id for r in both.record.replies}) == both.usage.calls
    assert min(r.call.round for r in both.record.replies[first.usage.calls :]) > max(
        r.call.round for r in first.record.replies
    )
    assert len(both.ideas) == len(first.ideas) + len(first.more) + 8
    assert {t for i in (*first, *first.more) for t in i.members} <= {t for i in (*both, *both.more) for t in i.members}
    assert both.stopped == "n"
    assert any("Goes on from a run" in note for note in both.notes)
    assert "anvil" in str(chat.seen[0]), "what is known is named as taken"
    assert replay(both) == both


def test_how_the_run_was_ranked_goes_on() -> None:
    first = asked().invoke(TOPIC, n=6)
    steered = first.rerank(profile="bold", weights={"rarity": 1}, avoid="anvil", keep=3, variety=0.3)
    marks = [Mark(text=first.ideas[1].members[0], mark=9)]
    steered = steered.join(2, 3).marked(marks)
    both = Brainstormer(ScriptedChat(script=ENDLESS[8:]), technique="vs_standard").invoke(steered, n=6)
    assert both.record.settings == steered.record.settings
    assert both.texts[0] == first.texts[3]
    assert "anvil" in (*both.ideas, *both.more)[-1].text.lower()
    other = Brainstormer(ScriptedChat(script=ENDLESS[8:]), technique="vs_standard", profile="safe", variety=0.9)
    told = other.invoke(steered, n=6).record.settings
    assert (told.profile, told.weights, told.variety) == ("safe", None, 0.9)
    assert (told.keep, told.avoid, told.marks) == (both.record.settings.keep, ("anvil",), tuple(marks))


def test_the_seeds_and_personas_go_on_and_do_not_begin_again() -> None:
    first = Brainstormer(ScriptedChat(script=ENDLESS), technique="personas").invoke(TOPIC, n=6)
    both = Brainstormer(ScriptedChat(script=ENDLESS[8:]), technique="personas").invoke(first, n=6)
    seeds = [r.call.seed for r in both.record.replies]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize(("before", "n", "wanted"), [(4, None, 4), (4, 3, 3)])
def test_how_many_more(before: int, n: int | None, wanted: int) -> None:
    first = asked().invoke(TOPIC, n=before)
    changes = {} if n is None else {"n": n}
    assert asked().start(first, **changes).brief.n == len(first.ideas) + len(first.more) + wanted
    with pytest.raises(BriefError, match="at least one more"):
        asked().start(first, n=0)
    cut_short = asked().invoke(TOPIC, n=40, budget=Budget(calls=2))
    assert asked().start(cut_short).brief.n == 40, "the rest of what was asked for"


@pytest.mark.parametrize("budget", [Budget(calls=3), Budget(tokens=700), Budget(cost=0.001)])
def test_the_budget_is_for_the_new_part(budget: Budget) -> None:
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(ENDLESS[i % 16], usage=(100, 100))
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        model = Brainstormer(client, model_name="m", technique="vs_standard", price=(1, 1), concurrency=1)
        first = model.invoke(TOPIC, n=900, budget=Budget(calls=8))
        both = model.invoke(first, n=90, budget=budget)
    new = both.usage.calls - first.usage.calls
    assert {"calls": 3, "tokens": 4, "cost": 5}[both.stopped] == new
    assert both.usage.cost == pytest.approx(200e-6 * (8 + new))


def test_with_another_model_each_reply_keeps_its_own() -> None:
    first = asked(price=(1, 1)).invoke(TOPIC, n=6)
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(ideas_json(f"{WORDS[i]} oven", f"{WORDS[i]} mill"), usage=(10, 10))
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        both = Brainstormer(client, model_name="other", technique="in_context", price=(5, 5)).invoke(first, n=2)
    assert both.models == ("ScriptedChat", "other")
    assert {r.call.model for r in both.record.replies[first.usage.calls :]} == {1}
    new = both.usage.calls - first.usage.calls
    assert first.usage.cost is not None
    assert both.usage.cost == pytest.approx(first.usage.cost + new * 20 * 5e-6)


def test_a_conversation_goes_on(tmp_path: Path) -> None:
    first = Brainstormer(ScriptedChat(script=WORDS[:3]), technique="in_context").invoke(
        TOPIC, n=10, budget=Budget(calls=3)
    )
    first.save(tmp_path / "run.json")
    chat = ScriptedChat(script=["a tin loaf"])
    Brainstormer(chat, technique="in_context").invoke(IdeaSet.load(tmp_path / "run.json"), budget=Budget(calls=1))
    said = [m.text for m in chat.seen[0]]
    assert [w for w in WORDS[:3] if w in said] == list(WORDS[:3])


async def test_events_count_what_is_known_and_announce_only_what_is_new() -> None:
    first = await asked().ainvoke(TOPIC, n=6)
    known = {t for i in (*first, *first.more) for t in i.members}
    there = len(first.ideas) + len(first.more)
    later = Brainstormer(ScriptedChat(script=ENDLESS[8:]), technique="vs_standard")
    ideas = [e async for e in later.astream(first, n=8) if isinstance(e, Event) and e.kind == "idea"]
    assert ideas
    assert not known & {e.text for e in ideas}
    assert ideas[0].distinct > there / 2


def test_only_a_run_can_be_gone_on_from() -> None:
    with pytest.raises(RunFileError, match="no replies"):
        asked().invoke(IdeaSet(topic="by hand"))


def test_continue_on_the_command_line(tmp_path: Path) -> None:
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(ENDLESS[i % 16], usage=(100, 100))
        at = ("--base-url", server.url, "--model", "m", "--json")
        run("ideas", TOPIC, *at, "-n", "6", "--technique", "list", "--save", "run.json", cwd=tmp_path)
        before = (tmp_path / "run.json").read_bytes()
        first = json.loads(before)["result"]
        done = run("continue", "run.json", "-n", "5", *at, "--calls", "3", "--save", "more.json", cwd=tmp_path)
        assert "Goes on from a run" in done.stderr
        asked = len(server.requests)
        alone = run("continue", "run.json", code=1, cwd=tmp_path)
        assert "--model" in alone.stderr
        assert len(server.requests) == asked
    assert (tmp_path / "run.json").read_bytes() == before
    found = json.loads(done.stdout)
    assert found == json.loads((tmp_path / "more.json").read_text())["result"]
    assert first["usage"]["calls"] < found["usage"]["calls"] <= first["usage"]["calls"] + 3
    saved = IdeaSet.load(tmp_path / "more.json")
    assert {r.call.technique for r in saved.record.replies} == {"list"}
