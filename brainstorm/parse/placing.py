"""Whose a line is: whether a list, or a label with a number, begins ideas where it stands."""

from __future__ import annotations

from brainstorm.parse.lines import BLANK, Line, field_of, names_ideas
from brainstorm.parse.probability import own_line
from brainstorm.parse.sections import Section
from brainstorm.parse.sink import Sink
from brainstorm.parse.talk import bonus, is_intro
from brainstorm.parse.telling import Telling
from brainstorm.parse.words import is_part, text_rank


class Placing(Telling):
    """Knows what stands above a line."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self.part = False  # inside a part of one idea, such as "Ingredients:"
        self.held: list[str] = []  # the lines from "Word 1." on, which may yet prove to begin an idea
        self.held_line = BLANK
        self.held_at: tuple[Section | None, int, int] = (None, 0, 0)

    def _in_part(self) -> bool:
        """Whether a list here holds no ideas: "Ingredients:" stands above it, or, behind ideas, "Tips:"."""
        section = self.section
        if not self.part:
            if section is not None:
                last = section.last or section.line.raw
            else:
                last = next((s for _, s in reversed(self.prose[-3:]) if s.strip()), "")
            self.part = is_part(last) or (section is not None and section.parted) or self._beside(last)
            if section is not None and self.part and not is_part(last):
                section.beside = not section.parted
        return self.part

    @property
    def _nobodys(self) -> bool:
        """Whether a line of prose here would belong to no item and stand under no heading."""
        return self.item is None and self.section is None

    def _extra(self, line: Line) -> Line:
        """ "Bonus idea: …" behind ideas as the item that it is, any other line as it stands."""
        item = self.item
        if item is not None and not item.blank and not item.absorbs:
            return line
        headed = line.kind in ("heading", "bold")
        rest = bonus(line.rest if headed else line.raw)
        if rest is None or (headed and (self.section is not None or self.sections)):
            return line
        kind = "heading" if headed else "item"
        return Line(kind, line.raw, rest.strip(), line.indent, "label", 1 if headed else 0, line.level, "bonus")

    def _opens_list(self, line: Line) -> bool:
        """Whether an item that stands under an unnumbered heading is an idea of its own."""
        section = self.section
        if section is None:
            return True
        if not section.count:
            named = field_of(line.rest) if line.family == "bullet" else None
            if named is not None and (text_rank(named[0]) is not None or own_line(line.rest) is not None):
                return False
        elif line.family in ("bullet", "letter") and not (is_intro(section.last) or is_intro(section.first)):
            return False
        self._drop_section()
        return True

    @staticmethod
    def _is_aside(line: Line) -> bool:
        """Whether "(c) is …" is prose: a letter that neither begins a list nor goes on with one."""
        return line.family == "letter" and line.number > 1 and line.rest[:1].islower()

    def _counts(self, line: Line) -> bool:
        """Whether "Word 3:" may begin an idea here: its word is known, or the idea before began with it."""
        if names_ideas(line):
            return True
        item = self.item or self.before
        if item is not None and item.line.label == line.label:
            return True
        return line.sure and self.item is None

    def _unhold(self) -> bool:
        """Take back the prose from where "Word 1." began; returns whether it is all still there."""
        section, at, tick = self.held_at
        self.held = []
        if section is not self.section:
            return False
        if section is not None:
            del section.lines[at:]
            self._drop_section()
            return True
        if len(self.prose) <= at or self.prose[at][0] != tick:
            return False
        del self.prose[at:]
        return True
