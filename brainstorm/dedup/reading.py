"""What folding reads off one text: its normal form, its words, and the marks of a long answer."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from brainstorm.dedup.lazy import lazy

_MARKUP = re.compile(r"[*_`#>~|]+")
_EDGE = re.compile(r"(?<!\w)[^\w\s$€£¥+\-−~<>=%#@&°]+|[^\w\s$€£¥+%#@&°]+(?!\w)")
"""Punctuation at the edge of a word; signs that carry meaning (-5, C#, 3 %) stay."""
_BULLET = re.compile(r"^\s*(?:[-*•–—]|\(?\d{1,3}[.)])\s+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
"""Soft hyphens, joiners, marks of direction and of how an emoji is drawn: nobody reads them."""
_HAN, _KATAKANA, _HIRAGANA = "々〆\u3400-\u9fff\uf900-\ufaff", "ァ-ヺー", "ぁ-ゖ"
_UNSPACED = re.compile(f"[{_HAN}]|[{_KATAKANA}]+|[{_HIRAGANA}]+|[^{_HAN}{_KATAKANA}{_HIRAGANA}]+")
"""Chinese and Japanese set no spaces: each Han character counts as a word, and each run of kana."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LIST_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,3}[.)])\s", re.MULTILINE)
_HEADING = re.compile(r"\*\*(.+?)\*\*|^#+\s+(.+)$", re.MULTILINE)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")


def bag(words: str) -> frozenset[str]:
    """The set of the words of a string."""
    return frozenset(words.split())


STOP_WORDS = bag(
    "a about all also an and any are as at be been but by can could do does each every for from get give had "
    "has have he her him his how i if in into is it its it's just let like make may me might more most my no "
    "not of off on one or other our out over she should so some somebody someone something such than that the "
    "their them then there these they this those through to too up upon us use used uses using very was we "
    "were what when where which while who whom whose will with without would you your"
)
"""English words that say little of what an idea is about."""


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ]*[.!?]?")
"""A text of letters, digits and spaces, as most short ideas are, is quickly normalised."""


@cache
def _marked() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What is at the edge of a word, and a word, where signs set on letters (as Hindi's vowels) belong to them."""
    marks = "".join(c for c in map(chr, range(0x300, 0x3100)) if unicodedata.category(c)[0] == "M")
    edge = _EDGE.pattern.replace(r"\w", f"\\w{marks}").replace(f"(?<!\\w{marks})", f"(?<![\\w{marks}])")
    edge = edge.replace(f"(?!\\w{marks})", f"(?![\\w{marks}])")
    letter = f"(?:[^\\W_][{marks}]*)"
    return re.compile(edge), re.compile(f"{letter}+(?:['’]{letter}+)*")


def _words(normal: str) -> list[str]:
    """The words of a normal form; where it has none, its signs."""
    if normal.isascii():
        return _WORD.findall(normal) or normal.split()
    found = [part for word in _marked()[1].findall(normal) for part in _UNSPACED.findall(word)]
    return found or list(normal.replace(" ", ""))


def _plain_words(text: str) -> list[str] | None:
    """The words of a text that is plain, commas aside."""
    text = text.replace(", ", " ")
    return text.rstrip(".!?").lower().split() if _PLAIN.fullmatch(text) else None


def normalise(text: str) -> str:
    """The form in which two texts that differ only in case, spacing, bullets or edge punctuation are equal."""
    if words := _plain_words(text):
        return " ".join(words)
    edge = _EDGE
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        edge = _marked()[0]
    given = text
    if bullet := _BULLET.match(text):
        text = text[bullet.end() :]
    if "*" in text or "\n" in text:
        text = _MARKUP.sub(" ", text)
    # a text of signs alone, "🎁" or "?!", is what its signs are
    return " ".join(edge.sub(" ", text).casefold().split()) or " ".join(given.split())


COMPARED = 100_000
"""Characters of a text that are compared, its first ones; texts that differ only further on are no exact copies."""


class Reading:
    """One text, read once. Parts that only some texts need are worked out when first asked for.

    Attributes:
        text: the text, as far as it is compared.
        normal: its normal form.
        words: its words, in lower case.
        plain: whether it is made of letters, digits and spaces.
    """

    def __init__(self, text: str) -> None:
        rest, text = text[COMPARED:], text[:COMPARED]
        self.text = text
        words = _plain_words(text)
        self.plain = words is not None and "," not in text
        self.normal = normalise(text) if words is None else " ".join(words)
        self.words = tuple(_words(self.normal) if words is None else words)
        if rest:
            self.normal += " " + hashlib.sha256(rest.encode("utf-8", "replace")).hexdigest()

    @lazy
    def spaced(self) -> str:
        """The words, a space between."""
        return " ".join(self.words)

    @lazy
    def sorted_words(self) -> str:
        """The words in order of the alphabet, a space between."""
        return " ".join(sorted(self.words))

    @property
    def length(self) -> int:
        """Words, at least 1."""
        return max(1, len(self.words))

    @lazy
    def vocabulary(self) -> frozenset[str]:
        """The distinct words."""
        return frozenset(self.words)

    @lazy
    def triples(self) -> frozenset[tuple[str, ...]]:
        """Every run of three words."""
        return frozenset(zip(self.words, self.words[1:], self.words[2:], strict=False))

    @lazy
    def names(self) -> frozenset[str]:
        """Capitalised words inside sentences."""
        return frozenset(_NAME.findall(self.text))

    @lazy
    def headings(self) -> frozenset[str]:
        """Bold phrases and headings, normalised."""
        return frozenset(normalise(a or b) for a, b in _HEADING.findall(self.text))

    @lazy
    def list_items(self) -> int:
        """Lines that are items of a list."""
        return len(_LIST_ITEM.findall(self.text))

    @lazy
    def opening(self) -> str:
        """The first sentence of at least three words."""
        return next((s for s in _SENTENCE.split(self.text) if len(s.split()) >= 3), self.text)


def read(text: str) -> Reading:
    """Reads one text."""
    return Reading(text)


def read_all(texts: Sequence[str]) -> list[Reading]:
    """Reads texts in order."""
    return [Reading(text) for text in texts]
