"""Requests and answers over HTTP: bodies with a limit, streams with signs of life, and clients that go away."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import ExitStack, aclosing
from typing import Any, Final, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .engine import Engine, Limits
from .wire import ApiError, frames

logger = logging.getLogger("brainstorm.server")

T = TypeVar("T")

KEEP_ALIVE: Final = ": keep-alive\n\n"
_BROKEN: Final = "broken"
QUEUED: Final = 64
"""Pieces of an answer that may wait for a slow reader."""


class ClientGone(Exception):
    """The client hung up: there is nobody to answer."""


class Json(Response):
    """JSON, as clients of OpenAI's API read it."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """UTF-8, without padding."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def error_response(error: ApiError) -> Json:
    """An error in OpenAI's form."""
    return Json(error.body(), error.status, error.headers)


async def read(request: Request, engine: Engine, *, keyed: bool) -> bytes:
    """The body of a request; where there is no key, it must say what it is: any page can send what does not.

    Raises:
        ApiError: it is too large, no JSON, or too slow.
        ClientGone: it ended in the middle.
    """
    kind = (
        request.headers.get("content-type", "application/json" if keyed else "unknown")
        .partition(";")[0]
        .strip()
        .lower()
    )
    if kind != "application/json" and not kind.endswith("+json"):
        raise ApiError(415, f"The body must be application/json, not {kind[:100]}.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ApiError(415, "The body must not be compressed.")
    return await read_all(request.receive, request.headers, engine)


async def read_all(receive: Receive, headers: Mapping[str, str], engine: Engine) -> bytes:
    """A body of whatever kind.

    Raises:
        ApiError: it is too large or too slow, or the bodies that are being read are too many.
        ClientGone: it ended in the middle.
    """
    limits, closing = engine.limits, {"Connection": "close"}
    declared = headers.get("content-length", "0")
    parts, size = list[bytes](), int(declared) if declared.isdecimal() and len(declared) < 16 else 0
    with engine.reading() as held:
        try:
            async with asyncio.timeout(limits.send):  # for all of it: pieces could come one by one for ever
                came = 0
                while max(size, came) <= limits.body:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientGone
                    parts.append(message.get("body", b""))
                    held(len(parts[-1]))
                    came += len(parts[-1])
                    if not message.get("more_body") and came <= limits.body:
                        return b"".join(parts)
        except TimeoutError:
            raise ApiError(408, "The body did not come in time.", headers=closing) from None
    raise ApiError(413, f"The body is larger than the {limits.body:,} bytes allowed.", headers=closing)


class Bounded:
    """ASGI middleware for an application that reads bodies by itself: gives it none that is too large or too slow."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises:
        ApiError: the body is too large or too slow.
        ClientGone: it ended in the middle.
        """
        if scope["type"] == "http" and scope["method"] == "POST":
            body: bytes | None = await read_all(receive, Headers(scope=scope), self._engine)
            inner = receive

            async def replay() -> Message:
                nonlocal body
                if body is None:
                    return await inner()
                data, body = body, None
                return {"type": "http.request", "body": data, "more_body": False}

            receive = replay
        await self._app(scope, receive, send)


async def gone(receive: Receive) -> None:
    """Returns once the client hangs up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` brings; it is cancelled when the client goes away.

    Raises:
        ClientGone: the client went away.
    """
    task, watch = asyncio.ensure_future(work), asyncio.ensure_future(gone(request.receive))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        await _end(task, watch)


class EventStream(Response):
    """A stream of server-sent events.

    Between pieces that keep one waiting, comments are sent. A client that goes away, or does not read, ends it; then
    what makes the events is closed before `held` is.

    Args:
        events: the events, the first of which was taken already.
        first: that one.
        held: closed at the end.
        limits: how long a silence and a piece may last.
        headers: further headers.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncGenerator[str],
        first: str,
        held: ExitStack,
        limits: Limits,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **(headers or {})})
        del self.headers["content-length"]
        self._events, self._first, self._held, self._limits = events, first, held, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        pieces: asyncio.Queue[str | None] = asyncio.Queue(QUEUED)

        async def make() -> None:
            try:
                async with aclosing(self._events) as events:
                    async for text in events:
                        await pieces.put(text)
            except Exception as error:  # streams tell what fails in them, so this is one that broke
                logger.error("%s broke off: %s", scope.get("request_id"), frames(error))
                await pieces.put(_BROKEN)
            await pieces.put(None)

        making = asyncio.ensure_future(make())
        watch = asyncio.ensure_future(gone(receive))
        sending = asyncio.ensure_future(self._send(pieces, send))
        try:
            await asyncio.wait({sending, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(sending, watch, making)
            self._held.close()

    async def _send(self, pieces: asyncio.Queue[str | None], send: Send) -> None:
        async def put(text: str, *, more: bool = True) -> None:
            async with asyncio.timeout(self._limits.send):
                await send({"type": "http.response.body", "body": text.encode("utf-8"), "more_body": more})

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await put(self._first)
        while True:
            try:
                async with asyncio.timeout(self._limits.keep_alive):
                    text = await pieces.get()
            except TimeoutError:
                await put(KEEP_ALIVE)
                continue
            if text == _BROKEN:
                return  # without an end the client sees that something is missing
            if text is None:
                await put("", more=False)
                return
            await put(text)


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel what is not done, and wait for it."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
