"""Titles and names: in a list of them the words that most share ("The ... Bakery") tell nothing apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from brainstorm.dedup.marks import Marks
from brainstorm.dedup.reading import STOP_WORDS

TITLE_WORDS = 6
"""Most words of a title."""

COMMON_SHARE = 0.08
"""Share of a list's titles in which a word stands for it to count as the list's own, and at least three times."""


def is_title(marks: Marks) -> bool:
    """Whether a text is two to six words, each that says something with a capital: "The Salt & Rye Window"."""
    if marks.letters and len(marks.tokens) > TITLE_WORDS:
        return False
    words = [w for w in marks.cased if w[0].isalpha()]
    telling = [w for w in words if w.casefold() not in STOP_WORDS]
    return 2 <= len(words) <= TITLE_WORDS and bool(telling) and all(w[0].isupper() for w in telling)


def common_words(texts: Iterable[Marks]) -> frozenset[str]:
    """Stems of the words that a list's titles share."""
    titles = [marks for marks in texts if not marks.long and is_title(marks)]
    counts = Counter(stem for marks in titles for stem in marks.content)
    return frozenset(stem for stem, n in counts.items() if n >= max(3, COMMON_SHARE * len(titles)))


def telling_words(one: Marks, two: Marks, common: frozenset[str]) -> tuple[frozenset[str], frozenset[str]] | None:
    """The words in which two titles differ, where each has its own and they share none; else `None`.

    A title of common words alone ("The Robot Bakery") differs from another by the other's words, unless the other
    says all of it and more ("The Little Robot Bakery").
    """
    own = one.content - common, two.content - common
    if own[0] & own[1]:
        return None
    if not (own[0] or own[1]):  # all of it is common: then it tells as it would without the list
        return None if one.content & two.content else (one.content, two.content)
    if not own[0] or not own[1]:
        less, more = (one.content, two.content) if not own[0] else (two.content, one.content)
        return None if less <= more else own
    return own
