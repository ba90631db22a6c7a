"""llama.cpp in this process: one loaded model for each file and settings, shared by all who ask.

Requests queue here, where they can still be cancelled, and run on as many worker threads as the model
has parallel slots. The threads live only while there is work.
"""

from __future__ import annotations

import atexit
import importlib
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from brainstorm.errors import MissingPackageError, ModelError

INSTALL_LOCAL = "pip install 'langchain-brainstorm[local]'"

# Prompt tokens read in one go: cancelling during a long prompt takes at most one such batch to act.
PROMPT_BATCH = 512

# Seconds between the events of one call: quick models say several tokens in one, since handling each token
# alone takes a core from the model (0.86 of its speed through LangChain, against 0.97 this way).
PAUSE = 0.05

Event = dict[str, Any]


def _content(event: Event) -> str:
    """The text of an event that brings text and nothing else, or ""."""
    choices = event.get("choices")
    if not choices or choices[0].get("finish_reason") or event.get("usage"):
        return ""
    delta = choices[0].get("delta") or {}
    extra = delta.keys() - {"content", "role"}
    return "" if extra else delta.get("content") or ""


def cores() -> int:
    """Processor cores that this process may really use: its affinity, cut to a container's CPU quota."""
    count: int | None = None
    if hasattr(os, "process_cpu_count"):  # from Python 3.13
        count = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    count = count or os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or another layout: no quota that we know of
        pass
    return count


def require_engine() -> Any:
    """The module `xllamacpp`.

    Raises:
        MissingPackageError: it, or the system library that it needs, is not installed.
    """
    # libgomp's threads spin long at every barrier, which is ruinous where another process wants a core.
    # Tokens/s on 2 cores (2 threads), alone / beside one busy process: its default 163 / 19, passive
    # waiting 105 / 81, 1,000 spins about as fast as the default alone and 61 beside. The value is read
    # once, when the library is loaded.
    ours = not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys()
    if ours:
        os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        return importlib.import_module("xllamacpp")
    except ImportError as error:
        if "libgomp" in str(error):
            raise MissingPackageError(
                "The embedded model needs the system library libgomp.so.1.",
                hint="Install it, for example: apt-get install libgomp1",
            ) from error
        raise MissingPackageError(
            "The embedded model needs the package xllamacpp.", hint=f"Run: {INSTALL_LOCAL}"
        ) from error
    finally:
        if ours:
            del os.environ["GOMP_SPINCOUNT"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides whether two models can share one engine."""

    path: Path
    context: int
    slots: int
    threads: int
    pid: int  # a forked child has none of its parent's native threads: it must load its own


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way: `put` receives each event, then `None`; setting `cancelled` stops it."""

    request: dict[str, Any]
    put: Callable[[Event | BaseException | None], None]
    cancelled: threading.Event = field(default_factory=threading.Event)


class Engine:
    """One model and at most `slots` worker threads, which live only while there is work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._loading = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._threads: set[threading.Thread] = set()
        self._server: Any = None
        self._closed = False

    def submit(self, job: Job) -> None:
        """Queue a request; requests beyond the slots wait here, where they can still be cancelled."""
        with self._lock:
            if self._closed:
                raise ModelError("The embedded model has been shut down: the interpreter is exiting.")
            self._waiting.append(job)
            if len(self._threads) < self.settings.slots:
                # Daemon, so that a forgotten stream cannot hold the interpreter; `close` joins them.
                thread = threading.Thread(target=self._work, name="brainstorm-local", daemon=True)
                self._threads.add(thread)
                thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads.discard(threading.current_thread())
                    return
                job = self._waiting.popleft()
                self._running.add(job)
            try:
                if not job.cancelled.is_set():
                    self._run(job)
            except BaseException as error:
                job.put(error)
            finally:
                with self._lock:
                    self._running.discard(job)
                job.put(None)

    def _run(self, job: Job) -> None:
        server = self._load()
        held: list[Event] = []
        told = 0.0

        def tell() -> None:
            nonlocal told
            if held:
                last = held[-1]
                last["choices"][0]["delta"]["content"] = "".join(map(_content, held))
                job.put(last)
                held.clear()
                told = time.monotonic()

        def take(event: Event) -> bool:
            if job.cancelled.is_set():
                return True  # stops the native generation
            if _content(event):
                held.append(event)
                if time.monotonic() - told >= PAUSE:
                    tell()
            else:
                tell()
                job.put(event)
            return False

        server.handle_chat_completions(job.request, take)
        tell()

    def _load(self) -> Any:
        with self._loading:
            if self._server is None:
                self._server = _serve(self.settings)
            return self._server

    def close(self) -> None:
        """Cancel everything, wait for the workers, free the model. Native code must not outlive Python."""
        with self._lock:
            self._closed = True
            jobs = [*self._running, *self._waiting]
            threads = list(self._threads)
        for job in jobs:
            job.cancelled.set()
        for thread in threads:
            thread.join()
        with self._loading:
            self._server = None


def _serve(settings: Settings) -> Any:
    engine = require_engine()
    params = engine.CommonParams()
    params.model.path = str(settings.path)
    params.n_parallel = settings.slots
    params.n_ctx = settings.context * settings.slots
    params.n_batch = PROMPT_BATCH
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    params.cache_ram_mib = 0  # by default it would keep up to 8 GB of old prompts; each slot keeps its last
    params.verbosity = -1  # nothing on stderr
    # The library opens a loopback port that we do not use: lock it with a key that nobody knows.
    params.api_keys = [secrets.token_urlsafe(32)]
    params.endpoint_slots = False
    params.ui = False
    try:
        return engine.Server(params)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp could not load {settings.path}.",
            hint="The file may be damaged, of an unknown kind, or too large for the memory: try another.",
        ) from error


_engines: dict[Settings, Engine] = {}
_engines_lock = threading.Lock()


def shared_engine(settings: Settings) -> Engine:
    """The one engine of this process for these settings. Loads nothing: the first request does."""
    with _engines_lock:
        if settings not in _engines:
            if not _engines:
                atexit.register(_close_all)
            _engines[settings] = Engine(settings)
        return _engines[settings]


def _close_all() -> None:
    for settings, engine in list(_engines.items()):
        if settings.pid == os.getpid():
            engine.close()
