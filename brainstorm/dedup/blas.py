"""One BLAS thread for matrix products of lists: more of them wait for each other longer than they work."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


@cache
def _controller() -> Any:
    import numpy  # noqa: F401  the libraries must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def one_thread() -> AbstractContextManager[Any]:
    """Holds BLAS to one thread inside a `with` block."""
    limited: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limited
