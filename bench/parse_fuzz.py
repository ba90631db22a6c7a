"""Fuzz the parser for a given time: `python bench/parse_fuzz.py [--seconds 600] [--seed N] [--atheris]`.

Without atheris, replies are put together at random from pieces of every format and from mutated recorded
replies. With it (`pip install atheris`) its coverage decides what to try next. Checked for every reply:
nothing raises, any pieces give what the whole gives, what was fed out is a prefix of the result, and each
idea's characters occur in the reply in that order. Ends with status 1 at the first reply that breaks one, and
prints it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def recorded() -> list[str]:
    """The recorded replies."""
    files = sorted((ROOT / "tests" / "data" / "replies").glob("*.jsonl"))
    return [json.loads(line)["reply"] for file in files for line in file.open(encoding="utf-8")]


def check(reply: str, cuts: list[int]) -> None:
    """Raise `AssertionError` when something that must hold for any reply does not."""
    from test_parse_properties import feed, was_said

    from brainstorm.parse import parse

    whole = parse(reply)
    fed, closed = feed(reply, cuts)
    assert closed == whole, "pieces give something else than the whole"
    assert tuple(fed) == whole.candidates[: len(fed)], "what was fed out is no prefix"
    for candidate in whole.candidates:
        assert was_said(candidate.text, reply), f"not in the reply: {candidate.text!r}"


def make(rng: random.Random, pieces: list[str], replies: list[str]) -> str:
    """A reply at random."""
    if rng.random() < 0.6 or not replies:
        return "".join(rng.choice(pieces) for _ in range(rng.randrange(1, 40)))
    reply = rng.choice(replies)[: rng.randrange(20, 600)]
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(reply) + 1)
        gone = rng.choice([0, 0, 1, rng.randrange(12)])
        reply = reply[:at] + rng.choice([*pieces, ""]) + reply[at + gone :]
    return reply


def run_random(seconds: float, seed: int) -> int:
    """Fuzz with this module's own generator; returns how many replies were tried."""
    from test_parse_properties import PIECES

    rng, replies, tried = random.Random(seed), recorded(), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        reply = make(rng, PIECES, replies)
        size = rng.choice([1, 2, 3, 5, 17])
        cuts = list(range(0, len(reply), size)) if rng.random() < 0.7 else [rng.randrange(len(reply) + 1)]
        try:
            check(reply, cuts)
        except Exception:
            print(json.dumps({"reply": reply, "cuts": cuts}))
            raise
        tried += 1
    return tried


def run_atheris(seconds: float, seed: int) -> None:
    """Fuzz guided by coverage; atheris ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["brainstorm.parse"]):
        import brainstorm.parse.parser

    assert brainstorm.parse.parser.parse("") is not None
    from test_parse_properties import PIECES

    def one(data: bytes) -> None:
        given = atheris.FuzzedDataProvider(data)
        parts = []
        while given.remaining_bytes() > 2 and len(parts) < 80:
            chosen = given.ConsumeIntInRange(0, len(PIECES) + 20)
            parts.append(PIECES[chosen] if chosen < len(PIECES) else given.ConsumeUnicode(6))
        size = len(data) % 7 + 1
        reply = "".join(parts)
        try:
            check(reply, list(range(0, len(reply), size)))
        except Exception:
            print(json.dumps({"reply": reply, "size": size}))
            raise

    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", f"-seed={seed}", "-max_len=600"], one)
    atheris.Fuzz()


def main() -> None:
    """Fuzz, and say what was tried."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--seconds", type=float, default=600)
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--atheris", action="store_true")
    asked = args.parse_args()
    if asked.atheris:
        run_atheris(asked.seconds, asked.seed)
    else:
        print(f"{run_random(asked.seconds, asked.seed)} replies tried, nothing found")


if __name__ == "__main__":
    main()
