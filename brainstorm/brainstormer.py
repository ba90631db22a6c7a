"""The library's front door: a LangChain `Runnable` from a brief to a set of ideas."""

from __future__ import annotations

import inspect
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import ensure_config

from brainstorm import background
from brainstorm.brief import MAX_IDEAS, Brief, Budget
from brainstorm.coerce import to_brief
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import BriefError
from brainstorm.estimate import Estimate, estimate
from brainstorm.judge import BUDGET as JUDGE_BUDGET
from brainstorm.learn import MIN_NEW
from brainstorm.library import load_library
from brainstorm.live import Event
from brainstorm.models import resolve_models
from brainstorm.prices import Price, prices_of, to_price
from brainstorm.rank import SMALL_VARIETY
from brainstorm.rank.checks import check_variety
from brainstorm.rank.weights import check_profile, check_weights, shares
from brainstorm.result import IdeaSet
from brainstorm.run import Run, Setup, Until, check_budget
from brainstorm.techniques import technique as find_technique
from brainstorm.values import Settings


class Brainstormer(Runnable[Any, IdeaSet]):
    """Ask any chat model for many different good ideas.

    Args:
        model: nothing (the BRAINSTORM_MODEL setting, else the embedded model), "provider:model", "gguf:PATH",
            "hf:REPO[:FILE]", a server's base URL, a LangChain chat model, an OpenAI client, or a list of
            these to rotate.
        model_name: the model's name on the server, for clients and base URLs.
        base_url: address of an OpenAI-compatible server; `model` is then the name on it.
        technique: how to ask: "auto", or a name in `brainstorm.techniques.TECHNIQUES`.
        embedder: how meaning is compared: "default", `None` for wording alone, "provider:model", a LangChain
            `Embeddings`, or a function from texts to an array.
        same: probability in 0..1 from which two texts count as the same idea; lower folds more.
        variety: 0 orders by quality alone, 1 by unlikeness alone; `None` suits it to the class of model.
        profile: how ideas are weighed: "balanced"; "bold", rare ones first; "safe", well supported ones first.
            `None` for balanced.
        weights: share of each signal in place of the profile's, as `brainstorm.rank.WEIGHTS` names them.
        judge: a model, as `model`, that marks the best-ranked ideas and so orders them; `None`: no judge.
        judge_budget: what the judge may spend, apart from the brief's; `None` for `brainstorm.judge.BUDGET`.
        prompts: a folder whose files replace shipped templates, personas or lenses of the same name.
        concurrency: calls in flight at most.
        timeout: seconds that one attempt at a call may take; with its repeats a call may take `attempts` times that,
            and the waits between them. `Budget(seconds=...)` bounds the whole run.
        attempts: times a call is sent at most, when its failure may pass and no text has arrived; `None` for as often
            as the model's own client was told to, else 3.
        max_rounds: rounds at most; `None` for what the technique sets, mostly 4: each later round brings less.
        min_new: the run stops when one more call is expected to bring fewer new ideas than this; 0 never does.
        price: what the models cost, in place of the table of prices: US dollars for a million tokens in and out.
        until: "n" stops at n distinct ideas, or when more calls would bring little; "budget" goes on to the end
            of the budget, and plans for n more ideas in each round.
        brief: fields of `Brief` to use where the input does not set them, such as `n=20`.

    Keywords of a call (`invoke(topic, n=20)`, `.bind(n=20)`) are fields of the brief too.

    Raises:
        MissingPackageError, MissingWeightsError, MissingKeyError, ModelError: the model cannot be used.
        BriefError: an argument is out of range.
    """

    def __init__(
        self,
        model: object = None,
        *,
        model_name: str | None = None,
        base_url: str | None = None,
        technique: str = "auto",
        embedder: object = "default",
        same: float | None = None,
        variety: float | None = None,
        profile: str | None = None,
        weights: Mapping[str, float] | None = None,
        judge: object = None,
        judge_budget: Budget | None = None,
        prompts: str | None = None,
        concurrency: int = 16,
        timeout: float = 120.0,
        attempts: int | None = None,
        max_rounds: int | None = None,
        min_new: float = MIN_NEW,
        price: Price | tuple[float, float] | None = None,
        until: Until = "n",
        **brief: Any,
    ) -> None:
        for name in brief.keys() - Brief.model_fields.keys():
            own = [*inspect.signature(Brainstormer).parameters, *Brief.model_fields]
            known = sorted({*own} - {"model", "brief", "topic"})
            near = get_close_matches(name, known, n=1)
            raise BriefError(
                f"Brainstormer has no argument {name!r}.",
                hint=f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}.",
            )
        Brief(**{"topic": "any", **brief})  # what is wrong with the defaults is said now
        for what, value, least in (
            ("concurrency", concurrency, 1),
            ("timeout", timeout, 0.001),
            ("attempts", 1 if attempts is None else attempts, 1),
            ("max_rounds", 1 if max_rounds is None else max_rounds, 1),
            ("min_new", min_new, 0),
        ):
            if not isinstance(value, int | float) or not least <= value < math.inf:
                raise BriefError(f"{what} is {value!r}, but must be a number of at least {least}.")
        if until not in ("n", "budget"):
            raise BriefError(f'until is {until!r}, but must be "n" or "budget".')
        own_price = to_price(price)
        library = load_library(prompts)
        find_technique(technique, small=False)
        chosen = resolve_embedder(embedder)
        spec = embedder if isinstance(embedder, str) else f"custom:{chosen.name}" if chosen else "none"
        settings = Settings(
            embedder=spec,
            same=same,
            profile=check_profile("balanced" if profile is None else profile),
            weights=None if weights is None else dict(check_weights(weights)),
            **({} if variety is None else {"variety": check_variety(variety)}),
        )
        shares(weights)
        given = {"same": same, "variety": variety, "profile": profile, "weights": weights}
        judges = () if judge is None else resolve_models(judge)
        models = resolve_models(model, model_name=model_name, base_url=base_url)
        if attempts is not None:
            models = tuple(replace(m, attempts=int(attempts)) for m in models)
        small = all(m.small for m in models)
        by_class = {"variety": SMALL_VARIETY} if variety is None else {}
        how = find_technique(technique, small=small)
        self.models = models
        self._setup = Setup(
            models=models,
            technique=how,
            library=library,
            embedder=chosen,
            settings=settings.override(small=True, **by_class) if small else settings,
            concurrency=int(concurrency),
            timeout=timeout,
            max_rounds=how.rounds if max_rounds is None else int(max_rounds),
            min_new=min_new,
            price=own_price,
            until=until,
            judges=judges,
            judge_budget=judge_budget or JUDGE_BUDGET,
            prompts="" if prompts is None else str(prompts),
            asked=frozenset(name for name, value in given.items() if value is not None),
        )
        self._defaults = brief

    @property
    def InputType(self) -> Any:
        """Text, messages, a prompt value, a dict or a `Brief`; or an `IdeaSet` to go on from."""
        return Any

    @property
    def OutputType(self) -> type[IdeaSet]:
        """The result of `invoke`."""
        return IdeaSet

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Fields of the brief that it uses where its input does not set them."""
        return dict(self._defaults)

    def start(self, given: object, config: RunnableConfig | None = None, **brief: Any) -> Run:
        """A run that can be watched and stopped: iterate `run.events()`.

        An `IdeaSet` goes on from where it ended: what was said counts as known, the result holds all of it, `n` is
        how many more distinct ideas are wanted (else the rest of those asked for, or as many again), and the
        budget, the earlier one if none is given, is for what is new. How it was ranked, steered, judged, split and
        joined stays, but for what this brainstormer was told otherwise.

        Raises:
            BriefError: `given` is no brief.
            RunFileError: `given` is an `IdeaSet` without replies.
        """
        if isinstance(given, IdeaSet):
            return Run(self._setup, _further(given, **brief), config, given.record)
        return Run(self._setup, to_brief(given, {**self._defaults, **brief}), config)

    def estimate(self, given: object, **brief: Any) -> Estimate:
        """The calls, tokens and dollars that a run is expected to take; no call is made.

        Raises:
            BriefError: `given` is no brief, or has no budget to go on to.
        """
        setup, wanted = self._setup, to_brief(given, {**self._defaults, **brief})
        check_budget(wanted, setup.until)
        return estimate(
            wanted,
            setup.technique,
            setup.library,
            prices=prices_of(setup.models, setup.price),
            small=setup.settings.small,
            max_rounds=setup.max_rounds,
            min_new=setup.min_new,
            to_budget=setup.until == "budget",
        )

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> IdeaSet:
        """Run to the end.

        Raises:
            BriefError: `input` is no brief.
            NoIdeasError: every call failed.
        """
        config = ensure_config(config)
        *_, last = background.iterate(lambda: self._traced(input, config, watched=False, **kwargs))
        assert isinstance(last, IdeaSet)
        return last

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> IdeaSet:
        """Run to the end; as `invoke`."""
        async with aclosing(self._traced(input, config, watched=False, **kwargs)) as events:
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

    def transform(self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[IdeaSet]:
        """As a step of a streamed chain: only the result, which the next step can use as it is."""
        for item in super().transform(input, config, **kwargs):
            if isinstance(item, IdeaSet):
                yield item

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[IdeaSet]:
        """As `transform`."""
        async for item in super().atransform(input, config, **kwargs):
            if isinstance(item, IdeaSet):
                yield item

    async def _traced(
        self, given: Any, config: RunnableConfig | None, *, watched: bool = True, **kwargs: Any
    ) -> AsyncGenerator[Event | IdeaSet]:
        async def one() -> AsyncIterator[Any]:
            yield given

        async def run(
            inputs: AsyncIterator[Any], config: RunnableConfig, **brief: Any
        ) -> AsyncIterator[Event | IdeaSet]:
            async for value in inputs:
                async with aclosing(self.start(value, config, **brief).events(watched=watched)) as events:
                    async for event in events:
                        yield event

        traced: Any = self._atransform_stream_with_config
        async with aclosing(traced(one(), run, config, run_type="chain", **kwargs)) as events:
            async for event in events:
                yield event


def _further(found: IdeaSet, n: int | None = None, **changes: Any) -> Brief:
    """The brief of the run that goes on from `found`: `n` counts from what is there."""
    brief, there = found.record.brief, len(found.ideas) + len(found.more)
    if n is None:
        n = brief.n - there if brief.n > there else brief.n
    elif n < 1:
        raise BriefError(f"n is {n}, but at least one more idea must be wanted.")
    return brief.override(**{**changes, "n": min(there + n, MAX_IDEAS)})
