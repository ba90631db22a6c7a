"""What one run brought, by measures that do not hang on one way of telling ideas apart.

- `distinct`: by the library's own folding, at its default.
- `distinct_meaning`: clusters of MiniLM sentence embeddings under average linkage at cosine `MEANING_SAME`. It shares
  no wording features, guards or fitted weights with the library's folding; needs the `quality` extra.
- `distinct_words`: ideas that share less than half of their content words (Jaccard) with each one counted before,
  the words of the brief left out. No embedding at all.
- `sensible`: distinct ideas (default folding) that are no babble and on topic. Babble: no content word, nothing but
  words of the brief, one word three times in a row, or fewer than half of six or more words different. On topic: by
  cosine, among `REFERENCES` and the brief, the idea's own brief is among the nearest fifth. An idea of no relation
  passes one time in five; no threshold on the cosine itself is involved. Of 150 answers written by hand for 30 other
  briefs (the worked examples in `prompts/`) 81 % pass for their own brief, and 23 % for one of the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, Final

from brainstorm.embedding import Embedder, resolve_embedder
from brainstorm.errors import MissingPackageError
from brainstorm.result import IdeaSet, assemble
from brainstorm.richness import mean_pairwise_distance, vendi_score
from brainstorm.values import Idea, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MEANING_SAME: Final = 0.36
"""Cosine at which MiniLM under average linkage agreed best with people's own grouping of short ideas: adjusted
mutual information with the buckets of two people, uses of objects; before any of the library's weights were fitted."""

WORDS_SAME: Final = 0.5
NEAREST: Final = 0.2
MINILM: Final = "minilm-onnx"


@dataclass(frozen=True, slots=True)
class Measure:
    """How a measure is called and read.

    Attributes:
        label: a few words for tables.
        meaning: what it counts.
        less: whether less is better.
        per: measures to divide, of which the sums over prompts are taken, or `None`.
    """

    label: str
    meaning: str
    less: bool = False
    per: tuple[str, str] | None = None


MEASURES: Final[Mapping[str, Measure]] = {
    "distinct": Measure("distinct", "distinct ideas, by the library's default folding"),
    "distinct_meaning": Measure("by meaning", f"clusters of MiniLM, average linkage at cosine {MEANING_SAME}"),
    "distinct_words": Measure("by words", "ideas that share less than half of their content words with one before"),
    "sensible": Measure("sensible", "distinct ideas that are on topic and no babble"),
    "vendi": Measure("Vendi", "effective number of different ideas among all that were said (Vendi score)"),
    "distance": Measure("distance", "mean pairwise cosine distance of all that were said"),
    "best": Measure("best", "the best mark, 1 to 10, that the judge gave"),
    "quality": Measure("quality", "the judge's mean mark, 1 to 10"),
    "tokens": Measure("tokens", "tokens in and out"),
    "tokens_per_distinct": Measure(
        "tokens an idea", "tokens for each distinct idea", less=True, per=("tokens", "distinct")
    ),
    "failed": Measure("failed", "share of calls that brought nothing usable", less=True),
    "calls": Measure("calls", "calls sent"),
    "said": Measure("said", "ideas said, repetitions included"),
}

_EMPTY_WORDS: Final = """
a an and any are as at be been being but by can could do does for from had has have he her his how i if in into is it
its may more most my no not of off on one or our out over she should so some such than that the their them then there
these they this those to up use used uses using very was way ways we were what when where which while who why will
with would you your idea ideas make makes making
"""
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
"""Function words, and words of the request that every second idea holds."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True)
class Yardstick:
    """What ideas are measured with.

    Attributes:
        embedder: MiniLM, or the shipped table where it is not installed.
        references: briefs of other topics, against which an idea must prove that it is on its own.
    """

    embedder: Embedder
    references: tuple[str, ...]
    _known: dict[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)

    @property
    def minilm(self) -> bool:
        """Whether meaning is measured by MiniLM, so that `distinct_meaning` can be told."""
        return self.embedder.name == MINILM

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) unit rows."""
        import numpy as np

        missing = [t for t in dict.fromkeys(texts) if t not in self._known]
        if missing:
            self._known.update(zip(missing, self.embedder.embed(missing), strict=True))
        return np.stack([self._known[t] for t in texts])


