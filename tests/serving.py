"""This library's server on loopback, in a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from brainstorm.integrations.server.engine import Engine, Limits
from brainstorm.integrations.server.run import Server, make_server

from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

_WORDS = files("brainstorm.prompts").joinpath("words.txt").read_text().splitlines()
THINGS = [line for line in _WORDS if line.isalpha()]


@contextmanager
def serving(
    inner: FakeOpenAI | object, *, limits: Limits | None = None, grace: float = 5.0, options: Any = None, **server: Any
) -> Iterator[Served]:
    """The server, with a fake provider or any other model below it."""
    where = {"base_url": inner.url, "model": "test-model"} if isinstance(inner, FakeOpenAI) else {"model": inner}
    engine = Engine(limits=limits, **where, **(options or {}))
    made = make_server(engine, port=0, grace=grace, **server)
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        while not made.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield Served(engine, made, thread)
    finally:
        made.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


class Served:
    """A server that runs."""

    def __init__(self, engine: Engine, server: Server, thread: threading.Thread) -> None:
        self.engine, self.server, self.thread = engine, server, thread
        self.port = server.bound
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def settled(self, seconds: float = 10.0) -> bool:
        """Whether no request is worked on any more, soon."""
        end = time.monotonic() + seconds
        while self.engine.busy and time.monotonic() < end:
            time.sleep(0.02)
        return not self.engine.busy


def quiet(inner: FakeOpenAI, seconds: float = 5.0) -> bool:
    """Whether the provider is not asked any more, soon."""
    end = time.monotonic() + seconds
    while inner.open and time.monotonic() < end:
        time.sleep(0.02)
    return not inner.open


def names(body: dict[str, Any], number: int) -> Answer:
    """Five names for a brainstorming call, other ones for each; directions, or a title, for what asks for those."""
    said = body["messages"][-1]["content"]
    if "in which ideas for this can be looked for" in said:
        return Answer("\n".join(f"{i}. {word}: things of {word}" for i, word in enumerate(WORDS[:8], 1)))
    if "### Task" in said or "hello" in said.lower():
        return Answer("A title")
    return Answer(ideas_json(*(THINGS[(number * 5 + j) % len(THINGS)] for j in range(5))), piece=12)
