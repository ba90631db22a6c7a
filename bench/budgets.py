"""Random runs with a scripted model: budgets of calls, tokens, dollars and seconds, concurrency, reply sizes, failures.

Whenever the model is asked, it looks whether the budget was spent before. Prints how many runs exceeded theirs by
more than the one call that reached it may take, why the runs stopped, and by how much runs that had a limit of seconds outlasted it. Run: python bench/budgets.py [RUNS]
Bar: 0 of 500.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the parts shared with the tests

import brainstorm.generate
from tests.budgets import random_run


async def main(runs: int) -> None:
    """Run them one after the other, without the waits between attempts."""
    brainstorm.generate._wait = lambda fault, attempt: 0.0
    began = time.perf_counter()
    for seed in range(5):  # what runs load at first takes time of its own
        await random_run(seed)
    exceeded, why, over = 0, Counter[str](), []
    for seed in range(runs):
        wrong, stopped, late = await random_run(10_000 + seed)
        why[stopped] += 1
        over += [late] if stopped == "seconds" else []
        if wrong:
            exceeded += 1
            print(f"seed {10_000 + seed}: {'; '.join(wrong)}")
    print(f"{exceeded} of {runs} runs exceeded a budget; stopped by {dict(why.most_common())}")
    if over:
        print(
            f"ended by time: {1000 * statistics.median(over):.0f} ms late at the median, {1000 * max(over):.0f} at most"
        )
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
