"""What the command line is given: files and lines of text, numbers in range, options that go together."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import typer

from brainstorm import runfile
from brainstorm.errors import BriefError, RunFileError

_SURROGATE = re.compile("[\ud800-\udfff]")

_LIST = re.compile(r'\s*\[\s*["{]')
"""How a JSON list of texts or objects begins; a line of plain text may begin with a bracket too."""

_SHARES = ("same", "variety")
"""Options from 0 to 1."""


def read(source: str) -> str:
    """All text of a file, or of standard input for "-".

    Raises:
        BriefError: it cannot be read, or is no UTF-8 text.
    """
    if not source or (source != "-" and Path(source).is_dir()):
        raise BriefError(f"{source or 'no name'} is no file.", hint="Name a file, or - for standard input.")
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


def rows(source: str, *required: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """JSON lines, one JSON list, or plain lines where one text is required; each with how to name it in an error.

    Raises:
        BriefError: a line is not what is required; the message names it.
    """
    text = read(source)
    listed = _json_list(text, source)
    if listed is not None:
        for number, one in enumerate(listed, 1):
            where = f"item {number} of {source}"
            row = {required[0]: one} if len(required) == 1 and isinstance(one, str) else one
            yield where, _checked(row, where, required)
        return
    # not splitlines(): U+2028, form feeds and their like may stand within a line, also of JSON
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip("\r")  # noqa: PLW2901
        if line.strip():
            where = f"line {number} of {source}"
            yield where, _row(line, where, required)


def number(row: dict[str, Any], key: str, where: str, *, most: float | None = None) -> float | None:
    """A number of a row, `None` where it has none.

    Raises:
        BriefError: it is no finite number from 0 to `most`.
    """
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BriefError(f"{key} in {where} is {value!r}, but must be a number.")
    if not (0 <= value < float("inf")) or (most is not None and value > most):
        raise BriefError(f"{key} in {where} is {value}, but must be {_range(most)}.")
    return value


def check_numbers(**given: float | None) -> None:
    """Refuse options that are no finite number of at least 0, and `same` and `variety` above 1.

    Raises:
        BriefError: one is not; the message names it.
    """
    for name, value in given.items():
        most = 1.0 if name in _SHARES else None
        if value is not None and (not isfinite(value) or value < 0 or (most is not None and value > most)):
            raise BriefError(f"{name} is {value}, but must be {_range(most)}.")


def price(text: str | None) -> tuple[float, float] | None:
    """Dollars for a million tokens in and out, as "0.25,2.0".

    Raises:
        BriefError: it is no pair of numbers; `prices.to_price` looks at their range.
    """
    if text is None:
        return None
    try:
        sent, said = (float(part) for part in text.split(","))
    except ValueError:
        raise BriefError(
            f"the price is {text!r}, but must be two numbers.",
            hint="Give US dollars for a million tokens in and out: --price 0.25,2.0.",
        ) from None
    return sent, said


def weights(text: str | None) -> dict[str, float] | None:
    """Shares of signals, as "rarity=2,relevance=1".

    Raises:
        BriefError: it is no list of those; `brainstorm.rank.weights.shares` looks at names and range.
    """
    if text is None:
        return None
    try:
        pairs = [part.split("=") for part in text.split(",")]
        return {name.strip(): float(share) for name, share in pairs}
    except ValueError:
        raise BriefError(
            f"the weights are {text!r}, but must be shares of signals.",
            hint="Give them as --weights rarity=2,relevance=1.",
        ) from None


def check_model(model: str | None, base_url: str | None) -> None:
    """Refuse a model that is named by nothing, or by two addresses."""
    if model is not None and not model.strip():
        raise typer.BadParameter("--model is empty: name a model, or leave the option out to use the embedded one")
    if base_url is not None and not base_url.strip():
        raise typer.BadParameter("--base-url is empty: give the server's address, or leave the option out")
    if base_url is not None and model is not None and re.match(r"https?://", model, re.IGNORECASE):
        raise typer.BadParameter(
            "--model is an address and so is --base-url: give one address; beside --base-url, --model is a name"
        )


def one_format(*chosen: bool) -> None:
    """Refuse more than one output format."""
    if sum(chosen) > 1:
        raise typer.BadParameter("choose one of --json, --md and --csv")


def check_places(*places: Path | None) -> None:
    """Refuse a place that cannot be written, before anything is spent."""
    for place in places:
        if place is not None:
            try:
                runfile.probe(place)
            except RunFileError as error:
                raise typer.BadParameter(str(error)) from error


def _place(where: str) -> str:
    return "for each item" if where.startswith("item ") else "on each line"


def _range(most: float | None) -> str:
    return "a number, 0 or more" if most is None else f"from 0 to {most:g}"


def _json_list(text: str, source: str) -> list[Any] | None:
    """The list that the whole text is, `None` where it is plain text."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if _LIST.match(text):
            raise BriefError(
                f"{source} starts like a JSON list but is none.", hint="Mend it, or write one text or object a line."
            ) from error
        return None
    return value if isinstance(value, list) else None


def _row(line: str, where: str, required: tuple[str, ...]) -> dict[str, Any]:
    row: Any = None
    if line.lstrip().startswith("{"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BriefError(
                f"{where} starts like JSON but is none.", hint="Mend it, or begin the line with something else than {."
            ) from error
    elif len(required) == 1:
        row = {required[0]: line.strip()}
    return _checked(row, where, required)


def _checked(row: Any, where: str, required: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in required):
        wanted = ", ".join(f'"{key}": "…"' for key in required)
        raise BriefError(f"{where} is not what is needed.", hint=f"Write {{{wanted}}} {_place(where)}.")
    for key in required:
        if not row[key].strip():
            raise BriefError(f'"{key}" in {where} is empty.', hint="Fill it in, or leave the line out.")
    # an escape such as \ud800 makes half a character, which no output can hold
    return {k: _SURROGATE.sub("\ufffd", v) if isinstance(v, str) else v for k, v in row.items()}
