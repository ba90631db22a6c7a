"""Which texts are English: the shipped table and most guards know no other language."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from brainstorm.dedup.reading import Reading, bag
from brainstorm.embedding.static import word_ranks
from brainstorm.embedding.wordpiece import plain, words

_WHOLE = 0.5
"""Least share of an English text's letters in whole words of the table: 0.88 to 0.9 over the English lists measured,
0.37 and less over German, French, Spanish, Italian, Dutch, Polish and Finnish ones; single texts scatter."""

_SOME = 0.4
"""The same over a list of which no text tells its language: 0 to 0.4 for texts of other languages without any of
the little words below."""

_ENGLISH = bag(
    "the and to with that your you from this are be it its into out how by their they who which what when where "
    "make use using have has can"
)
"""Little words of English that are none, or rare, in the languages below."""

_FOREIGN = bag(
    # German, Dutch, the Scandinavian languages
    "der das und ein eine einen einem einer fur mit von zu auf nicht ist im den dem zum zur oder uber aus bei wie "
    "de het een en van voor met op te niet om naar er zijn ook aan bij uit "
    "og et til av af pa som ikke ett och att det av pa i jag vi oss ei nye ny "
    # French, Spanish, Italian, Portuguese
    "le la les du des une un et pour avec sur dans est qui aux au sans el los las una unos para con por del que y "
    "il lo gli di della dei delle per che nel alla e o os uma com do da dos das em nao ao "
    # Polish, Czech, Finnish, Turkish, Indonesian
    "w z na dla sie nie ze przez ve bir icin ile ja ei joka dan untuk yang dengan di pro se ktery"
) - bag("a i in on or of for is as at over under not do me her his due o e y z w se per pro")
"""Little words, without accents, that give other languages away."""

_TELLING_LETTERS = frozenset("äöüßåøæœñãõłśżźćęąğışěřůčžőű")
"""Letters that English borrows in few words only."""

_ENOUGH_WORDS = 8
"""Distinct words of a list from which its language is judged: "door stop" is English, rare words though they are."""


_ARTICLES = frozenset(("a", "an", "the"))
_MOSTLY = 2 / 3
"""Share of the texts that begin with an English article from which a list that tells nothing else is English."""

_PIECE, _RARE = 3, 8000
"""Fewest letters of a part of a compound, and the place among the table's words from which a part is too rare."""


def language_shares(texts: Sequence[str]) -> list[float]:
    """The share of each text's letters in words that the shipped table has whole, 0..1."""
    from brainstorm.embedding.static import default_embedder

    return default_embedder().known_shares(texts)


def language_share(reading: Reading) -> float:
    """The same of one text."""
    from brainstorm.embedding.static import default_embedder

    if reading.plain and default_embedder().has_whole(reading.vocabulary):
        return 1.0
    return language_shares([reading.text])[0]


def are_english(texts: Sequence[str], shares: Sequence[float]) -> list[bool]:
    """Whether each text is English: judged by itself, or where it does not tell, as the rest of the list is.

    Args:
        texts: n texts.
        shares: (n,) as `language_shares` tells them.
    """
    judged = [is_english(text, share) for text, share in zip(texts, shares, strict=True)]
    if None not in judged:
        return [bool(one) for one in judged]
    rest = _most(judged, texts, shares)
    return [rest if one is None else one for one in judged]


def mostly_english(texts: Sequence[str], shares: Sequence[float]) -> bool:
    """Whether most of the texts that tell their language are English; too few words count as English."""
    return _most([is_english(text, share) for text, share in zip(texts, shares, strict=True)], texts, shares)


def _most(judged: Sequence[bool | None], texts: Sequence[str], shares: Sequence[float]) -> bool:
    told = [one for one in judged if one is not None]
    if told:
        return 2 * sum(told) >= len(told)
    distinct = dict(zip(texts, shares, strict=True))
    spelled = {text: words(text) for text in distinct}
    if len(set(chain.from_iterable(spelled.values()))) < _ENOUGH_WORDS:
        return True
    articles = sum(text.isascii() and told[0] in _ARTICLES for text, told in spelled.items() if len(told) > 1)
    known = sum(max(share, _compound_share(spelled[text])) for text, share in distinct.items())
    return articles >= _MOSTLY * len(distinct) or known >= _SOME * len(distinct)


def _compound_share(spelled: Sequence[str]) -> float:
    """The share of letters that are in English words, or in words put together from two of them, 0..1."""
    ranks = word_ranks()
    known = sum(len(word) for word in spelled if word in ranks or _is_compound(word))
    return known / max(1, sum(map(len, spelled)))


def _is_compound(word: str) -> bool:
    """Whether a word is two common English ones written together: "doorstop", "birdhouse"."""
    ranks = word_ranks()
    return any(
        ranks.get(word[:at], _RARE) < _RARE and ranks.get(word[at:].removesuffix("s"), _RARE) < _RARE
        for at in range(_PIECE, len(word) - _PIECE + 1)
    )


def is_english(text: str, share: float) -> bool | None:
    """Whether a text is English, as far as it can tell by itself."""
    if share >= 0.9 and text.isascii():
        told = text.lower().split()
        if _FOREIGN.isdisjoint(told):
            return True
        foreign = len(_FOREIGN.intersection(told))
        if foreign <= len(_ENGLISH.intersection(told)):
            return True
        return None if foreign == 1 else False
    spelled = words(text)
    if not spelled:
        return True
    if share == 0 and not any("a" <= c <= "z" for c in plain(text)):
        return all(word.isdigit() for word in spelled)
    english = sum(word in _ENGLISH for word in spelled)
    foreign = sum(word in _FOREIGN for word in spelled)
    if share < _WHOLE and not text.isascii():
        foreign += not _TELLING_LETTERS.isdisjoint(text.casefold())
    if foreign > english:  # one such word in known ones, "a la carte menu", may be borrowed
        return None if foreign == 1 and share >= _WHOLE else False
    if share >= _WHOLE or english > foreign:
        return True
    return None
