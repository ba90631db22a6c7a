"""The model inside a chat model of ours: how it is made ready, and what is said of it in a cache's key."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from pydantic import BaseModel, SecretStr

from brainstorm.errors import ModelError
from brainstorm.models import ChatModel, from_provider, resolve_models

logger = logging.getLogger("brainstorm")


def inner_model(
    llm: object, *, api_key: SecretStr | None = None, model_name: str | None = None, base_url: str | None = None
) -> ChatModel:
    """`llm`, whatever `Brainstormer` accepts, as one chat model; with `given`, itself as its owner made it.

    Raises:
        ModelError: it is none, or the other arguments are of no use to it.
    """
    if isinstance(llm, list | tuple):
        raise ModelError("a chat model speaks for one model.", hint="Several to rotate go to Brainstormer([...]).")
    refuse_nested(llm)
    if isinstance(llm, Runnable) and (model_name or base_url):
        raise ModelError(
            "model_name= and base_url= are for clients and servers; the model given has its own.",
            hint="Set them on the model itself: ChatOpenAI(model=..., base_url=...).",
        )
    model = _with_key(llm, api_key, base_url) if api_key is not None else None
    if model is None:
        [model] = resolve_models(llm, model_name=model_name, base_url=base_url)
    given = model.given or model.runnable
    if not isinstance(given, BaseChatModel):
        raise ModelError(
            f"a {type(llm).__name__} is no chat model.",
            hint="Give the model itself, and wrap outside: ChatBrainstorm(llm=model).with_retry().",
        )
    return replace(model, given=given)


def refuse_nested(llm: object) -> None:
    """Refuse a model that brainstorms by itself: each of its answers would be made of many calls.

    Raises:
        ModelError: it is one.
    """
    if getattr(llm, "_llm_type", None) == "brainstorm":
        raise ModelError("the model given brainstorms by itself.", hint="Give the one inside it: llm=chat.inner.")


def _with_key(llm: object, api_key: SecretStr, base_url: str | None) -> ChatModel | None:
    if isinstance(llm, str) and base_url is None and re.match(r"(?!gguf:|hf:|https?:)\w+:", llm):
        return from_provider(llm, api_key=api_key)
    if base_url is not None or (isinstance(llm, str) and llm.startswith("http")):
        raise ModelError(
            'api_key= is for a model given as "provider:model".',
            hint="For a server set OPENAI_API_KEY, or give ChatOpenAI(base_url=..., api_key=...).",
        )
    logger.warning("api_key= is not used: the model that was given needs none, or has its own.")
    return None


def with_options(llm: BaseChatModel, options: Mapping[str, Any]) -> tuple[BaseChatModel, dict[str, Any]]:
    """`llm` with those of the options that are its own settings, and the others."""
    own = {name: value for name, value in options.items() if name in type(llm).model_fields}
    rest = {name: value for name, value in options.items() if name not in own}
    return llm.model_copy(update=own) if own else llm, rest


def stable(value: Any) -> Any:
    """`value` as it stands in a cache's key: the same in every process, so without addresses."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): stable(part) for key, part in sorted(value.items(), key=lambda item: str(item[0]))}
    if isinstance(value, list | tuple):
        return [stable(part) for part in value]
    if isinstance(value, BaseChatModel):
        return {"type": value._llm_type, **cast("dict[str, Any]", stable(value._identifying_params))}
    if isinstance(value, BaseModel):
        return stable(value.model_dump(mode="json"))
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
