"""One brainstorm under way: the loop over rounds, and what it tells those who watch."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from brainstorm.attempts import Learnt, limit_of
from brainstorm.brief import MAX_IDEAS, Brief, Budget
from brainstorm.calls import Call
from brainstorm.clients import on_this_loop, without_cache
from brainstorm.embedding import Embedder
from brainstorm.embedding.static import StaticEmbedder
from brainstorm.errors import BriefError, NoIdeasError
from brainstorm.generate import generate
from brainstorm.judge import BUDGET as JUDGE_BUDGET
from brainstorm.judge import judge
from brainstorm.learn import MIN_DIRECTIONS, directions_of, dry, learn
from brainstorm.ledger import Ledger, require_prices
from brainstorm.library import Library
from brainstorm.live import Event, Live, aside
from brainstorm.models import ChatModel, names
from brainstorm.plan import Known, planning
from brainstorm.prices import Price, prices_of
from brainstorm.prompting import ChatMessage, render
from brainstorm.reading import ALREADY_KEPT
from brainstorm.replies import Delta, Reply, Request
from brainstorm.result import IdeaSet, assemble
from brainstorm.techniques import Technique
from brainstorm.values import Record, Settings, Stopped

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig


AT_ONCE: Final = 2_000
"""Characters of replies that are folded and ranked within about 10 ms."""

_loaded = threading.Event()
"""Set once a result was made in this process: the first one loads tables, which takes a while."""

Until = Literal["n", "budget"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What a `Brainstormer` gives to each of its runs; fields as its arguments."""

    models: tuple[ChatModel, ...]
    technique: Technique
    library: Library
    embedder: Embedder | None
    settings: Settings
    concurrency: int
    timeout: float
    max_rounds: int
    min_new: float
    until: Until = "n"
    price: Price | None = None
    judges: tuple[ChatModel, ...] = ()
    judge_budget: Budget = JUDGE_BUDGET
    prompts: str = ""
    asked: frozenset[str] = frozenset()
    """Fields of `settings` that the caller gave, rather than left as they are."""


def _settings(setup: Setup, before: Record | None) -> Settings:
    """How the replies are read: as the run to go on from was, with what the caller now asks otherwise."""
    if before is None:
        return setup.settings
    now = {name: getattr(setup.settings, name) for name in ("embedder", "small", *setup.asked)}
    if "profile" in setup.asked:
        now["weights"] = setup.settings.weights
    return before.settings.override(**now)


def check_budget(brief: Brief, until: Until) -> None:
    """Refuse to go on to the end of a budget that there is not.

    Raises:
        BriefError: it names the budgets that can be set.
    """
    if until == "budget" and brief.budget == Budget():
        raise BriefError("there is no budget to go on to.", hint="Set one: calls, tokens, cost or seconds.")


