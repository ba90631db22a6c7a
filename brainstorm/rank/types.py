"""What ranking returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranked:
    """An idea in its place.

    Attributes:
        index: which of the ranked texts it is.
        score: quality, 0..1.
        signals: each signal, 0..1.
        why: in words, why it stands where it stands.
        theme: the theme it belongs to, in a word or two of the ideas' own; "" where there is none.
    """

    index: int
    score: float
    signals: dict[str, float]
    why: str
    theme: str = ""
