"""What holds for any text at all (Hypothesis)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainstorm.parse import Candidate, Parsed, Parser, parse

PIECES = [
    "{", "}", "[", "]", '"', "'", ",", ":", "\\", "\n", "\n\n", " ", "  ", "\t", "```", "```json\n", "```python\n", "~~~",
    '{"text": "', '"text"', '"probability": 0.1', '"probability": ', '"ideas": [', '{"1": "', "[[", "]]", "“", "”", "«",
    "<response>", "</response>", "<text>", "</text>", "<probability>", "</probability>", "<idea>", "</idea>", "<think>",
    "</think>", "<answer>", "<br>", "<", ">", "&amp;", "&lt;", "<!--", "<![CDATA[", '<idea p="0.1">', "<title>", "</",
    "<li>", "</li>", "<ul>", "<b>", "</b>", "<result>", "</answer>", "]]>", "-->", "<my_tag>", "</my_tag>", " <item> ",
    "<|im_end|>", "</s>", "[THINK]", "[/THINK]", "◁think▷", "<|channel|>", "final", "\ufeff", "(７％)", "０．０７", "`0.07`",
    "1. ", "2. ", "3) ", "- ", "* ", "• ", "   - ", "a) ", "b) ", "Idea 1: ", "Idea 2: ", "第一，", "1、", "①", "**", "__",
    "*", "# ", "### 1. ", "## ", "| ", " | ", "|---|---|", "---", "***", "Ingredients:", "Here are:", "(Probability: 0.07)",
    "Probability: 0.2", " (p=", "7 %", "0,07", "1/14", "high", "I hope this helps", "I'm sorry, but I can't help", "//", "/*",
    "*/", "null", "true", "0.", "1e", "cat", "A dog", "x", "فكرة", "猫", "\u200f", "\ud83d\ude00", "\x00", "\r\n", "1. a 2. b 3. c",
    " " * 40, "\n%", "# 2. B", "OLASILIK", "confıdence: 0.2", "eſtimated", "</think", "Okay, the user ", "<|end|>",
    "<|start|>assistant", "<|message|>", "<|begin_of_thought|>", "&#" + "9" * 30 + ";", "/*/", "(one ın ten)", "{foo",
    '"a", "b"', "Note:", "\\n", "\\u00e9", "\\ud83d", "\u2028", "٠.٧",
]  # fmt: skip
replies = st.one_of(
    st.text(max_size=200),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=40).map("".join),
)


def feed(reply: str, cuts: list[int]) -> tuple[list[Candidate], Parsed]:
    parser, fed, start = Parser(), [], 0
    for cut in sorted({min(c, len(reply)) for c in cuts}):
        fed += parser.feed(reply[start:cut])
        start = cut
    fed += parser.feed(reply[start:])
    return fed, parser.close()


@settings(max_examples=400, deadline=None)
@given(replies, st.lists(st.integers(0, 300), max_size=20))
def test_any_pieces_give_what_the_whole_gives(reply: str, cuts: list[int]) -> None:
    whole = parse(reply)
    fed, closed = feed(reply, cuts)
    assert closed == whole
    assert tuple(fed) == whole.candidates[: len(fed)]


@settings(max_examples=150, deadline=None)
@given(replies)
def test_single_characters_give_what_the_whole_gives(reply: str) -> None:
    fed, closed = feed(reply, list(range(len(reply))))
    assert closed == parse(reply)
    assert tuple(fed) == closed.candidates[: len(fed)]


ESCAPE = re.compile(
    r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.|&#?\w+;?|<\s*/?\s*(?:br|p|div|hr|li|ul|ol|h[1-6])\b[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)


TOKEN = re.compile(r"<[|｜][^|｜<>\n]{1,40}[|｜]>(?:assistant|user|system|final|model)?|</s>|\([^()\n]{1,60}\)")
LIST = re.compile(r"\[")


def occurs(text: str, reply: str) -> bool:
    """Whether the characters of `text` occur in `reply` in that order; an escape there may stand for what it means.

    Lines that a JSON list gives one by one are joined by line breaks, the only characters ever added; no more of them
    than the list has quotes.
    """
    at, joins = 0, sum(map(reply.count, "\"'`“”„‘’«」』")) if LIST.search(reply) else 0
    for c in text:
        if c == "\n" and joins:
            joins -= 1
            continue
        while at < len(reply):
            if reply[at] == c:
                at += 1
                break
            escape = ESCAPE.match(reply, at)
            if escape and means(escape[0], c):
                at = escape.end()
                break
            at += 1
        else:
            return False
    return True


def was_said(text: str, reply: str) -> bool:
    """As `occurs`; what stands on both sides of a control token or statement taken out may join to a tag."""
    return occurs(text, reply) or occurs(text, TOKEN.sub("", reply))


def means(escape: str, c: str) -> bool:
    if escape[0] == "<":
        return c == "\n"
    if escape[0] == "&":
        return html.unescape(escape) != escape and c in html.unescape(escape)
    if escape[1] in "ux" and len(escape) > 2:
        if len(escape) == 12:
            return bytes.fromhex(escape[2:6] + escape[8:]).decode("utf-16-be", "replace") == c
        return c == "\ufffd" or ord(c) == int(escape[2:], 16)
    return c == {"n": "\n", "t": "\t", "r": "\r", "\n": "\n"}.get(escape[1])


@settings(max_examples=400, deadline=None)
@given(replies)
@example('{"text": "a\\nb \\u00e9 \\"q\\"", "probability": 0.1}')
def test_every_character_of_an_idea_was_said_in_that_order(reply: str) -> None:
    for candidate in parse(reply).candidates:
        assert was_said(candidate.text, reply), candidate


words = (
    st.text(st.sampled_from("abcdefghij é猫ñ"), min_size=1, max_size=24).map(lambda s: " ".join(s.split())).filter(bool)
)
ideas = st.builds(lambda a, b: f"{a.capitalize()} {b}k", words, words)
chances = st.one_of(st.none(), st.integers(0, 100).map(lambda n: n / 100))
sets = st.lists(st.tuples(ideas, chances), min_size=2, max_size=6)
Said = list[tuple[str, float | None]]


def as_records(said: Said) -> list[dict[str, object]]:
    return [{"text": t} | ({} if p is None else {"probability": p}) for t, p in said]


def xml(said: Said) -> str:
    return "\n".join(
        f"<response><text>{html.escape(t)}</text>"
        + ("" if p is None else f"<probability>{p}</probability>")
        + "</response>"
        for t, p in said
    )


def attributes(said: Said) -> str:
    return "\n".join(
        ("<idea>" if p is None else f'<idea probability="{p}">') + html.escape(t) + "</idea>" for t, p in said
    )


def behind(said: Said, mark: Callable[[int], str]) -> str:
    return "\n".join(
        f"{mark(i)}{t}" + ("" if p is None else f" (Probability: {p})") for i, (t, p) in enumerate(said, 1)
    )


FORMATS: dict[str, Callable[[Said], str]] = {
    "object": lambda said: json.dumps({"responses": as_records(said)}),
    "array, indented, not ASCII": lambda said: json.dumps(as_records(said), indent=2, ensure_ascii=False),
    "jsonl": lambda said: "\n".join(json.dumps(r) for r in as_records(said)),
    "fenced": lambda said: f"Sure!\n\n```json\n{json.dumps(as_records(said), indent=1)}\n```\n\nI hope this helps!",
    "single quotes": lambda said: str(as_records(said)),
    "numbered keys": lambda said: json.dumps({str(i): r for i, r in enumerate(as_records(said), 1)}),
    "other keys": lambda said: json.dumps({"data": {"ideas": [{"idea": t, "p": p} for t, p in said]}}),
    "xml": xml,
    "xml attributes": attributes,
    "numbered": lambda said: behind(said, lambda i: f"{i}. "),
    "numbered after an intro": lambda said: "Here are some:\n\n" + behind(said, lambda i: f"{i}) "),
    "bulleted": lambda said: behind(said, lambda i: "- "),
    "stars": lambda said: behind(said, lambda i: "* "),
    "labels": lambda said: behind(said, lambda i: f"Idea {i}: "),
    "bold labels": lambda said: behind(said, lambda i: f"**Idea {i}:** "),
    "Chinese numbers": lambda said: behind(said, lambda i: f"{i}、"),
    "table": lambda said: "| Idea | Probability |\n|---|---|\n"
    + "\n".join(f"| {t} | {'' if p is None else p} |" for t, p in said),
    "headings": lambda said: "\n\n".join(
        f"### {i}. Name\n{t}" + ("" if p is None else f"\nProbability: {p}") for i, (t, p) in enumerate(said, 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(said=sets)
def test_what_is_written_is_read_back(name: str, said: Said) -> None:
    got = [(c.text, c.probability) for c in parse(FORMATS[name](said)).candidates]
    assert got == said


poems = st.lists(st.lists(ideas, min_size=1, max_size=4).map("\n".join), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None)
@given(poems)
def test_line_breaks_survive_in_every_format_that_has_them(said: list[str]) -> None:
    assert [c.text for c in parse(json.dumps([{"text": t} for t in said])).candidates] == said
    assert [
        c.text for c in parse("".join(f"<response><text>\n{t}\n</text></response>" for t in said)).candidates
    ] == said
    assert [c.text for c in parse("\n\n".join(f"{i}. {t}" for i, t in enumerate(said, 1))).candidates] == said


def test_shares_keep_what_was_said_and_add_up() -> None:
    parsed = parse('[{"text":"A cat","probability":0.2},{"text":"A dog","probability":0.6},{"text":"An owl"}]')
    assert [c.probability for c in parsed.candidates] == [0.2, 0.6, None]
    assert parsed.shares == pytest.approx((0.25, 0.75, None))
