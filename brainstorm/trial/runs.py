"""Runs every technique on every brief to the same budget of tokens, and keeps each run in a file of its own.

A run that is there already is not run again, so a comparison that was broken off goes on where it stopped. One that
ended because its calls failed is not kept.
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
from brainstorm.library import load_library
from brainstorm.models import ChatModel, names
from brainstorm.plan import Known, planning
from brainstorm.prompting import render
from brainstorm.result import IdeaSet
from brainstorm.techniques import technique as find_technique
from brainstorm.values import Record

MAX_ROUNDS: Final = 1000
"""Rounds that no budget of tokens lasts for."""

ENOUGH: Final = 0.95
"""Share of the tokens below which a run is no run at equal tokens."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared.

    Attributes:
        techniques: names in `brainstorm.techniques.TECHNIQUES`, or "auto".
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
        short: why it ended with tokens unspent, or "": then it is not at equal tokens.
        other: whether it was there before and this version of the library would ask its first call otherwise.
    """

    brief: Brief
    technique: str
    file: Path
    record: Record
    kept: bool
    short: str = ""
    other: bool = False


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
            found = IdeaSet.load(file) if file.exists() else None
            if found is not None and found.stopped != "failed":
                yield Done(brief, name, file, found.record, True, _short(found, plan.tokens), _other(plan, name, found))
                continue
            tell(brief, name)
            found = _run(brainstormer, brief.override(budget=Budget(tokens=plan.tokens)))
            if found.stopped != "failed":
                found.save(file)
            yield Done(brief, name, file, found.record, False, _short(found, plan.tokens))


def _run(brainstormer: Brainstormer, brief: Brief) -> IdeaSet:
    try:
        return brainstormer.invoke(brief)
    except NoIdeasError as error:  # no idea for these tokens is a result too
        result = error.result
        assert isinstance(result, IdeaSet)
        return result


def _short(found: IdeaSet, tokens: int) -> str:
    if found.usage.tokens >= ENOUGH * tokens:
        return ""
    return found.failures[-1].cause if found.failures else f"it stopped: {found.stopped}"


def _other(plan: Plan, technique: str, found: IdeaSet) -> bool:
    """Whether the first call of a kept run is not what would be sent today; later ones hang on its replies."""
    library, small = load_library(plan.prompts), all(model.small for model in plan.models)
    how, brief = find_technique(technique, small=small), found.record.brief
    calls = library.plan(brief, Known(), how, models=len(plan.models))
    first = planning(brief, how, small=small) or next(iter(calls), None)
    said = next((r for r in found.record.replies if first is not None and r.call.id == first.id), None)
    return said is not None and first is not None and said.messages != render(first, brief, library)


def _key(plan: Plan, brief: Brief, technique: str) -> str:
    """A name that differs with all that the caller sets: brief, budget, models, their addresses, own prompt files.

    What a version of this library itself sets, such as the shipped prompts, is not in it: see `Done.other`.
    """
    told: list[object] = [brief.model_dump(mode="json"), plan.tokens, names(plan.models), _own(plan.prompts)]
    if any(addresses := [_address(model.runnable) for model in plan.models]):
        told.append(addresses)
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]
    return f"{technique}-{digest}"


def _own(folder: str | None) -> dict[str, str] | None:
    """The files of a folder of prompts by name, each by its hash; what only a comparison reads is none of the run's."""
    if folder is None:
        return None
    own = sorted(f for f in Path(folder).iterdir() if f.suffix in {".md", ".txt"} and not f.name.startswith("trial_"))
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in own}


def _address(runnable: object) -> str | None:
    """Where the model is served, as far as it tells."""
    for place in (runnable, getattr(runnable, "root_async_client", None), getattr(runnable, "root_client", None)):
        for name in ("openai_api_base", "base_url"):
            if address := getattr(place, name, None):
                return str(address).rstrip("/")
    return None