def yardstick(references: Sequence[str]) -> Yardstick:
    """MiniLM if the `quality` extra is installed, else the shipped table."""
    try:
        embedder = resolve_embedder("quality")
    except MissingPackageError:
        embedder = resolve_embedder("default")
    assert embedder is not None
    return Yardstick(embedder, tuple(dict.fromkeys(references)))


def cut(record: Record, tokens: int) -> Record:
    """`record` with the first replies whose tokens come nearest to `tokens`; calls stay whole."""
    spent, best, keep = 0, float(tokens), 0
    for number, reply in enumerate(record.replies, 1):
        spent += reply.usage.total
        if abs(tokens - spent) <= best:
            best, keep = abs(tokens - spent), number
    return record.model_copy(update={"replies": record.replies[:keep]})


def measure(record: Record, tokens: int, by: Yardstick) -> tuple[dict[str, float | None], IdeaSet]:
    """All measures of a run but the judge's, and the set of ideas that they were taken of.

    Args:
        record: a run.
        tokens: in plus out, to which the run is cut.
        by: what to measure with.
    """
    found = assemble(cut(record, tokens), resolve_embedder("default"))
    ideas = (*found.ideas, *found.more)
    said = [text for idea in ideas for text in idea.members]
    vectors = by.of(said) if said else None
    used = found.usage
    values: dict[str, float | None] = {
        "distinct": len(ideas),
        "distinct_meaning": float(_clusters(vectors)) if by.minilm else None,
        "distinct_words": distinct_by_words(said, record.brief.topic),
        "sensible": sum(sensible(ideas, record.brief.topic, by)),
        "vendi": 0.0 if vectors is None else vendi_score(vectors),
        "distance": 0.0 if vectors is None else mean_pairwise_distance(vectors),
        "tokens": used.tokens,
        "failed": len(found.failures) / used.calls if used.calls else 0.0,
        "calls": used.calls,
        "said": len(said),
    }
    return values, found


def distinct_by_words(texts: Sequence[str], topic: str) -> int:
    """How many of `texts`, in their order, share less than half of their content words with each one counted before."""
    asked = content_words(topic)
    counted: list[frozenset[str]] = []
    for text in texts:
        words = content_words(text) - asked
        if words and all(len(words & seen) < WORDS_SAME * len(words | seen) for seen in counted):
            counted.append(words)
    return len(counted)


def sensible(ideas: Sequence[Idea], topic: str, by: Yardstick) -> list[bool]:
    """For each idea whether it is on topic and no babble."""
    import numpy as np

    if not ideas:
        return []
    others = [t for t in by.references if t != topic]
    texts = [str(idea) for idea in ideas]
    alike = by.of(texts) @ by.of([topic, *others]).T
    nearer = (alike[:, 1:] >= alike[:, :1]).sum(axis=1)
    near = np.asarray(nearer < ceil(NEAREST * (len(others) + 1)))
    return [bool(n) and not babble(text, topic) for n, text in zip(near, texts, strict=True)]


def babble(text: str, topic: str) -> bool:
    """Whether `text` says nothing: see the head of this file."""
    words = [w.casefold() for w in _WORD.findall(text)]
    if not content_words(text) - content_words(topic):
        return True
    if any(a == b == c for a, b, c in zip(words, words[1:], words[2:], strict=False)):
        return True
    return len(words) >= 6 and len(set(words)) < len(words) / 2


def content_words(text: str) -> frozenset[str]:
    """Words that carry meaning, without plural endings."""
    words = (w.casefold() for w in _WORD.findall(text))
    return frozenset(_singular(w) for w in words if w not in _EMPTY and (len(w) > 1 or w.isdigit()))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _clusters(vectors: NDArray[np.float32] | None) -> int:
    if vectors is None or len(vectors) < 2:
        return 0 if vectors is None else len(vectors)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    apart = pdist(vectors.astype("float64"), "cosine")
    return int(fcluster(linkage(apart, "average"), 1 - MEANING_SAME, "distance").max())
