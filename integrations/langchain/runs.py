"""The run that a chat model is in: LangChain does not hand it to every method that needs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from langchain_core.callbacks import AsyncCallbackManager, CallbackManager
from langchain_core.callbacks.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7

LLMRun = CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun
_T = TypeVar("_T")

_run: ContextVar[LLMRun | None] = ContextVar("brainstorm_run", default=None)
_settings: ContextVar[Mapping[str, Any] | None] = ContextVar("brainstorm_configurable", default=None)


@contextmanager
def entered(*, run: LLMRun | None = None, config: RunnableConfig | None = None) -> Iterator[None]:
    """Within it, `child_config` knows the run, or the caller's configuration."""
    first = _run.set(run) if run is not None else None
    second = _settings.set(config.get("configurable") or {}) if config is not None else None
    try:
        yield
    finally:
        if first is not None:
            _run.reset(first)
        if second is not None:
            _settings.reset(second)


def child_config(run: LLMRun | None = None) -> RunnableConfig:
    """Configuration for what runs below the chat model's run: its children, with the caller's `configurable`."""
    config = ensure_config()
    run = run or _run.get()
    if run is not None:
        config["callbacks"] = _children(run)
    configurable = {**(config.get("configurable") or {}), **(_settings.get() or {})}
    return {**config, "configurable": configurable}


def _children(run: LLMRun) -> CallbackManager | AsyncCallbackManager:
    kind = AsyncCallbackManager if isinstance(run, AsyncCallbackManagerForLLMRun) else CallbackManager
    # what `get_child` of a parent's run manager does, which those of chat models lack
    manager = kind(handlers=[], parent_run_id=run.run_id)
    manager.set_handlers(run.inheritable_handlers)
    manager.add_tags(run.inheritable_tags)
    manager.add_metadata(run.inheritable_metadata)
    return manager


def announced(chat: BaseChatModel, config: RunnableConfig | None, kind: type[Any]) -> tuple[RunnableConfig, LLMRun]:
    """The configuration with which `chat` streams, and the run that it will be: LangChain tells `_stream` neither.

    Args:
        chat: the model.
        config: the caller's.
        kind: `CallbackManager` or `AsyncCallbackManager`.
    """
    config = ensure_config(config)
    manager = kind.configure(
        config.get("callbacks"),
        chat.callbacks,
        chat.verbose,
        config.get("tags"),
        chat.tags,
        config.get("metadata"),
        chat.metadata,
    )
    run_id = config.get("run_id") or uuid7()
    run = (CallbackManagerForLLMRun if kind is CallbackManager else AsyncCallbackManagerForLLMRun)(
        run_id=run_id,
        handlers=manager.handlers,
        inheritable_handlers=manager.inheritable_handlers,
        parent_run_id=manager.parent_run_id,
        inheritable_tags=manager.inheritable_tags,
        inheritable_metadata=manager.inheritable_metadata,
    )
    return {**config, "callbacks": manager, "run_id": run_id}, run


def begun(chunks: Iterator[_T], config: RunnableConfig, run: LLMRun) -> Iterator[_T]:
    """`chunks`, whose first step is taken inside the run: a generator must not leave its caller's context changed."""
    with entered(run=run, config=config):
        first = next(chunks, None)
    if first is not None:
        yield first
    yield from chunks


async def abegun(chunks: AsyncIterator[_T], config: RunnableConfig, run: LLMRun) -> AsyncIterator[_T]:
    """As `begun`."""
    async with aclosing(cast("AsyncGenerator[_T]", chunks)) as rest:
        with entered(run=run, config=config):
            first = await anext(rest, None)
        if first is not None:
            yield first
        async for chunk in rest:
            yield chunk
