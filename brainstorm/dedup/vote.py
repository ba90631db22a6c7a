"""A pair's probability, steadied by what the texts near both of them say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from brainstorm.dedup.pairs import LOOKS_A_TEXT, likeliest

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

_DENSE = 300
"""Texts up to which dense products are quicker than sparse ones."""


def vote(same: Floats) -> Floats:
    """Probabilities after each text's neighbours, by their nearness, were asked about the other text.

    Two texts that both resemble the same third ones are more likely the same idea than their own similarity
    tells, and a pair whose neighbours disagree less so. The three constants were chosen among about twenty
    settings on the two lists of short ideas that the blend is fitted on (`bench/fit_same.py`).

    Args:
        same: (n, n) probabilities, symmetric.
    """
    import numpy as np

    n = len(same)
    if n < 3:
        return same
    least = max(NEAR, likeliest(same, LOOKS_A_TEXT * n))
    out: Floats
    if n <= _DENSE:
        near = np.where(same >= least, same, np.float32(0))
        np.fill_diagonal(near, OWN_SAY)
        said = (near / near.sum(axis=1, keepdims=True)) @ near
        out = (same + np.float32(VOTE / 2) * (said + said.T)) / np.float32(1 + VOTE)
    else:
        sparse = _neighbours(same, least)
        reach = np.asarray(sparse.sum(axis=1), np.float32).ravel()
        shares = sparse.copy()
        shares.data *= np.repeat(np.float32(VOTE / 2 / (1 + VOTE)) / reach, np.diff(shares.indptr))
        asked = shares @ sparse
        out = same * np.float32(1 / (1 + VOTE))
        flat = out.reshape(-1)
        row = np.repeat(np.arange(n), np.diff(asked.indptr))
        flat[row * n + asked.indices] += asked.data
        flat[asked.indices.astype(np.int64) * n + row] += asked.data
    np.fill_diagonal(out, 1)
    return out


def _neighbours(same: Floats, least: float) -> Any:
    """(n, n) sparse: `OWN_SAY` on the diagonal, probabilities of at least `least` elsewhere."""
    import numpy as np
    from scipy.sparse import csr_array

    n = len(same)
    chosen = same >= least
    np.fill_diagonal(chosen, True)
    i, j = np.divmod(np.flatnonzero(chosen), n)
    values = same[i, j]
    values[i == j] = OWN_SAY
    starts = np.searchsorted(i, np.arange(n + 1))
    return csr_array((values, j.astype(np.int32), starts.astype(np.int32)), shape=(n, n))
