"""The real OpenAI client, wrapped."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import openai
import pytest
from brainstorm.integrations.openai import wrap
from pydantic import BaseModel, Field

from brainstorm.errors import BrainstormError, ModelError
from tests.server import Answer, FakeOpenAI
from tests.serving import names, quiet
from tests.test_server_chat import TOPIC, items, user


class Names(BaseModel):
    names: list[str]


def real(server: FakeOpenAI, kind: Any = openai.OpenAI) -> Any:
    server.answer = names
    return kind(base_url=server.url, api_key="secret-key", _strict_response_validation=True)


def test_create_parse_and_stream(openai_server: FakeOpenAI) -> None:
    client = real(openai_server)
    wrapped = wrap(client, n=4)
    assert type(wrapped) is openai.OpenAI
    done = wrapped.chat.completions.create(model="test-model", messages=user(TOPIC))
    assert len(items(done.choices[0].message.content or "")) == 4
    assert done.model == "test-model"
    assert len(wrapped.chat.completions.create(model="test-model", messages=user(TOPIC), n=6).choices) == 6
    parsed = wrapped.chat.completions.parse(model="test-model", messages=user(TOPIC), response_format=Names)
    assert parsed.choices[0].message.parsed is not None
    assert len(parsed.choices[0].message.parsed.names) == 4
    with wrapped.chat.completions.stream(model="test-model/quick", messages=user(TOPIC)) as stream:
        deltas = [e.delta for e in stream if e.type == "content.delta"]
    assert len(deltas) >= 5
    assert openai_server.requests[0]["model"] == "test-model"
    assert set(openai_server.keys) == {"Bearer secret-key"}


class Three(BaseModel):
    names: Annotated[list[str], Field(max_length=3)]


def test_limits_of_a_model_are_kept(openai_server: FakeOpenAI) -> None:
    wrapped = wrap(real(openai_server))
    parsed = wrapped.chat.completions.parse(model="test-model", messages=user(TOPIC), response_format=Three)
    assert parsed.choices[0].message.parsed is not None
    assert len(parsed.choices[0].message.parsed.names) == 3


def test_the_client_itself_stays_as_it_is(openai_server: FakeOpenAI) -> None:
    client = real(openai_server)
    with wrap(client) as wrapped:
        wrapped.chat.completions.create(model="test-model/quick", messages=user(TOPIC))
    plain = client.chat.completions.create(model="test-model", messages=user("Say hello"))
    assert plain.choices[0].message.content == "A title"


def test_other_requests_pass_through(openai_server: FakeOpenAI) -> None:
    assert [m.id for m in wrap(real(openai_server)).models.list()] == ["test-model"]


def test_errors_are_the_clients_own(openai_server: FakeOpenAI) -> None:
    wrapped = wrap(real(openai_server))
    with pytest.raises(openai.BadRequestError, match="1000"):
        wrapped.chat.completions.create(model="test-model", messages=user("x"), n=1000, extra_body={"n": 1001})
    for status, kind in ((401, openai.AuthenticationError), (404, openai.NotFoundError), (429, openai.RateLimitError)):
        openai_server.answer = lambda *_, status=status: Answer(status=status, headers={"Retry-After": "90"})  # type: ignore[misc]
        for streamed in (False, True):
            with pytest.raises(kind, match=f"HTTP {status}"):
                wrapped.chat.completions.create(model="test-model/quick", messages=user(TOPIC), stream=streamed)
    with pytest.raises(ModelError, match="wrap"):
        wrap("client")  # type: ignore[type-var]


async def test_the_async_client(openai_server: FakeOpenAI) -> None:
    client = real(openai_server, openai.AsyncOpenAI)
    wrapped = wrap(client, n=4)
    assert type(wrapped) is openai.AsyncOpenAI
    done = await wrapped.chat.completions.create(model="test-model", messages=user(TOPIC))
    assert len(items(done.choices[0].message.content or "")) == 4
    async with wrapped.chat.completions.stream(model="test-model", messages=user(TOPIC)) as stream:
        final = await stream.get_final_completion()
    assert len(items((final.choices[0].message.content or "").partition("**Best first**")[2])) == 4
    parsed = await wrapped.chat.completions.parse(model="test-model", messages=user(TOPIC), response_format=Names)
    assert parsed.choices[0].message.parsed is not None
    assert [m.id async for m in wrapped.models.list()] == ["test-model"]
    await client.close()


@pytest.mark.parametrize("streamed", [False, True])
async def test_giving_up_cancels_the_calls(openai_server: FakeOpenAI, streamed: bool) -> None:
    wrapped = wrap(real(openai_server, openai.AsyncOpenAI))
    openai_server.answer = lambda *_: Answer("1. one\n2. two\n" * 99, seconds=60)

    async def ask() -> None:
        made: Any = await wrapped.chat.completions.create(
            model="test-model/quick", messages=user(TOPIC), stream=streamed
        )
        async for _ in made:
            pass

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(), 1)
    assert await asyncio.to_thread(quiet, openai_server)
    assert openai_server.requests


def test_leaving_a_stream_early_cancels_the_calls(openai_server: FakeOpenAI) -> None:
    wrapped = wrap(real(openai_server))
    openai_server.answer = lambda *_: Answer("1. copper\n2. orchard\n" * 99, seconds=30)
    with wrapped.chat.completions.create(model="test-model/quick", messages=user(TOPIC), stream=True) as stream:
        assert next(chunk for chunk in stream if chunk.choices[0].delta.content)
    assert quiet(openai_server)


def test_other_requests_keep_their_retries_and_a_brainstorm_is_asked_once(openai_server: FakeOpenAI) -> None:
    client = real(openai_server)
    openai_server.answer = lambda *_: Answer(status=500, headers={"Retry-After": "0.01"})
    for one in (client, wrap(client)):
        openai_server.requests = []
        with pytest.raises(openai.InternalServerError):
            one.embeddings.create(model="test-model", input="x")
        assert len(openai_server.requests) == 3
    openai_server.requests = []
    with pytest.raises(openai.InternalServerError):
        wrap(client, attempts=1).chat.completions.create(model="test-model/quick", messages=user(TOPIC))
    assert len(openai_server.requests) == 2  # the calls of one quick brainstorm


@pytest.mark.parametrize("streamed", [False, True])
def test_the_timeout_of_a_request_is_how_long_it_brainstorms(openai_server: FakeOpenAI, streamed: bool) -> None:
    wrapped = wrap(real(openai_server))
    openai_server.answer = lambda *_: Answer(hang=True)
    asked: dict[str, Any] = {"model": "test-model/quick", "stream": streamed, "timeout": 0.3}
    for text in (TOPIC, "### Task:\nGenerate a title\n### Chat History:\nx"):
        with pytest.raises(openai.InternalServerError, match=r"504|time"):
            wrapped.chat.completions.create(messages=user(text), **asked)


@pytest.mark.parametrize("wrong", [{"technique": "bogus"}, {"n": 0}, {"tecnique": "auto"}])
def test_wrong_options_are_refused_at_once(openai_server: FakeOpenAI, wrong: dict[str, Any]) -> None:
    with pytest.raises(BrainstormError):
        wrap(real(openai_server), **wrong)
