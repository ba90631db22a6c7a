"""Tags as models write them: where one stands, what it is for, and what HTML emphasis leaves of a text."""

from __future__ import annotations

import html
import re

from brainstorm.parse.words import fold_key, heading_rank, is_aside, probability_rank, split_index, text_rank

LOOK = 400
_TAG = re.compile(
    r"<\s{0,3}(?P<close>/?)\s{0,3}(?P<name>[^\W\d_][\w.:-]{0,40})"
    r"(?P<attrs>\s{1,40}(?:[\w:-]{1,40}\s{0,3}=[^<>]{0,320}|#?\d{1,4}))?\s{0,3}(?P<empty>/?)>"
)
_MAYBE = re.compile(r"<\s{0,3}/?\s{0,3}(?:[^\W\d_][\w.:-]{0,40}(?:\s[^<>]{0,360})?/?)?$")
_ATTR = re.compile(r"""([\w:-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_ENTITY = re.compile(r"&(?:#\w{1,8}|[^\W_]\w{1,31});")
_PHRASE = frozenset(
    ["b", "i", "em", "strong", "u", "s", "small", "mark", "sub", "sup", "span", "font", "code", "br", "a"]
)
_BLOCK = frozenset(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "li"])
_BREAKABLE = '.!?:…"”>'  # behind these a block may begin on the same line
LISTS = frozenset(("ul", "ol", "li"))
WRAPPERS = frozenset(("response", "answer", "result"))  # an item's tag, or one around the whole answer
_ITEM = frozenset(
    (
        "response", "idea", "item", "candidate", "option", "suggestion", "proposal", "entry", "joke", "story",
        "poem", "haiku", "result", "li", "concept", "answer", "variant", "example",
    )
)  # fmt: skip
_CONTAINER = frozenset(
    (
        "responses", "ideas", "items", "candidates", "options", "suggestions", "proposals", "entries", "jokes",
        "stories", "poems", "results", "list", "ul", "ol", "answers", "output", "outputs", "root", "xml", "document",
        "data", "concepts", "final", "final_answer", "reply", "brainstorm", "solution",
    )
)  # fmt: skip


def kind_of(name: str) -> str:
    """What a tag is for: `item`, `container`, `text`, `heading`, `probability`, `aside`, `inline` or ``."""
    folded = fold_key(name)
    stem = split_index(name)[0] or folded
    if folded in _CONTAINER:
        return "container"
    if stem in _ITEM:
        return "item"
    if folded in _PHRASE or folded in _BLOCK:
        return "inline"
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


def resolved(text: str) -> str:
    """Text with its entities resolved; without a semicolon there is none, as in "Q&notes"."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def attributes(said: str | None) -> dict[str, str]:
    """A tag's attributes by folded name."""
    return {fold_key(m[1]): resolved(m[2] or m[3] or m[4] or "") for m in _ATTR.finditer(said or "")}


def plain(text: str) -> str:
    """Text without the HTML that only dresses it, and with its entities resolved.

    Of `<b>` and its kin a pair goes; `<br>`, and `<p>` and its kin where a line or sentence begins, are line
    breaks. A tag without a partner, or a `<div>` within a line of code, is what the text says.
    """
    if "<" not in text:
        return resolved(text)
    out: list[str] = []
    opened: dict[str, list[int]] = {}  # places in `out` of tags that are still open; -1 for one that is text
    at, line = 0, ""  # what stands before on the line
    for found in _TAG.finditer(text):
        name = found["name"].lower()
        if name not in _PHRASE and name not in _BLOCK:
            continue
        before = text[at : found.start()]
        line = before.rpartition("\n")[2] if "\n" in before else line[-1:] + before
        out.append(resolved(before))
        at, mates = found.end(), opened.setdefault(name, [])
        mate = mates.pop() if found["close"] and mates else -1
        breaks = not line.strip() or line[-1:] in _BREAKABLE or (name == "p" and line[-1:].isalnum())
        if name in ("br", "hr"):
            out.append("\n")
        elif mate >= 0:
            out[mate] = "\n" if name in _BLOCK else ""
        elif name in _BLOCK and breaks and not found["close"]:
            mates.append(len(out))
            out.append("\n")
        else:
            if not found["close"]:
                mates.append(len(out) if name in _PHRASE else -1)
            out.append(found[0])
            line += ">" if name in _BLOCK else ""
            continue
        line = line if name in _PHRASE and name != "br" else ""
    out.append(resolved(text[at:]))
    return "".join(out)


def tidy(text: str) -> str:
    """Text without the blank lines around it and the indentation its lines share."""
    lines = text.strip("\r\n").split("\n")
    rest = [line for line in lines[1:] if line.strip()]
    margin = min((len(line) - len(line.lstrip(" \t")) for line in rest), default=0)
    return "\n".join([lines[0].strip(), *(line[margin:].rstrip() for line in lines[1:])]).strip()


def in_flow(before: str, text: str, end: int, final: bool) -> bool | None:
    """Whether a tag is a word of a sentence, "the <li> element"; `None` when more text is needed.

    `before` ends with what stands before the tag, `text[end:]` is what stands behind it.
    """
    if before[-1:] not in (" ", "\t") or not (before[-2:-1].isalnum() or before[-2:-1] in (",", ")")):
        return False
    if len(text) < end + 2 and not final:
        return None
    after = text[end : end + 2]
    return after[:1] in tuple(".,;:!?)") or (after[:1] in (" ", "\t") and after[1:] not in ("", "<", "\n"))
