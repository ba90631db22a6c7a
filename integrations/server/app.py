"""The ASGI application: OpenAI's endpoints and those of this library's own."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import chat, native, openapi, responses
from .engine import Engine
from .guard import LOCAL_ORIGINS, Guard
from .http import ClientGone, EventStream, Json, error_response, read, unless_gone
from .wire import ApiError, ChatRequest, frames, read_body, told

logger = logging.getLogger("brainstorm.server")

LONG: Final = 200_000
"""Bytes of a body from which it is read in a thread: some 5 ms of work."""

M = TypeVar("M", bound=BaseModel)


def make_app(
    engine: Engine, *, keys: Sequence[str] = (), origins: Sequence[str] = (), log_prompts: bool = False
) -> ASGIApp:
    """The application.

    Args:
        engine: what answers.
        keys: API keys, one of which each request must bring; none: only this machine may ask.
        origins: web origins that may ask besides those on this machine; "*" for any.
        log_prompts: whether bodies of requests go to the log; they hold what people write.
    """
    api = _Api(engine, log_prompts, keyed=bool(keys))
    routes = [
        Route("/healthz", api.health),
        Route("/v1/models", api.models),
        Route("/v1/models/{model:path}", api.model),
        Route("/v1/chat/completions", api.chat, methods=["POST"]),
        Route("/v1/responses", api.responses, methods=["POST"]),
        Route("/v1/brainstorm", api.brainstorm, methods=["POST"]),
        Route("/v1/deduplicate", api.deduplicate, methods=["POST"]),
        Route("/v1/rank", api.rank, methods=["POST"]),
        Route("/openapi.json", api.openapi),
    ]
    return guarded(Router(routes), keys=keys, origins=origins)


def guarded(app: ASGIApp, *, keys: Sequence[str] = (), origins: Sequence[str] = ()) -> ASGIApp:
    """An application behind the guard, with CORS headers, errors in OpenAI's form and a log."""
    cors = CORSMiddleware(
        _Errors(Guard(app, keys, origins)),
        allow_origins=tuple(origins),
        allow_origin_regex=LOCAL_ORIGINS,
        allow_methods=("GET", "POST", "DELETE", "OPTIONS"),
        allow_headers=("*",),
        allow_private_network=True,
        expose_headers=("x-request-id", "retry-after", "mcp-session-id"),
        max_age=86_400,
    )
    return _Logged(cors)


class _Api:
    """The endpoints."""

    def __init__(self, engine: Engine, log_prompts: bool, *, keyed: bool) -> None:
        self.engine, self._log_prompts, self._keyed = engine, log_prompts, keyed

    async def health(self, request: Request) -> Response:
        """Whether the server takes requests."""
        state = "stopping" if self.engine.closing else "ok"
        return Json({"status": state, "busy": self.engine.busy}, 503 if self.engine.closing else 200)

    async def models(self, request: Request) -> Response:
        """All that is offered."""
        return Json({"object": "list", "data": [self._model(name) for name in self.engine.models]})

    async def model(self, request: Request) -> Response:
        """One of them."""
        name = request.path_params["model"]
        self.engine.check(name)
        return Json(self._model(name))

    async def chat(self, request: Request) -> Response:
        """Chat completions."""
        return await self._answered(request, await self.body(ChatRequest, request), chat.complete, chat.stream)

    async def responses(self, request: Request) -> Response:
        """Responses, in their plain text form."""
        body = await self.body(responses.ResponsesRequest, request)
        return await self._answered(request, body, responses.complete, responses.stream)

    async def _answered(self, request: Request, body: Any, complete: Any, stream: Any) -> Response:
        """The answer that `complete` or `stream` makes, in a slot of its own."""
        with ExitStack() as held:
            held.enter_context(self.engine.slot())
            if not body.stream:
                return Json(await unless_gone(request, complete(self.engine, body)))
            events = stream(self.engine, body)
            return EventStream(events, await anext(events), held.pop_all(), self.engine.limits)

    async def brainstorm(self, request: Request) -> Response:
        """A brief in, an `IdeaSet` out."""
        body = await self.body(native.BrainstormRequest, request)
        with ExitStack() as held:
            held.enter_context(self.engine.slot())
            run = native.start(self.engine, body)
            if not body.stream:
                found = await unless_gone(request, native.complete(self.engine, run))
                return Response(found.model_dump_json(), media_type=Json.media_type)
            events = native.stream(self.engine, run)
            return EventStream(events, await anext(events), held.pop_all(), self.engine.limits)

    async def deduplicate(self, request: Request) -> Response:
        """A list folded."""
        body = await self.body(native.DeduplicateRequest, request)
        return Json(await self.engine.aside(native.fold, body))

    async def rank(self, request: Request) -> Response:
        """A list in order."""
        body = await self.body(native.RankRequest, request)
        return Json(await self.engine.aside(native.order, body))

    async def openapi(self, request: Request) -> Response:
        """The OpenAPI document."""
        return Response(openapi.rendered(keyed=self._keyed), media_type=Json.media_type)

    async def body(self, kind: type[M], request: Request) -> M:
        """The body of a request, in the log only where that is asked for."""
        self.engine.check_room()
        data = await read(request, self.engine, keyed=self._keyed)
        if self._log_prompts:
            logger.info("%s %s", request.url.path, data.decode("utf-8", "replace"))
        return await asyncio.to_thread(read_body, kind, data) if len(data) > LONG else read_body(kind, data)

    def _model(self, name: str) -> dict[str, Any]:
        own = self.engine.brainstormer(name) is not None
        return {
            "id": name,
            "object": "model",
            "created": self.engine.created,
            "owned_by": "brainstorm" if own else "inner",
        }


class _Logged:
    """The outermost part: a request id, and a line in the log without what was said."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began, status = f"req_{uuid.uuid4().hex}", time.monotonic(), 499
        scope["request_id"] = request_id

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", request_id.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = time.monotonic() - began
            logger.info("%s %r %d %.3f s %s", scope["method"], scope["path"][:200], status, seconds, request_id)


class _Errors:
    """Errors in OpenAI's form; within the CORS headers, for pages must read them too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False
        scope["app"] = self  # with it, the router raises what it does not find

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientGone:
            return
        except Exception as error:
            if begun:  # cutting the answer off is all that can be told
                logger.error("%s broke off: %s", scope["request_id"], frames(error))
                return
            await error_response(_told(error, scope))(scope, receive, send)


def _told(error: Exception, scope: Scope) -> ApiError:
    if isinstance(error, HTTPException):
        message = f"There is no {scope['method']} {scope['path'][:200]}: see GET /openapi.json."
        return ApiError(error.status_code, message, headers=error.headers)
    return told(error, scope["request_id"])
