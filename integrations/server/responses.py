"""`POST /v1/responses`, in its plain text form: the same answers as chat completions, told in the other API's words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Literal

from pydantic import Field

from .answer import End, Piece, answer
from .engine import Engine
from .wire import ApiError, ChatMessage, ChatRequest, Count, Loose, event, new_id, now, told


class TextFormat(Loose):
    """How the text is to look."""

    format: dict[str, Any] | None = None


class Item(Loose):
    """One item of the input; only messages are read."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: str | list[dict[str, Any]] | None = None


class ResponsesRequest(Loose):
    """`POST /v1/responses`."""

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
    previous_response_id: str | None = None
    background: bool | None = None
    metadata: dict[str, str] | None = None

    def as_chat(self) -> ChatRequest:
        """The same, asked as a chat.

        Raises:
            ApiError: it asks for what the plain text form does not have.
        """
        if self.previous_response_id is not None:
            raise ApiError(
                400, "Nothing is stored here: send the whole conversation as 'input'.", param="previous_response_id"
            )
        if self.background:
            raise ApiError(400, "Background responses are not offered.", param="background")
        forced = self.tool_choice == "required" or isinstance(self.tool_choice, dict)
        messages = [ChatMessage(role="system", content=self.instructions)] if self.instructions else []
        if isinstance(self.input, str):
            messages.append(ChatMessage(role="user", content=self.input))
        else:
            messages += [m for item in self.input if (m := _message(item)) is not None]
        if not messages:
            raise ApiError(400, "'input' holds no message.", param="input")
        return ChatRequest(
            model=self.model,
            messages=messages,
            stream=self.stream,
            max_tokens=self.max_output_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            response_format=_format(self.text.format if self.text else None),
            tools=[_tool(t) for t in self.tools if t.get("type") == "function"] if self.tools and forced else None,
            tool_choice=self.tool_choice if self.tools and forced else None,
        )


def _message(item: Item) -> ChatMessage | None:
    if item.type != "message" or item.role is None:
        return None
    parts = item.content if isinstance(item.content, list) else [{"type": "text", "text": item.content or ""}]
    told: list[dict[str, Any]] = []
    for part in parts:
        if part.get("type") == "input_image":
            told.append({"type": "image_url", "image_url": {"url": part.get("image_url") or ""}})
        elif isinstance(part.get("text"), str):
            told.append({"type": "text", "text": part["text"]})
    only_text = all(part["type"] == "text" for part in told)
    content = "\n".join(part["text"] for part in told) if only_text else told
    return ChatMessage.model_validate({"role": item.role, "content": content})


def _format(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if given is None or given.get("type") != "json_schema":
        return dict(given) if given else None
    return {"type": "json_schema", "json_schema": {k: v for k, v in given.items() if k != "type"}}


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {k: v for k, v in tool.items() if k != "type"}}


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
    def status(self) -> str:
        """How the response stands."""
        if self.end is None:
            return "in_progress"
        return "incomplete" if self.end.reasons[0] == "length" else "completed"

    def response(self, error: ApiError | None = None) -> dict[str, Any]:
        """The response as it stands."""
        request, status = self._request, "failed" if error else self.status
        spoken = [self.message("completed")] if self.end is not None and (any(self.text) or not self.calls) else []
        usage = None
        if self.end is not None:
            usage = {
                "input_tokens": self.end.tokens[0],
                "output_tokens": self.end.tokens[1],
                "total_tokens": sum(self.end.tokens),
                "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens_details": {"reasoning_tokens": 0},
            }
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created,
            "completed_at": now() if status == "completed" else None,
            "status": status,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "error": None if error is None else {"code": "server_error", "message": error.message},
            "model": request.model,
            "previous_response_id": None,
            "instructions": request.instructions,
            "output": [*spoken, *self.calls.values()],
            "tools": [_told_tool(t) for t in request.tools or ()],
            "tool_choice": request.tool_choice or "auto",
            "parallel_tool_calls": True,
            "truncation": "disabled",
            "text": {"format": (request.text.format if request.text else None) or {"type": "text"}},
            "temperature": 1.0 if request.temperature is None else request.temperature,
            "top_p": 1.0 if request.top_p is None else request.top_p,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
            "top_logprobs": 0,
            "reasoning": {"effort": None, "summary": None},
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


async def complete(engine: Engine, request: ResponsesRequest) -> dict[str, Any]:
    """The whole response.

    Raises:
        ApiError: the request cannot be met, or the model failed.
    """
    telling = _Telling(request)
    async with aclosing(answer(engine, request.as_chat())) as pieces:
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

    async with aclosing(answer(engine, request.as_chat())) as pieces:
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
        if spoken:
            text = "".join(telling.text)
            yield tell("response.output_text.done", **where, text=text, logprobs=[])
            yield tell("response.content_part.done", **where, part=telling.part(text))
            yield tell("response.output_item.done", output_index=0, item=telling.message("completed"))
        for at, call in enumerate(telling.calls.values(), int(spoken)):
            place = {"item_id": call["id"], "output_index": at}
            begun = {**call, "status": "in_progress", "arguments": ""}
            yield tell("response.output_item.added", output_index=at, item=begun)
            yield tell("response.function_call_arguments.delta", **place, delta=call["arguments"])
            yield tell("response.function_call_arguments.done", **place, name=call["name"], arguments=call["arguments"])
            yield tell("response.output_item.done", output_index=at, item=call)
        kind = "response.incomplete" if telling.status == "incomplete" else "response.completed"
        yield tell(kind, response=telling.response())
