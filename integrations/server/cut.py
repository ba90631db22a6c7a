"""An answer cut where its limit of tokens or a stop text says. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from brainstorm.tokens import count_tokens


class Cut:
    """Takes an answer piece by piece, and gives what may be shown of it.

    Attributes:
        reason: "" while it goes on, then "stop" (a stop text came) or "length" (the limit is reached).
        tokens: tokens shown so far, where there is a limit; they are not counted for nothing.
        shown: whether any text was shown.
    """

    def __init__(self, limit: int | None = None, stops: Sequence[str] = ()) -> None:
        self.reason = ""
        self.tokens = 0
        self.shown = False
        self._limit, self._stops, self._held = limit, tuple(stops), ""

    def take(self, text: str) -> str:
        """What can be shown now; the start of what may be a stop text is held back."""
        if self.reason:
            return ""
        text, self._held = self._held + text, ""
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            text = text[: min(found)]
        else:
            keep = max((_overlap(text, stop) for stop in self._stops), default=0)
            text, self._held = text[: len(text) - keep], text[len(text) - keep :]
        shown = self._within(text)
        if found and not self.reason:
            self.reason = "stop"
        return shown

    def end(self) -> str:
        """What was held back, once nothing follows."""
        held, self._held = self._held, ""
        return "" if self.reason else self._within(held)

    def _within(self, text: str) -> str:
        self.shown = self.shown or bool(text)
        tokens = count_tokens(text) if text and self._limit is not None else 0
        if self._limit is None or self.tokens + tokens <= self._limit:
            self.tokens += tokens
            return text
        self.reason = "length"
        room, low, high = self._limit - self.tokens, 0, len(text)
        while low < high:  # the longest beginning that has room
            middle = (low + high + 1) // 2
            low, high = (middle, high) if count_tokens(text[:middle]) <= room else (low, middle - 1)
        self.tokens = self._limit
        return text[:low]


def _overlap(text: str, stop: str) -> int:
    """Characters at the end of `text` that may be the start of `stop`."""
    return next((k for k in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:k])), 0)
