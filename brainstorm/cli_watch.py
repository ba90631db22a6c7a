"""A run carried out on the command line: watched, broken off by Ctrl-C, saved and shown."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from brainstorm.interrupts import Interrupts
    from brainstorm.live import Event
    from brainstorm.result import IdeaSet
    from brainstorm.run import Run

SAVED_EVERY = 5.0
"""Seconds after which what is there is saved again while a run goes on: a killed process loses no more."""


def watch(run: Run, interrupts: Interrupts, as_json: bool, save: Path | None) -> tuple[IdeaSet, list[str]]:
    """Run to the end, printing ideas as they come; the result, and the ideas printed.

    Raises:
        NoIdeasError: none came; what was said is saved and shown before.
    """
    from brainstorm import show
    from brainstorm.errors import NoIdeasError
    from brainstorm.live import Event

    saved = time.monotonic()

    def look(event: Event | IdeaSet) -> None:
        nonlocal saved
        watcher.show(event)
        ended = isinstance(event, Event) and event.kind == "call"
        if save is not None and ended and time.monotonic() - saved >= SAVED_EVERY:
            show.keep(run.result(), save)  # what is wrong with the place is said at the end
            saved = time.monotonic()

    try:
        with show.Watcher(run) as watcher:
            return interrupts.watch(run, look), watcher.listed
    except NoIdeasError as error:
        show.keep_failed(getattr(error, "result", None), as_json, save)
        raise


def leave(interrupts: Interrupts) -> None:
    """End with the status that the signal asks for, if one came."""
    if interrupts.left:
        _at_once(interrupts.code)
    if interrupts.code:
        raise typer.Exit(interrupts.code)


def _at_once(code: int) -> NoReturn:
    """End the process now: a call cut off may hold a thread, and Python would wait for it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
