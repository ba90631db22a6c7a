"""Steering: what stands on top, what sinks, what an order leans to or away from. No model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.reading import STOP_WORDS, normalise
from brainstorm.dedup.terms import stem
from brainstorm.rank.likeness import products
from brainstorm.rank.signals import mid_ranks
from brainstorm.rank.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Floats]

LEAN: Final = 0.5
"""What the idea nearest to what is wanted gains over the farthest, beside likeness of 0..1. By hand: enough that the
first five of `nearer_to` are among the nearest fifth, and still unlike each other."""

SINK: Final = 10.0
"""What an idea to be avoided loses: more than all else together, so that it stands after all others."""

_AVOIDED: Final = 0.55
"""Cosine, on the default embedder's scale, from which an idea is what is to be avoided: below it, of the 792 pairs
of different made-up ideas on one topic, more than 99% lie."""


@dataclass(frozen=True, slots=True)
class Steering:
    """Where an order leans.

    Attributes:
        bonus: (n,) added to each idea's gain, or `None` where nothing was asked.
        covered: (n,) likeness to what stands above the list already, or `None`.
        first: indices of the ideas that stand on top, in that order.
        notes: for each idea that was steered, in words, why.
    """

    bonus: Floats | None = None
    covered: Floats | None = None
    first: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def steer(
    texts: Sequence[str],
    vectors: Floats | None,
    embed: Embed | None,
    *,
    keep: Sequence[str] = (),
    avoid: Sequence[str] = (),
    nearer_to: Sequence[str] = (),
    away_from: Sequence[str] = (),
    members: Sequence[Sequence[str]] | None = None,
    scale: tuple[float, float] = (1.0, 0.0),
) -> Steering:
    """What was asked for, worked out for a list.

    Args:
        texts: n ideas.
        vectors: (n, d) unit rows, or `None`: shared words decide.
        embed: what embeds texts as `vectors` were.
        keep: ideas that stay on top; those that are not in the list count as covered.
        avoid: ideas or words; what says or is near them goes to the end.
        nearer_to: what the order leans to.
        away_from: what it leans away from.
        members: what each idea's texts are, beside its own: a kept one may be any of them.
        scale: slope and offset that bring cosines to the default embedder's.
    """
    import numpy as np

    if not (keep or avoid or nearer_to or away_from) or not texts:
        return Steering()
    n = len(texts)
    near = _Nearness(texts, vectors, embed)
    own = [{normalise(t) for t in (text, *(members[i] if members else ()))} for i, text in enumerate(texts)]
    first = tuple(dict.fromkeys(i for k in keep for i in range(n) if normalise(k) in own[i]))
    outside = [k for k in keep if not any(normalise(k) in texts_of for texts_of in own)]
    covered = None if not outside else np.maximum(near.to(outside), 0) ** 2  # what is a little alike is not covered
    bonus = np.zeros(n, np.float32)
    notes = [""] * n
    for wanted, sign, said in ((nearer_to, 1, "near"), (away_from, -1, "near")):
        if not wanted:
            continue
        ranks = mid_ranks(near.to(wanted))
        bonus += np.float32(sign * LEAN) * ranks.astype(np.float32)
        name = _short(wanted)
        for i in range(n):
            if ranks[i] >= 0.8 or (sign > 0 and ranks[i] <= 0.2):
                notes[i] = f"{said if ranks[i] >= 0.8 else 'far from'} {name}"
    if avoid:
        slope, offset = scale
        bags = [
            {stem(w) for w in words(" ".join((text, *(members[i] if members else ()))))} for i, text in enumerate(texts)
        ]
        close = slope * near.to(avoid) + offset >= _AVOIDED if near.by_meaning else np.zeros(n, bool)
        said_words = [b for a in avoid if (b := {stem(w) for w in words(a) if w not in STOP_WORDS})]
        for i in range(n):
            if i not in first and (close[i] or any(b <= bags[i] for b in said_words)):
                bonus[i] -= SINK
                notes[i] = f"to be avoided: {_short(avoid)}"
    for i in first:
        notes[i] = "kept"
    return Steering(bonus if bonus.any() else None, covered, first, tuple(notes))


def _short(texts: Sequence[str]) -> str:
    text = " ".join(texts[0].split())
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”" + (f" and {len(texts) - 1} more" if len(texts) > 1 else "")


class _Nearness:
    """How near ideas are to other texts: by cosine, or by shared words without embeddings."""

    def __init__(self, texts: Sequence[str], vectors: Floats | None, embed: Embed | None) -> None:
        self.by_meaning = vectors is not None and embed is not None
        self._texts, self._vectors, self._embed = texts, vectors, embed

    def to(self, others: Sequence[str]) -> Floats:
        """(n,) highest nearness to one of `others`, -1..1."""
        import numpy as np

        if self._vectors is not None and self._embed is not None:
            return np.asarray(products(self._vectors, self._embed(others).T).max(axis=1), np.float32)
        wanted = [_bag(text) for text in others]
        return np.array([max(_share(_bag(text), w) for w in wanted) for text in self._texts], np.float32)


def _bag(text: str) -> set[str]:
    said = [w for w in words(text) if w not in STOP_WORDS] or words(text)
    return {stem(w) for w in said}


def _share(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, len(a | b))
