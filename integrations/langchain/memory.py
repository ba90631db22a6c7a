"""What was offered before, kept in a LangGraph store: it is not offered again, in these words or others."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config

from brainstorm.errors import BriefError
from brainstorm.result import IdeaSet

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore, SearchItem

Verdict = Literal["shown", "rejected"]
_T = TypeVar("_T")

ROOT: Final = "brainstorm"
"""First part of the namespaces."""


@dataclass(frozen=True, slots=True)
class IdeaMemory:
    """Ideas that were shown or rejected, for a thread, a user or a namespace of your own.

    What it knows goes into the brief's `keep`: the run folds new ideas with it by meaning, and what says a known idea
    again stands in the result's `rejected`. A store with a semantic index is asked for what is nearest to the topic,
    any other for the latest.

    Attributes:
        store: any LangGraph `BaseStore`; `None` for that of the graph or agent it is used in.
        scope: "thread" or "user" (`thread_id` or `user_id` in the configuration's `configurable`), or a namespace.
        limit: ideas that are looked up at most.

    Raises:
        BriefError: from its methods, when there is no store, or the configuration does not name the thread or user.
    """

    store: Any = None
    scope: Literal["thread", "user"] | tuple[str, ...] = "thread"
    limit: int = 500

    def known(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """Texts that are not to be offered again."""
        store = self._store()
        return _texts(store.search(self.namespace(config), query=_query(store, topic), limit=self.limit))

    async def aknown(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """As `known`."""
        store, namespace = self._store(), self.namespace(config)
        query = _query(store, topic)
        found = await _either(
            lambda: store.asearch(namespace, query=query, limit=self.limit),
            lambda: store.search(namespace, query=query, limit=self.limit),
        )
        return _texts(found)

    def show(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> None:
        """Keep the ideas that someone has seen now; `more` of a set, if those after the best n were seen too."""
        self._put(_seen(ideas, more), "shown", ideas.topic, config)

    async def ashow(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> None:
        """As `show`."""
        await self._aput(_seen(ideas, more), "shown", ideas.topic, config)

    def reject(self, *texts: str, config: RunnableConfig | None = None) -> None:
        """Keep ideas that are not wanted, whoever had them."""
        self._put(texts, "rejected", "", config)

    async def areject(self, *texts: str, config: RunnableConfig | None = None) -> None:
        """As `reject`."""
        await self._aput(texts, "rejected", "", config)

    def namespace(self, config: RunnableConfig | None = None) -> tuple[str, ...]:
        """Where the ideas are kept."""
        if isinstance(self.scope, tuple):
            return (ROOT, *self.scope)
        key = f"{self.scope}_id"
        who = (ensure_config(config).get("configurable") or {}).get(key)
        if who in (None, ""):
            raise BriefError(
                f"the configuration names no {key}, so there is nobody to remember for.",
                hint=f'Call with config={{"configurable": {{"{key}": "..."}}}}, or give IdeaMemory a namespace.',
            )
        return (ROOT, self.scope, str(who))

    def _store(self) -> BaseStore:
        if self.store is not None:
            return cast("BaseStore", self.store)
        try:
            from langgraph.config import get_store

            store = get_store()
        except (ImportError, RuntimeError, KeyError, AttributeError):  # outside of a graph
            store = None
        if store is None:
            raise BriefError(
                "there is no store to remember ideas in.",
                hint="Give one: IdeaMemory(InMemoryStore()), or create_agent(..., store=...).",
            )
        return store

    def _put(self, texts: Iterable[str], verdict: Verdict, topic: str, config: RunnableConfig | None) -> None:
        self._store().batch(_puts(self.namespace(config), texts, verdict, topic))

    async def _aput(self, texts: Iterable[str], verdict: Verdict, topic: str, config: RunnableConfig | None) -> None:
        store, puts = self._store(), _puts(self.namespace(config), texts, verdict, topic)
        await _either(lambda: store.abatch(puts), lambda: store.batch(puts))


def _seen(ideas: IdeaSet, more: bool) -> tuple[str, ...]:
    return tuple(str(idea) for idea in (*ideas.ideas, *(ideas.more if more else ())))


def _puts(namespace: tuple[str, ...], texts: Iterable[str], verdict: Verdict, topic: str) -> list[Any]:
    from langgraph.store.base import PutOp

    # the text itself makes the key: the same idea twice is one entry
    return [
        PutOp(namespace, hashlib.sha256(text.encode()).hexdigest()[:32], {"text": text, "is": verdict, "topic": topic})
        for text in texts
        if text.strip()
    ]


def _texts(found: Sequence[SearchItem]) -> tuple[str, ...]:
    latest = sorted(found, key=lambda item: item.updated_at, reverse=True)
    return tuple(dict.fromkeys(str(item.value["text"]) for item in latest if "text" in item.value))


def _query(store: BaseStore, topic: str) -> str | None:
    # without an index a query finds nothing nearer, and some stores say so in the log
    return topic[:2000] or None if getattr(store, "index_config", None) else None


async def _either(asynchronous: Callable[[], Awaitable[_T]], synchronous: Callable[[], _T]) -> _T:
    """From a store's async side, or on a thread where it has none (`SqliteStore`)."""
    try:
        return await asynchronous()
    except NotImplementedError:
        return await asyncio.to_thread(synchronous)
