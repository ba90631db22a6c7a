"""The judge: orders the top, keeps reasons, spends its own budget, and costs nothing when it fails."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from brainstorm import Brainstormer, Budget, IdeaSet
from brainstorm.errors import BriefError
from brainstorm.library import load_library
from brainstorm.marking import marking_of
from brainstorm.rank import order
from brainstorm.testing import ScriptedChat

IDEAS = [
    "lamp that glows when rain is near", "copper kettle on a hidden burner", "drum of goatskin for parades",
    "folding ladder up to the loft", "anchor for a rowing boat", "compass in the floor tiles",
    "violin lessons by candlelight", "tent pitched over the bathtub", "saddle as a bar stool",
    "mirror to double the garden", "bucket brigade against fires", "lantern trail into the woods",
    "carpet woven from old jeans", "whistle to call the cats", "sundial painted on the wall",
    "loom for the neighbours' children", "anvil and forge in the shed", "canoe hung under the ceiling",
    "kite museum on the roof", "trumpet solo at breakfast", "scarf swap every autumn", "telescope aimed at Saturn",
]  # fmt: skip
NAMES = [
    "lamp", "kettle", "drum", "ladder", "anchor", "compass", "violin", "tent", "saddle", "mirror", "bucket", "lantern",
    "carpet", "whistle", "sundial", "loom", "anvil", "canoe", "kite", "trumpet", "scarf", "telescope",
]  # fmt: skip
SCRIPT = ["\n".join(f"{i}. {idea.capitalize()}" for i, idea in enumerate(IDEAS, 1))]


class Judge(BaseChatModel):
    """Marks ideas by how late their thing comes in `NAMES`, and counts what it is asked."""

    asked: list[str] = []  # noqa: RUF012
    fail: bool = False
    silent: bool = False
    ranges: bool = False

    @property
    def _llm_type(self) -> str:
        return "judge"

    def _generate(self, messages: list[BaseMessage], *args: object, **kwargs: object) -> ChatResult:
        text = str(messages[-1].content)
        self.asked.append(text)
        if self.fail:
            raise ValueError("judge is out")
        lines = []
        for number, idea in re.findall(r"^(\d+): (.+)$", text.split("in a few words", 1)[0], re.M):
            found = [k for k, name in enumerate(NAMES) if name in idea.lower()]
            lines.append(
                f"{number}: {1 + found[0] // 3}{'-10' if self.ranges else ''} - the {NAMES[found[0]]}" if found else ""
            )
        said = "I would rather not." if self.silent else "\n".join(lines)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(said))])


def run(judge: Judge | None, budget: Budget | None = None) -> IdeaSet:
    model = ScriptedChat(script=SCRIPT)
    return Brainstormer(
        model, technique="list", n=22, concurrency=1, max_rounds=1, judge=judge, judge_budget=budget
    ).invoke("Things for an odd house")


def test_the_judge_orders_the_top_and_its_reasons_stay(tmp_path: Path) -> None:
    free, judge = run(None), Judge(asked=[])
    found = run(judge)
    assert len(judge.asked) == 2
    marked = [idea for idea in found.ideas if idea.mark is not None]
    assert len(marked) == min(20, len(free.ideas))
    assert [m.mark for m in marked] == sorted((m.mark for m in marked if m.mark), reverse=True)
    assert {str(i) for i in marked} == set(free.texts[:20])
    assert all(m.reason.startswith("the ") and "marked " in m.why for m in marked)
    assert any("judge" in note and "2 calls" in note for note in found.notes)
    found.save(tmp_path / "run.json")
    assert IdeaSet.load(tmp_path / "run.json").rerank() == found


def test_the_judge_sees_the_anchors_in_every_call() -> None:
    judge = Judge(asked=[])
    free = run(None)
    run(judge)
    assert all(free.texts[0] in text for text in judge.asked)
    assert sum(free.texts[1] in text for text in judge.asked) == 1


@pytest.mark.parametrize("kind", ["fail", "silent"])
def test_a_judge_that_fails_leaves_the_free_ranking(kind: str) -> None:
    found = run(Judge(asked=[], **{kind: True}))
    assert found.texts == run(None).texts
    assert any("free ranking stands" in note for note in found.notes)


def test_the_judge_keeps_to_its_own_budget() -> None:
    judge = Judge(asked=[])
    found = run(judge, Budget(calls=1))
    assert len(judge.asked) == 1
    assert found.usage == run(None).usage.override(seconds=found.usage.seconds)
    free = run(None)
    unmarked = [k for k, idea in enumerate(found.ideas) if idea.mark is None]
    assert len(unmarked) >= 8
    assert all(found.texts[k] == free.texts[k] for k in unmarked)
    assert any("keep their places" in note for note in found.notes)
    none = run(Judge(asked=[]), Budget(tokens=1))
    assert any("judge" in note for note in none.notes)


def test_the_note_tells_what_was_not_sent_from_what_was_not_marked() -> None:
    found = run(Judge(asked=[]), Budget(calls=1))
    (note,) = [n for n in found.notes if n.startswith("A judge")]
    assert "9 not sent: its budget of calls allowed no more calls" in note
    assert "held none" not in note
    assert "1 call," in note


@pytest.mark.parametrize(
    ("budget", "says"), [(Budget(tokens=300), "budget of tokens"), (Budget(seconds=1e-9), "budget of seconds")]
)
def test_a_call_that_does_not_fit_is_not_sent(budget: Budget, says: str) -> None:
    judge = Judge(asked=[])
    found = run(judge, budget)
    assert judge.asked == []
    (note,) = [n for n in found.notes if "judge" in n]
    assert says in note
    assert "0 calls, 0 tokens" in note


class Thinking(Judge):
    async def _agenerate(self, messages: list[BaseMessage], *args: object, **kwargs: object) -> ChatResult:
        self.asked.append(str(messages[-1].content))
        await asyncio.sleep(60)
        raise AssertionError("it was not stopped")


def test_a_call_that_runs_is_stopped_when_the_time_is_up() -> None:
    judge = Thinking(asked=[])
    found = run(judge, Budget(seconds=0.3))
    assert len(judge.asked) == 1
    assert found.texts == run(None).texts
    assert any("its budget of seconds was used up): the free ranking stands" in note for note in found.notes)


def test_no_more_is_spent_than_the_judge_may() -> None:
    judge = Judge(asked=[])
    one = run(judge, Budget(tokens=750))
    assert len(judge.asked) == 1
    assert any("9 not sent: its budget of tokens allowed no more calls" in note for note in one.notes)


def test_marks_are_read_from_what_models_say() -> None:
    said = "Here you are:\n**1**: 7 - clear\n2) 8,5/10: bold\n3: 11 - too much\n4: 5 - nobody\n1: 2 - again"
    found = marking_of(said, 3)
    assert found.marks == {1: (7.0, "clear"), 2: (8.5, "bold")}
    assert found.unread == {3}


SHOWN = ["Ember & Oat", "7 ways to bake", "Loaf-8 lamp"]


@pytest.mark.parametrize(
    ("said", "number", "mark", "reason"),
    [
        ("1: 4/5", 1, 8, ""), ("1: 8/100", 1, 1, ""), ("1: 80/100 fine", 1, 8, "fine"), ("1: 80%", 1, 8, ""),
        ("1: 7.55 - good", 1, 7.55, "good"), ("1. Ember & Oat: 7 - ok", 1, 7, "ok"), ("1. Ember: 7 - ok", 1, 7, "ok"),
        ("1) \"Ember & Oat\" (7/10)", 1, 7, ""), ("| 1 | Ember & Oat | 7 | ok |", 1, 7, "ok"), ("Idea 1: 7", 1, 7, ""),
        ("**1**: 8/10", 1, 8, ""), ("**Idea 1:** Mark: 7 of 10 - ok", 1, 7, "ok"), ("1 - 8", 1, 8, ""),
        ("2: 7 ways to bake: 8 - ok", 2, 8, "ok"), ("3. Loaf-8 lamp: 6", 3, 6, ""),
        ("1: 7 - 24 hours", 1, 7, "24 hours"), ('{"1": 7}', 1, 7, ""),
        ('```json\n[{"idea": 1, "mark": 7, "reason": "ok"}]\n```', 1, 7, "ok"),
        ('{"marks": {"idea 2": {"score": "4/5", "why": "ok"}}}', 2, 8, "ok"), ("1: 10.", 1, 10, ""),
        ('{"idea": 1, "mark": 6}\n{"idea": 1, "mark": 2}', 1, 6, ""),
    ],
)  # fmt: skip
def test_a_mark_is_read_in_any_dress(said: str, number: int, mark: float, reason: str) -> None:
    found = marking_of(said, 3, SHOWN)
    assert found.marks == {number: (mark, reason)}
    assert not found.unread


@pytest.mark.parametrize(
    "said", ["1: -8 - harmful", "1: 1-10", "1: 7–8 - fine", "1: 7 to 8", "1: 0", "1: 0.5/10", "1: 7/8", "1 -8 bad",
             '{"1": -7}', "Idea 1 - Ember & Oat: -7", "1: " + "9" * 5000, "1: 7/" + "9" * 5000],
)  # fmt: skip
def test_what_is_no_mark_is_told(said: str) -> None:
    found = marking_of(said, 3, SHOWN)
    assert not found.marks
    assert found.unread == {1}


@pytest.mark.parametrize("said", ["1-10: 7", "7.5", "1/10", "2: 7 ways to bake", "1: 8th", "[1] no", '{"1": null}'])
def test_what_says_nothing_of_an_idea_is_no_mark(said: str) -> None:
    found = marking_of(said, 10, SHOWN + [""] * 7)
    assert not found.marks
    assert not found.unread


@pytest.mark.parametrize("name", ["judge", "trial_judge"])
def test_a_judge_that_echoes_its_prompt_marks_nothing(name: str) -> None:
    numbered = "\n".join(f"{i}: {text}" for i, text in enumerate(SHOWN, 1))
    prompt = load_library(None).templates[name].replace("$ideas", numbered)
    assert not marking_of(prompt, 3, SHOWN).marks


def test_numbers_that_are_no_marks_are_told_in_the_note() -> None:
    found = run(Judge(asked=[], ranges=True))
    assert any("for 20 of them its reply held a range or a number outside 1 to 10" in note for note in found.notes)


def test_rerank_steers_and_keeps(tmp_path: Path) -> None:
    free = run(None)
    kept = free.rerank(keep=[5, free[3]])
    assert kept.texts[:2] == [free.texts[5], free.texts[3]]
    away = free.rerank(avoid=["anchor"])
    assert "nchor" in (*away.ideas, *away.more)[-1].text
    near = free.rerank(nearer_to="musical instruments to play")
    assert {"violin", "trumpet", "drum", "whistle"} & set(" ".join(near.texts[:2]).lower().split())
    bold = free.rerank(profile="bold", weights={"rarity": 1})
    bold.save(tmp_path / "run.json")
    assert IdeaSet.load(tmp_path / "run.json").rerank().texts == bold.texts


def places_said(found: IdeaSet) -> None:
    """Fails unless each reason names the places above and one that is there."""
    for place, idea in enumerate((*found.ideas, *found.more)):
        for last in re.findall(r"unlike 1(?:–(\d+))?", idea.why):
            assert int(last or 1) == place, (place, idea.why)
        for above in re.findall(r"near (\d+)", idea.why):
            assert int(above) <= place, (place, idea.why)


def test_reasons_hold_in_the_order_of_the_marks() -> None:
    found = run(Judge(asked=[]))
    assert sum("unlike" in idea.why for idea in found.ideas) >= 15
    places_said(found)
    places_said(found.rerank(nearer_to="music", keep=12))


def test_reasons_name_the_nearest_above_after_the_marks() -> None:
    vectors = np.random.default_rng(1).normal(size=(30, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    free = order([f"idea {k}" for k in range(30)], vectors)
    marks = {r.index: 1.0 + place for place, r in enumerate(free[:9])}
    found = order([f"idea {k}" for k in range(30)], vectors, marks=marks)
    assert [r.index for r in found] != [r.index for r in free]
    for place, ranked in enumerate(found[1:], 1):
        above = [r.index for r in found[:place]]
        alike = (vectors[above] @ vectors[ranked.index]).tolist()
        said = f"near {alike.index(max(alike)) + 1}" if max(alike) >= 0.2 else "unlike 1"
        assert said in ranked.why


def test_what_is_asked_of_a_judged_set_comes_before_its_marks() -> None:
    found = run(Judge(asked=[]))
    low = [idea for idea in found.ideas if idea.mark is not None][-1]
    kept = found.rerank(keep=low)
    assert kept.texts[0] == str(low)
    assert kept.ideas[0].mark == low.mark
    sunk = found.rerank(avoid=found.ideas[0])
    assert sunk.texts[-1] == str(found.ideas[0])
    others = [idea.mark for idea in sunk.ideas[:-1] if idea.mark is not None]
    assert others == sorted(others, reverse=True)
    assert found.rerank(avoid=0).texts == sunk.texts
    music = [k for k, text in enumerate(found.texts) if re.search("violin|drum|trumpet", text, re.I)]
    near = found.rerank(nearer_to="musical instruments to play")
    nearer = [k for k, text in enumerate(near.texts) if re.search("violin|drum|trumpet", text, re.I)]
    assert sum(nearer) < sum(music)


def test_marks_are_weighed_against_breadth() -> None:
    vectors = np.eye(6, dtype=np.float32)
    vectors[1] = 0.9 * vectors[0] + (1 - 0.81) ** 0.5 * vectors[1]
    marks = {0: 9.0, 1: 8.5, 2: 8.0, 3: 3.0}
    texts = [f"idea {name}" for name in "abcdef"]
    strict = [r.index for r in order(texts, vectors, marks=marks, variety=0)]
    assert [i for i in strict if i in marks] == [0, 1, 2, 3]
    broad = order(texts, vectors, marks=marks)
    assert [r.index for r in broad if r.index in marks] == [0, 2, 1, 3]
    assert "marked 8.5 of 10" in next(r.why for r in broad if r.index == 1)
    free = [r.index for r in order(texts, vectors)]
    assert [k for k, r in enumerate(broad) if r.index in marks] == [k for k, i in enumerate(free) if i in marks]


def test_what_cannot_be_steered_by_is_named() -> None:
    free = run(None)
    for wrong, says in (
        ({"weights": "bold"}, "Give profile='bold'"), ({"weights": [1]}, "must be a mapping"),
        ({"avoid": 99}, "no idea 99"), ({"avoid": 3.5}, "avoid holds float 3.5"), ({"keep": [None]}, "keep holds None"),
        ({"variety": "0.5"}, "variety is '0.5', but must be a number"), ({"variety": 2}, "variety is 2, but must be"),
        ({"profile": "brave"}, "no profile 'brave'"),
    ):  # fmt: skip
        with pytest.raises(BriefError, match=says):
            free.rerank(**wrong)  # type: ignore[arg-type]
    for wrong in ({"variety": 2}, {"variety": "0.5"}):
        with pytest.raises(BriefError, match=r"variety is .* but must be a number from 0"):
            Brainstormer(ScriptedChat(script=SCRIPT), **wrong)  # type: ignore[arg-type]
    with pytest.raises(BriefError, match="must be a mapping"):
        Brainstormer(ScriptedChat(script=SCRIPT), weights=[1])  # type: ignore[arg-type]
