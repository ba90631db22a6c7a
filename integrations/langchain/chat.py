"""A chat model that answers open-ended messages with many different ideas, and passes all else to the model inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Self, cast

from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from pydantic import Field, PrivateAttr, model_validator

from brainstorm.brainstormer import Brainstormer
from brainstorm.errors import ModelError, NoIdeasError
from brainstorm.models import ChatModel
from brainstorm.result import IdeaSet

from .around import SAMPLING, Around
from .inner import inner_model, stable
from .memory import IdeaMemory
from .policy import check, structured
from .runs import Asked, Meter, agrouped, announced, grouped
from .select import Form
from .turn import Turn, as_chunk


class ChatBrainstorm(Around):
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
        streaming: tell ideas as they come below `invoke` too; what it returns is ranked all the same.
        api_key: for a model given as "provider:model"; a model that is given itself has its own.

    `stream` and `astream` list ideas in the order they came, and end with a line that gives the ranking by number;
    `invoke` gives the ranked list. Either way `ideas_of(message)` gives the ranked set.

    Raises:
        ModelError: `llm` is no chat model. `with_retry()` and `with_fallbacks()` go around `ChatBrainstorm`.
        ValidationError: an argument is out of range, or none of `Brainstormer`'s; it says which.
    """

    n: int = 12
    reply: Form = "markdown"
    memory: IdeaMemory | None = None
    timeout: float = 120.0
    max_retries: int | None = Field(default=None, ge=0)
    brainstormer: dict[str, Any] = Field(default_factory=dict)
    streaming: bool | None = None

    _made: tuple[ChatModel, Any, Brainstormer] | None = PrivateAttr(None)
    _asked: Asked | None = PrivateAttr(None)
    _meter: Meter | None = PrivateAttr(None)

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
        return {**known, "brainstormer": {**known.get("brainstormer", {}), **rest}}

    @model_validator(mode="after")
    def _made_ready(self) -> Self:
        if self.rate_limiter is not None:
            raise ModelError(
                "rate_limiter= here would count one call where a brainstorm makes many.",
                hint="Set it on the model inside: ChatBrainstorm(llm=ChatOpenAI(..., rate_limiter=...)).",
            )
        address = {name: self.brainstormer.pop(name, None) for name in ("model_name", "base_url")}
        model = inner_model(self.llm, api_key=self.api_key, **address)
        self.llm = model.given
        self._known = (self.llm, model)
        if self.profile is None:
            self.profile = self._resolve_model_profile()
        self._make()  # what is wrong with the settings is said now
        return self

    def asking_with(self, options: Mapping[str, Any]) -> Brainstormer:
        """The brainstormer of this model's answers, whose calls carry these options of `llm` too."""
        model = self.chat_model
        attempts = model.attempts if self.max_retries is None else self.max_retries + 1
        model = replace(model, options={**model.options, **self.sampling, **options}, attempts=attempts)
        return Brainstormer(model, timeout=self.timeout, n=self.n, **self.brainstormer)

    @property
    def plain(self) -> Brainstormer:
        """The brainstormer of calls without options of their own."""
        return self._make()

    def _make(self) -> Brainstormer:
        model, now = self.chat_model, (self.n, self.timeout, self.max_retries, self.sampling, self.brainstormer)
        if self._made is None or self._made[0] is not model or self._made[1] != now:  # a copy's settings may be others
            self._made = (model, (*now[:-1], dict(self.brainstormer)), self.asking_with({}))
        return self._made[2]

    @property
    def _llm_type(self) -> str:
        return "brainstorm"

    @property
    def model_name(self) -> str:
        """What answers of its own are accounted to: the inner model's name after "brainstorm/"."""
        return f"brainstorm/{self.chat_model.name}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        # a cache must not mix up answers of other models or settings; it holds only what was brainstormed, and never
        # with a memory, so neither policy nor memory count
        own = ("n", "reply", "stop", "streaming", "brainstormer", *SAMPLING)
        return {**{name: stable(getattr(self, name)) for name in own}, "llm": stable(self.inner)}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        params = self.inner._get_ls_params(stop=stop or self.stop, **{**self.sampling, **kwargs})
        if structured(kwargs) or "model" in kwargs:
            return params
        # traces price by name: the calls below count, not their sum
        return {**params, "ls_provider": "brainstorm", "ls_model_name": self.model_name}

    def invoke(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> AIMessage:
        """As any chat model; a turn that is not brainstormed is a call of the inner model."""
        turn, asked = Turn(self, self._messages(input), stop, kwargs), self._asking(config)
        with grouped(asked, turn.asks) as asked:
            if not turn.brainstorms(asked):
                return self._passing().invoke(turn.messages, self._told(asked), stop=turn.stop, **turn.passed)
            return BaseChatModel.invoke(self._for(asked), turn.messages, asked.config, stop=stop, **kwargs)

    async def ainvoke(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> AIMessage:
        """As `invoke`."""
        turn, asked = Turn(self, self._messages(input), stop, kwargs), self._asking(config)
        async with agrouped(asked, turn.asks) as asked:
            if not await turn.abrainstorms(asked):
                return await self._passing().ainvoke(turn.messages, self._told(asked), stop=turn.stop, **turn.passed)
            return await BaseChatModel.ainvoke(self._for(asked), turn.messages, asked.config, stop=stop, **kwargs)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> Iterator[AIMessageChunk]:
        """As any chat model: ideas as they come; a turn that is not brainstormed is a stream of the inner model."""
        if not self._should_stream(async_api=False, **{**kwargs, "stream": True}):
            yield cast("AIMessageChunk", self.invoke(input, config, stop=stop, **kwargs))
            return
        turn, asked = Turn(self, self._messages(input), stop, kwargs), self._asking(config, live=True)
        with grouped(asked, turn.asks) as asked:
            if not turn.brainstorms(asked):
                yield from self._passing().stream(turn.messages, self._told(asked), stop=turn.stop, **turn.passed)
                return
            told, run = announced(self, asked.config, CallbackManager)
            chat = self._for(replace(asked, run=run))
            yield from BaseChatModel.stream(chat, turn.messages, told, stop=stop, **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, *, stop: list[str] | None = None, **kwargs: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """As `stream`."""
        if not self._should_stream(async_api=True, **{**kwargs, "stream": True}):
            yield cast("AIMessageChunk", await self.ainvoke(input, config, stop=stop, **kwargs))
            return
        turn, asked = Turn(self, self._messages(input), stop, kwargs), self._asking(config, live=True)
        async with agrouped(asked, turn.asks) as asked:
            if await turn.abrainstorms(asked):
                told, run = announced(self, asked.config, AsyncCallbackManager)
                chat = self._for(replace(asked, run=run))
                chunks = BaseChatModel.astream(chat, turn.messages, told, stop=stop, **kwargs)
            else:
                chunks = self._passing().astream(turn.messages, self._told(asked), stop=turn.stop, **turn.passed)
            async with aclosing(cast("Any", chunks)) as pieces:
                async for piece in pieces:
                    yield piece

    def stream_events(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """As any chat model; of a turn that is not brainstormed, the inner model's."""
        if kwargs.get("version") != "v3":
            return super().stream_events(input, config, **kwargs)
        options, stop = {k: v for k, v in kwargs.items() if k not in ("version", "stop")}, kwargs.get("stop")
        turn, asked = Turn(self, self._messages(input), stop, options), self._asking(config, live=True)
        if turn.brainstorms(asked):
            return BaseChatModel.stream_events(self._for(asked), turn.messages, asked.config, **kwargs)
        if not self.inner._should_stream(async_api=False, stream=True):  # LangChain has no v3 events of such a model
            return super().stream_events(input, config, **kwargs)
        chat, told = self._passing(), self._told(asked)
        return chat.stream_events(turn.messages, told, version="v3", stop=turn.stop, **turn.passed)

    def astream_events(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """As `stream_events`."""
        if kwargs.get("version") != "v3":
            return super().astream_events(input, config, **kwargs)
        return self._aevents(input, config, **kwargs)

    async def _aevents(self, input: Any, config: RunnableConfig | None, **kwargs: Any) -> Any:
        options, stop = {k: v for k, v in kwargs.items() if k not in ("version", "stop")}, kwargs.get("stop")
        turn, asked = Turn(self, self._messages(input), stop, options), self._asking(config, live=True)
        if await turn.abrainstorms(asked):
            return await BaseChatModel.astream_events(self._for(asked), turn.messages, asked.config, **kwargs)
        if not self.inner._should_stream(async_api=True, stream=True):
            return await super().astream_events(input, config, **kwargs)
        chat, told = self._passing(), self._told(asked)
        return await chat.astream_events(turn.messages, told, version="v3", stop=turn.stop, **turn.passed)

    def metered(self, meter: Meter) -> Self:
        """This model, with the usage in its answer that the meter has heard of before."""
        chat = self.model_copy()
        chat._meter = meter
        return chat

    def _asking(self, config: RunnableConfig | None, *, live: bool = False) -> Asked:
        return Asked(ensure_config(config), live=live, meter=self._meter or Meter())

    def _for(self, asked: Asked) -> Self:
        """This model for one call, which is to be brainstormed."""
        self._make()  # once, for this one and its copies
        chat = self.model_copy(update={"when": "always", **({} if self.memory is None else {"cache": False})})
        chat._asked = asked
        return chat

    def _generate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        if self._asked is None and not turn.brainstorms(asked):
            return self._passing()._generate_with_cache(turn.messages, turn.stop, run_manager, **turn.passed)
        chat = self._for(replace(asked, live=self.streaming is True))
        result = BaseChatModel._generate_with_cache(chat, turn.messages, stop, run_manager, **kwargs)
        return turn.ranked(result) if self.streaming else result

    async def _agenerate_with_cache(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        if self._asked is None and not await turn.abrainstorms(asked):
            return await self._passing()._agenerate_with_cache(turn.messages, turn.stop, run_manager, **turn.passed)
        chat = self._for(replace(asked, live=self.streaming is True))
        result = await BaseChatModel._agenerate_with_cache(chat, turn.messages, stop, run_manager, **kwargs)
        return turn.ranked(result) if self.streaming else result

    def _begun(
        self, messages: list[BaseMessage], stop: list[str] | None, run: Any, options: dict[str, Any]
    ) -> tuple[Turn, Asked]:
        asked = self._asked or self._asking(None)
        return Turn(self, messages, stop, options), asked if run is None else replace(asked, run=run)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self._asked is None:  # nobody has decided yet
            return self._generate_with_cache(messages, stop, run_manager, **kwargs)
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        config = asked.below()
        known = self.memory.recall(turn.topic, config) if self.memory else ()
        try:
            ideas = turn.brainstormer.invoke(turn.messages, config, **turn.fields(known))
        except NoIdeasError as error:
            return turn.plain(error, asked)
        if self.memory:
            ideas = self.memory.remember(ideas, config)
        return turn.answer(ideas, asked)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self._asked is None:
            return await self._agenerate_with_cache(messages, stop, run_manager, **kwargs)
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        config = asked.below()
        known = await self.memory.arecall(turn.topic, config) if self.memory else ()
        try:
            ideas = await turn.brainstormer.ainvoke(turn.messages, config, **turn.fields(known))
        except NoIdeasError as error:
            return turn.plain(error, asked)
        if self.memory:
            ideas = await self.memory.aremember(ideas, config)
        return turn.answer(ideas, asked)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        if self._asked is None:
            told = asked.below()
            yield from map(as_chunk, self.stream(messages, told, stop=stop, **kwargs))
            return
        config, listing = asked.below(), turn.listing(asked)
        known = self.memory.recall(turn.topic, config) if self.memory else ()
        try:
            for event in turn.brainstormer.stream(turn.messages, config, **turn.fields(known)):
                if self.memory and isinstance(event, IdeaSet):
                    yield from listing.take(self.memory.remember(event, config, more=listing.live))
                else:
                    yield from listing.take(event)
        except NoIdeasError as error:
            yield as_chunk(turn.plain(error, asked).generations[0].message)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        turn, asked = self._begun(messages, stop, run_manager, kwargs)
        if self._asked is None:
            async for piece in self.astream(messages, asked.below(), stop=stop, **kwargs):
                yield as_chunk(piece)
            return
        config, listing = asked.below(), turn.listing(asked)
        known = await self.memory.arecall(turn.topic, config) if self.memory else ()
        try:
            async with aclosing(turn.brainstormer.astream(turn.messages, config, **turn.fields(known))) as events:
                async for event in events:
                    kept = event
                    if self.memory and isinstance(event, IdeaSet):
                        kept = await self.memory.aremember(event, config, more=listing.live)
                    for chunk in listing.take(kept):
                        yield chunk
        except NoIdeasError as error:
            yield as_chunk(turn.plain(error, asked).generations[0].message)
