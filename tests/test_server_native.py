"""The responses API and the endpoints of this library's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from brainstorm.integrations.server.engine import Limits

from brainstorm import IdeaSet
from tests.server import Answer, FakeOpenAI
from tests.serving import Served, names, serving

TOPIC = "Names for a bakery run by robots"


@pytest.fixture(scope="module")
def inner() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture(scope="module")
def module_server(inner: FakeOpenAI) -> Iterator[Served]:
    with serving(inner, limits=Limits(n=40, texts=50, tokens=9000)) as served:
        yield served


@pytest.fixture
def served(module_server: Served, inner: FakeOpenAI) -> Served:
    inner.answer, inner.requests = names, []
    return module_server


@pytest.fixture
def client(served: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=served.url, api_key="any", max_retries=0, _strict_response_validation=True)


def post(served: Served, path: str, **body: Any) -> httpx.Response:
    return httpx.post(f"{served.url}/{path}", json=body, timeout=30)


def test_a_response(client: openai.OpenAI) -> None:
    made = client.responses.create(model="brainstorm/quick", input=TOPIC, instructions="Be kind.")
    assert made.status == "completed"
    assert len(re.findall(r"^\d+\. ", made.output_text, re.M)) == 5
    assert made.usage is not None
    assert made.usage.output_tokens > 0
    cut = client.responses.create(model="brainstorm/quick", input=TOPIC, max_output_tokens=4)
    assert cut.status == "incomplete"


def test_a_response_streamed(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="brainstorm/quick", input=TOPIC, stream=True))
    kinds = [e.type for e in events]
    assert kinds[:4] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    ]  # fmt: skip
    assert kinds[-4:] == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    assert [e.sequence_number for e in events] == list(range(len(events)))
    deltas = "".join(e.delta for e in events if e.type == "response.output_text.delta")
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == deltas
    assert "- " in deltas


def test_a_conversation_of_items(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    turns: Any = [
        {"role": "user", "content": TOPIC},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "1. Kiln\n2. Hearth"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "3 more like 2"}]},
    ]
    made = client.responses.create(model="brainstorm", input=turns)
    assert len(re.findall(r"^\d+\. ", made.output_text, re.M)) == 3
    assert "More like this: Hearth" in inner.requests[-1]["messages"][-1]["content"]


def test_what_responses_do_not_have_is_refused(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    for extra, says in (
        ({"previous_response_id": "resp_1"}, "whole conversation"),
        ({"background": True}, "Background"),
    ):
        with pytest.raises(openai.BadRequestError, match=says):
            client.responses.create(model="brainstorm", input=TOPIC, **extra)  # type: ignore[call-overload]
    inner.answer = lambda *_: Answer(status=401)
    with pytest.raises(openai.InternalServerError):
        client.responses.create(model="brainstorm/quick", input=TOPIC)
    last = list(client.responses.create(model="brainstorm/quick", input=TOPIC, stream=True))[-1]
    assert last.type == "response.failed"


def test_a_brief_in_and_ideas_out(served: Served, inner: FakeOpenAI) -> None:
    answer = post(
        served, "brainstorm", topic=TOPIC, n=4, constraints=["one word"], personas=["a sailor"], budget={"calls": 3}
    )
    assert answer.status_code == 200
    ideas = IdeaSet.model_validate_json(answer.content)
    assert len(ideas) == 4
    assert ideas.usage.calls <= 3
    assert any("a sailor" in json.dumps(r) for r in inner.requests)
    assert all("Condition: one word" in json.dumps(r) for r in inner.requests)


def test_a_brainstorm_streamed(served: Served) -> None:
    lines = post(served, "brainstorm", topic=TOPIC, model="brainstorm/quick", stream=True).text.split("\n\n")
    events = [tuple(line.split("\n")) for line in lines if line]
    kinds = [head.removeprefix("event: ") for head, _ in events]
    assert kinds[0] == "begin"
    assert {"start", "idea", "call", "progress", "round"} <= set(kinds)
    assert kinds[-1] == "done"
    done = IdeaSet.model_validate_json(events[-1][1].removeprefix("data: "))
    assert len(done) == 5
    ideas = [json.loads(data.removeprefix("data: ")) for head, data in events if head == "event: idea"]
    assert [i["distinct"] for i in ideas] == list(range(1, len(ideas) + 1))


def test_each_stage_alone(served: Served) -> None:
    folded = post(served, "deduplicate", texts=["a doorstop", "to stop a door", "a plant pot"], topic="a brick").json()
    assert [c["members"] for c in folded["clusters"]] == [[0, 1], [2]]
    assert folded["merges"][0]["rule"] == "linkage"
    ranked = post(served, "rank", texts=["a doorstop", "a boat for ants"], topic="uses of a shoe").json()
    assert sorted(p["index"] for p in ranked["ideas"]) == [0, 1]
    assert ranked["ideas"][0]["why"]
    steered = post(
        served, "rank", texts=["a doorstop", "A doorstop.", "a boat for ants", "a kiln"], profile="bold", avoid=["boat"]
    ).json()["ideas"]
    assert [p["index"] for p in steered[2:]] == [2, 1]
    assert [p["copy_of"] for p in steered[2:]] == [None, 0]
    assert post(served, "deduplicate", texts=[]).json() == {"clusters": [], "merges": [], "notes": []}


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("brainstorm", {}, "topic"),
        ("brainstorm", {"topic": " "}, "topic"),
        ("brainstorm", {"topic": "x", "n": 41}, "allows 40"),
        ("brainstorm", {"topic": "x", "budget": {"tokens": 9001}}, "allows 9000"),
        ("brainstorm", {"topic": "x", "budget": {"cost": 1}}, "price"),
        ("brainstorm", {"topic": "x", "model": "test-model"}, "plain model"),
        ("brainstorm", {"topic": "x", "prompts": "/etc"}, "prompts"),
        ("deduplicate", {"texts": ["x"] * 51}, "allows 50"),
        ("deduplicate", {"texts": "x"}, "texts"),
        ("deduplicate", {"texts": ["x"], "embedder": "openai:x"}, "embedder"),
        ("rank", {"texts": ["x"], "support": [1, 2]}, "support"),
        ("rank", {"texts": ["x"], "variety": 2}, "variety"),
        ("rank", {"texts": ["x"], "profile": "brave"}, "profile"),
        ("rank", {"texts": ["x"], "weights": {"beauty": 1}}, "beauty"),
    ],
)
def test_bad_requests_say_what_is_wrong(served: Served, path: str, body: dict[str, Any], says: str) -> None:
    answer = post(served, path, **body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]["message"]


def test_a_budget_that_is_too_small_is_the_requests_fault(served: Served) -> None:
    for budget in ({"seconds": 5e-324}, {"seconds": 1e-9, "calls": 1}):
        answer = post(served, "brainstorm", topic="Names", budget=budget)
        assert answer.status_code == 400, answer.text
        streamed = post(served, "brainstorm", topic="Names", budget=budget, stream=True)
        assert "budget" in streamed.text.splitlines()[-2]


def test_the_openapi_document_names_every_endpoint(served: Served) -> None:
    document = httpx.get(served.url.removesuffix("v1") + "openapi.json").json()
    assert {"/v1/brainstorm", "/v1/deduplicate", "/v1/rank", "/v1/chat/completions", "/v1/responses"} <= set(
        document["paths"]
    )
    text = json.dumps(document)
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in document["components"]["schemas"]


TOOL = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}, "strict": False}


def test_calls_of_tools_are_passed_on(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    inner.answer = lambda *_: Answer("It rains.")
    turns: Any = [
        {"role": "user", "content": "Weather?"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call", "call_id": "call_2", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
        {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "rain"}]},
    ]
    choice: Any = {"type": "function", "name": "weather"}
    for model in ("test-model", "brainstorm"):
        inner.requests = []
        made = client.responses.create(
            model=model,
            input=turns,
            tools=[TOOL],
            tool_choice=choice,
            reasoning={"effort": "low"},  # type: ignore[list-item]
        )
        assert made.output_text == "It rains."
        sent = inner.requests[0]
        assert [m["role"] for m in sent["messages"]] == ["user", "assistant", "tool", "tool"]
        assert [c["id"] for c in sent["messages"][1]["tool_calls"]] == ["call_1", "call_2"]
        assert sent["tools"][0]["function"]["name"] == "weather"
        assert sent["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
        assert sent["reasoning_effort"] == "low"


@pytest.mark.parametrize(
    ("extra", "param"),
    [
        ({"conversation": "conv_1"}, "conversation"), ({"prompt": {"id": "p"}}, "prompt"),
        ({"top_logprobs": 2}, "top_logprobs"), ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, "input[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]}, "input[0].content[0]"),
    ],
)  # fmt: skip
def test_what_has_no_form_here_is_refused(served: Served, extra: dict[str, Any], param: str) -> None:
    for model in ("test-model", "brainstorm/quick"):
        body = {"model": model, "input": "hi", **extra}
        answer = httpx.post(f"{served.url}/responses", json=body, timeout=30)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_an_answer_without_words_and_one_cut_short(client: openai.OpenAI, inner: FakeOpenAI) -> None:
    inner.answer = lambda *_: Answer("")
    kinds = [e.type for e in client.responses.create(model="test-model", input="hi", stream=True)]
    assert kinds[2:] == [
        "response.output_item.added", "response.content_part.added", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    inner.answer = lambda *_: Answer("one two three four five six")
    made = client.responses.create(model="test-model", input="hi", max_output_tokens=2)
    assert (made.status, made.output[0].status) == ("incomplete", "incomplete")  # type: ignore[union-attr]
