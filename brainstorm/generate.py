"""Runs calls against chat models, many at a time: the only stage that does I/O.

A call that fails is a `Reply` that says so; nothing is raised for it, and what it said before it
failed is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from brainstorm.faults import Fault, explain
from brainstorm.models import ChatModel
from brainstorm.plan import Call
from brainstorm.prompting import ChatMessage
from brainstorm.tokens import count_tokens

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

ATTEMPTS: Final = 3
"""Times a call is sent at most, when its failure may pass and no text has arrived."""

_REASONS: Final = ("finish_reason", "stop_reason", "done_reason")
_CUT: Final = ("length", "max_tokens", "MAX_TOKENS")

ENDING: Final = 5.0
"""Longest time in seconds to wait for calls to end once they are cancelled."""

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


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed, and what to do about it.

    Attributes:
        call: id of the call.
        cause: what happened, in one line.
        fix: what to do, in one line.
        attempts: times it was sent.
        retryable: whether the same call may succeed later.
    """

    call: str
    cause: str
    fix: str
    attempts: int = 1
    retryable: bool = False


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
        failure: set when `finish` is "failed".
    """

    call: Call
    messages: tuple[ChatMessage, ...]
    text: str
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    finish: Finish = "complete"
    failure: Failure | None = None


async def generate(
    requests: Sequence[Request],
    models: Sequence[ChatModel],
    *,
    concurrency: int = 16,
    timeout: float = 120.0,
    admit: Callable[[Call], bool] = lambda call: True,
    stop: asyncio.Event | None = None,
    config: RunnableConfig | None = None,
) -> AsyncGenerator[Delta | Reply]:
    """Run `requests` and yield text as it comes, then one `Reply` for each call.

    Closing the iterator cancels the calls that run. Setting `stop` does the same, but each call still
    yields its `Reply` with what it had said.

    Args:
        requests: what to send.
        models: the models that the calls name by index.
        concurrency: calls in flight at most.
        timeout: seconds that one attempt may take.
        admit: asked just before a call is sent; a call it declines is left out without a reply.
        stop: ends the calls early.
        config: LangChain configuration for the calls: callbacks, tags, metadata.
    """
    events: asyncio.Queue[Delta | Reply | asyncio.Task[None]] = asyncio.Queue()
    slots = asyncio.Semaphore(concurrency)
    own_slots = [asyncio.Semaphore(m.parallel or concurrency) for m in models]

    async def send(request: Request) -> None:
        index = request.call.model
        async with own_slots[index], slots:
            if admit(request.call):
                await events.put(await _run_call(request, models[index], timeout, config, events.put_nowait))

    tasks = [asyncio.create_task(send(request)) for request in requests]
    for task in tasks:
        task.add_done_callback(events.put_nowait)
    stopper = asyncio.create_task(_cancel_on(stop, tasks))
    try:
        running = len(tasks)
        while running:
            event = await events.get()
            if not isinstance(event, asyncio.Task):
                yield event
                continue
            running -= 1
            if not event.cancelled():  # a task cancelled before it sent anything has nothing to say
                event.result()
    finally:
        await _end([*tasks, stopper])


async def _cancel_on(stop: asyncio.Event | None, tasks: Sequence[asyncio.Task[None]]) -> None:
    if stop is None:
        return
    await stop.wait()
    await _end(tasks)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until all are done: HTTP clients can swallow a cancellation that meets them while they connect."""
    pending = set(tasks)
    deadline = time.monotonic() + ENDING
    while pending and time.monotonic() < deadline:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)


async def _run_call(
    request: Request,
    model: ChatModel,
    timeout: float,
    config: RunnableConfig | None,
    emit: Callable[[Delta], None],
) -> Reply:
    """Send one call, again if its failure may pass; cancelling it ends it with what it had said."""
    call, started = request.call, time.monotonic()
    heard = _Heard()
    finish: Finish = "complete"
    failure: Failure | None = None
    try:
        for attempt in range(1, ATTEMPTS + 1):
            failure = None
            try:
                async with asyncio.timeout(timeout):
                    async with aclosing(_stream(request, model, config)) as chunks:
                        async for chunk in chunks:
                            if text := heard.take(chunk):
                                emit(Delta(call, text))
                break
            except (Exception, SystemExit) as error:  # each provider raises its own kinds
                fault = explain(error, timeout)
                failure = Failure(call.id, fault.cause, fault.fix, attempt, fault.retryable)
                if heard.parts or not fault.retryable or attempt == ATTEMPTS:
                    break
                await asyncio.sleep(_wait(fault, attempt))
    except asyncio.CancelledError:
        finish = "stopped"
    text = "".join(heard.parts)
    if failure is not None and finish != "stopped":
        finish = "failed"
    elif finish == "complete" and heard.cut:
        finish = "length"
    elif finish == "complete" and not text.strip():
        finish = "failed"
        cause = f"the reply was empty{f' ({heard.reason})' if heard.reason else ''}"
        failure = Failure(call.id, cause, "reword the topic, or ask another model", retryable=True)
    return Reply(
        call,
        request.messages,
        text,
        heard.usage or _estimated(request.messages, text),
        time.monotonic() - started,
        finish,
        failure if finish == "failed" else None,
    )


async def _stream(request: Request, model: ChatModel, config: RunnableConfig | None) -> AsyncGenerator[Any]:
    from langchain_core.runnables.config import merge_configs

    options = dict(model.options)
    if model.takes_seed:
        options["seed"] = request.call.seed
    if model.takes_max_tokens:
        options["max_tokens"] = request.call.max_tokens
    # "nostream" keeps inner calls out of the stream of a host graph
    own: RunnableConfig = {
        "tags": ["nostream", "brainstorm"],
        "metadata": {"brainstorm_call": request.call.id, "brainstorm_technique": request.call.technique},
    }
    stream: Any = model.runnable.astream(list(request.messages), merge_configs(config, own), **options)
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            yield chunk


class _Heard:
    """What one call has said so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.usage: Usage | None = None
        self.reason = ""

    @property
    def cut(self) -> bool:
        """Whether the token limit ended the reply."""
        return self.reason in _CUT

    def take(self, chunk: Any) -> str:
        text = chunk if isinstance(chunk, str) else str(getattr(chunk, "text", ""))
        text = text or str((getattr(chunk, "additional_kwargs", None) or {}).get("refusal") or "")
        # half a surrogate pair is no text: it can be neither stored nor embedded
        text = text.encode("utf-8", "replace").decode("utf-8")
        if text:
            self.parts.append(text)
        if told := getattr(chunk, "usage_metadata", None):
            before = self.usage or Usage()
            self.usage = Usage(
                before.input_tokens + told["input_tokens"], before.output_tokens + told["output_tokens"], True
            )
        meta = getattr(chunk, "response_metadata", None) or {}
        said = next((meta[key] for key in _REASONS if isinstance(meta.get(key), str)), "")
        self.reason = said or self.reason
        return text


def _estimated(messages: Sequence[ChatMessage], text: str) -> Usage:
    # 4 tokens a message and 3 for the reply's head: OpenAI's chat format
    sent = sum(count_tokens(content) + 4 for _, content in messages) + 3
    return Usage(sent, count_tokens(text))


def _wait(fault: Fault, attempt: int) -> float:
    """Seconds before the next attempt: what the server asks for, else 0.5, 1, 2, ...; up to a quarter more.

    The jitter keeps calls that failed together from coming back together.
    """
    wait = 0.25 * 2**attempt if fault.retry_after is None else fault.retry_after
    return wait * random.uniform(1.0, 1.25)
