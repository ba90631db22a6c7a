"""The loop over rounds, as a LangChain `Runnable` from a brief to a set of ideas."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, Literal

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import ensure_config
from pydantic import ValidationError

from brainstorm import background
from brainstorm.brief import Brief
from brainstorm.coerce import explain, to_brief
from brainstorm.dedup import Folder
from brainstorm.embedding import Embedder, resolve_embedder
from brainstorm.errors import BriefError, NoIdeasError
from brainstorm.generate import Delta, Reply, Request, generate
from brainstorm.library import Library, load_library
from brainstorm.models import ChatModel, names, resolve_models
from brainstorm.parse import Candidate, Parser
from brainstorm.plan import Call, Known, Technique, plan, technique
from brainstorm.prompting import render
from brainstorm.rank import VARIETY
from brainstorm.result import IdeaSet, Record, Settings, Stopped, assemble, prompt_text, read_reply, said
from brainstorm.screen import screen

MAX_ROUNDS: Final = 4
"""Rounds at most; each later round costs more input for its avoid list."""

DRY: Final = 0.5
"""A run stops when another call is expected to bring fewer new ideas than this (Good-Turing)."""


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


class Brainstormer(Runnable[Any, IdeaSet]):
    """Ask any chat model for many different good ideas.

    Args:
        model: nothing (the BRAINSTORM_MODEL setting, else the embedded model), "provider:model", "gguf:PATH",
            "hf:REPO[:FILE]", a server's base URL, a LangChain chat model, an OpenAI client, or a list of
            these to rotate.
        name: the model's name on the server, for clients and base URLs.
        base_url: address of an OpenAI-compatible server; `model` is then the name on it.
        technique: how to ask: "auto", or a name in `brainstorm.plan.TECHNIQUES`.
        embedder: how meaning is compared: "default", `None` for wording alone, "provider:model", a LangChain
            `Embeddings`, or a function from texts to an array.
        same: probability in 0..1 from which two texts count as the same idea; lower folds more.
        variety: 0 orders by quality alone, 1 by unlikeness alone.
        prompts: a folder whose files replace shipped templates, personas or lenses of the same name.
        concurrency: calls in flight at most.
        timeout: seconds that one attempt at a call may take.
        max_rounds: rounds at most.
        brief: fields of `Brief` to use where the input does not set them, such as `n=20`.

    Raises:
        MissingPackageError, MissingWeightsError, MissingKeyError, ModelError: the model cannot be used.
        BriefError: an argument is out of range.
    """

    def __init__(
        self,
        model: object = None,
        *,
        name: str | None = None,
        base_url: str | None = None,
        technique: str = "auto",
        embedder: object = "default",
        same: float | None = None,
        variety: float = VARIETY,
        prompts: str | None = None,
        concurrency: int = 16,
        timeout: float = 120.0,
        max_rounds: int = MAX_ROUNDS,
        **brief: Any,
    ) -> None:
        _check_defaults(brief)
        for what, value, least in (
            ("concurrency", concurrency, 1),
            ("timeout", timeout, 0.001),
            ("max_rounds", max_rounds, 1),
        ):
            if value < least:
                raise BriefError(f"{what} is {value}, but must be at least {least}.")
        for what, share in (("same", same), ("variety", variety)):
            if share is not None and not 0 <= share <= 1:
                raise BriefError(f"{what} is {share}, but must be from 0 to 1.")
        self.models = resolve_models(model, name=name, base_url=base_url)
        self._technique = _technique(technique, self.models)
        self._library = load_library(prompts)
        self._embedder = resolve_embedder(embedder)
        spec = embedder if isinstance(embedder, str) else getattr(self._embedder, "name", "none")
        self._settings = Settings(embedder=spec, same=same, variety=variety)
        self._concurrency, self._timeout, self._max_rounds = concurrency, timeout, max_rounds
        self._defaults = brief

    @property
    def InputType(self) -> Any:
        """Text, messages, a prompt value, a dict or a `Brief`."""
        return Any

    @property
    def OutputType(self) -> type[IdeaSet]:
        """The result of `invoke`."""
        return IdeaSet

    def start(self, given: object, config: RunnableConfig | None = None) -> Run:
        """A run that can be watched and stopped: iterate `run.events()`.

        Raises:
            BriefError: `given` is no brief.
        """
        return Run(self, to_brief(given, self._defaults), config)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> IdeaSet:
        """Run to the end.

        Raises:
            BriefError: `input` is no brief.
            NoIdeasError: every call failed.
        """
        *_, last = self.stream(input, config, **kwargs)
        assert isinstance(last, IdeaSet)
        return last

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> IdeaSet:
        """Run to the end; as `invoke`."""
        async with aclosing(self._traced(input, config, **kwargs)) as events:
            *_, last = [event async for event in events]
        assert isinstance(last, IdeaSet)
        return last

    def stream(  # type: ignore[override]  # events on the way, then the output
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Event | IdeaSet]:
        """Yield events while calls run, and the `IdeaSet` last."""
        config = ensure_config(config)
        return background.iterate(lambda: self._traced(input, config, **kwargs))

    def astream(  # type: ignore[override]
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncGenerator[Event | IdeaSet]:
        """Yield events while calls run, and the `IdeaSet` last."""
        return self._traced(input, config, **kwargs)

    async def _traced(
        self, given: Any, config: RunnableConfig | None, **kwargs: Any
    ) -> AsyncGenerator[Event | IdeaSet]:
        async def one() -> AsyncIterator[Any]:
            yield given

        async def run(inputs: AsyncIterator[Any], config: RunnableConfig) -> AsyncIterator[Event | IdeaSet]:
            async for value in inputs:
                async with aclosing(self.start(value, config).events()) as events:
                    async for event in events:
                        yield event

        traced: Any = self._atransform_stream_with_config
        async with aclosing(traced(one(), run, config, run_type="chain", **kwargs)) as events:
            async for event in events:
                yield event


class Run:
    """One brainstorm under way."""

    def __init__(self, brainstormer: Brainstormer, brief: Brief, config: RunnableConfig | None) -> None:
        self.brief = brief
        self.models: tuple[ChatModel, ...] = brainstormer.models
        self.replies: list[Reply] = []
        self.technique: Technique = brainstormer._technique
        self._config = config
        self._settings: Settings = brainstormer._settings
        self._library: Library = brainstormer._library
        self._embedder: Embedder | None = brainstormer._embedder
        self._concurrency = brainstormer._concurrency
        self._timeout = brainstormer._timeout
        self._max_rounds = brainstormer._max_rounds
        self._halt = asyncio.Event()
        self._stopped: Stopped | None = None
        self._sent = 0
        self._spent = 0
        self._started = 0.0
        self._live = _Live(brief, self._embedder, self._settings.same)

    def stop(self, why: Stopped = "interrupted") -> None:
        """End the run early, from the loop's own thread; what was said stays."""
        self._stopped = self._stopped or why
        self._halt.set()

    def result(self) -> IdeaSet:
        """What there is now, ranked."""
        record = Record(
            brief=self.brief,
            settings=self._settings,
            models=names(self.models),
            replies=tuple(self.replies),
            stopped=self._stopped or "n",
            seconds=time.monotonic() - self._started if self._started else 0.0,
        )
        return assemble(record, self._embedder)

    async def events(self) -> AsyncGenerator[Event | IdeaSet]:
        """Run; yield what happens, and the result last.

        Raises:
            NoIdeasError: every call failed.
        """
        self._started = time.monotonic()
        seconds = self.brief.budget.seconds
        clock = asyncio.get_running_loop().call_later(seconds, self.stop, "seconds") if seconds else None
        known, result = Known(), None
        try:
            while calls := self._next(known):
                for call in calls:
                    yield Event("start", call.id, distinct=self._live.distinct)
                async with aclosing(self._round(calls)) as events:
                    async for event in events:
                        yield event
                result = self.result()
                known = self._learn(known, result)
                yield Event("round", distinct=known.distinct)
        finally:
            if clock is not None:
                clock.cancel()
        result = result.ended(self._stopped or "n") if result else self.result()
        if not result.ideas and self._stopped != "interrupted":
            raise _no_ideas(result)
        yield result

    def _next(self, known: Known) -> tuple[Call, ...]:
        """The next round's calls, or none once the run is over."""
        if known.rounds >= self._max_rounds and known.distinct < self.brief.n:
            self._stopped = self._stopped or "rounds"
        if self._stopped is not None:
            return ()
        calls = plan(
            self.brief,
            known,
            self.technique,
            personas=self._library.small_personas if self.technique.examples else self._library.personas,
            lenses=self._library.lenses,
            models=len(self.models),
        )
        if not calls and known.distinct < self.brief.n:
            self._stopped = "calls"
        return calls

    def _learn(self, before: Known, result: IdeaSet) -> Known:
        rounds = before.rounds + 1
        found = (*result.ideas, *result.more)
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
        if rounds > 1 and known.distinct < self.brief.n and result.richness.next_call < DRY:
            self._stopped = self._stopped or "dry"
        return known

    async def _round(self, calls: tuple[Call, ...]) -> AsyncGenerator[Event]:
        requests = [Request(call, render(call, self.brief, self._library)) for call in calls]
        self._live.expect(requests)
        stream = generate(
            requests,
            self.models,
            concurrency=self._concurrency,
            timeout=self._timeout,
            admit=self._admit,
            stop=self._halt,
            config=self._config,
        )
        async with aclosing(stream) as heard:
            async for event in heard:
                if isinstance(event, Delta):
                    for found in self._live.hear(event):
                        yield found
                    continue
                self.replies.append(event)
                self._spent += event.usage.input_tokens + event.usage.output_tokens
                for found in self._live.end(event):
                    yield found
                yield Event("call", event.call.id, distinct=self._live.distinct)

    def _admit(self, call: Call) -> bool:
        """Whether the budget allows sending one more call; those in flight may finish."""
        limit = self.brief.budget.tokens
        if limit is not None and self._spent >= limit:
            self._stopped = self._stopped or "tokens"
            return False
        self._sent += 1
        return True


