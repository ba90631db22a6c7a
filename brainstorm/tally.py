"""What a run found, folded and spent, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from brainstorm.dedup import Folding
from brainstorm.reading import State
from brainstorm.richness import chao1, good_toulmin, good_turing, mean_pairwise_distance, vendi_score
from brainstorm.values import MergeReceipt, Record, Richness, TotalUsage
from brainstorm.yields import Spent, Yield, count_yields

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def receipts_of(folding: Folding) -> tuple[MergeReceipt, ...]:
    """A receipt for each text folded into another."""
    return tuple(
        MergeReceipt(**(asdict(m) | {"kept": folding.texts[m.kept], "folded": folding.texts[m.folded]}))
        for m in folding.merges
    )


def yields_of(record: Record, said_by: Sequence[Sequence[str]]) -> tuple[Yield, ...]:
    """What each direction, lens and persona brought; `said_by` holds the calls that said each idea."""
    samples = _samples(record, {call for calls in said_by for call in calls})
    spent = [Spent(r.call, r.usage.total, r.call.id in samples) for r in record.replies]
    return count_yields(spent, said_by)


def _samples(record: Record, brought: set[str]) -> set[str]:
    """Calls that ran to their end, also those that brought nothing, and those cut off after they brought an idea."""
    ended = {r.call.id for r in record.replies if r.answered}
    return (ended | brought) - {r.call.id for r in record.replies if r.call.plans}


def usage_of(record: Record, distinct: int) -> TotalUsage:
    """What the run spent for `distinct` ideas."""
    used = [r.usage for r in record.replies]
    cost = _cost(record)
    return TotalUsage(
        calls=len(used),
        input_tokens=sum(u.input_tokens for u in used),
        output_tokens=sum(u.output_tokens for u in used),
        seconds=round(record.seconds, 3),
        cost=cost,
        cost_per_idea=round(cost / distinct, 8) if cost is not None and distinct else None,
        estimated=not all(u.counted for u in used),
    )


def _cost(record: Record) -> float | None:
    """US dollars of all replies, or `None` where the price of one is unknown."""
    total = 0.0
    for reply in record.replies:
        price = record.prices[reply.call.model] if reply.call.model < len(record.prices) else None
        if price is None:
            return None
        total += price.of(reply.usage.input_tokens, reply.usage.output_tokens)
    return round(total, 8)


def richness_of(record: Record, state: State, support: Sequence[int], vectors: NDArray[np.float32] | None) -> Richness:
    """How much was found and is left; `support` holds in how many calls each idea turned up."""
    calls = len(_samples(record, {c.call for c in state.candidates}))
    return Richness(
        said=len(state.candidates),
        distinct=len(support),
        next_call=round(good_turing(support, calls), 3),
        as_many_again=round(good_toulmin(support, calls, calls), 1),
        at_least=round(chao1(support, calls), 1),
        vendi=None if vectors is None else round(vendi_score(vectors), 2),
        mean_distance=None if vectors is None else round(mean_pairwise_distance(vectors), 4),
    )
