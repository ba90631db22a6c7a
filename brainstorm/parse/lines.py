"""What a line of running text is: an item's start, a heading, a rule, a table's row, prose."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from brainstorm.parse.probability import own_line
from brainstorm.parse.words import SUBLABEL, fold_key, is_aside, probability_rank

_CJK = "一二三四五六七八九十百"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳❶❷❸❹❺❻❼❽❾❿"
_NUMBER = re.compile(
    rf"^(?P<indent>[ \t\u3000]*)(?P<open>[*_]{{0,3}})[(\[（【#＃]{{0,2}}\s?(?:(?P<digits>\d{{1,3}})(?:\ufe0f?\u20e3)?"
    rf"|(?P<circled>[{_CIRCLED}])|(?P<cjk>[{_CJK}]{{1,3}}))"
    r"(?P<end>\s?[.)\]、。．）】:：](?!\d)[.:：]?|\s?[-–—](?=\s)|(?=\s))(?P<close>[*_]{0,3})(?P<gap>\s*)(?P<rest>.*)$"
)
_LETTER = re.compile(
    r"^(?P<indent>[ \t]*)(?P<open>[*_]{0,3})\(?(?P<letter>[A-Za-z]|[ivxIVX]{1,4}|[א-ת]|[أ-ي])[.)](?P<close>[*_]{0,3})\s+(?P<rest>\S.*)$"
)
_BULLET = re.compile(
    r"^(?P<indent>[ \t\u3000]*)(?P<mark>[-*+•●○◦▪▫■□◆◇►▶▸‣⁃∙·–—✓✔✅➢➤→★☆※・✦✧❖])(?:\s+|(?<=[•●○◦▪▫■□◆◇►▶▸‣⁃∙✓✔✅➢➤★☆※・✦✧❖]))(?:\[[ xX]?\]\s+)?(?P<rest>\S.*)$"
)
_LABEL = re.compile(
    r"^(?P<indent>[ \t]*)(?P<open>[*_#]{0,3}\s?)(?P<word>[^\W\d_]{2,20}(?:\s[^\W\d_]{2,20})?)\s?(?P<hash>#|№|no\.?\s?|n°\s?)?\s?(?P<digits>\d{1,3})"
    r"(?P<aside>\s?[(（][^()\n]{0,60}[)）])?(?P<end>\s?[:：.)、]|\s[-–—](?=\s)|(?=\*\*|__|\s*$))(?P<close>[*_]{0,3})\s*(?P<rest>.*)$"
)
_ORDINAL = re.compile(
    rf"^(?P<indent>\s*)[*_]{{0,2}}第(?P<cjk>[{_CJK}]{{1,3}}|\d{{1,3}})[个個条條種种点點項项つ]?[*_]{{0,2}}\s?[:：、，,.]\s*(?P<rest>.*)$"
)
_HEADING = re.compile(r"^\s{0,3}(?P<marks>#{1,6})\s+(?P<rest>.*?)\s*#*\s*$")
_BOLD = re.compile(
    r"^[ \t]*(?:\*\*|__)(?P<rest>[^*_\n]{1,160})(?:\*\*|__)(?P<tail>\s*[:：]?\s*(?:[(（\[][^()\n]{0,60}[)）\]])?)\s*$"
)
_LEAD = re.compile(r"^[ \t]*(?:\*\*|__)(?P<head>[^*\n]{1,100})(?:\*\*|__)(?P<sep>\s*[:：–—-]?)\s+(?P<rest>\S.*)$")
_RULE = re.compile(r"^\s*([-*_=~])(?:\s?\1){2,}\s*$")
_FENCE = re.compile(r"^\s*(```+|~~~+)\s*([\w+-]*)\s*$")
_FIELD = re.compile(r"^[ \t]*[*_]{0,3}(?P<name>[^\W\d_][^:：*\n]{0,28})[*_]{0,3}\s?[:：][*_]{0,3}\s*(?P<rest>.*)$")
_SIGN_OFF = re.compile(
    r"^[\s*_>]*(?:i hope|hope (?:this|these|you)|let me know|feel free|would you like|do you want|please (?:let|note|feel)|"
    r"these (?:ideas|are|names|suggestions|options|responses)|this list|remember|note that|note:|\*?note\b|good luck|enjoy|"
    r"if you(?:['’]d| would| need| want| have| like)|is there anything|happy to|i can |in conclusion|in summary|overall,|"
    r"each of these|all of these|all these|thank you|thanks|best regards|sincerely|cheers|which (?:one|of these)|"
    r"espero que|déjame saber|j['’]espère|n['’]hésit|ich hoffe|lass mich wissen|spero che|希望|如果您|请告诉|надеюсь|أتمنى|آمل)",
    re.IGNORECASE,
)
_INTRO = re.compile(
    r"^(?:sure|certainly|of course|absolutely|okay|ok|here(?:['’]s| are| is)|below|the following|great)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what it is.

    Attributes:
        kind: "blank", "item", "heading", "bold", "lead", "rule", "fence", "row" or "prose".
        raw: the line as written.
        rest: its content without the marker.
        indent: columns before the marker.
        family: for an item, "number", "bullet", "letter" or "label".
        number: for an item that is numbered, its number; else 0.
        level: for a heading, 1 to 6, and 7 for a bold line.
        bold: the marker stood inside emphasis that the content closes.
    """

    kind: str
    raw: str
    rest: str = ""
    indent: int = 0
    family: str = ""
    number: int = 0
    level: int = 0


