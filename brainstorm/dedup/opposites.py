"""Words that mean opposite things: listed in `guard_words.json`, or told by a prefix or by "-less"."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from brainstorm.dedup.reading import bag
from brainstorm.dedup.roots import forms, root

_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "anti")
_SHORTEST = 4
"""Letters of a word that a prefix may turn round: shorter ones make chance finds."""


_NOT_TURNED = bag(
    "inflammable invaluable inform invest impress import improve improvise increase intense intend intent install "
    "instill inside input inspire uncle under union unique discover discount display discuss distress disease "
    "disguise dispatch antique iron"
)
"""Words that begin as if turned round, and are not."""


@cache
def guard_words() -> dict[str, Any]:
    """The lists that the guards go by, read once."""
    data: dict[str, Any] = json.loads((files("brainstorm.dedup") / "guard_words.json").read_text("utf-8"))
    return data


@cache
def _listed() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    groups = [pair.split() for pair in guard_words()["pairs"]] + [s.split() for s in guard_words()["sets"]]
    for words in groups:
        for a in words:
            for b in words:
                if a != b:
                    found.setdefault(a, set()).update((b, root(b)))
                    found.setdefault(root(a), set()).update((b, root(b)))
    return {word: frozenset(others - {word}) for word, others in found.items()}


@lru_cache(maxsize=100_000)
def opposites(word: str) -> frozenset[str]:
    """Words and stems opposite to a word; of "happy" and "unhappy" only the longer one names the other."""
    found: set[str] = set().union(*(_listed().get(form, ()) for form in forms(word)))
    for prefix in () if word in _NOT_TURNED else _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= _SHORTEST:
            found.add(rest)
    if word.endswith("less") and len(word) >= 4 + _SHORTEST - 1:
        rest = word.removesuffix("less")
        found |= {rest, rest + "ful"}
    return frozenset(found)


@cache
def phrases() -> dict[tuple[str, str], tuple[str, str]]:
    """Two words side by side, and what they are opposed to: "opt in", "opt out"."""
    found = {}
    for line in guard_words()["phrases"]:
        one, two = (tuple(phrase.split()) for phrase in line.split("|"))
        found[one], found[two] = two, one
    return found


@cache
def phrase_ends() -> frozenset[str]:
    """The words that a phrase of `phrases` ends in."""
    return frozenset(last for _, last in phrases())
