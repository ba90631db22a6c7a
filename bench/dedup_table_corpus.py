"""The text on which the default embedding table learns: WordNet, and idea-like phrases made from its words.

WordNet 3.0 (Princeton; its licence lets anyone use it for any purpose) is read from Debian's `wordnet-base`.
Nothing here comes from the labelled sets that folding is measured on.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")
_PROPER_FILES = {18, 15}
"""Lexicographer files noun.person and noun.location: many of their glosses are lists of dates."""

_PHRASES = (
    "use it as a {thing}",
    "use the {thing} as a {thing2}",
    "turn the {thing} into a {thing2}",
    "make a {thing} out of it",
    "a {thing} for {things2}",
    "{adj} {thing} that can {verb} a {thing2}",
    "{verb} the {thing} with a {thing2}",
    "{verb} {things}",
    "fill it with {things} and {verb} it",
    "an app that helps people {verb} their {thing}",
    "a {adj} {thing}",
    "put {things} inside the {thing2}",
    "teach {people} how to {verb} a {thing}",
    "{verb} more {things} to save {stuff}",
    "stop using {things} and {verb} {things2} instead",
    "a story about a {people} who {verb}s a {thing}",
    "to {verb} {stuff}",
    "wear it as a {thing}",
    "sell {adj} {things} to {people}s online",
    "a {thing} shaped like a {thing2}",
    "{stuff} made of {stuff2}",
    "hang it on the {thing} for {stuff}",
    "give it to a {people}",
    "the {adj} {people} and the {thing}",
    "a service where {people}s share {things} for {stuff}",
    "I would {verb} the {thing}, then {verb2} it",
    "throw it at a {people}",
    "reduce the {stuff} of {things}",
    "{thing} {thing2}",
    "a {thing} or a {thing2}",
)


@dataclass(frozen=True, slots=True)
class Sense:
    """One synset: its words, what it means, how it is used."""

    kind: str
    lexfile: int
    words: tuple[str, ...]
    gloss: str
    examples: tuple[str, ...]


def senses(folder: Path = WORDNET) -> list[Sense]:
    """Every synset of WordNet, in file order."""
    found = []
    for kind in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{kind}").read_text("utf-8").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            count = int(fields[3], 16)
            words = tuple(re.sub(r"\(.*\)", "", w).replace("_", " ") for w in fields[4 : 4 + 2 * count : 2])
            examples = tuple(e.strip() for e in re.findall(r'"([^"]+)"', gloss))
            meaning = gloss.split('; "')[0].strip(" ;")
            found.append(Sense(kind, int(fields[1]), words, meaning, examples))
    return found


def counts(folder: Path = WORDNET) -> dict[str, int]:
    """How often each word was seen in WordNet's tagged text, over all its senses."""
    seen: dict[str, int] = {}
    for line in (folder / "cntlist.rev").read_text("utf-8").splitlines():
        key, _, number = line.split()
        word = key.split("%")[0].replace("_", " ")
        seen[word] = seen.get(word, 0) + int(number)
    return seen


def corpus(phrases: int = 120_000, seed: int = 0) -> list[str]:
    """Distinct training texts, in a fixed order: glosses, examples, words, and `phrases` made-up ideas."""
    rng = random.Random(seed)
    wordnet, seen = senses(), counts()
    texts: dict[str, None] = {}
    things, stuff, people, verbs, adjectives = [], [], [], [], []
    for sense in wordnet:
        proper = sense.words[0][:1].isupper()
        if not (proper and sense.lexfile in _PROPER_FILES):
            texts[sense.gloss] = None
            texts[f"{sense.words[0]}: {sense.gloss}"] = None
        for example in sense.examples:
            texts[example] = None
        for word in sense.words:
            if seen.get(word.lower(), 0) or not proper:
                texts[word] = None
            weight = 1 + min(seen.get(word.lower(), 0), 8)
            if proper or len(word) < 3 or (" " in word and weight == 1):
                continue
            if sense.kind == "noun" and sense.lexfile in {6, 13, 20, 5, 8}:
                things += [word] * weight
            elif sense.kind == "noun" and sense.lexfile == 18 and " " not in word:
                people += [word] * weight
            elif sense.kind == "noun" and sense.lexfile in {4, 7, 9, 12, 26, 27} and " " not in word:
                stuff += [word] * weight
            elif sense.kind == "verb":
                verbs += [word] * weight
            elif sense.kind == "adj" and " " not in word:
                adjectives += [word] * weight
    target = len(texts) + phrases
    while len(texts) < target:
        slots = {
            "thing": rng.choice(things), "thing2": rng.choice(things), "things": rng.choice(things) + "s",
            "things2": rng.choice(things) + "s", "stuff": rng.choice(stuff), "stuff2": rng.choice(stuff),
            "people": rng.choice(people), "verb": rng.choice(verbs), "verb2": rng.choice(verbs),
            "adj": rng.choice(adjectives),
        }  # fmt: skip
        texts[rng.choice(_PHRASES).format(**slots)] = None
    return list(texts)
