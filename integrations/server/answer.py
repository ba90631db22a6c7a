"""A chat request → pieces of its answer: a brainstorm told as text, or the plain model's own words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from brainstorm.brief import Brief, Message
from brainstorm.clients import on_this_loop
from brainstorm.errors import BrainstormError
from brainstorm.faults import explain
from brainstorm.models import ChatModel
from brainstorm.result import IdeaSet
from brainstorm.run import Run
from brainstorm.tokens import count_tokens

from ..conversation import BEST, Ask, Turn, understand
from .cut import Cut
from .engine import Engine
from .shape import fits, shaped, wanted_schema
from .wire import ApiError, ChatRequest, api_error, failed

_ROLES: Final[Mapping[str, Literal["system", "user", "assistant"]]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}

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

LISTED_TOKENS: Final = 40
"""What one idea of the ranked list takes, about: a heading and a sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of one choice's text, or of the tool calls that the plain model makes."""

    text: str
    choice: int = 0
    tools: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """The end: why each choice ended, and the tokens spent in and out."""

    reasons: tuple[str, ...]
    tokens: tuple[int, int] = (0, 0)


def answer(engine: Engine, request: ChatRequest, seconds: float | None = None) -> AsyncGenerator[Piece | End]:
    """The answer to `request`, piece by piece; `End` comes last. Closing it cancels the model's calls.

    `seconds` is how long the client waits, where that is known.

    Raises:
        ApiError: before the first piece, or where the model fails.
    """
    engine.check(request.model)
    brainstormer = engine.brainstormer(request.model)
    if (request.n or 1) > engine.limits.n:
        raise ApiError(400, f"'n' is {request.n}, but this server allows {engine.limits.n}.", param="n")
    if brainstormer is None or _for_the_plain_model(request):
        return _plain(engine, request, engine.longest(seconds))
    if (request.n or 1) > 1 and wanted_schema(request.response_format) is not None:
        message = "With 'response_format', 'n' must be 1: one answer holds all ideas. Say in the message how many."
        raise ApiError(400, message, param="n")
    try:
        ask = understand([Turn(_ROLES[m.role], m.text) for m in request.messages if m.role in _ROLES])
    except ValueError as error:
        raise ApiError(400, f"There is {error}.", param="messages") from None
    if ask.job:
        return _plain(engine, request, engine.longest(seconds))
    try:
        run = brainstormer.start(engine.checked(brief_of(ask, request), seconds))
    except BrainstormError as error:
        raise api_error(error) from error
    return _brainstorm(engine, request, run)


def _for_the_plain_model(request: ChatRequest) -> bool:
    """Whether the client asks for what a list of ideas is not: a tool called, or JSON of another shape."""
    forced = bool(request.tools) and (request.tool_choice == "required" or isinstance(request.tool_choice, dict))
    schema = wanted_schema(request.response_format)
    return forced or request.messages[-1].role in ("tool", "function") or (schema is not None and not fits(schema))


def brief_of(ask: Ask, request: ChatRequest) -> Brief:
    """The brief that a conversation amounts to.

    Raises:
        BriefError: the topic is too long, or no text.
    """
    n = request.n if (request.n or 1) > 1 else ask.n
    fields: dict[str, Any] = {} if n is None else {"n": n}
    if request.seed is not None:
        fields["seed"] = request.seed % 2**31
    return Brief(
        topic=ask.topic,
        messages=tuple(Message(role=t.role, content=t.text) for t in ask.context if t.text.strip()),
        keep=ask.keep,
        avoid=ask.avoid,
        nearer_to=ask.nearer_to,
        away_from=ask.away_from,
        constraints=ask.constraints,
        **fields,
    )


async def _brainstorm(engine: Engine, request: ChatRequest, run: Run) -> AsyncGenerator[Piece | End]:
    schema, several = wanted_schema(request.response_format), (request.n or 1) > 1
    # ideas are told as they come only where the answer is one text
    listed = bool(request.stream) and schema is None and not several
    cut, found = Cut(request.limit, request.stops), None
    # what is told early must leave room for the ranked list
    early = None if request.limit is None else request.limit - LISTED_TOKENS * run.brief.n
    try:
        with engine.running(run):
            async with aclosing(run.events(watched=listed)) as events:
                async for event in events:
                    if isinstance(event, IdeaSet):
                        found = event
                    elif listed and event.kind == "idea":
                        line = _line(event.text)
                        if early is not None and cut.tokens + count_tokens(line) > early:
                            continue
                        if text := cut.take(line):
                            yield Piece(text)
                        if cut.reason:
                            run.stop("interrupted")
    except BrainstormError as error:
        raise api_error(error) from error
    assert found is not None
    reasons = []
    for choice, text in enumerate(_told(found, schema, several=several, listed=cut.shown)):
        own = cut if listed else Cut(request.limit, request.stops)
        # what is cut in a stream says so at once, and what is not JSON any more is not worth sending
        for piece in (own.take(text), own.end()):
            if piece:
                yield Piece(piece, choice)
        reasons.append(own.reason or "stop")
    yield End(tuple(reasons), (found.usage.input_tokens, found.usage.output_tokens))


def _line(text: str) -> str:
    """An idea as it is found, as an item of a Markdown list."""
    first, *rest = text.splitlines() or [""]
    return "".join(f"{line}\n" for line in (f"- {first}", *(f"  {line}".rstrip() for line in rest)))


def _told(found: IdeaSet, schema: Mapping[str, Any] | None, *, several: bool, listed: bool) -> list[str]:
    """The texts of the choices; of a stream that listed ideas, what comes after them."""
    if schema is not None:
        text = shaped(schema, found)
        assert text is not None
        return [text]
    if several:
        return found.texts or ["No idea came."]
    text = found.to_markdown() or "No idea came."
    if listed:
        text = f"\n{BEST}\n\n{text}"
    return [text + _trouble(found)]


def _trouble(found: IdeaSet) -> str:
    """What went wrong on the way, in a line below the list."""
    if not found.failures:
        return ""
    first = found.failures[0]
    how_many = f"{len(found.failures)} of {found.usage.calls} calls"
    return f"\n\n*({how_many} failed: {first.cause}; {first.fix}.)*"


# --- the plain model ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Spoken:
    """What one call of the plain model has brought so far."""

    cut: Cut
    reason: str = ""
    tools: bool = False
    tokens: list[int] = field(default_factory=lambda: [0, 0])


def _plain(engine: Engine, request: ChatRequest, seconds: float) -> AsyncGenerator[Piece | End]:
    """The plain model's own answer, `n` times where several are wanted.

    Raises:
        ApiError: it asks for what the model, or this server, cannot do.
    """
    for name, harmless in _UNSPEAKABLE.items():
        value = (request.model_extra or {}).get(name)
        if value is not None and value not in harmless:
            raise ApiError(400, f"'{name}' is not offered here.", param=name, code="unsupported_parameter")
    if (request.limit or 0) * (request.n or 1) > engine.limits.tokens:
        message = (
            f"{request.n or 1} answers of {request.limit} tokens are more than the {engine.limits.tokens} allowed."
        )
        raise ApiError(400, message, param="max_tokens")
    model = engine.plain(request.model)
    if not _is_openai(model):
        for name, value in (request.model_extra or {}).items():
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
