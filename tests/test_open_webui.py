"""The Pipe, loaded and called as Open WebUI does: from its text alone, by what its signature names."""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import brainstorm.integrations
import pytest
from brainstorm.integrations.server.wire import ApiError

from tests.server import Answer, FakeOpenAI
from tests.serving import names

TEXT = (Path(str(brainstorm.integrations.__file__)).parent / "open_webui.py").read_text(encoding="utf-8")
TOPIC = [{"role": "user", "content": "Names for a bakery run by robots"}]


@pytest.fixture
def pipe(openai_server: FakeOpenAI) -> Any:
    openai_server.answer = names
    module = types.ModuleType("function_brainstorm")  # as Open WebUI's plugin loader makes it
    exec(TEXT, module.__dict__)
    made = module.Pipe()
    made.valves = made.Valves(MODEL="test-model", BASE_URL=openai_server.url, API_KEY="secret-key", IDEAS=6)
    return made


async def call(pipe: Any, body: dict[str, Any], **extra: Any) -> Any:
    """Hands over those of the extra parameters that the signature names."""
    known = inspect.signature(pipe.pipe).parameters
    given = {"__user__": {}, "__metadata__": {}, "__request__": None, "__task__": None, **extra}
    return await pipe.pipe(**{"body": body, **{k: v for k, v in given.items() if k in known}})


def test_its_head_says_what_open_webui_reads() -> None:
    head = TEXT.split('"""')[1]
    read = dict(re.findall(r"^\s*(\w+):\s*(.+)$", head, re.M))
    assert read["title"] == "Brainstorm"
    assert read["requirements"] == "langchain-brainstorm[openai]"
    assert TEXT.startswith('"""\ntitle:')


async def test_its_models(pipe: Any) -> None:
    assert inspect.iscoroutinefunction(pipe.pipes)
    assert [m["id"] for m in await pipe.pipes()] == ["brainstorm", "quick", "broad", "bold"]
    assert all(m["name"] for m in await pipe.pipes())


async def test_the_valves_say_whom_to_ask(
    pipe: Any, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", openai_server.url)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for valves, asked in (
        ({"BASE_URL": openai_server.url, "API_KEY": "secret-key"}, "test-model"),
        ({"MODEL": "openai:gpt-5-mini", "API_KEY": "secret-key"}, "gpt-5-mini"),
    ):
        openai_server.requests, openai_server.keys = [], []
        pipe.valves = pipe.Valves(**valves)
        for extra in ({}, {"__task__": "title_generation"}):
            done = await call(pipe, {"model": "brainstorm.quick", "messages": TOPIC, "stream": False}, **extra)
            assert done["choices"][0]["message"]["content"]
        assert {r["model"] for r in openai_server.requests} == {asked}
        assert set(openai_server.keys) == {"Bearer secret-key"}


async def test_a_stream(pipe: Any, openai_server: FakeOpenAI) -> None:
    told: list[Any] = []

    async def emit(event: Any) -> None:
        told.append(event)

    lines = await call(pipe, {"model": "fn.brainstorm", "messages": TOPIC, "stream": True}, __event_emitter__=emit)
    assert isinstance(lines, AsyncGenerator)
    got = [line async for line in lines]
    assert all(line.startswith("data: ") and "\n" not in line for line in got)
    assert got[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in got[:-1]]
    text = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
    assert len(re.findall(r"^\d+\. ", text.partition("**Best first**")[2], re.M)) == 6
    assert [t["data"]["done"] for t in told] == [False, True]
    assert set(openai_server.keys) == {"Bearer secret-key"}


async def test_a_whole_answer(pipe: Any) -> None:
    made = await call(pipe, {"model": "fn.quick", "messages": TOPIC, "stream": False, "chat_id": "x", "user": {"a": 1}})
    assert len(re.findall(r"^\d+\. ", made["choices"][0]["message"]["content"], re.M)) == 5


async def test_tasks_go_to_the_plain_model(pipe: Any, openai_server: FakeOpenAI) -> None:
    asked = [{"role": "user", "content": "Say hello"}]
    made = await call(pipe, {"model": "fn.brainstorm", "messages": asked}, __task__="title_generation")
    assert made["choices"][0]["message"]["content"] == "A title"
    assert len(openai_server.requests) == 1


async def test_changed_valves_take_effect_and_errors_say_what_is_wrong(pipe: Any, openai_server: FakeOpenAI) -> None:
    pipe.valves = pipe.Valves(MODEL="test-model", BASE_URL=openai_server.url, IDEAS=3)
    made = await call(pipe, {"model": "fn.brainstorm", "messages": TOPIC})
    assert len(re.findall(r"^\d+\. ", made["choices"][0]["message"]["content"], re.M)) == 3
    openai_server.answer = lambda *_: Answer(status=401)
    with pytest.raises(ApiError, match="API key"):
        await call(pipe, {"model": "fn.brainstorm", "messages": TOPIC})
