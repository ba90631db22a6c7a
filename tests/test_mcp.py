"""The MCP tools, called by the real client: in memory, over HTTP and over stdio."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from typing import Any

import anyio
import httpx2
import mcp
import pytest
from brainstorm.integrations.mcp import http_app, make_mcp
from brainstorm.integrations.server.engine import Engine, Limits
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from tests.server import Answer, FakeOpenAI
from tests.serving import names, quiet, serving

TOPIC = "Names for a bakery run by robots"


def engine_on(inner: FakeOpenAI) -> Engine:
    inner.answer = names
    return Engine("test-model", base_url=inner.url, limits=Limits(n=40, texts=50))


def test_an_interrupt_ends_the_command() -> None:
    code = "from brainstorm.cli import main; main()"
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
    with subprocess.Popen(
        [sys.executable, "-c", code, "mcp", "--model", "local"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(hello) + "\n")
            process.stdin.flush()
            assert '"serverInfo"' in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
        finally:
            process.kill()


async def test_every_tool_has_schemas_and_answers(openai_server: FakeOpenAI) -> None:
    async with mcp.Client(make_mcp(engine_on(openai_server))) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"brainstorm", "deduplicate_ideas", "rank_ideas", "more_like"}
        assert all(tool.output_schema and tool.description for tool in tools.values())
        told: list[tuple[float, float | None, str | None]] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            told.append((done, total, message))

        made = await client.call_tool("brainstorm", {"topic": TOPIC, "n": 6}, progress_callback=progress)
        found: Any = made.structured_content
        assert not made.is_error
        assert len(found["ideas"]) == 6
        assert [done for done, _, _ in told] == list(range(1, len(told) + 1))
        assert len(told) >= 6
        first = [idea["text"] for idea in found["ideas"]]
        more: Any = (
            await client.call_tool("more_like", {"topic": TOPIC, "like": first[:1], "earlier": first, "n": 3})
        ).structured_content
        assert len(more["ideas"]) == 3
        assert not {idea["text"] for idea in more["ideas"]} & set(first)
        assert "More like this: " + first[0] in str(openai_server.requests[-1])
        folded: Any = (
            await client.call_tool("deduplicate_ideas", {"texts": ["a doorstop", "to stop a door", "a plant pot"]})
        ).structured_content
        assert [c["members"] for c in folded["clusters"]] == [[0, 1], [2]]
        ranked: Any = (await client.call_tool("rank_ideas", {"texts": ["a boat", "a kiln"]})).structured_content
        assert sorted(p["index"] for p in ranked["ideas"]) == [0, 1]
        told = {"texts": ["a boat", "a kiln"], "profile": "safe", "avoid": ["boat"]}
        ranked = (await client.call_tool("rank_ideas", told)).structured_content
        assert [p["index"] for p in ranked["ideas"]] == [1, 0]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("brainstorm", {}, "topic"),
        ("brainstorm", {"topic": " "}, "topic"),
        ("brainstorm", {"topic": "x", "n": 41}, "allows 40"),
        ("more_like", {"topic": "x", "like": []}, "like"),
        ("rank_ideas", {"texts": ["x"] * 51}, "allows 50"),
    ],
)
async def test_what_is_wrong_is_said(openai_server: FakeOpenAI, tool: str, arguments: Any, says: str) -> None:
    async with mcp.Client(make_mcp(engine_on(openai_server))) as client:
        made = await client.call_tool(tool, arguments)
    assert made.is_error
    assert says in str(made.content)


async def test_a_model_that_fails_is_a_tool_error(openai_server: FakeOpenAI) -> None:
    engine = engine_on(openai_server)
    openai_server.answer = lambda *_: Answer(status=401)
    async with mcp.Client(make_mcp(engine)) as client:
        made = await client.call_tool("brainstorm", {"topic": TOPIC})
    assert made.is_error
    assert "API key" in str(made.content)


async def test_cancelling_a_call_cancels_the_models_calls(openai_server: FakeOpenAI) -> None:
    engine = engine_on(openai_server)
    openai_server.answer = lambda *_: Answer("1. one\n2. two\n" * 99, seconds=60)
    async with mcp.Client(make_mcp(engine)) as client:
        with anyio.move_on_after(1.0) as scope:
            await client.call_tool("brainstorm", {"topic": TOPIC, "n": 5})
        assert scope.cancelled_caught
        assert openai_server.requests
        assert await asyncio.to_thread(quiet, openai_server)
    assert engine.busy == 0


async def test_over_http_behind_a_key(openai_server: FakeOpenAI) -> None:
    key = "a-key-that-is-long-enough"
    app = http_app(make_mcp(engine_on(openai_server)))
    with serving(openai_server, app=app, keys=[key]) as served:
        url = served.url.removesuffix("/v1") + "/mcp"
        async with httpx2.AsyncClient(timeout=30) as plain:
            assert (await plain.post(url, json={})).status_code == 401
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30)
        async with http, mcp.Client(streamable_http_client(url, http_client=http)) as client:
            assert len((await client.list_tools()).tools) == 4
            made: Any = await client.call_tool("brainstorm", {"topic": TOPIC, "n": 4})
            assert len(made.structured_content["ideas"]) == 4


async def test_over_stdio(openai_server: FakeOpenAI) -> None:
    openai_server.answer = names
    code = "from brainstorm.cli import main; main()"
    arguments = ["-c", code, "mcp", "--model", "test-model", "--base-url", openai_server.url]
    where = StdioServerParameters(command=sys.executable, args=arguments)
    async with mcp.Client(stdio_client(where)) as client:
        made: Any = await client.call_tool("brainstorm", {"topic": TOPIC, "n": 4})
    assert len(made.structured_content["ideas"]) == 4
