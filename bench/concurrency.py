"""Many calls at once against the best schedule, and when the first idea is seen, over a real server on loopback.

The server, in a process of its own, takes 300 ms a call and streams its reply over that time. Prints medians and
ratios: sixteen calls at once to one call (bar 1.3), the first idea to the end of the first call (bar 0.4), and 200
calls at concurrency 32 to the seven turns of 300 ms that they need (bar 1.15): over a scripted model, over the server,
and, to tell what the machine and the client cost, with OpenAI's client alone. Run: python bench/concurrency.py [RUNS]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from math import ceil
from pathlib import Path

import openai

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))  # the server of the tests

from serving import serving

from brainstorm import Brainstormer, Brief, Budget, Event
from brainstorm.calls import Call
from brainstorm.generate import generate
from brainstorm.models import ChatModel, resolve_models
from brainstorm.replies import Reply, Request
from brainstorm.testing import ScriptedChat
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
SECONDS = 0.3
CALLS, SLOTS = 200, 32


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


async def many(model: ChatModel) -> float:
    """Seconds for 200 calls, 32 at a time."""
    requests = [
        Request(Call(id=f"1.{i:03d}", technique="t", template="t", k=5, seed=i), (("user", f"Call {i}: five ideas"),))
        for i in range(CALLS)
    ]
    start = time.perf_counter()
    replies = [e async for e in generate(requests, [model], concurrency=SLOTS) if isinstance(e, Reply)]
    assert len(replies) == CALLS
    assert all(r.failure is None for r in replies)
    return time.perf_counter() - start


async def ours(url: str) -> float:
    """`many` through this library."""
    async with openai.AsyncOpenAI(base_url=url, api_key="none") as client:
        [model] = resolve_models(client, model_name="m")
        return await many(model)


async def alone(url: str) -> float:
    """The same calls with OpenAI's client and a semaphore."""
    slots = asyncio.Semaphore(SLOTS)
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

        async def one(number: int) -> None:
            said = [{"role": "user", "content": f"Call {number}: five ideas"}]
            async with slots:
                async for _ in await client.chat.completions.create(model="m", messages=said, stream=True):
                    pass

        start = time.perf_counter()
        await asyncio.gather(*(one(i) for i in range(CALLS)))
        return time.perf_counter() - start


def respond(server: FakeOpenAI) -> None:
    """Five ideas a call, over 300 ms."""
    server.answer = lambda body, i: Answer(
        ideas_json(*(f"{WORDS[(i + j) % 16]} {WORDS[(i * 5 + j) % 16]}" for j in range(5))), seconds=SECONDS, piece=16
    )


def main() -> None:
    """Alternate runs of one call, of sixteen and of two hundred."""
    one, sixteen = [], []
    hundreds: dict[str, list[float]] = {"scripted model": [], "this library": [], "OpenAI's client alone": []}
    scripted = ChatModel("scripted", ScriptedChat(script=[ideas_json(*WORDS[:5])], chunk=10**6, delay=SECONDS / 2))
    with serving(respond) as url, asyncio.Runner() as runner:
        client = openai.AsyncOpenAI(base_url=url, api_key="none")
        model = Brainstormer(client, model_name="m", concurrency=16, technique="vs_standard")
        measure(model, 16)  # opens the connections and loads the embedder
        runner.run(ours(url))
        for _ in range(RUNS):
            one.append(measure(model, 1))
            sixteen.append(measure(model, 16))
            for name, run in zip(hundreds, (many(scripted), ours(url), alone(url)), strict=True):
                hundreds[name].append(runner.run(run))
    single, together = (statistics.median(total for total, _, _ in runs) for runs in (one, sixteen))
    print(f"1 call {1000 * single:.0f} ms, 16 calls {1000 * together:.0f} ms: ratio {together / single:.2f}")
    idea, call = (statistics.median(run[i] for run in sixteen) for i in (1, 2))
    print(
        f"first idea after {1000 * idea:.0f} ms, first call ended after {1000 * call:.0f} ms: ratio {idea / call:.2f}"
    )
    ideal = ceil(CALLS / SLOTS) * SECONDS
    for name, times in hundreds.items():
        took = statistics.median(times)
        print(
            f"{CALLS} calls, {SLOTS} at a time, {name}: {took:.2f} s, ideal {ideal:.2f} s: ratio {took / ideal:.2f}, "
            f"at best {min(times) / ideal:.2f}"
        )


if __name__ == "__main__":
    main()
