"""How fast replies are read, in CPU seconds: `python bench/parse_speed.py`.

First ordinary replies, 100 KB of the recorded ones fed in pieces as they stream; then hostile ones of 1 MB,
whole and in pieces. The bar: 1 MB/s or better, and 2 s each. The first line says how fast the machine is just
now: a plain loop of ten million rounds takes about 0.3 s on an idle one of 2025.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
N = 1_000_000
HOSTILE = {
    "nested square brackets": "[" * N,
    "nested braces": "{" * N,
    "nested objects": '{"a":' * (N // 5),
    "unclosed objects": '[{"text":"a",' * (N // 13),
    "unclosed tags": "<response>" * (N // 10),
    "unclosed fields": "<response><text>a " * (N // 18),
    "angle brackets": "<" * N,
    "backtick runs": "`" * N,
    "fences": "```\n" * (N // 4),
    "huge number": '[{"text":"a","probability":' + "9" * N,
    "huge decimal": "1. a (Probability: 0." + "7" * N + ")",
    "quotes": '["' + '"' * N,
    "backslashes": '["' + "\\" * N,
    "open string of lines": '[{"text":"' + "a\n" * (N // 2),
    "fields in one object": "{" + '"k":"v",' * (N // 8),
    "small objects": '{"a":1}' * (N // 7),
    "blank": " " * N,
    "line breaks": "\n" * N,
    "one-letter items": "- x\n" * (N // 4),
    "bold lines": "**a**\n" * (N // 6),
    "stars": "** " * (N // 3),
    "bars": "| a " * (N // 4),
    "table": "| a | b |\n" * (N // 10),
    "counting on one line": " ".join(f"{i}. b" for i in range(1, 110_000)),
    "counting to nothing": "1.  " * (N // 4) + "x",
    "the word probability": "prob " * (N // 5) + "x",
    "open statements": "(Probability: " * (N // 14),
    "name: value lines": "a: b\n" * (N // 5),
    "paragraphs behind an item": "1. a\n\n" + "para\n\n" * (N // 6),
    "words that count": "Foo 1\nx\nFoo 2\n" * (N // 14),
    "words that never count": "Foo 1\n" + "Bar 7\n" * (N // 6),
    "statements of one item": "1. a\n" + "\n".join(f"Probability: 0.{i}" for i in range(48_000)),
    "huge entities": "<response><text>" + "&#9999999999;" * (N // 13),
    "comments": "[" + "// a\n" * (N // 5),
    "text too deep": "[" * 60 + '"a",' * (N // 4),
    "block quotes": "> a\n\n" * (N // 5),
    "rules in an idea": "### 1. a\n" + "b\n---\n" * (N // 6),
    "numbers in brackets": "(1) " + "(2) a " * (N // 6),
    "wrappers": "<answer><response>" * (N // 18),
    "think tags": "</think>" * (N // 8),
}


def read(reply: str, size: int) -> float:
    """CPU seconds to read a reply in pieces of a size."""
    from brainstorm.parse import Parser

    start = time.process_time()
    parser = Parser()
    for at in range(0, len(reply), size):
        parser.feed(reply[at : at + size])
    parser.close()
    return time.process_time() - start


def ordinary(size: int, repeats: int = 5) -> float:
    """MB/s over 100 KB of recorded replies in pieces of a size, the best of some repeats."""
    files = sorted((ROOT / "tests" / "data" / "replies").glob("*.jsonl"))
    replies: list[str] = []
    for file in files:
        for line in file.open(encoding="utf-8"):
            if sum(len(reply.encode()) for reply in replies) < 100_000:
                replies.append(json.loads(line)["reply"])
    megabytes = sum(len(reply.encode()) for reply in replies) / 1e6
    return max(megabytes / sum(read(reply, size) for reply in replies) for _ in range(repeats))


def loop() -> float:
    """CPU seconds of a plain loop."""
    start, total = time.process_time(), 0
    for i in range(10_000_000):
        total += i
    return time.process_time() - start


def main() -> None:
    """Print the figures."""
    print(f"plain loop: {loop():.2f} s")
    for size in (4, 16, 64, N):
        print(f"ordinary replies in pieces of {size:>7} characters: {ordinary(size):5.2f} MB/s")
    for name, reply in HOSTILE.items():
        whole, pieces = read(reply, len(reply)), read(reply, 512)
        print(f"{name:28} {len(reply) / 1e6:4.2f} MB  whole {whole:5.2f} s  in pieces {pieces:5.2f} s")


if __name__ == "__main__":
    main()
