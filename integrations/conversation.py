"""What a conversation asks for: chat messages → topic, wishes, and the ideas that were named before. Pure.

Nothing is kept between requests, so all is read from the messages: "more", "5 more like 3", "fewer puns", "shorter" are
taken as wishes about the list before them. What is not clearly such a wish is a topic of its own, with the turns before
it as context. Jobs that chat apps give to the same model (a title, tags, what to ask next) are no brainstorm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from brainstorm.parse import parse

from .jobs import asks_about_one, chooses_tools, is_job, is_thanks
from .wishes import Wish, count_in, wish_of

BEST: Final = "**Best first**"
"""Stands before the ranked list of an answer, so that the list is found again in the next request."""

MAX_KEPT: Final = 200
"""Earlier ideas that a brief names as taken, the latest ones: each costs about ten tokens in every call."""

MAX_READ: Final = 200_000
"""Characters of earlier answers that are read for ideas, the latest ones: reading them takes some 50 ms."""

POINTED_AT: Final = 300
"""Ideas of a list that a wish can point at: a person counts no further, and each message looks through them."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message: its role and its text."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What the last message of a conversation asks for, the others taken into account.

    Attributes:
        topic: what to brainstorm on, in the asker's words.
        job: the conversation is a chat app's own job, or talk about the list that wants no ideas ("thanks", "why 2?"):
            to be passed to the model as it is.
        n: ideas wanted, where a number was said.
        context: turns that a model should see besides the topic.
        keep: ideas named before, not to be said again.
        avoid: what is not wanted, as said.
        nearer_to: earlier ideas to go nearer to.
        away_from: earlier ideas to go away from.
        constraints: further wishes, as said.
    """

    topic: str
    job: bool = False
    n: int | None = None
    context: tuple[Turn, ...] = ()
    keep: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    nearer_to: tuple[str, ...] = ()
    away_from: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    topic: str = ""
    context: int = 0
    """How many turns stood before the topic."""
    n: int | None = None
    like: tuple[str, ...] = ()
    unlike: list[str] = field(default_factory=list)
    avoid: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)


def understand(turns: Sequence[Turn]) -> Ask:
    """What the conversation asks for.

    Raises:
        ValueError: no message comes from the user.
    """
    at = next((i for i in reversed(range(len(turns))) if turns[i].role == "user" and turns[i].text.strip()), None)
    if at is None:
        raise ValueError("no message with text comes from the user: the last one is taken as the topic")
    last = turns[at].text.strip()
    systems = tuple(t for t in turns if t.role == "system")
    if is_job(last) or any(chooses_tools(t.text) for t in systems):
        return Ask(last, job=True)
    state, said, listed = _State(), dict[str, None](), tuple[str, ...]()
    before: list[Turn] = []
    read_from, talk = _read_from(turns[:at]), False
    for i, turn in enumerate(turns[: at + 1]):
        if turn.role == "assistant":
            if not talk:  # else the list before it is still the one that is pointed at
                asked_for = state.topic and not is_thanks(state.topic)
                listed = _named(turn.text, state.topic) if i >= read_from and asked_for else ()
                said.update(dict.fromkeys(listed))
            before.append(replace(turn, text=_bare(turn.text)))
        elif turn.role == "user" and turn.text.strip():
            follows = bool(listed and state.topic)
            talk = follows and is_thanks(turn.text)
            wish = wish_of(turn.text, listed[:POINTED_AT], state.topic) if follows and not talk else None
            talk = talk or (follows and wish is None and asks_about_one(turn.text, listed[:POINTED_AT]))
            if wish is not None:
                _grant(state, wish)
            elif not talk:
                state = _State(turn.text.strip(), len(before), count_in(turn.text))
            before.append(turn)
    if talk:
        return Ask(last, job=True)
    return Ask(
        topic=state.topic,
        n=state.n,
        context=(*systems, *before[: state.context]),
        keep=tuple(said)[-MAX_KEPT:],
        avoid=tuple(dict.fromkeys(state.avoid)),
        nearer_to=state.like,
        away_from=tuple(dict.fromkeys(state.unlike)),
        constraints=tuple(dict.fromkeys(state.constraints)),
    )


def _read_from(turns: Sequence[Turn]) -> int:
    """The first turn from which on answers are read for ideas."""
    room = MAX_READ
    for i in reversed(range(len(turns))):
        room -= len(turns[i].text) if turns[i].role == "assistant" else 0
        if room < 0:
            return i + 1
    return 0


def _grant(state: _State, wish: Wish) -> None:
    state.n = wish.n
    state.like = state.like if wish.like is None else wish.like
    state.unlike += wish.unlike
    state.avoid += wish.avoid
    state.constraints += wish.constraints


def ideas_in(text: str) -> tuple[str, ...]:
    """The ideas that an answer named: its ranked list, or, where there is none, whatever reads as ideas."""
    return tuple(dict.fromkeys(" ".join(c.whole.split()) for c in parse(_bare(text)).candidates))


MIN_LIST: Final = 3
"""Items of a list from which on another's answer counts as ideas."""

SHORT: Final = 200
"""Characters of an item of a list that reads as an idea; an idea that stands alone is half as long at most."""

_OURS = re.compile(r"\s*(?:1\. |- |[{\[])")
_ITEM = re.compile(r"^[ \t]{0,8}(?:[-*•+]|\d{1,3}[.):])\s", re.M)
_LONE = re.compile(r"[^.!?。！？\n]*\Z")
_HOW_TO = re.compile(
    r"\W*(?:how (?:do|does|did|can|to|is|are|should|much|many|long)|why|when|where|who|explain|translate"
    r"|what (?:is|are|does)|write (?:a|an|the)\b"
    r"|wie|warum|was ist)\b",
    re.I,
)


def _named(text: str, topic: str) -> tuple[str, ...]:
    """The ideas of an earlier answer, if it is one: a list of ours, an idea alone, or another's list of short items."""
    if BEST in text or _OURS.match(text):
        return ideas_in(text)
    if len(text) <= SHORT // 2 and _LONE.match(text.strip()):
        return ideas_in(text)
    if _HOW_TO.match(topic[:SHORT]) or len(_ITEM.findall(text)) < MIN_LIST:
        return ()
    found = ideas_in(text)
    return found if len(found) >= MIN_LIST and sum(len(idea) <= SHORT for idea in found) * 2 > len(found) else ()


def _bare(text: str) -> str:
    """An answer without the ideas as they were found and without its last line: the ranked list, if it has one."""
    _, mark, tail = text.rpartition(BEST)
    return _LAST_LINE.split(tail, maxsplit=1)[0].strip() if mark else text


_LAST_LINE = re.compile(r"\n[ \t]*\*\(")
