"""Agent middleware: turns that ask for ideas are answered with many different ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NotRequired

from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    OmitFromInput,
)
from langchain_core.language_models import FakeListChatModel
from langgraph.types import Command
from pydantic import ValidationError

from brainstorm.errors import BriefError

from .chat import ChatBrainstorm
from .memory import IdeaMemory
from .policy import MARKER, When, awants, check, unmarked, wants
from .runs import Meter
from .select import IDEAS_KEY, Form

_IN_MESSAGES: Final = ("topic", "ideas", "usage", "stopped", "models", "notes")
"""Fields of a set that an agent's message holds."""


class BrainstormState(AgentState[Any]):
    """The agent's state, with the last turn's ideas.

    Attributes:
        ideas: fields of an `IdeaSet` as plain JSON values, which checkpoints keep; `IdeaSet.model_validate(...)` makes
            the set of them. `None` after a turn that was not brainstormed.
    """

    ideas: NotRequired[Annotated[dict[str, Any] | None, OmitFromInput]]


class BrainstormMiddleware(AgentMiddleware[Any, Any, Any]):
    """Has an agent's model brainstorm where a turn asks for ideas; other turns go on as they are.

    Such a turn adds one message to the agent's `messages` and the set to its `ideas`, which the next turn clears; the
    message holds the ideas too, without what else the set tells. The calls below it stay out of the agent's stream.
    Turns with tools or a response format are left alone unless asked for here, and so are turns
    that end in a tool's result.

    Args:
        llm: who is asked; `None` for the agent's own model.
        n: distinct ideas an answer holds, 1 to 1000.
        when: which turns are brainstormed, see `policy.When`.
        marker: the text that asks for ideas, for `when="marker"`.
        reply: "markdown" or "json".
        stream: tell ideas as they come, in pieces of the one message: the stream then lists them in the order they
            came, and ends with the ranking; the agent's state holds the ranked answer. Without it the message comes
            whole.
        with_tools: brainstorm also where the agent has tools; they cannot be called on such a turn.
        with_response_format: brainstorm also where a response format is set; where the provider makes the structured
            response, such a turn gives none, and where a tool makes it the agent asks its model for it afterwards.
        memory: where ideas are kept that were shown or rejected before: they are not offered again.
        options: further arguments of `ChatBrainstorm` and `Brainstormer`.

    Raises:
        ModelError: `llm` is no chat model.
        BriefError: an argument is out of range.
    """

    state_schema = BrainstormState

    def __init__(
        self,
        llm: Any = None,
        *,
        n: int = 12,
        when: When = "always",
        marker: str = MARKER,
        reply: Form = "markdown",
        stream: bool = False,
        with_tools: bool = False,
        with_response_format: bool = False,
        memory: IdeaMemory | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        check(when)
        self.when, self.marker = when, marker
        self.with_tools, self.with_response_format = with_tools, with_response_format
        self._options = {"n": n, "marker": marker, "reply": reply, "memory": memory, **options}
        self._options |= {"streaming": True} if stream else {"disable_streaming": True}
        # without a model of its own, a stand-in shows now what is wrong with the settings
        chat = self._chat(FakeListChatModel(responses=[""]) if llm is None else llm)
        self._own = None if llm is None else chat

    def before_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """Clear the ideas of an earlier turn."""
        return {"ideas": None}

    async def abefore_agent(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """As `before_agent`."""
        return self.before_agent(state, runtime)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Put the brainstorming model in the model's place, where the turn asks for it."""
        meter = Meter()
        if self._left_alone(request) or not wants(*self._asked(request), config=meter.heard()):
            return handler(self._passed(request))
        return _with_ideas(handler(self._brainstormed(request, meter)))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """As `wrap_model_call`."""
        meter = Meter()
        if self._left_alone(request) or not await awants(*self._asked(request), config=meter.heard()):
            return await handler(self._passed(request))
        return _with_ideas(await handler(self._brainstormed(request, meter)))

    def _left_alone(self, request: ModelRequest[Any]) -> bool:
        tools, response_format = bool(request.tools), request.response_format is not None
        return (tools and not self.with_tools) or (response_format and not self.with_response_format)

    def _asked(self, request: ModelRequest[Any]) -> tuple[Any, Any, Any, Any]:
        model = self._own.inner if self._own is not None else request.model
        return request.messages, self.when, self.marker, model

    def _passed(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        """The request of a turn that is left alone; the marker is for us, and no model reads it."""
        return request.override(messages=self._clean(request)) if self.when == "marker" else request

    def _clean(self, request: ModelRequest[Any]) -> list[Any]:
        return unmarked(request.messages, self.when, self.marker)

    def _brainstormed(self, request: ModelRequest[Any], meter: Meter) -> ModelRequest[Any]:
        chat = (self._own if self._own is not None else self._chat(request.model)).metered(meter)
        # a middleware within may put another model in its place, so the marker goes now
        messages = self._clean(request)
        return request.override(model=chat, messages=messages, tools=[], tool_choice=None, response_format=None)

    def _chat(self, llm: Any) -> ChatBrainstorm:
        inner = llm.inner if isinstance(llm, ChatBrainstorm) else llm
        try:
            return ChatBrainstorm(llm=inner, **self._options)  # whether to brainstorm is decided here
        except ValidationError as error:
            wrong = error.errors()[0]
            where = "".join(f"{part}: " for part in wrong["loc"])
            raise BriefError(where + wrong["msg"].removeprefix("Value error, ")) from error


def _with_ideas(response: ModelResponse[Any]) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
    held = next((m.additional_kwargs[IDEAS_KEY] for m in response.result if IDEAS_KEY in m.additional_kwargs), None)
    if held is None:  # another middleware answered in its place
        return response
    # checkpoints keep every message: the whole set is held once, in the state
    response.result = [_slim(message) for message in response.result]
    return ExtendedModelResponse(response, Command(update={"ideas": held}))


def _slim(message: Any) -> Any:
    held = message.additional_kwargs.get(IDEAS_KEY)
    if held is None:
        return message
    kept = {key: value for key, value in held.items() if key in _IN_MESSAGES}
    return message.model_copy(update={"additional_kwargs": {**message.additional_kwargs, IDEAS_KEY: kept}})
