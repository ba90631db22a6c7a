"""What is done with a saved run: read again with other settings, or gone on from."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainstorm import cli_input, cli_watch
from brainstorm.cli_options import (
    AsCsv,
    AsJson,
    AsMarkdown,
    Attempts,
    AwayFrom,
    Calls,
    Concurrency,
    Cost,
    ModelAddress,
    ModelName,
    NearerTo,
    PriceText,
    Profile,
    Prompts,
    Same,
    Save,
    Seconds,
    Timeout,
    Tokens,
    Variety,
    Weights,
    command,
)

if TYPE_CHECKING:
    from brainstorm.brainstormer import Brainstormer
    from brainstorm.result import IdeaSet
    from brainstorm.values import Record

RunFile = Annotated[Path, typer.Argument(help="a run file", show_default=False)]
OtherEmbedder = Annotated[str | None, typer.Option("--embedder", help="another embedder than the run's")]
KeepPlace = Annotated[
    list[str] | None, typer.Option("--keep", help="an idea that stays on top, or its place from 1; may be repeated")
]
AvoidPlace = Annotated[
    list[str] | None, typer.Option("--avoid", help="not this, or not the idea at this place from 1; may be repeated")
]


@command
def replay(
    run: RunFile,
    n: Annotated[int | None, typer.Option("-n", "--number", help="ideas to show")] = None,
    same: Same = None,
    variety: Variety = None,
    profile: Profile = None,
    weights: Weights = None,
    keep: KeepPlace = None,
    avoid: AvoidPlace = None,
    nearer_to: NearerTo = None,
    away_from: AwayFrom = None,
    embedder: OtherEmbedder = None,
    as_json: AsJson = False,
    as_md: AsMarkdown = False,
    as_csv: AsCsv = False,
    save: Save = None,
) -> None:
    """Read, fold and rank a saved run again, with no model call."""
    cli_input.one_format(as_json, as_md, as_csv)
    cli_input.check_places(save)
    cli_input.check_numbers(same=same, variety=variety)
    from brainstorm import show
    from brainstorm.result import IdeaSet
    from brainstorm.result import replay as replay_run

    changes: dict[str, Any] = {
        k: v for k, v in (("same", same), ("variety", variety), ("embedder", embedder)) if v is not None
    }
    saved = IdeaSet.load(run)
    found = replay_run(saved, n=n, **changes)
    steered = {
        "keep": _meant(saved, keep),
        "avoid": _meant(saved, avoid),
        "nearer_to": nearer_to,
        "away_from": away_from,
    }
    order: dict[str, Any] = {name: given for name, given in steered.items() if given}
    order |= {k: v for k, v in (("profile", profile), ("weights", cli_input.weights(weights))) if v is not None}
    if order:
        found = found.rerank(**order)
    show.show(found, as_json, as_md, as_csv, save, show.keep(found, save))


@command
def go_on(
    run: RunFile,
    n: Annotated[
        int | None,
        typer.Option("-n", "--number", help="how many more; nothing: the rest of those asked for, or as many again"),
    ] = None,
    model: ModelName = None,
    base_url: ModelAddress = None,
    technique: Annotated[str | None, typer.Option(help="how to ask; nothing: as before")] = None,
    calls: Calls = None,
    tokens: Tokens = None,
    cost: Cost = None,
    price: PriceText = None,
    seconds: Seconds = None,
    same: Same = None,
    variety: Variety = None,
    embedder: OtherEmbedder = None,
    prompts: Prompts = None,
    concurrency: Concurrency = 16,
    timeout: Timeout = 120.0,
    attempts: Attempts = None,
    as_json: AsJson = False,
    as_md: AsMarkdown = False,
    as_csv: AsCsv = False,
    save: Save = None,
) -> None:
    """Go on from a saved run: what was said counts as known, and all of it is in the result.

    The budget is for the new calls; with none given, the run's own counts anew. RUN stays as it is: --save writes.
    """
    cli_input.one_format(as_json, as_md, as_csv)
    cli_input.check_places(save)
    cli_input.check_model(model, base_url)
    cli_input.check_numbers(same=same, variety=variety, seconds=seconds, cost=cost, timeout=timeout)
    from brainstorm.interrupts import Interrupts

    with Interrupts() as interrupts:
        from brainstorm import show
        from brainstorm.brainstormer import Brainstormer
        from brainstorm.brief import Budget
        from brainstorm.result import IdeaSet

        before = IdeaSet.load(run)
        record = before.record
        settings = record.settings
        known = model is not None or base_url is not None
        brainstormer = Brainstormer(
            model if known else _models(record),
            base_url=base_url,
            technique=technique or next((r.call.technique for r in record.replies if r.call.round), "auto"),
            embedder=embedder or settings.embedder,
            same=settings.same if same is None else same,
            variety=settings.variety if variety is None else variety,
            prompts=prompts,
            concurrency=concurrency,
            timeout=timeout,
            attempts=attempts,
            price=cli_input.price(price),
        )
        if not known:
            _same_models(brainstormer, record)
        limits = {"calls": calls, "tokens": tokens, "cost": cost, "seconds": seconds}
        changes: dict[str, Any] = {} if n is None else {"n": n}
        if any(limit is not None for limit in limits.values()):
            changes["budget"] = Budget(**limits)
        found, _ = cli_watch.watch(brainstormer.start(before, **changes), interrupts, as_json, save)
        problem = show.keep(found, save)
    try:
        show.show(found, as_json, as_md, as_csv, save, problem)
    finally:
        cli_watch.leave(interrupts)


def _meant(saved: IdeaSet, given: list[str] | None) -> list[str]:
    """Texts as they are, places from 1 in the set that was saved as the text that stands there."""
    from brainstorm.errors import BriefError

    there = (*saved.ideas, *saved.more)
    said = {text for idea in there for text in (*idea.members, idea.text, idea.heading)}
    found: list[str] = []
    for one in given or ():
        if one in said or not one.strip().isdecimal():
            found.append(one)
            continue
        place = int(one.strip()[:9])
        if not 1 <= place <= len(there):
            raise BriefError(f"there is no idea {one.strip()[:9]}.", hint=f"Places run from 1 to {len(there)}.")
        found.append(there[place - 1].members[0])
    return found


def _models(record: Record) -> list[str] | None:
    """The models of the run, where their names say how to reach them; else what a run without a name asks."""
    from brainstorm.models import MODEL_SETTING

    named = list(record.models)
    return named if named and all(":" in m for m in named) and not os.environ.get(MODEL_SETTING) else None


def _same_models(brainstormer: Brainstormer, record: Record) -> None:
    """Refuse to go on, unasked, with another model than before."""
    from brainstorm.errors import BriefError
    from brainstorm.models import names

    now = names(brainstormer.models)
    if now != record.models:
        raise BriefError(
            f"the run was made with {', '.join(record.models)}, but without --model this would ask {', '.join(now)}.",
            hint="Name the model to go on with: --model, and --base-url for a server.",
        )
