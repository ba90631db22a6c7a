"""When a turn of a conversation is brainstormed: always, by a predicate, when the model says so, or on a marker."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, Literal

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs

from brainstorm.coerce import text_of
from brainstorm.errors import BriefError

When = Literal["always", "ask", "marker"] | Callable[[Sequence[BaseMessage]], bool | Awaitable[bool]]
"""Which turns are brainstormed.

"always": every turn of the user's that is text alone. "ask": those of which the model says that they ask for several
options, for one short call. "marker": those that hold the marker as a word of its own; no model ever sees it. A
function: those for which it returns true, given the messages; one that is asynchronous serves asynchronous calls. Turns
with tools or a response format, and turns that end in a tool's result or hold pictures or files, are never
brainstormed: what they ask for is one answer.
"""

MARKER: Final = "/brainstorm"
"""The marker where none is given."""

_THOUGHTS: Final = re.compile(r"<think>.*?</think>", re.S)
_STRUCTURED: Final = (
    "tools", "functions", "response_format",  # OpenAI and those who speak its language; Mistral, Groq
    "ls_structured_output_format", "structured_output_format",  # LangChain's own word for it
    "response_schema", "response_json_schema", "json_schema",  # Google
    "output_config", "output_format",  # Anthropic
    "format",  # Ollama
    "toolConfig", "outputConfig",  # Bedrock
    "guided_json", "guided_regex", "guided_choice", "guided_grammar",  # vLLM
    "grammar",  # llama.cpp
)  # fmt: skip
"""Options of a call that ask for tool calls or one answer of a given shape, as providers' packages name them."""


def check(when: object) -> None:
    """Refuse what is no policy.

    Raises:
        BriefError: and which there are.
    """
    if when not in ("always", "ask", "marker") and not callable(when):
        raise BriefError(f'when is {when!r}, but must be "always", "ask", "marker" or a function of the messages.')


def structured(options: Mapping[str, Any]) -> bool:
    """Whether a call with these options wants tool calls or a schema filled in."""
    return any(options.get(name) for name in _STRUCTURED)


def wants(
    messages: Sequence[BaseMessage], when: When, marker: str, model: Any, config: RunnableConfig | None = None
) -> bool:
    """Whether the last turn is to be brainstormed; "ask" sends `model` one call.

    Raises:
        BriefError: `when` is asynchronous, and this is not.
    """
    if when == "ask" and is_open(messages):
        return _says_yes(model.invoke(_question(messages), _quietly(config)))
    said = _plainly(messages, when, marker)
    if inspect.isawaitable(said):
        if inspect.iscoroutine(said):
            said.close()
        raise BriefError("when is an asynchronous function.", hint="Use ainvoke or astream, or give a plain function.")
    return bool(said)


async def awants(
    messages: Sequence[BaseMessage], when: When, marker: str, model: Any, config: RunnableConfig | None = None
) -> bool:
    """As `wants`; an asynchronous `when` is awaited."""
    if when == "ask" and is_open(messages):
        return _says_yes(await model.ainvoke(_question(messages), _quietly(config)))
    said = _plainly(messages, when, marker)
    return bool(await said if inspect.isawaitable(said) else said)


def unmarked(messages: Sequence[BaseMessage], when: When, marker: str) -> list[BaseMessage]:
    """The messages as a model should read them: without the marker, in this turn and earlier ones.

    One that says nothing else stays as it is, for providers refuse empty messages.
    """
    if when != "marker":
        return list(messages)
    return [_without(message, _pattern(marker)) for message in messages]


def _pattern(marker: str) -> re.Pattern[str]:
    """The marker as a word of its own: not a part of an address or a path."""
    return re.compile(rf"(?<!\S){re.escape(marker)}[:,;.!?]*(?!\S)[ \t]*")


def _without(message: BaseMessage, pattern: re.Pattern[str]) -> BaseMessage:
    if not isinstance(message, HumanMessage) or not pattern.search(text_of(message)):
        return message
    rest = pattern.sub("", text_of(message)).strip()
    if not rest:
        return message
    if isinstance(message.content, str):
        return message.model_copy(update={"content": rest})

    def cleaned(block: Any) -> Any:
        if isinstance(block, str):
            return pattern.sub("", block).strip()
        text = block.get("text")
        return {**block, "text": pattern.sub("", text).strip()} if isinstance(text, str) else block

    blocks = [cleaned(block) for block in message.content]
    kept = [b for b in blocks if b if isinstance(b, str) or b.get("text") != ""]
    return message.model_copy(update={"content": kept})


def is_open(messages: Sequence[BaseMessage]) -> bool:
    """Whether the last turn is one of the user's that is text alone."""
    last = messages[-1] if messages else None
    if not isinstance(last, HumanMessage) or not str(last.text).strip():
        return False
    content = last.content
    return isinstance(content, str) or all(
        isinstance(block, str) or block.get("type") in ("text", "input_text") for block in content
    )


def _plainly(messages: Sequence[BaseMessage], when: When, marker: str) -> bool | Awaitable[bool]:
    if when == "ask" or not is_open(messages):
        return False
    if callable(when):
        return when(messages)
    text, pattern = text_of(messages[-1]), _pattern(marker)
    return when == "always" or bool(pattern.search(text) and pattern.sub("", text).strip())


def _question(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    asked = (files("brainstorm.prompts") / "wants_ideas.txt").read_text(encoding="utf-8")
    return [*messages, HumanMessage(asked.strip())]


def _quietly(config: RunnableConfig | None) -> RunnableConfig:
    # "nostream" keeps the call out of the stream of a host graph
    merged = merge_configs(config, {"tags": ["nostream", "brainstorm"], "run_name": "wants_ideas"})
    merged.pop("run_id", None)  # that of the answer
    return merged


def _says_yes(reply: BaseMessage) -> bool:
    return re.match(r"\W*yes\b", _THOUGHTS.sub("", str(reply.text)), re.I) is not None
