"""A chat request → pieces of the plain model's own answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from brainstorm.clients import on_this_loop
from brainstorm.errors import BrainstormError
from brainstorm.faults import explain
from brainstorm.models import ChatModel

from .cut import Cut
from .engine import Engine
from .wire import ApiError, ChatRequest, api_error, failed

_SAMPLING: Final = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed")

_UNSPEAKABLE: Final[Mapping[str, tuple[Any, ...]]] = {
    "logprobs": (False,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "functions": ([],),
    "function_call": ("none", "auto"),
}
"""Fields whose answer has no form here, with the values that ask for nothing."""

_BEST_EFFORT: Final = frozenset(
    {"user", "metadata", "store", "service_tier", "prompt_cache_key", "safety_identifier", "parallel_tool_calls"}
)
"""Fields that do not change what is said, or only how it is called: passed over by models that do not take them."""

_DETAILS: Final = (
    ("cached", "input_token_details", "cache_read"),
    ("reasoning", "output_token_details", "reasoning"),
)
"""What LangChain says of the tokens, and where."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one choice's text, or of the tool calls that the plain model makes."""

    text: str
    choice: int = 0
    tools: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """The end: why each choice ended, and the tokens spent in and out.

    `details` says how many of them the provider had "cached", or spent on "reasoning", where it tells.
    """

    reasons: tuple[str, ...]
    tokens: tuple[int, int] = (0, 0)
    details: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Spoken:
    """What one call of the plain model has brought so far."""

    cut: Cut
    reason: str = ""
    tools: bool = False
    tokens: list[int] = field(default_factory=lambda: [0, 0])
    details: Counter[str] = field(default_factory=Counter)


def refuse(
    asked: Mapping[str, Any], names: Iterable[str] = ("logprobs", "top_logprobs", "modalities", "audio")
) -> None:
    """Raises:
    ApiError: one of these fields asks for what has no form here.
    """
    for name in names:
        value = asked.get(name)
        if value is not None and value not in _UNSPEAKABLE[name]:
            raise ApiError(400, f"'{name}' is not offered here.", param=name, code="unsupported_parameter")


def plain(engine: Engine, request: ChatRequest, seconds: float) -> AsyncGenerator[Piece | End]:
    """The plain model's own answer, `n` times where several are wanted.

    Raises:
        ApiError: it asks for what the model, or this server, cannot do.
    """
    named = engine.brainstormer(request.model) is None
    asked = dict(request.model_extra or {}) if named else {}  # a job of a chat app is done without what cannot be had
    refuse(asked, _UNSPEAKABLE)
    if (request.limit or 0) * (request.n or 1) > engine.limits.tokens:
        most = engine.limits.tokens
        message = f"{request.n or 1} answers of {request.limit} tokens are more than the {most} allowed."
        raise ApiError(400, message, param="max_tokens")
    model = engine.plain(request.model)
    if not _is_openai(model):
        for name, value in asked.items():
            if value is not None and name not in _BEST_EFFORT and name not in _UNSPEAKABLE:
                message = f"The model {model.name} does not take '{name[:100]}'."
                raise ApiError(400, message, param=name[:100], code="unsupported_parameter")
    return _plainly(engine, request, model, seconds)


async def _plainly(
    engine: Engine, request: ChatRequest, model: ChatModel, seconds: float
) -> AsyncGenerator[Piece | End]:
    n = request.n or 1
    messages = _messages(request)
    heard = [_Spoken(Cut(request.limit, request.stops)) for _ in range(n)]
    pieces: asyncio.Queue[Piece | BaseException | None] = asyncio.Queue(maxsize=64)
    few = asyncio.Semaphore(engine.concurrency)

    async def one(choice: int) -> None:
        try:
            async with few, engine.gate, aclosing(_words(model, request, messages, heard[choice], choice)) as words:
                async for piece in words:
                    await pieces.put(piece)
            await pieces.put(None)
        except Exception as error:  # each provider raises its own kinds
            await pieces.put(error)

    try:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        async with on_this_loop([model.runnable]) as ready:
            model = ChatModel(model.name, ready[0], options=model.options, takes_max_tokens=model.takes_max_tokens)
            tasks = [asyncio.create_task(one(choice)) for choice in range(n)]
            try:
                open_ones = n
                while open_ones:
                    async with engine.waiting(deadline):
                        piece = await pieces.get()
                    if isinstance(piece, BaseException):
                        raise piece
                    if piece is None:
                        open_ones -= 1
                    else:
                        yield piece
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=2.0)
    except ApiError:
        raise
    except Exception as error:
        raise _upstream(error, seconds) from error
    yield End(
        tuple(h.cut.reason or h.reason or ("tool_calls" if h.tools else "stop") for h in heard),
        (sum(h.tokens[0] for h in heard), sum(h.tokens[1] for h in heard)),
        sum((h.details for h in heard), Counter()),
    )


