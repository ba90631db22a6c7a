"""How good and how broad the first places are, on lists that people and a reward model judged.

    pip install pyversity==0.2.0
    python bench/rank_quality.py DATA [DRAWS]   # DATA as for rank_data.py; 100 draws by default

Weights are fitted by fit_rank.py on the train parts. Which signs make up a signal, and how lists of few are treated,
was chosen with the held parts in sight too, and the constants of selection on both objects of MuseScorer: judge by
data that is not here.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyversity
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from rank_data import answers, buckets, rated
from scipy.stats import rankdata, spearmanr

from brainstorm import deduplicate, rank
from brainstorm.embedding import resolve_embedder

PATIENCE = 0.8
"""NoveltyBench's: the chance that a reader goes on to the next answer."""


def controlled(a: np.ndarray, b: np.ndarray, by: np.ndarray) -> float:
    """Spearman's correlation of a and b with what rank of `by` tells of either taken out; 0 where nothing is left."""
    ranks = [rankdata(x) for x in (a, b)]
    base = np.c_[np.ones(len(by)), rankdata(by)]
    left = [r - base @ np.linalg.lstsq(base, r, rcond=None)[0] for r in ranks]
    return float(np.corrcoef(*left)[0, 1]) if min(x.std() for x in left) > 1e-9 else 0.0


def originality(data: Path) -> None:
    """Free quality and each signal against people's originality, within objects (weighted by size) and pooled."""
    print("originality (ocsai), Spearman with words held equal: mean within objects, and pooled over objects' ranks")
    for train in (True, False):
        found, people, length = defaultdict(list), [], []
        lists = [r for r in rated(data) if r.train == train]
        for one in lists:
            placed = sorted(rank(one.texts, topic=f"uses for a {one.thing}"), key=lambda r: r.index)
            found["quality"].append(np.array([r.score for r in placed]))
            for profile in ("bold", "safe"):
                other = sorted(rank(one.texts, topic=f"uses for a {one.thing}", profile=profile), key=lambda r: r.index)
                found[f"profile {profile}"].append(np.array([r.score for r in other]))
            for name in placed[0].signals:
                found[name].append(np.array([r.signals[name] for r in placed]))
            people.append(rankdata(one.originality) / len(placed))
            length.append(np.array([len(t.split()) for t in one.texts]))
        print(f" {'train' if train else 'held'}: {len(lists)} objects, {sum(map(len, people))} ideas")
        sizes = [len(p) for p in people]
        for name, values in found.items():
            within = np.average(
                [controlled(v, p, n) for v, p, n in zip(values, people, length, strict=True)], weights=sizes
            )
            pooled = controlled(*(np.concatenate(x) for x in (values, people, length)))
            plain = spearmanr(np.concatenate(values), np.concatenate(people)).statistic
            print(f"  {name:14s} within {within:+.3f}  pooled {pooled:+.3f}  (length not held equal {plain:+.3f})")


def scored(one, order) -> tuple[float, float, float]:
    """Share of the possible classes in the first 3 and 5, and utility discounted by rank."""
    here, k = one.classes, len(set(one.classes))
    first3, first5 = (len({here[i] for i in order[:n]}) / min(n, k) for n in (3, 5))
    seen, total, weight = set(), 0.0, 0.0
    for place, i in enumerate(order):
        weight += PATIENCE**place
        if here[i] not in seen:
            seen.add(here[i])
            total += PATIENCE**place * one.rewards[here[i]]
    return first3, first5, total / weight


def ranks_of(texts, topic, **options) -> list[int]:
    """Indices, best first."""
    return [r.index for r in rank(texts, topic=topic, **options)]


