"""Placing texts as they arrive, before the list is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from brainstorm.dedup.checks import check_same, check_text
from brainstorm.dedup.folding import Folding, fold, measures
from brainstorm.dedup.types import Merge, Placement
from brainstorm.errors import EmbeddingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from brainstorm.dedup.evidence import Evidence
    from brainstorm.dedup.reading import Reading

_NEAREST = 6
"""How many of the nearest texts are looked at closely."""

_MEMBERS = 6
"""How many members of a cluster stand for it, the first ones."""


class Folder:
    """Places each text at once: a repeat of an earlier one, or new. Takes about a millisecond at 500 texts.

    Rarity of words is judged without the list, which is not complete yet, and nothing placed is moved; so
    `finish` may cluster some texts otherwise, and says which.

    Args:
        topic: what the texts answer.
        same: least average probability of being the same idea in a cluster, 0..1; `None` for the default.
        scale: as `fold` takes it.
    """

    def __init__(self, *, topic: str = "", same: float | None = None, scale: tuple[float, float] = (1.0, 0.0)) -> None:
        self._topic = topic
        self._scale = scale
        self._same = None if same is None else check_same(same)
        self._texts: list[str] = []
        self._readings: list[Reading] = []
        self._rows: NDArray[np.float32] | None = None
        self._by_normal: dict[str, int] = {}
        self._parent: list[int] = []
        self._members: dict[int, list[int]] = {}

    def add(self, text: str, vector: ArrayLike | None) -> Placement:
        """Places one text; one that cannot be taken leaves the folder as it was.

        Args:
            text: the text.
            vector: (d,) its embedding, or `None` to go by its wording alone.

        Raises:
            BriefError: `text` is no text.
            EmbeddingError: `vector` is no row of finite numbers, or not as long as the others.
        """
        from brainstorm.dedup.reading import read

        check_text(text, "text")
        row = None if vector is None else self._checked(vector)
        index = len(self._texts)
        reading = read(text)
        equal = self._by_normal.get(reading.normal)
        receipt: Merge | None = None
        if equal is not None:
            receipt = self._copy(self._parent[equal], index, reading, row)
        elif index:
            receipt = self._nearest(index, reading, row)
        self._texts.append(text)
        self._readings.append(reading)
        self._keep(index, row)
        self._by_normal.setdefault(reading.normal, index)
        parent = index if receipt is None else receipt.kept
        self._parent.append(parent)
        self._members.setdefault(parent, []).append(index)
        return Placement(index, None if receipt is None else parent, len(self._members[parent]), receipt)

    def finish(self) -> Folding:
        """Folds everything that was added; `notes` of the result say how many texts are placed otherwise now."""
        vectors = None if self._rows is None else self._rows[: len(self._texts)]
        folding = fold(self._texts, vectors, same=self._same, topic=self._topic, scale=self._scale)
        moved = self.moved(folding)
        if not moved:
            return folding
        note = f"{len(moved)} of {len(self._texts)} texts are in another cluster than when they arrived."
        return replace(folding, notes=(*folding.notes, note))

    def moved(self, folding: Folding) -> tuple[int, ...]:
        """Texts that `folding` has not in one cluster with the parent they were placed under."""
        cluster = {k: number for number, c in enumerate(folding.clusters) for k in c.members}
        together = {number: len(c.members) for number, c in enumerate(folding.clusters)}
        return tuple(
            k
            for k, parent in enumerate(self._parent)
            if cluster[k] != cluster[parent]
            or (k == parent and len(self._members[k]) == 1 and together[cluster[k]] > 1)
        )

    def _checked(self, vector: ArrayLike) -> NDArray[np.float32]:
        """(d,) the vector, brought to length 1."""
        import numpy as np

        try:
            row = np.asarray(vector, np.float32)
        except (TypeError, ValueError) as error:
            raise EmbeddingError(f"The vector is not of numbers: {error}.", hint="Give one row.") from error
        if row.ndim != 1 or not len(row) or not np.isfinite(row).all():
            raise EmbeddingError(
                f"The vector has the shape {row.shape}, or numbers that are not finite.", hint="Give one row."
            )
        if self._rows is not None and len(row) != self._rows.shape[1]:
            raise EmbeddingError(
                f"The vector has {len(row)} numbers, those before it {self._rows.shape[1]}.",
                hint="Embed all texts with one embedder.",
            )
        norm = float(np.linalg.norm(row))
        return row / np.float32(norm) if norm > 0 else row

    def _keep(self, index: int, row: NDArray[np.float32] | None) -> None:
        """Keeps the row; zeros for texts without."""
        import numpy as np

        if self._rows is None:
            if row is None:
                return
            self._rows = np.zeros((max(64, 2 * index), len(row)), np.float32)
        if index >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        if row is not None:
            self._rows[index] = row

    def _evidence(self, chosen: list[int], reading: Reading, row: NDArray[np.float32] | None) -> Evidence:
        """That on some texts placed before, and last the new one."""
        import numpy as np

        from brainstorm.dedup.evidence import Evidence

        vectors = None
        if row is not None or self._rows is not None:
            width = len(row) if row is not None else self._rows.shape[1] if self._rows is not None else 0
            vectors = np.zeros((len(chosen) + 1, width), np.float32)
            if self._rows is not None:
                vectors[:-1] = self._rows[chosen]
            if row is not None:
                vectors[-1] = row
        return Evidence([*(self._readings[k] for k in chosen), reading], vectors, self._topic, self._scale)

    def _copy(self, parent: int, index: int, reading: Reading, row: NDArray[np.float32] | None) -> Merge:
        """The receipt of a text equal to one placed before, with its figures against that one's parent."""
        import numpy as np

        from brainstorm.dedup.same import calibration, full

        evidence = self._evidence([parent], reading, row)
        wording, meaning = measures(evidence, 0, 1)
        if self._readings[parent].normal == reading.normal:
            return Merge(parent, index, wording, meaning, 1.0, "exact")
        p = full(evidence, np.array([0]), np.array([1]), calibration())
        return Merge(parent, index, wording, meaning, float(p[0]), "linkage")

    def _nearest(self, index: int, reading: Reading, row: NDArray[np.float32] | None) -> Merge | None:
        """The receipt for folding the newest text into the likeliest cluster, or `None` if it is new."""
        import numpy as np

        from brainstorm.dedup.guards import Guards
        from brainstorm.dedup.same import calibration, full

        near = self._candidates(reading, row)
        parents = list(dict.fromkeys(self._parent[k] for k in near))
        looked_at = [k for parent in parents for k in self._members[parent][:_MEMBERS]]
        evidence = self._evidence(looked_at, reading, row)
        fitted = calibration()
        cut = fitted.default_cut(evidence) if self._same is None else self._same
        last = len(looked_at)
        p = full(evidence, np.arange(last), np.full(last, last), fitted)
        guards = Guards(evidence.readings)
        place = {k: at for at, k in enumerate(looked_at)}
        best: tuple[float, int] | None = None
        for parent in parents:
            members = [place[k] for k in self._members[parent][:_MEMBERS]]
            mean = float(p[members].mean())
            if mean < cut or (best and mean <= best[0]) or any(guards.apart(m, last) for m in members):
                continue
            best = mean, parent
        if best is None:
            return None
        at = place[best[1]]
        wording, meaning = measures(evidence, at, last)
        return Merge(best[1], index, wording, meaning, float(p[at]), "linkage", best[0])

    def _candidates(self, reading: Reading, row: NDArray[np.float32] | None) -> list[int]:
        """The nearest texts so far: by meaning, and by wording those without, or all if the new one has none."""
        import numpy as np
        from rapidfuzz import fuzz, process

        count = len(self._texts)
        near: list[int] = []
        unknown: Sequence[int] = range(count)
        if row is not None and self._rows is not None and row.any():
            known = self._rows[:count]
            near = [int(k) for k in np.argsort(-(known @ row), kind="stable")[:_NEAREST]]
            unknown = np.flatnonzero(~known[:, 0].astype(bool)).tolist()
            unknown = [k for k in unknown if not known[k].any()]
        if not unknown:
            return near
        words = {k: self._readings[k].sorted_words for k in unknown}
        found = process.extract(reading.sorted_words, words, scorer=fuzz.token_set_ratio, limit=_NEAREST)
        return list(dict.fromkeys([*near, *(k for _, _, k in found)]))
