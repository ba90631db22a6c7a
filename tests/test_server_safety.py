"""The server among clients that are careless, slow, hostile, or gone."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from brainstorm.integrations.mcp import http_app, make_mcp
from brainstorm.integrations.server import answer, native
from brainstorm.integrations.server.engine import Engine, Limits
from brainstorm.integrations.server.guard import is_loopback, read_keys, read_origins
from brainstorm.integrations.server.run import make_server

from brainstorm.errors import BrainstormError
from brainstorm.testing import ScriptedChat
from tests.server import Answer, FakeOpenAI
from tests.serving import Served, names, quiet, serving

TOPIC: dict[str, Any] = {"model": "brainstorm/quick", "messages": [{"role": "user", "content": "Names for a bakery"}]}
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
KEY = "a-key-that-is-long-enough"


@pytest.fixture
def served(openai_server: FakeOpenAI) -> Iterator[Served]:
    openai_server.answer = names
    limits = Limits(body=200_000, concurrent=3, send=1.0, keep_alive=0.2)
    with serving(openai_server, limits=limits) as server:
        yield server


def post(served: Served, **options: Any) -> httpx.Response:
    return httpx.post(f"{served.url}/chat/completions", timeout=30, **options)


def raw(served: Served, data: bytes, *, seconds: float = 10.0) -> bytes:
    """What comes back when `data` is sent, up to the end of the connection; b"" where it is just closed."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=seconds) as connection:
        parts: list[bytes] = []
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass
        return b"".join(parts)


