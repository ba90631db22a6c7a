"""The models that are offered, the limits, and the brainstorms under way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from brainstorm.brainstormer import Brainstormer
from brainstorm.brief import Brief
from brainstorm.models import ChatModel, resolve_models
from brainstorm.result import IdeaSet
from brainstorm.run import Run

from .wire import ApiError, now

T = TypeVar("T")

MODEL: Final = "brainstorm"

PROFILES: Final[Mapping[str, Mapping[str, Any]]] = {
    "quick": {"n": 5, "max_rounds": 1},
    "broad": {"n": 30},
    "bold": {"technique": "vs_tails", "variety": 0.8},
}
"""Settings of `Brainstormer` for each model named "brainstorm/NAME"."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of the server.

    Attributes:
        body: bytes of a request.
        n: ideas in one request.
        concurrent: requests that are worked on at a time, one more gets a 429; calls of plain models at a time.
        seconds: longest time for one brainstorm; it ends with what is there by then.
        tokens: tokens that one brainstorm may spend, in and out.
        texts: texts in a list to deduplicate or rank.
        letters: characters of such a list; a million takes some 5 s of work.
        send: seconds that a client may take to read a piece, or to send all of its request.
        keep_alive: seconds of silence in a stream after which a comment is sent.
        bodies: bytes of all requests that are being read at a time.
        connections: open connections; one more is closed at once.
    """

    body: int = 10_000_000
    n: int = 100
    concurrent: int = 128
    seconds: float = 300.0
    tokens: int = 200_000
    texts: int = 2_000
    letters: int = 1_000_000
    send: float = 30.0
    keep_alive: float = 10.0
    bodies: int = 100_000_000
    connections: int = 512


class Engine:
    """One `Brainstormer` for each offered model, over the same inner models.

    Args:
        model, model_name, base_url: as `Brainstormer` takes them.
        offer: the name under which brainstorming is offered.
        limits: what a client may ask.
        options: further settings of every `Brainstormer`.
    """

    def __init__(
        self,
        model: object = None,
        *,
        model_name: str | None = None,
        base_url: str | None = None,
        offer: str = MODEL,
        limits: Limits | None = None,
        **options: Any,
    ) -> None:
        self.limits = limits or Limits()
        self.embedder = options.get("embedder", "default")
        self.inner = resolve_models(model, model_name=model_name, base_url=base_url)
        chosen = list(self.inner)
        self._own = {offer: Brainstormer(chosen, **options)} | {
            f"{offer}/{name}": Brainstormer(chosen, **{**options, **how}) for name, how in PROFILES.items()
        }
        shown, full = _names(self.inner), {m.name: m for m in self.inner}
        self._plain = {name: m for name, m in shown.items() if name not in self._own}
        self._aliases = {name: m for name, m in full.items() if name not in self._own and name not in self._plain}
        self.created = now()
        self.closing = False
        self.busy = 0
        self._bytes = 0
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="brainstorm-list")
        self._runs: set[Run] = set()
        self._idle: asyncio.Event | None = None
        self._over = False
        self._clocks: set[asyncio.Timeout] = set()
        self.concurrency = int(options.get("concurrency", 16))
        self._gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    @property
    def models(self) -> tuple[str, ...]:
        """The names of all that is offered."""
        return (*self._own, *self._plain)

    def check(self, model: str) -> None:
        """Raises:
        ApiError: no such model is offered.
        """
        if model not in self._own and model not in self._plain and model not in self._aliases:
            message = f"The model '{model[:100]}' does not exist. There are: {', '.join(self.models)}."
            raise ApiError(404, message, param="model", code="model_not_found")

    def brainstormer(self, model: str) -> Brainstormer | None:
        """What brainstorms under this name; `None` where it is a plain model."""
        return self._own.get(model)

    def plain(self, model: str) -> ChatModel:
        """The plain model of this name, or the one under a brainstorming model."""
        return self._plain.get(model) or self._aliases.get(model) or self.inner[0]

    def checked(self, brief: Brief, seconds: float | None = None) -> Brief:
        """The brief within the limits of time and tokens, and within `seconds` where the client waits no longer.

        Raises:
            ApiError: it asks for more than the limits allow.
        """
        budget, limits = brief.budget, self.limits
        for field, value, most in (
            ("n", brief.n, limits.n),
            ("budget.tokens", budget.tokens or 0, limits.tokens),
            ("budget.seconds", budget.seconds or 0, limits.seconds),
        ):
            if value > most:
                raise ApiError(400, f"'{field}' is {value:g}, but this server allows {most:g}.", param=field)
        longest = self.longest(seconds)
        return brief.override(
            budget=budget.override(
                tokens=budget.tokens or limits.tokens, seconds=min(budget.seconds or longest, longest)
            )
        )

    def longest(self, seconds: float | None) -> float:
        """Seconds that an answer may take, where its client waits `seconds`."""
        return min(self.limits.seconds, self.limits.seconds if seconds is None else max(seconds, 0.001))

    def check_list(self, texts: Sequence[str]) -> None:
        """Raises:
        ApiError: the list is longer than the limits allow.
        """
        if len(texts) > self.limits.texts:
            message = f"'texts' has {len(texts)} entries, but this server allows {self.limits.texts}."
            raise ApiError(400, message, param="texts")
        if (letters := sum(map(len, texts))) > self.limits.letters:
            message = f"'texts' has {letters:,} characters, but this server allows {self.limits.letters:,}."
            raise ApiError(400, message, param="texts")

    async def aside(self, work: Callable[[Engine, Any], T], request: Any) -> T:
        """What `work` makes of a list, in one of two threads that do nothing else: brainstorms go on beside it.

        Raises:
            ApiError: it took too long, or there is no room.
        """
        loop = asyncio.get_running_loop()
        with self.slot():
            try:
                async with self.waiting(loop.time() + self.limits.seconds):
                    return await loop.run_in_executor(self._pool, work, self, request)
            except TimeoutError:
                message = "The list took too long. Send a shorter one, or try again when the server is less busy."
                raise ApiError(504, message, kind="server_error", code="timeout") from None

    def check_room(self) -> None:
        """Raises:
        ApiError: as many requests as may be are worked on, or the server is about to stop.
        """
        if self.closing:
            raise _stopping()
        if self.busy >= self.limits.concurrent:
            raise _too_many(f"The server is working on {self.busy} requests already. Wait, and try again.")

    @contextmanager
    def reading(self) -> Iterator[Callable[[int], None]]:
        """Takes note of the bytes of one body while it is read.

        Raises:
            ApiError: with them, the bodies that are being read are larger than allowed.
        """
        own = 0

        def held(size: int) -> None:
            nonlocal own
            own += size
            self._bytes += size
            if self._bytes > self.limits.bodies:
                raise _too_many("The server is reading too many large requests. Wait, and try again.")

        try:
            yield held
        finally:
            self._bytes -= own

    @contextmanager
    def slot(self) -> Iterator[None]:
        """A place among the requests that are worked on.

        Raises:
            ApiError: there is none, or the server is about to stop.
        """
        self.check_room()
        self.busy += 1
        try:
            yield
        finally:
            self.busy -= 1
            if self._idle is not None and not self.busy:
                self._idle.set()

    @contextmanager
    def running(self, run: Run) -> Iterator[None]:
        """Take note of a run while it goes on, so that it can be ended."""
        self._runs.add(run)
        if self._over:
            run.stop("interrupted")
        try:
            yield
        finally:
            self._runs.discard(run)

    def delivered(self, found: IdeaSet) -> IdeaSet:
        """The result of a run, where it is one.

        Raises:
            ApiError: the server ended the run before an idea came.
        """
        if self._over and found.stopped == "interrupted" and not found.ideas:
            raise _stopping()
        return found

    @property
    def gate(self) -> asyncio.Semaphore:
        """What the calls of plain models go through: at a time, over all requests, no more than these may be."""
        loop = asyncio.get_running_loop()
        return self._gates.setdefault(loop, asyncio.Semaphore(self.limits.concurrent))

    @asynccontextmanager
    async def waiting(self, deadline: float) -> AsyncGenerator[None]:
        """While a plain model, or work aside, is waited for: to `deadline`, by the loop's clock, or the server's end.

        Raises:
            ApiError: the server ends.
            TimeoutError: the time is over.
        """
        try:
            async with asyncio.timeout_at(0 if self._over else deadline) as clock:
                self._clocks.add(clock)
                try:
                    yield
                finally:
                    self._clocks.discard(clock)
        except TimeoutError:
            if self._over:
                raise _stopping() from None
            raise

    async def close(self, grace: float) -> None:
        """Take nothing new; after `grace` seconds end what is under way with what is there."""
        self.closing = True
        if self.busy:
            self._idle = asyncio.Event()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), grace)
        self._over = True
        for run in tuple(self._runs):
            run.stop("interrupted")
        for clock in tuple(self._clocks):
            clock.reschedule(0)
        self._pool.shutdown(wait=False, cancel_futures=True)


def _names(models: Sequence[ChatModel]) -> dict[str, ChatModel]:
    """The models by the names that clients see: "openai:gpt-5-mini" as "gpt-5-mini", where one has that name."""
    bare = [_bare(m) for m in models]
    return {(name if len({m.name for m, n in zip(models, bare, strict=True) if n == name}) == 1 else m.name): m
            for m, name in zip(models, bare, strict=True)}  # fmt: skip


def _bare(model: ChatModel) -> str:
    """A model's name without its provider; a colon may also belong to the name itself ("llama3:8b")."""
    tail, given = model.name.partition(":")[2], model.runnable
    own = {str(getattr(given, name, None)).removeprefix("models/") for name in ("model_name", "model")}
    return tail if tail and tail in own else model.name


def _stopping() -> ApiError:
    message = "The server is stopping."
    return ApiError(503, message, kind="server_error", code="stopping", headers={"Retry-After": "10"})


def _too_many(message: str) -> ApiError:
    return ApiError(429, message, kind="rate_limit_error", code="too_many_requests", headers={"Retry-After": "2"})
