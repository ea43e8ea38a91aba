"""Groups in graphs whose answer is known by hand or by planting."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest

from orchestration.algorithms import communities as found
from orchestration.algorithms.samples import grown_sample

Edge = tuple[str, str, float]
SETTINGS = {
    "resolutions": [0.25, 0.5, 1.0, 2.0, 4.0],
    "runs": 4,
    "tolerance": 0.005,
    "sample_nodes": 5000,
    "bridge_from": 0.5,
}


def links_of(edges: list[Edge]) -> found.Links:
    left, right, weight = zip(*edges, strict=True) if edges else ((), (), ())
    return found.index_links(
        pa.array(left, pa.string()), pa.array(right, pa.string()), pa.array(weight, pa.float64())
    )


def clique(names: str, weight: float = 1.0) -> list[Edge]:
    return [(a, b, weight) for a, b in itertools.combinations(names, 2)]


def groups_of(table: pa.Table) -> set[frozenset[str]]:
    members: dict[str, set[str]] = {}
    for row in table.to_pylist():
        members.setdefault(row["community"], set()).add(row["node"])
    assert all(min(names) == first for first, names in members.items())
    return {frozenset(names) for names in members.values()}


def rows_of(table: pa.Table) -> dict[str, dict[str, object]]:
    return {row["node"]: row for row in table.to_pylist()}


def planted(groups: int, size: int, inside: float, outside: float, seed: int) -> list[Edge]:
    """Groups of equal size; each pair is linked by chance. Person p0012 is in group 12 // size."""
    rng = random.Random(seed)
    count = groups * size
    return [
        (f"p{a:04d}", f"p{b:04d}", 1.0)
        for a, b in itertools.combinations(range(count), 2)
        if rng.random() < (inside if a // size == b // size else outside)
    ]


def test_links_are_numbered_and_settled() -> None:
    links = links_of([("c", "a", 0.5), ("a", "c", 0.7), ("b", "b", 1.0), ("b", "a", 0.1)])

    assert links.names.to_pylist() == ["a", "b", "c"]
    assert links.left.tolist() == [0, 0]
    assert links.right.tolist() == [1, 2]
    assert links.weight.tolist() == [0.1, 0.7]
    assert links.strength.tolist() == pytest.approx([0.8, 0.1, 0.7])


@pytest.mark.parametrize("weight", [0.0, -0.5])
def test_a_weight_that_is_not_above_zero_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        links_of([("a", "b", weight)])


def test_nobody_linked_gives_an_empty_table() -> None:
    table = found.communities(links_of([]), **SETTINGS)

    assert table.num_rows == 0
    assert table.column_names == [
        "node",
        "community",
        "role",
        "influence_score",
        "cohesion",
        "resolution",
        "resolution_stability",
    ]


def test_planted_groups_are_found() -> None:
    table = found.communities(links_of(planted(12, 15, 0.6, 0.01, seed=3)), **SETTINGS)

    truth = {frozenset(f"p{g * 15 + i:04d}" for i in range(15)) for g in range(12)}
    assert groups_of(table) == truth


def test_many_small_groups_are_not_merged() -> None:
    """Plain modularity merges these (resolution limit): a ring of 60 cliques of 5."""
    names = [[f"q{g:03d}{i}" for i in range(5)] for g in range(60)]
    edges: list[Edge] = []
    for g, group in enumerate(names):
        edges += [(a, b, 1.0) for a, b in itertools.combinations(group, 2)]
        edges.append((group[0], names[(g + 1) % 60][1], 1.0))
    links = links_of(edges)
    plain = found.partition(found.graph_of(links), links.weight, 1.0, seed=0)
    assert plain.max() + 1 < 60

    table = found.communities(links, **SETTINGS)

    assert groups_of(table) == {frozenset(group) for group in names}


def test_the_order_and_direction_of_rows_decide_nothing() -> None:
    # noisy enough that another seed gives another partition
    edges = planted(6, 20, 0.25, 0.06, seed=5)
    first = found.communities(links_of(edges), **SETTINGS)
    rng = random.Random(1)
    for _ in range(3):
        shuffled = [(b, a, w) if rng.random() < 0.5 else (a, b, w) for a, b, w in edges]
        rng.shuffle(shuffled)
        random.seed(rng.random())

        assert found.communities(links_of(shuffled), **SETTINGS).equals(first)

    links = links_of(edges)
    graph = found.graph_of(links)
    runs = {tuple(found.partition(graph, links.weight, 1.0, seed)) for seed in range(8)}
    assert len(runs) > 1


def test_igraph_s_own_generator_is_given_back() -> None:
    random.seed(7)
    before = random.getstate()

    links = links_of(clique("abcd"))
    found.partition(found.graph_of(links), links.weight, 1.0, seed=0)

    assert random.getstate() == before


def test_the_most_stable_resolution_is_taken_and_of_equals_the_one_nearest_to_one() -> None:
    cliques = clique("abcde") + clique("fghij") + [("a", "f", 0.1)]
    choice = found.choose_resolution(links_of(cliques), [0.5, 1.0, 2.0], 4, 0.005, 5000)

    assert choice.resolution == 1.0
    assert choice.stability == 1.0
    assert choice.sampled == 10
    assert [resolution for resolution, _ in choice.tried] == [0.5, 1.0, 2.0]

    # 0.5 and 2 are as near: the lower one
    assert found.choose_resolution(links_of(cliques), [2.0, 0.5], 4, 0.005, 5000).resolution == 0.5


def test_a_resolution_that_leaves_most_alone_is_not_taken() -> None:
    links = links_of(planted(4, 12, 0.5, 0.08, seed=2))
    alone = found.partition(found.graph_of(links), links.weight, 500.0, seed=0)
    assert alone.max() + 1 == len(links)

    choice = found.choose_resolution(links, [1.0, 500.0], 4, 0.005, 5000)

    assert choice.tried[1] == (500.0, 1.0)
    assert choice.resolution == 1.0


def test_a_sample_chooses_for_the_whole() -> None:
    """40 groups of 20; the choice is made on 200 nodes, and the groups are all found."""
    links = links_of(planted(40, 20, 0.5, 0.001, seed=9))

    table = found.communities(links, **{**SETTINGS, "sample_nodes": 200})

    truth = {f"p{n:04d}": n // 20 for n in range(800)}
    rows = rows_of(table)
    names = sorted(rows)
    ours = {first: place for place, first in enumerate({r["community"] for r in rows.values()})}
    likeness = found.adjusted_rand(
        np.array([truth[n] for n in names]), np.array([ours[rows[n]["community"]] for n in names])
    )
    assert len(names) > 780
    assert likeness > 0.97


def test_a_sample_fills_a_group_before_it_leaves_it() -> None:
    # ten cliques of ten in a ring, weakly linked: a sample of 50 from ten starts
    left, right, weight = [], [], []
    for group in range(10):
        base = group * 10
        for a, b in itertools.combinations(range(10), 2):
            left.append(base + a), right.append(base + b), weight.append(1.0)
        left.append(min(base, (base + 10) % 100)), right.append(max(base, (base + 10) % 100))
        weight.append(0.1)
    kept = grown_sample(np.array(left), np.array(right), np.array(weight), 100, 50)

    assert kept.size == 50
    assert kept.tolist() == sorted(set(kept.tolist()))
    assert grown_sample(np.array(left), np.array(right), np.array(weight), 100, 200).size == 100


def test_roles_influence_and_cohesion_by_hand() -> None:
    """Two triangles of weight 1 and somebody, x, with one link of weight 1 to each.

    x goes to one of the two, so of x's strength of 2 one half stays: participation
    1 - (0.25 + 0.25) = 0.5, a bridge. In the other triangle (say d e f, x linked to d) d has
    strength 3 of which 2 stay: 1 - (4/9 + 1/9) = 4/9, no bridge; all three have 2 inside, the
    mean, and know both others: core. Cohesion there: 6 of 7. In the triangle with x inside
    strengths are 3, 2, 2 and 1, the mean is 2, so x is below: core are the three.
    Cohesion: 8 of 9.
    """
    edges = [*clique("abc"), *clique("def"), ("a", "x", 1.0), ("d", "x", 1.0)]
    links = links_of(edges)
    groups = np.array([0, 0, 0, 1, 1, 1, 0])

    there = found.standing(links, groups, 0.5)

    assert links.names.to_pylist() == list("abcdefx")
    assert there.role.tolist() == ["core", "core", "core", "core", "core", "core", "bridge"]
    assert there.cohesion.tolist() == pytest.approx([8 / 9] * 3 + [6 / 7] * 3 + [8 / 9], abs=1e-6)
    # by symmetry a and d rank alike, and first in their groups
    assert there.influence[0] == there.influence[3] == 1.0
    assert there.influence[1] == there.influence[2] == there.influence[4] < 1.0


def test_a_hanger_on_is_a_member() -> None:
    """In the clique of a, b, c, d with e linked to a alone, e knows one of four: no core."""
    links = links_of([*clique("abcd"), ("a", "e", 1.0)])

    there = found.standing(links, np.zeros(5, dtype=np.int64), 0.5)

    # strengths 4, 3, 3, 3, 1; mean 2.8
    assert there.role.tolist() == ["core", "core", "core", "core", "member"]
    assert there.cohesion.tolist() == [1.0] * 5


def test_influence_is_page_rank() -> None:
    """A star of three leaves, damping 0.85.

    c = 0.15/4 + 0.85 * 3l and l = 0.15/4 + 0.85 * c/3, so l/c = (0.0375 + 0.85c/3)/c with
    c = (0.0375 + 3 * 0.85 * 0.0375) / (1 - 0.85 ** 2) = 0.133125 / 0.2775 = 0.479730,
    l = 0.173423; l / c = 0.361502.
    """
    links = links_of([("hub", leaf, 0.4) for leaf in ("l1", "l2", "l3")])

    there = found.standing(links, np.zeros(4, dtype=np.int64), 0.5)

    assert there.influence.tolist() == pytest.approx([1.0] + [0.361502] * 3, abs=2e-6)


def test_likeness_of_partitions() -> None:
    """Hubert and Arabie by hand: two halves of four, one moved.

    Pairs together in both: 1 + 0 + 1... counted in the table [[2, 0], [1, 1]]: 1; rows give
    1 + 1 = 2, columns 3 + 0 = 3, of 6 pairs: (1 - 1) / (2.5 - 1) = 0.
    """
    one, other = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])

    assert found.adjusted_rand(one, one) == 1.0
    assert found.adjusted_rand(one, 1 - one) == 1.0
    assert found.adjusted_rand(one, other) == pytest.approx(0.0)
    assert found.normalised_mutual_information(one, 1 - one) == pytest.approx(1.0)
    # H(one) = ln 2, H(other) = 0.562335, joint = 1.039721: 2 * 0.215762 / 1.255482
    assert found.normalised_mutual_information(one, other) == pytest.approx(0.343712, abs=1e-6)
    assert found.normalised_mutual_information(np.array([0, 1, 0, 1]), one) == pytest.approx(0.0)
