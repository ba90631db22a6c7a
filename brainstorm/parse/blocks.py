"""Markdown and plain text, line by line: lists, headings with paragraphs, tables, prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from brainstorm.parse.lines import (
    Line,
    classify,
    field_of,
    is_field,
    is_intro,
    is_sign_off,
    is_topic_lead,
    marker,
)
from brainstorm.parse.probability import UNSTATED, own_line, split_probability
from brainstorm.parse.sink import Sink, strip_markup, strip_outer
from brainstorm.parse.tables import Table
from brainstorm.parse.words import META_HEADING, fold_key, text_rank

_HEAD = re.compile(
    r"^(?:\*\*|__)(?P<head>[^*\n]{1,120}?)(?:\*\*|__)(?P<aside>\s*[(（\[][^()\n]{0,40}[)）\]])?\s*(?P<sep>[:：]|\s[-–—]\s|[-–—](?=\s)|$)"
)
_SURE_START = re.compile(r"(?:\*\*|[\"'“«])?[^\W_]")
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})[\w+-]*\s*$")
_CONCLUDING = frozenset(".!?…。！？\"”')]）」*")


@dataclass(slots=True)
class Item:
    """A list item, or an idea under a heading of its own, while its lines come in."""

    line: Line
    at: int
    lines: list[str] = field(default_factory=list)
    tail: list[tuple[int, str]] = field(default_factory=list)  # paragraphs that may be its own
    absorbs: bool = False
    blank: bool = False
    fenced: bool = False

    @property
    def is_label(self) -> bool:
        """Whether it only announces a list: ends with a colon, says nothing more."""
        return len(self.lines) == 1 and strip_markup(self.lines[0]).rstrip(" *_").endswith((":", "："))

    @property
    def is_title(self) -> bool:
        """Whether it is only a title so far."""
        return len(self.lines) == 1 and (self.is_label or not self.lines[0] or _title_only(self.lines[0]))


def _title_only(text: str) -> bool:
    found = _HEAD.match(split_probability(text)[0])
    return bool(found and not found.string[found.end() :].strip())


@dataclass(slots=True)
class Section:
    """A heading without a number, and what stands under it."""

    line: Line
    at: int
    lines: list[str] = field(default_factory=list)


class Blocks:
    """Takes lines; tells the sink of ideas as they end."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.item: Item | None = None
        self.section: Section | None = None
        self.table: Table | None = None
        self.prose: list[tuple[int, str]] = []  # lines that are nobody's so far; blanks included
        self.found = False  # some list, table or section gave an idea
        self.lead: Item | None = None  # a first `**Name**: …` paragraph, waiting for a second
        self.tails = 0  # how many paragraphs the last item took in beyond its own
        self.sections = 0
        self.heads: list[Section] = []  # headings that had nothing under them
        self.ended: list[str] = []  # how items so far ended
        self.fence = False

    # lines

    def take(self, raw: str) -> None:
        """One whole line, without its line break."""
        line = classify(raw)
        if line.kind == "fence":
            self._fence(line)
        elif self.item is not None and self.item.fenced:
            self.item.lines.append(raw)
        elif self.table is not None and line.kind == "row":
            self._row(line)
        else:
            if self.table is not None:
                self._end_table()
            getattr(self, f"_{line.kind}")(line)

    def starts_item(self, prefix: str) -> None:
        """The start of a line that is not whole yet: end the open item if this can only be the next one."""
        item = self.item
        if item is None or item.fenced or item.tail or item.absorbs:
            return
        line = marker(prefix)
        if line is None or not _SURE_START.match(line.rest) or line.family != item.line.family:
            return
        if line.indent > item.line.indent or item.is_label:
            return
        if line.family == "bullet" or (line.number and line.number == item.line.number + 1):
            self._end_item(followed=True)

    def _fence(self, line: Line) -> None:
        self.fence = not self.fence
        if self.item is not None and (self.item.fenced or not self.item.blank):
            self.item.fenced = not self.item.fenced
            self.item.lines.append(line.raw)
        else:
            self.prose.append((self.sink.mark(), line.raw))

    def _blank(self, line: Line) -> None:
        if self.item is not None:
            self.item.blank = True
        elif self.section is not None:
            self.section.lines.append("")
        else:
            self.prose.append((self.sink.mark(), ""))

    def _rule(self, line: Line) -> None:
        if self.item is not None:
            self._end_item(followed=False)
        else:
            self._blank(line)

    def _row(self, line: Line) -> None:
        if self.table is None:
            if self.item is not None and not self.item.blank:
                self._prose(line)
                return
            self._end_item(followed=False)
            self.table = Table(self.sink, self.sink.mark())
        if self.table.row(line.raw):
            self._commit_prose()
            self.found = True

    def _end_table(self) -> None:
        table, self.table = self.table, None
        if table is None:
            return
        self.prose.extend(table.unused)

    def _item(self, line: Line) -> None:
        item = self.item
        if item is not None:
            if self._nested(line, item):
                if item.is_label and not is_field(line.rest):
                    self.sink.leave(item.lines[0], item.at)
                    self.item = None
                else:
                    self._nest(line, item)
                    return
            else:
                follows = line.family == item.line.family and (
                    line.number == item.line.number + 1 if line.number else False
                )
                self._end_item(followed=follows, by_item=True)
        if self.item is None and not self._in_section(line):
            return
        self._open(line)

    def _in_section(self, line: Line) -> bool:
        """Whether an item under an unnumbered heading is an idea of its own; else it joins the section."""
        section = self.section
        if section is None:
            return True
        said = [s for s in section.lines if s.strip()]
        if not said:
            if is_field(line.rest) and line.family == "bullet" and field_of(line.rest):
                name = fold_key(field_of(line.rest)[0])  # type: ignore[index]
                if text_rank(name) is not None or own_line(line.rest):
                    section.lines.append(line.raw)
                    return False
        elif not (is_intro(said[-1]) or line.family in ("number", "label") or is_intro(said[0])):
            section.lines.append(line.raw)
            return False
        self._drop_section()
        return True

    @staticmethod
    def _nested(line: Line, item: Item) -> bool:
        own = item.line
        if own.kind == "heading" or item.absorbs:
            return (
                line.family == "bullet"
                or line.indent > 0
                or (line.number <= 1 and not item.is_label)
                or (line.family == "number" and own.family == "label")
            )
        if line.family == own.family and line.number and line.number == own.number + 1:
            return line.indent >= own.indent + 2 and line.indent >= own.indent + 6
        if line.indent >= own.indent + 2:
            return True
        return own.family in ("number", "label", "letter") and line.family == "bullet" and line.indent >= own.indent

    @staticmethod
    def _nest(line: Line, item: Item) -> None:
        item.lines.extend(text for _, text in item.tail)
        item.tail = []
        item.lines.append(line.raw)

    def _open(self, line: Line) -> None:
        first = line.rest
        inner = marker(first) if line.family == "bullet" else None
        if inner is not None and inner.family in ("number", "label"):
            line = Line("item", line.raw, inner.rest, line.indent, inner.family, inner.number)
            first = inner.rest
        self.item = Item(line, self.sink.mark(), [first])
        if line.family == "label" and not first:
            self.item.absorbs = True

    def _heading(self, line: Line) -> None:
        self._end_item(followed=bool(line.number))
        self._end_section(line)
        if line.number:
            self.item = Item(line, self.sink.mark(), [line.rest], absorbs=True)
        else:
            self.section = Section(line, self.sink.mark())

    def _bold(self, line: Line) -> None:
        item = self.item
        if item is not None and (not item.blank or line.indent >= item.line.indent + 2 or item.line.kind == "heading"):
            if item.blank:
                item.lines.append("")
            item.lines.append(line.raw)
            item.blank = False
            return
        if own_line(line.raw) is not None:
            self._prose(line)
            return
        self._end_item(followed=False)
        self._end_section(line)
        self.section = Section(line, self.sink.mark())

    def _lead(self, line: Line) -> None:
        if self.item is not None and self.item.line.kind != "lead":
            self._prose(line)
            return
        if self.section is not None or own_line(line.raw) is not None:
            self._prose(line)
            return
        found = _HEAD.match(line.rest)
        if found and is_topic_lead(found["head"]):
            self._prose(line)
            return
        self._end_item(followed=True, by_item=True)
        self.item = Item(line, self.sink.mark(), [line.rest])

    def _prose(self, line: Line) -> None:
        item = self.item
        if item is None:
            if self.section is not None:
                self.section.lines.append(line.raw.rstrip())
            else:
                self.prose.append((self.sink.mark(), line.raw.rstrip()))
            return
        deeper = line.indent >= item.line.indent + 2
        if own_line(line.raw) is not None or deeper or (item.is_title and item.blank):
            self._continue(item, line)
        elif item.blank or item.tail:
            if item.absorbs and not is_sign_off(line.rest):
                self._continue(item, line)
            else:
                if item.blank and item.tail:
                    item.tail.append((self.sink.mark(), ""))
                item.tail.append((self.sink.mark(), line.raw.rstrip()))
                item.blank = False
        elif is_sign_off(line.rest) and len(line.rest) > 20 and item.lines[0]:
            self._end_item(followed=False)
            self.prose.append((self.sink.mark(), line.raw.rstrip()))
        else:
            self._continue(item, line)

    @staticmethod
    def _continue(item: Item, line: Line) -> None:
        item.lines.extend(text for _, text in item.tail)
        item.tail = []
        if item.blank and item.lines != [""]:
            item.lines.append("")
        item.blank = False
        item.lines.append(line.raw.rstrip())

    # ends

    def _end_item(self, *, followed: bool, by_item: bool = False, final: bool = False) -> None:
        item, self.item = self.item, None
        if item is None:
            return
        if item.is_label and (by_item or final):
            self.sink.leave(item.lines[0], item.at)
            self._to_prose(item.tail)
            return
        tail = item.tail
        if followed and tail and not is_intro(tail[-1][1]):
            item.lines += ["", *(text for _, text in tail)]
            self.tails, tail = len(tail), []
        elif final and self.tails and tail and not is_sign_off(tail[0][1]):
            kept = tail[: self.tails]
            item.lines += ["", *(text for _, text in kept)]
            tail = tail[self.tails :]
        if item.line.kind == "lead" and not self.found and self.lead is None and not final:
            if by_item:
                self.lead = item
            else:
                self.prose.append((item.at, "\n".join(item.lines)))
            self._to_prose(tail)
            return
        if self.lead is not None:
            lead, self.lead = self.lead, None
            if item.line.kind == "lead":
                self._commit(lead, final=False)
            else:
                self.sink.leave("\n".join(lead.lines), lead.at)
        self._commit(item, final=final)
        self._to_prose(tail)

    def _to_prose(self, tail: list[tuple[int, str]]) -> None:
        if tail:
            self.prose.append((tail[0][0], ""))
            self.prose.extend(tail)

    def _commit(self, item: Item, *, final: bool) -> None:
        complete = not final or not self._looks_cut(item)
        if self.idea(item.lines, complete=complete, heading_line=item.line.kind == "heading"):
            self._commit_prose(before=item.at)
            self.found = True
        self.ended.append(item.lines[-1].rstrip()[-1:])

    def _looks_cut(self, item: Item) -> bool:
        """A last item that stops without a full stop where all others had one was cut off."""
        last = item.lines[-1].rstrip()
        if item.tail or len(self.ended) < 2 or not last or len(item.lines[0].split()) < 4:
            return False
        return all(c in _CONCLUDING for c in self.ended if c) and last[-1] not in _CONCLUDING

    def _commit_prose(self, before: int | None = None) -> None:
        """An idea has been found, so prose until here is nobody's."""
        keep = [(at, s) for at, s in self.prose if before is not None and at > before]
        gone = [(at, s) for at, s in self.prose if before is None or at <= before]
        self.prose = keep
        for at, paragraph in paragraphs([(at, s) for at, s in gone if not _FENCE.match(s[:40])]):
            self.sink.leave(paragraph, at)

    def _drop_section(self) -> None:
        section, self.section = self.section, None
        if section is not None:
            self.prose.append((section.at, section.line.raw.strip()))
            self.prose.extend((section.at, s) for s in section.lines)

    def _end_section(self, by: Line | None) -> None:
        section = self.section
        if section is None:
            return
        said = [s for s in section.lines if s.strip()]
        head = strip_markup(split_probability(section.line.rest)[0]).strip(" :：*_")
        words = set(fold_key(head).split("_"))
        if by is not None and (by.number or by.level > section.line.level):
            self._drop_section()
            return
        meta = bool(words) and words <= META_HEADING | {"and", "the", "my"}
        if not said:
            if by is None and not self.heads and not section.line.number:
                self._drop_section()
                return
            self.section = None
            self.heads.append(section)
            if len(self.heads) == 2 or (len(self.heads) > 2):
                for one in self.heads[:2] if len(self.heads) == 2 else [section]:
                    self._head_only(one)
            return
        if meta or (self.found and not self.sections) or (is_intro(said[0]) and len(said) == 1):
            self._drop_section()
            return
        self.section = None
        self._commit_prose(before=section.at)
        text, stated = split_probability("\n".join(clean_lines(section.lines)))
        title, aside = split_probability(section.line.rest)
        title = strip_markup(title).strip().strip("*_").rstrip(":： ")
        self.sections += 1
        self.found = True
        self.sink.add(strip_markup(text).strip(), title or None, aside if stated is UNSTATED else stated)

    def _head_only(self, section: Section) -> None:
        title, stated = split_probability(section.line.rest)
        self._commit_prose(before=section.at)
        self.found = True
        self.sink.add(strip_markup(title).strip().strip("*_").rstrip(":："), None, stated)

    def idea(self, lines: list[str], *, complete: bool, heading_line: bool = False) -> bool:
        """Tell the sink of an idea made of an item's lines."""
        text, stated = split_probability("\n".join(clean_lines(lines)))
        heading = None
        if heading_line:
            head, _, body = text.partition("\n")
            heading = strip_markup(head).strip().rstrip(":：")
            text = body.strip("\n") if body.strip() else heading
        else:
            found = _HEAD.match(text)
            if found:
                heading = found["head"].strip().rstrip(":： ")
        text = strip_outer(strip_markup(text).strip())
        if "\n" not in text:
            named = field_of(text)
            if named and text_rank(named[0]) is not None and named[1] and named[0] in ("text", "idea", "response"):
                text = named[1].strip()
        return self.sink.add(text, heading, stated, complete=complete)

    def flush(self) -> None:
        """Something that is no line of text follows: end what is open."""
        self._end_table()
        self._end_item(followed=False)
        self._end_section(None)
        self._commit_prose()

    def close(self) -> list[tuple[int, str]]:
        """The reply ended; returns the prose that is nobody's so far."""
        self._end_table()
        self._end_item(followed=False, final=True)
        self._end_section(None)
        if self.lead is not None:
            lead, self.lead = self.lead, None
            if self.found:
                self.sink.leave("\n".join(lead.lines), lead.at)
            else:
                self._commit(lead, final=False)
        prose, self.prose = self.prose, []
        return prose


def clean_lines(lines: list[str]) -> list[str]:
    """An item's lines without the indentation that lines after the first share."""
    rest = [s for s in lines[1:] if s.strip()]
    margin = min((len(s) - len(s.lstrip(" \t")) for s in rest), default=0)
    return [lines[0].strip(), *(s[margin:].rstrip() for s in lines[1:])] if lines else []


def paragraphs(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines joined into paragraphs."""
    out: list[tuple[int, str]] = []
    fresh = True
    for at, text in lines:
        if not text.strip():
            fresh = True
        elif fresh:
            out.append((at, text))
            fresh = False
        else:
            out[-1] = (out[-1][0], out[-1][1] + "\n" + text)
    return out
