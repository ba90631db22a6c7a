"""When a turn of a conversation is brainstormed: always, by a predicate, when the model says so, or on a marker."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Final, Literal

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import merge_configs

from brainstorm.errors import BriefError

When = Literal["always", "ask", "marker"] | Callable[[Sequence[BaseMessage]], bool]
"""Which turns are brainstormed.

"always": every turn of the user's that is text alone. "ask": those of which the model says that they ask for several
options, for one short call. "marker": those that hold the marker, which is taken out. A function: those for which it
returns true, given the messages. Turns with tools or a response format, and turns that end in a tool's result or hold
pictures or files, are never brainstormed: what they ask for is one answer.
"""

MARKER: Final = "/brainstorm"
"""The marker where none is given."""

_THOUGHTS: Final = re.compile(r"<think>.*?</think>", re.S)
_STRUCTURED: Final = ("tools", "functions", "response_format")


def check(when: object) -> None:
    """Refuse what is no policy.

    Raises:
        BriefError: and which there are.
    """
    if when not in ("always", "ask", "marker") and not callable(when):
        raise BriefError(f'when is {when!r}, but must be "always", "ask", "marker" or a function of the messages.')


def structured(options: dict[str, Any]) -> bool:
    """Whether a call with these options wants tool calls or a schema filled in."""
    return any(options.get(name) for name in _STRUCTURED)


def wants(
    messages: Sequence[BaseMessage], when: When, marker: str, model: Any, config: RunnableConfig | None = None
) -> bool:
    """Whether the last turn is to be brainstormed; "ask" sends `model` one call."""
    if when != "ask" or not _is_open(messages):
        return _plainly(messages, when, marker)
    return _says_yes(model.invoke(_question(messages), _quietly(config)))


async def awants(
    messages: Sequence[BaseMessage], when: When, marker: str, model: Any, config: RunnableConfig | None = None
) -> bool:
    """As `wants`."""
    if when != "ask" or not _is_open(messages):
        return _plainly(messages, when, marker)
    return _says_yes(await model.ainvoke(_question(messages), _quietly(config)))


def unmarked(messages: Sequence[BaseMessage], when: When, marker: str) -> list[BaseMessage]:
    """The messages as the model should read them: without the marker, if there is one."""
    if when != "marker":
        return list(messages)
    *before, last = messages
    return [*before, last.model_copy(update={"content": str(last.text).replace(marker, " ").strip()})]


def _is_open(messages: Sequence[BaseMessage]) -> bool:
    last = messages[-1] if messages else None
    if not isinstance(last, HumanMessage) or not str(last.text).strip():
        return False
    content = last.content
    return isinstance(content, str) or all(
        isinstance(block, str) or block.get("type") in ("text", "input_text") for block in content
    )


def _plainly(messages: Sequence[BaseMessage], when: When, marker: str) -> bool:
    if when == "ask" or not _is_open(messages):
        return False
    if callable(when):
        return bool(when(messages))
    text = str(messages[-1].text)
    return when == "always" or (marker in text and bool(text.replace(marker, " ").strip()))


def _question(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    asked = (files("brainstorm.prompts") / "wants_ideas.txt").read_text(encoding="utf-8")
    return [*messages, HumanMessage(asked.strip())]


def _quietly(config: RunnableConfig | None) -> RunnableConfig:
    # "nostream" keeps the call out of the stream of a host graph
    return merge_configs(config, {"tags": ["nostream", "brainstorm"], "run_name": "wants_ideas"})


def _says_yes(reply: BaseMessage) -> bool:
    return re.match(r"\W*yes\b", _THOUGHTS.sub("", str(reply.text)), re.I) is not None
