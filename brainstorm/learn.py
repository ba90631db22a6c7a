"""Replies, and the ideas made of them → what the next round should know, and whether it is worth asking.

All of it can be told from the replies alone, so a run that was saved can go on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rapidfuzz import fuzz

from brainstorm.calls import Call
from brainstorm.parse import parse
from brainstorm.plan import Known
from brainstorm.reading import prompt_text
from brainstorm.replies import Reply
from brainstorm.result import IdeaSet
from brainstorm.screen import screen
from brainstorm.values import Idea

MIN_NEW: Final = 0.5
"""Where a call is expected to bring fewer new ideas than this, it costs more than it adds."""

MIN_DIRECTIONS: Final = 4
"""Fewer than this are no plan: the lenses of the library serve."""

MAX_DIRECTIONS: Final = 12

MAX_DIRECTION_CHARS: Final = 160
"""A direction is named in each of its calls, so what is longer is cut."""

REPEATED: Final = 90.0
"""From this likeness of names on (rapidfuzz, 0..100) two directions are one: a letter or the order of words differs."""

RECENT: Final = 4
"""Calls that say what a call brings now; fewer say little."""

_THIN: Final = 16


def read_directions(reply: Reply, topic: str) -> tuple[str, ...]:
    """The directions that a planning call named, without repetitions; none where there are too few to go by."""
    parsed = parse(reply.text)
    prompt = prompt_text(reply.messages, reply.call)
    kept, _ = screen([c for c in parsed.candidates if c.complete], prompt=prompt, topic=topic)
    texts = [" ".join(c.whole.split()) for c in kept]
    texts = [t if len(t) <= MAX_DIRECTION_CHARS else t[:MAX_DIRECTION_CHARS].rsplit(" ", 1)[0] + " ..." for t in texts]
    apart: list[str] = []
    for text in texts:
        # by name: what a direction is about may be said in the same words for each
        if not any(fuzz.token_sort_ratio(_name(text), _name(other)) >= REPEATED for other in apart):
            apart.append(text)
    return tuple(apart[:MAX_DIRECTIONS]) if len(apart) >= MIN_DIRECTIONS else ()


def directions_of(replies: Sequence[Reply], topic: str) -> tuple[str, ...]:
    """The directions that a run goes by: those of its planning call, if it had one that brought any."""
    return next((found for r in replies if r.call.plans and (found := read_directions(r, topic))), ())


def learn(result: IdeaSet, replies: Sequence[Reply]) -> Known:
    """What is known after the rounds that `replies` are of; `result` is made of the same replies."""
    found = sorted((*result.ideas, *result.more), key=lambda idea: -idea.support)
    asked = [r for r in replies if not r.call.plans]
    rounds = max((r.call.round for r in asked), default=0)
    gained, calls = _recent(found, asked, rounds)
    return Known(
        rounds=rounds,
        calls=len(replies),
        distinct=len(found),
        gained=gained,
        last_calls=calls,
        headings=tuple(map(short, found)),
        tokens=sum(r.usage.total for r in replies),
        directions=directions_of(replies, result.topic),
        yields=result.yields,
        thin=tuple(map(short, _lonely(result)[:_THIN])),
        open=_open(asked),
    )


def dry(known: Known, next_call: float, min_new: float) -> str:
    """Why another round is not worth asking, in words, or "".

    Two estimates of the new ideas that one more call would bring must both reach `min_new`: Good-Turing's over
    all calls, which counts the ideas that one call alone said, and what the last calls did bring. The first is
    noisy after few calls, the second lags behind where the next round asks otherwise, so neither stops a run
    before its second round or its fourth call.
    """
    if known.rounds < 2 or known.last_calls < RECENT:
        return ""
    recent = known.gained / known.last_calls
    if next_call < min_new:
        how = f"by Good-Turing's estimate one more call would bring {next_call:.2f} new ideas"
    elif recent < min_new:
        how = f"the last {known.last_calls} calls brought {recent:.2f} new ideas each"
    else:
        return ""
    return f"Stopped because {how}, fewer than {min_new:g}."


def short(idea: Idea) -> str:
    """The first words of an idea that has no heading: enough to say it is taken."""
    if idea.heading:
        return idea.heading
    colon = idea.text.find(":")
    head = idea.text[:colon] if 0 < colon < 60 else idea.text
    return " ".join(head.split()[:8])


def _name(direction: str) -> str:
    return direction.partition(":")[0].casefold()


def _recent(found: Sequence[Idea], asked: Sequence[Reply], rounds: int) -> tuple[int, int]:
    """New ideas of the last rounds that hold `RECENT` samples, and how many these are.

    A sample is a call that ran to its end, or brought ideas before it was cut off.
    """
    of = {r.call.id: r.call.round for r in asked}
    firsts = [min(of[call] for call in idea.calls if call in of) for idea in found if set(idea.calls) & set(of)]
    brought = {call for idea in found for call in idea.calls}
    calls = 0
    for since in range(rounds, 0, -1):
        calls += sum(1 for r in asked if r.call.round == since and (r.answered or r.call.id in brought))
        if calls >= RECENT or since == 1:
            return sum(1 for first in firsts if first >= since), calls
    return 0, 0


def _open(asked: Sequence[Reply]) -> tuple[Call, ...]:
    """The last answered call of each conversation, in the order in which they began."""
    good = [r.call for r in sorted(asked, key=lambda r: (r.call.round, r.call.id)) if r.answered and r.text.strip()]
    followed = {call.follows for call in good}
    return tuple(replace(call, avoid=()) for call in good if call.id not in followed)


def _lonely(result: IdeaSet) -> list[Idea]:
    """Ideas of the better half that one call alone said, the least like any other first."""
    ideas, vectors = (*result.ideas, *result.more), result.vectors
    if vectors is None or len(ideas) < 8:
        return []
    import numpy as np

    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1.0)
    nearest = alike.max(axis=1)
    middle = float(np.median([idea.score for idea in ideas]))
    once = [i for i, idea in enumerate(ideas) if idea.support == 1 and idea.score >= middle and idea.complete]
    return [ideas[i] for i in sorted(once, key=lambda i: (float(nearest[i]), i))]
