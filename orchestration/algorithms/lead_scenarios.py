"""What calling more leads would do to those who call us, on the shifts of the last weeks."""

from __future__ import annotations

import math

import pyarrow as pa

from orchestration.algorithms.staffing import HALF_HOUR, erlang_a

SERVICE_SCHEMA = pa.schema(
    [
        ("funnel", pa.string()),
        ("from_step", pa.int64()),
        ("load_erlangs", pa.float64()),
        ("agents", pa.float64()),
        ("service_level_without", pa.float64()),
        ("service_level", pa.float64()),
    ]
)


def service_table(hours: pa.Table, loads: pa.Table) -> pa.Table:
    """Service level of inbound calls with and without the leads of each threshold.

    `hours`: the calling half hours of a week: agents, call_count, handling_seconds,
    impatience_per_second, threshold_seconds. `loads`: funnel, from_step, calls_per_week,
    handling_seconds, half_hours_per_week. The leads are spread evenly over the half hours, and the
    agents on them are missed at the phones. Levels are null where nobody is on shift or calls.
    """
    cells = hours.to_pylist()
    rows = []
    for load in loads.sort_by([("funnel", "ascending"), ("from_step", "ascending")]).to_pylist():
        spread = load["half_hours_per_week"] * HALF_HOUR
        erlangs = load["calls_per_week"] * load["handling_seconds"] / spread if spread else None
        rows.append(
            {
                "funnel": load["funnel"],
                "from_step": load["from_step"],
                "load_erlangs": erlangs,
                "agents": math.fsum(c["agents"] for c in cells) / len(cells) if cells else None,
                "service_level_without": service_level(cells, 0.0),
                "service_level": service_level(cells, erlangs) if erlangs is not None else None,
            }
        )
    return pa.Table.from_pylist(rows, schema=SERVICE_SCHEMA)


def service_level(cells: list[dict[str, float]], busy: float) -> float | None:
    """Share of a week's callers answered in time where `busy` agents call leads all the time."""
    calls = math.fsum(cell["call_count"] for cell in cells)
    if not calls:
        return None
    return math.fsum(cell["call_count"] * _answered(cell, busy) for cell in cells) / calls


def _answered(cell: dict[str, float], busy: float) -> float:
    """Share answered in time in a half hour; between whole numbers of agents, in proportion."""
    agents = max(0.0, cell["agents"] - busy)
    below = math.floor(agents)
    share = agents - below
    low = _level(cell, below)
    return low + share * (_level(cell, below + 1) - low) if share else low


def _level(cell: dict[str, float], agents: int) -> float:
    rate, handling = cell["call_count"] / HALF_HOUR, cell["handling_seconds"]
    if not rate or not handling:
        return 1.0
    impatience = cell["impatience_per_second"]
    if not agents or (impatience <= 0.0 and agents <= rate * handling):
        return 0.0
    return erlang_a(rate, handling, agents, cell["threshold_seconds"], impatience).service_level
