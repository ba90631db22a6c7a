"""Where readers put what they find: ideas in the order said, and text that belongs to none."""

from __future__ import annotations

import re
from textwrap import dedent

from brainstorm.parse.probability import UNSTATED, Stated, read_probability, split_probability
from brainstorm.parse.refusal import is_refusal
from brainstorm.parse.types import Candidate

_NUMBERING = re.compile(r"^(?:(?:\(?\d{1,3}[.)]|#\d{1,3}[.:)]|[-*•])\s+|(?:->|=>|→)\s*|#\d{1,3}_)(?=\S)")
_LABEL = re.compile(r"^(?:idea|response|option|suggestion|answer)\s*#?\s*\d{1,3}\s*[:.)\-–—]\s+(?=\S)", re.IGNORECASE)
_SHARE = re.compile(r"\s*(?:\d{1,3}\s?%|0?\.\d+)\s*")
_STATEMENTS = re.compile(r"prob(?:ability)?|[\W\d_]+", re.IGNORECASE)  # nothing else: no idea
_RUNS_ON = re.compile(r"1[.)]\s[^\n]{0,2000}?\s2[.)]\s")
_COUNTING = re.compile(r"[-–\s\d.)]*")
_COUNT = re.compile(r"\d[.)](?=\s|$)")
# Marks of direction, joiners and breaks without width, control characters: no text by themselves.
INVISIBLE = "\ufeff\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufffe\x00-\x08\x0e-\x1f\x7f"
_UNSEEN = re.compile(rf"[{INVISIBLE}\s]*")
_EDGES = re.compile(rf"^[{INVISIBLE}]+|[{INVISIBLE}]+$")
_INSIDE = re.compile(r"[\u202a\u202b\u202d\u202e\u2066-\u2068]")  # directions that want an end
_WORDLESS = re.compile(r"[A-Za-z]{1,2}[:.)] ?\d{1,3}|[\s!-/:-@\[-`{-~…–—•‘’“”]*")
_TEXT_NAME = re.compile(r"(?:text|texto|texte|текст)\s?[:：]\s+(?=\S)", re.IGNORECASE)
_BLOCK = re.compile(r"[|>][-+]?\s*\n")  # what opens a block of text in YAML
_BREAK = re.compile(r"[ \t]{0,3}(?<!`)(?<!\bthe )(?<!\ba )<br\s{0,2}/?>(?![ \t]?(?:`|tag|element))[ \t]{0,3}")
_NOTHING = re.compile(r"(?:none|n/?a|null|nil|undefined|nan|not applicable)\W{0,2}", re.IGNORECASE)
_COUNTED = re.compile(r"#?\d{1,3}[.:)]?")

_MARKS = (
    re.compile(r"\*\*\*(?=\S)([^*\n]{1,400}?)(?<=\S)\*\*\*"),
    re.compile(r"\*\*(?=\S)([^*\n]{1,2000}?)(?<=\S)\*\*"),
    re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,400}?)(?<=[^\s*])\*(?![\w*])"),
)
_UNDERLINES = re.compile(r"(?<![\w_])__(?=\S)([^_\n]{1,400}?)(?<=\S)__(?![\w_])")


def strip_markup(text: str) -> str:
    """Text without the emphasis marks of Markdown around or inside it."""
    if "*" in text:
        if text.startswith("**") and text.endswith("**") and text.count("*") == 4 and len(text) > 4:
            return text[2:-2]
        if "***" in text:
            text = _MARKS[0].sub(r"\1", text)
        if "**" in text:
            text = _MARKS[1].sub(r"\1", text)
        if "*" in text:
            text = _MARKS[2].sub(r"\1", text)
    if "__" in text:
        text = _UNDERLINES.sub(r"\1", text)
    return text


def strip_outer(text: str) -> str:
    """Text without the quotes, if one pair of them holds the whole of it."""
    for opener, closer in ('""', "“”", "«»", "「」", "『』"):
        if len(text) > 2 and text[0] == opener and text[-1] == closer and closer not in text[1:-1]:
            return text[1:-1].strip()
    return text


def _without_edges(text: str) -> str:
    """Text without the invisible marks at its ends, except an end of direction that it needs."""
    bare = _EDGES.sub("", text).strip()
    return text if text[-1:] in ("\u202c", "\u2069") and _INSIDE.search(bare) else bare


