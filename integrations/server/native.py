"""Endpoints of this library's own, for apps that want structure: a brief in, an `IdeaSet` out, each stage alone."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from brainstorm.brief import Brief
from brainstorm.dedup import deduplicate
from brainstorm.errors import BrainstormError, NoIdeasError
from brainstorm.rank import VARIETY, Profile, rank
from brainstorm.result import IdeaSet
from brainstorm.run import Run

from . import wire
from .engine import MODEL, Engine
from .wire import ApiError, api_error, event, new_id


class Strict(BaseModel):
    """A body in which fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BrainstormRequest(Brief):
    """`POST /v1/brainstorm`: a brief, and which brainstorming model is to take it."""

    model: str = Field(default=MODEL, description="one of the brainstorming models under /v1/models")
    stream: bool = Field(default=False, description="answer with server-sent events")

    def brief(self) -> Brief:
        """The brief in it."""
        return Brief(**{name: getattr(self, name) for name in self.model_fields_set & set(Brief.model_fields)})


class DeduplicateRequest(Strict):
    """`POST /v1/deduplicate`."""

    texts: list[str]
    topic: str = ""
    same: float | None = Field(default=None, ge=0, le=1, description="probability from which two texts are the same")


class Cluster(Strict):
    """Texts that say the same: the clearest one, and the places of all in the list."""

    text: str
    members: list[int]


class Merge(Strict):
    """One text folded into another, by their places, and why."""

    kept: int
    folded: int
    wording: float
    meaning: float | None
    probability: float
    rule: str
    mean: float | None


class Deduplicated(Strict):
    """What `POST /v1/deduplicate` answers."""

    clusters: list[Cluster]
    merges: list[Merge]
    notes: list[str]


class RankRequest(Strict):
    """`POST /v1/rank`: the texts, each distinct, and what is known of them."""

    texts: list[str]
    topic: str = ""
    support: list[int] | None = Field(default=None, description="in how many calls each turned up")
    probability: list[float | None] | None = Field(default=None, description="what the model stated for each, 0..1")
    variety: float = Field(default=VARIETY, ge=0, le=1)
    profile: Profile = "balanced"
    weights: dict[str, float] | None = Field(default=None, description="share of each signal, whatever the profile")
    keep: list[str] = Field(default=[], max_length=100, description="ideas that stand on top")
    avoid: list[str] = Field(default=[], max_length=100, description="ideas or words that go to the end")
    nearer_to: list[str] = Field(default=[], max_length=100)
    away_from: list[str] = Field(default=[], max_length=100)
    top: int | None = Field(default=None, ge=1, description="places that are filled; none: all")


STEERING = {"variety", "profile", "weights", "keep", "avoid", "nearer_to", "away_from", "top"}


class Place(Strict):
    """A text in its place: where it stood in the list, its quality and each signal of it, and why in words.

    What says again another text stands after all others: `copy_of` is that text's index.
    """

    index: int
    text: str
    score: float
    signals: dict[str, float]
    why: str
    theme: str
    copy_of: int | None


class Ranked(Strict):
    """What `POST /v1/rank` answers, best first."""

    ideas: list[Place]


def start(engine: Engine, request: BrainstormRequest) -> Run:
    """The run that a request asks for.

    Raises:
        ApiError: it cannot be met.
    """
    engine.check(request.model)
    brainstormer = engine.brainstormer(request.model)
    if brainstormer is None:
        raise ApiError(400, f"{request.model} is a plain model: it does not brainstorm.", param="model")
    try:
        return brainstormer.start(engine.checked(request.brief()))
    except BrainstormError as error:
        raise api_error(error) from error


async def complete(engine: Engine, run: Run) -> IdeaSet:
    """The result of a run.

    Raises:
        ApiError: no idea came.
    """
    try:
        with engine.running(run):
            async with aclosing(run.events(watched=False)) as events:
                *_, last = [event async for event in events]
    except BrainstormError as error:
        raise _failed(engine, run, error) from error
    assert isinstance(last, IdeaSet)
    return engine.delivered(last)


async def stream(engine: Engine, run: Run) -> AsyncGenerator[str]:
    """A run as server-sent events: each of its events under its own name, then "done" with the result, or "error".

    "progress" comes after each call: calls ended, calls planned so far, distinct ideas and those wanted.
    """
    run_id, planned, ended = new_id("run_"), 0, 0
    yield event({"id": run_id, "topic": run.brief.topic, "n": run.brief.n}, "begin")
    try:
        with engine.running(run):
            async with aclosing(run.events()) as events:
                async for one in events:
                    if isinstance(one, IdeaSet):
                        yield f"event: done\ndata: {engine.delivered(one).model_dump_json()}\n\n"
                    else:
                        yield event({k: v for k, v in asdict(one).items() if v != ""}, one.kind)
                        planned, ended = planned + (one.kind == "start"), ended + (one.kind == "call")
                        if one.kind == "call":
                            told = {"calls": ended, "planned": planned, "distinct": one.distinct, "n": run.brief.n}
                            yield event(told, "progress")
    except BrainstormError as error:
        yield event(_failed(engine, run, error).body(), "error")
    except Exception as error:
        yield event(wire.told(error, run_id).body(), "error")


def _failed(engine: Engine, run: Run, error: BrainstormError) -> ApiError:
    """Where it was the client's own budget that let no idea come, the request is what is wrong."""
    result = error.result if isinstance(error, NoIdeasError) else None
    if result is None or result.failures or result.stopped not in ("calls", "tokens", "cost", "seconds"):
        return api_error(error)
    given, most = getattr(run.brief.budget, result.stopped), getattr(engine.limits, result.stopped, math.inf)
    if given is None or given >= most:
        return api_error(error)
    message = f"The budget of {given:g} {result.stopped} was used up before an idea came."
    return ApiError(400, message, param=f"budget.{result.stopped}")


def fold(engine: Engine, request: DeduplicateRequest) -> dict[str, Any]:
    """The clusters of a list."""
    engine.check_list(request.texts)
    found = deduplicate(request.texts, topic=request.topic, same=request.same, embedder=engine.embedder)
    return {
        "clusters": [{"text": request.texts[c.representative], "members": list(c.members)} for c in found.clusters],
        "merges": [asdict(m) for m in found.merges],
        "notes": list(found.notes),
    }


def order(engine: Engine, request: RankRequest) -> dict[str, Any]:
    """The order of a list."""
    engine.check_list(request.texts)
    ranked = rank(
        request.texts,
        topic=request.topic,
        support=request.support,
        probability=request.probability,
        embedder=engine.embedder,
        **request.model_dump(include=STEERING),
    )
    return {"ideas": [{**asdict(r), "text": request.texts[r.index]} for r in ranked]}
