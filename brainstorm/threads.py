"""Models without an async side: each call streams on a thread of its own.

asyncio's own pool would hold them to six at a time on two cores, and would keep the process from ending while one
of them hangs.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final, Generic, TypeVar

from brainstorm.errors import ModelError

T = TypeVar("T")

LEFT_MAX: Final = 64
"""Threads of calls given up that may still run in this process; past it no further call is sent on a thread."""

_left: set[threading.Thread] = set()
_lock = threading.Lock()


def lacks_async(runnable: Any) -> bool:
    """Whether `runnable` would run its calls on asyncio's pool of threads."""
    from langchain_core.language_models import BaseChatModel, SimpleChatModel
    from langchain_core.runnables import RunnableLambda, RunnableSequence
    from langchain_core.runnables.base import RunnableBindingBase
    from langchain_core.runnables.fallbacks import RunnableWithFallbacks

    if isinstance(runnable, RunnableBindingBase):
        return lacks_async(runnable.bound)
    if isinstance(runnable, RunnableWithFallbacks):
        return all(map(lacks_async, runnable.runnables))
    if isinstance(runnable, RunnableSequence):
        only_async = (isinstance(s, RunnableLambda) and not hasattr(s, "func") for s in runnable.steps)
        return any(map(lacks_async, runnable.steps)) and not any(only_async)
    if isinstance(runnable, BaseChatModel):
        kind = type(runnable)
        bridges = (BaseChatModel._agenerate, SimpleChatModel._agenerate)
        own = kind.astream is not BaseChatModel.astream or kind._astream is not BaseChatModel._astream
        return not own and kind._agenerate in bridges
    own = type(runnable).astream is not RunnableLambda.astream
    return isinstance(runnable, RunnableLambda) and not own and not hasattr(runnable, "afunc")


class OnThread(Generic[T]):
    """Iterates what `make` returns on a new thread, in the caller's context.

    Closing `items()` gives the thread up: it ends with the item it is at, for a thread cannot be stopped.

    Raises:
        ModelError: from `items()`, when too many threads that were given up still run.
    """

    def __init__(self, make: Callable[[], Iterator[T]]) -> None:
        self._make = make
        self._given_up = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = False

    @property
    def running(self) -> bool:
        """Whether the call still goes on."""
        return self._thread is not None and not self._ended

    async def items(self) -> AsyncGenerator[T]:
        """What the iterator yields, as it comes; raises what it raises."""
        _make_sure_of_room()
        loop = asyncio.get_running_loop()
        came: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()

        def put(item: tuple[T] | BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(came.put_nowait, item)
            except RuntimeError:  # the loop is closed: nobody listens
                self._given_up.set()

        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._work, put), name="brainstorm-call", daemon=True)
        self._thread.start()
        try:
            while (item := await came.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item[0]
        finally:
            self._given_up.set()
            if self.running:
                with _lock:
                    _left.add(self._thread)

    def _work(self, put: Callable[[tuple[T] | BaseException | None], None]) -> None:
        end: BaseException | None = None
        try:
            source = self._make()
            try:
                for item in source:
                    if self._given_up.is_set():
                        break
                    put((item,))
            finally:
                if callable(close := getattr(source, "close", None)):
                    close()
        except BaseException as error:
            # a StopIteration raised in an async generator would come out as something else
            end = RuntimeError(repr(error)) if isinstance(error, StopIteration | StopAsyncIteration) else error
        self._ended = True
        put(end)


def _make_sure_of_room() -> None:
    with _lock:
        _left.difference_update([thread for thread in _left if not thread.is_alive()])
        if len(_left) >= LEFT_MAX:
            raise ModelError(
                f"{len(_left)} calls that were given up still run on threads.",
                hint="Set a time-out on the model's client, or use a model with an async side.",
            )
