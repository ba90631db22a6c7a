"""The OpenAPI document, made of the models that read the requests."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from brainstorm._version import __version__
from brainstorm.result import IdeaSet

from .native import BrainstormRequest, Deduplicated, DeduplicateRequest, Ranked, RankRequest
from .responses import ResponsesRequest
from .wire import ChatRequest

_REF: Final = "#/components/schemas/{model}"
_JSON: Final = "application/json"
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_MODEL: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "owned_by": {"type": "string"},
    },
}
_REFUSALS: Final = {
    "400": "the request cannot be met as it stands",
    "401": "the API key is wrong",
    "403": "this host name or web origin may not ask",
    "404": "no such model",
    "405": "no such method here",
    "408": "the body did not come in time",
    "413": "the body is too large",
    "415": "the body is no JSON",
    "429": "too many requests at a time",
    "431": "the headers are too large",
    "502": "the model failed",
    "503": "the model, or this server, does not answer now",
    "504": "the model took too long",
}


@cache
def rendered(*, keyed: bool) -> bytes:
    """The document as it is sent."""
    return json.dumps(document(keyed=keyed), ensure_ascii=False, separators=(",", ":")).encode()


def document(*, keyed: bool) -> dict[str, Any]:
    """The document; `keyed` says whether an API key is asked for."""
    answers: dict[str, type[BaseModel]] = {"IdeaSet": IdeaSet, "Deduplicated": Deduplicated, "Ranked": Ranked}
    requests = (ChatRequest, ResponsesRequest, BrainstormRequest, DeduplicateRequest, RankRequest)
    _, shared = models_json_schema(
        [*((kind, "validation") for kind in requests), *((kind, "serialization") for kind in answers.values())],
        ref_template=_REF,
    )
    schemas = {**shared.get("$defs", {}), "Error": _ERROR, "Model": _MODEL}
    loose: dict[str, Any] = {"type": "object"}
    models = {"type": "object", "properties": {"data": {"type": "array", "items": _ref("Model")}}}
    paths = {
        "/healthz": {"get": _operation("health", "Whether the server takes requests", loose) | {"security": []}},
        "/v1/models": {"get": _operation("listModels", "All models offered", models)},
        "/v1/models/{model}": {
            "get": _operation("getModel", "One model", _ref("Model")),
            "parameters": [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}],
        },
        "/v1/chat/completions": {
            "post": _operation("chat", "OpenAI chat completions", loose, "ChatRequest", streams=True)
        },
        "/v1/responses": {
            "post": _operation("respond", "OpenAI responses, plain text", loose, "ResponsesRequest", streams=True)
        },
        "/v1/brainstorm": {
            "post": _operation(
                "brainstorm", "A brief in, ideas out", _ref("IdeaSet"), "BrainstormRequest", streams=True
            )
        },
        "/v1/deduplicate": {
            "post": _operation("deduplicate", "Fold a list", _ref("Deduplicated"), "DeduplicateRequest")
        },
        "/v1/rank": {"post": _operation("rank", "Order a list", _ref("Ranked"), "RankRequest")},
    }
    secured: dict[str, Any] = {"security": [{"key": []}]} if keyed else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": "brainstorm", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        **secured,
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": _REF.format(model=name)}


def _operation(
    name: str, summary: str, answer: dict[str, Any], body: str | None = None, *, streams: bool = False
) -> dict[str, Any]:
    content: dict[str, Any] = {_JSON: {"schema": answer}}
    if streams:
        content["text/event-stream"] = {}
    refused = {
        status: {"description": why, "content": {_JSON: {"schema": _ref("Error")}}} for status, why in _REFUSALS.items()
    }
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "responses": {"200": {"description": "the answer", "content": content}, **refused},
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": _ref(body)}}}
    return operation
