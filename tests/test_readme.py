"""The README's code runs, and its first commands are the two that a newcomer needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from brainstorm.testing import ScriptedChat
from tests.schema_chat import SchemaChat
from tests.server import ideas_json

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^(<!-- test -->\n)?```python\n(.*?)^```", README, re.M | re.S)


def test_all_python_in_the_readme_is_run() -> None:
    assert len(BLOCKS) >= 7
    assert all(marked for marked, _ in BLOCKS)


@pytest.mark.parametrize("code", [code for _, code in BLOCKS], ids=[str(i) for i in range(len(BLOCKS))])
def test_the_readmes_code_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    llm = ScriptedChat(script=[ideas_json("Circuit Crumbs", "Steel Yeast", "Rust and Rye"), "1. Ember & Oat\n2. Mill"])
    exec(compile(code, "README.md", "exec"), {"llm": llm, "__name__": "readme"})


LANGCHAIN = (ROOT / "docs" / "langchain.md").read_text(encoding="utf-8")
LANGCHAIN_BLOCKS = re.findall(r"^(<!-- test -->\n)?```python\n(.*?)^```", LANGCHAIN, re.M | re.S)


def test_all_python_in_the_langchain_page_is_run() -> None:
    assert len(LANGCHAIN_BLOCKS) >= 8
    assert all(marked for marked, _ in LANGCHAIN_BLOCKS)


@pytest.mark.parametrize("code", [code for _, code in LANGCHAIN_BLOCKS])
def test_the_langchain_pages_code_runs(code: str) -> None:
    exec(compile(code, "langchain.md", "exec"), {"llm": SchemaChat(), "__name__": "page"})


def test_the_readme_opens_with_the_two_commands() -> None:
    first = re.search(r"```sh\n(.*?)```", README, re.S)
    assert first is not None
    assert [line.split("#")[0].strip() for line in first[1].splitlines()] == ["make try", "make test"]
    assert "exec make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    for file in [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def test_every_room_stands_in_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for file in (ROOT / "brainstorm").iterdir():
        if file.name.startswith("_") or file.name == "py.typed":
            continue
        name = f"{file.name}/" if file.is_dir() else file.name
        assert f"`{name}`" in text, f"{name} is missing"
