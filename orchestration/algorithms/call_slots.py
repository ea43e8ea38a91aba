"""Leads and advisers' half hours as the classes and slots of a call plan."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.algorithms.call_plan import UnsolvedError, best_plan

Ints = npt.NDArray[np.int64]

HALF_HOUR_US = 1_800_000_000
MINUTE_US = 60_000_000
CENTS = 100
#: No plan is given out that leaves more of the bound.
WORST_GAP = 0.01

ASSIGNED = pa.schema(
    [
        ("candidate_id", pa.string()),
        ("slot_start_at", pa.timestamp("us")),
        ("slot_end_at", pa.timestamp("us")),
        ("team", pa.string()),
        ("adviser_skills", pa.string()),
        ("adviser_languages", pa.string()),
    ]
)


def assign(leads: pa.Table, capacity: pa.Table, least_minutes: int) -> pa.Table:
    """ASSIGNED: the leads that are called, by the plan of greatest expected value.

    `leads`: candidate_id, skill, language (null: any), is_request, expected_value_eur, windows
    (`start-end` in microseconds, joined by |). `capacity`: slot_start_at, team, skill and language
    (all that the advisers have, joined by |), call_capacity. A slot serves a window that it shares
    `least_minutes` with; the rest of it is cut off. Whoever asked to be called comes before
    everybody else, whatever the value. Raises UnsolvedError where there is no plan within
    WORST_GAP of the bound.
    """
    leads = leads.sort_by("candidate_id")
    order = [(name, "ascending") for name in ("slot_start_at", "team", "skill", "language")]
    capacity = capacity.sort_by(order)
    start = capacity["slot_start_at"].cast(pa.timestamp("us")).cast(pa.int64()).to_numpy()
    needs = list(
        zip(*(leads[name].to_pylist() for name in ("skill", "language", "windows")), strict=True)
    )
    kinds = sorted(set(needs), key=lambda need: tuple(part or "" for part in need))
    number = {need: place for place, need in enumerate(kinds)}
    served = [
        _served(capacity, start, skill, language, windows, least_minutes * MINUTE_US)
        for skill, language, windows in kinds
    ]
    cents = pc.round(pc.multiply(leads["expected_value_eur"].cast(pa.float64()), CENTS)).to_numpy()
    requested = leads["is_request"].to_numpy(zero_copy_only=False).astype(np.bool_)
    first = cents.max(initial=0.0) + CENTS
    plan = best_plan(
        cents + 1.0 + np.where(requested, first, 0.0),
        np.array([number[need] for need in needs], dtype=np.int64),
        [slots for slots, _, _ in served],
        capacity["call_capacity"].cast(pa.int64()).to_numpy(),
    )
    if plan.gap > WORST_GAP:
        raise UnsolvedError(f"the plan leaves {plan.gap:.2%} of the bound")
    called = np.flatnonzero(plan.slot >= 0)
    begins, ends = np.zeros(called.size, np.int64), np.zeros(called.size, np.int64)
    for place, lead in enumerate(called.tolist()):
        slots, begin, end = served[number[needs[lead]]]
        at = int(np.searchsorted(slots, plan.slot[lead]))
        begins[place], ends[place] = begin[at], end[at]
    chosen = capacity.take(plan.slot[called])
    return pa.table(
        [
            leads["candidate_id"].take(called),
            pa.array(begins).cast(pa.timestamp("us")),
            pa.array(ends).cast(pa.timestamp("us")),
            chosen["team"],
            chosen["skill"],
            chosen["language"],
        ],
        schema=ASSIGNED,
    )


def _served(
    capacity: pa.Table,
    start: Ints,
    skill: str,
    language: str | None,
    windows: str,
    least_us: int,
) -> tuple[Ints, Ints, Ints]:
    """Slots that serve leads of a kind, and the first and last microsecond that each may use."""
    able = np.array(
        [
            skill in skills.split("|") and (language is None or language in languages.split("|"))
            for skills, languages in zip(
                capacity["skill"].to_pylist(), capacity["language"].to_pylist(), strict=True
            )
        ],
        dtype=np.bool_,
    )
    begin, end = np.zeros(start.size, np.int64), np.zeros(start.size, np.int64)
    for window in windows.split("|"):
        opens, closes = (int(part) for part in window.split("-"))
        from_us = np.maximum(start, opens)
        to_us = np.minimum(start + HALF_HOUR_US, closes)
        longer = to_us - from_us > end - begin
        begin, end = np.where(longer, from_us, begin), np.where(longer, to_us, end)
    slots = np.flatnonzero(able & (end - begin >= least_us))
    return slots, begin[slots], end[slots]
