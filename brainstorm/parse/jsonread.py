"""JSON as models write it, read character by character into values as they complete.

Lenient about: trailing and missing commas, single, smart and missing quotes, quotes and line breaks inside
strings, bare words, comments, doubled braces, missing closers, text after the end. The reader never looks
further ahead than `LOOK` characters, so its work is linear in what it is fed.
"""

from __future__ import annotations

import re

from brainstorm.parse.jsonquotes import CLOSERS, KEY_AHEAD, KEY_LOOK, LITERAL, LOOK, closes, opens_next_key
from brainstorm.parse.jsonvalues import Array, Container, Listener, Number, Object, Str, Value, unescape

DEPTH = 48  # deeper nesting than any reply means is skipped over, not stacked

_STOPS = {q: re.compile(rf"[^\\\n{re.escape(c)}]*") for q, c in CLOSERS.items()}
_SPACE = re.compile(r"[ \t\r\n\u00a0\u3000]+")
_WORD = re.compile(r"[^\s,:{}\[\]\"'“”„«»「」『』`/#;()]+")
_ENDS_BELOW = re.compile(r"""[ \t]*(?:[}\]][ \t]*,?[ \t]*(?:[\n}\]]|$)|["'“][\w \-]{1,40}["'”][ \t]*:[ \t]|```)""")
_VALUE_ENDS = re.compile(r"""[ \t]*(?:[}\]\n]|,\s*["'“}\]{])""")
_FRACTION = re.compile(r"[ \t]?(?:/|in|out of)[ \t]?\d{1,9}|[ \t]?[%٪％]")
_COMMA_DECIMAL = re.compile(r",\d{1,6}(?=[ \t]{0,8}[,}\n])")
_BRACKETS = re.compile(r"[^{}\[\]]+")
_UNQUOTED = re.compile(r"[^,{}\[\]\n]*")
_NEXT_KEY = re.compile(rf"[ \t]{{0,8}}(?:\n|[}}\]]|(?:{KEY_AHEAD.pattern}))")
_JUNK = re.compile(r"[^\n,{}\[\]\"'“`]+")


