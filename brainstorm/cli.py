"""The command line. Machine formats go to stdout, everything meant for people to stderr."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

try:
    import typer

    from brainstorm import cli_bench, cli_input, cli_saved, cli_serve, cli_watch, terminal
    from brainstorm._version import __version__
    from brainstorm.cli_options import (
        INTERRUPTED,
        AsCsv,
        AsJson,
        AsMarkdown,
        Attempts,
        Avoid,
        AwayFrom,
        Calls,
        Concurrency,
        Cost,
        Embedder,
        Judge,
        JudgeCalls,
        Keep,
        ModelAddress,
        ModelName,
        NearerTo,
        PriceText,
        Profile,
        Prompts,
        Same,
        Save,
        Seconds,
        Source,
        TechniqueName,
        Timeout,
        Tokens,
        Variety,
        Weights,
        command,
    )
except KeyboardInterrupt:  # Ctrl-C while Python still reads files
    raise SystemExit(130) from None

if TYPE_CHECKING:
    from brainstorm.dedup import Merge

app = typer.Typer(
    help="Many different good ideas from any chat model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="print the version")] = False) -> None:
    if version:
        typer.echo(f"brainstorm {__version__}")
        raise typer.Exit


@app.command()
@command
def ideas(
    topic: Annotated[str, typer.Argument(help="what to brainstorm on", show_default=False)],
    n: Annotated[int, typer.Option("-n", "--number", help="distinct ideas wanted")] = 12,
    model: ModelName = None,
    base_url: ModelAddress = None,
    technique: TechniqueName = "auto",
    persona: Annotated[list[str] | None, typer.Option(help="who to ask as; may be repeated")] = None,
    language: Annotated[str | None, typer.Option(help="language to answer in")] = None,
    constraint: Annotated[list[str] | None, typer.Option(help="a condition; may be repeated")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="an idea there is already; may be repeated")] = None,
    avoid: Avoid = None,
    nearer_to: NearerTo = None,
    away_from: AwayFrom = None,
    calls: Calls = None,
    tokens: Tokens = None,
    cost: Cost = None,
    price: PriceText = None,
    seconds: Seconds = None,
    seed: Annotated[int, typer.Option(help="the same seed asks the same way")] = 0,
    same: Same = None,
    variety: Variety = None,
    profile: Profile = None,
    weights: Weights = None,
    judge: Judge = None,
    judge_calls: JudgeCalls = None,
    embedder: Embedder = "default",
    prompts: Prompts = None,
    concurrency: Concurrency = 16,
    timeout: Timeout = 120.0,
    attempts: Attempts = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what to expect; no call is made")] = False,
    as_json: AsJson = False,
    as_md: AsMarkdown = False,
    as_csv: AsCsv = False,
    save: Save = None,
) -> None:
    """Brainstorm on TOPIC."""
    cli_input.one_format(as_json, as_md, as_csv)
    cli_input.check_places(save)
    cli_input.check_model(model, base_url)
    cli_input.check_numbers(same=same, variety=variety, seconds=seconds, cost=cost, timeout=timeout)
    from brainstorm.interrupts import Interrupts

    with Interrupts() as interrupts:
        from brainstorm import show
        from brainstorm.brainstormer import Brainstormer
        from brainstorm.brief import Budget
        from brainstorm.coerce import to_brief
        from brainstorm.embedding import resolve_embedder
        from brainstorm.library import load_library
        from brainstorm.techniques import technique as technique_named

        brief = to_brief(
            {
                "topic": topic,
                "n": n,
                "personas": persona or (),
                "language": language,
                "constraints": constraint or (),
                "keep": keep or (),
                "avoid": avoid or (),
                "nearer_to": nearer_to or (),
                "away_from": away_from or (),
                "budget": {"calls": calls, "tokens": tokens, "cost": cost, "seconds": seconds},
                "seed": seed,
            }
        )
        # a wrong option is said at once, not after a model was loaded
        technique_named(technique, small=False)
        load_library(prompts)
        resolve_embedder(embedder)
        options: dict[str, Any] = {} if variety is None else {"variety": variety}
        options |= {} if profile is None else {"profile": profile}
        options |= {} if judge_calls is None else {"judge_budget": Budget(calls=judge_calls)}
        brainstormer = Brainstormer(
            model,
            base_url=base_url,
            technique=technique,
            embedder=embedder,
            same=same,
            prompts=prompts,
            concurrency=concurrency,
            timeout=timeout,
            attempts=attempts,
            price=cli_input.price(price),
            weights=cli_input.weights(weights),
            judge=judge,
            **options,
        )
        if dry_run:
            from brainstorm.models import names

            expected = brainstormer.estimate(brief)
            show.show_estimate(expected, names(brainstormer.models))
            if as_json:
                terminal.emit_json(expected.to_dict())
            return
        run = brainstormer.start(brief)
        found, listed = cli_watch.watch(run, interrupts, as_json, save)
        problem = show.keep(found, save)
    try:
        show.show(found, as_json, as_md, as_csv, save, problem, listed)
    finally:
        cli_watch.leave(interrupts)


@app.command()
@command
def dedup(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Fold a list of ideas: one a line, JSON lines with "text", or a JSON list.

    Without --json the list is meant for people and goes to standard error.
    """
    cli_input.check_numbers(same=same)
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
        terminal.say(f"{terminal.one_line(texts[cluster.representative])}  ×{len(cluster.members)}")
        for i in cluster.members:
            if i != cluster.representative:
                terminal.say(f"    {terminal.one_line(texts[i])}  ({_why(receipts[i], folding.same)})")
    for note in folding.notes:
        terminal.say(note)
    terminal.say(f"{len(texts)} texts, {len(folding.clusters)} distinct.")


