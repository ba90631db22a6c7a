"""What a line of running text is: an item's start, a heading, a rule, a table's row, prose."""

from __future__ import annotations

import re
from typing import NamedTuple

from brainstorm.parse.probability import own_line
from brainstorm.parse.tables import is_dashes
from brainstorm.parse.words import LABELS, SUBLABEL, fold_key, is_aside, probability_rank

_CJK = "一二三四五六七八九十百"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳❶❷❸❹❺❻❼❽❾❿"
_BULLETS = "-*+•●○◦▪▫■□◆◇►▶▸‣⁃∙·–—✓✔✅➢➤→★☆※・✦✧❖"
_TIGHT = "•●○◦▪▫■□◆◇►▶▸‣⁃∙✓✔✅➢➤★☆※・✦✧❖"  # bullets that need no space behind them
_NUMBER = re.compile(
    r"(?P<open>[*_]{0,3})(?P<paren>[(\[（【#＃]{0,2})\s?"
    rf"(?:(?P<digits>\d{{1,4}})(?:(?:\.\d{{1,2}}){{1,3}}(?=[.)]\s))?(?P<key>\ufe0f?\u20e3)?|"
    rf"(?P<circled>[{_CIRCLED}])|(?P<cjk>[{_CJK}]{{1,3}}))"
    r"(?P<end>\s?\\?[.)\]、。．）】:：](?!\d)[.:：]?|\s?[-–—](?=\s)|)(?P<close>[*_]{0,3})(?P<gap>\s*)"
)
_LETTER = re.compile(
    r"(?P<open>[*_]{0,3})\(?(?P<letter>[A-Za-z]|[ivx]{2,4}|[IVX]{2,4}|[א-ת]|[أ-ي])(?:[)]|"
    r"\.(?!\w))[*_]{0,3}\s{1,4}(?=\S)"
)
_BULLET = re.compile(
    rf"(?:[{re.escape(_BULLETS)}]\ufe0f?|[-=]>)(?:\s{{1,8}}|"
    rf"(?<=[{_TIGHT}])\ufe0f?)(?:\[[ xX]?\]\s{{1,3}})?(?=\S)"
)
_WORDS = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
# A letter of any script, with the vowel signs that Python counts as no letters.
_ALPHA = r"[^\s\d\x00-\x40\[-`{-\xbf\u2000-\u2bff\u3000-\u303f\ufe00-\ufe0f\uff00-\uff20]"
_LABEL = re.compile(
    rf"(?P<open>[*_]{{0,3}})(?P<word>{_ALPHA}{{1,20}}?(?:\s{_ALPHA}{{2,20}}?)?)(?:\s?[#№]|\.|\s[Nn][or]?\.?|\s[Nn][°º])?"
    rf"\s?(?P<digits>\d{{1,4}}|[一二三四五六七八九十]{{1,3}}(?=\s?[:：、])|(?<=\s)(?:[A-Z]|{'|'.join(_WORDS)})(?=\s?[:：.)*]|$))"
    r"(?P<aside>\s?[(（][^()\n]{0,60}[)）])?"
    r"(?P<end>\s?[:：)、]|\.(?=[\s*_]|$)|\s[-–—](?=\s)|(?=[*_]{2})|(?=\s*$))(?P<close>[*_]{0,3})\s{0,8}"
)
_ORDINAL = re.compile(
    rf"[*_]{{0,2}}第(?P<cjk>[{_CJK}]{{1,3}}|\d{{1,3}})[个個条條種种点點項项つ]?[*_]{{0,2}}\s?[:：、，,.][*_]{{0,2}}\s{{0,8}}"
)
_COUNT_AHEAD = re.compile(rf"\d|[一二三四五六七八九十]\s?[:：、]|\s(?:[A-Z]|{'|'.join(_WORDS)})(?:\s?[:：.)*]|$)")
_ICON = re.compile(r"[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]{1,8}\s{1,3}(?=\S)")
_INITIAL = re.compile(r"[a-z]|[A-Z]\.")
_QUOTE = re.compile(r"(?P<space>[ \t]{0,8})(?:>[ \t]?){1,4}(?![=<>_-]\S)")
_HEADING = re.compile(r"\s{0,3}(?P<marks>#{1,6})\s{1,8}(?P<rest>\S.*)$")
_BOLD = re.compile(
    r"(?:\*\*|__)(?P<rest>[^*_\n]{1,160}|[^*\n]{1,160})(?:\*\*|"
    r"__)(?P<tail>\s{0,3}[:：]?\s{0,3}(?:[(（\[][^()\n]{0,60}[)）\]])?)\s*$"
)
_LEAD = re.compile(r"(?:\*\*|__)(?P<head>[^*\n]{1,100})(?:\*\*|__)(?P<sep>\s{0,3}[:：–—-]?)\s{1,3}(?=\S)")
_RULE = re.compile(r"\s*([-*_=~])(?:\s?\1){2,}\s*$")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\s*([\w+#-]{0,20})\s*$")
_FIELD = re.compile(
    r"[ \t]*[*_]{0,3}(?P<name>[^\W\d_][^:：*\n]{0,28})[*_]{0,3}\s?[:：][*_]{0,3}\s{0,8}(?P<rest>.*)$", re.S
)


class Line(NamedTuple):
    """A line and what it is; a tuple, since one is made for every line of a reply.

    Attributes:
        kind: "blank", "item", "heading", "bold", "lead", "rule", "fence", "row" or "prose".
        raw: the line as written.
        rest: its content without the marker.
        indent: columns before the marker.
        family: for an item, "number", "bullet", "letter" or "label"; for a numbered heading the same.
        number: its number; 0 where it has none.
        level: for a heading, 1 to 6, and 7 for a bold line.
        label: for a label, its word, folded.
        sure: for a label, whether it is one by itself rather than beside its like.
    """

    kind: str
    raw: str
    rest: str = ""
    indent: int = 0
    family: str = ""
    number: int = 0
    level: int = 0
    label: str = ""
    sure: bool = True


BLANK = Line("blank", "")


def _columns(space: str) -> int:
    if "\t" not in space and "\u3000" not in space:
        return len(space)
    return sum(4 if c == "\t" else 2 if c == "\u3000" else 1 for c in space)


def _count(said: str) -> int:
    """The number of a label: `3`, `三`, `C`, `Three`."""
    if said in _WORDS:
        return _WORDS.index(said) + 1
    return ord(said) - 64 if said.isascii() and said.isalpha() else _cjk_number(said)


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


def _rest(opened: str | None, closed: str | None, body: str, at: int) -> str:
    """What follows a marker; emphasis that opened before it and closes behind it is opened anew."""
    rest = body[at:].rstrip()
    return opened + rest if opened and not closed and opened in rest else rest


def _number(raw: str, body: str, indent: int) -> Line | None:
    found = _NUMBER.match(body)
    if not found:
        return None
    end, at = found["end"].strip().lstrip("\\"), found.end()
    latin = found["digits"] is not None and not found["key"]
    closed = found["paren"] and found["paren"] not in ("#", "＃") and end[:1] in (")", "]", "）", "】")
    hashed = found["paren"] in ("#", "＃")
    if not end and not (
        found["circled"] or found["key"] or (hashed and found["gap"]) or (found["close"] and found["open"])
    ):
        return None
    if end and latin and not found["gap"] and at < len(body) and not found["close"]:
        # "1.foo" is an item as "3.5" and "2:30" are not; wide marks need no space
        if end[-1] in ".)" and (not body[at].isalpha() or body[at + 1 : at + 2] == "."):
            return None
        if end[-1] not in ".)、。．）】：" and not closed:
            return None
    number = (
        int(found["digits"]) if found["digits"]
        else _CIRCLED.index(found["circled"]) % 20 + 1 if found["circled"] else _cjk_number(found["cjk"])
    )  # fmt: skip
    return Line("item", raw, _rest(found["open"], found["close"], body, at), indent, "number", number)


def _label(raw: str, body: str, indent: int) -> Line | None:
    found = _LABEL.match(body)
    if not found:
        return None
    words = found["word"].lower().split()
    said = found["digits"]
    word, number = fold_key(found["word"]), _count(said)
    named = words[:-1] if len(words) > 1 and words[-1] in ("number", "no") else words  # "Idea number 3"
    known = named[-1] in LABELS or named[0] in LABELS
    if set(words) & SUBLABEL or probability_rank(word) is not None or (len(words[0]) == 1 and not known):
        return None
    if not known and said.isascii() and not said.isdigit():
        return None
    sure = known or (number == 1 and found["end"].strip() in (":", "："))
    if found["end"] == "" and body[found.end() :].strip() and not found["close"]:
        return None
    rest = _rest(found["open"], found["close"], body, found.end()).strip()
    if found["aside"]:
        rest = f"{found['aside'].strip()} {rest}".strip()
    return Line("item", raw, rest, indent, "label", number, 0, word, sure)


def marker(raw: str, *, unsure: bool = False) -> Line | None:
    """The line as an item's start, or `None`; `unsure` lets a label in that needs its like beside it."""
    body = raw.lstrip(" \t\u3000")
    if not body:
        return None
    indent = _columns(raw[: len(raw) - len(body)])
    if body[0] == "\U0001f51f":  # the keycap of ten is one character
        body = "10\u20e3" + body[1:]
    c = body[0]
    if (c in _BULLETS or c == "=") and (found := _BULLET.match(body)):
        return Line("item", raw, body[found.end() :].rstrip(), indent, "bullet")
    if c in "-*–" and body[1:2].isupper() and (c != "*" or (len(body) > 40 and "*" not in body[1:400])):
        return Line("item", raw, body[1:].rstrip(), indent, "bullet")
    if c in "*_([（【#＃":
        c = body[1:6].lstrip("*_([（【#＃ ")[:1]
        if not c:
            return None
    if c.isdigit() or c in _CIRCLED or c in _CJK:
        line = _number(raw, body, indent)
        if line is not None:
            return line
    if c == "第" and (found := _ORDINAL.match(body)):
        return Line("item", raw, body[found.end() :].rstrip(), indent, "number", _cjk_number(found["cjk"]))
    if c.isalpha():
        line = _label(raw, body, indent) if _COUNT_AHEAD.search(body, 0, 60) else None
        if line is not None and (line.sure or unsure):
            return line
        found = _LETTER.match(body)
        if found:
            said = found["letter"].lower()
            number = ord(said) - 96 if len(said) == 1 and "a" <= said <= "z" else 0
            return Line("item", raw, _rest(found["open"], None, body, found.end()), indent, "letter", number)
    return None


def may_open(prefix: str, family: str) -> bool:
    """Whether a line that starts so may be an item of a family: a quick test before `classify`."""
    c = prefix.lstrip(" \t\u3000")[:1]
    if family == "bullet":
        return c in _BULLETS or c == "=" or c >= "\u2190"
    return (
        c.isalpha() or c in "(*_"
        if family == "letter"
        else not c.isalpha() or family == "label" or c in _CJK or c == "第"
    )


def fence(raw: str) -> str | None:
    """The language of a fence's line, perhaps "", or `None` for any other line."""
    found = _FENCE.match(raw[:400]) if ("```" in raw[:60] or "~~~" in raw[:60]) else None
    return found[1].lower() if found else None


def classify(raw: str) -> Line:
    """What a line is."""
    stripped = raw.lstrip(" \t\u3000\r\xa0")
    if not stripped or (stripped[0] == "#" and not stripped.strip("# \t")):
        return BLANK
    c = stripped[0]
    if c in "-*_=~" and raw[-1] in "-*_=~ \t\r" and len(raw) < 400 and _RULE.match(raw):
        return Line("rule", raw)
    if c in "`~" and fence(raw) is not None:
        return Line("fence", raw)
    if c == "#" and (found := _HEADING.match(raw)):
        title = found["rest"].rstrip("# \t")
        return _headed(Line("heading", raw, title, 0, "", 0, len(found["marks"])))
    if c == "|" or (c in "-:" and "|" in raw and is_dashes(raw)):
        return Line("row", raw, raw.strip())
    icon = _ICON.match(stripped) if c >= "\u2190" else None
    bare = stripped[icon.end() :] if icon else stripped
    bold = _BOLD.match(bare) if bare[:1] in "*_" and len(raw) < 300 else None
    if bold:
        indent = _columns(raw[: len(raw) - len(stripped)][:200])
        return _headed(Line("bold", raw, (bold["rest"] + bold["tail"]).strip(), indent, level=7))
    item = marker(raw, unsure=True)
    if item is not None:
        return item
    indent = _columns(raw[: len(raw) - len(stripped)][:200])
    if icon and _LEAD.match(bare):
        return Line("item", raw, bare.rstrip(), indent, "bullet")
    if " | " in raw[:400]:
        return Line("row", raw, raw.strip())
    if c in "*_":
        lead = _LEAD.match(stripped)
        if lead and (lead["sep"].strip() or lead["head"].rstrip()[-1:] in ":：."):
            return Line("lead", raw, raw.strip(), indent)
    return Line("prose", raw, stripped.rstrip(), indent)


def _headed(line: Line) -> Line:
    """A heading or a bold line, whose title may begin with a number, a letter or a label."""
    icon = _ICON.match(line.rest)
    inner = marker(line.rest[icon.end() :] if icon else line.rest, unsure=True)
    if inner is None or inner.family == "bullet":
        return line
    if inner.family == "letter":  # "II. Noon" over a text; the letters themselves are no count
        return line if _INITIAL.match(inner.rest) else line._replace(rest=inner.rest)
    return line._replace(
        kind="heading", rest=inner.rest, family=inner.family, number=inner.number, label=inner.label,
        sure=inner.sure,
    )  # fmt: skip


def field_of(text: str) -> tuple[str, str] | None:
    """The folded name and the rest of `Name: rest`, or `None`."""
    found = _FIELD.match(text)
    return (fold_key(found["name"]), found["rest"]) if found and len(found["name"].split()) <= 3 else None


def is_field(text: str) -> bool:
    """Whether an item's content is a labelled part of something: `Why: …`, `**Probability:** 0.1`."""
    return own_line(text) is not None or field_of(text[:200]) is not None


def is_topic_lead(name: str) -> bool:
    """Whether a bold lead names the task rather than an idea."""
    folded = fold_key(name)
    return is_aside(folded) or folded in (
        "goal",
        "goals",
        "constraints",
        "context",
        "disclaimer",
        "tip",
        "remember",
    )


def names_ideas(line: Line) -> bool:
    """Whether a label's word is one that begins ideas."""
    words = line.label.split("_")
    return words[0] in LABELS or words[-1] in LABELS


def unquoted(raw: str) -> str | None:
    """A line of a block quote without its marks, or `None` for any other line."""
    found = _QUOTE.match(raw) if ">" in raw[:12] else None
    return found["space"] + raw[found.end() :] if found else None


def unlabelled(line: Line) -> Line:
    """The line of a label that is none after all."""
    if line.kind == "item":
        return line._replace(kind="prose", rest=line.raw.strip(), family="", number=0, label="")
    title = line.raw.strip().strip("#*_ \t")
    return line._replace(kind="bold" if line.level == 7 else "heading", rest=title, family="", number=0, label="")
