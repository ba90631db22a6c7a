"""What was offered before, kept in a LangGraph store: it is not offered again, in these words or others."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config

from brainstorm.errors import BriefError
from brainstorm.result import IdeaSet
from brainstorm.values import Idea

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore, SearchItem

logger = logging.getLogger("brainstorm")

Verdict = Literal["shown", "rejected"]
Scope = Literal["thread", "user"] | tuple[str, ...] | Callable[[RunnableConfig], str | tuple[str, ...]]
_T = TypeVar("_T")

ROOT: Final = "brainstorm"
"""First part of the namespaces."""

_PAGE: Final = 500
"""Entries that a store is asked for at a time."""


@dataclass(frozen=True, slots=True)
class IdeaMemory:
    """Ideas that were shown or rejected, for a thread, a user or whatever else you name.

    What it knows goes into the brief's `keep`: the run folds new ideas with it by meaning, and what says a known idea
    again stands in the result's `rejected`. A store with a semantic index is asked for what is nearest to the topic;
    of any other, rejected ideas count first, then the latest.

    Two calls at the same time, as in `.batch`, do not know of each other's ideas.

    Attributes:
        store: any LangGraph `BaseStore`; `None` for that of the graph or agent it is used in.
        scope: "thread" or "user" (`thread_id` or `user_id` in the configuration's `configurable`, or in the context of
            the graph's runtime), a tuple of your own, or a function of the configuration that gives a text or tuple.
        limit: ideas that are looked up at most.
        most: ideas that are kept at most for one scope; the oldest that were only shown go first.

    Raises:
        BriefError: from its methods, when there is no store, or the configuration does not name the thread or user.
    """

    store: Any = None
    scope: Scope = "thread"
    limit: int = 500
    most: int = 2000

    def known(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """Texts that are not to be offered again."""
        store, namespace = self._store(), self.namespace(config)
        if query := _query(store, topic):
            return _texts(_own(store.search(namespace, query=query, limit=self.limit), namespace))
        return _texts(_first(_all(store, namespace)))[: self.limit]

    async def aknown(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """As `known`."""
        store, namespace = self._store(), self.namespace(config)
        if not (query := _query(store, topic)):
            return _texts(_first(await _aall(store, namespace)))[: self.limit]
        found = await _either(
            lambda: store.asearch(namespace, query=query, limit=self.limit),
            lambda: store.search(namespace, query=query, limit=self.limit),
        )
        return _texts(_own(found, namespace))

    def show(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> None:
        """Keep the ideas that someone has seen now; `more` of a set, if those after the best n were seen too."""
        self._put(_seen(ideas, more), "shown", ideas.topic, config)

    async def ashow(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> None:
        """As `show`."""
        await self._aput(_seen(ideas, more), "shown", ideas.topic, config)

    def recall(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """As `known`, but a store that fails costs nobody an answer: it is logged, and nothing is known."""
        try:
            return self.known(topic, config)
        except BriefError:  # the caller can mend that
            raise
        except Exception as error:  # each store raises its own kinds
            return _unread(error)

    async def arecall(self, topic: str = "", config: RunnableConfig | None = None) -> tuple[str, ...]:
        """As `recall`."""
        try:
            return await self.aknown(topic, config)
        except BriefError:
            raise
        except Exception as error:
            return _unread(error)

    def remember(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> IdeaSet:
        """As `show`, but a store that fails loses nobody an answer: it is logged, and noted in the set given back."""
        try:
            self.show(ideas, config, more=more)
        except Exception as error:  # each store raises its own kinds
            return _unkept(ideas, error)
        return ideas

    async def aremember(self, ideas: IdeaSet, config: RunnableConfig | None = None, *, more: bool = False) -> IdeaSet:
        """As `remember`."""
        try:
            await self.ashow(ideas, config, more=more)
        except Exception as error:
            return _unkept(ideas, error)
        return ideas

    def reject(self, *texts: Idea | str, config: RunnableConfig | None = None) -> None:
        """Keep ideas that are not wanted, whoever had them."""
        self._put(_said(texts), "rejected", "", config)

    async def areject(self, *texts: Idea | str, config: RunnableConfig | None = None) -> None:
        """As `reject`."""
        await self._aput(_said(texts), "rejected", "", config)

    def forget(self, *texts: Idea | str, config: RunnableConfig | None = None) -> None:
        """Let ideas be offered again: themselves, or the very words they were kept in, `str(idea)`."""
        self._store().batch(_deletions(self.namespace(config), map(_key, _said(texts))))

    async def aforget(self, *texts: Idea | str, config: RunnableConfig | None = None) -> None:
        """As `forget`."""
        await self._abatch(_deletions(self.namespace(config), map(_key, _said(texts))))

    def clear(self, config: RunnableConfig | None = None) -> None:
        """Forget all that this thread or user, or whoever the scope names, was shown or rejected."""
        store, namespace = self._store(), self.namespace(config)
        store.batch(_deletions(namespace, [item.key for item in _all(store, namespace)]))

    async def aclear(self, config: RunnableConfig | None = None) -> None:
        """As `clear`."""
        namespace = self.namespace(config)
        await self._abatch(_deletions(namespace, [item.key for item in await _aall(self._store(), namespace)]))

    def namespace(self, config: RunnableConfig | None = None) -> tuple[str, ...]:
        """Where the ideas are kept: who they are kept for stands there as a digest.

        Stores refuse some characters in a namespace, and search for what begins like it: a digest is safe, and never
        the beginning of another.
        """
        scope, config = self.scope, ensure_config(config)
        if callable(scope):
            kind, who = "own", scope(config)
        elif isinstance(scope, tuple):
            kind, who = "own", scope
        else:
            kind, who = scope, _named(f"{scope}_id", config)
        parts = [who] if isinstance(who, str) else [str(part) for part in who]
        if not any(parts):
            raise BriefError("the scope of the memory names nobody.", hint="Give a text, or a tuple of texts.")
        return (ROOT, kind, hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32], "ideas")

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
        store, namespace = self._store(), self.namespace(config)
        store.batch(_puts(namespace, texts, verdict, topic, _all(store, namespace), self.most))

    async def _aput(self, texts: Iterable[str], verdict: Verdict, topic: str, config: RunnableConfig | None) -> None:
        namespace = self.namespace(config)
        there = await _aall(self._store(), namespace)
        await self._abatch(_puts(namespace, texts, verdict, topic, there, self.most))

    async def _abatch(self, operations: list[Any]) -> None:
        store = self._store()
        await _either(lambda: store.abatch(operations), lambda: store.batch(operations))


def _named(key: str, config: RunnableConfig) -> str:
    """Who is meant, from the configuration or the context of the graph's runtime."""
    who = (config.get("configurable") or {}).get(key)
    if who in (None, ""):
        context = _context()
        who = context.get(key) if isinstance(context, Mapping) else getattr(context, key, None)
    if who in (None, ""):
        raise BriefError(
            f"the configuration names no {key}, so there is nobody to remember for.",
            hint=f'Call with config={{"configurable": {{"{key}": "..."}}}}, or give IdeaMemory a scope of your own.',
        )
    return str(who)


def _context() -> Any:
    try:
        from langgraph.runtime import get_runtime

        return getattr(get_runtime(), "context", None)
    except (ImportError, RuntimeError, KeyError):  # outside of a graph
        return None


def _seen(ideas: IdeaSet, more: bool) -> tuple[str, ...]:
    return tuple(str(idea) for idea in (*ideas.ideas, *(ideas.more if more else ())))


def _unread(error: Exception) -> tuple[str, ...]:
    logger.warning("the memory could not be read, so earlier ideas may be offered again.", exc_info=error)
    return ()


def _said(texts: Iterable[Idea | str]) -> tuple[str, ...]:
    """Ideas as their texts.

    Raises:
        BriefError: one is neither.
    """
    given = tuple(texts)
    for one in given:
        if not isinstance(one, Idea | str):
            raise BriefError(
                f"a {type(one).__name__} is no idea.", hint="Give ideas or texts, and the configuration as config=."
            )
    return tuple(str(one) for one in given)


def _unkept(ideas: IdeaSet, error: Exception) -> IdeaSet:
    logger.warning("ideas could not be kept in the memory, and may be offered again.", exc_info=error)
    note = f"These ideas could not be remembered ({type(error).__name__}: {error}), and may be offered again."
    return ideas.model_copy(update={"notes": (*ideas.notes, note)})


def _key(text: str) -> str:
    """The text itself makes the key: the same idea twice is one entry."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _puts(
    namespace: tuple[str, ...],
    texts: Iterable[str],
    verdict: Verdict,
    topic: str,
    there: Sequence[SearchItem],
    most: int,
) -> list[Any]:
    from langgraph.store.base import PutOp

    now = time.time()  # some stores keep whole seconds
    rejected = {item.key for item in there if _is_rejected(item)}
    new = {_key(text): text for text in texts if text.strip()}
    # what someone did not want stays unwanted when it is shown
    new = {key: text for key, text in new.items() if verdict == "rejected" or key not in rejected}
    old = [item.key for item in _first(there) if item.key not in new]
    puts: list[Any] = [
        PutOp(namespace, key, {"text": text, "is": verdict, "topic": topic, "at": now}) for key, text in new.items()
    ]
    return puts + _deletions(namespace, old[max(0, most - len(new)) :])


def _deletions(namespace: tuple[str, ...], keys: Iterable[str]) -> list[Any]:
    from langgraph.store.base import PutOp

    return [PutOp(namespace, key, None) for key in dict.fromkeys(keys)]


def _all(store: BaseStore, namespace: tuple[str, ...]) -> list[SearchItem]:
    found: list[SearchItem] = []
    while len(page := store.search(namespace, limit=_PAGE, offset=len(found))) == _PAGE:
        found += page
    return _own([*found, *page], namespace)


async def _aall(store: BaseStore, namespace: tuple[str, ...]) -> list[SearchItem]:
    found: list[SearchItem] = []

    async def page() -> list[SearchItem]:
        return await _either(
            lambda: store.asearch(namespace, limit=_PAGE, offset=len(found)),
            lambda: store.search(namespace, limit=_PAGE, offset=len(found)),
        )

    while len(got := await page()) == _PAGE:
        found += got
    return _own([*found, *got], namespace)


def _own(found: Iterable[SearchItem], namespace: tuple[str, ...]) -> list[SearchItem]:
    """Those of this very namespace: stores search by how a namespace begins."""
    return [item for item in found if item.namespace == namespace and "text" in item.value]


def _is_rejected(item: SearchItem) -> bool:
    return item.value.get("is") == "rejected"


def _first(items: Iterable[SearchItem]) -> list[SearchItem]:
    """In the order in which they count: the rejected ones, then the shown ones, each the latest first."""
    return sorted(items, key=lambda item: (_is_rejected(item), float(item.value.get("at", 0))), reverse=True)


def _texts(found: Iterable[SearchItem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item.value["text"]) for item in found))


def _query(store: BaseStore, topic: str) -> str | None:
    # without an index a query finds nothing nearer, and some stores say so in the log
    return topic[:2000] or None if getattr(store, "index_config", None) else None


async def _either(asynchronous: Callable[[], Awaitable[_T]], synchronous: Callable[[], _T]) -> _T:
    """From a store's async side, or on a thread where it has none (`SqliteStore`)."""
    try:
        return await asynchronous()
    except NotImplementedError:
        return await asyncio.to_thread(synchronous)
