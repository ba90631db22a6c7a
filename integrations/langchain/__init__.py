"""Brainstorming in LangChain's own idiom: a chat model, agent middleware, a tool, memory, and what comes after a run.

`brainstorm.Brainstormer` itself is a `Runnable`; these adapters put it where LangChain expects something else. Names
resolve on first use: the middleware needs the package langchain, the memory langgraph, the rest langchain-core alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .chat import ChatBrainstorm
    from .memory import IdeaMemory
    from .middleware import BrainstormMiddleware, BrainstormState
    from .select import best, ideas_of, texts, to_documents, to_message, to_messages
    from .tool import BrainstormTool

__all__ = [
    "BrainstormMiddleware",
    "BrainstormState",
    "BrainstormTool",
    "ChatBrainstorm",
    "IdeaMemory",
    "best",
    "ideas_of",
    "texts",
    "to_documents",
    "to_message",
    "to_messages",
]

_HOME = {
    "BrainstormMiddleware": "middleware",
    "BrainstormState": "middleware",
    "BrainstormTool": "tool",
    "ChatBrainstorm": "chat",
    "IdeaMemory": "memory",
    "best": "select",
    "ideas_of": "select",
    "texts": "select",
    "to_documents": "select",
    "to_message": "select",
    "to_messages": "select",
}


def __getattr__(name: str) -> Any:
    """Import on first use: an agent framework costs more than a chain should pay."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
