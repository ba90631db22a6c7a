"""A chat model that answers open-ended messages with many different ideas, and passes all else to the model inside."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, Self, cast

from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import Field, PrivateAttr, SecretStr, model_validator

from brainstorm.brainstormer import Brainstormer
from brainstorm.errors import ModelError
from brainstorm.models import resolve_models
from brainstorm.result import IdeaSet

from .memory import IdeaMemory
from .policy import MARKER, awants, check, structured, wants
from .runs import abegun, announced, begun, child_config, entered
from .select import Form
from .turn import Turn, in_one_piece

_SAMPLING: Final = ("temperature", "max_tokens")


class ChatBrainstorm(BaseChatModel):
    """Answers open-ended messages with a ranked set of different ideas; passes all else straight to `llm`.

    Tool calls, structured output, turns with pictures or files and turns that end in a tool's result are `llm`'s own.
    Whatever else is given as a keyword goes to `Brainstormer`: `technique=`, `personas=`, `budget=`, `seed=`, ...
    Keywords of a call (`invoke(messages, n=20)`, `.bind(...)`) are fields of the brief where the brief has them
    (`n`, `language`, `personas`, ...), and options of `llm` otherwise.

    Attributes:
        llm: a chat model, or what else `Brainstormer` accepts and makes a chat model of.
        n: distinct ideas an answer holds, 1 to 1000.
        when: which turns are brainstormed, see `policy.When`.
        marker: the text that asks for ideas, for `when="marker"`.
        reply: "markdown" (a numbered list) or "json" (an object with `topic` and `ideas`).
        memory: where ideas are kept that were shown or rejected before: they are not offered again.
        temperature: passed with each call to `llm`; `None` leaves it to the model.
        max_tokens: most tokens of each call to `llm`; `None` leaves it to the model.
        stop: texts that end the answer.
        timeout: seconds that one attempt at a call of a brainstorm may take.
        max_retries: times a call of a brainstorm is sent again, when its failure may pass.
        brainstormer: further arguments of `Brainstormer`.
        streaming: whether to stream below `invoke` too.
        api_key: for a model given as "provider:model"; a model that is given itself has its own.

    A streamed answer lists ideas in the order they came, and ends with a line that gives the ranking by number. Either
    way `ideas_of(message)` gives the ranked set.

    Raises:
        ModelError: `llm` is no chat model. `with_retry()` and `with_fallbacks()` go around `ChatBrainstorm`.
        ValidationError: an argument is out of range, or none of `Brainstormer`'s; it says which.
    """

    llm: Any = None
    n: int = 12
    when: Any = "always"
    marker: str = Field(MARKER, min_length=1)
    reply: Form = "markdown"
    memory: IdeaMemory | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    timeout: float = 120.0
    max_retries: int | None = Field(default=None, ge=0)
    brainstormer: dict[str, Any] = Field(default_factory=dict)
    streaming: bool | None = None
    api_key: SecretStr | None = None

    _ideas: Brainstormer = PrivateAttr()

    @model_validator(mode="before")
    @classmethod
    def _rest_is_the_brainstormers(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        rest = {key: value for key, value in values.items() if key not in cls.model_fields}
        known = {key: value for key, value in values.items() if key not in rest}
        if "model" in rest and "llm" not in known:
            raise ModelError("the inner model is given as llm=.", hint='Write ChatBrainstorm(llm="openai:gpt-5-mini").')
        check(known.get("when", "always"))
        known["llm"] = _chat_model(known.get("llm"), known.get("api_key"))
        return {**known, "brainstormer": {**known.get("brainstormer", {}), **rest}}

    @model_validator(mode="after")
    def _made_ready(self) -> Self:
        self._ideas = self.asking_with({})
        return self

    def asking_with(self, options: Mapping[str, Any]) -> Brainstormer:
        """The brainstormer of this model's answers, whose calls carry these options of `llm` too."""
        [model] = resolve_models(self.llm)
        attempts = model.attempts if self.max_retries is None else self.max_retries + 1
        model = replace(model, options={**model.options, **self.sampling, **options}, attempts=attempts)
        return Brainstormer(model, timeout=self.timeout, n=self.n, **self.brainstormer)

    @property
    def plain(self) -> Brainstormer:
        """The brainstormer of calls without options of their own."""
        return self._ideas

    @property
    def sampling(self) -> dict[str, Any]:
        """The options of `llm` that were set here."""
        return {name: value for name in _SAMPLING if (value := getattr(self, name)) is not None}

    @property
    def _llm_type(self) -> str:
        return "brainstorm"

    @property
    def model_name(self) -> str:
        """What answers of its own are accounted to: the inner model's name after "brainstorm/"."""
        return f"brainstorm/{self._ideas.models[0].name}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        # a cache must not mix up answers of other models or settings
        own = {name: getattr(self, name) for name in (*_SAMPLING, "n", "marker", "reply", "stop", "brainstormer")}
        when = self.when if isinstance(self.when, str) else repr(self.when)
        memory = None if self.memory is None else repr(self.memory)
        return {
            **own,
            "when": when,
            "memory": memory,
            "llm": {"type": self.llm._llm_type, **self.llm._identifying_params},
        }

    def _resolve_model_profile(self) -> ModelProfile | None:
        return cast("ModelProfile | None", self.llm.profile)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        params = self.llm._get_ls_params(stop=stop or self.stop, **{**self.sampling, **kwargs})
        if structured(kwargs) or "model" in kwargs:
            return params
        # traces price by name: the calls below count, not their sum
        return {**params, "ls_provider": "brainstorm", "ls_model_name": self.model_name}

    def get_token_ids(self, text: str) -> list[int]:
        """As the inner model counts."""
        ids: list[int] = self.llm.get_token_ids(text)
        return ids

    def get_num_tokens(self, text: str) -> int:
        """As the inner model counts."""
        return int(self.llm.get_num_tokens(text))

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """As the inner model counts."""
        return int(self.llm.get_num_tokens_from_messages(messages, tools))

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The inner model's way to say it; such calls go straight to it."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        bound: Any = self.llm.bind_tools(tools, **kwargs)
        return self.bind(**bound.kwargs) if isinstance(bound, RunnableBinding) and bound.bound is self.llm else bound

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """The inner model's own."""
        chain: Runnable[LanguageModelInput, Any] = self.llm.with_structured_output(schema, **kwargs)
        return chain

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AIMessage:
        """As any chat model."""
        with entered(config=config or {}):
            return super().invoke(input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AIMessage:
        """As any chat model."""
        with entered(config=config or {}):
            return await super().ainvoke(input, config, **kwargs)

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[AIMessageChunk]:
        """As any chat model."""
        config, run = announced(self, config, CallbackManager)
        return begun(super().stream(input, config, **kwargs), config, run)

    def astream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[AIMessageChunk]:
        """As any chat model."""
        config, run = announced(self, config, AsyncCallbackManager)
        return abegun(super().astream(input, config, **kwargs), config, run)

    def _generate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with entered(run=run_manager):
            return super()._generate_with_cache(messages, stop, run_manager, **kwargs)

    async def _agenerate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with entered(run=run_manager):
            return await super()._agenerate_with_cache(messages, stop, run_manager, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn, config = Turn(self, messages, stop, kwargs), child_config(run_manager)
        if turn.passes or not wants(messages, self.when, self.marker, self.llm, config):
            return cast("ChatResult", self.llm._generate_with_cache(messages, turn.stop, run_manager, **turn.passed))
        known = self.memory.known(turn.topic, config) if self.memory else ()
        ideas = turn.brainstormer.invoke(turn.messages, config, **turn.fields(known))
        if self.memory:
            self.memory.show(ideas, config)
        return turn.answer(ideas)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn, config = Turn(self, messages, stop, kwargs), child_config(run_manager)
        if turn.passes or not await awants(messages, self.when, self.marker, self.llm, config):
            passed = self.llm._agenerate_with_cache(messages, turn.stop, run_manager, **turn.passed)
            return cast("ChatResult", await passed)
        known = await self.memory.aknown(turn.topic, config) if self.memory else ()
        ideas = await turn.brainstormer.ainvoke(turn.messages, config, **turn.fields(known))
        if self.memory:
            await self.memory.ashow(ideas, config)
        return turn.answer(ideas)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        turn, config = Turn(self, messages, stop, kwargs), child_config(run_manager)
        if turn.passes or not wants(messages, self.when, self.marker, self.llm, config):
            if self.llm._should_stream(async_api=False, **{**turn.passed, "stream": True}):
                yield from self.llm._stream(messages, turn.stop, **turn.passed)
            else:
                yield in_one_piece(self.llm._generate(messages, turn.stop, **turn.passed))
            return
        known, listing = self.memory.known(turn.topic, config) if self.memory else (), turn.listing()
        for event in turn.brainstormer.stream(turn.messages, config, **turn.fields(known)):
            if self.memory and isinstance(event, IdeaSet):
                self.memory.show(event, config, more=listing.live)
            yield from listing.take(event)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        turn, config = Turn(self, messages, stop, kwargs), child_config(run_manager)
        if turn.passes or not await awants(messages, self.when, self.marker, self.llm, config):
            if self.llm._should_stream(async_api=True, **{**turn.passed, "stream": True}):
                async for chunk in self.llm._astream(messages, turn.stop, **turn.passed):
                    yield chunk
            else:
                yield in_one_piece(await self.llm._agenerate(messages, turn.stop, **turn.passed))
            return
        known, listing = await self.memory.aknown(turn.topic, config) if self.memory else (), turn.listing()
        async with aclosing(turn.brainstormer.astream(turn.messages, config, **turn.fields(known))) as events:
            async for event in events:
                if self.memory and isinstance(event, IdeaSet):
                    await self.memory.ashow(event, config, more=listing.live)
                for chunk in listing.take(event):
                    yield chunk


def _chat_model(llm: object, api_key: SecretStr | str | None) -> BaseChatModel:
    if isinstance(llm, BaseChatModel):
        return llm
    if api_key is not None and isinstance(llm, str) and re.match(r"(?!gguf:|hf:|https?:)\w+:", llm):
        from langchain.chat_models import init_chat_model

        return init_chat_model(llm, api_key=api_key)
    if isinstance(llm, list | tuple):
        raise ModelError("a chat model speaks for one model.", hint="Several to rotate go to Brainstormer([...]).")
    [model] = resolve_models(llm)
    if not isinstance(model.runnable, BaseChatModel):
        raise ModelError(
            f"a {type(llm).__name__} is no chat model.",
            hint="Give the model itself, and wrap outside: ChatBrainstorm(llm=model).with_retry().",
        )
    return model.runnable
