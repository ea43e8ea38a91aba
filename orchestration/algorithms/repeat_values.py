"""What each buyer of a shop should still buy, as a table for the warehouse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.algorithms.repeat_purchases import (
    Floats,
    expected_purchases,
    expected_spend,
    fit_purchases,
    fit_spend,
    probability_active,
)

SCHEMA = pa.schema(
    [
        ("person_id", pa.string()),
        ("active_probability", pa.float64()),
        ("year_purchases", pa.float64()),
        ("year_revenue_eur", pa.float64()),
        ("lifetime_revenue_eur", pa.float64()),
    ]
)
MONTH_DAYS = 365.25 / 12
WEEK_DAYS = 7.0


def repeat_values(
    buyers: pa.Table, *, least_repeats: int, lifetime_months: int, discount_rate: float
) -> pa.Table:
    """Purchases and revenue to expect of each buyer over a year and over `lifetime_months`.

    `buyers` has a row a person: `person_id`, `repeat_count` (days of purchase after the first),
    `recency_days` and `age_days` (from the first purchase to the last, and until now),
    `repeat_value_eur` (mean of the repeat purchases). Revenue of a lifetime is discounted by
    `discount_rate` a year, year by year. Returns SCHEMA, ordered by person; without a row where
    nothing can be learnt: fewer than `least_repeats` buyers came back, or no model fits how they
    did (all of them alike, for instance). Revenue is null where fewer than `least_repeats` paid
    anything on coming back, or no model fits what they paid.
    """
    buyers = buyers.sort_by("person_id")
    repeats = buyers["repeat_count"].to_numpy().astype(np.float64)
    if int((repeats > 0).sum()) < least_repeats:
        return SCHEMA.empty_table()
    recency = buyers["recency_days"].to_numpy().astype(np.float64) / WEEK_DAYS
    age = buyers["age_days"].to_numpy().astype(np.float64) / WEEK_DAYS
    # decimals as they come from the warehouse
    value = np.asarray(buyers["repeat_value_eur"].cast(pa.float64()).to_numpy())

    kinds, counts = np.unique(np.stack([repeats, recency, age]), axis=1, return_counts=True)
    try:
        with np.errstate(all="ignore"):  # the search also tries what is out of bounds
            model = fit_purchases(kinds[0], kinds[1], kinds[2], counts)
    except ValueError:
        return SCHEMA.empty_table()
    each = _value_of_a_purchase(repeats, value, least_repeats)

    months = (12, lifetime_months)
    years = sorted({*(12 * year for year in range(1, lifetime_months // 12 + 1)), *months})
    weeks = MONTH_DAYS / WEEK_DAYS
    with np.errstate(all="ignore"):
        bought = [expected_purchases(model, repeats, recency, age, m * weeks) for m in years]
    if not np.isfinite(bought).all():
        return SCHEMA.empty_table()
    of_year = np.diff(np.stack([np.zeros(repeats.size), *bought]), axis=0)
    discounts = np.array([(1 + discount_rate) ** -(month / 12) for month in years])
    return pa.table(
        {
            "person_id": buyers["person_id"].cast(pa.string()),
            "active_probability": probability_active(model, repeats, recency, age),
            "year_purchases": bought[years.index(12)],
            "year_revenue_eur": _or_null(bought[years.index(12)] * each),
            "lifetime_revenue_eur": _or_null((of_year * discounts[:, None]).sum(axis=0) * each),
        },
        schema=SCHEMA,
    )


def _value_of_a_purchase(repeats: Floats, value: Floats, least_repeats: int) -> Floats:
    """What each buyer should pay for a purchase to come; NaN where that can't be learnt."""
    paid = (repeats > 0) & (value > 0)
    if int(paid.sum()) < least_repeats:
        return np.full(repeats.shape, np.nan)
    try:
        with np.errstate(all="ignore"):
            spend = fit_spend(repeats[paid], value[paid], np.ones(int(paid.sum())))
    except ValueError:
        return np.full(repeats.shape, np.nan)
    # who came back for nothing is worth what everybody is
    return expected_spend(spend, np.where(paid, repeats, 0), value)


def _or_null(values: Floats) -> pa.Array:
    return pa.array(np.where(np.isfinite(values), values, np.nan), pa.float64(), from_pandas=True)
