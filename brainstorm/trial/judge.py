"""Marks for the ideas of a run by a judge model, kept in a file so that they are asked for once."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

from brainstorm import background, runfile
from brainstorm.errors import RunFileError
from brainstorm.generate import Reply, Request, generate
from brainstorm.library import sections_of
from brainstorm.models import ChatModel
from brainstorm.plan import Call
from brainstorm.prompting import ChatMessage

JUDGED: Final = 20
"""Ideas of a run that are marked at most, the best-ranked: one short call."""

PROMPT: Final = "trial_judge.txt"
"""In `prompts/`."""

_MARK: Final = re.compile(r"^\W*(\d{1,2})[^\w\n]+(\d{1,2}(?:[.,]\d)?)\b", re.M)


def marks(ideas: Sequence[str], topic: str, judge: ChatModel, file: Path) -> tuple[float, ...]:
    """The judge's marks, 1 to 10, for the first `JUDGED` of `ideas`, best mark first; empty when it gave none.

    Args:
        ideas: best-ranked first; they are shown in a shuffled order, so that place tells the judge nothing.
        topic: the brief.
        judge: the model asked.
        file: where the reply is kept, or was.

    Raises:
        RunFileError: the file cannot be written, or holds something else.
    """
    shown = list(ideas[:JUDGED])
    random.Random(topic).shuffle(shown)
    if not shown:
        return ()
    asked = {"judge": judge.name, "ideas": shown}
    kept = _kept(file)
    if any(kept.get(key) != value for key, value in asked.items()):
        reply = _ask(_messages(shown, topic), judge)
        failure = reply.failure.cause if reply.failure else None
        kept = {**asked, "reply": reply.text, "failure": failure}
        runfile.write(file, kept)
    return read_marks(str(kept["reply"]), len(shown))


def read_marks(text: str, count: int) -> tuple[float, ...]:
    """The marks in a judge's reply for ideas 1 to `count`, the best first; the first mark of an idea counts."""
    found: dict[int, float] = {}
    for number, mark in _MARK.findall(text):
        value = float(mark.replace(",", "."))
        if 1 <= int(number) <= count and 1 <= value <= 10:
            found.setdefault(int(number), value)
    return tuple(sorted(found.values(), reverse=True))


def _messages(shown: Sequence[str], topic: str) -> tuple[ChatMessage, ...]:
    numbered = "\n".join(f"{i}: {' '.join(text.split())}" for i, text in enumerate(shown, 1))
    parts = sections_of((files("brainstorm.prompts") / PROMPT).read_text(encoding="utf-8"))
    filled = {role: Template(text).safe_substitute(topic=topic, ideas=numbered) for role, text in parts.items()}
    system: tuple[ChatMessage, ...] = (("system", filled["system"]),) if "system" in filled else ()
    return (*system, ("user", filled["user"]))


def _ask(messages: tuple[ChatMessage, ...], judge: ChatModel) -> Reply:
    call = Call(id="1.01", technique="judge", template="judge", k=JUDGED, seed=0, max_tokens=JUDGED * 8)
    events = background.iterate(lambda: generate([Request(call, messages)], [judge]))
    return next(event for event in events if isinstance(event, Reply))


def _kept(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return runfile.read(file)
    except RunFileError:
        return {}  # half a file of an older version: asked anew
