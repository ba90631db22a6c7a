"""Text kept back until something tells whose it is, and headings with what stands under them."""

from __future__ import annotations

import unicodedata
from collections import deque
from collections.abc import Iterable

from brainstorm.parse.items import BREAK, count_paragraphs, dedent, rule_inside, without_closing
from brainstorm.parse.lines import Line, fence
from brainstorm.parse.probability import UNSTATED, split_probability
from brainstorm.parse.sink import Sink, strip_markup
from brainstorm.parse.talk import is_beside, is_intro
from brainstorm.parse.words import META_HEADING, fold_key, is_aside, is_part

STOPS = frozenset(".!?…。！？\"”')]）」*")
_OPEN = 60  # a bracket may be open this long
_META = META_HEADING | {"and", "the", "my", "a"}


class Section:
    """A heading without a number, and what stands under it.

    Attributes:
        line: the heading.
        at: its place in the reply.
        lines: the lines under it, blank ones too.
        first, last: the first and the last of them that says something, or "".
        count: how many say something.
        parted: parts such as "Ingredients" stand under it, so its lists are its own.
        beside: what stands under it is beside the ideas.
    """

    __slots__ = ("at", "beside", "count", "first", "last", "line", "lines", "parted")

    def __init__(self, line: Line, at: int) -> None:
        self.line, self.at = line, at
        self.lines: list[str] = []
        self.first = self.last = ""
        self.count = 0
        self.parted = self.beside = False

    def add(self, raw: str) -> None:
        """One more line."""
        self.lines.append(raw)
        if raw and not raw.isspace() and fence(raw) is None:
            self.first, self.last = self.first or raw, raw
            self.count += 1


class Sections:
    """Keeps prose back, and tells the sink of ideas that stand under headings."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.section: Section | None = None
        self.prose: list[tuple[int, str]] = []  # lines that are nobody's so far, blanks included
        self.found = False  # some list, table or section gave an idea
        self.sections = 0  # how many sections were ideas
        self.heads: list[Section] = []  # headings that had nothing under them, not yet told
        self.told_heads = False
        self.advice = False  # the ideas themselves stand under "Tips:" and the like
        self.usual = 0  # the most paragraphs that an idea under a heading had
        self.ruled = False  # rules stand inside ideas
        self.cut_off: bool | None = None  # whether the reply was cut off; None where nobody knows
        self.ends: deque[str] = deque(maxlen=10)  # the last characters of the last items

    def leave(self, lines: Iterable[tuple[int, str]]) -> None:
        """Lines that are nobody's, as paragraphs; the marks of fences are no text."""
        for at, paragraph in paragraphs((at, s) for at, s in lines if fence(s) is None):
            self.sink.leave(paragraph, at)

    def _add(self, raw: str) -> None:
        if self.section is not None:
            self.section.add(raw)
        else:
            self.prose.append((self.sink.mark(), raw))

    def _found(self, at: int | None = None) -> None:
        """An idea has been told that began at a place: prose above it is nobody's."""
        self.found = True
        if self.prose or self.heads:
            self._leave_prose(at)

    def _leave_prose(self, before: int | None = None) -> None:
        if len(self.heads) == 1 and not self.told_heads:
            self.sink.leave(self.heads[0].line.raw, self.heads[0].at)
            self.heads = []
        if not self.prose:
            return
        gone = [(at, s) for at, s in self.prose if before is None or at <= before]
        self.prose = self.prose[len(gone) :]
        self.leave(gone)

    def _looks_cut(self, lines: list[str]) -> bool:
        """Whether a last item was cut off.

        It was not when the reply ended by itself, and not at the end of a sentence or line; where nobody knows,
        it was when it stops without a full stop and all others had one.
        """
        last = lines[-1].rstrip()
        if self.cut_off is not None:
            return self.cut_off and not _stops(last)
        if not last or len(last.split()) < 2:
            return False
        opened = "".join(lines)[-_OPEN:]
        if any(opened.rfind(opener) > opened.rfind(closer) for opener, closer in ("()", "[]", "（）")):
            return True
        return len(self.ends) > 1 and all(c in STOPS for c in self.ends) and not _stops(last)

    def _beside(self, lead: str) -> bool:
        """Whether a heading or a lead-in behind ideas announces no more of them."""
        if not is_beside(lead):
            return False
        self.advice = self.advice or not self.sink.candidates
        return not self.advice

    def _drop_section(self) -> None:
        """The section is no idea: its heading and its lines are prose."""
        section, self.section = self.section, None
        if section is not None:
            self.prose += [(section.at, BREAK), (section.at, section.line.raw.strip())]
            self.prose.extend((section.at, s) for s in section.lines)

    def _end_section(self, by: Line | None) -> None:
        section = self.section
        if section is None:
            return
        title = section.line.rest if len(section.line.rest) < 80 else ""
        words = set(fold_key(title.split("(")[0].strip("*_ ")).split("_")) if title else set()
        meta = (
            section.beside
            or (words <= _META and words & META_HEADING)
            or (title and (is_part(title + ":") or is_aside("_".join(words))))
        )
        if (by is not None and (by.number or by.level > section.line.level)) or (meta and words):
            self._drop_section()
        elif not section.count:
            self._end_head(section, by)
        elif (self.found and not self.sections) or (section.count == 1 and is_intro(section.first)):
            self._drop_section()
        else:
            self.section = None
            lines, rest = section.lines, list[str]()
            if by is None:
                ruled = bool(self.sections) and not self.ruled
                lines, rest = without_closing(lines, first=0, ruled=ruled, usual=self.usual)
            else:
                self.usual = max(self.usual, count_paragraphs(lines))
                self.ruled = self.ruled or rule_inside(lines) is not None
            text, stated = split_probability("\n".join(dedent(lines)))
            title, aside = split_probability(section.line.rest)
            title = strip_markup(title).strip().strip("*_").rstrip(":： ")
            self._found(section.at)
            self.sections += 1
            complete = by is not None or bool(rest) or not self._looks_cut(lines)
            stated = aside if stated is UNSTATED else stated
            self.sink.add(strip_markup(text).strip(), title or None, stated, complete=complete)
            self.ends.append(section.last.rstrip()[-1:])
            self.prose.extend((self.sink.mark(), s) for s in rest)

    def _end_head(self, section: Section, by: Line | None) -> None:
        """A heading with nothing under it: an idea when others of its kind stand beside it."""
        if by is None and not self.heads and not self.told_heads:
            self._drop_section()
            return
        self.section = None
        self.heads.append(section)
        if len(self.heads) < 2 and not self.told_heads:
            return
        heads, self.heads, self.told_heads = self.heads, [], True
        for head in heads:
            title, stated = split_probability(head.line.rest)
            self._found(head.at)
            self.sink.add(strip_markup(title).strip().strip("*_").rstrip(":： "), None, stated)


def _stops(text: str) -> bool:
    """Whether a text ends as one that was not cut off does: with a full stop or its like, or an emoji."""
    return bool(text) and (text[-1] in STOPS or unicodedata.category(text[-1]) in ("So", "Mn"))


def paragraphs(lines: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """Lines joined into paragraphs."""
    out: list[tuple[int, list[str]]] = []
    fresh = True
    for at, text in lines:
        if not text or text.isspace():
            fresh = True
        elif fresh:
            out.append((at, [text]))
            fresh = False
        else:
            out[-1][1].append(text)
    return [(at, "\n".join(parts)) for at, parts in out]
