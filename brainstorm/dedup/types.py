"""What folding yields: clusters of the same idea, and a receipt for every merge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Merge:
    """The receipt of one text folded into another.

    Attributes:
        kept: index of the cluster's representative.
        folded: index of the text folded into it.
        wording: how alike the two are in wording, whatever the order of words, 0..1.
        meaning: cosine similarity of their embeddings, -1..1; `None` without an embedder, or where it knows
            nothing of one of them.
        probability: estimated probability that a person would call them the same idea, 0..1. Under the
            "linkage" rule it is the average over the cluster's pairs that had to reach `same`, so that of a
            single pair may be lower.
        rule: what decided: "exact" (equal after normalising), "linkage" (the calibrated
            probability), "joined" (by hand).
        mean: under "linkage", what had to reach `same`: the average probability, steadied by the neighbours' vote,
            between the two groups whose linking brought kept and folded together. Where it reached `same` and
            `probability` did not, the others of the cluster carried it. `None` under other rules.
    """

    kept: int
    folded: int
    wording: float
    meaning: float | None
    probability: float
    rule: str
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Texts that say the same idea.

    Attributes:
        representative: index of the clearest member.
        members: indices of all members, ascending, the representative among them.
    """

    representative: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What folding thinks of two texts.

    Attributes:
        wording: how alike the two are in wording, whatever the order of words, 0..1.
        meaning: cosine similarity of their embeddings, -1..1; `None` where unknown.
        probability: estimated probability that a person would call them the same idea, 0..1.
        same: whether the two alone would be folded.
        rule: what decided: "exact", "linkage", or the guard that keeps them apart: "numbers", "negation",
            "opposites", "names", "order", "slot", "titles".
    """

    wording: float
    meaning: float | None
    probability: float
    same: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a text was placed as it arrived; the final clustering may place it otherwise.

    Attributes:
        index: the text's own index, in order of arrival.
        parent: index of the text it repeats, or `None` where it is new.
        count: how many texts its cluster has now.
        receipt: why it was folded; `None` where it is new.
    """

    index: int
    parent: int | None
    count: int
    receipt: Merge | None
