"""Text on its way out: machine formats to stdout, words for people to stderr."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from typing import Final, NoReturn

_PIPE_CLOSED: Final = 141
"""128 + SIGPIPE, what a shell reports for a program whose reader went away."""

# Controls but for tab and newline, and the marks that turn the writing direction round.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# JSON escapes the others by itself.
_JSON_CONTROL = re.compile("[\x7f-\x9f]")


def visible(text: str) -> str:
    """`text` with control characters as pictures or escapes: a terminal would obey them, a reader not see them."""
    return _CONTROL.sub(_picture, text)


def one_line(text: str) -> str:
    """`text` with its line breaks as spaces, for a list with a line for each."""
    return " ".join(text.split())


def emit(text: str) -> None:
    """Write a machine format to stdout, as UTF-8, with a newline at its end.

    Raises:
        SystemExit: 141 where the reader has gone, 1 with a line on stderr where it cannot be written.
    """
    out = sys.stdout
    if out is None:
        _fail("standard output is closed")
    if out.isatty():
        text = visible(text)
    try:
        if hasattr(out, "reconfigure"):
            out.reconfigure(encoding="utf-8", errors="replace")
        out.write(text if text.endswith("\n") else f"{text}\n")
        out.flush()
    except BrokenPipeError:
        _silence()
        sys.exit(_PIPE_CLOSED)
    except OSError as error:
        _silence()
        _fail(f"cannot write to standard output: {error.strerror or error}")


def emit_json(value: object, *, indent: int | None = 2) -> None:
    """Write a value as JSON to stdout; as `emit`."""
    emit_json_text(json.dumps(value, ensure_ascii=False, indent=indent))


def emit_json_text(text: str) -> None:
    """Write JSON text to stdout, all of its control characters escaped; as `emit`."""
    emit(_JSON_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text))


def say(text: str) -> None:
    """Write a line for people to stderr; where that is closed or full there is nobody to tell."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{visible(text)}\n")
            sys.stderr.flush()


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _silence() -> None:
    """Send what is left in the buffer nowhere: at exit Python would try to write it again and complain."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _fail(why: str) -> NoReturn:
    say(f"brainstorm: {why}.")
    sys.exit(1)
