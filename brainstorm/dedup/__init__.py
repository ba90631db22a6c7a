"""Folding duplicates as people do: one calibrated probability, average linkage, guards, receipts."""

from __future__ import annotations

from collections.abc import Iterable

from brainstorm.dedup.checks import check_same, check_text, check_texts
from brainstorm.dedup.folding import Folding, fold
from brainstorm.dedup.incremental import Folder
from brainstorm.dedup.quiet import collector_paused
from brainstorm.dedup.types import Cluster, Comparison, Merge, Placement

__all__ = [
    "Cluster", "Comparison", "Folder", "Folding", "Merge", "Placement", "compare", "deduplicate", "fold",
]  # fmt: skip


def deduplicate(
    texts: Iterable[str], *, topic: str = "", embedder: object = "default", same: float | None = None
) -> Folding:
    """Folds the texts of a list that say the same idea.

    Args:
        texts: any number of texts, in any iterable.
        topic: what they answer, if it is known.
        embedder: as `brainstorm.embedding.resolve_embedder` takes it.
        same: least probability of being the same idea in a cluster, 0..1; lower folds coarser; `None` for
            the default.

    Raises:
        BriefError: `texts` holds something else than texts, or `same` is no number from 0 to 1.
        EmbeddingError: the embedder cannot be made ready, failed, or returned something else than one row a text.
    """
    from brainstorm.dedup.meaning import embed

    texts = check_texts(texts)
    check_text(topic, "topic")
    if same is not None:
        same = check_same(same)
    with collector_paused(len(texts)):
        meaning = embed(texts, embedder)
        return fold(texts, meaning.vectors, same=same, topic=topic, scale=meaning.scale, notes=meaning.notes)


def compare(a: str, b: str, *, topic: str = "", embedder: object = "default", same: float | None = None) -> Comparison:
    """What folding thinks of two texts, and why. Arguments as those of `deduplicate`."""
    import numpy as np

    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.folding import measures
    from brainstorm.dedup.guards import Guards
    from brainstorm.dedup.meaning import embed
    from brainstorm.dedup.reading import read
    from brainstorm.dedup.same import calibration, full

    check_text(a, "the first text")
    check_text(b, "the second text")
    check_text(topic, "topic")
    if same is not None:
        same = check_same(same)
    fitted = calibration()
    known = embed((a, b), embedder)
    readings = [read(a), read(b)]
    evidence = Evidence(readings, known.vectors, topic, known.scale)
    cut_at = fitted.default_cut(evidence) if same is None else same
    wording, meaning = measures(evidence, 0, 1)
    if readings[0].normal == readings[1].normal:
        return Comparison(1.0, meaning, 1.0, True, "exact")
    probability = float(full(evidence, np.array([0]), np.array([1]), fitted)[0])
    guard = Guards(readings).rule(0, 1)
    return Comparison(wording, meaning, probability, not guard and probability >= cut_at, guard or "linkage")
