"""Time to select 20 of n embeddings, side by side with pyversity's and LangChain's MMR.

pip install pyversity==0.2.0
python bench/rank_speed.py
"""

from __future__ import annotations

import time

import numpy as np
import pyversity
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from brainstorm.dedup.quiet import one_thread
from brainstorm.rank.likeness import of_vectors
from brainstorm.rank.select import select


def main() -> None:
    """Prints medians of interleaved runs, in milliseconds, and their ratios."""
    rng = np.random.default_rng(0)
    for n in (200, 2_000, 20_000):
        vectors = rng.normal(size=(n, 256)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        quality = rng.random(n).astype(np.float32)
        ways = {
            "ours": lambda v=vectors, q=quality: select(q, of_vectors(v), 0.5, top=20, whole=False),
            "pyversity": lambda v=vectors, q=quality: pyversity.diversify(v, q, 20, strategy="mmr", diversity=0.5),
            "langchain": lambda v=vectors: maximal_marginal_relevance(v[0], list(v), 0.5, 20),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        with one_thread():
            for _ in range(5 if n > 10_000 else 15):
                for name, way in ways.items():
                    start = time.perf_counter()
                    way()
                    times[name].append(time.perf_counter() - start)
        ms = {name: float(np.median(t)) * 1000 for name, t in times.items()}
        print(
            f"20 of {n:6,}: "
            + ", ".join(f"{name} {t:.2f} ms" for name, t in ms.items())
            + f"; pyversity/ours {ms['pyversity'] / ms['ours']:.2f}, langchain/ours {ms['langchain'] / ms['ours']:.1f}"
        )


if __name__ == "__main__":
    main()
