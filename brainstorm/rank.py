"""Ideas → an order in which every prefix is good and broad."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log2
from typing import TYPE_CHECKING, Final

from brainstorm.embedding import resolve_embedder
from brainstorm.errors import BriefError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VARIETY: Final = 0.5
"""Share of an idea's standing that comes from being unlike those above it, 0..1."""

WEIGHTS: Final = {"relevance": 0.4, "support": 0.2, "rarity": 0.2, "specificity": 0.2}
"""Share of each signal in the quality; they add up to 1. Set by hand, not fitted."""

_NEUTRAL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Ranked:
    """An idea in its place.

    Attributes:
        index: which of the ranked texts it is.
        score: quality, 0..1.
        signals: each signal, 0..1.
        why: in words, why it stands where it stands.
    """

    index: int
    score: float
    signals: dict[str, float]
    why: str


def rank(
    texts: Sequence[str],
    *,
    topic: str = "",
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    embedder: object = "default",
    variety: float = VARIETY,
) -> tuple[Ranked, ...]:
    """Order texts so that the first few are good and unlike each other.

    Args:
        texts: the ideas, each distinct.
        topic: what they answer; "" leaves relevance out.
        support: in how many calls each turned up, 1 or more.
        probability: what the model stated for each, 0..1 or `None`.
        embedder: as `brainstorm.embedding.resolve_embedder` takes it.
        variety: 0 orders by quality alone, 1 by unlikeness alone.

    Returns:
        All texts, best first; the same input gives the same order.

    Raises:
        BriefError: a list's length differs from the texts', or `variety` is out of range.
    """
    model = resolve_embedder(embedder)
    vectors = model.embed([*texts, topic] if topic else texts) if model and texts else None
    return order(
        texts,
        vectors[: len(texts)] if vectors is not None else None,
        about=vectors[-1] if vectors is not None and topic else None,
        support=support,
        probability=probability,
        variety=variety,
    )


def order(
    texts: Sequence[str],
    vectors: NDArray[np.float32] | None,
    *,
    about: NDArray[np.float32] | None = None,
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    variety: float = VARIETY,
) -> tuple[Ranked, ...]:
    """`rank` on embeddings at hand: (n, d) unit `vectors` and the topic's own vector in `about`."""
    n = len(texts)
    for name, given in (("support", support), ("probability", probability)):
        if given is not None and len(given) != n:
            raise BriefError(f"{name} has {len(given)} values for {n} texts.", hint="Give one for each text.")
    if not 0.0 <= variety <= 1.0:
        raise BriefError(f"variety is {variety}, but must be from 0 (quality) to 1 (spread).")
    if not n:
        return ()
    signals = _signals(texts, vectors, about, support, probability)
    quality = [sum(WEIGHTS[name] * values[i] for name, values in signals.items()) for i in range(n)]
    picked, nearest = _maximal_marginal_relevance(quality, vectors, variety)
    return tuple(
        Ranked(
            i,
            round(quality[i], 4),
            {name: round(values[i], 4) for name, values in signals.items()},
            _why(
                support[i] if support else None,
                probability[i] if probability else None,
                signals["relevance"][i] if about is not None else None,
                alike,
                place,
            ),
        )
        for place, (i, alike) in enumerate(zip(picked, nearest, strict=True))
    )


def _signals(
    texts: Sequence[str],
    vectors: NDArray[np.float32] | None,
    about: NDArray[np.float32] | None,
    support: Sequence[int] | None,
    probability: Sequence[float | None] | None,
) -> dict[str, list[float]]:
    n = len(texts)
    neutral = [_NEUTRAL] * n
    relevance = _spread([float(v) for v in vectors @ about]) if vectors is not None and about is not None else neutral
    stated = [_NEUTRAL if p is None else min(1.0, -log(max(p, 1e-4)) / log(1e4)) for p in probability or [None] * n]
    # share of words that no other idea uses: specific, and independent of length
    words = [set(text.casefold().split()) for text in texts]
    seen: dict[str, int] = {}
    for bag in words:
        for word in bag:
            seen[word] = seen.get(word, 0) + 1
    own = [sum(seen[w] == 1 for w in bag) / len(bag) if bag else 0.0 for bag in words]
    return {
        "relevance": relevance,
        "support": _spread([log2(1 + s) for s in support]) if support else neutral,
        "rarity": stated,
        "specificity": own,
    }


def _spread(values: Sequence[float]) -> list[float]:
    low, high = min(values), max(values)
    return [(v - low) / (high - low) if high > low else _NEUTRAL for v in values]


def _maximal_marginal_relevance(
    quality: Sequence[float], vectors: NDArray[np.float32] | None, variety: float
) -> tuple[list[int], list[float | None]]:
    """Greedy order and, for each pick, its highest similarity to those before it (Carbonell and Goldstein 1998)."""
    import numpy as np

    n = len(quality)
    if vectors is None:
        return sorted(range(n), key=lambda i: (-quality[i], i)), [None] * n
    scores = np.asarray(quality)
    alike = np.full(n, -np.inf)
    left = np.ones(n, dtype=bool)
    picked: list[int] = []
    nearest: list[float | None] = []
    for _ in range(n):
        gain = (1 - variety) * scores - variety * np.where(np.isfinite(alike), alike, 0.0)
        best = int(np.argmax(np.where(left, gain, -np.inf)))  # the first of equals: stable
        picked.append(best)
        nearest.append(float(alike[best]) if np.isfinite(alike[best]) else None)
        left[best] = False
        np.maximum(alike, vectors @ vectors[best], out=alike)
    return picked, nearest


def _why(
    support: int | None, probability: float | None, relevance: float | None, alike: float | None, place: int
) -> str:
    said = []
    if support is not None:
        said.append("said in one call" if support == 1 else f"said in {support} calls")
    if probability is not None:
        said.append(f"{'rare' if probability < 0.1 else 'likely'}: p {probability:.2g}")
    if relevance is not None:
        said.append(
            "close to the brief" if relevance > 2 / 3 else "far from the brief" if relevance < 1 / 3 else "on the brief"
        )
    if alike is not None and place:
        said.append("unlike those above" if alike < 0.4 else "near one above")
    return "; ".join(said)
