"""A growing or whole reply → candidates with stated probabilities; salvages everything.

from brainstorm.parse import parse, Parser

parse('[{"text": "A bakery on rails", "probability": 0.07}]').candidates
"""

from __future__ import annotations

from brainstorm.parse.parser import Parser, parse
from brainstorm.parse.types import Candidate, Parsed

__all__ = ["Candidate", "Parsed", "Parser", "parse"]
