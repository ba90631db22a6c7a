"""Text to words to word pieces: the small, cached tokenizer of the static embedding table.

Whole words are looked up once and remembered, which on lists of ideas is several times faster than a general
tokenizer. Punctuation carries no meaning here and is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from itertools import chain

_WORD = re.compile(r"[^\W_]+")
_LETTERS = bytes(ord(chr(k).lower()) if k < 128 and chr(k).isalnum() else ord(" ") for k in range(256))
"""ASCII in lower case, with spaces for all but letters and digits."""
_MAX_WORD = 60
"""Longer runs of letters (keys, hashes) are not words, and would be slow to take apart."""


def plain(text: str) -> str:
    """Lower case without accents, as the vocabulary is spelled."""
    text = text.lower()
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def words(text: str) -> list[str]:
    """The words and numbers of a text, lower case, without accents and punctuation."""
    if text.isascii():  # the same, quicker
        return text.encode().translate(_LETTERS).decode().split()
    return _WORD.findall(plain(text))


class WordPiece:
    """Splits words into the longest pieces that the vocabulary knows, from the left.

    Args:
        vocabulary: the pieces, by row of the table; those that continue a word start with "##".
        limit: most words to remember; past it the memory starts afresh.
    """

    def __init__(self, vocabulary: Sequence[str], limit: int = 200_000) -> None:
        self._row = {piece: row for row, piece in enumerate(vocabulary)}
        self._whole = {piece: row for piece, row in self._row.items() if not piece.startswith("##")}
        self._limit = limit
        self._known: dict[str, tuple[int, ...]] = {}

    def pieces(self, word: str) -> tuple[int, ...]:
        """Rows of the word's pieces; empty where a letter of it is unknown."""
        found = self._known.get(word)
        if found is None:
            if len(self._known) >= self._limit:
                self._known.clear()
            found = self._known[word] = self._split(word)
        return found

    def has_whole(self, spelled: Set[str]) -> bool:
        """Whether the vocabulary has each of some words as one piece."""
        return self._whole.keys() >= spelled

    def rows(self, text: str) -> list[int]:
        """Rows of all pieces of a text, in order; unknown words are left out."""
        return self.rows_and_share(text)[0]

    def rows_and_share(self, text: str) -> tuple[list[int], float]:
        """The rows, and the share of the text's letters in words known in one piece, 0..1."""
        spelled = words(text)
        try:
            whole = [self._whole[word] for word in spelled]
        except KeyError:
            whole = []
        if whole:
            return whole, 1.0
        known = self._known
        try:
            pieces = [known[word] for word in spelled]
        except KeyError:
            pieces = [self.pieces(word) for word in spelled]
        rows = list(chain.from_iterable(pieces))
        if len(rows) == len(spelled) and () not in pieces:
            return rows, 1.0 if spelled else float(text.isascii())
        letters = in_one = 0
        for word, found in zip(spelled, pieces, strict=True):
            letters += len(word)
            if len(found) == 1 or word.isdigit():
                in_one += len(word)
        return rows, in_one / letters

    def _split(self, word: str) -> tuple[int, ...]:
        if len(word) > _MAX_WORD:
            return ()
        rows: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                row = self._row.get(("##" if start else "") + word[start:end])
                if row is not None:
                    rows.append(row)
                    start = end
                    break
            else:
                return ()
        return tuple(rows)
