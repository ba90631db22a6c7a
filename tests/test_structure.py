"""The rooms: what each may import, which do no I/O, and the names the package shows."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pytest

import brainstorm

ROOT = Path(brainstorm.__file__).parent

# Each room may import only what stands before it.
ORDER = [
    "_version", "errors", "brief", "techniques", "calls", "yields", "tokens", "plan", "examples", "library",
    "prompting", "llamacpp", "weights", "local",
    "clients", "models", "prices", "estimate", "faults", "replies", "threads", "attempts", "generate",
    "parse", "screen", "embedding", "dedup", "richness", "rank",
    "export", "runfile", "values", "ledger", "reading", "ordering", "tally", "result", "marking", "judge", "coerce",
    "learn", "live", "run", "background",
    "brainstormer", "testing", "terminal", "interrupts", "show", "cli_input", "cli_options", "cli_watch", "cli_saved",
    "trial", "cli_bench", "cli_serve", "cli",
]  # fmt: skip

PURE = [
    "errors",
    "brief",
    "techniques",
    "calls",
    "yields",
    "plan",
    "examples",
    "prompting",
    "estimate",
    "faults",
    "replies",
    "parse",
    "screen",
    "dedup",
    "richness",
    "rank",
    "export",
    "values",
    "ledger",
    "reading",
    "ordering",
    "tally",
    "marking",
    "coerce",
    "learn",
]

READS = {"tokens", "library", "embedding", "prices"}
"""Rooms that read files of the package, or an embedder that they are given: a pure room may ask them."""

SAVES = {"result", "runfile"}
"""What `learn` looks at is a result, which can be saved."""

IO_MODULES = {
    "asyncio", "socket", "ssl", "subprocess", "threading", "multiprocessing", "pathlib", "os", "shutil", "tempfile",
    "urllib", "http", "requests", "httpx", "httpx2", "aiohttp", "openai", "time", "sys",
}  # fmt: skip


def files_of(room: str) -> list[Path]:
    folder = ROOT / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{room}.py"]


def imports(file: Path) -> set[str]:
    """Dotted names of all that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: import by the full name"
            module = node.module or ""
            # `from brainstorm import export` imports a room
            found |= {f"brainstorm.{a.name}" for a in node.names} if module == "brainstorm" else {module}
    return found


@lru_cache
def runtime_imports(file: Path) -> set[str]:
    """Rooms that a file imports, but for those that only its annotations name."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    typing = [n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    named = {n.module for block in typing for n in ast.walk(block) if isinstance(n, ast.ImportFrom)}
    return {name.split(".")[1] for name in imports(file) - named if name.startswith("brainstorm.")}


def reached(room: str) -> set[str]:
    """The rooms that `room` imports, and those that these import, and so on."""
    seen: set[str] = set()
    todo = [room]
    while todo:
        here = todo.pop()
        seen.add(here)
        todo += [r for file in files_of(here) for r in runtime_imports(file) if r not in seen]
    return seen - {room}


def test_every_room_has_its_place() -> None:
    rooms = {p.stem for p in ROOT.glob("*.py")} | {p.parent.name for p in ROOT.glob("*/__init__.py")}
    assert rooms - {"__init__"} == set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    allowed = set(ORDER[: ORDER.index(room) + 1])
    for file in files_of(room):
        for name in imports(file):
            if name.startswith("brainstorm."):
                assert name.split(".")[1] in allowed, f"{file.name} imports {name}"


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_touch_neither_network_nor_files_nor_clock(room: str) -> None:
    for file in files_of(room):
        found = {name.split(".")[0] for name in imports(file)}
        if room == "dedup":  # asks how many cores there are, and guards a cache that threads share
            found -= {"os", "threading"}
        assert not found & IO_MODULES, file


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_reach_no_others_than_pure_ones_and_those_that_read_what_ships(room: str) -> None:
    further = READS | SAVES if room == "learn" else READS
    assert reached(room) <= {*PURE, *further, "_version"}


def test_integrations_import_the_library_and_not_the_other_way_round() -> None:
    for file in ROOT.rglob("*.py"):
        assert not any(name.startswith("brainstorm.integrations") for name in imports(file)), file


def test_public_names() -> None:
    assert brainstorm.__all__ == [
        "BrainstormError", "Brainstormer", "Brief", "Budget", "Event", "Idea", "IdeaSet", "Persona",
        "__version__", "deduplicate", "rank",
    ]  # fmt: skip
    for name in brainstorm.__all__:
        assert getattr(brainstorm, name) is not None
    assert callable(brainstorm.rank)
    assert callable(brainstorm.deduplicate)
    assert dir(brainstorm) == sorted(brainstorm.__all__)
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = brainstorm.nothing_here


def test_rank_stays_the_function_whatever_is_imported_first() -> None:
    code = (
        "import brainstorm.rank, brainstorm.brainstormer, brainstorm; from brainstorm import rank, deduplicate; "
        "assert callable(rank) and callable(deduplicate)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, brainstorm; heavy = {'numpy','scipy','rapidfuzz','pydantic','langchain_core','openai','rich',"
        "'tiktoken','tokenizers','xllamacpp','json_repair'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_loads_nothing_of_the_engine() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom brainstorm.cli import app\n"
        "r = CliRunner().invoke(app, ['--help']); assert r.exit_code == 0, r.output\n"
        "heavy = {'numpy','scipy','langchain_core','pydantic','openai'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
