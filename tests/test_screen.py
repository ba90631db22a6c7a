"""What is screened out, and above all what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstorm.parse.types import Candidate
from brainstorm.screen import screen

TOPIC = "Names for a bakery run by robots"
PROMPT = """You are a botanist. List 5 short and different ideas, one on each line.

Names for a mountain bike club
1. The Muddy Wheels
2. Granite Riders
3. Petal & Stem

Names for a bakery run by robots"""


def reason(text: str, *, prompt: str = PROMPT, topic: str = TOPIC, complete: bool = True) -> str:
    kept, rejected = screen([Candidate(text, complete=complete, call="c1")], prompt=prompt, topic=topic)
    assert len(kept) + len(rejected) == 1
    if rejected:
        assert rejected[0].text == text
        assert rejected[0].call == "c1"
        assert rejected[0].reason
        return rejected[0].reason
    assert kept[0].text == text
    return ""


# Said by SmolLM2-135M-Instruct, as it came.
BABBLE = [
    "Doberman Doberman Doberman Doberman Doberman",
    "Smart Water Bottle with Smart Water Filter, Smart Water Bottle with Smart Water Filter, Smart Water "
    "Bottle with Smart Water Filter, Smart Water Bottle with Smart Water Filter, Smart Water Bottle with",
    "The Beach Dog's Tail's Tail's Tail's Tail's Tail's Tail's Tail",
    "The Beach Dog's Tail's Tail's Tail's Tail's Tail",
    "1.1.1: 1.1.1.1",
    "Here is a numbered list of 5 ideas:",
    "Here are some ideas for a grandfather who loves trains:",
    "Here are five short ideas for a story set on a desert island:",
    "List 5 short ideas for a smart water bottle that you can share with your friends.",
    "These are just a few of the many ideas to consider, and I'm happy to share more ideas and suggestions.",
]


@pytest.mark.parametrize("text", BABBLE)
def test_recorded_babble_is_rejected(text: str) -> None:
    assert reason(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("  \n ", "empty"),
        ("...", "only punctuation"),
        ("—", "only punctuation"),
        ("**", "only punctuation"),
        ("3.", "only numbers"),
        ("Idea 3:", "only a label"),
        ("**Option B:**", "only a label"),
        ("Suggestion #4", "only a label"),
        ("Robo Rolls<|im_end|>", "leaked template tokens"),
        ("[INST] List names [/INST]", "leaked template tokens"),
        ("<|start_header_id|>assistant<|end_header_id|>", "leaked template tokens"),
        ("<｜end▁of▁sentence｜>", "leaked template tokens"),
        ("<end_of_turn>", "leaked template tokens"),
        ("Sure!", "talk about the task"),
        ("Sure, here are 5 names for your bakery:", "talk about the task"),
        ("As an AI language model, I cannot taste bread.", "talk about the task"),
        ("I'm a botanist.", "talk about the task"),
        ("Let me know if you would like more!", "talk about the task"),
        ("Names for a bakery run by robots", "echo of the topic"),
        ("names for a bakery, run by robots:", "echo of the topic"),
        ("A list of 5 short names for a bakery run by robots", "echo of the topic"),
        ("Names for a bakery run by robots: Names for a bakery run by robots:", "echo of the topic"),
        ("List 5 short and different ideas, one on each line.", "talk about the task"),
        ("short and different ideas, one on each", "echo of the prompt"),
        ("You are a botanist.", "talk about the task"),
        ("The Muddy Wheels", "echo of the prompt"),
        ("Petal and Stem", "echo of the prompt"),
        ("你好世界" * 12, "the same words again and again"),
    ],
)
def test_rejected_with_its_reason(text: str, why: str) -> None:
    assert reason(text) == why


@pytest.mark.parametrize(
    "text",
    [
        "Bun Intended",
        "Crumbot",
        "Sure",
        "Ok",
        "1984",
        "24/7",
        "7-Eleven",
        "C3-Pie-O",
        "🍞",
        "Duran Duran Bakery",
        "so so good",
        "Tick Tock Tick Tock",
        "Bora Bora Bora",
        "Ha ha ha ha ha!",
        "Knock knock. Who's there? Loaf. Loaf who? Loaf is all you knead.",
        "The Bakery Run by Robots",
        "A bakery run by robots that name each loaf",
        "Robots' Bakery",
        "Here Comes the Bun",
        "Those Were the Ways",
        "I am a baker who was once a toaster",
        "I am the wind\nI am the rain\nI am the sun\nI am the sea",
        "List five things you love on every loaf's label",
        "Idea Factory",
        "Options: let the customer vote on tomorrow's bread",
        "Give 5 loaves a week to the shelter",
        "機械のパン屋",
        "机器人面包房：每天清晨由机械臂揉面",
        "مخبز الروبوتات السعيدة",
        "Пекарня «Железный хлеб»",
        "ร้านขนมปังหุ่นยนต์",
        "Bäckerei Blech & Brot",
        "Row, row, row your boat, down the stream. Merrily, merrily, merrily, merrily, life's a dream.",
        "[email protected] as a joke sign",
        "if (hungry) { bake(); }",
        "<b>Bold Bread</b>",
        "Rise\nand rise\nand rise again:\nthe oven hums\nand rise\nand rise\nmorning comes\nand rise again",
    ],
)
def test_ideas_of_strong_models_survive(text: str) -> None:
    assert reason(text) == ""


def test_a_persona_is_talk_only_where_the_prompt_gave_it() -> None:
    assert reason("I'm a botanist.", prompt="List 5 ideas.") == ""


def test_an_option_named_in_the_topic_survives() -> None:
    topic = "Where should we go: a cooking class in the city, a hike in the Alps, or a boat trip?"
    assert reason("A hike in the Alps", topic=topic, prompt=f"List 5 ideas. {topic}") == ""


def test_a_cut_off_fragment_is_rejected_only_while_short() -> None:
    assert reason("A smart", complete=False) == "cut off"
    assert reason("A loaf that sings when it is", complete=False) == ""
    assert reason("机器人面包房", complete=False) == ""
    assert reason("A smart", complete=True) == ""


def test_order_is_kept_and_nothing_is_lost() -> None:
    said = [Candidate("Crumbot"), Candidate("Sure!"), Candidate("Bun Intended"), Candidate("---")]
    kept, rejected = screen(said, topic=TOPIC)
    assert [c.text for c in kept] == ["Crumbot", "Bun Intended"]
    assert [r.text for r in rejected] == ["Sure!", "---"]


@given(st.lists(st.text(max_size=120), max_size=6), st.text(max_size=80), st.text(max_size=40))
def test_any_text_is_either_kept_or_rejected(texts: list[str], prompt: str, topic: str) -> None:
    kept, rejected = screen([Candidate(t) for t in texts], prompt=prompt, topic=topic)
    assert sorted([c.text for c in kept] + [r.text for r in rejected]) == sorted(texts)


@given(st.lists(st.sampled_from(["loaf", "bun", "oven", "robot", "crumb", "rise"]), min_size=1, max_size=4))
def test_short_names_of_any_words_survive(words: list[str]) -> None:
    assert reason(" ".join(words), prompt="", topic="") == ""


@pytest.mark.parametrize(
    "text", ["The night train had been in their corner for 9 years before they", "It would be 60 years later, but"]
)
def test_a_sentence_that_stops_short_is_told_apart(text: str) -> None:
    assert screen([Candidate(text)])[1][0].reason == "unfinished sentence"


@pytest.mark.parametrize(
    "text",
    [
        "A box to put small things in",
        "The Who, The What and The Why",
        "Guess who they are",
        "Yes, And",
        "A jar for the A",
    ],
)
def test_a_text_that_ends_in_a_small_word_may_be_whole(text: str) -> None:
    assert screen([Candidate(text)])[0]


def test_a_topic_of_a_hundred_thousand_characters_is_told_from_the_instructions() -> None:
    topic = "plan a tour with stops at " + " and ".join(f"the mill of {place}" for place in range(4500))
    prompt = f"List five short ideas.\nBring at least one that only a lonely old miller would think of\n{topic}"
    assert len(topic) > 90_000
    assert reason("The mill of 7 and the mill of 8", prompt=prompt, topic=topic) == ""
    assert reason("at least one that only a lonely old miller would think of", prompt=prompt, topic=topic)


def test_a_piece_of_a_long_document_in_the_prompt_is_an_echo_to_the_letter() -> None:
    document = " ".join(f"clause {k} says that tenants {k} may keep bees" for k in range(200))
    prompt = f"Background:\n{document}"
    assert reason("clause 3 says that tenants 3 may keep bees", prompt=prompt) == "echo of the prompt"
    assert reason("let tenants keep bees on every roof of the street", prompt=prompt) == ""
