"""Runs every technique on every brief to the same budget of tokens, and keeps each run in a file of its own.

A run that is there already is not run again, so a comparison that was broken off goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brainstorm.brainstormer import Brainstormer
from brainstorm.brief import Brief, Budget
from brainstorm.errors import BriefError, NoIdeasError, RunFileError
from brainstorm.models import ChatModel, names
from brainstorm.plan import technique as find_technique
from brainstorm.result import IdeaSet
from brainstorm.values import Record

MAX_ROUNDS: Final = 1000
"""Rounds that no budget of tokens lasts for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared.

    Attributes:
        techniques: names in `brainstorm.plan.TECHNIQUES`, or "auto".
        briefs: what to brainstorm on.
        tokens: in plus out, for each technique and brief.
        models: asked in turn.
        folder: where the runs are kept.
        prompts: a folder of prompt files in place of the shipped ones, or `None`.
        concurrency: calls in flight at most.
        timeout: seconds that one call may take.
    """

    techniques: tuple[str, ...]
    briefs: tuple[Brief, ...]
    tokens: int
    models: tuple[ChatModel, ...]
    folder: Path
    prompts: str | None = None
    concurrency: int = 16
    timeout: float = 120.0

    def __post_init__(self) -> None:
        """Say at once what is wrong.

        Raises:
            BriefError: there is nothing to compare, or a technique has no such name.
        """
        if not self.techniques or not self.briefs:
            raise BriefError("there is nothing to compare.", hint="Give at least one technique and one prompt.")
        for name in self.techniques:
            find_technique(name, small=False)
        for what, many in (("technique", self.techniques), ("prompt", [b.topic for b in self.briefs])):
            twice = next((one for one in many if list(many).count(one) > 1), None)
            if twice is not None:
                raise BriefError(f"the {what} {twice!r} is given twice.", hint="Give each once.")


@dataclass(frozen=True, slots=True)
class Done:
    """One run of the comparison.

    Attributes:
        brief: what it was on.
        technique: how it asked.
        file: where it is kept.
        record: every prompt and reply.
        kept: whether it was there before.
    """

    brief: Brief
    technique: str
    file: Path
    record: Record
    kept: bool


def run_all(plan: Plan, tell: Callable[[Brief, str], object] = lambda brief, technique: None) -> Iterator[Done]:
    """The runs, prompt by prompt; `tell` is called before each one that needs the model.

    Raises:
        RunFileError: a run cannot be saved, or a file of its name is no run.
    """
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"cannot make the folder {plan.folder}: {error.strerror or error}.") from error
    asked = {
        name: Brainstormer(
            plan.models,
            technique=name,
            prompts=plan.prompts,
            concurrency=plan.concurrency,
            timeout=plan.timeout,
            max_rounds=MAX_ROUNDS,
            until="budget",
        )
        for name in plan.techniques
    }
    for brief in plan.briefs:
        for name, brainstormer in asked.items():
            file = plan.folder / f"{_key(plan, brief, name)}.json"
            if kept := file.exists():
                found = IdeaSet.load(file)
            else:
                tell(brief, name)
                found = _run(brainstormer, brief.override(budget=Budget(tokens=plan.tokens)))
                found.save(file)
            yield Done(brief, name, file, found.record, kept)


def _run(brainstormer: Brainstormer, brief: Brief) -> IdeaSet:
    try:
        return brainstormer.invoke(brief)
    except NoIdeasError as error:  # no idea for these tokens is a result too
        result = error.result
        assert isinstance(result, IdeaSet)
        return result


def _key(plan: Plan, brief: Brief, technique: str) -> str:
    """A name that differs wherever the run would."""
    told = [brief.model_dump(mode="json"), plan.tokens, names(plan.models), plan.prompts]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    return f"{technique}-{digest}"
