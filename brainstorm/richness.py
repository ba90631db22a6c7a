"""How much is left to find, and how varied what was found is.

Incidence is counted by call: an idea said twice in one reply counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from brainstorm.dedup.quiet import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def good_turing(incidence: Sequence[int], calls: int) -> float:
    """Expected new ideas in one more call like the `calls` so far: f1 / calls.

    f1 is how many ideas turned up in exactly one call. The incidence form of Good (1953); see Chao and
    Colwell (2017). 0.0 before the first call.
    """
    return sum(1 for c in incidence if c == 1) / calls if calls else 0.0


def good_toulmin(incidence: Sequence[int], calls: int, more: int) -> float:
    """Expected new ideas in `more` further calls, by Good and Toulmin (1956): -Σ (-t)^i f_i, t = more/calls.

    Reliable to about as many calls again, so t is held to 1. Never below 0.
    """
    if not calls or more <= 0:
        return 0.0
    t = min(more / calls, 1.0)
    return max(0.0, -sum((-t) ** c for c in incidence if c > 0))


def chao1(incidence: Sequence[int], calls: int) -> float:
    """Lower bound on how many ideas there are in all, in incidence form (Chao2, bias-corrected; Chao 1987)."""
    found = sum(1 for c in incidence if c > 0)
    if not calls:
        return float(found)
    once = sum(1 for c in incidence if c == 1)
    twice = sum(1 for c in incidence if c == 2)
    return found + (calls - 1) / calls * once * (once - 1) / (2 * (twice + 1))


def vendi_score(vectors: NDArray[np.float32]) -> float:
    """Effective number of different texts, 1..n, from (n, d) unit rows (Friedman and Dieng, 2022).

    Uses whichever of the Gram matrix and its d x d dual is smaller: their eigenvalues are the same.
    """
    import numpy as np

    n = len(vectors)
    if n == 0:
        return 0.0
    x = vectors.astype(np.float64)
    with one_thread():  # on a busy machine two threads take 70 times as long
        kernel = (x @ x.T if n <= x.shape[1] else x.T @ x) / n
        values = np.linalg.eigvalsh(kernel)
    values = values[values > 1e-12]
    return float(np.exp(-(values * np.log(values)).sum()))


def mean_pairwise_distance(vectors: NDArray[np.float32]) -> float:
    """Mean cosine distance over all pairs of (n, d) unit rows, 0..2; 0.0 for fewer than two."""
    n = len(vectors)
    if n < 2:
        return 0.0
    total = vectors.astype("float64").sum(axis=0)
    return float(1.0 - (total @ total - n) / (n * (n - 1)))
