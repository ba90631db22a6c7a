"""`POST /v1/responses`, in its plain text form: the same answers as chat completions, told in the other API's words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Literal

from pydantic import Field

from .answer import answer
from .engine import Engine
from .plain import End, Piece
from .wire import ApiError, ChatMessage, ChatRequest, Count, Loose, event, new_id, now, told


class TextFormat(Loose):
    """How the text is to look."""

    format: dict[str, Any] | None = None


class Item(Loose):
    """One item of the input: a message, the call of a tool, or what it brought."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[dict[str, Any]] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    output: str | list[dict[str, Any]] | None = None


class Reasoning(Loose):
    """How hard the plain model is to think."""

    effort: str | None = None


class ResponsesRequest(Loose):
    """`POST /v1/responses`; fields that are not named here are passed over."""

    model: str
    input: str | list[Item] = Field(min_length=1)
    instructions: str | None = None
    stream: bool | None = None
    max_output_tokens: Count | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    text: TextFormat | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    top_logprobs: int | None = None
    user: str | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    background: bool | None = None
    metadata: dict[str, str] | None = None

    def as_chat(self, *, plain: bool) -> ChatRequest:
        """The same, asked as a chat; `plain` says whether the plain model is asked, which takes tools.

        Raises:
            ApiError: it asks for what the plain text form does not have.
        """
        for name in ("previous_response_id", "conversation", "prompt"):
            if getattr(self, name) is not None:
                raise ApiError(400, "Nothing is stored here: send the whole conversation as 'input'.", param=name)
        if self.background:
            raise ApiError(400, "Background responses are not offered.", param="background")
        if self.top_logprobs:
            raise ApiError(400, "'top_logprobs' is not offered here.", param="top_logprobs")
        messages = [ChatMessage(role="system", content=self.instructions)] if self.instructions else []
        if isinstance(self.input, str):
            messages.append(ChatMessage(role="user", content=self.input))
        else:
            messages += _messages(self.input)
        if not messages:
            raise ApiError(400, "'input' holds no message.", param="input")
        forced = self.tool_choice == "required" or isinstance(self.tool_choice, dict)
        wanted = bool(self.tools) and (plain or forced or messages[-1].role == "tool")
        if (other := next((t for t in self.tools or () if t.get("type") != "function"), None)) is not None:
            message = f"Tools of type {str(other.get('type'))[:100]!r} are not offered here, only functions."
            raise ApiError(400, message, param="tools")
        extra: dict[str, Any] = {
            "parallel_tool_calls": self.parallel_tool_calls,
            "reasoning_effort": self.reasoning.effort if self.reasoning else None,
            "user": self.user,
        }
        return ChatRequest(
            model=self.model,
            messages=messages,
            stream=self.stream,
            max_tokens=self.max_output_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            response_format=_format(self.text.format if self.text else None),
            tools=[_tool(t) for t in self.tools or ()] if wanted else None,
            tool_choice=_choice(self.tool_choice) if wanted else None,
            **{name: value for name, value in extra.items() if value is not None},
        )


def _messages(items: Sequence[Item]) -> list[ChatMessage]:
    """The items as messages of a chat; calls that stand together are one message.

    Raises:
        ApiError: an item, or a part of one, has no such form.
    """
    told: list[dict[str, Any]] = []
    for at, item in enumerate(items):
        if item.type == "message" and item.role is not None:
            told.append({"role": item.role, "content": _content(item.content or "", f"input[{at}].content")})
        elif item.type == "function_call":
            if not (told and told[-1].get("tool_calls")):
                told.append({"role": "assistant", "content": None, "tool_calls": []})
            function = {"name": item.name or "", "arguments": item.arguments or "{}"}
            told[-1]["tool_calls"].append({"id": item.call_id or "", "type": "function", "function": function})
        elif item.type == "function_call_output":
            content = _content(item.output or "", f"input[{at}].output")
            told.append({"role": "tool", "tool_call_id": item.call_id or "", "content": content})
        elif item.type != "reasoning":  # that of another answer, which no chat takes
            message = f"Items of type {item.type[:100]!r} are not taken here: send messages and calls of functions."
            raise ApiError(400, message, param=f"input[{at}]")
    return [ChatMessage.model_validate(message) for message in told]


