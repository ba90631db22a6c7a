"""The pure parts of the server: where an answer is cut, and the shapes it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from brainstorm.integrations.server.cut import Cut
from brainstorm.integrations.server.shape import fits, shaped, wanted_schema
from brainstorm.integrations.server.wire import ApiError, ChatRequest, read_body
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstorm import Brainstormer, Idea, IdeaSet
from brainstorm.testing import ScriptedChat
from brainstorm.tokens import count_tokens


@settings(deadline=None)
@given(st.text(alphabet="ab\n", max_size=40), st.lists(st.text(alphabet="ab\n", min_size=1, max_size=4), max_size=3))
def test_a_stop_text_ends_the_answer_however_it_is_split(text: str, stops: list[str]) -> None:
    whole = min((text[: text.find(s)] for s in stops if s in text), key=len, default=text)
    for size in (1, 3, 100):
        cut = Cut(stops=stops)
        shown = "".join(cut.take(text[i : i + size]) for i in range(0, len(text), size)) + cut.end()
        assert shown.startswith(whole)
        assert not any(s in shown for s in stops)
        assert (cut.reason == "stop") == any(s in text for s in stops)
        if not stops:
            assert shown == text


@settings(deadline=None)
@given(st.text(max_size=200), st.integers(1, 30))
def test_no_more_tokens_are_shown_than_allowed(text: str, limit: int) -> None:
    cut = Cut(limit)
    shown = cut.take(text) + cut.end()
    assert text.startswith(shown)
    assert count_tokens(shown) <= limit
    assert (cut.reason == "length") == (count_tokens(text) > limit)


FOUND = IdeaSet(topic="t", ideas=(Idea(text="one", heading="First"), Idea(text="two")))
TEXTS = {"type": "array", "items": {"type": "string"}}


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (schema(names=TEXTS), {"names": ["First: one", "two"]}),
        (schema(topic={"type": "string"}, ideas=TEXTS), {"topic": "t", "ideas": ["First: one", "two"]}),
        (
            schema(rows={"type": "array", "items": schema(text={"type": "string"}, heading={})}),
            {"rows": [{"text": "one", "heading": "First"}, {"text": "two", "heading": None}]},
        ),
        (
            {**schema(rows={"type": "array", "items": {"$ref": "#/$defs/Row"}}), "$defs": {"Row": schema(text={})}},
            {"rows": [{"text": "one"}, {"text": "two"}]},
        ),
        (TEXTS, ["First: one", "two"]),
        ({**TEXTS, "maxItems": 1}, ["First: one"]),
        (schema(names={**TEXTS, "maxItems": 1}), {"names": ["First: one"]}),
        ({"$ref": "#/$defs/A", "$defs": {"A": schema(names=TEXTS)}}, {"names": ["First: one", "two"]}),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, None),
        ({"$ref": "#"}, None),
        ({"$ref": "#/$defs/A", "$defs": {"A": {**schema(names=TEXTS), "required": 5}}}, None),
        ({"type": "string"}, None),
        ({"anyOf": [TEXTS]}, None),
        (schema(names={"type": "array", "items": {"$ref": "#"}}), None),
        (schema(names={"type": "array", "items": {"type": "string", "maxLength": 5}}), None),
        (schema(city={"type": "string"}), None),
        (schema(names=TEXTS, count={"type": "integer"}), None),
        (schema(rows={"type": "array", "items": schema(text={}, colour={})}), None),
        (schema(a=TEXTS, b=TEXTS), None),
        (schema(rows={"type": "array", "items": {"type": "string", "enum": ["a"]}}), None),
    ],
)
def test_shapes(asked: dict[str, Any], wanted: Any) -> None:
    told = shaped(asked, FOUND)
    assert (None if told is None else json.loads(told)) == wanted
    assert fits(asked) == (wanted is not None)


def test_the_whole_set() -> None:
    for asked in ({}, IdeaSet.model_json_schema()):
        told = shaped(asked, FOUND)
        assert told is not None
        assert IdeaSet.model_validate_json(told) == FOUND


def test_where_the_schema_is_written() -> None:
    assert wanted_schema(None) is None
    assert wanted_schema({"type": "text"}) is None
    assert wanted_schema({"type": "json_object"}) == {}
    assert wanted_schema({"type": "json_schema", "json_schema": {"schema": {"a": 1}}}) == {"a": 1}
    assert wanted_schema({"type": "json_schema", "schema": {"a": 1}}) == {"a": 1}


WARM = """
import gc, json, sys
from brainstorm.integrations.server.engine import Engine
from brainstorm.integrations.server.run import warm_up
from brainstorm.testing import ScriptedChat
model = ScriptedChat(script=["1. a kite"])
warm_up(Engine(model))
before = set(sys.modules)
from brainstorm import Brainstormer
assert len(model.seen) == 0
Brainstormer(model, n=1, max_rounds=1).invoke("Things")
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(json.dumps([gc.get_freeze_count(), sorted(new)]))
"""


def test_what_the_first_request_needs_is_loaded_at_the_start() -> None:
    said = subprocess.run([sys.executable, "-c", WARM], check=True, capture_output=True, text=True).stdout
    frozen, new = json.loads(said.splitlines()[-1])
    assert frozen > 50_000
    assert not new


async def test_a_reply_that_was_read_while_it_came_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("brainstorm.reading.parse", parsed)
    run = Brainstormer(ScriptedChat(script=["1. a kite\n2. a drum"]), n=2, max_rounds=1).start("Things")
    *_, found = [event async for event in run.events()]
    assert isinstance(found, IdeaSet)
    assert sorted(found.texts) == ["a drum", "a kite"]


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}, 3]}]}, "messages[0].content[1]", "invalid_type"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"temperature": 9}, "temperature", "invalid_value"),
        ({"n": "many"}, "n", "invalid_type"),
        ({"model": None}, "model", "invalid_type"),
    ],
)
def test_errors_say_where_and_of_what_kind(change: dict[str, Any], param: str, code: str) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "x"}], **change}
    with pytest.raises(ApiError) as caught:
        read_body(ChatRequest, json.dumps(body).encode())
    assert (caught.value.param, caught.value.code) == (param, code)
