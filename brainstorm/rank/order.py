"""Ideas → an order in which every prefix is good and broad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.quiet import one_thread
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.rank.likeness import Likeness, medoids, of_folding, of_vectors, products
from brainstorm.rank.select import select
from brainstorm.rank.signals import signals as signals_of
from brainstorm.rank.steer import Steering, steer
from brainstorm.rank.themes import themes_of
from brainstorm.rank.types import Ranked
from brainstorm.rank.weights import shares as shares_of
from brainstorm.rank.why import why
from brainstorm.rank.words import words
from brainstorm.screen import JUDGED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VARIETY: Final = 0.5
"""Share of an idea's standing that comes from being unlike those above it and from what it covers, 0..1."""

SMALL_VARIETY: Final = 0.1
"""`VARIETY` for small models, which leave the topic often: what is unlike the rest is often off it. By hand."""

SURE: Final = 0.8
"""Average probability from which a list of few texts is folded here, before it is ranked: what is put last for good
must be said again for sure. From 100 texts on folding's own cut holds, between the two a mixture (train prompts and
both objects of `bench/rank_quality.py`)."""


def rank(
    texts: Sequence[str],
    *,
    topic: str = "",
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    embedder: object = "default",
    variety: float = VARIETY,
    weights: Mapping[str, float] | None = None,
    profile: str = "balanced",
    keep: Sequence[str] = (),
    avoid: Sequence[str] = (),
    nearer_to: Sequence[str] = (),
    away_from: Sequence[str] = (),
) -> tuple[Ranked, ...]:
    """Order texts so that the first few are good and unlike each other.

    Texts that say the same idea as an earlier one are put after all others: a copy costs no other text its place.

    Args:
        texts: the ideas.
        topic: what they answer; "" leaves relevance out.
        support: in how many calls each turned up, 0 or more.
        probability: what the model stated for each, 0..1 or `None`.
        embedder: as `brainstorm.embedding.resolve_embedder` takes it.
        variety: 0 orders by quality alone, 1 by unlikeness and coverage alone.
        weights: share of each signal in place of the profile's; brought to a sum of 1, a signal left out counts 0.
        profile: "balanced"; "bold", rare ideas first; "safe", well supported ones first.
        keep: ideas that stand on top; one that is not among the texts counts as covered.
        avoid: ideas or words; texts that are near them or say them go to the end.
        nearer_to: what the order leans to.
        away_from: what it leans away from.

    Returns:
        All texts, best first; the same input gives the same order.

    Raises:
        BriefError: a list's length differs from the texts', a value in one or `variety` is out of range, there is no
            such profile, or `weights` name no signal, are negative or all 0.
        EmbeddingError: the embedder cannot be made ready, or failed.
    """
    from brainstorm.dedup import fold
    from brainstorm.dedup.meaning import embed
    from brainstorm.embedding import embed_checked, resolve_embedder

    texts = [text[:JUDGED] for text in texts]
    check(len(texts), support, probability, variety)
    shares = shares_of(profile if weights is None else weights)
    shares_of(profile)
    if not texts:
        return ()
    model = resolve_embedder(embedder)
    known = embed(texts, model)
    folding = fold(texts, known.vectors, topic=topic, scale=known.scale)
    distinct = len({cluster.members for cluster in folding.at(1.0).clusters})
    fewness = max(0.0, 1 - distinct / 100)
    folding = folding.at(max(folding.same, fewness * SURE + (1 - fewness) * folding.same))
    kept = medoids(folding)
    groups = {k: c.members for c in folding.clusters for k in c.members}
    vectors = None if known.vectors is None else known.vectors[kept]

    def embed_more(more: Sequence[str]) -> NDArray[np.float32]:
        assert model is not None
        return embed_checked(model, more)

    leaning = steer(
        [texts[i] for i in kept],
        vectors,
        None if model is None else embed_more,
        keep=_listed(keep),
        avoid=_listed(avoid),
        nearer_to=_listed(nearer_to),
        away_from=_listed(away_from),
        members=[[texts[k] for k in groups[i]] for i in kept],
        scale=known.scale,
    )
    found = order(
        [texts[i] for i in kept],
        vectors,
        about=embed_more([topic])[0] if model is not None and topic.strip() else None,
        support=None if support is None else [support[i] for i in kept],
        probability=None if probability is None else [probability[i] for i in kept],
        variety=variety,
        weights=shares,
        likeness=of_folding(folding, kept, vectors),
        steering=leaning,
        topic=topic,
    )
    return _with_copies(found, kept, groups)


