"""Replies → candidates, folded: what a ranked set is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from brainstorm.calls import Call
from brainstorm.dedup import Folding, fold
from brainstorm.dedup.meaning import Meaning, embed
from brainstorm.embedding import Embedder, resolve_embedder
from brainstorm.errors import RunFileError
from brainstorm.parse import Candidate, Parsed, parse
from brainstorm.prompting import ChatMessage
from brainstorm.replies import Failure, Reply
from brainstorm.screen import Rejected, screen
from brainstorm.values import Edit, Record, Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ALREADY_KEPT: Final = "already kept"
"""Why a text is rejected that says again what the caller keeps."""


Heard = tuple[str, Parsed]
"""A reply's text as it was heard, and what was read from it."""


@dataclass(frozen=True)
class State:
    """The replies read and folded: what an order is made from. The brief's `keep` is folded after the candidates."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    failures: tuple[Failure, ...]
    leftover: tuple[str, ...]
    folding: Folding
    vectors: NDArray[np.float32] | None
    about: NDArray[np.float32] | None
    embedder: Embedder | None = None
    scale: tuple[float, float] = (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One reply taken apart: its candidates, what is not an idea, and what is wrong with it as a whole."""

    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    leftover: tuple[str, ...]
    failure: Failure | None


def read_reply(reply: Reply, topic: str, parsed: Parsed | None = None) -> Reading:
    """Parse and screen one reply; `parsed` is its text taken apart, where that was done already."""
    parsed = parsed or parse(reply.text, cut_off=cut_off(reply))
    if reply.call.plans:  # what it names are directions, not ideas
        named = (" ".join(c.whole.split()) for c in parsed.candidates)
        return Reading((), (), (*parsed.leftover, *named), reply.failure)
    own = [replace(c, call=reply.call.id) for c in parsed.candidates]
    kept, rejected = screen(own, prompt=prompt_text(reply.messages, reply.call), topic=topic)
    kept_ones = set(map(id, kept))
    refused = [c for c in own if id(c) not in kept_ones]
    whole = tuple(replace(r, text=c.whole) for c, r in zip(refused, rejected, strict=True))
    return Reading(kept, whole, parsed.leftover, failure_of(reply, parsed, bool(kept)))


def failure_of(reply: Reply, parsed: Parsed, any_kept: bool) -> Failure | None:
    """What is wrong with a reply as a whole: its own failure, or that it declined or held no idea."""
    if reply.failure is None and parsed.refusal and not reply.call.plans:
        return Failure(reply.call.id, "the model declined to answer", "reword the topic, or ask another model")
    if reply.failure is None and not any_kept and reply.finish != "stopped" and not reply.call.plans:
        return Failure(reply.call.id, "the reply held no idea", "see what it said under rejected and leftover")
    return reply.failure


def cut_off(reply: Reply) -> bool:
    """Whether a reply ended before its model had done."""
    return reply.finish != "complete"


def prompt_text(messages: Sequence[ChatMessage], call: Call) -> str:
    """All that a call was told, as one text, without the ideas that were named to it: those are no instructions."""
    said_before = [i for i, (role, _) in enumerate(messages) if role == "assistant"][1 - call.turn :]
    own = set(said_before) if call.turn > 1 else set()
    text = "\n".join(text for i, (_, text) in enumerate(messages) if i not in own)
    for idea in (*call.avoid, call.near, call.word):
        text = text.replace(idea, "") if idea else text
    return text


def embedder_of(settings: Settings, given: Embedder | str | None = None) -> Embedder | None:
    """The embedder `given`, itself or by name, or else the one that the settings name.

    Raises:
        EmbeddingError: there is none of that name.
        RunFileError: it was an object of the caller's own, which no name brings back.
    """
    if given is not None:
        return resolve_embedder(given)
    if settings.embedder.startswith("custom:"):
        name = settings.embedder.removeprefix("custom:")
        raise RunFileError(
            f"this run was made with an embedder of its own, {name}.",
            hint="Give it again as embedder=, or replay with another one (--embedder default).",
        )
    return resolve_embedder(settings.embedder)


def read(record: Record, embedder: Embedder | None, heard: Mapping[str, Heard] = MappingProxyType({})) -> State:
    """Parse, screen and fold the replies of `record`; the same record gives the same state.

    `heard` is what was read while the replies came, by call, which is not read again where the text is the same.
    """
    # by id, not by arrival: the result must not hang on which reply was faster
    replies = sorted(record.replies, key=lambda r: (r.call.round, r.call.id))
    readings = [read_reply(reply, record.brief.topic, _known(reply, heard)) for reply in replies]
    candidates = tuple(c for reading in readings for c in reading.candidates)
    directions = {reply.call.direction for reply in replies}
    texts = [*(c.whole for c in candidates), *record.brief.keep]
    meaning, about = _embed(texts, record.brief.topic, embedder)
    folding = fold(
        texts,
        meaning.vectors,
        same=record.settings.same,
        topic=record.brief.topic,
        scale=meaning.scale,
        notes=meaning.notes,
    )
    folding = by_hand(folding, record.settings.edits)
    return State(
        candidates,
        tuple(r for reading in readings for r in reading.rejected),
        tuple(reading.failure for reading in readings if reading.failure),
        tuple(text for reading in readings for text in reading.leftover if text not in directions),
        folding,
        meaning.vectors,
        about,
        embedder if meaning.vectors is not None else None,
        meaning.scale,
    )


def _known(reply: Reply, heard: Mapping[str, Heard]) -> Parsed | None:
    text, parsed = heard.get(reply.call.id, ("", None))
    return parsed if text == reply.text else None


def by_hand(folding: Folding, edits: Sequence[Edit]) -> Folding:
    """The folding with what was split and joined by hand; copies of one text stay together."""
    missing = 0
    for edit in edits:
        places: dict[str, list[int]] = {}
        for index, text in enumerate(folding.texts):
            if text in edit.texts:
                places.setdefault(text, []).append(index)
        missing += len(set(edit.texts) - set(places))
        if edit.kind == "split":
            folding = folding.split(*(index for copies in places.values() for index in copies))
            groups = list(places.values())
        else:
            groups = [[index for copies in places.values() for index in copies]]
        for first, *others in groups:
            for other in others:
                folding = folding.join(first, other)
    if missing:
        folding = replace(
            folding, notes=(*folding.notes, f"{missing} texts split or joined by hand are not there now.")
        )
    return folding


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
