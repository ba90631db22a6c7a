"""The one event loop on which synchronous callers run the asynchronous engine.

It lives in a daemon thread for the whole process: HTTP clients keep connections open between runs, and
those belong to the loop that made them.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import queue
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Final, TypeVar

T = TypeVar("T")

_THREADS: Final = 64
"""Threads for what LangChain and embedders put on the loop's own pool; asyncio's default is 6 on two cores."""

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None


def _running_loop() -> asyncio.AbstractEventLoop:
    global _loop, _thread  # noqa: PLW0603 - one loop a process is the point
    with _lock:
        if _loop is None or _thread is None or not _thread.is_alive():
            loop = asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="brainstorm"))
            _thread = threading.Thread(target=loop.run_forever, name="brainstorm", daemon=True)
            _thread.start()
            _loop = loop
        return _loop


def _forget() -> None:
    global _lock, _loop, _thread
    _lock, _loop, _thread = threading.Lock(), None, None


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
    tasks: list[asyncio.Task[None]] = []
    loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(pump(), context=context)))
    ended = False
    try:
        while True:
            ended, item = _next(items)
            if not ended:
                yield item  # type: ignore[misc]
            elif isinstance(item, BaseException):
                raise item
            else:
                return
    finally:
        # at the end of the process the loop's thread is frozen: nothing would answer
        if not ended and not sys.is_finalizing():
            loop.call_soon_threadsafe(lambda: tasks[0].cancel())  # noqa: PLW0108 - not there yet
            while not ended:
                ended, _ = _next(items)


def _next(items: queue.SimpleQueue[T]) -> T:
    """The next item; does not wait on a loop that is gone."""
    while True:
        try:
            return items.get(timeout=1.0)
        except queue.Empty:
            if sys.is_finalizing() or _thread is None or not _thread.is_alive():
                raise RuntimeError("the event loop in the background has ended") from None
