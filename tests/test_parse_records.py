"""Tags, JSON and statements of probability as models write them; each case stands for its kind."""

from __future__ import annotations

from typing import Any

import pytest

from brainstorm.errors import BriefError
from brainstorm.parse import Parser, parse

Pairs = list[tuple[str, float | None]]
TWO: Pairs = [("Foo bar", 0.1), ("Baz", 0.2)]


def pairs(reply: str) -> Pairs:
    """Ideas and probabilities, the same whole and in single characters."""
    parser = Parser()
    for c in reply:
        parser.feed(c)
    parsed = parse(reply)
    assert parser.close() == parsed
    return [(c.text, c.probability) for c in parsed.candidates]


def texts(reply: str) -> list[str]:
    return [text for text, _ in pairs(reply)]


INSIDE = {
    "records": "<{i}>\n<text>Foo bar</text>\n<probability>0.1</probability>\n</{i}>\n"
    "<{i}><text>Baz</text><probability>0.2</probability></{i}>",
    "list": "1. Foo bar (0.1)\n2. Baz (0.2)",
    "bullets": "- Foo bar (0.1)\n- Baz (0.2)",
    "announced": "Here are two:\n\n1. Foo bar (0.1)\n2. Baz (0.2)",
    "json": '{{"responses":[{{"text":"Foo bar","probability":0.1}},{{"text":"Baz","probability":0.2}}]}}',
    "fenced": '```json\n[{{"text":"Foo bar","probability":0.1}},{{"text":"Baz","probability":0.2}}]\n```',
}


