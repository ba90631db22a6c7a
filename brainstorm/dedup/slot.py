"""The slot of a shared template: "a café for cats" and "a café for dogs"."""

from __future__ import annotations

from functools import cache, lru_cache

from brainstorm.dedup.kinds import differ_in_kind, is_food
from brainstorm.dedup.marks import Marks, proper_nouns
from brainstorm.dedup.numerals import NUMERALS, is_unit
from brainstorm.dedup.opposites import guard_words
from brainstorm.dedup.reading import STOP_WORDS, bag
from brainstorm.dedup.roots import root
from brainstorm.embedding.static import word_ranks

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

_UNRELATED = 0.35
"""Cosine under which two words have nothing to do with each other: enough where a template is short."""

_SAME_NAME = 0.8
"""Cosine of two people's names from which they may be one: people known for the same things have up to 0.7."""

_ASKING = bag("does do is are can will should did was were")
_NO_NOUN_FIRST = bag("as for in on at by to with from if when while do don't not never let")


def slot_differs(one: Marks, two: Marks) -> bool:
    """Whether the texts are one template with unlike words in one slot."""
    a, b = one.tokens, two.tokens
    if abs(len(a) - len(b)) >= _SLOT_WORDS or not a or not b:
        return False
    start = _alike_from_left(one.stems, two.stems)
    end = _alike_from_left(one.stems[start:][::-1], two.stems[start:][::-1])
    slot_a, slot_b = a[start : len(a) - end], b[start : len(b) - end]
    template = a[:start] + a[len(a) - end :]
    if not (1 <= len(slot_a) <= _SLOT_WORDS and 1 <= len(slot_b) <= _SLOT_WORDS):
        return False
    if STOP_WORDS.issuperset(slot_a) or STOP_WORDS.issuperset(slot_b):
        return False
    if one.numbers and two.numbers and _has_number(slot_a) and _has_number(slot_b):
        return False  # the guard of numbers found them equal
    if one.numbers and one.numbers == two.numbers and all(map(is_unit, (*slot_a, *slot_b))):
        return False
    inner = {root(t) for t in slot_a}, {root(t) for t in slot_b}
    if inner[0] & inner[1]:  # "cats" and "stray cats" are one slot filler, put more or less closely
        return False
    left, right = " ".join(slot_a), " ".join(slot_b)
    if spelled_alike(left, right) or left.endswith(right) or right.endswith(left):  # a racecar is a car
        return False
    if any(frozenset((x, y)) in _alike() for x in inner[0] for y in inner[1]):
        return False
    single = len(slot_a) == len(slot_b) == 1
    if not _is_template(a[:start], template):
        if single:
            return _noun_phrases_differ(one, two, start, template)
        return not end and len(slot_a) == len(slot_b) and _objects_differ(one, two, start)
    return not related(left, right) or (single and differ_in_kind(left, right, cosine(left, right)))


def _alike_from_left(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """How many words two texts begin with alike."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


def _is_template(before: tuple[str, ...], template: tuple[str, ...]) -> bool:
    """Whether what is around a slot is telling enough, whatever kind of text it is."""
    solid = sum(t not in STOP_WORDS for t in template)
    if len(template) < _TEMPLATE_WORDS or all(t in STOP_WORDS for t in before):
        return False  # what comes first in a text, "keep a door open" and "prop a door open", is no slot
    return solid >= 2 or len(template) >= _LONG_TEMPLATE or bool(_PREPOSITIONS & set(before[-2:]))


def _noun_phrases_differ(one: Marks, two: Marks, at: int, template: tuple[str, ...]) -> bool:
    """Whether two short noun phrases differ in one word, at place `at`, that makes them name unlike things.

    Their first word may, other than that of a request: "tomato risotto" and "pea risotto".
    """
    if not (_names_a_thing(one) and _names_a_thing(two)):
        return False
    left, right = one.tokens[at], two.tokens[at]
    solid = sum(t not in STOP_WORDS for t in template)
    if not solid:
        return False
    near = cosine(left, right)
    if differ_in_kind(left, right, near):  # people do put a "cat toy" and a "dog toy" together
        return solid > 1 or len(template) > 2 or (is_food(left) and is_food(right))
    if near >= _UNRELATED or left in _verbs() or right in _verbs():
        return False
    last = at == len(one.tokens) - 1
    return (last and at > 1 and one.tokens[at - 1] in _PREPOSITIONS) or (
        not last and solid > 2 - (one.tokens[0] in _ASKING)
    )


def _objects_differ(one: Marks, two: Marks, at: int) -> bool:
    """Whether two texts differ in two words after a preposition: names, or what two noun phrases end in."""
    if at < 2 or one.tokens[at - 1] not in _PREPOSITIONS:
        return False
    named = _ends_in_name(one, at) and _ends_in_name(two, at)
    if not (named or (_names_a_thing(one) and _names_a_thing(two))):
        return False
    least = _SAME_NAME if named else _UNRELATED
    return cosine(" ".join(one.tokens[at:]), " ".join(two.tokens[at:])) < least


def _ends_in_name(marks: Marks, at: int) -> bool:
    """Whether the words from `at` on are capitalised, and one is known as a name or not known at all."""
    known = word_ranks()
    words = marks.cased[at:]
    return all(w[0].isupper() for w in words) and any(
        w.casefold() in proper_nouns() or w.casefold() not in known for w in words
    )


def _names_a_thing(marks: Marks) -> bool:
    """Whether a text reads as a noun phrase or a question: its first word asks for nothing to be done."""
    first = marks.ordered[0] if marks.ordered else ""
    return not (first in _verbs() or first in _NO_NOUN_FIRST or first.endswith("ing") or "it" in marks.vocabulary)


@cache
def _verbs() -> frozenset[str]:
    return frozenset(guard_words()["verbs"].split()) - {"does", "do"}


def _has_number(slot: tuple[str, ...]) -> bool:
    return any(t[0].isdecimal() or t in NUMERALS for t in slot)


def spelled_alike(a: str, b: str) -> bool:
    """Whether two words may be one, spelled in two ways."""
    from rapidfuzz import fuzz

    return fuzz.ratio(a.casefold(), b.casefold()) >= _SPELLING


@lru_cache(maxsize=100_000)
def cosine(a: str, b: str) -> float:
    """That of two words or phrases in the shipped table; 1 where it does not know one of them."""
    from brainstorm.embedding.static import default_embedder

    left, right = default_embedder().embed((a, b))
    return float(left @ right) if left.any() and right.any() else 1.0


def related(a: str, b: str, least: float = _RELATED) -> bool:
    """Whether two words or phrases may mean the same, by the shipped table; unknown words may."""
    return cosine(a, b) >= least


@cache
def _alike() -> frozenset[frozenset[str]]:
    return frozenset(frozenset(map(root, pair.split())) for pair in guard_words()["alike"])
