"""Public holidays of France and its zones, as rows of the seed `public_holidays`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import holidays

#: In these years the library leaves out Whit Monday, then the day of solidarity: worked by many,
#: but a public holiday all the same (C. trav. L3133-1).
_WHIT_MONDAY_LEFT_OUT = range(2005, 2008)
_WHIT_MONDAY = "Lundi de Pentecôte"
_EASTER_MONDAY = "Lundi de Pâques"


@dataclass(frozen=True, order=True)
class Holiday:
    """A public holiday of a zone.

    `is_statutory` is true for the days of C. trav. L3133-1, which hold everywhere; the days that
    only this zone keeps are false.
    """

    day: date
    zone: str
    name: str
    is_statutory: bool


def public_holidays(
    first_year: int, last_year: int, zones: Mapping[str, str | None]
) -> list[Holiday]:
    """The holidays of each zone from `first_year` to `last_year`, both included, sorted.

    `zones` gives each zone's subdivision in the `holidays` library, None for the days of the
    whole country. A day with two holidays is one row with both names. Raises NotImplementedError
    for a subdivision unknown to the library, ValueError where the years are the wrong way round.
    """
    if first_year > last_year:
        raise ValueError(f"{first_year} is after {last_year}")
    years = range(first_year, last_year + 1)
    national = set(_days(years, None))
    return sorted(
        Holiday(day, zone, name, day in national)
        for zone, subdivision in zones.items()
        for day, name in _days(years, subdivision).items()
    )


def _days(years: range, subdivision: str | None) -> dict[date, str]:
    days: dict[date, str] = dict(
        holidays.country_holidays("FR", subdiv=subdivision, years=years, language="fr")
    )
    for easter_monday, name in list(days.items()):
        if name == _EASTER_MONDAY and easter_monday.year in _WHIT_MONDAY_LEFT_OUT:
            days[easter_monday + timedelta(days=49)] = _WHIT_MONDAY
    return days
