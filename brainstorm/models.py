"""Anything that answers chat messages → a model the run can call."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from brainstorm.clients import retries, without_chunk_timeouts, without_retries
from brainstorm.errors import MissingKeyError, MissingPackageError, ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    from brainstorm.local import LocalChat

logger = logging.getLogger("brainstorm")

MODEL_SETTING = "BRAINSTORM_MODEL"
"""Environment variable that names the model where none is given."""

ATTEMPTS = 3
"""Times a call is sent at most, when its failure may pass and no text has arrived, and nothing else is said.

As often as OpenAI's and Anthropic's clients send one.
"""


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model made ready.

    Attributes:
        name: how results and messages call it.
        runnable: takes chat messages, yields messages.
        small: whether it is asked in the way that suits small models.
        takes_seed: whether a `seed` may be passed with each call.
        takes_max_tokens: whether `max_tokens` may be passed with each call.
        options: keyword arguments passed with each call.
        parallel: calls it works on at a time, or `None` for no limit of its own.
        takes_timeout: whether a `timeout` in seconds may be passed with each call.
        attempts: times a call is sent at most, when its failure may pass and no text has arrived.
        limitable: whether `max_tokens` may be passed with a call for whose budget it matters.
        own_limit: output tokens that the model's owner allows, if he set any.
        reasons: whether it spends output tokens on reasoning before it answers, as far as is known.
        asks_usage: whether a stream asks for its usage although the model's owner did not say so.
        given: the model with the retries of its own, for turns that go straight to it; `None` where `runnable` is that.
    """

    name: str
    runnable: Runnable[Any, Any]
    small: bool = False
    takes_seed: bool = False
    takes_max_tokens: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    parallel: int | None = None
    takes_timeout: bool = False
    attempts: int = ATTEMPTS
    limitable: bool = False
    own_limit: int | None = None
    reasons: bool = False
    asks_usage: bool = False
    given: Runnable[Any, Any] | None = None


def resolve_models(
    model: object = None, *, model_name: str | None = None, base_url: str | None = None
) -> tuple[ChatModel, ...]:
    """Make `model` ready: one model, or several to rotate.

    Args:
        model: nothing (the BRAINSTORM_MODEL setting, else the embedded model), "provider:model",
            "local", "gguf:PATH", "hf:REPO[:FILE]", the base URL of an OpenAI-compatible server, a LangChain
            chat model or a Runnable that yields messages, an `OpenAI` or `AsyncOpenAI` client, or a
            list of these.
        model_name: the model's name on the server, for clients and base URLs.
        base_url: address of an OpenAI-compatible server; `model` is then the name on it.

    Raises:
        MissingPackageError, MissingWeightsError, MissingKeyError: and what to do about it.
        ModelError: `model` is nothing that can be asked.
    """
    if isinstance(model, list | tuple):
        if not model:
            raise ModelError("the list of models is empty.", hint="Give at least one model, or leave it out.")
        return tuple(_resolve(m, model_name, base_url) for m in model)
    return (_resolve(model, model_name, base_url),)


def _resolve(model: object, name: str | None, base_url: str | None) -> ChatModel:
    if isinstance(model, ChatModel):
        return model
    if model is None and base_url is None:
        model = os.environ.get(MODEL_SETTING) or None
        if model is None:
            logger.warning(
                "no model given and %s is not set: using the small embedded model. Pass a stronger one, "
                "such as Brainstormer('openai:gpt-5-mini'), for better ideas.",
                MODEL_SETTING,
            )
            return _embedded("")
    if model is None or isinstance(model, str):
        return _from_text(model, name, base_url)
    if any(cls.__module__.startswith("openai.") or cls.__module__ == "openai" for cls in type(model).__mro__):
        return _from_openai_client(model, name)
    from langchain_core.runnables import Runnable

    local = sys.modules.get("brainstorm.local")  # not loaded: then none of its models can be here
    if local is not None and isinstance(model, local.LocalChat):
        return _embedded_as(model)
    if isinstance(model, Runnable):
        return _ready(_name_of(model), without_retries(model), attempts=_attempts(retries(model)), given=model)
    raise ModelError(
        f"cannot ask a {type(model).__name__} for ideas.",
        hint='Give a LangChain chat model, an OpenAI client, "provider:model", a base URL, or nothing.',
    )