def _says_nothing(text: str) -> bool:
    """Whether a text is marks, bare counting ("2. 3.") or bare statements of probability, and no idea."""
    if _WORDLESS.fullmatch(text) or (len(text) < 16 and _NOTHING.fullmatch(text)):
        return True
    if text[0] in "-– 0123456789" and _COUNTING.fullmatch(text):
        return text[-1] in ".)" or len(_COUNT.findall(text)) > 1
    return "prob" in text[:14].lower() and not _STATEMENTS.sub("", text)


class Sink:
    """Collects candidates and leftovers."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.refusals: list[Candidate] = []  # see `keep`
        self.leftover: list[tuple[int, str]] = []
        self.tick = 0
        self.title: tuple[str | None, Stated, str] | None = None  # what names the record that comes

    def mark(self) -> int:
        """A position in the reply, to hand to `leave` later."""
        self.tick += 1
        return self.tick

    def leave(self, text: str, at: int | None = None) -> None:
        """Keep text that belongs to no idea."""
        if text and not _UNSEEN.fullmatch(text):
            self.leftover.append((at if at is not None else self.mark(), text.strip()))

    def field(self, text: str, heading: str | None, stated: Stated, *, complete: bool = True) -> bool:
        """Add an idea from a field of a record, or leave the text; returns whether it was an idea."""
        said = text.replace("\r\n", "\n").strip() if "\r" in text else text.strip()
        body = said
        if stated is UNSTATED:
            body, stated = split_probability(body)
        if body[:1] in "(#-*•→=0123456789" and not _RUNS_ON.match(body):
            body = _NUMBERING.sub("", body, count=1)
        bare = _LABEL.sub("", body, count=1)
        if bare is not body and _SHARE.fullmatch(bare) and stated is UNSTATED:  # "Idea 3: 30%"
            bare, stated = body[: len(body) - len(bare)].rstrip(" :.)-–—"), read_probability(bare)
        body = strip_markup(bare).strip()
        if self.title is not None and (heading is None or stated is UNSTATED):
            title, self.title = self.title, None
            heading = heading if heading is not None else title[0]
            stated = stated if stated is not UNSTATED else title[1]
        if heading is not None:
            heading, aside = split_probability(heading)
            if stated is UNSTATED:
                stated = aside
            heading = strip_markup(heading).strip() or None
        if self.add(body, heading, stated, complete=complete):
            return True
        self.leave(said)
        return False

    def end_record(self) -> None:
        """A record has ended; a title that named none of its ideas is left."""
        if self.title is not None:
            self.leave(self.title[2])
            self.title = None

    def add(self, text: str, heading: str | None, stated: Stated, *, complete: bool = True) -> bool:
        """Add an idea as it stands; returns False, doing nothing, when the text says nothing."""
        if not text.isascii() or text[:1] < " ":
            text = _without_edges(text)
        if "<br" in text:
            text = _BREAK.sub("\n", text).strip()
        if not text or _says_nothing(text):
            return False
        self.mark()
        for line in stated.also:
            self.leave(line)
        if text[:1] in ("|", ">") and (block := _BLOCK.match(text)):
            text = dedent(text[block.end() :]).strip()
        if (name := _TEXT_NAME.match(text)) is not None:
            text = text[name.end() :]
        if heading is not None and (heading == text or _COUNTED.fullmatch(heading)):
            heading = None
        self.keep(Candidate(text, heading, stated.value, stated.stated, stated.note, complete))
        return True

    def keep(self, candidate: Candidate) -> None:
        """Add an idea; those that decline are held back while no other has come."""
        if not self.candidates and is_refusal(candidate.text):
            self.refusals.append(candidate)
        else:
            self.candidates += [*self.refusals, candidate]
            self.refusals = []

    @property
    def told(self) -> int:
        """How many ideas there are, with those held back."""
        return len(self.candidates) + len(self.refusals)

    def refused(self) -> bool:
        """Whether all that was told declines; it is then left, as no idea."""
        for candidate in self.refusals:
            self.leave(candidate.text)
        declined, self.refusals = bool(self.refusals), []
        return declined

    def ordered_leftover(self) -> tuple[str, ...]:
        """What was left, in the order said."""
        return tuple(text for _, text in sorted(self.leftover, key=lambda entry: entry[0]))
