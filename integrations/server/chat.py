"""Pieces of an answer → the bodies of `POST /v1/chat/completions`, whole or as a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from .answer import answer
from .engine import Engine
from .plain import End, Piece
from .wire import DONE, FINGERPRINT, ChatRequest, event, new_id, now, told


def usage_of(end: End) -> dict[str, Any]:
    """Tokens of all calls that an answer took."""
    details: dict[str, Any] = {}
    for name, side in (("cached", "prompt_tokens_details"), ("reasoning", "completion_tokens_details")):
        if name in end.details:
            details[side] = {f"{name}_tokens": end.details[name]}
    return {
        "prompt_tokens": end.tokens[0],
        "completion_tokens": end.tokens[1],
        "total_tokens": sum(end.tokens),
        **details,
    }


async def complete(engine: Engine, request: ChatRequest, seconds: float | None = None) -> dict[str, Any]:
    """The whole answer; `seconds` is how long the client waits.

    Raises:
        ApiError: the request cannot be met, or the model failed.
    """
    texts: dict[int, list[str]] = {}
    tools: dict[int, dict[int, dict[str, Any]]] = {}
    end = End(("stop",))
    async with aclosing(await answer(engine, request, seconds)) as pieces:
        async for piece in pieces:
            if isinstance(piece, End):
                end = piece
                continue
            texts.setdefault(piece.choice, []).append(piece.text)
            for tool in piece.tools:
                _add(tools.setdefault(piece.choice, {}), tool)
    choices = []
    for index, reason in enumerate(end.reasons):
        text, called = "".join(texts.get(index, ())), [*tools.get(index, {}).values()]
        message: dict[str, Any] = {"role": "assistant", "content": text or (None if called else ""), "refusal": None}
        message["annotations"] = []
        if called:
            message["tool_calls"] = called
        choices.append({"index": index, "message": message, "logprobs": None, "finish_reason": reason})
    return {
        "id": new_id("chatcmpl-"),
        "object": "chat.completion",
        "created": now(),
        "model": request.model,
        "choices": choices,
        "usage": usage_of(end),
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }


def _add(calls: dict[int, dict[str, Any]], tool: Mapping[str, Any]) -> None:
    """Join a piece of a tool call to what there is of it."""
    known = calls.setdefault(
        tool["index"], {"id": new_id("call_"), "type": "function", "function": {"name": "", "arguments": ""}}
    )
    known["id"] = tool.get("id") or known["id"]
    for name in ("name", "arguments"):
        known["function"][name] += tool["function"].get(name) or ""


async def stream(
    engine: Engine, request: ChatRequest, seconds: float | None = None, *, tell: bool = True
) -> AsyncGenerator[str]:
    """The answer as server-sent events; what fails on the way is an event too, so that nothing is lost.

    Args:
        engine, request: what answers what.
        seconds: how long the client waits, where that is known.
        tell: whether what fails is told in an event; else it is raised.

    Raises:
        ApiError: before the first event, where the request cannot be met.
    """
    stream_id = new_id("chatcmpl-")
    head = {
        "id": stream_id,
        "object": "chat.completion.chunk",
        "created": now(),
        "model": request.model,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }
    unknown = {"usage": None} if request.wants_usage else {}
    begun: set[int] = set()

    def chunk(choice: int, delta: Mapping[str, Any], reason: str | None = None) -> str:
        first = {} if choice in begun else {"role": "assistant", "content": ""}
        begun.add(choice)
        told = {"index": choice, "delta": {**first, **delta}, "logprobs": None, "finish_reason": reason}
        return event({**head, "choices": [told], **unknown})

    async with aclosing(await answer(engine, request, seconds)) as pieces:
        yield chunk(0, {})  # the headers go out now: clients give up on a silent server
        try:
            async for piece in pieces:
                if isinstance(piece, Piece):
                    text = {"content": piece.text} if piece.text else {}
                    yield chunk(piece.choice, {**text, **({"tool_calls": list(piece.tools)} if piece.tools else {})})
                    continue
                for choice, reason in enumerate(piece.reasons):
                    yield chunk(choice, {}, reason)
                if request.wants_usage:
                    yield event({**head, "choices": [], "usage": usage_of(piece)})
        except Exception as error:
            if not tell:
                raise
            yield event(told(error, stream_id).body())
    yield DONE
