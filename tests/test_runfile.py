"""Run files: what they replace, what they leave alone, and where they may not go."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from brainstorm import runfile
from brainstorm.errors import RunFileError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_written_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    runfile.write(path, {"text": "Café \u2028 \ud800"})
    assert runfile.read(path)["text"] == "Café \u2028 \ud800"
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = tmp_path / "run.json"
    link.symlink_to("elsewhere/real.json")
    for number in (1, 2):
        runfile.write(link, {"number": number})
        assert link.is_symlink()
        assert runfile.read(folder / "real.json")["number"] == number


@pytest.mark.parametrize("given", [0o600, 0o640, 0o666])
def test_an_existing_file_keeps_its_mode(tmp_path: Path, given: int) -> None:
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(given)
    runfile.write(path, {})
    assert mode(path) == given


def test_a_new_file_gets_what_the_umask_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", lambda mask: pytest.fail("the umask is the whole process's"))
            runfile.write(tmp_path / "run.json", {})
    finally:
        os.umask(before)
    assert mode(tmp_path / "run.json") == 0o640


def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    pipe, link, loop = tmp_path / "pipe", tmp_path / "link", tmp_path / "loop"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    loop.symlink_to(loop)
    for path in (pipe, link, loop, tmp_path, Path("/dev/null"), tmp_path / "nowhere" / "run.json"):
        with pytest.raises(RunFileError, match="cannot save"):
            runfile.write(path, {})
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_or_file_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")
    # permissions do not bind the superuser, as whom tests may run
    for closed in (path, tmp_path):
        monkeypatch.setattr(os, "access", lambda place, _, closed=closed: Path(place) != closed)
        with pytest.raises(RunFileError, match="may not be written"):
            runfile.write(path, {})
    assert path.read_text(encoding="utf-8") == "old"


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunFileError, match="No space left"):
        runfile.write(path, {})
    assert [p.name for p in tmp_path.iterdir()] == ["run.json"]
    assert path.read_text(encoding="utf-8") == "old"
