"""Ideas → an order in which every prefix is good and broad."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, log2
from string import punctuation
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.quiet import one_thread
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.screen import JUDGED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VARIETY: Final = 0.5
"""Share of an idea's standing that comes from being unlike those above it, 0..1."""

WEIGHTS: Final = {"relevance": 0.4, "support": 0.2, "rarity": 0.2, "specificity": 0.2}
"""Share of each signal in the quality; they add up to 1. Set by hand, not fitted."""

SMALL_VARIETY: Final = 0.25
"""`VARIETY` for small models, which leave the topic often: of 0.5, 0.25 and 0.1, read over five topics, this one kept
six and more of the first eight on topic without naming near-copies."""

SMALL_WEIGHTS: Final = {"relevance": 0.6, "support": 0.2, "rarity": 0.05, "specificity": 0.15}
"""`WEIGHTS` for small models: they wander off the topic, and the probabilities they state mean little. By hand."""

_NEUTRAL: Final = 0.5

# Cosine of an idea with the topic, default embedder, over 144 made-up ideas on 12 topics paired with their own topic
# and with the 11 others: 33% of the own pairs and 4% of the others reach 0.25; 8% and 32% stay under 0.05.
# Another embedder has another scale, so these only choose words; the signal itself is relative to the list.
_CLOSE: Final = 0.25
_FAR: Final = 0.05

# The same ideas with each other within a topic (792 pairs, default embedder): 98% are less alike than this.
_ALIKE: Final = 0.4

# A stated probability below this is what the tail prompt asks for (verbalized sampling: "below 0.10").
_RARE: Final = 0.1

# At this many words an idea's own share of rare words counts as much as the list's. Set by hand: a short sentence.
_ENOUGH_WORDS: Final = 5

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_EDGES: Final = punctuation + "“”‘’«»…–—·、。，！？「」『』（）：；"


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
    weights: Mapping[str, float] | None = None,
) -> tuple[Ranked, ...]:
    """Order texts so that the first few are good and unlike each other.

    Args:
        texts: the ideas, each distinct.
        topic: what they answer; "" leaves relevance out.
        support: in how many calls each turned up, 0 or more.
        probability: what the model stated for each, 0..1 or `None`.
        embedder: as `brainstorm.embedding.resolve_embedder` takes it.
        variety: 0 orders by quality alone, 1 by unlikeness alone.
        weights: share of each signal in place of `WEIGHTS`; brought to a sum of 1, a signal left out counts 0.

    Returns:
        All texts, best first; the same input gives the same order.

    Raises:
        BriefError: a list's length differs from the texts', a value in one or `variety` is out of range, or
            `weights` name no signal, are negative or all 0.
    """
    _check(len(texts), support, probability, variety)
    shares = _shares(weights)
    model = resolve_embedder(embedder)
    vectors = model.embed([*texts, topic] if topic else texts) if model and texts else None
    return order(
        texts,
        vectors[: len(texts)] if vectors is not None else None,
        about=vectors[-1] if vectors is not None and topic else None,
        support=support,
        probability=probability,
        variety=variety,
        weights=shares,
    )


def order(
    texts: Sequence[str],
    vectors: NDArray[np.float32] | None,
    *,
    about: NDArray[np.float32] | None = None,
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    variety: float = VARIETY,
    weights: Mapping[str, float] | None = None,
) -> tuple[Ranked, ...]:
    """`rank` on embeddings at hand: (n, d) unit `vectors` and the topic's own vector in `about`."""
    n = len(texts)
    _check(n, support, probability, variety)
    shares = _shares(weights)
    if not n:
        return ()
    texts = [text[:JUDGED] for text in texts]
    if vectors is not None and len(vectors) != n:
        raise EmbeddingError(f"there are {len(vectors)} vectors for {n} texts: the shape must be (texts, d).")
    close = _cosines(vectors, about) if vectors is not None and about is not None else None
    signals = {
        "relevance": _spread(close) if close is not None else [_NEUTRAL] * n,
        "support": _spread([log2(1 + s) for s in support]) if support is not None else [_NEUTRAL] * n,
        "rarity": _rarity(probability) if probability is not None else [_NEUTRAL] * n,
        "specificity": _specificity(texts),
    }
    quality = [sum(shares[name] * values[i] for name, values in signals.items()) for i in range(n)]
    with one_thread():
        picked, nearest = _maximal_marginal_relevance(quality, vectors, variety)
    return tuple(
        Ranked(
            i,
            round(quality[i], 4),
            {name: round(values[i], 4) for name, values in signals.items()},
            _why(
                support[i] if support is not None else None,
                probability[i] if probability is not None else None,
                close[i] if close is not None else None,
                alike,
            ),
        )
        for i, alike in zip(picked, nearest, strict=True)
    )


