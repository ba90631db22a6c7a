"""Replies → the ranked set of ideas, with a receipt for everything that happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from brainstorm import export, runfile
from brainstorm._version import __version__
from brainstorm.brief import Brief
from brainstorm.dedup import Folding, fold
from brainstorm.embedding import Embedder, resolve_embedder
from brainstorm.errors import RunFileError
from brainstorm.generate import Failure, Reply
from brainstorm.parse import Candidate, Parsed, parse
from brainstorm.prompting import ChatMessage
from brainstorm.rank import VARIETY, order
from brainstorm.richness import chao1, good_turing, mean_pairwise_distance, vendi_score
from brainstorm.screen import Rejected, screen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Stopped = Literal["n", "calls", "tokens", "cost", "seconds", "dry", "rounds", "failed", "interrupted"]
"""Why a run ended: n distinct ideas were found; a budget was spent; the last round brought too little
that was new; the rounds were used up; every call of the last round failed; or someone stopped it."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Idea(_Frozen):
    """One distinct idea.

    Attributes:
        text: its clearest wording.
        heading: its short title, if a reply gave one.
        score: quality, 0..1; the order also counts how unlike the ideas above it is.
        why: why it stands where it stands.
        support: in how many calls it turned up.
        probability: mean of the probabilities that replies stated for it, 0..1, or `None`.
        personas: as whom it was said.
        members: every text folded into it, its own among them.
    """

    text: str
    heading: str | None = None
    score: float = 0.0
    why: str = ""
    support: int = 1
    probability: float | None = None
    personas: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    def __str__(self) -> str:
        return said(self.heading, self.text)


class MergeReceipt(_Frozen):
    """One text folded into another: similarities as in `brainstorm.dedup.Merge`."""

    kept: str
    folded: str
    wording: float
    meaning: float | None
    probability: float
    rule: str


class RejectedText(_Frozen):
    """Something a model said that is not an idea, and why."""

    text: str
    reason: str
    call: str = ""


class CallFailure(_Frozen):
    """A call that brought nothing usable, and what to do about it."""

    call: str
    cause: str
    fix: str
    attempts: int = 1


