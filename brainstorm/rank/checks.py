"""What a caller gives to ranking, looked at before any work is done: errors name the value and the fix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from numbers import Real

from brainstorm.errors import BriefError


def check(n: int, support: Sequence[int] | None, probability: Sequence[float | None] | None, variety: float) -> None:
    """Refuse lists of another length than `n`, and values out of range.

    Raises:
        BriefError: it names the value.
    """
    for name, given in (("support", support), ("probability", probability)):
        if given is None:
            continue
        if isinstance(given, str) or not hasattr(given, "__len__"):
            raise BriefError(
                f"{name} is {_named(given)}, but must be a list of numbers.", hint="Give one for each text."
            )
        if len(given) != n:
            raise BriefError(f"{name} has {len(given)} values for {n} texts.", hint="Give one for each text.")
    for i, s in enumerate(support if support is not None else ()):
        if not (isinstance(s, Real) and 0 <= s < float("inf")):  # also false for NaN
            raise BriefError(f"support[{i}] is {s!r}, but must be a number of calls, 0 or more.")
    for i, p in enumerate(probability if probability is not None else ()):
        if p is not None and not (isinstance(p, Real) and 0 <= p <= 1):
            raise BriefError(f"probability[{i}] is {p!r}, but must be a number from 0 to 1, or None.")
    check_variety(variety)


def check_variety(variety: float) -> float:
    """`variety` itself, if it is one.

    Raises:
        BriefError: it is no number, or out of range.
    """
    if not (isinstance(variety, Real) and 0 <= variety <= 1):
        raise BriefError(f"variety is {variety!r}, but must be a number from 0 (quality) to 1 (spread).")
    return variety


def check_top(top: int | None) -> int | None:
    """`top` itself, if it is `None` or a number of places.

    Raises:
        BriefError: it is something else.
    """
    if top is not None and not (isinstance(top, int) and top >= 1):
        raise BriefError(f"top is {top!r}, but must be a whole number of places, 1 or more, or None for all.")
    return top


def listed(given: Iterable[str] | str | None, name: str) -> tuple[str, ...]:
    """One text, or several, as a tuple.

    Raises:
        BriefError: it is something else.
    """
    hint = f"Give {name}=[...] of str; of an idea, str(idea)."
    if given is None or isinstance(given, str):
        return () if given is None else (given,)
    if isinstance(given, Mapping) or not isinstance(given, Collection | Iterator):  # an Idea can be iterated, too
        raise BriefError(f"{name} is {_named(given)}, but must be a text or a list of texts.", hint=hint)
    texts = tuple(given)
    for k, text in enumerate(texts):
        if not isinstance(text, str):
            raise BriefError(f"{name}[{k}] is {_named(text)}, but must be a text.", hint=hint)
    return texts


def _named(value: object) -> str:
    return f"{type(value).__name__} {value!r:.60}"
