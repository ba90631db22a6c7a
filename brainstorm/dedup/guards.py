"""Never-merge guards: short texts that look alike, and differ in what makes them different ideas."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from brainstorm.dedup.language import is_english, language_share, language_shares, mostly_english
from brainstorm.dedup.marks import NEGATIONS, Marks, proper_nouns
from brainstorm.dedup.numerals import numbers_differ
from brainstorm.dedup.opposites import opposites, phrases
from brainstorm.dedup.order import order_differs
from brainstorm.dedup.reading import Reading
from brainstorm.dedup.roots import forms, root
from brainstorm.dedup.slot import cosine, related, slot_differs, spelled_alike
from brainstorm.dedup.titles import common_words, is_title, telling_words

_SHARED = 0.5
"""Least share of their content words that two texts have in common for the rest to decide."""

_SAMPLE = 200
"""Texts, evenly taken, from which a list's language is told where a text does not tell its own."""

_REMEMBERED = 20_000
"""Texts whose marks are kept, some 5 kB each: rules are asked cluster by cluster, so old ones are not wanted again."""

_FEWER = frozenset(("less", "fewer", "reduce", "lower", "cut", "minimise", "minimize"))
"""Words that turn an opposite back: to waste less is to save."""

_PARTICLES = frozenset(("up", "down", "on", "off", "in", "out"))
"""What goes with a verb and is opposed together with it."""

_SAME_NAME = 0.85
"""Cosine of two names from which they are one: Grandma and Grandmother have 0.91, Paris and London 0.5."""

_SAME_TITLE = 0.5
"""Cosine of two titles from which they may say the same in other words."""


