"""How well folding agrees with people. Blends are fitted on other data than they are scored on.

    pip install semhash==0.5.0 scikit-learn
    python bench/dedup_quality.py DATA   # DATA as for fit_same.py, with innovonto_environment_similarity.csv

Which features to use, the vote's constants and the cut were chosen with all of DATA in sight but the crowd's
similarity; what that is worth shows in the nested figures, whose vote and cut were chosen on the other object.
semhash's own default model is not on the package registry, so it scores by the default table here.
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
from brainstorm.dedup import vote as vote_module
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


def intervals(y: np.ndarray, scores: dict[str, np.ndarray], measure, times: int = 2000) -> None:
    """Prints each score's measure and, drawn on the same resampled pairs, the first one's lead over each other."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(y), len(y)) for _ in range(times)]
    found = {name: np.array([measure(y[at], s[at]) for at in draws]) for name, s in scores.items()}
    first = next(iter(scores))

    def spread(values: np.ndarray) -> str:
        low, high = np.quantile(values, (0.025, 0.975))
        return f"({low:+.3f} to {high:+.3f})"

    for name, score in scores.items():
        line = f"  {name}: {measure(y, score):.4f} {spread(found[name])}"
        if name != first:
            lead = found[first] - found[name]
            line += f"; {first} leads by {measure(y, scores[first]) - measure(y, score):+.4f} {spread(lead)}"
        print(line)


def using(fitted: dict):
    """Runs with other constants."""
    made = same_module.parse_calibration(fitted)
    return mock.patch.object(same_module, "calibration", return_value=made)


def agreement(rows, found: np.ndarray) -> float:
    """Mean adjusted mutual information with the two people."""
    return float(np.mean([adjusted_mutual_info_score([r[k] for r in rows], found) for k in (1, 2)]))


CUTS = (0.1, 0.12, 0.14, 0.17, 0.2, 0.22, 0.25, 0.3)
VOTES = (0.0, 1.0, 2.0, 3.0)
FLAT = 0.01
"""Agreement within which settings count as equally good: the best of a flat stretch is chance."""


def chosen_on(rows, embedder) -> tuple[float, float]:
    """Vote and cut chosen on one object by the constants in use: the middle of the cuts near the best one."""
    texts = [r[0] for r in rows]
    found = {}
    for weight in VOTES:
        with mock.patch.object(vote_module, "VOTE", weight):
            folding = deduplicate(texts, embedder=embedder)
            found[weight] = [agreement(rows, labels(folding.at(at), len(texts))) for at in CUTS]
    best = max(found, key=lambda weight: max(found[weight]))
    near = [at for at, score in zip(CUTS, found[best], strict=True) if score >= max(found[best]) - FLAT]
    return best, float(np.mean(near))


def short_ideas(data: Path, embedder, long) -> None:
    """Clusters of one object's ideas with constants of the other: mean AMI with the two people.

    The shipped cut and vote were chosen with both objects in sight, the nested ones on the other object only.
    (The choice of features was made with both in sight too, and is not nested.)
    """
    rows = buckets(data)
    samples = {o: short_sample(r, f"uses for a {o}", embedder) for o, r in rows.items()}
    for tested in rows:
        others = {o: s for o, s in samples.items() if o != tested}
        texts = [r[0] for r in rows[tested]]
        people = [[r[k] for r in rows[tested]] for k in (1, 2)]
        with using(fit_all(list(others.values()), long)):
            folding = deduplicate(texts, embedder=embedder)
            found = labels(folding, len(texts))
            print(
                f"clusters of {tested}: AMI {agreement(rows[tested], found):.4f} with the shipped cut {folding.same} "
                f"(people {adjusted_mutual_info_score(*people):.4f}), {len(folding.clusters)} clusters, "
                f"people made {[len(set(p)) for p in people]}"
            )
            weight, at = chosen_on(next(rows[o] for o in others), embedder)
            with mock.patch.object(vote_module, "VOTE", weight):
                nested = labels(deduplicate(texts, embedder=embedder, same=at), len(texts))
            print(f"   nested: AMI {agreement(rows[tested], nested):.4f} with vote {weight} and cut {at:.3f}")
            sweep = {at: round(agreement(rows[tested], labels(folding.at(at), len(texts))), 4) for at in CUTS}
            print(f"   by cut: {sweep}")
            calibration(folding, samples[tested], people)
            for name, other in (("wording alone", None), ("quality", "quality"), ("wordllama", "wordllama")):
                try:
                    with_other = labels(deduplicate(texts, embedder=other), len(texts))
                except MissingPackageError:
                    continue
                print(f"   {name}: AMI {agreement(rows[tested], with_other):.4f}", flush=True)


