"""Marks for the ideas of runs by a judge model. Each reply is kept in a file, so that it is asked for once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brainstorm import background, runfile
from brainstorm.calls import Call
from brainstorm.errors import RunFileError
from brainstorm.generate import generate
from brainstorm.library import Library
from brainstorm.marking import marking_of
from brainstorm.models import ChatModel
from brainstorm.prompting import ChatMessage, fill
from brainstorm.replies import Reply, Request

JUDGED: Final = 20
"""Ideas of a run that are marked at most, the best-ranked: one short call."""

PROMPT: Final = "trial_judge"
"""Its template in `prompts/`."""


@dataclass(frozen=True, slots=True)
class ToJudge:
    """The ideas of one run.

    Attributes:
        ideas: best-ranked first; they are shown in a shuffled order, so that place tells the judge nothing.
        topic: the brief.
        file: where the judge's reply is kept, or was.
    """

    ideas: tuple[str, ...]
    topic: str
    file: Path

    @property
    def shown(self) -> tuple[str, ...]:
        """The first `JUDGED` of them as the judge sees them."""
        first = list(self.ideas[:JUDGED])
        random.Random(self.topic).shuffle(first)
        return tuple(first)


@dataclass(frozen=True, slots=True)
class Marks:
    """What the judge said of one run.

    Attributes:
        marks: 1 to 10, best first; empty where it gave none.
        failure: why the call failed, or "".
    """

    marks: tuple[float, ...] = ()
    failure: str = ""

    @property
    def values(self) -> dict[str, float | None]:
        """The measures "best" and "quality"."""
        if not self.marks:
            return {"best": None, "quality": None}
        return {"best": self.marks[0], "quality": sum(self.marks) / len(self.marks)}


def judge_all(
    runs: Sequence[ToJudge],
    judge: ChatModel,
    library: Library,
    *,
    concurrency: int = 16,
    timeout: float = 120.0,
) -> list[Marks]:
    """The judge's marks for the first `JUDGED` ideas of each run.

    Args:
        runs: what to judge. A kept reply to the same question is not asked for again; a failed call is never kept.
        judge: the model asked.
        library: where the template comes from.
        concurrency: calls in flight at most.
        timeout: seconds that one call may take.

    Raises:
        BriefError: the template names a placeholder that does not exist.
        RunFileError: a file cannot be written.
    """
    found = [Marks()] * len(runs)
    requests: dict[str, tuple[int, Request]] = {}
    for i, run in enumerate(runs):
        if not run.ideas:
            continue
        messages = _messages(run, library)
        kept = _kept(run.file)
        if kept.get("judge") == judge.name and kept.get("messages") == [list(m) for m in messages]:
            found[i] = Marks(read_marks(str(kept["reply"]), run.shown))
            continue
        call = Call(id=f"1.{i + 1}", technique="judge", template=PROMPT, k=JUDGED, seed=0, max_tokens=JUDGED * 8)
        requests[call.id] = i, Request(call, messages)
    asked = [request for _, request in requests.values()]
    for reply in background.iterate(lambda: generate(asked, [judge], concurrency=concurrency, timeout=timeout)):
        if not isinstance(reply, Reply):
            continue
        i, request = requests[reply.call.id]
        if reply.failure is None:
            content = {"judge": judge.name, "messages": [list(m) for m in request.messages], "reply": reply.text}
            runfile.write(runs[i].file, content)
        failure = reply.failure.cause if reply.failure else ""
        # a reply that was cut in the middle has marked some only: whether the best is among them, nobody knows
        found[i] = Marks((), failure) if failure else Marks(read_marks(reply.text, runs[i].shown))
    return found


def read_marks(text: str, ideas: Sequence[str]) -> tuple[float, ...]:
    """The marks in a judge's reply for `ideas` in the order shown, the best first."""
    marks = marking_of(text, len(ideas), ideas).marks
    return tuple(sorted((mark for mark, _ in marks.values()), reverse=True))


def _messages(run: ToJudge, library: Library) -> tuple[ChatMessage, ...]:
    numbered = "\n".join(f"{i}: {' '.join(text.split())}" for i, text in enumerate(run.shown, 1))
    filled = fill(PROMPT, library, {"topic": run.topic, "ideas": numbered})
    system: tuple[ChatMessage, ...] = (("system", filled["system"]),) if "system" in filled else ()
    return (*system, ("user", filled["user"]))


def _kept(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        return runfile.read(file)
    except RunFileError:
        return {}  # half a file of an older version: asked anew
