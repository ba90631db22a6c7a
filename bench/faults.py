"""Wall time when half of the calls fail, against the best schedule there is, over a real server on loopback.

A call that goes well takes a second. For each way to fail, 48 calls run 8 at a time through the real client, every
second one failing; then a mix of all ways. The schedule gives each call to the first free slot, and knows what a call
takes: its attempts, what the server asks to wait, else 0.5 and 1 s between attempts, without jitter; and nothing for
anything else. Prints both times and their ratio, for calls that all go well too. Bar: 1.5. Run: python bench/faults.py [WAY ...]
"""

from __future__ import annotations

import asyncio
import heapq
import sys
import time
from pathlib import Path

import openai

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))  # the parts shared with the tests

from serving import serving

from brainstorm.brief import Brief
from brainstorm.calls import Call
from brainstorm.generate import generate
from brainstorm.models import resolve_models
from brainstorm.replies import Reply, Request
from brainstorm.result import assemble
from brainstorm.values import Record
from tests.faulty import WAYS, Way, ideas, well
from tests.server import Answer, FakeOpenAI

CALLS, SLOTS, SECONDS, TIMEOUT = 48, 8, 1.0, 4.0
RETRY_AFTER = 1.0
NAMES = [name for name in WAYS if not name.startswith("huge")]


def way_of(name: str, call: int) -> str:
    """How call `call` goes in the mix called `name`."""
    if call % 2 == 0:
        return "well"
    return NAMES[call // 2 % len(NAMES)] if name == "all" else name


def respond(server: FakeOpenAI) -> None:
    """Answers as the words of the request say."""

    def answer(body: dict, number: int) -> Answer:
        name, call = body["messages"][-1]["content"].split("|")
        texts = ideas(int(call))
        if name == "well":
            return well(texts, seconds=SECONDS)
        given = WAYS[name].answer(texts)
        if given.status in (429, 500):
            given.headers["Retry-After"] = str(int(RETRY_AFTER))
        return given

    server.answer = answer


def seconds_of(name: str, way: Way | None) -> float:
    """What a call takes at least."""
    if way is None:
        return SECONDS
    if name in ("429", "500"):
        return RETRY_AFTER * (way.attempts - 1)
    once = TIMEOUT if name in ("hang", "stall") else 0.0
    waits = 0.0 if name in ("bad json", "html", "no stream") else sum(0.5 * 2**i for i in range(way.attempts - 1))
    return once * way.attempts + waits


def schedule(lengths: list[float]) -> float:
    """The end of the last call when each goes to the first free slot, in order."""
    free = [0.0] * SLOTS
    for length in lengths:
        heapq.heappush(free, heapq.heappop(free) + length)
    return max(free)


async def measure(url: str, name: str) -> tuple[float, int, int]:
    """Seconds, ideas in the result, failures listed."""
    requests = [
        Request(Call(id=f"1.{i:02d}", technique="t", template="t", k=5, seed=i), (("user", f"{way_of(name, i)}|{i}"),))
        for i in range(CALLS)
    ]
    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
        [model] = resolve_models(client, model_name="m")
        began = time.perf_counter()
        events = [e async for e in generate(requests, [model], concurrency=SLOTS, timeout=TIMEOUT)]
        took = time.perf_counter() - began
    replies = tuple(e for e in events if isinstance(e, Reply))
    result = assemble(Record(brief=Brief(topic="Names", n=1000), replies=replies), None)
    return took, len(result.ideas), len(result.failures)


def main() -> None:
    """One way after the other, then all."""
    asked = sys.argv[1:] or ["well", *NAMES, "all"]
    with serving(respond) as url, asyncio.Runner() as runner:
        for name in ("well", "401"):  # loads what the client needs, also when a call fails
            runner.run(measure(url, name))
        worst = 0.0
        for name in asked:
            ways = [way_of(name, i) for i in range(CALLS)]
            ideal = schedule([seconds_of(way, WAYS.get(way)) for way in ways])
            failing = sum(way != "well" and bool(WAYS[way].cause) for way in ways)
            took, found, failures = runner.run(measure(url, name))
            worst = max(worst, took / ideal)
            print(
                f"{name:10} {took:6.2f} s, schedule {ideal:6.2f} s: ratio {took / ideal:.2f}; "
                f"{found} ideas, {failures} of {failing} failures listed",
                flush=True,
            )
    print(f"worst ratio {worst:.2f}")


if __name__ == "__main__":
    main()
