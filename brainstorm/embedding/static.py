"""The default embedder: a word table taught by MiniLM, shipped with the package, no network, no model call."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from brainstorm.embedding.wordpiece import WordPiece, plain, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 4096
"""Texts embedded at a time: bounds the memory for their pieces to about 100 MB for long ideas."""

_LONGEST = 4000
"""Pieces of one text that count; a mean over more of them hardly moves."""


class StaticEmbedder:
    """Sums the rows of a text's word pieces: about 100,000 short texts a second on one core.

    The table (`minilm_words.npz`, its source and licence in `minilm_words.json`) knows English. Texts of which
    it knows nothing get a zero row, and `share_known` says how much of a text it does know.

    Args:
        rows: (pieces, dimensions) 8-bit table.
        scale: (pieces,) factor of each row.
        vocabulary: (pieces,) the pieces' spelling.
        name: what results say it was embedded with.
    """

    def __init__(
        self, rows: NDArray[np.int8], scale: NDArray[np.float32], vocabulary: Sequence[str], name: str
    ) -> None:
        self.name = name
        self._rows, self._scale = rows, scale
        self._pieces = WordPiece(vocabulary)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) unit rows; a zero row where no word of a text is known."""
        import numpy as np

        out = np.zeros((len(texts), self._rows.shape[1]), np.float32)
        for start in range(0, len(texts), _BLOCK):
            ids = [self._pieces.rows(text)[:_LONGEST] for text in texts[start : start + _BLOCK]]
            lengths = np.array([len(i) for i in ids])
            some = np.flatnonzero(lengths)
            if not len(some):
                continue
            flat = np.fromiter((r for i in ids for r in i), np.int64, int(lengths.sum()))
            table = self._rows[flat] * self._scale[flat, None]
            starts = np.cumsum(lengths[some]) - lengths[some]
            sums = np.add.reduceat(table, starts, axis=0)
            norms = np.linalg.norm(sums, axis=1, keepdims=True)
            out[start + some] = sums / np.maximum(norms, 1e-12)
        return out

    def embed_words(self, spelled: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) rows of single words, not brought to length 1: rarer words have longer rows."""
        import numpy as np

        out = np.zeros((len(spelled), self._rows.shape[1]), np.float32)
        ids = [self._pieces.rows(word) for word in spelled]
        lengths = np.array([len(i) for i in ids], np.int64)
        some = np.flatnonzero(lengths)
        if len(some):
            flat = np.fromiter((r for i in ids for r in i), np.int64, int(lengths.sum()))
            table = self._rows[flat] * self._scale[flat, None]
            out[some] = np.add.reduceat(table, np.cumsum(lengths[some]) - lengths[some], axis=0)
        return out

    def share_known(self, text: str) -> float:
        """Share of the text's letters, 0..1, in words that the table has whole.

        About 0.9 for English, under 0.5 for most other languages in Latin letters, 0 for other scripts.
        """
        letters = sum(c.isalpha() for c in plain(text))
        if not letters:
            return 1.0
        return min(1.0, sum(len(w) for w in words(text) if self._pieces.whole(w) and w.isalpha()) / letters)


_loading = threading.Lock()
_TABLE = "minilm_words.npz"
_FIRST_WORD = 1996
"""Where words begin in MiniLM's vocabulary, sorted by frequency from there on."""


@cache
def _load() -> StaticEmbedder:
    import numpy as np

    with (files("brainstorm.embedding") / _TABLE).open("rb") as file, np.load(file) as table:
        rows, scale, kept = table["rows"], table["scale"].astype(np.float32), table["kept"]
        vocabulary = table["vocabulary"].tobytes().decode().split("\n")
    return StaticEmbedder(rows, scale, [vocabulary[i] for i in kept], "minilm-words")


def teacher_vocabulary() -> list[str]:
    """All pieces of MiniLM's vocabulary, by their id."""
    import numpy as np

    with (files("brainstorm.embedding") / _TABLE).open("rb") as file, np.load(file) as table:
        return table["vocabulary"].tobytes().decode().split("\n")


@cache
def word_ranks() -> dict[str, int]:
    """Rank of each whole English word by frequency, from 1: about 21,000 words."""
    pieces = teacher_vocabulary()[_FIRST_WORD:]
    return {piece: rank for rank, piece in enumerate(pieces, 1) if not piece.startswith("##")}


def default_embedder() -> StaticEmbedder:
    """The shipped table, read once (about 20 ms, 10 MB) at the first call."""
    with _loading:
        return _load()
