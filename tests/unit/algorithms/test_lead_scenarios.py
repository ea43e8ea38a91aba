"""Thresholds of e-rebond: what their leads take from the phones."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.algorithms.lead_scenarios import service_level, service_table

#: 360 calls of 240 s in a half hour, 15 s, nobody gives up: 84.6 % with 55 agents (published).
CELL = {
    "agents": 60.0,
    "call_count": 360.0,
    "handling_seconds": 240.0,
    "impatience_per_second": 0.0,
    "threshold_seconds": 15,
}


def test_agents_on_leads_are_missed_at_the_phones() -> None:
    assert service_level([CELL], 5.0) == pytest.approx(0.846, abs=5e-4)
    without, half, with_leads = (service_level([CELL], busy) for busy in (0.0, 5.5, 6.0))
    assert without is not None
    assert half is not None
    assert with_leads is not None
    assert without > 0.846 > half > with_leads
    # Half an agent is half of the way.
    five = service_level([CELL], 5.0)
    assert five is not None
    assert half == pytest.approx((five + with_leads) / 2)


def test_half_hours_count_by_their_callers() -> None:
    empty = CELL | {"agents": 0.0, "call_count": 90.0}
    level = service_level([CELL | {"agents": 55.0}, empty], 0.0)
    assert level == pytest.approx(0.846 * 360 / 450, abs=5e-4)
    assert service_level([CELL | {"call_count": 0.0}], 0.0) is None


def test_leads_are_spread_over_the_calling_half_hours() -> None:
    hours = pa.Table.from_pylist([CELL, CELL])
    loads = pa.Table.from_pylist(
        [
            {
                "funnel": "quote",
                "from_step": step,
                "calls_per_week": calls,
                "handling_seconds": 300.0,
                "half_hours_per_week": 2,
            }
            for step, calls in ((2, 12.0), (1, 60.0))
        ]
    )
    first, second = service_table(hours, loads).to_pylist()
    # 60 calls of 300 s in an hour are five agents.
    assert (first["from_step"], first["load_erlangs"], first["agents"]) == (1, 5.0, 60.0)
    assert first["service_level"] == pytest.approx(0.846, abs=5e-4)
    assert second["load_erlangs"] == 1.0
    assert second["service_level"] > first["service_level"]
    assert first["service_level_without"] == second["service_level_without"]


def test_nobody_on_shift_says_nothing() -> None:
    hours = pa.Table.from_pylist([CELL]).slice(0, 0)
    loads = pa.Table.from_pylist(
        [
            {
                "funnel": "quote",
                "from_step": 1,
                "calls_per_week": 12.0,
                "handling_seconds": 300.0,
                "half_hours_per_week": 0,
            }
        ]
    )
    (row,) = service_table(hours, loads).to_pylist()
    assert (row["load_erlangs"], row["agents"], row["service_level"]) == (None, None, None)
