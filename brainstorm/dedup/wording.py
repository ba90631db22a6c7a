"""How alike two texts are in wording."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GAP = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Case, accents' encoding, punctuation and spacing evened out; words kept in order."""
    return _GAP.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def wording_matrix(texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, n) similarities in 0..1: indel ratio of the normalised texts with their words sorted.

    Sorting once and comparing plainly gives rapidfuzz's `token_sort_ratio` at a fraction of its cost.
    """
    import numpy as np
    from rapidfuzz import fuzz, process

    ordered = [" ".join(sorted(normalise(text).split())) for text in texts]
    percent = process.cdist(ordered, ordered, scorer=fuzz.ratio, dtype=np.float32, workers=1)
    return (percent / 100).astype(np.float32)
