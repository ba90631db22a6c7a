"""The one event loop on which synchronous callers run the asynchronous engine.

It lives in a daemon thread for the whole process: HTTP clients keep connections open between runs, and
those belong to the loop that made them.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from typing import Final, TypeVar

T = TypeVar("T")

_THREADS: Final = 64
"""Threads for models that have no async side; asyncio's own default is 6 on two cores."""

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603 - one loop a process is the point
    with _lock:
        if _loop is None:
            loop = asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="brainstorm"))
            threading.Thread(target=loop.run_forever, name="brainstorm", daemon=True).start()
            _loop = loop
        return _loop


def _forget() -> None:
    global _lock, _loop
    _lock, _loop = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # a child process has no thread running the loop


def iterate(make: Callable[[], AsyncGenerator[T]]) -> Iterator[T]:
    """Iterate an async generator from synchronous code; closing the iterator cancels and awaits it."""
    loop = _running_loop()
    if threading.current_thread().name == "brainstorm" and asyncio._get_running_loop() is loop:
        raise RuntimeError("this would wait for itself: use the async methods here")
    items: queue.SimpleQueue[tuple[bool, T | BaseException | None]] = queue.SimpleQueue()

    async def pump() -> None:
        try:
            async with aclosing(make()) as source:
                async for item in source:
                    items.put((False, item))
        except BaseException as error:
            items.put((True, error))
            if not isinstance(error, Exception):
                raise
        else:
            items.put((True, None))

    # the caller's context goes along: LangChain finds its parent run there
    context = contextvars.copy_context()
    started: Future[asyncio.Task[None]] = Future()
    loop.call_soon_threadsafe(lambda: started.set_result(loop.create_task(pump(), context=context)))
    task = started.result()
    ended = False
    try:
        while True:
            ended, item = items.get()
            if not ended:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        if not ended:
            loop.call_soon_threadsafe(task.cancel)
            while not ended:
                ended, _ = items.get()
