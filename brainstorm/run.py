"""One brainstorm under way: the loop over rounds, and what it tells those who watch."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from brainstorm.brief import Brief
from brainstorm.clients import on_this_loop
from brainstorm.dedup import Folder
from brainstorm.dedup.reading import COMPARED
from brainstorm.embedding import Embedder
from brainstorm.embedding.static import StaticEmbedder
from brainstorm.errors import NoIdeasError
from brainstorm.generate import Delta, Reply, Request, generate
from brainstorm.library import Library
from brainstorm.models import ChatModel, names
from brainstorm.parse import Candidate, Parser
from brainstorm.plan import Call, Known, Technique, plan
from brainstorm.prompting import render
from brainstorm.result import IdeaSet, assemble, failure_of, prompt_text
from brainstorm.screen import screen
from brainstorm.tokens import count_tokens
from brainstorm.values import Record, Settings, Stopped, said

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

DRY: Final = 0.5
"""A run stops when a call brings, or is expected to bring, fewer new ideas than this: it costs more than it adds."""

LIVE: Final = 2_000
"""Texts that are compared while replies arrive; of those after them only copies are told, for each would take longer
than the one before."""

ASIDE: Final = 32_768
"""Characters from which a text is read in a thread: about 10 ms of work."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run; the stream ends with the `IdeaSet` itself.

    Attributes:
        kind: "start" (a call is planned), "idea" (a new one), "merge" (`text` folded into `into`),
            "rejected" (not an idea: `reason`), "failure" (a call failed: `reason`), "call" (a call
            ended) or "round" (a round ended).
        call: id of the call, or "".
        text: what was said, for ideas, merges and rejected texts.
        into: the idea that `text` was folded into; the final folding may differ.
        reason: why, for rejected texts and failures.
        distinct: distinct ideas so far.
    """

    kind: Literal["start", "idea", "merge", "rejected", "failure", "call", "round"]
    call: str = ""
    text: str = ""
    into: str = ""
    reason: str = ""
    distinct: int = 0


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


class Run:
    """One brainstorm under way: iterate `events()` once; `stop()` and `result()` at any time."""

    def __init__(self, setup: Setup, brief: Brief, config: RunnableConfig | None = None) -> None:
        self.brief = brief
        self.models = setup.models
        self.replies: list[Reply] = []
        self._setup, self._config = setup, config
        self._halt = asyncio.Event()
        self._stopped: Stopped | None = None
        self._sent = self._spent = 0
        self._reserved: dict[str, int] = {}
        self._started: float | None = None
        self._live = _Live(brief, setup.embedder, setup.settings.same)

    def stop(self, why: Stopped = "interrupted") -> None:
        """End the run early, from the loop's own thread; what was said stays."""
        self._stopped = self._stopped or why
        self._halt.set()

    def result(self) -> IdeaSet:
        """What there is now, ranked."""
        record = Record(
            brief=self.brief,
            settings=self._setup.settings,
            models=names(self.models),
            replies=tuple(self.replies),
            stopped=self._stopped or "n",
            seconds=time.monotonic() - self._started if self._started is not None else 0.0,
        )
        return assemble(record, self._setup.embedder)

    async def events(self) -> AsyncGenerator[Event | IdeaSet]:
        """Run; yield what happens, and the result last.

        Raises:
            NoIdeasError: every call failed, or none said anything usable.
            RuntimeError: the run was iterated before.
        """
        if self._started is not None:
            raise RuntimeError("a run goes once: start another")
        self._started = time.monotonic()
        seconds = self.brief.budget.seconds
        clock = asyncio.get_running_loop().call_later(seconds, self.stop, "seconds") if seconds else None
        known, result = Known(), None
        connections = AsyncExitStack()
        try:
            runnables = await connections.enter_async_context(on_this_loop([m.runnable for m in self.models]))
            self._ready = [replace(m, runnable=r) for m, r in zip(self.models, runnables, strict=True)]
            while calls := self._next(known):
                for call in calls:
                    yield Event("start", call.id, distinct=self._live.distinct)
                async with aclosing(self._round(calls)) as events:
                    async for event in events:
                        yield event
                # in a thread: folding many ideas, or a remote embedder, must not hold up the caller's loop
                result = await asyncio.to_thread(self.result)
                known = self._learn(known, result)
                yield Event("round", distinct=known.distinct)
        finally:
            if clock is not None:
                clock.cancel()
            await connections.aclose()
        result = self.result() if result is None else result.ended(self._stopped or "n")
        if not result.ideas and self._stopped != "interrupted":
            raise _no_ideas(result, self.replies)
        yield result

    def _next(self, known: Known) -> tuple[Call, ...]:
        """The next round's calls, or none once the run is over."""
        if known.rounds >= self._setup.max_rounds and known.distinct < self.brief.n:
            self._stopped = self._stopped or "rounds"
        if self._stopped is not None:
            return ()
        library, how = self._setup.library, self._setup.technique
        calls = plan(
            self.brief,
            known,
            how,
            personas=library.small_personas if how.examples else library.personas,
            lenses=library.lenses,
            models=len(self.models),
        )
        if not calls and known.distinct < self.brief.n:
            self._stopped = "calls"
        return calls

    def _learn(self, before: Known, result: IdeaSet) -> Known:
        rounds = before.rounds + 1
        found = sorted((*result.ideas, *result.more), key=lambda idea: -idea.support)
        last = [r for r in self.replies if r.call.round == rounds]
        known = Known(
            rounds=rounds,
            calls=self._sent,
            distinct=len(found),
            gained=len(found) - before.distinct,
            last_calls=len(last),
            headings=tuple(idea.heading or _short(idea.text) for idea in found),
        )
        if last and all(r.finish == "failed" for r in last):
            self._stopped = self._stopped or "failed"
        # what the last round brought is a measurement; before there are two, Good-Turing's estimate must do
        a_call_brings = min(result.richness.next_call, known.gained / len(last)) if last else 0.0
        if rounds > 1 and known.distinct < self.brief.n and a_call_brings < DRY:
            self._stopped = self._stopped or "dry"
        return known

    async def _round(self, calls: tuple[Call, ...]) -> AsyncGenerator[Event]:
        requests = [Request(call, render(call, self.brief, self._setup.library)) for call in calls]
        self._live.expect(requests)
        if self.brief.budget.tokens is not None:
            self._costs = {r.call.id: _expected_tokens(r) for r in requests}
        stream = generate(
            requests,
            self._ready,
            concurrency=min(self._setup.concurrency, (self._config or {}).get("max_concurrency") or 10**6),
            timeout=self._setup.timeout,
            admit=self._admit,
            ended=self._account,
            stop=self._halt,
            config=self._config,
        )
        async with aclosing(stream) as heard:
            async for event in heard:
                if isinstance(event, Delta):
                    for found in await _aside(self._live.hear(event), event.text):
                        yield found
                    continue
                self.replies.append(event)
                for found in await _aside(self._live.end(event), event.text):
                    yield found
                yield Event("call", event.call.id, distinct=self._live.distinct)

    def _account(self, reply: Reply) -> None:
        self._reserved.pop(reply.call.id, None)
        self._spent += reply.usage.input_tokens + reply.usage.output_tokens

    def _admit(self, call: Call) -> bool:
        """Whether the run and its budget allow sending one more call; those in flight may finish."""
        seconds = self.brief.budget.seconds
        if seconds is not None and self._started is not None and time.monotonic() - self._started >= seconds:
            self.stop("seconds")  # the clock of a busy loop may be late
        if self._stopped is not None:
            return False
        limit = self.brief.budget.tokens
        if limit is not None:
            if self._spent + sum(self._reserved.values()) >= limit:
                self._stopped = "tokens"
                return False
            self._reserved[call.id] = self._costs[call.id]
        self._sent += 1
        return True


