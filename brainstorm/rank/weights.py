"""How much each signal counts: profiles in `weights.json`, with their source, or the caller's own weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from math import isfinite
from numbers import Real
from typing import Final, Literal, get_args

from brainstorm.errors import BriefError

Profile = Literal["balanced", "bold", "safe"]
"""How ideas are weighed: "balanced"; "bold", rare ones first; "safe", well supported ones first."""

_DATA: Final = json.loads((files("brainstorm.rank") / "weights.json").read_text("utf-8"))

PROFILES: Final[dict[str, dict[str, float]]] = _DATA["profiles"]
"""Share of each signal in the quality, by profile; they add up to 1. Their source is in `weights.json`."""

WEIGHTS: Final[dict[str, float]] = PROFILES["balanced"]
"""The weights where none are given."""

SMALL_WEIGHTS: Final[dict[str, float]] = _DATA["small"]
"""`WEIGHTS` for small models: they wander off the topic, and the probabilities they state mean little."""


def check_profile(profile: str) -> str:
    """The profile, if there is one of that name.

    Raises:
        BriefError: there is none.
    """
    if profile not in get_args(Profile):
        raise BriefError(f"there is no profile {profile!r}.", hint=f"There are: {', '.join(get_args(Profile))}.")
    return profile


def check_weights(weights: object) -> Mapping[str, float]:
    """The weights, if they are a mapping.

    Raises:
        BriefError: they are something else; `shares` looks at names and range.
    """
    if not isinstance(weights, Mapping):
        hint = 'Give a share of each signal, such as {"rarity": 2, "relevance": 1}.'
        if isinstance(weights, str) and weights in get_args(Profile):
            hint = f"Give profile={weights!r}."
        raise BriefError(f"weights is {type(weights).__name__} {weights!r:.60}, but must be a mapping.", hint=hint)
    return weights


def shares(weights: Mapping[str, float] | str | None) -> dict[str, float]:
    """The weights of all signals, with a sum of 1.

    Args:
        weights: a profile's name, or a share of each signal (one left out counts 0); `None` for `WEIGHTS`.

    Raises:
        BriefError: a name is unknown, a weight is negative or not finite, or all are 0.
    """
    if isinstance(weights, str):
        weights = PROFILES[check_profile(weights)]
    given = WEIGHTS if weights is None else check_weights(weights)
    for name, weight in given.items():
        if name not in WEIGHTS:
            raise BriefError(f"there is no signal {name!r} to weigh.", hint=f"There are: {', '.join(WEIGHTS)}.")
        if not (isinstance(weight, Real) and isfinite(weight) and weight >= 0):
            raise BriefError(f"the weight of {name} is {weight!r}, but must be a number, 0 or more.")
    total = sum(given.values())
    if not (isfinite(total) and total > 0):
        raise BriefError("the weights are all 0." if not total else "the weights are too large.", hint="Give one at 1.")
    return {name: given.get(name, 0.0) / total for name in WEIGHTS}
