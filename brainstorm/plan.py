"""Brief and what is known so far → the calls of the next round.

A round goes where it pays: to directions, lenses and personas by the new ideas they brought for their tokens
(`yields.allocate`), a part of it to ideas that stand alone, and it names what is taken already.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, TypeVar

from brainstorm.brief import Brief, Persona
from brainstorm.calls import PLANNING, Call
from brainstorm.techniques import Technique
from brainstorm.tokens import count_tokens
from brainstorm.yields import Kind, Yield, allocate

_T = TypeVar("_T")

AVOID_TOKENS: Final = 400
"""Most tokens of headings passed as an avoid list, some 60 to 100 of them: later rounds stay affordable."""

MAX_CALLS_PER_ROUND: Final = 64

DIRECTIONS: Final = 10
"""Directions asked for: 8 to 12 cover a topic and can still be told apart."""

PLANNED_FROM: Final = 4
"""Calls in the first round from which naming directions pays: it is then a fifth of that round at most."""

PLANNING_SECONDS: Final = 20.0
"""Where a run may take less time than this, it does not wait for a planning call: that takes some 3 to 10 seconds."""

PROMPT_TOKENS: Final = 250
"""What the prompt of a call takes, about: the shipped templates have 20 to 190 tokens, and the topic comes to that."""

IDLE: Final = 0.5
"""Who brought fewer new ideas a call than this is not asked again."""

_NEAR_EVERY: Final = 4
"""In later rounds one call in so many looks around an idea that stands alone."""

_CONSTRAINT_EVERY: Final = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What the rounds so far brought.

    Attributes:
        rounds: rounds finished.
        calls: calls sent, the planning call among them.
        distinct: distinct ideas found.
        gained: distinct ideas that the last rounds added.
        last_calls: calls of those rounds.
        headings: short names of the ideas found, best supported first.
        tokens: tokens spent, in and out.
        directions: what the planning call named.
        yields: what each direction, lens and persona brought.
        thin: short names of ideas that stand alone, the most lonely first.
        open: the last answered call of each conversation.
    """

    rounds: int = 0
    calls: int = 0
    distinct: int = 0
    gained: int = 0
    last_calls: int = 0
    headings: tuple[str, ...] = ()
    tokens: int = 0
    directions: tuple[str, ...] = ()
    yields: tuple[Yield, ...] = ()
    thin: tuple[str, ...] = ()
    open: tuple[Call, ...] = ()


def planning(brief: Brief, how: Technique, *, small: bool) -> Call | None:
    """The call that names directions, or `None` where it does not pay.

    It is left out for techniques without directions; for small models, which cannot plan; where fewer than
    `PLANNED_FROM` calls would follow, be it because few ideas are wanted or because calls are short; where the
    budget of tokens does not stretch to as many calls after it; and where there is no time to wait for it.
    """
    if not how.directions or small or (brief.budget.seconds or PLANNING_SECONDS) < PLANNING_SECONDS:
        return None
    tokens, calls = brief.budget.tokens, brief.budget.calls
    cost = DIRECTIONS * 40
    if tokens is not None and tokens < PROMPT_TOKENS + cost + PLANNED_FROM * _cost(how):
        return None
    if min(_first_round(brief.n, how), calls - 1 if calls is not None else MAX_CALLS_PER_ROUND) < PLANNED_FROM:
        return None
    seed = random.Random(f"{brief.seed}/plan").randrange(2**31)
    return Call(id="0.01", technique=PLANNING, template=PLANNING, k=DIRECTIONS, seed=seed, max_tokens=cost)


