"""From evidence to trees: all pairs of a list of ordinary size, candidate pairs of a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brainstorm.dedup.linkage import Tree, grow
from brainstorm.dedup.pairs import all_pairs
from brainstorm.dedup.vote import vote

if TYPE_CHECKING:
    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.same import Calibration


def grow_trees(evidence: Evidence, fitted: Calibration) -> tuple[Tree, ...]:
    """Average-linkage trees that together hold each text once."""
    pair = all_pairs(evidence, fitted)
    return (grow(list(range(len(pair))), pair, vote(pair)),)
