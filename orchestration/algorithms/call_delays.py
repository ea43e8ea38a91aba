"""How often the holder of a number calls it, by the time since it was last on their screen.

Each holder of a number calls at a rate that depends on the delay only, and somebody who isn't among
the recent holders at a rate of their own; so a call at a number comes of each of them with a chance
in proportion to the rates. Nobody says which call was whose. The rates are those under which the
calls are likeliest, found by expectation and maximisation: each call is shared out among its
holders by the rates, and the rates are counted again from the shares (Dempster, Laird and Rubin,
1977; of point processes: Veen and Schoenberg, 2008). The logarithm of the likelihood is concave, so
there is one maximum and the start doesn't matter. A prior enters as calls and time watched before.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: A trail's digits: the delay classes of the holders.
BITS = 4
DIGITS = 15
#: Rounds after which rates that still move are taken as they are.
MAX_ROUNDS = 2000
#: Rates that change by less than this share are found.
TOLERANCE = 1e-7
#: Digits that are kept of a rate, so that the last bits of a sum decide nothing.
SIGNIFICANT = 6


def holder_counts(trails: Ints, classes: int) -> Ints:
    """Holders by trail (row) and delay class (column); column 0 is nobody recent, always one."""
    counts = np.zeros((trails.size, classes), dtype=np.int64)
    rows = np.arange(trails.size)
    for place in range(DIGITS):
        digit = (trails >> (BITS * place)) & 15
        np.add.at(counts, (rows, digit), 1)
    counts[:, 0] = 1
    return counts


def likeliest_rates(
    counts: Ints, calls: Floats, seconds: Floats, prior_calls: Floats, prior_seconds: Floats
) -> Floats:
    """Calls a second by delay class.

    `counts` as from holder_counts, `calls` how many calls met each row of it, `seconds` how long
    calls could have come in each class; the prior is added to both.
    """
    watched = seconds + prior_seconds
    rates = prior_calls / prior_seconds
    for _ in range(MAX_ROUNDS):
        chances = counts * rates
        shares = chances * (calls / chances.sum(axis=1))[:, None]
        found = (shares.sum(axis=0) + prior_calls) / watched
        is_settled = bool(np.all(np.abs(found - rates) <= TOLERANCE * rates))
        rates = found
        if is_settled:
            break
    return rates


def pool_rates(trails: pa.Table, exposures: pa.Table) -> pa.Table:
    """Rates of each pool (pool_id, delay_class, calls_per_hour).

    `trails`: pool_id, trail, call_count. `exposures`: pool_id, delay_class from 0 without a gap,
    exposure_seconds, prior_calls, prior_seconds. What all pools show together, watched for as long
    as the prior says, is the prior of each pool: a pool of few calls is like the others.
    """
    trails = trails.sort_by([("pool_id", "ascending"), ("trail", "ascending")])
    exposures = exposures.sort_by([("pool_id", "ascending"), ("delay_class", "ascending")])
    pools = exposures["pool_id"].unique().to_pylist()
    if not pools:
        return _table([], np.empty((0, 0)))
    seconds, prior_calls, prior_seconds = (
        exposures[name].cast(pa.float64()).to_numpy().reshape(len(pools), -1)
        for name in ("exposure_seconds", "prior_calls", "prior_seconds")
    )
    classes = seconds.shape[1]
    counts = holder_counts(trails["trail"].cast(pa.int64()).to_numpy(), classes)
    calls = trails["call_count"].cast(pa.float64()).to_numpy()
    owner = np.array(trails["pool_id"].to_pylist(), dtype=object)
    together = likeliest_rates(counts, calls, seconds.sum(axis=0), prior_calls[0], prior_seconds[0])
    found = np.empty_like(seconds)
    for index, pool in enumerate(pools):
        rows = owner == pool
        found[index] = likeliest_rates(
            counts[rows],
            calls[rows],
            seconds[index],
            together * prior_seconds[index],
            prior_seconds[index],
        )
    return _table(pools, found * 3600)


def _table(pools: list[str], rates: Floats) -> pa.Table:
    classes = rates.shape[1]
    rounded = [float(f"{rate:.{SIGNIFICANT}g}") for rate in rates.reshape(-1)]
    return pa.table(
        {
            "pool_id": pa.array([pool for pool in pools for _ in range(classes)], pa.string()),
            "delay_class": pa.array(list(range(classes)) * len(pools), pa.int64()),
            "calls_per_hour": pa.array(rounded, pa.float64()),
        }
    )
