"""Fits the probability that two texts are the same idea, and writes `brainstorm/dedup/same.json`.

    python bench/fit_same.py DATA

`bench/dedup_quality.py` fits on parts and scores on the rest.
DATA is the folder with `musescorer_buckets.csv` (short ideas, bucketed by two people each; MIT) and
`noveltybench_pairs.jsonl` (long answers, one label a pair; MIT).
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

sys.path.insert(0, str(Path(__file__).parents[1]))

from brainstorm.dedup import evidence as ev
from brainstorm.dedup.reading import read_all
from brainstorm.embedding import resolve_embedder

SHORT_WORDS, LONG_WORDS = 30.0, 60.0
"""Below, the blend fitted on short ideas decides; above, the one fitted on long answers."""

WORTH_A_LOOK = 0.02
CUTS = {"short/meaning": 0.2, "short/wording": 0.12, "long/meaning": 0.45, "long/wording": 0.45}
"""Average probability, after the neighbours' vote, at which lists are cut. For short ideas the agreement with
people is flat from 0.14 to 0.22 on the two objects together; of these 0.2 folds the fewest different ideas in
lists of other kinds (gifts, names, businesses, uses of a brick: 42 wrong pairs instead of 64 at 0.17, the same 122
of 130 right ones). For long answers, where no partition by people is at hand, a little under even odds."""

FEW_CUTS = {"short/meaning": 0.25, "short/wording": 0.2}
FEW, MANY = 50, 200
"""Lists of up to `FEW` texts are cut at `FEW_CUTS`, of `MANY` and more at `CUTS`. On random parts of the two objects,
agreement with people is highest at 0.3 with 30 texts, flat from 0.17 to 0.25 with 80, at 0.17 to 0.2 with 200."""

PENALTY = {"short": 1e-4, "long": 0.01}
"""Ridge penalty a labelled pair; long answers have 1,000 labelled pairs only."""


SIGNED = ("length", "length_gap", "list_items", "list_gap", "topic_length")
"""Features that may speak either way; of short ideas, being more alike in any other never counts against being the
same. (Unbound, agreement with people on objects not fitted on is lower by about 0.01 AMI.)"""


@dataclass(frozen=True)
class Sample:
    """Pairs of one kind of text: features by name, labels 0..1."""

    features: dict[str, np.ndarray]
    labels: np.ndarray

    def take(self, chosen: np.ndarray) -> Sample:
        """Some of the pairs."""
        return Sample({k: v[chosen] for k, v in self.features.items()}, self.labels[chosen])


def buckets(data: Path) -> dict[str, list[tuple[str, int, int]]]:
    """Ideas of each object with the buckets two people put them in."""
    out = defaultdict(list)
    with (data / "musescorer_buckets.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            out[row["object"]].append((row["idea"], int(row["person_1"]), int(row["person_2"])))
    return dict(out)


def answers(data: Path) -> list[dict[str, str]]:
    """Pairs of long answers with their label `similar`."""
    return [json.loads(line) for line in (data / "noveltybench_pairs.jsonl").open(encoding="utf-8")]


def short_sample(rows: list[tuple[str, int, int]], topic: str, embedder) -> Sample:
    """Every pair of distinct texts of one object; the label is the mean of the two people's."""
    evidence = ev.Evidence(read_all([r[0] for r in rows]), embedder.embed([r[0] for r in rows]), topic)
    evidence.weigh_topic()
    i, j = np.triu_indices(len(rows), 1)
    different = np.array(
        [evidence.readings[a].normal != evidence.readings[b].normal for a, b in zip(i, j, strict=True)]
    )
    i, j = i[different], j[different]
    names = {*ev.FULL["short/meaning"], *ev.FULL["short/wording"]}
    features = evidence.features(i, j, names)
    one, two = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    return Sample(features, ((one[i] == one[j]).astype(float) + (two[i] == two[j])) / 2)


def long_sample(rows: list[dict[str, str]], embedder) -> Sample:
    """One labelled pair of answers a prompt."""
    parts = []
    pair = np.array([0]), np.array([1])
    for row in rows:
        texts = [row["generation_0"], row["generation_1"]]
        evidence = ev.Evidence(read_all(texts), embedder.embed(texts), row["prompt"])
        parts.append(evidence.features(*pair, ev.FULL["long/meaning"]))
    features = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    return Sample(features, np.array([float(r["similar"]) for r in rows]))


def fit(sample: Sample, names: tuple[str, ...], penalty: float, bound: bool = True) -> dict:
    """Weights of one blend, in the features' own units."""
    x = np.stack([sample.features[k] for k in names], 1).astype(float)
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    x = (x - mean) / deviation
    signed = [k in SIGNED or not bound for k in names]
    y = sample.labels

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ theta[:-1] + theta[-1]
        p = 1 / (1 + np.exp(-z))
        value = np.mean(np.logaddexp(0, z) - y * z) + penalty / 2 * theta[:-1] @ theta[:-1]
        return value, np.r_[x.T @ (p - y) / len(y) + penalty * theta[:-1], np.mean(p - y)]

    bounds = [(None, None) if free else (0, None) for free in signed] + [(None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    weights, intercept = found.x[:-1] / deviation, found.x[-1]
    out = {k: round(float(w), 4) for k, w in zip(names, weights, strict=True)}
    out["intercept"] = round(float(intercept - weights @ mean), 4)
    out = {k: w for k, w in out.items() if w}
    return {
        "weights": out,
        "typical": {k: round(float(m), 4) for k, m in zip(names, mean, strict=True) if k in out},
    }


def predict(model: dict, sample: Sample) -> np.ndarray:
    """Log odds by a fitted blend."""
    weights = dict(model["weights"])
    return weights.pop("intercept") + sum(w * sample.features[k] for k, w in weights.items())


def fit_all(short: list[Sample], long: Sample) -> dict:
    """All eight blends; the full ones for short ideas are fitted on pairs worth a look, as they are used."""
    blends = {}
    joined = Sample(
        {k: np.concatenate([s.features[k] for s in short]) for k in short[0].features},
        np.concatenate([s.labels for s in short]),
    )
    for size, sample in (("short", joined), ("long", long)):
        for kind in ("meaning", "wording"):
            bound = size == "short"
            coarse = fit(sample, ev.COARSE[f"{size}/{kind}"], PENALTY[size], bound)
            blends[f"{size}/coarse/{kind}"] = coarse
            worth = 1 / (1 + np.exp(-predict(coarse, sample))) >= WORTH_A_LOOK
            look = np.flatnonzero(worth | (kind == "wording"))
            blends[f"{size}/full/{kind}"] = fit(sample.take(look), ev.FULL[f"{size}/{kind}"], PENALTY[size], bound)
    numbers = {"short": SHORT_WORDS, "long": LONG_WORDS, "worth_a_look": WORTH_A_LOOK, "few": FEW, "many": MANY}
    return {"numbers": numbers, "same": CUTS, "few_same": FEW_CUTS, "blends": blends}


def main() -> None:
    """Fits on everything, and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    embedder = resolve_embedder()
    short = [short_sample(rows, f"uses for a {o}", embedder) for o, rows in buckets(data).items()]
    fitted = fit_all(short, long_sample(answers(data), embedder))
    card = {"made_by": "bench/fit_same.py", "source": __doc__.split("DATA is the folder with ")[1].strip()}
    out = Path(__file__).parents[1] / "brainstorm" / "dedup" / "same.json"
    out.write_text(json.dumps(card | fitted, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
