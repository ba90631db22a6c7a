"""The values that a result is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from brainstorm.brief import Brief, Frozen
from brainstorm.parse.types import whole
from brainstorm.prices import Price
from brainstorm.rank import VARIETY, Profile
from brainstorm.replies import Reply

Stopped = Literal["n", "calls", "tokens", "cost", "seconds", "dry", "rounds", "failed", "interrupted"]
"""Why a run ended: n distinct ideas were found; a budget was spent; the last round brought too little
that was new; the rounds were used up; every call of the last round failed; or someone stopped it."""


class Idea(Frozen):
    """One distinct idea.

    Attributes:
        text: its clearest wording.
        heading: its short title, if a reply gave one.
        score: quality among the ideas of its own run, 0..1; the order also counts how unlike the ideas above it is.
        why: why it stands where it stands.
        theme: the theme it belongs to, in a word or two of the ideas' own; "" in short lists.
        mark: what a judge gave it, 1 to 10, or `None`.
        reason: the judge's reason.
        support: in how many calls it turned up.
        probability: mean of the probabilities that replies stated for it, 0..1, or `None`.
        personas: as whom it was said.
        calls: ids of the calls that said it.
        complete: false when its reply was cut off inside it.
        members: every text folded into it, its own among them.
    """

    text: str
    heading: str | None = None
    score: float = 0.0
    why: str = ""
    theme: str = ""
    mark: float | None = None
    reason: str = ""
    support: int = 1
    probability: float | None = None
    personas: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    complete: bool = True
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return whole(self.heading, self.text)


class MergeReceipt(Frozen):
    """One text folded into another, by their texts; all else as in `brainstorm.dedup.Merge`."""

    kept: str
    folded: str
    wording: float
    meaning: float | None
    probability: float
    rule: str
    mean: float | None = None


class RejectedText(Frozen):
    """Something a model said that is not an idea, and why."""

    text: str
    reason: str
    call: str = ""


class TotalUsage(Frozen):
    """What the run spent.

    `cost` is in US dollars at list price, as is `cost_per_idea`, its share for each distinct idea; both are `None`
    where a price is unknown.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None
    cost_per_idea: float | None = None
    estimated: bool = Field(default=False, description="some tokens were counted offline, not by the provider")

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens


class Richness(Frozen):
    """How much was found, how varied it is, and what is left.

    Attributes:
        said: ideas said, copies included.
        distinct: distinct ideas.
        next_call: expected new ideas in one more call (Good-Turing).
        as_many_again: expected new ideas in as many calls again (Good-Toulmin).
        at_least: lower bound on the ideas there are in all (Chao).
        vendi: effective number of different ideas (Vendi score), `None` without an embedder.
        mean_distance: mean pairwise cosine distance, `None` without an embedder.
    """

    said: int = 0
    distinct: int = 0
    next_call: float = 0.0
    as_many_again: float = 0.0
    at_least: float = 0.0
    vendi: float | None = None
    mean_distance: float | None = None


class Edit(Frozen):
    """Clusters changed by hand: texts split from whatever they were folded with, or joined into one idea."""

    kind: Literal["split", "join"]
    texts: tuple[str, ...]


class Mark(Frozen):
    """What a judge gave an idea, 1 to 10, and why; `text` is one of the idea's members."""

    text: str
    mark: float
    reason: str = ""


class Settings(Frozen):
    """How a run reads its replies: what `replay` may change.

    Attributes:
        embedder: as `resolve_embedder` takes it; "custom:NAME" for one given as an object.
        same: probability in 0..1 from which two texts count as the same idea, `None` for the default.
        variety: 0 orders by quality alone, 1 by unlikeness alone.
        small: whether ideas are weighed as those of a small model, where neither profile nor weights say otherwise.
        profile: how ideas are weighed: "balanced"; "bold", rare ones first; "safe", well supported ones first.
        weights: share of each signal in place of the profile's.
        keep: ideas that stand on top. The brief's own `keep` is what the caller has already: it is not listed again.
        avoid: ideas or words beside the brief's; what says or is near them goes to the end.
        nearer_to: what the order leans to, beside the brief's.
        away_from: what it leans away from, beside the brief's.
        marks: what a judge gave the top ideas.
        edits: what was split and joined by hand, in that order.
    """

    embedder: str = "default"
    same: float | None = Field(default=None, ge=0, le=1)
    variety: float = Field(default=VARIETY, ge=0, le=1)
    small: bool = False
    profile: Profile = "balanced"
    weights: dict[str, float] | None = None
    keep: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    nearer_to: tuple[str, ...] = ()
    away_from: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    edits: tuple[Edit, ...] = ()


class Record(Frozen):
    """All that is needed to make the result again without a model call."""

    brief: Brief
    settings: Settings = Settings()
    models: tuple[str, ...] = ()
    prices: tuple[Price | None, ...] = ()
    replies: tuple[Reply, ...] = ()
    stopped: Stopped = "n"
    seconds: float = 0.0
    notes: tuple[str, ...] = Field(default=(), description="what the run itself has to say about how it went")
    prompts: str = Field(default="", description="the folder of the caller's own prompts, if the run had one")
