"""Every pair of a list, judged: matrix products for all, words and letters compared only where it may matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainstorm.dedup.evidence import Evidence
from brainstorm.dedup.same import Blend, Calibration, full

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LOOKS_A_TEXT = 16
"""Most pairs a text, on average, that are looked at closely: the likeliest ones."""


def all_pairs(evidence: Evidence, fitted: Calibration) -> Floats:
    """(n, n) probabilities of all pairs, symmetric, 1 on the diagonal."""
    import numpy as np

    n = len(evidence.readings)
    log_odds = _coarse(evidence, fitted)
    least = float(np.log(fitted.worth_a_look / (1 - fitted.worth_a_look)))
    least = max(least, likeliest(log_odds, LOOKS_A_TEXT * n))
    chosen = log_odds >= least
    out = sigmoid(log_odds)
    np.fill_diagonal(chosen, False)
    i, j = np.divmod(np.flatnonzero(chosen), n)
    upper = i < j
    i, j = i[upper], j[upper]
    if len(i):
        out[i, j] = out[j, i] = full(evidence, i, j, fitted)
    np.fill_diagonal(out, 1.0)
    return out


def sigmoid(log_odds: Floats) -> Floats:
    """Log odds to probabilities, in place."""
    import numpy as np

    np.clip(log_odds, -30, 30, out=log_odds)
    np.negative(log_odds, out=log_odds)
    np.exp(log_odds, out=log_odds)
    log_odds += 1
    return np.divide(1, log_odds, out=log_odds)


def likeliest(square: Floats, pairs: int) -> float:
    """The value that about `pairs` pairs of a symmetric matrix reach, told from an even sample of it."""
    import numpy as np

    if square.size <= 2 * pairs:
        return float("-inf")
    flat = square.reshape(-1)
    sample = flat[:: max(1, flat.size // 40_000)]
    keep = max(1, int(len(sample) * 2 * pairs / flat.size))
    return float(np.partition(sample, len(sample) - keep)[len(sample) - keep])


def _coarse(evidence: Evidence, fitted: Calibration) -> Floats:
    """(n, n) log odds by the coarse blends."""
    import numpy as np

    length = evidence.log_length
    longest, shortest = length.max(), length.min()
    if fitted.longness(longest) == 0:
        return _size(evidence, fitted, "short")
    if fitted.longness(shortest) == 1:
        return _size(evidence, fitted, "long")
    share = fitted.longness((length[:, None] + length) / np.float32(2))
    out: Floats = (1 - share) * _size(evidence, fitted, "short") + share * _size(evidence, fitted, "long")
    return np.asarray(out, np.float32)


def _size(evidence: Evidence, fitted: Calibration, size: str) -> Floats:
    known = evidence.known
    if not known.any():
        return _linear(evidence, fitted.blends[size, "coarse", "wording"])
    by_meaning = _linear(evidence, fitted.blends[size, "coarse", "meaning"])
    if not known.all():
        strange = ~known
        by_wording = _linear(evidence, fitted.blends[size, "coarse", "wording"])
        by_meaning[strange] = by_wording[strange]
        by_meaning[:, strange] = by_wording[:, strange]
    return by_meaning


def _linear(evidence: Evidence, blend: Blend) -> Floats:
    """(n, n) log odds by one blend, as matrix products and sums of rows and columns."""
    import numpy as np

    n = len(evidence.readings)
    weights = blend.weights
    out: Floats
    if "meaning" in weights and evidence.vectors is not None:
        out = np.float32(weights["meaning"]) * evidence.gram
    else:
        out = np.zeros((n, n), np.float32)
    if "tfidf" in weights:
        terms = evidence.terms.matrix
        out += (np.float32(weights["tfidf"]) * (terms @ terms.T)).toarray()
    half = np.float32(blend.intercept / 2) + np.float32(weights.get("length", 0) / 2) * evidence.log_length
    out += half[:, None]
    out += half
    if "length_gap" in weights:
        gap = np.abs(evidence.log_length[:, None] - evidence.log_length)
        out += np.float32(weights["length_gap"]) * gap
    return out
