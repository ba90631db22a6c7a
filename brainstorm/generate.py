"""Runs calls against chat models, many at a time: the only stage that does I/O.

A call that fails is a `Reply` that says so; nothing is raised for it, and what it said before it
failed is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from brainstorm.calls import Call
from brainstorm.faults import Fault, explain
from brainstorm.models import ChatModel
from brainstorm.prompting import ChatMessage
from brainstorm.replies import Delta, Failure, Finish, Reply, Request, Usage
from brainstorm.threads import OnThread, lacks_async
from brainstorm.tokens import count_prompt, count_tokens

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_REASONS: Final = ("finish_reason", "stop_reason", "done_reason")
_CUT: Final = ("length", "max_tokens", "MAX_TOKENS")

ENDING: Final = 2.0
"""Longest time in seconds to wait for calls to end once they are cancelled; one that does not is left behind."""


async def generate(
    requests: Sequence[Request],
    models: Sequence[ChatModel],
    *,
    concurrency: int = 16,
    timeout: float = 120.0,
    admit: Callable[[Call], bool] = lambda call: True,
    ended: Callable[[Reply], object] = lambda reply: None,
    stop: asyncio.Event | None = None,
    config: RunnableConfig | None = None,
) -> AsyncGenerator[Delta | Reply]:
    """Run `requests` and yield text as it comes, then one `Reply` for each call.

    Closing the iterator cancels the calls that run. Setting `stop` does the same, but each call still
    yields its `Reply` with what it had said. Both end within `ENDING` seconds, also when a model does
    not let itself be cancelled. A call whose answer is no stream is asked for once more in one piece.

    Args:
        requests: what to send.
        models: the models that the calls name by index.
        concurrency: calls in flight at most.
        timeout: seconds that one attempt may take.
        admit: asked just before a call is sent; a call it declines is left out without a reply.
        ended: told each reply at once, before another call takes its place: the reply itself may be taken up later.
        stop: ends the calls early.
        config: LangChain configuration for the calls: callbacks, tags, metadata.
    """
    events: asyncio.Queue[Delta | Reply | asyncio.Task[None]] = asyncio.Queue()
    slots = asyncio.Semaphore(concurrency)
    own_slots = [asyncio.Semaphore(m.parallel or concurrency) for m in models]

    async def send(request: Request) -> None:
        index = request.call.model
        # a call keeps its slot while it waits to be sent again: a server that is asked to slow down gets fewer calls
        async with own_slots[index], slots:
            if admit(request.call):
                reply = await _run_call(request, models[index], timeout, config, events.put_nowait)
                ended(reply)
                events.put_nowait(reply)

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
    for task in tasks:
        task.cancel()


_left: set[asyncio.Task[Any]] = set()  # asyncio itself holds tasks weakly


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> bool:
    """Cancel until all are done: HTTP clients can swallow a cancellation that meets them while they connect.

    A cancellation of the caller waits until this is over. Returns whether all are done; what is not is left behind.
    """
    pending, cancelled = set(tasks), False
    deadline = time.monotonic() + ENDING
    while pending and time.monotonic() < deadline:
        for task in pending:
            task.cancel()
        try:
            _, pending = await asyncio.wait(pending, timeout=0.2)
        except asyncio.CancelledError:
            cancelled = True
            pending = {task for task in pending if not task.done()}
    for task in pending:
        _left.add(task)
        task.add_done_callback(_left.discard)
    if cancelled:
        raise asyncio.CancelledError
    return not pending


async def _run_call(
    request: Request,
    model: ChatModel,
    timeout: float,
    config: RunnableConfig | None,
    emit: Callable[[Delta], None],
) -> Reply:
    """Send one call, again if its failure may pass; cancelling it ends it with what it had said."""
    call, started = request.call, time.monotonic()
    heard = _Heard(call, emit)
    finish: Finish = "complete"
    failure: Failure | None = None
    whole, number = False, 0
    try:
        while number < model.attempts:
            number += 1
            attempt = _Attempt(request, model, config, heard, whole)
            error = await attempt.run(timeout)
            if error is None:
                failure = None
                break
            fault = explain(error, timeout)
            if failure is None or not whole:  # what went wrong with the stream says more
                failure = Failure(call.id, fault.cause, fault.fix, number, fault.retryable)
            if heard.parts or heard.deaf:
                break
            whole = fault.streamless and not whole
            if whole:
                continue
            if not fault.retryable or number == model.attempts:
                break
            await asyncio.sleep(_wait(fault, number))
            if attempt.thread is not None and attempt.thread.running:
                failure = replace(failure, fix=_THREAD_FIX)
                break
    except asyncio.CancelledError:
        finish = "stopped"
    if heard.deaf:  # it ignored its cancellation, and may go on for as long as it likes
        cause = failure.cause if failure else "the call was stopped"
        failure = Failure(call.id, f"{cause}, but its model goes on", _STUCK_FIX, number)
    text = "".join(heard.parts)
    if failure is not None:
        failure = replace(failure, attempts=number)
        finish = "failed" if finish != "stopped" else finish
    elif finish == "complete" and heard.cut:
        finish = "length"
    elif finish == "complete" and not text.strip():
        finish = "failed"
        cause = f"the reply was empty{f' ({heard.reason})' if heard.reason else ''}"
        failure = Failure(call.id, cause, "reword the topic, or ask another model", number, retryable=True)
    usage = heard.usage or _estimated(request.messages, text)
    return Reply(call, request.messages, text, usage, time.monotonic() - started, finish, failure, number)


_THREAD_FIX: Final = "set a time-out on the model's client: a call on a thread cannot be cut off, and still runs"
_STUCK_FIX: Final = "set a time-out on the model's client: it does not let its calls be cancelled"


class _Attempt:
    """One attempt at a call: the words it brings go to `heard`."""

    def __init__(
        self, request: Request, model: ChatModel, config: RunnableConfig | None, heard: _Heard, whole: bool
    ) -> None:
        self.thread: OnThread[Any] | None = None
        self._request, self._model, self._config = request, model, config
        self._heard, self._whole = heard, whole

    async def run(self, timeout: float) -> BaseException | None:
        """Listen to the end; what went wrong is returned. Cancelling it cancels the attempt."""
        # a task of its own: a model that swallows cancellations can be left behind
        task = asyncio.create_task(self._listen(timeout))
        try:
            await asyncio.wait({task}, timeout=timeout)
            if not task.done():
                self._heard.deaf = not await _end([task])
                return TimeoutError()
        except asyncio.CancelledError:
            self._heard.deaf = not (task.done() or await _end([task]))
            raise
        return ConnectionAbortedError("the model's client cancelled the call") if task.cancelled() else task.result()

    async def _listen(self, timeout: float) -> BaseException | None:
        try:
            async with aclosing(self._open(timeout)) as chunks:
                async for chunk in chunks:
                    self._heard.take(chunk)
        except (Exception, SystemExit) as error:  # each provider raises its own kinds
            return error
        return None

    def _open(self, timeout: float) -> AsyncGenerator[Any]:
        from langchain_core.runnables.config import merge_configs

        call, model = self._request.call, self._model
        options = dict(model.options)
        if model.takes_seed:
            options["seed"] = call.seed
        if model.takes_max_tokens:
            options["max_tokens"] = call.max_tokens
        if model.takes_timeout:
            options["timeout"] = timeout
        # "nostream" keeps inner calls out of the stream of a host graph
        own: RunnableConfig = {
            "tags": ["nostream", "brainstorm"],
            "metadata": {"brainstorm_call": call.id, "brainstorm_technique": call.technique},
        }
        merged = merge_configs(self._config, own)
        runnable: Any = model.runnable
        messages = list(self._request.messages)
        if lacks_async(runnable):
            if self._whole:
                self.thread = OnThread(lambda: iter([runnable.invoke(messages, merged, **options)]))
            else:
                self.thread = OnThread(lambda: runnable.stream(messages, merged, **options))
            return self.thread.items()
        if self._whole:
            return _only(runnable.ainvoke(messages, merged, **options))
        stream: AsyncGenerator[Any] = runnable.astream(messages, merged, **options)
        return stream


async def _only(answer: Awaitable[Any]) -> AsyncGenerator[Any]:
    yield await answer


class _Heard:
    """What one call has said so far.

    Attributes:
        parts: its text, in pieces.
        usage: tokens, where the provider tells them.
        reason: why the provider says it ended.
        deaf: nothing is listened to any more: the call was left behind.
    """

    def __init__(self, call: Call, emit: Callable[[Delta], None]) -> None:
        self.deaf = False
        self._call, self._emit = call, emit
        self.parts: list[str] = []
        self.usage: Usage | None = None
        self.reason = ""

    @property
    def cut(self) -> bool:
        """Whether the token limit ended the reply."""
        return self.reason in _CUT

    def take(self, chunk: Any) -> None:
        if self.deaf:
            return
        text = chunk if isinstance(chunk, str) else str(getattr(chunk, "text", ""))
        text = text or str((getattr(chunk, "additional_kwargs", None) or {}).get("refusal") or "")
        # half a surrogate pair is no text: it can be neither stored nor embedded
        text = text.encode("utf-8", "replace").decode("utf-8")
        if text:
            self.parts.append(text)
            self._emit(Delta(self._call, text))
        if told := getattr(chunk, "usage_metadata", None):
            before = self.usage or Usage()
            self.usage = Usage(
                before.input_tokens + told["input_tokens"], before.output_tokens + told["output_tokens"], True
            )
        meta = getattr(chunk, "response_metadata", None) or {}
        said = next((meta[key] for key in _REASONS if isinstance(meta.get(key), str)), "")
        self.reason = said or self.reason


def _estimated(messages: Sequence[ChatMessage], text: str) -> Usage:
    return Usage(count_prompt(content for _, content in messages), count_tokens(text))


def _wait(fault: Fault, attempt: int) -> float:
    """Seconds before the next attempt: what the server asks for, else 0.5, 1, 2, ...; up to a quarter more.

    The jitter keeps calls that failed together from coming back together.
    """
    wait = 0.25 * 2**attempt if fault.retry_after is None else fault.retry_after
    return wait * random.uniform(1.0, 1.25)
