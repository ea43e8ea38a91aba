"""What each marketing channel adds to the conversion rate, by Shapley's value.

The worth of a set of channels is the conversion rate of the paths that used no other channel.
Shapley, "A value for n-person games", Contributions to the Theory of Games II, 1953. In the game of
conversion counts the value has a closed form, an equal split over the channels of each path, which
needs none of this.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SEED = 20261031
SCHEMA = pa.schema(
    [
        ("channel_number", pa.int32()),
        ("shapley_value", pa.float64()),
        ("weight", pa.float64()),
        ("standard_error", pa.float64()),
    ]
)


def rate_game(
    channel_sets: Any,
    conversions: Any,
    non_conversions: Any,
    *,
    exact_channels: int,
    draws: int,
) -> pa.Table:
    """Shapley value of each channel in the game of conversion rates.

    Takes one entry a set in all three: `channel_sets` are integers with a bit a channel,
    `conversions` the paths with a sale that had just these channels, `non_conversions` those
    without. Up to `exact_channels` channels every set is looked at; with more, as many orders of
    them as `draws` says are drawn (seeded).

    Returns a row per channel, ordered by `channel_number`: `shapley_value` in points of conversion
    rate (all sum to the rate of all paths, and one may be negative), `weight` its share of that,
    `standard_error` of the value: 0 where it is exact.

    Raises ValueError for fewer than two draws.
    """
    if draws < 2:
        raise ValueError("a standard error needs two draws or more")
    sets = np.asarray(channel_sets, dtype=np.int64)
    order = np.argsort(sets, kind="stable")
    sets = sets[order]
    won = np.asarray(conversions, dtype=np.float64)[order]
    paths = won + np.asarray(non_conversions, dtype=np.float64)[order]
    used = int(np.bitwise_or.reduce(sets)) if sets.size else 0
    channels = np.array([bit for bit in range(63) if used >> bit & 1], dtype=np.int64)
    # members[s, c]: set s has channel c
    members = (sets[:, None] >> channels[None, :] & 1).astype(np.bool_)
    if channels.size <= exact_channels:
        values, errors = _exact(members, won, paths), np.zeros(channels.size)
    else:
        values, errors = _drawn(members, won, paths, draws)
    rate = float(won.sum() / paths.sum()) if paths.sum() > 0 else 0.0
    weights = values / rate if rate > 0 else np.zeros(channels.size)
    return pa.table([channels.astype(np.int32), values, weights, errors], schema=SCHEMA)


def _rates(won: Floats, paths: Floats) -> Floats:
    return np.divide(won, paths, out=np.zeros_like(won), where=paths > 0)


def _exact(members: npt.NDArray[np.bool_], won: Floats, paths: Floats) -> Floats:
    """By the worth of every set: sums over subsets, a channel at a time."""
    count = members.shape[1]
    place = members @ (1 << np.arange(count, dtype=np.int64))
    worth_won, worth_paths = np.zeros(1 << count), np.zeros(1 << count)
    np.add.at(worth_won, place, won)
    np.add.at(worth_paths, place, paths)
    every = np.arange(1 << count)
    for channel in range(count):
        has = every[every >> channel & 1 == 1]
        worth_won[has] += worth_won[has ^ 1 << channel]
        worth_paths[has] += worth_paths[has ^ 1 << channel]
    worth = _rates(worth_won, worth_paths)
    size = sum((every >> channel & 1 for channel in range(count)), start=np.zeros_like(every))
    share = np.array(
        [factorial(k) * factorial(count - k - 1) / factorial(count) for k in range(count)]
    )
    values = np.zeros(count)
    for channel in range(count):
        without = every[every >> channel & 1 == 0]
        added = worth[without | 1 << channel] - worth[without]
        values[channel] = (share[size[without]] * added).sum()
    return values


def _drawn(
    members: npt.NDArray[np.bool_], won: Floats, paths: Floats, draws: int
) -> tuple[Floats, Floats]:
    """By random orders: what a channel adds when it joins those before it."""
    count = members.shape[1]
    generator = np.random.default_rng(SEED)
    total, squares = np.zeros(count), np.zeros(count)
    for _ in range(draws):
        joined = generator.permutation(count)
        turn = np.empty(count, dtype=np.int64)
        turn[joined] = np.arange(count)
        # a path counts from the turn on at which the last of its channels has joined
        complete = np.where(members, turn[None, :], -1).max(axis=1)
        worth = _rates(
            np.cumsum(np.bincount(complete, weights=won, minlength=count)),
            np.cumsum(np.bincount(complete, weights=paths, minlength=count)),
        )
        added = np.diff(worth, prepend=0.0)[turn]
        total += added
        squares += added**2
    mean = total / draws
    spread = np.sqrt(np.maximum(squares / draws - mean**2, 0.0) * draws / (draws - 1))
    return mean, spread / np.sqrt(draws)
