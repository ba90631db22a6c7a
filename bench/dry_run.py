"""How near `--dry-run` comes: expected against actual tokens.

    python bench/dry_run.py                       20 runs on the embedded model, 20 over loopback: mean ratio and worst
    python bench/dry_run.py fit [TECHNIQUE ...]   what calls say and bring on the embedded model, for `estimate.py`

The topics of the runs are those of `prompts/trial_topics.txt`; the constants come from the topics of the worked
examples in `prompts/small_examples.txt`, which no run uses.
"""

from __future__ import annotations

import json
import math
import random
import re
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openai

sys.path.insert(0, str(Path(__file__).parent.parent))  # the server of the tests

from brainstorm import Brainstormer, Brief, Budget
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import NoIdeasError
from brainstorm.library import load_library
from brainstorm.result import assemble
from brainstorm.techniques import TECHNIQUES
from brainstorm.tokens import count_tokens
from brainstorm.values import Record
from tests.server import Answer, FakeOpenAI

RUNS = 20
FIT_TOPICS, FIT_CALLS = 4, 5

REPEATED, RESAMPLED = 0.22, 0.71
"""Share of ideas that the server on loopback has said before in the run; the second where one idea is asked for, with
nothing told of those before. After NoveltyBench (arXiv 2504.05228): of ten, 7.8 and 2.9 were distinct."""

HOME = Path(__file__).parent.parent
PLAIN = " ".join(
    f.read_text(encoding="utf-8") for place in ("docs/*.md", "prompts/*.txt") for f in sorted(HOME.glob(place))
)
VOCABULARY = sorted(set(re.findall(r"\b[a-z]{3,12}\b", PLAIN)))
"""Some 3,000 plain words of this project's own texts."""


def topics() -> list[str]:
    """The briefs to run on."""
    text = (HOME / "prompts" / "trial_topics.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def run(brainstormer: Brainstormer, brief: Brief) -> Record:
    """A run's record, whether or not it brought an idea."""
    try:
        return brainstormer.invoke(brief).record
    except NoIdeasError as error:
        return error.result.record


def spent(record: Record) -> tuple[int, int]:
    """Tokens in and out."""
    used = [r.usage for r in record.replies]
    return sum(u.input_tokens for u in used), sum(u.output_tokens for u in used)


def fit(techniques: Sequence[str]) -> None:
    """Print output tokens, ideas said and distinct ideas a call, by technique; and how prompts are counted."""
    examples = load_library().examples
    asked = [e.topic for e in examples][:: len(examples) // FIT_TOPICS][:FIT_TOPICS]
    prompts = []
    for name in techniques:
        model = Brainstormer("local", technique=name, until="budget")
        records = [run(model, Brief(topic=topic, n=8, budget=Budget(calls=FIT_CALLS))) for topic in asked]
        replies = [reply for record in records for reply in record.replies]
        said = [reply.usage.output_tokens for reply in replies]
        for reply in replies:
            text = sum(count_tokens(text) for _, text in reply.messages)
            prompts.append((text, len(reply.messages), 1.0, reply.usage.input_tokens))
        new = [assemble(r, resolve_embedder("default")).richness.distinct / len(r.replies) for r in records]
        print(
            f"{name:12} tokens out {statistics.mean(said):6.1f} (sd {statistics.stdev(said):5.1f}) a call, "
            f"distinct {statistics.mean(new):5.2f} a call, {statistics.mean(new) / TECHNIQUES[name].k:.2f} of k",
            flush=True,
        )
    table = np.array(prompts)
    by, *_ = np.linalg.lstsq(table[:, :3], table[:, 3], rcond=None)
    print(f"tokens of a prompt: {by[0]:.3f} x its text + {by[1]:.2f} x messages + {by[2]:.1f}")


def embedded() -> list[float]:
    """Expected by actual tokens of runs on the embedded model, one after the other."""
    model = Brainstormer("local")
    ratios = []
    for number, topic in enumerate(topics()[:RUNS]):
        brief = Brief(topic=topic, n=3 + number % 4)
        expected = model.estimate(brief)
        sent, said = spent(run(model, brief))
        ratios.append(expected.tokens / (sent + said))
        print(
            f"{ratios[-1]:.2f}  {expected.input_tokens}+{expected.output_tokens} / {sent}+{said}  {topic}", flush=True
        )
    return ratios


def answer(chance: random.Random, before: list[tuple[str, str]], body: dict[str, Any]) -> Answer:
    """Ideas in the form asked for: a heading of 2 to 4 words and a sentence of 12 to 22, some of them said before."""
    prompt = "\n".join(m["content"] for m in body["messages"])
    asked = re.findall(r"(?:Give|Generate|Name|wanted:) (\d+)", prompt)
    alone = asked[-1] == "1" and len(body["messages"]) < 3
    often = RESAMPLED if alone else REPEATED
    ideas: list[tuple[str, str]] = []
    for _ in range(int(asked[-1])):
        if before and chance.random() < often:
            ideas.append(chance.choice(before))
            continue
        heading = " ".join(chance.choices(VOCABULARY, k=chance.randrange(2, 5))).capitalize()
        ideas.append((heading, " ".join(chance.choices(VOCABULARY, k=chance.randrange(12, 23))).capitalize() + "."))
    before += ideas
    if "JSON" in prompt:
        shown = [{"heading": h, "text": t, "probability": round(chance.uniform(0.01, 0.3), 2)} for h, t in ideas]
        text = json.dumps({"responses": shown}, indent=chance.choice([None, 2]))
    else:
        text = "\n".join(f"{i}. {h}: {t}" for i, (h, t) in enumerate(ideas, 1))
    sent = sum(count_tokens(m["content"]) + 4 for m in body["messages"]) + 3
    return Answer(text, usage=(sent, count_tokens(text)))


def loopback(cases: Sequence[tuple[str, int]]) -> list[float]:
    """The same against a server on loopback, for techniques and numbers of ideas."""
    chance = random.Random(5)
    ratios = []
    with FakeOpenAI() as server:
        before: list[tuple[str, str]] = []
        server.answer = lambda body, number: answer(chance, before, body)
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        for (name, n), topic in zip(cases, topics(), strict=False):
            model = Brainstormer(client, model_name="m", technique=name)
            brief = Brief(topic=topic, n=n)
            expected = model.estimate(brief)
            before.clear()
            sent, said = spent(run(model, brief))
            ratios.append(expected.tokens / (sent + said))
            print(f"{ratios[-1]:.2f}  {expected.input_tokens}+{expected.output_tokens} / {sent}+{said}  {name}, n {n}")
    return ratios


def main() -> None:
    """Print the mean and the worst ratio of each series."""
    for name, series in (
        (
            "loopback, every technique",
            lambda: loopback([(name, 12) for name in TECHNIQUES if name not in ("vs_cot", "small")]),
        ),
        ("loopback, the default", lambda: loopback([("auto", 5 + number) for number in range(RUNS)])),
        ("embedded model, the default", embedded),
    ):
        ratios = series()
        worst = max(ratios, key=lambda r: abs(math.log(r)))
        near = sum(0.8 <= r <= 1.2 for r in ratios)
        print(
            f"{name}: expected by actual tokens, mean {statistics.mean(ratios):.3f}, worst {worst:.2f}, "
            f"{near} of {len(ratios)} runs within 20 %"
        )


if __name__ == "__main__":
    fit(sys.argv[2:] or list(TECHNIQUES)) if sys.argv[1:2] == ["fit"] else main()
