"""Markdown and plain text, line by line: lists, headings with paragraphs, tables, prose.

What a line means depends only on the lines before it, so that an idea can be told as soon as it ends. Prose
is kept back until something tells whose it is: the next item's, nobody's, or, when the reply has no list at
all, the answer itself.
"""

from __future__ import annotations

import re

from brainstorm.parse.items import RULE, Item, bracketed, nested, run_on
from brainstorm.parse.lines import (
    BLANK,
    Line,
    classify,
    fence,
    is_field,
    is_topic_lead,
    marker,
    may_open,
    unlabelled,
    unquoted,
)
from brainstorm.parse.placing import Placing
from brainstorm.parse.probability import may_state, own_line
from brainstorm.parse.sections import Section
from brainstorm.parse.sink import Sink
from brainstorm.parse.tables import Table
from brainstorm.parse.talk import is_closing
from brainstorm.parse.words import PROGRAMMING, is_part

_LEAD = re.compile(r"\s*(?:\*\*|__)(?P<head>[^*\n]{1,100}?)(?:\*\*|__)")
_ANNOUNCED = re.compile(r"([^\n]{1,300}?[:：])\s{1,3}(1[.)]\s{1,3}\S(?:(?!\s2[.)]\s).)*)$")
_INNER = re.compile(
    r"[*_(\[#]{0,4}\s?(?:\d|[^\W\d_]{1,20}+(?:\s[^\W\d_]{2,20}+)?+\s?#?\s?\d|[A-Za-z][).])|[一二三四五六七八九十①-⑳❶-❿第]"
)
_QUOTED = re.compile(r'\s*"([^"]{2,400})"\s*,?\s*$')
MANY = 1000
"""From here on a number opens an item only where the one before is open; elsewhere it may be a year."""
_SURE_START = re.compile(r"(?:\*\*|[\"'“«])?[^\W_]")


def _announced(raw: str) -> re.Match[str] | None:
    """A list that begins on the line that announces it, "Here are some: 1. …"; not the steps of a part."""
    found = _ANNOUNCED.match(raw)
    return found if found is not None and not is_part(found[1]) else None


