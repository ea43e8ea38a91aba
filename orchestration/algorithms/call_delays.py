"""How often the holder of a number calls it, by the time since it was last on their screen.

Each holder of a number calls at a rate that depends on the delay only, and somebody who isn't among
the recent holders at a rate of their own; so a call at a number comes of each of them with a chance
in proportion to the rates. Nobody says which call was whose. The rates are those under which the
calls are likeliest, found by expectation and maximisation: each call is shared out among its
holders by the rates, and the rates are counted again from the shares (Dempster, Laird and Rubin,
1977; of point processes: Veen and Schoenberg, 2008). A prior enters as calls and time watched
before.

Where both the caller and the person behind a holder's visits are known, they are the same more
often than not if the holder called, and hardly ever if somebody else did. How often is counted with
the rates; it is less than always, as a spouse may dial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CALLERS = ("unknown", "same", "other")
UNKNOWN, SAME, OTHER = range(3)
#: That a call of somebody else comes from the very person of a recent holder of the number.
CHANCE = 0.001
#: Calls of known holders that are counted before any is seen: made by themselves, by somebody else.
PRIOR_SAME, PRIOR_OTHER = 18.0, 2.0
MAX_ROUNDS = 500
#: Rates that change by less than this share are found.
TOLERANCE = 1e-4
#: Rates are published as whole numbers of calls in so many hours, so that sums of them are exact.
HOURS = 1e9


@dataclass(frozen=True)
class Holders:
    """One entry per call and holder, and one per call for nobody recent (delay class 0).

    `call` numbers the calls from 0; `delay` is the delay class, `caller` one of CALLERS.
    """

    call: Ints
    delay: Ints
    caller: Ints

    def of(self, calls: npt.NDArray[np.bool_]) -> Holders:
        """The entries of some of the calls."""
        kept = calls[self.call]
        number = np.cumsum(calls) - 1
        return Holders(number[self.call[kept]], self.delay[kept], self.caller[kept])


@dataclass(frozen=True)
class Rates:
    """Calls an hour by delay class, and how often a known holder who calls is the caller."""

    per_hour: Floats
    same: float

    @property
    def factors(self) -> Floats:
        """How many times as likely a holder is by what is known of the caller, by CALLERS."""
        return np.array([1.0, self.same / CHANCE, (1 - self.same) / (1 - CHANCE)])


def likeliest_rates(
    holders: Holders, hours: Floats, prior_calls: Floats, prior_hours: Floats, step: float = 1.0
) -> Rates:
    """The rates under which the calls are likeliest.

    `hours` is how long calls could have come in each delay class; `step` how many calls each one
    stands for. The prior is added to calls and hours.
    """
    watched = hours + prior_hours
    rates = Rates(prior_calls / prior_hours, PRIOR_SAME / (PRIOR_SAME + PRIOR_OTHER))
    for _ in range(MAX_ROUNDS):
        chance = rates.per_hour[holders.delay] * rates.factors[holders.caller]
        share = chance / np.bincount(holders.call, weights=chance)[holders.call]
        calls = np.bincount(holders.delay, weights=share, minlength=watched.size) * step
        own, others = (
            float(share[holders.caller == caller].sum()) * step for caller in (SAME, OTHER)
        )
        found = Rates(
            (calls + prior_calls) / watched,
            (own + PRIOR_SAME) / (own + others + PRIOR_SAME + PRIOR_OTHER),
        )
        is_settled = bool(
            np.all(np.abs(found.per_hour - rates.per_hour) <= TOLERANCE * rates.per_hour)
        )
        rates = found
        if is_settled:
            break
    return rates


def pool_rates(calls: pa.Table, exposures: pa.Table) -> pa.Table:
    """Rates of each pool: pool_id, delay_class, caller, call_rate (calls in a billion hours).

    `calls`: call_key, visitor_key, pool_id, delay_class (0 where the call has no recent holder),
    caller, step. `exposures`: pool_id, delay_class from 0 without a gap, exposure_hours,
    prior_calls, prior_hours. What all pools show together, watched for as long as the prior, is
    the prior of each pool: a pool of few calls is like the others.
    """
    exposures = exposures.sort_by([("pool_id", "ascending"), ("delay_class", "ascending")])
    pools = exposures["pool_id"].unique().to_pylist()
    if not pools:
        return _table([], [])
    hours, prior_calls, prior_hours = (
        exposures[name].cast(pa.float64()).to_numpy().reshape(len(pools), -1)
        for name in ("exposure_hours", "prior_calls", "prior_hours")
    )
    holders, owner = _holders(calls, pools)
    step = float(pc.max(calls["step"]).as_py() or 1)
    together = likeliest_rates(holders, hours.sum(axis=0), prior_calls[0], prior_hours[0], step)
    found = [
        likeliest_rates(
            holders.of(owner == index),
            hours[index],
            together.per_hour * prior_hours[index],
            prior_hours[index],
            step,
        )
        for index in range(len(pools))
    ]
    return _table(pools, found)


def _holders(calls: pa.Table, pools: list[str]) -> tuple[Holders, Ints]:
    """Entries in order of their calls, and the pool of each call."""
    calls = calls.sort_by([("call_key", "ascending"), ("visitor_key", "ascending")])
    keys = calls["call_key"].to_numpy()
    delay = calls["delay_class"].cast(pa.int64()).to_numpy()
    caller = pc.index_in(calls["caller"], pa.array(CALLERS)).cast(pa.int64()).to_numpy()
    pool = pc.index_in(calls["pool_id"], pa.array(pools)).cast(pa.int64()).to_numpy()
    _, first, call = np.unique(keys, return_index=True, return_inverse=True)
    recent = delay > 0
    nobody = np.arange(first.size)
    zeros = np.zeros(first.size, dtype=np.int64)
    return Holders(
        np.concatenate([call[recent], nobody]),
        np.concatenate([delay[recent], zeros]),
        np.concatenate([caller[recent], zeros]),
    ), pool[first]


def _table(pools: list[str], found: list[Rates]) -> pa.Table:
    rows = [
        (pool, delay, caller, max(1, round(rate * factor * HOURS)))
        for pool, rates in zip(pools, found, strict=True)
        for delay, rate in enumerate(rates.per_hour.tolist())
        for caller, factor in zip(CALLERS, rates.factors.tolist(), strict=True)
        if delay > 0 or caller == CALLERS[UNKNOWN]
    ]
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    types = {
        "pool_id": pa.string(),
        "delay_class": pa.int64(),
        "caller": pa.string(),
        "call_rate": pa.int64(),
    }
    return pa.table(
        {
            name: pa.array(values, kind)
            for (name, kind), values in zip(types.items(), columns, strict=True)
        }
    )
