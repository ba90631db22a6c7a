"""Every pair of a list, judged: matrix products for all, words and letters compared only where it may matter."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from brainstorm.dedup.evidence import Evidence
from brainstorm.dedup.same import Blend, Calibration, full, sigmoid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]

LOOKS_A_TEXT = 16
"""Most pairs a text, on average, that are looked at closely: the likeliest ones."""


def all_pairs(evidence: Evidence, fitted: Calibration) -> Floats:
    """(n, n) probabilities of all pairs, symmetric, 1 on the diagonal."""
    import numpy as np

    return pairs_among(np.arange(len(evidence.readings)), evidence, fitted)


def pairs_among(
    members: Indices, evidence: Evidence, fitted: Calibration, known: tuple[Indices, Indices, Floats] | None = None
) -> Floats:
    """(m, m) probabilities of all pairs of some texts, symmetric, 1 on the diagonal.

    Args:
        members: ascending.
        evidence: on the whole list.
        fitted: constants.
        known: pairs, as places in `members`, that were looked at closely before, and their probabilities.
    """
    import numpy as np

    m = len(members)
    log_odds = _coarse(evidence, fitted, members)
    least = float(np.log(fitted.worth_a_look / (1 - fitted.worth_a_look)))
    least = max(least, likeliest(log_odds, LOOKS_A_TEXT * m))
    chosen = log_odds >= least
    if known is not None:
        chosen[known[0], known[1]] = chosen[known[1], known[0]] = False
    out = sigmoid(log_odds)
    np.fill_diagonal(chosen, False)
    i, j = np.divmod(np.flatnonzero(chosen), m)
    upper = i < j
    i, j = i[upper], j[upper]
    if len(i):
        out[i, j] = out[j, i] = full(evidence, members[i], members[j], fitted)
    if known is not None:
        out[known[0], known[1]] = out[known[1], known[0]] = known[2]
    np.fill_diagonal(out, 1.0)
    return out


def likeliest(square: Floats, pairs: int) -> float:
    """The value that about `pairs` pairs of a symmetric matrix reach, told from an even sample of it."""
    import numpy as np

    if square.size <= 2 * pairs:
        return float("-inf")
    flat = square.reshape(-1)
    stride = max(1, flat.size // 40_000)
    while gcd(stride, len(square)) > 1:  # or only some columns would be looked at
        stride += 1
    sample = flat[::stride]
    keep = max(1, int(len(sample) * 2 * pairs / flat.size))
    return float(np.partition(sample, len(sample) - keep)[len(sample) - keep])


def _coarse(evidence: Evidence, fitted: Calibration, members: Indices) -> Floats:
    """(m, m) log odds by the coarse blends."""
    import numpy as np

    length = evidence.log_length[members]
    longest, shortest = length.max(), length.min()
    if fitted.longness(longest) == 0:
        return _size(evidence, fitted, "short", members)
    if fitted.longness(shortest) == 1:
        return _size(evidence, fitted, "long", members)
    share = fitted.longness((length[:, None] + length) / np.float32(2))
    short, long = (_size(evidence, fitted, size, members) for size in ("short", "long"))
    return np.asarray((1 - share) * short + share * long, np.float32)


def _size(evidence: Evidence, fitted: Calibration, size: str, members: Indices) -> Floats:
    known = evidence.known[members]
    if not known.any():
        return _linear(evidence, fitted.blends[size, "coarse", "wording"], members)
    by_meaning = _linear(evidence, fitted.blends[size, "coarse", "meaning"], members)
    if not known.all():
        strange = ~known
        by_wording = _linear(evidence, fitted.blends[size, "coarse", "wording"], members)
        by_meaning[strange] = by_wording[strange]
        by_meaning[:, strange] = by_wording[:, strange]
    return by_meaning


def _linear(evidence: Evidence, blend: Blend, members: Indices) -> Floats:
    """(m, m) log odds by one blend, as matrix products and sums of rows and columns."""
    import numpy as np

    m = len(members)
    weights = blend.weights
    length = evidence.log_length[members]
    out: Floats
    if "meaning" in weights and evidence.vectors is not None:
        out = np.float32(weights["meaning"]) * (
            evidence.gram if m == len(evidence.readings) else evidence.cosines(members)
        )
    else:
        out = np.zeros((m, m), np.float32)
    if "tfidf" in weights:
        terms = evidence.terms.matrix[members]
        out += (np.float32(weights["tfidf"]) * (terms @ terms.T)).toarray()
    half = np.float32(blend.intercept / 2) + np.float32(weights.get("length", 0) / 2) * length
    out += half[:, None]
    out += half
    if "length_gap" in weights:
        out += np.float32(weights["length_gap"]) * np.abs(length[:, None] - length)
    return out
