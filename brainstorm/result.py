"""Replies → the ranked set of ideas, with a receipt for everything that happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, Self, overload

from pydantic import PrivateAttr

from brainstorm import export, runfile
from brainstorm._version import __version__
from brainstorm.brief import Frozen
from brainstorm.dedup import Folding, fold
from brainstorm.dedup.meaning import Meaning, embed
from brainstorm.dedup.quiet import one_thread
from brainstorm.embedding import Embedder, resolve_embedder
from brainstorm.errors import RunFileError
from brainstorm.generate import Failure, Reply
from brainstorm.parse import Candidate, Parsed, parse
from brainstorm.prompting import ChatMessage
from brainstorm.rank import SMALL_WEIGHTS, order
from brainstorm.richness import chao1, good_toulmin, good_turing, mean_pairwise_distance, vendi_score
from brainstorm.screen import Rejected, screen
from brainstorm.values import (
    CallFailure,
    Idea,
    MergeReceipt,
    Record,
    RejectedText,
    Richness,
    Settings,
    Stopped,
    TotalUsage,
    said,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class IdeaSet(Frozen):
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

    def rerank(
        self,
        *,
        variety: float | None = None,
        same: float | None = None,
        n: int | None = None,
        embedder: Embedder | None = None,
    ) -> IdeaSet:
        """The same run ordered or folded otherwise; no model call.

        Args:
            variety: 0 orders by quality alone, 1 by unlikeness alone.
            same: probability in 0..1 from which two texts count as the same idea.
            n: how many ideas stand in `ideas`, the others in `more`.
            embedder: needed once, after loading a run that was made with an embedder of your own.

        Raises:
            BriefError: a value is out of range.
            RunFileError: the set has no replies, or needs an embedder that is not at hand.
        """
        record = self.record
        if self._state is None:
            self._state = _read(record, embedder or _embedder_of(record.settings))
        state = self._state
        changes = {k: v for k, v in (("variety", variety), ("same", same)) if v is not None}
        settings = record.settings.override(**changes)
        brief = record.brief if n is None else record.brief.override(n=n)
        if same is not None:
            state = replace(state, folding=state.folding.at(same))
        with one_thread():
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
    """The replies read and folded: what an order is made from. The brief's `keep` is folded after the candidates."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    failures: tuple[Failure, ...]
    leftover: tuple[str, ...]
    folding: Folding
    vectors: NDArray[np.float32] | None
    about: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply taken apart: its candidates, what is not an idea, and what is wrong with it as a whole."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    leftover: tuple[str, ...]
    failure: Failure | None


def assemble(record: Record, embedder: Embedder | None) -> IdeaSet:
    """Parse, screen, fold and rank the replies of `record`; the same record gives the same set."""
    with one_thread():
        return _arrange(record, _read(record, embedder))


def read_reply(reply: Reply, topic: str, parsed: Parsed | None = None) -> Reading:
    """Parse and screen one reply; `parsed` is its text taken apart, where that was done already."""
    parsed = parsed or parse(reply.text)
    own = [replace(c, call=reply.call.id) for c in parsed.candidates]
    kept, rejected = screen(own, prompt=prompt_text(reply.messages, reply.call.avoid), topic=topic)
    kept_ones = set(map(id, kept))
    refused = [c for c in own if id(c) not in kept_ones]
    whole = tuple(replace(r, text=said(c.heading, c.text)) for c, r in zip(refused, rejected, strict=True))
    return Reading(kept, whole, parsed.leftover, failure_of(reply, parsed, bool(kept)))


def failure_of(reply: Reply, parsed: Parsed, any_kept: bool) -> Failure | None:
    """What is wrong with a reply as a whole: its own failure, or that it declined or held no idea."""
    if reply.failure is None and parsed.refusal:
        return Failure(reply.call.id, "the model declined to answer", "reword the topic, or ask another model")
    if reply.failure is None and not any_kept and reply.finish != "stopped":
        return Failure(reply.call.id, "the reply held no idea", "see what it said under rejected and leftover")
    return reply.failure


def prompt_text(messages: Sequence[ChatMessage], avoid: Sequence[str] = ()) -> str:
    """All that a call was told, as one text, without the ideas it was told to avoid: those are no instructions."""
    text = "\n".join(text for _, text in messages)
    for idea in avoid:
        text = text.replace(idea, "")
    return text


def _embedder_of(settings: Settings) -> Embedder | None:
    if settings.embedder.startswith("custom:"):
        name = settings.embedder.removeprefix("custom:")
        raise RunFileError(
            f"this run was made with an embedder of its own, {name}.",
            hint="Give it again as embedder=, or replay with another one (--embedder default).",
        )
    return resolve_embedder(settings.embedder)


