"""Shapley values against hand-worked games and the definition."""

from __future__ import annotations

import itertools
import random

import pyarrow as pa
import pytest

from orchestration.algorithms.shapley import rate_game

#: Channels 0 and 1: 0 alone sells 1 of 4, 1 alone 1 of 2, both together 3 of 4.
TWO = ([1, 2, 3], [1, 1, 3], [3, 1, 1])


def game(
    rows: tuple[list[int], list[int], list[int]], exact: int = 15, draws: int = 500
) -> pa.Table:
    return rate_game(*rows, exact_channels=exact, draws=draws)


def by_definition(rows: tuple[list[int], list[int], list[int]], count: int) -> list[float]:
    """The mean over all orders of what each channel adds when it joins."""

    def worth(members: int) -> float:
        inside = [(w, n) for s, w, n in zip(*rows, strict=True) if s | members == members]
        won, total = sum(w for w, _ in inside), sum(w + n for w, n in inside)
        return won / total if total else 0.0

    values = [0.0] * count
    orders = list(itertools.permutations(range(count)))
    for order in orders:
        joined = 0
        for channel in order:
            values[channel] += worth(joined | 1 << channel) - worth(joined)
            joined |= 1 << channel
    return [value / len(orders) for value in values]


def test_two_channels_by_hand() -> None:
    """v(0) = 1/4, v(1) = 1/2, v(both) = 5/10: 0 adds 1/4 when first and 0 when second."""
    found = game(TWO)

    assert found["shapley_value"].to_pylist() == pytest.approx([1 / 8, 3 / 8], abs=1e-12)
    assert found["weight"].to_pylist() == pytest.approx([1 / 4, 3 / 4], abs=1e-12)
    assert found["standard_error"].to_pylist() == [0, 0]


def random_rows(count: int, sets: int, seed: int) -> tuple[list[int], list[int], list[int]]:
    chance = random.Random(seed)
    drawn = chance.sample(range(1, 1 << count), sets)
    return drawn, [chance.randint(0, 9) for _ in drawn], [chance.randint(1, 30) for _ in drawn]


def test_six_channels_by_the_definition() -> None:
    rows = random_rows(6, 40, 1)

    assert game(rows)["shapley_value"].to_pylist() == pytest.approx(
        by_definition(rows, 6), abs=1e-12
    )


def test_fifteen_channels_are_exact_and_sum_to_the_rate() -> None:
    rows = random_rows(15, 400, 2)

    found = game(rows)

    rate = sum(rows[1]) / (sum(rows[1]) + sum(rows[2]))
    assert sum(found["shapley_value"].to_pylist()) == pytest.approx(rate, abs=1e-12)
    assert set(found["standard_error"].to_pylist()) == {0.0}


def test_drawn_values_lie_within_their_stated_error() -> None:
    rows = random_rows(8, 80, 3)
    exact = game(rows)["shapley_value"].to_pylist()

    drawn = game(rows, exact=7, draws=4000)

    for value, true, error in zip(
        drawn["shapley_value"].to_pylist(), exact, drawn["standard_error"].to_pylist(), strict=True
    ):
        assert 0 < error < 0.01
        assert abs(value - true) < 4 * error
    assert sum(drawn["shapley_value"].to_pylist()) == pytest.approx(sum(exact), abs=1e-12)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = random_rows(8, 80, 4)
    turned = tuple(list(reversed(column)) for column in rows)

    assert game(rows).equals(game(turned))  # type: ignore[arg-type]
    assert game(rows, exact=2).equals(game(turned, exact=2))  # type: ignore[arg-type]


def test_without_paths_there_is_no_channel() -> None:
    assert game(([], [], [])).num_rows == 0


def test_one_draw_has_no_error() -> None:
    with pytest.raises(ValueError, match="two draws"):
        game(TWO, draws=1)
