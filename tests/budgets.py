"""A run with a random budget on a scripted model, and what it did that its budget does not allow."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from brainstorm import Brainstormer, Brief, Budget, IdeaSet
from brainstorm.errors import NoIdeasError
from brainstorm.models import ChatModel
from brainstorm.prices import Price
from brainstorm.run import Run
from brainstorm.testing import Broken, ScriptedChat
from brainstorm.tokens import count_prompt, count_tokens
from tests.server import WORDS, ideas_json

SLACK = 0.25
"""Seconds by which a busy machine may notice the end of the time late."""


PRICE = Price(input=1.0, output=4.0)


class Metered(ScriptedChat):
    """Looks at the budget whenever it is asked, as a provider's bill would.

    Attributes:
        wrong: what was sent although the budget was spent.
    """

    _run: Run | None = PrivateAttr(None)
    _limit: Budget = PrivateAttr(default_factory=Budget)
    _concurrency: int = PrivateAttr(0)
    _started: float = PrivateAttr(0.0)
    _open: int = PrivateAttr(0)
    _calls: set[str] = PrivateAttr(default_factory=set)
    _wrong: list[str] = PrivateAttr(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return self._wrong

    def watch(self, run: Run, limit: Budget, concurrency: int) -> None:
        self._run, self._limit, self._concurrency, self._started = run, limit, concurrency, time.monotonic()

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        assert self._run is not None
        self._open += 1
        self._calls.add(kwargs["brainstorm_call"])
        used = [(r.usage.input_tokens, r.usage.output_tokens) for r in self._run.replies]
        spent, dollars = sum(map(sum, used)), sum(PRICE.of(*tokens) for tokens in used)
        late = time.monotonic() - self._started
        limit = self._limit
        if limit.calls is not None and len(self._calls) > limit.calls:
            self._wrong.append(f"call {len(self._calls)} of {limit.calls}")
        if limit.tokens is not None and spent >= limit.tokens:
            self._wrong.append(f"sent with {spent} of {limit.tokens} tokens spent")
        if limit.cost is not None and dollars >= limit.cost:
            self._wrong.append(f"sent with {dollars} of {limit.cost} dollars spent")
        if limit.seconds is not None and late > limit.seconds + SLACK:
            self._wrong.append(f"sent after {late:.3f} of {limit.seconds:.3f} s")
        if self._open > self._concurrency:
            self._wrong.append(f"{self._open} at once, not {self._concurrency}")
        try:
            said = ""
            async for chunk in super()._astream(messages, stop, run_manager, **kwargs):
                text = str(chunk.message.text)
                if count_tokens(said + text) > kwargs["max_tokens"]:
                    while count_tokens(said + text) > kwargs["max_tokens"]:
                        text = text[: len(text) * 9 // 10]
                    yield _last(messages, said, text)
                    return
                said += text
                yield chunk
        finally:
            self._open -= 1


def _last(messages: list[BaseMessage], said: str, text: str) -> ChatGenerationChunk:
    """The piece in which a reply reaches its limit."""
    sent, out = sum(count_tokens(str(m.text)) for m in messages), count_tokens(said + text)
    usage = UsageMetadata(input_tokens=sent, output_tokens=out, total_tokens=sent + out)
    reason = {"finish_reason": "length"}
    return ChatGenerationChunk(
        message=AIMessageChunk(content=text, usage_metadata=usage, response_metadata=reason, chunk_position="last")
    )


def _entry(rng: random.Random) -> Any:
    ideas = [f"{' '.join(rng.sample(WORDS, 3))} {rng.randrange(10**6)}" for _ in range(rng.choice((0, 1, 5, 5, 5, 40)))]
    text = ideas_json(*ideas) if rng.random() < 0.7 else "".join(f"{i}. {t}\n" for i, t in enumerate(ideas, 1))
    failing = rng.random()
    if failing < 0.08:
        return ConnectionError("lost")
    if failing < 0.12:
        return ValueError("no such model")
    if failing < 0.2:
        return Broken(text[: len(text) // 2], ConnectionError("lost in the middle"))
    return text


async def random_run(seed: int) -> tuple[list[str], str, float]:
    """What was wrong, why the run stopped, and by how many seconds it outlasted its budget."""
    rng = random.Random(seed)
    limit = Budget(
        calls=rng.choice((None, rng.randint(1, 30))),
        tokens=rng.choice((None, rng.randint(1, 8000))),
        seconds=rng.choice((None, None, rng.uniform(0.005, 0.15))),
        cost=rng.choice((None, rng.uniform(0.0001, 0.02))),
    )
    concurrency = rng.randint(1, 12)
    chat = Metered(
        script=[_entry(rng) for _ in range(20)], delay=rng.choice((0.0, 0.0, 0.002)), chunk=rng.choice((16, 64, 10**6))
    )
    storm = Brainstormer(
        ChatModel("scripted", chat, takes_max_tokens=True),
        concurrency=concurrency,
        embedder=None,
        technique=rng.choice(("auto", "list")),
        price=PRICE,
    )
    run = storm.start(Brief(topic="Names for a bakery", n=rng.randint(1, 80), budget=limit, seed=seed))
    chat.watch(run, limit, concurrency)
    began = time.monotonic()
    try:
        async for event in run.events():
            if isinstance(event, IdeaSet):
                result = event
    except NoIdeasError as error:
        result = error.result
    took = time.monotonic() - began
    wrong = list(chat.wrong)
    # calls under way count all that they may take, so only the last call that is sent can go beyond the limit
    most = [(count_prompt(text for _, text in r.messages), r.call.max_tokens) for r in result.record.replies] or [
        (0, 0)
    ]
    used = [(r.usage.input_tokens, r.usage.output_tokens) for r in result.record.replies]
    if limit.calls is not None and result.usage.calls > limit.calls:
        wrong.append(f"{result.usage.calls} calls of {limit.calls}")
    tokens, dollars = sum(map(sum, used)), sum(PRICE.of(*u) for u in used)
    if limit.tokens is not None and tokens >= limit.tokens + max(map(sum, most)):
        wrong.append(f"{tokens} tokens of {limit.tokens}")
    if limit.cost is not None and dollars >= limit.cost + max(PRICE.of(*m) for m in most):
        wrong.append(f"{dollars} dollars of {limit.cost}")
    return wrong, result.stopped, max(0.0, took - limit.seconds) if limit.seconds is not None else 0.0