class Blocks(Placing):
    """Takes lines; tells the sink of ideas as they end."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self.table: Table | None = None
        self.expects = False  # the line that comes is known to go on with the list
        self.records = False  # JSON stood above
        self.fenced = False  # inside a fence that no item opened
        self.code = False  # inside a fence that holds a programming language
        self.code_seen = False  # and has begun with code
        self.code_at: set[int] = set()  # which prose lines are code

    # what the parser calls

    def take(self, raw: str, *, last: bool = False) -> None:
        """One whole line, without its line break; `last` when the reply ended in it."""
        fenced = self.code or (self.item is not None and self.item.fenced)
        quoted = unquoted(raw) if ">" in raw[:12] and not fenced else None
        line = classify(raw if quoted is None else quoted) if raw else BLANK
        if quoted is not None:
            whose = quoted.lstrip()[:1] in ("–", "—")  # "— the author"
            if self._nobodys and (whose or line.kind in ("prose", "blank")):
                line = Line("prose", raw, raw)  # its marks tell quotes apart at the end
            else:
                raw = quoted
        if line.kind in ("prose", "lead", "heading", "bold") and not fenced and (self.before or self.item):
            line = self._extra(line)
        kind = line.kind
        if self.held:
            if kind in ("prose", "blank") or line.label:
                self.held.append(raw)
            else:
                self.held = []
        if self.table is not None and kind != "row":
            self._end_table()
        if self.item is not None and self.item.fenced and kind != "fence":
            self.item.lines.append(raw)
        elif self.code and kind != "fence":
            self.code_seen = self.code_seen or not raw.isspace()
            self._add(raw)
            self.code_at.add(self.sink.tick)
        elif kind == "prose" and "1" in raw and len(raw) < 2000 and (announced := _announced(raw)):
            self._end_item()
            self._drop_section()
            self._add(announced[1])
            self._item(classify(announced[2]))
        elif (kind == "prose" and "2" in raw and (parts := run_on(raw, 1)) is not None) or (
            kind == "prose" and self._nobodys and (parts := bracketed(raw)) is not None
        ):
            self._run_on(parts)
        elif kind == "row":
            self._row(line, last=last)
        else:
            getattr(self, "_" + kind)(line)
        self.expects = False

    def starts_item(self, prefix: str) -> None:
        """The start of a line that is not whole yet: end the open item if this can only be the next one."""
        item = self.item
        if item is None or item.fenced or self.code or item.absorbs or item.is_label or item.part:
            return
        if not may_open(prefix, item.line.family):
            return
        line = classify(prefix)
        if line.kind != "item" or line.family != item.line.family or line.indent > item.line.indent:
            return
        if line.family == "bullet" and prefix.lstrip()[1:2].isupper():
            return  # "*Word" may yet turn out to be emphasis
        if line.label and not self._counts(line):
            return
        follows = line.number == item.line.number + 1 if line.number else line.family == "bullet" and not item.tail
        if follows and _SURE_START.match(line.rest) and not is_part(item.lines[-1]) and not may_state(line.rest):
            self._end_item(followed=True, by=line)
            self.expects = True

    def flush(self) -> None:
        """Something that is no line of text follows: end what is open."""
        self._end_table()
        self._end_item()
        self._end_section(None)
        self._leave_prose()

    def close(self) -> list[tuple[int, str]]:
        """The reply ended; returns the prose that is nobody's so far."""
        self._end_table()
        self._end_item(final=True)
        self._end_section(None)
        if self.lead is not None:
            lead, self.lead = self.lead, None
            if self.found:
                self._leave_item(lead)
            else:
                self._commit(lead)
        for head in self.heads:
            self.sink.leave(head.line.raw, head.at)
        prose, self.prose = self.prose, []
        text = [at for at, s in prose if s and not s.isspace() and fence(s) is None]
        if self.code_at and self.code_at.issuperset(text):
            self.leave(prose)
            return []
        return prose

    # lines by kind

    def _run_on(self, parts: list[str]) -> None:
        """An enumeration on one line, with what announces it in the first place."""
        self._end_item()
        self._end_section(None)
        self._add(parts[0])
        for part in parts[1:]:
            if self._tell([part], complete=True):
                self._found()
            else:
                self.sink.leave(part)

    def _fence(self, line: Line) -> None:
        item = self.item
        if item is not None and (item.fenced or not (item.blank or item.tail or self.fenced)):
            item.fenced = not item.fenced
            item.lines.append(line.raw)
        else:
            self.fenced = not self.fenced
            self._end_item()
            self.code_seen = False
            self.code = not self.code and fence(line.raw) in PROGRAMMING
            self._add(line.raw)

    def _blank(self, _: Line) -> None:
        if self.item is not None:
            self.item.blank = True
        elif self.section is not None:
            self.section.add("")
        elif self.prose and not self.prose[-1][1].isspace() and self.prose[-1][1]:
            self.prose.append((self.sink.mark(), ""))

    def _rule(self, line: Line) -> None:
        if self.item is not None and not self.item.absorbs:
            self._end_item()
        elif self.item is None:
            self._add(RULE)
        elif RULE not in self.item.lines[-1:]:
            self.item.lines.append(RULE)
            self.item.blank = True

    def _row(self, line: Line, *, last: bool) -> None:
        if self.table is None:
            if self.item is not None and not self.item.blank and not line.rest.startswith("|"):
                self._prose(line)
                return
            self._end_item()
            self.table = Table(self.sink)
        if self.table.row(line.raw, last=last):
            self._found()

    def _item(self, line: Line) -> None:
        item = self.item
        if line.number >= MANY and not self.expects and (item is None or line.number != item.line.number + 1):
            self._prose(line)  # "1984. A year to remember"
            return
        if item is not None and not item.tail and own_line(line.rest) is not None:
            item.lines.append(" " * line.indent + line.rest)  # "2. Probability: 0.1" speaks of the item before
            item.line = item.line._replace(number=line.number or item.line.number)
            return
        if line.label and not (self.expects or self._counts(line)):
            self._uncertain(line)
            return
        if item is not None:
            if nested(line, item):
                if item.is_label and not is_field(line.rest):
                    self._leave_item(item)
                    self.item = None
                else:
                    item.take_tail()
                    item.lines.append(line.raw)
                    item.blank = False
                    return
            else:
                follows = line.family == item.line.family and 0 < line.number == item.line.number + 1
                lead = item.tail[-1][1] if item.tail else ""
                self._end_item(followed=follows, by=line)
                if lead and not follows and self._beside(lead):
                    self.part = True
                    self._add(line.raw)
                    return
        elif not self.expects and (self._in_part() or not self._opens_list(line) or self._is_aside(line)):
            self._add(line.raw)
            return
        self._open(line)

    def _uncertain(self, line: Line) -> None:
        """A line such as "Word 1." is kept until "Word 2." shows that the word counts ideas."""
        first = self.held_line
        if line.number == 2 and self.item is None and self.held and first.label == line.label:
            held = self.held[:-1]
            said = first.rest or any(raw.strip() for raw in held[1:])  # bare counting counts nothing
            if said and self._unhold():
                self._open(first)
                for raw in held[1:]:
                    self.take(raw)
                self._item(line)
                return
            self.held = []
        if line.number == 1 and self.item is None:
            at = len(self.prose if self.section is None else self.section.lines)
            self.held, self.held_line = [line.raw], line
            self.held_at = (self.section, at, self.sink.tick + 1)
        self._prose(unlabelled(line))

    def _open(self, line: Line) -> None:
        for _ in range(2):  # "- 1. foo", "1. 1. foo"
            inner = marker(line.rest) if len(line.rest) > 1 and _INNER.match(line.rest) else None
            if inner is None or inner.family == "bullet" or (inner.family == "letter" and line.family != "letter"):
                break
            if line.family != "bullet" and inner.number != line.number:
                break
            line = Line(
                "item",
                line.raw,
                inner.rest,
                line.indent,
                line.family,
                line.number,
                0,
                line.label or inner.label,
            )
        self.part = False
        self.item = Item(line, self.sink.mark(), [line.rest], absorbs=line.family == "label" and not line.rest)

    def _heading(self, line: Line) -> None:
        if line.label and not self._counts(line):
            line = unlabelled(line)
        item = self.item
        if line.level == 7 and (not line.number or (item is not None and line.indent >= item.line.indent + 2)):
            self._bold(line)
            return
        if item is not None and item.line.kind == "heading" and not line.number:
            deeper = line.level > item.line.level or line.rest.endswith((":", "：")) or is_part(line.raw)
        else:
            deeper = False
        if item is not None and deeper:
            item.take_tail()
            item.lines += ["", line.rest] if item.blank else [line.rest]
            item.blank, item.parted = False, item.parted or is_part(line.raw)
            return
        section = self.section
        if item is None and section is not None and is_part(line.raw) and not is_part(section.line.raw):
            section.add(line.rest)
            section.parted = True
            return
        self._end_item(followed=bool(line.number), by=line)
        self._end_section(line)
        self.part = False
        if line.number:
            self.item = Item(line, self.sink.mark(), [line.rest], absorbs=True)
        else:
            self.section = Section(line, self.sink.mark())

    def _bold(self, line: Line) -> None:
        item = self.item
        ends = item is not None and item.line.level == 7 and not (line.rest.endswith((":", "：")) or is_part(line.raw))
        if item is not None and (not item.blank or line.indent >= item.line.indent + 2 or (item.absorbs and not ends)):
            item.take_tail()
            if item.blank and item.lines != [""]:
                item.lines.append("")
            item.lines.append(line.raw)
            item.blank, item.parted = False, item.parted or is_part(line.raw)
            return
        parts = item is None and self.section is not None and is_part(line.raw)
        if own_line(line.raw) is not None or parts:
            self._prose(line)
            if self.section is not None and parts:
                self.section.parted = True
            return
        self._end_item(by=line)
        self._end_section(line)
        self.part = False
        self.section = Section(line, self.sink.mark())

    def _lead(self, line: Line) -> None:
        item = self.item
        if (
            (item is not None and item.line.kind != "lead")
            or self.section is not None
            or own_line(line.raw) is not None
        ):
            self._prose(line)
            return
        found = _LEAD.match(line.rest)
        if found and (is_topic_lead(found["head"]) or is_part(found["head"] + ":")):
            self._prose(line)
            return
        self._end_item(followed=True, by=line)
        self.item = Item(line, self.sink.mark(), [line.rest])

    def _prose(self, line: Line) -> None:
        item = self.item
        if item is None:
            if self.part and not is_part(line.raw):
                self.part = False
            if self.records and (quoted := _QUOTED.match(line.raw)) and self._tell([quoted[1]], complete=True):
                return  # a line of JSONL that is only a string
            self._add(line.raw.rstrip())
            return
        own = (
            (own_line(line.raw) is not None and not item.tail)
            or line.indent >= item.line.indent + 2
            or item.absorbs
            or (item.is_title and not (item.blank and self.before is not None and self.before.is_title))
        )
        if own:
            self._continue(item, line)
        elif item.blank or item.tail:
            if item.blank and item.tail:
                item.tail.append((self.sink.mark(), ""))
            item.tail.append((self.sink.mark(), line.raw.rstrip()))
            item.blank = False
        elif item.lines[0] and is_closing(line.rest):
            self._end_item()
            self._add(line.raw.rstrip())
        else:
            self._continue(item, line)

    @staticmethod
    def _continue(item: Item, line: Line) -> None:
        item.take_tail()
        if item.blank and item.lines != [""]:
            item.lines.append("")
        item.blank = False
        item.lines.append(line.raw.rstrip())

    # ends

    def _end_table(self) -> None:
        table, self.table = self.table, None
        if table is not None:
            for at, row in table.unused:
                if self.section is not None:
                    self.section.add(row)
                else:
                    self.prose.append((at, row))
