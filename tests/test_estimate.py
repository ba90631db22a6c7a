"""What a run is expected to take, without a call."""

from __future__ import annotations

import json

import openai
import pytest

from brainstorm import Brainstormer, Brief, Budget
from brainstorm.estimate import OTHER, estimate
from brainstorm.library import load_library
from brainstorm.prices import Price
from brainstorm.techniques import TECHNIQUES
from brainstorm.testing import ScriptedChat
from brainstorm.tokens import count_tokens
from tests.command import run
from tests.server import Answer, FakeOpenAI
from tests.test_continue import THINGS

BRIEF = Brief(topic="Names for a bakery run by robots")
LIBRARY = load_library()


@pytest.mark.parametrize("name", TECHNIQUES)
@pytest.mark.parametrize("small", [False, True])
def test_every_technique_can_be_told(name: str, small: bool) -> None:
    found = estimate(BRIEF, TECHNIQUES[name], LIBRARY, small=small)
    assert found.calls >= found.rounds >= 1
    assert found.input_tokens > found.calls
    assert 0 < found.output_tokens <= found.calls * 1000
    assert found.tokens == found.input_tokens + found.output_tokens
    assert found.cost is None
    assert found == estimate(BRIEF, TECHNIQUES[name], LIBRARY, small=small)
    assert name in OTHER


def test_longer_briefs_more_ideas_and_dearer_models_cost_more() -> None:
    how = TECHNIQUES["vs_standard"]
    price = (Price(input=1, output=10),)
    base = estimate(BRIEF, how, LIBRARY, prices=price)
    longer = estimate(BRIEF.override(topic="Names for a bakery " * 50), how, LIBRARY, prices=price)
    more = estimate(BRIEF.override(n=40), how, LIBRARY, prices=price)
    assert longer.input_tokens > base.input_tokens + base.calls * 140
    assert longer.output_tokens == base.output_tokens
    assert more.calls >= 3 * base.calls
    assert base.cost == pytest.approx((base.input_tokens + 10 * base.output_tokens) / 1e6, rel=0.01)
    assert estimate(BRIEF, how, LIBRARY, prices=(price[0], None)).cost is None


@pytest.mark.parametrize(
    ("budget", "most"), [(Budget(calls=2), "calls"), (Budget(tokens=900), "tokens"), (Budget(cost=0.002), "cost")]
)
def test_budgets_are_kept_but_for_the_last_call(budget: Budget, most: str) -> None:
    price = (Price(input=1, output=5),)
    found = estimate(BRIEF.override(n=300, budget=budget), TECHNIQUES["list"], LIBRARY, prices=price)
    limit = getattr(budget, most)
    assert limit * 0.99 <= getattr(found, most) <= limit * 1.7
    all_of_it = estimate(BRIEF.override(budget=budget), TECHNIQUES["list"], LIBRARY, prices=price, to_budget=True)
    assert getattr(all_of_it, most) >= limit * 0.99


def test_conversations_count_what_they_show_again() -> None:
    found = estimate(BRIEF, TECHNIQUES["in_context"], LIBRARY)
    alone = estimate(BRIEF, TECHNIQUES["direct"], LIBRARY)
    assert found.input_tokens / found.calls > 2 * alone.input_tokens / alone.calls
    assert found.rounds == found.calls


def test_the_estimate_matches_a_run_whose_replies_are_as_expected() -> None:
    """Prompts are counted as they are sent, the planning call and the avoid lists of later rounds among them."""
    with FakeOpenAI() as server:

        def answer(body: dict[str, object], i: int) -> Answer:
            messages: list[dict[str, str]] = body["messages"]  # type: ignore[assignment]
            shown = [THINGS[(i * 5 + j) % len(THINGS)] for j in range(5)]
            said = "\n".join(f"{j}. The {t}: one {t} for all who bake by hand" for j, t in enumerate(shown))
            return Answer(said, usage=(sum(count_tokens(m["content"]) + 4 for m in messages) + 3, count_tokens(said)))

        server.answer = answer
        client = openai.AsyncOpenAI(base_url=server.url, api_key="none")
        model = Brainstormer(client, model_name="m", technique="directions")
        expected = model.estimate(BRIEF)
        assert not server.requests
        found = model.invoke(BRIEF)
    first = [r for r in found.record.replies if r.call.round <= 1]
    assert expected.calls == len(first)
    assert expected.input_tokens == pytest.approx(sum(r.usage.input_tokens for r in first), rel=0.2)


def test_no_call_is_made() -> None:
    chat = ScriptedChat(script=["1. one"])
    found = Brainstormer(chat, price=(1, 1)).estimate("Names", n=30)
    assert not chat.seen
    assert found.cost is not None


def test_dry_run_on_the_command_line() -> None:
    with FakeOpenAI() as server:
        args = ["ideas", BRIEF.topic, "--dry-run", "--base-url", server.url, "--model", "m"]
        done = run(*args, "--json")
        priced = run(*args, "--price", "1,2")
        assert not server.requests
    told = json.loads(done.stdout)
    assert told["cost"] is None
    assert told["tokens"] == told["input_tokens"] + told["output_tokens"]
    assert "cost unknown" in done.stderr
    assert "$" in priced.stderr
    assert priced.stdout == ""
