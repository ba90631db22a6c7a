"""The server under load: 100 brainstorms at a time for a minute, the first idea's delay, and clients that are killed.

The provider, in a process of its own, takes 300 ms a call and streams its reply over that time. Prints the p50 and p95 of
the time a brainstorm takes against the ideal schedule (the turns of calls it needs, at 300 ms each), errors, the memory of
the server as it goes; beside it, what OpenAI's client alone takes for as many calls at once, which tells what the machine
and the client cost. Then the delay from the provider's first whole candidate to the first idea in the client's hands, and
what is left of 200 clients killed in mid-stream. Ends with the bars that were missed, and then with status 1: no error,
p95 within 1.5 x the ideal, memory flat, the first idea within 100 ms, nothing left of the killed.
Run: python bench/serve_load.py [SECONDS [CLIENTS]]
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))  # the server of the tests

from serving import serving

from tests.server import Answer, FakeOpenAI, ideas_json
from tests.serving import THINGS

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
CLIENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 100
CALL = 0.3
POOL = 8
"""Threads that a pool may yet start: they stay, and are the same however many clients are killed."""
missed: list[str] = []
TOPIC: dict[str, Any] = {"model": "brainstorm/quick", "messages": [{"role": "user", "content": "Names for a bakery"}]}


def respond(server: FakeOpenAI) -> None:
    """Five ideas a call, over 300 ms."""
    server.answer = lambda body, i: Answer(
        ideas_json(*(THINGS[(i * 5 + j) % len(THINGS)] for j in range(5))), seconds=CALL, piece=40
    )


def slowly(server: FakeOpenAI) -> None:
    """A reply that takes its time."""
    server.answer = lambda body, i: Answer(ideas_json(*THINGS[:40]), seconds=20.0, piece=20)


@contextmanager
def served(inner: str) -> Iterator[tuple[str, int]]:
    """`brainstorm serve` over `inner`: its address and process."""
    code = "from brainstorm.cli import main; main()"
    arguments = ["serve", "--model", "m", "--base-url", inner, "--port", "0", "--max-concurrent", "256"]
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=log)
        try:
            while not (found := re.findall(r"serving .*:(\d+)/", Path(log.name).read_text(encoding="utf-8"))):
                assert process.poll() is None
                time.sleep(0.1)
            yield f"http://127.0.0.1:{found[-1]}", process.pid
        finally:
            process.terminate()
            process.wait()


def bar(good: bool, what: str) -> None:
    """Take note of a bar that was missed."""
    if not good:
        missed.append(what)


def status(pid: int) -> tuple[int, int]:
    """Megabytes in memory, and threads."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) // 1024, int(re.findall(r"Threads:\s+(\d+)", text)[0])


async def load(url: str, pid: int, clients: int, seconds: float, *, streamed: bool) -> None:
    """So many clients, each asking again as soon as it is answered."""
    took: list[float] = []
    errors: list[str] = []
    memory: list[int] = []
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=120, limits=limits) as client:
        await client.post(f"{url}/v1/chat/completions", json=TOPIC)
        end = time.monotonic() + seconds

        async def one(number: int) -> None:
            await asyncio.sleep(CALL * number / clients)
            while time.monotonic() < end:
                began = time.monotonic()
                try:
                    answer = await client.post(f"{url}/v1/chat/completions", json={**TOPIC, "stream": streamed})
                    if answer.status_code != 200 or "failed" in answer.text or "5. " not in answer.text:
                        errors.append(answer.text[:200])
                except httpx2.HTTPError as error:
                    errors.append(repr(error))
                took.append(time.monotonic() - began)

        async def watch() -> None:
            while time.monotonic() < end:
                memory.append(status(pid)[0])
                await asyncio.sleep(seconds / 6)

        await asyncio.gather(watch(), *(one(i) for i in range(clients)))
    took.sort()
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    print(
        f"{clients} clients, {seconds:.0f} s, {'streamed' if streamed else 'whole'}: {len(took)} answers "
        f"({len(took) / seconds:.0f}/s), {len(errors)} errors, p50 {p50:.2f} s, p95 {p95:.2f} s: "
        f"p95 is {p95 / CALL:.2f} x the ideal; memory {' '.join(map(str, memory))} MB"
    )
    for error in errors[:3]:
        print("  error:", error)
    bar(not errors, f"{len(errors)} errors at {clients} clients")
    if clients == CLIENTS and streamed:
        bar(p95 <= 1.5 * CALL, f"p95 at {clients} clients is {p95 / CALL:.2f} x the ideal, not 1.5")
        bar(memory[-1] <= 1.1 * memory[1], f"memory grew from {memory[1]} to {memory[-1]} MB")


