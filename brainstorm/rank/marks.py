"""A judge's marks → the order of what was marked, in the places that it holds, still weighed against breadth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from brainstorm.rank.likeness import Likeness
from brainstorm.rank.select import COVERED
from brainstorm.rank.steer import Steering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MARK_SPAN: Final = 2.0
"""What the span of marks, 1..10, weighs against likeness, 0..1, at a variety of one half: one mark as much as the
likeness from which short ideas fold, 0.2 to 0.25. By hand."""

Nearest = tuple[float, int] | None


def by_marks(
    picked: Sequence[int],
    nearest: Sequence[Nearest],
    marks: Mapping[int, float],
    likeness: Likeness | None,
    variety: float,
    steering: Steering,
) -> tuple[list[int], list[Nearest]]:
    """The order with marked ideas moved among the places that they hold, and what each is most like above it.

    The gain is `(1 - variety) · mark · MARK_SPAN + steering - variety · likeness to those above`; ties keep the order
    that the ideas had. What the caller keeps or avoids stays where it is, marked or not.

    Args:
        picked: the order without marks.
        nearest: for each place, as `select` gives it.
        marks: 1..10, by idea.
        likeness: of the ideas; `None` orders by marks and steering alone.
        variety: 0..1.
        steering: what the caller asked for.
    """
    import numpy as np

    fixed = {*steering.first, *steering.avoided}
    left = [i for i in picked if i in marks and i not in fixed]
    if not left:
        return list(picked), list(nearest)
    worth = {i: (1 - variety) * MARK_SPAN * (marks[i] - 1) / 9 for i in left}
    if steering.bonus is not None:
        worth = {i: value + float(steering.bonus[i]) for i, value in worth.items()}
    had = {i: 0.0 if steering.covered is None else -max(variety, COVERED) * float(steering.covered[i]) for i in left}
    last = max(place for place, i in enumerate(picked) if i in worth) + 1
    seen = likeness is not None and variety > 0
    closest: NDArray[np.float32] = np.full(len(picked) if likeness is None else likeness.n, -np.inf, np.float32)
    which = np.zeros(len(closest), np.intp)
    found: list[int] = []
    near: list[Nearest] = []
    for place, held in enumerate(picked[:last]):
        best = held
        if held in worth:
            gains = [worth[i] + min(had[i], -variety * max(0.0, float(closest[i]))) for i in left]
            best = left.pop(int(np.argmax(np.round(gains, 6))))
        near.append((float(closest[best]), int(which[best])) if seen and found else None)
        found.append(best)
        if seen and likeness is not None:
            row = likeness.row(best)
            which[row > closest] = place
            np.maximum(closest, row, out=closest)
    found += picked[last:]
    where = {i: place for place, i in enumerate(found)}
    near += [None if n is None else (n[0], where[picked[n[1]]]) for n in nearest[last:]]
    return found, near
