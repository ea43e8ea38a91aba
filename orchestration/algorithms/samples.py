"""A part of a large graph that keeps its groups whole."""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: A sample grows from this many places of the graph.
STARTS = 10


def grown_sample(left: Ints, right: Ints, weight: Floats, count: int, size: int) -> Ints:
    """Sorted numbers of at most `size` of the nodes 0 to `count - 1`.

    It grows from a few nodes drawn with a fixed seed: next comes the neighbour with the most
    weight towards what is there, of equal ones the lower number. So it fills a group before it
    leaves it, where a breadth-first sample is mostly rim. A part without further neighbours goes
    on at the lowest node that is left.

    Links must be given each once and in a fixed order. Takes about size x mean degree steps.
    """
    if size >= count:
        return np.arange(count, dtype=np.int64)
    ends = np.concatenate([left, right])
    order = np.argsort(ends, kind="stable")
    others = np.concatenate([right, left])[order]
    weights = np.concatenate([weight, weight])[order]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=count))])

    chosen = np.zeros(count, dtype=np.bool_)
    starts = np.random.default_rng(0).permutation(count)[:STARTS]
    lowest = taken = 0
    for number, start in enumerate(starts.tolist()):
        goal = size * (number + 1) // len(starts)
        pull: dict[int, float] = {}
        heap: list[tuple[float, int]] = [(0.0, start)]
        while taken < goal:
            while heap and (chosen[heap[0][1]] or -heap[0][0] < pull.get(heap[0][1], 0.0)):
                heapq.heappop(heap)
            if heap:
                node = heapq.heappop(heap)[1]
            else:
                while chosen[lowest]:
                    lowest += 1
                node = lowest
            chosen[node] = True
            taken += 1
            for place in range(int(offsets[node]), int(offsets[node + 1])):
                other = int(others[place])
                if not chosen[other]:
                    pull[other] = pull.get(other, 0.0) + float(weights[place])
                    heapq.heappush(heap, (-pull[other], other))
    return np.flatnonzero(chosen).astype(np.int64)