def soon(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes true in that time."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.02)
    return what()


def alive(served: Served) -> bool:
    return post(served, json=TOPIC).status_code == 200


def test_other_machines_need_a_key() -> None:
    engine = Engine(ScriptedChat(script=["1. a"]))
    for host in ("0.0.0.0", "192.168.0.7", "::", "example.com"):
        with pytest.raises(BrainstormError, match="--api-key-file"):
            make_server(engine, host=host)
        assert make_server(engine, host=host, keys=[KEY])
    for host in ("127.0.0.1", "localhost", "::1", "127.0.1.1"):
        assert is_loopback(host)
        assert make_server(engine, host=host)


def test_keys_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# mine\n{KEY}\n\n  another-key-of-some-length \n")
    assert read_keys(file) == (KEY, "another-key-of-some-length")
    file.write_text("short\n")
    with pytest.raises(BrainstormError, match="16 characters"):
        read_keys(file)
    with pytest.raises(BrainstormError, match="No such file"):
        read_keys(tmp_path / "none")


def test_who_has_no_key_is_turned_away(openai_server: FakeOpenAI) -> None:
    openai_server.answer = names
    with serving(openai_server, keys=[KEY, "the-second-key-of-two"]) as served:
        for wrong in ({}, {"Authorization": f"Bearer {KEY}x"}, {"Authorization": KEY}, {"Authorization": "Bearer ü"}):
            encoded = {k: v.encode("latin-1") for k, v in wrong.items()}
            for path in ("/models", "/nothing"):
                answer = httpx.get(served.url + path, headers=encoded)
                assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
        with pytest.raises(openai.AuthenticationError):
            openai.OpenAI(base_url=served.url, api_key="wrong").models.list()
        for right in (KEY, "the-second-key-of-two"):
            assert len(list(openai.OpenAI(base_url=served.url, api_key=right).models.list())) == 5
        assert httpx.get(served.url.removesuffix("v1") + "healthz").status_code == 200
        assert post(served, json=TOPIC, headers={"Authorization": f"Bearer {KEY}", "Host": "any.example"}).is_success


def test_pages_from_elsewhere_may_not_use_a_server_without_a_key(served: Served) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
        answer = post(served, json=TOPIC, headers=headers)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    for origin in ("http://localhost:3000", "app://obsidian.md", "https://127.0.0.1"):
        answer = post(served, json={**TOPIC, "model": "none"}, headers={"Origin": origin})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (404, origin)
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-stainless"}
        preflight = httpx.options(f"{served.url}/chat/completions", headers={"Origin": origin, **asked})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-headers"] == "authorization,x-stainless"


def test_links_of_pages_from_elsewhere_lead_nowhere(served: Served) -> None:
    for site, status in (("cross-site", 403), ("same-origin", 200), ("none", 200)):
        assert httpx.get(f"{served.url}/models", headers={"Sec-Fetch-Site": site}).status_code == status
    from_app = {"Sec-Fetch-Site": "cross-site", "Origin": "app://obsidian.md"}
    assert httpx.get(f"{served.url}/models", headers=from_app).status_code == 200
    assert httpx.get(f"{served.url}/models", headers={"Host": f"localhost.:{served.port}"}).status_code == 200


def test_an_origin_can_be_allowed(openai_server: FakeOpenAI) -> None:
    with serving(openai_server, origins=["https://app.example"]) as served:
        for origin, status in (("https://app.example", 200), ("https://other.example", 403)):
            assert httpx.get(f"{served.url}/models", headers={"Origin": origin}).status_code == status


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400), (b"\xff\xfe{}", 400), (b"{}", 400),
        (b'{"model": "\xed\xa0\x80"}', 400), (b"[" * 100_000, 400), (b'{"a":' * 30_000, 400),
        (b'{"model": NaN}', 400), (b'{"model": "brainstorm", "seed": ' + b"9" * 5000 + b"}", 400),
        (json.dumps({**TOPIC, "messages": [{"role": "user", "content": "\ud800"}]}).encode(), 400),
        (json.dumps({**TOPIC, "messages": [{"role": "user", "content": "a\x00b"}]}).encode(), 400),
        (json.dumps({**TOPIC, "messages": [{"role": "user", "content": [{"type": "text"}]}]}).encode(), 400),
        (json.dumps({**TOPIC, "stop": [""], "seed": -(2**70), "user": {"a": 1}}).encode(), 200),
        (b" " * 200_001, 413), (b'{"x": "' + b"x" * 300_000 + b'"}', 413),
    ],
)  # fmt: skip
def test_hostile_bodies(served: Served, content: bytes, status: int) -> None:
    answer = post(served, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error"]["message"]
    assert alive(served)


def test_a_body_of_another_kind_is_refused(served: Served) -> None:
    assert post(served, content=b"{}").status_code == 415
    assert post(served, content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert post(served, content=b"{}", headers={"Content-Encoding": "gzip"}).status_code == 415


def test_a_hundred_megabytes_are_not_read(served: Served) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    declared = raw(served, head + b"Content-Length: 100000000\r\n\r\n" + b"x" * 100_000)
    assert b"413" in declared.split(b"\r\n")[0]
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    chunked = raw(served, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 1600)
    assert chunked == b"" or b"413" in chunked.split(b"\r\n")[0]
    assert alive(served)


def test_header_floods_and_nonsense_get_a_4xx_or_a_closed_connection(served: Served) -> None:
    flood = b"".join(b"X-%d: %s\r\n" % (i, b"x" * 100) for i in range(2000))
    for data in (
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + flood + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 100,
        b"GET /healthz HTTP/nine\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/models HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    ):
        answer = raw(served, data)
        assert answer == b"" or answer.split(b" ")[1].startswith(b"4"), answer[:100]
    assert alive(served)


def test_who_does_not_get_to_the_point_is_disconnected(served: Served) -> None:
    for data in (
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: loc",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 100\r\n\r\n{",
    ):
        answer = raw(served, data, seconds=8)  # raises TimeoutError if it stays open
        assert answer == b"" or b"408" in answer.split(b"\r\n")[0]
    assert alive(served)


@pytest.mark.parametrize("streamed", [True, False])
def test_a_reader_that_does_not_read_is_disconnected(openai_server: FakeOpenAI, streamed: bool) -> None:
    openai_server.answer = lambda *_: Answer("word " * 2_000_000, piece=1_000_000)
    with serving(openai_server, limits=Limits(send=0.5)) as served:
        body = json.dumps({**TOPIC, "model": "test-model", "stream": streamed, "n": 2}).encode()
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            while not served.engine.busy:
                time.sleep(0.01)
            assert served.settled(20)
            # nothing of the answer is kept for it
            assert soon(lambda: not served.server.server_state.connections)


def test_a_body_that_trickles_is_given_up(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
        connection.settimeout(0.2)
        answer, end = b"", time.monotonic() + 10
        while not answer and time.monotonic() < end:
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
            except TimeoutError:
                continue
        assert b" 408 " in answer.split(b"\r\n")[0]
    assert alive(served)


def test_bodies_that_are_being_read_have_a_limit_together(openai_server: FakeOpenAI) -> None:
    openai_server.answer = names
    with serving(openai_server, limits=Limits(body=60_000, bodies=100_000)) as served:
        with ExitStack() as stack:
            for _ in range(2):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=10))
                connection.sendall(HEAD + b"Content-Length: 60000\r\n\r\n" + b" " * 49_000)
            assert soon(lambda: served.engine._bytes == 98_000)
            assert post(served, json={**TOPIC, "stop": "x" * 5_000}).status_code == 429
            assert alive(served)
        assert soon(lambda: served.engine._bytes == 0)


def test_connections_have_a_limit(openai_server: FakeOpenAI) -> None:
    with serving(openai_server, limits=Limits(connections=3)) as served:
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=10))
            assert soon(lambda: len(served.server.server_state.connections) == 3)
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{served.url}/models")
        assert soon(lambda: not served.server.server_state.connections)
        assert httpx.get(f"{served.url}/models").is_success


