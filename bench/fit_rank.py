"""Fits the weights of the free signals, on the train parts alone.

    python bench/fit_rank.py DATA   # DATA as for rank_data.py

Non-negative least squares of people's originality (mid-ranks within an object, words held equal) on the signals, for
rarity, specificity and fluency. Relevance and support have no labelled source here that is about ideas: originality
falls with relevance, as rank_quality.py prints, but an idea that leaves the topic is of no use: both keep a small share
by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from rank_data import rated
from scipy.optimize import nnls

from brainstorm import rank
from brainstorm.rank.signals import at_equal_length, mid_ranks

FITTED = ("rarity", "specificity", "fluency")
BY_HAND = {"relevance": 0.1, "support": 0.05, "fluency": 0.1}


def main() -> None:
    """Prints the fitted weights, and the balanced profile that follows."""
    signals, people = [], []
    for one in rated(Path(sys.argv[1])):
        if not one.train:
            continue
        placed = sorted(rank(one.texts, topic=f"uses for a {one.thing}"), key=lambda r: r.index)
        found = np.array([[r.signals[name] for name in FITTED] for r in placed])
        signals.append(found - found.mean(axis=0))
        said = at_equal_length(mid_ranks(one.originality), mid_ranks([len(t.split()) for t in one.texts]))
        people.append(said - said.mean())
    weights, _ = nnls(np.concatenate(signals), np.concatenate(people))
    print("fitted:", dict(zip(FITTED, weights.round(3).tolist(), strict=True)))
    left = 1 - sum(BY_HAND.values())
    both = weights[:2] / weights[:2].sum() * left
    print("balanced:", {"rarity": round(float(both[0]), 2), "specificity": round(float(both[1]), 2), **BY_HAND})


if __name__ == "__main__":
    main()
