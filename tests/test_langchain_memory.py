"""Ideas that were shown or rejected are not offered again, whatever store remembers them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from brainstorm.integrations.langchain import BrainstormMiddleware, BrainstormTool, ChatBrainstorm, IdeaMemory, ideas_of
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.globals import set_llm_cache
from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.store.postgres import PostgresStore
from langgraph.store.postgres.aio import AsyncPostgresStore
from langgraph.store.sqlite import SqliteStore
from langgraph.store.sqlite.aio import AsyncSqliteStore

from brainstorm import Event, Idea, IdeaSet
from brainstorm.errors import BriefError
from brainstorm.testing import ScriptedChat
from tests.server import ideas_json

BAKERY = "Names for a bakery run by robots"
ONE: RunnableConfig = {"configurable": {"thread_id": "1", "user_id": "ann"}}
OTHER: RunnableConfig = {"configurable": {"thread_id": "2", "user_id": "bob"}}


def llm() -> ScriptedChat:
    """Says first what it then says again in other words, with one new idea."""
    first = ideas_json("A doorstop", "A plant pot")
    again = ideas_json("door stop!", "a pot for plants", "A boat for ants")
    return ScriptedChat(script=[first, again])


def options(memory: IdeaMemory) -> dict[str, Any]:
    return {"n": 3, "max_rounds": 1, "budget": {"calls": 1}, "technique": "vs_standard", "memory": memory}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of the test's own, on a socket in a folder: no port, no password, gone afterwards."""
    tools = [shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
             for name in ("initdb", "pg_ctl")]  # fmt: skip
    if None in tools:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # not pytest's: other sessions clear those away
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            user = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid, "extra_groups": []}
        except KeyError:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres to run it as")
        shutil.chown(folder, "postgres")
    data, (initdb, pg_ctl) = folder / "data", tools
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    subprocess.run([initdb, "-D", data, "-U", "tests", "--auth=trust", "--no-sync"], check=True, **quiet, **user)
    settings = f"-k {folder} -c listen_addresses='' -c fsync=off"
    subprocess.run(
        [pg_ctl, "-D", data, "-w", "-l", folder / "log", "-o", settings, "start"], check=True, **quiet, **user
    )
    try:
        yield f"host={folder} user=tests dbname=postgres"
    finally:
        subprocess.run([pg_ctl, "-D", data, "-w", "-m", "immediate", "stop"], check=True, **quiet, **user)
        shutil.rmtree(folder)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseStore]:
    if request.param == "memory":
        yield InMemoryStore()
        return
    if request.param == "sqlite":
        with SqliteStore.from_conn_string(str(tmp_path / "store.db")) as sqlite:
            sqlite.setup()
            yield sqlite
        return
    with PostgresStore.from_conn_string(request.getfixturevalue("postgres")) as pg:
        pg.setup()
        yield pg
        pg.batch([])
        with pg._cursor() as cursor:
            cursor.execute("delete from store")


def offered(message: Any) -> set[str]:
    ideas = ideas_of(message)
    assert ideas is not None
    return {idea.text for idea in ideas}


def test_what_was_shown_is_not_offered_again_in_other_words(store: BaseStore) -> None:
    chat = ChatBrainstorm(llm=llm(), **options(IdeaMemory(store)))
    assert offered(chat.invoke(BAKERY, ONE)) == {"A doorstop", "A plant pot"}
    message = chat.invoke(BAKERY, ONE)
    assert offered(message) == {"A boat for ants"}
    again = ideas_of(message)
    assert again is not None
    assert {r.text for r in again.rejected if r.reason == "already kept"} == {"door stop!", "a pot for plants"}
    assert len(offered(chat.invoke(BAKERY, OTHER))) == 2  # another thread remembers nothing


async def test_the_async_side_remembers_too(store: BaseStore) -> None:
    if isinstance(store, PostgresStore):
        pytest.skip("its async side is a store of its own, tested below")
    chat = ChatBrainstorm(llm=llm(), **options(IdeaMemory(store, "user")))
    assert offered(await chat.ainvoke(BAKERY, ONE)) == {"A doorstop", "A plant pot"}
    assert offered(await chat.ainvoke(BAKERY, ONE)) == {"A boat for ants"}


async def test_the_async_stores_remember(tmp_path: Path, postgres: str) -> None:
    async with (
        AsyncSqliteStore.from_conn_string(str(tmp_path / "store.db")) as sqlite,
        AsyncPostgresStore.from_conn_string(postgres) as pg,
    ):
        for store in (sqlite, pg):
            await store.setup()
            chat = ChatBrainstorm(llm=llm(), **options(IdeaMemory(store, ("async",))))
            assert offered(await chat.ainvoke(BAKERY)) == {"A doorstop", "A plant pot"}
            assert offered(await chat.ainvoke(BAKERY)) == {"A boat for ants"}


