"""What can be told of an idea's quality for free: each signal 0..1, told within the list and at equal length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain, pairwise
from operator import eq
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.reading import STOP_WORDS
from brainstorm.embedding.static import word_ranks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

NEUTRAL: Final = 0.5
"""What a signal says of an idea of which it knows nothing."""

_ENOUGH_WORDS: Final = 5
"""At this many words an idea's own share of rare words counts as much as the list's. Set by hand: a short sentence."""

_SMOOTH: Final = 0.05
"""Added to the crowd before its logarithm: an idea that nobody says is not endlessly rarer than its neighbour."""

_FEW: Final = 10
"""Ideas at which a list's own dependence on length is believed by half."""


_SIGN: Final = re.compile(r"[^\w\s]|_")


def signals(
    texts: Sequence[str],
    said: Sequence[Sequence[str]],
    *,
    cosines: ArrayLike | None = None,
    crowd: ArrayLike | None = None,
    support: Sequence[int] | None = None,
    probability: Sequence[float | None] | None = None,
) -> dict[str, Floats]:
    """Each signal as (n,), 0..1: mid-ranks within the list, less what length alone tells, but for `fluency`.

    Args:
        texts: n distinct ideas.
        said: their words.
        cosines: (n,) with the topic.
        crowd: (n,) how many of the others say about the same.
        support: (n,) in how many calls each turned up.
        probability: (n,) as stated, 0..1, or `None`.
    """
    import numpy as np

    n = len(texts)
    length = mid_ranks([len(w) for w in said])

    def at_length(values: Floats) -> Floats:
        return at_equal_length(values, length)

    neutral = np.full(n, NEUTRAL)
    return {
        "rarity": _rarity(n, None if crowd is None else at_length(_crowd_ranks(crowd)), support, probability),
        "specificity": at_length(_specificity(said)),
        "relevance": neutral if cosines is None else at_length(mid_ranks(cosines)),
        "support": neutral if support is None else mid_ranks([float(min(s, 1e9)) for s in support]),
        "fluency": np.array([_fluency(text, w) for text, w in zip(texts, said, strict=True)]),
    }


def mid_ranks(values: ArrayLike) -> Floats:
    """(n,) mid-rank of each value as a share, in (0, 1); equal values share theirs."""
    import numpy as np

    found = np.asarray(values, np.float64)
    _, at, counts = np.unique(found, return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    return np.asarray((below[at] + counts[at] / 2) / max(1, len(found)), np.float64)


def at_equal_length(values: Floats, length: Floats) -> Floats:
    """The values less the straight line by which they hang on length, as far as so few can tell, in 0..1.

    People rate longer ideas higher and longer texts resemble a topic more, whatever they say, so what length alone
    brings is taken out.
    """
    import numpy as np

    off = length - length.mean()
    spread = float(off @ off)
    if not spread:
        return values
    slope = float(off @ values) / spread * len(values) / (len(values) + _FEW)
    return np.asarray(np.clip(values - slope * off, 0, 1), np.float64)


def _crowd_ranks(crowd: ArrayLike) -> Floats:
    import numpy as np

    # rounded, that two ideas with the same neighbours are equally rare on every machine
    return mid_ranks(np.round(-np.log(np.asarray(crowd, np.float64) + _SMOOTH), 5))


def _rarity(
    n: int, lonely: Floats | None, support: Sequence[int] | None, probability: Sequence[float | None] | None
) -> Floats:
    """The mean of what there is: few others say the like; few calls said it; it was stated to be unlikely.

    Ranks, because models differ in scale: one states 0.9 for all, another 0.01. A lone statement tells nothing.
    """
    import numpy as np

    known: list[Floats] = [] if lonely is None else [lonely]
    if support is not None and len(set(support)) > 1:
        known.append(1 - mid_ranks([float(min(s, 1e9)) for s in support]))
    total = np.zeros(n) + sum(known)
    count = np.full(n, float(len(known)))
    stated = [i for i in range(n) if probability is not None and probability[i] is not None]
    if probability is not None and stated:
        total[stated] += 1 - mid_ranks([p for p in probability if p is not None])
        count[stated] += 1
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), NEUTRAL), np.float64)


def _specificity(said: Sequence[Sequence[str]]) -> Floats:
    """The mean mid-rank of: how rare the words are in English, how many carry meaning, how many nobody else uses."""
    import numpy as np

    ranks = word_ranks()
    rarest = len(ranks)
    content = [[w for w in text if w not in STOP_WORDS] or text for text in said]
    sizes = np.array([len(c) for c in content])
    logs = np.log(np.array([ranks.get(w, rarest) for w in chain.from_iterable(content)], np.float64) + 1)
    ends = np.cumsum(np.r_[0.0, logs])[np.r_[0, np.cumsum(sizes)]]
    english = np.diff(ends) / np.maximum(sizes, 1)
    return (mid_ranks(np.round(english, 6)) + mid_ranks(sizes) + mid_ranks(_own(said))) / 3


def _own(said: Sequence[Sequence[str]]) -> Floats:
    """Share of an idea's words that no other idea uses, drawn towards the list's share the fewer words it has.

    (own + k·m) / (words + k), the mean of a beta distribution: m is the list's share, k is `_ENOUGH_WORDS`. Without
    it a one-word idea would be all specific or not at all.
    """
    import numpy as np

    bags = [set(text) for text in said]
    seen: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            seen[word] = seen.get(word, 0) + 1
    own = [sum(seen[word] == 1 for word in bag) for bag in bags]
    total = sum(map(len, bags))
    mean = sum(own) / total if total else NEUTRAL
    return np.array([(o + _ENOUGH_WORDS * mean) / (len(bag) + _ENOUGH_WORDS) for o, bag in zip(own, bags, strict=True)])


def _fluency(text: str, said: Sequence[str]) -> float:
    """1 for text that reads as text, less for repeated pairs of words, shouting, and signs in place of letters."""
    if not said:
        return 0.0
    pairs = len(said) - 1
    repeated = 1 - len(set(pairwise(said))) / pairs if pairs else 0.0
    twice = sum(map(eq, said, said[1:])) / pairs if pairs else 0.0
    signs = len(_SIGN.findall(text)) / len(text)
    capitals = 0 if text[1:].islower() else sum(map(str.isupper, text))
    shouted = capitals > 8 and 12 < sum(map(str.isalpha, text)) < capitals / 0.7
    return max(0.0, (1 - repeated) * (1 - twice) * (1 - max(0.0, signs - 0.15)) * (0.7 if shouted else 1.0))
