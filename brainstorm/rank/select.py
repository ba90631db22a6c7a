"""The order itself: greedy marginal gain of quality plus coverage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from brainstorm.rank.likeness import Likeness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

QUALITY_SPAN: Final = 0.1
"""What the whole span of quality, 0..1, weighs against likeness, 0..1, at a variety of one half. Chosen on the two
objects of `bench/rank_quality.py`: with more, the first ten say the same idea twice more often."""

COVER: Final = 0.6
"""What the most crowded idea gains over a lonely one: it stands for many, and is seldom a muddle of two. Chosen on
the same lists; it counts fully only in long lists, as `_FEW` says."""

_FEW: Final = 100
"""Ideas at which coverage and themes count a quarter: in a list of ten, crowds are chance."""

_FEW_RANKED: Final = 20
"""Ideas at which quality counts half: it is made of ranks within the list, and ranks among ten tell little. Chosen,
as `GIVEN`, on the train prompts of `bench/rank_quality.py`."""

GIVEN: Final = 0.05
"""What the first of a short list gains over its last at a variety of one half, where the list's own order is all that
is known beside its texts: models say the better answers first. It fades towards a variety of 0 and of 1, and in longer
lists, whose order is mostly that of arrival."""

COVERED: Final = 0.5
"""What likeness to an idea kept elsewhere weighs at least, however low the variety: it was asked for."""

THEME: Final = 0.02
"""What an idea loses for each idea of its theme among those above, as a share of the likeliest number."""

FULLY: Final = 200
"""Places filled one by one; those after them keep the order that the gain has then."""


def select(
    quality: NDArray[np.floating[Any]],
    likeness: Likeness | None,
    variety: float,
    *,
    themes: Sequence[int] | None = None,
    bonus: Floats | None = None,
    covered: Floats | None = None,
    first: Sequence[int] = (),
    known: bool = False,
    listed: bool = False,
    top: int = FULLY,
    whole: bool = True,
) -> tuple[list[int], list[tuple[float, int] | None]]:
    """Greedy order and, for each pick, its highest likeness to an earlier pick and which place that one has.

    The gain of an idea is `(1 - variety) · quality · QUALITY_SPAN + variety · (coverage - likeness to those above)`,
    the marginal relevance of Carbonell and Goldstein (1998) with a term for what an idea stands for.

    Args:
        quality: (n,), 0..1.
        likeness: of the ideas; `None` orders by quality and bonus alone.
        variety: 0..1.
        themes: (n,) number of each idea's theme.
        bonus: (n,) added to the gain whatever the variety: steering.
        covered: (n,) likeness to what stands above the whole list already.
        first: ideas that take the first places, in that order.
        known: whether more is known of the ideas than their texts, so that quality counts fully in a short list too.
        listed: whether the list is in its author's order, which tells something where nothing else is known.
        top: places filled one by one.
        whole: whether the places after those are wanted too.

    Returns:
        All indices, or the first `top`, best first; ties go to the lower index.
    """
    import numpy as np

    n = len(quality)
    trust = 1.0 if known else n / (n + _FEW_RANKED)
    static = np.float32((1 - variety) * QUALITY_SPAN * trust) * quality.astype(np.float32)
    if listed and n:
        own_order = 4 * variety * (1 - variety) * GIVEN * (1 - trust)
        static -= np.float32(own_order / n) * np.arange(n, dtype=np.float32)
    if bonus is not None:
        static = static + bonus.astype(np.float32)
    nearest: list[tuple[float, int] | None] = [None] * n
    if likeness is None or variety == 0:
        if covered is not None:
            static = static - np.float32(max(variety, COVERED)) * covered
        order = np.argsort(-static, kind="stable").tolist()
        return [*first, *(i for i in order if i not in set(first))], nearest
    crowd = likeness.crowd
    told = (n / (n + _FEW)) ** 2
    most = float(crowd.max(initial=0.0))
    if most > 0:
        static = static + np.float32(variety * COVER * told / most) * crowd
    alike = np.zeros(n, np.float32)
    had = None if covered is None else np.float32(-max(variety, COVERED)) * covered
    group, drawn = (None, None) if themes is None else (np.asarray(themes, np.intp), np.zeros(n, np.float32))
    gain = np.empty(n, np.float32)
    picked: list[int] = []
    closest, which = np.full(n, -np.inf, np.float32), np.zeros(n, np.intp)  # likeness to the picks, and whose it is
    count = min(n, max(top, len(first)))
    for place in range(count):
        np.multiply(alike, np.float32(-variety), out=gain)
        if had is not None:
            np.minimum(gain, had, out=gain)
        gain += static
        if drawn is not None:
            gain -= drawn
        best = first[place] if place < len(first) else int(gain.argmax())  # the first of equals: stable
        if picked:
            nearest[place] = (float(closest[best]), int(which[best]))
        picked.append(best)
        static[best] = -np.inf
        if place + 1 == count and not (whole and count < n):
            break  # nothing looks at what this one is like
        row = likeness.row(best)
        which[row > closest] = place
        np.maximum(closest, row, out=closest)
        np.maximum(alike, row, out=alike)
        if group is not None and drawn is not None:
            drawn[group == group[best]] += np.float32(variety * THEME * told)
    if count < n and whole:
        np.multiply(alike, np.float32(-variety), out=gain)
        if had is not None:
            np.minimum(gain, had, out=gain)
        gain += static
        picked += np.argsort(-gain, kind="stable")[: n - count].tolist()
    return picked, nearest