def test_what_is_rejected_by_hand_is_not_offered(store: BaseStore) -> None:
    memory = IdeaMemory(store, ("me",))
    memory.reject("the door stop")
    assert offered(ChatBrainstorm(llm=llm(), **options(memory)).invoke(BAKERY)) == {"A plant pot"}
    assert set(memory.known()) == {"the door stop", "A plant pot"}


async def test_a_stream_tells_no_known_idea_as_new() -> None:
    memory = IdeaMemory(InMemoryStore(), ("me",))
    memory.reject("the door stop", "a pot for a plant")
    chat = ChatBrainstorm(llm=llm(), **options(memory))
    chat.llm.seen.append([])  # the second entry of its script
    text = "".join([str(chunk.text) async for chunk in chat.astream(BAKERY)])
    assert text == "1. A boat for ants\n\nBest first: 1"
    events = list(chat.plain.stream(BAKERY, keep=["A doorstop"]))
    assert any(isinstance(e, Event) and e.kind == "rejected" and e.reason == "already kept" for e in events)
    assert isinstance(events[-1], IdeaSet)


def test_an_agents_own_store_serves_the_middleware_and_the_tool() -> None:
    store = InMemoryStore()
    middleware = BrainstormMiddleware(**options(IdeaMemory()))
    agent = create_agent(llm(), [], middleware=[middleware], store=store)
    first = agent.invoke({"messages": [("user", BAKERY)]}, ONE)
    second = agent.invoke({"messages": [("user", BAKERY)]}, ONE)
    assert offered(first["messages"][-1]) == {"A doorstop", "A plant pot"}
    assert offered(second["messages"][-1]) == {"A boat for ants"}
    tool = BrainstormTool(llm=llm(), memory=IdeaMemory(store), brainstormer={"max_rounds": 1, "technique": "list"})
    call: Any = {"type": "tool_call", "name": "brainstorm", "id": "1", "args": {"topic": BAKERY, "n": 1}}
    answer = tool.invoke(call, ONE)
    assert answer.content == "No new ideas."  # all of them stood in the agent's store
    assert offered(answer) == set()


def test_a_store_with_an_index_is_asked_for_what_is_near() -> None:
    def embed(texts: list[str]) -> list[list[float]]:
        return [[float("door" in text), float("pot" in text), 0.1] for text in texts]

    memory = IdeaMemory(InMemoryStore(index={"dims": 3, "embed": embed, "fields": ["text"]}), ("me",), limit=1)
    memory.reject("a door stop", "a plant pot")
    assert memory.known("doors") == ("a door stop",)
    assert memory.known("a pot") == ("a plant pot",)


@pytest.mark.parametrize(
    ("one", "other"),
    [("1", "10"), ("a@b.c", "a@b.d"), ("langgraph", "x y")],
)
async def test_users_with_any_id_are_kept_apart(store: BaseStore, one: str, other: str) -> None:
    memory = IdeaMemory(store, "user")
    asked: list[RunnableConfig] = [{"configurable": {"user_id": who}} for who in (one, other)]
    memory.reject("the door stop", config=asked[0])
    memory.reject("a kite", config=asked[1])
    assert memory.known(config=asked[0]) == ("the door stop",)
    assert memory.known(config=asked[1]) == ("a kite",)
    if not isinstance(store, PostgresStore):
        assert await memory.aknown(config=asked[0]) == ("the door stop",)


def test_scopes_of_ones_own_are_kept_apart(store: BaseStore) -> None:
    scopes: list[Any] = [("team",), ("team", "7"), ("team", "ideas"), ("thread", "5"), ("team7",), "thread"]
    memories = [IdeaMemory(store, scope) for scope in scopes]
    config: RunnableConfig = {"configurable": {"thread_id": "5"}}
    for number, memory in enumerate(memories):
        memory.reject(f"idea {number}", config=config)
    for number, memory in enumerate(memories):
        assert memory.known(config=config) == (f"idea {number}",)


def test_a_neighbour_in_the_store_is_not_read() -> None:
    store = InMemoryStore()
    memory = IdeaMemory(store, ("me",))
    store.put((*memory.namespace(), "deeper"), "k", {"text": "not mine"})
    memory.reject("mine")
    assert memory.known() == ("mine",)


def test_the_latest_count_and_rejected_ones_first(store: BaseStore) -> None:
    memory = IdeaMemory(store, ("me",), limit=3)
    memory.reject("unwanted")
    for number in range(12):
        memory.show(IdeaSet(topic="t", ideas=(Idea(text=f"idea {number}"),)))
    assert memory.known() == ("unwanted", "idea 11", "idea 10")
    memory.show(IdeaSet(topic="t", ideas=(Idea(text="unwanted"),)))  # stays unwanted
    assert memory.known()[0] == "unwanted"


