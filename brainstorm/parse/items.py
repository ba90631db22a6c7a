"""A list item, or a headed paragraph, from its lines to an idea."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from brainstorm.parse.lines import Line, field_of
from brainstorm.parse.probability import UNSTATED, Stated, hinted, split_probability
from brainstorm.parse.sink import strip_markup, strip_outer
from brainstorm.parse.talk import is_closing
from brainstorm.parse.words import fold_key, heading_rank, is_part

_HEAD = re.compile(
    r"(?:\*\*|__)(?P<head>[^*\n]{1,120}?)(?:\*\*|__)(?P<aside>\s{0,3}[(（\[][^()\n]{0,40}[)）\]])?"
    r"\s{0,3}(?P<sep>[:：]|\s[-–—]\s|[-–—](?=\s)|(?=\n)|$)"
)
_PLAIN = re.compile(r"[^*_:：\"“«「『(\[（%\d=|]*")  # neither markup nor a statement can be in it
_COUNT = re.compile(r"(?:^|(?<=[\s.;,!?:)*]))(?P<number>[1-9]\d{0,5})[.)]\s{1,3}(?=\S)")
_NAMES_TEXT = frozenset(("text", "idea", "response", "answer", "texto", "texte", "текст", "идея"))
# White space that stands for what parts paragraphs: a break that is no blank line in the reply, and a rule.
BREAK, RULE = "\v", "\f"
_WISH = re.compile(r"[^\n\"“”]{3,70}[!！][^\w\n]{0,8}")  # "Gute Fahrt! 🚗"
_SENTENCE = (".", "!", "?", "。", "！", "？")


@dataclass(slots=True)
class Item:
    """An item while its lines come in.

    Attributes:
        line: the line that began it.
        at: its place in the reply.
        lines: its lines so far, the first without the marker.
        tail: unindented paragraphs behind a blank line, which may be its own.
        absorbs: it stands under a heading or label of its own, so what follows is its own.
        blank: the line before was blank.
        fenced: inside a fence.
        parted: a part such as "Ingredients" was named in it, so the lists that follow are its own.
        part: the number of the last step in a part such as "Instructions:", or 0.
    """

    line: Line
    at: int
    lines: list[str] = field(default_factory=list)
    tail: list[tuple[int, str]] = field(default_factory=list)
    absorbs: bool = False
    blank: bool = False
    fenced: bool = False
    parted: bool = False
    part: int = 0

    @property
    def is_label(self) -> bool:
        """Whether it only announces a list: ends with a colon, says nothing more."""
        return len(self.lines) == 1 and self.lines[0].rstrip(" *_").endswith((":", "："))

    @property
    def is_title(self) -> bool:
        """Whether it is only a title so far."""
        return len(self.lines) == 1 and (not self.lines[0] or self.is_label or _is_head(self.lines[0]))

    def take_tail(self) -> None:
        """The paragraphs behind it are its own."""
        if self.tail:
            self.lines += ["", *(text for _, text in self.tail)]
            self.tail = []


def _is_head(text: str) -> bool:
    text = split_probability(text)[0].rstrip()
    found = _HEAD.match(text)
    return found is not None and found.end() == len(text) and not found["head"].rstrip().endswith(_SENTENCE)


def dedent(lines: list[str]) -> list[str]:
    """An item's lines without the indentation that lines after the first share."""
    rest = [s for s in lines[1:] if s and not s.isspace()]
    if not rest:
        return [lines[0].strip()]
    margin = min(len(s) - len(s.lstrip(" \t\u3000")) for s in rest)
    return [lines[0].strip(), *(s[margin:].rstrip() for s in lines[1:])]


def without_closing(lines: list[str], *, first: int, ruled: bool, usual: int) -> tuple[list[str], list[str]]:
    """The last idea's lines, and apart from them the paragraphs at their end that speak to the reader.

    `first` is the line where its text begins: its first paragraph is never talk. `ruled` says that what stands
    behind a rule is none of it. `usual` is how many paragraphs the others had at most.
    """
    end = len(lines)
    while first < end and not lines[first].strip():
        first += 1
    if ruled and (cut := rule_inside(lines)) is not None:
        end = cut
    while end > 0:
        start = end
        while start > 0 and not lines[start - 1].strip():
            start -= 1
        while start > 0 and lines[start - 1].strip():
            start -= 1
        wish = usual == 1 and _WISH.fullmatch(lines[start]) and not any(s.strip() for s in lines[start + 1 : end])
        if start <= first or not (wish or is_closing(lines[start])):
            break
        end = start
    return [s for s in lines[:end] if s != RULE], lines[end:]


def count_paragraphs(lines: list[str]) -> int:
    """How many paragraphs lines make."""
    return sum(bool(s.strip()) and (i == 0 or not lines[i - 1].strip()) for i, s in enumerate(lines))


def rule_inside(lines: list[str]) -> int | None:
    """Where a rule with text before and behind it stands, or `None`."""
    at = lines.index(RULE) if RULE in lines else 0
    return at if any(s.strip() for s in lines[:at]) and any(s.strip() for s in lines[at:]) else None


