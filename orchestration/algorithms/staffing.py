"""How many agents a queue needs: Erlang C, and Erlang A where callers lose patience.

Erlang C (M/M/N): calls come at random, talk for an exponential time, and wait as long as it takes.
Erlang A (M/M/N+M; Palm, 1957; Garnett, Mandelbaum and Reiman, 2002): each waiting caller gives up
at a constant rate. Everything about it follows from the integral of
exp(calls / impatience * (1 - exp(-impatience * x)) - agents * x / handling), in proportion to how
often a caller would have to wait x (Mandelbaum and Zeltyn, Service Engineering in Action, 2007).
Times are seconds, rates are per second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats = npt.NDArray[np.float64]

#: Nodes of a Gauss-Legendre rule, and panels that an integral is cut into.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
PANELS = 24
#: What is smaller than exp(-this), relative to the integrand's peak, doesn't count.
NEGLIGIBLE = 45.0
MOST_AGENTS = 100_000
HALF_HOUR = 1800


@dataclass(frozen=True)
class Queue:
    """What becomes of a queue's callers in the long run.

    `wait_rate`: share that waits; `abandonment_rate`: share that gives up; `service_level`: share
    of all callers that is answered within the threshold; `answer_seconds`: mean wait of those who
    are answered; `occupancy`: share of the agents' time spent on calls.
    """

    wait_rate: float
    abandonment_rate: float
    service_level: float
    answer_seconds: float
    occupancy: float


def erlang_b(load: float, agents: int) -> float:
    """Share of calls that finds all agents busy where nobody waits, of a load in erlangs."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked


def erlang_c(calls: float, handling: float, agents: int, threshold: float) -> Queue:
    """M/M/N for `calls` a second of `handling` seconds each.

    Raises ValueError where the agents can't carry the load: the queue would grow for ever.
    """
    load = calls * handling
    if agents <= load:
        raise ValueError(f"{agents} agents can't carry {load:.2f} erlangs")
    blocked = erlang_b(load, agents)
    occupancy = load / agents
    waiting = blocked / (1.0 - occupancy * (1.0 - blocked))
    spare = agents - load
    return Queue(
        wait_rate=waiting,
        abandonment_rate=0.0,
        service_level=1.0 - waiting * math.exp(-spare * threshold / handling),
        answer_seconds=waiting * handling / spare,
        occupancy=occupancy,
    )


def erlang_a(
    calls: float, handling: float, agents: int, threshold: float, impatience: float
) -> Queue:
    """M/M/N+M; `impatience` is how often a waiting caller gives up, per second.

    An impatience of 0 is Erlang C.
    """
    if impatience <= 0.0:
        return erlang_c(calls, handling, agents, threshold)
    load, capacity = calls * handling, agents / handling
    peak = max(0.0, math.log(calls / capacity) / impatience) if calls > capacity else 0.0
    # All that follows is divided by the integrand's peak, which may be beyond any float.
    height = float(_exponent(np.array([peak]), calls, capacity, impatience)[0])
    free = _idle_sum(load, agents) / calls * math.exp(-height)
    served_soon, served_late, offered, wait_served = _offers(
        calls, capacity, impatience, threshold, peak, height
    )
    whole = free + offered
    served_waiting = served_soon + served_late
    served = (free + served_waiting) / whole
    return Queue(
        wait_rate=offered / whole,
        abandonment_rate=max(0.0, (offered - served_waiting) / whole),
        service_level=(free + served_soon) / whole,
        answer_seconds=wait_served / (free + served_waiting),
        occupancy=min(1.0, load * served / agents),
    )


def agents_needed(
    calls: float, handling: float, threshold: float, target: float, impatience: float = 0.0
) -> int:
    """The fewest agents that answer the share `target` of callers within the threshold.

    0 where no call comes. Raises ValueError where no number of agents below 100,000 does.
    """
    if calls <= 0.0 or handling <= 0.0:
        return 0
    # A few thousand queues and half hours ask for much the same: they are asked once.
    return _needed(
        float(f"{calls:.4g}"),
        float(f"{handling:.4g}"),
        threshold,
        target,
        float(f"{impatience:.4g}"),
    )


@lru_cache(maxsize=100_000)
def _needed(
    calls: float, handling: float, threshold: float, target: float, impatience: float
) -> int:
    # Erlang C needs more agents than erlangs; with patient callers lost, fewer may do.
    low = 0 if impatience > 0.0 else math.floor(calls * handling)
    step = 1
    while not _is_met(calls, handling, low + step, threshold, target, impatience):
        low, step = low + step, step * 2
        if low > MOST_AGENTS:
            raise ValueError(f"no number of agents answers {target} within {threshold} s")
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        if _is_met(calls, handling, middle, threshold, target, impatience):
            high = middle
        else:
            low = middle
    return high


