"""Steering: what stands on top, what sinks, what an order leans to or away from. No model is asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.reading import STOP_WORDS, normalise
from brainstorm.dedup.terms import stem
from brainstorm.rank.likeness import products
from brainstorm.rank.signals import mid_ranks
from brainstorm.rank.why import CLOSE, FAR
from brainstorm.rank.words import unspaced, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Embed = Callable[[Sequence[str]], Floats]

LEAN: Final = 0.5
"""What the idea nearest to what is wanted gains over the farthest, beside likeness of 0..1. By hand."""

SINK: Final = 10.0
"""What an idea to be avoided loses: more than all else together, so that it stands after all others."""

_AVOIDED: Final = 0.55
"""Cosine, on the default embedder's scale, from which an idea is what is to be avoided. By hand: high, since an idea
that is sunk wrongly is not read; what says the word itself is found without it."""


@dataclass(frozen=True, slots=True)
class Steering:
    """Where an order leans.

    Attributes:
        bonus: (n,) added to each idea's gain, or `None` where nothing was asked.
        covered: (n,) likeness to what stands above the list already, or `None`.
        first: indices of the ideas that stand on top, in that order.
        avoided: indices of those that go to the end.
        notes: for each idea that was steered, in words, why.
    """

    bonus: Floats | None = None
    covered: Floats | None = None
    first: tuple[int, ...] = ()
    avoided: frozenset[int] = frozenset()
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
    near = _Nearness(texts, vectors, embed, scale)
    own = [{normalise(t) for t in (text, *(members[i] if members else ()))} for i, text in enumerate(texts)]
    first = tuple(dict.fromkeys(i for k in keep for i in range(n) if normalise(k) in own[i]))
    outside = [k for k in keep if not any(normalise(k) in texts_of for texts_of in own)]
    covered = None if not outside else np.maximum(near.to(outside)[0], 0) ** 2  # a little alike is not covered
    bonus = np.zeros(n, np.float32)
    notes: list[list[str]] = [[] for _ in texts]
    for wanted, sign in ((nearer_to, 1), (away_from, -1)):
        if not wanted:
            continue
        found, close, far = near.to(wanted)
        ranks = mid_ranks(found)
        bonus += np.float32(sign * LEAN) * ranks.astype(np.float32)
        for i in range(n):
            if ranks[i] >= 0.8 and close[i]:
                notes[i].append(f"near {_short(wanted)}")
            elif sign > 0 and ranks[i] <= 0.2 and far[i]:
                notes[i].append(f"far from {_short(wanted)}")
    avoided: set[int] = set()
    if avoid:
        meant = near.at_least(avoid, _AVOIDED)
        said = [_said(" ".join((text, *(members[i] if members else ())))) for i, text in enumerate(texts)]
        bags = [{stem(w) for w in words(a) if w not in STOP_WORDS} for a in avoid]
        # where no spaces are set, pairs of characters are no words: the text itself is looked for
        within = [name if unspaced(name := normalise(a)) else "" for a in avoid]
        for i in range(n):
            spoken = any(b <= said[i] for b in bags if b) or any(w in t for w in within if w for t in own[i])
            if i not in first and (meant[i] or spoken):
                avoided.add(i)
                bonus[i] -= SINK
                notes[i].append(f"to be avoided: {_short(avoid)}")
    for i in first:
        notes[i] = ["kept"]
    return Steering(
        bonus if bonus.any() else None, covered, first, frozenset(avoided), tuple("; ".join(parts) for parts in notes)
    )


def behind(steering: Steering, n: int, which: Collection[int], why: str) -> Steering:
    """Puts some of n ideas after all others but those to be avoided; what is kept stays on top.

    Args:
        steering: what was asked for.
        n: ideas in all.
        which: their indices.
        why: a note for each.
    """
    import numpy as np

    moved = frozenset(which) - set(steering.first)
    if not moved:
        return steering
    bonus = np.zeros(n, np.float32) if steering.bonus is None else steering.bonus.copy()
    bonus[sorted(moved)] -= np.float32(SINK / 2)
    notes = steering.notes or ("",) * n
    told = tuple("; ".join(filter(None, (note, why if i in moved else ""))) for i, note in enumerate(notes))
    return replace(steering, bonus=bonus, avoided=steering.avoided | moved, notes=told)


def _short(texts: Sequence[str]) -> str:
    text = " ".join(texts[0].split())
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”" + (f" and {len(texts) - 1} more" if len(texts) > 1 else "")


class _Nearness:
    """How near ideas are to other texts: by cosine, or by shared words where embeddings say nothing of either."""

    def __init__(
        self, texts: Sequence[str], vectors: Floats | None, embed: Embed | None, scale: tuple[float, float]
    ) -> None:
        self._texts, self._embed, self._scale = texts, embed, scale
        self._vectors = vectors if embed is not None else None
        self._bags = [_bag(text) for text in texts]

    def to(self, others: Sequence[str]) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
        """(n,) highest nearness to one of `others`, -1..1; whether that is close by itself; whether it is far."""
        import numpy as np

        wanted = [_bag(text) for text in others]
        shared = np.array([max(_share(bag, w) for w in wanted) for bag in self._bags], np.float32)
        cosines = self._cosines(others)
        if cosines is None:
            return shared, shared > 0, np.zeros(len(shared), np.bool_)
        by_meaning = np.isfinite(cosines)
        own = self._scale[0] * cosines + self._scale[1]
        return (
            np.where(by_meaning, cosines, shared).astype(np.float32),
            np.where(by_meaning, own >= CLOSE, shared > 0),
            by_meaning & (own < FAR),
        )

    def at_least(self, others: Sequence[str], cosine: float) -> NDArray[np.bool_]:
        """(n,) whether one of `others` means about the same."""
        import numpy as np

        cosines = self._cosines(others)
        if cosines is None:
            return np.zeros(len(self._texts), np.bool_)
        return np.asarray(self._scale[0] * cosines + self._scale[1] >= cosine)

    def _cosines(self, others: Sequence[str]) -> Floats | None:
        """(n,) highest cosine with one of `others`, NaN where nothing is known of either; `None` without embeddings."""
        import numpy as np

        if self._vectors is None or self._embed is None:
            return None
        rows = self._embed(others)
        known = rows.any(axis=1)
        found: Floats = products(self._vectors, rows[known].T).max(axis=1, initial=-1)
        found[~self._vectors.any(axis=1) | (not known.any())] = np.nan
        return found


def _said(text: str) -> set[str]:
    return {stem(w) for w in words(text)}


def _bag(text: str) -> set[str]:
    said = [w for w in words(text) if w not in STOP_WORDS] or words(text)
    return {stem(w) for w in said}


def _share(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, len(a | b))
