"""The command line. Machine formats go to stdout, everything meant for people to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec

try:
    import typer

    from brainstorm import cli_input, terminal
    from brainstorm._version import __version__
except KeyboardInterrupt:  # Ctrl-C while Python still reads files
    raise SystemExit(130) from None

if TYPE_CHECKING:
    from brainstorm.dedup import Merge

P = ParamSpec("P")

app = typer.Typer(
    help="Many different good ideas from any chat model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_INTERRUPTED = 130

Source = Annotated[str, typer.Argument(metavar="[FILE|-]", help="a file, or - for standard input", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
AsMarkdown = Annotated[bool, typer.Option("--md", help="print a Markdown list")]
AsCsv = Annotated[bool, typer.Option("--csv", help="print CSV")]
Same = Annotated[
    float | None, typer.Option(help="probability from which two texts are the same idea; lower folds more")
]
Variety = Annotated[float | None, typer.Option(help="0 orders by quality alone, 1 by unlikeness alone")]
Embedder = Annotated[
    str, typer.Option(help='"default", "quality", "wordllama", "none" (wording alone), or "provider:model"')
]
Save = Annotated[Path | None, typer.Option(help="write a run file, for replay")]


def _command(function: Callable[P, None]) -> Callable[P, None]:
    """Errors become a line on stderr and an exit status, never a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from brainstorm.errors import BrainstormError

        try:
            function(*args, **kwargs)
        except BrainstormError as error:
            terminal.say(f"brainstorm: {error}")
            raise typer.Exit(1) from None
        except KeyboardInterrupt as interrupt:
            raise typer.Exit(interrupt.args[0] if interrupt.args else _INTERRUPTED) from None

    return run


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="print the version")] = False) -> None:
    if version:
        typer.echo(f"brainstorm {__version__}")
        raise typer.Exit


@app.command()
@_command
def ideas(
    topic: Annotated[str, typer.Argument(help="what to brainstorm on", show_default=False)],
    n: Annotated[int, typer.Option("-n", "--number", help="distinct ideas wanted")] = 12,
    model: Annotated[
        str | None,
        typer.Option(help='"provider:model", a base URL, "gguf:PATH", "hf:REPO[:FILE]"; nothing: embedded'),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="an OpenAI-compatible server; --model then names its model")
    ] = None,
    technique: Annotated[str, typer.Option(help="how to ask")] = "auto",
    persona: Annotated[list[str] | None, typer.Option(help="who to ask as; may be repeated")] = None,
    language: Annotated[str | None, typer.Option(help="language to answer in")] = None,
    constraint: Annotated[list[str] | None, typer.Option(help="a condition; may be repeated")] = None,
    avoid: Annotated[list[str] | None, typer.Option(help="not this; may be repeated")] = None,
    calls: Annotated[int | None, typer.Option(help="calls at most")] = None,
    tokens: Annotated[int | None, typer.Option(help="tokens at most, in and out")] = None,
    seconds: Annotated[float | None, typer.Option(help="seconds at most")] = None,
    seed: Annotated[int, typer.Option(help="the same seed asks the same way")] = 0,
    same: Same = None,
    variety: Variety = None,
    embedder: Embedder = "default",
    prompts: Annotated[str | None, typer.Option(help="folder of your own prompt files")] = None,
    concurrency: Annotated[int, typer.Option(help="calls in flight at most")] = 16,
    timeout: Annotated[float, typer.Option(help="seconds that one call may take")] = 120.0,
    as_json: AsJson = False,
    as_md: AsMarkdown = False,
    as_csv: AsCsv = False,
    save: Save = None,
) -> None:
    """Brainstorm on TOPIC."""
    cli_input.one_format(as_json, as_md, as_csv)
    cli_input.check_place(save)
    cli_input.check_model(model, base_url)
    for name, value, most in (("same", same, 1), ("variety", variety, 1), ("seconds", seconds, None)):
        cli_input.check_number(name, value, most=most)
    cli_input.check_number("timeout", timeout)
    from brainstorm.interrupts import Interrupts

    with Interrupts() as interrupts:
        from brainstorm import show
        from brainstorm.brainstormer import Brainstormer
        from brainstorm.coerce import to_brief
        from brainstorm.embedding import resolve_embedder
        from brainstorm.errors import NoIdeasError
        from brainstorm.library import load_library
        from brainstorm.plan import technique as technique_named

        brief = to_brief(
            {
                "topic": topic,
                "n": n,
                "personas": persona or (),
                "language": language,
                "constraints": constraint or (),
                "avoid": avoid or (),
                "budget": {"calls": calls, "tokens": tokens, "seconds": seconds},
                "seed": seed,
            }
        )
        # a wrong option is said at once, not after a model was loaded
        technique_named(technique, small=False)
        load_library(prompts)
        resolve_embedder(embedder)
        options: dict[str, Any] = {} if variety is None else {"variety": variety}
        brainstormer = Brainstormer(
            model,
            base_url=base_url,
            technique=technique,
            embedder=embedder,
            same=same,
            prompts=prompts,
            concurrency=concurrency,
            timeout=timeout,
            **options,
        )
        run = brainstormer.start(brief)
        try:
            with show.Watcher(run) as watcher:
                found = interrupts.watch(run, watcher.show)
        except NoIdeasError as error:
            show.keep_failed(getattr(error, "result", None), as_json, save)
            raise
        problem = show.keep(found, save)
    try:
        show.show(found, as_json, as_md, as_csv, save, problem, watcher.listed)
    finally:
        if interrupts.left:
            _leave(interrupts.code)
    if interrupts.code:
        raise typer.Exit(interrupts.code)


