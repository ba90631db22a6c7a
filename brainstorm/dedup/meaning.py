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
    import numpy as np

    chosen = resolve_embedder(embedder)
    if chosen is None or not texts:
        return None, ()
    knows = getattr(chosen, "embed_and_know", None)
    if knows is None:
        vectors, shares = chosen.embed(texts), None
    else:
        vectors, shares = knows(texts)
    unknown = ~vectors.any(axis=1)
    if shares is not None:
        letters = np.fromiter(map(len, texts), np.float32, len(texts))
        if shares @ letters < _ENGLISH * letters.sum():
            unknown |= shares < _KNOWN_TEXT
    strange = np.flatnonzero(unknown)
    if not len(strange):
        return vectors, ()
    vectors[strange] = 0
    note = (
        f"The embedder {chosen.name} does not know the language of {len(strange)} of {len(texts)} texts: "
        "there wording alone decided. Name a multilingual embedder to have their meaning weighed."
    )
    return vectors, (note,)
