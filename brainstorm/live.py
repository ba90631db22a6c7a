"""What those who watch a run see of its replies while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from brainstorm.brief import Brief
from brainstorm.calls import Call
from brainstorm.dedup import Folder
from brainstorm.dedup.reading import COMPARED
from brainstorm.embedding import Embedder
from brainstorm.embedding.static import StaticEmbedder
from brainstorm.parse import Candidate, Parser
from brainstorm.reading import ALREADY_KEPT, Heard, cut_off, failure_of, prompt_text, read_reply
from brainstorm.replies import Delta, Reply, Request
from brainstorm.screen import screen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LIVE: Final = 2_000
"""Texts that are compared while replies arrive; of those after them only copies are told, for each would take longer
than the one before."""

ASIDE: Final = 32_768
"""Characters from which a text is read in a thread: about 10 ms of work."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run; the stream ends with the `IdeaSet` itself.

    Attributes:
        kind: "start" (a call is planned), "idea" (a new one), "merge" (`text` folded into `into`),
            "rejected" (not an idea: `reason`), "failure" (a call failed: `reason`), "call" (a call
            ended) or "round" (a round ended).
        call: id of the call, or "".
        text: what was said, for ideas, merges and rejected texts.
        into: the idea that `text` was folded into; the final folding may differ.
        reason: why, for rejected texts and failures.
        distinct: distinct ideas so far.
    """

    kind: Literal["start", "idea", "merge", "rejected", "failure", "call", "round"]
    call: str = ""
    text: str = ""
    into: str = ""
    reason: str = ""
    distinct: int = 0


async def aside(events: Iterator[Event], text: str) -> Iterable[Event]:
    """The events of `text`: made in a thread where it is long, so that the loop serves others meanwhile."""
    return events if len(text) < ASIDE else await asyncio.to_thread(list, events)


class Live:
    """Places candidates while replies arrive, for those who watch.

    Only the shipped table embeds here: it takes microseconds, while another embedder may be a request away.
    The result is always folded anew with the run's own embedder; `parsed` is what was read of each reply, by call.
    """

    def __init__(
        self, brief: Brief, embedder: Embedder | None, same: float | None, replies: Sequence[Reply] = ()
    ) -> None:
        self._topic = brief.topic
        self._embedder = embedder if isinstance(embedder, StaticEmbedder) else None
        self._folder = Folder(topic=brief.topic, same=same)
        self._parsers: dict[str, Parser] = {}
        self._prompts: dict[str, str] = {}
        self._texts: list[str] = []
        self._plain: dict[str, str] = {}
        self._emitted: dict[str, int] = {}
        self._heard: dict[str, list[str]] = {}
        self.parsed: dict[str, Heard] = {}
        self._useful: set[str] = set()
        self.distinct = 0
        for text in brief.keep[:LIVE]:
            self._folder.add(text, self._vector(text))
            self._texts.append(text)
        self._known = len(self._texts)
        for reply in replies:  # of a run that this one goes on from
            for candidate in read_reply(reply, brief.topic).candidates:
                self._place(candidate, reply.call)

    def expect(self, requests: Sequence[Request]) -> None:
        """Take note of what the calls of a round are told."""
        self._prompts = {r.call.id: prompt_text(r.messages, r.call) for r in requests}

    def hear(self, delta: Delta) -> Iterator[Event]:
        """What a piece of a reply completes."""
        call = delta.call
        if call.plans:
            return
        parser = self._parsers.get(call.id) or self._parsers.setdefault(call.id, Parser())
        self._heard.setdefault(call.id, []).append(delta.text)
        found = parser.feed(delta.text)
        self._emitted[call.id] = self._emitted.get(call.id, 0) + len(found)
        if found:
            yield from self._take(found, call)

    def end(self, reply: Reply) -> Iterator[Event]:
        """What the end of a reply completes, and what is wrong with it."""
        call = reply.call
        parser = self._parsers.pop(call.id, None) or Parser()
        parsed = parser.close(cut_off=cut_off(reply))
        self.parsed[call.id] = "".join(self._heard.pop(call.id, ())), parsed
        yield from self._take(parsed.candidates[self._emitted.pop(call.id, 0) :], call)
        failure = failure_of(reply, parsed, call.id in self._useful)
        if failure is not None:
            yield Event("failure", call.id, reason=f"{failure.cause}: {failure.fix}", distinct=self.distinct)

    def _take(self, candidates: Sequence[Candidate], call: Call) -> Iterator[Event]:
        kept, rejected = screen(candidates, prompt=self._prompts[call.id], topic=self._topic)
        if kept:
            self._useful.add(call.id)
        yield from (self._place(candidate, call) for candidate in kept)
        for text in rejected:
            yield Event("rejected", call.id, text.text, reason=text.reason, distinct=self.distinct)

    def _place(self, candidate: Candidate, call: Call) -> Event:
        text = candidate.whole
        if len(self._texts) >= LIVE:
            return self._place_copy(text, call)
        self._texts.append(text)
        into = self._folder.add(text, self._vector(text)).parent
        if into is not None and into < self._known:
            return Event("rejected", call.id, text, reason=ALREADY_KEPT, distinct=self.distinct)
        if into is not None:
            return Event("merge", call.id, text, into=self._texts[into], distinct=self.distinct)
        self.distinct += 1
        return Event("idea", call.id, text, distinct=self.distinct)

    def _vector(self, text: str) -> ArrayLike | None:
        return self._embedder.embed([text[:COMPARED]])[0] if self._embedder else None

    def _place_copy(self, text: str, call: Call) -> Event:
        if not self._plain:
            self._plain = {_plain(known): known for known in reversed(self._texts)}
        into = self._plain.get(_plain(text))
        if into is not None:
            return Event("merge", call.id, text, into=into, distinct=self.distinct)
        self._plain[_plain(text)] = text
        self.distinct += 1
        return Event("idea", call.id, text, distinct=self.distinct)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