@pytest.mark.parametrize("inside", INSIDE)
@pytest.mark.parametrize("around", ["answer", "result", "response", "output", "final_answer", "my_own_tag"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_tag_around_the_answer_is_no_idea(inside: str, around: str, gap: str) -> None:
    if around == "my_own_tag" and not gap and inside == "announced":
        pytest.skip("an unknown tag in front of prose is part of it")
    said = INSIDE[inside].format(i="idea" if around == "response" else "response")
    assert pairs(f"<think>1. hm</think>\n\n<{around}>{gap}{said}{gap}</{around}>") == TWO


def test_ideas_in_one_tag() -> None:
    assert texts("<response><idea>A x</idea><idea>B y</idea></response>") == ["A x", "B y"]
    assert pairs("<answer><item>A x</item><item>B y<probability>0.2</probability></item></answer>") == [
        ("A x", None),
        ("B y", 0.2),
    ]
    assert pairs("<response><idea>A x</idea><probability>0.1</probability></response>") == [("A x", 0.1)]
    assert texts("<answer>Roses are red\nViolets blue</answer>") == ["Roses are red\nViolets blue"]


def test_fields_without_a_wrapper_are_told_when_text_follows() -> None:
    reply = "1. <text>A x</text> <probability>0.1</probability>\n2. <text>B y</text> <probability>0.2</probability>"
    assert pairs(reply) == [("A x", 0.1), ("B y", 0.2)]
    assert parse("<text>A x</text>\nGood luck!").leftover == ("Good luck!",)


WORDS = [
    "summary",
    "text",
    "idea",
    "answer",
    "li",
    "item",
    "response",
    "description",
    "option",
    "question",
    "example",
    "entry",
    "candidate",
    "content",
    "result",
    "body",
    "value",
    "ul",
    "output",
    "think",
    "reasoning",
    "analysis",
    "title",
]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("said", ["Use the <{}> element", "A list<{}> or so", "Close it with </{}> at last"])
def test_a_tag_that_an_idea_speaks_of_is_text(word: str, said: str) -> None:
    said = said.format(word)
    if "</" not in said or word not in ("think", "reasoning", "analysis"):
        assert texts(f"1. First one\n2. {said}\n3. Third one") == ["First one", said, "Third one"]
    if word not in ("text", "response") or "Use" in said:  # these end what is open
        assert pairs(f"<response><text>{said}</text><probability>0.1</probability></response>") == [(said, 0.1)]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("print(a<b and c>d)", "print(a<b and c>d)"),
        ("i<p and p>q <a, b> I<3U", "i<p and p>q <a, b> I<3U"),
        ("<![CDATA[Salt & <b>Light</b> &amp;]]>", "Salt & <b>Light</b> &amp;"),
        ("<![CDATA[Never closed", "Never closed"),
        ("Use the <details> tag and the <b> tag", "Use the <details> tag and the <b> tag"),
        ("x() { return <div>hi</div>; }", "x() { return <div>hi</div>; }"),
        ("<p>A <b>bold</b> one</p><p>Two</p>", "A bold one\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("&lt;b&gt; &amp; <i>it</i>, Q&notes", "<b> & it, Q&notes"),
    ],
)
def test_the_text_of_a_tag_stays(said: str, text: str) -> None:
    assert pairs(f"<response><text>{said}</text><probability>0.1</probability></response>") == [(text, 0.1)]


def test_comments_in_tags_are_left() -> None:
    parsed = parse("<response><text>A cat<!-- a note --></text></response>")
    assert [c.text for c in parsed.candidates] == ["A cat"]
    assert parsed.leftover == ("a note",)


@pytest.mark.parametrize("cut", ["0.0", "0.", "1", "0"])
def test_a_number_that_the_end_cut_off_is_unknown(cut: str) -> None:
    (one,) = parse(f"<response><text>Bar</text><probability>{cut}").candidates
    assert (one.text, one.probability, one.stated, one.note, one.complete) == ("Bar", None, cut, "cut off", False)


def test_a_closing_tag_that_the_end_cut_off_is_no_text() -> None:
    assert texts("<response><text>Bar</te") == ["Bar"]
    (one,) = parse("<response><text>Bar</text><probability>0.07</prob").candidates
    assert (one.probability, one.stated) == (0.07, "0.07")


SAID = {
    "(Probability: 0.07 (low))": 0.07, "(Probability: 0.07, creative)": 0.07, "(Est. prob.: 0.07)": 0.07,
    "(prob. 7 %)": 0.07, "(p 0.07)": 0.07, "(**0.07**)": 0.07, "`0.07`": 0.07, "_probability 0.07_": 0.07,
    "(7 percent)": 0.07, "$p = 0.07$": 0.07, "=> 7%": 0.07, r"\(p=0.07\)": 0.07, "*(7%)*": 0.07, "**(7%)**": 0.07,
    "_(7%)_": 0.07, "\t0.07": 0.07, "<probability>0.07</probability>": 0.07, "(olasılık: %7)": 0.07,
    "(Probability: one in ten)": 0.1, "(1 in 10)": 0.1, "(संभावना: ०.०७)": 0.07, "(xác suất: 0,07)": 0.07,
    "(ความน่าจะเป็น: ๐.๐๗)": 0.07, "(সম্ভাবনা: ০.০৭)": 0.07, "(احتمال: ٠٫٠٧)": 0.07, "（概率：０．０７）": 0.07,
    "(0·07)": 0.07, "(Probability: 0。07)": 0.07, "(７％)": 0.07,
}  # fmt: skip
UNKNOWN = {
    "(Probability: less than 5%)": "a bound, not a number", "(p < 0.01)": "a bound, not a number",
    "(< 1%)": "a bound, not a number", "(0.05+)": "a bound, not a number", "(5–10%)": "a range, not a number",
    "(Probability: between 5% and 10%)": "a range, not a number", "(0.05-0.1)": "a range, not a number",
    "(Probability: 0.01 < p < 0.1)": "a range, not a number", "(Probability: low)": "not a number",
}  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_a_statement_behind_an_idea_is_taken_out(said: str) -> None:
    assert pairs(f"1. Crumb Bot {said}\n2. Doughbot {said}") == [("Crumb Bot", SAID[said]), ("Doughbot", SAID[said])]


@pytest.mark.parametrize("said", UNKNOWN)
def test_an_unknown_value_is_taken_out_and_kept_as_said(said: str) -> None:
    (one, _) = parse(f"- Crumb Bot {said}\n- Doughbot").candidates
    assert (one.text, one.probability, one.note) == ("Crumb Bot", None, UNKNOWN[said])
    assert one.stated in said
    assert one.stated


@pytest.mark.parametrize(
    "idea",
    ["Book a table (p. 7)", "Growth (up to 50% more)", "Vitamin (B12)", "Costs fall by **7%** a year", "Sale: 50% off"],
)
def test_numbers_that_state_nothing_stay(idea: str) -> None:
    (one, _) = parse(f"- {idea}\n- Other").candidates
    assert (one.text, one.stated) == (idea.replace("*", ""), "")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("Probability: 0.07", 0.07),
        ("p=0.07", 0.07),
        ("０．０７", 0.07),
        ("7,5 %", 0.075),
        ("٧٪", 0.07),
        ("0.05+", None),
    ],
)
def test_a_field_that_states_a_probability(said: str, value: float | None) -> None:
    (one,) = parse(f'[{{"text":"Foo","probability":"{said}"}}]').candidates
    assert (one.probability, one.stated) == (value, said)