class _Live:
    """Places candidates while replies arrive, for those who watch."""

    def __init__(self, brief: Brief, embedder: Embedder | None, same: float | None) -> None:
        self._topic, self._embedder = brief.topic, embedder
        self._folder = Folder(same=same)
        self._parsers: dict[str, Parser] = {}
        self._prompts: dict[str, str] = {}
        self._texts: list[str] = []
        self._emitted: dict[str, int] = {}
        self.distinct = 0

    def expect(self, requests: Sequence[Request]) -> None:
        self._prompts = {request.call.id: prompt_text(request.messages) for request in requests}

    def hear(self, delta: Delta) -> Iterator[Event]:
        call = delta.call
        found = self._parsers.setdefault(call.id, Parser()).feed(delta.text)
        self._emitted[call.id] = self._emitted.get(call.id, 0) + len(found)
        if found:
            yield from self._take(found, call)

    def end(self, reply: Reply) -> Iterator[Event]:
        call = reply.call
        parser = self._parsers.pop(call.id, None) or Parser()
        parsed = parser.close()
        yield from self._take(parsed.candidates[self._emitted.pop(call.id, 0) :], call)
        failure = read_reply(reply, self._topic, parsed).failure
        if failure is not None:
            yield Event("failure", call.id, reason=f"{failure.cause}: {failure.fix}", distinct=self.distinct)

    def _take(self, candidates: Sequence[Candidate], call: Call) -> Iterator[Event]:
        kept, rejected = screen(candidates, prompt=self._prompts[call.id], topic=self._topic)
        yield from (self._place(candidate, call) for candidate in kept)
        for text in rejected:
            yield Event("rejected", call.id, text.text, reason=text.reason, distinct=self.distinct)

    def _place(self, candidate: Candidate, call: Call) -> Event:
        text = said(candidate.heading, candidate.text)
        vector = self._embedder.embed([text])[0] if self._embedder else None
        self._texts.append(text)
        into = self._folder.add(text, vector).parent
        if into is not None:
            return Event("merge", call.id, text, into=self._texts[into], distinct=self.distinct)
        self.distinct += 1
        return Event("idea", call.id, text, distinct=self.distinct)


def _technique(name: str, models: tuple[ChatModel, ...]) -> Technique:
    return technique(name, small=all(m.small for m in models))


def _check_defaults(fields: dict[str, Any]) -> None:
    try:
        Brief(**{"topic": "any", **fields})
    except ValidationError as error:
        raise BriefError(explain(error)) from error


def _short(text: str) -> str:
    """The first words of an idea that has no heading: enough to say it is taken."""
    head = text.partition(":")[0] if 0 < text.find(":") < 60 else text
    words = head.split()
    return " ".join(words[:8])


def _no_ideas(result: IdeaSet) -> NoIdeasError:
    causes = [f.cause for f in result.failures]
    if not causes:
        return NoIdeasError(
            "no call said anything usable.",
            hint="Raise the budget, reword the topic, or ask a stronger model.",
        )
    common = max(set(causes), key=lambda cause: (causes.count(cause), cause))
    fix = next(f.fix for f in result.failures if f.cause == common)
    return NoIdeasError(
        f"all {result.usage.calls} calls failed, {causes.count(common)} of them like this: {common}.",
        hint=f"What to do: {fix}.",
        retryable=True,
    )
