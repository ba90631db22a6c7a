"""What JSON is read into, and what hears of it."""

from __future__ import annotations

import re
from typing import Protocol


class Str(str):
    """A string value; `cut` when the reply ended inside it."""

    __slots__ = ("cut",)
    cut: bool


class Number(str):
    """A number, or a bare word, exactly as written; `cut` when the reply ended right behind it."""

    cut = False


class Array:
    """A list under construction."""

    __slots__ = ("cut", "items", "key", "parent", "spoken")

    def __init__(self, parent: Array | Object | None, key: str | None) -> None:
        self.parent, self.key = parent, key
        self.items: list[Value] = []
        self.spoken = False
        self.cut = False


class Object:
    """A mapping under construction; values without a key have the key ""."""

    __slots__ = (
        "coloned", "cut", "has_text", "has_title", "index", "key", "pairs", "parent", "pending", "run",
        "spoken", "told",
    )  # fmt: skip

    def __init__(self, parent: Array | Object | None, key: str | None) -> None:
        self.parent, self.key = parent, key
        self.pairs: list[tuple[str, Value]] = []
        self.pending: str | None = None  # a key whose value has not come
        self.coloned = False  # its colon has
        self.has_text = self.has_title = False  # one of its fields holds an idea, or names one
        self.index = ""  # the number in the last key that had one
        self.run = 0  # where the pairs begin that have not been told by number
        self.told = False  # some have
        self.spoken = False
        self.cut = False


Value = Str | Number | Array | Object
Container = Array | Object


class Listener(Protocol):
    """What hears of values as they complete."""

    def value(self, container: Container, key: str | None, value: Value) -> bool:
        """A value is complete; return True to keep it in its container, False when it has been dealt with."""

    def root(self, value: Container) -> None:
        """The outermost value is complete."""

    def stray(self, container: Container, text: str) -> None:
        """Text that is no JSON stood inside a container."""

    def comment(self, text: str) -> None:
        """What a comment says, or what stands deeper than any value is read."""


_ESCAPE = re.compile(
    r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)",
    re.DOTALL,
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "", "/": "/", "\\": "\\", '"': '"', "'": "'"}


def unescape(raw: str) -> str:
    """A string's characters with its escapes resolved; an unknown escape stays as written."""
    if "\\" not in raw:
        return raw

    def one(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) == 11:  # a pair of surrogates
            return chr(0x10000 + ((int(code[1:5], 16) & 0x3FF) << 10) + (int(code[7:], 16) & 0x3FF))
        if code[0] in "ux" and len(code) > 1:
            value = int(code[1:], 16)
            return "\ufffd" if 0xD800 <= value < 0xE000 else chr(value)
        return _SIMPLE.get(code, "\n" if code.endswith("\n") else found[0])

    return _ESCAPE.sub(one, raw)
