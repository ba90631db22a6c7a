"""What a run will take, told without a call: its rounds are planned and its prompts written as they would be.

What a prompt takes is counted; what a reply takes and brings is a mean that was measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from brainstorm.brief import MAX_IDEAS, Brief
from brainstorm.calls import Call
from brainstorm.library import Library
from brainstorm.plan import DIRECTIONS, Known, planning
from brainstorm.prices import Price
from brainstorm.prompting import ChatMessage, render
from brainstorm.techniques import Technique
from brainstorm.tokens import A_MESSAGE, A_REPLY, count_tokens


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a call of a technique says and brings, in the mean.

    Attributes:
        frame: output tokens of a reply beside its ideas.
        idea: output tokens for each idea asked for.
        new: new distinct ideas for each one asked for.
    """

    frame: float
    idea: float
    new: float


SMALL: Final[Mapping[str, Reckoned]] = {
    "direct": Reckoned(0, 71, 0.95),
    "list": Reckoned(0, 25, 0.22),
    "personas": Reckoned(0, 25, 0.41),
    "small": Reckoned(0, 10, 0.68),
}
"""By technique, on SmolLM2-135M: `bench/dry_run.py fit`, 20 calls each on 4 topics of `prompts/small_examples.txt`."""

SMALL_PROMPT: Final = (0.92, 9.4, 19.0)
"""Tokens of a prompt on SmolLM2-135M, by its text in o200k tokens, by message, and for each call: `fit`, as above."""

_LINE: Final = 28.0
"""Output tokens of an idea as a heading and a sentence of 15 to 20 words, in a numbered line."""

_OBJECT: Final = 46.0
"""The same as a JSON object with its probability."""

OTHER: Final[Mapping[str, Reckoned]] = {
    "direct": Reckoned(0, _LINE, 0.29),
    "list": Reckoned(0, _LINE, 0.8),
    "in_context": Reckoned(0, _LINE, 0.78),
    "vs_standard": Reckoned(8, _OBJECT, 0.75),
    "vs_cot": Reckoned(90, _OBJECT, 0.75),
    "vs_multi": Reckoned(8, _OBJECT, 0.75),
    "vs_tails": Reckoned(8, _OBJECT, 0.75),
    "personas": Reckoned(0, _LINE, 0.75),
    "directions": Reckoned(0, _LINE, 0.85),
    "blend": Reckoned(8, _OBJECT, 0.85),
    "small": Reckoned(0, 10, 0.6),
}
"""The same for larger models. Not measured on one: the tokens are counted on ideas in the form that each template asks
for, and what is new goes by NoveltyBench (arXiv 2504.05228: of ten, 7.8 distinct in context and 2.9 resampled)."""

OTHER_PROMPT: Final = (1.0, float(A_MESSAGE), float(A_REPLY))
"""The same, as `count_prompt` counts."""

_A_DIRECTION: Final = 26
_HEADING: Final = "a short heading of six words"
_WORD: Final = " word"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run is expected to take.

    Attributes:
        calls: calls sent.
        rounds: rounds of them; those of one round go side by side.
        input_tokens: tokens sent.
        output_tokens: tokens said.
        cost: US dollars at list price, `None` where a price is unknown.
        distinct: distinct ideas expected.
    """

    calls: int
    rounds: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    distinct: int

    @property
    def tokens(self) -> int:
        """Tokens in and out."""
        return self.input_tokens + self.output_tokens

    def to_dict(self) -> dict[str, Any]:
        """The fields, and `tokens`."""
        return {**asdict(self), "tokens": self.tokens}


def estimate(
    brief: Brief,
    how: Technique,
    library: Library,
    *,
    prices: Sequence[Price | None] = (None,),
    small: bool = False,
    max_rounds: int | None = None,
    min_new: float = 0.0,
    to_budget: bool = False,
) -> Estimate:
    """What a run of `brief` would take, if its calls say and bring what they do in the mean.

    Args:
        brief: what the caller wants; its budget of calls, tokens and dollars is kept, not its seconds.
        how: the technique.
        library: the prompts.
        prices: of each model, in turn; `None` where unknown.
        small: whether the models are small.
        max_rounds: rounds at most, `None` for the technique's own.
        min_new: new ideas a call below which a run stops after its second round.
        to_budget: whether the run goes on to the end of its budget.
    """
    sums = _Sums(brief, how, library, prices, small)
    known = Known()
    if (first := planning(brief, how, small=small)) is not None:
        sums.send((first,))
        directions = tuple(f"{_HEADING} {i}: and what belongs there" for i in range(DIRECTIONS))
        known = replace(known, calls=1, tokens=sums.tokens, directions=directions)
    most = how.rounds if max_rounds is None else max_rounds
    while (to_budget or known.rounds < most) and not sums.spent:
        if known.rounds > 1 and not to_budget and sums.per_call < min_new:
            break
        wanted = brief.override(n=min(round(sums.new) + brief.n, MAX_IDEAS)) if to_budget else brief
        calls = library.plan(wanted, known, how, models=len(prices))
        if not calls:
            break
        before = sums.new
        sent = sums.send(calls)
        known = replace(
            known,
            rounds=known.rounds + 1,
            calls=sums.calls,
            distinct=round(sums.new),
            gained=round(sums.new - before),
            last_calls=len(sent),
            headings=(_HEADING,) * round(sums.new),
            tokens=sums.tokens,
            open=sent,
        )
    cost = None if any(price is None for price in prices) else round(sums.cost, 8)
    return Estimate(sums.calls, known.rounds, round(sums.sent), round(sums.said), cost, round(sums.new))


class _Sums:
    """What the calls so far took and brought, in the mean."""

    def __init__(
        self, brief: Brief, how: Technique, library: Library, prices: Sequence[Price | None], small: bool
    ) -> None:
        self.calls = 0
        self.sent = self.said = self.new = self.cost = 0.0
        self._brief, self._library, self._prices, self._k = brief, library, prices, how.k
        self._by, self._prompt = (SMALL, SMALL_PROMPT) if small else (OTHER, OTHER_PROMPT)
        self._call = self._by.get(how.name) or OTHER.get(how.name) or Reckoned(0, how.tokens_per_idea, 0.75)
        self._turns: dict[str, tuple[ChatMessage, ...]] = {}

    @property
    def per_call(self) -> float:
        """New ideas that a call brings."""
        return self._k * self._call.new

    @property
    def tokens(self) -> int:
        return round(self.sent + self.said)

    @property
    def spent(self) -> bool:
        """Whether a budget is used up."""
        budget = self._brief.budget
        return (
            (budget.tokens is not None and self.tokens >= budget.tokens)
            or (budget.cost is not None and self.cost >= budget.cost)
            or (budget.calls is not None and self.calls >= budget.calls)
        )

    def send(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """Count `calls`, as far as the budget goes; those counted."""
        counted = []
        for call in calls:
            if self.spent:
                break
            messages = render(call, self._brief, self._library, self._turns.get(call.follows, ()))
            each, a_message, always = self._prompt
            sent = each * sum(count_tokens(text) for _, text in messages) + a_message * len(messages) + always
            said = float(call.k * _A_DIRECTION) if call.plans else self._call.frame + call.k * self._call.idea
            said = min(said, call.max_tokens)
            price = self._prices[call.model % len(self._prices)]
            self.calls += 1
            self.sent += sent
            self.said += said
            self.new += 0 if call.plans else call.k * self._call.new
            self.cost += price.of(sent, said) if price else 0.0
            self._turns[call.id] = (*messages, ("assistant", _WORD * round(said)))
            counted.append(call)
        return tuple(counted)
