"""What an exception from a model means: the cause in a line, what to do, and whether it may pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from brainstorm.errors import BrainstormError

RETRY_AFTER_MAX: Final = 60.0
"""Longest wait in seconds that a server may ask for before the call is given up."""

_RETRYABLE: Final = frozenset({408, 409, 429})
"""Besides 500 and up."""

_NO_CREDIT: Final = ("insufficient_quota", "billing_hard_limit_reached")
"""OpenAI's codes for a 429 that no waiting mends."""

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
        streamless: whether it was no stream, so that the server may answer when asked for one piece.
    """

    cause: str
    fix: str
    retryable: bool
    retry_after: float | None = None
    streamless: bool = False


def explain(error: BaseException, timeout: float) -> Fault:
    """Read `error`, whichever provider's package raised it."""
    if isinstance(error, BrainstormError):
        return Fault(error.message, error.hint or "see the cause", error.retryable)
    status = _status(error)
    if status is not None:
        after = _retry_after(error)
        if getattr(error, "code", None) in _NO_CREDIT:
            return Fault(f"HTTP {status}: {_line(error)}", _FIX[402], retryable=False)
        retryable = _may_pass(error, status) and (after is None or after <= RETRY_AFTER_MAX)
        fix = _FIX.get(status, "try again later" if status >= 500 or retryable else "check the request")
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
            streamless=True,
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


def _may_pass(error: BaseException, status: int) -> bool:
    told = _headers(error).get("x-should-retry")  # OpenAI's servers know best
    return told == "true" if told in ("true", "false") else status in _RETRYABLE or status >= 500


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


def _headers(error: BaseException) -> Mapping[str, str]:
    headers = getattr(getattr(error, "response", None), "headers", None)
    return headers if isinstance(headers, Mapping) else {}


def _retry_after(error: BaseException) -> float | None:
    """Seconds to wait as the server says: in milliseconds, in seconds, or until a date; `None` when it does not."""
    headers = _headers(error)
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(headers[name]) * unit
        except (KeyError, TypeError, ValueError):
            continue
        if math.isfinite(wait):
            return max(0.0, wait)
    try:
        until = parsedate_to_datetime(headers["retry-after"])
    except (KeyError, TypeError, ValueError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    # the server's own clock, where it tells it, for ours may be off
    try:
        now = parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        now = datetime.now(UTC)
    return max(0.0, (until - (now if now.tzinfo else now.replace(tzinfo=UTC))).total_seconds())


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:300].rstrip(".") or type(error).__name__
