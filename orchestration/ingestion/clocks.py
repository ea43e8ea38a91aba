"""Clocks that look wrong: work at night, and events later than the file that tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.ingestion.casting import literal
from orchestration.ingestion.contract import Table
from orchestration.ingestion.load_sql import zone_of
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.warehouse import quoted

#: Hours of the day at which few people click and nobody calls.
NIGHT = range(1, 6)
#: Below, the hours of a day say little.
LEAST_EVENTS = 200
SUSPICIOUS_NIGHT_SHARE = 0.12
#: A shifted clock must make the night this many times quieter.
QUIETER = 3.0


@dataclass(frozen=True)
class Clock:
    """A source's times: their zone, first and last (UTC), the share at night, and what is odd."""

    source: str
    time_zone: str
    first: datetime
    last: datetime
    night_share: float
    suspicion: str | None


def look(con: duckdb.DuckDBPyConnection, table: Table, settings: SourceSettings) -> list[Clock]:
    """The clock of a loaded table, or nothing where its rows have no time."""
    if not table.event_time:
        return []
    column = quoted(table.event_time)
    data_type = table.by_name[table.event_time].data_type
    if data_type != "timestamp":
        return []
    zone = zone_of(table, settings)
    utc = column
    if table.by_name[table.event_time].clock == "local":
        utc = f"timezone('UTC', timezone({literal(zone)}, {column}))"
    # People live on the folder's clock, whatever zone the vendor writes.
    local = f"timezone({literal(settings.time_zone)}, timezone('UTC', {utc}))"
    bounds = con.execute(f"select min({utc}), max({utc}) from {table.relation}").fetchone()
    if bounds is None or bounds[0] is None:
        return []
    hours = dict(
        con.execute(
            f"select hour({local}), count(*) from {table.relation} where {column} is not null "
            "group by 1"
        ).fetchall()
    )
    ahead = con.execute(
        f"select count(*), max(datediff('minute', written, {utc})) from {table.relation} as rows "
        "join (select file_id, make_timestamp(mtime_ns // 1000) as written from audit.files) "
        f"as files on rows._file_id = files.file_id where {utc} > written + interval 1 minute"
    ).fetchone()
    share = _night(hours, 0)
    suspicion = _ahead(*ahead) if ahead and ahead[0] else _shifted(hours, share, settings.time_zone)
    name = f"{table.family}/{table.format}"
    return [Clock(name, zone, bounds[0], bounds[1], share, suspicion)]


def _night(hours: dict[int, int], shift: int) -> float:
    total = sum(hours.values())
    at_night = sum(count for hour, count in hours.items() if (hour + shift) % 24 in NIGHT)
    return at_night / total if total else 0.0


def _ahead(rows: int, minutes: int) -> str:
    return (
        f"{rows:,} rows are later than their file, by up to {minutes} minutes: is the clock local "
        "while the file says Z? (`trust_offsets: false` in _source.yml), or time_zone wrong?"
    )


def _shifted(hours: dict[int, int], share: float, zone: str) -> str | None:
    if sum(hours.values()) < LEAST_EVENTS or share < SUSPICIOUS_NIGHT_SHARE:
        return None
    shift = min(range(-11, 13), key=lambda hour: (_night(hours, hour), abs(hour)))
    quiet = _night(hours, shift)
    if quiet * QUIETER > share:
        return None
    return (
        f"{share:.0%} of the rows lie between 1 and 6 o'clock in {zone}; {shift:+d} h would leave "
        f"{quiet:.0%} there: is time_zone right?"
    )