def plan(
    brief: Brief,
    known: Known,
    how: Technique,
    *,
    personas: Sequence[Persona],
    lenses: Sequence[str],
    constraints: Sequence[str] = (),
    words: Sequence[str] = (),
    models: int = 1,
) -> tuple[Call, ...]:
    """The calls of the next round, or none when the ideas or the calls of the budget are all there.

    The same brief, knowledge and library give the same calls.
    """
    missing = brief.n - known.distinct
    if missing <= 0:
        return ()
    count = _how_many(brief, known, how, missing)
    numbers = range(known.calls, known.calls + count)
    rng = random.Random(f"{brief.seed}/order")
    who, where = _shuffled(rng, brief.personas or personas), _shuffled(rng, known.directions or lenses)
    limits, sparks = _shuffled(rng, constraints), _shuffled(rng, words)
    every = 1 if brief.personas else how.persona_every
    going = [call for call in known.open if call.turn < how.turns]
    lonely = known.thin[: (count + 1) // _NEAR_EVERY] if how.directions and known.rounds else ()
    asked = _people(who, known.yields, sum(1 for nth in numbers if every and nth % every == 0))
    kind: Kind = "direction" if known.directions else "lens"
    places = _places(where if how.directions else (), known.yields, kind, count - len(lonely))
    avoid = within(known.headings, AVOID_TOKENS) if how.avoids else ()
    calls = []
    for i, nth in enumerate(numbers):
        before = going[i] if i < len(going) else None
        persona = next(asked, None) if every and nth % every == 0 else None
        place = next(places, "")
        alone = i - (count - len(lonely))
        calls.append(
            Call(
                id=f"{known.rounds + 1}.{i + 1:02d}",
                technique=how.name,
                # models take turns too: this way each of them gets every template
                template=how.templates[(nth // models + known.rounds) % len(how.templates)],
                k=how.k,
                seed=random.Random(f"{brief.seed}/{nth}").randrange(2**31),
                persona=before.persona if before else persona,
                lens=place if kind == "lens" else "",
                cap=how.cap,
                examples=how.examples,
                avoid=avoid,
                model=before.model if before else nth % models,
                max_tokens=how.k * how.tokens_per_idea,
                direction=place if kind == "direction" else "",
                constraint=limits[nth % len(limits)] if how.spark and limits and nth % _CONSTRAINT_EVERY == 2 else "",
                word=sparks[nth % len(sparks)] if how.spark and sparks else "",
                near=lonely[alone] if alone >= 0 else "",
                follows=before.id if before else "",
                turn=before.turn + 1 if before else 1,
            )
        )
    return tuple(calls)


def _people(who: Sequence[Persona], yields: Sequence[Yield], count: int) -> Iterator[Persona]:
    """Whom the next `count` calls ask as."""
    named: dict[str, list[Persona]] = {}
    for persona in who:
        named.setdefault(persona.name, []).append(persona)
    known = {y.name: y for y in yields if y.kind == "persona"}
    names = allocate(list(named), known, count, idle=IDLE)
    return iter([named[name][names[:i].count(name) % len(named[name])] for i, name in enumerate(names)])


def _places(where: Sequence[str], yields: Sequence[Yield], kind: Kind, count: int) -> Iterator[str]:
    """The directions or lenses of the next `count` calls."""
    return iter(allocate(where, {y.name: y for y in yields if y.kind == kind}, count, idle=IDLE))


def _how_many(brief: Brief, known: Known, how: Technique, missing: int) -> int:
    if how.turns > 1:
        wanted = _conversations(brief, known, how, missing)
    elif known.rounds == 0:
        wanted = _first_round(missing, how)
        if how.avoids and brief.budget.tokens is not None:
            # what one wave finds, the next is told: so half of a bounded sum is kept for it
            wanted = min(wanted, max(2, ceil((brief.budget.tokens - known.tokens) / _cost(how) / 2)))
    else:
        per_call = max(known.gained / known.last_calls if known.last_calls else how.k, 0.5)
        wanted = min(ceil(missing / per_call), max(2, 2 * known.last_calls))
    left = MAX_CALLS_PER_ROUND if brief.budget.calls is None else brief.budget.calls - known.calls
    return max(0, min(wanted, left, MAX_CALLS_PER_ROUND))


def _conversations(brief: Brief, known: Known, how: Technique, missing: int) -> int:
    """How many go on, or are begun: few enough that the budget reaches to their last turns."""
    going = sum(1 for call in known.open if call.turn < how.turns)
    if going:
        return min(going, ceil(missing / how.k))
    wanted = ceil(missing * how.overshoot / (how.k * how.turns))
    if brief.budget.tokens is not None:
        wanted = min(wanted, (brief.budget.tokens - known.tokens) // (_cost(how) * how.turns))
    if brief.budget.calls is not None:
        wanted = min(wanted, (brief.budget.calls - known.calls) // how.turns)
    return max(1, min(wanted, how.width or wanted))


def _first_round(missing: int, how: Technique) -> int:
    return max(2, ceil(missing * how.overshoot / how.k))


def _cost(how: Technique) -> int:
    """Tokens that a call takes at most, about."""
    return PROMPT_TOKENS + how.k * how.tokens_per_idea


def within(headings: Sequence[str], tokens: int) -> tuple[str, ...]:
    """As many of the first headings as `tokens` hold."""
    kept = []
    for heading in headings:
        tokens -= count_tokens(heading) + 1  # one for what stands between
        if tokens < 0:
            break
        kept.append(heading)
    return tuple(kept)


def _shuffled(rng: random.Random, items: Sequence[_T]) -> list[_T]:
    return rng.sample(list(items), len(items))
