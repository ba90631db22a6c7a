"""The model inside `ChatBrainstorm`: what is known of it, and turns that go straight to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from brainstorm.integrations.langchain import BrainstormTool, ChatBrainstorm, IdeaMemory, ideas_of
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import ConfigurableField, RunnableBinding
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.store.memory import InMemoryStore
from pydantic import Field, SecretStr

from brainstorm import Brainstormer
from brainstorm.errors import BriefError, ModelError, NoIdeasError
from brainstorm.local import local_model
from brainstorm.models import ChatModel
from brainstorm.testing import ScriptedChat
from tests.schema_chat import OneAnswerChat, SchemaChat
from tests.server import Answer, FakeOpenAI, ideas_json
from tests.test_langchain import BAKERY, EIGHT, Recorder, scripted


@tool
def weather(place: str) -> str:
    """The weather at a place."""
    return place


@pytest.fixture
def _cache() -> Iterator[None]:
    set_llm_cache(InMemoryCache())
    yield
    set_llm_cache(None)


class Counting(InMemoryRateLimiter):
    """Lets all through at once, and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.asked += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire()


OF_A_MODEL = (
    "name", "small", "takes_seed", "takes_max_tokens", "options", "parallel", "attempts", "own_limit", "takes_timeout",
    "limitable", "reasons", "asks_usage",
)  # fmt: skip


def known(model: ChatModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in OF_A_MODEL}


@pytest.mark.parametrize(
    "spelling", ["nothing", "local", "instance", "provider", "server", "client", "async client", "chat", "told"]
)
def test_nothing_that_is_known_of_a_model_is_lost(
    spelling: str, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    made: dict[str, tuple[Any, dict[str, Any]]] = {
        "nothing": (None, {}),
        "local": ("local", {}),
        "instance": (local_model(slots=1, temperature=0.2, max_tokens=64), {}),
        "provider": ("openai:gpt-5-mini", {}),
        "server": (openai_server.url, {}),
        "client": (openai.OpenAI(base_url=openai_server.url, max_retries=4), {"model_name": "m"}),
        "async client": (openai.AsyncOpenAI(base_url=openai_server.url), {"model_name": "m"}),
        "chat": (ChatOpenAI(model="m", max_retries=5), {}),
        "told": ("m", {"base_url": openai_server.url}),
    }
    llm, options = made[spelling]
    chat = ChatBrainstorm(llm=llm, **options)
    [expected] = Brainstormer(llm, **options).models
    [found] = chat.plain.models
    assert known(found) == known(expected)
    assert chat.plain._setup.technique == Brainstormer(llm, **options)._setup.technique
    if spelling in ("local", "nothing", "instance"):
        assert found.small
        assert found.takes_seed
        assert found.options["min_p"] == 0.1
        assert ("temperature" in found.options) == (spelling != "instance")
    else:
        assert found.attempts == {"client": 5, "chat": 6, "async client": 3}.get(spelling, 3)
        assert chat.inner.max_retries != 0  # type: ignore[attr-defined]
    if spelling == "chat":
        assert chat.inner is llm


@pytest.mark.parametrize("spelling", ["provider", "server", "client"])
def test_a_turn_that_is_passed_on_keeps_its_models_own_retries(
    spelling: str, openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", openai_server.url)
    openai_server.answer = lambda body, number: Answer("Hello.", status=503 if len(openai_server.requests) < 2 else 200)
    made: dict[str, tuple[Any, dict[str, Any]]] = {
        "provider": ("openai:m", {}),
        "server": (openai_server.url, {}),
        "client": (openai.OpenAI(), {"model_name": "m"}),
    }
    llm, options = made[spelling]
    assert ChatBrainstorm(llm=llm, when="marker", **options).invoke("Hi").text == "Hello."
    assert len(openai_server.requests) == 2


def test_a_key_goes_to_the_model_that_is_named(openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", openai_server.url)
    chat = ChatBrainstorm(llm="openai:m", api_key=SecretStr("secret"), n=2)
    assert chat.model_name == "brainstorm/openai:m"
    assert ideas_of(chat.invoke(BAKERY)) is not None
    assert set(openai_server.keys) == {"Bearer secret"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"llm": SchemaChat(), "base_url": "http://127.0.0.1:9/v1"}, "its own"),
        ({"llm": SchemaChat(), "model_name": "m"}, "its own"),
        ({"llm": "m", "base_url": "http://127.0.0.1:9/v1", "api_key": "k"}, "OPENAI_API_KEY"),
        ({"llm": ChatBrainstorm(llm=SchemaChat())}, "llm=chat.inner"),
        ({"llm": SchemaChat(), "rate_limiter": Counting()}, "on the model inside"),
    ],
)
def test_what_would_be_ignored_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        ChatBrainstorm(**options)


