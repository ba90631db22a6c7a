"""Where readers put what they find: ideas in the order said, and text that belongs to none."""

from __future__ import annotations

import re

from brainstorm.parse.probability import UNSTATED, Stated, split_probability
from brainstorm.parse.types import Candidate

_NUMBERING = re.compile(r"^(?:\(?\d{1,3}[.)]|#\d{1,3}[.:)]|[-*•])\s+(?=\S)")
_LABEL = re.compile(r"^(?:idea|response|option|suggestion|answer)\s*#?\s*\d{1,3}\s*[:.)\-–—]\s+(?=\S)", re.IGNORECASE)
_WORDLESS = re.compile(r"[\s!-/:-@\[-`{-~…–—•‘’“”]*")


def strip_markup(text: str) -> str:
    """Text without the emphasis, code and heading marks of Markdown around or inside it."""
    if "*" in text:
        text = re.sub(r"\*\*\*(?=\S)([^*\n]{1,400}?)(?<=\S)\*\*\*", r"\1", text)
        text = re.sub(r"\*\*(?=\S)([^*\n]{1,2000}?)(?<=\S)\*\*", r"\1", text)
        text = re.sub(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\*(?![\w*])", r"\1", text)
    if "__" in text:
        text = re.sub(r"(?<![\w_])__(?=\S)([^_\n]{1,400}?)(?<=\S)__(?![\w_])", r"\1", text)
    return text


def strip_outer(text: str) -> str:
    """Text without the quotes, if one pair of them holds the whole of it."""
    for opener, closer in ('""', "“”", "«»", "「」", "『』"):
        if len(text) > 2 and text[0] == opener and text[-1] == closer and closer not in text[1:-1]:
            return text[1:-1].strip()
    return text


class Sink:
    """Collects candidates and leftovers."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.leftover: list[tuple[int, str]] = []
        self.tick = 0

    def mark(self) -> int:
        """A position in the reply, to hand to `leave` later."""
        self.tick += 1
        return self.tick

    def leave(self, text: str, at: int | None = None) -> None:
        """Keep text that belongs to no idea."""
        if text and not text.isspace():
            self.leftover.append((at if at is not None else self.mark(), text.strip()))

    def field(self, text: str, heading: str | None, stated: Stated, *, complete: bool = True) -> bool:
        """Add an idea from a field of a record; returns False when there is none."""
        text = text.replace("\r\n", "\n").strip()
        if stated is UNSTATED:
            text, stated = split_probability(text)
        text = strip_markup(_LABEL.sub("", _NUMBERING.sub("", text, count=1), count=1)).strip()
        if heading is not None:
            heading, aside = split_probability(heading)
            if stated is UNSTATED:
                stated = aside
            heading = strip_markup(heading).strip() or None
        return self.add(text, heading, stated, complete=complete)

    def add(self, text: str, heading: str | None, stated: Stated, *, complete: bool = True) -> bool:
        """Add an idea as it stands; wordless text goes to the leftover."""
        if not text or _WORDLESS.fullmatch(text):
            self.leave(text)
            return False
        self.mark()
        if heading == text:
            heading = None
        self.candidates.append(Candidate(text, heading, stated.value, stated.stated, stated.note, complete))
        return True

    def ordered_leftover(self) -> tuple[str, ...]:
        """What was left, in the order said."""
        return tuple(text for _, text in sorted(self.leftover, key=lambda entry: entry[0]))
