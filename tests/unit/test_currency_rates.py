"""The seed of currency rates."""

from __future__ import annotations

import csv

from orchestration.settings import PROJECT_DIR


def test_a_euro_is_a_euro_in_every_year() -> None:
    """A life insurance of 1985 is delivered in euro: without a rate it blocked a publication."""
    with (PROJECT_DIR / "seeds" / "currency_rates.csv").open(encoding="utf-8", newline="") as file:
        euro = [row for row in csv.DictReader(file) if row["currency"] == "EUR"]

    assert [row["units_per_euro"] for row in euro] == ["1"]
    assert euro[0]["valid_from"] <= "1930-01-01"
