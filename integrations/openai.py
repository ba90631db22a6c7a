"""The OpenAI client, brainstorming: the same class, with another transport below it.

    client = wrap(OpenAI())
    client.chat.completions.create(model="gpt-5-mini", n=5, messages=[...])   # five different ideas as five choices

Chat completions are answered as `brainstorm serve` does, by calls of the client that was wrapped; all other requests
pass through as they are. No port is opened and no method is patched.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from brainstorm import background

from .server import chat
from .server.engine import PROFILES, Engine, Limits
from .server.wire import DONE, ChatRequest, event, read_body, told

if TYPE_CHECKING:
    import openai

C = TypeVar("C", "openai.OpenAI", "openai.AsyncOpenAI")

LIMITS: Final = Limits(n=1000, seconds=3600.0, tokens=10_000_000)
"""A program that calls itself needs no protection from its clients; what is endless is stopped all the same."""


def wrap(client: C, *, limits: Limits = LIMITS, **options: Any) -> C:
    """A client like `client` whose chat completions brainstorm.

    The model named in a request is the one that is asked; "gpt-5-mini/quick", "/broad" and "/bold" set how. The client
    does not retry a brainstorm, for each inner call has its own retries; all other requests are retried as before. A
    request's `timeout` is how long it brainstorms: it ends with what there is. Its headers and key do not reach the
    inner calls: those go as `client` sends them.

    Args:
        client: the real one, sync or async; it stays as it is.
        limits: the largest request that is taken.
        options: settings of `Brainstormer`, such as `technique`, `n` or `concurrency`.

    Raises:
        ModelError: `client` is no OpenAI client.
        BrainstormError, TypeError: an option is wrong.
    """
    import openai

    from brainstorm.errors import ModelError

    if not isinstance(client, openai.OpenAI | openai.AsyncOpenAI):
        raise ModelError(f"cannot wrap a {type(client).__name__}.", hint="Give an OpenAI or AsyncOpenAI client.")
    inner: Any = client._client
    kit = _kit_of(inner)
    answers = _Answers(client, limits, options)
    answers.engine("model")  # what is wrong with the options is said here
    common = {"base_url": inner.base_url, "timeout": inner.timeout}
    http: Any
    if isinstance(client, openai.AsyncOpenAI):
        http = kit.AsyncClient(transport=_AsyncTransport(kit, answers, inner), **common)
    else:
        http = kit.Client(transport=_Transport(kit, answers, inner), **common)
    wrapped: Any = client.copy(http_client=http)
    return wrapped  # type: ignore[no-any-return]


def _kit_of(client: Any) -> ModuleType:
    """httpx or httpx2, whichever this OpenAI client is built on."""
    for cls in type(client).__mro__:
        if (name := cls.__module__.partition(".")[0]) in ("httpx", "httpx2"):
            return sys.modules[name]
    raise TypeError(f"{type(client).__name__} is no httpx client")


class _Answers:
    """One engine for each model that is asked."""

    def __init__(self, client: Any, limits: Limits, options: dict[str, Any]) -> None:
        self._client, self._limits, self._options = client, limits, options
        self._engines: dict[str, Engine] = {}

    def of(self, content: bytes) -> tuple[Engine, ChatRequest]:
        """The engine and the request.

        Raises:
            ApiError: the request is not valid.
        """
        request = read_body(ChatRequest, content)
        base, _, profile = request.model.rpartition("/")
        return self.engine(base if profile in PROFILES and base else request.model), request

    def engine(self, name: str) -> Engine:
        """The engine that asks this model."""
        if name not in self._engines:
            self._engines[name] = Engine(
                self._client, model_name=name, offer=name, limits=self._limits, **self._options
            )
        return self._engines[name]


async def _events(answers: _Answers, content: bytes, seconds: float | None) -> AsyncGenerator[bytes]:
    """The body of the answer: first whether it is a stream, then its pieces. `seconds` is how long the client waits.

    Raises:
        ApiError: before the first piece.
    """
    engine, request = answers.of(content)
    if not request.stream:
        whole = await chat.complete(engine, request, seconds)
        yield b"json"
        yield json.dumps(whole).encode()
        return
    async with aclosing(chat.stream(engine, request, seconds, tell=False)) as events:
        # the head waits for the first words, so that what fails before them is an error of its own class
        first = [await anext(events), await anext(events)]
        yield b"stream"
        for one in first:
            yield one.encode()
        try:
            async for one in events:
                yield one.encode()
        except Exception as error:
            yield event(told(error, "the request").body()).encode()
            yield DONE.encode()


_TYPES: Final = {b"json": "application/json", b"stream": "text/event-stream"}


def _ours(request: Any) -> bool:
    return bool(request.method == "POST" and request.url.path.endswith("/chat/completions"))


def _patience(request: Any) -> float | None:
    """Seconds that a request waits for words, as its client was told by `timeout`."""
    read = (request.extensions.get("timeout") or {}).get("read")
    return None if read is None else float(read)


def _error(kit: ModuleType, error: Exception, request: Any) -> Any:
    """An error as the client knows it: with the provider's own status, and not to be retried."""
    error = told(error, "the request")
    headers = {**error.headers, "x-should-retry": "false"}
    return kit.Response(error.upstream or error.status, json=error.body(), headers=headers, request=request)


