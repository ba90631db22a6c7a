"""Running the server: uvicorn, with an orderly end and little patience for clients that do not get to the point."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Sequence
from types import FrameType
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from brainstorm.errors import BrainstormError
from brainstorm.prices import prices_of
from brainstorm.testing import ScriptedChat

from . import chat
from .app import guarded, make_app
from .engine import Engine
from .guard import HEAD, is_loopback, read_origins
from .http import Bounded
from .patience import protocol
from .wire import ChatMessage, ChatRequest

GRACE: Final = 20.0
"""Seconds that brainstorms under way get to end by themselves once the server is told to stop."""


LAST: Final = 3.0
"""Seconds after that in which clients can read the end of what is theirs."""


def serve(engine: Engine, **options: Any) -> None:
    """Serve until a signal comes; a second one ends it at once. Arguments as those of `make_server`.

    Raises:
        BrainstormError: other machines could reach the server and it has no API key, or the port is taken.
    """
    server = make_server(engine, **options)
    warm_up(engine)
    try:
        server.run()
    except SystemExit as error:  # uvicorn has said why in the log
        raise BrainstormError(
            f"cannot listen on {server.config.host}:{server.config.port}.",
            hint="Is the port taken? Give another one: --port 8399.",
        ) from error


def shown(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def warm_up(engine: Engine) -> None:
    """Load what the first request would wait for, and take all that is there now out of the garbage collector's rounds.

    A full round over what this process holds takes 100 ms, in which nobody is served.
    """

    async def once() -> None:
        scripted = Engine(ScriptedChat(script=["1. a kite\n2. a drum\n3. a kiln for moss"]), embedder=embedder)
        body = ChatRequest(model="brainstorm/quick", messages=[ChatMessage(role="user", content="Things")], stream=True)
        async for _ in chat.stream(scripted, body):
            pass

    embedder = "default" if engine.embedder == "default" else None  # any other may be a request away
    prices_of(engine.inner, None)
    asyncio.run(once())
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # of a hundred requests at a time much is young, and little of it in rings


def make_server(
    engine: Engine,
    *,
    app: ASGIApp | None = None,
    host: str = "127.0.0.1",
    port: int = 8321,
    keys: Sequence[str] = (),
    origins: Sequence[str] = (),
    log_prompts: bool = False,
    grace: float = GRACE,
) -> Server:
    """The server made ready.

    Args:
        engine: what answers.
        app: what to serve in place of the OpenAI endpoints.
        host, port: where; port 0 takes a free one.
        keys, origins, log_prompts: as `make_app` takes them.
        grace: seconds that brainstorms under way get to end by themselves once the server is told to stop.

    Raises:
        BrainstormError: other machines could reach the server and it has no API key, or an origin is none.
    """
    if not keys and not is_loopback(host):
        raise BrainstormError(
            f"{host} can be reached from other machines, so the server needs an API key.",
            hint="Give --api-key-file FILE, or leave --host at 127.0.0.1.",
        )
    host, origins = host.strip("[]"), read_origins(origins)
    if app is None:
        served = make_app(engine, keys=keys, origins=origins, log_prompts=log_prompts)
    else:
        served = guarded(Bounded(app, engine), keys=keys, origins=origins)
    config = uvicorn.Config(
        served,
        host=host,
        port=port,
        http=protocol(engine.limits.send, engine.limits.connections),
        ws="none",
        lifespan="off" if app is None else "on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=int(grace) + 10,
        h11_max_incomplete_event_size=HEAD,
    )
    return Server(config, engine, grace, models=app is None)


class Server(uvicorn.Server):
    """Tells the engine first that it is to stop."""

    def __init__(self, config: uvicorn.Config, engine: Engine, grace: float, *, models: bool = True) -> None:
        super().__init__(config)
        self._engine, self._grace, self._models = engine, grace, models
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: Any = None) -> None:
        """As uvicorn's."""
        await super().startup(sockets)
        what, path = (", ".join(self._engine.models), "v1") if self._models else ("tools", "mcp")
        logging.getLogger("brainstorm.server").info(
            "serving %s on http://%s:%d/%s", what, shown(self.config.host), self.bound, path
        )

    @property
    def bound(self) -> int:
        """The port, also where the system chose it."""
        sockets = [s for server in self.servers for s in server.sockets]
        return int(sockets[0].getsockname()[1]) if sockets else self.config.port

    async def shutdown(self, sockets: Any = None) -> None:
        """End what is under way, then as uvicorn's."""
        self._ending = asyncio.ensure_future(self._end())
        await super().shutdown(sockets)
        self._ending.cancel()

    async def _end(self) -> None:
        await self._engine.close(self._grace)
        await asyncio.sleep(LAST)
        for connection in tuple(self.server_state.connections):  # of clients that do not read, or only listen
            connection.transport.abort()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn's; what comes from now on is refused."""
        self._engine.closing = True
        super().handle_exit(sig, frame)
