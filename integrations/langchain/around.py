"""A chat model around another: what is the inner model's own, and how turns are passed to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig, RunnableLambda
from langchain_core.runnables.config import merge_configs
from langchain_core.tools import BaseTool
from pydantic import Field, PrivateAttr, SecretStr

from brainstorm.models import ChatModel

from .inner import inner_model, with_options
from .policy import MARKER, unmarked
from .runs import Asked

SAMPLING: Final = ("temperature", "max_tokens")
_OF_THE_ANSWER: Final = ("cache", "disable_streaming", "output_version")
"""Settings of LangChain's chat models which, set here, hold for turns that are passed on too."""


class Around(BaseChatModel):
    """A chat model around `llm`, whose profile, token counts, tool calls and structured output are its own.

    Attributes:
        llm: the inner model.
        when: which turns are not passed to it as they are, see `policy.When`.
        marker: the text that asks for ideas, for `when="marker"`.
        temperature, max_tokens: options of each call to `llm`; `None` leaves them to the model.
        stop: texts that end the answer.
        api_key: for a model given as "provider:model".
    """

    llm: Any = None
    when: Any = "always"
    marker: str = Field(MARKER, min_length=1)
    temperature: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    api_key: SecretStr | None = None

    _known: tuple[Any, ChatModel] | None = PrivateAttr(None)

    @property
    def chat_model(self) -> ChatModel:
        """The inner model, with all that is known of it."""
        if self._known is None or self._known[0] is not self.llm:  # a copy's may be another
            self._known = (self.llm, inner_model(self.llm, api_key=self.api_key))
        return self._known[1]

    @property
    def inner(self) -> BaseChatModel:
        """The model to which turns are passed that are not brainstormed."""
        return cast("BaseChatModel", self.chat_model.given)

    @property
    def sampling(self) -> dict[str, Any]:
        """The options of `llm` that were set here."""
        return {name: value for name in SAMPLING if (value := getattr(self, name)) is not None}

    def _resolve_model_profile(self) -> ModelProfile | None:
        # LangChain asks for it before the model is ready
        return self.inner.profile if self._known else None

    def get_token_ids(self, text: str) -> list[int]:
        """As the inner model counts."""
        ids: list[int] = self.inner.get_token_ids(text)
        return ids

    def get_num_tokens(self, text: str) -> int:
        """As the inner model counts."""
        return int(self.inner.get_num_tokens(text))

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """As the inner model counts."""
        return int(self.inner.get_num_tokens_from_messages(messages, tools))

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
        bound: Any = self.inner.bind_tools(tools, **kwargs)
        if isinstance(bound, RunnableBinding) and bound.bound is self.inner:
            return bound.model_copy(update={"bound": self})
        rest = {name: value for name, value in self.sampling.items() if name not in kwargs}
        return cast("Runnable[LanguageModelInput, AIMessage]", bound.bind(**rest))

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """The inner model's own, with the temperature and the token limit set here."""
        inner, rest = with_options(self.inner, self.sampling)
        chain: Runnable[LanguageModelInput, Any] = inner.with_structured_output(schema, **kwargs)
        chain = chain.bind(**rest) if rest else chain
        if self.when != "marker":
            return chain
        clean: Runnable[Any, Any] = RunnableLambda(lambda said: unmarked(self._messages(said), self.when, self.marker))
        return clean | chain

    def _messages(self, given: LanguageModelInput) -> list[BaseMessage]:
        return self._convert_input(given).to_messages()

    def _passing(self) -> BaseChatModel:
        """The inner model, answering as was set here."""
        told: dict[str, Any] = {name: getattr(self, name) for name in _OF_THE_ANSWER if name in self.model_fields_set}
        return self.inner.model_copy(update=told) if told else self.inner

    def _told(self, asked: Asked) -> RunnableConfig:
        """The caller's configuration, with the callbacks, tags and metadata that were set here."""
        own = {"callbacks": self.callbacks, "tags": self.tags, "metadata": self.metadata}
        return merge_configs(asked.config, cast("RunnableConfig", {k: v for k, v in own.items() if v}))
