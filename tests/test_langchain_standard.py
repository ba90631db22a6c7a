"""LangChain's own suites on the chat model and the tool."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from brainstorm.integrations.langchain import BrainstormTool, ChatBrainstorm
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests, ToolsIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests, ToolsUnitTests

from brainstorm.local import local_model
from tests.schema_chat import SchemaChat, fill, ideas_for, tool_calls
from tests.server import Answer, FakeOpenAI


class Unit(ChatModelUnitTests):
    """Skipped by the suite itself: test_init_from_env (this model reads no environment) and test_serdes (LangChain
    loads only classes of its own namespaces, so no third party's model can be serializable)."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatBrainstorm

    @property
    def has_structured_output(self) -> bool:
        return True


class Integration(ChatModelIntegrationTests):
    """Skipped by the suite itself: pictures, PDFs, sound and Anthropic's input blocks (fetched from the network, and a
    brainstorm is of text; such turns are the inner model's), JSON mode where the inner model has none, and VCR
    recordings of a provider."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatBrainstorm

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "another-model"


class TestUnitSchema(Unit):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"llm": SchemaChat(), "n": 3}


class TestIntegrationSchema(Integration):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"llm": SchemaChat(), "n": 3}


class TestUnitOpenAI(Unit):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"llm": ChatOpenAI(model="m", api_key="k", base_url="http://127.0.0.1:9/v1"), "n": 3}


def by_schema(body: dict[str, Any], number: int) -> Answer:
    """What a server with tools and JSON schemas answers."""
    turns = [(m["role"], m["content"] if isinstance(m["content"], str) else "") for m in body["messages"]]
    text = turns[-1][1]
    if calls := tool_calls(turns, body.get("tools") or []):
        return Answer(calls=tuple(calls), finish="tool_calls")
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return Answer(json.dumps(fill(wanted["json_schema"]["schema"], text)))
    if wanted.get("type") == "json_object":
        return Answer('{"setup": "a", "punchline": "b"}')
    return Answer(ideas_for(number))


@pytest.mark.asyncio(loop_scope="session")
class TestIntegrationOpenAI(Integration):
    @pytest.fixture(scope="class", autouse=True)
    def _server(self, request: pytest.FixtureRequest) -> Iterator[None]:
        with FakeOpenAI() as server:
            server.answer = by_schema
            request.cls.url = server.url
            yield

    url = ""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        llm = ChatOpenAI(model="m", api_key="k", base_url=self.url, stream_usage=True, max_retries=0)
        return {"llm": llm, "n": 3}

    @property
    def supports_json_mode(self) -> bool:
        return True


class TestUnitEmbedded(Unit):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"llm": "local", "n": 2}

    @property
    def has_tool_calling(self) -> bool:
        return False  # a model of 135 million weights calls no tools

    @property
    def has_structured_output(self) -> bool:
        return False  # LangChain builds it on tool calls


@pytest.mark.xdist_group("embedded")
class TestIntegrationEmbedded(Integration):
    @property
    def chat_model_params(self) -> dict[str, Any]:
        # one call at a time, so that the same seeds say the same on every run
        llm = local_model(slots=1, threads=2, max_tokens=64, seed=7)
        return {"llm": llm, "n": 2, "max_rounds": 1, "budget": {"calls": 1}}

    @property
    def has_tool_calling(self) -> bool:
        return False  # as above

    @property
    def has_structured_output(self) -> bool:
        return False  # as above

    @property
    def supports_model_override(self) -> bool:
        return False  # it is one file of weights


class Tool:
    @property
    def tool_constructor(self) -> type[BaseTool]:
        return BrainstormTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"llm": SchemaChat()}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"topic": "Names for a bakery", "n": 3, "constraints": ["one word"], "avoid": ["bread"]}


class TestToolUnit(Tool, ToolsUnitTests):
    """test_init_from_env is skipped by the suite itself: the tool reads no environment."""


class TestToolIntegration(Tool, ToolsIntegrationTests):
    pass