def _is_met(
    calls: float, handling: float, agents: int, threshold: float, target: float, impatience: float
) -> bool:
    queue = erlang_a(calls, handling, agents, threshold, impatience)
    return queue.service_level >= target


def _idle_sum(load: float, agents: int) -> float:
    """Sum over j < agents of the weight of j busy agents, relative to that of agents - 1."""
    total, weight = 1.0, 1.0
    for busy in range(agents - 1, 0, -1):
        weight *= busy / load
        total += weight
        # Past its peak the series falls ever faster; the rest is nothing.
        if weight < 1e-18 * total and busy < load:
            break
    return total


def _offers(
    calls: float,
    capacity: float,
    impatience: float,
    threshold: float,
    peak: float,
    height: float,
) -> tuple[float, float, float, float]:
    """Integrals over the waits that would be offered to callers who find all agents busy.

    Callers still there within the threshold, and later; all callers; waits of those still there.
    """
    end = peak + 1.0 / capacity
    while _exponent(np.array([end]), calls, capacity, impatience)[0] - height > -NEGLIGIBLE:
        end = peak + 2.0 * (end - peak)
    cut = min(threshold, end)
    parts = []
    for start, stop in ((0.0, cut), (cut, end)):
        x, weights = _rule(start, stop)
        offered = weights * np.exp(_exponent(x, calls, capacity, impatience) - height)
        stayed = offered * np.exp(-impatience * x)
        parts.append((offered.sum(), stayed.sum(), (stayed * x).sum()))
    (all_soon, soon, wait_soon), (all_late, late, wait_late) = parts
    return float(soon), float(late), float(all_soon + all_late), float(wait_soon + wait_late)


def _exponent(x: Floats, calls: float, capacity: float, impatience: float) -> Floats:
    out: Floats = calls / impatience * -np.expm1(-impatience * x) - capacity * x
    return out


def _rule(start: float, stop: float) -> tuple[Floats, Floats]:
    """Points and weights of an integral from start to stop, denser towards the start."""
    edges = start + (stop - start) * np.linspace(0.0, 1.0, PANELS + 1) ** 2
    half = np.diff(edges)[:, None] / 2.0
    points = edges[:-1, None] + half * (1.0 + _NODES)
    return points.ravel(), (half * _WEIGHTS).ravel()


def staffing_table(load: pa.Table) -> pa.Table:
    """Agents needed, and what the planned ones would achieve (STAFFING_SCHEMA).

    `load`: queue, half_hour_at, expected_calls in the half hour, handling_seconds,
    impatience_per_second, threshold_seconds, target_rate, planned_agents (fractions are rounded
    down; null where nobody knows).
    """
    rows = []
    for row in load.sort_by([("queue", "ascending"), ("half_hour_at", "ascending")]).to_pylist():
        calls = row["expected_calls"] / HALF_HOUR
        asked = (calls, row["handling_seconds"], row["threshold_seconds"])
        planned = row["planned_agents"]
        agents = None if planned is None else math.floor(planned)
        outlook = _outlook(*asked, row["impatience_per_second"], agents)
        rows.append(
            {
                "queue": row["queue"],
                "half_hour_at": row["half_hour_at"],
                "load_erlangs": calls * row["handling_seconds"],
                "needed_agents": agents_needed(
                    *asked, row["target_rate"], row["impatience_per_second"]
                ),
                "planned_service_level": None if outlook is None else outlook.service_level,
                "planned_abandonment_rate": None if outlook is None else outlook.abandonment_rate,
                "planned_occupancy": None if outlook is None else outlook.occupancy,
            }
        )
    return pa.Table.from_pylist(rows, schema=STAFFING_SCHEMA)


def _outlook(
    calls: float, handling: float, threshold: float, impatience: float, agents: int | None
) -> Queue | None:
    """What becomes of the callers with the agents planned; None where that can't be said."""
    if agents is None or calls <= 0.0:
        return None
    if agents == 0:
        return Queue(1.0, 1.0, 0.0, 0.0, 0.0)
    if impatience <= 0.0 and agents <= calls * handling:
        # Patient callers of too few agents: hardly anybody is answered in time.
        return Queue(1.0, 0.0, 0.0, math.inf, 1.0)
    return erlang_a(calls, handling, agents, threshold, impatience)


STAFFING_SCHEMA = pa.schema(
    [
        ("queue", pa.string()),
        ("half_hour_at", pa.timestamp("us")),
        ("load_erlangs", pa.float64()),
        ("needed_agents", pa.int64()),
        ("planned_service_level", pa.float64()),
        ("planned_abandonment_rate", pa.float64()),
        ("planned_occupancy", pa.float64()),
    ]
)
