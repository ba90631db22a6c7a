"""Placing texts as they arrive, before the list is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainstorm.dedup.types import Placement

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Folder:
    """Places each text at once: a repeat of an earlier one, or new."""

    def add(self, text: str, vector: ArrayLike | None) -> Placement:
        """Places one text."""
        raise NotImplementedError
