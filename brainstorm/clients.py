"""What lies below LangChain's models: no cache, no retries of their own, OpenAI connections that suit the loop."""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from types import UnionType
from typing import Any

_home: weakref.WeakKeyDictionary[Any, weakref.ref[asyncio.AbstractEventLoop]] = weakref.WeakKeyDictionary()
"""The event loop on which each HTTP client was first used here: its open connections belong to that one."""

_twins: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
"""What stands for an HTTP client on the background loop, kept from run to run: the client itself must stay free for its
owner's loop, on which the model is asked directly."""

_PARTS = ("bound", "first", "last", "runnable")
_LISTS = ("middle", "fallbacks")


def retries(runnable: Any) -> int | None:
    """Retries that what is in `runnable` was told to make by itself; `None` where its owner left that open."""
    found: list[int] = []

    def look(part: Any) -> Any:
        if hasattr(part, "max_attempt_number"):  # .with_retry()
            found.append(part.max_attempt_number - 1)
            inner = retries(part.bound)
            found.extend([] if inner is None else [inner])
            return part
        clients = [getattr(part, name, None) for name in ("root_client", "root_async_client")]
        own = [client.max_retries for client in clients if client is not None]
        told = getattr(part, "max_retries", None)
        if not own and "max_retries" in part.model_fields_set and isinstance(told, int):
            own = [max(0, told - _off(part))]
        found.extend(own)
        return part

    _changed(runnable, look, _retrying())
    return max(found, default=None)


def without_retries(runnable: Any) -> Any:
    """`runnable` with the retries of what is in it off, so that they do not multiply with this library's.

    That is every chat model with a `max_retries`, and `.with_retry()`. The caller's own objects stay as they are.
    """

    def off(part: Any) -> Any:
        if hasattr(part, "max_attempt_number"):
            return part.model_copy(update={"max_attempt_number": 1, "bound": without_retries(part.bound)})
        if "max_retries" not in type(part).model_fields:
            return part
        update: dict[str, Any] = {"max_retries": _off(part)}
        for name, value in vars(part).items():
            # the clients that Stainless makes for OpenAI, Groq and others, and their parts such as chat.completions
            root: Any = value if hasattr(value, "with_options") else getattr(value, "_client", None)
            if getattr(root, "max_retries", 0) and hasattr(root, "with_options"):
                silent = root.with_options(max_retries=0)
                update[name] = silent if root is value else type(value)(silent)
        if len(update) == 1 and part.max_retries == _off(part):
            return part
        copied = part.model_copy(update=update)
        for name in [name for name in vars(copied) if isinstance(getattr(type(part), name, None), cached_property)]:
            del vars(copied)[name]  # a client made with the retries on
        return copied

    return _changed(runnable, off, _retrying())


def _off(chat: Any) -> int:
    """What its `max_retries` says for none: Google's counts the first attempt too, and takes 0 for its default."""
    return 1 if any(cls.__module__.startswith("langchain_google") for cls in type(chat).__mro__) else 0


def _retrying() -> Any:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables.retry import RunnableRetry

    return BaseChatModel | RunnableRetry


def without_chunk_timeouts(runnable: Any) -> Any:
    """`runnable`, made here, without langchain-openai's time-out for each piece: ours is for the whole, and costs less.

    Theirs is a task a piece, a tenth of all that a streamed call costs.
    """

    def off(chat: Any) -> Any:
        known = "stream_chunk_timeout" in type(chat).model_fields
        return chat.model_copy(update={"stream_chunk_timeout": None}) if known else chat

    return _changed(runnable, off)


@asynccontextmanager
async def on_this_loop(runnables: Sequence[Any]) -> AsyncGenerator[tuple[Any, ...]]:
    """`runnables`, safe to use on the running loop; connections made for it are closed at the end.

    A client that was first used on another loop, living or not, gets connections of its own here. One with an HTTP
    client that its owner made stays as it is: what was set on that cannot be copied.
    """
    async with AsyncExitStack() as stack:

        def own(chat: Any) -> Any:
            client = chat.root_async_client
            http = getattr(client, "_client", None)
            # openai's wrapper and langchain-openai's: made by default, with nothing in it but connections
            if http is None or not type(http).__name__.endswith("AsyncHttpxClientWrapper"):
                return chat
            behind = threading.current_thread().name == "brainstorm"
            if not behind and _at_home(http):
                return chat
            fresh = _twins.get(http) if behind else None
            if fresh is None:
                from openai import DefaultAsyncHttpxClient

                fresh = DefaultAsyncHttpxClient(base_url=http.base_url, timeout=http.timeout)
                if behind:
                    _twins[http] = fresh
                else:
                    stack.push_async_callback(fresh.aclose)
            root = client.copy(http_client=fresh)
            return chat.model_copy(update={"root_async_client": root, "async_client": root.chat.completions})

        yield tuple(_changed(runnable, own) for runnable in runnables)


def _at_home(http: Any) -> bool:
    loop = asyncio.get_running_loop()
    known = _home.setdefault(http, weakref.ref(loop))
    return known() is loop


def without_cache(runnable: Any) -> Any:
    """`runnable` past LangChain's cache, if one is on: to ask the same again is to ask for another answer."""
    from langchain_core.globals import get_llm_cache
    from langchain_core.language_models import BaseChatModel

    def off(chat: Any) -> Any:
        cached = chat.cache or (chat.cache is None and get_llm_cache() is not None)
        return chat.model_copy(update={"cache": False}) if cached else chat

    return _changed(runnable, off, BaseChatModel)


def _changed(runnable: Any, change: Callable[[Any], Any], kind: type | UnionType | None = None) -> Any:
    """`runnable` with `change` made to each chat model of this kind in it, OpenAI's by default.

    Itself when nothing changes.
    """
    if kind is None:
        module = sys.modules.get("langchain_openai.chat_models.base")
        if module is None:  # then none of its models can be here
            return runnable
        kind = module.BaseChatOpenAI
    if isinstance(runnable, kind):
        return change(runnable)
    fields = getattr(type(runnable), "model_fields", {})
    update: dict[str, Any] = {}
    for name in _PARTS:
        if name in fields and (new := _changed(old := getattr(runnable, name), change, kind)) is not old:
            update[name] = new
    for name in _LISTS:
        if name in fields:
            olds = list(getattr(runnable, name))
            news = [_changed(old, change, kind) for old in olds]
            if any(new is not old for new, old in zip(news, olds, strict=True)):
                update[name] = news
    return runnable.model_copy(update=update) if update else runnable