class TotalUsage(_Frozen):
    """What the run spent; `cost` in US dollars, `None` when unknown."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None
    estimated: bool = Field(default=False, description="some tokens were counted offline, not by the provider")


class Richness(_Frozen):
    """How much was found, how varied it is, and what is left.

    Attributes:
        said: ideas said, copies included.
        distinct: distinct ideas.
        next_call: expected new ideas in one more call (Good-Turing).
        at_least: lower bound on the ideas there are in all (Chao).
        vendi: effective number of different ideas (Vendi score), `None` without an embedder.
        mean_distance: mean pairwise cosine distance, `None` without an embedder.
    """

    said: int = 0
    distinct: int = 0
    next_call: float = 0.0
    at_least: float = 0.0
    vendi: float | None = None
    mean_distance: float | None = None


class Settings(_Frozen):
    """How a run reads its replies: what `replay` may change."""

    embedder: str = "default"
    same: float | None = None
    variety: float = VARIETY


class Record(_Frozen):
    """All that is needed to make the result again without a model call."""

    brief: Brief
    settings: Settings = Settings()
    models: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    stopped: Stopped = "n"
    seconds: float = 0.0


class IdeaSet(_Frozen):
    """The result of a run.

    Attributes:
        ideas: the best `n` distinct ideas; every prefix is meant to be broad.
        more: the distinct ideas after them, in the same order.
        rejected: what models said that is not an idea.
        merges: a receipt for each text folded into another.
        failures: calls that brought nothing usable.
        leftover: text of the replies that belongs to no idea.
        usage: what was spent.
        richness: what was found and what is left.
        stopped: why the run ended.
        models: the models asked.
        notes: what limits the result, in words.
    """

    topic: str
    ideas: tuple[Idea, ...] = ()
    more: tuple[Idea, ...] = ()
    rejected: tuple[RejectedText, ...] = ()
    merges: tuple[MergeReceipt, ...] = ()
    failures: tuple[CallFailure, ...] = ()
    leftover: tuple[str, ...] = ()
    usage: TotalUsage = TotalUsage()
    richness: Richness = Richness()
    stopped: Stopped = "n"
    models: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _record: Record | None = PrivateAttr(None)
    _state: _State | None = PrivateAttr(None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdeaSet) and self.model_dump() == other.model_dump()

    def __hash__(self) -> int:
        return hash((self.topic, self.ideas))

    def __len__(self) -> int:
        return len(self.ideas)

    def __iter__(self) -> Iterator[Idea]:  # type: ignore[override]  # the ideas, not pydantic's fields
        return iter(self.ideas)

    @overload
    def __getitem__(self, place: int) -> Idea: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Idea, ...]: ...
    def __getitem__(self, place: int | slice) -> Idea | tuple[Idea, ...]:
        return self.ideas[place]

    def __str__(self) -> str:
        return self.to_markdown()

    @property
    def texts(self) -> list[str]:
        """The ideas as plain text, best first."""
        return [str(idea) for idea in self.ideas]

    @property
    def record(self) -> Record:
        """The brief, the settings and every prompt and reply.

        Raises:
            RunFileError: the set was built by hand and has none.
        """
        if self._record is None:
            raise RunFileError("this set of ideas has no replies.", hint="Only a run, or a saved run, can be replayed.")
        return self._record

    def at(self, same: float) -> IdeaSet:
        """The same run folded coarser or finer (lower `same` folds more); no model call, nothing embedded anew."""
        return self.rerank(same=same)

    def rerank(self, *, variety: float | None = None, same: float | None = None, n: int | None = None) -> IdeaSet:
        """The same run ordered or folded otherwise; no model call."""
        record, state = (
            self.record,
            self._state or _read(self.record, resolve_embedder(self.record.settings.embedder)),
        )
        changes = {k: v for k, v in (("variety", variety), ("same", same)) if v is not None}
        settings = Settings(**{**record.settings.model_dump(), **changes})
        brief = record.brief if n is None else record.brief.override(n=n)
        if same is not None:
            state = replace(state, folding=state.folding.at(same))
        return _arrange(record.model_copy(update={"settings": settings, "brief": brief}), state)

    def ended(self, stopped: Stopped) -> IdeaSet:
        """The same set, with why its run ended."""
        result = self.model_copy(update={"stopped": stopped})
        result._record = self.record.model_copy(update={"stopped": stopped})
        return result

    def to_markdown(self) -> str:
        """A numbered list."""
        return export.markdown(self.texts)

    def to_csv(self) -> str:
        """A table with a header row."""
        return export.csv_table(idea.model_dump(include=set(export.COLUMNS)) for idea in self.ideas)

    def to_json(self) -> str:
        """All fields, as `brainstorm ideas --json` prints them."""
        return self.model_dump_json(indent=2)

    def save(self, path: str | Path) -> None:
        """Write a run file; an existing file is replaced only when the new one is whole.

        Raises:
            RunFileError: it cannot be written, or the set has no replies.
        """
        content = {
            "version": __version__,
            "result": self.model_dump(mode="json"),
            "record": self.record.model_dump(mode="json"),
        }
        runfile.write(Path(path), content)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a run file, as it was saved.

        Raises:
            RunFileError: it cannot be read, or is not a run file.
        """
        content = runfile.read(Path(path))
        try:
            ideas = cls.model_validate(content["result"])
            ideas._record = Record.model_validate(content["record"])
        except (KeyError, TypeError, ValueError) as error:
            raise RunFileError(f"{path} is not a run file of this library: {error}") from error
        return ideas


