"""A chat model that fills in whatever schema it is given: tool calls and structured output without a provider."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from tests.server import WORDS, ideas_json


def fill(schema: dict[str, Any], text: str, root: dict[str, Any] | None = None) -> Any:
    """Something that meets `schema`: numbers and quoted words come from `text`."""
    root = root or schema
    if "$ref" in schema:
        return fill(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], text, root)
    for options in ("anyOf", "oneOf", "allOf"):
        if options in schema:
            return fill(next(s for s in schema[options] if s.get("type") != "null"), text, root)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type", "object")
    kind = next(k for k in kind if k != "null") if isinstance(kind, list) else kind
    if kind in ("integer", "number"):
        return int(next(iter(re.findall(r"-?\d+", text)), 1))
    if kind == "string":
        return next(iter(re.findall(r"['‘“\"]([^'’”\"]+)['’”\"]", text)), "something")
    if kind == "boolean":
        return True
    if kind == "array":
        return [fill(schema.get("items", {"type": "string"}), text, root)]
    return {name: fill(part, text, root) for name, part in schema.get("properties", {}).items()}


def tool_calls(messages: Sequence[tuple[str, str]], tools: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A call of the tool that the last user message names, else the first; none once a tool has answered."""
    role, text = messages[-1]
    if role == "tool" or not tools:
        return []
    functions = [tool["function"] for tool in tools]
    named = next((f for f in functions if f["name"] in text), functions[0])
    schema = named.get("parameters") or {"type": "object"}
    return [{"name": named["name"], "args": fill(schema, text), "id": "call_1"}]


def ideas_for(number: int) -> str:
    """A verbalized-sampling reply, different for each number."""
    a, b = WORDS[number % len(WORDS)], WORDS[(number * 7 + 3) % len(WORDS)]
    return ideas_json(f"{a} {a}smith", f"the {b} hour")


class SchemaChat(BaseChatModel):
    """Calls tools by their schema; says different ideas in each other call.

    Attributes:
        model: a name, which a call may override.
        calls: how many were made.
    """

    model: str = "schema-chat"
    temperature: float | None = None
    calls: list[int] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "schema"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model}

    def bind_tools(self, tools: Any, *, tool_choice: Any = None, **kwargs: Any) -> Any:
        return self.bind(tools=[convert_to_openai_tool(t) for t in tools], tool_choice=tool_choice, **kwargs)

    def _message(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        self.calls.append(len(self.calls))
        turns = [("tool" if isinstance(m, ToolMessage) else m.type, str(m.text)) for m in messages]
        calls = tool_calls(turns, kwargs.get("tools") or [])
        text = "" if calls else ideas_for(len(self.calls))
        used = UsageMetadata(input_tokens=10, output_tokens=5, total_tokens=15)
        meta = {"model_name": kwargs.get("model", self.model), "finish_reason": "stop"}
        return AIMessage(text, tool_calls=calls, usage_metadata=used, response_metadata=meta)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._message(messages, kwargs))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        whole = self._message(messages, kwargs)
        text = str(whole.content)
        for at in range(0, len(text), 16):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[at : at + 16]))
        parts = [
            {"name": c["name"], "args": json.dumps(c["args"]), "id": c["id"], "index": i, "type": "tool_call_chunk"}
            for i, c in enumerate(whole.tool_calls)
        ]
        last = AIMessageChunk(
            content="",
            tool_call_chunks=parts,  # type: ignore[arg-type]
            usage_metadata=whole.usage_metadata,
            response_metadata=whole.response_metadata,
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=last)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages, stop, **kwargs):
            yield chunk


class OneAnswerChat(SchemaChat):
    """The same without streaming, as the simplest models are: LangChain's cache answers for it."""

    _stream = BaseChatModel._stream  # type: ignore[assignment]
    _astream = BaseChatModel._astream  # type: ignore[assignment]
