"""Brief and what is known so far → the calls of the next round.

How the defaults came about: one short expert lens a call, a handful of short ideas a call, half of
the calls told to stay in the tails (verbalized sampling, arXiv 2510.01171), and the headings found so
far as an avoid list in later rounds (in-context exclusion, NoveltyBench).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from brainstorm.brief import Brief, Persona
from brainstorm.errors import BriefError

MAX_AVOID: Final = 60
"""Most headings passed as an avoid list: about 400 tokens, so later rounds stay affordable."""

MAX_CALLS_PER_ROUND: Final = 64


@dataclass(frozen=True, slots=True)
class Technique:
    """A way of asking.

    Attributes:
        name: how callers select it.
        templates: prompt templates that its calls take in turn.
        source: where the technique comes from.
        k: ideas asked for in one call.
        persona_every: 1 asks as someone else in each call, 2 in every other one, 0 in none.
        lenses: whether each call looks from another angle.
        examples: worked examples shown before the request.
        avoids: whether later rounds are told what was already said (small models copy it instead).
        cap: probability cap given to the model in tails templates, 0..1.
        overshoot: ideas asked for in the first round, as a multiple of the distinct ideas wanted.
        tokens_per_idea: output tokens to allow for one idea.
    """

    name: str
    templates: tuple[str, ...]
    source: str
    k: int = 5
    persona_every: int = 0
    lenses: bool = False
    examples: int = 0
    avoids: bool = True
    cap: float = 1.0
    overshoot: float = 1.5
    tokens_per_idea: int = 60


_VS: Final = "verbalized sampling, arXiv 2510.01171"

TECHNIQUES: Final[dict[str, Technique]] = {
    technique.name: technique
    for technique in (
        Technique(
            name="list",
            templates=("list",),
            k=10,
            overshoot=1.3,
            source="plain list prompting: the baseline to beat",
        ),
        Technique(name="vs_standard", templates=("vs_standard",), tokens_per_idea=90, source=_VS),
        Technique(name="vs_tails", templates=("vs_tails",), cap=0.10, tokens_per_idea=90, source=f"{_VS}, tails"),
        Technique(name="personas", templates=("list",), persona_every=1, source="multi-persona prompting"),
        Technique(
            name="blend",
            templates=("vs_standard", "vs_tails"),
            persona_every=1,
            lenses=True,
            cap=0.10,
            tokens_per_idea=90,
            source=f"personas and lenses over {_VS}, every other call in the tails",
        ),
        Technique(
            name="small",
            templates=("small_list",),
            persona_every=2,
            examples=3,
            avoids=False,
            overshoot=6.0,
            tokens_per_idea=16,
            source="short plain lists after worked examples, for models under about a billion parameters",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model.

    Attributes:
        id: "round.number", unique in a run.
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

    @property
    def round(self) -> int:
        """Which round the call belongs to, from 1."""
        return int(self.id.split(".")[0])


@dataclass(frozen=True, slots=True)
class Known:
    """What the rounds so far brought.

    Attributes:
        rounds: rounds finished.
        calls: calls sent.
        distinct: distinct ideas found.
        gained: distinct ideas that the last round added.
        last_calls: calls of the last round.
        headings: short names of the ideas found, best supported first.
    """

    rounds: int = 0
    calls: int = 0
    distinct: int = 0
    gained: int = 0
    last_calls: int = 0
    headings: tuple[str, ...] = ()


def technique(name: str, *, small: bool) -> Technique:
    """The technique called `name`; "auto" picks by the class of model.

    Raises:
        BriefError: no technique has that name.
    """
    if name == "auto":
        return TECHNIQUES["small" if small else "blend"]
    if name not in TECHNIQUES:
        raise BriefError(f"unknown technique {name!r}.", hint=f"Use one of: auto, {', '.join(TECHNIQUES)}.")
    return TECHNIQUES[name]


def plan(
    brief: Brief,
    known: Known,
    how: Technique,
    *,
    personas: Sequence[Persona],
    lenses: Sequence[str],
    models: int = 1,
) -> tuple[Call, ...]:
    """The calls of the next round, or none when the ideas or the calls of the budget are all there.

    The same brief, knowledge and library give the same calls.
    """
    missing = brief.n - known.distinct
    if missing <= 0:
        return ()
    count = _how_many(brief, known, how, missing)
    personas = brief.personas or personas
    order = random.Random(f"{brief.seed}/order")
    who = order.sample(list(personas), len(personas))
    angles = order.sample(list(lenses), len(lenses))
    calls = []
    for i in range(count):
        nth = known.calls + i
        every = 1 if brief.personas else how.persona_every
        calls.append(
            Call(
                id=f"{known.rounds + 1}.{i + 1:02d}",
                technique=how.name,
                template=how.templates[nth % len(how.templates)],
                k=how.k,
                seed=random.Random(f"{brief.seed}/{nth}").randrange(2**31),
                persona=who[nth // every % len(who)] if who and every and nth % every == 0 else None,
                lens=angles[nth % len(angles)] if how.lenses and angles else "",
                cap=how.cap,
                examples=how.examples,
                avoid=known.headings[:MAX_AVOID] if how.avoids else (),
                model=nth % models,
                max_tokens=how.k * how.tokens_per_idea,
            )
        )
    return tuple(calls)


def _how_many(brief: Brief, known: Known, how: Technique, missing: int) -> int:
    if known.rounds == 0:
        wanted = max(2, ceil(missing * how.overshoot / how.k))
    else:
        per_call = max(known.gained / known.last_calls if known.last_calls else how.k, 0.5)
        wanted = min(ceil(missing / per_call), max(2, 2 * known.last_calls))
    left = MAX_CALLS_PER_ROUND if brief.budget.calls is None else brief.budget.calls - known.calls
    return max(0, min(wanted, left, MAX_CALLS_PER_ROUND))
