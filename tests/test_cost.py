"""What a run costs: prices, the ledger, budgets in dollars, and what people are told."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from langchain_openai import AzureChatOpenAI, ChatOpenAI

from brainstorm import Brainstormer, Budget, IdeaSet
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.ledger import Ledger
from brainstorm.models import resolve_models
from brainstorm.prices import FREE, Price, price_of, to_price
from brainstorm.replies import Request
from brainstorm.result import replay
from brainstorm.show import _footer
from brainstorm.testing import ScriptedChat
from brainstorm.tokens import count_prompt, count_tokens
from tests.command import run
from tests.server import WORDS, Answer, FakeOpenAI, ideas_json

TOPIC = "Names for a bakery run by robots"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("openai:gpt-5-mini", True),
        (ChatOpenAI(model="gpt-5-mini", api_key="none"), True),
        (ChatOpenAI(model="gpt-5-mini", api_key="none").with_retry(), True),
        (ChatOpenAI(model="openai/gpt-5-mini", base_url="https://openrouter.ai/api/v1", api_key="none"), True),
        (
            AzureChatOpenAI(
                model="gpt-4o", azure_endpoint="https://x.openai.azure.com", api_version="1", api_key="none"
            ),
            True,
        ),
        (ChatOpenAI(model="a-model-nobody-sells", api_key="none"), False),
        (ChatOpenAI(model="gpt-5-mini", base_url="https://proxy.example/v1", api_key="none"), False),
        (ChatOpenAI(model="gpt-5-mini", base_url="http://localhost:1234/v1", api_key="none"), False),
        (ScriptedChat(script=["1. one"]), False),
    ],
    ids=lambda value: value if isinstance(value, str | bool) else type(value).__name__,
)
def test_a_price_is_the_tables_or_unknown(model: object, known: bool) -> None:
    price = price_of(resolve_models(model)[0])
    assert (price is not None) is known
    assert price is None or 0 < price.input < price.output


def test_clients_are_priced_by_where_they_call() -> None:
    at_home = resolve_models(openai.AsyncOpenAI(), model_name="gpt-5-mini")[0]
    elsewhere = resolve_models(openai.OpenAI(base_url="http://localhost:9/v1"), model_name="gpt-5-mini")[0]
    assert price_of(at_home) is not None
    assert price_of(elsewhere) is None


def test_the_embedded_model_costs_nothing_and_loads_no_table() -> None:
    code = (
        "import sys; from brainstorm.models import resolve_models; from brainstorm.prices import FREE, price_of\n"
        "assert price_of(resolve_models('local')[0]) == FREE; assert 'genai_prices' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("wrong", [(1,), (1, -2), "1,2", (1, float("nan")), (1, 2, 3)])
def test_a_price_that_is_none_is_refused(wrong: object) -> None:
    with pytest.raises(BriefError, match=r"two numbers.*million"):
        Brainstormer(ScriptedChat(script=["1. one"]), price=wrong)  # type: ignore[arg-type]
    assert to_price((1, 2)) == Price(input=1, output=2)


def test_a_result_says_what_it_cost_and_replays_to_the_same(tmp_path: Path) -> None:
    found = Brainstormer(ScriptedChat(script=[ideas_json("Ember", "Mill")]), price=(2, 10)).invoke(TOPIC, n=2)
    used = found.usage
    assert used.cost == pytest.approx((2 * used.input_tokens + 10 * used.output_tokens) / 1e6)
    assert used.cost_per_idea == pytest.approx(used.cost / (len(found.ideas) + len(found.more)), rel=1e-3)
    assert "a distinct idea)" in _footer(found, None)[0]
    assert json.loads(found.to_json())["usage"]["cost"] == used.cost
    found.save(tmp_path / "run.json")
    assert IdeaSet.load(tmp_path / "run.json") == found
    assert replay(IdeaSet.load(tmp_path / "run.json")).usage == used


def test_an_unknown_price_is_said_to_be_unknown() -> None:
    found = Brainstormer(ScriptedChat(script=[ideas_json("Ember", "Mill")])).invoke(TOPIC, n=2)
    assert found.usage.cost is found.usage.cost_per_idea is None
    assert "cost unknown" in _footer(found, None)[0]
    free = found.model_copy(update={"usage": found.usage.override(cost=0.0)})
    assert "$0," in _footer(free, None)[0]
    assert FREE.of(10, 10) == 0


def test_a_budget_in_dollars_without_a_price_is_refused_before_any_call() -> None:
    chat = ScriptedChat(script=["1. one"])
    with pytest.raises(BriefError, match=r"price of ScriptedChat.*--price"):
        Brainstormer(chat).invoke(TOPIC, budget=Budget(cost=1))
    assert not chat.seen


def test_no_budget_of_dollars_is_overspent_by_more_than_the_last_calls() -> None:
    """A hundred random budgets against a real server, whose calls cost 0.1 cent each."""
    chance = random.Random(8)
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(
            ideas_json(f"{WORDS[i % 16]} {WORDS[i // 16 % 16]}"), usage=(chance.randrange(50, 150), 50)
        )
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        for _ in range(20):
            cost, together = chance.uniform(0.0005, 0.02), chance.randrange(1, 8)
            asked = Brainstormer(client, model_name="m", price=(5, 10), concurrency=together)
            found = asked.invoke(TOPIC, n=1000, budget=Budget(cost=cost))
            spent = found.usage.cost
            dearest = 150 * 5e-6 + 50 * 10e-6
            assert spent is not None
            assert spent < cost + dearest, "each call under way was counted at its most, so only one can go beyond"
            assert found.stopped in ("cost", "dry", "rounds")
            assert found.stopped != "cost" or spent > cost / 4


def test_cost_and_price_on_the_command_line() -> None:
    with FakeOpenAI() as server:
        server.answer = lambda body, i: Answer(ideas_json(WORDS[i % 16], WORDS[(i + 5) % 16]), usage=(1000, 1000))
        args = ["ideas", TOPIC, "--base-url", server.url, "--model", "m", "--json", "-n", "50", "--cost", "0.02"]
        without = run(*args, code=1)
        assert "--price" in without.stderr
        assert not server.requests
        done = run(*args, "--price", "1,2")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["stopped"] == "cost"
    assert found["usage"]["cost"] == pytest.approx(0.003 * found["usage"]["calls"])
    assert "the budget of dollars is spent" in done.stderr
    odd = run("ideas", TOPIC, "--price", "cheap", code=1)
    assert "0.25,2.0" in odd.stderr


def test_the_ledger_expects_of_a_prompt_what_is_counted_for_it_in_the_end() -> None:
    texts = ("Be brief.", "Names for a boat")
    most = count_prompt(texts) + 100
    assert count_prompt(texts) == sum(count_tokens(text) for text in texts) + 2 * 4 + 3
    calls = [Call(id=f"1.0{i}", technique="list", template="list", k=5, seed=i, max_tokens=100) for i in (1, 2)]
    for tokens, second in ((most, False), (most + 1, True)):
        ledger = Ledger(Budget(tokens=tokens))
        ledger.expect([Request(call, (("system", texts[0]), ("user", texts[1]))) for call in calls])
        assert [ledger.admit(call) for call in calls] == [True, second]
