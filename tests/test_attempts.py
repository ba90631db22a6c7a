"""What an attempt teaches and what it costs: errors inside a stream, servers with habits, budgets over attempts."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from brainstorm import Brainstormer, Brief, Budget, IdeaSet
from brainstorm.errors import BriefError, NoIdeasError
from brainstorm.faults import explain
from brainstorm.generate import BACKOFF_MAX, Failure, Reply, Request, _wait, generate
from brainstorm.learn import learn
from brainstorm.models import ChatModel, resolve_models
from brainstorm.plan import Call
from brainstorm.result import assemble
from brainstorm.testing import Broken, ScriptedChat
from brainstorm.tokens import count_tokens
from brainstorm.values import Record
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery"


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)


def client(server: FakeOpenAI) -> ChatModel:
    [model] = resolve_models(openai.AsyncOpenAI(base_url=server.url, api_key="k"), model_name="m")
    return model


async def ask(model: ChatModel, n: int = 1, **options: Any) -> list[Reply]:
    requests = [
        Request(Call(id=f"1.{i:02d}", technique="t", template="t", k=5, seed=i), (("user", f"Call {i}"),))
        for i in range(n)
    ]
    return [e async for e in generate(requests, [model], **options) if isinstance(e, Reply)]


def run(model: object, brief: Brief, **options: Any) -> IdeaSet:
    """A run's result, or that of its error."""
    how: dict[str, Any] = {"technique": "list", "embedder": None, "model_name": "m", **options}
    try:
        return Brainstormer(model, **how).invoke(brief)
    except NoIdeasError as error:
        found: IdeaSet = error.result
        return found


def some(i: int) -> Answer:
    return Answer(ideas_json(*[f"{WORDS[(i * 5 + j) % 16]} {WORDS[(i + j * 3) % 16]} {i} {j}" for j in range(3)]))


# ---- errors inside a stream


@pytest.mark.parametrize(
    ("error", "attempts", "fix"),
    [
        ({"type": "server_error", "code": None}, 3, "try again later"),
        ({"type": "overloaded_error"}, 3, "try again later"),
        ({"type": "requests", "code": "rate_limit_exceeded"}, 3, "concurrency"),
        ({"code": 502, "type": None}, 3, "try again later"),
        ({"type": "insufficient_quota", "code": "insufficient_quota"}, 1, "credit"),
        ({"type": "invalid_request_error", "code": None}, 1, "settings"),
    ],
)
async def test_an_error_inside_a_stream_is_read_as_its_status_would_be(
    openai_server: FakeOpenAI, no_waits: None, error: dict[str, Any], attempts: int, fix: str
) -> None:
    event = f"data: {json.dumps({'error': {'message': 'Something is wrong', **error}})}\n\n"
    openai_server.answer = lambda body, i: Answer(body=event, headers={"Content-Type": "text/event-stream"})
    [model] = resolve_models(ChatOpenAI(model="m", base_url=openai_server.url, api_key="k"))
    [reply] = await ask(model)
    assert len(openai_server.requests) == reply.attempts == attempts
    assert reply.failure is not None
    assert "Something is wrong" in reply.failure.cause
    assert fix in reply.failure.fix


def test_an_overload_that_came_with_status_200_may_pass() -> None:
    response = httpx2.Response(200, request=httpx2.Request("POST", "http://x"))
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert explain(openai.APIStatusError("Overloaded", response=response, body=body), 1).retryable


def test_a_time_out_says_whose_it_is() -> None:
    theirs = explain(openai.APITimeoutError(httpx2.Request("POST", "http://x")), 120)
    assert "a time-out of its own" in theirs.cause
    assert "120" not in theirs.cause
    assert "client" in theirs.fix


# ---- servers with habits


async def test_an_answer_in_one_piece_is_sent_again_in_one_piece(openai_server: FakeOpenAI, no_waits: None) -> None:
    whole = iter([Answer(status=503), Answer(ideas_json("a b", "c d"))])
    openai_server.answer = lambda body, i: Answer("lost", body="{text}") if body.get("stream") else next(whole)
    [reply] = await ask(client(openai_server))
    assert [bool(r.get("stream")) for r in openai_server.requests] == [True, False, False]
    assert reply.finish == "complete"
    assert reply.text == ideas_json("a b", "c d")