def test_a_copy_has_its_own_settings() -> None:
    chat = ChatBrainstorm(llm=scripted(), n=3)
    two = chat.model_copy(update={"n": 2})
    assert len(ideas_of(two.invoke(BAKERY)) or ()) == 2
    assert len(ideas_of(chat.invoke(BAKERY)) or ()) == 3
    other = chat.model_copy(update={"llm": SchemaChat()})
    assert other.model_name == "brainstorm/schema-chat"
    assert other.bind_tools([weather]).invoke("weather in 'Rome'").tool_calls


# --- turns that are passed on


@pytest.mark.parametrize("kind", [SchemaChat, OneAnswerChat])
@pytest.mark.parametrize("way", ["invoke", "stream", "ainvoke", "astream", "v3", "av3", "generate"])
async def test_a_turn_that_is_passed_on_is_a_call_of_the_inner_model(kind: type[SchemaChat], way: str) -> None:
    limiter, own, outer, caller = Counting(), Recorder(), Recorder(), Recorder()
    metadata: list[Any] = []
    own.on_chat_model_start = lambda *a, **kw: metadata.append(kw)  # type: ignore[method-assign]
    llm = kind(rate_limiter=limiter, callbacks=[own], tags=["inner"], metadata={"mine": 1}, output_version="v1")
    chat = ChatBrainstorm(llm=llm, when="marker", callbacks=[outer], tags=["outer"])
    said: Any
    config: Any = {"callbacks": [caller]}
    if way == "invoke":
        said = chat.invoke("Hi", config)
    elif way == "ainvoke":
        said = await chat.ainvoke("Hi", config)
    elif way == "stream":
        said, *_ = chat.stream("Hi", config)
    elif way == "astream":
        said, *_ = [chunk async for chunk in chat.astream("Hi", config)]
    elif way == "generate":
        said = chat.generate([[HumanMessage("Hi")]], callbacks=[caller]).generations[0][0].message  # type: ignore[attr-defined]
    elif way == "v3":
        said = chat.stream_events("Hi", config, version="v3").output
    else:
        said = await (await chat.astream_events("Hi", config, version="v3")).output
    assert limiter.asked == 1
    if (
        kind is OneAnswerChat and "v3" in way
    ):  # LangChain's v3 stream wants a model that streams: a run of ours gives it
        assert said.text.startswith("{")
        return
    assert len(caller.models) == len(outer.models) == 1
    assert isinstance(said.content, list)  # as output_version="v1" has it
    if way != "generate":
        [seen] = metadata
        assert {"inner", "outer"} <= set(seen["tags"])
        assert seen["metadata"]["mine"] == 1
        assert seen["metadata"].get("ls_model_name") != "brainstorm/schema-chat"


def test_settings_of_the_answer_hold_for_turns_that_are_passed_on() -> None:
    chat = ChatBrainstorm(llm=SchemaChat(), when="marker", output_version="v1", disable_streaming=True)
    assert isinstance(chat.invoke("Hi").content, list)
    assert len(list(chat.stream("Hi"))) == 1


@pytest.mark.parametrize("include_raw", [False, True])
def test_tools_and_schemas_go_with_the_options_that_were_set(openai_server: FakeOpenAI, include_raw: bool) -> None:
    openai_server.answer = lambda body, number: Answer(json.dumps({"setup": "a"}))
    llm = ChatOpenAI(model="m", api_key=SecretStr("k"), base_url=openai_server.url)
    chat = ChatBrainstorm(llm=llm, temperature=0.25, max_tokens=99, when="marker")
    schema = {"title": "Joke", "description": "d", "type": "object", "properties": {"setup": {"type": "string"}}}
    chat.with_structured_output(schema, include_raw=include_raw).invoke("/brainstorm a joke")
    chat.bind_tools([weather]).invoke("/brainstorm a joke")
    for body in openai_server.requests:
        assert body["temperature"] == 0.25
        assert 99 in (body.get("max_tokens"), body.get("max_completion_tokens"))
        assert body["messages"][-1]["content"] == "a joke"


def test_what_the_inner_model_binds_to_its_tools_stays() -> None:
    class Tagging(SchemaChat):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            bound = super().bind_tools(tools, **kwargs)
            return RunnableBinding(bound=self, kwargs=bound.kwargs, config={"tags": ["tools"]})

    recorder: list[Any] = []

    class Tags(Recorder):
        def on_chat_model_start(self, *args: Any, **kw: Any) -> None:
            recorder.extend(kw["tags"])

    ChatBrainstorm(llm=Tagging()).bind_tools([weather]).invoke("weather in 'Rome'", {"callbacks": [Tags()]})
    assert recorder == ["tools"]


