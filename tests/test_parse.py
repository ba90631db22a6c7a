"""Formats that replies come in, read whole and piece by piece."""

from __future__ import annotations

import subprocess
import sys

import pytest

from brainstorm.parse import Candidate, Parser, parse


def texts(reply: str) -> list[str]:
    return [c.text for c in parse(reply).candidates]


def pairs(reply: str) -> list[tuple[str, float | None]]:
    return [(c.text, c.probability) for c in parse(reply).candidates]


JSON = {
    "object": '{"responses":[{"text":"A cat","probability":0.07},{"text":"B","probability":"7 %"}]}',
    "array": '[{"text":"A cat","probability":0.07},{"text":"B","probability":0.07}]',
    "jsonl": '{"text":"A cat","probability":0.07}\n{"text":"B","probability":0.07}\n',
    "fenced": 'Sure!\n```json\n[{"text":"A cat","probability":.07,},\n{"text":"B","probability":.07}]\n```\nEnjoy!',
    "single quotes": "[{'text': 'A cat', 'probability': 0.07}, {'text': 'B', 'probability': 0.07}]",
    "comments": '[{"text":"A cat", // first\n "probability":0.07}, /* and */ {"text":"B","probability":0.07}]',
    "other keys": '{"x":{"ideas":[{"idea":"A cat","p":0.07},{"idea":"B","p":"7%"}]}}',
    "numbered": '{"idea_1":{"text":"A cat","probability":0.07},"idea_2":{"text":"B","probability":0.07}}',
    "smart quotes": "[{“text”: “A cat”, “probability”: 0.07}, {“text”: “B”, “probability”: 0.07}]",
    "xml": "<response><text>A cat</text><probability>0.07</probability></response>\n"
    "<response><text>B</text><probability>0.07</probability></response>",
    "xml idea": "<response><idea>A cat</idea><probability>0.07</probability></response>"
    "<response><idea>B</idea><probability>7%</probability></response>",
    "xml unclosed": "<response><text>A cat<probability>0.07</probability>\n<response><text>B<probability>0.07\n",
    "xml attribute": '<response probability="0.07">A cat</response><response probability="0.07">B</response>',
    "numbers": "Here are two:\n\n1. A cat (Probability: 0.07)\n2. B (7%)\n",
    "bullets": "- A cat (probability 0.07)\n- B [0.07]",
    "aside": "1. A cat\n   Probability: 0.07\n2. B\n   Probability: 0.07",
    "table": "| Idea | Probability |\n|---|---|\n| A cat | 0.07 |\n| B | 7 % |",
    "labels": "Idea 1: A cat (p = 0.07)\nIdea 2: B (p = 0.07)",
}


@pytest.mark.parametrize("name", JSON)
def test_formats(name: str) -> None:
    assert pairs(JSON[name]) == [("A cat", 0.07), ("B", 0.07)]


@pytest.mark.parametrize("name", JSON)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pieces_give_what_the_whole_gives(name: str, size: int) -> None:
    reply, parser = JSON[name], Parser()
    fed: list[Candidate] = []
    for at in range(0, len(reply), size):
        fed += parser.feed(reply[at : at + size])
    parsed = parser.close()
    assert parsed == parse(reply)
    assert tuple(fed) == parsed.candidates[: len(fed)]


@pytest.mark.parametrize(
    "name", ["object", "array", "jsonl", "fenced", "single quotes", "xml", "numbers", "bullets", "labels"]
)
def test_the_first_idea_comes_before_the_second_has_ended(name: str) -> None:
    reply, parser = JSON[name], Parser()
    end = reply.rindex("B") + 1
    assert [c.text for at in range(end + 3) for c in parser.feed(reply[at : at + 1])] == ["A cat"]


def test_a_list_of_strings_and_an_object_of_numbered_strings() -> None:
    assert texts('["a","b","c"]') == ["a", "b", "c"]
    assert texts('{"1":"foo bar","2":"baz"}') == ["foo bar", "baz"]


def test_a_reply_cut_in_a_string_gives_a_marked_idea() -> None:
    parsed = parse('[{"text":"whole","probability":0.1},{"text":"cut in the mid')
    assert [(c.text, c.complete) for c in parsed.candidates] == [("whole", True), ("cut in the mid", False)]


def test_quotes_inside_strings() -> None:
    assert texts('[{"text": "He said "hi", then left", "probability": 0.1}]') == ['He said "hi", then left']
    assert texts("[{'text': 'It's a cat', 'probability': 0.3}]") == ["It's a cat"]


def test_line_breaks_survive() -> None:
    assert texts('{"text":"Roses are red\\nViolets are blue","probability":0.1}') == ["Roses are red\nViolets are blue"]
    assert texts("<response><text>\nRoses are red\n\nViolets\n</text></response>") == ["Roses are red\n\nViolets"]


