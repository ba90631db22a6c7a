"""A judge: any chat model marks the best-ranked ideas under a budget of its own, and so orders them."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from statistics import fmean
from string import Template
from typing import TYPE_CHECKING, Final

from brainstorm.brief import Budget
from brainstorm.calls import Call
from brainstorm.generate import generate
from brainstorm.ledger import Ledger, require_prices
from brainstorm.library import Library, sections_of
from brainstorm.marking import marking_of
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
    started = time.monotonic()
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
    # few calls, each a large share of the budget: none is sent that may not fit
    ledger = Ledger(budget, prices, whole=True)
    ledger.expect(requests)
    stop, refused = asyncio.Event(), ""

    def admit(call: Call) -> bool:
        nonlocal refused
        if budget.seconds is not None and time.monotonic() - started >= budget.seconds:
            refused = "seconds"
        elif budget.calls is not None and ledger.sent >= budget.calls:
            refused = "calls"
        elif ledger.admit(call):
            return True
        else:
            refused = ledger.refused() or ""
        return False

    replies: dict[str, Reply] = {}
    clock = asyncio.get_running_loop().call_later(budget.seconds, stop.set) if budget.seconds is not None else None
    stream = generate(
        requests, models, concurrency=concurrency, timeout=timeout, admit=admit, again=ledger.again,
        ended=ledger.settle, stop=stop, config=config, bounded=budget.tokens is not None or budget.cost is not None,
    )  # fmt: skip
    try:
        async for event in stream:
            if isinstance(event, Reply):
                replies[event.call.id] = event
    finally:
        if clock is not None:
            clock.cancel()
    if stop.is_set():
        refused = "seconds"
    # of a reply that was cut the last line may say 1 where it meant 10
    read: list[dict[int, tuple[float, str]]] = []
    unread: set[int] = set()
    for request, batch in zip(requests, batches, strict=True):
        reply = replies.get(request.call.id)
        said = "" if reply is None else reply.text if reply.finish == "complete" else reply.text.rpartition("\n")[0]
        found = marking_of(said, len(batch), [str(top[i]) for i in batch])
        read.append({batch[number - 1]: mark for number, mark in found.marks.items()})
        unread |= {batch[number - 1] for number in found.unread}
    marks = _together(read)
    sent = {i for request, batch in zip(requests, batches, strict=True) if request.call.id in replies for i in batch}
    left = [i for i in range(len(top)) if i not in marks]
    why = _why([i for i in left if i not in sent], [i for i in left if i in sent], unread, replies, refused)
    count = f"{ledger.sent} call" + ("s" if ledger.sent != 1 else "")
    spent = f"{count}, {ledger.tokens:,} tokens" + (f", ${ledger.cost:.4f}" if ledger.cost else "")
    if not marks:
        return ideas.marked((), [f"The judge gave no marks ({why}): the free ranking stands; {spent}."])
    note = f"A judge, {', '.join(names(models))}, marked {len(marks)} of the first {len(top)} ideas: {spent}."
    if left:
        note += f" The others keep their places ({why})."
    return ideas.marked(
        [Mark(text=top[i].members[0], mark=mark, reason=reason) for i, (mark, reason) in sorted(marks.items())], [note]
    )


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


def _why(
    unsent: Sequence[int], silent: Sequence[int], unread: set[int], replies: dict[str, Reply], refused: str
) -> str:
    """Why ideas have no mark: those never sent, and those that were sent."""
    said: list[str] = []
    if unsent and refused:
        said.append(f"{len(unsent)} not sent: its budget of {refused} allowed no {'more calls' if replies else 'call'}")
    failures = [r.failure.cause for r in replies.values() if r.failure]
    stopped = any(r.finish == "stopped" for r in replies.values())
    if failures:
        said.append(failures[0])
    elif stopped:
        said.append("its budget of seconds was used up")
    elif bad := sum(i in unread for i in silent):
        said.append(f"for {bad} of them its reply held a range or a number outside 1 to 10, which is no mark")
        silent = [i for i in silent if i not in unread]
    if silent and not failures and not stopped:
        said.append(f"its reply held none for {len(silent)} of them")
    return "; ".join(said) or "no call was sent"
