"""Tags as models write them: `<response><text>…</text><probability>…</probability></response>` and its kin.

Lenient about: bare `&` and `<`, missing closing tags, attributes, `<idea>` in or in place of `<text>`, fields
without a wrapper, HTML emphasis inside. Never looks further ahead than `LOOK` characters.
"""

from __future__ import annotations

import html
import re

from brainstorm.parse.probability import UNSTATED, read_probability, split_probability
from brainstorm.parse.sink import Sink, strip_outer
from brainstorm.parse.words import fold_key, heading_rank, is_aside, probability_rank, split_index, text_rank

LOOK = 400
DEPTH = 32
_TAG = re.compile(
    r"<\s{0,3}(?P<close>/?)\s{0,3}(?P<name>[^\W\d_][\w.:-]{0,40})(?P<attrs>\s[^<>]{0,320})?\s{0,3}(?P<empty>/?)>"
)
_MAYBE = re.compile(r"<\s{0,3}/?\s{0,3}(?:[^\W\d_][\w.:-]{0,40}(?:\s[^<>]{0,320})?/?)?$")
_ATTR = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_INLINE = frozenset(
    [
        "b",
        "i",
        "em",
        "strong",
        "u",
        "s",
        "small",
        "mark",
        "sub",
        "sup",
        "span",
        "font",
        "code",
        "br",
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "a",
    ]
)
_ITEM = frozenset(
    [
        "response",
        "idea",
        "item",
        "candidate",
        "option",
        "suggestion",
        "proposal",
        "entry",
        "joke",
        "story",
        "poem",
        "haiku",
        "result",
        "li",
        "concept",
        "answer",
        "variant",
        "example",
    ]
)
_CONTAINER = frozenset(
    [
        "responses",
        "ideas",
        "items",
        "candidates",
        "options",
        "suggestions",
        "proposals",
        "entries",
        "jokes",
        "stories",
        "poems",
        "results",
        "list",
        "ul",
        "ol",
        "answers",
        "output",
        "outputs",
        "root",
        "xml",
        "document",
        "data",
        "concepts",
        "final",
        "final_answer",
        "reply",
        "brainstorm",
        "solution",
    ]
)
_LITERAL_START = "<!--", "<![CDATA["


def kind_of(name: str) -> str:
    """What a tag is for: `item`, `container`, `text`, `heading`, `probability`, `aside`, `inline` or ``."""
    folded = fold_key(name)
    stem = split_index(name)[0] or folded
    if folded in _INLINE:
        return "inline"
    if folded in _CONTAINER:
        return "container"
    if stem in _ITEM:
        return "item"
    if probability_rank(stem) is not None:
        return "probability"
    if text_rank(stem) is not None:
        return "text"
    if heading_rank(stem) is not None:
        return "heading"
    return "aside" if is_aside(stem) else ""


def tag_at(text: str, at: int, final: bool) -> re.Match[str] | bool | None:
    """The tag at `text[at]`, a `<`; False when none stands there, `None` when more text is needed."""
    found = _TAG.match(text, at, at + LOOK)
    if found:
        return found
    if len(text) - at < LOOK and not final and _MAYBE.match(text, at):
        return None
    return False


class _Element:
    __slots__ = ("attrs", "fields", "has_text", "kind", "name", "parts")

    def __init__(self, name: str, kind: str, attrs: str) -> None:
        self.name, self.kind = name, kind
        self.attrs = {fold_key(m[1]): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTR.finditer(attrs or "")}
        self.parts: list[str] = []
        self.fields: list[tuple[str, str]] = []
        self.has_text = False


