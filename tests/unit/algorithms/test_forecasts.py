"""Forecasts by half hour: what the baseline repeats, what the model may see, who is right."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from orchestration.algorithms.forecasts import (
    DAY,
    FEATURES,
    WEEK,
    Slots,
    backtest_table,
    backtests,
    bounds,
    folds,
    forecast_table,
    modelled,
    naive,
)
from orchestration.settings import PROJECT_DIR

BANK = PROJECT_DIR.parent / "shared/data/anonymous_bank_calls/data_anonymous_bank_february.txt"


def table(
    counts: dict[str, list[float | None]], first: int = 0, measure: str = "calls"
) -> pa.Table:
    """Series of half hours that begin at `first`, on an everyday calendar."""
    rows = []
    for series, values in counts.items():
        for slot, count in enumerate(values, start=first):
            features = dict.fromkeys(FEATURES, 0)
            features |= {"half_hour_of_day": slot % DAY, "day_of_week": 1 + slot // DAY % 7}
            rows.append({"measure": measure, "series": series, "slot": slot, "came_count": count})
            rows[-1] |= features
    return pa.Table.from_pylist(rows)


def rhythm(weeks: int, seed: int = 0) -> list[float | None]:
    """Poisson counts of a week that repeats: busy by day, half as busy at weekends."""
    rng = np.random.default_rng(seed)
    slots = np.arange(weeks * WEEK)
    mean = np.where((slots % DAY >= 16) & (slots % DAY < 40), 12.0, 1.0)
    mean = np.where(slots // DAY % 7 >= 5, mean / 2, mean)
    return [float(count) for count in rng.poisson(mean)]


def ahead(days: int) -> list[float | None]:
    return [None] * days * DAY


def test_the_baseline_repeats_the_last_week_before_its_origin() -> None:
    known = [float(slot) for slot in range(2 * WEEK)]
    slots = Slots.of(table({"all": [*known, *ahead(14)]}))
    told = naive(slots, slots.end)
    # The week to come is the last one, and so is the one after it.
    assert told[2 * WEEK : 3 * WEEK].tolist() == known[WEEK:]
    assert told[3 * WEEK :].tolist() == known[WEEK:]
    # From an earlier origin, nothing after it is seen.
    assert naive(slots, WEEK)[WEEK : 2 * WEEK].tolist() == known[:WEEK]


def test_a_young_series_repeats_its_last_day_or_its_mean() -> None:
    days = [float(slot) for slot in range(3 * DAY)]
    told = naive(Slots.of(table({"all": [*days, *ahead(1)]})), 3 * DAY)
    assert told[3 * DAY :].tolist() == days[2 * DAY :]
    hours = [2.0, 4.0]
    told = naive(Slots.of(table({"all": [*hours, *ahead(1)]})), 2)
    # Half hours that were seen repeat; the others are the mean.
    assert told[2:].tolist() == [3.0] * 46 + [2.0, 4.0]


def test_held_out_weeks_come_after_all_that_is_learnt() -> None:
    slots = Slots.of(table({"all": rhythm(5)}))
    assert [origin for origin, _ in folds(slots)] == [2 * WEEK, 3 * WEEK, 4 * WEEK]
    for origin, held in folds(slots):
        assert slots.slot[held].min() == origin
        assert int(held.sum()) == WEEK
    assert list(folds(Slots.of(table({"all": rhythm(2)})))) == []


def test_the_model_doesnt_see_what_it_forecasts() -> None:
    counts = rhythm(4)
    other = [*counts[: 3 * WEEK], *[1000.0] * WEEK]
    before, after = (Slots.of(table({"all": values})) for values in (counts, other))
    assert (modelled(before, 3 * WEEK) == modelled(after, 3 * WEEK)).all()
    assert (naive(before, 3 * WEEK)[3 * WEEK :] == naive(after, 3 * WEEK)[3 * WEEK :]).all()


def test_the_model_beats_repeating_a_noisy_week() -> None:
    results = {one.method: one for one in backtests(Slots.of(table({"all": rhythm(6)})))}
    model, baseline = results["model"], results["naive"]
    # Repeating noise doubles its variance: the ratio of errors is near the root of two.
    ratio = baseline.root_mean_squared_error / model.root_mean_squared_error
    assert 1.25 < ratio < 1.55
    assert model.spread == pytest.approx(1.0, abs=0.2)


def test_the_order_of_rows_and_other_runs_change_nothing() -> None:
    given = table({"a": [*rhythm(4), *ahead(7)], "b": [*rhythm(4, seed=1), *ahead(7)]})
    shuffled = given.take(np.random.default_rng(3).permutation(given.num_rows))
    tests = backtest_table(given)
    assert tests.equals(backtest_table(shuffled))
    assert forecast_table(given, tests).equals(forecast_table(shuffled, tests))


def test_a_forecast_covers_every_half_hour_to_come() -> None:
    given = pa.concat_tables(
        [
            table({"a": [*rhythm(4), *ahead(7)], "b": [*[0.0] * 4 * WEEK, *ahead(7)]}),
            table({"all": [*[3.0] * DAY, *ahead(7)]}, measure="leads"),
        ]
    )
    told = forecast_table(given, backtest_table(given)).to_pylist()
    assert len(told) == 3 * WEEK
    assert {row["method"] for row in told if row["measure"] == "calls"} == {"model"}
    # A day of history teaches no model.
    leads = [row for row in told if row["measure"] == "leads"]
    assert {(row["method"], row["model_count"], row["expected_count"]) for row in leads} == {
        ("naive", None, 3.0)
    }
    assert max(row["expected_count"] for row in told if row["series"] == "b") < 0.05


def test_no_series_gives_empty_tables() -> None:
    nothing = table({"a": [1.0]}).slice(0, 0)
    assert backtest_table(nothing).num_rows == 0
    assert forecast_table(nothing, backtest_table(nothing)).num_rows == 0


def test_bounds_hold_four_outcomes_in_five() -> None:
    low, high = bounds(np.array([10.0]), 1.0)
    assert (low[0], high[0]) == (6.0, 14.0)  # Poisson of mean 10: P(X <= 6) = 0.130, table
    low, high = bounds(np.array([10.0]), 3.0)
    inside = stats.nbinom.cdf(high[0], 5, 1 / 3) - stats.nbinom.cdf(low[0] - 1, 5, 1 / 3)
    assert 0.8 <= inside < 0.9  # mean 10 and variance 30


@pytest.mark.slow
def test_the_bank_calls_beside_the_baseline() -> None:
    """A published call centre, February 1999: the last two weeks, each from the days before it."""
    if not BANK.is_file():
        pytest.skip("the public bank calls are not beside the checkout")
    start = datetime(1999, 2, 1)
    calls: Counter[int] = Counter()
    with BANK.open(encoding="ascii") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            at = datetime.strptime(f"{row['date']} {row['vru_entry']}", "%y%m%d %H:%M:%S")
            calls[(at - start) // timedelta(minutes=30)] += 1
    assert sum(calls.values()) == 33_344
    given = table({"all": [float(calls[slot]) for slot in range(28 * DAY)]})
    found = {row["method"]: row for row in backtest_table(given).to_pylist()}
    assert found["model"]["fold_count"] == 2
    # 1 February 1999 was a Monday, as day 0 of the table is.
    assert found["model"]["absolute_error_ratio"] < 0.265
    assert found["naive"]["absolute_error_ratio"] > 0.31
    assert (
        found["model"]["root_mean_squared_error"]
        < 0.85 * (found["naive"]["root_mean_squared_error"])
    )
    assert found["model"]["is_chosen"]
