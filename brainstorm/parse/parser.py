"""The parser: hands a growing reply to the reader of whatever format stands there."""

from __future__ import annotations

import re
from dataclasses import replace

from brainstorm.errors import BriefError
from brainstorm.parse.blocks import Blocks
from brainstorm.parse.jsonideas import JsonIdeas
from brainstorm.parse.jsonquotes import starts_json
from brainstorm.parse.jsonread import JsonReader
from brainstorm.parse.lines import classify, marker
from brainstorm.parse.prose import read_prose, read_rest
from brainstorm.parse.reasoning import THOUGHT, THOUGHT_END, THOUGHT_LOOK, Opening, is_thought, token_at
from brainstorm.parse.refusal import is_refusal
from brainstorm.parse.sections import STOPS
from brainstorm.parse.sink import INVISIBLE, Sink
from brainstorm.parse.types import Candidate, Parsed
from brainstorm.parse.words import fold_key
from brainstorm.parse.wrapping import is_list, is_spoken_of, lists_ahead
from brainstorm.parse.xmlread import XmlReader
from brainstorm.parse.xmltags import WRAPPERS, in_flow, kind_of, tag_at

# A line's end, a tag's start, or a bracket with what may follow it in JSON; runs of brackets are passed over.
_TRIGGER = re.compile(
    r"""\n|<|\{(?=\{{0,2}(?:[\s"'“„‘`«「\w\[]|\Z))|\[(?=[\[{(]{0,2}(?:[\s/"'“„‘`«「]|\Z))"""
    r"""|\[(?:THINK\]|T(?:H(?:I(?:NK?)?)?)?\Z)|◁"""
)
_ONLY_MARKER = re.compile(r"^\s*(?:\(?\d{1,4}[.):]|[-*•+])?\s*$")
_TRIES = 24  # how often the start of a line is looked at for the next item
_HEAD = 200  # characters of a line that tell what it is
_RECORD = re.compile(r"\{\s{0,40}[\"'](?:text|idea|ideas|response|responses)[\"']\s{0,8}:")
_UNSEEN = re.compile(rf"([ \t]{{0,40}})[{INVISIBLE}]{{1,40}}([ \t]{{0,40}})")
_ASSIGNED = re.compile(r"(?:[=:(]|return)\s*$")


