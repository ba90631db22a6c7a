"""The engine from a brief to a set of ideas, with scripted models where faults are needed."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

from brainstorm import Brainstormer, Brief, Budget, Event, IdeaSet
from brainstorm.errors import BriefError, NoIdeasError
from brainstorm.run import Run
from brainstorm.testing import ScriptedChat
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

BAKERY = "Names for a bakery run by robots"


def distinct_ideas(body: dict[str, Any], number: int) -> Answer:
    """Two ideas of this call alone, and one that all calls share."""
    a, b = WORDS[number % len(WORDS)], WORDS[(number * 7 + 3) % len(WORDS)]
    return Answer(ideas_json(f"{a} {a}smith", f"the {b} hour", "Circuit Crumbs"))


def scripted(*script: Any, **options: Any) -> Brainstormer:
    return Brainstormer(ScriptedChat(script=list(script)), **options)


def test_the_whole_path_in_one_line() -> None:
    ideas = scripted(ideas_json("Circuit Crumbs", "Steel Yeast"), "1. Circuit crumbs!\n2. Rust and Rye").invoke(BAKERY)
    assert {i.text for i in ideas} >= {"Steel Yeast", "Rust and Rye"}
    both = next(i for i in ideas if "ircuit" in i.text)
    assert set(both.members) == {"Circuit Crumbs", "Circuit crumbs!"}
    assert both.support >= 2
    assert both.probability == 0.05
    assert {"Circuit Crumbs", "Circuit crumbs!"} <= {m.kept for m in ideas.merges} | {m.folded for m in ideas.merges}
    assert ideas.usage.calls == len(ideas.record.replies)
    assert ideas.topic == BAKERY


async def test_sync_and_async_give_the_same() -> None:
    script = [ideas_json("Circuit Crumbs", "Steel Yeast"), ideas_json("Rust and Rye", "Bolt and Butter")]
    one = scripted(*script, n=3, concurrency=1)
    other = scripted(*script, n=3, concurrency=1)
    first = await one.ainvoke(BAKERY)
    second = await asyncio.to_thread(other.invoke, BAKERY)
    drop = {"usage"}
    assert first.model_dump(exclude=drop) == second.model_dump(exclude=drop)
    events = [e async for e in scripted(*script, n=3, concurrency=1).astream(BAKERY)]
    streamed = list(scripted(*script, n=3, concurrency=1).stream(BAKERY))
    assert [e for e in events if isinstance(e, Event)] == [e for e in streamed if isinstance(e, Event)]
    assert isinstance(events[-1], IdeaSet)
    assert isinstance(streamed[-1], IdeaSet)


async def test_invoke_works_inside_a_running_loop() -> None:
    assert len(scripted(ideas_json("Circuit Crumbs", "Steel Yeast"), n=2).invoke(BAKERY)) == 2


def test_the_stream_tells_all_that_happens() -> None:
    events = list(
        scripted(
            ideas_json("Circuit Crumbs", "Steel Yeast"),
            "1. Circuit Crumbs\n2. baker baker baker baker baker baker",
            ValueError("boom"),
            "I'm sorry, but I can't help with that.",
            concurrency=1,
            n=8,
        ).stream(BAKERY)
    )
    *steps, last = events
    assert isinstance(last, IdeaSet)
    kinds = [e.kind for e in steps if isinstance(e, Event)]
    assert {"start", "idea", "merge", "rejected", "failure", "call", "round"} <= set(kinds)
    merge = next(e for e in steps if isinstance(e, Event) and e.kind == "merge")
    assert merge.into == "Circuit Crumbs"
    assert kinds.count("start") == kinds.count("call") == last.usage.calls
    causes = " ".join(f.cause for f in last.failures)
    assert "boom" in causes
    assert "declined" in causes
    assert last.rejected[0].text == "baker baker baker baker baker baker"


def test_ideas_arrive_before_their_call_ends() -> None:
    chat = ScriptedChat(script=["\n".join(f"{i}. {w} {w}ery" for i, w in enumerate(WORDS, 1))], delay=0.001, chunk=5)
    kinds = [e.kind for e in Brainstormer(chat, n=2, concurrency=1).stream(BAKERY) if isinstance(e, Event)]
    assert kinds.index("idea") < kinds.index("call")
    assert kinds[: kinds.index("call")].count("idea") > 10


def test_nothing_said_is_lost() -> None:
    ideas = scripted(
        "Sure, here you go!\n\n1. Circuit Crumbs\n2. ....\n\nHope this helps!",
        ideas_json("Steel Yeast"),
        n=3,
        max_rounds=1,
    ).invoke(BAKERY)
    everything = " ".join([*ideas.leftover, *(r.text for r in ideas.rejected), *(m for i in ideas for m in i.members)])
    for part in ("Sure, here you go!", "Circuit Crumbs", "....", "Hope this helps!", "Steel Yeast"):
        assert part in everything


def test_more_than_n_distinct_ideas_are_kept_apart() -> None:
    ideas = scripted("\n".join(f"{i}. {w} {w}ery" for i, w in enumerate(WORDS, 1)), n=4).invoke(BAKERY)
    assert len(ideas) == 4
    assert len(ideas.ideas) + len(ideas.more) == ideas.richness.distinct
    assert ideas.stopped == "n"


@pytest.mark.parametrize(
    ("budget", "stopped"), [(Budget(calls=2), "calls"), (Budget(tokens=30), "tokens"), (Budget(seconds=0.5), "seconds")]
)
def test_budgets_end_the_run(openai_server: FakeOpenAI, budget: Budget, stopped: str) -> None:
    openai_server.answer = lambda body, i: Answer(distinct_ideas(body, i).text, seconds=0.2)
    model = Brainstormer(openai.AsyncOpenAI(base_url=openai_server.url, api_key="k"), model_name="m", concurrency=1)
    ideas = model.invoke(Brief(topic=BAKERY, n=500, budget=budget))
    assert ideas.stopped == stopped
    assert ideas.ideas
    assert ideas.usage.calls <= 3


def test_a_dry_well_ends_the_run() -> None:
    ideas = scripted(ideas_json("Circuit Crumbs", "Steel Yeast"), n=50).invoke(BAKERY)
    assert ideas.stopped == "dry"
    assert ideas.richness.next_call == 0


def test_one_failed_call_costs_only_its_own_ideas(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=400) if i == 1 else distinct_ideas(body, i)
    client = openai.AsyncOpenAI(base_url=openai_server.url, api_key="k")
    ideas = Brainstormer(client, model_name="m", n=8, max_rounds=1).invoke(BAKERY)
    assert len(ideas.failures) == 1
    assert "400" in ideas.failures[0].cause
    assert json.loads(ideas.model_dump_json())["failures"][0]["retryable"] is False
    assert IdeaSet.model_validate_json(ideas.model_dump_json()).failures == ideas.failures
    assert len(ideas) >= 4


def test_when_every_call_fails_one_error_names_the_cause_and_the_fix(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=401)
    client = openai.OpenAI(base_url=openai_server.url, api_key="wrong", max_retries=0)
    with pytest.raises(NoIdeasError, match=r"(?s)no idea from one call.*401.*API key"):
        Brainstormer(client, model_name="m").invoke(BAKERY)


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
def test_a_client_serves_run_after_run(openai_server: FakeOpenAI, kind: Any) -> None:
    openai_server.answer = distinct_ideas
    model = Brainstormer(kind(base_url=openai_server.url, api_key="k", max_retries=0), model_name="m", n=4)
    for _ in range(3):
        assert not model.invoke(BAKERY).failures
    assert set(openai_server.keys) == {"Bearer k"}


def test_several_models_take_turns() -> None:
    one, other = ScriptedChat(script=[ideas_json("Circuit Crumbs")]), ScriptedChat(script=[ideas_json("Steel Yeast")])
    ideas = Brainstormer([one, other], n=2).invoke(BAKERY)
    assert one.seen
    assert other.seen
    assert len(ideas) == 2


def test_it_is_a_runnable_in_a_chain() -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "Names for a {place}")])
    chat = ScriptedChat(script=[ideas_json("Circuit Crumbs", "Steel Yeast")])
    chain = prompt | Brainstormer(chat, n=2) | RunnableLambda(lambda ideas: ideas.ideas[0].text)
    assert chain.invoke({"place": "bakery"}) in {"Circuit Crumbs", "Steel Yeast"}
    assert list(chain.stream({"place": "bakery"}))[-1] in {"Circuit Crumbs", "Steel Yeast"}
    assert len(chain.batch([{"place": "bakery"}, {"place": "boat"}])) == 2
    sent = [str(m.content) for m in chat.seen[0]]
    assert sent[0].startswith("Be brief.")
    assert "Names for a bakery" in sent[-1]


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.chains: dict[Any, Any] = {}
        self.models: list[tuple[Any, Any, list[str]]] = []

    def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: Any, **kwargs: Any) -> None:
        self.chains[run_id] = kwargs.get("name")

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: Any, parent_run_id: Any = None, tags: Any = None, **_: Any
    ) -> None:
        self.models.append((run_id, parent_run_id, tags))


def test_inner_calls_are_children_of_the_run_and_stay_out_of_the_hosts_stream() -> None:
    recorder = Recorder()
    ideas = scripted(ideas_json("Circuit Crumbs", "Steel Yeast"), n=2).invoke(BAKERY, {"callbacks": [recorder]})
    assert len(recorder.models) == ideas.usage.calls
    for _, parent, tags in recorder.models:
        assert recorder.chains[parent] == "Brainstormer"
        assert "nostream" in tags


async def test_cancelling_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    chat = ScriptedChat(script=["word " * 1000], delay=0.05)
    task = asyncio.create_task(Brainstormer(chat).ainvoke(BAKERY))
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before


def test_closing_a_sync_stream_stops_the_calls() -> None:
    chat = ScriptedChat(script=["1. " + "word " * 1000], delay=0.05)
    stream = Brainstormer(chat).stream(BAKERY)
    next(iter(stream))
    stream.close()  # type: ignore[attr-defined]
    calls = len(chat.seen)
    assert [t.name for t in threading.enumerate()].count("brainstorm") == 1
    assert len(chat.seen) == calls


async def test_a_stopped_run_keeps_what_is_there() -> None:
    chat = ScriptedChat(script=["\n".join(f"{i}. {w} {w}ery" for i, w in enumerate(WORDS, 1))], delay=0.02, chunk=5)
    run = Brainstormer(chat, n=12).start(BAKERY)
    last = None
    async for last in run.events():
        if isinstance(last, Event) and last.kind == "idea":
            run.stop()
    assert isinstance(last, IdeaSet)
    assert last.stopped == "interrupted"
    assert 1 <= last.richness.distinct < len(WORDS)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n": 0}, "n is 0"),
        ({"colour": "red"}, "no argument .colour."),
        ({"concurrency": 0}, "concurrency"),
        ({"timeout": 0}, "timeout"),
        ({"same": 1.5}, "same"),
        ({"variety": -1}, "variety"),
        ({"technique": "magic"}, "unknown technique"),
        ({"prompts": "/nowhere/at/all"}, "no folder"),
    ],
)
def test_bad_options_are_refused_in_words(options: dict[str, Any], says: str) -> None:
    with pytest.raises(BriefError, match=says):
        scripted("1. a", **options)


def test_the_technique_and_the_embedder_can_be_chosen() -> None:
    chat = ScriptedChat(script=["1. Circuit Crumbs\n2. Steel Yeast"])
    ideas = Brainstormer(chat, technique="list", embedder=None, n=2).invoke(BAKERY)
    assert "numbered list" in str(chat.seen[0][-1].content)
    assert ideas.richness.vendi is None
    assert any("wording alone" in note for note in ideas.notes)


def test_a_run_file_round_trips(tmp_path: Path) -> None:
    ideas = scripted(ideas_json("Circuit Crumbs", "Steel Yeast"), "1. Circuit crumbs!\n2. Rust and Rye", n=3).invoke(
        BAKERY
    )
    path = tmp_path / "run.json"
    ideas.save(path)
    loaded = IdeaSet.load(path)
    assert loaded == ideas
    assert loaded.record == ideas.record
    assert loaded.rerank(variety=0.0).richness == ideas.rerank(variety=0.0).richness


def test_what_says_again_a_kept_idea_is_told_as_rejected() -> None:
    model = Brainstormer(ScriptedChat(script=["1. Ember & Oat\n2. Kiln\n3. Hearth"]), n=2, technique="list")
    *events, found = model.stream(Brief(topic="Names for a bakery", keep=["Kiln"]))
    told = [(e.kind, e.text) for e in events if isinstance(e, Event) and e.text]
    assert ("rejected", "Kiln") in told
    assert ("idea", "Kiln") not in told
    assert isinstance(found, IdeaSet)
    assert sorted(found.texts) == ["Ember & Oat", "Hearth"]


async def test_short_results_are_made_on_the_loop_once_all_is_loaded_and_long_ones_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("brainstorm.run._loaded", threading.Event())
    threads: list[bool] = []
    made = Run.result

    def noted(run: Run) -> IdeaSet:
        threads.append(threading.current_thread() is threading.main_thread())
        return made(run)

    monkeypatch.setattr(Run, "result", noted)
    many = "\n".join(f"{i}. {word} in the wind of a {word} and of {' '.join(WORDS)}" for i, word in enumerate(WORDS, 1))
    for text in ("1. a kite", "1. a kite", many):
        await Brainstormer(ScriptedChat(script=[text]), n=1, max_rounds=1).ainvoke("Things")
    assert threads == [False, True, False]
