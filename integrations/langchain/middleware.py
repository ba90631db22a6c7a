"""Agent middleware: turns that ask for ideas are answered with many different ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware.types import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    ModelRequest,
    ModelResponse,
    OmitFromInput,
)
from langgraph.types import Command

from .chat import ChatBrainstorm
from .memory import IdeaMemory
from .policy import MARKER, When, awants, check, wants
from .select import IDEAS_KEY, Form


class BrainstormState(AgentState[Any]):
    """The agent's state, with the last turn's ideas.

    Attributes:
        ideas: fields of an `IdeaSet` as plain JSON values, which checkpoints keep; `IdeaSet.model_validate(...)` makes
            the set of them.
    """

    ideas: NotRequired[Annotated[dict[str, Any], OmitFromInput]]


class BrainstormMiddleware(AgentMiddleware[Any, Any, Any]):
    """Has an agent's model brainstorm where a turn asks for ideas; other turns go on as they are.

    Such a turn adds one message to the agent's `messages` and the set to its `ideas`; the calls below it stay out of
    the agent's stream. Turns with tools or a response format are left alone unless asked for here, and so are turns
    that end in a tool's result.

    Args:
        llm: who is asked; `None` for the agent's own model.
        n: distinct ideas an answer holds, 1 to 1000.
        when: which turns are brainstormed, see `policy.When`.
        marker: the text that asks for ideas, for `when="marker"`.
        reply: "markdown" or "json".
        stream: tell ideas as they come, in pieces of the one message: the list is then in the order they came, and ends
            with the ranking. Without it the message comes whole, and ranked.
        with_tools: brainstorm also where the agent has tools; they cannot be called on such a turn.
        with_response_format: brainstorm also where a response format is set; such a turn gives no structured response.
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
        self._options["disable_streaming"] = not stream
        self._own = None if llm is None else self._chat(llm)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """Put the brainstorming model in the model's place, where the turn asks for it."""
        if self._left_alone(request) or not wants(request.messages, self.when, self.marker, self._asked(request)):
            return handler(request)
        return _with_ideas(handler(self._brainstormed(request)))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
        """As `wrap_model_call`."""
        if self._left_alone(request) or not await awants(
            request.messages, self.when, self.marker, self._asked(request)
        ):
            return await handler(request)
        return _with_ideas(await handler(self._brainstormed(request)))

    def _left_alone(self, request: ModelRequest[Any]) -> bool:
        tools, response_format = bool(request.tools), request.response_format is not None
        return (tools and not self.with_tools) or (response_format and not self.with_response_format)

    def _asked(self, request: ModelRequest[Any]) -> Any:
        return self._own.llm if self._own is not None else request.model

    def _brainstormed(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        chat = self._own if self._own is not None else self._chat(request.model)
        return request.override(model=chat, tools=[], tool_choice=None, response_format=None)

    def _chat(self, llm: Any) -> ChatBrainstorm:
        # whether to brainstorm is decided here; the model only takes out the marker
        when = "marker" if self.when == "marker" else "always"
        return ChatBrainstorm(llm=llm, when=when, **self._options)


def _with_ideas(response: ModelResponse[Any]) -> ModelResponse[Any] | ExtendedModelResponse[Any]:
    held = next((m.additional_kwargs[IDEAS_KEY] for m in response.result if IDEAS_KEY in m.additional_kwargs), None)
    if held is None:  # another middleware answered in its place
        return response
    return ExtendedModelResponse(response, Command(update={"ideas": held}))