@pytest.mark.parametrize("name", ["response_schema", "ls_structured_output_format", "format", "toolConfig"])
def test_other_providers_names_for_one_answer_are_known(name: str) -> None:
    class Lenient(SchemaChat):
        def _message(self, messages: Any, kwargs: Any) -> Any:
            return super()._message(messages, {})

    chat = ChatBrainstorm(llm=Lenient()).bind(**{name: {"kwargs": {}, "schema": {"title": "a", "type": "object"}}})
    assert ideas_of(chat.invoke(BAKERY)) is None


# --- the whole configuration, usage, cache


class Slow(SchemaChat):
    """Knows how many calls it worked on at a time."""

    @property
    def most(self) -> int:
        return max(self.calls_open, default=0)

    calls_open: list[int] = Field(default_factory=list)
    now: list[int] = Field(default_factory=lambda: [0])

    async def _astream(self, *args: Any, **kwargs: Any) -> Any:
        self.now[0] += 1
        self.calls_open.append(self.now[0])
        await asyncio.sleep(0.01)
        self.now[0] -= 1
        async for chunk in super()._astream(*args, **kwargs):
            yield chunk


@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_a_limit_on_calls_at_a_time_is_kept(way: str) -> None:
    llm = Slow()
    chat = ChatBrainstorm(llm=llm, **EIGHT)
    if way == "invoke":
        chat.invoke(BAKERY, {"max_concurrency": 1})
    else:
        list(chat.stream(BAKERY, {"max_concurrency": 1}))
    assert len(llm.calls) == 8
    assert llm.most == 1


class Told(ScriptedChat):
    """Tells some of its tokens by kind."""

    def _chunks(self, *args: Any) -> Any:
        for chunk in super()._chunks(*args):
            if chunk.message.usage_metadata:
                used = chunk.message.usage_metadata
                details = {"output_token_details": {"reasoning": 2}, "input_token_details": {"cache_read": 1}}
                chunk.message.usage_metadata = {**used, **details}
            yield chunk


@pytest.mark.parametrize("way", ["invoke", "astream"])
async def test_usage_is_the_sum_of_all_real_calls_with_their_details(way: str) -> None:
    from langchain_core.callbacks import get_usage_metadata_callback

    said = {"Reply with one word": "yes", "Ideas:": "1: 5 good", "": ideas_json("Circuit Crumbs", "Steel Yeast")}
    llm, judge = Told(script=said), Told(script={"": "1: 9 good\n2: 3 dull"})
    chat = ChatBrainstorm(llm=llm, n=2, when="ask", judge=judge, max_rounds=1, budget={"calls": 1})
    real = {"input_tokens": 0, "output_tokens": 0}

    class Sum(Recorder):
        def on_llm_end(self, response: Any, *, run_id: Any, **kw: Any) -> None:
            message = response.generations[0][0].message
            if ideas_of(message) is None:
                for key in real:
                    real[key] += message.usage_metadata[key]

    with get_usage_metadata_callback():
        if way == "invoke":
            message: Any = chat.invoke(BAKERY, {"callbacks": [Sum()]})
        else:
            chunks = [chunk async for chunk in chat.astream(BAKERY, {"callbacks": [Sum()]})]
            message = chunks[-2] if chunks[-1].usage_metadata is None else chunks[-1]
    calls = len(llm.seen) + len(judge.seen)
    assert calls == 3  # asked, brainstormed, judged
    used = message.usage_metadata
    assert {key: used[key] for key in real} == real
    assert used["total_tokens"] == sum(real.values())
    streamed = 1 if way == "invoke" else 2
    assert used["output_token_details"]["reasoning"] >= 2 * streamed
    assert used["input_token_details"]["cache_read"] >= streamed


def test_an_estimate_says_so() -> None:
    chat = ChatBrainstorm(llm=FakeListChatModel(responses=[ideas_json("Circuit Crumbs", "Steel Yeast")]), n=2)
    assert chat.invoke(BAKERY).response_metadata["usage_estimated"] is True
    assert "usage_estimated" not in ChatBrainstorm(llm=scripted(), n=2).invoke(BAKERY).response_metadata


