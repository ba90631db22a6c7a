"""Whatever a provider does wrong: what reached us is in the result, what failed is listed, and nothing is left behind.

A real server on loopback, asked through OpenAI's own client and through LangChain's model.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from brainstorm import Brainstormer, Brief, Budget, IdeaSet
from brainstorm.calls import Call
from brainstorm.errors import NoIdeasError
from brainstorm.faults import explain
from brainstorm.generate import generate
from brainstorm.models import ChatModel, resolve_models
from brainstorm.replies import Reply, Request
from brainstorm.result import assemble
from brainstorm.threads import OnThread
from brainstorm.values import Record
from tests.faulty import WAYS, Way, ideas, key, well
from tests.server import Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery"


def chat(server: FakeOpenAI) -> ChatModel:
    [model] = resolve_models(ChatOpenAI(model="m", base_url=server.url, api_key="k"))
    return model


def client(server: FakeOpenAI) -> ChatModel:
    [model] = resolve_models(openai.AsyncOpenAI(base_url=server.url, api_key="k"), model_name="m")
    return model


def sync_client(server: FakeOpenAI) -> ChatModel:
    [model] = resolve_models(openai.OpenAI(base_url=server.url, api_key="k"), model_name="m")
    return model


DRIVERS = {"client": client, "sync client": sync_client, "langchain": chat}


def calls(n: int) -> list[Request]:
    return [
        Request(Call(id=f"1.{i:02d}", technique="t", template="t", k=5, seed=i), (("user", f"Call {i} for ideas."),))
        for i in range(n)
    ]


async def ask(model: ChatModel, requests: list[Request], **options: Any) -> list[Reply]:
    replies = [e async for e in generate(requests, [model], **options) if isinstance(e, Reply)]
    return sorted(replies, key=lambda r: r.call.id)


def result_of(replies: list[Reply]) -> IdeaSet:
    return assemble(Record(brief=Brief(topic=TOPIC, n=1000), replies=tuple(replies)), None)


def texts_in(result: IdeaSet) -> set[str]:
    """Every text that the result gives back as one."""
    said = {text for idea in (*result.ideas, *result.more) for text in idea.members}
    return said | {r.text for r in result.rejected}


def sent_whole(said: str, texts: list[str]) -> set[str]:
    """The ideas that the server sent to their last character."""
    return {text for text in texts if f'"{text}"' in said or f"{text}\n" in said}


def serve(server: FakeOpenAI, ways: Callable[[int], Way | None]) -> None:
    """Call i fails as `ways(i)` says, in each of its attempts, and asked in one piece too."""
    seen: dict[str, int] = {key({"messages": [{"content": r.messages[0][1]}]}): int(r.call.id[2:]) for r in calls(99)}

    def answer(body: dict[str, Any], number: int) -> Answer:
        at = seen[key(body)]
        way = ways(at)
        return way.answer(ideas(at)) if way else well(ideas(at))

    server.answer = answer


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("name", WAYS)
async def test_what_reached_us_is_kept_and_what_failed_is_listed(
    openai_server: FakeOpenAI, name: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = WAYS[name]
    if name.startswith("huge") and driver != "client":
        pytest.skip("once is enough: it is the reading that is tested")
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    serve(openai_server, lambda i: way)
    [reply] = await ask(DRIVERS[driver](openai_server), calls(1), timeout=30 if name.startswith("huge") else 1.0)

    assert reply.text == openai_server.sent[-1], "every character the server sent, and no other"
    result = result_of([reply])
    assert sent_whole(openai_server.sent[-1], ideas(0)) <= texts_in(result)
    attempts = 1 if name == "hang" and driver == "sync client" and reply.attempts == 1 else way.attempts
    assert (reply.attempts, len(openai_server.requests)) == (attempts, attempts)
    if not way.cause:
        assert result.failures == ()
        assert len(sent_whole(openai_server.sent[-1], ideas(0))) == 5
        return
    [failure] = result.failures
    assert (failure.call, failure.attempts) == ("1.00", attempts)
    assert way.cause in failure.cause
    assert way.fix in failure.fix


@pytest.mark.parametrize("name", [n for n in WAYS if not n.startswith("huge")])
async def test_half_the_calls_fail_in_one_way(
    openai_server: FakeOpenAI, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    await _check_mix(openai_server, client, lambda i: WAYS[name] if i % 2 else None)


@pytest.mark.parametrize("driver", DRIVERS)
async def test_half_the_calls_fail_in_all_ways(
    openai_server: FakeOpenAI, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    ways = [way for name, way in WAYS.items() if not name.startswith("huge")]
    await _check_mix(openai_server, DRIVERS[driver], lambda i: ways[i // 2 % len(ways)] if i % 2 else None, n=56)


async def _check_mix(
    server: FakeOpenAI, driver: Callable[[FakeOpenAI], ChatModel], ways: Callable[[int], Way | None], n: int = 12
) -> None:
    serve(server, ways)
    # time enough for calls that go well on a busy machine, and no third try for those that hang
    replies = await ask(replace(driver(server), attempts=2), calls(n), timeout=2.5)
    assert len(replies) == n
    result = result_of(replies)
    by_call: dict[str, str] = {}
    for body, said in zip(server.requests, server.sent, strict=True):
        by_call[key(body)] = said  # the last attempt
    reached = set()
    for i, reply in enumerate(replies):
        said = by_call[key({"messages": [{"content": reply.messages[0][1]}]})]
        assert reply.text == said
        reached |= sent_whole(said, ideas(i))
    assert reached <= texts_in(result)
    assert len(reached) >= 5 * (n // 2)
    # and nothing that nobody sent: the rest of an idea that was cut is the start of one
    all_ideas = {text for i in range(n) for text in ideas(i)}
    assert all(any(idea.startswith(text) for idea in all_ideas) for text in texts_in(result))
    failing = {f"1.{i:02d}": way for i in range(n) if (way := ways(i)) and way.cause}
    assert {f.call for f in result.failures} == set(failing)
    for failure in result.failures:
        assert failing[failure.call].cause in failure.cause
        assert failing[failure.call].fix in failure.fix


# ---- when to send again


@pytest.mark.parametrize("form", ["seconds", "milliseconds", "date", "date by the server's clock", "nonsense"])
async def test_what_the_server_asks_to_wait_is_read_in_every_form(openai_server: FakeOpenAI, form: str) -> None:
    now = datetime.now(UTC)
    headers = {
        "seconds": {"Retry-After": "7"},
        "milliseconds": {"Retry-After-Ms": "7000"},
        "date": {"Retry-After": format_datetime(now + timedelta(seconds=7), usegmt=True)},
        "date by the server's clock": {
            "Date": format_datetime(now - timedelta(days=1), usegmt=True),
            "Retry-After": format_datetime(now - timedelta(days=1) + timedelta(seconds=7), usegmt=True),
        },
        "nonsense": {"Retry-After": "soon"},
    }[form]
    openai_server.answer = lambda body, i: Answer(status=503, headers=headers)
    fault = None
    async with openai.AsyncOpenAI(base_url=openai_server.url, api_key="k", max_retries=0) as asked:
        try:
            await asked.chat.completions.create(model="m", messages=[])
        except openai.APIStatusError as error:
            fault = explain(error, 1)
    assert fault is not None
    assert fault.retryable
    if form == "nonsense":
        assert fault.retry_after is None
    else:
        assert fault.retry_after == pytest.approx(7, abs=1.5)


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_client_that_retries_by_itself_does_not_multiply_the_attempts(
    openai_server: FakeOpenAI, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    openai_server.answer = lambda body, i: Answer(status=500)
    [reply] = await ask(DRIVERS[driver](openai_server), calls(1))
    assert len(openai_server.requests) == reply.attempts == 3


async def test_a_client_told_to_retry_more_often_gets_its_way(
    openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    openai_server.answer = lambda body, i: Answer(status=500)
    eager = ChatOpenAI(model="m", base_url=openai_server.url, api_key="k", max_retries=4)
    for model in (eager, eager.bind(stop=["x"])):
        openai_server.requests.clear()
        openai_server.sent.clear()
        [ready] = resolve_models(model)
        await ask(ready, calls(1))
        assert len(openai_server.requests) == 5
    assert eager.max_retries == 4, "the caller's own model stays as it is"


@pytest.mark.parametrize(
    ("status", "headers", "code", "times"),
    [
        (409, {"x-should-retry": "true"}, None, 3),
        (418, {"x-should-retry": "true"}, None, 3),
        *((status, {"x-should-retry": "true"}, None, 1) for status in (400, 401, 403, 404, 422)),
        (503, {"x-should-retry": "false"}, None, 1),
        (429, {}, "insufficient_quota", 1),
        (599, {}, None, 3),
    ],
)
async def test_a_server_that_knows_better_is_believed_but_never_in_what_is_final(
    openai_server: FakeOpenAI,
    status: int,
    headers: dict[str, str],
    code: str | None,
    times: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    body = f'{{"error": {{"message": "no", "type": "t", "param": null, "code": "{code or ""}"}}}}'
    openai_server.answer = lambda _, i: Answer(status=status, headers=headers, body=body)
    [reply] = await ask(chat(openai_server), calls(1))
    assert reply.attempts == len(openai_server.requests) == times
    assert reply.failure is not None
    assert ("credit" in reply.failure.fix) == (code is not None)


def test_when_all_fails_the_error_names_the_commonest_cause_and_the_fix(openai_server: FakeOpenAI) -> None:
    # causes that differ only in what is counted are one cause
    def answer(body: dict[str, Any], i: int) -> Answer:
        if i % 4 == 0:
            return Answer(status=403)
        error = {"message": f"key sk-{i:04d} is wrong, request req_{i * 7919}", "type": "t", "code": None}
        return Answer(status=401, body=str({"error": error}).replace("'", '"').replace("None", "null"))

    openai_server.answer = answer
    with pytest.raises(NoIdeasError, match=r"HTTP 401.*API key") as caught:
        Brainstormer(openai_server.url, n=90, max_rounds=1, technique="list").invoke(TOPIC)
    result = caught.value.result
    assert len(result.failures) == result.usage.calls == len(openai_server.requests)
    assert f"{sum('401' in f.cause for f in result.failures)} ended like this" in str(caught.value)


# ---- ending


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """No thread of ours more than before, once the test is over."""
    before = threading.active_count()
    yield
    for _ in range(100):
        if threading.active_count() <= before:
            return
        time.sleep(0.05)
    raise AssertionError([t.name for t in threading.enumerate()])


async def _until(true: Callable[[], bool]) -> bool:
    for _ in range(200):
        if true():
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_task_cancelled_ends_its_calls(openai_server: FakeOpenAI, driver: str, nothing_left: None) -> None:
    openai_server.answer = lambda body, i: Answer("word " * 100, seconds=20)
    before = asyncio.all_tasks()
    task = asyncio.create_task(ask(DRIVERS[driver](openai_server), calls(6), concurrency=4))
    assert await _until(lambda: openai_server.open == 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before
    assert await _until(lambda: openai_server.open == 0)


async def test_a_caller_that_goes_away_leaves_no_socket(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("".join(f"{i}. Steel Yeast {i}\n" for i in range(999)), seconds=99)
    async with aclosing(Brainstormer(openai_server.url, n=20, technique="list").astream(TOPIC)) as events:
        async for event in events:
            if event.kind == "idea":
                break
    assert await _until(lambda: openai_server.open == 0)


def test_a_client_serves_one_event_loop_after_the_other(
    openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_second_try(fault: Any, attempt: int) -> float:
        raise AssertionError(fault)

    monkeypatch.setattr("brainstorm.generate._wait", no_second_try)
    openai_server.answer = lambda body, i: Answer(ideas_json(*ideas(i)))
    asked = ChatOpenAI(model="m", base_url=openai_server.url, api_key="k")
    own = openai.AsyncOpenAI(base_url=openai_server.url, api_key="k")
    for storm in (Brainstormer(asked, n=20), Brainstormer(own, model_name="m", n=20)):
        for _ in range(2):
            for ideas_of in (asyncio.run(storm.ainvoke(TOPIC)), storm.invoke(TOPIC)):
                assert ideas_of.failures == ()
                assert all(r.attempts == 1 for r in ideas_of.record.replies)


def _deaf(seconds: float) -> RunnableLambda[Any, Any]:
    async def call(_: Any) -> str:
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue
        return "1. Too late"

    return RunnableLambda(call)


async def test_a_model_that_swallows_its_cancellation_does_not_hold_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.attempts.ENDING", 0.3)
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, stop.set)
    [stopped] = await ask(ChatModel("m", _deaf(3)), calls(1), stop=stop)
    [late] = await ask(ChatModel("m", _deaf(3)), calls(1), timeout=0.1)
    assert [stopped.finish, late.finish] == ["stopped", "failed"]
    for reply in (stopped, late):
        assert reply.text == ""
        assert reply.failure is not None
        assert "its model goes on" in reply.failure.cause
        assert "time-out on the model's client" in reply.failure.fix
        assert reply.attempts == 1
    assert result_of([stopped]).failures, "the result says so"


def test_the_seconds_of_the_budget_end_a_run_whatever_its_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.attempts.ENDING", 0.3)
    storm = Brainstormer([_deaf(3), RunnableLambda(lambda _: "1. Steel Yeast\n2. Ember & Oat")])
    ideas = storm.invoke(Brief(topic=TOPIC, n=20, budget=Budget(seconds=1)))
    assert ideas.stopped == "seconds"
    assert ideas.usage.seconds < 2.9
    assert any("goes on" in f.cause for f in ideas.failures)
    assert len(ideas) == 2


async def test_what_had_failed_before_the_stop_is_listed(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(status=429, headers={"Retry-After": "30"})
    stop = asyncio.Event()

    async def watch() -> None:
        await _until(lambda: bool(openai_server.requests) and openai_server.open == 0)
        await asyncio.sleep(0.3)  # the answer is read, and waited upon
        stop.set()

    watching = asyncio.create_task(watch())
    [reply] = await ask(client(openai_server), calls(1), stop=stop)
    await watching
    assert reply.finish == "stopped"
    assert "HTTP 429" in result_of([reply]).failures[0].cause


# ---- models without an async side


class SyncChat(BaseChatModel):
    """Has no async side, and takes its time."""

    seconds: float = 0.2

    @property
    def _llm_type(self) -> str:
        return "sync"

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        time.sleep(self.seconds)
        message = AIMessage(content=f"1. Idea of {threading.current_thread().name}")
        return ChatResult(generations=[ChatGeneration(message=message)])


async def test_models_without_an_async_side_run_side_by_side_on_threads_of_their_own(nothing_left: None) -> None:
    for model in (SyncChat(), SyncChat().bind(stop=["x"]), RunnableLambda(lambda x: SyncChat().invoke(x))):
        [ready] = resolve_models(model)
        replies = await ask(ready, calls(12), concurrency=12)
        assert all("brainstorm-call" in r.text for r in replies)


async def test_a_call_on_a_thread_that_still_runs_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    [reply] = await ask(ChatModel("m", SyncChat(seconds=1.0)), calls(1), timeout=0.1)
    assert reply.attempts == 1
    assert reply.failure is not None
    assert "still runs" in reply.failure.fix


async def test_threads_given_up_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.threads.LEFT_MAX", 2)
    monkeypatch.setattr("brainstorm.threads._left", set())
    replies = await ask(ChatModel("m", SyncChat(seconds=1.5)), calls(4), timeout=0.1, concurrency=1)
    causes = [r.failure.cause for r in replies if r.failure]
    assert sum("given up still run" in cause for cause in causes) == 2


async def test_a_thread_given_up_ends_with_its_next_piece(nothing_left: None) -> None:
    closed = threading.Event()

    def count() -> Iterator[int]:
        try:
            for i in range(10**9):
                time.sleep(0.01)
                yield i
        finally:
            closed.set()

    async def first(items: AsyncIterator[int]) -> int:
        async for item in items:
            return item
        raise AssertionError

    async with aclosing(OnThread(count).items()) as items:
        assert await first(items) == 0
    assert await asyncio.to_thread(closed.wait, 5)


async def test_the_loop_serves_others_while_a_huge_reply_is_read(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("\n".join(f"- idea {n} of many" for n in range(3_000)), piece=10**6)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticking = asyncio.create_task(tick())
    ideas = await Brainstormer(openai_server.url, max_rounds=1, technique="list").ainvoke(
        Brief(topic=TOPIC, n=1, budget=Budget(calls=1))
    )
    ticking.cancel()
    assert ideas.richness.said + len(ideas.rejected) == 3_000
    assert ticks > 5
