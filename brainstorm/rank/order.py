"""Ideas → an order in which every prefix is good and broad."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.checks import check_text, check_texts
from brainstorm.dedup.quiet import one_thread
from brainstorm.errors import EmbeddingError
from brainstorm.rank.checks import check, check_top, listed
from brainstorm.rank.likeness import Likeness, divided, medoids, of_folding, of_vectors, products, sure_copies
from brainstorm.rank.marks import by_marks
from brainstorm.rank.select import FULLY, select
from brainstorm.rank.signals import NEUTRAL
from brainstorm.rank.signals import signals as signals_of
from brainstorm.rank.steer import Steering, steer
from brainstorm.rank.themes import themes_of
from brainstorm.rank.types import Ranked
from brainstorm.rank.weights import check_profile, check_weights
from brainstorm.rank.weights import shares as shares_of
from brainstorm.rank.why import why
from brainstorm.rank.words import words
from brainstorm.screen import JUDGED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VARIETY: Final = 0.5
"""How much spread counts against quality, 0..1, as `select.select` has it."""

SMALL_VARIETY: Final = 0.1
"""`VARIETY` for small models, which leave the topic often: what is unlike the rest is often off it. By hand."""

SURE: Final = 0.9
"""Average probability from which a list of few texts is folded here, before it is ranked: what is put last for good
must be said again for sure. From 100 texts on folding's own cut holds, between the two a mixture. Of 0.6, 0.8 and 0.9
the best on the train prompts of `bench/rank_quality.py`."""

_TWICE: Final = 2000
"""Texts up to which a list is folded once more, its copies left out, so that they change nothing at all."""


def rank(
    texts: Iterable[str],
    *,
    topic: str = "",
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
    embedder: object = "default",
    variety: float = VARIETY,
    weights: Mapping[str, float] | None = None,
    profile: str = "balanced",
    keep: Sequence[str] | str = (),
    avoid: Sequence[str] | str = (),
    nearer_to: Sequence[str] | str = (),
    away_from: Sequence[str] | str = (),
    top: int | None = None,
) -> tuple[Ranked, ...]:
    """Order texts so that the first few are good and unlike each other.

    Texts that say the same idea as another are put after all others: a copy costs no other text its place. The idea
    has the support of all its texts together, and the mean of the probabilities stated for them.

    Args:
        texts: the ideas; where nothing else is known of them, earlier ones count as a little better.
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
        top: places that are filled and explained; the other texts are left out. `None`: all.

    Returns:
        All texts or the `top`, best first; the same input gives the same order.

    Raises:
        BriefError: a value is of the wrong kind or out of range, a list's length differs from the texts', there is no
            such profile, or `weights` name no signal, are negative or all 0.
        EmbeddingError: the embedder cannot be made ready, or failed.
    """
    from brainstorm.dedup import fold
    from brainstorm.dedup.meaning import embed
    from brainstorm.embedding import embed_checked, resolve_embedder

    given = [text[:JUDGED] for text in check_texts(texts)]
    check_text(topic, "topic")
    check(len(given), support, probability, variety)
    check_top(top)
    check_profile(profile)
    shares = shares_of(profile if weights is None else check_weights(weights))
    asked = {
        name: listed(wanted, name)
        for name, wanted in (
            ("keep", keep), ("avoid", avoid), ("nearer_to", nearer_to), ("away_from", away_from),
        )
    }  # fmt: skip
    if not given:
        return ()
    model = resolve_embedder(embedder)
    known = embed(given, model)
    folding = fold(given, known.vectors, topic=topic, scale=known.scale)
    copies = sure_copies(folding)
    apart = [0] * len(given)
    for number, cluster in enumerate(folding.clusters):
        for i in cluster.members:
            apart[i] = number
    if len(copies) < len(given) and len(copies) <= _TWICE:
        heads = [group[0] for group in copies]
        rows = None if known.vectors is None else known.vectors[heads]
        folding = fold([given[i] for i in heads], rows, topic=topic, scale=known.scale)
    else:
        heads, copies = list(range(len(given))), [(i,) for i in range(len(given))]
    distinct = len({cluster.members for cluster in folding.at(1.0).clusters})
    fewness = max(0.0, 1 - distinct / 100)
    folding = folding.at(max(folding.same, fewness * SURE + (1 - fewness) * folding.same))
    # what the whole list's folding kept apart stays so, whatever the heads alone look like
    folding = divided(folding, [apart[i] for i in heads])
    firsts = medoids(folding)
    kept = [heads[k] for k in firsts]
    groups: dict[int, list[int]] = {}
    for cluster in folding.clusters:
        together = sorted(i for m in cluster.members for i in copies[m])
        groups.update((heads[k], together) for k in cluster.members)
    vectors = None if known.vectors is None else known.vectors[kept]

    def embed_more(more: Sequence[str]) -> NDArray[np.float32]:
        assert model is not None
        return embed_checked(model, more)

    leaning = steer(
        [given[i] for i in kept],
        vectors,
        None if model is None else embed_more,
        members=[[given[k] for k in groups[i]] for i in kept],
        scale=known.scale,
        **asked,
    )
    found = order(
        [given[i] for i in kept],
        vectors,
        about=embed_more([topic])[0] if model is not None and topic.strip() else None,
        support=None if support is None else [sum(support[k] for k in groups[i]) for i in kept],
        probability=None if probability is None else [_mean([probability[k] for k in groups[i]]) for i in kept],
        variety=variety,
        weights=shares,
        likeness=of_folding(folding, firsts, vectors),
        steering=leaning,
        topic=topic,
        listed=True,
        top=top,
    )
    return _with_copies(found, kept, groups)[:top]


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
    marks: Mapping[int, float] | None = None,
    topic: str = "",
    listed: bool = False,
    top: int | None = None,
) -> tuple[Ranked, ...]:
    """`rank` on distinct ideas with embeddings at hand.

    Args:
        texts: n distinct ideas.
        vectors: (n, d) unit rows, of zeros where nothing is known of a text, or `None`.
        about: the topic's own vector.
        support, probability, variety, top: as in `rank`.
        weights: share of each signal, or a profile's name.
        likeness: of the ideas, as folding judged them; without it by the cosine of `vectors`.
        steering: what the caller asked for.
        marks: a judge's, 1..10, by idea: they order what is marked among the places that it holds.
        topic: its words name no theme.
        listed: whether the ideas come in their author's order, which counts a little where nothing else is known.
    """
    import numpy as np

    n = len(texts)
    check(n, support, probability, variety)
    check_top(top)
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
        cosines: NDArray[np.float32] | None = None
        unknown: NDArray[np.bool_] | None = None
        if vectors is not None and about is not None and about.any():
            cosines, unknown = products(vectors, about), np.asarray(~vectors.any(axis=1))
        crowd = None if alike is None or n < 2 else alike.crowd
        found = signals_of(texts, said, cosines=cosines, crowd=crowd, support=support, probability=probability)
        if unknown is not None:
            found["relevance"] = np.where(unknown, NEUTRAL, found["relevance"])
        quality = sum((shares[name] * found[name] for name in shares), start=found["rarity"] * 0)
        themes, labels = themes_of(texts, said, alike, topic)
        picked, nearest = select(
            quality, alike, variety,
            themes=themes or None, bonus=steering.bonus, covered=steering.covered, first=steering.first,
            known=any(len(set(t)) > 1 for t in (support, probability) if t is not None), listed=listed,
            top=FULLY if top is None else top, whole=top is None,
        )  # fmt: skip
        if marks:
            picked, nearest = by_marks(picked, nearest, marks, alike, variety, steering)
    values = zip(*([round(value, 4) for value in column.tolist()] for column in found.values()), strict=True)
    each = [dict(zip(found, row, strict=True)) for row in values]
    scores = [round(min(1.0, value), 4) for value in quality.tolist()]
    out = []
    for place, i in enumerate(picked[:top]):
        theme = labels[themes[i]] if themes else ""
        reason = why(
            each[i],
            n=n,
            place=place,
            nearest=nearest[place],
            support=support[i] if support is not None else None,
            probability=probability[i] if probability is not None else None,
            cosine=None if cosines is None or unknown is None or unknown[i] else float(cosines[i]),
            mark=marks.get(i) if marks else None,
            theme=theme,
            steered=steering.notes[i] if steering.notes else "",
        )
        out.append(Ranked(i, scores[i], each[i], reason, theme))
    return tuple(out)


def _mean(stated: Sequence[float | None]) -> float | None:
    told = [p for p in stated if p is not None]
    return round(fmean(told), 6) if told else None


def _with_copies(
    found: tuple[Ranked, ...], kept: Sequence[int], groups: Mapping[int, Sequence[int]]
) -> tuple[Ranked, ...]:
    """The order by index in the whole list, and after it what says again what stands in it."""
    heads = [replace(r, index=kept[r.index]) for r in found]
    again = [
        Ranked(k, r.score, r.signals, f"says again {place}", r.theme, r.index)
        for place, r in enumerate(heads, 1)
        for k in groups[r.index]
        if k != r.index
    ]
    return (*heads, *again)
