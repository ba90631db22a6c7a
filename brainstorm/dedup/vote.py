"""A pair's probability, steadied by what the texts near both of them say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

NEAR = 0.05
"""Least probability of a neighbour that has a say."""

OWN_SAY = 0.25
"""What a text's own say counts beside its neighbours'; at this a lone pair keeps about its probability."""

VOTE = 2.0
"""What the neighbours' say counts beside the pair's own probability."""


def vote(same: Floats, n: int) -> Floats:
    """Condensed probabilities after each text's neighbours, by their nearness, were asked about the other text.

    Two texts that both resemble the same third ones are more likely the same idea than their own similarity
    tells, and a pair whose neighbours disagree less so. The three constants were chosen among about twenty
    settings on the two lists of short ideas that the blend is fitted on (`bench/fit_same.py`).

    Args:
        same: (n * (n - 1) / 2,) probabilities.
        n: number of texts.
    """
    import numpy as np

    if n < 3:
        return same
    near = neighbours(same, n)
    reach = near.sum(axis=1)
    asked: Any = near.multiply((1 / reach)[:, None]).tocsr() @ near
    said = asked.toarray()
    said += said.T
    out = np.empty_like(same)
    filled = 0
    for k in range(n - 1):
        row = slice(filled, filled + n - 1 - k)
        out[row] = (same[row] + np.float32(VOTE / 2) * said[k, k + 1 :]) / np.float32(1 + VOTE)
        filled += n - 1 - k
    return np.minimum(out, 1.0)


def neighbours(same: Floats, n: int) -> Any:
    """(n, n) sparse: `OWN_SAY` on the diagonal, probabilities of at least `NEAR` elsewhere."""
    import numpy as np
    from scipy.sparse import csr_array

    flat = np.flatnonzero(same >= NEAR)
    starts = np.r_[0, np.cumsum(np.arange(n - 1, 0, -1))]
    i = np.searchsorted(starts, flat, side="right") - 1
    j = flat - starts[i] + i + 1
    own = np.arange(n)
    values = np.r_[same[flat], same[flat], np.full(n, OWN_SAY, np.float32)].astype(np.float32)
    return csr_array((values, (np.r_[i, j, own], np.r_[j, i, own])), shape=(n, n))
