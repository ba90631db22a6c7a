"""How well folding agrees with people, each figure on data that its constants were not fitted on.

python bench/dedup_quality.py DATA       # DATA as for fit_same.py, with innovonto_environment_similarity.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import numpy as np
from fit_same import answers, buckets, fit_all, long_sample, short_sample
from scipy.stats import spearmanr
from sklearn.metrics import adjusted_mutual_info_score, roc_auc_score

from brainstorm.dedup import compare, deduplicate
from brainstorm.dedup import same as same_module
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import MissingPackageError


def labels(folding, n: int) -> np.ndarray:
    """Cluster number of each text."""
    out = np.zeros(n, int)
    for number, cluster in enumerate(folding.clusters):
        out[list(cluster.members)] = number
    return out


def calibration_error(p: np.ndarray, y: np.ndarray, bins: int = 10) -> float:
    """Mean distance of stated probability and share of same pairs, over equal bins, weighted by size."""
    at = np.minimum((p * bins).astype(int), bins - 1)
    return float(sum(abs(p[at == b].mean() - y[at == b].mean()) * (at == b).mean() for b in set(at.tolist())))


def interval(y: np.ndarray, p: np.ndarray, times: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of the area under the curve."""
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(times):
        at = rng.integers(0, len(y), len(y))
        draws.append(roc_auc_score(y[at], p[at]))
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


def using(fitted: dict):
    """Runs with other constants."""
    made = same_module.parse_calibration(fitted)
    return mock.patch.object(same_module, "calibration", return_value=made)


def short_ideas(data: Path, embedder, long) -> None:
    """Clusters of one object's ideas with constants of the other: mean AMI with the two people."""
    rows = buckets(data)
    samples = {o: short_sample(r, f"uses for a {o}", embedder) for o, r in rows.items()}
    for tested in rows:
        fitted = fit_all([s for o, s in samples.items() if o != tested], long)
        texts = [r[0] for r in rows[tested]]
        people = [[r[k] for r in rows[tested]] for k in (1, 2)]
        with using(fitted):
            folding = deduplicate(texts, embedder=embedder)
            found = labels(folding, len(texts))
            scores = [adjusted_mutual_info_score(p, found) for p in people]
            print(
                f"clusters of {tested}: AMI {np.mean(scores):.4f} (people {adjusted_mutual_info_score(*people):.4f}), "
                f"{len(folding.clusters)} clusters, people made {[len(set(p)) for p in people]}"
            )
            sweep = {
                at: labels(folding.at(at), len(texts)) for at in (0.1, 0.12, 0.14, 0.16, 0.17, 0.18, 0.2, 0.22, 0.25)
            }
            print("   by cut:", {
                at: round(float(np.mean([adjusted_mutual_info_score(p, x) for p in people])), 4)
                for at, x in sweep.items()
            })  # fmt: skip


def long_answers(data: Path, embedder) -> None:
    """Every pair scored by constants fitted on the other four fifths."""
    rows = answers(data)
    y = np.array([r["similar"] for r in rows])
    sample = long_sample(rows, embedder)
    short = [short_sample(r, "", embedder) for r in buckets(data).values()]
    order = np.random.default_rng(0).permutation(len(y))
    p, wording, meaning = np.zeros(len(y)), np.zeros(len(y)), sample.features["meaning"]
    for fold in range(5):
        held = order[fold::5]
        with using(fit_all(short, sample.take(np.setdiff1d(order, held)))):
            for k in held:
                r = rows[k]
                a, b = r["generation_0"], r["generation_1"]
                p[k] = compare(a, b, topic=r["prompt"], embedder=embedder).probability
                wording[k] = compare(a, b, topic=r["prompt"], embedder=None).probability
    for name, score in (("blend", p), ("wording alone", wording), ("meaning alone", meaning)):
        low, high = interval(y, score)
        print(f"long answers, {name}: AUC {roc_auc_score(y, score):.4f} ({low:.3f} to {high:.3f})")
    try:
        minilm = resolve_embedder("quality")
    except MissingPackageError:
        print("long answers, MiniLM: skipped, its extra is not installed")
    else:
        left = minilm.embed([r["generation_0"] for r in rows])
        cosines = np.einsum("nd,nd->n", left, minilm.embed([r["generation_1"] for r in rows]))
        print(f"long answers, cosine of MiniLM: AUC {roc_auc_score(y, cosines):.4f}")
    print(f"long answers, calibration error of the blend: {calibration_error(p, y):.4f}")


def crowd(data: Path, embedder) -> None:
    """Rank correlation with the crowd's similarity; nothing was fitted on this set."""
    with (data / "innovonto_environment_similarity.csv").open(newline="", encoding="utf-8") as file:
        rows = [(a.strip(), b.strip(), float(c)) for a, b, c in csv.reader(file, skipinitialspace=True)]
    people = [r[2] for r in rows]
    for name, chosen in (("blend", embedder), ("wording alone", None)):
        scores = [compare(a, b, embedder=chosen).probability for a, b, _ in rows]
        print(f"crowd similarity, {name}: Spearman {spearmanr(scores, people).statistic:.4f}")
    pairs = [compare(a, b, embedder=embedder).meaning or 0.0 for a, b, _ in rows]
    print(f"crowd similarity, meaning alone: Spearman {spearmanr(pairs, people).statistic:.4f}")


def main(arguments: Sequence[str]) -> None:
    """Prints every figure."""
    data = Path(arguments[0])
    embedder = resolve_embedder()
    crowd(data, embedder)
    long_answers(data, embedder)
    short_ideas(data, embedder, long_sample(answers(data), embedder))


if __name__ == "__main__":
    main(sys.argv[1:])
