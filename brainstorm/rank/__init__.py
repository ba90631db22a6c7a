"""Ideas → an order in which every prefix is good and broad: signals, weights, likeness, themes, selection, reasons."""

from __future__ import annotations

from brainstorm.rank.order import SMALL_VARIETY, VARIETY, order, rank
from brainstorm.rank.types import Ranked
from brainstorm.rank.weights import PROFILES, SMALL_WEIGHTS, WEIGHTS, Profile

__all__ = [
    "PROFILES", "SMALL_VARIETY", "SMALL_WEIGHTS", "VARIETY", "WEIGHTS", "Profile", "Ranked", "order", "rank",
]  # fmt: skip
