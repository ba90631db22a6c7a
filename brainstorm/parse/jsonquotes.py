"""Where JSON starts and where its strings end, told from at most `LOOK` characters ahead."""

from __future__ import annotations

import re

from brainstorm.parse.jsonvalues import Array, Container, Object

LOOK = 160
KEY_LOOK = 72  # the longest key whose quotes are told from quotes inside a string
CLOSERS = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": '”“"',
    "”": '”"',
    "„": '“”"',
    "‘": "’'",
    "’": "’'",
    "«": "»",
    "「": "」",
    "『": "』",
}
KEY_AHEAD = re.compile(
    r"""(?:["'“”„‘’«「][^"'“”‘’»」:\n]{1,60}["'”“’»」]|[^\W\d_]\w{0,40})\s{0,8}[:：]"""
    r"""|["'“][^\W\d][\w -]{0,40}:["'”]"""
)
LITERAL = re.compile(r"(?:true|false|null|none|nan|undefined)(?![\w])|[-+~≈]?[.]?\d", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[^\W\d]\w{0,40}")
_CHANCE = re.compile(r"[(（]\s?(?:prob|p\b|[\d.~])", re.IGNORECASE)
_KEY_CUT = re.compile(r"""[\"'“][^\"'“”:]*$""")
_KEY_REST = re.compile(r"""(?:text|idea|response|probability|prob|p|confidence|heading|title)["”]\s?:""", re.IGNORECASE)


def opens_next_key(text: str, here: int, final: bool, top: Container | None, raw: list[str]) -> bool | None:
    """Whether the quote at `here` opens the next key, the string lacking its own: `"a,"probability":`."""
    if not isinstance(top, Object) or top.pending is None or not "".join(raw[-3:])[-3:].rstrip(" \n").endswith(","):
        return False
    if not _KEY_REST.match(text, here + 1):
        return None if len(text) - here < 20 and not final else False
    raw[:] = ["".join(raw).rstrip(" \n")[:-1]]
    return True


def closes(text: str, at: int, final: bool, top: Container | None, raw: list[str]) -> bool | None:
    """Whether the quote before `at` closes the string; `None` when more text is needed."""
    more = None if not final else True
    here, end = at, len(text)
    limit = at + LOOK
    while here < end and here < limit and text[here] in " \t\r\n\u00a0":
        here += 1
    if here >= end:
        return more
    if here >= limit:
        return True
    c = text[here]
    broke = "\n" in text[at:here]
    in_object = isinstance(top, Object)
    is_key = isinstance(top, Object) and top.pending is None
    if c in ":：":
        return is_key
    if c in "}]" or (c == ")" and isinstance(top, Array) and top.key == "("):
        return True
    if c in ",，":
        return _closes_at_comma(text, here + 1, limit, final, in_object, in_object and not is_key)
    if c in "\"“'":
        if broke:
            return True
        if in_object and KEY_AHEAD.match(text, here):
            return True
        return None if in_object and end - here < KEY_LOOK and not final else False
    if c in "{[":
        return broke
    if is_key and raw and raw[-1][-1:] == ":":
        return True
    if c in "(（":
        if end - here < 8 and not final:
            return None
        return bool(_CHANCE.match(text, here))
    if c in "/#":
        if here + 1 >= end:
            return more
        return (text[here + 1] in "/*") if c == "/" else here > at
    if c == "`" and not broke and end - here < 3 and not final:
        return None
    if c in "`;":
        return True if c == ";" or broke else text[here : here + 3] == "```"
    return broke


def _closes_at_comma(text: str, at: int, limit: int, final: bool, in_object: bool, keyed: bool) -> bool | None:
    here, end = at, len(text)
    while here < end and here < limit and text[here] in " \t\r\n\u00a0":
        here += 1
    if here >= end:
        return None if not final else True
    if here >= limit or "\n" in text[at:here]:
        return True
    d = text[here]
    if d in "{[}]/#":
        return True
    if keyed:
        if KEY_AHEAD.match(text, here):
            return True
        if end - here < KEY_LOOK:
            return bool(_KEY_CUT.match(text, here)) if final else None
        return False
    if d in "\"'“„‘«「`":
        return True
    if in_object and KEY_AHEAD.match(text, here):
        return True
    if end - here < (KEY_LOOK if in_object else 10) and not final:
        return None
    return bool(LITERAL.match(text, here))


def starts_json(text: str, at: int, final: bool) -> bool | None:
    """Whether a JSON value starts at `text[at]`, a `{` or `[`; `None` when more text is needed."""
    opener, end, limit = text[at], len(text), at + LOOK
    here = at + 1
    for _ in range(3):
        while here < end and here < limit and text[here] in " \t\r\n\u00a0":
            here += 1
        if here >= end or here >= limit:
            return False if final or here >= limit else None
        c = text[here]
        if c == "(" and opener == "[":  # [("Foo", 0.1), …]
            return text[here + 1] in "\"'" if here + 1 < end else (False if final else None)
        if c != "{" and (c != "[" or opener != "["):
            break
        opener = c
        here += 1
    if c in CLOSERS:
        return True
    if c == "/":
        return text[here + 1] in "/*" if here + 1 < end else (False if final else None)
    found = _IDENTIFIER.match(text, here) if opener == "{" and c not in "{[}]" else None
    if found is None:
        return False
    after = found.end()
    limit = after + LOOK
    while after < end and after < limit and text[after] in " \t":
        after += 1
    if after >= end:
        return False if final else None
    return text[after] in ":："
