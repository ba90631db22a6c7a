"""The only stage that does I/O, driven by the real client library against a real server on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from brainstorm.calls import Call
from brainstorm.generate import generate
from brainstorm.models import ChatModel, resolve_models
from brainstorm.replies import Delta, Reply, Request
from tests.server import Answer, FakeOpenAI


def requests(n: int, models: int = 1) -> list[Request]:
    return [
        Request(
            Call(id=f"1.{i:02d}", technique="t", template="t", k=5, seed=i, model=i % models), (("user", f"say {i}"),)
        )
        for i in range(n)
    ]


def model_on(server: FakeOpenAI, **options: Any) -> ChatModel:
    chat = ChatOpenAI(model="m", base_url=server.url, api_key="k", max_retries=0, stream_usage=True, **options)
    return ChatModel("m", chat)


async def run(model: ChatModel, n: int = 1, **options: Any) -> tuple[list[Reply], list[Delta]]:
    events = [event async for event in generate(requests(n), [model], **options)]
    replies = [e for e in events if isinstance(e, Reply)]
    return sorted(replies, key=lambda r: r.call.id), [e for e in events if isinstance(e, Delta)]


async def test_text_streams_and_the_reply_holds_all_of_it(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(f"answer to {body['messages'][-1]['content']}, at length")
    replies, deltas = await run(model_on(openai_server), 3)
    assert [r.text for r in replies] == [f"answer to say {i}, at length" for i in range(3)]
    assert all(r.finish == "complete" and r.failure is None for r in replies)
    assert all((r.usage.input_tokens, r.usage.output_tokens, r.usage.counted) == (11, 7, True) for r in replies)
    for reply in replies:
        assert "".join(d.text for d in deltas if d.call == reply.call) == reply.text


async def test_calls_run_side_by_side_up_to_the_limit(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("some text", seconds=0.1)
    await run(model_on(openai_server), 12, concurrency=4)
    assert openai_server.most_open == 4


def status(code: int, **headers: str) -> Callable[[dict[str, Any], int], Answer]:
    return lambda body, i: Answer("fine", status=code, headers=headers) if i == 0 else Answer("fine")


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503])
async def test_what_may_pass_is_tried_again(openai_server: FakeOpenAI, code: int) -> None:
    openai_server.answer = status(code, **{"Retry-After": "0"})
    [reply], _ = await run(model_on(openai_server))
    assert (reply.text, reply.finish, len(openai_server.requests)) == ("fine", "complete", 2)


@pytest.mark.parametrize(("code", "fix"), [(400, "name"), (401, "key"), (403, "key"), (404, "base URL")])
async def test_what_will_not_pass_is_not_and_the_failure_names_the_fix(
    openai_server: FakeOpenAI, code: int, fix: str
) -> None:
    openai_server.answer = status(code)
    [reply], _ = await run(model_on(openai_server))
    assert len(openai_server.requests) == 1
    assert reply.failure is not None
    assert str(code) in reply.failure.cause
    assert fix in reply.failure.fix


async def test_a_wait_that_is_too_long_is_not_waited_for(openai_server: FakeOpenAI) -> None:
    openai_server.answer = status(429, **{"Retry-After": "3600"})
    [reply], _ = await run(model_on(openai_server))
    assert reply.finish == "failed"


async def test_a_stream_cut_in_the_middle_keeps_what_it_brought(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("0123456789" * 4, cut_after=3)
    [reply], _ = await run(model_on(openai_server))
    assert reply.text == ("0123456789" * 4)[:24]
    assert reply.finish == "failed"
    assert reply.failure is not None
    assert "connection" in reply.failure.cause
    assert len(openai_server.requests) == 1, "what was said must not be asked for twice"


async def test_a_call_that_hangs_times_out_and_the_others_do_not_wait(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("fine", hang="say 0" in body["messages"][-1]["content"])
    replies, _ = await run(model_on(openai_server), 3, timeout=0.3)
    assert [r.finish for r in replies] == ["failed", "complete", "complete"]
    assert replies[0].failure is not None
    assert "0.3 s" in replies[0].failure.cause
    assert replies[0].failure.attempts == 3


async def test_a_lost_server_is_a_failure_that_says_so() -> None:
    with FakeOpenAI() as server:
        model = model_on(server)
    [reply], _ = await run(model)
    assert reply.failure is not None
    assert "connection failed" in reply.failure.cause


@pytest.mark.parametrize("text", ["", "  \n "])
async def test_an_empty_reply_is_a_failure(openai_server: FakeOpenAI, text: str) -> None:
    openai_server.answer = lambda body, i: Answer(text)
    [reply], _ = await run(model_on(openai_server))
    assert reply.failure is not None
    assert "empty" in reply.failure.cause


async def test_a_body_that_is_no_stream_is_a_failure(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer(body="<html>welcome</html>")
    [reply], _ = await run(model_on(openai_server))
    assert reply.finish == "failed"


async def test_stop_ends_calls_and_keeps_what_they_said(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("word " * 400, seconds=60)
    stop, replies = asyncio.Event(), []
    async for event in generate(requests(3), [model_on(openai_server)], stop=stop, concurrency=2):
        if isinstance(event, Reply):
            replies.append(event)
        else:
            stop.set()
    assert [r.finish for r in replies] == ["stopped", "stopped"], "the third was never sent"
    assert any(r.text for r in replies)


async def test_closing_the_iterator_leaves_no_task_and_no_open_request(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda body, i: Answer("word " * 400, seconds=60)
    before = asyncio.all_tasks()
    async with aclosing(generate(requests(4), [model_on(openai_server)])) as events:
        async for _ in events:
            break
    assert asyncio.all_tasks() == before
    for _ in range(100):
        if openai_server.open == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the server still has requests open")


async def test_a_declined_call_is_never_sent(openai_server: FakeOpenAI) -> None:
    replies = [
        e
        async for e in generate(requests(4), [model_on(openai_server)], admit=lambda call: call.seed < 2)
        if isinstance(e, Reply)
    ]
    assert len(replies) == len(openai_server.requests) == 2


async def test_a_model_of_its_own_limit_is_not_flooded() -> None:
    running, most = 0, 0

    async def slow(_: Any) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        return "fine"

    await run(ChatModel("m", RunnableLambda(slow), parallel=2), 6)
    assert most == 2


async def test_runnables_that_yield_messages_or_text_are_models_too() -> None:
    fake = FakeListChatModel(responses=["hello there"])
    for runnable in (fake.with_retry(), RunnableLambda(lambda _: "hello there")):
        [reply], _ = await run(ChatModel("m", runnable))
        assert reply.text == "hello there"
        assert reply.usage.output_tokens == 2
        assert not reply.usage.counted


async def test_only_our_own_bugs_are_raised() -> None:
    with pytest.raises(IndexError):
        _ = [e async for e in generate(requests(2, models=2), [])]


def test_a_client_without_an_async_side_streams_on_threads(openai_server: FakeOpenAI) -> None:
    import openai

    openai_server.answer = lambda body, i: Answer("some text", seconds=0.2)
    with openai.OpenAI(base_url=openai_server.url, api_key="k") as client:
        [model] = resolve_models(client, model_name="m")
        replies, _ = asyncio.run(run(model, 3))
    assert [r.text for r in replies] == ["some text"] * 3
    assert openai_server.most_open == 3
    assert threading.active_count() < 40
