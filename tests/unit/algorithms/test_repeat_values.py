"""Forecasts of buyers as a table: on simulated people whose later purchases are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from orchestration.algorithms.repeat_values import SCHEMA, repeat_values

SETTINGS: dict[str, Any] = {"least_repeats": 20, "lifetime_months": 24, "discount_rate": 0.0}
R, ALPHA, A, B = 0.9, 60.0, 0.8, 3.0


def simulated(people: int, age: float, later: float) -> tuple[pa.Table, np.ndarray]:
    """Buyers as the model says that they are, in days, and what each buys in the time after."""
    draw = np.random.default_rng(7)
    rows: list[tuple[str, int, int, int, float]] = []
    bought = np.zeros(people)
    for person in range(people):
        rate, leaves = draw.gamma(R, 1 / ALPHA), draw.beta(A, B)
        worth = draw.gamma(6, 1 / draw.gamma(4, 1 / 15))
        times, now = [], 0.0
        while True:
            now += draw.exponential(1 / rate)
            if now > age + later:
                break
            times.append(now)
            if draw.random() < leaves:
                break
        before = [int(time) for time in times if time <= age]
        bought[person] = sum(time > age for time in times)
        rows.append((f"p{person:05}", len(before), before[-1] if before else 0, int(age), worth))
    names = ("person_id", "repeat_count", "recency_days", "age_days", "repeat_value_eur")
    return pa.table({n: [row[i] for row in rows] for i, n in enumerate(names)}), bought


def test_purchases_to_come_are_forecast_within_a_tenth() -> None:
    buyers, bought = simulated(4000, 365, 365.25)
    told = repeat_values(buyers, **SETTINGS)

    assert told.schema == SCHEMA
    forecast = told["year_purchases"].to_numpy()
    assert forecast.sum() == pytest.approx(bought.sum(), rel=0.1)
    best = np.argsort(-forecast)[:400]
    assert forecast[best].sum() == pytest.approx(bought[best].sum(), rel=0.1)
    assert (told["lifetime_revenue_eur"].to_numpy() >= told["year_revenue_eur"].to_numpy()).all()


def test_order_of_rows_changes_nothing() -> None:
    buyers, _ = simulated(300, 365, 1)
    mixed = buyers.take(np.random.default_rng(1).permutation(300))

    assert repeat_values(mixed, **SETTINGS).equals(repeat_values(buyers, **SETTINGS))


def test_later_revenue_is_worth_less() -> None:
    buyers, _ = simulated(300, 365, 1)
    whole = repeat_values(buyers, **SETTINGS)
    less = repeat_values(buyers, **{**SETTINGS, "discount_rate": 0.1})

    assert less["year_revenue_eur"].equals(whole["year_revenue_eur"])
    ratio = (
        less["lifetime_revenue_eur"].to_numpy().sum()
        / whole["lifetime_revenue_eur"].to_numpy().sum()
    )
    assert 1 / 1.21 < ratio < 1 / 1.1


def test_too_few_repeats_teach_nothing() -> None:
    buyers, _ = simulated(300, 365, 1)

    assert repeat_values(buyers.slice(0, 0), **SETTINGS).equals(SCHEMA.empty_table())
    assert repeat_values(buyers, **{**SETTINGS, "least_repeats": 301}).num_rows == 0


def alike(people: int, values: list[float]) -> pa.Table:
    """People who bought from time to time, each with their value of a purchase."""
    repeats = [person % 4 for person in range(people)]
    return pa.table(
        {
            "person_id": [f"p{person:05}" for person in range(people)],
            "repeat_count": repeats,
            "recency_days": [10 * count for count in repeats],
            "age_days": [100 + person % 9 for person in range(people)],
            "repeat_value_eur": [values[person % len(values)] for person in range(people)],
        }
    )


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([0.0], id="orders without amounts"),
        pytest.param([-5.0], id="money given back"),
        pytest.param([0.0] * 99 + [3.0], id="too few paid"),
        # Pareto's law with an exponent below 1 has no mean
        pytest.param([(1 - k / 200) ** -3 for k in range(200)], id="no mean"),
    ],
)
def test_without_a_price_purchases_are_told_and_revenue_is_not(values: list[float]) -> None:
    told = repeat_values(alike(200, values), **SETTINGS)

    assert told.num_rows == 200
    assert np.isfinite(told["year_purchases"].to_numpy()).all()
    assert told["year_revenue_eur"].null_count == 200
    assert told["lifetime_revenue_eur"].null_count == 200


@pytest.mark.parametrize("age", [100, 0])
def test_buyers_who_are_all_alike_teach_nothing(age: int) -> None:
    names = ("repeat_count", "recency_days", "age_days", "repeat_value_eur")
    alike_in = dict(zip(names, (1, age // 10, age, 20.0), strict=True))
    columns = {name: [value] * 120 for name, value in alike_in.items()}
    buyers = pa.table({"person_id": [f"p{person}" for person in range(120)], **columns})

    assert repeat_values(buyers, **SETTINGS).equals(SCHEMA.empty_table())