class JsonReader:
    """Reads one JSON value from text given piece by piece; `done` once it has ended."""

    __slots__ = (
        "_aside", "_comment_end", "_fresh", "_in_word", "_quote", "_raw", "_word", "depth", "done", "listener",
        "over", "top",
    )  # fmt: skip

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.top: Container | None = None
        self.depth = 0
        self.over = 0  # how many containers beyond DEPTH are open
        self.done = False
        self._quote = ""
        self._raw: list[str] = []
        self._word: list[str] = []
        self._in_word = False
        self._comment_end = ""  # what ends the comment that is open
        self._aside: list[str] = []  # what a comment says, or what stands beyond DEPTH
        self._fresh = False  # nothing but space stands before on this line

    def read(self, text: str, at: int, final: bool) -> int:
        """Read from `text[at:]` as far as is certain; return where it stopped."""
        end = len(text)
        while at < end and not self.done:
            in_word, quote = self._in_word, self._quote
            if quote:
                nxt = self._string(text, at, final)
            elif self._comment_end:
                nxt = self._comment(text, at, final)
            elif in_word:
                nxt = self._unquoted(text, at, final)
            elif self.over:
                nxt = self._beyond(text, at)
            else:
                nxt = self._token(text, at, final)
            if nxt == at and not self.done and in_word == self._in_word and quote == self._quote:
                return at
            at = nxt
        return at

    def swallow(self, chunk: str) -> bool:
        """Take a piece that lies wholly inside the open string; returns False, doing nothing, for others."""
        stop = _STOPS[self._quote].match(chunk) if self._quote else None
        if stop is None or stop.end() < len(chunk):
            return False
        self._raw.append(chunk)
        return True

    def finish(self) -> None:
        """The reply ended: close what is open, marking it as cut."""
        if self._quote:
            self._end_string(cut=True)
        self._close_all(cut=True)

    # strings

    def _string(self, text: str, at: int, final: bool) -> int:
        stop = _STOPS[self._quote].match(text, at)
        assert stop is not None
        here = stop.end()
        if here > at:
            self._raw.append(text[at:here])
        if here >= len(text):
            return here
        c = text[here]
        if c == "\\":
            if here + 1 >= len(text) and not final:
                return here
            self._raw.append(text[here : here + 2])
            return min(here + 2, len(text))
        if c == "\n":
            if len(text) - here < LOOK and not final and "\n" not in text[here + 1 :]:
                return here
            if _ENDS_BELOW.match(text, here + 1, here + LOOK):
                self._end_string(cut=False)
                self._fresh = True
                return here + 1
            self._raw.append("\n")
            return here + 1
        opens = opens_next_key(text, here, final, self.top, self._raw)
        if opens is None:
            return here
        if opens:
            self._end_string(cut=False)
            return here
        ends = closes(text, here + 1, final, self.top, self._raw)
        if ends is None:
            return here
        if ends:
            self._end_string(cut=False)
        else:
            self._raw.append(c)
        return here + 1

    def _end_string(self, *, cut: bool) -> None:
        value = Str(unescape("".join(self._raw)))
        value.cut = cut
        self._raw, self._quote = [], ""
        if isinstance(self.top, Object) and self.top.pending is None:
            self.top.pending = value
            self.top.coloned = value.endswith(":")  # "key:" 1
            if cut:
                self.listener.stray(self.top, value)
                self.top.pending = None
            return
        self._put(value)

    # everything between strings

    def _comment(self, text: str, at: int, final: bool) -> int:
        found = text.find(self._comment_end, at)
        if found < 0:
            stop = len(text) if final or self._comment_end == "\n" else max(at, len(text) - 1)
            self._aside.append(text[at:stop])
            return stop
        self._aside.append(text[at:found])
        stop, self._comment_end = found + len(self._comment_end), ""
        self._leave_aside()
        return stop

    def _beyond(self, text: str, at: int) -> int:
        """What stands beyond DEPTH is kept as written."""
        found = _BRACKETS.match(text, at)
        stop = found.end() if found else at + 1
        self._aside.append(text[at:stop])
        self.over += (text[at] in "{[") - (text[at] in "}]")
        if not self.over:
            self._leave_aside()
        return stop

    def _leave_aside(self) -> None:
        said, self._aside = "".join(self._aside).strip(" \t\r\n/*#"), []
        if any(c.isalnum() for c in said):
            self.listener.comment(said)

    def _token(self, text: str, at: int, final: bool) -> int:
        c = text[at]
        if c == '"':
            self._fresh = False
            self._settle_set_like()
            self._quote = c
            return at + 1
        if c in " \t\r\n\u00a0\u3000" and (space := _SPACE.match(text, at)) is not None:
            self._fresh = self._fresh or "\n" in space[0]
            return space.end()
        fresh, self._fresh = self._fresh, False
        if c in "{[":
            self._open(c)
            return at + 1
        if c in "}]":
            self._close(c)
            return at + 1
        if c == "(" and isinstance(self.top, Array):  # a tuple
            if at + 1 >= len(text) and not final:
                self._fresh = fresh
                return at
            if text[at + 1 : at + 2] in ('"', "'"):
                self._open(c)
                return at + 1
        if c == ")" and isinstance(self.top, Array) and self.top.key == "(":
            self._pop(cut=False)
            return at + 1
        if c in CLOSERS and c != "`":
            self._settle_set_like()
            self._quote = c
            return at + 1
        if c in ",，;":
            self._settle_set_like()
            return at + 1
        if c in ":：=":
            if isinstance(self.top, Object) and self.top.pending is not None:
                self.top.coloned = True
            return at + 1
        if c in "/`#":
            return self._mark(text, at, final)
        return self._bare(text, at, final, fresh)

    def _mark(self, text: str, at: int, final: bool) -> int:
        if len(text) - at < 3 and not final:
            return at
        if text.startswith("```", at):
            self._close_all(cut=False)
            return at
        if text.startswith("//", at) or text[at] == "#":
            self._comment_end = "\n"
        elif text.startswith("/*", at):
            self._comment_end = "*/"
            return at + 2
        elif text[at] == "`":
            self._quote = "`"
        return at + 1

    def _bare(self, text: str, at: int, final: bool, fresh: bool) -> int:
        found = _WORD.match(text, at, at + LOOK)
        stop = found.end() if found else at + 1
        if stop >= len(text) and not final and stop - at < LOOK:
            self._fresh = fresh
            return at
        word = text[at:stop]
        top = self.top
        if isinstance(top, Object) and top.pending is None:
            here = stop
            while here < len(text) and here - stop < LOOK and text[here] in " \t":
                here += 1
            if here >= len(text) and not final:
                self._fresh = fresh
                return at
            if found and text[here : here + 1] in (":", "："):
                top.pending, top.coloned = word, True
                return here + 1
            return self._stray(text, at, final, fresh)
        if isinstance(top, Array) and not LITERAL.match(word):
            return self._stray(text, at, final, fresh)
        if isinstance(top, Object) and not LITERAL.match(word):
            self._in_word = True
            return self._unquoted(text, at, final)
        if len(text) - stop < 24 and not final and not _VALUE_ENDS.match(text, stop):
            self._fresh = fresh
            return at
        tail = _FRACTION.match(text, stop, stop + 24) or (
            isinstance(top, Object) and _COMMA_DECIMAL.match(text, stop, stop + 24)
        )
        if tail:
            stop = tail.end()
        value = Number(text[at:stop])
        value.cut = final and stop >= len(text)
        self._put(value)
        return stop

    def _unquoted(self, text: str, at: int, final: bool) -> int:
        """An unquoted value runs to the comma before the next key, the closer or the line's end."""
        found = _UNQUOTED.match(text, at)
        assert found is not None
        stop = found.end()
        self._word.append(text[at:stop])
        if stop >= len(text) and not final:
            return stop
        if text[stop : stop + 1] == "," and not _NEXT_KEY.match(text, stop + 1):
            if len(text) - stop <= KEY_LOOK + 8 and not final:
                self._word.pop()
                return at
            self._word.append(",")
            return stop + 1
        self._end_word(cut=final and stop >= len(text))
        return stop

    def _end_word(self, *, cut: bool) -> None:
        value = Str("".join(self._word).strip().rstrip("\"'"))
        value.cut = cut
        self._word, self._in_word = [], False
        self._put(value)

    def _stray(self, text: str, at: int, final: bool, fresh: bool) -> int:
        """Words where none belong: the end of the JSON when they start a line, else noted and passed over."""
        found = _JUNK.match(text, at, at + LOOK)
        stop = found.end() if found else at + 1
        if fresh and self._values_in(self.top):
            self._close_all(cut=False)
            return at
        if stop >= len(text) and not final and stop - at < LOOK:
            self._fresh = fresh
            return at
        assert self.top is not None
        self.listener.stray(self.top, text[at:stop])
        self._fresh = False
        return stop

    @staticmethod
    def _values_in(top: Container | None) -> bool:
        return isinstance(top, Array) or (isinstance(top, Object) and bool(top.pairs or top.spoken))

    # containers

    def _open(self, c: str) -> None:
        if self.depth >= DEPTH:
            self.over += 1
            self._aside.append(c)
            return
        top = self.top
        key = None
        if isinstance(top, Object):
            key, top.pending, top.coloned = top.pending or "", None, False
        self.top = Object(top, key) if c == "{" else Array(top, "(" if c == "(" else key)
        self.depth += 1

    def _close(self, c: str) -> None:
        kind: type[Container] = Object if c == "}" else Array
        if not isinstance(self.top, kind):
            above = self.top.parent if self.top is not None else None
            if isinstance(above, kind):  # the inner closer is missing
                self._pop(cut=False)
            else:
                return  # a closer nobody opened
        self._pop(cut=False)

    def _settle_set_like(self) -> None:
        """A string in key place that no colon follows is a value: `{"one", "two"}`."""
        top = self.top
        if isinstance(top, Object) and top.pending is not None and not top.coloned:
            value = Str(top.pending)
            value.cut = False
            top.pending = ""
            self._put(value)

    def _pop(self, *, cut: bool) -> None:
        top = self.top
        assert top is not None
        self._settle_set_like()
        if isinstance(top, Object) and top.pending is not None:
            if top.pending:
                self.listener.stray(top, top.pending)
            top.pending, top.coloned = None, False
        top.cut = cut
        parent = top.parent
        self.top = parent
        self.depth -= 1
        if parent is None:
            self.done = True
            self.listener.root(top)
        else:
            self._put(top)

    def _put(self, value: Value) -> None:
        top = self.top
        assert top is not None
        if isinstance(top, Object):
            key = value.key if isinstance(value, (Array, Object)) else top.pending
            top.pending, top.coloned = None, False
            if self.listener.value(top, key, value):
                top.pairs.append((key or "", value))
        elif self.listener.value(top, None, value):
            top.items.append(value)

    def _close_all(self, *, cut: bool) -> None:
        self.over, self._comment_end = 0, ""
        self._leave_aside()
        if self._in_word:
            self._end_word(cut=cut)
        while self.top is not None:
            self._pop(cut=cut)
        self.done = True
