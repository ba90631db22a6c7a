"""One attempt at a call: what is sent along with it, what is heard of it, and how it is brought to an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from brainstorm.calls import Call
from brainstorm.faults import AttemptTimeout, Fault
from brainstorm.models import ChatModel
from brainstorm.prompting import ChatMessage
from brainstorm.threads import OnThread, lacks_async

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

_REASONS: Final = ("finish_reason", "stop_reason", "done_reason")
_CUT: Final = ("length", "max_tokens", "MAX_TOKENS")

ENDING: Final = 2.0
"""Longest time in seconds to wait for calls to end once they are cancelled; one that does not is left behind."""

THINKING: Final = 4096
"""Output tokens allowed beside the ideas to a model that reasons first: what it thinks counts against its limit."""


@dataclass(slots=True)
class Learnt:
    """What a run has learnt of its models, by their place, so that no later call has to learn it anew.

    Attributes:
        whole: they answer when asked for one piece.
        streaming: they have streamed, so an answer that was no stream was an accident.
        plain: they refuse to be asked for the usage of a stream.
        unlimited: they refuse to be told how much a reply may take.
        thinking: they spend tokens on reasoning before they answer.
        served: they have answered.
        refused: why they refused a call as they would refuse any: a wrong key, no credit, no such model.
    """

    whole: set[int] = field(default_factory=set)
    streaming: set[int] = field(default_factory=set)
    plain: set[int] = field(default_factory=set)
    unlimited: set[int] = field(default_factory=set)
    thinking: set[int] = field(default_factory=set)
    served: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)

    def whole_only(self, model: int) -> bool:
        """Whether the model at this place does not stream, as far as is known."""
        return model in self.whole and model not in self.streaming

    def dead(self, model: int) -> bool:
        """Whether the model at this place refuses every call, as far as is known."""
        return model in self.refused and model not in self.served


@dataclass(frozen=True, slots=True)
class Form:
    """In which form a call is sent.

    Attributes:
        whole: answered in one piece, not streamed.
        plain: without asking for the usage of the stream.
        limit: output tokens allowed, where the model is told.
    """

    whole: bool = False
    plain: bool = False
    limit: int | None = None


def limit_of(model: ChatModel, call: Call, *, bounded: bool, thinking: bool) -> int | None:
    """Output tokens that `model` is told a reply may take; `None` where it is not told.

    Args:
        model: who is asked.
        call: what is asked.
        bounded: whether a budget of tokens or dollars is set. Without one a longer reply does no harm.
        thinking: whether the model was seen to reason.
    """
    if model.takes_max_tokens:
        return call.max_tokens if model.own_limit is None else min(call.max_tokens, model.own_limit)
    if not (bounded and model.limitable):
        return None
    wanted = call.max_tokens + (THINKING if thinking or model.reasons else 0)
    return wanted if model.own_limit is None else min(wanted, model.own_limit)


_LIMITS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_EXTRAS: Final = (
    "stream_options", "include_usage", "unrecognized", "unknown field", "unknown param", "extra_forbidden",
    "extra inputs", "additional properties",
)  # fmt: skip
"""Words of a server that refuses a field it does not know; a refusal that names no such cause is final."""

_BAD_REQUEST: Final = (400, 422)


def other_form(form: Form, heard: Heard, fault: Fault | None, model: ChatModel, call: Call) -> Form | None:
    """Another form in which a call that brought nothing may do better at once, or `None`.

    Args:
        form: how it was sent.
        heard: what came of it.
        fault: what went wrong, if something did.
        model: who was asked.
        call: what was asked.
    """
    if fault is None:
        if heard.cut and form.limit is not None and not model.takes_max_tokens:
            roomy = limit_of(model, call, bounded=True, thinking=True)
            return replace(form, limit=roomy) if roomy is not None and roomy > form.limit else None
        return None
    if fault.streamless and not form.whole:
        return replace(form, whole=True)
    if fault.status in _BAD_REQUEST and not form.whole:
        if form.limit is not None and not model.takes_max_tokens and any(name in fault.cause for name in _LIMITS):
            return replace(form, limit=None)
        if model.asks_usage and not form.plain and any(name in fault.cause.lower() for name in _EXTRAS):
            return replace(form, plain=True)
    return None


def learn_form(learnt: Learnt, at: int, form: Form, heard: Heard, fault: Fault | None, limit: int | None) -> None:
    """Take note of what an attempt in this form says of the model at place `at`; `limit` is what it was told first."""
    if heard.cut and (not heard.said or ("<think" in heard.text and "</think" not in heard.text)):
        learnt.thinking.add(at)
    if heard.said:
        learnt.served.add(at)
        if not form.whole:
            learnt.streaming.add(at)
        for forms, used in (
            (learnt.whole, form.whole),
            (learnt.plain, form.plain and not form.whole),
            (learnt.unlimited, form.limit is None and limit is not None),
        ):
            if used and fault is None:
                forms.add(at)
    elif fault is not None and fault.refused:
        learnt.refused.setdefault(at, fault.cause)


class Heard:
    """What a call has said so far.

    Attributes:
        parts: its text, in pieces.
        told: tokens in and out of this attempt, where the provider tells them.
        reason: why the provider says it ended.
        odd: the type of a piece that is neither text nor a message.
        deaf: nothing is listened to any more: the call was left behind.
    """

    def __init__(self, emit: Callable[[str], None]) -> None:
        self.deaf = False
        self._emit = emit
        self.begin()

    def begin(self) -> None:
        """Make ready for another attempt."""
        self.parts: list[str] = []
        self.told: tuple[int, int] | None = None
        self.reason = self.odd = ""

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(self.parts)

    @property
    def said(self) -> bool:
        """Whether that is more than white space."""
        return any(part.strip() for part in self.parts)

    @property
    def cut(self) -> bool:
        """Whether the token limit ended the reply."""
        return self.reason in _CUT

    def take(self, chunk: Any) -> None:
        """Listen to one piece."""
        if self.deaf:
            return
        if not isinstance(chunk, str) and not hasattr(chunk, "text"):
            self.odd = self.odd or type(chunk).__name__
        text = chunk if isinstance(chunk, str) else str(getattr(chunk, "text", ""))
        text = text or str((getattr(chunk, "additional_kwargs", None) or {}).get("refusal") or "")
        # half a surrogate pair is no text: it can be neither stored nor embedded
        text = text.encode("utf-8", "replace").decode("utf-8")
        if text:
            self.parts.append(text)
            self._emit(text)
        if told := getattr(chunk, "usage_metadata", None):
            sent, said = self.told or (0, 0)
            self.told = sent + told["input_tokens"], said + told["output_tokens"]
        meta = getattr(chunk, "response_metadata", None) or {}
        reason = next((meta[key] for key in _REASONS if isinstance(meta.get(key), str)), "")
        self.reason = reason or self.reason


class Attempt:
    """One attempt at a call: the words it brings go to `heard`."""

    def __init__(
        self,
        call: Call,
        messages: Sequence[ChatMessage],
        model: ChatModel,
        config: RunnableConfig | None,
        heard: Heard,
        form: Form,
    ) -> None:
        self.thread: OnThread[Any] | None = None
        self._call, self._messages, self._model, self._config = call, messages, model, config
        self._heard, self._form = heard, form

    async def run(self, timeout: float) -> BaseException | None:
        """Listen to the end; what went wrong is returned. Cancelling it cancels the attempt."""
        # a task of its own: a model that swallows cancellations can be left behind
        task = asyncio.create_task(self._listen(timeout))
        try:
            await asyncio.wait({task}, timeout=timeout)
            if not task.done():
                self._heard.deaf = not await end([task])
                return AttemptTimeout()
        except asyncio.CancelledError:
            self._heard.deaf = not (task.done() or await end([task]))
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

        call, model, form = self._call, self._model, self._form
        options = dict(model.options)
        if model.takes_seed:
            options["seed"] = call.seed
        if form.limit is not None:
            options["max_tokens"] = form.limit
        if model.takes_timeout:
            options["timeout"] = timeout
        # "nostream" keeps inner calls out of the stream of a host graph
        own: RunnableConfig = {
            "tags": ["nostream", "brainstorm"],
            "metadata": {"brainstorm_call": call.id, "brainstorm_technique": call.technique},
        }
        merged = merge_configs(self._config, own)
        runnable: Any = model.runnable
        messages = list(self._messages)
        if form.plain and not form.whole:
            options["stream_usage"] = False
        if lacks_async(runnable):
            if form.whole:
                self.thread = OnThread(lambda: iter([runnable.invoke(messages, merged, **options)]))
            else:
                self.thread = OnThread(lambda: runnable.stream(messages, merged, **options))
            return self.thread.items()
        if form.whole:
            return _only(runnable.ainvoke(messages, merged, **options))
        stream: AsyncGenerator[Any] = runnable.astream(messages, merged, **options)
        return stream


async def _only(answer: Awaitable[Any]) -> AsyncGenerator[Any]:
    yield await answer


_left: set[asyncio.Task[Any]] = set()  # asyncio itself holds tasks weakly


async def end(tasks: Sequence[asyncio.Task[Any]]) -> bool:
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
