"""Never-merge guards: short texts that look alike, and differ in what makes them different ideas."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from brainstorm.dedup.marks import NEGATIONS, NUMERALS, Marks
from brainstorm.dedup.opposites import guard_words, opposites
from brainstorm.dedup.order import order_differs
from brainstorm.dedup.reading import STOP_WORDS, Reading, bag
from brainstorm.dedup.terms import stem
from brainstorm.dedup.titles import common_words, is_title, telling_words

_SHARED = 0.5
"""Least share of their content words that two texts have in common for the rest to decide."""

_RELATED = 0.5
"""Cosine of two slot fillers from which they may mean the same. In the shipped table synonyms lie above 0.65
(kids/children 0.92, trash/garbage 0.81) and their like below 0.5 (cats/dogs 0.45, tea/coffee 0.42)."""

_SPELLING = 75
"""rapidfuzz ratio from which two slot fillers may be one word, spelled in two ways."""

_SLOT_WORDS = 2
"""Most words that fill a slot."""

_TEMPLATE_WORDS = 3
"""Fewest words around a slot that make a template. One word before the slot must be no stop word, and there must
be two of those, or many words, or a preposition just before the slot: people do put "a flower pot" and "a flower
planter" or "kill a bug" and "kill a fly" together, though the two words differ as much as cats and dogs."""

_LONG_TEMPLATE = 4
"""Words around a slot that make a template whatever they are."""

_PREPOSITIONS = bag("for of about with from against between to in at by like on into through over under without around")


