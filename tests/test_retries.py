"""How often a call is sent: one place decides, whatever lies below, and what was asked for is honoured."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import openai
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatResult
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from brainstorm import Brainstormer, Brief
from brainstorm.errors import BriefError, NoIdeasError
from brainstorm.models import resolve_models
from tests.server import Answer, FakeOpenAI

TOPIC = "Names for a bakery"


@pytest.fixture
def always_500(openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> FakeOpenAI:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", openai_server.url)
    openai_server.answer = lambda body, i: Answer(status=500, headers={"retry-after-ms": "1"})
    return openai_server


def attempts(server: FakeOpenAI, model: object, **options: Any) -> float:
    """Requests for each call of a run that fails."""
    server.requests.clear()
    server.sent.clear()
    with pytest.raises(NoIdeasError) as caught:
        Brainstormer(model, embedder=None, technique="list", max_rounds=1, **options).invoke(Brief(topic=TOPIC, n=2))
    result = caught.value.result
    assert {f.attempts for f in result.failures} == {len(server.requests) / result.usage.calls}
    calls: int = result.usage.calls
    return len(server.requests) / calls


@pytest.mark.parametrize("name", ["gpt-4o-mini", "openai:gpt-4o-mini"])
def test_a_named_model_is_sent_as_often_with_its_provider_as_without(always_500: FakeOpenAI, name: str) -> None:
    assert attempts(always_500, name) == 3


def test_what_a_client_was_told_holds_less_or_more(always_500: FakeOpenAI) -> None:
    for told, times in ((0, 1), (1, 2), (4, 5)):
        chat = ChatOpenAI(model="m", max_retries=told)
        assert attempts(always_500, chat) == attempts(always_500, chat.bind(stop=["x"])) == times
        assert chat.max_retries == told, "the caller's own stays as it is"
        assert chat.root_client.max_retries == chat.root_async_client.max_retries == told
        client = openai.AsyncOpenAI(max_retries=told)
        assert attempts(always_500, client, model_name="m") == times
        assert client.max_retries == told


def test_attempts_can_be_set(always_500: FakeOpenAI) -> None:
    for model in ("openai:gpt-4o-mini", ChatOpenAI(model="m", max_retries=4), always_500.url):
        assert attempts(always_500, model, attempts=1, model_name="m") == 1
    with pytest.raises(BriefError, match="attempts is 0"):
        Brainstormer(always_500.url, model_name="m", attempts=0)


class Client:
    """As Stainless makes them for several providers."""

    def __init__(self, max_retries: int = 2) -> None:
        self.max_retries = max_retries

    def with_options(self, max_retries: int) -> Client:
        return Client(max_retries)


class Part:
    def __init__(self, client: Client) -> None:
        self._client = client


class Chat(BaseChatModel):
    """Keeps a part of its client, as langchain-groq does, and makes one when it is wanted, as langchain-anthropic."""

    max_retries: int = 2
    client: Any = None

    @cached_property
    def late(self) -> Client:
        return Client(self.max_retries)

    @property
    def _llm_type(self) -> str:
        return "test"

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        raise NotImplementedError


def test_other_providers_clients_do_not_multiply_the_attempts() -> None:
    for chat, times in (
        (Chat(), 3),
        (Chat(max_retries=5), 6),
        (Chat(max_retries=0), 1),
        (Chat(client=Part(Client())), 3),
    ):
        assert chat.late.max_retries == chat.max_retries  # made before, with the retries on
        [model] = resolve_models(chat)
        assert model.attempts == times
        inner: Any = model.runnable
        assert inner.late.max_retries == 0
        assert inner.client is None or inner.client._client.max_retries == 0
        assert chat.client is None or chat.client._client.max_retries == 2


def test_retries_wrapped_around_a_model_do_not_multiply_either(always_500: FakeOpenAI) -> None:
    chat = ChatOpenAI(model="m")
    always_500.answer = lambda body, i: Answer(status=500) if not body.get("stream") else Answer("", body="{text}")
    wrapped = chat.with_retry(stop_after_attempt=4)
    [model] = resolve_models(wrapped)
    assert model.attempts == 4
    # asked in one piece, which is where `with_retry` would act
    assert attempts(always_500, wrapped, attempts=2) == 3  # once as a stream
    assert wrapped.max_attempt_number == 4  # type: ignore[attr-defined]


def test_a_runnable_without_retries_is_left_as_it_is() -> None:
    runnable: Any
    for runnable in (RunnableLambda(lambda _: "1. a"), Chat(max_retries=0)):
        [model] = resolve_models(runnable)
        assert model.runnable is runnable
