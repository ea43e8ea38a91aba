"""The next channel: what models read, how they are judged, and what is told with little data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from orchestration.algorithms.next_channels import CHANNELS, choices, comparison, read, wilson


def customers(count: int, seed: int = 1, *, habit: float, age: float) -> pa.Table:
    """Customers who take the phone or the web: with chance `habit` the one that they like, and with
    chance `age` the one of their age; else either."""
    rng = np.random.default_rng(seed)
    liked = rng.integers(0, 2, count)
    old = rng.integers(0, 2, count)
    draw = rng.random(count)
    either = rng.integers(0, 2, count)
    answer = np.where(draw < habit, liked, np.where(draw < habit + age, old, either))
    names = np.array(["web", "phone"])
    rows = {
        "person_id": [f"p{number}" for number in range(count)],
        "sample_key": rng.permutation(count),
        "last_channel": names[answer].tolist(),
        "previous_channel": names[liked].tolist(),
        "days_before": np.ones(count),
        "days_now": np.ones(count),
        "premium_before_eur": np.full(count, 300.0),
        "premium_eur": np.full(count, 300.0),
        "age": np.where(old == 1, 70, 25),
        "department_code": ["75"] * count,
        "customer_kind": ["person"] * count,
    }
    for name in CHANNELS:
        number = {"web": 0, "phone": 1}.get(name, -1)
        rows[f"{name}_count"] = 3 * (liked == number) + (answer == number)
    return pa.table(rows)


def told(rows: pa.Table) -> dict[str, dict[str, object]]:
    return {str(row["model"]): row for row in comparison(rows, 10_000).to_pylist()}


def test_who_reads_what_decides_is_right() -> None:
    """With chance 0.8 the liked channel, else a coin: 0.9 can be known, and 0.5 by age."""
    found = told(customers(2000, habit=0.8, age=0.0))
    assert found["behaviour_value"]["accuracy_rate"] == pytest.approx(0.9, abs=0.025)
    assert found["demographic"]["accuracy_rate"] == pytest.approx(0.5, abs=0.04)
    assert found["behaviour_value"]["verdict"] == "better"
    assert found["most_common"]["verdict"] in {"no_difference", "worse", "better"}
    assert found["behaviour_value"]["is_chosen"]


def test_a_world_of_ages_is_told_as_such() -> None:
    """The comparison isn't made for one side to win."""
    found = told(customers(2000, habit=0.0, age=0.8))
    assert found["demographic"]["accuracy_rate"] == pytest.approx(0.9, abs=0.025)
    assert found["behaviour_value"]["verdict"] == "worse"


def test_coins_are_known_by_nobody() -> None:
    found = told(customers(2000, habit=0.0, age=0.0))
    low, high = found["behaviour_value"]["accuracy_low"], found["behaviour_value"]["accuracy_high"]
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert low < 0.5 + 0.03
    assert high > 0.5 - 0.03
    assert found["behaviour_value"]["verdict"] == "no_difference"


def test_the_answer_is_no_part_of_what_was_known() -> None:
    rows = customers(300, habit=0.5, age=0.0)
    before, now = read(rows, is_before=True), read(rows, is_before=False)
    counts = np.expm1(before.features["behaviour"][:, : len(CHANNELS)])
    assert np.allclose(counts.sum(axis=1), 3)
    assert np.allclose(np.expm1(now.features["behaviour"][:, : len(CHANNELS)]).sum(axis=1), 4)
    assert (before.answer == now.answer).all()


def test_the_order_of_rows_changes_nothing() -> None:
    rows = customers(400, habit=0.6, age=0.2)
    turned = rows.take(np.random.default_rng(3).permutation(400))
    assert comparison(rows, 300).equals(comparison(turned, 300))
    assert choices(rows, 300).equals(choices(turned, 300))


def test_with_few_customers_the_last_channel_stays() -> None:
    rows = customers(150, habit=0.6, age=0.2)
    assert comparison(rows, 10_000).num_rows == 0
    found = {row["person_id"]: row for row in choices(rows, 10_000).to_pylist()}
    for row in rows.to_pylist():
        assert found[row["person_id"]]["recommended_channel"] == row["last_channel"]
        assert found[row["person_id"]]["probability"] is None
        assert found[row["person_id"]]["model"] == "last_channel"
    assert choices(rows.slice(0, 0), 10).num_rows == 0
    assert comparison(rows.slice(0, 0), 10).num_rows == 0


def test_intervals_as_published() -> None:
    """81 of 263, Wilson without correction: 0.2553 to 0.3662 (Newcombe, Statistics in Medicine 17,
    1998, table I)."""
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_missing_ages_and_first_contacts_are_read() -> None:
    rows = customers(300, habit=0.5, age=0.0)
    index = rows.column_names.index
    rows = rows.set_column(index("age"), "age", pa.array([None] * 300, pa.int64()))
    rows = rows.set_column(
        index("previous_channel"), "previous_channel", pa.array([None] * 300, pa.string())
    )
    rows = rows.set_column(
        index("days_before"), "days_before", pa.array([None] * 300, pa.float64())
    )
    assert comparison(rows, 1000).num_rows == 4
