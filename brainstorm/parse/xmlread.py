"""Tags as models write them: `<response><text>…</text><probability>…</probability></response>` and its kin.

Lenient about: bare `&` and `<`, missing closing tags, attributes, `<idea>` in or in place of `<text>`, fields
without a wrapper, HTML emphasis inside. Never looks further ahead than `LOOK` characters.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from re import Match

from brainstorm.parse.probability import UNSTATED, read_probability, split_probability
from brainstorm.parse.sink import Sink, strip_outer
from brainstorm.parse.words import fold_key, heading_rank, probability_rank, text_rank
from brainstorm.parse.xmltags import LISTS, WRAPPERS, attributes, in_flow, kind_of, plain, tag_at, tidy

DEPTH = 32
_VERBATIM = {"<![CDATA[": "]]>", "<!--": "-->"}
_FIELDS = ("text", "heading", "probability", "aside")


class _Element:
    __slots__ = ("attrs", "fields", "has_text", "inner", "instead", "kind", "mid", "name", "parts", "said", "tail")

    def __init__(self, name: str, kind: str, attrs: str, *, instead: bool = False) -> None:
        self.name, self.kind = name, kind
        self.attrs = attributes(attrs)
        self.parts: list[str] = []
        self.fields: list[tuple[str, str, bool]] = []  # kind, value, whether the reply's end cut it off
        self.has_text = False
        self.instead = instead  # `<idea>` in place of `<text>`
        self.inner = ""  # the name of such a one inside
        self.said = False  # whether its own text says anything
        self.tail, self.mid = "", False  # the last characters of that, and whether their line says anything

    def say(self, text: str) -> None:
        """Its own text goes on."""
        self.parts.append(text)
        self.tail = (self.tail + text[-3:])[-3:]
        self.said = self.said or not text.isspace()
        _, broke, line = text.rpartition("\n")
        self.mid = bool(line.strip()) or (self.mid and not broke)


class XmlReader:
    """Reads one item, or a run of fields that make items, from text given piece by piece.

    `within` is asked to read the text of an item that may be a tag around a whole list; it returns whether it
    was one.
    """

    def __init__(self, sink: Sink, within: Callable[[str], bool]) -> None:
        self.sink, self.within = sink, within
        self.stack: list[_Element] = []
        self.done = False
        self.waiting: _Element | None = None  # an item whose probability may stand behind it
        self.reopened = False  # it came
        self.verbatim = ""  # what ends the comment or CDATA that is open
        self.comment: list[str] = []

    def read(self, text: str, at: int, final: bool) -> int:
        """Read from `text[at:]` as far as is certain; return where it stopped."""
        end = len(text)
        while at < end and not self.done:
            if self.verbatim:
                nxt = self._verbatim(text, at, final)
                if nxt == at and self.verbatim:
                    return at
                at = nxt
                continue
            if self._between and text[at] != "<":
                here = at
                while here < end and text[here] in " \t\r\n":
                    here += 1
                if here == at:
                    self._settle()
                at = here
                continue
            here = text.find("<", at)
            if here != at:
                here = end if here < 0 else here
                self.stack[-1].say(text[at:here])
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
            acted = self._tag(text, found, final)
            if acted is None:
                return at
            if acted:
                at = found.end()
        return at

    @property
    def _between(self) -> bool:
        """Whether only tags can go on with what is being read."""
        return (self.waiting is not None and not self.stack) or (len(self.stack) == 1 and self.stack[0].name == "")

    def _settle(self) -> None:
        """What comes cannot go on with what is being read: it is complete."""
        while self.stack:
            self._pop(cut=False)
        self._flush()
        self.done = True

    def finish(self) -> None:
        """The reply ended: close what is open."""
        leaf = self.stack[-1] if self.stack else None
        cut = leaf is not None and bool(leaf.name) and bool(leaf.kind)
        self._leave("".join(self.comment))
        while self.stack:
            self._pop(cut=cut)
        self._flush()
        self.done = True

    def _literal(self, text: str, at: int, final: bool) -> int:
        """A `<` that opens no tag; a negative result asks for more text."""
        if self._between:
            self._settle()
            return at
        top = self.stack[-1]
        for start, end in _VERBATIM.items():
            if text.startswith(start, at):
                self.verbatim = end
                return at + len(start)
            if start.startswith(text[at : at + len(start)]) and not final and len(text) - at < len(start):
                return -at - 1
        if final and f"</{top.name}>".startswith(text[at:].replace(" ", "").lower()):  # its closer, cut off
            self._pop(cut=False)
            return len(text)
        top.say("<")
        return at + 1

    def _verbatim(self, text: str, at: int, final: bool) -> int:
        """Inside a comment or CDATA, which ends at its mark or, lacking that, with its element."""
        closer = f"</{self.stack[-1].name}"
        ends = [i for i in (text.find(self.verbatim, at), text.find(closer, at)) if i >= 0]
        stop = min(ends) if ends else len(text) if final else max(at, len(text) - max(len(closer), 3) + 1)
        if self.verbatim == "-->":
            self.comment.append(text[at:stop])
        else:
            self.stack[-1].say(html.escape(text[at:stop], quote=False))
        if ends:
            stop += len(self.verbatim) if text.startswith(self.verbatim, stop) else 0
            self.verbatim = ""
            self._leave("".join(self.comment))
            self.comment = []
        return stop

    def _tag(self, text: str, found: Match[str], final: bool) -> bool | None:
        """Act on a tag; False when it must be read again after what was open has closed, `None` for more text."""
        name = fold_key(found["name"])
        kind = kind_of(name)
        if self._between:
            return self._tag_between(found, name, kind)
        top, end = self.stack[-1], found.end()
        if top.tail.endswith("`"):
            if end >= len(text) and not final:
                return None
            if not found["close"] or text[end : end + 1] == "`":
                top.say(found[0])  # only spoken of
                return True
        if found["close"]:
            return self._close(text, found, name, kind, final)
        if name == "p" and top.kind == "item" and top.has_text:
            kind = "probability"
        if top.instead and kind in _FIELDS and not top.said:
            self.stack.pop()  # `<answer><idea><text>`: the item is the inner one
            top = self.stack[-1]
        if self._is_said(top, name, kind):
            top.say(found[0])
            return True
        if top.mid and kind != "probability":
            flows = in_flow(top.tail, text, end, final)
            if flows is None:
                return None
            if flows:
                top.say(found[0])
                return True
        if kind == "container":
            return True
        instead = kind == "item" and top.kind == "item" and top.name != name and not found["empty"]
        if instead and top.inner == name:  # the second: the outer tag is around a list of them
            self._settle()
            return False
        if instead:
            kind, top.inner = "text", name
        while self.stack and kind == "item" and any(e.kind == "item" for e in self.stack):
            self._pop(cut=False)
        self._flush()
        while len(self.stack) > 1 and self.stack[-1].kind != "item" and kind != "item":
            self._pop(cut=False)
        if self.done:
            return False
        self._open(found, name, kind, instead=instead)
        return True

    def _is_said(self, top: _Element, name: str, kind: str) -> bool:
        """Whether a tag that opens is part of the text: HTML, or the name of a field inside another."""
        if kind in ("inline", ""):
            return True
        among = any(e.name in LISTS for e in self.stack)
        if name in LISTS and not among:
            return top.kind in _FIELDS or (top.kind == "item" and top.name not in WRAPPERS and top.said)
        if top.kind not in _FIELDS or kind == "probability":
            return False
        return kind in _FIELDS or (top.mid and all(e.name != name for e in self.stack))

    def _tag_between(self, found: Match[str], name: str, kind: str) -> bool:
        if self.waiting is not None:
            if kind == "probability" and not found["close"]:
                self.stack.append(self.waiting)
                self.waiting, self.reopened = None, True
                self._open(found, name, kind)
                return True
            self._settle()
            return False
        repeats = self.stack[0].has_text and kind in ("text", "heading")
        if found["close"] or kind not in _FIELDS or repeats:
            self._settle()
            return False
        self._open(found, name, kind)
        return True

    def start(self, found: Match[str]) -> None:
        """Begin with the tag that was found in running text."""
        name = fold_key(found["name"])
        kind = kind_of(name)
        if kind != "item":
            self.stack.append(_Element("", "item", ""))
        self._open(found, name, kind)

    def _open(self, found: Match[str], name: str, kind: str, *, instead: bool = False) -> None:
        if len(self.stack) >= DEPTH:
            return
        self.stack.append(_Element(name, kind, found["attrs"] or "", instead=instead))
        if found["empty"]:
            self._pop(cut=False)

    def _close(self, text: str, found: Match[str], name: str, kind: str, final: bool) -> bool | None:
        top = self.stack[-1]
        if any(e.name == name for e in self.stack):
            closed = False
            while self.stack and not closed:  # with a probability behind its item, the item closes too
                closed = self.stack[-1].name == name
                self._pop(cut=False)
            return True
        if kind in ("inline", "") or (name in LISTS and top.kind in _FIELDS):
            top.say(found[0])
            return True
        flows = in_flow(top.tail, text, found.end(), final)
        if flows is None:
            return None
        if flows:
            top.say(found[0])
        elif kind == "container":
            self._settle()
            return False
        elif kind in ("text", "item") and top.kind in ("text", "item"):
            self._pop(cut=False)  # a mistyped closer
        return True

    def _pop(self, *, cut: bool) -> None:
        element = self.stack.pop()
        said = plain("".join(element.parts))
        if element.kind != "item":
            if self.stack:
                owner = self.stack[-1]
                for name in ("probability", "p", "prob"):
                    if name in element.attrs:
                        owner.fields.append(("probability", element.attrs[name], False))
                cut_off = cut and bool(said) and not said[-1].isspace()
                owner.fields.append((element.kind, tidy(said), cut_off))
                owner.has_text = owner.has_text or element.kind == "text"
            if self.reopened:
                self.reopened = False
                self._pop(cut=cut)
            return
        for name, value in element.attrs.items():
            if probability_rank(name) is not None:
                element.fields.append(("probability", value, False))
            elif heading_rank(name) is not None:
                element.fields.append(("heading", value, False))
            elif text_rank(name) is not None:
                element.fields.append(("text", value, False))
        element.parts = [said]
        stated = any(k == "probability" for k, _, _ in element.fields)
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
        texts = [v for k, v, _ in element.fields if k == "text" and v]
        headings = [v for k, v, _ in element.fields if k == "heading" and v]
        asides = [v for k, v, _ in element.fields if k == "aside"]
        chances = [read_probability(v, cut=off) for k, v, off in element.fields if k == "probability"]
        if not texts and element.name in WRAPPERS and self.within(own):
            self._leave(*headings, *(c.stated for c in chances), *asides)
            return
        stated = chances[0] if chances else UNSTATED
        if texts and own:
            own, aside = split_probability(own)
            stated = aside if stated is UNSTATED else stated
        if len(texts) > 1 and not headings:
            for i, text in enumerate(texts):
                said = chances[i] if len(chances) == len(texts) else UNSTATED
                self.sink.field(strip_outer(text), None, said, complete=not cut or i < len(texts) - 1)
            self._leave(own, *asides)
            return
        text = texts[0] if texts else own
        if not text and headings:
            text = headings.pop(0)
        if text:
            self.sink.field(strip_outer(text), headings[0] if headings else None, stated, complete=not cut)
        self._leave(own if texts else "", *texts[1:], *headings[1:], *asides)

    def _leave(self, *texts: str) -> None:
        for text in texts:
            self.sink.leave(text)
