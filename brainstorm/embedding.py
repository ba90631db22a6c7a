"""Texts → unit vectors, by whatever embedder the caller has; the default works offline."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from brainstorm.errors import EmbeddingError, MissingPackageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class Embedder(Protocol):
    """Anything with a name that turns n texts into an (n, d) float32 array of unit rows."""

    name: str

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed `texts`; a text that means nothing to the embedder may be a row of zeros."""
        ...


def resolve_embedder(spec: object = "default") -> Embedder | None:
    """Make an embedder ready.

    Args:
        spec: "default" (static word vectors, offline), "none" or `None` (wording alone),
            "provider:model" (LangChain's `init_embeddings`), a LangChain `Embeddings`, an `Embedder`,
            or a function from a list of texts to an array.

    Raises:
        MissingPackageError: the package for it is not installed.
        EmbeddingError: `spec` is nothing that embeds.
    """
    if spec is None or spec == "none":
        return None
    if spec in ("default", "wordllama"):
        return _static()
    if isinstance(spec, str):
        return _from_provider(spec)
    if isinstance(spec, Embedder):
        return spec
    if hasattr(spec, "embed_documents"):
        return _Function(type(spec).__name__, spec.embed_documents)
    if callable(spec):
        return _Function(getattr(spec, "__name__", type(spec).__name__), spec)
    raise EmbeddingError(
        f"cannot embed with a {type(spec).__name__}.",
        hint='Give a LangChain Embeddings, "provider:model", a function, or None for wording alone.',
    )


def _from_provider(spec: str) -> Embedder:
    try:
        from langchain.embeddings import init_embeddings
    except ImportError as error:
        raise MissingPackageError(
            f"the embedder {spec!r} needs the package langchain.",
            hint="Run: pip install 'langchain-brainstorm[langchain]'.",
        ) from error
    try:
        model: Any = init_embeddings(spec)
    except Exception as error:  # every provider's package raises its own kind
        raise EmbeddingError(
            f"cannot use the embedder {spec!r}: {error}", hint='Write it as "provider:model".'
        ) from error
    return _Function(spec, model.embed_documents)


class _Function:
    """A function from texts to vectors, its output checked and normalised."""

    def __init__(self, name: str, function: Callable[[list[str]], Any]) -> None:
        self.name = name
        self._function = function

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.asarray(self._function(list(texts)), dtype=np.float32)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise EmbeddingError(
                f"the embedder {self.name} returned shape {vectors.shape} for {len(texts)} texts.",
                hint="It must return one vector of the same length for each text.",
            )
        return _unit(vectors)


class _Static:
    """Mean of static token vectors: no network, about 20,000 short texts a second."""

    name = "wordllama-256"

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._table = next(iter(load_file(folder / "weights" / "l2_supercat_256.safetensors").values()))
        config = (folder / "tokenizers" / "l2_supercat_tokenizer_config.json").read_text(encoding="utf-8")
        self._tokenizer = Tokenizer.from_str(json.dumps(json.loads(config)))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                vectors[row] = self._table[encoding.ids].mean(axis=0, dtype=np.float32)
        return _unit(vectors)


@lru_cache(maxsize=1)
def _static() -> Embedder:
    spec = find_spec("wordllama")  # found, not imported: importing it reconfigures logging
    if spec is None or spec.origin is None:
        raise MissingPackageError(
            "the default embedder needs the package wordllama.", hint="Run: pip install wordllama."
        )
    return _Static(Path(spec.origin).parent)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit
