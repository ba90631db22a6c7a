"""What ranking returns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranked:
    """An idea in its place.

    Attributes:
        index: which of the ranked texts it is.
        score: quality, 0..1. It does not fall along the order, which weighs it against breadth.
        signals: each signal, 0..1.
        why: in words, why it stands where it stands.
        theme: the theme it belongs to, in a word or two of the ideas' own; "" where there is none.
        copy_of: the index of the text that it says again, which stands in the order; `None` for those in the order.
    """

    index: int
    score: float
    signals: dict[str, float]
    why: str
    theme: str = ""
    copy_of: int | None = None
