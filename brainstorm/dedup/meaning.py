"""Embedding a list for folding: on the default embedder's scale, and honest about what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brainstorm.embedding import resolve_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ENGLISH = 0.6
"""Least share of a list's letters in whole words of the table; English lists lie above 0.8, German about 0.4."""

_KNOWN_TEXT = 0.5
"""The same for one text of a list that is not English as a whole."""


def embed(texts: Sequence[str], embedder: object) -> tuple[NDArray[np.float32] | None, tuple[str, ...]]:
    """(n, d) unit rows, or `None` without an embedder, and notes on what it does not know."""
    chosen = resolve_embedder(embedder)
    if chosen is None or not texts:
        return None, ()
    vectors = chosen.embed(texts)
    share_known = getattr(chosen, "share_known", None)
    strange = [k for k, row in enumerate(vectors) if not row.any()]
    if share_known is not None:
        shares = [share_known(text) for text in texts]
        letters = [len(text) for text in texts]
        if sum(s * n for s, n in zip(shares, letters, strict=True)) < _ENGLISH * sum(letters):
            strange = sorted({*strange, *(k for k, share in enumerate(shares) if share < _KNOWN_TEXT)})
    if not strange:
        return vectors, ()
    vectors[strange] = 0
    note = (
        f"The embedder {chosen.name} does not know the language of {len(strange)} of {len(texts)} texts: "
        "there wording alone decided. Name a multilingual embedder to have their meaning weighed."
    )
    return vectors, (note,)