def _columns(space: str) -> int:
    return sum(4 if c == "\t" else 2 if c == "\u3000" else 1 for c in space)


def _cjk_number(said: str) -> int:
    if said.isdigit():
        return int(said)
    value, digit = 0, 0
    for c in said:
        if c in "十百":
            value += max(digit, 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _CJK.index(c) + 1
    return value + digit


def _reopen(opened: str, closed: str, rest: str) -> str:
    """Emphasis that opened before the marker and closes in the content is opened there anew."""
    return opened + rest if opened and not closed and opened in rest else rest


def marker(raw: str) -> Line | None:
    """The line as an item's start, or `None`."""
    found = _NUMBER.match(raw)
    if found and (found["end"] or found["digits"] is None or "\u20e3" in raw[:12]):
        end = found["end"].strip()
        spaced = bool(found["gap"]) or not found["rest"] or bool(found["close"]) or found["digits"] is None
        wide = end in "、。．）】：" or (end and not found["rest"][:1].isascii())
        opened = raw.lstrip()[:1] in "([（【#＃"
        if (
            (spaced or wide)
            and not (end in (":", "-", "–", "—") and not spaced)
            and (end or opened or not found["digits"])
        ):
            number = (
                int(found["digits"])
                if found["digits"]
                else (_CIRCLED.index(found["circled"]) % 20 + 1 if found["circled"] else _cjk_number(found["cjk"]))
            )
            if not (found["cjk"] and not end):
                rest = _reopen(found["open"], found["close"], found["rest"])
                return Line("item", raw, rest.strip(), _columns(found["indent"]), "number", number)
    found = _ORDINAL.match(raw)
    if found:
        return Line("item", raw, found["rest"], _columns(found["indent"]), "number", _cjk_number(found["cjk"]))
    found = _LABEL.match(raw) if len(raw) < 100_000 else None
    if (
        found
        and not set(found["word"].lower().split()) & SUBLABEL
        and probability_rank(fold_key(found["word"])) is None
    ):
        rest = _reopen(found["open"].strip("# "), found["close"], found["rest"])
        rest = f"{found['aside'] or ''} {rest}".strip() if found["aside"] else rest
        return Line("item", raw, rest.strip(), _columns(found["indent"]), "label", int(found["digits"]))
    found = _BULLET.match(raw)
    if found and not _RULE.match(raw):
        return Line("item", raw, found["rest"].rstrip(), _columns(found["indent"]), "bullet")
    found = _LETTER.match(raw)
    if found:
        said = found["letter"].lower()
        number = ord(said) - 96 if len(said) == 1 and "a" <= said <= "z" else 0
        rest = _reopen(found["open"], found["close"], found["rest"])
        return Line("item", raw, rest.strip(), _columns(found["indent"]), "letter", number)
    return None


def classify(raw: str) -> Line:
    """What a line is."""
    if not raw or raw.isspace():
        return Line("blank", raw)
    head = raw[:400]
    if _RULE.match(head) and len(raw) < 400:
        return Line("rule", raw)
    if _FENCE.match(head):
        return Line("fence", raw)
    found = _HEADING.match(raw) if head.lstrip()[:1] == "#" else None
    if found:
        inner = marker(found["rest"])
        if inner is not None and inner.family in ("number", "label"):
            return Line("heading", raw, inner.rest, 0, inner.family, inner.number, len(found["marks"]))
        return Line("heading", raw, found["rest"], 0, "", 0, len(found["marks"]))
    stripped = head.lstrip()
    if stripped.startswith("|"):
        return Line("row", raw, raw.strip())
    item = marker(raw)
    if item is not None:
        return item
    if " | " in head:
        return Line("row", raw, raw.strip())
    if stripped.startswith(("**", "__")):
        found = _BOLD.match(raw) if len(raw) < 300 else None
        if found:
            return Line("bold", raw, (found["rest"] + found["tail"]).strip(), _indent(raw), level=7)
        found = _LEAD.match(raw)
        if found and (found["sep"].strip() or found["head"].rstrip()[-1:] in ":：."):
            return Line("lead", raw, raw.strip(), _indent(raw))
    return Line("prose", raw, raw.strip(), _indent(raw))


def _indent(raw: str) -> int:
    return _columns(raw[: len(raw) - len(raw.lstrip())][:200])


def is_sign_off(text: str) -> bool:
    """Whether prose after a list takes leave, or speaks about the list."""
    return _SIGN_OFF.match(text) is not None


def is_intro(text: str) -> bool:
    """Whether prose announces what follows."""
    return _INTRO.match(text.lstrip(" *_#>")) is not None or text.rstrip(" *_").endswith((":", "："))


def is_field(text: str) -> bool:
    """Whether an item's content is a labelled part of something: `Why: …`, `**Probability:** 0.1`."""
    if own_line(text) is not None:
        return True
    found = _FIELD.match(text[:200])
    return found is not None and len(found["name"].split()) <= 3


def field_of(text: str) -> tuple[str, str] | None:
    """The folded name and the rest of `Name: rest`, or `None`."""
    found = _FIELD.match(text)
    return (fold_key(found["name"]), found["rest"]) if found and len(found["name"].split()) <= 3 else None


def is_topic_lead(name: str) -> bool:
    """Whether a bold lead names the task rather than an idea."""
    folded = fold_key(unicodedata.normalize("NFC", name))
    return is_aside(folded) or folded in ("goal", "goals", "constraints", "context", "disclaimer", "tip", "remember")
