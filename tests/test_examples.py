"""Worked examples for small models: the bank that ships, and the choice from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from brainstorm.examples import choose_examples, parse_examples

BANK = parse_examples((Path(__file__).parents[1] / "prompts" / "small_examples.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("topic", "like"),
    [
        ("Names for a bakery run by robots", "Names for a mountain bike club"),
        ("Gifts for a grandmother", "Gifts for a neighbour who bakes"),
        ("Uses for a brick", "Uses for an empty glass jar"),
        ("Story openings set on a train", "Opening lines for a story about a clockmaker"),
        ("Features for a running shoe", "Features for a better umbrella"),
        ("How could a gym keep its members?", "How can a small museum earn more money?"),
        ("Slogans for a bank", "Slogans for a shoe shop"),
        ("Uses for a gift box", "Uses for an empty glass jar"),
        ("Recipes with leftover rice", "Flavours for an ice cream stall"),
    ],
)
def test_examples_are_of_the_topics_kind(topic: str, like: str) -> None:
    chosen = choose_examples(BANK, topic)
    assert chosen[0].topic == like
    assert len({example.marks for example in chosen}) == 1


def test_an_unmarked_topic_gets_examples_of_different_kinds() -> None:
    chosen = choose_examples(BANK, "量子コンピュータ")
    assert len({example.marks for example in chosen}) == 3


def test_calls_rotate_the_same_examples() -> None:
    orders = [[e.topic for e in choose_examples(BANK, "Names for a band", turn=i)] for i in range(4)]
    assert orders[0] == orders[3]
    assert len({tuple(order) for order in orders}) == 3
    assert len({frozenset(order) for order in orders}) == 1


def test_fewer_or_none_may_be_asked_for() -> None:
    assert len(choose_examples(BANK, "Names for a band", count=1)) == 1
    assert choose_examples((), "Names for a band") == ()


def test_every_example_is_a_list_of_five_lines() -> None:
    for example in BANK:
        assert len(example.ideas) == 5, example.topic
        assert example.reply.startswith("1. ")
        assert example.reply.count("\n") == 4


def test_a_broken_bank_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        parse_examples("? Names for a boat\nSecond Wind")
