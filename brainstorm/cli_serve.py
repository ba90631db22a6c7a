"""The commands that serve other programs; what they run stands in `integrations/` and is loaded only then."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from brainstorm import cli_input, terminal
from brainstorm.cli_options import (
    Concurrency,
    Embedder,
    ModelAddress,
    ModelName,
    PriceText,
    Prompts,
    Same,
    TechniqueName,
    Timeout,
    Variety,
    command,
)

Host = Annotated[str, typer.Option(help="address to listen on; any but this machine's own needs an API key")]
KeyFile = Annotated[Path | None, typer.Option("--api-key-file", help="file of API keys, one a line")]
Origin = Annotated[
    list[str] | None, typer.Option("--allow-origin", help='web origin whose pages may ask, or "*"; may be repeated')
]


def _part(name: str, extra: str) -> Any:
    """A module of `integrations/`.

    Raises:
        MissingPackageError: what it needs is not installed.
    """
    from brainstorm.errors import MissingPackageError

    try:
        return import_module(f"brainstorm.integrations.{name}")
    except ImportError as error:
        raise MissingPackageError(
            f"this command needs a package: {error}.", hint=f"Run: pip install 'langchain-brainstorm[{extra}]'."
        ) from error


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for name in ("httpx", "httpx2", "openai", "httpcore", "httpcore2", "mcp"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses, and at DEBUG what is said


@command
def serve(
    model: ModelName = None,
    base_url: ModelAddress = None,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8321,
    api_key_file: KeyFile = None,
    allow_origin: Origin = None,
    technique: TechniqueName = "auto",
    same: Same = None,
    variety: Variety = None,
    embedder: Embedder = "default",
    prompts: Prompts = None,
    price: PriceText = None,
    concurrency: Concurrency = 16,
    timeout: Timeout = 120.0,
    max_n: Annotated[int, typer.Option(help="ideas in one request at most", min=1, max=1000)] = 100,
    max_concurrent: Annotated[int, typer.Option(help="requests at a time at most", min=1)] = 128,
    max_seconds: Annotated[float, typer.Option(help="seconds for one brainstorm at most")] = 300.0,
    max_tokens: Annotated[int, typer.Option(help="tokens for one brainstorm at most, in and out", min=1)] = 200_000,
    max_body: Annotated[int, typer.Option(help="bytes of a request at most", min=1_000)] = 10_000_000,
    log_prompts: Annotated[bool, typer.Option("--log-prompts", help="log what is asked, in full")] = False,
) -> None:
    """Offer brainstorming as a model to any app that speaks the OpenAI API."""
    cli_input.check_model(model, base_url)
    cli_input.check_numbers(same=same, variety=variety, max_seconds=max_seconds, timeout=timeout)
    run, guard, engine = (_part(f"server.{name}", "server") for name in ("run", "guard", "engine"))
    keys = guard.read_keys(api_key_file) if api_key_file else ()
    limits = engine.Limits(
        body=max_body,
        n=max_n,
        concurrent=max_concurrent,
        seconds=max_seconds,
        tokens=max_tokens,
        bodies=max(10 * max_body, 100_000_000),
        connections=max(4 * max_concurrent, 512),
    )
    options: dict[str, Any] = {} if variety is None else {"variety": variety}
    offered = engine.Engine(
        model,
        base_url=base_url,
        limits=limits,
        technique=technique,
        same=same,
        embedder=embedder,
        prompts=prompts,
        price=cli_input.price(price),
        concurrency=concurrency,
        timeout=timeout,
        **options,
    )
    _log_to_stderr()
    terminal.say(f"Starting on http://{run.shown(host)}:{port}/v1. Ctrl-C ends it.")  # the log says when it is there
    run.serve(offered, host=host, port=port, keys=keys, origins=tuple(allow_origin or ()), log_prompts=log_prompts)


@command
def mcp(
    model: ModelName = None,
    base_url: ModelAddress = None,
    http: Annotated[bool, typer.Option("--http", help="serve streamable HTTP at /mcp in place of stdio")] = False,
    host: Host = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8322,
    api_key_file: KeyFile = None,
    allow_origin: Origin = None,
    technique: TechniqueName = "auto",
    embedder: Embedder = "default",
    prompts: Prompts = None,
    price: PriceText = None,
    concurrency: Concurrency = 16,
    timeout: Timeout = 120.0,
    max_seconds: Annotated[float, typer.Option(help="seconds for one brainstorm at most")] = 300.0,
    max_tokens: Annotated[int, typer.Option(help="tokens for one brainstorm at most, in and out", min=1)] = 200_000,
) -> None:
    """Offer brainstorming, folding and ranking as tools over the Model Context Protocol."""
    cli_input.check_model(model, base_url)
    cli_input.check_numbers(max_seconds=max_seconds, timeout=timeout)
    tools, engine = _part("mcp", "mcp"), _part("server.engine", "server")
    offered = engine.Engine(
        model,
        base_url=base_url,
        limits=engine.Limits(seconds=max_seconds, tokens=max_tokens),
        technique=technique,
        embedder=embedder,
        prompts=prompts,
        price=cli_input.price(price),
        concurrency=concurrency,
        timeout=timeout,
    )
    if http:
        _log_to_stderr()  # first: MCP's own set-up leaves alone what is there
    server = tools.make_mcp(offered)
    if not http:
        # a thread waits for the next line of stdin, and no exception reaches it: the loop would wait for it in turn
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
        server.run("stdio")
        return
    run, guard = _part("server.run", "server"), _part("server.guard", "server")
    keys = guard.read_keys(api_key_file) if api_key_file else ()
    terminal.say(f"Starting on http://{run.shown(host)}:{port}/mcp. Ctrl-C ends it.")
    run.serve(offered, app=tools.http_app(server), host=host, port=port, keys=keys, origins=tuple(allow_origin or ()))


COMMANDS: dict[str, Callable[..., None]] = {"serve": serve, "mcp": mcp}
"""By name, for the command line."""
