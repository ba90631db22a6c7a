"""What the caller and a judge ask of the order of a run's ideas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from brainstorm.embedding import embed_checked
from brainstorm.errors import EmbeddingError
from brainstorm.rank import Ranked
from brainstorm.rank.steer import Steering, steer
from brainstorm.reading import State
from brainstorm.values import Mark, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def steering_of(
    record: Record,
    state: State,
    texts: Sequence[str],
    vectors: NDArray[np.float32] | None,
    members: Sequence[Sequence[str]],
    notes: list[str],
) -> Steering:
    """What the brief and the settings ask of the order; an embedder that fails leaves it to shared words."""
    brief, settings = record.brief, record.settings
    asked: dict[str, Any] = {
        "keep": (*brief.keep, *settings.keep),
        "avoid": (*brief.avoid, *settings.avoid),
        "nearer_to": (*brief.nearer_to, *settings.nearer_to),
        "away_from": (*brief.away_from, *settings.away_from),
    }
    model = state.embedder

    def embed(more: Sequence[str]) -> NDArray[np.float32]:
        assert model is not None
        return embed_checked(model, more)

    try:
        return steer(texts, vectors, embed if model else None, members=members, scale=state.scale, **asked)
    except EmbeddingError as error:
        notes.append(f"Steered by shared words alone: {error.message}")
        return steer(texts, None, None, members=members, **asked)


def by_marks(
    ranked: tuple[Ranked, ...], members: Sequence[Sequence[str]], marks: Sequence[Mark]
) -> tuple[tuple[Ranked, ...], dict[int, Mark]]:
    """The order with marked ideas by their marks, in the places that they hold; ties stay. The marks by index."""
    by_text = {mark.text: mark for mark in marks}
    found = {i: mark for i, texts in enumerate(members) for text in texts if (mark := by_text.get(text))}
    judged = sorted((r for r in ranked if r.index in found), key=lambda r: -found[r.index].mark)
    following = iter(judged)
    said = [next(following) if r.index in found else r for r in ranked]
    return tuple(_said(r, found.get(r.index)) for r in said), found


def _said(place: Ranked, mark: Mark | None) -> Ranked:
    """The place with its mark among the reasons."""
    if mark is None:
        return place
    return replace(place, why="; ".join(part for part in (f"marked {mark.mark:g} of 10", place.why) if part))
