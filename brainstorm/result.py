"""Replies → the ranked set of ideas, with a receipt for everything that happened to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from pydantic import PrivateAttr

from brainstorm import export, runfile
from brainstorm._version import __version__
from brainstorm.brief import Frozen, complaint
from brainstorm.embedding import Embedder
from brainstorm.errors import BriefError, RunFileError
from brainstorm.ordering import listed, marked, named, place_of, steering_of
from brainstorm.rank import SMALL_WEIGHTS, order
from brainstorm.rank.checks import check_variety
from brainstorm.rank.likeness import of_folding
from brainstorm.rank.steer import behind
from brainstorm.rank.weights import check_profile, check_weights, shares
from brainstorm.reading import ALREADY_KEPT, Heard, State, by_hand, embedder_of, read
from brainstorm.replies import Failure
from brainstorm.screen import Rejected
from brainstorm.tally import receipts_of, richness_of, usage_of, yields_of
from brainstorm.values import (
    Edit,
    Idea,
    Mark,
    MergeReceipt,
    Record,
    RejectedText,
    Richness,
    Stopped,
    TotalUsage,
)
from brainstorm.yields import Yield

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
        yields: what each direction, lens and persona brought for its tokens.
        notes: what limits the result, in words.
    """

    topic: str
    ideas: tuple[Idea, ...] = ()
    more: tuple[Idea, ...] = ()
    rejected: tuple[RejectedText, ...] = ()
    merges: tuple[MergeReceipt, ...] = ()
    failures: tuple[Failure, ...] = ()
    leftover: tuple[str, ...] = ()
    usage: TotalUsage = TotalUsage()
    richness: Richness = Richness()
    stopped: Stopped = "n"
    models: tuple[str, ...] = ()
    yields: tuple[Yield, ...] = ()
    notes: tuple[str, ...] = ()
    _record: Record | None = PrivateAttr(None)
    _state: State | None = PrivateAttr(None)
    _vectors: Any = PrivateAttr(None)

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
    def vectors(self) -> NDArray[np.float32] | None:
        """(n, d) unit rows, one for each of `ideas` and then of `more`; `None` without an embedder, or when loaded."""
        vectors: NDArray[np.float32] | None = self._vectors
        return vectors

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
        embedder: Embedder | str | None = None,
        profile: str | None = None,
        weights: Mapping[str, float] | None = None,
        keep: Sequence[Idea | int | str] | Idea | int | str | None = None,
        avoid: Sequence[Idea | int | str] | Idea | int | str | None = None,
        nearer_to: Sequence[Idea | int | str] | Idea | int | str | None = None,
        away_from: Sequence[Idea | int | str] | Idea | int | str | None = None,
    ) -> IdeaSet:
        """The same run ordered or folded otherwise; no model call. What is not given stays as it was.

        A judge's marks stay the quality of what was marked: `profile` and `weights` move the others and order equal
        marks, `variety` weighs marks against breadth, and what is kept or avoided stands where it was asked
        to, whatever its mark.

        Args:
            variety: 0 orders by quality alone, 1 by unlikeness and coverage alone.
            profile: "balanced"; "bold", rare ideas first; "safe", well supported ones first.
            weights: share of each signal (rarity, specificity, relevance, support, fluency), whatever the profile.
            keep: ideas that stand on top, in this order: themselves, their places in `ideas` and `more`, or texts.
            avoid: ideas, as for `keep`, or words; what says or is near them goes to the end.
            nearer_to: ideas or words that the order leans to.
            away_from: what it leans away from.
            same: probability in 0..1 from which two texts count as the same idea.
            n: how many ideas stand in `ideas`, the others in `more`.
            embedder: needed once, after loading a run that was made with an embedder of your own; later ones do not
                count, `replay` folds with another.

        Raises:
            BriefError: a value is out of range.
            RunFileError: the set has no replies, or needs an embedder that is not at hand.
        """
        record, state, there = self.record, self._folded(embedder), (*self.ideas, *self.more)
        if variety is not None:
            check_variety(variety)
        if profile is not None:
            check_profile(profile)
        if weights is not None:
            shares(check_weights(weights))
        kept = None if keep is None else tuple(self._texts_of(k, whole=True)[0] for k in listed(keep, "keep"))
        changes: dict[str, Any] = {
            name: value
            for name, value in (
                ("variety", variety),
                ("same", same),
                ("profile", profile),
                ("weights", None if weights is None else dict(weights)),
                ("keep", kept),
                ("avoid", named(there, avoid, "avoid")),
                ("nearer_to", named(there, nearer_to, "nearer_to")),
                ("away_from", named(there, away_from, "away_from")),
            )
            if value is not None
        }
        if profile is not None and weights is None:
            changes["weights"] = None
        settings = record.settings.override(**changes)
        brief = record.brief if n is None else record.brief.override(n=n)
        if same is not None:
            state = replace(state, folding=state.folding.at(same))
        return _arrange(record.model_copy(update={"settings": settings, "brief": brief}), state)

    def split(self, *what: Idea | int | str) -> IdeaSet:
        """The same run with texts taken out of what they were folded into; no model call, nothing embedded anew.

        Args:
            what: a text that was folded, or an idea (itself or its place in `ideas` and `more`, from 0) whose
                members are to stand each alone.

        Raises:
            BriefError: there is no such idea or text.
            RunFileError: the set has no replies, or needs an embedder that is not at hand.
        """
        return self._edited("split", [text for one in what for text in self._texts_of(one, whole=False)])

    def join(self, first: Idea | int | str, second: Idea | int | str, *more: Idea | int | str) -> IdeaSet:
        """The same run with these ideas made one, whatever keeps them apart; as `split` otherwise."""
        return self._edited(
            "join", [text for one in (first, second, *more) for text in self._texts_of(one, whole=True)]
        )

    def _texts_of(self, what: Idea | int | str, *, whole: bool) -> tuple[str, ...]:
        """The texts meant: of a text given alone only itself, or all of its idea's."""
        found = (*self.ideas, *self.more)
        if isinstance(what, int):
            return found[place_of(what, len(found))].members
        named = what.members if isinstance(what, Idea) else (what,)
        for idea in found:
            if set(named) <= {*idea.members, idea.text, idea.heading}:
                return idea.members if whole or not set(named) <= set(idea.members) else named
        raise BriefError(
            f"no idea says {str(what)[:80]!r}.",
            hint="Give an idea of this set, its place, or one of its members' texts.",
        )

    def _edited(self, kind: Literal["split", "join"], texts: list[str]) -> IdeaSet:
        record, state = self.record, self._folded(None)
        edit = Edit(kind=kind, texts=tuple(dict.fromkeys(texts)))
        settings = record.settings.override(edits=(*record.settings.edits, edit))
        state = replace(state, folding=by_hand(state.folding, [edit]))
        return _arrange(record.model_copy(update={"settings": settings}), state)

    def _folded(self, embedder: Embedder | str | None) -> State:
        """The replies read and folded, worked out once."""
        if self._state is None:
            self._state = read(self.record, embedder_of(self.record.settings, embedder))
        return self._state

    def marked(self, marks: Sequence[Mark], notes: Sequence[str] = ()) -> IdeaSet:
        """The same run with its marked ideas in the order of a judge's marks, in the places that they hold."""
        record = self.record
        settings = record.settings.override(marks=tuple(marks))
        record = record.model_copy(update={"settings": settings, "notes": (*record.notes, *notes)})
        return _arrange(record, self._folded(None))

    def ended(self, stopped: Stopped, notes: tuple[str, ...] = ()) -> IdeaSet:
        """The same set, with why its run ended and what the run has to say; its notes come before the others."""
        own = self.notes[len(self.record.notes) :]
        result = self.model_copy(update={"stopped": stopped, "notes": (*notes, *own)})
        result._record = self.record.model_copy(update={"stopped": stopped, "notes": notes})
        return result

    def to_markdown(self) -> str:
        """A numbered list."""
        return export.markdown([str(idea) + ("" if idea.complete else " […]") for idea in self.ideas])

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
        except KeyError as error:
            raise RunFileError(
                f"{path} has no {error}, so it is no whole run file.", hint="Save the run again."
            ) from error
        except (TypeError, ValueError) as error:
            raise RunFileError(
                f"{path} is not as this library saved it: {complaint(error)}.", hint="Save the run again."
            ) from error
        return ideas


