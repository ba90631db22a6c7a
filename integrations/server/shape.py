"""A set of ideas in the JSON shape that a client asks for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from brainstorm.result import IdeaSet
from brainstorm.values import Idea


def wanted_schema(response_format: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The JSON schema asked for: an empty one for "any object", `None` for plain text."""
    kind = (response_format or {}).get("type")
    if response_format is None or kind in (None, "text"):
        return None
    given = response_format.get("json_schema") if kind == "json_schema" else None
    # the Responses API writes the schema beside the type
    schema = (given or response_format).get("schema") if isinstance(given or response_format, Mapping) else None
    return schema if isinstance(schema, Mapping) else {}


def fits(schema: Mapping[str, Any]) -> bool:
    """Whether ideas can be told in this shape; else the plain model has to answer."""
    return shaped(schema, IdeaSet(topic="x")) is not None


def shaped(schema: Mapping[str, Any], found: IdeaSet) -> str | None:
    """The ideas as JSON: the whole `IdeaSet`, or an object whose one list takes texts or objects of `Idea`'s fields.

    `None` where the schema wants something else.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return found.model_dump_json()
    names = set(properties)
    if "ideas" in names and names <= set(IdeaSet.model_fields):
        items = _items(schema, properties["ideas"])
        if items is None or (not _texts(items) and _row(items) is None):
            return None
        if set(_row(items) or ()) == set(Idea.model_fields):
            return found.model_dump_json(include=names)
    lists = [name for name, spec in properties.items() if _items(schema, spec) is not None]
    required = set(schema.get("required") or ())
    if len(lists) != 1 or not required <= {lists[0], "topic"}:
        return None
    items = _items(schema, properties[lists[0]])
    assert items is not None
    row = _row(items)
    told: list[Any]
    if _texts(items):
        told = found.texts
    elif row is not None:
        told = [json.loads(idea.model_dump_json(include=set(row))) for idea in found.ideas]
    else:
        return None
    rest = {"topic": found.topic} if "topic" in names else {}
    return json.dumps({**rest, lists[0]: told}, ensure_ascii=False)


def _items(schema: Mapping[str, Any], spec: Any) -> Mapping[str, Any] | None:
    """What the elements of a list are, or `None` where `spec` is no list."""
    spec = _resolved(schema, spec)
    if spec.get("type") != "array":
        return None
    return _resolved(schema, spec.get("items") or {})


def _resolved(schema: Mapping[str, Any], spec: Any) -> Mapping[str, Any]:
    reference = spec.get("$ref") if isinstance(spec, Mapping) else None
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        spec = (schema.get("$defs") or {}).get(reference.removeprefix("#/$defs/"))
    return spec if isinstance(spec, Mapping) else {}


def _texts(items: Mapping[str, Any]) -> bool:
    return items.get("type") == "string" and "enum" not in items


def _row(items: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The fields of an element, where all of them are an idea's and its text is among them."""
    fields = items.get("properties")
    if not isinstance(fields, Mapping) or "text" not in fields or not set(fields) <= set(Idea.model_fields):
        return None
    return tuple(fields)