class Guards:
    """Tells which texts of a list may never share a cluster. Answers are remembered by text, not by pair.

    Args:
        readings: the texts, read.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._marks: dict[int, Marks] = {}
        self._common_words: frozenset[str] | None = None

    def _of(self, k: int) -> Marks:
        marks = self._marks.get(k)
        if marks is None:
            marks = self._marks[k] = Marks(self._readings[k])
        return marks

    def apart(self, a: int, b: int) -> bool:
        """Whether texts `a` and `b`, by index, may never share a cluster."""
        return bool(self.rule(a, b))

    def rule(self, a: int, b: int) -> str:
        """The guard that keeps two texts apart, or "".

        One of "numbers", "negation", "opposites", "names", "order", "slot" and "titles".
        """
        one, two = self._of(a), self._of(b)
        if one.long or two.long:
            return ""
        if one.numbers and two.numbers and _numbers_differ(one, two):
            return "numbers"
        opposed = not (one.opposites.isdisjoint(two.forms) and two.opposites.isdisjoint(one.forms))
        negated = one.negations != two.negations and _negated(one, two)
        named = bool(one.names and two.names) and _names_differ(one, two)
        if (opposed or negated or named) and _shared(one, two) >= _SHARED:
            flipped = opposed and _opposites(one, two)
            if flipped % 2 != negated:  # "not open" and "closed" say the same
                return "opposites" if flipped else "negation"
            if flipped or negated:
                return ""
            if named:
                return "names"
        if order_differs(one, two):
            return "order"
        if _slot_differs(one, two):
            return "slot"
        return "titles" if is_title(one) and is_title(two) and _titles_differ(one, two, self._common()) else ""

    def _common(self) -> frozenset[str]:
        if self._common_words is None:
            self._common_words = common_words(self._of(k) for k in range(len(self._readings)))
        return self._common_words


def _titles_differ(one: Marks, two: Marks, common: frozenset[str]) -> bool:
    """Whether two titles differ in words that are neither one word nor mean the same."""
    own = telling_words(one, two, common)
    if own is None:
        return False
    if any(_spelled_alike(x, y) for x in own[0] for y in own[1]):
        return False
    return not any(related(x, y) for x in own[0] for y in own[1])


def _numbers_differ(one: Marks, two: Marks) -> bool:
    a, b = one.numbers, two.numbers
    if not a or not b:
        return False
    if {k for _, k in a} == {""} or {k for _, k in b} == {""}:  # a bare 30 may well be 30 of the other's unit
        values_a, values_b = {v for _, v in one.spelled_numbers}, {v for _, v in two.spelled_numbers}
        return not (values_a <= values_b or values_b <= values_a)
    return not (a <= b or b <= a)


def _shared(one: Marks, two: Marks) -> float:
    """Jaccard similarity of the content words, opposites counted as one word."""
    a, b = one.content, two.content
    opposed = _opposed(a - b, b - a)
    either = len(a | b) - opposed
    return (len(a & b) + opposed) / either if either else 1.0


def _opposed(a: frozenset[str], b: frozenset[str]) -> int:
    """How many words of the one set meet their opposite in the other."""
    told = frozenset().union(*map(opposites, b))
    return sum(w in told or not opposites(w).isdisjoint(b) for w in a)


def _negated(one: Marks, two: Marks) -> bool:
    """Whether one text negates what the other says: in the main clauses, or in clauses that both have."""
    if one.contrast or two.contrast:
        return False
    (main_a, rest_a), (main_b, rest_b) = one.negations, two.negations
    odd = (main_a + main_b) % 2
    if rest_a is not None and rest_b is not None:
        odd = (odd + rest_a + rest_b) % 2
    return bool(odd)


def _opposites(one: Marks, two: Marks) -> int:
    """How many words of one text meet their opposite in the other, negations aside: those are counted as such."""
    a = one.vocabulary - two.vocabulary - NEGATIONS
    b = two.vocabulary - one.vocabulary - NEGATIONS
    forms_b = frozenset((*b, *map(stem, b)))
    told = frozenset().union(*map(opposites, b))
    return sum(w in told or stem(w) in told or not opposites(w).isdisjoint(forms_b) for w in a)


def _names_differ(one: Marks, two: Marks) -> bool:
    a, b = one.names, two.names
    if not a or not b or a & b == a or a & b == b:
        return False
    words = {t.casefold() for t in one.cased}, {t.casefold() for t in two.cased}
    a = frozenset(n for n in a if n.casefold() not in words[1])
    b = frozenset(n for n in b if n.casefold() not in words[0])
    if not a or not b:
        return False
    if any(_spelled_alike(x, y) for x in a for y in b):
        return False
    return not any(_initials(x, two) or _initials(y, one) for x in a for y in b)


def _initials(name: str, other: Marks) -> bool:
    """Whether `name` is made of the first letters of capitalised words of the other text."""
    return name.isupper() and name in "".join(t[0] for t in other.cased if t[0].isupper())


def _slot_differs(one: Marks, two: Marks) -> bool:
    """Whether the texts are one template with unlike words in one slot."""
    a, b = one.tokens, two.tokens
    stems = one.stems, two.stems
    if abs(len(a) - len(b)) >= _SLOT_WORDS or not a or not b or stems[0][0] != stems[1][0]:
        return False
    start = 0
    while start < min(len(a), len(b)) and stems[0][start] == stems[1][start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and stems[0][-1 - end] == stems[1][-1 - end]:
        end += 1
    slot_a, slot_b = a[start : len(a) - end], b[start : len(b) - end]
    template = a[:start] + a[len(a) - end :]
    if not (1 <= len(slot_a) <= _SLOT_WORDS and 1 <= len(slot_b) <= _SLOT_WORDS):
        return False
    before = a[:start]
    solid = sum(t not in STOP_WORDS for t in template)
    if len(template) < _TEMPLATE_WORDS or all(t in STOP_WORDS for t in before):
        return False  # what comes first in a text, "keep a door open" and "prop a door open", is no slot
    if solid < 2 and len(template) < _LONG_TEMPLATE and not _PREPOSITIONS & set(before[-2:]):
        return False
    if all(t in STOP_WORDS for t in slot_a) or all(t in STOP_WORDS for t in slot_b):
        return False
    if one.numbers and two.numbers and _has_number(slot_a) and _has_number(slot_b):
        return False  # the guard of numbers found them equal
    inner = {stem(t) for t in slot_a}, {stem(t) for t in slot_b}
    if inner[0] & inner[1]:  # "cats" and "stray cats" are one slot filler, put more or less closely
        return False
    left, right = " ".join(slot_a), " ".join(slot_b)
    if _spelled_alike(left, right) or related(left, right):
        return False
    if left.endswith(right) or right.endswith(left):  # a racecar is a car
        return False
    return not any(frozenset((x, y)) in _alike() for x in inner[0] for y in inner[1])


def _has_number(slot: tuple[str, ...]) -> bool:
    return any(t[0].isdecimal() or t in NUMERALS for t in slot)


def _spelled_alike(a: str, b: str) -> bool:
    from rapidfuzz import fuzz

    return fuzz.ratio(a.casefold(), b.casefold()) >= _SPELLING


@cache
def related(a: str, b: str) -> bool:
    """Whether two words or phrases may mean the same, by the shipped table; unknown words may."""
    from brainstorm.embedding.static import default_embedder

    left, right = default_embedder().embed((a, b))
    if not left.any() or not right.any():
        return False
    return float(left @ right) >= _RELATED


@cache
def _alike() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(map(stem, pair.split())) for pair in guard_words()["alike"])