@pytest.mark.parametrize(
    "reply",
    [
        "Probability: 0.1\nFoo bar\n\nProbability: 0.2\nBaz",
        "Foo bar\nProbability: 0.1\n\nBaz\nProbability: 0.2",
        "Foo bar\n(0.1)\n\nBaz\n(0.2)",
        "Foo bar\t0.1\nBaz\t0.2",
        "Foo bar (0.1), Baz (0.2)",
        "**Foo bar**: 0.1\n**Baz**: 0.2",
        "**Response 1** (p=0.1): Foo bar\n**Response 2** (p=0.2): Baz",
        "### 1\n**Probability:** 0.1\n**Text:** Foo bar\n\n### 2\n**Probability:** 0.2\n**Text:** Baz",
    ],
)
def test_where_a_probability_stands(reply: str) -> None:
    assert pairs(reply) == TWO


def test_verses_over_their_probability_keep_their_lines() -> None:
    reply = "old pond\nfrog jumps in\n\nsound of water\n(0.1)\n\nwinter night\nrobot bakes\nalone\n(0.05)"
    assert pairs(reply) == [
        ("old pond\nfrog jumps in\n\nsound of water", 0.1),
        ("winter night\nrobot bakes\nalone", 0.05),
    ]


def test_numbers_that_begin_anew_are_read_as_written() -> None:
    assert len(pairs("".join(f"{i % 9 + 1}. item {i} (0.01)\n" for i in range(40)))) == 40


@pytest.mark.parametrize("mark", ["\ufeff", "\u200b", "\u200e", "\u200f", "\u202b", "\x00"])
def test_invisible_marks_before_a_number_are_no_text(mark: str) -> None:
    assert texts(f"{mark}1. Foo bar\n{mark}2. Baz") == ["Foo bar", "Baz"]
    assert texts(f"{mark}- Foo bar\n  {mark}- Baz\n") == ["Foo bar\n- Baz"]
    assert parse(mark) == parse(mark * 10) == parse("")


@pytest.mark.parametrize(
    "token",
    ["<|im_end|>", "</s>", "<|eot_id|>", "<end_of_turn>", "<|return|>", "<｜end▁of▁sentence｜>", "<|any_new_one|>"],
)
def test_control_tokens_are_left(token: str) -> None:
    for gap in ("", "\n"):
        reply = f"1. Foo bar (0.1)\n2. Baz (0.2){gap}{token}"
        assert pairs(reply) == TWO
        assert parse(reply).leftover == (token,)
    assert texts(f"A cat cafe.{token}") == ["A cat cafe."]
    assert texts(f"- A shop named `{token}`\n- Other") == [f"A shop named `{token}`", "Other"]


@pytest.mark.parametrize(
    ("opener", "closer"),
    [
        ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"), ("<unused94>thought\n", "<unused95>"),
        ("◁think▷", "◁/think▷"), ("<|begin_of_thought|>", "<|end_of_thought|>"), ("<my_reasoning>", "</my_reasoning>"),
        ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
        ("Okay, the user wants ideas.\n", "[/THINK]"),
    ],
)  # fmt: skip
def test_reasoning_in_any_marks_is_left(opener: str, closer: str) -> None:
    reply = f"{opener}hm, 1. draft\n2. other{closer}\n1. Foo bar\n2. Baz"
    assert texts(reply) == ["Foo bar", "Baz"]
    assert "draft" in parse(reply).leftover[0]


@pytest.mark.parametrize(
    "reply",
    [
        '[{"title":"Sea","lines":["Wide","Deep"],"probability":0.1},{"title":"Sky","lines":["High"],"probability":0.2}]',
        '{"haikus":[{"verses":["Wide","Deep"],"probability":0.1},{"verses":["High"],"probability":0.2}]}',
        "- text: |\n    Wide\n    Deep\n  probability: 0.1\n- text: >-\n    High\n  probability: 0.2",
    ],
)
def test_a_text_given_line_by_line_is_one_idea(reply: str) -> None:
    assert pairs(reply) == [("Wide\nDeep", 0.1), ("High", 0.2)]


