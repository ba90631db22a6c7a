"""Ctrl-C and SIGTERM: before a run, twice in it, and after it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from brainstorm.interrupts import Interrupts


class StubbornRun:
    """A run that does not stop when it is told to."""

    def __init__(self) -> None:
        self.why = ""

    def stop(self, why: str) -> None:
        self.why = why

    def result(self) -> str:
        return f"what is there, {self.why}"

    async def events(self) -> AsyncGenerator[Any]:
        yield SimpleNamespace(kind="start")
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)
        raise AssertionError("it was not left")


def test_the_second_signal_leaves_at_once_with_what_is_there() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    run: Any = StubbornRun()
    with Interrupts() as interrupts:
        found: Any = interrupts.watch(run, lambda event: None)
        assert found == "what is there, interrupted"
        os.kill(os.getpid(), signal.SIGTERM)  # the result is being saved: only noted
    assert (interrupts.left, interrupts.code) == (True, 130)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_before_the_run_ends_the_command() -> None:
    with pytest.raises(KeyboardInterrupt) as raised, Interrupts():
        os.kill(os.getpid(), signal.SIGTERM)
    assert raised.value.args == (143,)


def test_ctrl_c_while_the_command_starts_leaves_no_traceback() -> None:
    for at in ("typer", "brainstorm.brainstormer"):
        code = (
            "import os, signal, sys\nclass Finder:\n    def find_spec(self, name, *_):\n"
            f"        if name == {at!r}: os.kill(os.getpid(), signal.SIGINT)\n"
            "sys.meta_path.insert(0, Finder())\nsys.argv = ['brainstorm', 'ideas', 't']\n"
            "from brainstorm.cli import main\nmain()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (130, "")
