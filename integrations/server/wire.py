"""What clients send, what they get back, and how they are told that something is wrong."""

from __future__ import annotations

import json
import logging
import math
import re
import time
import traceback
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from brainstorm.errors import BrainstormError, BriefError, NoIdeasError

logger = logging.getLogger("brainstorm.server")

FINGERPRINT: Final = "brainstorm"
"""The `system_fingerprint`, which some clients want to be text."""

DONE: Final = "data: [DONE]\n\n"

MAX_MESSAGES: Final = 2048
"""Messages of a conversation at most, as OpenAI has it."""

M = TypeVar("M", bound=BaseModel)


class ApiError(Exception):
    """Something to tell the client in OpenAI's form.

    Attributes:
        status: HTTP status.
        message: what is wrong, and what to do.
        kind: OpenAI's error type.
        param: the field that is wrong, or `None`.
        code: OpenAI's error code, or `None`.
        headers: further headers of the answer.
        upstream: what the provider below answered, where that is why.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        upstream: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.param, self.code = status, message, kind, param, code
        self.headers, self.upstream = dict(headers or {}), upstream

    def body(self) -> dict[str, Any]:
        """The error as a JSON object."""
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}


def api_error(error: BrainstormError) -> ApiError:
    """An error of this library, as clients understand it."""
    if isinstance(error, BriefError):
        return ApiError(400, str(error))
    if not isinstance(error, NoIdeasError):
        return failed(str(error), retryable=error.retryable)
    if error.result is not None and error.result.stopped == "seconds" and not error.result.failures:
        return ApiError(
            504, f"The time was over before an idea came. {error.hint}", kind="server_error", code="timeout"
        )
    return failed(str(error), retryable=error.retryable, upstream=error.status, retry_after=error.retry_after)


def failed(message: str, *, retryable: bool, upstream: int | None = None, retry_after: float | None = None) -> ApiError:
    """The model failed: told by a status that cannot be taken for ours; only "too many requests" is passed on."""
    wait = {}
    if retryable or retry_after is not None:
        wait = {"Retry-After": str(math.ceil(5 if retry_after is None else retry_after))}
    if upstream == 429:
        kind, code = "rate_limit_error", "model_rate_limited"
        return ApiError(429, message, kind=kind, code=code, headers=wait, upstream=upstream)
    if retryable:
        code = "model_unavailable"
        return ApiError(503, message, kind="server_error", code=code, headers=wait, upstream=upstream)
    return ApiError(502, message, kind="server_error", code="model_failed", upstream=upstream)


def told(error: Exception, where: str) -> ApiError:
    """Any error as clients are told of it; one that nobody expected goes to the log, where `where` names it."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BrainstormError):
        return api_error(error)
    logger.error("%s failed: %s", where, frames(error))
    return ApiError(500, f"The server failed; its log names {where}.", kind="server_error")


def frames(error: BaseException) -> str:
    """Where an error came from, without its words: those may quote what a client sent."""
    last = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{type(error).__name__} at " + " < ".join(f"{f.filename}:{f.lineno}" for f in reversed(last))


class Loose(BaseModel):
    """A body in which fields that are not known are passed over, as OpenAI's clients often send new ones."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Part(Loose):
    """A piece of a message; only text is read, images go on to the plain model."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str
    text: str | None = None


class ChatMessage(Loose):
    """One message of a conversation."""

    model_config = ConfigDict(extra="allow", frozen=True)
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text, pieces joined by line breaks."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content or () if part.text)


class StreamOptions(Loose):
    """What a stream tells besides the text."""

    include_usage: bool | None = None


Count = Annotated[int, Field(ge=1, le=1_000_000)]


class ChatRequest(Loose):
    """`POST /v1/chat/completions`; fields that are not named here go to the plain model as they are."""

    model_config = ConfigDict(extra="allow", frozen=True)
    model: str
    messages: list[ChatMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    n: Annotated[int, Field(ge=1, le=1000)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    stop: str | list[str] | None = None
    seed: int | None = None
    max_tokens: Count | None = None
    max_completion_tokens: Count | None = None
    response_format: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None

    @property
    def limit(self) -> int | None:
        """Tokens that an answer may have."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def stops(self) -> tuple[str, ...]:
        """Texts at which an answer ends."""
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(text for text in stop if text)

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the tokens spent."""
        return bool(self.stream_options and self.stream_options.include_usage)


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_json(data: bytes) -> Any:
    """A JSON body.

    Raises:
        ApiError: it is none, is no UTF-8, or holds what no text may hold.
    """
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_constant)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except RecursionError:
        raise ApiError(400, "The body is nested too deep.") from None
    except UnicodeError:
        raise ApiError(400, "The body is not valid UTF-8.") from None
    except ValueError as error:
        why = str(error) if isinstance(error, json.JSONDecodeError) else "a number in it cannot be read"
        raise ApiError(400, f"The body is not valid JSON: {why}.") from None
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def read_body(kind: type[M], data: bytes) -> M:
    """A JSON body as `kind`.

    Raises:
        ApiError: what is wrong with it, and where.
    """
    value = parse_json(data)
    if not isinstance(value, dict):
        raise ApiError(400, "The body must be a JSON object.")
    try:
        return kind.model_validate(value)
    except (ValidationError, BrainstormError) as error:
        raise bad_request(error, value) from None


def _where(place: Sequence[int | str], value: Any) -> str:
    """A place in a body as "messages[0].content"; what pydantic adds for unions is not in the body."""
    told = ""
    for at, part in enumerate(place):
        inside = isinstance(value, Mapping) and part in value
        if isinstance(value, list) and isinstance(part, int):
            told += f"[{part}]"
        elif inside or (isinstance(value, Mapping) and at == len(place) - 1):
            told += f".{part}" if told else str(part)
        else:
            continue
        value = value[part] if inside or (isinstance(value, list) and len(value) > int(part)) else None
    return told


def bad_request(error: ValidationError | BrainstormError, value: Any) -> ApiError:
    """What is wrong with the body `value`, in one line."""
    if not isinstance(error, ValidationError):
        return api_error(error)
    found = error.errors(include_url=False, include_context=False, include_input=False)
    first = max(found, key=lambda e: _where(e["loc"], value).count("["))  # of a union, the kind that came nearest
    where = _where(first["loc"], value)
    if first["type"] == "missing":
        code = "missing_required_parameter"
        return ApiError(400, f"Missing required parameter: '{where}'.", param=where, code=code)
    message = first["msg"].removeprefix("Value error, ")
    code = "invalid_type" if first["type"].endswith(("_type", "_parsing")) else "invalid_value"
    return ApiError(400, f"Invalid '{where}': {message}." if where else f"{message}.", param=where or None, code=code)


def new_id(prefix: str) -> str:
    """A fresh id, such as "chatcmpl-5f0c..."."""
    return f"{prefix}{uuid.uuid4().hex}"


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


def event(value: Any, name: str = "") -> str:
    """A server-sent event that holds JSON."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n"
