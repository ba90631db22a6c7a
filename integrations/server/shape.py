"""A set of ideas in the JSON shape that a client asks for. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from brainstorm.result import IdeaSet
from brainstorm.values import Idea

REFERENCES: Final = 8
"""References that are followed from one to the next: more of them go round."""


def wanted_schema(response_format: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The JSON schema asked for: an empty one for "any object", `None` for plain text.

    Raises:
        ValueError: it is no response format, or its schema is none.
    """
    kind = (response_format or {}).get("type")
    if response_format is None or kind in (None, "text"):
        return None
    if kind == "json_object":
        return {}
    if kind != "json_schema":
        raise ValueError(f"the type is {str(kind)[:100]!r}, but must be 'text', 'json_object' or 'json_schema'")
    # the Responses API writes the schema beside the type
    given = response_format.get("json_schema", response_format)
    schema = given.get("schema") if isinstance(given, Mapping) else given
    if isinstance(given, Mapping) and schema is None:
        return {}
    if not isinstance(schema, Mapping):
        raise ValueError("the schema must be a JSON object")
    for name, kinds, what in (
        ("properties", Mapping, "an object"),
        ("$defs", Mapping, "an object"),
        ("required", list, "a list"),
    ):
        if schema.get(name) is not None and not isinstance(schema[name], kinds):
            raise ValueError(f"'{name}' of the schema must be {what}")
    if not all(isinstance(name, str) for name in schema.get("required") or ()):
        raise ValueError("'required' of the schema must be a list of names")
    return schema


def fits(schema: Mapping[str, Any]) -> bool:
    """Whether ideas can be told in this shape; else the plain model has to answer."""
    return shaped(schema, IdeaSet(topic="x")) is not None


def bounds(schema: Mapping[str, Any]) -> tuple[int, int | None]:
    """How many ideas a schema that fits wants at least, and at most."""
    listed = _list_of(schema)
    least, most = (_count(listed[1].get(name)) for name in ("minItems", "maxItems")) if listed else (None, None)
    return least or 0, most


def shaped(schema: Mapping[str, Any], found: IdeaSet) -> str | None:
    """The ideas as JSON: the whole `IdeaSet`, or one list, of texts or of objects, alone or in an object.

    `None` where the schema wants something else.
    """
    root = _resolved(schema, schema)
    if "$ref" in schema and not root:
        return None
    properties = root.get("properties")
    if (
        not properties
        and root.get("type", "object") == "object"
        and not {"anyOf", "oneOf", "allOf", "enum"} & set(root)
    ):
        return found.model_dump_json()
    listed = _list_of(schema)
    if listed is None:
        return None
    name, spec = listed
    items, most = _resolved(schema, spec.get("items")), _count(spec.get("maxItems"))
    row = _row(schema, items)
    if name is None:
        rows = _rows(items, row, found, most)
        return None if rows is None else json.dumps(rows, ensure_ascii=False)
    assert isinstance(properties, Mapping)
    names = set(properties)
    if name == "ideas" and names <= set(IdeaSet.model_fields) and set(row or ()) == set(Idea.model_fields):
        told = json.loads(found.model_dump_json(include=names))
        return json.dumps({**told, "ideas": told["ideas"][:most]}, ensure_ascii=False)
    required = root.get("required") or []
    if not isinstance(required, list) or any(other not in (name, "topic") for other in required):
        return None
    rows = _rows(items, row, found, most)
    rest = {"topic": found.topic} if "topic" in names else {}
    return None if rows is None else json.dumps({**rest, name: rows}, ensure_ascii=False)


def _rows(items: Mapping[str, Any], row: tuple[str, ...] | None, found: IdeaSet, most: int | None) -> list[Any] | None:
    if _texts(items):
        return list(found.texts[:most])
    if row is None:
        return None
    return [json.loads(idea.model_dump_json(include=set(row))) for idea in found.ideas[:most]]


def _list_of(schema: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any]] | None:
    """The one list of the schema and the name it has, or `None` as the name where the list is all of it."""
    root = _resolved(schema, schema)
    if root.get("type") == "array":
        return None, root
    properties = root.get("properties")
    if not isinstance(properties, Mapping):
        return None
    specs = {name: _resolved(schema, spec) for name, spec in properties.items()}
    lists = [name for name, spec in specs.items() if spec.get("type") == "array"]
    if "ideas" in lists and set(specs) <= set(IdeaSet.model_fields):
        return "ideas", specs["ideas"]
    return (lists[0], specs[lists[0]]) if len(lists) == 1 else None


def _count(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) and given >= 0 else None


def _resolved(schema: Mapping[str, Any], spec: Any) -> Mapping[str, Any]:
    """What a reference leads to; nothing where it leads nowhere, or round and round."""
    for _ in range(REFERENCES):
        if not isinstance(spec, Mapping) or "$ref" not in spec:
            return spec if isinstance(spec, Mapping) else {}
        reference, known = spec["$ref"], schema.get("$defs")
        if not isinstance(reference, str) or not reference.startswith("#/$defs/") or not isinstance(known, Mapping):
            return {}
        spec = known.get(reference.removeprefix("#/$defs/"))
    return {}


_LIMITS: Final = frozenset("enum const pattern format maxLength minLength not anyOf oneOf allOf".split())  # noqa: SIM905
"""What a text may have to meet that no idea is asked to."""


def _texts(items: Mapping[str, Any]) -> bool:
    return items.get("type") == "string" and not _LIMITS & set(items)


def _row(schema: Mapping[str, Any], items: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The fields of an element, where all of them are an idea's and its text is among them."""
    fields = items.get("properties")
    if not isinstance(fields, Mapping) or "text" not in fields or not set(fields) <= set(Idea.model_fields):
        return None
    if _LIMITS & set(_resolved(schema, fields["text"])):
        return None
    return tuple(fields)
