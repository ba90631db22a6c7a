"""What comes out: replay without a model, and files that are never half written."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from brainstorm import Brainstormer, IdeaSet
from brainstorm.errors import BriefError, EmbeddingError, RunFileError
from brainstorm.result import replay
from brainstorm.testing import ScriptedChat
from tests.server import ideas_json

SCRIPT = [
    ideas_json("Circuit Crumbs", "Steel Yeast", "The rolling pin robots"),
    "1. Circuit crumbs!\n2. Rust and Rye\n3. Rolling pin robots bakery",
    "1. =SUM(A1)\n2. Ember & Oat\nHope it helps!",
]


@pytest.fixture(scope="module")
def ideas() -> IdeaSet:
    return Brainstormer(ScriptedChat(script=SCRIPT), n=9, concurrency=1, max_rounds=1).invoke(
        "Names for a robot bakery"
    )


def test_folding_coarser_and_finer_asks_nobody(ideas: IdeaSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.reading.resolve_embedder", lambda spec: pytest.fail("embedded anew"))
    counts = [ideas.at(same).richness.distinct for same in (0.0, 0.2, 0.5, 0.9, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert counts[-1] >= 5
    assert ideas.at(1.0).richness.said == ideas.richness.said


def test_splitting_and_joining_by_hand(ideas: IdeaSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("brainstorm.reading.resolve_embedder", lambda spec: pytest.fail("embedded anew"))
    everything = (*ideas.ideas, *ideas.more)
    folded = next(idea for idea in everything if len(set(idea.members)) > 1 and "pin" in idea.text)  # no exact copies
    text = next(text for text in folded.members if text != str(folded))
    split = ideas.split(text)
    alone = next(idea for idea in (*split.ideas, *split.more) if text in idea.members)
    assert set(alone.members) == {text}
    assert split.richness.distinct == ideas.richness.distinct + 1
    assert split.richness.said == ideas.richness.said
    other = next(idea for idea in everything if idea != folded)
    joined = split.join(alone, other)
    both = next(idea for idea in (*joined.ideas, *joined.more) if text in idea.members)
    assert set(both.members) == {text, *other.members}
    assert {m.rule for m in joined.merges} - {m.rule for m in split.merges} == {"joined"}
    apart = ideas.split(everything.index(folded))
    assert apart.richness.distinct == ideas.richness.distinct + len(set(folded.members)) - 1
    assert joined.at(1.0).richness.distinct < ideas.at(1.0).richness.distinct  # by hand stays
    joined.save(tmp_path / "run.json")
    monkeypatch.undo()
    assert IdeaSet.load(tmp_path / "run.json").rerank() == joined


def test_splitting_what_is_not_there_names_the_fix(ideas: IdeaSet) -> None:
    with pytest.raises(BriefError, match="no idea says 'something else'"):
        ideas.split("something else")
    with pytest.raises(BriefError, match="Places run from 0"):
        ideas.join(0, 1000)


def test_reranking_changes_the_order_and_nothing_else(ideas: IdeaSet) -> None:
    quality, spread = ideas.rerank(variety=0.0, n=100), ideas.rerank(variety=1.0, n=100)
    scores = [i.score for i in quality]
    assert scores == sorted(scores, reverse=True)
    assert {i.text for i in quality} == {i.text for i in spread}
    assert len(quality.more) == 0
    assert len(ideas.rerank(n=2)) == 2


def test_replay_reads_everything_again(ideas: IdeaSet) -> None:
    again = replay(ideas)
    assert again == ideas
    alone = replay(ideas, embedder=None, **{"variety": 0.0})
    assert alone.richness.said == ideas.richness.said
    assert replay(ideas, n=1).ideas[0] == ideas.ideas[0]


def test_loading_keeps_what_was_saved_and_needs_no_model(ideas: IdeaSet, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    ideas.save(path)
    loaded = IdeaSet.load(path)
    assert loaded == ideas
    assert loaded.at(0.0) == ideas.at(0.0)
    assert replay(loaded) == ideas
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert [r["text"] for r in saved["record"]["replies"]] == [r.text for r in ideas.record.replies]
    assert all(r["messages"] and r["call"]["seed"] >= 0 for r in saved["record"]["replies"])


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": "else"}', '{"format": "brainstorm-run/1"}', "\xff", "[" * 99999]
)
def test_what_is_no_run_file_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(RunFileError, match=r"run\.json"):
        IdeaSet.load(path)
    with pytest.raises(RunFileError, match="cannot read"):
        IdeaSet.load(tmp_path / "missing.json")


def test_a_full_disk_leaves_the_old_file_as_it_was(ideas: IdeaSet, tmp_path: Path) -> None:
    # a limit on the size of files fails a write as a full disk does
    path = tmp_path / "run.json"
    path.write_text("old", encoding="utf-8")
    source = tmp_path / "source.json"
    ideas.save(source)
    code = (
        "import resource, signal, sys\nfrom brainstorm import IdeaSet\nfrom brainstorm.errors import RunFileError\n"
        "ideas = IdeaSet.load(sys.argv[1]); signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))\n"
        "try: ideas.save(sys.argv[2])\nexcept RunFileError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, source, path], check=True, capture_output=True, text=True)
    assert "cannot save" in done.stdout
    assert path.read_text(encoding="utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.json", "source.json"], "no draft is left behind"


def test_saving_into_a_folder_that_is_not_there_says_so(ideas: IdeaSet, tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot save"):
        ideas.save(tmp_path / "nowhere" / "run.json")


def test_a_saved_file_has_the_usual_permissions(ideas: IdeaSet, tmp_path: Path) -> None:
    mask = os.umask(0o022)
    try:
        ideas.save(tmp_path / "run.json")
    finally:
        os.umask(mask)
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o644


def test_a_set_made_by_hand_cannot_be_replayed() -> None:
    with pytest.raises(RunFileError, match="no replies"):
        IdeaSet(topic="t").rerank(variety=0.1)


def test_exports(ideas: IdeaSet) -> None:
    everything = ideas.rerank(n=100)
    assert everything.to_markdown().splitlines()[0].startswith("1. ")
    assert str(everything) == everything.to_markdown()
    rows = list(csv.DictReader(io.StringIO(everything.to_csv())))
    assert len(rows) == len(everything)
    assert "'=SUM(A1)" in {r["text"] for r in rows}, "a spreadsheet must not run it"
    assert json.loads(everything.to_json())["richness"]["distinct"] == len(everything)
    assert IdeaSet.model_validate_json(everything.to_json()) == everything


def test_a_set_behaves_like_a_sequence(ideas: IdeaSet) -> None:
    assert len(ideas) == len(list(ideas)) == len(ideas.texts)
    assert ideas[0] is ideas.ideas[0]
    assert ideas[:2] == ideas.ideas[:2]
    assert hash(ideas) == hash(ideas.model_copy())
    assert ideas != "something else"


def test_every_text_said_is_a_member_of_exactly_one_idea(ideas: IdeaSet) -> None:
    members = [m for idea in (*ideas.ideas, *ideas.more) for m in idea.members]
    assert len(members) == ideas.richness.said
    assert len(ideas.merges) == ideas.richness.said - ideas.richness.distinct
    assert all((m.mean is not None) == (m.rule == "linkage") for m in ideas.merges)


@pytest.mark.parametrize("name", ["none", "default"])
def test_a_run_is_replayed_with_another_embedder_by_name(ideas: IdeaSet, name: str) -> None:
    again = replay(ideas, embedder=name)
    assert again.record.settings.embedder == name
    assert any("wording alone" in note for note in again.notes) == (name == "none")
    assert len(again.ideas) > 2


def test_an_embedder_that_there_is_not_is_named(ideas: IdeaSet) -> None:
    with pytest.raises(EmbeddingError, match="zzz"):
        replay(ideas, embedder="zzz")
