"""What comes next in a chain: an `IdeaSet` → text, messages or documents, and messages → the `IdeaSet` in them.

Plain functions, so that they stand in a chain as they are: `prompt | Brainstormer(llm) | best`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from pydantic import ValidationError

from brainstorm.result import IdeaSet
from brainstorm.values import Idea

IDEAS_KEY: Final = "brainstorm"
"""Where a message's `additional_kwargs` hold the ideas, as JSON values: checkpoints and caches keep only those."""

NOTHING_NEW: Final = "No new ideas."
"""What a message says when all that came was known before: providers refuse empty messages."""

Form = Literal["markdown", "json"]
"""How a set of ideas is written in a message: a numbered list, or a JSON object with `topic` and `ideas`."""


def best(ideas: IdeaSet) -> str:
    """The first idea's text, or "" where there is none."""
    return next(iter(ideas.texts), "")


def texts(ideas: IdeaSet) -> list[str]:
    """The ideas' texts, best first."""
    return ideas.texts


def to_message(ideas: IdeaSet, form: Form = "markdown") -> AIMessage:
    """One message that lists the ideas, best first; `ideas_of` reads the set back from it."""
    markdown = ideas.to_markdown() or NOTHING_NEW
    text = markdown if form == "markdown" else ideas.model_dump_json(include={"topic", "ideas"})
    models = ",".join(dict.fromkeys(ideas.models))
    return AIMessage(
        content=text,
        additional_kwargs={IDEAS_KEY: ideas.model_dump(mode="json")},
        # a name of its own keeps these totals apart from those of the calls they sum up
        response_metadata={"model_name": f"brainstorm/{models}", "finish_reason": "stop", **counted(ideas)},
        usage_metadata=usage_of(ideas),
    )


def to_messages(ideas: IdeaSet) -> list[AIMessage]:
    """One message an idea, best first, as answers to choose from."""
    return [AIMessage(content=str(idea), additional_kwargs={IDEAS_KEY: _plain(idea)}) for idea in ideas]


def to_documents(ideas: IdeaSet) -> list[Document]:
    """One document an idea, best first; its metadata holds the topic, the rank (from 1) and the idea's other fields."""
    return [
        Document(str(idea), metadata={"topic": ideas.topic, "rank": rank, **_plain(idea)})
        for rank, idea in enumerate(ideas, 1)
    ]


def ideas_of(message: BaseMessage) -> IdeaSet | None:
    """The set that a message of `ChatBrainstorm`, `BrainstormMiddleware` or `BrainstormTool` holds, if it holds one.

    It has everything but the replies (in an agent's message, the ideas and what they cost; the agent's state has the
    rest): it can be read and exported, not ranked or folded anew. Other tools' artifacts are none: `None`.
    """
    for held in (getattr(message, "artifact", None), message.additional_kwargs.get(IDEAS_KEY)):
        if isinstance(held, IdeaSet):
            return held
        if isinstance(held, dict) and {"topic", "ideas"} <= held.keys():
            try:
                return IdeaSet.model_validate(held)
            except ValidationError:
                continue
    return None


def usage_of(ideas: IdeaSet) -> UsageMetadata:
    """Tokens of all the calls that brought the ideas."""
    used = ideas.usage
    return UsageMetadata(
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        total_tokens=used.input_tokens + used.output_tokens,
    )


def counted(ideas: IdeaSet) -> dict[str, Any]:
    """What a message's `response_metadata` says of its usage: whether some of it is an estimate of this library's."""
    return {"usage_estimated": True} if ideas.usage.estimated else {}


def listed(given: Any) -> tuple[Any, ...]:
    """What the brief takes as one text or several, as several."""
    return (given,) if isinstance(given, str) else tuple(given or ())


def _plain(idea: Idea) -> dict[str, Any]:
    return idea.model_dump(mode="json")
