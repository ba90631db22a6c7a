"""A judge's reply → marks from 1 to 10 and their reasons: lines, repeated ideas, tables, JSON; no guess at the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SCALES: Final = (5, 10, 20, 100)
"""What a mark may be out of: brought to 10."""

_HEAD: Final = re.compile(
    r"^[\W_]*(?:(?:idea|idee|idée|ideia|item|option|answer|number|no|nr|n°)[\W_]*)?(\d{1,3})"
    r"(?![\w]|[.,]\d|\s*[/%]|\s?[-–—]\s?\d+\s*[:=])(.*)$",
    re.M | re.I,
)
_MARK: Final = re.compile(
    r"(?P<value>\d+(?:[.,]\d+)?)(?![\w]|[.,]\d)"
    r"(?P<range>\s?[-–—]\s?\d+(?:[.,]\d+)?(?=\s*(?:$|[^\w\s]))|[-–—]\d+|\s+(?:to|or)\s+\d+)?"
    r"(?:\s*/\s*(?P<of>\d+)|\s+(?:out\s+)?of\s+(?P<among>(?:5|10|20|100)\b)|\s*(?P<percent>%))?"
)
_LEAD: Final = re.compile(r"[\W_]*(?:(?:mark|score|rating|note)[\W_]*)?", re.I)
_LATER: Final = re.compile(r"\s*(?:[:=|→(]|\s[-–—])[\W_]*(?=\d)")
_CLOSED: Final = re.compile(r"\s*(?:$|[-–—:;,.|)*\]])")
_EDGES: Final = " \t-–—:.,;()*|_"
_NUMBERS: Final = ("idea", "number", "id", "index", "no", "n")
_MARKS: Final = ("mark", "score", "rating")
_REASONS: Final = ("reason", "why", "comment", "note")


@dataclass(slots=True)
class Marking:
    """What a reply holds.

    Attributes:
        marks: mark, 1 to 10, and reason by the idea's number, from 1.
        unread: numbers whose only marks are none: negative, out of range, or a range.
    """

    marks: dict[int, tuple[float, str]] = field(default_factory=dict)
    unread: set[int] = field(default_factory=set)

    def take(self, number: int, value: float | None, reason: str) -> None:
        """The first mark of an idea counts."""
        if value is None:
            self.unread.add(number)
        else:
            self.marks.setdefault(number, (value, reason.strip(_EDGES)))


def marking_of(text: str, count: int, ideas: Sequence[str] = ()) -> Marking:
    """The marks in a reply for ideas 1 to `count`.

    Args:
        text: the reply.
        count: ideas shown.
        ideas: their texts, to be told from marks where the reply repeats them.
    """
    found = Marking()
    for value in _json_values(text):
        _take_json(value, count, found)
    if not found.marks and not found.unread:
        for number, rest in _HEAD.findall(text):
            if 1 <= (place := int(number)) <= count:
                _take_line(place, rest, ideas[place - 1] if ideas else "", found)
    found.unread -= found.marks.keys()
    return found


def mark_of(found: re.Match[str], *, negative: bool = False) -> float | None:
    """The mark that `_MARK` found, brought to 10; `None` where it is none from 1 to 10."""
    said = found["of"] or found["among"] or ("100" if found["percent"] else "10")
    of = int(said[:4])
    value = float(found["value"].replace(",", "."))
    if negative or found["range"] or of not in SCALES or not 0 < value <= of:
        return None
    # 8 of 100 is the worst there is; 0.8 of 10 is outside what was asked for
    value = value if of == 10 else max(1.0, value * 10 / of)
    return round(value, 2) if value >= 1 else None


def _take_line(number: int, rest: str, idea: str, found: Marking) -> None:
    rest, repeated = _without(rest, idea)
    lead = _LEAD.match(rest)
    assert lead is not None
    mark = _MARK.match(rest, lead.end())
    if mark is None and not repeated:
        for later in _LATER.finditer(rest):
            mark = _MARK.match(rest, later.end())
            if mark and _CLOSED.match(rest, mark.end()):
                lead = later
                break
            mark = None
    if mark is not None:
        found.take(number, mark_of(mark, negative=_negative(lead[0])), rest[mark.end() :])


def _without(rest: str, idea: str) -> tuple[str, bool]:
    """What follows the idea where a line repeats it, and whether it does."""
    said = " ".join(idea.split()).casefold()
    at = rest.casefold().find(said)
    # an idea that is a number itself cannot be told from a mark
    if not said or not 0 <= at <= 6 or re.search(r"\w", rest[:at]) or not re.search(r"[^\W\d_]", said):
        return rest, False
    after = rest[at + len(said) :]
    return (rest, False) if after[:1].isalnum() else (after, True)


def _negative(lead: str) -> bool:
    """Whether the last dash before a number is its sign: attached to it, and not all that parts it from the rest."""
    return lead[-1:] in ("-", "−") and len(lead) > 1


def _json_values(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while start := re.compile(r"[\[{]").search(text, at):
        try:
            value, at = decoder.raw_decode(text, start.start())
            yield value
        except (ValueError, RecursionError):
            at = start.end()


def _take_json(value: Any, count: int, found: Marking) -> None:
    if isinstance(value, list):
        for one in value:
            if isinstance(one, dict):
                _take_json(one, count, found)
        return
    if not isinstance(value, dict):
        return
    said = {str(key).casefold(): each for key, each in value.items()}
    number = next((said[key] for key in _NUMBERS if key in said), None)
    if number is not None and any(key in said for key in _MARKS):
        _take_value(str(number), said, count, found)
        return
    for key, each in said.items():
        if _HEAD.match(key):
            _take_value(key, each, count, found)
        elif isinstance(each, list | dict):
            _take_json(each, count, found)


def _take_value(key: str, said: Any, count: int, found: Marking) -> None:
    head = _HEAD.match(key)
    mark, reason = said, ""
    if isinstance(said, dict):
        mark = next((said[name] for name in _MARKS if name in said), None)
        reason = next((str(said[name]) for name in _REASONS if said.get(name)), "")
    if head is None or not 1 <= int(head[1]) <= count or isinstance(mark, bool | None):
        return
    shown = str(mark).strip()
    lead = _LEAD.match(shown)
    assert lead is not None
    read = _MARK.match(shown, lead.end())
    if read is not None:
        found.take(int(head[1]), mark_of(read, negative="-" in lead[0]), reason or shown[read.end() :])
