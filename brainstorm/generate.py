"""Runs calls against chat models, many at a time: the only stage that does I/O.

A call that fails is a `Reply` that says so; nothing is raised for it, and what it said before it
failed is kept.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from brainstorm.attempts import Attempt, Form, Heard, Learnt, end, learn_form, limit_of, other_form
from brainstorm.calls import Call
from brainstorm.faults import Fault, explain
from brainstorm.models import ChatModel
from brainstorm.prompting import ChatMessage
from brainstorm.replies import Delta, Failure, Finish, Reply, Request, Usage
from brainstorm.tokens import count_prompt, count_tokens

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

BACKOFF_MAX: Final = 8.0
"""Longest wait in seconds that a server did not ask for: that of OpenAI's and Anthropic's clients."""


async def generate(
    requests: Sequence[Request],
    models: Sequence[ChatModel],
    *,
    concurrency: int = 16,
    timeout: float = 120.0,
    admit: Callable[[Call], bool] = lambda call: True,
    again: Callable[[Call, Usage], bool] = lambda call, usage: True,
    ended: Callable[[Reply], object] = lambda reply: None,
    stop: asyncio.Event | None = None,
    config: RunnableConfig | None = None,
    learnt: Learnt | None = None,
    bounded: bool = False,
) -> AsyncGenerator[Delta | Reply]:
    """Run `requests` and yield text as it comes, then one `Reply` for each call.

    Closing the iterator cancels the calls that run. Setting `stop` does the same, but each call still
    yields its `Reply` with what it had said. Both end within `ENDING` seconds, also when a model does
    not let itself be cancelled. A call whose answer is no stream is asked for once more in one piece.
    White space alone is no answer yet.

    Args:
        requests: what to send.
        models: the models that the calls name by index.
        concurrency: calls in flight at most.
        timeout: seconds that one attempt may take.
        admit: asked just before a call is sent; a call it declines is left out without a reply. So is one whose
            model refused a call as it would refuse any, and answered none of those in flight.
        again: asked before a call is sent once more, with what its attempts took so far.
        ended: told each reply at once, before another call takes its place: the reply itself may be taken up later.
        stop: ends the calls early.
        config: LangChain configuration for the calls: callbacks, tags, metadata.
        learnt: what earlier rounds learnt of the models; more is added.
        bounded: whether models are told how much a reply may take, where they can be.
    """
    known = Learnt() if learnt is None else learnt
    events: asyncio.Queue[Delta | Reply | asyncio.Task[None]] = asyncio.Queue()
    slots = asyncio.Semaphore(concurrency)
    under_way, news = [0] * len(models), asyncio.Event()
    own_slots = [asyncio.Semaphore(m.parallel or concurrency) for m in models]

    def wake() -> None:
        news.set()
        news.clear()

    def hear(delta: Delta) -> None:
        if delta.call.model not in known.served and delta.text.strip():
            known.served.add(delta.call.model)
            wake()
        events.put_nowait(delta)

    async def send(request: Request) -> None:
        index = request.call.model
        # a call keeps its slot while it waits to be sent again: a server that is asked to slow down gets fewer calls
        async with own_slots[index], slots:
            # where one was refused as any would be, wait for those in flight: the first word of one proves it wrong
            while known.dead(index) and under_way[index]:
                await news.wait()
            if not known.dead(index) and admit(request.call):
                under_way[index] += 1
                model = models[index]
                try:
                    reply = await _run_call(request, model, timeout, config, hear, known, bounded, again)
                finally:
                    under_way[index] -= 1
                    wake()
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
        await end([*tasks, stopper])


async def _cancel_on(stop: asyncio.Event | None, tasks: Sequence[asyncio.Task[None]]) -> None:
    if stop is None:
        return
    await stop.wait()
    for task in tasks:
        task.cancel()


async def _run_call(
    request: Request,
    model: ChatModel,
    timeout: float,
    config: RunnableConfig | None,
    emit: Callable[[Delta], None],
    learnt: Learnt,
    bounded: bool,
    again: Callable[[Call, Usage], bool],
) -> Reply:
    """Send one call, again if its failure may pass; cancelling it ends it with what it had said."""
    call, at, started = request.call, request.call.model, time.monotonic()
    heard = Heard(lambda text: emit(Delta(call, text)))
    taken = _Taken(request.messages)
    finish: Finish = "complete"
    failure: Failure | None = None
    number = others = 0
    limit = limit_of(model, call, bounded=bounded, thinking=at in learnt.thinking)
    form = Form(learnt.whole_only(at), at in learnt.plain, None if at in learnt.unlimited else limit)
    try:
        while True:
            number += 1
            taken.begin()
            attempt = Attempt(call, request.messages, model, config, heard, form)
            heard.begin()
            error = await attempt.run(timeout)
            fault = None if error is None else explain(error, timeout, told=model.takes_timeout)
            taken.end(heard, fault)
            learn_form(learnt, at, form, heard, fault, limit)
            if fault is None:
                failure = None
            # what is wrong with the stream says more than what is odd about the answer in one piece
            elif failure is None or fault.retryable or fault.status is not None:
                failure = Failure(
                    call.id, fault.cause, fault.fix, number, fault.retryable, fault.status, fault.retry_after
                )
            if heard.said or heard.deaf:
                break
            other = other_form(form, heard, fault, model, call)
            if other is not None:
                form, others = other, others + 1
            elif fault is None or not fault.retryable or number >= model.attempts + others:
                break
            else:
                await asyncio.sleep(_wait(fault, number))
                if attempt.thread is not None and attempt.thread.running:
                    failure = replace(failure, fix=_THREAD_FIX) if failure else None
                    break
            if not again(call, taken.usage(heard)):
                break
    except asyncio.CancelledError:
        finish = "stopped"
    if heard.deaf:  # it ignored its cancellation, and may go on for as long as it likes
        cause = failure.cause if failure else "the call was stopped"
        failure = Failure(call.id, f"{cause}, but its model goes on", _STUCK_FIX, number)
    text = heard.text
    if failure is not None:
        failure = replace(failure, attempts=number)
        finish = "failed" if finish != "stopped" else finish
    elif finish == "complete" and heard.cut:
        finish = "length"
    if finish in ("complete", "length") and not text.strip():
        finish = "failed"
        cause = f"the reply was empty{f' ({heard.reason})' if heard.reason else ''}"
        fix = "reword the topic, or ask another model"
        if heard.odd:
            cause, fix = (
                f"the model answered with a {heard.odd}, not with text",
                "have it return text or a chat message",
            )
        failure = Failure(call.id, cause, fix, number, retryable=not heard.odd)
    seconds = time.monotonic() - started
    return Reply(call, request.messages, text, taken.usage(heard), seconds, finish, failure, number)


_THREAD_FIX: Final = "set a time-out on the model's client: a call on a thread cannot be cut off, and still runs"
_STUCK_FIX: Final = "set a time-out on the model's client: it does not let its calls be cancelled"


class _Taken:
    """The tokens that a call took, over all its attempts."""

    def __init__(self, messages: Sequence[ChatMessage]) -> None:
        self._messages = messages
        self._ended: list[Usage] = []
        self._unseen = 0
        self._open = False

    def begin(self) -> None:
        """Another attempt is sent."""
        self._open = True

    def end(self, heard: Heard, fault: Fault | None) -> None:
        """The attempt ended; what it may have cost counts."""
        self._open = False
        if fault is None and heard.told is not None:
            self._ended.append(Usage(*heard.told, True))
        elif fault is not None and fault.streamless and not heard.said:
            self._unseen += 1
        elif fault is None or fault.charged or heard.said:
            self._ended.append(self._partly(heard))

    def usage(self, heard: Heard) -> Usage:
        """All of it; an answer that no one could read counts as much as the one that could be read."""
        parts = [*self._ended, *([self._partly(heard)] if self._open else [])]
        if self._unseen:
            like = parts[-1] if parts else _estimated(self._messages, "")
            parts += [replace(like, counted=False)] * self._unseen
        return Usage(
            sum(p.input_tokens for p in parts), sum(p.output_tokens for p in parts), all(p.counted for p in parts)
        )

    def _partly(self, heard: Heard) -> Usage:
        """Of an attempt that told nothing, or did not get to its end."""
        sent, said = heard.told or (0, 0)
        guess = _estimated(self._messages, heard.text)
        return Usage(sent or guess.input_tokens, max(said, guess.output_tokens))


def _estimated(messages: Sequence[ChatMessage], text: str) -> Usage:
    return Usage(count_prompt(content for _, content in messages), count_tokens(text))


def _wait(fault: Fault, attempt: int) -> float:
    """Seconds before the next attempt: what the server asks for, else 0.5, 1, 2, ... to `BACKOFF_MAX`.

    Up to a quarter more is added to it: this jitter keeps calls that failed together from coming back together.
    """
    wait = min(0.25 * 2.0 ** min(attempt, 10), BACKOFF_MAX / 1.25) if fault.retry_after is None else fault.retry_after
    return wait * random.uniform(1.0, 1.25)
