"""Run files on disk: JSON, replaced atomically."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any, Final

from brainstorm.errors import RunFileError

FORMAT: Final = "brainstorm-run/1"

_ELSEWHERE: Final = "Name another place."


def place(path: Path) -> tuple[Path, int | None]:
    """Where a run file for `path` would really go, and the mode of the file that is there (`None`: no file yet).

    Symbolic links are followed: what they point to is replaced, and they stay.

    Raises:
        RunFileError: there is something other than a regular file, or it or its folder cannot be written.
    """
    try:
        real = Path(os.path.realpath(path))
        folder = real.parent
        try:
            status = real.stat()
        except FileNotFoundError:
            status = None
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise RunFileError(f"cannot save to {path}: it is a folder.", hint="Name a file in it.")
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise RunFileError(f"cannot save to {path}: it is not a regular file.", hint=_ELSEWHERE)
        if status is not None and not os.access(real, os.W_OK):
            raise RunFileError(f"cannot save to {path}: it may not be written.", hint=_ELSEWHERE)
        if not folder.is_dir():
            raise RunFileError(f"cannot save to {path}: its folder does not exist.", hint=f"Make {folder} first.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise RunFileError(f"cannot save to {path}: its folder may not be written.", hint=_ELSEWHERE)
    except OSError as error:
        raise RunFileError(f"cannot save to {path}: {error.strerror or error}.", hint=_ELSEWHERE) from error
    return real, None if status is None else stat.S_IMODE(status.st_mode)


def probe(path: Path) -> None:
    """Make sure that `path` can be written, by writing beside it; nothing stays.

    Raises:
        RunFileError: it cannot.
    """
    draft = _draft(place(path)[0])
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        draft.unlink()
    except OSError as error:
        raise RunFileError(f"cannot save to {path}: {error.strerror or error}.", hint=_ELSEWHERE) from error


def write(path: Path, content: dict[str, Any]) -> None:
    """Write `content` beside `path` and then put it in its place, so that `path` is never half written.

    An existing file keeps its mode; a new one gets what the umask leaves.

    Raises:
        RunFileError: `place` refuses it, or the disk is full; `path` is as it was.
    """
    real, mode = place(path)
    data = _encoded({"format": FORMAT, **content})
    draft = _draft(real)
    try:
        made = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
        try:
            with open(made, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                draft.chmod(mode)  # the umask may have taken something away
            draft.replace(real)
        except BaseException:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
    except OSError as error:
        raise RunFileError(
            f"cannot save {path}: {error.strerror or error}.", hint="Free some space, or name another place."
        ) from error


def read(path: Path) -> dict[str, Any]:
    """Read a run file.

    Raises:
        RunFileError: there is none, it is not UTF-8 JSON, or another program wrote it.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RunFileError(f"cannot read {path}: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise RunFileError(
            f"{path} is not a run file: it does not hold JSON, or was cut off.", hint="Save the run again."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RunFileError(f"{path} is not a run file of this version ({FORMAT}).")
    return content


def _draft(real: Path) -> Path:
    return real.with_name(f".brainstorm-{secrets.token_hex(8)}.tmp")


def _encoded(content: dict[str, Any]) -> bytes:
    try:
        return json.dumps(content, ensure_ascii=False, indent=1).encode()
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold but a JSON escape can
        return json.dumps(content, indent=1).encode()
