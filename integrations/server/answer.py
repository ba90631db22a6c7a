"""A chat request → pieces of its answer: a brainstorm told as text, or the plain model's own words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final, Literal

from brainstorm.brief import Brief, Message
from brainstorm.errors import BrainstormError
from brainstorm.live import ASIDE
from brainstorm.result import IdeaSet
from brainstorm.run import Run
from brainstorm.tokens import count_tokens

from ..conversation import BEST, Ask, Turn, understand
from .cut import Cut
from .engine import Engine
from .plain import End, Piece, plain, refuse
from .shape import bounds, fits, shaped, wanted_schema
from .wire import ApiError, ChatRequest, api_error

_ROLES: Final[Mapping[str, Literal["system", "user", "assistant"]]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}

DEFAULT_N: Final = int(Brief.model_fields["n"].default)

LISTED_TOKENS: Final = 40
"""What one idea of the ranked list takes, about: a heading and a sentence."""


async def answer(engine: Engine, request: ChatRequest, seconds: float | None = None) -> AsyncGenerator[Piece | End]:
    """The answer to `request`, piece by piece; `End` comes last. Closing it cancels the model's calls.

    `seconds` is how long the client waits, where that is known.

    Raises:
        ApiError: before the first piece, or where the model fails.
    """
    engine.check(request.model)
    brainstormer = engine.brainstormer(request.model)
    if (request.n or 1) > engine.limits.n:
        raise ApiError(400, f"'n' is {request.n}, but this server allows {engine.limits.n}.", param="n")
    if brainstormer is None:
        return plain(engine, request, engine.longest(seconds))
    refuse(request.model_extra or {})
    try:
        schema = wanted_schema(request.response_format)
    except ValueError as error:
        raise ApiError(400, f"Invalid 'response_format': {error}.", param="response_format") from None
    if _for_the_plain_model(request, schema):
        return plain(engine, request, engine.longest(seconds))
    if (request.n or 1) > 1 and schema is not None:
        message = "With 'response_format', 'n' must be 1: one answer holds all ideas. Say in the message how many."
        raise ApiError(400, message, param="n")
    try:
        turns = [Turn(_ROLES[m.role], m.text) for m in request.messages if m.role in _ROLES]
        long = sum(len(turn.text) for turn in turns) > ASIDE
        ask = await asyncio.to_thread(understand, turns) if long else understand(turns)
    except ValueError as error:
        raise ApiError(400, f"There is {error}.", param="messages") from None
    if ask.job:
        return plain(engine, request, engine.longest(seconds))
    try:
        run = brainstormer.start(
            engine.checked(brief_of(ask, request, schema, int(brainstormer.defaults.get("n", DEFAULT_N))), seconds)
        )
    except BrainstormError as error:
        raise api_error(error) from error
    return _brainstorm(engine, request, run)


def _for_the_plain_model(request: ChatRequest, schema: Mapping[str, Any] | None) -> bool:
    """Whether the client asks for what a list of ideas is not: a tool called, or JSON of another shape."""
    forced = bool(request.tools) and (request.tool_choice == "required" or isinstance(request.tool_choice, dict))
    return forced or request.messages[-1].role in ("tool", "function") or (schema is not None and not fits(schema))


def brief_of(ask: Ask, request: ChatRequest, schema: Mapping[str, Any] | None = None, usual: int = DEFAULT_N) -> Brief:
    """The brief that a conversation amounts to; where it does not say how many, `usual`, within what the schema wants.

    Raises:
        BriefError: the topic is too long, or no text.
    """
    n = request.n if (request.n or 1) > 1 else ask.n
    if schema is not None:
        least, most = bounds(schema)
        n = usual if n is None else n
        n = max(n if most is None else min(n, most), least, 1)
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
                        found = engine.delivered(event)
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
