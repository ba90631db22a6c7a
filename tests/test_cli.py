"""The command line as a person uses it: in a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server import Answer, FakeOpenAI, ideas_json

COMMAND = [str(Path(sys.executable).with_name("brainstorm"))]
TOPIC = "Names for a bakery run by robots"


def run(*args: str, stdin: str | bytes = "", code: int = 0) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    raw = subprocess.run([*COMMAND, *args], input=data, capture_output=True, timeout=60, check=False)
    done = subprocess.CompletedProcess(raw.args, raw.returncode, raw.stdout.decode(), raw.stderr.decode())
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def server(openai_server: FakeOpenAI) -> FakeOpenAI:
    names = ["Circuit Crumbs", "Steel Yeast", "Rust and Rye", "Ember & Oat", "The Droid's Dough", "Quiet Mill"]
    openai_server.answer = lambda body, i: Answer(ideas_json(*names[i % 2 :: 2], "Circuit crumbs!"))
    return openai_server


def ask(server: FakeOpenAI, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return run("ideas", TOPIC, "-n", "4", "--model", "test-model", "--base-url", server.url, *args, **options)


def test_ideas_as_json(server: FakeOpenAI) -> None:
    done = ask(server, "--json", "--persona", "a tailor", "--persona", "a monk", "--seed", "3")
    found = json.loads(done.stdout)
    assert len(found["ideas"]) == 4
    for idea in found["ideas"]:
        assert {"text", "heading", "score", "why", "support", "probability", "personas", "members"} <= set(idea)
        assert set(idea["personas"]) <= {"a tailor", "a monk"}
    assert {"calls", "input_tokens", "output_tokens", "seconds", "cost"} <= set(found["usage"])
    assert {"rejected", "merges", "failures", "richness", "stopped"} <= set(found)
    assert {"kept", "folded", "wording", "meaning", "probability", "rule"} <= set(found["merges"][0])
    assert found["stopped"] == "n"
    assert "distinct" in done.stderr


def test_ideas_as_markdown_and_csv_and_for_people(server: FakeOpenAI) -> None:
    assert [line[:3] for line in ask(server, "--md").stdout.splitlines()] == ["1. ", "2. ", "3. ", "4. "]
    assert len(list(csv.DictReader(io.StringIO(ask(server, "--csv").stdout)))) == 4
    shown = ask(server)
    assert shown.stdout == ""
    assert "Steel Yeast" in shown.stderr


def test_save_and_replay(server: FakeOpenAI, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    first = json.loads(ask(server, "--json", "--save", str(path)).stdout)
    asked = len(server.requests)
    again = json.loads(run("replay", str(path), "--json").stdout)
    assert again == first
    coarse = json.loads(run("replay", str(path), "--json", "--same", "0", "-n", "9").stdout)
    fine = json.loads(run("replay", str(path), "--json", "--same", "1", "-n", "9").stdout)
    assert len(coarse["ideas"]) <= len(fine["ideas"])
    assert len(server.requests) == asked


def test_a_failed_call_is_listed(server: FakeOpenAI) -> None:
    good = server.answer
    server.answer = lambda body, i: Answer(status=403) if i == 0 else good(body, i)
    [failure] = json.loads(ask(server, "--json").stdout)["failures"]
    assert set(failure) >= {"call", "cause", "fix"}


def test_interrupting_shows_and_saves_what_is_there(server: FakeOpenAI, tmp_path: Path) -> None:
    server.answer = lambda body, i: Answer("1. Circuit Crumbs\n2. Steel Yeast\n3. " + "word " * 200, seconds=60)
    path = tmp_path / "run.json"
    args = ["ideas", TOPIC, "--model", "m", "--base-url", server.url, "--json", "--save", str(path)]
    process = subprocess.Popen([*COMMAND, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        while "Steel Yeast" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    found = json.loads(stdout)
    assert found["stopped"] == "interrupted"
    assert "Steel Yeast" in {i["text"] for i in found["ideas"]}
    assert json.loads(path.read_text(encoding="utf-8"))["result"]["stopped"] == "interrupted"
    for _ in range(100):
        if not server.open:
            break
        time.sleep(0.05)
    assert not server.open


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["ideas", ""], "empty"),
        (["ideas", "x" * 100_001], "100,001"),
        (["ideas", "t", "-n", "0"], "from 1 to 1000"),
        (["ideas", "t", "-n", "10000"], "from 1 to 1000"),
        (["ideas", "t", "--model", "nonsense:m"], "nonsense"),
        (["ideas", "t", "--model", "openai:m"], "OPENAI_API_KEY"),
        (["ideas", "t", "--model", "gguf:/nowhere.gguf"], "nowhere"),
        (["ideas", "t", "--technique", "magic"], "magic"),
        (["ideas", "t", "--tokens", "0"], "tokens"),
        (["ideas", "t", "--same", "7"], "same"),
        (["ideas", "t", "--embedder", "nonsense:m"], "nonsense"),
        (["replay", "/nowhere.json"], "cannot read"),
        (["dedup", "/nowhere.txt"], "cannot read"),
        (["rank", "-", "--variety", "3"], "variety"),
    ],
)
def test_bad_input_is_answered_in_words(args: list[str], says: str) -> None:
    assert says in run(*args, code=1, stdin="a\nb\n").stderr


@pytest.mark.parametrize(
    "args", [["ideas", "t", "--json", "--md"], ["ideas", "t", "--save", "/nowhere/run.json"], ["ideas"]]
)
def test_bad_usage_is_answered_before_anything_is_spent(args: list[str]) -> None:
    assert run(*args, code=2).stderr


@pytest.mark.parametrize("data", [b"\xff\xfe\x00a", b"GGUF\x00\x01", b"a\x00b"])
@pytest.mark.parametrize("command", ["dedup", "rank", "parse", "compare"])
def test_binary_input_is_refused(command: str, data: bytes) -> None:
    assert "brainstorm:" in run(command, "-", stdin=data, code=1).stderr


def test_dedup() -> None:
    lines = '{"text": "Circuit Crumbs"}\nsteel yeast\n\nCircuit crumbs!\n'
    found = json.loads(run("dedup", "--json", stdin=lines).stdout)
    assert [[m["index"] for m in c["members"]] for c in found["clusters"]] == [[0, 2], [1]]
    [merge] = found["merges"]
    assert {merge["kept"], merge["folded"]} == {"Circuit Crumbs", "Circuit crumbs!"}
    assert len(json.loads(run("dedup", "--json", "--same", "0", stdin=lines).stdout)["clusters"]) == 1
    assert json.loads(run("dedup", "--json", stdin="").stdout)["clusters"] == []
    assert "2 distinct" in run("dedup", stdin=lines).stderr


def test_dedup_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ideas.txt"
    path.write_bytes("\ufeffCafé\r\nCAFÉ\r\n".encode())
    assert len(json.loads(run("dedup", str(path), "--json").stdout)["clusters"]) == 1


def test_compare() -> None:
    pairs = '{"a": "a doorstop", "b": "A doorstop."}\n{"a": "a doorstop", "b": "a hat", "topic": "uses of a shoe"}\n'
    same, other = (json.loads(line) for line in run("compare", "--json", stdin=pairs).stdout.splitlines())
    assert set(same) >= {"wording", "meaning", "probability", "same"}
    assert same["same"]
    assert not other["same"]
    assert same["probability"] > other["probability"]
    assert "line 1" in run("compare", "--json", stdin="not json\n", code=1).stderr


def test_rank() -> None:
    lines = '{"text": "a doorstop", "support": 3, "probability": 0.5}\n{"text": "a boat for ants"}\na hat\n'
    found = json.loads(run("rank", "--topic", "uses of a shoe", "--json", stdin=lines).stdout)["ideas"]
    assert sorted(i["index"] for i in found) == [0, 1, 2]
    assert all({"index", "text", "score", "why"} <= set(i) for i in found)
    assert "number" in run("rank", stdin='{"text": "a", "support": "many"}\n', code=1).stderr


def test_parse() -> None:
    found = json.loads(run("parse", "--json", stdin="Sure!\n1. Steel Yeast (p = 0.07)\n2. Rust and Rye\n").stdout)
    assert [c["text"] for c in found["candidates"]] == ["Steel Yeast", "Rust and Rye"]
    assert [c["probability"] for c in found["candidates"]] == [0.07, None]
    assert found["leftover"] == ["Sure!"]
    assert found["refusal"] is False
    assert json.loads(run("parse", "--json", stdin="I'm sorry, but I can't help with that.").stdout)["refusal"] is True


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "ideas.txt"
    path.write_text("\n".join(f"idea {i} of many, said at length" for i in range(500)), encoding="utf-8")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "dedup", str(path), "--json", "--embedder", "none"],
        stdout=write, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(write)
    assert b"Traceback" not in done.stderr


def test_version_and_help() -> None:
    assert "ideas" in run("--help").stdout
    assert run("--version").stdout.startswith("brainstorm ")
