"""What each buyer of a shop should still buy, as a table for the warehouse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.algorithms.repeat_purchases import (
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
    fewer than `least_repeats` buyers came back, because then nothing can be learnt.
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
    model = fit_purchases(kinds[0], kinds[1], kinds[2], counts)
    paid = (repeats > 0) & (value > 0)
    spend = fit_spend(repeats[paid], value[paid], np.ones(int(paid.sum())))
    # who came back for nothing is worth what everybody is
    each = expected_spend(spend, np.where(paid, repeats, 0), value)

    months = (12, lifetime_months)
    years = sorted({*(12 * year for year in range(1, lifetime_months // 12 + 1)), *months})
    weeks = MONTH_DAYS / WEEK_DAYS
    bought = [expected_purchases(model, repeats, recency, age, month * weeks) for month in years]
    of_year = np.diff(np.stack([np.zeros(repeats.size), *bought]), axis=0)
    discounts = np.array([(1 + discount_rate) ** -(month / 12) for month in years])
    return pa.table(
        {
            "person_id": buyers["person_id"].cast(pa.string()),
            "active_probability": probability_active(model, repeats, recency, age),
            "year_purchases": bought[years.index(12)],
            "year_revenue_eur": bought[years.index(12)] * each,
            "lifetime_revenue_eur": (of_year * discounts[:, None]).sum(axis=0) * each,
        },
        schema=SCHEMA,
    )
