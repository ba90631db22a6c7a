"""What an exception from a model means: the cause in a line, what to do, and whether it may pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from brainstorm.errors import BrainstormError

RETRY_AFTER_MAX: Final = 60.0
"""Longest wait in seconds that a server may ask for before the call is given up."""

_RETRYABLE: Final = frozenset({408, 409, 429, 500, 502, 503, 504, 529})

_FIX: Final[Mapping[int, str]] = {
    400: "check the model's name and settings",
    401: "set the right API key",
    402: "check the account's credit",
    403: "check what the API key may use",
    404: "check the model's name and the base URL",
    413: "shorten the topic or the conversation",
    422: "check the model's settings",
    429: "lower the concurrency, wait, or check the plan's limits",
}

_LOST: Final = (
    "connect",
    "remoteprotocol",
    "readerror",
    "writeerror",
    "incompleteread",
    "networkerror",
    "closed",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed attempt.

    Attributes:
        cause: what happened.
        fix: what to do about it.
        retryable: whether the same call may succeed later.
        retry_after: seconds that the server asks to wait, or `None`.
    """

    cause: str
    fix: str
    retryable: bool
    retry_after: float | None = None


def explain(error: BaseException, timeout: float) -> Fault:
    """Read `error`, whichever provider's package raised it."""
    if isinstance(error, BrainstormError):
        return Fault(error.message, error.hint or "see the cause", error.retryable)
    status = _status(error)
    if status is not None:
        after = _retry_after(error)
        retryable = status in _RETRYABLE and (after is None or after <= RETRY_AFTER_MAX)
        fix = _FIX.get(status, "try again later" if retryable else "check the request")
        return Fault(f"HTTP {status}: {_line(error)}", fix, retryable, after)
    kind = type(error).__name__
    if isinstance(error, RuntimeError) and "event loop" in str(error).lower():
        return Fault(
            "the client's connections belong to another event loop",
            "use one client from one event loop, or call the synchronous methods throughout",
            retryable=True,
        )
    if "No generation chunks" in str(error) or kind in ("JSONDecodeError", "APIResponseValidationError"):
        return Fault(
            f"the answer was not a stream of chat chunks: {_line(error)}",
            "check that the address is an OpenAI-compatible server's and ends in /v1",
            retryable=False,
        )
    if isinstance(error, TimeoutError) or "timeout" in kind.lower():
        return Fault(
            f"no complete reply within {timeout:g} s",
            "raise the time-out, or use a faster model",
            retryable=True,
        )
    if isinstance(error, ConnectionError) or any(word in kind.lower() for word in _LOST):
        return Fault(
            f"the connection failed: {_line(error)}",
            "check that the server runs and can be reached",
            retryable=True,
        )
    return Fault(f"{kind}: {_line(error)}", "see the cause", retryable=False)


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    said = [getattr(error, "status_code", None), getattr(response, "status_code", None), getattr(error, "code", None)]
    if isinstance(response, Mapping):  # boto's errors
        said.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    for value in said:
        number = int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else 0
        if 400 <= number <= 599:
            return number
    return None


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    try:
        if headers is None:
            return None
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        return max(0.0, float(headers["retry-after"])) if "retry-after" in headers else None
    except (TypeError, ValueError):  # a date: rare, and the usual wait will do
        return None


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:300].rstrip(".") or type(error).__name__
