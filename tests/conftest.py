"""Shared fixtures. Sockets beyond loopback are refused by pytest-socket, set in pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import FakeOpenAI


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BRAINSTORM_MODEL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def openai_server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server