@pytest.mark.usefixtures("_cache")
def test_a_caches_key_is_the_same_in_every_process() -> None:
    def key(**options: Any) -> str:
        return ChatBrainstorm(llm=SchemaChat(), **options)._get_llm_string()

    def here(messages: Any) -> bool:
        return True

    for options in ({"when": here}, {"judge": SchemaChat()}, {"when": "marker"}):
        assert " at 0x" not in key(**options)
    assert key(n=2) != key(n=3)
    chat = ChatBrainstorm(llm=SchemaChat(), n=2, when=here)
    assert chat.invoke(BAKERY).content == chat.model_copy(update={"when": "always"}).invoke(BAKERY).content


def test_a_setting_can_be_made_configurable() -> None:
    chat = ChatBrainstorm(llm=scripted(), n=3).configurable_fields(n=ConfigurableField(id="n"))
    assert len(ideas_of(chat.invoke(BAKERY, {"configurable": {"n": 2}})) or ()) == 2
    assert len(ideas_of(chat.invoke(BAKERY)) or ()) == 3


def test_a_refusal_is_the_answer() -> None:
    refused = "I'm sorry, I can't help with that."
    chat = ChatBrainstorm(llm=ScriptedChat(script=[refused]), n=2)
    assert chat.invoke("Names for a boat").content == refused
    assert "".join(str(piece.content) for piece in chat.stream("Names for a boat")) == refused
    failing = ChatBrainstorm(llm=ScriptedChat(script=[ValueError("lost")]), n=2)
    with pytest.raises(NoIdeasError):
        failing.invoke("Names for a boat")


async def test_a_refusal_is_the_answer_for_those_who_wait() -> None:
    refused = "I'm sorry, I can't help with that."
    chat = ChatBrainstorm(llm=ScriptedChat(script=[refused]), n=2)
    assert (await chat.ainvoke("Names for a boat")).content == refused
    assert "".join([str(piece.content) async for piece in chat.astream("Names for a boat")]) == refused


def test_streamed_turns_and_results_of_tools_are_part_of_the_conversation() -> None:
    model = ScriptedChat(script=["1. Wave\n2. Gull"])
    chat = ChatBrainstorm(llm=model, n=2)
    asked = HumanMessage([{"type": "text", "text": "Names for a boat"}, {"type": "text", "text": "Make them short"}])
    first, *rest = chat.stream([asked])
    for piece in rest:
        first = first + piece
    call = AIMessage("", tool_calls=[{"name": "q", "args": {}, "id": "1"}])
    back = ToolMessage("revenue fell 40% in Ohio", tool_call_id="1", name="figures")
    before = len(model.seen)
    chat.invoke([asked, first, call, back, AIMessage("Done."), HumanMessage("More like the second")])
    sent = "\n".join(str(message.text) for message in model.seen[before])
    assert "Names for a boat\nMake them short" in sent
    assert "Gull" in sent
    assert "Result of figures:\nrevenue fell 40% in Ohio" in sent


def test_unknown_arguments_of_the_tool_are_refused_and_its_n_is_the_default() -> None:
    with pytest.raises(ValueError, match=r"no argument 'technique'(?s:.*)brainstormer="):
        BrainstormTool(llm=ScriptedChat(script=["1. Wave"]), technique="list")
    script = ["1. Wave\n2. Gull\n3. Rope of tar\n4. Salt lamp"]
    tool = BrainstormTool(llm=ScriptedChat(script=script), brainstormer={"n": 3})
    assert len(tool.invoke({"topic": "Names for a boat"}).splitlines()) == 3
    assert len(tool.invoke({"topic": "Names for a boat", "n": 2}).splitlines()) == 2


class Unreadable(InMemoryStore):
    def batch(self, ops: Any) -> Any:
        raise ConnectionError("the store is away")

    async def abatch(self, ops: Any) -> Any:
        raise ConnectionError("the store is away")


def test_a_store_that_cannot_be_read_costs_no_answer() -> None:
    chat = ChatBrainstorm(llm=ScriptedChat(script=["1. Wave\n2. Gull"]), n=2, memory=IdeaMemory(Unreadable()))
    assert "Gull" in str(chat.invoke("Names for a boat", {"configurable": {"thread_id": "1"}}).content)


def test_ideas_themselves_are_rejected_and_forgotten() -> None:
    memory = IdeaMemory(InMemoryStore(), scope=("me",))
    ideas = ChatBrainstorm(llm=ScriptedChat(script=["1. **Gull**: a boat that gulls"]), n=1).plain.invoke("Names")
    memory.reject(ideas[0])
    assert memory.known() == (str(ideas[0]),)
    memory.forget(ideas[0])
    assert memory.known() == ()
    with pytest.raises(BriefError, match="config="):
        memory.reject("Gull", {"configurable": {}})  # type: ignore[arg-type]
