"""Ideas that were shown or rejected are not offered again, whatever store remembers them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from brainstorm.integrations.langchain import BrainstormMiddleware, BrainstormTool, ChatBrainstorm, IdeaMemory, ideas_of
from langchain.agents import create_agent
from langchain_core.runnables import RunnableConfig
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from langgraph.store.postgres import PostgresStore
from langgraph.store.postgres.aio import AsyncPostgresStore
from langgraph.store.sqlite import SqliteStore
from langgraph.store.sqlite.aio import AsyncSqliteStore

from brainstorm import Event, IdeaSet
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


def test_what_is_missing_is_said() -> None:
    with pytest.raises(BriefError, match="thread_id"):
        IdeaMemory(InMemoryStore()).known()
    with pytest.raises(BriefError, match="no store"):
        IdeaMemory(scope=("me",)).known()