def _content(given: str | list[dict[str, Any]], where: str) -> str | list[dict[str, Any]]:
    if isinstance(given, str):
        return given
    told: list[dict[str, Any]] = []
    for at, part in enumerate(given):
        if part.get("type") == "input_image" and isinstance(part.get("image_url"), str):
            told.append({"type": "image_url", "image_url": {"url": part["image_url"]}})
        elif isinstance(part.get("text"), str) or isinstance(part.get("refusal"), str):
            told.append({"type": "text", "text": part.get("text") or part.get("refusal") or ""})
        else:
            kind = str(part.get("type"))[:100]
            raise ApiError(400, f"Parts of type {kind!r} are not taken here: send text.", param=f"{where}[{at}]")
    if all(part["type"] == "text" for part in told):
        return "\n".join(part["text"] for part in told)
    return told


def _format(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if given is None or given.get("type") != "json_schema":
        return dict(given) if given else None
    return {"type": "json_schema", "json_schema": {k: v for k, v in given.items() if k != "type"}}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {k: v for k, v in tool.items() if k != "type"}}


def _choice(choice: str | Mapping[str, Any] | None) -> str | dict[str, Any] | None:
    if not isinstance(choice, Mapping):
        return choice
    return {"type": "function", "function": {"name": choice.get("name") or ""}}


class _Telling:
    """One response while it is made: its parts as the API shows them."""

    def __init__(self, request: ResponsesRequest) -> None:
        self._request, self.id, self._message_id = request, new_id("resp_"), new_id("msg_")
        self._created = now()
        self.text: list[str] = []
        self.calls: dict[int, dict[str, Any]] = {}
        self.end: End | None = None

    def take(self, piece: Piece) -> None:
        """Take note of a piece of the answer."""
        self.text.append(piece.text)
        for tool in piece.tools:
            call = self.calls.setdefault(
                tool["index"],
                {"type": "function_call", "id": new_id("fc_"), "call_id": new_id("call_"), "name": "", "arguments": "",
                 "status": "completed"},
            )  # fmt: skip
            call["call_id"] = tool.get("id") or call["call_id"]
            for name in ("name", "arguments"):
                call[name] += tool["function"].get(name) or ""

    def part(self, text: str) -> dict[str, Any]:
        """The text as a part of a message."""
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def message(self, status: str) -> dict[str, Any]:
        """The message that holds the text."""
        content = [] if status == "in_progress" else [self.part("".join(self.text))]
        return {"type": "message", "id": self._message_id, "status": status, "role": "assistant", "content": content}

    @property
    def _why(self) -> str:
        assert self.end is not None
        return "max_output_tokens" if self.end.reasons[0] == "length" else "content_filter"

    @property
    def status(self) -> str:
        """How the response stands."""
        if self.end is None:
            return "in_progress"
        return "incomplete" if self.end.reasons[0] in ("length", "content_filter") else "completed"

    def response(self, error: ApiError | None = None) -> dict[str, Any]:
        """The response as it stands."""
        request, status = self._request, "failed" if error else self.status
        spoken = [self.message(status)] if self.end is not None and (any(self.text) or not self.calls) else []
        usage = None
        if self.end is not None:
            usage = {
                "input_tokens": self.end.tokens[0],
                "output_tokens": self.end.tokens[1],
                "total_tokens": sum(self.end.tokens),
                # clients want both of them: 0 where the provider says nothing
                "input_tokens_details": {"cached_tokens": self.end.details.get("cached", 0), "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": self.end.details.get("reasoning", 0)},
            }
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created,
            "completed_at": now() if status == "completed" else None,
            "status": status,
            "incomplete_details": {"reason": self._why} if status == "incomplete" else None,
            "error": None if error is None else {"code": "server_error", "message": error.message},
            "model": request.model,
            "previous_response_id": None,
            "instructions": request.instructions,
            "output": [*spoken, *self.calls.values()],
            "tools": [_told_tool(t) for t in request.tools or ()],
            "tool_choice": request.tool_choice or "auto",
            "parallel_tool_calls": request.parallel_tool_calls is not False,
            "truncation": "disabled",
            "text": {"format": (request.text.format if request.text else None) or {"type": "text"}},
            "temperature": 1.0 if request.temperature is None else request.temperature,
            "top_p": 1.0 if request.top_p is None else request.top_p,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "top_logprobs": 0,
            "reasoning": {"effort": request.reasoning.effort if request.reasoning else None, "summary": None},
            "max_output_tokens": request.max_output_tokens,
            "max_tool_calls": None,
            "store": False,
            "background": False,
            "service_tier": "default",
            "metadata": request.metadata or {},
            "safety_identifier": None,
            "prompt_cache_key": None,
            "usage": usage,
        }


