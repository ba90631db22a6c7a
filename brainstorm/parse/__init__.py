"""A growing or whole reply → candidates with stated probabilities; salvages everything.

    from brainstorm.parse import parse, Parser

    parse('[{"text": "A bakery on rails", "probability": 0.07}]').candidates

The parser itself is loaded on first use (its patterns take tens of milliseconds to compile). In this library
write `from brainstorm import parse` and `parse.Parser()`, or import the names in the function that uses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainstorm.parse.types import Candidate, Parsed

if TYPE_CHECKING:
    from brainstorm.parse.parser import Parser, parse

__all__ = ["Candidate", "Parsed", "Parser", "parse"]


def __getattr__(name: str) -> Any:
    if name in ("Parser", "parse"):
        from brainstorm.parse import parser

        globals().update(Parser=parser.Parser, parse=parser.parse)
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), "Parser", "parse"])
