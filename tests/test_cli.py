"""The command line as a person uses it; in a process of its own where signals, pipes or the disk come in."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from brainstorm.brief import Brief
from brainstorm.cli import app
from brainstorm.errors import NoIdeasError
from brainstorm.interrupts import Interrupts
from brainstorm.result import Idea, IdeaSet, Record, assemble
from brainstorm.show import show_result
from tests.command import COMMAND, run
from tests.server import Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery run by robots"


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


def start(server: FakeOpenAI, *args: str) -> subprocess.Popen[str]:
    """A run on a slow server, in which the first ideas are there."""
    asked = ["ideas", TOPIC, "--model", "m", "--base-url", server.url, *args]
    process = subprocess.Popen([*COMMAND, *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "Steel Yeast" not in process.stderr.readline():
        assert process.poll() is None
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_shows_and_saves_what_is_there(
    server: FakeOpenAI, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    server.answer = lambda body, i: Answer(
        "1. Circuit Crumbs\n2. Steel Yeast\n3. " + "word " * 200, seconds=60 if i else 0.0
    )
    path = tmp_path / "run.json"
    process = start(server, "--json", "--save", str(path))
    try:
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == code, stderr
    assert stderr.startswith("stopping…") or "\nstopping…" in stderr
    found = json.loads(stdout)
    assert found["stopped"] == "interrupted"
    assert "Steel Yeast" in {i["text"] for i in found["ideas"]}
    assert json.loads(path.read_text(encoding="utf-8"))["result"]["stopped"] == "interrupted"
    for _ in range(100):
        if not server.open:
            break
        time.sleep(0.05)
    assert not server.open


def test_a_killed_run_has_saved_what_was_there(server: FakeOpenAI, tmp_path: Path) -> None:
    server.answer = lambda body, i: Answer(
        "1. Circuit Crumbs\n2. Steel Yeast\n3. Rust and Rye", seconds=60 if i > 4 else 0.4 * (i + 1)
    )
    path = tmp_path / "run.json"
    code = "import brainstorm.cli_watch as w; w.SAVED_EVERY = 0.1; from brainstorm.cli import main; main()"
    asked = ["ideas", TOPIC, "--model", "m", "--base-url", server.url, "--save", str(path)]
    process = subprocess.Popen([sys.executable, "-c", code, *asked], stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            if path.exists() and IdeaSet.load(path).ideas:
                break
            assert process.poll() is None
            time.sleep(0.05)
    finally:
        process.kill()
    process.wait()
    assert "Steel Yeast" in {idea.text for idea in IdeaSet.load(path)}


def test_a_run_without_ideas_is_printed_and_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.json"
    failed = assemble(Record(brief=Brief(topic="t"), stopped="failed"), None)
    error: Any = NoIdeasError("all calls failed.")

    def watch(*_: object) -> None:
        raise error

    monkeypatch.setattr(Interrupts, "watch", watch)
    for result in (failed, IdeaSet(topic="by hand"), None):
        error.result = result
        path.unlink(missing_ok=True)
        args = ["ideas", "t", "--model", "m", "--base-url", "http://127.0.0.1:9", "--json", "--save", str(path)]
        with pytest.raises(SystemExit) as left:
            app(args)
        assert left.value.code == 1
        shown = capsys.readouterr()
        assert "all calls failed" in shown.err
        assert (json.loads(shown.out)["topic"] == result.topic) if result is not None else not shown.out
        assert path.exists() == (result is failed)


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
        (["rank", "-", "--variety", "nan"], "variety"),
        (["dedup", "-", "--same", "7"], "same"),
        (["compare", "-", "--same", "nan"], "same"),
        (["ideas", "t", "--prompts", "/nowhere"], "nowhere"),
        (["ideas", "t", "--timeout", "inf"], "timeout"),
        (["ideas", "t", "--seconds", "nan"], "seconds"),
    ],
)
def test_bad_input_is_answered_in_words(args: list[str], says: str) -> None:
    said = run(*args, code=1, stdin="a\nb\n").stderr
    assert says in said
    assert "embedded model." not in said, "no model is announced before the options are read"


@pytest.mark.parametrize(
    "args",
    [
        ["ideas", "t", "--json", "--md"],
        ["ideas", "t", "--save", "/nowhere/run.json"],
        ["ideas", "t", "--save", "/dev/null"],
        ["ideas", "t", "--model", ""],
        ["ideas", "t", "--model", "http://127.0.0.1:1/v1", "--base-url", "http://127.0.0.1:2/v1"],
        ["ideas"],
    ],
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


def test_parse_says_what_is_unknown_and_what_was_cut_off() -> None:
    reply = '[{"text":"a hat","probability":"low"},{"text":"a boat","probability":0.1},{"text":"a do'
    found = json.loads(run("parse", "--json", stdin=reply).stdout)
    assert found["candidates"] == [
        {"text": "a hat", "probability": None, "stated": "low", "note": "not a number"},
        {"text": "a boat", "probability": 0.1, "stated": "0.1"},
        {"text": "a do", "probability": None, "note": "not stated", "complete": False},
    ]
    assert found["shares"] == [None, 1.0, None]
    said = run("parse", stdin=reply).stderr
    assert "a hat  (p unknown: not a number: low)" in said
    assert "a do  (cut off)" in said


@pytest.mark.parametrize("source", ["", "."])
def test_what_is_no_file_is_told_with_the_fix(source: str) -> None:
    assert "standard input" in run("parse", source, code=1).stderr


def write_many(tmp_path: Path) -> Path:
    path = tmp_path / "ideas.txt"
    path.write_text("\n".join(f"idea {i} of many, said at length" for i in range(500)), encoding="utf-8")
    return path


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, "parse", str(write_many(tmp_path)), "--json"],
        stdout=write, stderr=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line_and_the_run_is_saved(server: FakeOpenAI, tmp_path: Path) -> None:
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    ask(server, "--save", str(first))
    for command in (["replay", str(first), "--json", "--save", str(second)], ["--help"]):
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
            done = subprocess.run(
                [*COMMAND, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
            )
        assert done.returncode == 1
        assert "No space left" in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    assert second.exists()


def test_saving_follows_links(server: FakeOpenAI, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to("real.json")
    ask(server, "--save", str(link))
    assert link.is_symlink()
    assert run("replay", str(link), "-n", "0", code=1).stderr.strip().startswith("brainstorm: n is 0")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "b"', "line 2"),
        ('{"text": ""}', "line 2"),
        ('{"text": " "}', "line 2"),
        ('{"text": "b", "support": -1}', "support in line 2"),
        ('{"text": "b", "support": 1e999}', "support in line 2"),
        ('{"text": "b", "probability": NaN}', "probability in line 2"),
        ('{"text": "b", "probability": 1.5}', "probability in line 2"),
    ],
)
def test_a_wrong_line_is_named(line: str, says: str) -> None:
    assert says in run("rank", stdin=f"a\n{line}\n", code=1).stderr


def test_lines_end_at_newlines_only() -> None:
    odd = "one\u2028two\u0085three\x0bfour\x0cfive"
    lines = f'{{"text": "a\u2028b"}}\r\n{odd}\n{{"text": "half \\ud800"}}\n'
    found = json.loads(run("rank", "--json", "--embedder", "none", stdin=lines).stdout)["ideas"]
    assert {i["text"] for i in found} == {"a\u2028b", odd, "half \ufffd"}


@pytest.mark.parametrize(
    ("command", "stdin"),
    [
        ("dedup", '{"text": "%s"}\n{"text": "a hat for a cat"}'),
        ("rank", '{"text": "%s"}\n{"text": "a hat for a cat"}'),
        ("compare", '{"a": "%s", "b": "a hat for a cat"}'),
        ("parse", "1. %s\n2. a hat for a cat\n"),
    ],
)
def test_control_characters_do_not_reach_the_terminal(command: str, stdin: str) -> None:
    bad = "red \x1b[31m\x9b31m bell \x07 back"
    given = stdin % (bad if command == "parse" else json.dumps(bad)[1:-1])
    shown = run(command, stdin=given).stderr
    assert "\x1b" not in shown
    assert "\x9b" not in shown
    assert "\u241b[31m" in shown
    printed = run(command, "--json", stdin=given).stdout
    assert "\x1b" not in printed
    assert "\x9b" not in printed


def test_what_the_table_shows(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    plain = Idea(text="Steel \x1b[31mYeast", members=("Steel Yeast",))
    bare = IdeaSet(topic="t", ideas=(plain,))
    show_result(bare, ["Steel Yeast"])
    shown = capsys.readouterr().err
    assert "times said" in shown
    assert "said as" not in shown
    assert "stated p" not in shown
    assert "\x1b" not in shown
    assert "further" not in shown
    assert "folded all together" not in shown
    full = plain.model_copy(update={"personas": ("a monk",), "probability": 0.05})
    show_result(IdeaSet(topic="t", ideas=(full,), more=(full, full)), ["Steel Yeast", "Rust"])
    shown = capsys.readouterr().err
    assert "said as" in shown
    assert "stated p" in shown
    assert "2 further distinct ideas not shown: -n 3" in shown
    show_result(IdeaSet(topic="t", ideas=(Idea(text="a", members=("a", "b")),)), ["a", "b"])
    assert "2 ideas were listed; folded all together they are 1" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_make_passes_the_topic_literally(tmp_path: Path) -> None:
    command = tmp_path / ".venv" / "bin" / "brainstorm"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\nprintf "%s" "$3" > said\n', encoding="utf-8")
    command.chmod(0o755)
    makefile = Path(__file__).parents[1] / "Makefile"
    topic = 'it\'s "$HOME" `touch bad` $(shell touch bad) $(touch bad); #\nnext'
    args = ["make", "-s", "-f", str(makefile), "-o", ".venv/.try", "try"]
    for given, environment in (([f"TOPIC={topic}"], {}), ([], {"TOPIC": topic})):
        subprocess.run([*args, *given], cwd=tmp_path, check=True, env={**os.environ, **environment}, timeout=60)
        assert (tmp_path / "said").read_text(encoding="utf-8") == topic
    assert not (tmp_path / "bad").exists()
    subprocess.run(args, cwd=tmp_path, check=True, timeout=60)
    assert (tmp_path / "said").read_text(encoding="utf-8") == TOPIC


def test_a_process_of_its_own_says_the_same() -> None:
    for args, stdin in (
        (["parse", "--json"], "1. Steel Yeast\n"),
        (["rank", "--variety", "3"], "a\n"),
        (["ideas"], ""),
    ):
        done = subprocess.run([*COMMAND, *args], input=stdin, capture_output=True, text=True, timeout=60, check=False)
        here = run(*args, stdin=stdin, code=done.returncode)
        assert (here.stdout, here.stderr) == (done.stdout, done.stderr)


def test_version_and_help() -> None:
    assert "ideas" in run("--help").stdout
    for command in ("dedup", "compare", "rank", "parse"):
        assert "standard error" in " ".join(run(command, "--help").stdout.split())
    assert run("--version").stdout.startswith("brainstorm ")
