"""Rates of calls by delay: worked out by hand, and found again in a world that was made by them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from orchestration.algorithms.call_delays import (
    CALLERS,
    OTHER,
    SAME,
    UNKNOWN,
    Holders,
    likeliest_rates,
    pool_rates,
)


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_calls_without_doubt_are_counted() -> None:
    """Two calls in ten hours without holder, none of holders, next to no prior: 0.2 an hour."""
    holders = Holders(ints(0, 1), ints(0, 0), ints(0, 0))
    tiny = np.full(2, 1e-9)

    found = likeliest_rates(holders, np.array([10.0, 5.0]), tiny, tiny)

    assert found.per_hour == pytest.approx([0.2, 0.0], abs=1e-6)


def test_the_prior_is_calls_and_hours_that_came_before() -> None:
    """One call of class 0 in 9 hours, a prior of 1 call in 1 hour: 2 in 10."""
    holders = Holders(ints(0), ints(0), ints(0))

    found = likeliest_rates(holders, np.array([9.0]), np.ones(1), np.ones(1))

    assert found.per_hour == pytest.approx([0.2])


def test_a_call_is_shared_out_by_the_rates() -> None:
    """Twelve calls of one class, four of another, eight of both: 18 and 6 are three to one.

    With a, b calls an hour and one hour of each: a = 12 + 8 a / (a + b), and a + b = 24.
    """
    alone = [(call, 1) for call in range(12)] + [(call, 2) for call in range(12, 16)]
    both = [(call, delay) for call in range(16, 24) for delay in (1, 2)]
    pairs = np.array(alone + both, dtype=np.int64)
    call, delay = pairs[:, 0], pairs[:, 1]
    prior = np.full(3, 1e-9)

    found = likeliest_rates(
        Holders(call, delay, np.zeros(call.size, dtype=np.int64)), np.ones(3), prior, prior
    )

    assert found.per_hour[1:] == pytest.approx([18.0, 6.0], rel=1e-2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_rates_are_found_again(seed: int) -> None:
    """Calls are drawn by the rates among holders that stand at random delays; nobody says whose."""
    rng = np.random.default_rng(seed)
    planted = np.array([0.05, 1.0, 0.4, 0.1])
    moments, length = 60_000, 1.0
    present = rng.random((moments, 3)) < np.array([0.2, 0.3, 0.5])
    rates = np.concatenate([np.ones((moments, 1)), present], axis=1) * planted
    rows = np.flatnonzero(rng.random(moments) < 1 - np.exp(-rates.sum(axis=1) * length * 0.2))
    hours = np.concatenate([[moments], present.sum(axis=0)]) * length * 0.2
    true = np.array([rng.choice(4, p=rates[row] / rates[row].sum()) for row in rows])
    entries = [(call, 0, UNKNOWN) for call in range(rows.size)]
    for call, row in enumerate(rows.tolist()):
        for delay in np.flatnonzero(present[row]) + 1:
            caller = UNKNOWN
            if call % 2:
                is_caller = true[call] == delay and rng.random() < 0.9
                caller = SAME if is_caller else OTHER
            entries.append((call, int(delay), caller))
    table = np.array(entries, dtype=np.int64)
    one = np.ones(4)

    found = likeliest_rates(Holders(table[:, 0], table[:, 1], table[:, 2]), hours, one, one)

    assert found.per_hour == pytest.approx(planted, rel=0.2)
    assert found.same == pytest.approx(0.9, abs=0.05)


def tables(order: list[int]) -> tuple[pa.Table, pa.Table]:
    calls = pa.table(
        {
            "call_key": [1, 2, 3, 3],
            "visitor_key": pa.array([None, 7, 7, 8], pa.int64()),
            "pool_id": ["a", "a", "b", "b"],
            "step": [1, 1, 1, 1],
            "delay_class": [0, 1, 1, 2],
            "caller": ["unknown", "unknown", "same", "other"],
        }
    )
    exposures = pa.table(
        {
            "pool_id": ["a"] * 3 + ["b"] * 3,
            "delay_class": [0, 1, 2] * 2,
            "exposure_hours": [100.0, 1.0, 5.0, 200.0, 2.0, 5.0],
            "prior_calls": [1.0] * 6,
            "prior_hours": [100.0, 2.0, 4.0] * 2,
        }
    )
    return calls.take(order), exposures


def test_the_order_of_rows_decides_nothing() -> None:
    first = pool_rates(*tables([0, 1, 2, 3]))
    second = pool_rates(*tables([3, 1, 0, 2]))

    assert first.equals(second)
    # every class with every caller, and nobody recent once
    assert first.num_rows == 2 * (1 + 2 * len(CALLERS))


def test_nothing_lent_is_no_rate() -> None:
    calls, exposures = tables([0])

    assert pool_rates(calls.slice(0, 0), exposures.slice(0, 0)).num_rows == 0
