"""Ctrl-C, SIGTERM, a closed terminal: the first ends a run, the second leaves at once; both keep what is there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from brainstorm.live import Event
    from brainstorm.result import IdeaSet
    from brainstorm.run import Run


_TAKEN = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class Leave(KeyboardInterrupt):
    """The second signal; asyncio lets a `KeyboardInterrupt` out of its loop at once."""


class Interrupts:
    """Takes SIGINT, SIGTERM and SIGHUP while it is entered, and puts back what was there before.

    Before a run is watched a signal raises `KeyboardInterrupt`, with the exit status: there is nothing to keep yet.
    Once the run is over it is only noted, so that what was found can be saved.

    Attributes:
        number: the first signal that came, or 0.
        left: whether a second one came.
    """

    def __init__(self) -> None:
        self.number = 0
        self.left = False
        self._over = False
        self._stop: Callable[[], object] | None = None
        self._before: dict[int, Any] = {}

    @property
    def code(self) -> int:
        """Exit status, as a shell counts it: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP, 0 for none."""
        return 128 + self.number if self.number else 0

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python takes signals nowhere else
            for number in _TAKEN:
                before = signal.getsignal(number)
                if before is not signal.SIG_IGN:  # a shell's background job ignores Ctrl-C, `nohup` SIGHUP
                    self._before[number] = before
                    signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def watch(self, run: Run, show: Callable[[Event | IdeaSet], object]) -> IdeaSet:
        """Run to the end, or to the first signal; after a second one, what had been said by then."""
        runner = asyncio.Runner()
        loop = runner.get_loop()
        found: list[IdeaSet] = []

        async def go() -> None:
            async for event in run.events():
                show(event)
                if not hasattr(event, "kind"):  # the result, which comes last
                    found.append(event)

        self._stop = lambda: loop.call_soon_threadsafe(run.stop, "interrupted")
        try:
            try:
                runner.run(go())
            finally:
                if not self.left:
                    runner.close()
        except Leave:
            loop.set_exception_handler(lambda *_: None)  # tasks cut off are no news
        finally:
            self._over = True
        if not found:
            run.stop("interrupted")
            found.append(run.result())
        return found[0]

    def _take(self, number: int, frame: FrameType | None) -> None:
        first, self.number = not self.number, self.number or number
        if self._over:
            return
        if self._stop is None:
            raise KeyboardInterrupt(self.code)
        if not first:
            self.left = True
            raise Leave
        # not through sys.stderr: it may be in the middle of a write
        with contextlib.suppress(OSError):
            os.write(2, "stopping… (once more to leave at once)\n".encode(_encoding(), "replace"))
        with contextlib.suppress(RuntimeError):  # the loop is closed already: the run is over
            self._stop()


def _encoding() -> str:
    return getattr(sys.stderr, "encoding", None) or "utf-8"