def _from_text(text: str | None, name: str | None, base_url: str | None) -> ChatModel:
    if text is not None and not text.strip():
        raise ModelError("the model's name is empty.", hint='Write "provider:model", or leave it out.')
    if text is not None and re.match(r"https?://", text):
        if base_url is not None:
            raise ModelError("two addresses were given.", hint="Give the base URL once.")
        base_url, text = text, name
    if base_url is not None:
        return _from_server(base_url, text or name)
    assert text is not None
    if text in ("local", "embedded") or text.startswith(("gguf:", "hf:")):
        return _embedded("" if text in ("local", "embedded") else text)
    return from_provider(text)


def _embedded(spec: str) -> ChatModel:
    from brainstorm.llamacpp import require_engine
    from brainstorm.local import local_model

    model = local_model(spec)
    require_engine()
    return _embedded_as(model)


def _embedded_as(model: LocalChat) -> ChatModel:
    from brainstorm.local import SMALL_SAMPLING

    # what its owner set stays
    own = {*model.options, *(name for name in SMALL_SAMPLING if getattr(model, name, None) is not None)}
    return ChatModel(
        _name_of(model),
        model,
        small=model.small,
        takes_seed=True,
        takes_max_tokens=True,
        options={name: value for name, value in SMALL_SAMPLING.items() if name not in own} if model.small else {},
        parallel=model.parallel,
        own_limit=model.max_tokens,
    )


