"""What a run has spent, has under way, and may still spend."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from brainstorm.brief import Budget
from brainstorm.calls import Call
from brainstorm.errors import BriefError
from brainstorm.prices import Price
from brainstorm.replies import Reply, Request, Usage
from brainstorm.tokens import count_prompt
from brainstorm.values import Stopped


class Ledger:
    """Keeps a `Budget`: asked before each call, told after each reply.

    A call under way counts its prompt and all the output that it is allowed, so that calls sent together cannot
    overspend together. What was left by the last call that is sent is all by which a run can go beyond its budget,
    where the model keeps to the limit it is told; one that cannot be told may say more.

    Attributes:
        sent: calls sent.
        tokens: tokens of the replies that came, in and out.
        cost: US dollars that those cost, as far as prices are known.
    """

    def __init__(self, budget: Budget, prices: Sequence[Price | None] = (), *, whole: bool = False) -> None:
        """`whole`: a call is sent only where all that it may take is left, not where anything is."""
        self.sent = self.tokens = 0
        self.cost = 0.0
        self._budget, self._prices, self._whole = budget, tuple(prices), whole
        self._most: dict[str, tuple[int, float]] = {}
        self._under_way: dict[str, tuple[int, float]] = {}
        self._once: dict[str, tuple[int, float]] = {}
        self._refused: Stopped | None = None

    def expect(self, requests: Sequence[Request], limit: Callable[[Call], int] = lambda call: call.max_tokens) -> None:
        """Take note of what the calls of a round may cost; `limit` tells the output tokens of each."""
        if self._budget.tokens is None and self._budget.cost is None:
            return
        for request in requests:
            sent = count_prompt(text for _, text in request.messages)
            said = limit(request.call)
            self._most[request.call.id] = (sent + said, self._dollars(request.call, sent, said))

    def admit(self, call: Call) -> bool:
        """Whether the budget lets `call` be sent; if so, it counts as sent."""
        most = self._most.pop(call.id, (0, 0.0))
        tokens = self.tokens + sum(t for t, _ in self._under_way.values())
        cost = self.cost + sum(c for _, c in self._under_way.values())
        refused = self._reached(tokens, cost) or self._short(tokens + most[0], cost + most[1])
        if refused is not None:
            self._refused = refused
            return False
        self._under_way[call.id] = self._once[call.id] = most
        self.sent += 1
        return True

    def again(self, call: Call, used: Usage) -> bool:
        """Whether the budget lets `call` be sent once more, when its attempts so far have `used` as much."""
        once = self._once.get(call.id, (0, 0.0))
        before = used.input_tokens + used.output_tokens, self._dollars(call, used.input_tokens, used.output_tokens)
        others = [most for id_, most in self._under_way.items() if id_ != call.id]
        tokens = self.tokens + before[0] + sum(t for t, _ in others)
        cost = self.cost + before[1] + sum(c for _, c in others)
        refused = self._reached(tokens, cost) or self._short(tokens + once[0], cost + once[1])
        if refused is not None:
            self._refused = refused
            return False
        self._under_way[call.id] = before[0] + once[0], before[1] + once[1]
        return True

    def settle(self, reply: Reply) -> None:
        """Put what a call used in place of what it might have used."""
        used = reply.usage
        self._under_way.pop(reply.call.id, None)
        self._once.pop(reply.call.id, None)
        self.tokens += used.total
        self.cost += self._dollars(reply.call, used.input_tokens, used.output_tokens)

    def used_up(self) -> Stopped | None:
        """The budget that the replies so far have used up, or `None`."""
        return self._reached(self.tokens, self.cost)

    def refused(self) -> Stopped | None:
        """The budget for which a call was left out, or `None`."""
        return self._refused

    def _reached(self, tokens: int, cost: float) -> Stopped | None:
        if self._budget.tokens is not None and tokens >= self._budget.tokens:
            return "tokens"
        if self._budget.cost is not None and cost >= self._budget.cost:
            return "cost"
        return None

    def _short(self, tokens: int, cost: float) -> Stopped | None:
        """The budget that a call would go beyond, where only whole calls are sent."""
        if not self._whole:
            return None
        if self._budget.tokens is not None and tokens > self._budget.tokens:
            return "tokens"
        if self._budget.cost is not None and cost > self._budget.cost:
            return "cost"
        return None

    def _dollars(self, call: Call, sent: int, said: int) -> float:
        price = self._prices[call.model] if call.model < len(self._prices) else None
        return price.of(sent, said) if price else 0.0


def require_prices(names: Sequence[str], prices: Sequence[Price | None]) -> None:
    """Refuse a budget in dollars where a price is unknown.

    Raises:
        BriefError: it names the models without a price, and what to do.
    """
    unknown = [name for name, price in zip(names, prices, strict=True) if price is None]
    if unknown:
        raise BriefError(
            f"a budget in dollars needs the price of {', '.join(unknown)}, which is not known.",
            hint="Give it in dollars for a million tokens in and out, price=(0.25, 2.0) or --price 0.25,2.0, "
            "or set a budget of tokens.",
        )
