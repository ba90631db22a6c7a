"""Why an idea stands where it stands, in words."""

from __future__ import annotations

from typing import Final

# Cosines on the default embedder's scale, by hand: they only choose words, the signals are relative to the list.
CLOSE: Final = 0.25
"""Cosine from which two texts are called close."""

FAR: Final = 0.05
"""Cosine under which they are called far from each other."""

_NEAR: Final = 0.2
"""Likeness from which an idea is named near another: where lists of short ideas are cut into the same ideas."""

_RARE: Final = 0.1
"""A stated probability below this is what the tail prompt asks for (verbalized sampling: "below 0.10")."""

_HIGH: Final = 0.8
"""A signal from which it is worth a word: the top fifth of the list."""

_ENOUGH: Final = 10
"""Ideas from which a place in the list is worth a word: one of three is always the rarest. By hand."""


def why(
    signals: dict[str, float],
    *,
    n: int,
    place: int,
    nearest: tuple[float, int] | None,
    support: int | None,
    probability: float | None,
    cosine: float | None,
    mark: float | None = None,
    theme: str = "",
    steered: str = "",
) -> str:
    """One line: "rare: said once, p 0.02; close to the brief; unlike 1–4".

    Args:
        signals: of this idea.
        n: ideas in the list.
        place: from 0.
        nearest: likeness to, and place of, the idea above that it is most like.
        support: calls that said it.
        probability: as stated.
        cosine: with the topic, `None` where it tells nothing.
        mark: a judge's, 1..10.
        theme: its label.
        steered: what the caller asked for, in words.
    """
    said = [part for part in ("" if mark is None else f"marked {mark:g} of 10", steered) if part]
    counted = [] if support is None else ["said once" if support == 1 else f"said in {support} calls"]
    if probability is not None:
        counted.append(f"p {probability:.2g}")
    unlikely = probability is not None and probability < _RARE
    # what several calls said is not rare, whatever was stated
    rare = (unlikely or (n >= _ENOUGH and signals["rarity"] >= _HIGH)) and (support is None or support <= 1)
    if counted or rare:
        said.append(("rare: " if rare and counted else "rare" if rare else "") + ", ".join(counted))
    if cosine is not None:
        said.append(
            "close to the brief" if cosine >= CLOSE else "far from the brief" if cosine < FAR else "on the brief"
        )
    if n >= _ENOUGH and signals["specificity"] >= _HIGH:
        said.append("specific")
    if signals["fluency"] < 0.5:
        said.append("hard to read")
    if nearest is not None:
        above = "1" if place == 1 else f"1–{place}"
        said.append(f"near {nearest[1] + 1}" if nearest[0] >= _NEAR else f"unlike {above}")
    if theme:
        said.append(f"theme: {theme}")
    return "; ".join(said)