async def _aside(events: Iterator[Event], text: str) -> Iterable[Event]:
    """The events of `text`: made in a thread where it is long, so that the loop serves others meanwhile."""
    return events if len(text) < ASIDE else await asyncio.to_thread(list, events)


class _Live:
    """Places candidates while replies arrive, for those who watch.

    Only the shipped table embeds here: it takes microseconds, while another embedder may be a request away.
    The result is always folded anew with the run's own embedder.
    """

    def __init__(self, brief: Brief, embedder: Embedder | None, same: float | None) -> None:
        self._topic = brief.topic
        self._embedder = embedder if isinstance(embedder, StaticEmbedder) else None
        self._folder = Folder(topic=brief.topic, same=same)
        self._parsers: dict[str, Parser] = {}
        self._prompts: dict[str, str] = {}
        self._texts: list[str] = []
        self._plain: dict[str, str] = {}
        self._emitted: dict[str, int] = {}
        self._useful: set[str] = set()
        self.distinct = 0

    def expect(self, requests: Sequence[Request]) -> None:
        self._prompts = {r.call.id: prompt_text(r.messages, r.call.avoid) for r in requests}

    def hear(self, delta: Delta) -> Iterator[Event]:
        call = delta.call
        parser = self._parsers.get(call.id) or self._parsers.setdefault(call.id, Parser())
        found = parser.feed(delta.text)
        self._emitted[call.id] = self._emitted.get(call.id, 0) + len(found)
        if found:
            yield from self._take(found, call)

    def end(self, reply: Reply) -> Iterator[Event]:
        call = reply.call
        parser = self._parsers.pop(call.id, None) or Parser()
        parsed = parser.close()
        yield from self._take(parsed.candidates[self._emitted.pop(call.id, 0) :], call)
        failure = failure_of(reply, parsed, call.id in self._useful)
        if failure is not None:
            yield Event("failure", call.id, reason=f"{failure.cause}: {failure.fix}", distinct=self.distinct)

    def _take(self, candidates: Sequence[Candidate], call: Call) -> Iterator[Event]:
        kept, rejected = screen(candidates, prompt=self._prompts[call.id], topic=self._topic)
        if kept:
            self._useful.add(call.id)
        yield from (self._place(candidate, call) for candidate in kept)
        for text in rejected:
            yield Event("rejected", call.id, text.text, reason=text.reason, distinct=self.distinct)

    def _place(self, candidate: Candidate, call: Call) -> Event:
        text = said(candidate.heading, candidate.text)
        if len(self._texts) >= LIVE:
            return self._place_copy(text, call)
        vector = self._embedder.embed([text[:COMPARED]])[0] if self._embedder else None
        self._texts.append(text)
        into = self._folder.add(text, vector).parent
        if into is not None:
            return Event("merge", call.id, text, into=self._texts[into], distinct=self.distinct)
        self.distinct += 1
        return Event("idea", call.id, text, distinct=self.distinct)

    def _place_copy(self, text: str, call: Call) -> Event:
        if not self._plain:
            self._plain = {_plain(known): known for known in reversed(self._texts)}
        into = self._plain.get(_plain(text))
        if into is not None:
            return Event("merge", call.id, text, into=into, distinct=self.distinct)
        self._plain[_plain(text)] = text
        self.distinct += 1
        return Event("idea", call.id, text, distinct=self.distinct)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _expected_tokens(request: Request) -> int:
    return sum(count_tokens(text) + 4 for _, text in request.messages) + request.call.max_tokens


def _short(text: str) -> str:
    """The first words of an idea that has no heading: enough to say it is taken."""
    head = text.partition(":")[0] if 0 < text.find(":") < 60 else text
    words = head.split()
    return " ".join(words[:8])


def _no_ideas(result: IdeaSet, replies: Sequence[Reply]) -> NoIdeasError:
    if not result.failures:
        return NoIdeasError(
            "no call said anything usable.",
            hint="Raise the budget, reword the topic, or ask a stronger model.",
            result=result,
        )
    kinds = Counter(_kind(f.cause) for f in result.failures)
    common, count = max(kinds.items(), key=lambda item: (item[1], item[0]))
    first = next(f for f in result.failures if _kind(f.cause) == common)
    return NoIdeasError(
        f"no idea from {result.usage.calls} calls; {count} ended like this: {first.cause}.",
        hint=f"What to do: {first.fix}",
        retryable=any(r.failure and r.failure.retryable and _kind(r.failure.cause) == common for r in replies),
        result=result,
    )


def _kind(cause: str) -> str:
    """A cause without what differs from call to call: ids, counts, times."""
    return re.sub(r"\b(?=[\w-]*\d)(?!\d{3}\b)[\w-]+", "#", cause)
