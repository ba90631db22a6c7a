"""Word order that carries meaning: "Dog bites man" and "Man bites dog" are made of the same words."""

from __future__ import annotations

from brainstorm.dedup.marks import DETERMINERS, Marks
from brainstorm.dedup.reading import bag
from brainstorm.dedup.roots import root

_DETERMINER_STEMS = frozenset(map(root, DETERMINERS))

_SYMMETRIC = bag("and or nor & with plus near beside alongside versus vs meets meet is are both between amid x")
"""Words around which two things may change places and all stays the same."""

_OPENERS = bag(
    "in on at by for with from to during before after under over while when if through without of every each"
)
"""What begins a clause that may stand first or last."""


def order_differs(one: Marks, two: Marks) -> bool:
    """Whether two texts of the same words have two of them, or two phrases, changed in their places.

    What counts is X M Y against Y M X, between what both begin and end with: around a verb, a preposition or a
    comparison (M) that makes something else of it. A clause moved as a whole (X Y, Y X) is the same said otherwise,
    and so are the parts of an enumeration.
    """
    if not (one.stem_set ^ two.stem_set) <= _DETERMINER_STEMS:  # quickly told
        return False
    if one.sorted_stems != two.sorted_stems or one.ordered_stems == two.ordered_stems:
        return False
    a, b = one.ordered_stems, two.ordered_stems
    start = 0
    while a[start] == b[start]:
        start += 1
    end = len(a)
    while a[end - 1] == b[end - 1]:
        end -= 1
    words = one.ordered[start:end]
    a, b = a[start:end], b[start:end]
    if any(b == a[k:] + a[:k] for k in range(1, len(a))):
        return False
    listed = one.reading.text.count(",") > 1
    for x in range(1, len(a) - 1):
        for y in range(1, len(a) - x):
            first, middle, last = a[:x], a[x : len(a) - y], a[len(a) - y :]
            if b != last + middle + first:
                continue
            between = words[x : len(a) - y]
            enumerated = listed or ("," in one.reading.text and between[-1] in ("and", "or"))
            clauses = words[0] in _OPENERS and words[len(a) - y] in _OPENERS
            return not (enumerated or clauses or all(word in _SYMMETRIC for word in between))
    return False
