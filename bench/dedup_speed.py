"""Speed of folding beside semhash, on the same texts and vectors, medians of runs taken in turn.

    pip install semhash==0.5.0
    python bench/dedup_speed.py
    python bench/dedup_speed.py --large 10000 100000 1000000

Texts are made-up ideas of 8 to 25 words, one in five a reworded copy of another.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

import brainstorm.embedding
from brainstorm.dedup import Folder, deduplicate, fold
from brainstorm.dedup.join import leaders, near_pairs
from brainstorm.dedup.meaning import embed
from brainstorm.embedding import resolve_embedder
from brainstorm.embedding.static import teacher_vocabulary, word_ranks
from brainstorm.rank import order

OPENINGS = (
    "A {0} that helps {1} people {2} their {3} with a {4}", "Turn the {0} into a {3} where {1} visitors can {2} a {4}",
    "Use {1} {0} to {2} every {3} in town, and give each guest a {4}", "A story about a {1} {0} who must {2} the {3}",
    "Invite {1} {0} to {2} a {3} together, then share the {4} online", "An app to {2} your {0} by {1} {3} and {4}",
    "Sell {1} {0} made of old {3} to people who {2} a {4} every week in the evening after work",
)  # fmt: skip


def ideas(n: int, seed: int = 0) -> list[str]:
    """n texts."""
    rng = random.Random(seed)
    words = rng.sample([w for w in word_ranks() if w.isalpha() and len(w) > 3][300:9000], 1500)
    made: list[str] = []
    while len(made) < n:
        if made and rng.random() < 0.2:
            parts = rng.choice(made).split()
            kind = rng.random()
            if kind < 0.3:
                made.append(" ".join(parts).lower() + ".")
            else:
                parts[rng.randrange(len(parts))] = rng.choice(words)
                made.append(" ".join(parts))
            continue
        text = rng.choice(OPENINGS).format(*(rng.choice(words) for _ in range(5)))
        made.append(" ".join([text, *(rng.choice(words) for _ in range(rng.randrange(8)))]))
    return made


def encoder():
    """Our table in the form that semhash's users have: a model2vec `StaticModel`, with its own tokenizer."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = teacher_vocabulary()
    table = np.zeros((len(vocabulary), 256), np.float32)
    with np.load(Path(brainstorm.embedding.__file__).parent / "minilm_words.npz") as file:
        table[file["kept"]] = file["rows"] * file["scale"].astype(np.float32)[:, None]
    ids = {piece: k for k, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return StaticModel(table, tokenizer, normalize=True)


Times = dict[str, tuple[float, float]]
"""Median wall and processor seconds of each job."""


def in_turn(runs: int, **jobs: Callable[[], object]) -> Times:
    """Each job run alternately with the others, so that a busy machine slows all alike."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            began = time.perf_counter(), time.process_time()
            job()
            times[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return {name: tuple(map(statistics.median, zip(*t, strict=True))) for name, t in times.items()}  # type: ignore


def told(found: Times) -> str:
    """Both jobs' medians and what share of one the other takes."""
    (wall, cpu), (wall_semhash, cpu_semhash) = found["ours"], found["semhash"]
    return (
        f"{wall * 1e3:.1f} ms (processor {cpu * 1e3:.1f}), semhash {wall_semhash * 1e3:.1f} ms "
        f"({cpu_semhash * 1e3:.1f}): {wall_semhash / wall:.1f} times by the clock, "
        f"{cpu_semhash / cpu:.1f} by processor time"
    )


def folded_and_ranked(texts: list[str], pick: int) -> object:
    """Embeds, folds, and picks of what is left."""
    known = embed(texts, "default")
    folding = fold(texts, known.vectors, scale=known.scale)
    kept = [cluster.representative for cluster in folding.clusters]
    vectors = None if known.vectors is None else known.vectors[kept]
    support = [len(c.members) for c in folding.clusters]
    return [kept[r.index] for r in order([texts[k] for k in kept], vectors, support=support, top=pick)]


def end_to_end() -> None:
    """Embed, fold and rank, from texts."""
    from semhash import SemHash

    model = encoder()
    for n, runs in ((20, 21), (200, 15), (500, 9), (2000, 5)):
        texts = ideas(n)
        pick = min(10, n)

        def theirs(texts=texts, pick=pick) -> object:
            hashed = SemHash.from_records(records=texts, model=model)
            hashed.self_deduplicate(threshold=0.9)
            return hashed.self_find_representative(selection_size=pick)

        def ours(texts=texts, pick=pick) -> object:
            return folded_and_ranked(texts, pick)

        theirs()
        ours()
        print(f"end to end, {n:,} texts: {told(in_turn(runs, ours=ours, semhash=theirs))}", flush=True)


def join(workers: int | None) -> None:
    """Near-duplicates at cosine 0.9 on the same vectors; pairs against brute force, and what is kept."""
    from semhash import SemHash

    model = encoder()
    embedder = resolve_embedder()
    for n, runs in ((200, 9), (2000, 9), (20_000, 5), (100_000, 3)):
        texts = list(dict.fromkeys(ideas(n)))
        vectors = embedder.embed(texts)

        def theirs(texts=texts, vectors=vectors) -> object:
            return SemHash.from_embeddings(vectors, texts, model=model).self_deduplicate(threshold=0.9)

        found = in_turn(runs, ours=lambda v=vectors: leaders(v, 0.9, workers=workers), semhash=theirs)
        stands = leaders(vectors, 0.9, workers=workers)
        kept = np.flatnonzero(stands == np.arange(len(texts)))
        pairs_left = len(near_pairs(vectors[kept], 0.9)[0])
        semhash_kept = [theirs().selected for _ in range(2)]
        place = {text: k for k, text in enumerate(texts)}
        left_by_semhash = [len(near_pairs(vectors[[place[t] for t in k]], 0.9)[0]) for k in semhash_kept]
        line = (
            f"join, {len(texts):,} vectors: {told(found)}; kept {len(kept):,} with {pairs_left} pairs among them, "
            f"semhash in two runs {[len(k) for k in semhash_kept]} with {left_by_semhash}"
        )
        if n <= 20_000:
            true = {
                divmod(code, len(texts)) for code in np.flatnonzero(np.triu(vectors @ vectors.T >= 0.9, 1)).tolist()
            }
            i, j, _ = near_pairs(vectors, 0.9)
            line += f"; pairs found {len(true & set(zip(i.tolist(), j.tolist(), strict=True))):,} of {len(true):,}"
        print(line, flush=True)


def arriving() -> None:
    """Placing one more text when there are 500."""
    embedder = resolve_embedder()
    texts = ideas(550)
    folder = Folder()
    times = []
    for text, vector in zip(texts, embedder.embed(texts), strict=True):
        began = time.perf_counter()
        folder.add(text, vector)
        times.append(time.perf_counter() - began)
    at_500 = sorted(times[450:])
    print(f"placing a text among 500: {at_500[50] * 1e3:.2f} ms, 95th percentile {at_500[95] * 1e3:.2f} ms")


def large(n: int) -> None:
    """The whole of `deduplicate` on one large list."""
    texts = ideas(n)
    began = time.perf_counter()
    folding = deduplicate(texts)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{n:,} texts: {seconds:.1f} s, {len(folding.clusters):,} clusters, peak {peak:.1f} GB", flush=True)


def main() -> None:
    """Prints every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=int, nargs="*", default=[], metavar="N", help="only fold lists this long")
    parser.add_argument("--workers", type=int, default=1, help="threads of our join; semhash's are its own choice")
    arguments = parser.parse_args()
    for n in arguments.large:
        large(n)
    if not arguments.large:
        cores = os.cpu_count() or 1
        print(f"{cores} cores, one BLAS thread; join by {arguments.workers} threads, semhash by as many as it takes")
        arriving()
        end_to_end()
        join(arguments.workers)


if __name__ == "__main__":
    main()
