"""What must hold whatever goes wrong: nothing lost, nothing overspent, nothing left hanging."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from typing import Any

import openai
import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough

from brainstorm import Brainstormer, Brief, Budget, Event, IdeaSet
from brainstorm.calls import Call
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import NoIdeasError, RunFileError
from brainstorm.faults import Fault
from brainstorm.generate import _wait, generate
from brainstorm.models import ChatModel
from brainstorm.replies import Reply, Request
from brainstorm.result import assemble, replay
from brainstorm.testing import Broken, ScriptedChat
from tests.server import Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery"
NAMES = ["Circuit Crumbs", "Steel Yeast", "Rust and Rye", "Ember & Oat", "Quiet Mill", "The Salt Window", "Blue Ladle"]


def scripted(*script: Any, **options: Any) -> Brainstormer:
    return Brainstormer(ScriptedChat(script=list(script)), **options)


def test_the_result_does_not_hang_on_the_order_of_arrival() -> None:
    ideas = scripted(*(ideas_json(a, b) for a in NAMES for b in NAMES[:2]), n=30, max_rounds=1).invoke(TOPIC)
    embedder = resolve_embedder()
    for seed in range(5):
        replies = list(ideas.record.replies)
        random.Random(seed).shuffle(replies)
        assert assemble(ideas.record.model_copy(update={"replies": tuple(replies)}), embedder) == ideas


def test_a_process_may_end_with_a_stream_open() -> None:
    code = (
        "from brainstorm import Brainstormer\nfrom brainstorm.testing import ScriptedChat\n"
        "stream = Brainstormer(ScriptedChat(script=['1. ' + 'word ' * 999], delay=0.05)).stream('t')\n"
        "print(next(stream).kind)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "start"


def test_a_model_that_exits_the_process_is_a_failed_call() -> None:
    ideas = scripted(SystemExit(1), ideas_json(*NAMES), n=5).invoke(TOPIC)
    assert any("SystemExit" in f.cause for f in ideas.failures)
    assert len(scripted(ideas_json(*NAMES), n=5).invoke(TOPIC)) == 5


def test_streamed_chains_give_what_invoked_chains_give() -> None:
    both = RunnableParallel(ideas=RunnablePassthrough(), count=RunnableLambda(len))
    chain = scripted(ideas_json(*NAMES), n=3) | both
    assert chain.invoke(TOPIC)["count"] == 3
    streamed: dict[str, Any] = {}
    for chunk in chain.stream(TOPIC):
        streamed |= chunk
    assert streamed["count"] == 3
    assert isinstance(streamed["ideas"], IdeaSet)


async def test_streamed_input_is_gathered_before_the_run() -> None:
    async def pieces(text: Any) -> Any:
        for word in ("Names ", "for a ", "bakery"):
            yield word

    chat = ScriptedChat(script=[ideas_json(*NAMES)])
    async for _ in (RunnableLambda(pieces) | Brainstormer(chat, n=2)).astream("t"):
        pass
    assert all("Names for a bakery" in str(messages[-1].content) for messages in chat.seen)


def test_bound_keywords_are_fields_of_the_brief() -> None:
    assert len(scripted(ideas_json(*NAMES)).bind(n=2).invoke(TOPIC)) == 2
    assert len(scripted(ideas_json(*NAMES)).invoke(TOPIC, n=3)) == 3


def test_kept_ideas_are_not_offered_again_and_nothing_is_lost() -> None:
    ideas = scripted(ideas_json(*NAMES), "1. Circuit crumbs!\n2. Iron Loaf", n=5).invoke(
        Brief(topic=TOPIC, n=5, keep=("Circuit Crumbs",))
    )
    assert "Circuit Crumbs" not in {i.text for i in (*ideas.ideas, *ideas.more)}
    assert {"Circuit Crumbs"} <= {r.text for r in ideas.rejected if r.reason == "already kept"}


def test_an_embedder_that_fails_costs_meaning_and_no_idea() -> None:
    def broken(texts: list[str]) -> Any:
        raise ConnectionError("down")

    ideas = scripted(ideas_json(*NAMES), n=3, embedder=broken).invoke(TOPIC)
    assert len(ideas) == 3
    assert any("down" in note for note in ideas.notes)


def test_a_run_with_an_embedder_of_its_own_asks_for_it_again(tmp_path: Any) -> None:
    table = {}

    def own(texts: list[str]) -> Any:
        return [table.setdefault(t, [random.Random(t).random() for _ in range(8)]) for t in texts]

    scripted(ideas_json(*NAMES), n=3, embedder=own).invoke(TOPIC).save(tmp_path / "run.json")
    loaded = IdeaSet.load(tmp_path / "run.json")
    with pytest.raises(RunFileError, match="embedder="):
        loaded.at(0.5)
    with pytest.raises(RunFileError, match="embedder="):
        replay(loaded)
    assert loaded.rerank(embedder=resolve_embedder(own), variety=0.1).richness.said == loaded.richness.said
    assert loaded.at(0.5).richness.said == loaded.richness.said, "once is enough"
    assert replay(loaded, embedder=resolve_embedder()).richness.said == loaded.richness.said


def test_a_budget_of_tokens_holds_back_calls_that_run_side_by_side(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(ideas_json(NAMES[i % 7]), seconds=0.05)
    client = openai.AsyncOpenAI(base_url=openai_server.url, api_key="k")
    ideas = Brainstormer(client, model_name="m", concurrency=16).invoke(
        Brief(topic=TOPIC, n=200, budget=Budget(tokens=10))
    )
    assert ideas.usage.calls == 1
    assert ideas.stopped == "tokens"


def test_no_budget_is_exceeded_by_more_than_the_calls_in_flight() -> None:
    rng = random.Random(7)
    for _ in range(60):
        limit, concurrency = rng.randint(1, 4000), rng.randint(1, 8)
        chat = ScriptedChat(script=[ideas_json(*rng.sample(NAMES, 3)) for _ in range(5)])
        ideas = Brainstormer(chat, concurrency=concurrency, embedder=None).invoke(
            Brief(topic=TOPIC, n=100, budget=Budget(tokens=limit, calls=rng.randint(1, 12)))
        )
        usage = [r.usage.total for r in ideas.record.replies]
        assert sum(usage) <= limit + concurrency * max(usage)
        assert ideas.usage.calls <= 12


def test_when_nothing_usable_was_said_the_error_still_holds_it() -> None:
    with pytest.raises(NoIdeasError) as caught:
        scripted("I'm sorry, but I can't help with that.").invoke(TOPIC)
    result = caught.value.result
    assert isinstance(result, IdeaSet)
    assert "sorry" in result.leftover[0]
    assert result.record.replies


def test_halves_of_characters_do_not_kill_the_run(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("1. idea \ud800 one good\n2. Steel Yeast")
    client = openai.AsyncOpenAI(base_url=openai_server.url, api_key="k")
    ideas = Brainstormer(client, model_name="m", n=2).invoke(TOPIC)
    assert "Steel Yeast" in {i.text for i in ideas}
    ideas.to_json().encode()


def test_an_idea_that_was_cut_off_says_so(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(
        '{"responses": [{"text": "Steel Yeast"}, {"text": "a bakery where the bread is', finish="length"
    )
    client = openai.AsyncOpenAI(base_url=openai_server.url, api_key="k")
    ideas = Brainstormer(client, model_name="m", n=9, max_rounds=1).invoke(TOPIC)
    by_text = {i.text: i.complete for i in (*ideas.ideas, *ideas.more)}
    assert by_text["Steel Yeast"] is True
    assert False in by_text.values()
    assert all(r.finish == "length" for r in ideas.record.replies)


def test_later_rounds_name_what_was_found() -> None:
    chat = ScriptedChat(script=[ideas_json(*NAMES[:2]), ideas_json(*NAMES[2:4]), ideas_json(*NAMES[4:6])])
    ideas = Brainstormer(chat, n=6, concurrency=1).invoke(TOPIC)
    later = [r for r in ideas.record.replies if r.call.round > 1]
    assert later
    assert all("Already said" in r.messages[-1][1] and "Steel Yeast" in r.messages[-1][1] for r in later)
    for idea in ideas:
        assert idea.calls
        assert idea.personas


def test_a_round_in_which_all_fails_ends_the_run() -> None:
    first = [ideas_json("Circuit Crumbs", "Steel Yeast")] * 4
    chat = ScriptedChat(script=[*first, *[ValueError("down")] * 96])
    ideas = Brainstormer(chat, n=12, concurrency=1).invoke(TOPIC)
    assert ideas.stopped == "failed"
    assert max(r.call.round for r in ideas.record.replies) == 2


async def test_seeds_limits_and_usage_reach_the_model_and_come_back() -> None:
    seen: list[dict[str, Any]] = []

    class Model(RunnableLambda[Any, Any]):
        def __init__(self) -> None:
            super().__init__(lambda _: "")

        async def astream(self, input: Any, config: Any = None, **kwargs: Any) -> Any:
            seen.append({**kwargs, "metadata": config["metadata"]})
            for usage in (
                {"input_tokens": 5, "output_tokens": 0, "total_tokens": 5},
                {"input_tokens": 0, "output_tokens": 7, "total_tokens": 7},
            ):
                yield AIMessageChunk(content="text", usage_metadata=usage)

    call = Call(id="1.01", technique="t", template="t", k=5, seed=42, max_tokens=99)
    model = ChatModel("m", Model(), takes_seed=True, takes_max_tokens=True, options={"min_p": 0.1})
    [*_, reply] = [e async for e in generate([Request(call, (("user", "hi"),))], [model])]
    assert isinstance(reply, Reply)
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (5, 7)
    assert {k: seen[0][k] for k in ("seed", "max_tokens", "min_p")} == {"seed": 42, "max_tokens": 99, "min_p": 0.1}
    assert seen[0]["metadata"] == {"brainstorm_call": "1.01", "brainstorm_technique": "t"}


def test_waits_grow_and_what_a_server_asks_for_is_waited() -> None:
    fault = Fault("c", "f", True)
    for attempt, least in ((1, 0.5), (2, 1.0), (3, 2.0)):
        assert least <= _wait(fault, attempt) <= least * 1.25
    assert 3.0 <= _wait(Fault("c", "f", True, retry_after=3.0), 1) <= 3.75


def test_a_run_goes_once_and_a_stop_before_the_first_call_sends_none() -> None:
    chat = ScriptedChat(script=[ideas_json(*NAMES)])

    async def go() -> IdeaSet:
        run = Brainstormer(chat).start(TOPIC)
        last: Any = None
        async for last in run.events():
            if isinstance(last, Event) and last.kind == "start":
                run.stop()
        with pytest.raises(RuntimeError, match="once"):
            _ = [e async for e in run.events()]
        assert isinstance(last, IdeaSet)
        return last

    assert asyncio.run(go()).usage.calls == 0
    assert not chat.seen


def test_one_client_from_two_loops_is_told_apart_from_a_bug() -> None:
    from brainstorm.faults import explain

    fault = explain(RuntimeError("<Event> is bound to a different event loop"), 5)
    assert fault.retryable
    assert "event loop" in fault.fix


@pytest.mark.parametrize("shape", ["boto", "google"])
def test_statuses_are_found_in_other_providers_errors(shape: str) -> None:
    from brainstorm.faults import explain

    class TheirsError(Exception):
        pass

    error: Any = TheirsError("slow down")
    if shape == "boto":
        error.response = {"ResponseMetadata": {"HTTPStatusCode": 429}}
    else:
        error.code = 429
    assert explain(error, 5).retryable


CUT = ConnectionError("lost")


def test_streams_that_are_all_cut_off_go_on_while_they_bring_new_ideas() -> None:
    words = [
        "red",
        "blue",
        "velvet",
        "amber",
        "copper",
        "silver",
        "paper",
        "glass",
        "oak",
        "iron",
        "moss",
        "salt",
        "tin",
        "wax",
        "clay",
        "rope",
    ]
    script = [Broken(f"1. A {a} whistle for {b}\n2. Lamps of {b} and {a}\n3. The {a} br", CUT)
              for a in words for b in words if a != b]  # fmt: skip
    model = Brainstormer(ScriptedChat(script=script), n=30, technique="list", attempts=1, max_rounds=3)
    found = model.invoke("Things on a shelf")
    assert len({reply.call.round for reply in found.record.replies}) > 1
    assert found.stopped != "failed"
    assert len(found.failures) == found.usage.calls, "each is told all the same"


def test_a_run_that_has_its_ideas_has_not_failed() -> None:
    cut = Broken("1. Circuit Crumbs\n2. Steel Yeast\n3. Rust and Rye\n4. Ember", CUT)
    found = Brainstormer(ScriptedChat(script=[cut]), n=3, technique="list", attempts=1).invoke(TOPIC)
    assert found.stopped == "n"


def test_an_answer_that_is_no_text_is_named() -> None:
    with pytest.raises(NoIdeasError, match=r"answered with a dict.*\n?.*text or a chat message"):
        Brainstormer(RunnableLambda(lambda _: {"a": "1. Circuit Crumbs"})).invoke(TOPIC)


def test_an_idea_that_was_cut_off_is_marked() -> None:
    cut = Broken("1. Circuit Crumbs\n2. Steel Yeast\n3. A lantern that walks the whole long way ho", CUT)
    found = Brainstormer(ScriptedChat(script=[cut]), n=3, technique="list", attempts=1, max_rounds=1).invoke(TOPIC)
    assert "way ho […]" in found.to_markdown()
    assert found[-1].complete is False
    assert "cut off" in found[-1].why
    assert "Circuit Crumbs [" not in found.to_markdown()
    assert "False" in found.to_csv()