def _told_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": None, "parameters": None, "strict": None, **tool}


def _asked(engine: Engine, request: ResponsesRequest) -> ChatRequest:
    return request.as_chat(plain=engine.brainstormer(request.model) is None)


async def complete(engine: Engine, request: ResponsesRequest) -> dict[str, Any]:
    """The whole response.

    Raises:
        ApiError: the request cannot be met, or the model failed.
    """
    telling = _Telling(request)
    async with aclosing(await answer(engine, _asked(engine, request))) as pieces:
        async for piece in pieces:
            if isinstance(piece, End):
                telling.end = piece
            else:
                telling.take(piece)
    return telling.response()


async def stream(engine: Engine, request: ResponsesRequest) -> AsyncGenerator[str]:
    """The response as server-sent events.

    Raises:
        ApiError: before the first event, where the request cannot be met.
    """
    telling, number = _Telling(request), -1

    def tell(kind: str, **fields: Any) -> str:
        nonlocal number
        number += 1
        return event({"type": kind, "sequence_number": number, **fields}, kind)

    async with aclosing(await answer(engine, _asked(engine, request))) as pieces:
        yield tell("response.created", response=telling.response())
        yield tell("response.in_progress", response=telling.response())
        item = telling.message("in_progress")
        where = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        spoken = False
        try:
            async for piece in pieces:
                if isinstance(piece, End):
                    telling.end = piece
                    continue
                telling.take(piece)
                if piece.text and not spoken:
                    spoken = True
                    yield tell("response.output_item.added", output_index=0, item=item)
                    yield tell("response.content_part.added", **where, part=telling.part(""))
                if piece.text:
                    yield tell("response.output_text.delta", **where, delta=piece.text, logprobs=[])
        except Exception as error:
            yield tell("response.failed", response=telling.response(told(error, telling.id)))
            return
        if not spoken and not telling.calls:  # an answer without words is a message too
            spoken = True
            yield tell("response.output_item.added", output_index=0, item=item)
            yield tell("response.content_part.added", **where, part=telling.part(""))
        if spoken:
            text = "".join(telling.text)
            yield tell("response.output_text.done", **where, text=text, logprobs=[])
            yield tell("response.content_part.done", **where, part=telling.part(text))
            yield tell("response.output_item.done", output_index=0, item=telling.message(telling.status))
        for at, call in enumerate(telling.calls.values(), int(spoken)):
            place = {"item_id": call["id"], "output_index": at}
            begun = {**call, "status": "in_progress", "arguments": ""}
            yield tell("response.output_item.added", output_index=at, item=begun)
            yield tell("response.function_call_arguments.delta", **place, delta=call["arguments"])
            yield tell("response.function_call_arguments.done", **place, name=call["name"], arguments=call["arguments"])
            yield tell("response.output_item.done", output_index=at, item=call)
        kind = "response.incomplete" if telling.status == "incomplete" else "response.completed"
        yield tell(kind, response=telling.response())