def test_out_of_range_is_unknown_with_a_reason() -> None:
    (one,) = parse('{"text":"a b","probability":1.7}').candidates
    assert (one.probability, one.stated, one.note) == (None, "1.7", "out of range")


def test_labels_over_nested_lists_are_not_ideas() -> None:
    parsed = parse("1. Funny:\n   - joke a\n   - joke b\n2. Serious:\n   - sad c\n")
    assert [c.text for c in parsed.candidates] == ["joke a", "joke b", "sad c"]
    assert parsed.leftover == ("1. Funny:", "2. Serious:")


def test_bold_headings_are_told_apart() -> None:
    (one, two) = parse("1. **Crumb**: a bakery\n2. **Robo**: another\n   - with wheels").candidates
    assert (one.heading, one.text) == ("Crumb", "Crumb: a bakery")
    assert (two.heading, two.text) == ("Robo", "Robo: another\n- with wheels")
    (one, two) = parse("### 1. Crumb\nA bakery.\n\n### 2. Robo\nAnother.").candidates
    assert (one.heading, one.text, two.heading) == ("Crumb", "A bakery.", "Robo")


def test_reasoning_preamble_and_sign_off_are_left() -> None:
    parsed = parse("<think>1. draft</think>Sure, here:\n\n1. real\n2. real two\n\nI hope this helps!")
    assert [c.text for c in parsed.candidates] == ["real", "real two"]
    assert parsed.leftover == ("1. draft", "Sure, here:", "I hope this helps!")


def test_refusals_and_empty_replies() -> None:
    parsed = parse("I'm sorry, but I can't help with that.")
    assert parsed.refusal
    assert parsed.candidates == ()
    assert parse("") == parse("  \n ") == Parser().close()
    assert not parse("").refusal


def test_importing_the_package_does_not_load_the_parser() -> None:
    """`import brainstorm` passes here."""
    code = "import sys, brainstorm.parse; print('brainstorm.parse.parser' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_prose_is_one_idea() -> None:
    assert texts("A single answer in prose.\n\nWith two paragraphs.") == [
        "A single answer in prose.\n\nWith two paragraphs."
    ]


@pytest.mark.parametrize(
    ("reply", "cut_off", "complete"),
    [
        ("1. A fine idea\n2. Another fine id", True, False),
        ("1. A fine idea\n2. Another fine idea.", True, True),
        ("1. A fine idea\n2. Another fine idea\n", True, True),
        ("1. One thing.\n2. Two things.\n3. Three thi", None, False),
        ("1. One thing.\n2. Two things.\n3. Three things", False, True),
        ("Once upon a time there was", True, False),
        ('[{"text": "A fine idea"}, {"text": "Another fi', False, False),
    ],
)
def test_a_finish_reason_tells_whether_the_last_idea_was_cut(reply: str, cut_off: bool | None, complete: bool) -> None:
    whole = parse(reply, cut_off=cut_off)
    assert whole.candidates[-1].complete is complete
    parser = Parser()
    for piece in reply:
        parser.feed(piece)
    assert parser.close(cut_off=cut_off) == whole


def test_long_lists_are_counted_past_999_and_years_are_no_numbers() -> None:
    reply = "\n".join(f"{n}. Thing number {n}" for n in range(1, 1205))
    assert texts(reply) == [f"Thing number {n}" for n in range(1, 1205)]
    assert texts("1984. A year to remember.\n2001. Another one.") == ["1984. A year to remember.\n2001. Another one."]


def test_a_list_that_goes_on_below_its_own_line() -> None:
    assert texts("8. The Robot Bakery 9. The Bumbling Bakery\n10. Ember") == [
        "The Robot Bakery",
        "The Bumbling Bakery",
        "Ember",
    ]
    assert texts("1. Area 51 2. Not a list") == ["Area 51 2. Not a list"]


def test_short_farewells_are_left() -> None:
    parsed = parse("1. A cat\n2. A dog\nHope it helps!")
    assert [c.text for c in parsed.candidates] == ["A cat", "A dog"]
    assert parsed.leftover == ("Hope it helps!",)


@pytest.mark.parametrize("cut_off", [True, False, None])
@pytest.mark.parametrize(
    "reply", ["1. A cat\n2. ", "1.", "- ", "**A**\n\n", "1. A cat\n\n2. A dog\n   \n", "# A\n", ""]
)
def test_replies_that_end_in_nothing(reply: str, cut_off: bool | None) -> None:
    whole = parse(reply, cut_off=cut_off)
    parser = Parser()
    for piece in reply:
        parser.feed(piece)
    assert parser.close(cut_off=cut_off) == whole
