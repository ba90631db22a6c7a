"""A judge: any chat model marks the best-ranked ideas under a budget of its own, and so orders them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from statistics import fmean
from string import Template
from typing import TYPE_CHECKING, Final

from brainstorm.brief import Budget
from brainstorm.calls import Call
from brainstorm.generate import generate
from brainstorm.ledger import Ledger, require_prices
from brainstorm.library import Library, sections_of
from brainstorm.models import ChatModel, names
from brainstorm.prices import Price
from brainstorm.prompting import ChatMessage
from brainstorm.replies import Reply, Request
from brainstorm.result import IdeaSet
from brainstorm.values import Idea, Mark

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

TOP: Final = 20
"""Ideas that are marked at most, the best-ranked: what people read, and a little more."""

BUDGET: Final = Budget(calls=4)
"""What a judge may spend where nothing is said: the calls for `TOP` ideas, and one to spare."""

BATCH: Final = 10
"""Ideas in one call: models mark long lists carelessly. The anchors come on top."""

ANCHORS: Final = 2
"""Ideas that stand in every call, so that calls can be compared: one of the best-ranked and one of the middle."""

TEMPLATE: Final = "judge"
"""In `prompts/`."""

_LINE: Final = re.compile(r"^\W*(\d{1,2})[^\w\n]+(\d{1,2}(?:[.,]\d)?)(?!\w)(?:\s*(?:/|of|out of)\s*10\b)?(.*)$", re.M)
_A_LINE: Final = 30
"""Tokens that a mark and its reason take."""


async def judge(
    ideas: IdeaSet,
    models: Sequence[ChatModel],
    library: Library,
    *,
    budget: Budget = BUDGET,
    prices: Sequence[Price | None] = (),
    concurrency: int = 16,
    timeout: float = 120.0,
    config: RunnableConfig | None = None,
) -> IdeaSet:
    """The same ideas, the first `TOP` of them in the order of a judge's marks; a note says what it took.

    Each call marks some ideas, in an order drawn by the brief's seed, and the same anchors; marks are moved so that
    the anchors' mean is the same in all calls. What got no mark keeps its place. If no call brings marks, or the
    budget allows none, the free ranking stands, and a note says so. Never raises for a failed call.

    Raises:
        BriefError: the budget is in dollars, and a price is not known.
    """
    top = ideas.ideas[:TOP]
    if len(top) < 2:
        return ideas
    if budget.cost is not None:
        require_prices(names(models), prices)
    batches = _batches(top, ideas.record.brief.seed)
    template = library.templates[TEMPLATE]
    requests = [
        Request(
            Call(
                id=f"1.{number:02}", technique="judge", template=TEMPLATE, k=len(batch), seed=ideas.record.brief.seed,
                model=(number - 1) % len(models), max_tokens=_A_LINE * len(batch) + 64,
            ),
            _messages(template, ideas.topic, [top[i] for i in batch]),
        )
        for number, batch in enumerate(batches, 1)
    ]  # fmt: skip
    ledger = Ledger(budget, prices)
    ledger.expect(requests)

    def admit(call: Call) -> bool:
        return (budget.calls is None or ledger.sent < budget.calls) and ledger.admit(call)

    replies: dict[str, Reply] = {}
    stream = generate(
        requests, models, concurrency=concurrency, timeout=timeout, admit=admit, ended=ledger.settle, config=config
    )
    async for event in stream:
        if isinstance(event, Reply):
            replies[event.call.id] = event
    read = [
        read_marks(replies[r.call.id].text, batch) if r.call.id in replies else {}
        for r, batch in zip(requests, batches, strict=True)
    ]
    marks = _together(read)
    spent = f"{ledger.sent} calls, {ledger.tokens:,} tokens" + (f", ${ledger.cost:.4f}" if ledger.cost else "")
    if not marks:
        return ideas.marked(
            (), [f"The judge gave no marks ({_why(replies, budget)}): the free ranking stands; {spent}."]
        )
    note = f"A judge, {', '.join(names(models))}, marked {len(marks)} of the first {len(top)} ideas: {spent}."
    if len(marks) < len(top):
        note += f" The others keep their places ({_why(replies, budget)})."
    return ideas.marked(
        [Mark(text=top[i].members[0], mark=mark, reason=reason) for i, (mark, reason) in sorted(marks.items())], [note]
    )


def read_marks(text: str, shown: Sequence[int]) -> dict[int, tuple[float, str]]:
    """Mark, 1 to 10, and reason by idea, from the lines of a reply; the first mark of an idea counts.

    Args:
        text: the reply.
        shown: which idea stood at each number, from 1.
    """
    found: dict[int, tuple[float, str]] = {}
    for number, mark, reason in _LINE.findall(text):
        value = float(mark.replace(",", "."))
        if 1 <= int(number) <= len(shown) and 1 <= value <= 10:
            found.setdefault(shown[int(number) - 1], (value, reason.strip(" \t-–—:.,;()*")))
    return found


def _batches(top: Sequence[Idea], seed: int) -> list[list[int]]:
    """Places in `top` for each call: shuffled, so that place tells the judge nothing."""
    drawn = random.Random(seed)
    if len(top) <= BATCH + ANCHORS:
        batches = [list(range(len(top)))]
    else:
        anchors = [0, len(top) // 2][:ANCHORS]
        rest = [i for i in range(len(top)) if i not in anchors]
        count = -(-len(rest) // BATCH)
        batches = [[*anchors, *rest[k::count]] for k in range(count)]
    for batch in batches:
        drawn.shuffle(batch)
    return batches


def _messages(template: str, topic: str, ideas: Sequence[Idea]) -> tuple[ChatMessage, ...]:
    numbered = "\n".join(f"{i}: {' '.join(str(idea).split())}" for i, idea in enumerate(ideas, 1))
    parts = sections_of(template)
    filled = {role: Template(text).safe_substitute(topic=topic, ideas=numbered) for role, text in parts.items()}
    system: tuple[ChatMessage, ...] = (("system", filled["system"]),) if "system" in filled else ()
    return (*system, ("user", filled["user"]))


def _together(read: Sequence[dict[int, tuple[float, str]]]) -> dict[int, tuple[float, str]]:
    """One mark an idea, the calls brought to one mean of the anchors that all of them marked."""
    given = [r for r in read if r]
    shared = set.intersection(*map(set, given)) if given else set()
    level = [fmean(r[i][0] for i in shared) if shared else 0.0 for r in given]
    usual = fmean(level) if level else 0.0
    found: dict[int, list[tuple[float, str]]] = {}
    for marks, own in zip(given, level, strict=True):
        for i, (mark, reason) in marks.items():
            found.setdefault(i, []).append((min(10.0, max(1.0, mark - own + usual)), reason))
    return {
        i: (round(fmean(m for m, _ in several), 2), next((r for _, r in several if r), ""))
        for i, several in found.items()
    }


def _why(replies: dict[str, Reply], budget: Budget) -> str:
    failures = [r.failure.cause for r in replies.values() if r.failure]
    if failures:
        return failures[0]
    return "its reply held none for them" if replies else "its budget allowed no call"
