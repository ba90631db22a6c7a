"""`BrainstormMiddleware` in agents: beside LangChain's own middleware, and what the state and the models see."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from brainstorm.integrations.langchain import BrainstormMiddleware, BrainstormTool, ChatBrainstorm, ideas_of
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelFallbackMiddleware,
    SummarizationMiddleware,
    ToolCallLimitMiddleware,
)
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from brainstorm import IdeaSet
from brainstorm.errors import BriefError
from brainstorm.testing import ScriptedChat
from tests.schema_chat import SchemaChat
from tests.server import ideas_json
from tests.test_langchain import BAKERY, Recorder, scripted

ASKED: Any = {"messages": [("user", BAKERY)]}


@tool
def weather(place: str) -> str:
    """The weather at a place."""
    return f"sunny in {place}"


class Seeing(SchemaChat):
    """Keeps what it was sent."""

    def _message(self, messages: Any, kwargs: Any) -> AIMessage:
        self.sent.extend(str(m.content) for m in messages)
        return super()._message(messages, kwargs)

    @property
    def sent(self) -> list[str]:
        return self.__dict__.setdefault("_sent_texts", [])


# --- beside other middleware


@pytest.mark.parametrize("first", [True, False])
async def test_beside_a_human_in_the_loop(first: bool) -> None:
    both: list[Any] = [BrainstormMiddleware(n=3), HumanInTheLoopMiddleware(interrupt_on={"brainstorm": True})]
    agent = create_agent(
        SchemaChat(), [BrainstormTool(llm=scripted())], middleware=both if first else both[::-1],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    config: Any = {"configurable": {"thread_id": "1"}}
    state = await agent.ainvoke(ASKED, config)
    assert state["__interrupt__"]
    done = await agent.ainvoke(Command(resume={"decisions": [{"type": "approve"}]}), config)
    [answer] = [m for m in done["messages"] if m.type == "tool"]
    assert ideas_of(answer) is not None


@pytest.mark.parametrize("first", [True, False])
async def test_beside_a_summary(first: bool) -> None:
    summing = SummarizationMiddleware(
        ScriptedChat(script=["They named things."]), trigger=("messages", 4), keep=("messages", 1)
    )
    both: list[Any] = [BrainstormMiddleware(n=2), summing]
    agent = create_agent(scripted(), [], middleware=both if first else both[::-1], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    for _ in range(3):
        state = await agent.ainvoke(ASKED, config)
        assert (
            IdeaSet.model_validate(state["ideas"]).ideas == (ideas_of(state["messages"][-1]) or IdeaSet(topic="")).ideas
        )
        assert state["ideas"]["ideas"]
    assert any("They named things." in str(m.content) for m in state["messages"])


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("when", ["always", "marker"])
async def test_beside_a_fallback(first: bool, when: Any) -> None:
    broken, other = ScriptedChat(script=[ValueError("no such model")]), scripted()
    both: list[Any] = [BrainstormMiddleware(n=2, when=when), ModelFallbackMiddleware(other)]
    agent = create_agent(broken, [], middleware=both if first else both[::-1])
    asked: Any = {"messages": [("user", f"/brainstorm {BAKERY}")]}
    for state in (agent.invoke(asked), await agent.ainvoke(asked)):
        last = state["messages"][-1]
        # outside of the fallback it brainstorms once, and the other model answers by itself
        assert (ideas_of(last) is None) == first
        assert (state.get("ideas") is None) == first
    read = [str(m.content) for llm in (broken, other) for messages in llm.seen for m in messages]
    assert read
    assert when == "always" or not any("/brainstorm" in text for text in read)


@pytest.mark.parametrize("first", [True, False])
def test_beside_a_limit_on_tool_calls(first: bool) -> None:
    both: list[Any] = [BrainstormMiddleware(n=2), ToolCallLimitMiddleware(run_limit=1)]
    agent = create_agent(SchemaChat(), [BrainstormTool(llm=scripted())], middleware=both if first else both[::-1])
    answers = [m for m in agent.invoke(ASKED)["messages"] if m.type == "tool"]
    assert len(answers) == 1
    assert ideas_of(answers[0]) is not None
    plain = create_agent(scripted(), [], middleware=both if first else both[::-1])
    assert plain.invoke(ASKED)["ideas"]


def test_an_agents_model_that_brainstorms_by_itself_is_unwrapped() -> None:
    llm = SchemaChat()
    state = create_agent(ChatBrainstorm(llm=llm), [], middleware=[BrainstormMiddleware(n=2)]).invoke(ASKED)
    assert len(IdeaSet.model_validate(state["ideas"])) == 2
    assert state["messages"][-1].response_metadata["model_name"] == "brainstorm/schema-chat"


# --- the state


async def test_ideas_of_an_earlier_turn_are_cleared() -> None:
    agent = create_agent(
        scripted(), [], middleware=[BrainstormMiddleware(n=2, when="marker")], checkpointer=InMemorySaver()
    )
    for number, call in enumerate(("sync", "async")):
        config: Any = {"configurable": {"thread_id": str(number)}}
        for text, brainstorms in ((f"/brainstorm {BAKERY}", True), ("Thanks", False), (f"/brainstorm {BAKERY}", True)):
            asked: Any = {"messages": [("user", text)]}
            state = agent.invoke(asked, config) if call == "sync" else await agent.ainvoke(asked, config)
            assert (state.get("ideas") is not None) == brainstorms


def test_the_whole_set_is_held_once() -> None:
    llm = ScriptedChat(script=[ideas_json("Circuit Crumbs", "circuit crumbs!", "Steel Yeast", "I cannot say")])
    state = create_agent(llm, [], middleware=[BrainstormMiddleware(n=1, max_rounds=2)]).invoke(ASKED)
    held = state["messages"][-1].additional_kwargs["brainstorm"]
    assert held["ideas"] == state["ideas"]["ideas"]
    assert held["usage"] == state["ideas"]["usage"]
    assert state["ideas"]["more"]
    assert state["ideas"]["merges"]
    assert not {"more", "merges", "rejected", "yields"} & held.keys()
    found = ideas_of(state["messages"][-1])
    assert found is not None
    assert found.ideas == IdeaSet.model_validate(state["ideas"]).ideas


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", ["invoke", "messages"])
async def test_the_state_holds_the_ranked_answer_whoever_watches(stream: bool, mode: str) -> None:
    agent = create_agent(
        scripted(), [], middleware=[BrainstormMiddleware(n=2, stream=stream)], checkpointer=InMemorySaver()
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    told = ""
    if mode == "invoke":
        agent.invoke(ASKED, config)
    else:
        told = "".join([str(m.text) async for m, _ in agent.astream(ASKED, config, stream_mode="messages")])
    state = agent.get_state(config).values
    ranked = IdeaSet.model_validate(state["ideas"]).to_markdown()
    assert state["messages"][-1].text == ranked
    assert len(ranked.splitlines()) == 2
    if mode == "messages":
        assert ("Best first" in told) == stream


async def test_a_chat_model_in_a_graph_says_the_ranked_answer_in_one_piece() -> None:
    agent = create_agent(ChatBrainstorm(llm=scripted(), n=2), [])
    parts = [m async for m, _ in agent.astream(ASKED, stream_mode="messages")]
    [text] = [str(m.text) for m in parts if str(m.text)]
    ideas = next(found for m in parts if (found := ideas_of(m)))
    assert text == ideas.to_markdown()
    assert agent.invoke(ASKED)["messages"][-1].text == text


# --- what models see, and what is refused


async def test_turns_with_tools_are_rid_of_the_marker() -> None:
    llm = Seeing()
    agent = create_agent(llm, [weather], middleware=[BrainstormMiddleware(when="marker")])
    asked: Any = {"messages": [("user", "/brainstorm weather in 'Rome'"), ("ai", "?"), ("user", "in 'Rome'")]}
    for state in (agent.invoke(asked), await agent.ainvoke(asked)):
        assert "sunny in Rome" in [m.content for m in state["messages"]]
    assert len(llm.sent) > 8
    assert not any("/brainstorm" in text for text in llm.sent)


@pytest.mark.parametrize("llm", [None, SchemaChat()])
@pytest.mark.parametrize(
    ("options", "says"),
    [({"n": 0}, "n is 0"), ({"colour": 1}, "colour"), ({"reply": "html"}, "reply"), ({"marker": ""}, "marker")],
)
def test_wrong_arguments_are_refused_when_it_is_made(llm: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(BriefError, match=says):
        BrainstormMiddleware(llm, **options)


async def test_usage_counts_the_question_too() -> None:
    real: list[int] = []

    class Sum(Recorder):
        def on_llm_end(self, response: Any, *, run_id: Any, **kw: Any) -> None:
            message = response.generations[0][0].message
            if ideas_of(message) is None:
                real.append(message.usage_metadata["total_tokens"])

    llm = ScriptedChat(script={"Reply with one word": "yes", "": ideas_json("Circuit Crumbs", "Steel Yeast")})
    middleware = BrainstormMiddleware(n=2, when="ask", max_rounds=1, budget={"calls": 1})
    agent = create_agent(llm, [], middleware=[middleware])
    for way in ("sync", "async"):
        config: Any = {"callbacks": [Sum()]}
        state = agent.invoke(ASKED, config) if way == "sync" else await agent.ainvoke(ASKED, config)
        assert len(real) == 2
        assert state["messages"][-1].usage_metadata["total_tokens"] == sum(real)
        real.clear()


@pytest.mark.parametrize(
    "artifact",
    [np.zeros(3), {"ideas": 3}, {"ideas": ["a"], "topic": None}, {"topic": "t", "ideas": [1]}, [1], "text", 0],
)
def test_other_tools_artifacts_are_no_ideas(artifact: Any) -> None:
    assert ideas_of(ToolMessage("x", tool_call_id="1", artifact=artifact)) is None


def test_a_message_with_anothers_field_is_no_ideas() -> None:
    assert ideas_of(AIMessage("x", additional_kwargs={"brainstorm": json.loads("[1]")})) is None
    assert ideas_of(HumanMessage("x", additional_kwargs={"brainstorm": {"ideas": 1}})) is None