def order(
    texts: Sequence[str],
    vectors: NDArray[np.float32] | None,
    *,
    about: NDArray[np.float32] | None = None,
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    variety: float = VARIETY,
    weights: Mapping[str, float] | str | None = None,
    likeness: Likeness | None = None,
    steering: Steering | None = None,
    topic: str = "",
) -> tuple[Ranked, ...]:
    """`rank` on distinct ideas with embeddings at hand.

    Args:
        texts: n distinct ideas.
        vectors: (n, d) unit rows, or `None`.
        about: the topic's own vector.
        support, probability, variety: as in `rank`.
        weights: share of each signal, or a profile's name.
        likeness: of the ideas, as folding judged them; without it by the cosine of `vectors`.
        steering: what the caller asked for.
        topic: its words name no theme.
    """
    n = len(texts)
    check(n, support, probability, variety)
    shares = shares_of(weights)
    if not n:
        return ()
    texts = [text[:JUDGED] for text in texts]
    if vectors is not None and len(vectors) != n:
        raise EmbeddingError(f"there are {len(vectors)} vectors for {n} texts: the shape must be (texts, d).")
    steering = steering or Steering()
    said = [words(text) for text in texts]
    with one_thread():
        alike = likeness or of_vectors(vectors)
        cosines = products(vectors, about) if vectors is not None and about is not None else None
        crowd = None if alike is None or n < 2 else alike.crowd
        found = signals_of(texts, said, cosines=cosines, crowd=crowd, support=support, probability=probability)
        quality = sum((shares[name] * found[name] for name in shares), start=found["rarity"] * 0)
        themes, labels = themes_of(said, alike, topic)
        picked, nearest = select(
            quality, alike, variety,
            themes=themes or None, bonus=steering.bonus, covered=steering.covered, first=steering.first,
            given=shares == shares_of(None) and all(len(set(t)) < 2 for t in (support, probability) if t is not None),
        )  # fmt: skip
    values = zip(*([round(value, 4) for value in column.tolist()] for column in found.values()), strict=True)
    each = [dict(zip(found, row, strict=True)) for row in values]
    scores = [round(min(1.0, value), 4) for value in quality.tolist()]
    out = []
    for place, i in enumerate(picked):
        own = each[i]
        theme = labels[themes[i]] if themes else ""
        reason = why(
            own,
            place=place,
            nearest=nearest[place],
            support=support[i] if support is not None else None,
            probability=probability[i] if probability is not None else None,
            cosine=float(cosines[i]) if cosines is not None else None,
            theme=theme,
            steered=steering.notes[i] if steering.notes else "",
        )
        out.append(Ranked(i, scores[i], own, reason, theme))
    return tuple(out)


def check(n: int, support: Sequence[int] | None, probability: Sequence[float | None] | None, variety: float) -> None:
    """Refuse lists of another length than `n`, and values out of range.

    Raises:
        BriefError: it names the value.
    """
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


def _listed(texts: Sequence[str] | str) -> Sequence[str]:
    return (texts,) if isinstance(texts, str) else texts


def _with_copies(
    found: tuple[Ranked, ...], kept: Sequence[int], groups: Mapping[int, Sequence[int]]
) -> tuple[Ranked, ...]:
    """The order by index in the whole list, and after it what says again what stands in it."""
    heads = [Ranked(kept[r.index], r.score, r.signals, r.why, r.theme) for r in found]
    again = [
        Ranked(k, r.score, r.signals, f"says again {place}", r.theme)
        for place, r in enumerate(heads, 1)
        for k in groups[r.index]
        if k != r.index
    ]
    return (*heads, *again)
