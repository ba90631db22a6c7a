"""What callers hand in, checked before anything is worked out."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from numbers import Real

from brainstorm.errors import BriefError, NoSuchTextError


def check_same(same: object) -> float:
    """`same` as a number, if it is a probability.

    Raises:
        BriefError: it is no number from 0 to 1.
    """
    hint = "Give a number from 0 (folds as much as guards allow) to 1 (only equal texts fold)."
    if isinstance(same, bool) or not isinstance(same, Real):
        raise BriefError(f"same is {same!r}, but must be a number.", hint=hint)
    value = float(same)
    if not 0 <= value <= 1:
        raise BriefError(f"same is {same}, but must be from 0 to 1.", hint=hint)
    return value


def check_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts of any iterable of them, in its order.

    Raises:
        BriefError: it is one text, no iterable, or holds something else than texts.
    """
    hint = "Give a list of texts, such as [idea.text for idea in ideas]."
    if isinstance(texts, str | bytes | bytearray):
        raise BriefError(f"texts is one {type(texts).__name__}, but must be a list of texts.", hint=hint)
    try:
        given = tuple(texts)
    except TypeError as error:
        raise BriefError(f"texts is {type(texts).__name__}, but must be a list of texts.", hint=hint) from error
    for k, text in enumerate(given):
        if not isinstance(text, str):
            raise BriefError(f"text {k} is {type(text).__name__} {text!r:.60}, but must be a str.", hint=hint)
    return given


def check_text(text: object, name: str) -> str:
    """`text` itself, if it is one.

    Raises:
        BriefError: it is something else.
    """
    if not isinstance(text, str):
        raise BriefError(f"{name} is {type(text).__name__} {text!r:.60}, but must be a str.", hint="Give text.")
    return text


def check_index(index: object, n: int) -> int:
    """`index` as an integer, if it is that of one of n texts.

    Raises:
        NoSuchTextError: it is none of 0 to n - 1.
        BriefError: it is no integer.
    """
    hint = "Give the index of a text, such as cluster.members[0]."
    try:
        value = None if isinstance(index, bool) else operator.index(index)  # type: ignore[arg-type]
    except TypeError:
        value = None
    if value is None:
        raise BriefError(f"The index is {type(index).__name__} {index!r:.60}, but must be an integer.", hint=hint)
    if not 0 <= value < n:
        told = f"they are numbered 0 to {n - 1}" if n else "there are none"
        raise NoSuchTextError(f"There is no text {value}: {told}.", hint=hint)
    return value
