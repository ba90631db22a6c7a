"""What several commands take, and how all of them fail."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from brainstorm import terminal

P = ParamSpec("P")

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended."""

Source = Annotated[str, typer.Argument(metavar="[FILE|-]", help="a file, or - for standard input", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
AsMarkdown = Annotated[bool, typer.Option("--md", help="print a Markdown list")]
AsCsv = Annotated[bool, typer.Option("--csv", help="print CSV")]
Same = Annotated[
    float | None, typer.Option(help="probability from which two texts are the same idea; lower folds more")
]
Variety = Annotated[float | None, typer.Option(help="0 orders by quality alone, 1 by unlikeness alone")]
Profile = Annotated[
    str | None, typer.Option(help='"balanced", "bold" (rare ideas first) or "safe" (well supported ones first)')
]
Weights = Annotated[
    str | None,
    typer.Option("--weights", metavar="SIGNAL=SHARE,…", help="share of each signal, as rarity=2,relevance=1"),
]
Keep = Annotated[list[str] | None, typer.Option(help="an idea that stays on top; may be repeated")]
Avoid = Annotated[list[str] | None, typer.Option(help="not this; may be repeated")]
NearerTo = Annotated[list[str] | None, typer.Option("--nearer-to", help="lean to this; may be repeated")]
AwayFrom = Annotated[list[str] | None, typer.Option("--away-from", help="lean away from this; may be repeated")]
Judge = Annotated[str | None, typer.Option("--judge", help="a model, as for --model, that marks the top ideas")]
JudgeCalls = Annotated[int | None, typer.Option("--judge-calls", help="calls of the judge at most")]
Embedder = Annotated[
    str, typer.Option(help='"default", "quality", "wordllama", "none" (wording alone), or "provider:model"')
]
Save = Annotated[Path | None, typer.Option(help="write a run file, for replay")]


ModelName = Annotated[
    str | None,
    typer.Option("--model", help='"provider:model", a base URL, "gguf:PATH", "hf:REPO[:FILE]"; nothing: embedded'),
]
ModelAddress = Annotated[
    str | None, typer.Option("--base-url", help="an OpenAI-compatible server; --model then names its model")
]
TechniqueName = Annotated[str, typer.Option("--technique", help="how to ask")]
Calls = Annotated[int | None, typer.Option(help="calls at most")]
Tokens = Annotated[int | None, typer.Option(help="tokens at most, in and out")]
Cost = Annotated[float | None, typer.Option(help="US dollars at most")]
PriceText = Annotated[
    str | None, typer.Option(metavar="IN,OUT", help="US dollars for a million tokens, in place of the table's")
]
Seconds = Annotated[float | None, typer.Option(help="seconds at most")]
Prompts = Annotated[str | None, typer.Option("--prompts", help="folder of your own prompt files")]
Concurrency = Annotated[int, typer.Option(help="calls in flight at most")]
Timeout = Annotated[float, typer.Option(help="seconds that one attempt at a call may take")]
Attempts = Annotated[int | None, typer.Option(min=1, help="times a call is sent at most while its failure may pass")]


def command(function: Callable[P, None]) -> Callable[P, None]:
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
            raise typer.Exit(interrupt.args[0] if interrupt.args else INTERRUPTED) from None

    return run