def test_lines_alone_and_stanzas() -> None:
    assert texts('[{"lines":["Wide","Deep"]},{"lines":["High","Blue"]}]') == ["Wide\nDeep", "High\nBlue"]
    assert texts('[{"title":"Sea","stanzas":[["a b","c d"],["e f"]]}]') == ["a b\nc d\n\ne f"]
    assert texts('{"lines":["First one","Second one"]}') == ["First one", "Second one"]


@pytest.mark.parametrize(
    "reply",
    [
        "[('Foo bar', 0.1), ('Baz', 0.2)]",
        "```python\nideas = [\n    ('Foo bar', 0.1),\n    (\"Baz\", 0.2),\n]\n```",
        '{"responses":[{"text":"Foo bar, "probability":0.1},{"text":"Baz","probability":0.2}]}',
        '[{"text":"Foo bar","probability":{"value":0.1,"label":"low"}},{"text":"Baz","probability":["20%"]}]',
        '{"Foo bar":{"probability":0.1},"Baz":{"probability":0.2}}',
    ],
)
def test_json_and_its_kin(reply: str) -> None:
    assert pairs(reply) == TWO


@pytest.mark.parametrize(
    "reply",
    [
        "<response><text>I'm sorry, I can't help with that.</text><probability>1.0</probability></response>",
        '[{"text":"I cannot help with that request.","probability":1.0},{"text":"I won\'t write it."}]',
        '{"refusal": "I can\'t help with that"}',
        '{"refusal": true, "reason": "unsafe"}',
        "1. I'm sorry, I can't help with that.",
        "I appreciate you asking, but generating jokes that demean a group isn't something I'll do. Something else?",
        "I'm not comfortable generating that content.",
        "I must respectfully decline to create this.",
        "すみませんが、そのリクエストにはお応えできません。",
        "मुझे खेद है, मैं इसमें मदद नहीं कर सकता।",
        "Przykro mi, ale nie mogę w tym pomóc.",
        "Üzgünüm, bu konuda yardımcı olamam.",
        "Xin lỗi, tôi không thể giúp bạn với yêu cầu này.",
        "Het spijt me, maar ik kan daar niet bij helpen.",
    ],
)
def test_a_reply_that_only_declines_is_a_refusal(reply: str) -> None:
    assert pairs(reply) == []
    assert parse(reply).refusal
    assert parse(reply).leftover


@pytest.mark.parametrize(
    "idea",
    [
        "I won't give up: a running club",
        "I cannot help falling in love: a duet bot",
        "I can't list it all, said the map",
    ],
)
def test_an_idea_that_sounds_like_one_is_kept_among_others(idea: str) -> None:
    assert texts(f"1. {idea}\n2. A second idea") == [idea, "A second idea"]
    assert not parse(f"1. {idea}\n2. A second idea").refusal


@pytest.mark.parametrize("reply", ["None", "N/A", "null", "- None", '{"responses": null}', '{"text": "n/a"}'])
def test_a_word_for_nothing_is_no_idea(reply: str) -> None:
    assert pairs(reply) == []
    assert not parse(reply).refusal


@pytest.mark.parametrize(("given", "fix"), [(b"1. a", "decode"), (None, '""'), (5, "content"), (["a"], "one by one")])
def test_what_is_no_text_is_told_with_the_fix(given: Any, fix: str) -> None:
    with pytest.raises(BriefError, match=fix):
        parse(given)
    with pytest.raises(BriefError, match=fix):
        Parser().feed(given)


def test_breaks_in_cells_and_items() -> None:
    assert texts("| Idea |\n|---|\n| One<br>two<br/> |\n| Three |") == ["One\ntwo", "Three"]
    assert texts("- One <br> two\n- The <br> tag") == ["One\ntwo", "The <br> tag"]


@pytest.mark.parametrize(
    "reply",
    [
        "1\\. Foo bar\n2\\. Baz", "No. 1: Foo bar\nNo. 2: Baz", "Idea n. 1: Foo bar\nIdea n. 2: Baz",
        "Option One: Foo bar\nOption Two: Baz", "9️⃣ Foo bar\n🔟 Baz", "१. Foo bar\n२. Baz", "１． Foo bar\n２． Baz",
    ],
)  # fmt: skip
def test_numbers_in_other_dress(reply: str) -> None:
    assert texts(reply) == ["Foo bar", "Baz"]
