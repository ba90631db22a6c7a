"""Time to put the best 20 of n texts first, side by side with pyversity's and LangChain's MMR on the same embeddings.

    pip install pyversity==0.2.0
    python bench/rank_speed.py

Three depths of work, each against MMR on vectors that are there already: the picks alone; `order`, which also tells
signals, themes and reasons; and `rank`, which embeds and folds the texts first (MMR is given the embedding too there).
"""

from __future__ import annotations

import random
import time

import numpy as np
import pyversity
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from brainstorm import rank
from brainstorm.dedup.quiet import one_thread
from brainstorm.embedding import resolve_embedder
from brainstorm.embedding.static import word_ranks
from brainstorm.rank import order
from brainstorm.rank.likeness import of_vectors
from brainstorm.rank.select import select

TOP = 20


def texts_of(n: int) -> list[str]:
    """Made-up short ideas of six English words."""
    drawn = random.Random(0)
    known = [word for word in list(word_ranks())[200:8000] if word.isalpha() and len(word) > 3]
    return [" ".join(drawn.choices(known, k=6)) for _ in range(n)]


def main() -> None:
    """Prints medians of interleaved runs, in milliseconds, and the ratio of pyversity's time to ours."""
    embedder = resolve_embedder()
    assert embedder is not None
    for n in (200, 2_000, 20_000):
        texts = texts_of(n)
        vectors = embedder.embed(texts)
        quality = np.random.default_rng(0).random(n).astype(np.float32)

        def mmr(v: np.ndarray) -> None:
            pyversity.diversify(v, quality, TOP, strategy="mmr", diversity=0.5)  # noqa: B023

        ways = {
            "select": lambda: select(quality, of_vectors(vectors), 0.5, top=TOP, whole=False),  # noqa: B023
            "order(top=20)": lambda: order(texts, vectors, top=TOP),  # noqa: B023
            "order": lambda: order(texts, vectors),  # noqa: B023
            "rank(top=20)": lambda: rank(texts, top=TOP),  # noqa: B023
            "rank": lambda: rank(texts),  # noqa: B023
            "pyversity": lambda: mmr(vectors),  # noqa: B023
            "embedding and pyversity": lambda: mmr(embedder.embed(texts)),  # noqa: B023
            "langchain": lambda: maximal_marginal_relevance(vectors[0], list(vectors), 0.5, TOP),  # noqa: B023
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        with one_thread():
            for _ in range(3 if n > 10_000 else 9):
                for name, way in ways.items():
                    start = time.perf_counter()
                    way()
                    times[name].append(time.perf_counter() - start)
        ms = {name: float(np.median(t)) * 1000 for name, t in times.items()}
        print(f"{TOP} of {n:,}")
        for name in ways:
            print(
                f"  {name:24s} {ms[name]:10.1f} ms   pyversity takes {ms['pyversity'] / ms[name]:6.2f} ×, "
                f"LangChain {ms['langchain'] / ms[name]:6.2f} ×",
                flush=True,
            )


if __name__ == "__main__":
    main()
