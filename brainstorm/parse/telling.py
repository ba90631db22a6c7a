"""From a list's item that has ended to the idea it is."""

from __future__ import annotations

from brainstorm.parse.items import Item, compose, run_on, without_sign_off
from brainstorm.parse.probability import CUT_OFF
from brainstorm.parse.sections import Sections
from brainstorm.parse.sink import Sink


class Telling(Sections):
    """Tells the sink of items."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self.before: Item | None = None  # the last item told

    def _commit(self, item: Item, *, final: bool = False) -> None:
        lines = item.lines
        complete = not final or not self._looks_cut(lines)
        if item.absorbs:
            lines, rest = without_sign_off(lines)
            self.prose.extend((self.sink.mark(), s) for s in rest)
        if len(lines) > 1 and all(s.rstrip().endswith((":", "：")) for s in lines if s.strip()):
            self._leave_item(item)
            return
        if len(lines) > 2 and all(s.lstrip()[:1] in ('"', "“") for s in lines):
            for part in lines:  # each its own, though only the first has a number
                self._tell([part.strip().rstrip(",")], complete=True)
            told = True
        elif (
            len(lines) == 1
            and item.line.family == "number"
            and (parts := run_on(lines[0], item.line.number + 1))
        ):
            for part in parts:
                self._tell([part], complete=True)
            told = True
        else:
            headed = item.line.kind == "heading"
            told = self._tell(lines, complete=complete, headed=headed, final=final and not item.tail)
        if told:
            self._found(item.at)
            self.before = item
        else:
            self._leave_item(item)
        self.ends = [*self.ends[-9:], lines[-1].rstrip()[-1:] if lines else ""]

    def _tell(self, lines: list[str], *, complete: bool, headed: bool = False, final: bool = False) -> bool:
        text, heading, stated = compose(lines, final=final)
        if headed:
            heading, _, body = text.partition("\n")
            heading = heading.strip().rstrip(":： ") or None
            text = body.strip() or heading or ""
        if text.endswith((":", "：")) and len(lines) == 1:
            text = text[:-1].rstrip()
        return self.sink.add(text, heading, stated, complete=complete and stated.note != CUT_OFF)

    def _leave_item(self, item: Item) -> None:
        self.leave([(item.at, "\n".join([item.line.raw.strip(), *item.lines[1:]])), *item.tail])
