"""How many fewer sales a chain of marketing channels has when a channel is taken out of it.

Removal effect: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey: Lessons
learned from graph-based online attribution modeling", International Journal of Research in
Marketing 33(3), 2016. Solved exactly, not simulated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import scipy.sparse
import scipy.sparse.linalg

START, SALE, END = 0, -1, -2
#: A state's last digit to this base is its newest channel, from 1.
BASE = 64

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SCHEMA = pa.schema(
    [
        ("channel_number", pa.int32()),
        ("removal_effect", pa.float64()),
        ("weight", pa.float64()),
        ("base_probability", pa.float64()),
    ]
)


def removal_effects(from_state: Any, to_state: Any, path_count: Any) -> pa.Table:
    """Removal effect and weight of each channel of a Markov chain.

    Takes one entry a step in all three: `from_state` and `to_state` are integers, digits to the
    base of 64, 1 for channel 0, the newest channel last; 0 is the start, -1 a sale, -2 the end
    without one. `path_count` says how often the step was taken.

    Returns a row per channel, ordered by `channel_number`: `removal_effect` is
    1 - P(sale without the channel) / P(sale), `weight` its share of all removal effects,
    `base_probability` P(sale). All effects are 0 where there is no sale.

    Raises ValueError where a state leads nowhere: the chain then has no probability of a sale.
    """
    source, target = _ints(from_state), _ints(to_state)
    # Sorted, so that rounding doesn't depend on the order in which rows came.
    order = np.lexsort((target, source))
    source, target = source[order], target[order]
    count = np.asarray(_ints(path_count)[order], dtype=np.float64)
    states = np.unique(np.concatenate([source, target[target >= 0]]))
    if states.size == 0:
        return _table(np.empty(0, np.int64), np.empty(0), np.empty(0), 0.0)
    left = np.bincount(np.searchsorted(states, source), weights=count, minlength=states.size)
    if not left.all():
        raise ValueError(f"states without a next step: {states[left == 0][:5].tolist()}")
    rate = count / left[np.searchsorted(states, source)]
    base = _sale_probability(states, source, target, rate)
    channels = np.unique(states[states > 0] % BASE)
    effects = np.zeros(channels.size)
    for place, channel in enumerate(channels.tolist()):
        # Whoever comes to the channel is lost.
        stays = (source % BASE != channel) & ((target < 0) | (target % BASE != channel))
        if base > 0:
            without = _sale_probability(states, source[stays], target[stays], rate[stays])
            effects[place] = 1.0 - without / base
    total = effects.sum()
    weights = effects / total if total > 0 else effects
    return _table(channels - 1, effects, weights, base)


def _sale_probability(states: Ints, source: Ints, target: Ints, rate: Floats) -> float:
    """P(sale) from the start by the steps given; what a state's rates lack is lost."""
    inner = target >= 0
    rows = np.searchsorted(states, source)
    columns = np.searchsorted(states, target[inner])
    steps = scipy.sparse.coo_matrix(
        (rate[inner], (rows[inner], columns)), shape=(states.size, states.size)
    )
    sold = target == SALE
    reward = np.bincount(rows[sold], weights=rate[sold], minlength=states.size)
    system = scipy.sparse.identity(states.size, format="csc") - steps.tocsc()
    found = scipy.sparse.linalg.splu(system).solve(reward)
    return float(found[np.searchsorted(states, START)])


def _ints(values: Any) -> Ints:
    return np.asarray(values, dtype=np.int64)


def _table(channels: Ints, effects: Floats, weights: Floats, base: float) -> pa.Table:
    columns = [channels.astype(np.int32), effects, weights, np.full(channels.size, base)]
    return pa.table(columns, schema=SCHEMA)
