"""Why an idea stands where it stands, in words."""

from __future__ import annotations

from typing import Final

# Cosine of an idea with the topic, default embedder, over 144 made-up ideas on 12 topics paired with their own topic
# and with the 11 others: 33% of the own pairs and 4% of the others reach 0.25; 8% and 32% stay under 0.05.
# Another embedder has another scale, so these only choose words; the signal itself is relative to the list.
_CLOSE: Final = 0.25
_FAR: Final = 0.05

_NEAR: Final = 0.2
"""Likeness from which an idea is named near another: where lists of short ideas are cut into the same ideas."""

_RARE: Final = 0.1
"""A stated probability below this is what the tail prompt asks for (verbalized sampling: "below 0.10")."""

_HIGH: Final = 0.8
"""A signal from which it is worth a word: the top fifth of the list."""


def why(
    signals: dict[str, float],
    *,
    place: int,
    nearest: tuple[float, int] | None,
    support: int | None,
    probability: float | None,
    cosine: float | None,
    theme: str = "",
    steered: str = "",
) -> str:
    """One line: "rare: said once, p 0.02; close to the brief; unlike 1–4".

    Args:
        signals: of this idea.
        place: from 0.
        nearest: likeness to, and place of, the idea above that it is most like.
        support: calls that said it.
        probability: as stated.
        cosine: with the topic.
        theme: its label.
        steered: what the caller asked for, in words.
    """
    said = [steered] if steered else []
    counted = [] if support is None else ["said once" if support == 1 else f"said in {support} calls"]
    if probability is not None:
        counted.append(f"p {probability:.2g}")
    rare = (probability is not None and probability < _RARE) or signals["rarity"] >= _HIGH
    if counted or rare:
        said.append(("rare: " if rare and counted else "rare" if rare else "") + ", ".join(counted))
    if cosine is not None:
        said.append(
            "close to the brief" if cosine >= _CLOSE else "far from the brief" if cosine < _FAR else "on the brief"
        )
    if signals["specificity"] >= _HIGH:
        said.append("specific")
    if signals["fluency"] < 0.5:
        said.append("hard to read")
    if nearest is not None:
        above = "1" if place == 1 else f"1–{place}"
        said.append(f"near {nearest[1] + 1}" if nearest[0] >= _NEAR else f"unlike {above}")
    if theme:
        said.append(f"theme: {theme}")
    return "; ".join(said)
