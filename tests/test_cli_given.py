"""What the command line is given: lists, places, and input that is wrong; never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from brainstorm import Brainstormer
from brainstorm.testing import ScriptedChat
from tests.command import run

NAMES = ["Circuit Crumbs", "Steel Yeast", "Rust and Rye", "Ember & Oat", "The Droid's Dough", "Quiet Mill", "Route 66"]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    model = ScriptedChat(script=["\n".join(f"{i}. {name}" for i, name in enumerate(NAMES, 1))])
    found = Brainstormer(model, technique="list", n=5, max_rounds=1, concurrency=1).invoke("Names for a bakery")
    path = tmp_path / "run.json"
    found.save(path)
    return path


def shown(*args: str) -> list[str]:
    return [idea["text"] for idea in json.loads(run("replay", *args, "--json").stdout)["ideas"]]


def test_a_place_is_kept_or_avoided(saved: Path) -> None:
    first = shown(str(saved), "-n", "7")
    assert shown(str(saved), "--keep", "2")[0] == first[1]
    assert shown(str(saved), "--keep", "7", "--keep", "3")[:2] == [first[6], first[2]]
    assert shown(str(saved), "-n", "7", "--avoid", "1")[-1] == first[0]
    assert shown(str(saved), "--same", "0.9", "--variety", "1", "--keep", "4")[0] == first[3]
    for place in ("0", "8", "9" * 5000):
        error = run("replay", str(saved), "--keep", place, code=1).stderr
        assert "Places run from 1 to 7" in error
    assert "Give an idea of this set" in run("replay", str(saved), "--keep", "no such", code=1).stderr


@pytest.mark.parametrize("command", ["dedup", "rank"])
def test_a_json_list_is_a_list(command: str) -> None:
    listed = json.dumps(["a hat", {"text": "a boat for ants"}, "a door stop"], indent=2)
    found = json.loads(run(command, "--json", "--embedder", "none", stdin=listed).stdout)
    said = {one["text"] for one in found.get("clusters", found.get("ideas"))}
    assert said == {"a hat", "a boat for ants", "a door stop"}
    for wrong in ("[1]", '[["a"]]', '["a", null]', '[{"name": "a"}]', '["a", " "]'):
        error = run(command, stdin=wrong, code=1).stderr
        assert f"item {len(json.loads(wrong))} of -" in error
    none = json.loads(run(command, "--json", stdin="[]").stdout)
    assert none.get("clusters", none.get("ideas")) == []
    assert "starts like a JSON list" in run(command, stdin='[\n"a hat",\n', code=1).stderr
    assert "[one] hat" in run(command, "--embedder", "none", stdin="[one] hat\n[2]\n").stderr


def test_pairs_may_be_a_json_list() -> None:
    pairs = json.dumps([{"a": "a doorstop", "b": "A doorstop."}])
    assert json.loads(run("compare", "--json", "--embedder", "none", stdin=pairs).stdout)["same"]
    assert "item 1 of -" in run("compare", stdin='["a"]', code=1).stderr


@pytest.mark.parametrize("command", ["dedup", "rank"])
def test_a_line_break_in_a_text_breaks_no_list(command: str) -> None:
    lines = '{"text": "a hat\\n2. for\\r\\n\\tants"}\n{"text": "a boat"}\n'
    listed = run(command, "--embedder", "none", stdin=lines).stderr.splitlines()
    assert sum("a hat 2. for ants" in line for line in listed) == 1
    assert len([line for line in listed if "a boat" in line or "ants" in line]) == 2
    assert not any(line.startswith("2. for") for line in listed)


@pytest.mark.parametrize(
    "args",
    [
        ("rank", "--variety", "2"), ("rank", "--variety", "nan"), ("rank", "--profile", "brave"),
        ("rank", "--weights", "x=1"), ("rank", "--weights", "rarity"), ("rank", "--weights", "rarity=-1"),
        ("rank", "--embedder", "nothing"), ("rank", "no/such/file"),
        ("dedup", "--same", "2"), ("dedup", "--same", "-1"), ("dedup", "--embedder", "x:y"), ("dedup", "no/such/file"),
        ("compare", "--same", "inf"), ("compare",), ("compare", "/"), ("parse", "no/such/file"), ("parse", ""),
        ("replay", "no/such/file"), ("replay", "/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stdin", ["a hat\na boat\n", "{", '{"a": 1, "b": []}', "[" * 100_000, "\x00", b"\xff\xfe"])
def test_wrong_input_is_a_line_and_no_traceback(args: tuple[str, ...], stdin: str | bytes) -> None:
    told = run(*args, stdin=stdin, code=1).stderr  # an error of another kind would come out of `run`
    assert told.startswith("brainstorm: ")


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", "[" * 100_000, '{"result": {}, "record": 1}'])
def test_a_file_that_is_no_run_is_a_line(content: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")
    assert run("replay", str(path), code=1).stderr.startswith("brainstorm: ")


def test_another_embedder_of_replay_is_saved(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    run("replay", str(saved), "--embedder", "none", "--json", "--save", str(other))
    assert json.loads(other.read_text(encoding="utf-8"))["record"]["settings"]["embedder"] == "none"
    assert shown(str(other)) == shown(str(saved), "--embedder", "none")


@pytest.mark.parametrize(
    "args", [("-n", "0"), ("--same", "2"), ("--profile", "brave"), ("--weights", "x=1"), ("--embedder", "x:y"),
             ("--keep", ""), ("--variety", "-1")],
)  # fmt: skip
def test_a_wrong_option_of_replay_is_a_line(args: tuple[str, ...], saved: Path) -> None:
    assert run("replay", str(saved), *args, code=1).stderr.startswith("brainstorm: ")
