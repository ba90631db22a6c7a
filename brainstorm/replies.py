"""What is sent and what comes back, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from brainstorm.calls import Call
from brainstorm.prompting import ChatMessage

Finish = Literal["complete", "length", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class Request:
    """A call and the messages that say it."""

    call: Call
    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; `counted` is false where they are an offline estimate."""

    input_tokens: int = 0
    output_tokens: int = 0
    counted: bool = False

    @property
    def total(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed, and what to do about it.

    Attributes:
        call: id of the call.
        cause: what happened, in one line.
        fix: what to do, in one line.
        attempts: times it was sent.
        retryable: whether the same call may succeed later.
        status: HTTP status that the provider answered with, or that its words stand for; `None` without any.
        retry_after: seconds that the provider asks to wait, or `None`.
    """

    call: str
    cause: str
    fix: str
    attempts: int = 1
    retryable: bool = False
    status: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply that is still arriving."""

    call: Call
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """All that a call brought.

    Attributes:
        call: the call.
        messages: what was sent.
        text: what was said, as far as it came.
        usage: tokens.
        seconds: from sending to the end, waits between attempts included.
        finish: "complete", "length" (cut by the token limit), "failed" or "stopped" (by us).
        failure: set when `finish` is "failed", and when the call was stopped after an attempt had failed.
        attempts: times it was sent.
    """

    call: Call
    messages: tuple[ChatMessage, ...]
    text: str
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    finish: Finish = "complete"
    failure: Failure | None = None
    attempts: int = 1

    @property
    def answered(self) -> bool:
        """Whether the model said all it had to say, or all it was allowed to."""
        return self.finish in ("complete", "length")
