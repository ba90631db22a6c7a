"""Placing texts as they arrive, before the list is complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from brainstorm.dedup.folding import Folding, check_same, fold, measures
from brainstorm.dedup.quiet import one_thread
from brainstorm.dedup.types import Merge, Placement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

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
        self._given: list[NDArray[np.float32] | None] = []
        self._readings: list[Reading] = []
        self._rows: NDArray[np.float32] | None = None
        self._by_normal: dict[str, int] = {}
        self._parent: list[int] = []
        self._members: dict[int, list[int]] = {}

    def add(self, text: str, vector: ArrayLike | None) -> Placement:
        """Places one text.

        Args:
            text: the text.
            vector: (d,) its embedding, of length 1, or `None` to go by wording alone; the same for all texts.
        """
        import numpy as np

        from brainstorm.dedup.reading import read

        index = len(self._texts)
        reading = read(text)
        row = None if vector is None else np.asarray(vector, np.float32)
        equal = self._by_normal.get(reading.normal)
        self._texts.append(text)
        self._given.append(row)
        self._readings.append(reading)
        receipt: Merge | None = None
        if equal is not None:
            wording_meaning = None if row is None else float(row @ row)
            receipt = Merge(self._parent[equal], index, 1.0, wording_meaning, 1.0, "exact")
        elif index:
            with one_thread():
                receipt = self._nearest(index, row)
        self._keep(index, row)
        self._by_normal.setdefault(reading.normal, index)
        parent = index if receipt is None else receipt.kept
        self._parent.append(parent)
        self._members.setdefault(parent, []).append(index)
        return Placement(index, None if receipt is None else parent, len(self._members[parent]), receipt)

    def finish(self) -> Folding:
        """Folds everything that was added; `notes` of the result say how many texts are placed otherwise now."""
        import numpy as np

        vectors = None
        if self._given and all(row is not None for row in self._given):
            vectors = np.stack([row for row in self._given if row is not None])
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

    def _keep(self, index: int, row: NDArray[np.float32] | None) -> None:
        import numpy as np

        if row is None:
            return
        if self._rows is None:
            self._rows = np.zeros((64, len(row)), np.float32)
        if index >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[index] = row

    def _nearest(self, index: int, row: NDArray[np.float32] | None) -> Merge | None:
        """The receipt for folding the newest text into the likeliest cluster, or `None` if it is new."""
        import numpy as np

        from brainstorm.dedup.evidence import Evidence
        from brainstorm.dedup.guards import Guards
        from brainstorm.dedup.same import calibration, full

        near = self._candidates(index, row)
        parents = list(dict.fromkeys(self._parent[k] for k in near))
        looked_at = [k for parent in parents for k in self._members[parent][:_MEMBERS]]
        chosen = [*looked_at, index]
        readings = [self._readings[k] for k in chosen]
        vectors = None
        if row is not None and self._rows is not None:
            vectors = np.concatenate([self._rows[looked_at], row[None]])
        evidence = Evidence(readings, vectors, self._topic, self._scale)
        fitted = calibration()
        cut = fitted.default_cut(evidence) if self._same is None else self._same
        last = len(looked_at)
        p = full(evidence, np.arange(last), np.full(last, last), fitted)
        guards = Guards(readings)
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
        return Merge(best[1], index, wording, meaning, float(p[at]), "linkage")

    def _candidates(self, index: int, row: NDArray[np.float32] | None) -> list[int]:
        """The nearest texts so far, by meaning, or by wording without vectors."""
        import numpy as np

        if row is not None and self._rows is not None and row.any():
            cosines = self._rows[:index] @ row
            count = min(_NEAREST, index)
            return [int(k) for k in np.argsort(-cosines, kind="stable")[:count]]
        from rapidfuzz import fuzz, process

        words = [r.sorted_words for r in self._readings[:index]]
        found = process.extract(self._readings[index].sorted_words, words, scorer=fuzz.token_set_ratio, limit=_NEAREST)
        return [k for _, _, k in found]
