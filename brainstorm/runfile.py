"""Run files on disk: JSON, replaced atomically."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Final

from brainstorm.errors import RunFileError

FORMAT: Final = "brainstorm-run/1"


def write(path: Path, content: dict[str, Any]) -> None:
    """Write `content` beside `path` and then put it in its place, so that `path` is never half written.

    Raises:
        RunFileError: the folder cannot be written, or the disk is full; `path` is as it was.
    """
    draft = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False
        ) as file:
            draft = Path(file.name)
            json.dump({"format": FORMAT, **content}, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        if draft is not None:
            with contextlib.suppress(OSError):
                draft.unlink()
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
        raise RunFileError(f"{path} is not a run file: it does not hold JSON.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RunFileError(f"{path} is not a run file of this version ({FORMAT}).")
    return content


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
