"""Words less their endings of number and tense, as the guards compare them: "houses" and "house", "planting"."""

from __future__ import annotations

from functools import lru_cache

_VOWELS = frozenset("aeiouy")
_KEPT = ("ss", "us", "is")


@lru_cache(maxsize=100_000)
def root(word: str) -> str:
    """The word less a plural "s", "-ing" or "-ed", and a last "e".

    Unlike `brainstorm.dedup.terms.stem`, which the fitted features use, it keeps "mother" from "moth".
    """
    word = word.removesuffix("'s")
    if len(word) <= 3:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(_KEPT):
        word = word[:-1]
    for ending in ("ing", "ed"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3 and not _VOWELS.isdisjoint(rest):
            doubled = rest[-1] == rest[-2] and rest[-1] not in "slz"
            word = rest[:-1] if doubled else rest
            break
    return word.removesuffix("e") if len(word) > 3 else word


@lru_cache(maxsize=100_000)
def forms(word: str) -> tuple[str, ...]:
    """The word, its root, and where it may be compared ("longer", "longest") or is an adverb, what it comes from."""
    found = [word, root(word)]
    for ending in ("ier", "iest", "er", "est", "ily", "ly"):
        rest = word.removesuffix(ending)
        if rest != word and len(rest) >= 3:
            found.append(rest + "y" if ending[0] == "i" else rest)
            found.append(rest + "e")
            if rest[-1] == rest[-2]:
                found.append(rest[:-1])
            break
    return tuple(dict.fromkeys(found))
