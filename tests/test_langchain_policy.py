"""When `ChatBrainstorm` brainstorms, what becomes of the marker, and what `BrainstormTool` makes of its arguments."""

from __future__ import annotations

from typing import Any

import pytest
from brainstorm.integrations.langchain import BrainstormTool, ChatBrainstorm, ideas_of
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda

from brainstorm import Brainstormer
from brainstorm.errors import BriefError, ModelError
from brainstorm.testing import ScriptedChat
from tests.schema_chat import SchemaChat
from tests.server import ideas_json
from tests.test_langchain import BAKERY, Recorder, scripted

# --- the policy


@pytest.mark.parametrize("says", ["yes", "no"])
@pytest.mark.parametrize("way", ["invoke", "ainvoke", "stream", "astream"])
@pytest.mark.parametrize("inside", [False, True])
async def test_a_question_and_its_answer_are_one_trace(says: str, way: str, inside: bool) -> None:
    recorder = Recorder()
    llm = ScriptedChat(script={"Reply with one word": says, "": ideas_json("Circuit Crumbs", "Steel Yeast")})
    chat: Any = ChatBrainstorm(llm=llm, n=2, when="ask", tags=["mine"])
    if inside:
        chat = RunnableLambda(lambda given: given) | chat
    config: Any = {"callbacks": [recorder]}
    if way == "invoke":
        chat.invoke(BAKERY, config)
    elif way == "ainvoke":
        await chat.ainvoke(BAKERY, config)
    elif way == "stream":
        list(chat.stream(BAKERY, config))
    else:
        [chunk async for chunk in chat.astream(BAKERY, config)]
    roots = [run for run, (_, parent) in recorder.runs.items() if parent is None]
    assert len(roots) == 1
    assert len(recorder.models) == 1
    assert len(recorder.inner) >= (2 if says == "yes" else 1)
    assert all(parent in recorder.runs for _, parent in recorder.runs.values() if parent is not None)


async def test_an_asynchronous_predicate_is_awaited_or_refused() -> None:
    async def names(messages: Any) -> bool:
        return "Names" in messages[-1].text

    chat = ChatBrainstorm(llm=scripted(), n=2, when=names)
    assert ideas_of(await chat.ainvoke(BAKERY)) is not None
    assert ideas_of(await chat.ainvoke("Hello")) is None
    with pytest.raises(BriefError, match="ainvoke"):
        chat.invoke(BAKERY)


@pytest.mark.parametrize(
    ("text", "brainstorms", "read"),
    [
        ("See http://localhost/brainstorm for names", False, "See http://localhost/brainstorm for names"),
        ("ls ./brainstorm/ideas", False, "ls ./brainstorm/ideas"),
        ("/brainstorming is fun", False, "/brainstorming is fun"),
        ("/brainstorm: names for a boat", True, "names for a boat"),
        ("Names for\n/brainstorm\na boat", True, "Names for\n\na boat"),
    ],
)
def test_a_marker_is_a_word_of_its_own(text: str, brainstorms: bool, read: str) -> None:
    llm = scripted()
    message = ChatBrainstorm(llm=llm, n=2, when="marker").invoke(text)
    assert (ideas_of(message) is not None) == brainstorms
    assert read in str(llm.seen[0][-1].content)


def test_no_model_reads_the_marker() -> None:
    llm = scripted()
    chat = ChatBrainstorm(llm=llm, n=2, when="marker")
    first = HumanMessage("/brainstorm names")
    picture = HumanMessage(
        [{"type": "text", "text": "/brainstorm this"}, {"type": "image", "url": "http://localhost/a"}]
    )
    chat.generate([[first]])
    chat.invoke([first, AIMessage("Some."), HumanMessage("thanks")])
    chat.invoke([picture])
    chat.bind(tools=[{"type": "function"}]).invoke([first])
    list(chat.stream([first, HumanMessage("/brainstorm more")]))
    assert len(llm.seen) > 4
    assert not any("/brainstorm" in str(m.content) for messages in llm.seen for m in messages)
    assert first.content == "/brainstorm names"  # the caller's own stays


# --- the tool


def test_a_tool_that_fails_can_tell_the_agent() -> None:
    call: Any = {"type": "tool_call", "name": "brainstorm", "id": "1", "args": {"topic": BAKERY}}
    broken = ScriptedChat(script=[ValueError("no such model")])
    told = BrainstormTool(llm=broken, handle_tool_error=True).invoke(call)
    assert told.status == "error"
    assert "no such model" in str(told.content)
    asked = {**call, "args": {"topic": ""}}
    assert "topic" in str(BrainstormTool(llm=scripted(), handle_validation_error=str).invoke(asked).content)


async def test_an_agents_wishes_come_to_the_developers() -> None:
    here = {"constraints": ["one word"], "avoid": "bread", "keep": ["Steel Yeast"], "technique": "vs_standard"}
    for made in (
        BrainstormTool(llm=scripted(), brainstormer=here),
        BrainstormTool(llm=Brainstormer(scripted(), **here)),
    ):
        call: Any = {"type": "tool_call", "name": "brainstorm", "id": "1"}
        call["args"] = {"topic": BAKERY, "n": 2, "constraints": ["no pun"], "avoid": ["flour"]}
        for answer in (made.invoke(call), await made.ainvoke(call)):
            assert "Steel Yeast" not in str(answer.content)
        sent = "\n".join(str(m.content) for messages in made._ideas.models[0].runnable.seen for m in messages)
        assert all(word in sent for word in ("one word", "no pun", "bread", "flour"))


def test_a_tool_refuses_what_contradicts_itself() -> None:
    with pytest.raises(ValueError, match="one already"):
        BrainstormTool(llm=Brainstormer(SchemaChat()), brainstormer={"technique": "list"})
    with pytest.raises(ModelError, match="by itself"):
        BrainstormTool(llm=ChatBrainstorm(llm=SchemaChat()))