async def alone(inner: str, clients: int, seconds: float) -> None:
    """The same calls by OpenAI's client alone: two at once for each client, as a quick brainstorm makes them."""
    import openai

    took: list[float] = []
    end = time.monotonic() + seconds
    limits = httpx2.Limits(max_connections=None)
    http = httpx2.AsyncClient(timeout=120, limits=limits)
    async with openai.AsyncOpenAI(base_url=inner, api_key="none", http_client=http) as client:

        async def call() -> None:
            async for _ in await client.chat.completions.create(model="m", messages=TOPIC["messages"], stream=True):
                pass

        async def one(number: int) -> None:
            await asyncio.sleep(CALL * number / clients)
            while time.monotonic() < end:
                began = time.monotonic()
                await asyncio.gather(call(), call())
                took.append(time.monotonic() - began)

        await asyncio.gather(*(one(i) for i in range(clients)))
    took.sort()
    p95 = took[int(len(took) * 0.95)]
    print(
        f"OpenAI's client alone, {clients} x 2 calls: {len(took) / seconds:.0f}/s, p95 {p95:.2f} s ({p95 / CALL:.2f} x)"
    )


async def first_idea(url: str, inner: str, runs: int = 15) -> None:
    """The first idea through the server, less the same provider's first whole candidate asked directly."""
    ours, direct = [], []
    async with httpx2.AsyncClient(timeout=60) as client:
        for _ in range(runs):
            for url_, found, mark in (
                (f"{url}/v1/chat/completions", ours, '"content":"- '),
                (f"{inner}/chat/completions", direct, None),
            ):
                body = {**TOPIC, "stream": True, "model": TOPIC["model"] if mark else "m"}
                began, text = time.monotonic(), ""
                async with client.stream("POST", url_, json=body) as answer:
                    seen = False
                    async for line in answer.aiter_lines():
                        if mark is None and line.startswith("data: {"):
                            choices = json.loads(line[6:])["choices"]
                            text += choices[0]["delta"].get("content", "") if choices else ""
                        if not seen and (mark in line if mark else "}" in text):
                            seen = True
                            found.append(time.monotonic() - began)
    delay = statistics.median(ours) - statistics.median(direct)
    print(
        f"first idea after {1000 * statistics.median(ours):.0f} ms, the provider's first whole candidate after "
        f"{1000 * statistics.median(direct):.0f} ms: {1000 * delay:.0f} ms later (bar 100)"
    )
    bar(delay <= 0.1, f"the first idea comes {1000 * delay:.0f} ms after the first candidate, not 100")


async def killed(url: str, pid: int, count: int = 200) -> None:
    """Clients that go away in mid-stream, twenty at a time."""

    async def one(number: int) -> None:
        model = ("brainstorm", "brainstorm/quick", "m")[number % 3]
        body = json.dumps({**TOPIC, "model": model, "stream": number % 4 > 0}).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await asyncio.sleep(0.2 + 0.05 * (number % 20))
        writer.transport.abort()

    def connections() -> int:
        lines = subprocess.run(["ss", "-tnp"], check=False, capture_output=True, text=True).stdout.splitlines()
        return sum(f"pid={pid}," in line and "ESTAB" in line for line in lines)

    async with httpx2.AsyncClient() as client:
        await asyncio.gather(*(one(i) for i in range(20)))  # what is made once is made now
        await asyncio.sleep(5)
        before = status(pid)
        for _ in range(count // 20):
            await asyncio.gather(*(one(i) for i in range(20)))
        await asyncio.sleep(5)
        busy = (await client.get(f"{url}/healthz")).json()["busy"]
    after = status(pid)
    left = await asyncio.to_thread(connections)
    print(
        f"{count} clients killed: {busy} requests under way, threads {before[1]} -> {after[1]}, "
        f"memory {before[0]} -> {after[0]} MB, {left} open connections"
    )
    bar(
        busy == 0 and after[1] <= before[1] + POOL,
        f"of the killed {busy} requests and {after[1] - before[1]} threads are left",
    )


def main() -> None:
    """All of it."""
    with serving(respond) as inner, served(inner) as (url, pid):
        for clients in dict.fromkeys((10, 30, CLIENTS)):
            asyncio.run(load(url, pid, clients, SECONDS if clients == CLIENTS else 8, streamed=True))
        asyncio.run(load(url, pid, CLIENTS, min(SECONDS, 15), streamed=False))
        asyncio.run(alone(inner, CLIENTS, min(SECONDS, 10)))
        asyncio.run(first_idea(url, inner))
    with serving(slowly) as inner, served(inner) as (url, pid):
        asyncio.run(killed(url, pid))
    for what in missed:
        print("MISSED:", what)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