class Run:
    """One brainstorm under way: iterate `events()` once; `stop()` and `result()` at any time."""

    def __init__(
        self, setup: Setup, brief: Brief, config: RunnableConfig | None = None, before: Record | None = None
    ) -> None:
        """Make ready; `before` is a run to go on from, and the brief's budget is then for what is new."""
        check_budget(brief, setup.until)
        self.brief = brief
        self.models = setup.models
        self.replies: list[Reply] = list(before.replies) if before else []
        self._earlier = _Earlier(before, setup.models)
        self.notes: list[str] = []
        self._setup, self._config = setup, config
        self._settings = _settings(setup, before)
        self._halt = asyncio.Event()
        self._stopped: Stopped | None = None
        self._started: float | None = None
        self._learnt = Learnt()
        self._told_dead: set[int] = set()
        self._bounded = brief.budget.tokens is not None or brief.budget.cost is not None
        self._live = Live(brief, setup.embedder, self._settings.same, self.replies)
        # without a budget in dollars the price can wait until there is something to show
        prices = () if brief.budget.cost is None else self._prices()
        self._ledger = Ledger(brief.budget, (*self._earlier.prices, *prices))
        if prices:
            require_prices(names(self.models), prices)

    def stop(self, why: Stopped = "interrupted") -> None:
        """End the run early, from the loop's own thread; what was said stays."""
        self._stopped = self._stopped or why
        self._halt.set()

    def result(self) -> IdeaSet:
        """What there is now, ranked."""
        record = Record(
            brief=self.brief,
            settings=self._settings,
            models=(*self._earlier.models, *names(self.models)),
            prices=(*self._earlier.prices, *self._prices()),
            replies=tuple(self.replies),
            stopped=self._stopped or "n",
            seconds=self._earlier.seconds + (time.monotonic() - self._started if self._started is not None else 0.0),
            notes=tuple(self.notes),
            prompts=self._setup.prompts or self._earlier.prompts,
        )
        return assemble(record, self._setup.embedder, self._live.parsed)

    async def events(self, *, watched: bool = True) -> AsyncGenerator[Event | IdeaSet]:
        """Run; yield what happens, and the result last.

        Args:
            watched: whether anyone wants to see the ideas while they come; without, less work is done.

        Raises:
            NoIdeasError: every call failed, or none said anything usable.
            RuntimeError: the run was iterated before.
        """
        if self._started is not None:
            raise RuntimeError("a run goes once: start another")
        self._started, self._watched = time.monotonic(), watched
        # the table of prices takes a moment to load, so it is there before the result wants it
        asyncio.get_running_loop().run_in_executor(None, self._prices)
        seconds = self.brief.budget.seconds
        clock = asyncio.get_running_loop().call_later(seconds, self.stop, "seconds") if seconds else None
        known, result = Known(), None
        connections = AsyncExitStack()
        try:
            fresh = [without_cache(m.runnable) for m in self.models]
            runnables = await connections.enter_async_context(on_this_loop(fresh))
            self._ready = tuple(replace(m, runnable=r) for m, r in zip(self.models, runnables, strict=True))
            if self.replies:
                self.notes.append(
                    f"Goes on from a run of {len(self.replies)} calls; the budget is for those after them."
                )
                if self._earlier.prompts and self._earlier.prompts != self._setup.prompts:
                    now = f"those in {self._setup.prompts}" if self._setup.prompts else "the shipped ones"
                    self.notes.append(
                        f"The run so far asked with the prompts in {self._earlier.prompts}, its new calls with {now}."
                    )
                result = await asyncio.to_thread(self.result)
                known = self._earlier.recall(learn(result, self.replies))
            elif (first := planning(self.brief, self._setup.technique, small=self._setup.settings.small)) is not None:
                async with aclosing(self._ask((first,))) as events:
                    async for event in events:
                        yield event
                known = self._planned()
            while calls := self._next(known):
                async with aclosing(self._ask(calls)) as events:
                    async for event in events:
                        yield event
                result = await self._assembled()
                known = self._learn(result)
                yield Event("round", distinct=known.distinct)
        finally:
            if clock is not None:
                clock.cancel()
            await connections.aclose()
        result = self.result() if result is None else result.ended(self._stopped or "n", tuple(self.notes))
        # where all that was said is known to the caller, there was simply nothing new
        nothing_new = any(text.reason == ALREADY_KEPT for text in result.rejected)
        if not result.ideas and self._stopped != "interrupted" and not nothing_new:
            raise _no_ideas(result, self.replies)
        yield await self._judged(result)

    async def _assembled(self) -> IdeaSet:
        """The result so far; made in a thread where it takes a while, so that the loop serves others meanwhile.

        A few replies take less than what two threads lose to each other over the interpreter's lock.
        """
        embedder = self._setup.embedder
        short = sum(len(reply.text) for reply in self.replies) < AT_ONCE and not self.brief.keep
        if short and _loaded.is_set() and (embedder is None or isinstance(embedder, StaticEmbedder)):
            return self.result()
        result = await asyncio.to_thread(self.result)
        _loaded.set()
        return result

    async def _judged(self, result: IdeaSet) -> IdeaSet:
        """The result in the order of the judge, if there is one and nobody stopped the run."""
        setup = self._setup
        if not setup.judges or self._stopped == "interrupted":
            return result
        async with on_this_loop([m.runnable for m in setup.judges]) as runnables:
            models = tuple(replace(m, runnable=r) for m, r in zip(setup.judges, runnables, strict=True))
            return await judge(
                result,
                models,
                setup.library,
                budget=setup.judge_budget,
                prices=prices_of(setup.judges, None) if setup.judge_budget.cost is not None else (),
                concurrency=setup.concurrency,
                timeout=setup.timeout,
                config=self._config,
            )

    def _next(self, known: Known) -> tuple[Call, ...]:
        """The next round's calls, or none once the run is over."""
        brief = self._earlier.with_budget(self.brief)
        if self._setup.until == "budget":
            brief = brief.override(n=min(known.distinct + brief.n, MAX_IDEAS))
        if known.distinct < brief.n:
            self._stopped = self._stopped or self._ledger.used_up()
        rounds = known.rounds - self._earlier.rounds
        if self._setup.until == "n" and rounds >= self._setup.max_rounds and known.distinct < brief.n:
            # where calls had to be left out, it was the budget that ended it
            self._stopped = self._stopped or self._ledger.refused() or "rounds"
        asked = self._asked()
        if self._stopped is not None:
            return ()
        calls = self._setup.library.plan(brief, known, self._setup.technique, models=len(asked))
        if not calls and known.distinct < brief.n:
            self._stopped = "calls"
        return self._earlier.renumbered(calls, asked)

    def _asked(self) -> list[int]:
        """The places of the models that do not refuse every call; a run without any has failed."""
        first, alive = len(self._earlier.models), []
        for place, name in enumerate(names(self.models)):
            if not self._learnt.dead(first + place):
                alive.append(place)
            elif len(self.models) > 1 and first + place not in self._told_dead:
                self._told_dead.add(first + place)
                self.notes.append(f"{name} was not asked any more: {self._learnt.refused[first + place]}.")
        if not alive:
            self._stopped = self._stopped or "failed"
        return alive

    def _planned(self) -> Known:
        """What is known once the planning call has ended."""
        directions = directions_of(self.replies, self.brief.topic)
        self._asked()
        if self.replies and not directions and self._stopped is None:
            why = "failed" if self.replies[0].failure else f"named fewer than {MIN_DIRECTIONS} directions"
            self.notes.append(f"The planning call {why}: the lenses of the library served in place of directions.")
        return Known(calls=self._ledger.sent, tokens=self._ledger.tokens, directions=directions)

    def _learn(self, result: IdeaSet) -> Known:
        known = self._earlier.recall(learn(result, self.replies))
        last = [r for r in self.replies if r.call.round == known.rounds]
        reached = self._setup.until == "n" and known.distinct >= self.brief.n
        if not reached and last and all(r.finish == "failed" for r in last):
            calls = {r.call.id for r in last}
            # streams cut off one and all may still bring new ideas
            if not any(calls.issuperset(idea.calls) for idea in (*result.ideas, *result.more)):
                self._stopped = self._stopped or "failed"
        if self._stopped is None and self._setup.until == "n" and known.distinct < self.brief.n:
            why = dry(known, result.richness.next_call, self._setup.min_new)
            if why:
                self._stopped = "dry"
                self.notes.append(why)
        return known

    def _before(self, call: Call) -> tuple[ChatMessage, ...]:
        """The conversation that `call` goes on with."""
        reply = next((r for r in self.replies if r.call.id == call.follows), None)
        return (*reply.messages, ("assistant", reply.text)) if reply else ()

    async def _ask(self, calls: tuple[Call, ...]) -> AsyncGenerator[Event]:
        for call in calls:
            yield Event("start", call.id, distinct=self._live.distinct)
        requests = [Request(call, render(call, self.brief, self._setup.library, self._before(call))) for call in calls]
        self._live.expect(requests)
        models = (*self._earlier.models_again(self._ready), *self._ready)
        self._ledger.expect(requests, lambda call: self._limit(call, models[call.model]))
        stream = generate(
            requests,
            models,
            concurrency=min(self._setup.concurrency, (self._config or {}).get("max_concurrency") or 10**6),
            timeout=self._setup.timeout,
            admit=self._admit,
            again=self._ledger.again,
            ended=self._ledger.settle,
            stop=self._halt,
            config=self._config,
            learnt=self._learnt,
            bounded=self._bounded,
        )
        async with aclosing(stream) as heard:
            async for event in heard:
                if isinstance(event, Delta):
                    for found in () if not self._watched else await aside(self._live.hear(event), event.text):
                        yield found
                    continue
                self.replies.append(event)
                for found in () if not self._watched else await aside(self._live.end(event), event.text):
                    yield found
                yield Event("call", event.call.id, distinct=self._live.distinct)

    def _admit(self, call: Call) -> bool:
        """Whether the run and its budget allow sending one more call; those in flight may finish."""
        seconds = self.brief.budget.seconds
        if seconds is not None and self._started is not None and time.monotonic() - self._started >= seconds:
            self.stop("seconds")  # the clock of a busy loop may be late
        if self._stopped is not None:
            return False
        return self._ledger.admit(call)

    def _limit(self, call: Call, model: ChatModel) -> int:
        """Output tokens that a call may take, or is expected to where its model cannot be told."""
        limit = limit_of(model, call, bounded=True, thinking=call.model in self._learnt.thinking)
        return call.max_tokens if limit is None else limit

    def _prices(self) -> tuple[Price | None, ...]:
        return prices_of(self.models, self._setup.price)


