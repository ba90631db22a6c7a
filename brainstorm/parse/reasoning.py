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
_NAMES = "think|thinking|thoughts?|reasoning|reflection|scratchpad|analysis|inner_monologue"
_OTHERS = r"\[/THINK\]|◁/think▷|<unused95>|<[|｜]end[▁_ ]of[▁_ ](?:thought|thinking|reasoning)[|｜]>"
_END = re.compile(
    rf"</(?:[\w.-]{{1,20}}[:_-])?(?:think|thinking|thoughts?|reasoning)\s{{0,3}}>|{_OTHERS}", re.IGNORECASE
)
THOUGHT = re.compile(
    r"<\|channel\|>(?:analysis|commentary)|<[|｜](?:begin|start)[▁_ ]of[▁_ ](?:thought|thinking|reasoning)[|｜]>"
    r"|\[THINK\]|◁think▷"
)
"""What opens reasoning where it is no tag."""
THOUGHT_END = re.compile(
    rf"<\|channel\|>final<\|message\|>|<\|(?:end|call)\|>|</(?:[\w.-]{{1,20}}[:_-])?(?:{_NAMES})\s{{0,3}}>|{_OTHERS}",
    re.IGNORECASE,
)
THOUGHT_LOOK = 64  # more than the longest of these
_TOKEN = re.compile(
    r"<[|｜](?:channel|start|im_start|start_header_id|header_start)[|｜]>(?:assistant|user|system|final|model)?"
    r"|<[|｜][^|｜<>\n]{1,40}[|｜]>|</s>(?=\s{0,8}(?:$|\n|<))|<(?:end_of_turn|eos|pad|unk|bos)>|<start_of_turn>(?:model|user)?"
)
_TOKEN_LOOK = 64
_TOKEN_CUT = re.compile(r"<(?:[|｜][^|｜<>\n]{0,40}[|｜]?|/s?>?\s{0,8}|[a-z_]{0,14})$")
_DECIDES = 200  # characters in which reasoning gives itself away
_TAIL = 64  # more than the longest end tag


def is_thought(name: str) -> bool:
    """Whether a tag of this folded name holds reasoning: `think`, `seed:think`, `my_reasoning`."""
    return (
        name == "unused94"
        or re.fullmatch(_NAMES, name.rsplit(":", 1)[-1]) is not None
        or (name.rsplit("_", 1)[-1] in ("think", "thinking", "thought", "thoughts", "reasoning"))
    )


def token_at(text: str, at: int, final: bool) -> int | None:
    """The end of the control token, such as `<|im_end|>`, at `text[at]`, a `<`; 0 for none, `None` for more text."""
    if text[at + 1 : at + 2] not in ("|", "｜", "/", "e", "p", "u", "b", "s", ""):
        return 0
    found = _TOKEN.match(text, at)
    short = not final and len(text) - at < _TOKEN_LOOK
    if found is None:
        return None if short and _TOKEN_CUT.match(text, at) else 0
    return None if short and len(text) - found.end() < 12 else found.end()


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
