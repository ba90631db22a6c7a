"""Models from a hub: the real client against a loopback server that speaks the endpoints it uses."""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from brainstorm import weights
from brainstorm.errors import MissingPackageError, ModelError
from brainstorm.local import local_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"
MODEL = b"GGUF" + b"\x03\0\0\0" + b"\0" * 64
FILES = {
    "bob/Tiny-GGUF": {
        "README.md": b"# Tiny",
        "tiny.F16.gguf": MODEL + b"f16",
        "tiny.Q8_0.gguf": MODEL + b"q8",
        "tiny.Q4_K_M.gguf": MODEL + b"q4",
        "mmproj-tiny.Q4_K_M.gguf": MODEL + b"mm",
    },
    "bob/split": {f"big-Q4_0-0000{i}-of-00002.gguf": MODEL + str(i).encode() for i in (1, 2)},
    "bob/empty": {"README.md": b"# nothing"},
}


class Hub(BaseHTTPRequestHandler):
    """Lists files, and serves them, as the hub does."""

    def log_message(self, format: str, *args: object) -> None: ...

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/api/models/"):
            repo = "/".join(path.split("/")[3:5])
            if repo not in FILES:
                return self._send(404, b"{}", X_Error_Code="RepoNotFound")
            siblings = [{"rfilename": name} for name in FILES[repo]]
            info: object = {"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": []}
            if "/tree/" in path:
                info = [{"type": "file", "path": n, "size": len(b), "oid": "0"} for n, b in FILES[repo].items()]
            return self._send(200, json.dumps(info).encode(), Content_Type="application/json")
        owner, name, resolve, _, *rest = path.strip("/").split("/")
        repo, file = f"{owner}/{name}", "/".join(rest)
        if resolve != "resolve" or repo not in FILES:
            return self._send(404, b"", X_Error_Code="RepoNotFound")
        if file not in FILES[repo]:
            return self._send(404, b"", X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
        body = FILES[repo][file]
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        return self._send(200, body, ETag=etag, X_Repo_Commit=COMMIT, Accept_Ranges="bytes")

    do_HEAD = do_GET


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    constants = pytest.importorskip("huggingface_hub.constants")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    # Its own pauses between tries, 23 seconds in all, are not what is tested.
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(**{**vars(time), "sleep": _no_pause}))
    yield server
    server.shutdown()
    server.server_close()


def test_a_named_file_is_fetched(hub: ThreadingHTTPServer) -> None:
    model = local_model("hf:bob/Tiny-GGUF:tiny.Q8_0.gguf")
    assert Path(model.path).read_bytes() == MODEL + b"q8"


def test_a_quantised_file_is_chosen_when_none_is_named(hub: ThreadingHTTPServer) -> None:
    assert weights.from_hub("bob/Tiny-GGUF").read_bytes() == MODEL + b"q4"


def test_all_parts_of_a_split_model_are_fetched(hub: ThreadingHTTPServer) -> None:
    first = weights.from_hub("bob/split")
    assert first.name.endswith("00001-of-00002.gguf")
    assert (first.parent / first.name.replace("00001-of", "00002-of")).is_file()


def test_what_was_fetched_is_there_without_a_hub(hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = weights.from_hub("bob/Tiny-GGUF:tiny.Q4_K_M.gguf")
    monkeypatch.setenv("HF_ENDPOINT", _closed_port())
    assert weights.from_hub("bob/Tiny-GGUF:tiny.Q4_K_M.gguf") == before
    assert weights.from_hub("bob/Tiny-GGUF") == before


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("bob/nowhere", "Check the spelling"),
        ("bob/nowhere:x.gguf", "Check the spelling"),
        ("bob/empty", "no .gguf file"),
        ("bob/Tiny-GGUF:other.gguf", "Leave it out"),
        ("not a name!", "OWNER/NAME"),
    ],
)
def test_errors_name_the_fix(hub: ThreadingHTTPServer, spec: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        weights.from_hub(spec)


@pytest.mark.parametrize("spec", ["bob/unseen", "bob/unseen:x.gguf"])
def test_no_hub_names_the_fix(hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", _closed_port())
    with pytest.raises(ModelError, match="gguf:PATH") as caught:
        weights.from_hub(spec)
    assert caught.value.retryable


def test_offline_mode_names_the_fix(hub: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="gguf:PATH"):
        weights.from_hub("bob/unseen:x.gguf")


def test_a_missing_client_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingPackageError, match=r"langchain-brainstorm\[hub\]"):
        weights.from_hub("bob/Tiny-GGUF")


def test_the_choice_prefers_four_bits_and_the_first_part() -> None:
    assert weights.choose_file(["a.F16.gguf", "a.Q8_0.gguf", "a-q4_k_m.gguf"]) == "a-q4_k_m.gguf"
    assert weights.choose_file(["m-Q4_0-00002-of-00002.gguf", "m-Q4_0-00001-of-00002.gguf"]) == (
        "m-Q4_0-00001-of-00002.gguf"
    )
    assert weights.choose_file(["odd.gguf", "odd-IQ1_S.gguf"]) == "odd.gguf"
    assert weights.choose_file(["README.md", "model.safetensors"]) is None


def _no_pause(seconds: float) -> None: ...


def _closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
