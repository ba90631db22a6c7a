"""Sixteen calls at once against one, and when the first idea is seen, over a real server on loopback.

The server takes 300 ms a call and streams its reply over that time. Prints medians and ratios.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import openai

sys.path.insert(0, str(Path(__file__).parent.parent))  # the server of the tests

from brainstorm import Brainstormer, Brief, Budget, Event
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

RUNS = 15
SECONDS = 0.3


def measure(model: Brainstormer, calls: int) -> tuple[float, float, float]:
    """Seconds to the end, to the first idea, and to the end of the first call."""
    brief = Brief(topic="Names for a bakery", n=1000, budget=Budget(calls=calls))
    start = time.perf_counter()
    first_idea = first_call = 0.0
    for event in model.stream(brief):
        now = time.perf_counter() - start
        if isinstance(event, Event) and event.kind == "idea" and not first_idea:
            first_idea = now
        if isinstance(event, Event) and event.kind == "call" and not first_call:
            first_call = now
    return time.perf_counter() - start, first_idea, first_call


def serve(address: Connection) -> None:
    """The server, in a process of its own as any server is."""
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(
            ideas_json(*(f"{WORDS[(i + j) % 16]} {WORDS[(i * 5 + j) % 16]}" for j in range(5))), seconds=SECONDS
        )
        address.send(server.url)
        address.recv()


def main() -> None:
    """Alternate runs of one call and of sixteen."""
    one, sixteen = [], []
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    client = openai.AsyncOpenAI(base_url=ours.recv(), api_key="none")
    model = Brainstormer(client, model_name="m", concurrency=16)
    measure(model, 16)  # opens the connections and loads the embedder
    for _ in range(RUNS):
        one.append(measure(model, 1))
        sixteen.append(measure(model, 16))
    ours.send("done")
    process.join()
    alone, together = (statistics.median(total for total, _, _ in runs) for runs in (one, sixteen))
    print(f"1 call {1000 * alone:.0f} ms, 16 calls {1000 * together:.0f} ms: ratio {together / alone:.2f}")
    idea, call = (statistics.median(run[i] for run in sixteen) for i in (1, 2))
    print(
        f"first idea after {1000 * idea:.0f} ms, first call ended after {1000 * call:.0f} ms: ratio {idea / call:.2f}"
    )


if __name__ == "__main__":
    main()
