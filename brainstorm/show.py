"""A run and its result on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.table import Table

from brainstorm.brief import MAX_IDEAS
from brainstorm.errors import RunFileError
from brainstorm.live import Event
from brainstorm.result import IdeaSet
from brainstorm.run import Run
from brainstorm.terminal import emit, emit_json_text, say, visible

if TYPE_CHECKING:
    from rich.status import Status

    from brainstorm.estimate import Estimate
    from brainstorm.values import Idea, TotalUsage

_STOPPED = {
    "n": "the ideas asked for are there",
    "calls": "the budget of calls is spent",
    "tokens": "the budget of tokens is spent",
    "cost": "the budget of dollars is spent",
    "seconds": "the time is up",
    "dry": "another call would bring little that is new",
    "rounds": "the rounds are used up",
    "failed": "all calls of the last round failed",
    "interrupted": "interrupted",
}


class _Console(Console):
    def on_broken_pipe(self) -> None:  # rich would send stdout nowhere and leave
        self.quiet = True


def _console() -> Console:
    return _Console(stderr=True, highlight=False)


def escape(text: str) -> str:
    """What a model said, with nothing in it that rich or the terminal would obey."""
    return escape_markup(visible(text))


class Watcher:
    """Prints ideas as they come, over a line of progress."""

    def __init__(self, run: Run) -> None:
        self._console = _console()
        self._status: Status = self._console.status("")
        self._models = ", ".join(m.name for m in run.models)
        self._planned = self._ended = 0
        self.listed: list[str] = []
        """The ideas printed so far."""

    def __enter__(self) -> Self:
        self._console.print(f"[dim]asking {escape(self._models)}[/dim]")
        if self._console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def show(self, event: Event | IdeaSet) -> None:
        """Print one event."""
        if isinstance(event, IdeaSet):
            return
        if event.kind == "idea":
            self.listed.append(event.text)
            self._console.print(f"[green]+[/green] {escape(event.text)}", soft_wrap=True)
        elif event.kind == "failure":
            self._console.print(f"[red]![/red] call {event.call}: {escape(event.reason)}", soft_wrap=True)
        self._planned += event.kind == "start"
        self._ended += event.kind == "call"
        self._status.update(f"{event.distinct} distinct ideas, {self._ended} of {self._planned} calls")


def show_result(found: IdeaSet, listed: Sequence[str] | None = None) -> None:
    """Print the ranked table and the footer; `listed` are the ideas that were printed while the run went."""
    console = _console()
    console.print()
    console.print(_table(found.ideas))
    for line in _footer(found, listed):
        console.print(f"\n[dim]{escape(line)}[/dim]", soft_wrap=True)
    for failure in found.failures[:5]:
        console.print(
            f"[red]call {escape(failure.call)}[/red] {escape(failure.cause)}: {escape(failure.fix)}", soft_wrap=True
        )
    if len(found.failures) > 5:
        console.print(f"and {len(found.failures) - 5} more calls that failed.")


def _table(ideas: Sequence[Idea]) -> Table:
    """One row an idea; a column in which no row has anything is left out."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("idea", overflow="fold", ratio=1)
    said = [escape(str(idea)) + ("" if idea.complete else " [dim]… (cut off)[/dim]") for idea in ideas]
    columns = [[str(place) for place in range(1, len(ideas) + 1)], said]
    further = {
        "times said": [f"×{len(idea.members)}" for idea in ideas],
        "said as": [escape(", ".join(idea.personas)) for idea in ideas],
        "stated p": ["" if idea.probability is None else f"{idea.probability:.2g}" for idea in ideas],
    }
    for header, cells in further.items():
        if any(cells):
            as_text = header == "said as"
            table.add_column(
                header,
                justify="left" if as_text else "right",
                overflow="fold" if as_text else "ellipsis",
                no_wrap=not as_text,
            )
            columns.append(cells)
    for row in zip(*columns, strict=True):
        table.add_row(*row)
    return table


