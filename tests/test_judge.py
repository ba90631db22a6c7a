"""The judge: orders the top, keeps reasons, spends its own budget, and costs nothing when it fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from brainstorm import Brainstormer, Budget, IdeaSet
from brainstorm.judge import read_marks
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
            lines.append(f"{number}: {1 + found[0] // 3} - the {NAMES[found[0]]}" if found else "")
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


def test_marks_are_read_from_what_models_say() -> None:
    shown = [7, 8, 9]
    said = "Here you are:\n**1**: 7 - clear\n2) 8,5/10: bold\n3: 11 - too much\n4: 5 - nobody\n1: 2 - again"
    assert read_marks(said, shown) == {7: (7.0, "clear"), 8: (8.5, "bold")}


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
