"""The ways of asking: one table, each with the source it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from brainstorm.errors import BriefError


@dataclass(frozen=True, slots=True)
class Technique:
    """A way of asking.

    Attributes:
        name: how callers select it.
        templates: prompt templates that its calls take in turn.
        source: where the technique comes from.
        k: ideas asked for in one call.
        persona_every: 1 asks as someone else in each call, 2 in every other one, 0 in none.
        directions: whether one call first names directions, and each further call looks in one of them; where
            there are none, calls look through the lenses of the library.
        spark: whether a call also gets a random word, and every third one a constraint.
        examples: worked examples shown before the request.
        avoids: whether later rounds are told what was already said (small models copy it instead).
        cap: probability cap given to the model in tails templates, 0..1.
        turns: turns of one conversation; 1 where each call stands alone.
        width: conversations at most that go on side by side, 0 for as many as are needed.
        rounds: rounds at most.
        overshoot: ideas asked for in the first round, as a multiple of the distinct ideas wanted.
        tokens_per_idea: output tokens to allow for one idea.
    """

    name: str
    templates: tuple[str, ...]
    source: str
    k: int = 5
    persona_every: int = 0
    directions: bool = False
    spark: bool = False
    examples: int = 0
    avoids: bool = True
    cap: float = 1.0
    turns: int = 1
    width: int = 0
    rounds: int = 4
    overshoot: float = 1.5
    tokens_per_idea: int = 60


_NOVELTY: Final = "NoveltyBench, arXiv 2504.05228"
_VS: Final = "verbalized sampling, arXiv 2510.01171"
_PERSONAS: Final = "personas as cues to sample by, arXiv 2402.01727 and 2602.20408"
_DIRECTIONS: Final = "plans in words before answers, arXiv 2409.03733"

TECHNIQUES: Final[dict[str, Technique]] = {
    technique.name: technique
    for technique in (
        Technique(
            name="direct",
            templates=("direct",),
            k=1,
            avoids=False,
            tokens_per_idea=120,
            source=f"one idea a call, asked again and again: resampling in {_NOVELTY}",
        ),
        Technique(
            name="list",
            templates=("list",),
            k=10,
            overshoot=1.3,
            source="plain list prompting, the sequence baseline of arXiv 2510.01171",
        ),
        Technique(
            name="in_context",
            templates=("in_context",),
            k=1,
            avoids=False,
            turns=10,
            width=1,
            rounds=100,
            tokens_per_idea=120,
            source=f"in-context regeneration in {_NOVELTY}: each turn asks for another idea than those before it",
        ),
        Technique(name="vs_standard", templates=("vs_standard",), tokens_per_idea=90, source=_VS),
        Technique(
            name="vs_cot",
            templates=("vs_cot",),
            tokens_per_idea=150,
            source=f"{_VS}, thinking about the range of answers first",
        ),
        Technique(
            name="vs_multi",
            templates=("vs_multi",),
            avoids=False,
            turns=4,
            rounds=8,
            tokens_per_idea=90,
            source=f"{_VS}, over several turns of one conversation",
        ),
        Technique(name="vs_tails", templates=("vs_tails",), cap=0.10, tokens_per_idea=90, source=f"{_VS}, tails"),
        Technique(name="personas", templates=("list",), persona_every=1, source=_PERSONAS),
        Technique(name="directions", templates=("list",), directions=True, source=_DIRECTIONS),
        Technique(
            name="blend",
            templates=("vs_standard", "vs_tails"),
            persona_every=1,
            directions=True,
            spark=True,
            cap=0.10,
            tokens_per_idea=90,
            source=f"{_DIRECTIONS}; {_PERSONAS}; {_VS}, every other call in the tails; "
            f"later rounds are told what is taken, as in {_NOVELTY}",
        ),
        Technique(
            name="small",
            templates=("small_list",),
            persona_every=2,
            examples=3,
            avoids=False,
            overshoot=6.0,
            tokens_per_idea=16,
            source="short plain lists after worked examples, for models under about a billion parameters; "
            "measured on SmolLM2-135M (docs/asking.md)",
        ),
    )
}


def technique(name: str, *, small: bool) -> Technique:
    """The technique called `name`; "auto" picks by the class of model.

    Raises:
        BriefError: no technique has that name.
    """
    if name == "auto":
        return TECHNIQUES["small" if small else "blend"]
    if name not in TECHNIQUES:
        raise BriefError(f"unknown technique {name!r}.", hint=f"Use one of: auto, {', '.join(TECHNIQUES)}.")
    return TECHNIQUES[name]
