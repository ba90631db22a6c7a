"""What would slow folding down for no gain, held back while it runs."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

_MANY = 100
"""Texts from which it pays."""


class _Held:
    """Something held back while at least one fold runs: overlapping ones, in several threads, hold it once.

    Args:
        hold: holds it back, and returns what lets it go.
    """

    def __init__(self, hold: Callable[[], Callable[[], None]]) -> None:
        self._hold = hold
        self._lock = threading.Lock()
        self._depth = 0
        self._release: Callable[[], None] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if not self._depth:
                self._release = self._hold()
            self._depth += 1
        try:
            yield
        finally:
            with self._lock:
                self._depth -= 1
                if not self._depth and self._release:
                    self._release()


@cache
def _controller() -> Any:
    import numpy  # noqa: F401  the libraries must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def _limit_blas() -> Callable[[], None]:
    limited = _controller().limit(limits=1)
    release: Callable[[], None] = limited.restore_original_limits
    return release


def _pause_collector() -> Callable[[], None]:
    if not gc.isenabled():  # the caller's own choice
        return lambda: None
    gc.disable()
    return gc.enable


_blas, _collector = _Held(_limit_blas), _Held(_pause_collector)


def one_thread() -> AbstractContextManager[None]:
    """Holds BLAS to one thread: in products of lists, more of them wait for each other longer than they work."""
    return _blas.held()


@contextmanager
def collector_paused(texts: int) -> Iterator[None]:
    """For many texts, pauses the search for reference cycles: folding makes many small objects and no cycles.

    Without, a third of the time of folding 2,000 texts goes there.
    """
    if texts < _MANY:
        yield
        return
    with _collector.held():
        yield
