"""Plans against an independent solver, every plan of small cases, and the bound by weak duality."""

from __future__ import annotations

import itertools
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from orchestration.algorithms.call_plan import best_plan
from orchestration.algorithms.call_slots import assign
from tests.benchmarks.plan import hard_case


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_the_best_leads_are_called() -> None:
    """One slot of two calls: 7 and 5 of 7, 5, 3. A second slot is for class 1 alone: 2 as well."""
    plan = best_plan(
        np.array([3.0, 7.0, 5.0, 2.0]), ints(0, 0, 0, 1), [ints(0), ints(0, 1)], ints(2, 1)
    )
    assert plan.slot.tolist() == [-1, 0, 0, 1]
    assert plan.value == 14
    assert plan.bound == pytest.approx(14, rel=1e-3)


def test_a_lead_makes_room_for_another() -> None:
    """Taking the best first into the earliest slot would leave the narrow one without any."""
    plan = best_plan(np.array([9.0, 8.0]), ints(0, 1), [ints(0, 1), ints(0)], ints(1, 1))
    assert plan.slot.tolist() == [1, 0]


def test_of_equal_plans_the_earlier_is_kept() -> None:
    plan = best_plan(np.array([4.0]), ints(0), [ints(0, 1, 2)], ints(0, 1, 1))
    assert plan.slot.tolist() == [1]


@pytest.mark.parametrize(
    ("value", "slots", "capacity"),
    [([], [ints(0)], [1]), ([1.0], [ints()], [1]), ([1.0], [ints(0)], [0])],
)
def test_nothing_to_plan(value: list[float], slots: list[np.ndarray], capacity: list[int]) -> None:
    plan = best_plan(np.array(value), np.zeros(len(value), np.int64), slots, ints(*capacity))
    assert plan.slot.tolist() == [-1] * len(value)
    assert plan.value == plan.gap == 0


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
    slots = draw(st.integers(1, 4))
    capacity = np.array(draw(st.lists(st.integers(0, 3), min_size=slots, max_size=slots)))
    kinds = draw(st.lists(st.sets(st.integers(0, slots - 1)), min_size=1, max_size=3))
    leads = draw(st.integers(1, 9))
    worth = st.integers(1, 50) | st.just(1_000_000)
    value = np.array(draw(st.lists(worth, min_size=leads, max_size=leads)), float)
    kind = np.array(draw(st.lists(st.integers(0, len(kinds) - 1), min_size=leads, max_size=leads)))
    return value, kind, [np.array(sorted(of), dtype=np.int64) for of in kinds], capacity


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_plan_is_better(
    case: tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray],
) -> None:
    """scipy's assignment of leads to single calls is another method and another code."""
    value, kind, slots, capacity = case
    plan = best_plan(value, kind, slots, capacity)
    calls = np.repeat(np.arange(capacity.size), capacity)
    gain = np.array(
        [[value[i] if s in slots[kind[i]] else 0.0 for s in calls] for i in range(value.size)]
    ).reshape(value.size, calls.size)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    assert plan.value == pytest.approx(gain[rows, columns].sum())
    for lead in np.flatnonzero(plan.slot >= 0):
        assert plan.slot[lead] in slots[kind[lead]]
    used = np.bincount(plan.slot[plan.slot >= 0], minlength=capacity.size)
    assert (used <= capacity).all()
    assert plan.bound >= plan.value - 1e-9
    assert plan.gap < 0.01


@pytest.mark.slow
def test_a_hundred_thousand_leads_leave_a_hundredth_of_the_bound_at_most() -> None:
    """The bound is worked out anew: whatever the prices, no plan is worth more (weak duality)."""
    value, kind, slots, capacity = hard_case(100_000)
    plan = best_plan(value, kind, slots, capacity)
    assert (plan.price >= 0).all()
    cheapest = np.array([plan.price[allowed].min() for allowed in slots])
    bound = plan.price @ capacity + np.maximum(0, value - cheapest[kind]).sum()
    called = plan.slot >= 0
    assert value[called].sum() > 0.99 * bound
    assert (np.bincount(plan.slot[called], minlength=capacity.size) <= capacity).all()
    for lead in np.flatnonzero(called):
        assert plan.slot[lead] in slots[kind[lead]]


LEADS = {
    "candidate_id": ["a", "b", "c", "d"],
    "skill": ["sales"] * 4,
    "language": ["fr", "fr", "en", None],
    "is_request": [False, True, False, False],
    "expected_value_eur": [50.0, 1.0, 40.0, 30.0],
}


def at(clock: str) -> int:
    moment = datetime.fromisoformat(f"2026-10-05T{clock}+00:00")
    return int(moment.timestamp()) * 1_000_000


def windows(*clocks: tuple[str, str]) -> str:
    return "|".join(f"{at(opens)}-{at(closes)}" for opens, closes in clocks)


def room(*rows: tuple[str, str, int]) -> pa.Table:
    return pa.table(
        {
            "slot_start_at": [
                datetime.fromisoformat(f"2026-10-05T{clock}") for clock, _, _ in rows
            ],
            "team": ["t"] * len(rows),
            "skill": ["bank|sales"] * len(rows),
            "language": [language for _, language, _ in rows],
            "call_capacity": [calls for _, _, calls in rows],
        }
    )


def planned(leads: pa.Table, capacity: pa.Table) -> dict[str, tuple[str, str]]:
    found = assign(leads, capacity, least_minutes=10).to_pylist()
    return {
        row["candidate_id"]: (f"{row['slot_start_at']:%H:%M}", f"{row['slot_end_at']:%H:%M}")
        for row in found
    }


def test_requests_come_first_and_languages_are_spoken() -> None:
    """b asked to be called, though it is worth least; c needs English, which is there at noon."""
    leads = pa.table({**LEADS, "windows": [windows(("08:00", "11:00"), ("12:00", "18:00"))] * 4})
    capacity = room(("08:30:00", "fr", 1), ("12:00:00", "en|fr", 2))
    assert planned(leads, capacity) == {
        "a": ("12:00", "12:30"),
        "b": ("08:30", "09:00"),
        "c": ("12:00", "12:30"),
    }


def test_a_slot_is_cut_to_the_lawful_window() -> None:
    """Agreed on 15:10 to 15:40: half past has ten minutes of it, the slot before has twenty."""
    leads = pa.table({**LEADS, "windows": [windows(("15:10", "15:40"))] * 4}).slice(1, 1)
    assert planned(leads, room(("15:00:00", "fr", 1))) == {"b": ("15:10", "15:30")}
    assert planned(leads, room(("15:30:00", "fr", 1))) == {"b": ("15:30", "15:40")}
    assert planned(leads, room(("15:00:00", "fr", 1), ("16:00:00", "fr", 9)))["b"] == (
        "15:10",
        "15:30",
    )
    short = pa.table({**LEADS, "windows": [windows(("15:10", "15:39"))] * 4}).slice(1, 1)
    assert planned(short, room(("15:30:00", "fr", 1))) == {}


def test_the_order_of_rows_changes_nothing() -> None:
    leads = pa.table(
        {**LEADS, "expected_value_eur": [5.0] * 4, "windows": [windows(("08:00", "11:00"))] * 4}
    )
    capacity = room(("08:00:00", "en|fr", 1), ("08:30:00", "en|fr", 1), ("09:00:00", "fr", 1))
    first = planned(leads, capacity)
    assert len(first) == 3
    for order in itertools.permutations(range(4)):
        assert planned(leads.take(list(order)), capacity.take([2, 0, 1])) == first