async def test_the_latest_fault_is_the_one_that_is_told(openai_server: FakeOpenAI, no_waits: None) -> None:
    openai_server.answer = lambda body, i: Answer("x", body="{text}") if body.get("stream") else Answer(status=503)
    [reply] = await ask(client(openai_server))
    assert reply.failure is not None
    assert "HTTP 503" in reply.failure.cause
    assert reply.failure.retryable


def test_that_a_server_does_not_stream_is_learnt_once_and_every_answer_counts(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(some(i).text, body="{text}")
    result = run(openai_server.url, Brief(topic=TOPIC, n=60, budget=Budget(calls=6)), concurrency=1)
    assert [bool(r.get("stream")) for r in openai_server.requests] == [True] + [False] * 6
    assert result.usage.calls == 6
    assert (result.usage.input_tokens, result.usage.output_tokens) == (7 * 11, 7 * 7)
    assert result.usage.estimated


def test_a_server_that_refuses_stream_options_is_asked_without_once_and_for_all(openai_server: FakeOpenAI) -> None:
    error = '{"error": {"message": "Unrecognized request argument supplied: stream_options", "type": "t"}}'

    def answer(body: dict[str, Any], i: int) -> Answer:
        return Answer(status=400, body=error) if body.get("stream_options") else some(i)

    openai_server.answer = answer
    result = run(openai_server.url, Brief(topic=TOPIC, n=60, budget=Budget(calls=4)), concurrency=1)
    assert result.failures == ()
    assert [bool(r.get("stream_options")) for r in openai_server.requests] == [True] + [False] * 4


def test_another_bad_request_is_final(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=400)
    result = run(openai_server.url, Brief(topic=TOPIC, n=30))
    assert len(openai_server.requests) == result.usage.calls


# ---- white space, waits


async def test_white_space_before_a_lost_connection_is_no_answer(no_waits: None) -> None:
    [model] = resolve_models(ScriptedChat(script=[Broken("\n", ConnectionError("lost")), "1. A good idea"]))
    [reply] = await ask(model)
    assert (reply.attempts, reply.text, reply.failure) == (2, "1. A good idea", None)


def test_a_wait_that_no_server_asked_for_has_an_end() -> None:
    fault = explain(ConnectionError("lost"), 1)
    assert all(_wait(fault, attempt) <= BACKOFF_MAX for attempt in (5, 10, 5000))


def test_a_second_is_waited_where_the_server_asks_for_one(openai_server: FakeOpenAI) -> None:
    came = []

    def answer(body: dict[str, Any], i: int) -> Answer:
        came.append(time.monotonic())
        return Answer(status=429, headers={"Retry-After": "1"}) if i == 0 else some(i)

    openai_server.answer = answer
    result = run(openai_server.url, Brief(topic=TOPIC, n=3, budget=Budget(calls=1)))
    assert len(came) == 2
    assert came[1] - came[0] >= 1.0
    assert result.record.replies[0].attempts == 2
    assert result.failures == ()


# ---- a run that can only fail


@pytest.mark.parametrize("status", [401, 402, 403, 404])
@pytest.mark.parametrize("technique", ["blend", "list"])
def test_a_refusal_of_every_call_ends_the_run_at_once(openai_server: FakeOpenAI, status: int, technique: str) -> None:
    openai_server.answer = lambda body, i: Answer(status=status)
    result = run(openai_server.url, Brief(topic=TOPIC, n=200), technique=technique, concurrency=4)
    assert result.stopped == "failed"
    assert len(openai_server.requests) == result.usage.calls == (1 if technique == "blend" else 4)
    assert len(result.failures) == result.usage.calls
    assert not any("planning" in note for note in result.notes), "nothing served in its place"
    assert (result.usage.input_tokens, result.usage.output_tokens) == (0, 0), "a refusal is not billed"


def test_one_refusal_among_answers_ends_nothing(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=403) if i == 0 else some(i)
    result = run(openai_server.url, Brief(topic=TOPIC, n=30), max_rounds=1, concurrency=2)
    assert len(result.failures) == 1
    assert len(openai_server.requests) == result.usage.calls == 4


def test_a_model_that_refuses_leaves_the_others_to_go_on(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=401) if body["model"] == "dead" else some(i)
    models = [ChatOpenAI(model=name, base_url=openai_server.url, api_key="k") for name in ("dead", "alive")]
    result = run(models, Brief(topic=TOPIC, n=40), concurrency=2, model_name=None, max_rounds=3)
    asked = [r["model"] for r in openai_server.requests]
    assert asked.count("dead") == 1
    assert asked.count("alive") > 4
    assert any(note.startswith("dead was not asked any more: HTTP 401") for note in result.notes)
    assert len(result.ideas) > 5


# ---- what attempts cost


async def test_attempts_that_may_have_cost_count_and_others_do_not(no_waits: None, openai_server: FakeOpenAI) -> None:
    sent = 0

    async def slow(_: Any) -> str:
        nonlocal sent
        sent += 1
        await asyncio.sleep(5)
        return "x"

    [late] = await ask(ChatModel("m", RunnableLambda(slow)), timeout=0.05)
    prompt = count_tokens("Call 0") + 4 + 3
    assert sent == 3
    assert (late.usage.input_tokens, late.usage.output_tokens) == (3 * prompt, 0)

    openai_server.answer = lambda body, i: Answer(status=500) if i < 2 else Answer("1. A good idea")
    [mended] = await ask(client(openai_server))
    assert (mended.usage.input_tokens, mended.usage.output_tokens, mended.usage.counted) == (11, 7, True)

    [nobody] = resolve_models(ChatOpenAI(model="m", base_url="http://127.0.0.1:9/v1", api_key="k"))
    [unopened] = await ask(nobody)
    assert unopened.attempts == 3
    assert unopened.usage.input_tokens == 0


def test_a_call_is_not_sent_again_once_its_attempts_have_used_the_budget_up(no_waits: None) -> None:
    chat = ScriptedChat(script=[ConnectionError("lost in the middle of nowhere")])
    result = run(chat, Brief(topic="Names " * 40, n=5, budget=Budget(tokens=50)), model_name=None)
    assert len(chat.seen) == result.usage.calls == 1
    assert result.usage.input_tokens > 50


# ---- how much a reply may take


def limits(server: FakeOpenAI) -> list[int | None]:
    return [r.get("max_completion_tokens", r.get("max_tokens")) for r in server.requests]


def test_a_reply_is_bounded_where_a_budget_is(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: some(i)
    run(openai_server.url, Brief(topic=TOPIC, n=5, budget=Budget(tokens=3000)))
    assert set(limits(openai_server)) == {600}
    openai_server.requests.clear()
    openai_server.sent.clear()
    run(openai_server.url, Brief(topic=TOPIC, n=5, budget=Budget(calls=2)))
    assert set(limits(openai_server)) == {None}


def test_a_model_that_reasons_has_room_for_it_and_an_own_limit_holds(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: some(i)
    for name, own, told in (("gpt-5-mini", None, 600 + 4096), ("m", 200, 200), ("m", 9000, 600)):
        openai_server.requests.clear()
        openai_server.sent.clear()
        chat = ChatOpenAI(model=name, base_url=openai_server.url, api_key="k", max_completion_tokens=own)
        run(chat, Brief(topic=TOPIC, n=5, budget=Budget(tokens=3000)), model_name=None)
        assert set(limits(openai_server)) == {told}


def test_a_model_seen_to_reason_gets_room_from_then_on(openai_server: FakeOpenAI) -> None:
    def answer(body: dict[str, Any], i: int) -> Answer:
        return some(i) if body["max_completion_tokens"] > 1000 else Answer("", finish="length")

    openai_server.answer = answer
    result = run(openai_server.url, Brief(topic=TOPIC, n=60, budget=Budget(tokens=9000, calls=3)), concurrency=1)
    assert limits(openai_server) == [600, 4696, 4696, 4696]
    assert result.failures == ()


def test_a_server_that_refuses_a_limit_is_asked_without(openai_server: FakeOpenAI) -> None:
    error = '{"error": {"message": "Unsupported parameter: max_completion_tokens", "type": "t"}}'

    def answer(body: dict[str, Any], i: int) -> Answer:
        return Answer(status=400, body=error) if "max_completion_tokens" in body else some(i)

    openai_server.answer = answer
    result = run(openai_server.url, Brief(topic=TOPIC, n=60, budget=Budget(tokens=9000, calls=3)), concurrency=1)
    assert limits(openai_server) == [600, None, None, None]
    assert result.failures == ()


# ---- what counts as a sample


def test_a_call_that_was_cut_after_an_idea_is_a_sample_in_every_figure() -> None:
    topics = [
        "Plant a rooftop herb garden", "Teach juggling to toddlers", "Swap old vinyl records", "Brew nettle beer",
        "Host a midnight chess club", "Map forgotten wells", "Knit sweaters for lamp posts", "Race paper boats",
    ]  # fmt: skip
    replies = []
    for i, text in enumerate(topics):
        call = Call(id=f"1.{i + 1:02d}", technique="t", template="t", k=1, seed=i, direction="somewhere")
        failure = Failure(call.id, "the connection failed", "x") if i % 4 else None
        replies.append(
            Reply(call, (("user", "x"),), f"1. {text}\n", finish="failed" if failure else "complete", failure=failure)
        )
    replies.append(replace(replies[1], call=replace(call, id="1.09"), text=""))  # brought nothing: no sample
    result = assemble(Record(brief=Brief(topic="Things to do"), replies=tuple(replies)), None)
    assert result.richness.distinct == 8
    assert result.richness.next_call == 1.0
    [direction] = result.yields
    assert (direction.calls, direction.new) == (8, 8)
    known = learn(result, replies)
    assert (known.gained, known.last_calls) == (8, 8)


def test_an_estimate_to_the_end_of_no_budget_is_refused_as_the_run_is() -> None:
    storm = Brainstormer(ScriptedChat(script=["x"]), until="budget", embedder=None)
    for refused in (storm.estimate, storm.invoke):
        with pytest.raises(BriefError, match="no budget"):
            refused(TOPIC)


def test_going_on_with_other_prompts_than_before_is_noted(tmp_path: Path) -> None:
    (tmp_path / "list.md").write_text("[user]\n$topic $k", encoding="utf-8")
    chat = ScriptedChat(script=["1. Plant a garden\n2. Brew beer", "1. Race boats\n2. Host a club"])
    how: dict[str, Any] = {"technique": "list", "embedder": None, "n": 2, "max_rounds": 1}
    first = Brainstormer(chat, prompts=str(tmp_path), **how).invoke(TOPIC)
    first.save(tmp_path / "run.json")
    before = IdeaSet.load(tmp_path / "run.json")
    assert not any("prompts" in note for note in Brainstormer(chat, prompts=str(tmp_path), **how).invoke(before).notes)
    further = Brainstormer(chat, **how).invoke(before)
    assert any(f"the prompts in {tmp_path}" in note and "the shipped ones" in note for note in further.notes)


def test_the_first_word_of_one_call_lets_the_others_go_on(openai_server: FakeOpenAI) -> None:
    speaking = []

    def answer(body: dict[str, Any], i: int) -> Answer:
        if i == 1:
            return Answer(status=401)
        speaking.append(openai_server.open)
        return replace(some(i), seconds=1.0, piece=4)

    openai_server.answer = answer
    result = run(openai_server.url, Brief(topic=TOPIC, n=30), max_rounds=1, concurrency=2)
    assert len(result.failures) == 1
    assert speaking[1] == 1, "the third call was sent while the first still spoke"
