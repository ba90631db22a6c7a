"""How well Good-Turing foretells the new ideas of the next call, on real runs of the embedded model.

After each call m of a run the engine says how many new ideas one more call would bring (`richness.next_call`, from
the first m calls alone); call m + 1 then shows it. Error = foretold minus brought. Intervals: bootstrap over topics.

    .venv/bin/python bench/good_turing.py [--calls 16] [--first 4] [--json runs.json]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from brainstorm import Brainstormer, Brief, Budget
from brainstorm.embedding import resolve_embedder
from brainstorm.result import assemble

# of our own writing; none served to choose the estimator or its settings
TOPICS = (
    "Names for a ferry that runs at night",
    "Uses for a broken piano",
    "Gifts for someone who fears the dark",
    "Features for a better doorbell",
    "Opening lines for a story about a borrowed coat",
    "How can a library attract teenagers?",
    "Themes for a street party in winter",
    "Slogans for a shop that mends shoes",
    "Business ideas for a village with one road",
    "Topics for a podcast about old maps",
    "Flavours for a tea made in the mountains",
    "Names for a choir of firefighters",
    "Uses for a pile of old bricks",
    "Gifts for a teacher of mathematics",
    "Features for a bench in a park",
    "Opening lines for a story about a lost dog",
    "Ways to keep a long queue of people happy",
    "Activities for a class of eight-year-olds in the woods",
    "Taglines for a museum of clocks",
    "Services that a small airport could sell",
)


def main() -> None:
    """Run, foretell, compare, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--model", default="local")
    options.add_argument("--calls", type=int, default=16)
    options.add_argument("--first", type=int, default=4, help="calls before the first foretelling")
    options.add_argument("--topics", type=int, default=len(TOPICS))
    options.add_argument("--json", type=Path, help="write all pairs here")
    given = options.parse_args()
    model, embedder = Brainstormer(given.model, min_new=0, max_rounds=1), resolve_embedder()
    pairs: dict[str, list[tuple[float, int]]] = {}
    for topic in TOPICS[: given.topics]:
        run = model.invoke(Brief(topic=topic, n=1000, budget=Budget(calls=given.calls)))
        record = run.record
        replies = sorted(record.replies, key=lambda r: r.call.id)
        sets = [
            assemble(record.model_copy(update={"replies": tuple(replies[:m])}), embedder)
            for m in range(given.first, len(replies) + 1)
        ]
        pairs[topic] = [
            (now.richness.next_call, sum(idea.calls == (last,) for idea in (*then.ideas, *then.more)))
            for now, then, last in zip(sets, sets[1:], (r.call.id for r in replies[given.first :]), strict=False)
        ]
        foretold, brought = np.mean(pairs[topic], axis=0)
        print(
            f"{topic:55} {run.richness.distinct:4} distinct; foretold {foretold:.2f}, brought {brought:.2f} a call",
            flush=True,
        )
    if given.json:
        given.json.write_text(json.dumps(pairs, indent=1), encoding="utf-8")
    report([np.array(p, dtype=float) for p in pairs.values()])


def report(runs: list[np.ndarray]) -> None:
    """Print the mean error, its interval, and how it looks early and late in a run."""
    rng = np.random.default_rng(0)
    errors = [run[:, 0] - run[:, 1] for run in runs]

    def mean(of: list[np.ndarray]) -> str:
        drawn = [np.concatenate([of[i] for i in rng.integers(0, len(of), len(of))]).mean() for _ in range(2000)]
        low, high = np.percentile(drawn, [2.5, 97.5])
        return f"{np.concatenate(of).mean():+.3f} (95 % {low:+.3f} to {high:+.3f})"

    brought = np.concatenate([run[:, 1] for run in runs])
    middle = max(1, min(map(len, errors)) // 2)
    print(f"\n{len(runs)} topics, {len(brought)} foretold calls, {brought.mean():.2f} new ideas brought a call")
    print(f"mean error, ideas a call      {mean(errors)}")
    print(f"  first half of each run      {mean([e[:middle] for e in errors])}")
    print(f"  second half                 {mean([e[middle:] for e in errors])}")
    print(f"mean absolute error           {np.abs(np.concatenate(errors)).mean():.3f}")
    steady = np.concatenate([run[:, 1] - run[:, 1].mean() for run in runs])
    print(f"  of each topic's own mean    {np.abs(steady).mean():.3f}  (what no forecast can foretell)")


if __name__ == "__main__":
    main()
