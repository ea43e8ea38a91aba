"""Circles in a weighted graph: Leiden at a resolution chosen by stability, roles, influence.

Nodes are texts. They are numbered in their sorted order and links are sorted before anything is
computed, so that the order of the rows decides nothing; random numbers come from given seeds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations

import igraph  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .samples import grown_sample

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

CORE, MEMBER, BRIDGE = "core", "member", "bridge"
#: Digits that are kept of what is published, so that the last bits of a sum decide nothing.
DIGITS = 6
#: Until nothing changes any more (-1) may never come: rounding can make two moves undo each other.
ITERATIONS = 10


@dataclass(frozen=True)
class Links:
    """An undirected weighted graph: `left < right` number the sorted `names`, each pair once."""

    names: pa.Array
    left: Ints
    right: Ints
    weight: Floats

    def __len__(self) -> int:
        return len(self.names)

    @property
    def strength(self) -> Floats:
        """Sum of the weights of each node's links."""
        ends = np.concatenate([self.left, self.right])
        weights = np.concatenate([self.weight, self.weight])
        return np.bincount(ends, weights=weights, minlength=len(self)).astype(np.float64)

    def among(self, nodes: Ints) -> Links:
        """The graph of some nodes (sorted numbers) and the links among them."""
        place = np.full(len(self), -1, dtype=np.int64)
        place[nodes] = np.arange(nodes.size)
        kept = (place[self.left] >= 0) & (place[self.right] >= 0)
        return Links(
            self.names.take(pa.array(nodes)),
            place[self.left[kept]],
            place[self.right[kept]],
            self.weight[kept],
        )


@dataclass(frozen=True)
class Choice:
    """A resolution, how stable it was (mean adjusted Rand index), and what else was tried."""

    resolution: float
    stability: float
    sampled: int
    tried: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Standing:
    """Per node: its role, its influence in 0..1, and the cohesion of its group in 0..1."""

    role: npt.NDArray[np.str_]
    influence: Floats
    cohesion: Floats


def index_links(left: pa.Array, right: pa.Array, weight: pa.Array) -> Links:
    """Number the nodes of links given as texts.

    Links to oneself are dropped; of a pair that comes twice, in either direction, the greater
    weight counts. Raises ValueError on a weight that isn't above zero.
    """
    ends = pa.concat_arrays([_flat(left).cast(pa.string()), _flat(right).cast(pa.string())])
    names = pc.unique(ends)
    names = names.take(pc.array_sort_indices(names))
    numbers = pc.index_in(ends, value_set=names).to_numpy(zero_copy_only=False).astype(np.int64)
    weights = _flat(weight).cast(pa.float64()).to_numpy(zero_copy_only=False)
    if weights.size and not (weights > 0).all():
        raise ValueError("the weight of a link must be above zero")
    one, other = numbers[: weights.size], numbers[weights.size :]
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((-weights, high, low))
    order = order[low[order] != high[order]]
    low, high, weights = low[order], high[order], weights[order]
    first = np.ones(low.size, dtype=np.bool_)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    return Links(names, low[first], high[first], weights[first])


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Let igraph draw from a generator of its own while this lasts."""
    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


def graph_of(links: Links) -> igraph.Graph:
    """The links as igraph has them."""
    ends = np.column_stack([links.left, links.right])
    return igraph.Graph(n=len(links), edges=ends, directed=False)


def partition(graph: igraph.Graph, weight: Floats, resolution: float, seed: int) -> Ints:
    """Group of each node by Leiden on modularity, numbered in the order of the nodes."""
    with _seeded(seed):
        found = graph.community_leiden(
            objective_function="modularity",
            weights=weight.tolist(),
            resolution=resolution,
            n_iterations=ITERATIONS if graph.vcount() <= 20_000 else 3,
        )
    return renumbered(np.asarray(found.membership, dtype=np.int64))


def renumbered(labels: Ints) -> Ints:
    """The same groups, numbered by their first node."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    return rank[inverse].astype(np.int64)