def test_bodies_for_the_tools_have_a_limit_too(openai_server: FakeOpenAI) -> None:
    engine = Engine("test-model", base_url=openai_server.url, limits=Limits(body=10_000))
    with serving(openai_server, limits=Limits(body=10_000), app=http_app(make_mcp(engine))) as served:
        address = served.url.replace("/v1", "/mcp")
        assert httpx.post(address, content=b" " * 20_000).status_code == 413


def test_more_requests_than_allowed_get_a_429(served: Served, openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda *_: Answer(hang=True)

    async def ask() -> list[int]:
        async with httpx.AsyncClient(timeout=1.5) as client:

            async def one() -> int:
                try:
                    answer = await client.post(f"{served.url}/chat/completions", json=TOPIC)
                except httpx.TimeoutException:
                    return 0
                assert answer.headers["retry-after"]
                return answer.status_code

            return sorted(await asyncio.gather(*(one() for _ in range(5))))

    assert asyncio.run(ask()) == [0, 0, 0, 429, 429]
    assert served.settled()
    openai_server.answer = names
    assert alive(served)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("model", ["brainstorm/quick", "test-model"])
def test_a_client_that_goes_away_cancels_its_calls(
    served: Served, openai_server: FakeOpenAI, streamed: bool, model: str
) -> None:
    openai_server.answer = lambda *_: Answer("1. one\n2. two\n3. three\n" * 50, seconds=60)
    body = {**TOPIC, "model": model, "stream": streamed}
    with pytest.raises(httpx.TimeoutException):
        post_slowly(served, body)
    assert served.settled()
    assert quiet(openai_server)
    assert openai_server.requests


def post_slowly(served: Served, body: dict[str, Any]) -> None:
    with httpx.Client(timeout=httpx.Timeout(5, read=1.0)) as client:
        began = time.monotonic()
        with client.stream("POST", f"{served.url}/chat/completions", json=body) as answer:
            for _ in answer.iter_bytes():
                if time.monotonic() - began > 1:
                    raise httpx.ReadTimeout("gone")


def test_nothing_that_people_say_and_no_key_is_logged(
    openai_server: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "tangerine dream machine"
    caplog.set_level(logging.DEBUG, "brainstorm")
    body = {**TOPIC, "messages": [{"role": "user", "content": secret}]}
    openai_server.answer = names
    with serving(openai_server, keys=[KEY]) as served:
        for model in ("brainstorm/quick", "test-model", "none"):
            post(served, json={**body, "model": model}, headers={"Authorization": f"Bearer {KEY}"})
        served.engine.check = lambda model: {}[secret]  # type: ignore[method-assign,assignment]
        assert post(served, json=body, headers={"Authorization": f"Bearer {KEY}"}).status_code == 500
    text = caplog.text
    assert "/v1/chat/completions" in text
    assert "KeyError" in text
    assert secret not in text
    assert KEY not in text
    with serving(openai_server, log_prompts=True) as served:
        post(served, json=body)
    assert secret in caplog.text


def test_lists_have_a_limit_of_letters_and_of_time(openai_server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(openai_server, limits=Limits(letters=1_000, seconds=0.2)) as served:
        for path in ("deduplicate", "rank"):
            answer = httpx.post(f"{served.url}/{path}", json={"texts": ["x" * 999, "yy"]})
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, "texts")
        done = threading.Event()
        monkeypatch.setattr(native, "deduplicate", lambda *_, **__: done.wait(20))
        slow = httpx.post(f"{served.url}/deduplicate", json={"texts": ["a"]}, timeout=30)
        assert (slow.status_code, slow.json()["error"]["code"]) == (504, "timeout")
        for _ in range(100):  # the slot is given back just after the answer
            if not served.engine.busy:
                break
            time.sleep(0.05)
        assert not served.engine.busy
        done.set()


def test_origins_are_read_as_browsers_write_them() -> None:
    given = [
        "https://App.Example.com/",
        "http://a.org:80",
        "https://a.org:8443/",
        "*",
        "app://obsidian.md",
        "http://[::1]:3000",
    ]
    assert read_origins(given) == (
        "https://app.example.com", "http://a.org", "https://a.org:8443", "*", "app://obsidian.md", "http://[::1]:3000",
    )  # fmt: skip


@pytest.mark.parametrize("wrong", ["app.example.com", "https://a.org/path", "https://", "", "https://*.a.org", "null"])
def test_what_is_no_origin_is_refused_at_the_start(openai_server: FakeOpenAI, wrong: str) -> None:
    with pytest.raises(BrainstormError, match="no web origin"):
        make_server(Engine("test-model", base_url=openai_server.url), origins=[wrong])


def test_a_server_says_where_it_is(openai_server: FakeOpenAI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "brainstorm.server")
    engine = Engine("test-model", base_url=openai_server.url)
    with serving(openai_server, app=http_app(make_mcp(engine)), host="[::1]") as served:
        assert f"serving tools on http://[::1]:{served.port}/mcp" in caplog.text


def test_a_server_told_to_stop_finishes_its_streams_with_what_is_there(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda *_: Answer("1. copper\n2. orchard\n" + "and so on " * 50, seconds=60, piece=24)
    with serving(openai_server, grace=0.5) as served:
        lines: list[str] = []

        def listen() -> None:
            with httpx.stream(
                "POST", f"{served.url}/chat/completions", json={**TOPIC, "stream": True}, timeout=30
            ) as answer:
                lines.extend(answer.iter_lines())

        listener = threading.Thread(target=listen)
        listener.start()
        while not served.engine.busy:
            time.sleep(0.01)
        time.sleep(0.5)
        served.server.should_exit = True
        listener.join(20)
        assert not listener.is_alive()
        assert lines[-2:] == ["data: [DONE]", ""]
        assert any("**Best first**" in line for line in lines)


@pytest.mark.parametrize("grace", [0.2, 0.0])
def test_a_server_told_to_stop_does_not_call_a_brainstorm_without_ideas_done(
    openai_server: FakeOpenAI, grace: float
) -> None:
    openai_server.answer = lambda *_: Answer(hang=True)
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("chat/completions", TOPIC),
        ("chat/completions", {**TOPIC, "n": 1}),
        ("chat/completions", {**TOPIC, "n": 3}),
        ("chat/completions", {**TOPIC, "response_format": schema}),
        ("responses", {"model": "brainstorm/quick", "input": "Names for a bakery"}),
        ("brainstorm", {"model": "brainstorm/quick", "topic": "Names for a bakery"}),
    ]
    with serving(openai_server, grace=grace) as served, ThreadPoolExecutor(12) as pool:

        def ask(one: tuple[str, dict[str, Any]], streamed: bool) -> httpx.Response:
            return httpx.post(f"{served.url}/{one[0]}", json={**one[1], "stream": streamed}, timeout=60)

        whole = [pool.submit(ask, one, False) for one in asked]
        streams = [pool.submit(ask, one, True) for one in asked]
        assert soon(lambda: served.engine.busy == 12)
        served.server.should_exit = True
        for answer in whole:
            assert (answer.result().status_code, answer.result().json()["error"]["code"]) == (503, "stopping")
        for (path, _), stream in zip(asked, streams, strict=True):
            text = stream.result().text
            assert "The server is stopping" in text
            assert '"finish_reason":"stop"' not in text
            if path != "chat/completions":
                assert ("event: response.failed" if path == "responses" else "event: error") in text


@pytest.mark.parametrize("path", ["chat/completions", "responses"])
def test_a_server_told_to_stop_ends_streams_of_the_plain_model_with_an_error(
    openai_server: FakeOpenAI, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    openai_server.answer = lambda *_: Answer("and so on " * 500, seconds=600, piece=10)
    asked = {"model": "test-model", "messages": TOPIC["messages"], "input": "Names", "stream": True}
    with serving(openai_server, grace=0.2) as served, ThreadPoolExecutor(2) as pool:
        stream = pool.submit(httpx.post, f"{served.url}/{path}", json=asked, timeout=60)
        whole = pool.submit(httpx.post, f"{served.url}/{path}", json={**asked, "stream": False}, timeout=60)
        assert soon(lambda: openai_server.open == 2)
        served.server.should_exit = True
        lines = stream.result().text.splitlines()
        assert whole.result().status_code == 503
    if path == "responses":
        assert "event: response.failed" in lines
    else:
        assert "The server is stopping" in lines[-4]
        assert lines[-2:] == ["data: [DONE]", ""]
    assert "Traceback" not in caplog.text


def test_a_server_told_to_stop_lets_an_answer_under_way_complete(openai_server: FakeOpenAI) -> None:
    openai_server.answer = lambda *_: Answer("one two three " * 20, seconds=1.5, piece=7)
    with serving(openai_server, grace=20) as served, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, served, json={**TOPIC, "model": "test-model"})
        assert soon(lambda: openai_server.open == 1)
        served.server.should_exit = True
        done = answer.result().json()["choices"][0]
    assert done["message"]["content"] == "one two three " * 20
    assert done["finish_reason"] == "stop"


def test_a_server_told_to_stop_does_not_wait_for_who_only_listens(
    openai_server: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine("test-model", base_url=openai_server.url)
    with serving(openai_server, grace=0.2, app=http_app(make_mcp(engine))) as served:
        address = served.url.replace("/v1", "/mcp")
        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
        accept = {"Accept": "application/json, text/event-stream"}
        session = httpx.post(address, json=hello, headers=accept).headers["mcp-session-id"]
        with httpx.stream("GET", address, headers={**accept, "mcp-session-id": session}, timeout=60) as listening:
            assert listening.status_code == 200
            served.server.should_exit = True
            with suppress(httpx.TransportError):
                listening.read()
    assert "Traceback" not in caplog.text


def test_what_nobody_expected_is_told_in_the_stream_and_in_the_log(
    openai_server: FakeOpenAI, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    openai_server.answer = names

    def broken(*_: object, **__: object) -> None:
        raise KeyError("tangerine")

    monkeypatch.setattr(answer, "_told", broken)
    monkeypatch.setattr(native, "asdict", broken)
    with serving(openai_server) as served:
        for path, end in (
            ("chat/completions", "data: [DONE]"),
            ("responses", "response.failed"),
            ("brainstorm", "event: error"),
        ):
            asked = {"model": "brainstorm/quick", "stream": True}
            body = {"topic": "Names"} if path == "brainstorm" else {**TOPIC, "input": "Names"}
            text = httpx.post(f"{served.url}/{path}", json={**body, **asked}, timeout=30).text
            assert end in text
            assert "its log names" in text
    assert caplog.text.count("KeyError") == 3
    assert "tangerine" not in caplog.text


def test_the_command_serves_and_ends_in_good_order() -> None:
    command = [sys.executable, "-m", "brainstorm.cli", "serve", "--port", "0", "--model", "local"]
    code = "from brainstorm.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *command[3:]], stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stderr is not None
    try:
        port = next(int(line.rpartition(":")[2].split("/")[0]) for line in process.stderr if "serving" in line)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM, 143)
    finally:
        process.kill()
        process.stderr.close()
