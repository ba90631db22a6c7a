from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from pydantic import ValidationError

from brainstorm import Brief, Budget, Persona
from brainstorm.coerce import to_brief
from brainstorm.errors import BriefError


def test_a_brief_is_frozen_and_override_copies_it() -> None:
    brief = Brief(topic="names", n=5, budget=Budget(tokens=100))
    changed = brief.override(n=7)
    assert (brief.n, changed.n, changed.budget.tokens) == (5, 7, 100)
    with pytest.raises(ValidationError):
        brief.n = 9  # type: ignore[misc]
    with pytest.raises(BriefError, match="from 1 to 1000"):
        brief.override(n=0)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"topic": ""}, "topic is empty"),
        ({"topic": " \n\t "}, "topic is empty"),
        ({"topic": "x" * 100_001}, "100,001 characters"),
        ({"topic": "a\x00b"}, "binary"),
        ({"topic": "t", "n": 0}, "n is 0"),
        ({"topic": "t", "n": 10_000}, "n is 10000"),
        ({"topic": "t", "n": "many"}, "n: "),
        ({"topic": "t", "budget": {"tokens": 0}}, "tokens is 0, but must be at least 1"),
        ({"topic": "t", "colour": "red"}, "no field 'colour'"),
        ({"topic": None}, "topic"),
        ({}, "topic"),
        ({"topic": "t", "seed": -1}, "seed"),
    ],
)
def test_bad_briefs_are_refused_in_words(fields: dict[str, object], says: str) -> None:
    with pytest.raises(BriefError, match=says):
        to_brief(fields)


def test_single_texts_stand_for_lists_and_names_for_personas() -> None:
    brief = to_brief({"topic": "t", "avoid": "puns", "personas": ["a tailor", Persona(name="a monk", lens="less")]})
    assert brief.avoid == ("puns",)
    assert [p.name for p in brief.personas] == ["a tailor", "a monk"]
    assert Brief(topic="t", personas="a tailor").personas[0].name == "a tailor"  # type: ignore[arg-type]


def test_messages_give_the_last_user_turn_as_topic_and_the_rest_as_context() -> None:
    given = [
        SystemMessage("Be kind."),
        HumanMessage("Hello"),
        AIMessage("Hi", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
        ToolMessage("42", tool_call_id="1"),
        HumanMessage("Names for a boat"),
    ]
    brief = to_brief(given)
    assert brief.topic == "Names for a boat"
    assert [(m.role, m.content) for m in brief.messages] == [
        ("system", "Be kind."),
        ("user", "Hello"),
        ("assistant", "Hi"),
        ("user", "Result of a tool:\n42"),
    ]
    assert to_brief(given[:4]).topic == "Hello", "what a tool gave back asks for nothing"


@pytest.mark.parametrize(
    "given",
    [
        "Names for a boat",
        HumanMessage("Names for a boat"),
        [("human", "Names for a boat")],
        [{"role": "user", "content": "Names for a boat"}],
        {"input": "Names for a boat"},
        {"messages": [HumanMessage("Names for a boat")]},
        ChatPromptTemplate.from_messages([("human", "Names for a {thing}")]).invoke({"thing": "boat"}),
        [{"role": "user", "content": [{"type": "text", "text": "Names for a boat"}]}],
    ],
)
def test_whatever_langchain_hands_on_is_a_brief(given: object) -> None:
    assert to_brief(given, {"n": 3}) == Brief(topic="Names for a boat", n=3)


def test_the_input_wins_over_defaults() -> None:
    assert to_brief({"topic": "t", "n": 4}, {"n": 9, "language": "Dutch"}) == Brief(topic="t", n=4, language="Dutch")
    assert to_brief(Brief(topic="t", n=4), {"n": 9, "seed": 3}) == Brief(topic="t", n=4, seed=3)


@pytest.mark.parametrize("given", [42, None, b"bytes", [], [AIMessage("only me")], ["plain", 3]])
def test_what_is_no_brief_is_refused(given: object) -> None:
    with pytest.raises(BriefError):
        to_brief(given)
