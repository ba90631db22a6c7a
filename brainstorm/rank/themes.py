"""Themes: a clustering coarser than ideas, each with a label in the ideas' own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.reading import STOP_WORDS
from brainstorm.dedup.terms import stem
from brainstorm.rank.likeness import Likeness, products
from brainstorm.rank.words import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LEAST: Final = 6
"""Ideas from which a list has themes."""

MOST: Final = 12
"""Themes at most: as many as a reader keeps apart. By hand."""

_LINKED: Final = 1000
"""Ideas that are clustered; the others of a long list go to the theme whose middle they are nearest to."""

_LABEL_WORDS: Final = 2


def themes_of(texts: Sequence[str], likeness: Likeness | None, topic: str = "") -> tuple[list[int], list[str]]:
    """The theme of each text, by number, and each theme's label.

    Ward's linkage on embeddings, or on the rows of likeness without them; about √n themes.

    Args:
        texts: distinct ideas.
        likeness: between them; `None` gives no themes.
        topic: its words name no theme.

    Returns:
        n numbers from 0 and the labels; empty lists where there are too few texts, or no likeness.
    """
    import numpy as np

    n = len(texts)
    if likeness is None or n < LEAST:
        return [], []
    points = likeness.vectors if likeness.vectors is not None else likeness.square
    if points is None:
        return [], []
    points = np.clip(np.nan_to_num(points, nan=0.0, posinf=0.0, neginf=0.0), -1, 1)
    wanted = max(2, min(MOST, round(sqrt(n))))
    step = -(-n // _LINKED)
    numbers = _ward(points[::step], wanted)
    if step > 1:
        centres = np.array([points[::step][numbers == k].mean(axis=0) for k in range(numbers.max() + 1)])
        numbers = np.argmax(products(points, centres.T), axis=1)
    # numbered by their first text, whatever the linkage called them
    order = {number: k for k, number in enumerate(dict.fromkeys(numbers.tolist()))}
    found = [order[number] for number in numbers.tolist()]
    return found, _labels(texts, found, topic)


def _ward(points: Floats, wanted: int) -> NDArray[np.intp]:
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    return np.asarray(fcluster(linkage(points, "ward"), wanted, "maxclust") - 1, np.intp)


def _labels(texts: Sequence[str], numbers: Sequence[int], topic: str) -> list[str]:
    """The words that most of a theme's ideas use and few others do, in the spelling met most."""
    given = {stem(word) for word in words(topic)}
    spelled: dict[str, Counter[str]] = {}
    inside: dict[int, Counter[str]] = {k: Counter() for k in range(max(numbers) + 1)}
    overall: Counter[str] = Counter()
    for text, number in zip(texts, numbers, strict=True):
        bag = set()
        for word in words(text):
            if word in STOP_WORDS or len(word) < 2 or not any(c.isalpha() for c in word):
                continue
            key = stem(word)
            if key not in given:
                spelled.setdefault(key, Counter())[word] += 1
                bag.add(key)
        inside[number].update(bag)
        overall.update(bag)
    labels, taken = [], set()
    sizes = Counter(numbers)
    for number, counts in inside.items():

        def weight(key: str, counts: Counter[str] = counts, size: int = sizes[number]) -> float:
            return counts[key] / size * log(1 + len(texts) / overall[key])

        best = sorted((k for k in counts if k not in taken), key=lambda k: (-weight(k), k))[:_LABEL_WORDS]
        best = [k for k in best if weight(k) > 0.5 * weight(best[0])]
        taken.update(best)
        labels.append(", ".join(min(spelled[k], key=lambda w, k=k: (-spelled[k][w], w)) for k in best))  # type: ignore[misc]
    return labels
