"""The Markov chain against ChannelAttribution from PyPI, on generated paths.

The library (Altomare and Loris) simulates the chain that Anderl and others describe; ours is
solved. Two of its runs differ by the simulation's error, so that is what we are held to.
"""

from __future__ import annotations

import random
from collections import Counter

import ChannelAttribution
import pandas as pd
import pytest

from orchestration.algorithms.markov_chain import removal_effects
from tests.integration.chains import PUBLISHED, Paths, steps_of

CHANNELS = 8
#: Weights of two simulated runs of this size lie within this of each other.
SIMULATION_ERROR = 0.01


def generated(seed: int, count: int) -> Paths:
    """Paths in which some channels sell better and some follow each other."""
    chance = random.Random(seed)
    pull = [chance.uniform(0.2, 1.5) for _ in range(CHANNELS)]
    paths: Counter[tuple[int, ...]] = Counter()
    sold: Counter[tuple[int, ...]] = Counter()
    for _ in range(count):
        path = [chance.choices(range(CHANNELS), pull)[0]]
        while chance.random() < 0.6 and len(path) < 12:
            follows = (path[-1] + 1) % CHANNELS
            path.append(follows if chance.random() < 0.4 else chance.randrange(CHANNELS))
        key = tuple(path)
        paths[key] += 1
        sold[key] += chance.random() < 0.08 + 0.05 * len({1, 4, 6} & set(path))
    return [(path, sold[path], count - sold[path]) for path, count in paths.items()]


def by_library(paths: Paths, order: int, seed: int = 0) -> dict[int, float]:
    table = pd.DataFrame(
        {
            "path": [" > ".join(f"c{channel}" for channel in path) for path, _, _ in paths],
            "sold": [sales for _, sales, _ in paths],
            "not_sold": [ends for _, _, ends in paths],
        }
    )
    found = ChannelAttribution.markov_model(
        *(table, "path", "sold"),
        var_null="not_sold",
        order=order,
        nsim_start=3e5,
        conv_par=0.02,
        seed=seed,
        verbose=False,
        flg_pro=False,
    )
    total = found["total_conversions"].sum()
    names = [int(name[1:]) for name in found["channel_name"]]
    return dict(zip(names, found["total_conversions"] / total, strict=True))


def ours(paths: Paths, order: int) -> dict[int, float]:
    steps = list(steps_of(paths, order).items())
    found = removal_effects(
        [step[0] for step, _ in steps], [step[1] for step, _ in steps], [n for _, n in steps]
    )
    numbers = found["channel_number"].to_pylist()
    return dict(zip(numbers, found["weight"].to_pylist(), strict=True))


def apart(one: dict[int, float], other: dict[int, float]) -> float:
    assert one.keys() == other.keys()
    return max(abs(one[channel] - other[channel]) for channel in one)


def test_the_published_paths() -> None:
    assert apart(by_library(PUBLISHED, 1), {0: 0.2, 1: 0.4, 2: 0.4}) < SIMULATION_ERROR
    assert ours(PUBLISHED, 1) == pytest.approx({0: 0.2, 1: 0.4, 2: 0.4}, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2, 3])
def test_generated_paths_within_the_simulation_s_error(order: int) -> None:
    paths = generated(order, 5_000)
    library = by_library(paths, order)

    assert apart(library, by_library(paths, order, seed=1)) < SIMULATION_ERROR
    assert apart(ours(paths, order), library) < SIMULATION_ERROR
