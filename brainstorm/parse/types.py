"""What parsing yields: candidates, and everything that was not one."""

from __future__ import annotations

from dataclasses import dataclass


def whole(heading: str | None, text: str) -> str:
    """Heading and text in one piece, or the text alone when it begins with the heading."""
    if not heading or text.casefold().startswith(heading.casefold()):
        return text
    return f"{heading}: {text}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One idea as the model said it.

    Attributes:
        text: the idea, without numbering, markup or its stated probability; line breaks kept.
        heading: the short title that the reply gave it. Where heading and text are fields or blocks of their
            own (JSON, tags, tables, a heading over a paragraph) the text does not repeat it; where it opens
            the idea's own line (`**Heading**: text`) the text keeps it. `whole` has both either way.
        probability: what the model stated, in 0..1; `None` when missing, out of range or not a number.
        stated: the stated probability exactly as written, or "".
        note: why the probability is unknown, or "": "not stated", "out of range", "not a number", "cut off",
            "a range, not a number", "a bound, not a number".
        complete: False when the reply was cut off inside this idea.
        call: id of the call whose reply said it, or "".
    """

    text: str
    heading: str | None = None
    probability: float | None = None
    stated: str = ""
    note: str = ""
    complete: bool = True
    call: str = ""

    @property
    def whole(self) -> str:
        """The idea in one piece: heading and text, or the text alone when it begins with the heading."""
        return whole(self.heading, self.text)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A reply taken apart.

    Attributes:
        candidates: the ideas, in the order said.
        leftover: text that belongs to no idea (preamble, sign-off, reasoning), in the order said.
        refusal: the model declined to answer.
    """

    candidates: tuple[Candidate, ...] = ()
    leftover: tuple[str, ...] = ()
    refusal: bool = False

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Each stated probability divided by their sum over this reply; `None` where unknown."""
        total = sum(c.probability for c in self.candidates if c.probability is not None)
        return tuple(
            c.probability / total if c.probability is not None and total > 0 else None for c in self.candidates
        )