def _pairs(counts: npt.NDArray[np.int64]) -> float:
    return float((counts.astype(np.float64) * (counts - 1) / 2).sum())


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Hubert and Arabie's adjusted Rand index: 1 for equal partitions, 0 as by chance."""
    joint = np.unique(one * (int(other.max(initial=0)) + 1) + other, return_counts=True)[1]
    both = _pairs(joint)
    left = _pairs(np.unique(one, return_counts=True)[1])
    right = _pairs(np.unique(other, return_counts=True)[1])
    total = one.size * (one.size - 1) / 2
    chance = left * right / total if total else 0.0
    span = (left + right) / 2 - chance
    return 1.0 if span == 0 else (both - chance) / span


def normalised_mutual_information(one: Ints, other: Ints) -> float:
    """Mutual information over the mean of both entropies; 1 where neither tells anything."""
    width = int(other.max(initial=0)) + 1
    entropies = []
    for labels in (one, other, one * width + other):
        share = np.unique(labels, return_counts=True)[1] / labels.size
        entropies.append(float(-(share * np.log(share)).sum()))
    span = entropies[0] + entropies[1]
    return 1.0 if span == 0 else 2 * (span - entropies[2]) / span


def choose_resolution(
    links: Links,
    resolutions: Sequence[float],
    runs: int,
    tolerance: float,
    sample_nodes: int,
) -> Choice:
    """The resolution at which runs from different seeds agree best.

    Each is run with the seeds 0 to `runs - 1`; its stability is the mean adjusted Rand index of
    all pairs of runs. Of those within `tolerance` of the best the one nearest to 1, plain
    modularity, is taken, of two as near the lower. One that leaves most nodes alone doesn't stand
    for choice unless all do.

    Beyond `sample_nodes` nodes the choice is made on a sample of that size (`grown_sample`).
    Modularity weighs groups against the whole graph, so what suits the sample is multiplied by
    how much heavier the graph is: groups of the same size are found in both.
    """
    whole, scale = links, 1.0
    if len(links) > sample_nodes:
        kept = grown_sample(links.left, links.right, links.weight, len(links), sample_nodes)
        links = links.among(kept)
        scale = float(whole.weight.sum() / links.weight.sum())
    graph = graph_of(links)
    tried: list[tuple[float, float]] = []
    alone: list[bool] = []
    for resolution in sorted(resolutions):
        found = [partition(graph, links.weight, resolution, seed) for seed in range(runs)]
        likeness = [adjusted_rand(one, other) for one, other in combinations(found, 2)]
        tried.append((resolution, float(np.mean(likeness)) if likeness else 1.0))
        alone.append((np.bincount(np.bincount(found[0]), minlength=2)[1]) * 2 > len(links))
    open_ones = [entry for entry, lonely in zip(tried, alone, strict=True) if not lonely] or tried
    best = max(stability for _, stability in open_ones)
    near = [entry for entry in open_ones if entry[1] >= best - tolerance]
    resolution, stability = min(
        near, key=lambda entry: (round(abs(np.log(entry[0])), DIGITS), entry[0])
    )
    return Choice(resolution * scale, stability, len(links), tuple(tried))


def best_partition(links: Links, resolution: float, runs: int) -> Ints:
    """Of the partitions with the seeds 0 to `runs - 1` the one of the highest modularity.

    Of equal ones the first seed's.
    """
    graph = graph_of(links)
    weight = links.weight.tolist()
    best, best_quality = np.zeros(0, dtype=np.int64), -np.inf
    for seed in range(runs):
        found = partition(graph, links.weight, resolution, seed)
        quality = round(graph.modularity(found.tolist(), weights=weight, resolution=resolution), 12)
        if quality > best_quality:
            best, best_quality = found, quality
    return best