class _Earlier:
    """The run that this one goes on from, if there is one: what it holds already, and how the new part fits on."""

    def __init__(self, record: Record | None, models: Sequence[ChatModel]) -> None:
        replies = record.replies if record else ()
        self.rounds = max((r.call.round for r in replies), default=0)
        self.seconds = record.seconds if record else 0.0
        self.prompts = record.prompts if record else ""
        self._calls = len(replies)
        self._tokens = sum(r.usage.total for r in replies)
        # calls name their model by its place, so other models than before come after those
        same = record is None or record.models == names(models)
        self.models = () if same or record is None else record.models
        unpriced = (None,) * len(self.models)
        self.prices = () if same or record is None else (record.prices + unpriced)[: len(self.models)]

    def recall(self, known: Known) -> Known:
        """What is known, without the conversations of models that are not asked any more."""
        return replace(known, open=tuple(call for call in known.open if call.model >= len(self.models)))

    def with_budget(self, brief: Brief) -> Brief:
        """The brief to plan by: plans count all calls and tokens, the budget only the new ones."""
        budget = brief.budget
        calls = None if budget.calls is None else budget.calls + self._calls
        tokens = None if budget.tokens is None else budget.tokens + self._tokens
        return brief.override(budget=budget.override(calls=calls, tokens=tokens)) if self._calls else brief

    def renumbered(self, calls: tuple[Call, ...], asked: Sequence[int]) -> tuple[Call, ...]:
        """The calls with the places in the whole run of the models that are `asked`; a conversation has it already."""
        first = len(self.models)
        return tuple(call if call.follows else replace(call, model=asked[call.model] + first) for call in calls)

    def models_again(self, models: Sequence[ChatModel]) -> tuple[ChatModel, ...]:
        """Something in the places of the earlier models, which no call names."""
        return (models[0],) * len(self.models)


