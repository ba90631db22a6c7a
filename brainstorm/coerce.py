"""What LangChain hands on (text, messages, a prompt value, a dict) → a brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
        fields = {"topic": topic, "messages": _turns(messages)} if messages else {"topic": topic}
    elif messages:
        fields = _from_messages(messages)
    return {**fields, **{str(key): value for key, value in given.items()}}


def _turns(messages: Sequence[Any]) -> list[Message]:
    from langchain_core.messages import convert_to_messages

    try:
        return [turn for message in convert_to_messages(messages) if (turn := _turn(message)) is not None]
    except (ValueError, TypeError, NotImplementedError) as error:
        raise BriefError(f"these are not chat messages: {error}") from error


def _from_messages(messages: Sequence[Any]) -> dict[str, Any]:
    turns = _turns(messages)
    asked = next((i for i in reversed(range(len(turns))) if turns[i].role == "user"), None)
    if asked is None:
        raise BriefError("no message comes from the user.", hint="The last user message is taken as the topic.")
    earlier = (*turns[:asked], *(t for t in turns[asked + 1 :] if t.role == "system"))
    return {"topic": turns[asked].content, "messages": earlier}


def _turn(message: BaseMessage) -> Message | None:
    role, text = _ROLES.get(message.type), str(message.text)
    # tool calls and their results are not part of what was asked for
    return Message.model_validate({"role": role, "content": text}) if role and text else None
