"""Many different good ideas from any chat model.

>>> from brainstorm import Brainstormer
>>> ideas = Brainstormer("openai:gpt-5-mini").invoke("Names for a bakery run by robots")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from brainstorm._version import __version__

# it shares its name with the module that holds it, so it is bound now, and for good
from brainstorm.rank import rank

if TYPE_CHECKING:
    from brainstorm.brainstormer import Brainstormer
    from brainstorm.brief import Brief, Budget, Persona
    from brainstorm.dedup import deduplicate
    from brainstorm.errors import BrainstormError
    from brainstorm.live import Event
    from brainstorm.result import IdeaSet
    from brainstorm.values import Idea

__all__ = [
    "BrainstormError",
    "Brainstormer",
    "Brief",
    "Budget",
    "Event",
    "Idea",
    "IdeaSet",
    "Persona",
    "__version__",
    "deduplicate",
    "rank",
]

_HOME = {
    "Brainstormer": "brainstormer",
    "Event": "run",
    "Brief": "brief",
    "Budget": "brief",
    "Persona": "brief",
    "deduplicate": "dedup",
    "BrainstormError": "errors",
    "Idea": "values",
    "IdeaSet": "result",
}


def __getattr__(name: str) -> Any:
    """Import on first use: LangChain and pydantic cost more than a host should pay at start-up."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
