"""What is easily lost without a fault that shows: notes, cut-off marks, order, escapes, what is left."""

# ruff: noqa: E501 - replies stand on one line, as they were said
from __future__ import annotations

import importlib
import json
import re
import types

import pytest

from brainstorm.parse import Candidate, Parsed, Parser, parse
from brainstorm.parse.stated import read_probability


def read(reply: str) -> Parsed:
    """A reply, the same whole and in single characters."""
    parser = Parser()
    for c in reply:
        parser.feed(c)
    parsed = parse(reply)
    assert parser.close() == parsed
    return parsed


STATED: dict[str, tuple[float | None, str]] = {
    "0.07": (0.07, ""), ".07": (0.07, ""), "0,07": (0.07, ""), "7%": (0.07, ""), "7 %": (0.07, ""), "7,5 %": (0.075, ""),
    "1/14": (1 / 14, ""), "1 in 14": (1 / 14, ""), "3 out of 4": (0.75, ""), "one in ten": (0.1, ""), "~0.1": (0.1, ""),
    "1e-3": (0.001, ""), "p = 0.07": (0.07, ""), "٠٫٠٧": (0.07, ""), "٧٪": (0.07, ""), "０．０７": (0.07, ""), "0": (0.0, ""),
    "1": (1.0, ""), "1.0": (1.0, ""), "100%": (1.0, ""), "1/1": (1.0, ""), "7 percent": (0.07, ""), "`0.07`": (0.07, ""),
    "one ın ten": (0.1, ""), "0.1 (low)": (0.1, ""), "0/5": (0.0, ""),
    "": (None, "not stated"), "null": (None, "not stated"), "N/A": (None, "not stated"), "?": (None, "not stated"),
    "high": (None, "not a number"), "50/50": (None, "not a number"), "1/0": (None, "not a number"),
    "0.1.2": (None, "not a number"), "0.1x": (None, "not a number"), "9" * 90: (None, "not a number"),
    "1.7": (None, "out of range"), "7": (None, "out of range"), "-0.1": (None, "out of range"),
    "101%": (None, "out of range"), "3/2": (None, "out of range"), "1,000": (None, "out of range"),
    "<0.01": (None, "a bound, not a number"), "less than 5%": (None, "a bound, not a number"),
    "0.1+": (None, "a bound, not a number"), "0.05 or less": (None, "a bound, not a number"),
    "0.05-0.1": (None, "a range, not a number"), "5% to 10%": (None, "a range, not a number"),
    "between 0.1 and 0.2": (None, "a range, not a number"), "0.1–0.2": (None, "a range, not a number"),
}  # fmt: skip


@pytest.mark.parametrize("said", STATED)
def test_a_stated_probability_and_why_it_is_unknown(said: str) -> None:
    stated = read_probability(said)
    assert (stated.value, stated.note) == STATED[said]
    assert stated.stated == said


def test_a_number_that_was_cut_off_is_unknown_whatever_it_says() -> None:
    stated = read_probability(" 0.0", cut=True)
    assert (stated.value, stated.stated, stated.note) == (None, "0.0", "cut off")


# Replies that stop within their last idea, and whether its text was cut off.
CUT: dict[str, tuple[str, list[bool]]] = {
    "json string": ('[{"text":"A cat sleeps."},{"text":"A dog ru', [True, False]),
    "json behind the text": ('[{"text":"A cat sleeps."},{"text":"A dog runs."', [True, False]),
    "json whole": ('[{"text":"A cat sleeps."},{"text":"A dog runs."}]', [True, True]),
    "json list": ('["A cat sleeps.","A dog ru', [True, False]),
    "numbered keys": ('{"1":"A cat sleeps.","2":"A dog ru', [True, False]),
    "tags": ("<response><text>A cat sleeps.</text></response><response><text>A dog ru", [True, False]),
    "tags whole": ("<idea>A cat sleeps.</idea><idea>A dog runs.</idea>", [True, True]),
    "tags, several texts": ("<idea><text>A cat.</text><text>A dog ru", [True, False]),
    "list": ("1. A cat sleeps.\n2. A dog runs.\n3. An owl fl", [True, True, False]),
    "list whole": ("1. A cat sleeps.\n2. A dog runs.\n3. An owl flies.", [True, True, True]),
    "open bracket": ("- A cat\n- A dog\n- An owl (a small", [True, True, False]),
    "headings": ("### 1. Cat\nIt sleeps.\n\n### 2. Dog\nIt runs.\n\n### 3. Owl\nIt fl", [True, True, False]),
    "sections": ("## Cat\nIt sleeps.\n\n## Dog\nIt runs.\n\n## Owl\nIt fl", [True, True, False]),
    "table": ("| Idea | Probability |\n|---|---|\n| A cat | 0.1 |\n| A dog | 0.", [True, False]),
    "table whole": ("| Idea | Probability |\n|---|---|\n| A cat | 0.1 |\n| A dog | 0.2 |", [True, True]),
    "table, cut in the text": ("| Idea | Probability |\n|---|---|\n| A cat | 0.1 |\n| A do", [True, False]),
}


