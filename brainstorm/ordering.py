"""What the caller and a judge ask of the order of a run's ideas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from brainstorm.embedding import embed_checked
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.rank.steer import Steering, steer
from brainstorm.reading import State
from brainstorm.values import Idea, Mark, Record

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


def marked(members: Sequence[Sequence[str]], marks: Sequence[Mark]) -> dict[int, Mark]:
    """A judge's marks by idea, for those ideas that hold a text that was marked."""
    by_text = {mark.text: mark for mark in marks}
    return {i: mark for i, texts in enumerate(members) for text in texts if (mark := by_text.get(text))}


def listed(given: Any, name: str) -> tuple[Idea | int | str, ...]:
    """One or several ideas, places or texts, as a tuple.

    Raises:
        BriefError: it is something else.
    """
    several = (given,) if isinstance(given, str | int | Idea) or not isinstance(given, Iterable) else tuple(given)
    for one in several:
        if not isinstance(one, str | int | Idea):
            raise BriefError(
                f"{name} holds {type(one).__name__} {one!r:.60}.", hint="Give ideas, their places, or texts."
            )
    return several


def named(ideas: Sequence[Idea], given: Any, name: str) -> tuple[str, ...] | None:
    """Ideas, places in `ideas`, or words as texts; `None` for `None`.

    Raises:
        BriefError: it is something else, or there is no such place.
    """
    if given is None:
        return None
    return tuple(str(ideas[place_of(x, len(ideas))] if isinstance(x, int) else x) for x in listed(given, name))


def place_of(place: int, there: int) -> int:
    """The place itself.

    Raises:
        BriefError: there are fewer ideas.
    """
    if not 0 <= place < there:
        raise BriefError(f"there is no idea {place}.", hint=f"Places run from 0 to {there - 1}.")
    return place