async def test_more_than_a_page_is_read_and_growth_is_bounded() -> None:
    store = InMemoryStore()
    memory = IdeaMemory(store, ("me",), limit=2000, most=1100)
    memory.reject("unwanted")
    for start in range(0, 1200, 300):
        memory.show(IdeaSet(topic="t", ideas=tuple(Idea(text=f"idea {start + i}") for i in range(300))))
    for known in (memory.known(), await memory.aknown()):
        assert len(known) == 1100
        assert known[0] == "unwanted"
        assert "idea 1199" in known
        assert "idea 299" not in known


async def test_what_was_kept_can_be_forgotten(store: BaseStore) -> None:
    memory, other = IdeaMemory(store, ("me",)), IdeaMemory(store, ("you",))
    for one in (memory, other):
        one.reject("the door stop", "a kite", "a boat")
    memory.forget("a kite")
    assert set(memory.known()) == {"the door stop", "a boat"}
    if not isinstance(store, PostgresStore):
        await memory.aforget("a boat")
        assert memory.known() == ("the door stop",)
        await memory.aclear()
        memory.reject("a moth")
    memory.clear()
    assert memory.known() == ()
    assert len(other.known()) == 3


class Full(InMemoryStore):
    """A store that can be read only."""

    def batch(self, ops: Any) -> Any:
        ops = list(ops)
        if any(type(op).__name__ == "PutOp" for op in ops):
            raise OSError("disk full")
        return super().batch(ops)

    async def abatch(self, ops: Any) -> Any:
        return self.batch(ops)


async def test_a_memory_that_cannot_be_written_loses_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    chat = ChatBrainstorm(llm=llm(), **options(IdeaMemory(Full(), ("me",))))
    tool = BrainstormTool(llm=llm(), memory=IdeaMemory(Full(), ("me",)))
    call: Any = {"type": "tool_call", "name": "brainstorm", "id": "1", "args": {"topic": BAKERY, "n": 1}}
    answers = [chat.invoke(BAKERY), await chat.ainvoke(BAKERY), tool.invoke(call), await tool.ainvoke(call)]
    answers += [chunk for chunk in chat.stream(BAKERY) if ideas_of(chunk)]
    answers += [chunk async for chunk in chat.astream(BAKERY) if ideas_of(chunk)]
    assert len(answers) == 6
    for answer in answers:
        found = ideas_of(answer)
        assert found is not None
        assert found.ideas
        assert any("disk full" in note for note in found.notes)
    assert sum("memory" in record.message for record in caplog.records) == 6


def test_a_cache_does_not_give_one_user_what_another_was_shown() -> None:
    set_llm_cache(InMemoryCache())
    try:
        chat = ChatBrainstorm(llm=llm(), **options(IdeaMemory(InMemoryStore(), "user")))
        assert offered(chat.invoke(BAKERY, ONE)) == {"A doorstop", "A plant pot"}
        assert offered(chat.invoke(BAKERY, ONE)) == {"A boat for ants"}
        chat.inner.seen.clear()  # type: ignore[attr-defined]
        assert offered(chat.invoke(BAKERY, OTHER)) == {"A doorstop", "A plant pot"}
    finally:
        set_llm_cache(None)


@dataclass
class Context:
    user_id: str


def test_who_is_meant_can_stand_in_the_runtimes_context() -> None:
    store = InMemoryStore()
    agent = create_agent(
        llm(), [], middleware=[BrainstormMiddleware(**options(IdeaMemory(scope="user")))], store=store,
        context_schema=Context,
    )  # fmt: skip
    asked: Any = {"messages": [("user", BAKERY)]}
    first = agent.invoke(asked, context=Context("ann"))
    assert offered(first["messages"][-1]) == {"A doorstop", "A plant pot"}
    assert offered(agent.invoke(asked, context=Context("ann"))["messages"][-1]) == {"A boat for ants"}
    assert set(IdeaMemory(store, "user").known(config=ONE)) == {"A doorstop", "A plant pot", "A boat for ants"}


def test_a_function_can_say_who_is_meant() -> None:
    memory = IdeaMemory(InMemoryStore(), lambda config: ("team", config["configurable"]["user_id"]))
    memory.reject("a kite", config=ONE)
    assert memory.known(config=ONE) == ("a kite",)
    assert memory.known(config=OTHER) == ()
    assert IdeaMemory(memory.store, ("team", "ann")).known() == ("a kite",)
    with pytest.raises(BriefError, match="nobody"):
        IdeaMemory(memory.store, lambda config: "").known()


def test_what_is_missing_is_said() -> None:
    with pytest.raises(BriefError, match="thread_id"):
        IdeaMemory(InMemoryStore()).known()
    with pytest.raises(BriefError, match="no store"):
        IdeaMemory(scope=("me",)).known()