def calibration(folding, sample, people) -> None:
    """How far probabilities are off for this object's pairs: a pair's own, and those that clusters are linked by."""
    (tree,) = folding._ground.trees
    place = np.array(folding._ground.place)
    i, j = np.triu_indices(len(place), 1)
    different = place[i] != place[j]
    a, b = place[i[different]], place[j[different]]
    for name, square in (("own", tree.pair), ("after the vote", tree.same)):
        p = square[a, b]
        line = f"   calibration error of a pair's probability, {name}: {calibration_error(p, sample.labels):.4f}"
        likely = p >= 0.1
        line += (
            f"; of the {likely.sum():,} pairs from 0.1 up: {calibration_error(p[likely], sample.labels[likely]):.4f}"
        )
        print(line)


def semhash_score(rows, model) -> np.ndarray:
    """What semhash says of each pair: the score of the duplicate that it finds at a threshold under any score."""
    from semhash import SemHash

    out = []
    for r in rows:
        pair = [r["generation_0"], r["generation_1"]]
        found = SemHash.from_records(records=pair, model=model).self_deduplicate(threshold=-1.0).filtered
        out.append(found[0].score)
    return np.array(out)


def long_answers(data: Path, embedder) -> None:
    """Every pair scored by constants fitted on the other four fifths."""
    rows = answers(data)
    y = np.array([r["similar"] for r in rows])
    sample = long_sample(rows, embedder)
    short = [short_sample(r, "", embedder) for r in buckets(data).values()]
    order = np.random.default_rng(0).permutation(len(y))
    p, wording = np.zeros(len(y)), np.zeros(len(y))
    for fold in range(5):
        held = order[fold::5]
        with using(fit_all(short, sample.take(np.setdiff1d(order, held)))):
            for k in held:
                r = rows[k]
                a, b = r["generation_0"], r["generation_1"]
                p[k] = compare(a, b, topic=r["prompt"], embedder=embedder).probability
                wording[k] = compare(a, b, topic=r["prompt"], embedder=None).probability
    scores = {"blend": p, "wording alone": wording, "meaning alone": sample.features["meaning"]}
    for name in ("quality", "wordllama"):
        try:
            other = resolve_embedder(name)
        except MissingPackageError:
            print(f"{name}: skipped, its extra is not installed")
            continue
        left, right = (other.embed([r[f"generation_{k}"] for r in rows]) for k in (0, 1))
        scores[f"cosine of {name}"] = np.einsum("nd,nd->n", left, right)
    try:
        from dedup_speed import encoder

        scores["semhash on the default table"] = semhash_score(rows, encoder())
    except ModuleNotFoundError:
        print("semhash: skipped, it is not installed")
    print("long answers, area under the curve (95 % of 2,000 resamplings):")
    intervals(y, scores, roc_auc_score)
    print(f"  calibration error of the blend: {calibration_error(p, y):.4f}")


def crowd(data: Path, embedder) -> None:
    """Rank correlation with the crowd's similarity; nothing was fitted on this set."""
    with (data / "innovonto_environment_similarity.csv").open(newline="", encoding="utf-8") as file:
        rows = [(a.strip(), b.strip(), float(c)) for a, b, c in csv.reader(file, skipinitialspace=True)]
    people = np.array([r[2] for r in rows])
    scores = {
        name: np.array([compare(a, b, embedder=chosen).probability for a, b, _ in rows])
        for name, chosen in (("blend", embedder), ("wording alone", None))
    }
    scores["meaning alone"] = np.array([compare(a, b, embedder=embedder).meaning or 0.0 for a, b, _ in rows])
    print("crowd similarity, Spearman (95 % of 2,000 resamplings):")
    intervals(people, scores, lambda y, s: float(spearmanr(s, y).statistic))


def main(arguments: Sequence[str]) -> None:
    """Prints every figure."""
    data = Path(arguments[0])
    embedder = resolve_embedder()
    crowd(data, embedder)
    short_ideas(data, embedder, long_sample(answers(data), embedder))
    long_answers(data, embedder)


if __name__ == "__main__":
    main(sys.argv[1:])
