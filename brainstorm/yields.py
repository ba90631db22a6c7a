"""What each direction, lens and persona brought for its tokens, and where the next calls go.

The yield of a source is the distinct ideas that it was first to say. Calls of one round run side by side, so an
idea that several of them said is shared out among them: the count does not hang on which reply was faster.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from brainstorm.calls import Call

Kind = Literal["direction", "lens", "persona"]


@dataclass(frozen=True, slots=True)
class Yield:
    """What one direction, lens or persona brought.

    Attributes:
        kind: what it is.
        name: the direction or lens in words, or the persona's name.
        calls: its calls that ran to their end or brought ideas before they were cut off.
        tokens: tokens of all its calls, in and out.
        new: distinct ideas it was first to say; one said by m calls of the same round counts 1/m for each.
        per_1000_tokens: `new` for every 1,000 tokens; `None` where nothing was spent.
    """

    kind: Kind
    name: str
    calls: int = 0
    tokens: int = 0
    new: float = 0.0
    per_1000_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """A call: its tokens, in and out, and whether it is a sample: it ran to its end, or brought ideas before that."""

    call: Call
    tokens: int
    sample: bool


def count_yields(spent: Sequence[Spent], said_by: Sequence[Collection[str]]) -> tuple[Yield, ...]:
    """The yields of all that calls asked by, most new ideas first.

    Args:
        spent: the calls of a run.
        said_by: for each distinct idea, the ids of the calls that said it.
    """
    rounds = {s.call.id: s.call.round for s in spent}
    new = dict.fromkeys(rounds, 0.0)
    for ids in said_by:
        known = [i for i in ids if i in rounds]
        first = [i for i in known if rounds[i] == min(rounds[j] for j in known)]
        for i in first:
            new[i] += 1 / len(first)
    totals: dict[tuple[Kind, str], tuple[int, int, float]] = {}
    for s in spent:
        for key in _sources(s.call):
            calls, tokens, ideas = totals.get(key, (0, 0, 0.0))
            totals[key] = (calls + s.sample, tokens + s.tokens, ideas + new[s.call.id])
    found = [
        Yield(kind, name, c, t, round(i, 3), round(1000 * i / t, 3) if t else None)
        for (kind, name), (c, t, i) in totals.items()
    ]
    return tuple(sorted(found, key=lambda y: (y.kind, -y.new, y.tokens, y.name)))


def allocate(names: Sequence[str], yields: Mapping[str, Yield], count: int, *, idle: float) -> list[str]:
    """Whom to ask in the next `count` calls, so that all calls of a run are shared out by what they bring.

    Divisors as in D'Hondt's method: each call goes to the name with the most new ideas per token, divided by its
    calls so far plus one. Names not asked yet, or whose calls all failed, count as average and so come early; a
    rate is drawn to the average as if by one further call, since one call says little.

    Args:
        names: who may be asked, in the order that breaks ties.
        yields: what each name that was asked brought.
        count: calls to share out.
        idle: a name that brought fewer new ideas a call than this is left out, unless all did.
    """
    tried = {n: y for n in names if (y := yields.get(n)) and y.calls}
    awake = [n for n in names if n not in tried or tried[n].new / tried[n].calls >= idle] or list(names)
    if not awake:
        return []
    new = fmean(y.new / y.calls for y in tried.values()) if tried else 1.0
    tokens = fmean(y.tokens / y.calls for y in tried.values()) if tried else 1.0
    rates = {n: (y.new + new) / max(1.0, y.tokens + tokens) for n, y in tried.items()}
    asked = {n: y.calls for n, y in tried.items()}
    average = new / max(1.0, tokens)
    chosen = []
    for _ in range(count):
        best = max(awake, key=lambda n: (rates.get(n, average) / (1 + asked.get(n, 0)), -asked.get(n, 0)))
        asked[best] = asked.get(best, 0) + 1
        chosen.append(best)
    return chosen


def _sources(call: Call) -> list[tuple[Kind, str]]:
    named: list[tuple[Kind, str]] = [("direction", call.direction), ("lens", call.lens)]
    if call.persona is not None:
        named.append(("persona", call.persona.name))
    return [(kind, name) for kind, name in named if name]