def assemble(record: Record, embedder: Embedder | None, heard: Mapping[str, Heard] = MappingProxyType({})) -> IdeaSet:
    """Parse, screen, fold and rank the replies of `record`; the same record gives the same set. `heard`: see `read`."""
    return _arrange(record, read(record, embedder, heard))


def _arrange(record: Record, state: State) -> IdeaSet:
    personas = {r.call.id: r.call.persona.name if r.call.persona else "" for r in record.replies}
    count = len(state.candidates)
    # what says again an idea that the caller keeps is not a new one
    known = [c for c in state.folding.clusters if c.members[-1] >= count]
    clusters = [c for c in state.folding.clusters if c.members[-1] < count]
    again = tuple(
        Rejected(state.folding.texts[i], ALREADY_KEPT, state.candidates[i].call)
        for cluster in known
        for i in cluster.members
        if i < count
    )
    groups = [[state.candidates[i] for i in cluster.members] for cluster in clusters]
    kept = [cluster.representative for cluster in clusters]
    support = [len({c.call for c in group}) for group in groups]
    stated = [_mean([c.probability for c in group if c.probability is not None]) for group in groups]
    vectors = state.vectors[kept] if state.vectors is not None else None
    members = [tuple(c.whole for c in group) for group in groups]
    settings, notes = record.settings, list(state.folding.notes)
    marks = marked(members, settings.marks)
    ranked = order(
        [state.folding.texts[i] for i in kept],
        vectors,
        about=state.about,
        support=support,
        probability=stated,
        variety=settings.variety,
        weights=settings.weights
        or (SMALL_WEIGHTS if settings.small and settings.profile == "balanced" else settings.profile),
        likeness=of_folding(state.folding, kept, vectors),
        steering=behind(
            steering_of(record, state, [state.folding.texts[i] for i in kept], vectors, members, notes),
            len(kept),
            [place for place, i in enumerate(kept) if not state.candidates[i].complete],
            "cut off",
        ),
        marks={i: mark.mark for i, mark in marks.items()},
        topic=record.brief.topic,
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
                theme=place.theme,
                mark=marks[place.index].mark if place.index in marks else None,
                reason=marks[place.index].reason if place.index in marks else "",
                support=support[place.index],
                probability=stated[place.index],
                personas=tuple(dict.fromkeys(personas[c.call] for c in group if personas[c.call])),
                calls=tuple(dict.fromkeys(c.call for c in group)),
                complete=head.complete,
                members=members[place.index],
            )
        )
    rejected = (*state.rejected, *again)
    result = IdeaSet(
        topic=record.brief.topic,
        ideas=tuple(ideas[: record.brief.n]),
        more=tuple(ideas[record.brief.n :]),
        rejected=tuple(RejectedText(text=r.text, reason=r.reason, call=r.call) for r in rejected),
        merges=receipts_of(state.folding),
        failures=state.failures,
        leftover=state.leftover,
        usage=usage_of(record, len(ideas)),
        richness=richness_of(record, state, support, vectors),
        stopped=record.stopped,
        models=record.models,
        yields=yields_of(record, [idea.calls for idea in ideas]),
        notes=(*record.notes, *notes),
    )
    result._record, result._state = record, state
    result._vectors = None if vectors is None else vectors[[place.index for place in ranked]]
    return result


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 6) if values else None


def replay(ideas: IdeaSet, *, embedder: Embedder | str | None = None, n: int | None = None, **changes: Any) -> IdeaSet:
    """Parse, fold and rank a run again with this version of the library and changed `Settings`.

    Args:
        ideas: a run, or a loaded one.
        embedder: in place of the one that the settings name, itself or by name; "none" goes by wording alone.
        n: ideas wanted, in place of the brief's.
        changes: other fields of `Settings`.

    Raises:
        BriefError: a value is out of range.
        EmbeddingError: the embedder is none, or is not to be had.
        RunFileError: the set has no replies, or needs an embedder that is not at hand.
    """
    record = ideas.record
    if isinstance(embedder, str):
        changes["embedder"] = embedder
    settings = record.settings.override(**changes)
    brief = record.brief if n is None else record.brief.override(n=n)
    model = embedder_of(settings, embedder)
    return assemble(record.model_copy(update={"settings": settings, "brief": brief}), model)