def _no_ideas(result: IdeaSet, replies: Sequence[Reply]) -> NoIdeasError:
    if not result.failures:
        if result.stopped == "seconds" and not any(r.text.strip() for r in replies):
            return NoIdeasError(
                f"no call had answered when the time was up, after {result.usage.seconds:.0f} s.",
                hint="Raise the budget of seconds, or use a faster model.",
                result=result,
            )
        return NoIdeasError(
            "no call said anything usable.",
            hint="Raise the budget, reword the topic, or ask a stronger model.",
            result=result,
        )
    kinds = Counter(_kind(f.cause) for f in result.failures)
    common, count = max(kinds.items(), key=lambda item: (item[1], item[0]))
    first = next(f for f in result.failures if _kind(f.cause) == common)
    calls = result.usage.calls
    how = f"{calls} calls; {count} ended like this" if calls > 1 else "one call; it ended like this"
    return NoIdeasError(
        f"no idea from {how}: {first.cause}.",
        hint=f"What to do: {first.fix}",
        retryable=any(r.failure and r.failure.retryable and _kind(r.failure.cause) == common for r in replies),
        result=result,
        status=first.status,
        retry_after=max((f.retry_after for f in result.failures if f.retry_after is not None), default=None),
    )


def _kind(cause: str) -> str:
    """A cause without what differs from call to call: ids, counts, times."""
    return re.sub(r"\b(?=[\w-]*\d)(?!\d{3}\b)[\w-]+", "#", cause)
