"""Which leads are called, and when: the most value that the advisers' time allows.

A transport problem. Leads that need the same skill and language and may be called in the same slots
are one class, so that the programme has a row a class and a slot, and not one a lead. Its matrix is
that of a network: a basic optimum is whole, without branching (Hoffman and Kruskal, 1956). What the
solver says is not taken on trust: `bound` is worked out from the slots' prices alone and holds
for every plan, whatever the solver did (weak duality).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: The last slot costs this share of the least lead's value: of equal plans the earlier one is kept,
#: and the gap hardly grows.
PROMPTNESS = 1e-3


class UnsolvedError(RuntimeError):
    """The solver gave no whole optimum; the message has its status."""


@dataclass(frozen=True)
class Plan:
    """`slot` of each lead, -1 where it isn't called; `price` of each slot, what one more call in it
    would add; `value` of the leads called, and `bound`, which no plan can exceed.
    """

    slot: Ints
    price: Floats
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """Share of the bound that the plan leaves."""
        return 0.0 if self.bound <= 0 else max(0.0, 1.0 - self.value / self.bound)


def best_plan(value: Floats, lead_class: Ints, slots: Sequence[Ints], capacity: Ints) -> Plan:
    """The plan of greatest value in which each lead has one slot at most.

    `value` (0 or more) and `lead_class` (from 0) have an entry a lead; of equal leads the first one
    given goes first. `slots[c]` are the slots that leads of class c may be called in; `capacity` is
    the calls that each slot holds, in order of time. Raises UnsolvedError where HiGHS stops short.
    """
    open_slots = [allowed[capacity[allowed] > 0] for allowed in slots]
    slot = np.full(value.size, -1, dtype=np.int64)
    if value.size == 0 or not any(allowed.size for allowed in open_slots):
        return Plan(slot, np.zeros(capacity.size), 0.0, 0.0)
    order = np.lexsort((np.arange(value.size), -value, lead_class))
    order = order[_may_be_called(lead_class[order], open_slots, capacity)]
    chosen, counts, price = _solve(value[order], lead_class[order], open_slots, capacity)
    for number, allowed in enumerate(open_slots):
        called = order[chosen & (lead_class[order] == number)]
        slot[called] = np.repeat(allowed, counts[number])
    bound = float(price @ capacity) + _rent(value, lead_class, open_slots, price)
    return Plan(slot, price, float(value[slot >= 0].sum()), bound)


def _may_be_called(
    lead_class: Ints, slots: Sequence[Ints], capacity: Ints
) -> npt.NDArray[np.bool_]:
    """Leads, in order of class and value, that their class's slots hold, and the next one.

    The next one can't be called with the others; it holds the slots' prices up to its value, so
    that the bound also holds for the leads left out.
    """
    room = np.array([capacity[allowed].sum() for allowed in slots], dtype=np.int64)
    first = np.searchsorted(lead_class, np.arange(room.size))
    place = np.arange(lead_class.size) - first[lead_class]
    within: npt.NDArray[np.bool_] = place <= room[lead_class]
    return within


def _rent(value: Floats, lead_class: Ints, slots: Sequence[Ints], price: Floats) -> float:
    """What leads are worth beyond the cheapest slot that they may have."""
    cheapest = np.array([price[allowed].min() if allowed.size else np.inf for allowed in slots])
    return float(np.maximum(0.0, value - cheapest[lead_class]).sum())


def _solve(
    value: Floats, lead_class: Ints, slots: Sequence[Ints], capacity: Ints
) -> tuple[npt.NDArray[np.bool_], list[Ints], Floats]:
    """Leads called, calls of each class in each of its slots, and the slots' prices.

    Columns: a lead each, then a class and slot each. Rows: a class each (leads called = calls),
    then a slot each (calls <= capacity).
    """
    classes, leads = len(slots), value.size
    flow_class = np.repeat(np.arange(classes), [allowed.size for allowed in slots])
    flow_slot = np.concatenate(slots)
    latest = PROMPTNESS * float(value[value > 0].min(initial=value.max()))
    late = latest * flow_slot / max(1, capacity.size - 1)
    programme = highspy.HighsLp()
    programme.num_col_ = leads + flow_slot.size
    programme.num_row_ = classes + capacity.size
    programme.sense_ = highspy.ObjSense.kMaximize
    programme.col_cost_ = np.concatenate([value, -late])
    programme.col_lower_ = np.zeros(programme.num_col_)
    # flows have no bound of their own, so that a full slot shows in the price of its row
    programme.col_upper_ = np.concatenate([np.ones(leads), np.full(flow_slot.size, np.inf)])
    programme.row_lower_ = np.concatenate([np.zeros(classes), np.full(capacity.size, -np.inf)])
    programme.row_upper_ = np.concatenate([np.zeros(classes), capacity.astype(float)])
    matrix = programme.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_ = np.concatenate(
        [np.arange(leads), leads + 2 * np.arange(flow_slot.size + 1)]
    ).astype(np.int32)
    pairs = np.column_stack([flow_class, classes + flow_slot]).ravel()
    matrix.index_ = np.concatenate([lead_class, pairs]).astype(np.int32)
    matrix.value_ = np.concatenate([np.ones(leads), np.tile([-1.0, 1.0], flow_slot.size)])
    programme.a_matrix_ = matrix
    solver = highspy.Highs()
    for option, setting in (("output_flag", False), ("threads", 1), ("solver", "simplex")):
        solver.setOptionValue(option, setting)
    solver.passModel(programme)
    solver.run()
    status = solver.getModelStatus()
    found = np.asarray(solver.getSolution().col_value)
    whole = np.rint(found)
    if status != highspy.HighsModelStatus.kOptimal or np.abs(found - whole).max() > 1e-6:
        raise UnsolvedError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    counts = np.split(whole[leads:].astype(np.int64), np.cumsum([s.size for s in slots])[:-1])
    price = np.abs(np.asarray(solver.getSolution().row_dual)[classes:])
    return whole[:leads] > 0.5, counts, price
