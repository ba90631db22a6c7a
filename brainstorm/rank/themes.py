"""Themes: a clustering coarser than ideas, each with a label in the ideas' own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import log, sqrt
from typing import TYPE_CHECKING, Final

from brainstorm.dedup.reading import STOP_WORDS
from brainstorm.dedup.terms import stem
from brainstorm.rank.likeness import Likeness, products
from brainstorm.rank.words import unspaced, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LEAST: Final = 6
"""Ideas from which a list has themes."""

MOST: Final = 12
"""Themes at most: as many as a reader keeps apart. By hand."""

_LINKED: Final = 500
"""Ideas that are clustered; the others of a long list go to the theme whose middle they are nearest to."""

_LABEL_WORDS: Final = 2


def themes_of(
    texts: Sequence[str], said: Sequence[Sequence[str]], likeness: Likeness | None, topic: str = ""
) -> tuple[list[int], list[str]]:
    """The theme of each text, by number, and each theme's label.

    Ward's linkage on embeddings, or on the rows of likeness where those tell nothing; about √n themes.

    Args:
        texts: n ideas.
        said: their words.
        likeness: between them; `None` gives no themes.
        topic: its words name no theme.

    Returns:
        n numbers from 0 and the labels, "" where less than half of a theme's ideas hold a word of it: the others would
        be told a theme that is not theirs; empty lists where there are too few texts, or no likeness.
    """
    import numpy as np

    n = len(said)
    if likeness is None or n < LEAST:
        return [], []
    points = likeness.vectors
    if likeness.square is not None and (points is None or points.any(axis=1).mean() < 0.5):
        points = likeness.square  # an embedder that does not know the language tells nothing apart
    if points is None:
        return [], []
    wanted = max(2, min(MOST, round(sqrt(n))))
    step = -(-n // _LINKED)
    numbers = _ward(points[::step], wanted)
    if step > 1:
        centres = np.array([points[::step][numbers == k].mean(axis=0) for k in range(numbers.max() + 1)])
        numbers = np.argmax(products(points, centres.T), axis=1)
    # numbered by their first text, whatever the linkage called them
    order = {number: k for k, number in enumerate(dict.fromkeys(numbers.tolist()))}
    found = [order[number] for number in numbers.tolist()]
    return found, _labels(texts, said, found, topic)


def _ward(points: Floats, wanted: int) -> NDArray[np.intp]:
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    squares = np.einsum("ij,ij->i", points, points)
    apart = squares[:, None] + squares - 2 * (points @ points.T)  # one product is quicker than all distances one by one
    np.fill_diagonal(apart, 0)
    distances = np.sqrt(np.maximum(squareform(apart, checks=False), 0)).astype(np.float64)
    return np.asarray(fcluster(linkage(distances, "ward"), wanted, "maxclust") - 1, np.intp)


def _labels(texts: Sequence[str], said: Sequence[Sequence[str]], numbers: Sequence[int], topic: str) -> list[str]:
    """The words that most of a theme's ideas use and few others do, two ideas at least, in the spelling met most."""
    given = {stem(word) for word in words(topic)}
    spellings = Counter(chain.from_iterable(said))
    spelled: dict[str, str] = {}
    keys: dict[str, str] = {}
    for word in sorted(spellings, key=lambda word: (-spellings[word], word)):
        if word in STOP_WORDS or len(word) < 2 or (key := stem(word)) in given or not any(map(str.isalpha, word)):
            continue
        keys[word] = key
        spelled.setdefault(key, word)
    bags = [{keys[word] for word in text if word in keys} for text in said]
    overall = Counter(chain.from_iterable(bags))
    telling = {key: log(1 + len(said) / count) for key, count in overall.items()}
    labels: list[str] = []
    taken: set[str] = set()
    for number in range(max(numbers) + 1):
        inside = [i for i, theme in enumerate(numbers) if theme == number]
        counts = Counter(chain.from_iterable(bags[i] for i in inside))
        weight = {
            key: count / len(inside) * telling[key] for key, count in counts.items() if count > 1 and key not in taken
        }
        best: list[str] = []
        own: set[str] = set()
        said_before = set(taken)
        highest = max(weight.values(), default=0.0)
        for key in sorted(weight, key=lambda key: (-weight[key], key)):
            if len(best) == _LABEL_WORDS or weight[key] <= 0.5 * highest:
                break
            if key in taken:
                continue
            word = spelled[key]
            if unspaced(word):
                word = _grown(word, [texts[i].casefold() for i in inside if key in bags[i]])
                pairs = {word[at : at + 2] for at in range(len(word) - 1)}
                if pairs & taken:
                    continue  # it says a part of the other word again
                taken |= pairs
            taken.add(key)
            own.add(key)
            best.append(word)
        if 2 * sum(bool(own & bags[i]) for i in inside) < len(inside):
            best, taken = [], said_before
        labels.append(", ".join(best))
    return labels


def _grown(part: str, texts: Sequence[str]) -> str:
    """The longest piece without a space around `part`, a pair of characters, that all texts that hold it share."""
    holding = [(text, text.index(part)) for text in texts if part in text]
    for step in (1, -1):
        while True:
            edge = len(part) if step > 0 else -1
            beside = {text[at + edge : at + edge + 1] if at + edge >= 0 else "" for text, at in holding}
            if len(beside) != 1 or not unspaced(one := beside.pop()):
                break
            part = part + one if step > 0 else one + part
            holding = [(text, at if step > 0 else at - 1) for text, at in holding]
    return part
