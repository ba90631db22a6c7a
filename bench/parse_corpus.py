"""How well the recorded replies are read: recall and precision against the checked expectations.

    python bench/parse_corpus.py [--theirs PATH/verbalized_sampling/methods/parser.py] [--misses]

An idea counts as found when its whole text agrees, white space aside. For comparison the same replies go
through `verbalized-sampling` 0.1.3's own parser (`pip download --no-deps verbalized-sampling==0.1.3`, unpack,
give the path of its parser module; nothing else of it is imported), or, without a path, through its behaviour
as documented: a JSON object with the key "responses" or one empty text.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import re
import sys
import types
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
REPLIES = ROOT / "tests" / "data" / "replies"
Read = Callable[[str], list[str]]


def level(text: str) -> str:
    """A text with its white space levelled."""
    return re.sub(r"\s+", " ", text).strip()


def records() -> list[dict[str, Any]]:
    """The recorded replies with their expectations."""
    return [
        json.loads(line) for file in sorted(REPLIES.glob("*.jsonl")) for line in file.open(encoding="utf-8")
    ]


def ours(reply: str) -> list[str]:
    """What this library reads."""
    from brainstorm.parse import parse

    return [candidate.text for candidate in parse(reply).candidates]


def theirs(path: Path | None) -> Read:
    """What verbalized-sampling reads with its `parse_structure_with_probability`."""
    if path is None:
        return documented
    package = types.ModuleType("vs")
    package.__path__ = [str(path.parent)]
    factory = types.ModuleType("vs.factory")
    names = [
        "DIRECT", "DIRECT_BASE", "DIRECT_COT", "SEQUENCE", "STRUCTURE", "VS_STANDARD", "MULTI_TURN", "VS_COT",
        "VS_MULTI",
    ]  # fmt: skip
    factory.Method = types.SimpleNamespace(**{name: name for name in names})  # type: ignore[attr-defined]
    sys.modules |= {"vs": package, "vs.factory": factory}
    spec = importlib.util.spec_from_file_location("vs.parser", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def read(reply: str) -> list[str]:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                items = module.ResponseParser.parse_structure_with_probability(reply)
            except Exception:
                return []
        return [str(item.get("text", "")) for item in items if isinstance(item, dict) and item.get("text")]

    return read


def documented(reply: str) -> list[str]:
    """The documented behaviour of verbalized-sampling 0.1.3, reproduced."""
    try:
        whole = json.loads(reply[reply.index("{") : reply.rindex("}") + 1])
        return [str(item["text"]) for item in whole["responses"]]
    except (ValueError, KeyError, TypeError):
        return []


def score(read: Read, replies: list[dict[str, Any]], show: bool = False) -> tuple[float, float, int]:
    """Recall, precision, and how many replies were read without a fault."""
    right = said = wanted = clean = 0
    for record in replies:
        expected = Counter(level(idea["text"]) for idea in record["expected"])
        got = Counter(level(text) for text in read(record["reply"]))
        right += (expected & got).total()
        said += got.total()
        wanted += expected.total()
        clean += expected == got
        if show and expected != got:
            print(
                record["id"],
                "missed",
                list((expected - got).elements()),
                "added",
                list((got - expected).elements()),
            )
    return right / max(wanted, 1), right / max(said, 1), clean


def chances(replies: list[dict[str, Any]]) -> tuple[int, int]:
    """Of the ideas found, how many have the expected probability, and how many there are."""
    from brainstorm.parse import parse

    agreed = found = 0
    for record in replies:
        got = [(level(c.text), c.probability) for c in parse(record["reply"]).candidates]
        for idea in record["expected"]:
            same = [p for text, p in got if text == level(idea["text"])]
            if same:
                found += 1
                agreed += idea.get("probability") in same
    return agreed, found


def main() -> None:
    """Print the figures."""
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--theirs", type=Path)
    args.add_argument("--misses", action="store_true", help="list what ours got wrong")
    asked = args.parse_args()
    replies = records()
    ideas = sum(len(record["expected"]) for record in replies)
    print(f"{len(replies)} replies, {ideas} ideas")
    for name, read in (("ours", ours), ("verbalized-sampling", theirs(asked.theirs))):
        recall, precision, clean = score(read, replies, show=asked.misses and name == "ours")
        print(f"{name:20} recall {recall:.4f}  precision {precision:.4f}  replies without a fault {clean}")
    agreed, found = chances(replies)
    print(f"stated probability right for {agreed} of {found} ideas found")
    json_only = [r for r in replies if r["format"] in ("json-vs",)]
    for name, read in (("ours", ours), ("verbalized-sampling", theirs(asked.theirs))):
        recall, precision, _ = score(read, json_only)
        print(f"its own JSON prompt only ({len(json_only)} replies)", end=": ")
        print(f"{name:20} recall {recall:.4f}  precision {precision:.4f}")


if __name__ == "__main__":
    main()
