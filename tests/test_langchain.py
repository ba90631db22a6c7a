"""Brainstorming inside LangChain: chains, the chat model, agents, the tool; what the host sees of it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from brainstorm.integrations.langchain import (
    BrainstormMiddleware,
    BrainstormTool,
    ChatBrainstorm,
    best,
    ideas_of,
    texts,
    to_documents,
    to_message,
    to_messages,
)
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware, ModelRetryMiddleware, TodoListMiddleware
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.globals import set_llm_cache
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import SecretStr

from brainstorm import Brainstormer, IdeaSet
from brainstorm.errors import BriefError, ModelError
from brainstorm.testing import ScriptedChat
from tests.schema_chat import OneAnswerChat, SchemaChat, ideas_for
from tests.server import Answer, FakeOpenAI, ideas_json

BAKERY = "Names for a bakery run by robots"
EIGHT: dict[str, Any] = {"n": 40, "max_rounds": 1, "budget": {"calls": 8}, "technique": "vs_standard"}
V3 = tuple(int(part) for part in version("langgraph").split(".")[:2]) >= (1, 2)


class Recorder(BaseCallbackHandler):
    """Every run: what it is, its parent, its tags."""

    def __init__(self) -> None:
        self.runs: dict[uuid.UUID, tuple[str, uuid.UUID | None]] = {}
        self.models: list[uuid.UUID] = []
        self.inner: list[uuid.UUID] = []

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: Any, parent_run_id: Any = None, **kw: Any
    ) -> None:
        self.runs[run_id] = (kw.get("name") or "", parent_run_id)

    def on_tool_start(self, serialized: Any, text: str, *, run_id: Any, parent_run_id: Any = None, **kw: Any) -> None:
        self.runs[run_id] = ((serialized or {}).get("name") or "", parent_run_id)

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: Any, parent_run_id: Any = None, tags: Any = None, **kw: Any
    ) -> None:
        self.runs[run_id] = ("model", parent_run_id)
        (self.inner if "brainstorm" in (tags or []) else self.models).append(run_id)

    def path(self, run: uuid.UUID) -> list[str]:
        name, parent = self.runs[run]
        return [*([] if parent is None else self.path(parent)), name]


@pytest.fixture
def _cache() -> Iterator[None]:
    set_llm_cache(InMemoryCache())
    yield
    set_llm_cache(None)


def scripted(*script: Any, **options: Any) -> ScriptedChat:
    return ScriptedChat(script=list(script) or [ideas_json("Circuit Crumbs", "Steel Yeast", "Rust and Rye")], **options)


# --- the Runnable in a chain


@pytest.mark.parametrize(
    ("select", "kind"), [(best, str), (texts, list), (to_message, AIMessage), (to_messages, list), (to_documents, list)]
)
def test_selectors_stand_in_a_chain(select: Any, kind: type) -> None:
    chain = (
        ChatPromptTemplate.from_messages([("human", "Names for a {place}")]) | Brainstormer(scripted(), n=2) | select
    )
    found = chain.invoke({"place": "bakery"})
    assert isinstance(found, kind)
    assert found
    assert len(chain.batch([{"place": "bakery"}, {"place": "boat"}])) == 2
    assert type(list(chain.stream({"place": "bakery"}))[-1]) is type(found)


async def test_selectors_stand_in_an_async_chain_and_documents_say_what_is_known() -> None:
    chain = Brainstormer(scripted(), n=2) | to_documents
    [*_, documents] = [chunk async for chunk in chain.astream(BAKERY)]
    assert [d.metadata["rank"] for d in documents] == [1, 2]
    assert documents[0].metadata["topic"] == BAKERY
    assert documents[0].metadata["support"] >= 1
    assert len(await chain.abatch([BAKERY, "Names for a boat"])) == 2


def test_a_message_holds_its_set() -> None:
    ideas = Brainstormer(scripted(), n=2).invoke(BAKERY)
    assert ideas_of(to_message(ideas)) == ideas
    assert ideas_of(AIMessage("no ideas")) is None
    assert best(IdeaSet(topic="none")) == ""


# --- traces and usage


def tree(recorder: Recorder) -> None:
    assert len(recorder.inner) == 8
    assert {recorder.runs[recorder.runs[run][1] or run][0] for run in recorder.inner} == {"Brainstormer"}
    roots = [run for run, (_, parent) in recorder.runs.items() if parent is None]
    assert len(roots) == 1
    assert all(parent in recorder.runs for _, parent in recorder.runs.values() if parent is not None)


@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream", "v3"])
async def test_a_chat_models_run_is_one_tree_and_usage_counts_each_real_call_once(way: str) -> None:
    recorder, llm = Recorder(), SchemaChat()
    chat = ChatBrainstorm(llm=llm, **EIGHT)
    with get_usage_metadata_callback() as usage:
        config: Any = {"callbacks": [recorder, usage]}
        if way == "invoke":
            chat.invoke(BAKERY, config)
        elif way == "stream":
            list(chat.stream(BAKERY, config))
        elif way == "v3":
            list(chat.stream_events(BAKERY, config, version="v3"))
        elif way == "ainvoke":
            await chat.ainvoke(BAKERY, config)
        else:
            [c async for c in chat.astream(BAKERY, config)]
    tree(recorder)
    assert len(llm.calls) == 8
    real = usage.usage_metadata["schema-chat"]
    assert (real["input_tokens"], real["output_tokens"]) == (80, 40)
    assert usage.usage_metadata["brainstorm/schema-chat"]["total_tokens"] == real["total_tokens"]


def test_a_runnables_run_is_one_tree_with_settings_handed_down() -> None:
    recorder = Recorder()
    with get_usage_metadata_callback() as usage:
        chain = ChatPromptTemplate.from_template("{topic}") | Brainstormer(SchemaChat(), **EIGHT)
        ideas = chain.with_config(callbacks=[recorder, usage]).invoke({"topic": BAKERY})
    tree(recorder)
    assert recorder.path(recorder.inner[0]) == ["RunnableSequence", "Brainstormer", "model"]
    assert ideas.usage.calls == 8
    assert usage.usage_metadata["schema-chat"]["total_tokens"] == ideas.usage.input_tokens + ideas.usage.output_tokens


def test_a_tools_run_is_one_tree() -> None:
    recorder = Recorder()
    BrainstormTool(llm=SchemaChat(), brainstormer={k: v for k, v in EIGHT.items() if k != "n"}).invoke(
        {"topic": BAKERY, "n": 40}, {"callbacks": [recorder]}
    )
    tree(recorder)
    assert recorder.path(recorder.inner[0])[0] == "brainstorm"


# --- the LLM cache


@pytest.mark.usefixtures("_cache")
@pytest.mark.parametrize("kind", [SchemaChat, OneAnswerChat])
@pytest.mark.parametrize("technique", ["direct", "vs_standard"])
def test_with_a_cache_each_call_still_gets_a_reply_of_its_own(kind: type[SchemaChat], technique: str) -> None:
    llm = kind()
    ideas = Brainstormer(llm, **{**EIGHT, "technique": technique}).invoke(BAKERY)
    assert len(llm.calls) == 8
    assert len({reply.text for reply in ideas.record.replies}) == 8


@pytest.mark.usefixtures("_cache")
def test_the_cache_tells_settings_and_models_apart() -> None:
    llm = SchemaChat()
    for chat in (
        ChatBrainstorm(llm=llm, n=2),
        ChatBrainstorm(llm=llm, n=3),
        ChatBrainstorm(llm=llm.model_copy(update={"model": "b"}), n=2),
    ):
        before = len(llm.calls)
        first = chat.invoke(BAKERY)
        assert len(llm.calls) > before
        made = len(llm.calls)
        assert chat.invoke(BAKERY).content == first.content
        assert len(llm.calls) == made  # the same question to the same model is answered from the cache


# --- the chat model


def test_the_answer_is_a_ranked_list_with_the_set() -> None:
    message = ChatBrainstorm(llm=scripted(), n=2).invoke([SystemMessage("Be brief."), HumanMessage(BAKERY)])
    ideas = ideas_of(message)
    assert ideas is not None
    assert message.content == ideas.to_markdown()
    assert len(ideas) == 2
    assert '"ideas"' in str(ChatBrainstorm(llm=scripted(), n=2, reply="json").invoke(BAKERY).content)


def test_a_stream_tells_ideas_as_they_come_and_ranks_them_by_number() -> None:
    chunks = list(ChatBrainstorm(llm=scripted(), n=2).stream(BAKERY))
    assert len(chunks) > 3
    assert len({chunk.id for chunk in chunks}) == 1
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    ideas = ideas_of(whole)
    assert ideas is not None
    lines = dict(line.split(". ", 1) for line in str(whole.text).split("\n\n")[0].splitlines())
    order = str(whole.text).rsplit("Best first: ", 1)[1].split(", ")
    assert [lines[number] for number in order] == ideas.texts


@pytest.mark.parametrize(
    ("options", "text", "brainstorms"),
    [
        ({}, BAKERY, True),
        ({"when": "marker"}, BAKERY, False),
        ({"when": "marker"}, f"/brainstorm {BAKERY}", True),
        ({"when": "marker", "marker": "#ideas"}, f"{BAKERY} #ideas", True),
        ({"when": "marker"}, "/brainstorm", False),
        ({"when": lambda messages: "Names" in messages[-1].text}, BAKERY, True),
        ({"when": lambda messages: "Names" in messages[-1].text}, "What is 2 + 2?", False),
    ],
)
async def test_the_policy_decides(options: dict[str, Any], text: str, brainstorms: bool) -> None:
    llm = scripted()
    chat = ChatBrainstorm(llm=llm, n=2, **options)
    for message in (chat.invoke(text), await chat.ainvoke(text), *list(chat.stream(text))[-1:]):
        assert (ideas_of(message) is not None) == brainstorms
    sent = " ".join(str(m.content) for messages in llm.seen for m in messages)
    assert not brainstorms or not any(mark in sent for mark in ("/brainstorm", "#ideas"))


@pytest.mark.parametrize(("says", "brainstorms"), [("Yes.", True), ("<think>yes?</think>no", False), ("**No**", False)])
async def test_the_model_can_be_asked_whether_options_are_wanted(says: str, brainstorms: bool) -> None:
    llm = ScriptedChat(script={"Reply with one word": says, "": ideas_json("Circuit Crumbs", "Steel Yeast")})
    recorder = Recorder()
    chat = ChatBrainstorm(llm=llm, n=2, when="ask")
    assert (ideas_of(chat.invoke(BAKERY, {"callbacks": [recorder]})) is not None) == brainstorms
    assert (ideas_of(await chat.ainvoke(BAKERY)) is not None) == brainstorms
    assert len(recorder.models) == 1  # the question stays out of the host's stream, as the calls do


def test_what_wants_one_answer_goes_straight_to_the_model() -> None:
    @tool
    def weather(place: str) -> str:
        """The weather at a place."""
        return place

    recorder, llm = Recorder(), SchemaChat()
    chat = ChatBrainstorm(llm=llm)
    message = chat.bind_tools([weather]).invoke("weather in 'Rome'", {"callbacks": [recorder]})
    assert message.tool_calls[0]["args"] == {"place": "Rome"}
    assert message.response_metadata["model_name"] == "schema-chat"
    assert (len(recorder.models), len(recorder.inner)) == (1, 0)
    history = [HumanMessage("weather"), message, ToolMessage("sunny", tool_call_id=message.tool_calls[0]["id"])]
    picture = HumanMessage([{"type": "text", "text": BAKERY}, {"type": "image", "url": "http://localhost/a.png"}])
    for asked in (history, [picture]):
        assert ideas_of(chat.invoke(asked)) is None
        assert all(ideas_of(chunk) is None for chunk in chat.stream(asked))
    assert len(llm.calls) == 5


def test_it_speaks_for_the_model_inside() -> None:
    llm = SchemaChat(profile={"max_input_tokens": 1000}, temperature=0.5)
    chat = ChatBrainstorm(llm=llm, max_tokens=9)
    assert chat.profile == {"max_input_tokens": 1000}
    params = chat._get_ls_params()
    assert (params["ls_temperature"], params["ls_max_tokens"]) == (0.5, 9)
    assert params["ls_model_name"] == "brainstorm/schema-chat"
    counting = ChatBrainstorm(llm=SchemaChat(custom_get_token_ids=lambda text: [1, 2, 3]))
    assert counting.get_num_tokens("anything") == 3
    assert counting.get_token_ids("anything") == [1, 2, 3]


def test_a_stop_sequence_ends_the_answer() -> None:
    chat = ChatBrainstorm(llm=scripted(), n=3, stop=["2."])
    assert "2." not in str(chat.invoke(BAKERY).content)
    said = "".join(str(chunk.text) for chunk in chat.stream(BAKERY))
    assert said
    assert "2." not in said


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"llm": SchemaChat().with_retry()}, ModelError, "wrap outside"),
        ({"llm": [SchemaChat(), SchemaChat()]}, ModelError, "one model"),
        ({"model": "openai:m"}, ModelError, "llm="),
        ({"llm": SchemaChat(), "colour": "red"}, ValueError, "no argument 'colour'"),
        ({"llm": SchemaChat(), "when": "sometimes"}, ValueError, "sometimes"),
        ({"llm": SchemaChat(), "n": 0}, ValueError, "n is 0"),
    ],
)
def test_wrong_arguments_are_refused_in_words(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ChatBrainstorm(**options)


# --- agents


@pytest.mark.parametrize("stream", [False, True])
async def test_an_agent_streams_exactly_one_message(stream: bool) -> None:
    llm = SchemaChat()
    agent = create_agent(llm, [], middleware=[BrainstormMiddleware(stream=stream, **EIGHT)])
    asked: Any = {"messages": [("user", BAKERY)]}
    sync = list(agent.stream(asked, stream_mode="messages"))
    assert len(llm.calls) == 8
    told = [part async for part in agent.astream(asked, stream_mode="messages")]
    for parts in (sync, told):
        assert len({message.id for message, _ in parts}) == 1
        if not stream:
            assert len(parts) == 1
    if V3:
        run = agent.stream_events(asked, version="v3")
        assert len(list(run.messages)) == 1
        arun = await agent.astream_events(asked, version="v3")
        assert len([message async for message in arun.messages]) == 1
    assert len(llm.calls) == (32 if V3 else 16)


@pytest.mark.skipif(not V3, reason="langgraph streams messages as v3 events from 1.2 on")
def test_this_langgraph_has_the_v3_stream() -> None:
    assert hasattr(create_agent(SchemaChat(), []), "stream_events")


async def test_the_middleware_leaves_one_message_and_the_ideas_in_the_state() -> None:
    agent = create_agent(
        SchemaChat(),
        [],
        middleware=[ModelRetryMiddleware(), BrainstormMiddleware(n=3), ModelCallLimitMiddleware(run_limit=3)],
        checkpointer=InMemorySaver(),
    )
    config: Any = {"configurable": {"thread_id": "1"}}
    for state in (
        agent.invoke({"messages": [("user", BAKERY)]}, config),
        await agent.ainvoke({"messages": [("user", "Names for a boat")]}, config),
    ):
        last = state["messages"][-1]
        ideas = IdeaSet.model_validate(state["ideas"])
        assert len(ideas) == 3
        assert last.content == ideas.to_markdown()
    assert len(agent.get_state(config).values["messages"]) == 4


async def test_turns_with_tools_or_a_response_format_are_left_alone_unless_asked_for() -> None:
    @tool
    def weather(place: str) -> str:
        """The weather at a place."""
        return f"sunny in {place}"

    asked: Any = {"messages": [("user", "weather in 'Rome'")]}
    plain = create_agent(SchemaChat(), [weather], middleware=[BrainstormMiddleware(n=3)])
    for state in (plain.invoke(asked), await plain.ainvoke(asked)):
        assert state["ideas"] is None
        assert [m.type for m in state["messages"]] == ["human", "ai", "tool", "ai"]
    todo = create_agent(SchemaChat(), [], middleware=[TodoListMiddleware(), BrainstormMiddleware(n=3, with_tools=True)])
    assert len(todo.invoke({"messages": [("user", BAKERY)]})["ideas"]["ideas"]) == 3
    schema = {"title": "Joke", "description": "d", "type": "object", "properties": {"setup": {"type": "string"}}}
    shaped = create_agent(SchemaChat(), [], middleware=[BrainstormMiddleware(n=3)], response_format=schema)
    state = shaped.invoke({"messages": [("user", BAKERY)]})
    assert state["ideas"] is None
    assert state["structured_response"] == {"setup": "something"}


def test_an_agent_can_decide_to_brainstorm() -> None:
    ideas = BrainstormTool(llm=scripted())
    agent = create_agent(SchemaChat(), [ideas])
    answer = next(m for m in agent.invoke({"messages": [("user", BAKERY)]})["messages"] if m.type == "tool")
    found = ideas_of(answer)
    assert found is not None
    assert found.to_markdown() == answer.content
    parts = list(create_agent(SchemaChat(), [ideas]).stream({"messages": [("user", BAKERY)]}, stream_mode="messages"))
    assert len({message.id for message, _ in parts}) == 3  # the call, its result, the last word


async def test_middleware_asks_before_it_brainstorms() -> None:
    llm = ScriptedChat(script={"Reply with one word": "no", "": "Four."})
    agent = create_agent(llm, [], middleware=[BrainstormMiddleware(when="ask")])
    assert agent.invoke({"messages": [("user", "2 + 2?")]})["messages"][-1].content == "Four."
    parts = [p async for p in agent.astream({"messages": [("user", "2 + 2?")]}, stream_mode="messages")]
    assert len({message.id for message, _ in parts}) == 1
    with pytest.raises(BriefError, match="when"):
        BrainstormMiddleware(when="sometimes")  # type: ignore[arg-type]


async def test_a_model_that_brainstormed_in_the_background_serves_its_owners_loop_too(
    openai_server: FakeOpenAI,
) -> None:
    openai_server.answer = lambda body, number: Answer(ideas_for(number))
    llm = ChatOpenAI(model="m", api_key=SecretStr("k"), base_url=openai_server.url, max_retries=0)
    for _ in range(2):
        assert not Brainstormer(llm, n=2).invoke(BAKERY).failures
        assert (await llm.ainvoke("hello")).content
        assert not (await Brainstormer(llm, n=2).ainvoke(BAKERY)).failures


def test_importing_loads_no_agent_framework() -> None:
    code = (
        "import sys, brainstorm.integrations.langchain as b\n"
        "assert 'langchain_core' not in sys.modules\n"
        "b.ChatBrainstorm, b.BrainstormTool, b.IdeaMemory, b.best\n"
        "loaded = {'langchain', 'langgraph', 'openai'} & set(sys.modules); assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
