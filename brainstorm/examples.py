"""Worked examples for small models, chosen by the kind of topic.

A model of 135 million weights follows a pattern far better than an instruction: three earlier turns whose
topics are of the same kind ("Names for ...", "Uses for ...") set the form, the length and the sort of idea.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    """A topic and good answers to it.

    Attributes:
        marks: lower-case words that mark topics of its kind.
        topic: the topic.
        ideas: its ideas, each one line.
    """

    marks: frozenset[str]
    topic: str
    ideas: tuple[str, ...]

    @property
    def reply(self) -> str:
        """The ideas as the numbered list that a model should write."""
        return "\n".join(f"{i}. {idea}" for i, idea in enumerate(self.ideas, 1))


def parse_examples(text: str) -> tuple[Example, ...]:
    """Read a bank of examples (`prompts/small_examples.txt`): marks in brackets, "? topic", ideas.

    Raises:
        ValueError: a block has no topic or no ideas.
    """
    examples = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
        if not lines:
            continue
        if not (len(lines) > 2 and re.fullmatch(r"\[.+\]", lines[0]) and lines[1].startswith("?")):
            raise ValueError(f"An example needs [marks], a line '? topic' and ideas; found: {lines[0]!r}.")
        marks = frozenset(lines[0].strip("[]").lower().split())
        examples.append(Example(marks, lines[1].lstrip("? "), tuple(lines[2:])))
    return tuple(examples)


def choose_examples(bank: Sequence[Example], topic: str, *, turn: int = 0, count: int = 3) -> tuple[Example, ...]:
    """Up to `count` examples of the kind of `topic`, their order rotated by `turn`, any number: calls give their seeds.

    The earlier a mark stands in the topic, the more it says ("Uses for a gift box" is about uses). Where no
    kind is marked, examples of different kinds are taken, so that none sets the tone.
    """
    words = re.findall(r"[^\W\d_]+", topic.lower())
    kinds: dict[frozenset[str], list[Example]] = {}
    for example in bank:
        kinds.setdefault(example.marks, []).append(example)
    best, weight = None, 0.0
    for marks in kinds:
        score = sum(1 / (2 + place) for place, word in enumerate(words) if word in marks)
        if score > weight:
            best, weight = marks, score
    if best is not None:
        chosen = kinds[best]
    else:
        groups = list(kinds.values())
        step = max(1, len(groups) // max(1, count))
        chosen = [group[turn % len(group)] for group in groups[turn % step :: step]][:count]
    shift = turn % len(chosen) if chosen else 0
    return tuple((chosen[shift:] + chosen[:shift])[:count])
