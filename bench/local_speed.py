"""Tokens per second of the embedded model through `LocalChat`, against the same prompts sent to xllamacpp.

Both sides use one loaded engine with the same threads and slots, take turns round by round, and generate
exactly the same number of tokens. Run: python bench/local_speed.py [--rounds 7] [--slots 8] [--threads N]
Bar: the median of the ratios is at least 0.8.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langchain_core.messages import HumanMessage, convert_to_openai_messages

from brainstorm.llamacpp import shared_engine
from brainstorm.local import LocalChat, local_model

TOPICS = ("Names for a bakery", "Uses for a brick", "Gifts for a cyclist", "Features for a lamp")


def prompts(count: int, start: int) -> list[list[HumanMessage]]:
    """Prompts that differ, so that no round profits from another's cached prompt."""
    return [[HumanMessage(f"{start + i}. List 5 ideas: {TOPICS[i % len(TOPICS)]}")] for i in range(count)]


async def through_langchain(model: LocalChat, calls: list[list[HumanMessage]]) -> int:
    """Stream all calls at once through LangChain; tokens generated."""

    async def one(messages: list[HumanMessage], seed: int) -> int:
        tokens = 0
        async for chunk in model.astream(messages, seed=seed):
            if chunk.usage_metadata:
                tokens += chunk.usage_metadata["output_tokens"]
        return tokens

    return sum(await asyncio.gather(*(one(messages, i) for i, messages in enumerate(calls))))


def straight(server: Any, sampling: dict[str, Any], slots: int, calls: list[list[HumanMessage]]) -> int:
    """Stream all calls straight from the native server, as many at a time as it has slots; tokens."""

    def one(job: tuple[int, list[HumanMessage]]) -> int:
        tokens = 0

        def take(event: dict[str, Any]) -> bool:
            nonlocal tokens
            tokens += (event.get("usage") or {}).get("completion_tokens", 0)
            return False

        request = {**sampling, "seed": job[0], "messages": convert_to_openai_messages(job[1])}
        server.handle_chat_completions({**request, "stream": True, "stream_options": {"include_usage": True}}, take)
        return tokens

    with ThreadPoolExecutor(slots) as pool:
        return sum(pool.map(one, enumerate(calls)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--tokens", type=int, default=80, help="tokens of each call")
    parser.add_argument("--calls", type=int, default=16, help="calls of each round")
    args = parser.parse_args()
    sampling = {"temperature": 0.8, "min_p": 0.1, "max_tokens": args.tokens, "ignore_eos": True}
    model = local_model(
        slots=args.slots, threads=args.threads, temperature=0.8, min_p=0.1, max_tokens=args.tokens,
        options={"ignore_eos": True},
    )  # fmt: skip
    model.invoke("Hello", max_tokens=4)  # load and warm up
    server = shared_engine(model._settings())._load()
    rates: dict[str, list[float]] = {"LocalChat.astream": [], "xllamacpp": []}
    for turn in range(2 * args.rounds):
        first = turn % 4 in (0, 3)  # A B B A: neither side is always the one after the other
        calls = prompts(args.calls, turn * args.calls)
        began = time.perf_counter()
        if first:
            tokens = asyncio.run(through_langchain(model, calls))
        else:
            tokens = straight(server, sampling, args.slots, calls)
        name = "LocalChat.astream" if first else "xllamacpp"
        rates[name].append(tokens / (time.perf_counter() - began))
    ours, theirs = rates["LocalChat.astream"], rates["xllamacpp"]
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"threads {model._settings().threads}, slots {args.slots}, {args.calls} calls x {args.tokens} tokens")
    for name, values in rates.items():
        print(f"{name:18} median {statistics.median(values):6.1f} tokens/s  {[round(v) for v in values]}")
    print(f"ratio of medians {statistics.median(ours) / statistics.median(theirs):.3f}")
    print(f"median of ratios {statistics.median(ratios):.3f}  (bar: 0.8)")


if __name__ == "__main__":
    main()
