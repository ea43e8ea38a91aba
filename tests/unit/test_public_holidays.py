"""The seed of public holidays against the library and against the state's open data."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from orchestration.algorithms.public_holidays import public_holidays

ROOT = Path(__file__).resolve().parents[2]
OPEN_DATA = ROOT.parent / "shared" / "data" / "jours_feries_france"
FIRST_YEAR, LAST_YEAR = 1999, 2036


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def zones() -> dict[str, str | None]:
    return {
        row["zone"]: row["subdivision"] or None
        for row in read(ROOT / "seeds" / "holiday_zones.csv")
    }


def test_the_seed_is_what_the_function_gives() -> None:
    seed = [
        (date.fromisoformat(row["date"]), row["zone"], row["name"], row["is_statutory"] == "true")
        for row in read(ROOT / "seeds" / "public_holidays.csv")
    ]
    expected = public_holidays(FIRST_YEAR, LAST_YEAR, zones())
    assert seed == [(day.day, day.zone, day.name, day.is_statutory) for day in expected]


@pytest.mark.parametrize(
    ("zone", "file"),
    [
        ("metropole", "jours_feries_metropole.csv"),
        ("alsace_moselle", "jours_feries_alsace-moselle.csv"),
        ("la_reunion", "jours_feries_la-reunion.csv"),
    ],
)
def test_the_seed_agrees_with_open_data(zone: str, file: str) -> None:
    if not (OPEN_DATA / file).exists():
        pytest.skip(f"needs {file} of jours-feries-france-data beside the repository")
    published = {date.fromisoformat(row["date"]) for row in read(OPEN_DATA / file)}
    years = {day.year for day in published}
    assert min(years) == 2006
    ours = {
        date.fromisoformat(row["date"])
        for row in read(ROOT / "seeds" / "public_holidays.csv")
        if row["zone"] == zone and int(row["date"][:4]) in years
    }
    assert ours == published


def test_whit_monday_stays_a_holiday_while_it_is_the_day_of_solidarity() -> None:
    # Easter Sunday: 27 March 2005, 16 April 2006, 8 April 2007, 23 March 2008.
    days = {holiday.day for holiday in public_holidays(2005, 2008, {"metropole": None})}
    assert {date(2005, 5, 16), date(2006, 6, 5), date(2007, 5, 28), date(2008, 5, 12)} <= days


def test_only_the_zones_own_days_are_not_statutory() -> None:
    rows = public_holidays(2026, 2026, {"metropole": None, "alsace_moselle": "57"})
    assert all(row.is_statutory for row in rows if row.zone == "metropole")
    own = {row.day for row in rows if row.zone == "alsace_moselle" and not row.is_statutory}
    assert own == {date(2026, 4, 3), date(2026, 12, 26)}


def test_two_holidays_on_one_day_are_one_row() -> None:
    rows = [row for row in public_holidays(2008, 2008, {"m": None}) if row.day == date(2008, 5, 1)]
    assert [row.name for row in rows] == ["Ascension; Fête du Travail"]


def test_years_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="2027 is after 2026"):
        public_holidays(2027, 2026, {"metropole": None})
