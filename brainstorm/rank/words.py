"""The words of a text, as ranking counts them."""

from __future__ import annotations

import re
from string import punctuation
from typing import Final

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
unspaced: Final = re.compile(f"[{_UNSPACED}]+").search
"""Finds a run of characters of scripts that set no spaces between words."""

_WORD = re.compile(rf"[{_UNSPACED}]+|[^\s{_UNSPACED}]+")
_EDGES: Final = punctuation + "“”‘’«»…–—·、。，！？「」『』（）：；"


def words(text: str) -> list[str]:
    """Words in order, in lower case; pairs of neighbouring characters where no spaces are set (Chinese, Thai)."""
    if text.isascii():
        return [word for piece in text.casefold().split() if (word := piece.strip(_EDGES))]
    found: list[str] = []
    for piece in _WORD.findall(text.casefold()):
        if unspaced(piece):
            found += [piece[i : i + 2] for i in range(max(1, len(piece) - 1))]
        elif word := piece.strip(_EDGES):
            found.append(word)
    return found
