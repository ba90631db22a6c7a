"""The `brainstorm` command, carried out within this process, or named for one of its own."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from brainstorm import cli

COMMAND = [str(Path(sys.executable).with_name("brainstorm"))]
"""For what only a process of its own shows: signals, pipes, full disks, what ends with it."""


def run(
    *args: str, stdin: str | bytes = "", code: int = 0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """What the command prints and how it ends: as in a process of its own, without starting one each time."""
    given = io.TextIOWrapper(io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), encoding="utf-8")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    told = logging.StreamHandler(err)  # in a process of its own, Python prints warnings itself
    told.setLevel(logging.WARNING)
    ended: object = 0
    logging.getLogger("brainstorm").addHandler(told)
    try:
        with (
            patch.object(sys, "argv", ["brainstorm", *args]),
            patch.object(sys, "stdin", given),
            redirect_stdout(out),
            redirect_stderr(err),
            chdir(cwd or Path.cwd()),
        ):
            cli.main()
    except SystemExit as left:
        ended = left.code or 0
    finally:
        logging.getLogger("brainstorm").removeHandler(told)
    said = []
    for stream in (out, err):
        stream.flush()
        stream.seek(0)
        said.append(stream.read())
    assert ended == code, said[1]
    return subprocess.CompletedProcess([*COMMAND, *args], code, *said)