class XmlReader:
    """Reads one item, or a run of fields that make items, from text given piece by piece."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.stack: list[_Element] = []
        self.done = False
        self.waiting: _Element | None = None  # an item whose probability may stand behind it

    def read(self, text: str, at: int, final: bool) -> int:
        """Read from `text[at:]` as far as is certain; return where it stopped."""
        end = len(text)
        while at < end and not self.done:
            if self._between and text[at] != "<":
                here = at
                while here < end and text[here] in " \t\r\n":
                    here += 1
                if here == at:
                    self._flush()
                    self.done = True
                at = here
                continue
            here = text.find("<", at)
            if here != at:
                here = end if here < 0 else here
                self.stack[-1].parts.append(text[at:here])
                at = here
                continue
            found = tag_at(text, at, final)
            if found is None:
                return at
            if isinstance(found, bool):
                at = self._literal(text, at, final)
                if at < 0:
                    return -at - 1
                continue
            if self._tag(found):
                at = found.end()
        return at

    @property
    def _between(self) -> bool:
        """Whether only tags can go on with what is being read."""
        return (self.waiting is not None and not self.stack) or (len(self.stack) == 1 and self.stack[0].name == "")

    def finish(self) -> None:
        """The reply ended: close what is open."""
        leaf = self.stack[-1] if self.stack else None
        cut = leaf is not None and bool(leaf.name) and bool(leaf.kind)
        while self.stack:
            self._pop(cut=cut)
        self._flush()
        self.done = True

    def _literal(self, text: str, at: int, final: bool) -> int:
        """A `<` that opens no tag; a negative result asks for more text."""
        for start in _LITERAL_START:
            if text.startswith(start, at):
                return at + len(start)
            if start.startswith(text[at : at + len(start)]) and not final and len(text) - at < len(start):
                return -at - 1
        if self._between:
            self._flush()
            self.done = True
            return at
        self.stack[-1].parts.append("<")
        return at + 1

    def _tag(self, found: re.Match[str]) -> bool:
        """Act on a tag; returns False when it must be read again after what was open has closed."""
        name = fold_key(found["name"])
        kind = kind_of(name)
        top = self.stack[-1] if self.stack else None
        if self._between:
            return self._tag_between(found, name, kind)
        assert top is not None
        if not found["close"] and top.parts and top.parts[-1][-1:] == "`":
            top.parts.append(found[0])  # only spoken of
            return True
        if found["close"]:
            return self._close(found, name, kind, top)
        if top.kind == "text" and kind in ("text", "heading", "probability") and len(self.stack) > 1:
            self._unwrap()
        if name == "p" and top.kind == "item" and top.has_text:
            kind = "probability"
        if (
            kind == "inline"
            or not kind
            or (top.kind in ("text", "heading", "probability", "aside") and kind in ("heading", "aside", "text"))
        ):
            if kind == "inline":
                top.parts.append("\n" if name in ("br", "p", "div") else "")
            else:
                top.parts.append(found[0])
            return True
        if kind == "container":
            return True
        if kind == "item" and top.kind == "item" and top.name != name and not found["empty"]:
            kind = "text"  # <response><idea>…
        while self.stack and kind == "item" and any(e.kind == "item" for e in self.stack):
            self._pop(cut=False)
        self._flush()
        while len(self.stack) > 1 and self.stack[-1].kind != "item" and kind != "item":
            self._pop(cut=False)
        if self.done:
            return False
        self._open(found, name, kind)
        return True

    def _unwrap(self) -> None:
        """`<answer><response><text>`: what was taken for an item's text is the item, the tag around it a wrapper."""
        inner, outer = self.stack[-1], self.stack[-2]
        if inner.name in _ITEM and not outer.fields and all(not s or s.isspace() for s in inner.parts):
            self.stack[-2:] = [inner]
            inner.kind = "item"

    def _tag_between(self, found: re.Match[str], name: str, kind: str) -> bool:
        if self.waiting is not None:
            if kind == "probability" and not found["close"]:
                self.stack.append(self.waiting)
                self.waiting = None
                self._open(found, name, kind)
                return True
            self._flush()
            self.done = True
            return False
        implicit = self.stack[0]
        has_text = implicit.has_text
        if (
            found["close"]
            or kind not in ("text", "heading", "probability", "aside")
            or (has_text and kind in ("text", "heading"))
        ):
            self._pop(cut=False)
            self._flush()
            self.done = True
            return False
        self._open(found, name, kind)
        return True

    def start(self, found: re.Match[str]) -> None:
        """Begin with the tag that was found in running text."""
        name = fold_key(found["name"])
        kind = kind_of(name)
        if kind != "item":
            self.stack.append(_Element("", "item", ""))
        self._open(found, name, kind)

    def _open(self, found: re.Match[str], name: str, kind: str) -> None:
        if len(self.stack) >= DEPTH:
            return
        self.stack.append(_Element(name, kind, found["attrs"] or ""))
        if found["empty"]:
            self._pop(cut=False)

    def _close(self, found: re.Match[str], name: str, kind: str, top: _Element) -> bool:
        if any(e.name == name for e in self.stack):
            while self.stack[-1].name != name:
                self._pop(cut=False)
            self._pop(cut=False)
            return True
        if kind == "container":
            while self.stack:
                self._pop(cut=False)
            self._flush()
            self.done = True
            return False
        if not kind:
            top.parts.append(found[0])
        elif kind in ("text", "item") and top.kind in ("text", "item"):
            self._pop(cut=False)  # a mistyped closer
        return True

    def _pop(self, *, cut: bool) -> None:
        element = self.stack.pop()
        said = html.unescape("".join(element.parts).replace("]]>", ""))
        if element.kind != "item":
            for name in ("probability", "p", "prob"):
                if name in element.attrs and self.stack:
                    self.stack[-1].fields.append(("probability", element.attrs[name]))
            if self.stack:
                self.stack[-1].fields.append((element.kind, tidy(said)))
                self.stack[-1].has_text = self.stack[-1].has_text or element.kind == "text"
            return
        for name, value in element.attrs.items():
            if probability_rank(name) is not None:
                element.fields.append(("probability", value))
            elif heading_rank(name) is not None:
                element.fields.append(("heading", value))
            elif text_rank(name) is not None:
                element.fields.append(("text", value))
        element.parts = [said]
        stated = any(k == "probability" for k, _ in element.fields)
        if not self.stack and not stated and element.name and not cut:
            self.waiting = element
            return
        self._emit(element, cut=cut)
        if not self.stack:
            self.done = True

    def _flush(self) -> None:
        if self.waiting is not None:
            element, self.waiting = self.waiting, None
            self._emit(element, cut=False)

    def _emit(self, element: _Element, *, cut: bool) -> None:
        own = tidy("".join(element.parts))
        stated = UNSTATED
        texts = [v for k, v in element.fields if k == "text" and v]
        headings = [v for k, v in element.fields if k == "heading" and v]
        for kind, value in element.fields:
            if kind == "probability":
                stated = read_probability(value)
                break
        if texts and own:
            own, aside = split_probability(own)
            stated = aside if stated is UNSTATED else stated
        if len(texts) > 1 and not headings:
            chances = [read_probability(v) for k, v in element.fields if k == "probability"]
            for i, text in enumerate(texts):
                said = chances[i] if len(chances) == len(texts) else UNSTATED
                self.sink.field(strip_outer(text), None, said, complete=not cut or i < len(texts) - 1)
            self._leave(own, *(v for k, v in element.fields if k == "aside"))
            return
        text = texts[0] if texts else own
        if not text and headings:
            text = headings.pop(0)
        if text:
            self.sink.field(strip_outer(text), headings[0] if headings else None, stated, complete=not cut)
        self._leave(own if texts else "", *texts[1:], *headings[1:], *(v for k, v in element.fields if k == "aside"))

    def _leave(self, *texts: str) -> None:
        for text in texts:
            self.sink.leave(text)


def tidy(text: str) -> str:
    """Text without the blank lines around it and the indentation its lines share."""
    lines = text.strip("\r\n").split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip(" \t")) for line in rest), default=0)
    return "\n".join([lines[0].strip(), *(line[margin:].rstrip() for line in lines[1:])]).strip()