@dataclass(frozen=True)
class _State:
    """The replies read and folded: what an order is made from."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    failures: tuple[Failure, ...]
    leftover: tuple[str, ...]
    folding: Folding
    vectors: NDArray[np.float32] | None
    about: NDArray[np.float32] | None


def assemble(record: Record, embedder: Embedder | None) -> IdeaSet:
    """Parse, screen, fold and rank the replies of `record`; the same record gives the same set."""
    return _arrange(record, _read(record, embedder))


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply taken apart: its candidates, what is not an idea, and what is wrong with it as a whole."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    leftover: tuple[str, ...]
    failure: Failure | None


def read_reply(reply: Reply, topic: str, parsed: Parsed | None = None) -> Reading:
    """Parse and screen one reply; `parsed` is its text taken apart, where that was done already."""
    parsed = parsed or parse(reply.text)
    own = [replace(c, call=reply.call.id) for c in parsed.candidates]
    kept, rejected = screen(own, prompt=prompt_text(reply.messages), topic=topic)
    failure = reply.failure
    if failure is None and parsed.refusal:
        failure = Failure(reply.call.id, "the model declined to answer", "reword the topic, or ask another model")
    elif failure is None and not kept and reply.finish != "stopped":
        failure = Failure(reply.call.id, "the reply held no idea", "see what it said under rejected and leftover")
    return Reading(kept, rejected, parsed.leftover, failure)


def prompt_text(messages: Sequence[ChatMessage]) -> str:
    """All that a call was told, as one text."""
    return "\n".join(text for _, text in messages)


def said(heading: str | None, text: str) -> str:
    """A candidate as one text: its heading first, unless the text says it already."""
    if not heading or heading.casefold() in text.casefold():
        return text
    return f"{heading}: {text}"


def _read(record: Record, embedder: Embedder | None) -> _State:
    # by id, not by arrival: the result must not hang on which reply was faster
    replies = sorted(record.replies, key=lambda r: (r.call.round, r.call.id))
    readings = [read_reply(reply, record.brief.topic) for reply in replies]
    candidates = tuple(c for reading in readings for c in reading.candidates)
    texts = [said(c.heading, c.text) for c in candidates]
    vectors = embedder.embed([*texts, record.brief.topic]) if embedder else None
    own = vectors[:-1] if vectors is not None else None
    folding = fold(texts, own, same=record.settings.same)
    return _State(
        candidates,
        tuple(r for reading in readings for r in reading.rejected),
        tuple(reading.failure for reading in readings if reading.failure),
        tuple(text for reading in readings for text in reading.leftover),
        folding,
        own,
        vectors[-1] if vectors is not None else None,
    )


def _arrange(record: Record, state: _State) -> IdeaSet:
    personas = {r.call.id: r.call.persona.name if r.call.persona else "" for r in record.replies}
    clusters = state.folding.clusters
    groups = [[state.candidates[i] for i in cluster.members] for cluster in clusters]
    kept = [cluster.representative for cluster in clusters]
    support = [len({c.call for c in group}) for group in groups]
    stated = [_mean([c.probability for c in group if c.probability is not None]) for group in groups]
    vectors = state.vectors[kept] if state.vectors is not None else None
    texts = [state.folding.texts[i] for i in kept]
    ranked = order(
        texts,
        vectors,
        about=state.about,
        support=support,
        probability=stated,
        variety=record.settings.variety,
    )
    ideas = []
    for place in ranked:
        group, head = groups[place.index], state.candidates[kept[place.index]]
        ideas.append(
            Idea(
                text=head.text,
                heading=head.heading,
                score=place.score,
                why=place.why,
                support=support[place.index],
                probability=stated[place.index],
                personas=tuple(dict.fromkeys(personas[c.call] for c in group if personas[c.call])),
                members=tuple(said(c.heading, c.text) for c in group),
            )
        )
    result = IdeaSet(
        topic=record.brief.topic,
        ideas=tuple(ideas[: record.brief.n]),
        more=tuple(ideas[record.brief.n :]),
        rejected=tuple(RejectedText(text=r.text, reason=r.reason, call=r.call) for r in state.rejected),
        merges=_receipts(state.folding),
        failures=tuple(CallFailure(call=f.call, cause=f.cause, fix=f.fix, attempts=f.attempts) for f in state.failures),
        leftover=state.leftover,
        usage=_usage(record),
        richness=_richness(support, vectors, state),
        stopped=record.stopped,
        models=record.models,
        notes=state.folding.notes,
    )
    result._record, result._state = record, state
    return result


def _receipts(folding: Folding) -> tuple[MergeReceipt, ...]:
    return tuple(
        MergeReceipt(
            kept=folding.texts[m.kept],
            folded=folding.texts[m.folded],
            wording=m.wording,
            meaning=m.meaning,
            probability=m.probability,
            rule=m.rule,
        )
        for m in folding.merges
    )


def _usage(record: Record) -> TotalUsage:
    used = [r.usage for r in record.replies]
    return TotalUsage(
        calls=len(used),
        input_tokens=sum(u.input_tokens for u in used),
        output_tokens=sum(u.output_tokens for u in used),
        seconds=round(record.seconds, 3),
        estimated=not all(u.counted for u in used),
    )


def _richness(support: Sequence[int], vectors: NDArray[np.float32] | None, state: _State) -> Richness:
    calls = len({c.call for c in state.candidates})  # those that said something
    return Richness(
        said=len(state.candidates),
        distinct=len(support),
        next_call=round(good_turing(support, calls), 3),
        at_least=round(chao1(support, calls), 1),
        vendi=None if vectors is None else round(vendi_score(vectors), 2),
        mean_distance=None if vectors is None else round(mean_pairwise_distance(vectors), 4),
    )


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 6) if values else None


def replay(ideas: IdeaSet, *, embedder: Embedder | None = None, n: int | None = None, **changes: Any) -> IdeaSet:
    """Parse, fold and rank a run again with this version of the library and changed `Settings`.

    Args:
        ideas: a run, or a loaded one.
        embedder: in place of the one that the settings name.
        n: ideas wanted, in place of the brief's.
        changes: fields of `Settings`.
    """
    record = ideas.record
    settings = Settings(**{**record.settings.model_dump(), **changes})
    brief = record.brief if n is None else record.brief.override(n=n)
    model = embedder or resolve_embedder(settings.embedder)
    return assemble(record.model_copy(update={"settings": settings, "brief": brief}), model)