def compose(lines: list[str], *, final: bool = False) -> tuple[str, str | None, Stated]:
    """An item's text, its heading if it begins with one, and its stated probability.

    `final` says that the reply ends with the item, so that a number at its very end may be cut off.
    """
    if len(lines) == 1 and _PLAIN.fullmatch(lines[0]) and not hinted(lines[0]):
        return lines[0].strip(), None, UNSTATED
    text, stated = split_probability("\n".join(dedent(lines)), final=final)
    heading = None
    if text.startswith(("**", "__")) and (found := _HEAD.match(text)):
        head = found["head"].strip().rstrip(":： ")
        if not head.endswith(_SENTENCE):
            heading = head
    first, _, more = text.partition("\n")
    if (
        len(first) < 20
        and more
        and not more.isspace()
        and fold_key(first) in _NAMES_TEXT
        and first.rstrip(" *_")[-1:] in (":", "：")
    ):
        text, first, more = more, *more.partition("\n")[::2]  # "Text:" on a line of its own
    named = field_of(first[:200]) if ":" in first or "：" in first else None
    if named is not None:
        if named[0] in _NAMES_TEXT and named[1]:
            text = field_of(first)[1] + ("\n" + more if more else "")  # type: ignore[index]
            heading = None if heading is not None and named[0] in _NAMES_TEXT else heading
        elif heading_rank(named[0]) == heading_rank(named[0].split("_")[0]) is not None and named[1]:
            second = field_of(more.split("\n", 1)[0])
            heading = strip_markup(named[1]).strip()
            if second is not None and second[0] in _NAMES_TEXT and second[1]:
                text = field_of(more)[1]  # type: ignore[index]
            elif not more.strip():
                text, heading = heading, None
    text = strip_markup(text).strip()
    if text.startswith("**") and text.count("**") == 1:  # emphasis that the reply's end cut off
        text = text[2:]
    text = strip_outer(text)
    return text.strip(), heading, stated


def run_on(text: str, first: int, then: int = 0) -> list[str] | None:
    """An enumeration on one line, `Foo 2. Bar 3. Baz`, taken apart; `None` when it is none.

    `first` is the number to look for first. Three in a row, with the one that began the item, make a list, or
    two when a sentence ends before the second, or when the list goes on below with the number `then`.
    """
    cuts: list[tuple[int, int]] = []
    number, sure = first, False
    for mark in _COUNT.finditer(text) if len(text) < 20_000 else ():
        if mark["number"] != str(number):
            continue
        if len(cuts) == 100:
            break
        cuts.append((mark.start(), mark.end()))
        before, after = text[: mark.start()].rstrip()[-1:], text[mark.end()]
        sure = sure or (number > 1 and before in '.!?"”)' and not after.islower())
        number += 1
    sure = sure or (then > first and number == then)
    if len(cuts) < (2 if first > 1 else 3) - sure or not cuts:
        return None
    ends = [start for start, _ in cuts[1:]] + [len(text)]
    parts = [text[a:b] for (_, a), b in zip(cuts, ends, strict=True)]
    if first > 1:
        return tidied([text[: cuts[0][0]], *parts])
    return [text[: cuts[0][0]].strip(" ,;"), *tidied(parts)]


_BRACKETED = re.compile(r"\((?:(?P<digit>\d{1,2})|(?P<letter>[a-z]))\)\s{1,3}(?=\S)")
_COMMA = re.compile(r"(?:[,;，；、]\s*)?\b(?:and|or|und|oder|et|ou|y|o|e|и|или|en|of|och|ve|veya)\s*$|[,;，；、]\s*$")


def bracketed(text: str) -> list[str] | None:
    """`You could try (1) foo, (2) bar, or (3) baz`: what announces it, and the parts; `None` when it is none.

    Three or more in a row, behind nothing, a colon or a few words.
    """
    if "(1)" not in text[:400] and "(a)" not in text[:400]:
        return None
    marks: list[re.Match[str]] = []
    for mark in _BRACKETED.finditer(text[:20_000]):
        number = int(mark["digit"]) if mark["digit"] else ord(mark["letter"]) - 96
        if number == len(marks) + 1 and (not marks or (mark["digit"] is None) == (marks[0]["digit"] is None)):
            marks.append(mark)
    head = text[: marks[0].start()].strip() if marks else ""
    if len(marks) < 3 or not (len(head.split()) <= 8 or head.endswith((":", "："))):
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    if re.search(r"[.!?。！？]\s+\S", text[marks[-1].end() :]):  # the sentence is part of a longer text
        return None
    return [head, *tidied([text[mark.end() : end] for mark, end in zip(marks, ends, strict=True)])]


def tidied(parts: list[str]) -> list[str]:
    """The parts of an enumeration in one sentence without its commas, its "and" and its full stop."""
    within = all(_COMMA.search(part.rstrip()[-12:]) for part in parts[:-1])
    if not within:
        return [part.strip(" ,;") for part in parts]
    return [
        *(_COMMA.sub("", part.strip()).strip(" ,;") for part in parts[:-1]),
        parts[-1].strip(" ,;").removesuffix("."),
    ]


def nested(line: Line, item: Item) -> bool:
    """Whether an item's line stands inside another item; notes the steps of a part ("Instructions:")."""
    own = item.line
    follows = line.family == own.family and 0 < line.number == own.number + 1
    if line.family == "number" and (
        (line.number == 1 and is_part(item.lines[-1]))
        or (item.part and line.number == item.part + 1 and not item.blank)
    ):
        item.part = line.number
        return True
    if own.kind == "heading" and item.parted:
        return True
    if own.kind == "heading" or item.absorbs:
        return not follows and (line.family == "bullet" or line.indent > 0 or line.family != own.family)
    if follows:
        return line.indent >= own.indent + 6
    if line.indent >= own.indent + 2:
        return not item.tail or own.family != "bullet"
    inner = line.family == "bullet" or (line.family == "letter" and line.number != own.number + 1)
    if own.kind == "lead":
        return line.family == "bullet" and not item.blank
    if item.tail:
        return False
    return (
        own.family in ("number", "label", "letter") and inner and line.family != own.family
        and line.indent >= own.indent and (not item.blank or item.is_title or len(item.lines) > 1)
    )  # fmt: skip
