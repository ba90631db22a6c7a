"""The labelled lists that ranking is fitted and scored on, and how they are split."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

LEAST = 12
"""Ideas of an object from which ranks within it say something."""


@dataclass(frozen=True)
class Rated:
    """Uses of one object, with people's mean originality, 10 to 50."""

    thing: str
    texts: list[str]
    originality: np.ndarray
    train: bool


@dataclass(frozen=True)
class Answers:
    """One list of answers: the class of each, the reward of each class."""

    method: str
    topic: str
    texts: list[str]
    classes: list[int]
    rewards: list[float]
    train: bool


def rated(data: Path) -> list[Rated]:
    """Ocsai's uses by object; every second object, by falling number of ideas, is for fitting."""
    found = defaultdict(list)
    for line in (data / "ocsai_originality.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        thing, text = re.fullmatch(r"AUT Prompt:(.*?)\nResponse:(.*)\nScore:\n", row["prompt"], re.S).groups()
        found[thing].append((text, float(row["completion"])))
    things = sorted((t for t in found if len(found[t]) >= LEAST), key=lambda t: (-len(found[t]), t))
    return [
        Rated(t, [x for x, _ in found[t]], np.array([y for _, y in found[t]]), k % 2 == 0) for k, t in enumerate(things)
    ]


def answers(data: Path) -> list[Answers]:
    """NoveltyBench's lists by GPT-4o and by people; 60 of the 100 prompts, drawn with seed 0, are for fitting."""
    with gzip.open(data / "noveltybench_gpt4o_generations.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    ids = sorted({r["id"] for r in rows})
    train = {ids[k] for k in np.random.default_rng(0).permutation(len(ids))[:60]}
    return [
        Answers(
            r["method"], r["prompt"], list(map(str, r["generations"])), r["partition"],
            [float(x) for x in r["partition_scores"]], r["id"] in train,
        )
        for r in rows
    ]  # fmt: skip


def buckets(data: Path) -> dict[str, list[tuple[str, str, str]]]:
    """MuseScorer's ideas by object, each with the buckets that two people put it into."""
    found = defaultdict(list)
    with (data / "musescorer_buckets.csv").open(newline="", encoding="utf-8") as file:
        for r in csv.DictReader(file):
            found[r["object"]].append((r["idea"], r["person_1"], r["person_2"]))
    return dict(found)
