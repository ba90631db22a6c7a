"""One call of a chat model of ours: the run it is, what runs below it, and what that used.

This leans on private seams, for LangChain offers no public ones: run managers of chat models have no `get_child` and
`_stream` is not told which run it is in. Tests run against the lowest and the newest versions declared.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackManager, BaseCallbackHandler, CallbackManager
from langchain_core.callbacks.manager import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.messages.ai import UsageMetadata, add_usage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config, merge_configs
from langchain_core.utils.uuid import uuid7

from brainstorm.result import IdeaSet

from .select import usage_of

LLMRun = CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun
_M = TypeVar("_M", CallbackManager, AsyncCallbackManager)

_OF_THE_RUN: Final = ("callbacks", "tags", "metadata", "run_name", "run_id")
"""Parts of a configuration that are those of one run; what runs below has the others too."""


_GROUP: Final = "ChatBrainstorm"


class Meter(BaseCallbackHandler):
    """Adds up what the calls of one answer used, as their providers told it.

    Attributes:
        beside: used by calls that the set's own usage leaves out: asking whether to brainstorm, and the judge.
        told: used by all calls.
    """

    run_inline = True

    def __init__(self) -> None:
        self.beside: UsageMetadata | None = None
        self.told: UsageMetadata | None = None
        self._kinds: dict[UUID, Any] = {}
        self._lock = threading.Lock()

    def on_chat_model_start(
        self, serialized: Any, messages: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Take note of what the call is for; one made inside another is that one's affair."""
        with self._lock:
            if parent_run_id not in self._kinds:
                self._kinds[run_id] = (kwargs.get("metadata") or {}).get("brainstorm_technique", "ask")

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Add what the call used."""
        found = [g.message for row in response.generations for g in row if isinstance(g, ChatGeneration)]
        with self._lock:
            kind = self._kinds.get(run_id)
            for message in found if kind is not None else ():
                used = message.usage_metadata if isinstance(message, AIMessage) else None
                self.told = add_usage(self.told, used)
                if kind in ("ask", "judge"):
                    self.beside = add_usage(self.beside, used)

    def heard(self, config: RunnableConfig | None = None) -> RunnableConfig:
        """The configuration, with which this hears of the calls below."""
        own: RunnableConfig = {"callbacks": [self]}
        return merge_configs(ensure_config(config), own)

    def usage(self, ideas: IdeaSet) -> UsageMetadata:
        """What the answer with these ideas used: the calls for them, counted or estimated, and those beside them."""
        total: Any = add_usage(usage_of(ideas), self.beside)
        told: dict[str, Any] = dict(self.told or {})
        # the set counts tokens alone; reasoning and cached ones are told by kind
        details = {key: value for key, value in told.items() if key.endswith("_details")}
        return cast("UsageMetadata", {**total, **details})


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of a chat model of ours.

    Attributes:
        config: the caller's.
        run: the chat model's run, once there is one.
        live: whether ideas are told as they come.
        meter: hears of every call below.
    """

    config: RunnableConfig = field(default_factory=ensure_config)
    run: LLMRun | None = None
    live: bool = False
    meter: Meter = field(default_factory=Meter)

    def below(self) -> RunnableConfig:
        """Configuration of what runs below: children of the run, with all else that the caller set."""
        if self.run is None:
            return self.meter.heard(self.config)
        rest = {key: value for key, value in self.config.items() if key not in _OF_THE_RUN}
        kind = AsyncCallbackManager if isinstance(self.run, AsyncCallbackManagerForLLMRun) else CallbackManager
        config: RunnableConfig = {**ensure_config(), **rest, "callbacks": self._children(kind)}  # type: ignore[typeddict-item]
        return config

    def _children(self, kind: type[_M]) -> _M:
        # what `get_child` of a parent's run manager does, which those of chat models lack
        assert self.run is not None
        manager = kind(handlers=[], parent_run_id=self.run.run_id)
        manager.set_handlers(self.run.inheritable_handlers)
        manager.add_tags(self.run.inheritable_tags)
        manager.add_metadata(self.run.inheritable_metadata)
        manager.add_handler(self.meter)
        return manager


@contextmanager
def grouped(asked: Asked, wanted: bool) -> Iterator[Asked]:
    """The call with a run around it, if one is wanted and the caller has none: question and answer are one trace."""
    manager = CallbackManager.configure(asked.config.get("callbacks"))
    if not wanted or manager.parent_run_id is not None or not manager.handlers:
        yield asked
        return
    run = manager.on_chain_start({"name": _GROUP}, {}, name=_GROUP)
    try:
        yield replace(asked, config={**asked.config, "callbacks": run.get_child()})
    except BaseException as error:
        run.on_chain_error(error)
        raise
    run.on_chain_end({})


@asynccontextmanager
async def agrouped(asked: Asked, wanted: bool) -> AsyncIterator[Asked]:
    """As `grouped`."""
    manager = AsyncCallbackManager.configure(asked.config.get("callbacks"))
    if not wanted or manager.parent_run_id is not None or not manager.handlers:
        yield asked
        return
    run = await manager.on_chain_start({"name": _GROUP}, {}, name=_GROUP)
    try:
        yield replace(asked, config={**asked.config, "callbacks": run.get_child()})
    except BaseException as error:
        await run.on_chain_error(error)
        raise
    await run.on_chain_end({})


def announced(chat: BaseChatModel, config: RunnableConfig, kind: type[Any]) -> tuple[RunnableConfig, LLMRun]:
    """The configuration with which `chat` streams, and the run that it will be: LangChain tells `_stream` neither.

    Args:
        chat: the model.
        config: the caller's.
        kind: `CallbackManager` or `AsyncCallbackManager`.
    """
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
