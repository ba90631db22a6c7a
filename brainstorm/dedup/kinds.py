"""Things of different kinds, as WordNet has them: a tomato and a pea, a puppy and a kitten, a tenant and a landlord."""

from __future__ import annotations

from functools import cache

from brainstorm.dedup.opposites import guard_words

_NEAR = {"an": 0.8, "fo": 0.8, "pl": 0.8, "pe": 0.62, "ar": 0.5, "su": 0.5}
"""By field (animal, food, plant, person, artifact, substance): the cosine in the shipped table from which two words
may be one kind after all. Animals, food and plants have kinds of their own; persons are called by what they do, and
one may do several things; of made things only those right beside each other in WordNet are told apart."""

_LOOSE = frozenset(
    ("bug", "pest", "critter", "guest", "visitor", "neighbour", "neighbor", "local", "resident", "adult")
)
"""Words that people use more widely than WordNet has them."""

_BESIDE = frozenset(("ar", "su"))


@cache
def _tree() -> tuple[dict[str, tuple[int, ...]], list[frozenset[int]], list[str], list[frozenset[int]]]:
    """Each word's places; and of each place what is above it, its field, and what is right above it."""
    places: dict[str, list[int]] = {}
    above: list[frozenset[int]] = []
    field: list[str] = []
    right: list[frozenset[int]] = []
    for at, line in enumerate(guard_words()["kinds"]):
        words, _, rest = line.partition("|")
        for word in words.split():
            places.setdefault(word, []).append(at)
        ups = frozenset(int(up) for up in rest.split() if up.isdecimal())
        above.append(ups.union(*(above[up] for up in ups)))
        field.append(next((field[up] for up in ups), rest[:2]))
        right.append(ups)
    return {word: tuple(found) for word, found in places.items()}, above, field, right


@cache
def _places(word: str) -> tuple[int, ...]:
    words = _tree()[0]
    for ending, instead in (("", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man")):
        if word.endswith(ending) and (found := words.get(word.removesuffix(ending) + instead)):
            return found
    return ()


def is_food(word: str) -> bool:
    """Whether a word names something to eat or drink."""
    field = _tree()[2]
    return any(field[at] == "fo" for at in _places(word))


def differ_in_kind(a: str, b: str, cosine: float) -> bool:
    """Whether two words name things of one field that are of different kinds, by all their senses.

    Args:
        a: a word in lower case, singular or plural.
        b: another.
        cosine: that of the two in the shipped table.
    """
    _, above, field, right = _tree()
    one, two = _places(a), _places(b)
    if not one or not two or a.removesuffix("s") in _LOOSE or b.removesuffix("s") in _LOOSE:
        return False
    for x in one:
        for y in two:
            if x == y or x in above[y] or y in above[x]:
                return False
    for x, y in ((x, y) for x in one for y in two if field[x] == field[y]):
        if not (above[x] and above[y]):  # a pet may be a dog, though WordNet has the one by its use, the other by kin
            return False
        if field[x] in _BESIDE and not right[x] & right[y]:
            continue
        if cosine < _NEAR[field[x]]:
            return True
    return False
