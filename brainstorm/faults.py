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

_FINAL: Final = frozenset({400, 401, 402, 403, 404, 422})
"""Never sent again, whatever the server says of it."""

_REFUSED: Final = frozenset({401, 402, 403, 404})
"""No call to the same model will fare better."""

_MAY_COST: Final = frozenset({408, 504, 524})
"""A gateway gave up, and the model behind it may have gone on; other refusals are not billed."""

_REPORTED: Final[Mapping[str, int]] = {
    "server_error": 500,
    "api_error": 500,
    "internal_error": 500,
    "internal_server_error": 500,
    "service_unavailable": 503,
    "unavailable": 503,
    "timeout_error": 504,
    "overloaded": 529,
    "overloaded_error": 529,
    "rate_limit": 429,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "rate_limit_reached": 429,
    "too_many_requests": 429,
    "insufficient_quota": 429,
    "invalid_request_error": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
}
"""What providers call errors inside a stream that began well, as the status that means the same."""

_NO_CREDIT: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
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
        status: HTTP status, or the one that means the same; `None` without any.
        refused: whether no call to the same model will fare better: a wrong key, no credit, no such model.
        charged: whether the attempt may have cost tokens.
    """

    cause: str
    fix: str
    retryable: bool
    retry_after: float | None = None
    streamless: bool = False
    status: int | None = None
    refused: bool = False
    charged: bool = True


class AttemptTimeout(TimeoutError):
    """The time that an attempt may take is over: ours, and not one of the model's client."""


def explain(error: BaseException, timeout: float, *, told: bool = False) -> Fault:
    """Read `error`, whichever provider's package raised it.

    Args:
        error: what a model's client raised.
        timeout: seconds that an attempt may take.
        told: whether the client was given the same time-out, so that its own is ours.
    """
    if isinstance(error, BrainstormError):
        return Fault(error.message, error.hint or "see the cause", error.retryable, charged=False)
    status, reported = _status(error), ""
    if status is None:
        status, reported = _reported(error)
    if status is not None:
        after = _retry_after(error)
        cause = f"the provider reported {reported}: {_line(error)}" if reported else f"HTTP {status}: {_line(error)}"
        no_credit = not _NO_CREDIT.isdisjoint(_names(error))
        charged = bool(reported) or status in _MAY_COST
        if no_credit or status in _FINAL:
            fix = _FIX[402] if no_credit else _FIX[status]
            refused = no_credit or status in _REFUSED
            return Fault(cause, fix, retryable=False, status=status, refused=refused, charged=charged)
        patient = after is None or after <= RETRY_AFTER_MAX
        retryable = _may_pass(error, status) and patient
        fix = _FIX.get(status, "try again later" if status >= 500 or retryable else "check the request")
        if not patient:
            fix = f"the server asks to wait {after:,.0f} s: run it again then (`continue` goes on from a saved run)"
        return Fault(cause, fix, retryable, after, status=status, charged=charged)
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
    opened = not _never_opened(error)
    if isinstance(error, TimeoutError) or "timeout" in kind.lower():
        if isinstance(error, AttemptTimeout) or told:
            cause, fix = f"no complete reply within {timeout:g} s", "raise the time-out, or use a faster model"
        else:
            cause = f"the model's client gave up waiting, by a time-out of its own: {_line(error)}"
            fix = "raise the time-out of the model's client, or use a faster model"
        return Fault(cause, fix, retryable=True, charged=opened)
    if isinstance(error, ConnectionError) or any(word in kind.lower() for word in _LOST):
        return Fault(
            f"the connection failed: {_line(error)}",
            "check that the server runs and can be reached",
            retryable=True,
            charged=opened,
        )
    return Fault(f"{kind}: {_line(error)}", "see the cause", retryable=False)


def _may_pass(error: BaseException, status: int) -> bool:
    told = _headers(error).get("x-should-retry")  # OpenAI's servers know best
    return told == "true" if told in ("true", "false") else status in _RETRYABLE or status >= 500


_UNOPENED: Final = ("connecterror", "connecttimeout", "connectorerror", "pooltimeout", "connectionrefused", "gaierror")


def _never_opened(error: BaseException) -> bool:
    """Whether nothing was sent, for there was no connection to send it on; the reason lies deep in some packages."""
    inner: BaseException | None = error
    for _ in range(8):
        if inner is None:
            return False
        if any(word in type(inner).__name__.lower() for word in _UNOPENED):
            return True
        inner = inner.__cause__ or inner.__context__
    return False


def _body(error: BaseException) -> Mapping[str, object]:
    """What the provider said of the error: its client keeps that, langchain-openai raises it bare."""
    body = getattr(error, "body", None) or (error.args[0] if error.args else None)
    inner = body.get("error") if isinstance(body, Mapping) else None
    found = inner if isinstance(inner, Mapping) else body
    return found if isinstance(found, Mapping) else {}


def _names(error: BaseException) -> tuple[str, ...]:
    """What the provider calls the error, the most telling name first."""
    body = _body(error)
    said = [getattr(error, "code", None), body.get("code"), getattr(error, "type", None), body.get("type")]
    return tuple(name.lower() for name in said if isinstance(name, str))


def _reported(error: BaseException) -> tuple[int | None, str]:
    """The status that an error inside a stream stands for, and its name; `None` where it says nothing known."""
    code = _body(error).get("code")
    if isinstance(code, int) and 400 <= code <= 599:
        return code, str(code)
    return next(((_REPORTED[name], name) for name in _names(error) if name in _REPORTED), (None, ""))


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
