"""From a list's item that has ended to the idea it is."""

from __future__ import annotations

import re

from brainstorm.parse.items import (
    BREAK,
    RULE,
    Item,
    bracketed,
    compose,
    count_paragraphs,
    rule_inside,
    run_on,
    without_closing,
)
from brainstorm.parse.lines import Line, fence
from brainstorm.parse.probability import CUT_OFF, Stated, split_probability
from brainstorm.parse.sections import Sections
from brainstorm.parse.sink import Sink, strip_markup
from brainstorm.parse.talk import is_closing, is_intro, names_nothing
from brainstorm.parse.words import fold_key

_LONE_MARKER = re.compile(r"\s{0,8}(?:[-*+•]|\d{1,3}[.)]?)\s*$")


class Telling(Sections):
    """Tells the sink of items."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self.item: Item | None = None  # the one that is open
        self.before: Item | None = None  # the last one told
        self.lead: Item | None = None  # a first `**Name**: …` paragraph, waiting for a second
        self.tails = 0  # how many lines behind a blank the last item took in

    def take_title(self) -> tuple[str | None, Stated, str] | None:
        """What stands right above a record and only names it: heading, stated probability, and as written."""
        item, section = self.item, self.section
        if item is not None:
            while len(item.lines) > 1 and (not item.lines[-1].strip() or fence(item.lines[-1]) is not None):
                item.lines.pop()
            if item.tail or len(item.lines) > 1 or not item.lines[0] or item.line.family in ("bullet", ""):
                return None
            self.item, raw, said = None, item.line.raw, item.lines[0]
        elif section is not None and not section.count:
            self.section, raw, said = None, section.line.raw, section.line.rest
        else:
            return None
        said, stated = split_probability(said)
        if names_nothing(said):
            self.sink.leave(raw)
            return None
        return strip_markup(said).strip().strip("*_").rstrip(":： ") or None, stated, raw

    def _end_item(self, *, followed: bool = False, by: Line | None = None, final: bool = False) -> None:
        item, self.item = self.item, None
        if item is None:
            return
        if item.is_label and by is not None and by.kind == "item" and by.family != item.line.family:
            self._leave_item(item)
            return
        if final and len(item.lines) > 1 and fold_key(item.lines[-1]) == item.line.label != "":
            self.sink.leave(item.lines.pop())  # the next label, cut off before its number
        if final and len(item.lines) > 1 and _LONE_MARKER.match(item.lines[-1]):
            self.sink.leave(item.lines.pop())  # the next marker, cut off before its text
        tail = item.tail
        if followed and tail and not is_intro(tail[-1][1]):
            self.tails = max(self.tails, 1 + sum(not text for _, text in tail))
            item.take_tail()
        elif final and tail and item.lines[-1].rstrip().endswith((",", "，", ";")):
            item.take_tail()  # a verse that goes on
        elif final and self.tails and tail:  # as many paragraphs as the others had
            end = self._own_tail(tail)
            item.tail = tail[:end]
            item.take_tail()
            item.tail = tail[end:]
        tail, item.tail = item.tail, []
        if item.line.kind == "lead" and not self.found:
            first, self.lead = self.lead, item
            if first is not None:
                self.lead = None
                self._commit(first)
                self._commit(item, final=final)
        else:
            if self.lead is not None:
                lead, self.lead = self.lead, None
                self._leave_item(lead)
            self._commit(item, final=final, by=by)
        if tail:
            self.prose.append((tail[0][0], BREAK))
            self.prose.extend(tail)

    def _own_tail(self, tail: list[tuple[int, str]]) -> int:
        """How much of the tail of the last item is its own."""
        paragraphs, fresh = 0, True
        for i, (_, text) in enumerate(tail):
            if fresh:
                paragraphs += 1
                if paragraphs > self.tails or is_closing(text):
                    return i
            fresh = not text
        return len(tail)

    def _commit(self, item: Item, *, final: bool = False, by: Line | None = None) -> None:
        then = by.number if by is not None and by.family == "number" else 0
        lines = item.lines
        rest: list[str] = []
        if item.absorbs and by is None:
            bare = self.before is not None and len(self.before.lines) == 1
            ruled = self.before is not None and not self.ruled
            lines, rest = without_closing(lines, first=0 if bare and lines[0] else 1, ruled=ruled, usual=self.usual)
            self.prose.extend((self.sink.mark(), s) for s in rest)
        elif item.absorbs:
            self.ruled = self.ruled or rule_inside(lines) is not None
            lines = [s for s in lines if s != RULE]
            self.usual = max(self.usual, count_paragraphs(lines[1:]))
        complete = not final or bool(rest) or not self._looks_cut(lines)
        if len(lines) > 1 and all(s.rstrip().endswith((":", "：")) for s in lines if s.strip()):
            self._leave_item(item)
            return
        if len(lines) > 2 and all(s.lstrip()[:1] in ('"', "“") for s in lines):
            for part in lines:  # each its own, though only the first has a number
                self._tell([part.strip().rstrip(",")], complete=True)
            told = True
        elif len(lines) == 1 and item.line.raw.lstrip()[:1] == "(" and (cut := bracketed(item.line.raw)) and not cut[0]:
            for part in cut[1:]:
                self._tell([part], complete=True)
            told = True
        elif (
            len(lines) == 1
            and item.line.family == "number"
            and (parts := run_on(lines[0], item.line.number + 1, then)) is not None
        ):
            for part in parts:
                self._tell([part], complete=True)
            told = True
        else:
            headed = item.line.kind == "heading"
            told = self._tell(lines, complete=complete, headed=headed, final=final and not item.tail)
        if told:
            self._found(item.at)
            self.before = item
        else:
            self._leave_item(item)
        self.ends.append(lines[-1].rstrip()[-1:] if lines else "")

    def _tell(self, lines: list[str], *, complete: bool, headed: bool = False, final: bool = False) -> bool:
        text, heading, stated = compose(lines, final=final)
        if headed and lines[0].strip() and not lines[0].rstrip().endswith((".", "。")):
            heading, _, body = text.partition("\n")
            heading = heading.strip().rstrip(":： ") or None
            text = body.strip() or heading or ""
        if text.endswith((":", "：")) and len(lines) == 1:
            text = text[:-1].rstrip()
        return self.sink.add(text, heading, stated, complete=complete and stated.note != CUT_OFF)

    def _leave_item(self, item: Item) -> None:
        self.leave([(item.at, "\n".join([item.line.raw.strip(), *item.lines[1:]])), *item.tail])
