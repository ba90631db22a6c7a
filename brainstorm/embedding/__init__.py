"""Embedders: texts to unit vectors, by a shipped table, an optional package, or the caller's own model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from brainstorm.errors import EmbeddingError, MissingPackageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "resolve_embedder"]


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns texts into unit vectors.

    Attributes:
        name: what results say they were embedded with.
    """

    name: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) rows of length 1, or of zeros where nothing of a text is understood."""
        ...


def resolve_embedder(spec: object = "default") -> Embedder | None:
    """The embedder that `spec` asks for.

    Args:
        spec: "default", the shipped English table; "wordllama" or "quality", the extras of those names; `None`
            or "none", no embedder: wording alone decides; "provider:model", through LangChain's
            `init_embeddings`; a LangChain `Embeddings`; a callable from a list of texts to rows; or an
            `Embedder`, which is returned as it is.

    Raises:
        EmbeddingError: `spec` is none of these.
        MissingPackageError: the package for it is not installed.
    """
    if spec is None or spec == "none":
        return None
    if spec == "default":
        from brainstorm.embedding.static import default_embedder

        return default_embedder()
    if isinstance(spec, Embedder):
        return spec
    from brainstorm.embedding import adapters

    if spec == "wordllama":
        return adapters.wordllama()
    if spec == "quality":
        return adapters.quality()
    if isinstance(spec, str) and ":" in spec:
        return adapters.from_langchain(_init_embeddings(spec), spec)
    if hasattr(spec, "embed_documents"):
        return adapters.from_langchain(spec, type(spec).__name__)
    if callable(spec):
        function: Callable[[list[str]], Any] = spec
        return adapters.CallableEmbedder(function, getattr(spec, "__name__", type(spec).__name__))
    raise EmbeddingError(
        f"{spec!r} is not an embedder.",
        hint='Use "default", "wordllama", "quality", "none", "provider:model", a LangChain Embeddings or a callable.',
    )


def _init_embeddings(spec: str) -> Any:
    try:
        from langchain.embeddings import init_embeddings
    except ImportError as error:
        raise MissingPackageError(
            f"{spec!r} needs LangChain to find its provider.",
            hint="Install it with: pip install 'langchain-brainstorm[langchain]'.",
        ) from error
    try:
        return init_embeddings(spec)
    except ImportError as error:
        raise MissingPackageError(str(error), hint="Install the provider's LangChain package.") from error
    except ValueError as error:
        raise EmbeddingError(str(error), hint='Write it as "provider:model".') from error
