"""Removal effects against published and hand-worked chains."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from fractions import Fraction

import pyarrow as pa
import pytest

from orchestration.algorithms.markov_chain import SALE, START, removal_effects
from tests.integration.chains import PUBLISHED, Paths, steps_of


def solved(steps: Counter[tuple[int, int]]) -> pa.Table:
    rows = list(steps.items())
    return removal_effects(
        [step[0] for step, _ in rows], [step[1] for step, _ in rows], [n for _, n in rows]
    )


def test_the_published_three_paths() -> None:
    found = solved(steps_of(PUBLISHED))

    assert found["channel_number"].to_pylist() == [0, 1, 2]
    assert found["removal_effect"].to_pylist() == pytest.approx([0.5, 1, 1], abs=1e-12)
    assert found["weight"].to_pylist() == pytest.approx([0.2, 0.4, 0.4], abs=1e-12)
    assert found["base_probability"].to_pylist() == pytest.approx([1 / 3] * 3, abs=1e-12)


def exact_probability(steps: Counter[tuple[int, int]], without: int | None) -> Fraction:
    """P(sale) in exact fractions, by elimination of one state after the other."""
    left: Counter[int] = Counter()
    for (source, _), count in steps.items():
        left[source] += count
    rate = {
        (source, target): Fraction(count, left[source])
        for (source, target), count in steps.items()
        if without is None or (target < 0 or target % 64 != without + 1)
    }
    states = sorted(left, reverse=True)
    for state in states:
        if state == START:
            continue
        loop = rate.pop((state, state), Fraction(0))
        into = {s: r for (s, t), r in rate.items() if t == state}
        out = {t: r / (1 - loop) for (s, t), r in rate.items() if s == state}
        for step in [step for step in rate if state in step]:
            del rate[step]
        for (source, first), (target, second) in itertools.product(into.items(), out.items()):
            rate[source, target] = rate.get((source, target), Fraction(0)) + first * second
    return rate.get((START, SALE), Fraction(0))


@pytest.mark.parametrize("order", [1, 2, 3])
def test_chains_with_loops_solve_exactly(order: int) -> None:
    chance = random.Random(order)
    paths = [
        (tuple(chance.choices(range(4), k=chance.randint(1, 6))), chance.randint(0, 3), 2)
        for _ in range(40)
    ]
    steps = steps_of(paths, order)
    base = exact_probability(steps, None)

    found = solved(steps)

    expected = [float(1 - exact_probability(steps, channel) / base) for channel in range(4)]
    assert found["removal_effect"].to_pylist() == pytest.approx(expected, abs=1e-12)
    assert sum(found["weight"].to_pylist()) == pytest.approx(1, abs=1e-12)
    # a chain of any order sells at the rate at which its paths did
    sales, ends = sum(p[1] for p in paths), sum(p[2] for p in paths)
    assert found["base_probability"][0].as_py() == pytest.approx(sales / (sales + ends), abs=1e-12)


def test_a_chain_of_order_two_tells_orders_of_channels_apart() -> None:
    """0 > 1 always sells, 2 > 1 never does: to order 1 the last state is the same."""
    paths: Paths = [((0, 1), 10, 0), ((2, 1), 0, 10)]

    first, second = solved(steps_of(paths, 1)), solved(steps_of(paths, 2))

    assert first["removal_effect"].to_pylist() == pytest.approx([0.5, 1, 0.5])
    assert second["removal_effect"].to_pylist() == pytest.approx([1, 1, 0])


def test_the_order_of_rows_changes_nothing() -> None:
    chance = random.Random(7)
    paths = [(tuple(chance.choices(range(9), k=5)), 1, 3) for _ in range(200)]
    rows = list(steps_of(paths, 2).items())
    shuffled = chance.sample(rows, len(rows))

    assert solved(Counter(dict(rows))).equals(solved(Counter(dict(shuffled))))


def test_without_sales_no_channel_has_an_effect() -> None:
    found = solved(steps_of([((0, 1), 0, 5)]))

    assert found["weight"].to_pylist() == [0, 0]
    assert found["base_probability"].to_pylist() == [0, 0]


def test_without_paths_there_is_no_channel() -> None:
    assert removal_effects([], [], []).num_rows == 0


def test_a_state_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="without a next step"):
        removal_effects([0], [1], [4])
