"""What a run so far teaches: directions read from a reply, what the last calls brought, and when to stop."""

from __future__ import annotations

import pytest

from brainstorm import Brainstormer
from brainstorm.calls import PLANNING, Call
from brainstorm.learn import MAX_DIRECTION_CHARS, MAX_DIRECTIONS, dry, learn, read_directions
from brainstorm.plan import Known
from brainstorm.replies import Reply
from brainstorm.testing import ScriptedChat
from tests.server import ideas_json

TOPIC = "Names for a boat"
AREAS = (
    "Weather", "Legends", "Music", "Birds", "Kitchens", "Machines", "Saints", "Games", "Colours", "Rivers", "Jokes",
    "Planets", "Cloth", "Dances",
)  # fmt: skip


def read(text: str) -> tuple[str, ...]:
    return read_directions(Reply(Call("0.01", PLANNING, PLANNING, 10, 0), (("user", TOPIC),), text), TOPIC)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{i}. {a}: what belongs to {a.lower()}" for i, a in enumerate(AREAS[:8], 1)),
        "Here are some directions:\n\n" + "\n".join(f"- **{a}**: what belongs to {a.lower()}" for a in AREAS[:8]),
        "[" + ", ".join(f'{{"heading": "{a}", "text": "what belongs to {a.lower()}"}}' for a in AREAS[:8]) + "]",
    ],
)
def test_directions_are_read_whatever_their_form(text: str) -> None:
    assert read(text) == tuple(f"{a}: what belongs to {a.lower()}" for a in AREAS[:8])


def test_directions_are_told_apart_bounded_and_enough_or_none() -> None:
    lines = [f"{i}. {a}: all that has to do with {a.lower()}" for i, a in enumerate(AREAS, 1)]
    assert len(read("\n".join(lines))) == MAX_DIRECTIONS
    assert len(read("\n".join([*lines[:5], "6. weather: sun and storms"]))) == 5
    assert read("\n".join(lines[:3])) == ()
    assert read("") == ()
    assert all(
        len(d) <= MAX_DIRECTION_CHARS + 4 for d in read("\n".join(f"{line} {'and so on ' * 40}" for line in lines))
    )


def test_what_is_learnt_counts_ideas_by_the_round_that_said_them_first() -> None:
    names = ["Second Wind", "Blue Heron", "Salt Window", "Quiet Anchor", "Old Thunder", "Paper Moon"]
    script = [ideas_json(*names[:3])] * 2 + [ideas_json(names[0], names[3])] + [ideas_json(names[0], names[4])] * 9
    ideas = Brainstormer(ScriptedChat(script=script), technique="list", n=8, concurrency=1, max_rounds=2).invoke(TOPIC)
    known = learn(ideas, ideas.record.replies)
    assert known.rounds == 2
    assert known.calls == ideas.usage.calls
    assert known.distinct == 5
    of_the_second = sum(1 for r in ideas.record.replies if r.call.round == 2)
    assert (known.gained, known.last_calls) == ((2, of_the_second) if of_the_second >= 4 else (5, ideas.usage.calls))
    assert known.headings[0] == "Second Wind", "said most often"
    assert known.tokens == ideas.usage.input_tokens + ideas.usage.output_tokens


@pytest.mark.parametrize(
    ("known", "next_call", "says"),
    [
        (Known(rounds=2, gained=8, last_calls=4), 0.4, "Good-Turing"),
        (Known(rounds=2, gained=1, last_calls=4), 2.0, "the last 4 calls brought 0.25"),
        (Known(rounds=2, gained=8, last_calls=4), 0.5, ""),
        (Known(rounds=1, gained=0, last_calls=9), 0.0, ""),
        (Known(rounds=3, gained=0, last_calls=3), 0.0, ""),
    ],
)
def test_a_run_is_dry_when_either_estimate_says_so_and_enough_was_asked(
    known: Known, next_call: float, says: str
) -> None:
    why = dry(known, next_call, 0.5)
    assert (says in why) if says else not why
