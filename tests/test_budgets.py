"""No budget is exceeded by more than the calls in flight, whatever the model does. `bench/budgets.py` runs more."""

from __future__ import annotations

import pytest

from tests.budgets import random_run


async def test_random_budgets_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brainstorm.generate._wait", lambda fault, attempt: 0.0)
    stopped = set()
    for seed in range(40):
        wrong, why, _ = await random_run(seed)
        assert not wrong, f"seed {seed}: {wrong}"
        stopped.add(why)
    assert {"n", "calls", "tokens", "cost", "seconds"} <= stopped, "every limit was met"