@app.command()
@command
def compare(source: Source = "-", same: Same = None, embedder: Embedder = "default", as_json: AsJson = False) -> None:
    """Compare pairs of texts: JSON lines, or a JSON list, with "a", "b" and maybe "topic".

    Without --json the verdicts are meant for people and go to standard error.
    """
    cli_input.check_numbers(same=same)
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
            a, b = terminal.one_line(row["a"]), terminal.one_line(row["b"])
            terminal.say(f"{verdict} (p {found.probability:.2f}{why}): {a} | {b}")


def _why(merge: Merge, same: float) -> str:
    """What folded a text into its cluster, in few words."""
    if merge.rule != "linkage":
        return merge.rule
    if merge.mean is None or merge.probability >= same:
        return f"p {merge.probability:.2f}"
    return f"p {merge.probability:.2f}, with its cluster {merge.mean:.2f}"


@app.command()
@command
def rank(
    source: Source = "-",
    topic: Annotated[str, typer.Option(help="what the ideas answer")] = "",
    variety: Variety = None,
    profile: Profile = None,
    weights: Weights = None,
    keep: Keep = None,
    avoid: Avoid = None,
    nearer_to: NearerTo = None,
    away_from: AwayFrom = None,
    embedder: Embedder = "default",
    as_json: AsJson = False,
) -> None:
    """Rank a list of ideas: one a line, or JSON lines or a JSON list with "text" and maybe "support", "probability".

    Without --json the list is meant for people and goes to standard error.
    """
    cli_input.check_numbers(variety=variety)
    from brainstorm.rank import VARIETY
    from brainstorm.rank import rank as rank_texts

    read = list(cli_input.rows(source, "text"))
    support = [cli_input.number(row, "support", where) for where, row in read]
    stated = [cli_input.number(row, "probability", where, most=1) for where, row in read]
    rows = [row for _, row in read]
    ranked = rank_texts(
        [row["text"] for row in rows],
        topic=topic,
        support=None if all(s is None for s in support) else [1 if s is None else int(s) for s in support],
        probability=None if all(p is None for p in stated) else stated,
        embedder=embedder,
        variety=VARIETY if variety is None else variety,
        profile=profile or "balanced",
        weights=cli_input.weights(weights),
        keep=keep or (),
        avoid=avoid or (),
        nearer_to=nearer_to or (),
        away_from=away_from or (),
    )
    if as_json:
        found = [
            {"index": r.index, "text": rows[r.index]["text"], "score": r.score, "why": r.why, "theme": r.theme}
            for r in ranked
        ]
        terminal.emit_json({"ideas": found})
        return
    for place, r in enumerate(ranked, 1):
        terminal.say(f"{place:3}. {terminal.one_line(rows[r.index]['text'])}  ({r.why})")


@app.command()
@command
def parse(source: Source = "-", as_json: AsJson = False) -> None:
    """Take one reply of a model apart.

    Without --json the list is meant for people and goes to standard error.
    """
    from brainstorm.parse import parse as parse_reply

    parsed = parse_reply(cli_input.read(source))
    if as_json:
        found = [
            {"text": c.text, "probability": c.probability}
            | {name: said for name in ("heading", "stated", "note") if (said := getattr(c, name))}
            | ({} if c.complete else {"complete": False})
            for c in parsed.candidates
        ]
        rest = {"shares": parsed.shares, "refusal": parsed.refusal, "leftover": parsed.leftover}
        terminal.emit_json({"candidates": found, **rest})
        return
    for candidate in parsed.candidates:
        stated = "" if candidate.probability is None else f"  (p {candidate.probability:g})"
        if candidate.stated and candidate.probability is None:
            stated = f"  (p unknown: {candidate.note}: {candidate.stated})"
        cut = "" if candidate.complete else "  (cut off)"
        terminal.say(f"- {candidate.text}{stated}{cut}")
    if parsed.refusal:
        terminal.say("The model declined.")
    for text in parsed.leftover:
        terminal.say(f"left over: {text}")


app.command()(cli_saved.replay)
app.command("continue")(cli_saved.go_on)
app.command()(cli_bench.bench)
for _name, _function in cli_serve.COMMANDS.items():
    app.command(_name)(_function)


def main() -> None:
    """Entry point of the `brainstorm` command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except OSError as error:  # the help or the version could not be written
        terminal.say(f"brainstorm: {error.strerror or error}.")
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(1)