@app.command()
@_command
def dedup(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Fold a list of ideas: one a line, or JSON lines with "text".

    Without --json the list is meant for people and goes to standard error.
    """
    cli_input.check_number("same", same, most=1)
    from brainstorm.dedup import deduplicate

    texts = [row["text"] for _, row in cli_input.rows(source, "text")]
    folding = deduplicate(texts, embedder=embedder, same=same)
    if as_json:
        clusters = [
            {"text": texts[c.representative], "members": [{"index": i, "text": texts[i]} for i in c.members]}
            for c in folding.clusters
        ]
        merges = [
            {
                "kept": texts[m.kept],
                "folded": texts[m.folded],
                "kept_index": m.kept,
                "folded_index": m.folded,
                "wording": m.wording,
                "meaning": m.meaning,
                "probability": m.probability,
                "rule": m.rule,
                "mean": m.mean,
            }
            for m in folding.merges
        ]
        terminal.emit_json({"clusters": clusters, "merges": merges, "same": folding.same, "notes": folding.notes})
        return
    receipts = {m.folded: m for m in folding.merges}
    for cluster in folding.clusters:
        terminal.say(f"{texts[cluster.representative]}  ×{len(cluster.members)}")
        for i in cluster.members:
            if i != cluster.representative:
                terminal.say(f"    {texts[i]}  ({_why(receipts[i], folding.same)})")
    for note in folding.notes:
        terminal.say(note)
    terminal.say(f"{len(texts)} texts, {len(folding.clusters)} distinct.")


@app.command()
@_command
def compare(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Compare pairs of texts: JSON lines with "a", "b" and maybe "topic".

    Without --json the verdicts are meant for people and go to standard error.
    """
    cli_input.check_number("same", same, most=1)
    from brainstorm.dedup import compare as compare_texts
    from brainstorm.errors import BriefError

    for where, row in cli_input.rows(source, "a", "b"):
        topic = row.get("topic") or ""
        if not isinstance(topic, str):
            raise BriefError(f"topic in {where} is {topic!r}, but must be text.")
        found = compare_texts(row["a"], row["b"], topic=topic, embedder=embedder, same=same)
        if as_json:
            terminal.emit_json(
                {
                    "wording": found.wording,
                    "meaning": found.meaning,
                    "probability": found.probability,
                    "same": found.same,
                    "rule": found.rule,
                },
                indent=None,
            )
        else:
            verdict = "the same" if found.same else "different"
            why = "" if found.rule == "linkage" else f", {found.rule}"
            terminal.say(f"{verdict} (p {found.probability:.2f}{why}): {row['a']} | {row['b']}")


def _why(merge: Merge, same: float) -> str:
    """What folded a text into its cluster, in few words."""
    if merge.rule != "linkage":
        return merge.rule
    if merge.mean is None or merge.probability >= same:
        return f"p {merge.probability:.2f}"
    return f"p {merge.probability:.2f}, with its cluster {merge.mean:.2f}"


@app.command()
@_command
def rank(
    source: Source = "-",
    topic: Annotated[str, typer.Option(help="what the ideas answer")] = "",
    variety: Variety = None,
    embedder: Embedder = "default",
    as_json: AsJson = False,
) -> None:
    """Rank a list of ideas: one a line, or JSON lines with "text" and maybe "support", "probability".

    Without --json the list is meant for people and goes to standard error.
    """
    cli_input.check_number("variety", variety, most=1)
    from brainstorm.rank import VARIETY
    from brainstorm.rank import rank as rank_texts

    read = list(cli_input.rows(source, "text"))
    support = [cli_input.number(row, "support", where) for where, row in read]
    stated = [cli_input.number(row, "probability", where, most=1) for where, row in read]
    rows = [row for _, row in read]
    ranked = rank_texts(
        [row["text"] for row in rows],
        topic=topic,
        support=[1 if s is None else int(s) for s in support],
        probability=stated,
        embedder=embedder,
        variety=VARIETY if variety is None else variety,
    )
    if as_json:
        found = [{"index": r.index, "text": rows[r.index]["text"], "score": r.score, "why": r.why} for r in ranked]
        terminal.emit_json({"ideas": found})
        return
    for place, r in enumerate(ranked, 1):
        terminal.say(f"{place:3}. {rows[r.index]['text']}  ({r.why})")


@app.command()
@_command
def parse(source: Source = "-", as_json: AsJson = False) -> None:
    """Take one reply of a model apart.

    Without --json the list is meant for people and goes to standard error.
    """
    from brainstorm.parse import parse as parse_reply

    parsed = parse_reply(cli_input.read(source))
    if as_json:
        found = [
            {"text": c.text, "probability": c.probability}
            | ({"heading": c.heading} if c.heading else {})
            | ({} if c.complete else {"complete": False})
            for c in parsed.candidates
        ]
        terminal.emit_json({"candidates": found, "refusal": parsed.refusal, "leftover": parsed.leftover})
        return
    for candidate in parsed.candidates:
        stated = "" if candidate.probability is None else f"  (p {candidate.probability:g})"
        terminal.say(f"- {candidate.text}{stated}")
    if parsed.refusal:
        terminal.say("The model declined.")
    for text in parsed.leftover:
        terminal.say(f"left over: {text}")


@app.command()
@_command
def replay(
    run: Annotated[Path, typer.Argument(help="a run file", show_default=False)],
    n: Annotated[int | None, typer.Option("-n", "--number", help="ideas to show")] = None,
    same: Same = None,
    variety: Variety = None,
    embedder: Annotated[str | None, typer.Option(help="another embedder than the run's")] = None,
    as_json: AsJson = False,
    as_md: AsMarkdown = False,
    as_csv: AsCsv = False,
    save: Save = None,
) -> None:
    """Read, fold and rank a saved run again, with no model call."""
    cli_input.one_format(as_json, as_md, as_csv)
    cli_input.check_place(save)
    for name, value in (("same", same), ("variety", variety)):
        cli_input.check_number(name, value, most=1)
    from brainstorm import show
    from brainstorm.result import IdeaSet
    from brainstorm.result import replay as replay_run

    changes: dict[str, Any] = {
        k: v for k, v in (("same", same), ("variety", variety), ("embedder", embedder)) if v is not None
    }
    found = replay_run(IdeaSet.load(run), n=n, **changes)
    show.show(found, as_json, as_md, as_csv, save, show.keep(found, save))


def main() -> None:
    """Entry point of the `brainstorm` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except OSError as error:  # the help or the version could not be written
        terminal.say(f"brainstorm: {error.strerror or error}.")
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)


def _leave(code: int) -> NoReturn:
    """End the process now: a call cut off may hold a thread, and Python would wait for it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
