"""The server of the tests in a process of its own, as any server is."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.server import FakeOpenAI


def _serve(set_up: Callable[[FakeOpenAI], None], address: Connection) -> None:
    with FakeOpenAI() as server:
        set_up(server)
        address.send(server.url)
        address.recv()


@contextmanager
def serving(set_up: Callable[[FakeOpenAI], None]) -> Iterator[str]:
    """The base URL of a server that `set_up`, a function of a module, has made ready."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(set_up, theirs))
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.send("done")
        process.join()
