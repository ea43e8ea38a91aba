"""`python -m tests.benchmarks.plan`: the best plan of calls for a hundred thousand candidates.

Two hundred kinds of leads (skill, language, lawful windows), 60 half hours with six pools of
advisers, about 11,000 calls of room. The gap is to the bound of weak duality, which no plan can
exceed.
"""

from __future__ import annotations

import argparse
import os
import sys

import numpy as np

from orchestration.algorithms.call_plan import Plan, best_plan
from tests.benchmarks.measure import measured

BOUNDS = {"gap": 0.01, "cpu": 60.0, "memory": 2.0}
SLOTS, POOLS, KINDS = 60, 6, 200


def hard_case(leads: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
    """Value and kind of each lead, slots of each kind, capacity of each slot: ten want one call."""
    draw = np.random.default_rng(1)
    capacity = draw.integers(0, 60, SLOTS * POOLS)
    kinds = []
    for _ in range(KINDS):
        pools = draw.choice(POOLS, draw.integers(1, 4), replace=False)
        first = draw.integers(0, SLOTS - 20)
        hours = np.arange(first, first + draw.integers(2, 21))
        kinds.append(np.sort(np.concatenate([hours * POOLS + pool for pool in pools])))
    value = np.round(draw.gamma(1.2, 2000, leads))
    return value, draw.integers(0, KINDS, leads), kinds, capacity


def main() -> int:
    """Plan, print gap and cost; exit 1 where a bound isn't kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plan", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    leads = parser.parse_args().leads
    value, kind, kinds, capacity = hard_case(leads)
    plan, cost = measured(lambda: best_plan(value, kind, kinds, capacity))
    assert isinstance(plan, Plan)
    used = np.bincount(plan.slot[plan.slot >= 0], minlength=capacity.size)
    assert (used <= capacity).all()
    print(f"{leads:,} leads, room for {capacity.sum():,}, {(plan.slot >= 0).sum():,} called")
    print(f"gap {plan.gap:.6f}, {cost.cpu:.1f} s CPU, {cost.memory:.2f} GiB")
    return (
        0
        if plan.gap <= BOUNDS["gap"]
        and cost.cpu <= BOUNDS["cpu"]
        and cost.memory < BOUNDS["memory"]
        else 1
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
