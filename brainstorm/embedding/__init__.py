"""Embedders: texts to unit vectors, by a shipped table, an optional package, or the caller's own model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from brainstorm.errors import EmbeddingError, MissingPackageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "embed_checked", "resolve_embedder"]


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
        return adapters.from_langchain(_init_embeddings(spec), spec, source=spec)
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
        raise EmbeddingError(f"{spec!r} is not to be had: {error}.", hint='Write it as "provider:model".') from error
    except Exception as error:  # each provider has its own errors, most of them for want of a key
        raise EmbeddingError(
            f"{spec!r} cannot be made ready: {error}.", hint="Set the provider's API key in the environment."
        ) from error


def embed_checked(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) rows of `embedder`, of length 1 or 0, whoever wrote it.

    Raises:
        EmbeddingError: it failed, or returned something else than n finite rows of equal length.
    """
    import numpy as np

    if not texts:
        return np.zeros((0, 0), np.float32)
    hint = f"It must return one row of numbers for each of the {len(texts)} texts."
    try:
        found: Any = embedder.embed(texts)
    except EmbeddingError:
        raise
    except Exception as error:  # a caller's embedder may raise anything
        raise EmbeddingError(f"The embedder {embedder.name} failed: {type(error).__name__}: {error}.") from error
    return unit_rows(found, len(texts), embedder.name, hint)


def unit_rows(found: Any, n: int, name: str, hint: str = "") -> NDArray[np.float32]:
    """(n, d) rows of length 1 or 0 from what an embedder returned.

    Raises:
        EmbeddingError: it is something else than n finite rows of equal length.
    """
    import inspect

    import numpy as np

    if inspect.isawaitable(found):
        if inspect.iscoroutine(found):
            found.close()
        raise EmbeddingError(f"The embedder {name} is asynchronous.", hint="Give a function that returns the rows.")
    if isinstance(found, Iterator):
        found = list(found)
    try:
        rows = np.asarray(found)
        if np.iscomplexobj(rows):
            raise TypeError("its numbers are complex")
        rows = np.array(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise EmbeddingError(f"The embedder {name} did not return rows: {error}.", hint=hint) from error
    if rows.ndim != 2 or len(rows) != n or not rows.shape[1]:
        raise EmbeddingError(f"The embedder {name} returned the shape {rows.shape}.", hint=hint)
    if not np.isfinite(rows).all():
        raise EmbeddingError(f"The embedder {name} returned numbers that are not finite.", hint=hint)
    largest = np.abs(rows).max(axis=1, keepdims=True)
    rows /= np.where(largest > 0, largest, 1.0)  # first, that squares of huge numbers stay finite
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), np.float32)
