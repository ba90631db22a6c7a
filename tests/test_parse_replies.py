"""The recorded replies of real models, against what a person reading them calls the ideas."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from brainstorm.parse import Candidate, Parser, parse

FILES = sorted((Path(__file__).parent / "data" / "replies").glob("*.jsonl"))
RECORDS: list[dict[str, Any]] = [json.loads(line) for file in FILES for line in file.open(encoding="utf-8")]


def level(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_there_are_enough_of_them_in_every_form() -> None:
    assert len(RECORDS) >= 200
    assert len({r["format"] for r in RECORDS}) >= 30
    assert len({r["lang"] for r in RECORDS}) >= 10
    assert {r["grammar"] for r in RECORDS} == {True, False}
    assert {r["finish"] for r in RECORDS} == {"stop", "length"}


def test_recall_and_precision_are_at_least_99_percent() -> None:
    right = said = wanted = 0
    for record in RECORDS:
        expected = Counter(level(idea["text"]) for idea in record["expected"])
        got = Counter(level(c.text) for c in parse(record["reply"]).candidates)
        right += (expected & got).total()
        said += got.total()
        wanted += expected.total()
    assert right >= 0.99 * wanted
    assert right >= 0.99 * said


def test_stated_probabilities_are_as_read() -> None:
    wrong = []
    for record in RECORDS:
        got = [(level(c.text), c.probability) for c in parse(record["reply"]).candidates]
        for idea in record["expected"]:
            same = [p for text, p in got if text == level(idea["text"])]
            if same and idea.get("probability") not in same:
                wrong.append((record["id"], idea))
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize("size", [1, 4, 13])
def test_any_pieces_give_what_the_whole_gives(size: int) -> None:
    for record in RECORDS[:: 1 if size == 4 else 5]:
        reply, parser = record["reply"], Parser()
        fed: list[Candidate] = []
        for at in range(0, len(reply), size):
            fed += parser.feed(reply[at : at + size])
        parsed = parser.close()
        assert parsed == parse(reply), record["id"]
        assert tuple(fed) == parsed.candidates[: len(fed)], record["id"]


STREAMED = ("json-vs", "json-list", "jsonl", "xml-vs", "xml-shot", "numbered-p", "bullets-p", "labels")


def test_ordinary_replies_stream() -> None:
    """Of replies in an ordinary form nearly all give every idea but the last before they end."""
    several = late = 0
    for record in RECORDS:
        if record["format"] in STREAMED:
            reply, parser = record["reply"], Parser()
            fed = sum(len(parser.feed(reply[at : at + 4])) for at in range(0, len(reply), 4))
            total = len(parser.close().candidates)
            several += total > 1
            late += fed < total - 1
    assert several > 100
    assert late <= 0.08 * several


def words(text: str) -> Counter[str]:
    return Counter(w for w in re.findall(r"[^\W\d_]{3,}", text))


def test_nothing_said_is_lost() -> None:
    """In replies of plain text every word is in an idea or in what is left."""
    marks = {
        "Idea",
        "Experiment",
        "Sentence",
        "Poem",
        "Text",
        "Probability",
        "json",
        "python",
        "yaml",
        "csv",
        "php",
    }
    for record in RECORDS:
        reply = record["reply"]
        if re.search(r"[{}\[\]<>|\\]", reply):
            continue
        parsed = parse(reply)
        said = [f"{c.heading or ''} {c.text} {c.stated}" for c in parsed.candidates]
        kept = words("\n".join([*said, *parsed.leftover]))
        lost = {w for w in words(reply) - kept if w not in marks}
        assert len(lost) <= 2, (record["id"], lost)
