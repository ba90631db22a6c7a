"""One request to a model, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from brainstorm.brief import Persona

PLANNING: Final = "plan"
"""The technique and the template of the call that names directions; its reply holds no ideas."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model.

    Attributes:
        id: "round.number", unique in a run; round 0 is the planning call.
        technique: name of the technique.
        template: prompt template to render.
        k: ideas asked for.
        seed: seed for models that take one.
        persona: who to ask as.
        lens: the angle to look from, or "".
        cap: highest probability an idea may have, 0..1.
        examples: worked examples to show.
        avoid: headings of ideas already found.
        model: index among the models of the run.
        max_tokens: output tokens allowed.
        direction: the one direction to look in, as the planning call named it, or "".
        constraint: a constraint to keep to where it fits, or "".
        word: a random word to start from, or "".
        near: an idea around which little was found so far, or "".
        follows: id of the call whose conversation this one goes on with, or "".
        turn: which turn of its conversation it is, from 1.
    """

    id: str
    technique: str
    template: str
    k: int
    seed: int
    persona: Persona | None = None
    lens: str = ""
    cap: float = 1.0
    examples: int = 0
    avoid: tuple[str, ...] = ()
    model: int = 0
    max_tokens: int = 512
    direction: str = ""
    constraint: str = ""
    word: str = ""
    near: str = ""
    follows: str = ""
    turn: int = 1

    @property
    def round(self) -> int:
        """Which round the call belongs to, from 1; 0 for the planning call."""
        return int(self.id.split(".")[0])

    @property
    def plans(self) -> bool:
        """Whether it asks for directions and not for ideas."""
        return self.technique == PLANNING
