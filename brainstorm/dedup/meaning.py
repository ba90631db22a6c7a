"""Embedding a list for folding: on the default embedder's scale, and honest about what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainstorm.dedup.anchors import scale_of
from brainstorm.dedup.language import are_english, language_shares
from brainstorm.dedup.reading import COMPARED
from brainstorm.embedding import embed_checked, resolve_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Meaning:
    """A list, embedded.

    Attributes:
        vectors: (n, d) rows of length 1, of zeros where the embedder knows nothing of a text; `None` without one.
        scale: slope and offset that bring its cosines to the default embedder's.
        notes: what it does not know.
    """

    vectors: NDArray[np.float32] | None
    scale: tuple[float, float] = (1.0, 0.0)
    notes: tuple[str, ...] = ()


def embed(texts: Sequence[str], embedder: object) -> Meaning:
    """Embeds a list as `brainstorm.embedding.resolve_embedder` understands `embedder`.

    Raises:
        EmbeddingError: the embedder cannot be made ready, failed, or returned something else than one row a text.
    """
    import numpy as np

    chosen = resolve_embedder(embedder)
    if not texts:
        return Meaning(None)
    texts = [text[:COMPARED] for text in texts]
    knows = getattr(chosen, "embed_and_know", None)
    if chosen is None or knows is None:
        vectors = None if chosen is None else embed_checked(chosen, texts)
        shares = language_shares(texts)
    else:
        vectors, shares = knows(texts)
    foreign = ~np.array(are_english(texts, shares), bool)
    notes = []
    if vectors is not None:
        strange = ~(vectors != 0).any(axis=1) | (foreign if knows is not None else False)
        strange &= np.array([any(c.isalnum() for c in text) for text in texts], bool)
        vectors[strange] = 0
        if strange.any() and chosen is not None:
            notes.append(
                f"The embedder {chosen.name} does not know the language of {strange.sum()} of {len(texts)} texts: "
                "there wording alone decided. Name a multilingual embedder to have their meaning weighed."
            )
    if foreign.any():
        notes.append(
            f"{foreign.sum()} of {len(texts)} texts are not in English: of the guards only numbers, words for "
            '"without" and a word put in another\'s place are watched there.'
        )
    return Meaning(vectors, (1.0, 0.0) if chosen is None else scale_of(chosen), tuple(notes))