def _check(n: int, support: Sequence[int] | None, probability: Sequence[float | None] | None, variety: float) -> None:
    for name, given in (("support", support), ("probability", probability)):
        if given is not None and len(given) != n:
            raise BriefError(f"{name} has {len(given)} values for {n} texts.", hint="Give one for each text.")
    for i, s in enumerate(support if support is not None else ()):
        if not 0 <= s < float("inf"):  # also false for NaN
            raise BriefError(f"support[{i}] is {s}, but must be a number of calls, 0 or more.")
    for i, p in enumerate(probability if probability is not None else ()):
        if p is not None and not 0 <= p <= 1:
            raise BriefError(f"probability[{i}] is {p}, but must be from 0 to 1, or None.")
    if not 0 <= variety <= 1:
        raise BriefError(f"variety is {variety}, but must be from 0 (quality) to 1 (spread).")


def _shares(weights: Mapping[str, float] | None) -> dict[str, float]:
    """The weights of all signals, with a sum of 1."""
    given = WEIGHTS if weights is None else weights
    for name, weight in given.items():
        if name not in WEIGHTS:
            raise BriefError(f"there is no signal {name!r} to weigh.", hint=f"There are: {', '.join(WEIGHTS)}.")
        if not (isfinite(weight) and weight >= 0):
            raise BriefError(f"the weight of {name} is {weight}, but must be 0 or more.")
    total = sum(given.values())
    if not (isfinite(total) and total > 0):
        raise BriefError("the weights are all 0." if not total else "the weights are too large.", hint="Give one at 1.")
    return {name: given.get(name, 0.0) / total for name in WEIGHTS}


def _cosines(vectors: NDArray[np.float32], to: NDArray[np.float32]) -> list[float]:
    return [float(v) for v in _products(vectors, to)]


def _products(vectors: NDArray[np.float32], to: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    with np.errstate(all="ignore"):  # what an embedder could not place is 0: related to nothing
        found = vectors @ to
    found[~np.isfinite(found)] = 0
    return np.clip(found, -1, 1, out=found)


def _rarity(probability: Sequence[float | None]) -> list[float]:
    """1 minus each stated probability's mid-rank among those stated, in (0, 1); 0.5, the median, where none is.

    Ranks, because models differ in scale: one states 0.9 for all, another 0.01. A lone statement tells nothing.
    """
    stated = sorted(p for p in probability if p is not None)
    first: dict[float, int] = {}
    count: dict[float, int] = {}
    for place, p in enumerate(stated):
        first.setdefault(p, place)
        count[p] = count.get(p, 0) + 1
    return [_NEUTRAL if p is None else 1 - (first[p] + count[p] / 2) / len(stated) for p in probability]


def _specificity(texts: Sequence[str]) -> list[float]:
    """Share of an idea's words that no other idea uses, drawn towards the list's share the fewer words it has.

    (own + k·m) / (words + k), the mean of a beta distribution: m is the list's share, k is `_ENOUGH_WORDS`. Without
    it a one-word idea would be all specific or not at all.
    """
    bags = [_words(text) for text in texts]
    seen: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            seen[word] = seen.get(word, 0) + 1
    own = [sum(seen[word] == 1 for word in bag) for bag in bags]
    total = sum(map(len, bags))
    mean = sum(own) / total if total else _NEUTRAL
    return [(o + _ENOUGH_WORDS * mean) / (len(bag) + _ENOUGH_WORDS) for o, bag in zip(own, bags, strict=True)]


def _words(text: str) -> set[str]:
    """Words of a text; pairs of neighbouring characters where the script puts no spaces (Chinese, Thai)."""
    if text.isascii():
        return {word for piece in text.casefold().split() if (word := piece.strip(_EDGES))}
    words: set[str] = set()
    for piece in _WORD.findall(text.casefold()):
        if re.match(f"[{_UNSPACED}]", piece):
            words.update(piece[i : i + 2] for i in range(max(1, len(piece) - 1)))
        elif word := piece.strip(_EDGES):
            words.add(word)
    return words


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
        np.maximum(alike, _products(vectors, vectors[best]), out=alike)
    return picked, nearest


def _why(support: int | None, probability: float | None, cosine: float | None, alike: float | None) -> str:
    said = []
    if support is not None:
        said.append("said in one call" if support == 1 else f"said in {support} calls")
    if probability is not None:
        said.append(f"{'rare: ' if probability < _RARE else ''}p {probability:.2g}")
    if cosine is not None:
        said.append(
            "close to the brief" if cosine >= _CLOSE else "far from the brief" if cosine < _FAR else "on the brief"
        )
    if alike is not None:
        said.append("unlike those above" if alike < _ALIKE else "near one above")
    return "; ".join(said)
