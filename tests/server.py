"""An OpenAI-compatible server on loopback, whose replies and faults a test chooses."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

WORDS = tuple(
    "anvil bread cloud drum ember fox glacier harp ink jigsaw kite lantern moss needle opal pear".split()  # noqa: SIM905
)

IDEAS = '{"responses": [%s]}'


def ideas_json(*texts: str) -> str:
    """A verbalized-sampling reply with these ideas."""
    return IDEAS % ", ".join(json.dumps({"text": t, "probability": 0.05}) for t in texts)


@dataclass
class Answer:
    """How one request is answered.

    Attributes:
        text: what the model says.
        seconds: from the first piece of text to the last.
        status: HTTP status; other than 200 sends an error body.
        headers: further headers.
        cut_after: pieces of text after which the connection is reset, or `None`; 0 resets it before any answer.
        junk_after: pieces of text after which the stream goes on with what is no JSON, or `None`.
        hang: never answer.
        body: sent as it is, in place of a stream; "{text}" in it stands for a whole completion that says `text`.
        finish: the finish reason.
        piece: characters of text an event.
        lag: seconds before the first piece.
        usage: tokens in and out, as the server states them.
        calls: tool calls in place of text: `name`, `args` and `id` of each.
    """

    text: str = ""
    seconds: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    junk_after: int | None = None
    hang: bool = False
    body: str | None = None
    finish: str = "stop"
    piece: int = 8
    lag: float = 0.0
    usage: tuple[int, int] = (11, 7)
    calls: tuple[dict[str, Any], ...] = ()


class FakeOpenAI:
    """Serves `/v1/models` and `/v1/chat/completions`; `answer` decides by request body and number.

    Attributes:
        requests: the bodies that came.
        sent: the text that each was answered with, as far as it was sent.
        keys: the authorization that came with each.
        open: requests being answered; `most_open` is the most there were at once.
    """

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any], int], Answer] = lambda body, number: Answer(ideas_json("one", "two"))
        self.models = ["test-model"]
        self.requests: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self.keys: list[str] = []
        self.open = 0
        self.most_open = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        start = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = start.result(10)
        return self

    def __exit__(self, *_: object) -> None:
        async def close() -> None:
            self._server.close()
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _read(reader):
                path, headers, body = request
                self.keys.append(headers.get("authorization", ""))
                await self._respond(path, body, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _respond(self, path: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if path.endswith("/models"):
            listed = [{"id": m, "object": "model", "created": 0, "owned_by": "tests"} for m in self.models]
            _send(writer, 200, json.dumps({"object": "list", "data": listed}))
            return
        self.requests.append(body)
        self.sent.append("")
        number = len(self.requests) - 1
        answer = self.answer(body, number)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._chat(answer, body, writer, number)
        finally:
            self.open -= 1

    async def _chat(self, answer: Answer, body: dict[str, Any], writer: asyncio.StreamWriter, number: int) -> None:
        if answer.hang:
            await asyncio.sleep(3600)
        await asyncio.sleep(answer.lag)
        if answer.cut_after == 0:
            await _reset(writer)
        if answer.body is not None:
            if "{text}" in answer.body:
                self.sent[number] = answer.text
            _send(writer, answer.status, answer.body.replace("{text}", _whole(answer, body)), answer.headers)
            return
        if answer.status != 200:
            error = {"error": {"message": f"status {answer.status}", "type": "test", "param": None, "code": None}}
            _send(writer, answer.status, json.dumps(error), answer.headers)
            return
        if not body.get("stream"):
            self.sent[number] = answer.text
            _send(writer, 200, _whole(answer, body), answer.headers)
            return
        pieces = [answer.text[i : i + answer.piece] for i in range(0, len(answer.text), answer.piece)]
        headers = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **answer.headers}
        writer.write(("HTTP/1.1 200 OK\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode())
        started = self._loop.time()
        for at, piece in enumerate(pieces):
            if at == answer.cut_after:
                await _reset(writer)
            if at == answer.junk_after:
                _piece(writer, b'data: {"id": "chatcmpl-test", "choices": [{"ind\n\n')
                break
            if at:
                # by the clock: sleeps add up to more than they say
                due = started + answer.seconds * at / (len(pieces) - 1)
                await asyncio.sleep(max(0.0, due - self._loop.time()))
            _event(writer, body, {"delta": {"role": "assistant", "content": piece}})
            await writer.drain()
            self.sent[number] += piece
        if answer.calls:
            _event(writer, body, {"delta": {"role": "assistant", "content": None, "tool_calls": _calls(answer)}})
        _event(writer, body, {"delta": {}, "finish_reason": answer.finish})
        if (body.get("stream_options") or {}).get("include_usage"):
            sent, said = answer.usage
            usage = {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}
            _event(writer, body, None, usage)
        _piece(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _reset(writer: asyncio.StreamWriter) -> None:
    await writer.drain()
    await asyncio.sleep(0.02)  # what was sent arrives first
    # close with a reset, not in good order
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    raise ConnectionError


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "index": place,
            "id": call["id"],
            "type": "function",
            "function": {"name": call["name"], "arguments": json.dumps(call["args"])},
        }
        for place, call in enumerate(answer.calls)
    ]


def _whole(answer: Answer, body: dict[str, Any]) -> str:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.calls:
        message |= {"content": None, "tool_calls": _calls(answer)}
    choice = {"index": 0, "finish_reason": answer.finish, "message": message}
    sent, said = answer.usage
    usage = {"prompt_tokens": sent, "completion_tokens": said, "total_tokens": sent + said}
    completion = {"id": "chatcmpl-test", "object": "chat.completion", "created": 0, "model": body.get("model")}
    return json.dumps({**completion, "choices": [choice], "usage": usage})


async def _read(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], dict[str, Any]] | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if line)}
    data = await reader.readexactly(int(headers.get("content-length", 0)))
    return first.split()[1], headers, json.loads(data) if data else {}


def _send(writer: asyncio.StreamWriter, status: int, body: str, headers: dict[str, str] | None = None) -> None:
    data = body.encode()
    all_headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), **(headers or {})}
    lines = "".join(f"{k}: {v}\r\n" for k, v in all_headers.items())
    writer.write(f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + data)


def _event(
    writer: asyncio.StreamWriter, body: dict[str, Any], choice: dict[str, Any] | None, usage: Any = None
) -> None:
    choices = [] if choice is None else [{"index": 0, "finish_reason": None, "logprobs": None, **choice}]
    chunk = {
        "id": "chatcmpl-test",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": body.get("model"),
        "system_fingerprint": "test",
        "choices": choices,
        "usage": usage,
    }
    _piece(writer, f"data: {json.dumps(chunk)}\n\n".encode())


def _piece(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
