"""Bringing another embedder's cosines to the scale on which the blend was fitted."""

from __future__ import annotations

import weakref
from functools import cache
from typing import TYPE_CHECKING

from brainstorm.embedding import embed_checked
from brainstorm.embedding.static import default_embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from brainstorm.embedding import Embedder

ANCHORS = (
    "Build a raft from old bottles", "Make a boat out of used bottles",
    "Sing to your plants every morning", "Sing for the house plants each morning",
    "Rent out your parking space", "Let strangers pay to use your parking spot",
    "A lamp that dims when you are tired", "A light that gets darker as you grow sleepy",
    "Feed the chickens with leftovers", "Give kitchen scraps to the hens",
    "Paint the fence with the neighbours", "Neighbours painting the fence together",
    "A newspaper written by children", "Kids write their own newspaper",
    "Teach an evening class in welding", "Give welding lessons at night",
    "Sew bags from worn curtains", "Old curtains sewn into bags",
    "Hide love notes in library books", "Leave letters of love inside books at the library",
    "A ferry that serves only soup", "Serve soup and nothing else on a ferry",
    "Play chess by mail with a prisoner", "Postal chess with people in prison",
    "Grow mushrooms in the cellar", "A mushroom farm in the basement",
    "An umbrella that warns of rain", "Umbrella which tells you when rain is coming",
    "Swim in the canal at lunch", "A lunchtime swim in the canal",
    "Lend your dog to lonely people", "Let people who are lonely borrow your dog",
    "A quiz show about taxes", "Tax questions as a television quiz",
    "Sleep in a hammock in the office", "Put hammocks in the office for naps",
    "Count the birds in the square", "A bird census in the town square",
    "Knit sweaters for trees", "Wrap the trees in knitted pullovers",
)  # fmt: skip
"""Short ideas, each said twice, written for this."""

_made: dict[object, tuple[float, float]] = {}
"""By the embedder's spelling, "provider:model", or by the identity of what it calls, forgotten with it."""


@cache
def _reference() -> NDArray[np.float32]:
    return _cosines(default_embedder())


def _cosines(embedder: Embedder) -> NDArray[np.float32]:
    import numpy as np

    rows = embed_checked(embedder, ANCHORS)
    cosines: NDArray[np.float32] = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    return cosines


def scale_of(embedder: Embedder) -> tuple[float, float]:
    """Slope and offset that bring its cosines to the default embedder's: one more call, of 40 short texts.

    By least squares over all pairs of `ANCHORS`; remembered for as long as the embedder. An embedder that tells no
    two of them apart is left as it is.
    """
    import numpy as np

    if embedder is default_embedder():
        return 1.0, 0.0
    source = getattr(embedder, "source", embedder)
    key = source if isinstance(source, str) else id(source)
    found = _made.get(key)
    if found is None:
        cosines = _cosines(embedder)
        # paraphrases are few: weigh them as much as all others, or only the low end would be fitted
        same = np.zeros((len(ANCHORS), len(ANCHORS)), bool)
        same[np.arange(0, len(ANCHORS), 2), np.arange(1, len(ANCHORS), 2)] = True
        alike = same[np.triu_indices(len(ANCHORS), 1)]
        weight = np.where(alike, (~alike).sum() / alike.sum(), 1.0)
        mean_x, mean_y = np.average(cosines, weights=weight), np.average(_reference(), weights=weight)
        spread = np.average((cosines - mean_x) ** 2, weights=weight)
        together = np.average((cosines - mean_x) * (_reference() - mean_y), weights=weight)
        slope = float(together / spread) if spread > 1e-8 else 0.0
        found = (slope, float(mean_y - slope * mean_x)) if slope > 0.05 else (1.0, 0.0)
        _remember(source, key, found)
    return found


def _remember(source: object, key: object, found: tuple[float, float]) -> None:
    if not isinstance(source, str):
        try:
            weakref.finalize(source, _made.pop, key, None)
        except TypeError:  # an object that cannot tell when it goes: its identity may be another's later
            return
    _made[key] = found