def _footer(found: IdeaSet, listed: Sequence[str] | None) -> list[str]:
    used, rich = found.usage, found.richness
    about = "about " if used.estimated else ""
    lines = [
        f"{used.calls} calls, {about}{used.input_tokens:,} + {used.output_tokens:,} tokens, {_cost(used)}, "
        f"{used.seconds:.1f} s. {rich.said} ideas said, {rich.distinct} distinct"
        f"{f', {len(found.rejected)} rejected' if found.rejected else ''}. "
        f"One more call would bring about {rich.next_call:.1f} new; at least {rich.at_least:.0f} in all. "
        f"Stopped: {_STOPPED.get(found.stopped, found.stopped)}."
    ]
    if found.more:
        total = len(found.ideas) + len(found.more)
        lines.append(
            f"{len(found.more)} further distinct {'idea' if len(found.more) == 1 else 'ideas'} not shown: "
            f"-n {min(total, MAX_IDEAS)} shows {'them' if total <= MAX_IDEAS else 'more of them'}, "
            "also with replay on a saved run."
        )
    if listed is not None and _refolded(found, listed):
        lines.append(
            f"While replies came in, {len(listed)} ideas were listed; "
            f"folded all together they are {len(found.ideas) + len(found.more)}."
        )
    lines.extend(f"Note: {note}" for note in found.notes)
    return lines


def _cost(used: TotalUsage) -> str:
    """What it cost, and that for each distinct idea; never a guess."""
    if used.cost is None:
        return "cost unknown"
    each = f" (${used.cost_per_idea:.4g} a distinct idea)" if used.cost_per_idea else ""
    return f"${used.cost:.4g}{each}"


def show_estimate(expected: Estimate, models: Sequence[str]) -> None:
    """Print what a run is expected to take."""
    cost = "at a cost unknown" if expected.cost is None else f"for about ${expected.cost:.4g}"
    say(
        f"Not sent. Expected of {', '.join(models)}: about {expected.calls} calls in "
        f"{expected.rounds} {'round' if expected.rounds == 1 else 'rounds'}, "
        f"{expected.input_tokens:,} + {expected.output_tokens:,} tokens, {cost}, "
        f"for about {expected.distinct} distinct ideas."
    )


def _refolded(found: IdeaSet, listed: Sequence[str]) -> bool:
    """Whether some final idea is not exactly one of those listed, with what was folded into it."""
    heads = set(listed)
    return any(len(heads.intersection(idea.members)) != 1 for idea in (*found.ideas, *found.more))


def keep(found: IdeaSet, save: Path | None) -> RunFileError | None:
    """Save, before anything is printed: printing may fail. What is wrong is said after the ideas were."""
    if save is None:
        return None
    try:
        found.save(save)
    except RunFileError as error:
        return error
    return None


def keep_failed(found: IdeaSet | None, as_json: bool, save: Path | None) -> None:
    """Save and print what is known of a run that brought no idea: what was said, and what failed."""
    if found is None:
        return
    if save is not None:
        try:
            found.record  # noqa: B018 - only a run has one
            found.save(save)
            say(f"Saved to {save}.")
        except RunFileError as error:
            say(f"brainstorm: {error}")
    if as_json:
        emit_json_text(found.to_json())


def show(
    found: IdeaSet,
    as_json: bool,
    as_md: bool,
    as_csv: bool,
    save: Path | None,
    problem: RunFileError | None,
    listed: Sequence[str] | None = None,
) -> None:
    """Print the table for people, then what the format options ask for, then what went wrong with saving."""
    with suppress(OSError):  # stderr is gone or full: the machine format may still get through
        show_result(found, listed)
    if save is not None and problem is None:
        say(f"Saved to {save}.")
    if as_json:
        emit_json_text(found.to_json())
    elif as_md:
        emit(visible(found.to_markdown()))
    elif as_csv:
        emit(visible(found.to_csv()))
    if problem is not None:
        raise problem
