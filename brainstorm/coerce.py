"""What LangChain hands on (text, messages, a prompt value, a dict) → a brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from brainstorm.brief import Brief, Message
from brainstorm.errors import BriefError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_ROLES: Final = {
    "human": "user",
    "user": "user",
    "ai": "assistant",
    "assistant": "assistant",
    "system": "system",
}
_TOPIC_KEYS: Final = ("topic", "input", "question", "query")


def to_brief(given: object, defaults: Mapping[str, Any] | None = None) -> Brief:
    """A brief from whatever the caller has.

    Args:
        given: a `Brief`; text; chat messages (the last one from the user is the topic); a prompt value; or a
            dict of the brief's fields, where "input", "question" or "query" may stand for "topic" and
            "messages" holds chat messages.
        defaults: fields to use where `given` does not set them.

    Raises:
        BriefError: no brief can be made of it; the message says why.
    """
    fields = dict(defaults or {})
    if isinstance(given, Brief):
        if not fields:
            return given
        fields |= {name: getattr(given, name) for name in given.model_fields_set}
    else:
        fields |= _fields(given)
    return Brief(**fields)


def _fields(given: object) -> dict[str, Any]:
    if isinstance(given, str):
        return {"topic": given}
    if isinstance(given, Mapping):
        return _from_dict(dict(given))
    if hasattr(given, "to_messages"):
        return _from_messages(given.to_messages())
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        return _from_messages(given)
    if hasattr(given, "content") and hasattr(given, "type"):
        return _from_messages([given])
    raise BriefError(
        f"cannot brainstorm on a {type(given).__name__}.", hint="Give text, chat messages, a dict or a Brief."
    )


def _from_dict(given: dict[Any, Any]) -> dict[str, Any]:
    messages = given.pop("messages", None)
    topic = next((given.pop(key) for key in _TOPIC_KEYS if key in given), None)
    fields: dict[str, Any] = {}
    if topic is not None:
        fields = {"topic": topic, "messages": [t.message for t in _turns(messages)]} if messages else {"topic": topic}
    elif messages:
        fields = _from_messages(messages)
    return {**fields, **{str(key): value for key, value in given.items()}}


def _turns(messages: Sequence[Any]) -> list[_Turn]:
    from langchain_core.messages import convert_to_messages

    try:
        return [turn for message in convert_to_messages(messages) if (turn := _turn(message)) is not None]
    except (ValueError, TypeError, NotImplementedError) as error:
        raise BriefError(f"these are not chat messages: {error}") from error


def _from_messages(messages: Sequence[Any]) -> dict[str, Any]:
    turns = _turns(messages)
    asked = next((i for i in reversed(range(len(turns))) if turns[i].asks), None)
    if asked is None:
        raise BriefError("no message comes from the user.", hint="The last user message is taken as the topic.")
    later = (t.message for t in turns[asked + 1 :] if t.message.role == "system" or t.tool)
    return {"topic": turns[asked].message.content, "messages": (*(t.message for t in turns[:asked]), *later)}


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn with text, and whether a tool said it."""

    message: Message
    tool: bool = False

    @property
    def asks(self) -> bool:
        return self.message.role == "user" and not self.tool


def _turn(message: BaseMessage) -> _Turn | None:
    # pieces of a stream added up are messages too
    kind, text = message.type.removesuffix("MessageChunk").casefold(), text_of(message)
    if kind == "tool" and text:  # the call is no text, but what came back is known to whoever asks for ideas
        name = getattr(message, "name", None)
        return _Turn(Message(role="user", content=f"Result of {name or 'a tool'}:\n{text}"), tool=True)
    role = _ROLES.get(kind)
    return _Turn(Message.model_validate({"role": role, "content": text})) if role and text else None


def text_of(message: BaseMessage) -> str:
    """A message's text, its blocks on lines of their own."""
    if isinstance(message.content, str):
        return message.content
    texts = (block if isinstance(block, str) else block.get("text") for block in message.content)
    return "\n".join(text for text in texts if isinstance(text, str) and text)