class Parser:
    """Reads a reply fed in any pieces.

    `feed` returns the ideas that are complete by then; `close` returns everything, exactly as `parse` gives
    it for the whole text.
    """

    def __init__(self) -> None:
        self._sink = Sink()
        self._blocks = Blocks(self._sink)
        self._ideas = JsonIdeas(self._sink)
        self._text = ""  # what is not settled yet
        self._line: list[str] = []  # the settled start of the current line
        self._in_item: bool | None = None  # whether that is an idea in a list, once it cannot change
        self._json: JsonReader | None = None
        self._xml: XmlReader | None = None
        self._thought: list[str] | None = None
        self._opening: Opening | None = Opening()
        self._around: set[str] = set()  # unknown tags that stand around a list
        self._inner = False  # whether this reads the text of an item
        self._given = 0
        self._closed: Parsed | None = None

    def feed(self, chunk: str) -> tuple[Candidate, ...]:
        """Read a piece of the reply; return the ideas completed by it.

        Raises:
            BriefError: the piece is no `str`.
            ValueError: the parser is closed.
        """
        if self._closed is not None:
            raise ValueError("This parser is closed. Make a new Parser for another reply.")
        if not isinstance(chunk, str):
            raise _no_text(chunk)
        if chunk:
            self._take(chunk)
        candidates = self._sink.candidates
        if len(candidates) == self._given:
            return ()
        given, self._given = self._given, len(candidates)
        return tuple(candidates[given:])

    def _take(self, chunk: str, *, final: bool = False) -> None:
        if self._opening is not None:
            opened = self._opening.take(chunk, final)
            if opened is None:
                return
            self._opening = None
            self._sink.leave(opened[0])
            chunk = opened[1]
        if not self._swallow(chunk):
            self._text += chunk
            self._run(final=False)

    def _swallow(self, chunk: str) -> bool:
        """Take a piece that decides nothing, the usual case in the middle of a string or a line."""
        if self._text or self._xml is not None or self._thought is not None:
            return False
        if self._json is not None:
            return self._json.swallow(chunk)
        if _TRIGGER.search(chunk) is not None:
            return False
        self._line.append(chunk)
        if self._blocks.item is not None and len(self._line) < _TRIES:
            self._blocks.starts_item(self._start())
        return True

    def close(self, *, cut_off: bool | None = None) -> Parsed:
        """The reply ended; return all it said.

        `cut_off` says whether the provider's token limit, or a lost connection, ended it (a finish reason such as
        "length"); where nobody knows, a last item that stops as no other did counts as cut off. A record that was
        never closed is cut off in any case.
        """
        if self._closed is None:
            if self._opening is not None:
                self._take("", final=True)
            self._run(final=True)
            if cut_off is not None:
                self._blocks.cut_off = cut_off and bool(self._line)  # not where a line had ended
            refusal = self._finish()
            self._closed = Parsed(tuple(self._sink.candidates), self._sink.ordered_leftover(), refusal)
        return self._closed

    def _run(self, *, final: bool) -> None:
        text, at = self._text, 0
        while at < len(text):
            if self._json is not None:
                nxt = self._json.read(text, at, final)
                if self._json.done:
                    self._json = None
                    self._sink.end_record()
                    self._blocks.records = True
                elif nxt == at:
                    break
            elif self._xml is not None:
                nxt = self._xml.read(text, at, final)
                if self._xml.done:
                    self._xml = None
                    self._sink.end_record()
                elif nxt == at:
                    break
            elif self._thought is not None:
                nxt = self._think(text, at, final)
                if nxt == at:
                    break
            else:
                nxt = self._plain(text, at, final)
                if nxt < 0:
                    at = -nxt - 1
                    break
            at = nxt
        self._text = text[at:]
        if not final and self._line and self._blocks.item is not None and len(self._line) < _TRIES:
            self._blocks.starts_item(self._start())

    def _plain(self, text: str, at: int, final: bool) -> int:
        """Running text; a negative result asks for more of it, from that place on."""
        found = _TRIGGER.search(text, at)
        if found is None:
            self._line.append(text[at:])
            return len(text)
        here = found.start()
        if here > at:
            self._line.append(text[at:here])
        c = text[here]
        if c == "\n":
            self._end_line()
            return here + 1
        if (
            c != "{"
            and (thought := THOUGHT.match(text, here)) is not None
            and (c != "<" or token_at(text, here, final))
        ):
            self._thought = []
            return thought.end()
        if c == "<":
            return self._angle(text, here, final)
        if c in "[◁" and not final and any(mark.startswith(text[here : here + 8]) for mark in ("[THINK]", "◁think▷")):
            return -here - 1
        if c == "◁":
            self._line.append(c)
            return here + 1
        starts = self._may_start_json() and starts_json(text, here, final)
        if starts and c == "{" and self._blocks.code and self._blocks.code_seen:  # of objects in code, records only
            if not self._tail().rstrip().endswith("="):
                self._line.append(c)
                return here + 1
            starts = None if len(text) - here < _HEAD and not final else _RECORD.match(text, here) is not None
        if starts is None:
            return -here - 1
        if starts:
            self._before_record()
            self._json = JsonReader(self._ideas)
            return here
        self._line.append(c)
        return here + 1

    def _may_start_json(self) -> bool:
        """JSON starts a line, follows a bare list mark, or interrupts prose, but not an idea in a list."""
        if self._blocks.code and self._blocks.code_seen:
            return _ASSIGNED.search(self._tail()) is not None
        if self._in_item is not None:
            return not self._in_item
        line = self._start()
        in_item = not _ONLY_MARKER.match(line) and marker(line) is not None
        if len(line) >= _HEAD:
            self._in_item = in_item  # what follows cannot change it
        return not in_item

    def _start(self) -> str:
        """The first characters of the current line."""
        if len(self._line) > 1 and len(self._line[0]) < _HEAD:
            start = "".join(self._line)
            self._line = [start[:_HEAD], *([start[_HEAD:]] if len(start) > _HEAD else [])]
        start = self._line[0][:_HEAD] if self._line else ""
        return start if start.isascii() else _UNSEEN.sub(r"\1\2", start, count=1) if _UNSEEN.match(start) else start

    def _tail(self) -> str:
        """The last characters of the current line."""
        out = ""
        for piece in reversed(self._line):
            out = piece[-_HEAD:] + out
            if len(out) >= _HEAD:
                break
        return out[-_HEAD:]

    def _angle(self, text: str, here: int, final: bool) -> int:
        token = token_at(text, here, final)
        if token is None:
            return -here - 1
        if token:
            flows = in_flow(self._tail()[-2:], text, token, True) or self._tail().endswith("`")
            if not flows:
                self._wrapper(closes=True)
                self._sink.leave(text[here:token])
                return token
        found = tag_at(text, here, final)
        if found is None:
            return -here - 1
        if not isinstance(found, bool):
            end = self._markup(text, found, final)
            if end is None:
                return -here - 1
            if end:
                return end
        self._line.append("<")
        return here + 1

    def _markup(self, text: str, found: re.Match[str], final: bool) -> int | None:
        """Act on a tag in running text; returns its end, 0 when it is but text, `None` when more is needed."""
        name, end = fold_key(found["name"]), found.end()
        kind = "think" if is_thought(name) else kind_of(name)
        if kind in ("inline", "aside", "probability"):
            return 0
        if len(text) < end + 4 and not final:
            return None
        start = self._start()
        if not _ONLY_MARKER.match(start):
            in_item = self._blocks.item is not None or marker(start) is not None
            spoken = is_spoken_of(text, found, self._tail()[-2:], final, in_item=in_item, thinks=kind == "think")
            if spoken is not False:
                return None if spoken is None else 0
        if kind == "think":
            if found["close"]:
                self._end_line()
                self._blocks.flush()
            elif not found["empty"]:
                self._thought = []
            return end
        around = kind == "container" or name in self._around
        if found["close"] and name not in ("document", "data", "list"):
            if not around and kind not in ("item", "text"):
                return 0
            self._wrapper(closes=True)
            return end
        if name in WRAPPERS or not kind:
            lists = lists_ahead(text, end, final)
            if lists is None:
                return None
            alone = text[end : end + 1] == "\n" and self._blocks.item is None and not self._blocks.fenced
            around = lists if kind else (lists or alone) and not self._start().strip()
            if around and not kind:
                self._around.add(name)
                self._sink.leave(found[0])
        if around and name not in ("document", "data", "list"):
            self._wrapper(closes=False)
            return end
        if kind in ("item", "text") or (kind == "heading" and not self._start().strip()):
            self._before_record()
            self._xml = XmlReader(self._sink, self._within)
            self._xml.start(found)
            if self._xml.done:
                self._xml = None
                self._sink.end_record()
            return end
        return 0

    def _within(self, text: str) -> bool:
        """Read the text of an item as a reply of its own, if it is JSON or a numbered list."""
        if self._inner or not is_list(text):
            return False
        parser = Parser()
        parser._inner = True
        parser.feed(text)
        parsed = parser.close()
        for candidate in parsed.candidates:
            self._sink.keep(candidate)
        for said in parsed.leftover:
            self._sink.leave(said)
        return bool(parsed.candidates)

    def _wrapper(self, *, closes: bool) -> None:
        """A tag around the answer, or the end of one nobody opened: what stands before it ends."""
        line = self._start()
        if closes and self._blocks.item is None and marker(line) is None:
            return
        if line.strip():
            self._end_line()
        if closes or line.strip():
            self._blocks.flush()

    def _think(self, text: str, at: int, final: bool) -> int:
        assert self._thought is not None
        found = THOUGHT_END.search(text, at)
        if found is not None:
            self._thought.append(text[at : found.start()])
            self._sink.leave("".join(self._thought))
            self._thought = None
            return found.end()
        upto = len(text) if final else max(at, len(text) - THOUGHT_LOOK)
        self._thought.append(text[at:upto])
        return upto

    def _end_line(self, *, last: bool = False) -> None:
        line = "".join(self._line)
        self._line, self._in_item = [], None
        line = line.removesuffix("\r")
        if _UNSEEN.match(line):
            seen = _UNSEEN.sub(r"\1\2", line, count=1)
            line = line if classify(seen).kind == "prose" else seen
        self._blocks.take(line, last=last)

    def _before_record(self) -> None:
        """JSON or tags start here: what stands before on the line, and above, is done."""
        line = "".join(self._line) if self._line else ""
        self._line, self._in_item = [], None
        if not line:
            pass
        elif line.rstrip().endswith("="):
            self._sink.leave(line)
        elif not _ONLY_MARKER.match(line):
            self._blocks.take(line.rstrip(" ,"))
        title = None if line.strip() else self._blocks.take_title()
        self._blocks.flush()
        self._sink.title = title

    def _finish(self) -> bool:
        if self._json is not None:
            self._json.finish()
        if self._xml is not None:
            self._xml.finish()
        if self._thought is not None:
            self._sink.leave("".join(self._thought))
        self._sink.end_record()
        if self._line:
            self._end_line(last=True)
        prose = self._blocks.close()
        sink = self._sink
        if not sink.told:
            said = " ".join(text for _, text in sink.leftover)
            refused = read_prose(prose, sink, self._blocks.code_at) or (not sink.told and is_refusal(said))
            refused = refused or (not sink.candidates and sink.refused())
            if self._blocks.cut_off and sink.candidates and sink.candidates[-1].text[-1] not in STOPS:
                sink.candidates[-1] = replace(sink.candidates[-1], complete=False)
            return refused
        read_rest(prose, sink)
        return not sink.candidates and sink.refused()


def _no_text(given: object) -> BriefError:
    if isinstance(given, (bytes, bytearray)):
        hint = 'Decode it first: reply.decode("utf-8").'
    elif given is None:
        hint = 'Pass "" for a model that said nothing.'
    else:
        hint = "Pass its text, such as message.content; parse several replies one by one."
    return BriefError(f"a reply to parse is text, not {type(given).__name__}.", hint=hint)


def parse(text: str, *, cut_off: bool | None = None) -> Parsed:
    """Take a whole reply apart into ideas and what is left; never raises on any text.

    `cut_off` as for `Parser.close`.

    Raises:
        BriefError: the reply is no `str`.
    """
    parser = Parser()
    parser.feed(text)
    return parser.close(cut_off=cut_off)
