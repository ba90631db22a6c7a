"""The command line. Machine formats go to stdout, everything meant for people to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec

import typer

from brainstorm._version import __version__

if TYPE_CHECKING:
    from brainstorm.brainstormer import Run
    from brainstorm.result import IdeaSet

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
Embedder = Annotated[str, typer.Option(help='"default", "none" (wording alone), or "provider:model"')]
Save = Annotated[Path | None, typer.Option(help="write a run file, for replay")]


def _command(function: Callable[P, None]) -> Callable[P, None]:
    """Errors become a line on stderr and an exit status, never a traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from brainstorm.errors import BrainstormError

        try:
            function(*args, **kwargs)
        except BrainstormError as error:
            typer.echo(f"brainstorm: {error}", err=True)
            raise typer.Exit(1) from None
        except BrokenPipeError:  # the reader has gone; there is nobody to tell
            sys.stderr.close()
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            raise typer.Exit(_INTERRUPTED) from None

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
    _one_format(as_json, as_md, as_csv)
    _check_place(save)
    from brainstorm.brainstormer import Brainstormer
    from brainstorm.coerce import to_brief

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
    found, interrupted = _watch(brainstormer.start(brief))
    _show(found, as_json, as_md, as_csv, save)
    if interrupted:
        raise typer.Exit(_INTERRUPTED)


