"""BG/NBD and gamma-gamma against published figures of the CDNOW customers.

`data/cdnow_summary.csv`: 2,357 customers of an online shop, 1997, in weeks, published by Fader and
Hardie (brucehardie.com/notes/008 and 025); the file is the one that the lifetimes library carries.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from orchestration.algorithms.repeat_purchases import (
    PurchaseModel,
    SpendModel,
    expected_purchases,
    expected_spend,
    fit_purchases,
    fit_spend,
    probability_active,
)

FILE = Path(__file__).parent / "data" / "cdnow_summary.csv"
#: Fader, Hardie and Lee (2005), table 2.
PUBLISHED = PurchaseModel(0.243, 4.414, 0.793, 2.426, -9582.4)


@pytest.fixture(scope="module")
def cdnow() -> dict[str, np.ndarray]:
    with FILE.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {
        name: np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")
    }


def test_the_published_parameters_come_out(cdnow: dict[str, np.ndarray]) -> None:
    model = fit_purchases(cdnow["x"], cdnow["t_x"], cdnow["T"], np.ones(2357))

    assert model.r == pytest.approx(0.243, abs=5e-4)
    assert model.alpha == pytest.approx(4.414, abs=5e-3)
    assert model.a == pytest.approx(0.793, abs=1e-3)
    assert model.b == pytest.approx(2.426, abs=5e-3)
    assert model.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_alike_customers_may_be_one_row_with_a_weight(cdnow: dict[str, np.ndarray]) -> None:
    kinds, counts = np.unique(
        np.stack([cdnow["x"], cdnow["t_x"], cdnow["T"]]), axis=1, return_counts=True
    )
    assert counts.max() > 1
    whole = fit_purchases(cdnow["x"], cdnow["t_x"], cdnow["T"], np.ones(2357))
    grouped = fit_purchases(*kinds, counts)

    assert grouped.alpha == pytest.approx(whole.alpha, rel=1e-3)
    assert grouped.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-3)


def test_the_published_forecast_of_a_customer_comes_out() -> None:
    """Hardie's spreadsheet (notes/004): two repeats, the last at 30.43 of 38.86 weeks: 1.226."""
    expected = expected_purchases(PUBLISHED, [2], [30.43], [38.86], 39)

    assert expected[0] == pytest.approx(1.226, abs=1e-3)


def test_who_has_only_just_bought_is_active_and_who_stopped_is_not() -> None:
    active = probability_active(PUBLISHED, [0, 5, 5], [0, 38, 2], [38.86, 38.86, 38.86])

    assert active[0] == 1
    # five repeats in two weeks, then 37 weeks of nothing
    assert active[1] > 0.8
    assert active[2] < 0.01


def test_the_published_spend_comes_out(cdnow: dict[str, np.ndarray]) -> None:
    """Fader and Hardie (2013): p 6.25, q 3.74, v 15.44 on the 946 customers with a repeat."""
    again = cdnow["x"] > 0
    assert again.sum() == 946
    model = fit_spend(cdnow["x"][again], cdnow["zbar"][again], np.ones(946))

    assert model.p == pytest.approx(6.25, abs=0.02)
    assert model.q == pytest.approx(3.74, abs=0.01)
    assert model.v == pytest.approx(15.44, abs=0.05)


def test_expected_spend_lies_between_own_and_all() -> None:
    """p 6.25, q 3.74, v 15.44: of all people 15.44 * 6.25 / 2.74 = 35.219. With two purchases of
    22.35 the own weight is 12.5 / 15.24: 22.35 * 0.820210 + 35.219 * 0.179790 = 24.664."""
    model = SpendModel(6.25, 3.74, 15.44, 0)

    assert expected_spend(model, [0, 2], [0, 22.35]) == pytest.approx([35.219, 24.664], abs=1e-3)
    assert np.isnan(expected_spend(SpendModel(6, 0.9, 15, 0), [1], [5])).all()


def test_what_no_model_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="no customers"):
        fit_purchases([], [], [], [])
    with pytest.raises(ValueError, match="recency"):
        fit_purchases([1], [5], [4], [1])
    with pytest.raises(ValueError, match="no customers"):
        fit_spend([], [], [])
    with pytest.raises(ValueError, match="value"):
        fit_spend([1], [0], [1])