def lists(data: Path, embedder) -> None:
    """Lists of ten answers, reordered."""
    rows = answers(data)
    vectors = [embedder.embed([*r.texts, r.topic]) + np.float32(1e-6) for r in rows]  # LangChain's refuses zeros

    def by_support(r):
        clusters = deduplicate(r.texts, topic=r.topic).clusters
        size = {i: len(c.members) for c in clusters for i in c.members}
        return sorted(range(len(r.texts)), key=lambda i: -size[i])

    def other(strategy, diversity):
        return lambda r, v: pyversity.diversify(
            v[:-1], v[:-1] @ v[-1], len(r.texts), strategy=strategy, diversity=diversity
        ).indices.tolist()

    ways = {
        "given order": lambda r, v: list(range(len(r.texts))),
        "support": lambda r, v: by_support(r),
        "LangChain MMR 0.5": lambda r, v: maximal_marginal_relevance(v[-1], list(v[:-1]), 0.5, len(r.texts)),
        "LangChain MMR 0.1": lambda r, v: maximal_marginal_relevance(v[-1], list(v[:-1]), 0.1, len(r.texts)),
        **{f"pyversity {s} {d}": other(s, d) for s in ("mmr", "dpp", "cover") for d in (0.5, 0.9)},
        "ours": lambda r, v: ranks_of(r.texts, r.topic),
        "ours, safe": lambda r, v: ranks_of(r.texts, r.topic, profile="safe"),
        "ours, bold": lambda r, v: ranks_of(r.texts, r.topic, profile="bold"),
        "ours, variety 1": lambda r, v: ranks_of(r.texts, r.topic, variety=1.0),
    }
    print("lists of ten (noveltybench): share of the possible classes in the first 3 and 5, utility")
    found = {
        name: np.array([scored(r, way(r, v)) for r, v in zip(rows, vectors, strict=True)]) for name, way in ways.items()
    }
    train = np.array([r.train for r in rows])
    for name, values in found.items():
        parts = "   ".join(
            f"{part} {values[at].mean(axis=0)[0]:.3f} {values[at].mean(axis=0)[1]:.3f} {values[at].mean(axis=0)[2]:.3f}"
            for part, at in (("train", train), ("held", ~train))
        )
        print(f"  {name:20s} {parts}")
    lead = (
        found["ours"][~train, 2]
        - max((found[n] for n in ways if not n.startswith("ours")), key=lambda v: v[~train, 2].mean())[~train, 2]
    )
    draws = np.random.default_rng(0).choice(lead, (2000, len(lead))).mean(axis=1)
    print(
        f"  held utility, ours over the best other: {lead.mean():+.3f} ({np.quantile(draws, 0.025):+.3f} to {np.quantile(draws, 0.975):+.3f})"
    )


def spread(data: Path, embedder, draws: int) -> None:
    """Distinct buckets among the first places of 200 ideas drawn at random."""
    ways = {
        "random": lambda t, v, topic: list(range(20)),
        "pyversity mmr 0.5": lambda t, v, topic: pyversity.diversify(v, np.zeros(len(v)), 20, strategy="mmr", diversity=0.5).indices.tolist(),
        "pyversity cover 0.5": lambda t, v, topic: pyversity.diversify(v, np.zeros(len(v)), 20, strategy="cover", diversity=0.5).indices.tolist(),
        "ours": lambda t, v, topic: ranks_of(t, topic),
        "ours, no topic": lambda t, v, topic: ranks_of(t, ""),
        "ours, bold": lambda t, v, topic: ranks_of(t, topic, profile="bold"),
        "ours, safe": lambda t, v, topic: ranks_of(t, topic, profile="safe"),
        "ours, variety 1": lambda t, v, topic: ranks_of(t, topic, variety=1.0),
    }  # fmt: skip
    print(f"200 ideas drawn, {draws} draws an object (musescorer): share of distinct buckets in the first 10 and 20")
    found = defaultdict(list)
    for thing, rows in buckets(data).items():
        rng = np.random.default_rng(7)
        vectors = embedder.embed([r[0] for r in rows])
        for _ in range(draws):
            at = rng.choice(len(rows), 200, replace=False)
            texts = [rows[i][0] for i in at]
            for name, way in ways.items():
                order = way(texts, vectors[at], f"uses for a {thing}")
                found[name, thing].append(
                    [np.mean([len({rows[at[i]][p] for i in order[:n]}) / n for p in (1, 2)]) for n in (10, 20)]
                )
    things = list(buckets(data))
    for name in ways:
        means = [np.mean(found[name, t], axis=0) for t in things]
        both = np.mean(means, axis=0)
        print(
            f"  {name:20s} {both[0]:.4f} {both[1]:.4f}   "
            + "  ".join(f"{t} {m[0]:.3f} {m[1]:.3f}" for t, m in zip(things, means, strict=True)),
            flush=True,
        )


def main() -> None:
    """Prints every figure."""
    data, embedder = Path(sys.argv[1]), resolve_embedder()
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    if draws:
        spread(data, embedder, draws)
    originality(data)
    lists(data, embedder)


if __name__ == "__main__":
    main()
