"""A run and its result on a terminal."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from brainstorm.brainstormer import Event, Run
from brainstorm.result import IdeaSet

if TYPE_CHECKING:
    from rich.status import Status

_STOPPED = {
    "n": "the ideas asked for are there",
    "calls": "the budget of calls is spent",
    "tokens": "the budget of tokens is spent",
    "cost": "the budget is spent",
    "seconds": "the time is up",
    "dry": "another call would bring little that is new",
    "rounds": "the rounds are used up",
    "failed": "all calls of the last round failed",
    "interrupted": "interrupted",
}


class Watcher:
    """Prints ideas as they come, over a line of progress."""

    def __init__(self, run: Run) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._status: Status = self._console.status("")
        self._models = ", ".join(m.name for m in run.models)
        self._planned = self._ended = 0
        self._result: IdeaSet | None = None

    @property
    def result(self) -> IdeaSet:
        """The result, once the run is over."""
        assert self._result is not None
        return self._result

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
            self._result = event
            return
        if event.kind == "idea":
            self._console.print(f"[green]+[/green] {escape(event.text)}", soft_wrap=True)
        elif event.kind == "failure":
            self._console.print(f"[red]![/red] call {event.call}: {escape(event.reason)}", soft_wrap=True)
        self._planned += event.kind == "start"
        self._ended += event.kind == "call"
        self._status.update(f"{event.distinct} distinct ideas, {self._ended} of {self._planned} calls")


def show_result(found: IdeaSet) -> None:
    """Print the ranked table and the footer."""
    console = Console(stderr=True, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("idea", overflow="fold", ratio=1)
    table.add_column("said", justify="right", no_wrap=True)
    table.add_column("as", overflow="fold")
    table.add_column("p", justify="right", no_wrap=True)
    for place, idea in enumerate(found, 1):
        stated = "" if idea.probability is None else f"{idea.probability:.2g}"
        table.add_row(str(place), escape(str(idea)), f"×{len(idea.members)}", escape(", ".join(idea.personas)), stated)
    console.print()
    console.print(table)
    console.print(f"\n[dim]{escape(_footer(found))}[/dim]", soft_wrap=True)
    for failure in found.failures[:5]:
        console.print(f"[red]call {failure.call}[/red] {escape(failure.cause)}: {escape(failure.fix)}", soft_wrap=True)
    if len(found.failures) > 5:
        console.print(f"and {len(found.failures) - 5} more calls that failed.")


def _footer(found: IdeaSet) -> str:
    used, rich = found.usage, found.richness
    about = "about " if used.estimated else ""
    cost = "" if used.cost is None else f", ${used.cost:.4f}"
    return (
        f"{used.calls} calls, {about}{used.input_tokens:,} + {used.output_tokens:,} tokens{cost}, "
        f"{used.seconds:.1f} s. {rich.said} ideas said, {rich.distinct} distinct"
        f"{f', {len(found.rejected)} rejected' if found.rejected else ''}. "
        f"One more call would bring about {rich.next_call:.1f} new; at least {rich.at_least:.0f} in all. "
        f"Stopped: {_STOPPED[found.stopped]}."
    )