def _read(record: Record, embedder: Embedder | None) -> _State:
    # by id, not by arrival: the result must not hang on which reply was faster
    replies = sorted(record.replies, key=lambda r: (r.call.round, r.call.id))
    readings = [read_reply(reply, record.brief.topic) for reply in replies]
    candidates = tuple(c for reading in readings for c in reading.candidates)
    texts = [*(said(c.heading, c.text) for c in candidates), *record.brief.keep]
    meaning, about = _embed(texts, record.brief.topic, embedder)
    folding = fold(
        texts,
        meaning.vectors,
        same=record.settings.same,
        topic=record.brief.topic,
        scale=meaning.scale,
        notes=meaning.notes,
    )
    return _State(
        candidates,
        tuple(r for reading in readings for r in reading.rejected),
        tuple(reading.failure for reading in readings if reading.failure),
        tuple(text for reading in readings for text in reading.leftover),
        folding,
        meaning.vectors,
        about,
    )


def _embed(texts: Sequence[str], topic: str, embedder: Embedder | None) -> tuple[Meaning, NDArray[np.float32] | None]:
    """The texts embedded, and the topic's own vector; an embedder that fails costs meaning, never the ideas."""
    if embedder is None:
        return Meaning(None, notes=("Folded by wording alone: no embedder.",)), None
    try:
        return embed(texts, embedder), embedder.embed([topic])[0]
    except Exception as error:  # a caller's embedder may raise anything
        why = " ".join(str(error).split())[:200] or type(error).__name__
        note = f"Folded by wording alone: the embedder {embedder.name} failed: {why}"
        return Meaning(None, notes=(note,)), None


def _arrange(record: Record, state: _State) -> IdeaSet:
    personas = {r.call.id: r.call.persona.name if r.call.persona else "" for r in record.replies}
    count = len(state.candidates)
    # what says again an idea that the caller keeps is not a new one
    known = [c for c in state.folding.clusters if c.members[-1] >= count]
    clusters = [c for c in state.folding.clusters if c.members[-1] < count]
    again = tuple(
        Rejected(state.folding.texts[i], "already kept", state.candidates[i].call)
        for cluster in known
        for i in cluster.members
        if i < count
    )
    groups = [[state.candidates[i] for i in cluster.members] for cluster in clusters]
    kept = [cluster.representative for cluster in clusters]
    support = [len({c.call for c in group}) for group in groups]
    stated = [_mean([c.probability for c in group if c.probability is not None]) for group in groups]
    vectors = state.vectors[kept] if state.vectors is not None else None
    ranked = order(
        [state.folding.texts[i] for i in kept],
        vectors,
        about=state.about,
        support=support,
        probability=stated,
        variety=record.settings.variety,
        weights=SMALL_WEIGHTS if record.settings.small else None,
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
                calls=tuple(dict.fromkeys(c.call for c in group)),
                complete=head.complete,
                members=tuple(said(c.heading, c.text) for c in group),
            )
        )
    rejected = (*state.rejected, *again)
    result = IdeaSet(
        topic=record.brief.topic,
        ideas=tuple(ideas[: record.brief.n]),
        more=tuple(ideas[record.brief.n :]),
        rejected=tuple(RejectedText(text=r.text, reason=r.reason, call=r.call) for r in rejected),
        merges=_receipts(state.folding),
        failures=tuple(CallFailure(call=f.call, cause=f.cause, fix=f.fix, attempts=f.attempts) for f in state.failures),
        leftover=state.leftover,
        usage=_usage(record),
        richness=_richness(record, state, support, vectors),
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


def _richness(record: Record, state: _State, support: Sequence[int], vectors: NDArray[np.float32] | None) -> Richness:
    # every call that ran to its end is a sample, also one that brought nothing
    calls = sum(r.finish in ("complete", "length") for r in record.replies) or len({c.call for c in state.candidates})
    return Richness(
        said=len(state.candidates),
        distinct=len(support),
        next_call=round(good_turing(support, calls), 3),
        as_many_again=round(good_toulmin(support, calls, calls), 1),
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
        changes: fields of `Settings`; `embedder="none"` goes by wording alone.

    Raises:
        BriefError: a value is out of range.
        RunFileError: the set has no replies, or needs an embedder that is not at hand.
    """
    record = ideas.record
    settings = record.settings.override(**changes)
    brief = record.brief if n is None else record.brief.override(n=n)
    model = embedder or _embedder_of(settings)
    return assemble(record.model_copy(update={"settings": settings, "brief": brief}), model)
