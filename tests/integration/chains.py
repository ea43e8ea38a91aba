"""Paths of channels, and the steps of a Markov chain counted one path at a time."""

from __future__ import annotations

import itertools
from collections import Counter

from orchestration.algorithms.markov_chain import END, SALE, START

#: Channels of a path, sales, ends without sale.
Paths = list[tuple[tuple[int, ...], int, int]]
#: The example of https://analyzecore.com/2016/08/03/attribution-model-r-part-1/:
#: C1 > C2 > C3 sells, C1 alone and C2 > C3 don't.
PUBLISHED: Paths = [((0, 1, 2), 1, 0), ((0,), 0, 1), ((1, 2), 0, 1)]


def steps_of(paths: Paths, order: int = 1) -> Counter[tuple[int, int]]:
    """Steps of a chain of an order, counted one path at a time."""
    steps: Counter[tuple[int, int]] = Counter()
    for channels, sales, ends in paths:
        states = [
            sum((channels[at - back] + 1) * 64**back for back in range(min(order, at + 1)))
            for at in range(len(channels))
        ]
        for step in itertools.pairwise([START, *states]):
            steps[step] += sales + ends
        steps[states[-1], SALE] += sales
        steps[states[-1], END] += ends
    return Counter({step: count for step, count in steps.items() if count})