@pytest.mark.parametrize("name", CUT)
def test_the_idea_that_was_cut_off_is_marked_and_no_other(name: str) -> None:
    reply, complete = CUT[name]
    assert [c.complete for c in read(reply).candidates] == complete


def test_a_number_cut_off_in_a_table_is_none() -> None:
    last = read(CUT["table"][0]).candidates[-1]
    assert (last.text, last.probability, last.stated, last.note) == ("A dog", None, "0.", "cut off")


LEFT = {
    "list": "Alpha here:\n\n1. A cat\n2. A dog\n\nBeta, let me know!",
    "json": 'Alpha here:\n[{"text":"A cat","why":"beta"},{"text":"A dog","why":"gamma"}]\nDelta.',
    "tags": "Alpha here:\n<idea>A cat<note>beta</note></idea>\n<idea>A dog</idea>\nGamma.",
    "table": "Alpha here:\n\n| Idea | Origin | Probability |\n|---|---|---|\n| A cat | beta | 0.1 |\n| A dog | gamma | 0.2 |\n\nDelta.",
    "reasoning": "<think>alpha</think>\nBeta here:\n\n1. A cat\n2. A dog\n\nGamma, let me know!",
    "comments": '[{"text":"A cat" /* alpha */}, // beta\n{"text":"A dog"}]\nGamma.',
    "too deep": '{"a":' * 47 + '{"b":[["alpha"]]}' + "}" * 47 + "\n1. A cat\n2. A dog\n\nBeta, let me know!",
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_comes_in_the_order_said(name: str) -> None:
    parsed = read(LEFT[name])
    assert [c.text for c in parsed.candidates] == ["A cat", "A dog"]
    words = [w for w in re.findall(r"[a-z]+", " ".join(parsed.leftover).lower()) if w in GREEK]
    said = [w for w in re.findall(r"[a-z]+", LEFT[name].lower()) if w in GREEK]
    assert words == said


GREEK = ("alpha", "beta", "gamma", "delta")


def test_heading_and_text_in_one_piece() -> None:
    assert Candidate("Bread on rails", "Loaf Bot").whole == "Loaf Bot: Bread on rails"
    assert Candidate("Bread on rails").whole == "Bread on rails"
    assert Candidate("LOAF BOT: bread on rails", "Loaf Bot").whole == "LOAF BOT: bread on rails"
    for reply in ('[{"title":"Loaf Bot","text":"Bread on rails"}]', "1. **Loaf Bot**: Bread on rails\n2. Other"):
        assert read(reply).candidates[0].whole == "Loaf Bot: Bread on rails"


@pytest.mark.parametrize("text", ["🐈 on a 🚲", "👩‍🚀", "𝒳 and 𝒴", "猫", "é", "\U0010ffff"])
def test_escaped_characters_are_what_they_stand_for(text: str) -> None:
    said = json.dumps([{"text": f"A {text} b"}])
    assert [c.text for c in read(said).candidates] == [f"A {text} b"]


def test_half_a_pair_of_surrogates_is_no_character() -> None:
    assert read('["A \\ud83d cat", "A \\udc08 dog"]').candidates[0].text == "A \ufffd cat"


TENS = ("十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十", "二十一")


@pytest.mark.parametrize("mark", ["{}、", "第{}个：", "{}. "])
def test_chinese_numbers_past_ten(mark: str) -> None:
    names = [f"Idea {chr(65 + i)}x" for i in range(11)]
    reply = "\n".join(mark.format(n) + name for n, name in zip(TENS, names, strict=True))
    assert [c.text for c in read(reply).candidates] == names


def test_a_list_that_chinese_numbers_go_on_with() -> None:
    """Each item is told when the next number comes, and only then: the numbers are read, not just passed over."""
    parser = Parser()
    assert [c.text for c in parser.feed("九十九、A cat\n一百、A dog\n一百零")] == ["A cat"]


NEVER = {
    "huge entity": "<response><text>A &#" + "9" * 4400 + "; cat</text></response>",
    "huge entity in an attribute": '<idea title="&#' + "9" * 300 + ';">A cat</idea>',
    "huge entity with zeros": "<idea>A &#" + "0" * 5000 + "65; cat</idea>",
    "words by the case rule": "1. A cat (probability: one in ſix)\n2. A dog",
    "lone surrogates": '{"text": "A \ud83d cat"}',
    "nulls": "1. A \x00 cat\n2. \x00",
    "csv with an open quote": 'idea,probability\n"A cat,0.1\nA dog,0.2' + ",x" * 80_000,
}


@pytest.mark.parametrize("name", NEVER)
def test_nothing_raises(name: str) -> None:
    parsed = read(NEVER[name]) if len(NEVER[name]) < 10_000 else parse(NEVER[name])
    assert "cat" in " ".join([*(c.text for c in parsed.candidates), *parsed.leftover])


@pytest.mark.parametrize("label", ["OLASILIK", "Olasılık", "confıdence", "eſtimated probability", "PROBABİLİTY"])
def test_one_rule_for_case(label: str) -> None:
    parsed = read(f"1. A cat\n2. {label}: 0.2\n2. A dog")
    assert [(c.text, c.probability) for c in parsed.candidates] == [("A cat", 0.2), ("A dog", None)]


def test_a_long_gap_before_a_colon_reads_the_same_in_pieces() -> None:
    for gap in (0, 1, 100, 159, 160, 161, 400):
        read("{foo" + " " * gap + ': "A cat", "p": 0.1}')


@pytest.mark.parametrize("count", [2, 250])
def test_a_key_that_comes_again_begins_another_idea(count: int) -> None:
    said = [f"Idea {chr(97 + i % 26)}{i}x" for i in range(count)]
    reply = "{" + ", ".join(f'"text": {json.dumps(text)}' for text in said) + "}"
    assert [c.text for c in read(reply).candidates] == said


def test_line_breaks_in_a_quoted_field_stay() -> None:
    parsed = read('idea,probability\n"Roses are red\n\nViolets, blue",0.1\n\nA dog,0.2')
    assert [(c.text, c.probability) for c in parsed.candidates] == [
        ("Roses are red\n\nViolets, blue", 0.1),
        ("A dog", 0.2),
    ]


def test_an_unquoted_comma_stays_in_the_idea() -> None:
    parsed = read("idea,probability\nA cat, a dog,0.1\nAn owl,0.2")
    assert [(c.text, c.probability) for c in parsed.candidates] == [("A cat, a dog", 0.1), ("An owl", 0.2)]


@pytest.mark.parametrize(
    "reply",
    [
        "<|start|>assistant<|channel|>final<|message|>1. Alpha\n2. Beta<|return|>",
        "<|channel|>commentary<|message|>Hm 1. x\n2. y<|end|><|start|>assistant<|message|>1. Alpha\n2. Beta",
        "<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>1. Alpha\n2. Beta",
        "<|begin_of_thought|>Hm 1. x<|end_of_thought|><|begin_of_solution|>1. Alpha\n2. Beta<|end_of_solution|>",
        "◁think▷Hm 1. x◁/think▷1. Alpha\n2. Beta",
    ],
)
def test_reasoning_in_control_tokens(reply: str) -> None:
    assert [c.text for c in read(reply).candidates] == ["Alpha", "Beta"]


# Patterns matched against text that is still coming in, and how many characters they are given.
AHEAD = {
    "jsonquotes": {"KEY_AHEAD": 72, "_KEY_REST": 19, "_CHANCE": 8, "_IDENTIFIER": 160, "LITERAL": 160},
    "jsonread": {"_NEXT_KEY": 80},
    "parser": {"_RECORD": 200},
    "reasoning": {"THOUGHT": 64, "THOUGHT_END": 64, "_TOKEN": 64},
}


@pytest.mark.parametrize("name", AHEAD)
def test_no_pattern_looks_further_ahead_than_the_reader_waits(name: str) -> None:
    module: types.ModuleType = importlib.import_module(f"brainstorm.parse.{name}")
    for pattern, reach in AHEAD[name].items():
        found = getattr(module, pattern)
        widest = re._parser.parse(found.pattern, found.flags).getwidth()[1]  # type: ignore[attr-defined]
        assert widest <= reach, pattern