def from_provider(text: str, **options: Any) -> ChatModel:
    """The model that "provider:model" names; `options` are those of LangChain's `init_chat_model`, such as `api_key`.

    Raises:
        MissingPackageError, MissingKeyError, ModelError: and what to do about it.
    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise MissingPackageError(
            f"the model {text!r} needs the package langchain.",
            hint="Run: pip install 'langchain-brainstorm[openai]' (or [langchain] and your provider's package).",
        ) from error
    model = _guarded(lambda: init_chat_model(text, **options), text)
    return _ready(text, without_chunk_timeouts(without_retries(model)), given=model)


def _from_server(base_url: str, name: str | None) -> ChatModel:
    if not re.match(r"https?://\S+$", base_url):
        raise ModelError(f"{base_url!r} is no address.", hint='Write it as "http://localhost:1234/v1".')
    chat = _chat_openai()
    key = os.environ.get("OPENAI_API_KEY") or "none"
    if name is None:
        name = _only_model_of(base_url, key)
    model = _guarded(lambda: chat(model=name, base_url=base_url, api_key=key, stream_usage=True), base_url)
    return _ready(name, without_chunk_timeouts(without_retries(model)), asks_usage=True, given=model)


def _only_model_of(base_url: str, key: str) -> str:
    import openai

    try:
        with openai.OpenAI(base_url=base_url, api_key=key, max_retries=0, timeout=10) as client:
            served = [m.id for m in client.models.list()]
    except openai.OpenAIError as error:
        raise ModelError(
            f"the server at {base_url} did not list its models: {error}.",
            hint="Is it running, and does the address end in /v1? Else give the model's name.",
            retryable=True,
        ) from error
    if len(served) != 1:
        raise ModelError(
            f"the server at {base_url} offers {len(served)} models.",
            hint=f"Give the name of one{': ' + ', '.join(sorted(served)[:10]) if served else ''}.",
        )
    return served[0]


def _from_openai_client(client: Any, name: str | None) -> ChatModel:
    chat = _chat_openai()
    if name is None:
        raise ModelError(
            f"an {type(client).__name__} client serves many models.",
            hint='Name one: Brainstormer(client, model_name="gpt-5-mini").',
        )
    import openai

    common: dict[str, Any] = {"model": name, "api_key": "held by the client", "stream_usage": True}
    if isinstance(client, openai.AsyncOpenAI):
        model = chat(**common, async_client=client.chat.completions, root_async_client=client)
    elif isinstance(client, openai.OpenAI):
        model = _on_threads(chat)(**common, client=client.chat.completions, root_client=client)
    else:
        raise ModelError(f"cannot ask a {type(client).__name__}.", hint="Give an OpenAI or AsyncOpenAI client.")
    sync, attempts = isinstance(client, openai.OpenAI), _attempts(client.max_retries)
    quiet = without_chunk_timeouts(without_retries(model))  # this library retries by itself
    return _ready(name, quiet, takes_timeout=sync, attempts=attempts, asks_usage=True, given=model)


_LIMITABLE: Final = ("langchain_openai", "langchain_anthropic", "langchain_groq", "langchain_mistralai")
"""Packages whose chat models take `max_tokens` with a call and pass it on under the name that the provider wants."""


def _ready(name: str, runnable: Any, **more: Any) -> ChatModel:
    """A `ChatModel`, with what can be told of how its replies are bounded."""
    limits, inner = [], runnable
    while (bound := getattr(inner, "bound", None)) is not None:  # .bind(), .with_retry() and their like
        limits += [inner.kwargs.get(key) for key in ("max_tokens", "max_completion_tokens")]
        inner = bound
    modules = {cls.__module__.partition(".")[0] for cls in type(inner).__mro__}
    # with a thinking budget of its own, a limit below that is refused
    limitable = not modules.isdisjoint(_LIMITABLE) and getattr(inner, "thinking", None) is None
    limits.append(getattr(inner, "max_tokens", None))
    reasons = "langchain_openai" in modules and bool(
        (getattr(inner, "profile", None) or {}).get("reasoning_output")
        or getattr(inner, "reasoning_effort", None)
        or getattr(inner, "reasoning", None)
    )
    own = min((limit for limit in limits if isinstance(limit, int)), default=None)
    return ChatModel(name, runnable, limitable=limitable, own_limit=own, reasons=reasons, **more)


def _attempts(told: int | None) -> int:
    """Times a call is sent at most, where its client was told to retry so often."""
    return ATTEMPTS if told is None else told + 1


def _on_threads(chat: type[BaseChatModel]) -> type[BaseChatModel]:
    """`chat` for a client that has no async side: its calls go to threads."""
    from langchain_core.language_models import BaseChatModel

    return type(
        "SyncClientChat",
        (chat,),
        {"_astream": BaseChatModel._astream, "_agenerate": BaseChatModel._agenerate},
    )


def _chat_openai() -> type[Any]:
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingPackageError(
            "OpenAI clients and OpenAI-compatible servers need the package langchain-openai.",
            hint="Run: pip install 'langchain-brainstorm[openai]'.",
        ) from error
    return ChatOpenAI


def _guarded(make: Callable[[], Any], what: str) -> Any:
    """Run a third party's constructor; what it raises becomes an error that names the fix."""
    try:
        return make()
    except ImportError as error:
        raise MissingPackageError(f"the model {what!r} needs a package: {error}") from error
    except Exception as error:  # every provider's package raises its own kind
        text = str(error)
        if "api_key" in text.lower() or "api key" in text.lower():
            variable = next(iter(re.findall(r"\b[A-Z][A-Z0-9]*_API_KEY\b", text)), "the provider's API key variable")
            raise MissingKeyError(
                f"no API key for {what!r}.",
                hint=f"Set {variable}, or give no model at all to use the embedded one.",
            ) from error
        raise ModelError(
            f"cannot use the model {what!r}: {text.splitlines()[0] if text else type(error).__name__}",
            hint='Write it as "provider:model", for example "openai:gpt-5-mini" or "ollama:llama3.2".',
        ) from error


def _name_of(model: object) -> str:
    for attribute in ("model_name", "model", "model_id", "name"):
        value = getattr(model, attribute, None)
        if isinstance(value, str) and value:
            return value
    return type(model).__name__


def names(models: Sequence[ChatModel]) -> tuple[str, ...]:
    """The models' names, in order of rotation."""
    return tuple(m.name for m in models)
