"""The calibrated probability that people would call two texts the same idea.

A logistic blend of wording and meaning, fitted by `bench/fit_same.py` on people's judgements; the constants,
with their source, are in `same.json`. Short ideas and long answers are judged by different signs, so there are
two blends, and between the two lengths their log odds are mixed. The probability is that for two texts picked at
random from a list for one brief: among hundreds of short ideas few pairs are the same, so a list is cut well
below one half.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from brainstorm.dedup.evidence import Evidence, median

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Blend:
    """One logistic blend: log odds are `intercept` plus the sum of weight times feature."""

    weights: dict[str, float]
    intercept: float
    typical: dict[str, float]
    """Each feature's mean over the pairs fitted on; the topic's length counts as it where no topic is told."""

    def log_odds(self, features: dict[str, Floats]) -> Floats:
        """Log odds of each pair, from the features' arrays of one length."""
        import numpy as np

        total: Floats | np.float32 = np.float32(self.intercept)
        for name, weight in self.weights.items():
            value: Floats | np.float32
            if name == "topic_length" and name not in features:  # no topic was told
                value = np.float32(self.typical[name])
            else:
                value = features[name]
            total = total + np.float32(weight) * value
        return np.asarray(total, np.float32)


@dataclass(frozen=True, slots=True)
class Calibration:
    """All blends, and the lengths between which they are mixed.

    Attributes:
        blends: by "short" or "long", then "coarse" (for all pairs) or "full" (for the likelier ones), then
            "meaning" or "wording" (alone).
        short: words up to which a pair counts as short (geometric mean of the two).
        long: words from which it counts as long.
        same: average probability at which lists of short ideas, or of long answers, are cut by default: as
            "short/meaning", "short/wording", "long/meaning", "long/wording".
        few_same: the same for a list of `few` short ideas, or fewer: the mean over few pairs, with few neighbours
            to ask, is less certain. Between `few` and `many` a straight line in log texts.
        few: texts.
        many: texts from which `same` holds.
        worth_a_look: pairs of a lower coarse probability keep it: their wording is not compared letter by letter.
    """

    blends: dict[tuple[str, str, str], Blend]
    short: float
    long: float
    same: dict[str, float]
    few_same: dict[str, float]
    few: float
    many: float
    worth_a_look: float

    def longness(self, log_length: NDArray[np.floating[Any]] | np.floating[Any]) -> Floats:
        """0 for short pairs, 1 for long ones, between the two a straight line in log words."""
        import numpy as np

        low, high = np.log(self.short), np.log(self.long)
        return np.asarray(np.clip((log_length - low) / (high - low), 0, 1), np.float32)

    def needed(self, long: bool, known: NDArray[np.bool_]) -> set[str]:
        """Features that the full blends of pairs weigh: `long` or short ones, some of `known` meaning."""
        sizes = ("short", "long") if long else ("short",)
        kinds = [kind for kind, some in (("meaning", known.any()), ("wording", not known.all())) if some]
        return {name for size in sizes for kind in kinds for name in self.blends[size, "full", kind].weights}

    def list_longness(self, evidence: Evidence) -> float:
        """0 for a list of short ideas, 1 for one of long answers, by its middle length."""
        return float(self.longness(median(evidence.log_length)))

    def default_cut(self, evidence: Evidence) -> float:
        """The average probability at which this list is cut by default.

        By its middle length, its size, and the share of its texts whose meaning is known.
        """
        import numpy as np

        longness = self.list_longness(evidence)
        n = len(evidence.readings)
        fewness = float(np.clip(np.log(self.many / n) / np.log(self.many / self.few), 0, 1))
        known = float(evidence.known.mean())

        def cut(kind: str) -> float:
            short = (1 - fewness) * self.same[f"short/{kind}"] + fewness * self.few_same[f"short/{kind}"]
            return (1 - longness) * short + longness * self.same[f"long/{kind}"]

        return round(known * cut("meaning") + (1 - known) * cut("wording"), 4)

    def log_odds(self, features: dict[str, Floats], known: NDArray[np.bool_], longness: Floats) -> Floats:
        """Log odds by the full blends; `known` marks pairs with meaning on both sides."""
        import numpy as np

        out = np.zeros(len(longness), np.float32)
        for size, share in (("short", 1 - longness), ("long", longness)):
            if not share.any():
                continue
            odds: Floats | None = None
            if known.any():
                odds = self.blends[size, "full", "meaning"].log_odds(features)
            if not known.all():
                by_wording = self.blends[size, "full", "wording"].log_odds(features)
                odds = by_wording if odds is None else np.where(known, odds, by_wording)
            if odds is not None:
                out += share * odds
        return out


@cache
def calibration() -> Calibration:
    """The fitted constants, read once."""
    data = json.loads((files("brainstorm.dedup") / "same.json").read_text("utf-8"))
    return parse_calibration(data)


def parse_calibration(data: dict[str, object]) -> Calibration:
    """Constants from the form in which `bench/fit_same.py` writes them."""
    models: dict[str, dict[str, dict[str, float]]] = data["blends"]  # type: ignore[assignment]
    blends = {}
    for name, model in models.items():
        size, stage, kind = name.split("/")
        weights = {k: v for k, v in model["weights"].items() if k != "intercept"}
        blends[size, stage, kind] = Blend(weights, model["weights"]["intercept"], model["typical"])
    numbers: dict[str, float] = data["numbers"]  # type: ignore[assignment]
    cuts: dict[str, float] = data["same"]  # type: ignore[assignment]
    few: dict[str, float] = data["few_same"]  # type: ignore[assignment]
    return Calibration(blends, same=cuts, few_same=few, **numbers)


def full(evidence: Evidence, i: Indices, j: Indices, fitted: Calibration) -> Floats:
    """(len(i),) probabilities, by the full blends, that the texts of each pair are the same idea."""
    import numpy as np

    longness = fitted.longness((evidence.log_length[i] + evidence.log_length[j]) / np.float32(2))
    out = np.empty(len(i), np.float32)
    for long in (False, True):
        chosen = np.flatnonzero(longness > 0 if long else longness <= 0)
        if not len(chosen):
            continue
        a, b = i[chosen], j[chosen]
        known = evidence.known[a] & evidence.known[b]
        features = evidence.features(a, b, fitted.needed(long, known))
        out[chosen] = sigmoid(fitted.log_odds(features, known, longness[chosen]))
    return out


def sigmoid(log_odds: Floats) -> Floats:
    """Log odds to probabilities, in place."""
    import numpy as np

    np.clip(log_odds, -30, 30, out=log_odds)
    np.negative(log_odds, out=log_odds)
    np.exp(log_odds, out=log_odds)
    log_odds += 1
    return np.divide(1, log_odds, out=log_odds)
