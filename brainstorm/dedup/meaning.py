"""Embedding a list for folding: on the default embedder's scale, and honest about what it does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from brainstorm.dedup.anchors import scale_of
from brainstorm.dedup.reading import COMPARED, bag
from brainstorm.embedding import resolve_embedder
from brainstorm.embedding.wordpiece import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ENGLISH = 0.6
"""Least share of a list's letters in whole words of the table: 0.88 to 0.9 in the English lists measured, 0.37 and
less in German, French, Spanish, Italian, Dutch, Polish and Finnish ones."""

_FUNCTION_WORDS = bag("the of and to for with it that as you your is on from this are be by not or")
_FUNCTION_SHARE = 0.05
"""Least share of those among an English list's words: 0.2 in the lists measured, 0 in the other languages."""

_ENOUGH_WORDS = 8
"""Words of a list from which its language is judged: "door stop" is English, rare words though they are."""

_KNOWN_TEXT = 0.5
"""Least share of a text's letters in whole words, for it to count as known in a list that is not English."""


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
    """Embeds a list as `brainstorm.embedding.resolve_embedder` understands `embedder`."""
    import numpy as np

    chosen = resolve_embedder(embedder)
    if chosen is None or not texts:
        return Meaning(None)
    texts = [text[:COMPARED] for text in texts]
    knows = getattr(chosen, "embed_and_know", None)
    if knows is None:
        vectors, shares = np.array(chosen.embed(texts), np.float32), None
    else:
        vectors, shares = knows(texts)
    unknown = ~vectors.any(axis=1)
    if shares is not None:
        letters = np.fromiter(map(len, texts), np.float32, len(texts))
        if shares @ letters < _ENGLISH * letters.sum() and not _has_english_words(texts):
            unknown |= shares < _KNOWN_TEXT
    strange = np.flatnonzero(unknown)
    scale = scale_of(chosen)
    if not len(strange):
        return Meaning(vectors, scale)
    vectors[strange] = 0
    note = (
        f"The embedder {chosen.name} does not know the language of {len(strange)} of {len(texts)} texts: "
        "there wording alone decided. Name a multilingual embedder to have their meaning weighed."
    )
    return Meaning(vectors, scale, (note,))


def _has_english_words(texts: Sequence[str]) -> bool:
    """Whether a list has the little words of English, or too few words to tell."""
    spelled = [word for text in texts for word in words(text)]
    little = sum(word in _FUNCTION_WORDS for word in spelled)
    return len(spelled) < _ENOUGH_WORDS or little >= _FUNCTION_SHARE * len(spelled)
