"""The server, asked by the real OpenAI client, whose strict mode refuses what is not OpenAI's form."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from brainstorm.integrations.conversation import BEST, understand
from brainstorm.integrations.server import answer
from brainstorm.integrations.server.engine import Engine, Limits
from pydantic import BaseModel

from brainstorm import IdeaSet
from brainstorm.models import resolve_models
from brainstorm.testing import ScriptedChat
from tests.server import Answer, FakeOpenAI
from tests.serving import Served, names, serving

TOPIC = "Names for a bakery run by robots"


@pytest.fixture(scope="module")
def inner() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture(scope="module")
def module_server(inner: FakeOpenAI) -> Iterator[Served]:
    with serving(inner, limits=Limits(n=40, keep_alive=0.2)) as served:
        yield served


@pytest.fixture
def served(module_server: Served, inner: FakeOpenAI) -> Served:
    inner.answer, inner.requests = names, []
    return module_server


@pytest.fixture
def client(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=served.url, api_key="any", max_retries=0, _strict_response_validation=True) as client:
        yield client


def user(*texts: str) -> list[Any]:
    """A conversation: user and assistant in turn."""
    return [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]


def items(text: str) -> list[str]:
    return re.findall(r"^\d+\. (.+)$", text, re.M)


def test_the_models(client: openai.OpenAI) -> None:
    listed = [m.id for m in client.models.list()]
    assert listed == ["brainstorm", "brainstorm/quick", "brainstorm/broad", "brainstorm/bold", "test-model"]
    for name in listed:
        assert client.models.retrieve(name).id == name
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("other")
    assert caught.value.code == "model_not_found"


def test_a_model_of_a_provider_has_two_names(inner: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    monkeypatch.setenv("OPENAI_BASE_URL", inner.url)
    inner.answer = lambda *_: Answer("I am plain.")
    with serving("openai:gpt-5-mini") as served, openai.OpenAI(base_url=served.url, api_key="any") as client:
        assert [m.id for m in client.models.list()][-1] == "gpt-5-mini"
        for name in ("gpt-5-mini", "openai:gpt-5-mini"):
            assert client.models.retrieve(name).id == name
            done = client.chat.completions.create(model=name, messages=user("hi"))
            assert (done.model, done.choices[0].message.content) == (name, "I am plain.")
    models = ["openai:gpt-5-mini", "openai:gpt-5-mini", resolve_models("llama3:8b", base_url=inner.url)[0]]
    assert Engine(models).models[-2:] == ("gpt-5-mini", "llama3:8b")


def test_a_whole_answer(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="brainstorm", messages=user(TOPIC))
    [choice] = done.choices
    assert choice.finish_reason == "stop"
    assert len(items(choice.message.content or "")) == 12
    assert done.usage is not None
    assert done.usage.completion_tokens > 0
    assert done.system_fingerprint
    assert done._request_id is not None
    assert done._request_id.startswith("req_")


def test_a_number_said_is_kept(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="brainstorm", messages=user("7 names for a bakery"))
    assert len(items(done.choices[0].message.content or "")) == 7


def test_a_stream_lists_ideas_as_they_come_and_closes_with_the_ranked_list(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="brainstorm", messages=user(TOPIC), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    *told, last = chunks
    assert last.choices == []
    assert last.usage is not None
    assert last.usage.prompt_tokens > 0
    assert all(c.usage is None for c in told)
    assert told[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in told] == [None] * (len(told) - 1) + ["stop"]
    text = "".join(c.choices[0].delta.content or "" for c in told)
    found, _, ranked = text.partition(BEST)
    assert len(re.findall(r"^- ", found, re.M)) >= 12
    assert len(items(ranked)) == 12
    assert {c.choices[0].delta.content for c in told if (c.choices[0].delta.content or "").startswith("- ")}


def test_n_ideas_as_n_choices(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="brainstorm", messages=user(TOPIC), n=6)
    texts = [c.message.content for c in done.choices]
    assert len(set(texts)) == 6
    assert [c.index for c in done.choices] == list(range(6))
    chunks = list(client.chat.completions.create(model="brainstorm", messages=user(TOPIC), n=6, stream=True))
    streamed: dict[int, str] = {}
    for choice in (c for chunk in chunks for c in chunk.choices):
        streamed[choice.index] = streamed.get(choice.index, "") + (choice.delta.content or "")
    assert len(set(streamed.values())) == 6
    assert sum(c.finish_reason == "stop" for chunk in chunks for c in chunk.choices) == 6


def test_the_same_seed_asks_the_same(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    asked = []
    for seed in (7, 7, 8):
        inner.requests.clear()
        client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC), seed=seed)
        asked.append(sorted(json.dumps(r["messages"]) for r in inner.requests))
    assert asked[0] == asked[1] != asked[2]


@pytest.mark.parametrize("streamed", [False, True])
def test_stop_and_max_tokens_cut_the_answer(client: openai.OpenAI, streamed: bool) -> None:
    def ask(**options: Any) -> tuple[str, str | None]:
        made: Any = client.chat.completions.create(
            model="brainstorm/quick", messages=user(TOPIC), stream=streamed, **options
        )
        if not streamed:
            return made.choices[0].message.content, made.choices[0].finish_reason
        chunks = list(made)
        return "".join(c.choices[0].delta.content or "" for c in chunks), chunks[-1].choices[0].finish_reason

    text, reason = ask(stop=["3."])
    assert reason == "stop"
    assert "2." in text
    assert "3." not in text
    text, reason = ask(max_tokens=5)
    assert reason == "length"
    assert "1." in text
    assert len(text) < 40
    text, reason = ask(max_completion_tokens=4000)
    assert (len(items(text)), reason) == (5, "stop")


class Names(BaseModel):
    names: list[str]


class Row(BaseModel):
    text: str
    why: str


class Rows(BaseModel):
    topic: str
    rows: list[Row]


class Weather(BaseModel):
    city: str
    degrees: int


def test_structured_answers(client: openai.OpenAI) -> None:
    done = client.chat.completions.parse(model="brainstorm/quick", messages=user(TOPIC), response_format=Names)
    parsed = done.choices[0].message.parsed
    assert parsed is not None
    assert len(parsed.names) == 5
    rows = client.chat.completions.parse(model="brainstorm/quick", messages=user(TOPIC), response_format=Rows)
    assert rows.choices[0].message.parsed is not None
    assert rows.choices[0].message.parsed.topic == TOPIC
    assert all(row.why for row in rows.choices[0].message.parsed.rows)
    schema = {"type": "json_schema", "json_schema": {"name": "IdeaSet", "schema": IdeaSet.model_json_schema()}}
    whole: Any = client.chat.completions.create(
        model="brainstorm/quick",
        messages=user(TOPIC),
        response_format=schema,  # type: ignore[arg-type]
    )
    ideas = IdeaSet.model_validate_json(whole.choices[0].message.content)
    assert len(ideas) == 5
    assert ideas.usage.calls >= 2
    any_json: Any = client.chat.completions.create(
        model="brainstorm/quick", messages=user(TOPIC), response_format={"type": "json_object"}
    )
    assert len(IdeaSet.model_validate_json(any_json.choices[0].message.content)) == 5


def test_another_schema_goes_to_the_plain_model(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    inner.answer = lambda body, number: Answer('{"city": "Oslo", "degrees": 3}')
    done = client.chat.completions.parse(model="brainstorm", messages=user("Weather?"), response_format=Weather)
    assert done.choices[0].message.parsed == Weather(city="Oslo", degrees=3)
    [request] = inner.requests
    assert request["response_format"]["json_schema"]["name"] == "Weather"


def test_the_plain_model_answers_for_itself(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    done = client.chat.completions.create(model="test-model", messages=user("Say hello"), temperature=0.3, n=2)
    assert [c.message.content for c in done.choices] == ["A title", "A title"]
    assert inner.requests[0]["temperature"] == 0.3
    assert done.usage is not None
    assert done.usage.completion_tokens == 14
    chunks = list(client.chat.completions.create(model="test-model", messages=user("Say hello"), stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "A title"


def test_tools_that_must_be_called_go_to_the_plain_model(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
    rest = {"index": 0, "function": {"arguments": '"it"}'}}
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "test-model"}
    deltas = [{"role": "assistant", "tool_calls": [call]}, {"tool_calls": [rest]}]
    lines = [{**chunk, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    lines.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
    inner.answer = lambda *_: Answer(body=body, headers={"Content-Type": "text/event-stream"})
    tool: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    asked: Any = {"model": "brainstorm", "messages": user("Look"), "tools": [tool], "tool_choice": "required"}
    done = client.chat.completions.create(**asked)
    assert done.choices[0].finish_reason == "tool_calls"
    made = done.choices[0].message.tool_calls
    assert made is not None
    assert made[0].function.arguments == '{"at":"it"}'  # type: ignore[union-attr]
    chunks = list(client.chat.completions.create(**asked, stream=True))
    parts = [t for c in chunks for t in c.choices[0].delta.tool_calls or ()]
    assert "".join(p.function.arguments or "" for p in parts if p.function) == '{"at":"it"}'


def test_tools_that_may_be_called_do_not_hinder_a_brainstorm(client: openai.OpenAI) -> None:
    tool: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
    done = client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC), tools=[tool])
    assert len(items(done.choices[0].message.content or "")) == 5


def test_earlier_ideas_do_not_come_again(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    first = client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC)).choices[0].message.content
    assert first is not None
    said = set(items(first))
    for question in ("more", "more like 3", "fewer puns"):
        stream = client.chat.completions.create(
            model="brainstorm/quick", messages=user(TOPIC, first, question), stream=True
        )
        text = "".join(c.choices[0].delta.content or "" for c in stream)
        new = set(items(text)) | set(re.findall(r"^- (.+)$", text, re.M))
        assert new
        assert not new & said
    asked = inner.requests[-1]["messages"][-1]["content"]
    assert "Less like this: puns" in asked
    assert TOPIC in asked


def test_jobs_of_chat_apps_go_to_the_plain_model(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    job = "### Task:\nGenerate a title.\n### Chat History:\n<chat_history>names</chat_history>"
    done = client.chat.completions.create(model="brainstorm", messages=user(TOPIC, "1. a\n2. b", job))
    assert done.choices[0].message.content == "A title"
    assert len(inner.requests) == 1
    assert inner.requests[0]["messages"][-1]["content"] == job


def test_what_a_failed_call_was_is_said(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    inner.answer = lambda body, number: Answer(status=400) if number % 2 else names(body, number)
    done = client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC))
    assert re.search(r"\*\(1 of 2 calls failed: .+\)\*", done.choices[0].message.content or "")


def test_a_model_that_fails_is_an_error_whole_and_streamed(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    inner.answer = lambda *_: Answer(status=401)
    for model in ("brainstorm/quick", "test-model"):
        with pytest.raises(openai.InternalServerError, match="API key") as caught:
            client.chat.completions.create(model=model, messages=user(TOPIC))
        assert caught.value.status_code == 502
        with pytest.raises(openai.APIError, match="API key"):
            list(client.chat.completions.create(model=model, messages=user(TOPIC), stream=True))


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"model": "gpt-9"}, 404, "gpt-9"),
        ({"n": 41}, 400, "allows 40"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "user", "content": "  "}]}, 400, "user"),
        ({"messages": [{"role": "nobody", "content": "x"}]}, 400, "role"),
        ({"messages": [{"role": "user", "content": "x" * 100_001}]}, 400, "100,000"),
        ({"temperature": 9}, 400, "temperature"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"messages": [{"role": "user", "content": "999 ways"}]}, None, ""),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_bad_requests(
    client: openai.OpenAI, changes: dict[str, Any], status: int | None, says: str, streamed: bool
) -> None:
    asked: Any = {"model": "brainstorm/quick", "messages": user(TOPIC), "stream": streamed, **changes}
    if status is None:
        assert client.chat.completions.create(**asked)
        return
    with pytest.raises(openai.APIStatusError, match=re.escape(says)) as caught:
        client.chat.completions.create(**asked)
    assert caught.value.status_code == status
    assert caught.value.type == "invalid_request_error"


def test_a_missing_model_is_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="model") as caught:
        client.post("/chat/completions", body={"messages": user(TOPIC)}, cast_to=object)
    assert caught.value.param == "model"


def test_silence_is_filled_with_comments(served: Served, inner: FakeOpenAI) -> None:
    import httpx

    inner.answer = lambda *_: Answer('{"responses": [{"text": "one", "probability": 0.1}]}', lag=0.7)
    body = {"model": "brainstorm/quick", "messages": user(TOPIC), "stream": True}
    answer = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count(": keep-alive\n\n") >= 2
    assert answer.text.endswith("data: [DONE]\n\n")


async def test_the_async_client(served: Served) -> None:
    async with openai.AsyncOpenAI(base_url=served.url, api_key="any", _strict_response_validation=True) as client:
        done = await client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC))
        assert len(items(done.choices[0].message.content or "")) == 5
        async with client.chat.completions.stream(model="brainstorm/quick", messages=user(TOPIC)) as stream:
            events = [event.type async for event in stream]
        assert "content.done" in events


def test_any_langchain_model_can_be_below_it() -> None:
    with serving(ScriptedChat(script=["1. Ember & Oat\n2. Rust and Rye\n3. Kiln"])) as served:
        client = openai.OpenAI(base_url=served.url, api_key="any", _strict_response_validation=True)
        done = client.chat.completions.create(model="brainstorm/quick", messages=user(TOPIC), stop="zzz")
        assert sorted(items(done.choices[0].message.content or "")) == ["Ember & Oat", "Kiln", "Rust and Rye"]
        plain = client.chat.completions.create(model="ScriptedChat", messages=user(TOPIC), max_tokens=4)
        assert plain.choices[0].finish_reason == "length"


def test_many_choices_of_the_plain_model_are_asked_for_a_few_at_a_time(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda *_: Answer("word", lag=0.05)
    with serving(openai_server, options={"concurrency": 3}) as served:
        body = {"model": "test-model", "messages": [{"role": "user", "content": "hi"}], "n": 12}
        done = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30).json()
    assert len(done["choices"]) == 12
    assert openai_server.most_open == 3


@pytest.mark.parametrize("model", ["test-model", "brainstorm/quick"])
def test_too_many_requests_of_the_provider_are_passed_on(openai_server: FakeOpenAI, model: str) -> None:
    openai_server.answer = lambda *_: Answer(status=429, headers={"Retry-After": "90"})
    with serving(openai_server) as served:
        body = {"model": model, "messages": user("Names for a bakery")}
        answer = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "90")
    assert answer.json()["error"]["type"] == "rate_limit_error"


def test_what_the_plain_model_is_asked_goes_through(served: Served, inner: FakeOpenAI) -> None:
    extra = {"reasoning_effort": "low", "logit_bias": {"1": 1}, "user": "u", "parallel_tool_calls": False, "top_k": 3}
    body = {"model": "test-model", "messages": user("hi"), "temperature": 0.3, **extra}
    done = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30).json()
    assert done["choices"][0]["message"]["content"]
    assert extra.items() <= inner.requests[0].items()
    # tokens the provider says nothing of are not said to be none
    assert set(done["usage"]) == {"prompt_tokens", "completion_tokens", "total_tokens"}


@pytest.mark.parametrize(
    ("extra", "param"),
    [({"logprobs": True}, "logprobs"), ({"functions": [{"name": "f"}]}, "functions"),
     ({"modalities": ["audio"]}, "modalities"), ({"n": 40, "max_tokens": 100_000}, "max_tokens")],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused(served: Served, extra: dict[str, Any], param: str) -> None:
    body = {"model": "test-model", "messages": user("hi"), **extra}
    answer = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"response_format": {"type": "xml"}}, "response_format"),
        ({"response_format": {"type": "json_schema", "json_schema": 5}}, "response_format"),
        *(
            ({"response_format": {"type": "json_schema", "json_schema": {"schema": wrong}}}, "response_format")
            for wrong in (5, {"properties": 5}, {"required": [{}]}, {"required": 5}, {"$defs": []})
        ),
    ],
)
def test_what_no_brainstorm_can_answer_is_refused(
    served: Served, inner: FakeOpenAI, extra: dict[str, Any], param: str
) -> None:
    body = {"model": "brainstorm", "messages": user(TOPIC), **extra}
    answer = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert not inner.requests
    harmless = {"logprobs": False, "top_logprobs": 0, "modalities": ["text"], "response_format": {"type": "text"}}
    assert httpx.post(f"{served.url}/chat/completions", json={**body, **harmless}, timeout=30).is_success


def test_limits_of_a_schema_say_how_many(served: Served) -> None:
    for limits, topic, count in (
        ({"maxItems": 3}, TOPIC, 3), ({"minItems": 14}, TOPIC, 14), ({"maxItems": 3}, f"5 {TOPIC}", 3),
        ({"minItems": 2, "maxItems": 9}, f"4 {TOPIC}", 4), ({}, f"4 {TOPIC}", 4), ({}, TOPIC, 12),
    ):  # fmt: skip
        asked = {"type": "array", "items": {"type": "string"}, **limits}
        for schema in (asked, {"type": "object", "properties": {"names": asked}, "required": ["names"]}):
            form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
            body = {"model": "brainstorm", "messages": user(topic), "response_format": form}
            done = httpx.post(f"{served.url}/chat/completions", json=body, timeout=30).json()
            told = json.loads(done["choices"][0]["message"]["content"])
            assert len(told if schema is asked else told["names"]) == count


def test_a_model_that_is_not_openais_refuses_what_it_does_not_take() -> None:
    with serving(ScriptedChat(script=["hello"]), options={"embedder": None}) as served:
        name = httpx.get(f"{served.url}/models").json()["data"][-1]["id"]
        body = {"model": name, "messages": user("hi"), "user": "u", "logprobs": False}
        assert httpx.post(f"{served.url}/chat/completions", json=body, timeout=30).is_success
        answer = httpx.post(f"{served.url}/chat/completions", json={**body, "top_k": 3}, timeout=30)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "top_k")


def test_choices_of_json_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="'n' must be 1"):
        client.chat.completions.create(
            model="brainstorm", messages=user(TOPIC), n=3, response_format={"type": "json_object"}
        )


def test_long_conversations_are_read_beside_the_loop(client: openai.OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def noted(turns: Any) -> Any:
        threads.append(threading.current_thread().name)
        return understand(turns)

    monkeypatch.setattr(answer, "understand", noted)
    for words in (1, 50_000):
        client.chat.completions.create(model="brainstorm/quick", messages=user("word " * words, "1. kiln", TOPIC))
    assert len(set(threads)) == 2
