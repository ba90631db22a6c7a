"""The default embedder: a word table taught by MiniLM, shipped with the package, no network, no model call."""

from __future__ import annotations

import threading
from collections.abc import Sequence, Set
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING

from brainstorm.embedding.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK = 4096
"""Texts embedded at a time: bounds the memory for their pieces to about 100 MB for long ideas."""

_MANY = 1000
"""Pieces from which one sparse product is quicker than gathering their rows."""

_LONGEST = 4000
"""Pieces of one text that count; a mean over more of them hardly moves."""


class StaticEmbedder:
    """Sums the rows of a text's word pieces: about 100,000 short texts a second on one core.

    The table (`minilm_words.npz`, its source and licence in `minilm_words.json`) knows English. Texts of which
    it knows nothing get a zero row, and `embed_and_know` says how much of a text it does know.

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
        return self.embed_and_know(texts)[0]

    def embed_and_know(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The rows of `embed`, and (n,) the share of each text's letters in words that the table has whole.

        The share is about 0.9 for English, under 0.5 for most other languages in Latin letters, 0 for others.
        """
        import numpy as np

        if len(texts) > _BLOCK:
            out = np.empty((len(texts), self._rows.shape[1]), np.float32)
            shares = np.empty(len(texts), np.float32)
            for start in range(0, len(texts), _BLOCK):
                block = slice(start, start + _BLOCK)
                out[block], shares[block] = self.embed_and_know(texts[block])
            return out, shares
        read = [self._pieces.rows_and_share(text) for text in texts]
        sums = self._sums([rows[:_LONGEST] for rows, _ in read])
        norms = np.sqrt(np.einsum("nd,nd->n", sums, sums))
        sums /= np.maximum(norms, 1e-12)[:, None]
        return sums, np.array([share for _, share in read], np.float32)

    def known_shares(self, texts: Sequence[str]) -> list[float]:
        """The shares of `embed_and_know` alone."""
        return [self._pieces.rows_and_share(text)[1] for text in texts]

    def has_whole(self, spelled: Set[str]) -> bool:
        """Whether the table has each of some words, in lower case, whole."""
        return self._pieces.has_whole(spelled)

    def _sums(self, ids: list[list[int]]) -> NDArray[np.float32]:
        """(len(ids), dimensions) sums of the rows of each text's pieces."""
        import numpy as np

        lengths = np.fromiter(map(len, ids), np.int64, len(ids))
        flat = np.fromiter(chain.from_iterable(ids), np.int64, int(lengths.sum()))
        if len(flat) > _MANY:
            from scipy.sparse import csr_array

            used = np.zeros(len(self._rows), bool)
            used[flat] = True
            column = np.cumsum(used, dtype=np.int32) - 1
            starts = np.r_[0, np.cumsum(lengths)]
            picks = csr_array((self._scale[flat], column[flat], starts), shape=(len(ids), int(column[-1]) + 1))
            many: NDArray[np.float32] = picks @ self._rows[used].astype(np.float32)
            return many
        out = np.zeros((len(ids), self._rows.shape[1]), np.float32)
        some = np.flatnonzero(lengths)
        if len(some):
            table = self._rows[flat] * self._scale[flat, None]
            out[some] = np.add.reduceat(table, (np.cumsum(lengths) - lengths)[some], axis=0)
        return out

    def embed_words(self, spelled: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimensions) rows of single words in lower case, not brought to length 1: rarer words' are longer."""
        return self._sums([list(self._pieces.pieces(word)) for word in spelled])


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
        spelled: str = table["vocabulary"].tobytes().decode()
    return spelled.split("\n")


@cache
def word_ranks() -> dict[str, int]:
    """Rank of each whole English word by frequency, from 1: about 21,000 words."""
    pieces = teacher_vocabulary()[_FIRST_WORD:]
    return {piece: rank for rank, piece in enumerate(pieces, 1) if not piece.startswith("##")}


def default_embedder() -> StaticEmbedder:
    """The shipped table, read once (about 20 ms, 10 MB) at the first call."""
    with _loading:
        return _load()