@app.command()
@_command
def dedup(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Fold a list of ideas: one a line, or JSON lines with "text"."""
    from brainstorm.dedup import deduplicate

    texts = [row["text"] for row in _rows(source, "text")]
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
            }
            for m in folding.merges
        ]
        _print_json({"clusters": clusters, "merges": merges, "same": folding.same, "notes": folding.notes})
        return
    for cluster in folding.clusters:
        typer.echo(f"{texts[cluster.representative]}  ×{len(cluster.members)}", err=True)
        for i in cluster.members:
            if i != cluster.representative:
                typer.echo(f"    {texts[i]}", err=True)
    typer.echo(f"{len(texts)} texts, {len(folding.clusters)} distinct.", err=True)


@app.command()
@_command
def compare(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Compare pairs of texts: JSON lines with "a", "b" and maybe "topic"."""
    from brainstorm.dedup import compare as compare_texts

    for row in _rows(source, "a", "b"):
        found = compare_texts(row["a"], row["b"], topic=row.get("topic") or "", embedder=embedder, same=same)
        if as_json:
            _print_json(
                {
                    "wording": found.wording,
                    "meaning": found.meaning,
                    "probability": found.probability,
                    "same": found.same,
                    "rule": found.rule,
                },
                lines=True,
            )
        else:
            verdict = "the same" if found.same else "different"
            typer.echo(f"{verdict} (p {found.probability:.2f}): {row['a']} | {row['b']}", err=True)


@app.command()
@_command
def rank(
    source: Source = "-",
    topic: Annotated[str, typer.Option(help="what the ideas answer")] = "",
    variety: Variety = None,
    embedder: Embedder = "default",
    as_json: AsJson = False,
) -> None:
    """Rank a list of ideas: one a line, or JSON lines with "text" and maybe "support", "probability"."""
    from brainstorm.rank import VARIETY
    from brainstorm.rank import rank as rank_texts

    rows = list(_rows(source, "text"))
    ranked = rank_texts(
        [row["text"] for row in rows],
        topic=topic,
        support=[_number(row, "support", int, 1) for row in rows],
        probability=[_number(row, "probability", float, None) for row in rows],
        embedder=embedder,
        variety=VARIETY if variety is None else variety,
    )
    if as_json:
        found = [{"index": r.index, "text": rows[r.index]["text"], "score": r.score, "why": r.why} for r in ranked]
        _print_json({"ideas": found})
        return
    for place, r in enumerate(ranked, 1):
        typer.echo(f"{place:3}. {rows[r.index]['text']}  ({r.why})", err=True)


@app.command()
@_command
def parse(source: Source = "-", as_json: AsJson = False) -> None:
    """Take one reply of a model apart."""
    from brainstorm.parse import parse as parse_reply

    parsed = parse_reply(_read(source))
    if as_json:
        found = [
            {"text": c.text, "probability": c.probability}
            | ({"heading": c.heading} if c.heading else {})
            | ({} if c.complete else {"complete": False})
            for c in parsed.candidates
        ]
        _print_json({"candidates": found, "refusal": parsed.refusal, "leftover": parsed.leftover})
        return
    for candidate in parsed.candidates:
        stated = "" if candidate.probability is None else f"  (p {candidate.probability:g})"
        typer.echo(f"- {candidate.text}{stated}", err=True)
    if parsed.refusal:
        typer.echo("The model declined.", err=True)
    for text in parsed.leftover:
        typer.echo(f"left over: {text}", err=True)


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
    _one_format(as_json, as_md, as_csv)
    _check_place(save)
    from brainstorm.result import IdeaSet
    from brainstorm.result import replay as replay_run

    changes: dict[str, Any] = {
        k: v for k, v in (("same", same), ("variety", variety), ("embedder", embedder)) if v is not None
    }
    found = replay_run(IdeaSet.load(run), n=n, **changes)
    _show(found, as_json, as_md, as_csv, save)


def main() -> None:
    """Entry point of the `brainstorm` command."""
    app()


def _watch(run: Run) -> tuple[IdeaSet, bool]:
    """Show a run as it goes; Ctrl-C ends it and keeps what is there, a second Ctrl-C quits."""
    import asyncio
    import signal

    from brainstorm.show import Watcher

    async def go() -> IdeaSet:
        loop = asyncio.get_running_loop()

        def interrupt(*_: object) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            loop.call_soon_threadsafe(run.stop, "interrupted")

        signal.signal(signal.SIGINT, interrupt)
        try:
            with Watcher(run) as watcher:
                async for event in run.events():
                    watcher.show(event)
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return watcher.result

    found = asyncio.run(go())
    return found, found.stopped == "interrupted"


def _show(found: IdeaSet, as_json: bool, as_md: bool, as_csv: bool, save: Path | None) -> None:
    from brainstorm.show import show_result

    show_result(found)
    if as_json:
        typer.echo(found.to_json())
    elif as_md:
        typer.echo(found.to_markdown())
    elif as_csv:
        typer.echo(found.to_csv(), nl=False)
    if save is not None:
        found.save(save)
        typer.echo(f"Saved to {save}.", err=True)


def _one_format(*chosen: bool) -> None:
    if sum(chosen) > 1:
        raise typer.BadParameter("choose one of --json, --md and --csv")


def _check_place(save: Path | None) -> None:
    """Refuse a place that cannot be written before anything is spent."""
    if save is not None and (save.is_dir() or not save.absolute().parent.is_dir()):
        raise typer.BadParameter(f"cannot save to {save}: it is a folder, or its folder does not exist")


def _read(source: str) -> str:
    from brainstorm.errors import BriefError

    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise BriefError(f"cannot read {source}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BriefError(f"{source} is not UTF-8 text.", hint="Save it as UTF-8.") from error
    if "\x00" in text:
        raise BriefError(f"{source} holds NUL bytes: it looks like a binary file.", hint="Give a text file.")
    return text


def _rows(source: str, *required: str) -> Iterator[dict[str, Any]]:
    """JSON lines, or plain lines where one text is all that is required."""
    from brainstorm.errors import BriefError

    for number, line in enumerate(_read(source).splitlines(), 1):
        if not line.strip():
            continue
        row: Any = None
        if line.lstrip().startswith("{"):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
        if row is None and len(required) == 1:
            row = {required[0]: line.strip()}
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in required):
            wanted = ", ".join(f'"{key}": "…"' for key in required)
            raise BriefError(
                f"line {number} of {source} is not what is needed.", hint=f"Write {{{wanted}}} on each line."
            )
        yield row


def _number(row: dict[str, Any], key: str, kind: type[Any], default: Any) -> Any:
    from brainstorm.errors import BriefError

    value = row.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BriefError(f"{key} is {value!r}, but must be a number.")
    return kind(value)


def _print_json(value: object, *, lines: bool = False) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=None if lines else 2))
