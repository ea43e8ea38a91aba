"""`python -m tests.benchmarks.circles`: communities of a large graph beside leidenalg and networkx.

A planted graph: groups of fifty, seven links in ten within the group. Each partitions it once at
the same resolution, from Python objects in memory, three passes of Leiden; networkx, which has no
Leiden, by Louvain, and only where asked: it needs about a kilobyte a link. Quality is modularity
and the normalised mutual information with the groups that were planted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import leidenalg
import networkx
import numpy as np
import pyarrow as pa

from orchestration.algorithms import communities as ours
from tests.benchmarks.measure import measured

GROUP, WITHIN, SEED = 50, 0.7, 7
PASSES = 3


def planted(nodes: int, links: int) -> tuple[ours.Links, ours.Ints]:
    """The graph and each node's group."""
    draw = np.random.default_rng(SEED)
    # Pairs that come twice fall away.
    one = draw.integers(0, nodes, int(links * 1.1))
    near = one - one % GROUP + draw.integers(0, GROUP, one.size)
    other = np.where(draw.random(one.size) < WITHIN, near, draw.integers(0, nodes, one.size))
    low, high = np.minimum(one, other), np.maximum(one, other)
    keys = np.unique(low[low < high] * nodes + high[low < high])
    keys = np.sort(draw.permutation(keys)[:links])
    names = pa.array([f"{number:08d}" for number in range(nodes)])
    links_found = ours.Links(names, keys // nodes, keys % nodes, np.ones(keys.size))
    return links_found, np.arange(nodes) // GROUP


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--networkx", action="store_true", help="beside networkx too")
    given = parser.parse_args()
    links, truth = planted(given.nodes, given.links)
    graph = ours.graph_of(links)
    weight = links.weight.tolist()
    print(f"{len(links):,} nodes, {links.left.size:,} links")

    def by_us() -> ours.Ints:
        return ours.partition(graph, links.weight, 1.0, 0)

    def by_leidenalg() -> ours.Ints:
        found = leidenalg.find_partition(
            graph,
            leidenalg.RBConfigurationVertexPartition,
            weights=weight,
            n_iterations=PASSES,
            seed=0,
        )
        return np.asarray(found.membership, dtype=np.int64)

    def by_networkx() -> ours.Ints:
        peer = networkx.Graph()
        peer.add_nodes_from(range(len(links)))
        peer.add_edges_from(zip(links.left.tolist(), links.right.tolist(), strict=True))
        labels = np.zeros(len(links), dtype=np.int64)
        for number, group in enumerate(networkx.community.louvain_communities(peer, seed=0)):
            labels[list(group)] = number
        return labels

    steps: list[tuple[str, Callable[[], ours.Ints]]] = [
        ("ours", by_us),
        ("leidenalg", by_leidenalg),
    ]
    if given.networkx:
        steps.append(("networkx", by_networkx))
    for name, step in steps:
        labels, cost = measured(step)
        quality = graph.modularity(labels.tolist(), weights=weight)
        likeness = ours.normalised_mutual_information(ours.renumbered(labels), truth)
        print(
            f"{name:10} {cost.cpu:8.1f} CPU s {cost.memory:6.2f} GiB "
            f"modularity {quality:.4f} NMI {likeness:.3f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
