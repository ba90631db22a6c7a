"""What would slow folding down for no gain, held back while it runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

_MANY = 100
"""Texts from which it pays."""


@cache
def _controller() -> Any:
    import numpy  # noqa: F401  the libraries must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def one_thread() -> AbstractContextManager[Any]:
    """Holds BLAS to one thread: in products of lists, more of them wait for each other longer than they work."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited


@contextmanager
def collector_paused(texts: int) -> Iterator[None]:
    """For many texts, pauses the search for reference cycles: folding makes many small objects and no cycles.

    Without, a third of the time of folding 2,000 texts goes there.
    """
    if texts < _MANY or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
