"""Reasoning that a reply says aloud before its answer.

Some servers put the opening `<think>` into the prompt, so that a reply starts in the middle of its reasoning
and only `</think>` shows it. A reply that opens like that is held back until the tag comes, or the end.
"""

from __future__ import annotations

import re

_OPENERS = (
    "okay", "ok,", "ok.", "alright", "all right", "hmm", "let me", "let's", "so,", "so the", "first,",
    "we need", "i need", "i should", "the user", "wait",
)  # fmt: skip
_MUSING = re.compile(
    r"\b(?:the user|i need to|i should|let me (?:think|see|start|brainstorm|consider)|let's (?:think|"
    r"see)|we need to|"
    r"they want|asked (?:me )?(?:for|to)|hmm)\b",
    re.IGNORECASE,
)
_END = re.compile(r"</(?:think|thinking|thoughts?|reasoning)\s{0,8}>", re.IGNORECASE)
_DECIDES = 200  # characters in which reasoning gives itself away
_TAIL = 32  # more than the longest end tag


class Opening:
    """Looks at the start of a reply."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.held = False
        self.begun = False  # something but blanks has come
        self.tail = ""

    def take(self, chunk: str, final: bool) -> tuple[str, str] | None:
        """A piece of the reply; returns the reasoning and what is to be read, or `None` while held back."""
        if self.held:
            self.tail = joint = self.tail[-_TAIL:] + chunk
            self.parts.append(chunk)
            if not _END.search(joint) and not final:
                return None
            return self._split("".join(self.parts))
        self.parts.append(chunk)
        if not final and (not chunk or chunk.isspace()) and not self.begun:
            return None  # not joined, so that a long run of blanks costs its length only
        self.begun = True
        text = "".join(self.parts)
        said = text.lstrip()
        low = said[:12].lower()
        opens = bool(low) and any(low.startswith(word) or word.startswith(low) for word in _OPENERS)
        if not opens:
            return "", text
        if _END.search(said, 0, _DECIDES):
            return self._split(text)
        if len(said) < _DECIDES and not final:
            return None
        if not _MUSING.search(said, 0, _DECIDES):
            return "", text
        if final or _END.search(text):
            return self._split(text)
        self.held = True
        self.parts, self.tail = [text], text
        return None

    @staticmethod
    def _split(text: str) -> tuple[str, str]:
        end = _END.search(text)
        if end is None or "<think" in text[: end.start()].lower():
            return "", text
        return text[: end.start()], text[end.end() :]