async def _words(
    model: ChatModel, request: ChatRequest, messages: Sequence[Any], heard: _Spoken, choice: int
) -> AsyncGenerator[Piece]:
    runnable: Any = model.runnable
    if request.tools:
        try:
            extra = {} if request.tool_choice is None else {"tool_choice": request.tool_choice}
            runnable = runnable.bind_tools(request.tools, **extra)
        except (NotImplementedError, AttributeError):
            raise ApiError(400, f"The model {model.name} takes no tools.", param="tools") from None
    stream = runnable.astream(messages, None, **_options(model, request))
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            if told := getattr(chunk, "usage_metadata", None):
                heard.tokens[0] += told["input_tokens"]
                heard.tokens[1] += told["output_tokens"]
                for name, side, key in _DETAILS:
                    if (count := (told.get(side) or {}).get(key)) is not None:
                        heard.details[name] += count
            meta = getattr(chunk, "response_metadata", None) or {}
            heard.reason = {"max_tokens": "length"}.get(r := str(meta.get("finish_reason") or ""), r) or heard.reason
            if tools := tuple(_tool(t) for t in getattr(chunk, "tool_call_chunks", None) or ()):
                heard.tools = True
                yield Piece("", choice, tools)
            if text := heard.cut.take(chunk if isinstance(chunk, str) else str(chunk.text)):
                yield Piece(text, choice)
            if heard.cut.reason:
                break
    if text := heard.cut.end():
        yield Piece(text, choice)
    if heard.reason not in ("stop", "length", "tool_calls", "content_filter"):
        heard.reason = ""


def _tool(chunk: Mapping[str, Any]) -> dict[str, Any]:
    called = {"name": chunk.get("name"), "arguments": chunk.get("args") or ""}
    head = {"id": chunk["id"], "type": "function"} if chunk.get("id") else {}
    return {"index": chunk.get("index") or 0, **head, "function": {k: v for k, v in called.items() if v is not None}}


def _options(model: ChatModel, request: ChatRequest) -> dict[str, Any]:
    """Settings of the call that this model is known to take."""
    options = dict(model.options)
    openai = _is_openai(model)
    if openai or model.takes_max_tokens:
        names = _SAMPLING if openai else ("temperature", "top_p", "seed")
        options |= {name: value for name in names if (value := getattr(request, name)) is not None}
        if request.limit is not None:
            options["max_tokens"] = request.limit
    if openai and request.response_format is not None:
        options["response_format"] = request.response_format
    extra = {k: v for k, v in (request.model_extra or {}).items() if v is not None and k not in _UNSPEAKABLE}
    if openai and extra:
        # in the body as they are: the client refuses names that only other servers know, such as top_k
        options["extra_body"] = {**(getattr(model.runnable, "extra_body", None) or {}), **extra}
    if request.stops:
        options["stop"] = list(request.stops)
    return options


def _is_openai(model: ChatModel) -> bool:
    return any(cls.__module__.startswith("langchain_openai") for cls in type(model.runnable).__mro__)


def _messages(request: ChatRequest) -> list[Any]:
    from langchain_core.messages import convert_to_messages

    try:
        return convert_to_messages([_spoken(m.model_dump(exclude_none=True)) for m in request.messages])
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        raise ApiError(400, f"These messages cannot be passed on: {error}", param="messages") from None


def _spoken(message: dict[str, Any]) -> dict[str, Any]:
    """A message as LangChain reads it, which wants some content, even where it is empty."""
    return {"content": "", **message}


def _upstream(error: BaseException, seconds: float) -> ApiError:
    """What the plain model's provider said, with a status that cannot be taken for ours."""
    if isinstance(error, BrainstormError):
        return api_error(error)
    fault = explain(error, seconds)
    message = f"The model failed: {fault.cause}. What to do: {fault.fix}."
    if fault.status in (400, 413, 422):
        return ApiError(400, message, upstream=fault.status)
    if isinstance(error, TimeoutError):
        return ApiError(504, message, kind="server_error", code="timeout")
    return failed(message, retryable=fault.retryable, upstream=fault.status, retry_after=fault.retry_after)
