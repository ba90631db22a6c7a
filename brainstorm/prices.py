"""What a model's tokens cost, from the table that `genai-prices` ships: no network, and nothing guessed.

A price is known for the embedded model (nothing), for models whose caller says it, and for those that the table
has under the provider that serves them. A server at an address that the table does not know may charge anything,
whatever it calls its models: its price is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pydantic import Field

from brainstorm.brief import Frozen
from brainstorm.errors import BriefError

if TYPE_CHECKING:
    from brainstorm.models import ChatModel

_MILLION: Final = 1_000_000

_HOME: Final = "api.openai.com"
"""Where OpenAI's clients go when nothing else is said."""

_ADDRESSES: Final = ("openai_api_base", "azure_endpoint", "anthropic_api_url", "base_url", "endpoint_url")
_CLIENTS: Final = ("root_client", "root_async_client")


class Price(Frozen):
    """US dollars for a million tokens, at list price: no discount for cached input or batches.

    Attributes:
        input: for tokens sent.
        output: for tokens said.
    """

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)

    def of(self, input_tokens: float, output_tokens: float) -> float:
        """US dollars for so many tokens."""
        return (input_tokens * self.input + output_tokens * self.output) / _MILLION


FREE: Final = Price(input=0.0, output=0.0)


def to_price(given: object) -> Price | None:
    """A caller's price: `None`, a `Price`, or a pair of dollars per million tokens in and out.

    Raises:
        BriefError: it is none of these.
    """
    if given is None or isinstance(given, Price):
        return given
    pair = tuple(given) if isinstance(given, list | tuple) else ()
    if len(pair) == 2 and all(isinstance(v, int | float) and math.isfinite(v) and v >= 0 for v in pair):
        return Price(input=pair[0], output=pair[1])
    raise BriefError(
        f"the price is {given!r}, but must be two numbers, 0 or more.",
        hint="Give US dollars for a million tokens in and out, such as (0.25, 2.0).",
    )


def prices_of(models: Sequence[ChatModel], own: Price | None = None) -> tuple[Price | None, ...]:
    """The price of each model, `None` where it is unknown; `own` is what the caller says all of them cost."""
    return tuple(own or price_of(model) for model in models)


def price_of(model: ChatModel) -> Price | None:
    """What `model` costs, or `None` when that is unknown."""
    inner: Any = model.runnable
    while (bound := getattr(inner, "bound", None)) is not None:  # .bind(), .with_retry() and their like
        inner = bound
    kind = getattr(inner, "_llm_type", "")
    if kind == "llama.cpp":
        return FREE
    provider, name = _told(inner)
    name = name or model.name.partition(":")[2]
    if provider == "ollama":
        # on the caller's own machine, unless the name says that Ollama runs it
        return None if name.endswith("cloud") else FREE
    address = _address(inner)
    if address is None:
        return _listed(name, provider, "") if provider and name else None
    return None if _own_machine(address) else _listed(name, "", address)


def _told(model: Any) -> tuple[str, str]:
    """Provider and name, as LangChain's own tracing has them."""
    try:
        told = model._get_ls_params()
    except Exception:  # only chat models have it, and each its own
        return "", ""
    return str(told.get("ls_provider") or ""), str(told.get("ls_model_name") or "")


def _address(model: Any) -> str | None:
    """Where its calls go, when that is not the provider's usual place."""
    found = [getattr(model, name, None) for name in _ADDRESSES]
    found += [getattr(getattr(model, name, None), "base_url", None) for name in _CLIENTS]
    given = [str(address) for address in found if address]
    # one of two clients may be a mere default beside the one that is used
    return next((address for address in given if _HOME not in address), None)


def _own_machine(address: str) -> bool:
    host = address.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return host.startswith(("localhost", "127.", "0.0.0.0", "[::1]", "192.168.", "10."))


@lru_cache(maxsize=256)
def _listed(name: str, provider: str, address: str) -> Price | None:
    # a quarter of a second to import, so only where there is a price to look up
    from genai_prices import Usage, calc_price

    # few enough tokens for the lowest tier of models that charge more for long prompts
    usage = Usage(input_tokens=1000, output_tokens=1000)
    try:
        if address:
            found = calc_price(usage, name, provider_api_url=address)
        else:
            found = calc_price(usage, name, provider_id=provider)
    except (LookupError, ValueError):
        return None
    return Price(input=float(found.input_price) * 1000, output=float(found.output_price) * 1000)