def standing(links: Links, groups: Ints, bridge_from: float) -> Standing:
    """What each node is to its group.

    - bridge: its participation coefficient (Guimera and Amaral 2005), one minus the sum of the
      squared shares of its strength that go to each group, is `bridge_from` or more;
    - core: its strength inside the group is the group's mean or more, and it is linked to half of
      the others or more; member: the others.

    Influence is the weighted PageRank (damping 0.85) over the highest of the group. Cohesion is
    the share of the members' strength that stays in the group.
    """
    count = int(groups.max(initial=-1)) + 1
    ends = np.concatenate([links.left, links.right])
    towards = groups[np.concatenate([links.right, links.left])]
    weights = np.concatenate([links.weight, links.weight])
    cells, inverse = np.unique(ends * max(count, 1) + towards, return_inverse=True)
    parts = np.bincount(inverse, weights=weights, minlength=cells.size)
    strength = links.strength
    safe = np.where(strength > 0, strength, 1.0)
    owner = cells // max(count, 1)
    shares = np.bincount(owner, weights=(parts / safe[owner]) ** 2, minlength=len(links))
    participation = np.round(1 - shares, DIGITS)

    own = towards == groups[ends]
    inner = np.bincount(ends[own], weights=weights[own], minlength=len(links))
    friends = np.bincount(ends[own], minlength=len(links))
    size = np.bincount(groups, minlength=count)
    mean = np.bincount(groups, weights=inner, minlength=count) / np.maximum(size, 1)
    is_core = (inner >= mean[groups] - 10.0**-DIGITS) & (friends * 2 >= size[groups] - 1)
    role = np.where(participation >= bridge_from, BRIDGE, np.where(is_core, CORE, MEMBER))

    rank = np.asarray(graph_of(links).pagerank(weights=links.weight.tolist()), dtype=np.float64)
    highest = np.zeros(count)
    np.maximum.at(highest, groups, rank)
    influence = np.round(rank / highest[groups], DIGITS) if count else rank
    kept = np.bincount(groups, weights=inner, minlength=count)
    total = np.bincount(groups, weights=strength, minlength=count)
    cohesion = np.round(kept / np.where(total > 0, total, 1.0), DIGITS)
    return Standing(role, influence, cohesion[groups])


def communities(
    links: Links,
    *,
    resolutions: Sequence[float],
    runs: int,
    tolerance: float,
    sample_nodes: int,
    bridge_from: float,
) -> pa.Table:
    """Groups of two or more nodes of a graph.

    One row per node: `node`, `community` (its group's first node), `role`, `influence_score`,
    `cohesion`, `resolution`, `resolution_stability`. Beyond `sample_nodes` nodes the graph itself
    is partitioned once, with the first seed. See the functions that it calls.
    """
    if not len(links):
        return _table(links, np.zeros(0, np.int64), None, None)
    choice = choose_resolution(links, resolutions, runs, tolerance, sample_nodes)
    repeats = runs if len(links) <= sample_nodes else 1
    groups = best_partition(links, choice.resolution, repeats)
    return _table(links, groups, standing(links, groups, bridge_from), choice)


def _table(links: Links, groups: Ints, found: Standing | None, choice: Choice | None) -> pa.Table:
    none = np.zeros(0)
    kept = np.flatnonzero(np.bincount(groups)[groups] > 1) if groups.size else groups
    first = np.unique(groups, return_index=True)[1]
    owners = first[groups][kept] if groups.size else kept
    size = kept.size
    return pa.table(
        {
            "node": links.names.take(pa.array(kept)),
            "community": links.names.take(pa.array(owners)),
            "role": pa.array(found.role[kept] if found else [], pa.string()),
            "influence_score": pa.array(found.influence[kept] if found else none, pa.float64()),
            "cohesion": pa.array(found.cohesion[kept] if found else none, pa.float64()),
            "resolution": pa.array(np.full(size, choice.resolution if choice else 0.0)),
            "resolution_stability": pa.array(
                np.round(np.full(size, choice.stability if choice else 0.0), DIGITS)
            ),
        }
    )
