"""The ways in which a provider fails, as answers of the server on loopback; the tests and bench/faults.py use them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.server import WORDS, Answer, ideas_json

REFUSAL = "I'm sorry, but I can't help with that request."


def ideas(call: int, count: int = 5) -> list[str]:
    """Ideas that no other call has."""
    rng = random.Random(call)
    return [f"{' '.join(rng.sample(WORDS, 3)).title()} number {call * 100 + i}" for i in range(count)]


@dataclass(frozen=True)
class Way:
    """One way to fail.

    Attributes:
        answer: from a call's ideas to what the server does.
        cause: what the failure says, "" where the call does not fail.
        fix: what it says to do.
        attempts: times the call is sent.
    """

    answer: Callable[[Sequence[str]], Answer]
    cause: str = ""
    fix: str = ""
    attempts: int = 1


PIECE = 32


def well(texts: Sequence[str], **how: Any) -> Answer:
    """A call that goes well, but for `how`."""
    return Answer(ideas_json(*texts), **{"piece": PIECE, **how})


def _after_two(texts: Sequence[str]) -> int:
    """Pieces that hold two ideas and a part of the third."""
    return ideas_json(*texts).index(texts[2]) // PIECE + 1


def huge_line(texts: Sequence[str]) -> str:
    """Ten megabytes: the ideas, and one more that is a single line."""
    filler = random.Random(0)
    return ideas_json(*texts, " ".join(filler.choice(WORDS) for _ in range(1_800_000))[:10_000_000])


def huge_lines(texts: Sequence[str]) -> str:
    """Ten megabytes: the ideas, and then lines and lines."""
    line = "It goes on and on about the ovens, the flour and the dough.\n"
    return "".join(f"{i}. {text}\n" for i, text in enumerate(texts, 1)) + "\n" + line * (10_000_000 // len(line))


NOT_A_STREAM = "not a stream of chat chunks"
WAYS = {
    "429": Way(lambda t: Answer(status=429, headers={"Retry-After": "0"}), "HTTP 429", "concurrency", 3),
    "500": Way(lambda t: Answer(status=500, headers={"Retry-After": "0"}), "HTTP 500", "try again later", 3),
    "401": Way(lambda t: Answer(status=401), "HTTP 401", "API key"),
    "hang": Way(lambda t: Answer(hang=True), "no complete reply within", "time-out", 3),
    "stall": Way(lambda t: well(t, seconds=3600), "no complete reply within", "time-out"),
    "reset": Way(lambda t: Answer(cut_after=0), "connection failed", "server runs", 3),
    "cut": Way(lambda t: well(t, cut_after=_after_two(t)), "connection failed", "server runs"),
    "bad json": Way(lambda t: Answer(body='{"id": "x", "choices": [{"mess'), NOT_A_STREAM, "OpenAI-compatible", 2),
    "bad event": Way(lambda t: well(t, junk_after=_after_two(t)), NOT_A_STREAM, "OpenAI-compatible"),
    "empty": Way(lambda t: Answer(""), "empty", "reword"),
    "refusal": Way(lambda t: Answer(REFUSAL), "declined", "reword"),
    "html": Way(
        lambda t: Answer(body="<html>Welcome</html>", headers={"Content-Type": "text/html"}),
        NOT_A_STREAM,
        "OpenAI-compatible",
        2,
    ),
    "no stream": Way(lambda t: Answer(ideas_json(*t), body="{text}"), attempts=2),
    "odd type": Way(lambda t: well(t, headers={"Content-Type": "text/plain"})),
    "huge line": Way(lambda t: Answer(huge_line(t), piece=20_000_000)),
    "huge lines": Way(lambda t: Answer(huge_lines(t), piece=65_536)),
}
"""Every way; Retry-After is 0 so that tests are quick."""


def key(body: dict[str, Any]) -> str:
    """What tells one call from another, whichever attempt it is."""
    return json.dumps([m["content"] for m in body["messages"]])
