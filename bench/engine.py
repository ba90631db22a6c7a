"""What the engine costs: everything but the model, for each candidate of a run of about a thousand.

A scripted model answers 200 calls at once with five ideas each, in pieces of 16 characters, over several rounds.
Prints medians of wall and processor time a candidate, watched (`astream`) and not, and the time that the model itself
takes when it is only listened to. Run: python bench/engine.py [RUNS]. Bar: 3 ms.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import time

from brainstorm import Brainstormer, Brief, Budget
from brainstorm.dedup.guards import __file__ as near
from brainstorm.testing import ScriptedChat

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
CALLS, IDEAS = 200, 5
TOPIC = "Names for a bakery"


def script() -> list[str]:
    """A thousand texts of 5 to 14 words each, from the words of a table that ships with the library."""
    from pathlib import Path

    table = Path(near).with_name("guard_words.json").read_text(encoding="utf-8")
    words = sorted({word for word in table.replace('"', " ").replace(",", " ").split() if word.isalpha()})
    rng = random.Random(1)

    def said() -> str:
        ideas = [{"text": " ".join(rng.sample(words, rng.randint(5, 14))), "probability": 0.05} for _ in range(IDEAS)]
        return json.dumps({"responses": ideas})

    return [said() for _ in range(CALLS)]


async def listened(chat: ScriptedChat) -> None:
    """The model alone."""
    for _ in range(CALLS):
        async for _ in chat.astream(TOPIC):
            pass


async def main() -> None:
    """Alternate the engine and the model alone."""
    replies = script()
    walls, processors, watching, models = [], [], [], []
    brief = Brief(topic=TOPIC, n=1000, budget=Budget(calls=CALLS))
    await Brainstormer(ScriptedChat(script=replies)).ainvoke(Brief(topic=TOPIC, n=20))  # loads what it needs
    for _ in range(RUNS):
        storm = Brainstormer(ScriptedChat(script=replies), concurrency=32, max_rounds=30)
        wall, processor = time.perf_counter(), time.process_time()
        ideas = await storm.ainvoke(brief)
        said = ideas.richness.said
        walls.append((time.perf_counter() - wall) / said)
        processors.append((time.process_time() - processor) / said)
        wall = time.perf_counter()
        async for _ in storm.astream(brief):
            pass
        watching.append((time.perf_counter() - wall) / said)
        wall = time.perf_counter()
        await listened(ScriptedChat(script=replies))
        models.append((time.perf_counter() - wall) / (CALLS * IDEAS))
    rounds = max(r.call.round for r in ideas.record.replies)
    print(f"{said} candidates in {ideas.usage.calls} calls and {rounds} rounds: {len(ideas)} distinct")
    named = {"wall": walls, "wall, watched": watching, "processor": processors, "the model alone": models}
    for what, times in named.items():
        print(f"{what}: {1000 * statistics.median(times):.2f} ms a candidate, at best {1000 * min(times):.2f}")


if __name__ == "__main__":
    asyncio.run(main())