class Guards:
    """Tells which texts of a list may never share a cluster. Answers are remembered by text, not by pair.

    Args:
        readings: the texts, read.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        self._readings = readings
        self._marks: dict[int, Marks] = {}
        self._in_english: dict[int, bool] = {}
        self._list_english: bool | None = None
        self._common_words: frozenset[str] | None = None

    def _of(self, k: int) -> Marks:
        marks = self._marks.get(k)
        if marks is None:
            if len(self._marks) >= _REMEMBERED:
                self._marks.clear()
            marks = self._marks[k] = Marks(self._readings[k])
        return marks

    def apart(self, a: int, b: int) -> bool:
        """Whether texts `a` and `b`, by index, may never share a cluster."""
        return bool(self.rule(a, b))

    def rule(self, a: int, b: int) -> str:
        """The guard that keeps two texts apart, or "".

        One of "numbers", "negation", "opposites", "names", "order", "slot" and "titles"; where one of the texts is not
        in English, of "numbers", "negation" and "slot".
        """
        one, two = self._of(a), self._of(b)
        if one.long or two.long:
            return ""
        if numbers_differ(one.numbers, two.numbers) or _bare_numbers_differ(one, two):
            return "numbers"
        if not (self._english(a) and self._english(b)):
            from brainstorm.dedup.foreign import foreign_rule

            return foreign_rule(one.reading, two.reading)
        if one.signed != two.signed and _signs_differ(one, two):
            return "names"
        if one.lettered and two.lettered and _letters_differ(one.lettered, two.lettered):
            return "names"
        if (one.phrases and two.phrases and _phrases_oppose(one, two)) or _ways_differ(one, two):
            return "opposites"
        opposed = _may_oppose(one, two) or _may_oppose(two, one)
        negated = one.negations != two.negations and _negated(one, two)
        if (opposed or negated) and _shared(one, two) >= _SHARED:
            flipped = opposed and _opposites(one, two)
            if flipped % 2 != negated and not (flipped and _turned_back(one, two)):
                return "opposites" if flipped else "negation"
            if flipped or negated:  # "not open" and "closed" say the same
                return ""
        if one.names and two.names and _names_differ(one, two) and _alike_but_names(one, two):
            return "names"
        if order_differs(one, two):
            return "order"
        if slot_differs(one, two):
            return "slot"
        return "titles" if is_title(one) and is_title(two) and _titles_differ(one, two, self._common()) else ""

    def _english(self, k: int) -> bool:
        found = self._in_english.get(k)
        if found is None:
            reading = self._readings[k]
            told = is_english(reading.text, language_share(reading))
            found = self._in_english[k] = self._mostly_english() if told is None else told
        return found

    def _mostly_english(self) -> bool:
        if self._list_english is None:
            some = [r.text for r in self._readings[:: 1 + len(self._readings) // _SAMPLE]]
            self._list_english = mostly_english(some, language_shares(some))
        return self._list_english

    def _common(self) -> frozenset[str]:
        if self._common_words is None:
            self._common_words = common_words(self._of(k) for k in range(len(self._readings)))
        return self._common_words


def _titles_differ(one: Marks, two: Marks, common: frozenset[str]) -> bool:
    """Whether two titles differ in words that are neither one word nor mean the same."""
    own = telling_words(one, two, common)
    if own is None:
        return False
    left, right = ([marks.spelled[stem] for stem in sorted(words)] for marks, words in ((one, own[0]), (two, own[1])))
    if any(spelled_alike(x, y) for x in left for y in right):
        return False
    if any(related(x, y) for x in left for y in right):
        return False
    return not related(" ".join(left), " ".join(right), _SAME_TITLE)


def _shared(one: Marks, two: Marks) -> float:
    """Jaccard similarity of the content words, opposites counted as one word."""
    a, b = one.content, two.content
    opposed = _opposed(a - b, b - a)
    either = len(a | b) - opposed
    return (len(a & b) + opposed) / either if either else 1.0


def _alike_but_names(one: Marks, two: Marks) -> bool:
    """Whether two texts share half their content words, or two thirds of those that are no names."""
    a, b = (m.content - {root(word.casefold()) for word in m.names} for m in (one, two))
    return len(a & b) >= 2 / 3 * len(a | b) or _shared(one, two) >= _SHARED


def _bare_numbers_differ(one: Marks, two: Marks) -> bool:
    """Whether two texts of nothing but numbers differ in sign, unit or value: "$100" and "100"."""
    return bool(one.numbers and two.numbers) and not one.content and not two.content and one.numbers != two.numbers


def _signs_differ(one: Marks, two: Marks) -> bool:
    """Whether a word of one text ends in a sign that the same word of the other has not: "C++", "C#" and "C"."""
    return any(
        word.rstrip("+#-") in {other.rstrip("+#-") for other in theirs.vocabulary} and word not in theirs.vocabulary
        for mine, theirs in ((one, two), (two, one))
        for word in mine.signed
    )


def _letters_differ(one: frozenset[tuple[str, str]], two: frozenset[tuple[str, str]]) -> bool:
    """Whether one name goes with other letters in each text, neither text's all among the other's."""
    for name in {name for name, _ in one} & {name for name, _ in two}:
        a, b = ({letter for n, letter in letters if n == name} for letters in (one, two))
        if not (a <= b or b <= a):
            return True
    return False


def _phrases_oppose(one: Marks, two: Marks) -> bool:
    """Whether a phrase of the one text stands in the other only as its opposite: "opt in" and "opt out"."""
    return _shared(one, two) >= _SHARED and any(
        phrases()[phrase] in two.phrases and phrases()[phrase] not in one.phrases
        for phrase in one.phrases - two.phrases
    )


def _ways_differ(one: Marks, two: Marks) -> bool:
    """Whether two texts are the same but for one "to" that is a "from"."""
    if len(one.tokens) != len(two.tokens):
        return False
    if not ({"to", "from"} & one.vocabulary and {"to", "from"} & two.vocabulary):
        return False
    unlike = [{x, y} for x, y in zip(one.stems, two.stems, strict=True) if x != y]
    return unlike == [{"to", "from"}]


def _turned_back(one: Marks, two: Marks) -> bool:
    """Whether words in subclauses, or words for less, turn an opposite back into the same."""
    odd = sum(k or 0 for m in (one, two) for k in m.negations) % 2
    fewer = [bool(_FEWER & m.vocabulary) for m in (one, two)]
    more = "more" in one.vocabulary or "more" in two.vocabulary
    return bool(odd) or (fewer[0] != fewer[1] and not more and _opposites(one, two, _FEWER) % 2 == 1)


def _may_oppose(one: Marks, two: Marks) -> bool:
    return bool(one.opposites) and not one.opposites.isdisjoint(two.forms)


def _opposed(a: frozenset[str], b: frozenset[str]) -> int:
    """How many words of the one set meet their opposite in the other."""
    told = frozenset().union(*map(opposites, b))
    forms_b = frozenset(chain.from_iterable(map(forms, b)))
    return sum(not told.isdisjoint(forms(w)) or not opposites(w).isdisjoint(forms_b) for w in a)


def _negated(one: Marks, two: Marks) -> bool:
    """Whether one text negates what the other says: in the main clauses, or in clauses that both have."""
    if one.contrast or two.contrast:
        return False
    (main_a, rest_a), (main_b, rest_b) = one.negations, two.negations
    odd = (main_a + main_b) % 2
    if rest_a is not None and rest_b is not None:
        odd = (odd + rest_a + rest_b) % 2
    return bool(odd)


def _opposites(one: Marks, two: Marks, aside: frozenset[str] = frozenset()) -> int:
    """How many words of one text meet their opposite in the other, negations aside: those are counted as such."""
    a = one.vocabulary - two.vocabulary - NEGATIONS - aside
    b = two.vocabulary - one.vocabulary - NEGATIONS - aside
    found = _opposed(a, b)
    # "speed up" and "slow down" are opposed once
    return found - (found > 1 and not _PARTICLES.isdisjoint(a) and not _PARTICLES.isdisjoint(b))


def _names_differ(one: Marks, two: Marks) -> bool:
    a, b = one.names, two.names
    if not a or not b or a & b == a or a & b == b:
        return False
    words = {t.casefold() for t in one.cased}, {t.casefold() for t in two.cased}
    a = frozenset(n for n in a if n.casefold() not in words[1])
    b = frozenset(n for n in b if n.casefold() not in words[0])
    if not a or not b:
        return False
    if any(_one_spelling(x, y) or cosine(x.casefold(), y.casefold()) >= _SAME_NAME for x in a for y in b):
        return False
    return not any(_initials(x, two) or _initials(y, one) for x in a for y in b)


def _one_spelling(a: str, b: str) -> bool:
    """Whether two names may be one, spelled in two ways; Ireland and Iceland are known for two."""
    both = proper_nouns().issuperset((a.casefold(), b.casefold()))
    return spelled_alike(a, b) and not both


def _initials(name: str, other: Marks) -> bool:
    """Whether `name` is made of the first letters of capitalised words of the other text."""
    return name.isupper() and name in "".join(t[0] for t in other.cased if t[0].isupper())
