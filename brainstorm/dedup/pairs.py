"""Every pair of a list, judged: dense products for all, letters compared only where it may matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainstorm.dedup.evidence import Evidence
from brainstorm.dedup.same import Calibration, logistic, refine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK_PAIRS = 4_000_000
"""Pairs worked on at a time: bounds the memory beyond the result to about 200 MB."""


def all_pairs(evidence: Evidence, fitted: Calibration) -> NDArray[np.float32]:
    """(n * (n - 1) / 2,) probabilities of all pairs, in the order of `numpy.triu_indices`."""
    import numpy as np

    n = len(evidence.readings)
    out = np.empty(n * (n - 1) // 2, np.float32)
    rows = max(1, _BLOCK_PAIRS // max(1, n))
    filled = 0
    for start in range(0, n - 1, rows):
        end = min(n - 1, start + rows)
        features, known, i, j = _block(evidence, start, end)
        p = logistic(fitted.log_odds("coarse", features, known))
        out[filled : filled + len(p)] = refine(evidence, i, j, features, p, fitted)
        filled += len(p)
    return out


def _block(
    evidence: Evidence, start: int, end: int
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_], NDArray[np.intp], NDArray[np.intp]]:
    """Coarse features of the pairs whose first text is in `start:end`, by matrix products."""
    import numpy as np

    n = len(evidence.readings)
    first = np.arange(start, end)
    upper = np.arange(start + 1, n)[None, :] > first[:, None]
    i, j = np.nonzero(upper)
    i, j = i + start, j + start + 1
    length = evidence.log_length
    terms = evidence.terms.matrix
    features = {
        "tfidf": (terms[start:end] @ terms[start + 1 :].T).toarray()[upper],
        "length": (length[i] + length[j]) / 2,
        "length_gap": np.abs(length[i] - length[j]),
    }
    if evidence.vectors is not None:
        features["meaning"] = (evidence.vectors[start:end] @ evidence.vectors[start + 1 :].T)[upper]
    return features, evidence.known[i] & evidence.known[j], i, j