def _passed_on(kit: ModuleType, answer: Any, request: Any) -> Any:
    return kit.Response(
        answer.status_code, headers=answer.headers, stream=answer.stream, extensions=answer.extensions, request=request
    )


class _Transport:
    """Answers chat completions on the background loop; sends the rest through the real client."""

    def __init__(self, kit: ModuleType, answers: _Answers, inner: Any) -> None:
        self._kit, self._answers, self._inner = kit, answers, inner

    def __enter__(self) -> _Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def handle_request(self, request: Any) -> Any:
        """As httpx asks for it."""
        if not _ours(request):
            return _passed_on(self._kit, self._inner.send(request, stream=True), request)
        content = request.read()
        pieces = background.iterate(lambda: _events(self._answers, content, _patience(request)))
        try:
            kind = next(pieces)
        except Exception as error:
            return _error(self._kit, error, request)
        headers = {"content-type": _TYPES[kind]}
        return self._kit.Response(200, headers=headers, stream=self._stream(pieces), request=request)

    def close(self) -> None:
        """The real client stays open: it is its owner's."""

    def _stream(self, pieces: Iterator[bytes]) -> Any:
        class Stream(self._kit.SyncByteStream):  # type: ignore[misc,name-defined]
            """The pieces; closing it cancels what makes them."""

            def __iter__(self) -> Iterator[bytes]:
                return pieces

            def close(self) -> None:
                pieces.close()  # type: ignore[attr-defined]

        return Stream()


class _AsyncTransport:
    """As `_Transport`, on the caller's own loop."""

    def __init__(self, kit: ModuleType, answers: _Answers, inner: Any) -> None:
        self._kit, self._answers, self._inner = kit, answers, inner

    async def __aenter__(self) -> _AsyncTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def handle_async_request(self, request: Any) -> Any:
        """As httpx asks for it."""
        if not _ours(request):
            return _passed_on(self._kit, await self._inner.send(request, stream=True), request)
        pieces = _events(self._answers, await request.aread(), _patience(request))
        try:
            kind = await anext(pieces)
        except Exception as error:
            return _error(self._kit, error, request)
        headers = {"content-type": _TYPES[kind]}
        return self._kit.Response(200, headers=headers, stream=self._stream(pieces), request=request)

    async def aclose(self) -> None:
        """The real client stays open: it is its owner's."""

    def _stream(self, pieces: AsyncGenerator[bytes]) -> Any:
        class Stream(self._kit.AsyncByteStream):  # type: ignore[misc,name-defined]
            """The pieces; closing it cancels what makes them."""

            def __aiter__(self) -> AsyncIterator[bytes]:
                return pieces

            async def aclose(self) -> None:
                await pieces.aclose()

        return Stream()
