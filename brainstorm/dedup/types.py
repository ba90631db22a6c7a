"""What folding yields: clusters of the same idea, and a receipt for every merge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merge:
    """The receipt of one text folded into another.

    Attributes:
        kept: index of the cluster's representative.
        folded: index of the text folded into it.
        wording: how alike the two are in wording, 0..1.
        meaning: cosine similarity of their embeddings, -1..1; `None` without an embedder.
        probability: estimated probability that a person would call them the same idea, 0..1.
        rule: what decided: "exact" (equal after normalising), "linkage" (the calibrated
            probability), "joined" (by hand).
    """

    kept: int
    folded: int
    wording: float
    meaning: float | None
    probability: float
    rule: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Texts that say the same idea.

    Attributes:
        representative: index of the clearest member.
        members: indices of all members, ascending, the representative among them.
    """

    representative: int
    members: tuple[int, ...]
