"""What `passerelle status` and the report pages tell: sources, runs, publication, checks.

Everything is read from a warehouse opened read-only; names, counts and times only.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.checks import SETTLED
from orchestration.ingestion.contract import Contract, Table
from orchestration.settings import Settings
from orchestration.warehouse import WarehouseBusyError, connect, quoted


@dataclass(frozen=True)
class SourceState:
    """One format: its files by outcome, its rows, and how old its newest data is at `as_of`."""

    family: str
    format: str
    owner: str
    files: int
    files_rejected: int
    files_withdrawn: int
    rows_loaded: int
    rows_quarantined: int
    last_loaded_at: datetime | None
    last_event_at: datetime | None
    age_hours: float | None
    stale_after_hours: int
    is_stale: bool

    @property
    def name(self) -> str:
        """`family/format`, as its folder is called."""
        return f"{self.family}/{self.format}"

    @property
    def quarantined_rate(self) -> float:
        """Quarantined rows of all rows read, 0..1."""
        return self.rows_quarantined / max(1, self.rows_loaded + self.rows_quarantined)


@dataclass(frozen=True)
class FailingCheck:
    """A check that did not pass in the latest run that ran it."""

    layer: str
    table_name: str
    check_name: str
    severity: str
    status: str
    failing_count: int | None
    observed: str | None
    expected: str | None
    owner: str | None
    is_waived: bool
    checked_at: datetime
    report_path: str | None

    @property
    def is_settled(self) -> bool:
        """Whether the file that failed it was withdrawn for it."""
        return self.status in SETTLED

    @property
    def is_blocking(self) -> bool:
        """Whether it forbids publication."""
        return self.severity == "critical" and not self.is_settled and not self.is_waived


@dataclass(frozen=True)
class RunState:
    """One run of the pipeline."""

    run_id: str
    job: str
    as_of: datetime
    started_at: datetime
    finished_at: datetime | None
    status: str
    message: str | None


@dataclass(frozen=True)
class Status:
    """All of it; empty lists where nothing has run yet."""

    home: str
    landing: str
    is_busy: bool
    publication: dict[str, Any] | None
    sources: list[SourceState] = field(default_factory=list)
    failing_checks: list[FailingCheck] = field(default_factory=list)
    checks: dict[str, int] = field(default_factory=dict)
    runs: list[RunState] = field(default_factory=list)

    def to_json(self) -> str:
        """JSON with ISO 8601 times (UTC)."""
        return json.dumps(asdict(self), default=_plain, indent=2)


def _plain(value: object) -> str:
    return value.isoformat() + "Z" if isinstance(value, datetime) else str(value)


def read_status(settings: Settings, contract: Contract) -> Status:
    """The state of a home, also when nothing has run yet or a run holds the warehouse."""
    publication = read_publication(settings.published)
    empty = Status(str(settings.home), str(settings.landing), False, publication)
    if not settings.warehouse.is_file():
        return empty
    try:
        con = connect(settings.warehouse, read_only=True)
    except WarehouseBusyError:
        return Status(str(settings.home), str(settings.landing), True, publication)
    with con:
        if not _has_tables(con):
            return empty
        runs = recent_runs(con, 10)
        as_of = runs[0].as_of if runs else settings.as_of
        return Status(
            home=str(settings.home),
            landing=str(settings.landing),
            is_busy=False,
            publication=publication,
            sources=[s for s in source_states(con, contract, as_of) if s.files],
            failing_checks=failing_checks(con),
            checks=check_counts(con),
            runs=runs,
        )


def read_publication(published: Path) -> dict[str, Any] | None:
    """What the version in force says of itself, None before the first publication."""
    path = published / "publication.json"
    if not path.is_file():
        return None
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def source_states(
    con: duckdb.DuckDBPyConnection, contract: Contract, as_of: datetime
) -> list[SourceState]:
    """Every format of the contract, in its order, with its age at `as_of`."""
    rows = con.execute(
        """
        select
            family,
            format,
            count(*) filter (status = 'loaded'),
            count(*) filter (status = 'rejected'),
            count(*) filter (status = 'withdrawn'),
            coalesce(sum(rows_loaded) filter (status = 'loaded'), 0),
            coalesce(sum(rows_quarantined), 0),
            max(loaded_at)
        from audit.files
        group by family, format
        """
    ).fetchall()
    by_name = {(row[0], row[1]): row[2:] for row in rows}
    states = []
    for table in contract:
        found = by_name.get((table.family, table.format))
        loaded, rejected, withdrawn, good, bad, last = found or (0, 0, 0, 0, 0, None)
        event = _last_event(con, table, as_of) if loaded else None
        age = (as_of - event).total_seconds() / 3600 if event else None
        states.append(
            SourceState(
                family=table.family,
                format=table.format,
                owner=table.owner,
                files=loaded + rejected + withdrawn,
                files_rejected=rejected,
                files_withdrawn=withdrawn,
                rows_loaded=int(good),
                rows_quarantined=int(bad),
                last_loaded_at=last,
                last_event_at=event,
                age_hours=round(age, 2) if age is not None else None,
                stale_after_hours=table.stale_after_hours,
                is_stale=age is not None and age > table.stale_after_hours,
            )
        )
    return states


def _last_event(con: duckdb.DuckDBPyConnection, table: Table, as_of: datetime) -> datetime | None:
    """The newest event or export that isn't ahead of the clock."""
    # A list that nobody had to change is as fresh as its export; a stream as its newest event.
    moments = ["_exported_at"]
    if table.event_time:
        column = quoted(table.event_time)
        is_local = table.by_name[table.event_time].clock == "local"
        utc = f"timezone(_time_zone, cast({column} as timestamp))" if is_local else column
        moments.append(f"cast({utc} as timestamp)")
    found = []
    for moment in moments:
        row = con.execute(
            f"select max({moment}) from {table.relation} where {moment} <= ?", [as_of]
        ).fetchone()
        if row and row[0] is not None:
            found.append(row[0])
    return max(found, default=None)


#: The last result of every check in the latest run that has results: what counts for gating.
_LATEST = """
    select *
    from audit.check_results
    where run_id = (
        select results.run_id
        from audit.check_results as results
        left join audit.runs as runs on results.run_id = runs.run_id
        group by results.run_id
        order by max(runs.started_at) desc nulls last, max(checked_at) desc, results.run_id
        limit 1
    )
    qualify row_number() over (
        partition by layer, table_name, check_name order by checked_at desc, status desc
    ) = 1
"""


def failing_checks(con: duckdb.DuckDBPyConnection) -> list[FailingCheck]:
    """Checks of the latest run that did not pass, the gravest first."""
    rows = con.execute(
        f"""
        select layer, table_name, check_name, severity, status, failing_count, observed, expected,
            owner, is_waived, checked_at, report_path
        from ({_LATEST})
        where status <> 'passed'
        order by
            is_waived,
            status = 'withdrawn',
            list_position(['critical', 'warning', 'info'], severity),
            layer, table_name, check_name
        """
    ).fetchall()
    return [FailingCheck(*row) for row in rows]


def check_counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many checks of the latest run passed and failed."""
    rows = con.execute(f"select status, count(*) from ({_LATEST}) group by all").fetchall()
    return {str(status): int(count) for status, count in rows}


def recent_runs(con: duckdb.DuckDBPyConnection, limit: int) -> list[RunState]:
    """The latest runs, newest first."""
    rows = con.execute(
        """
        select run_id, job, as_of, started_at, finished_at, status, message
        from audit.runs order by started_at desc, run_id limit ?
        """,
        [limit],
    ).fetchall()
    return [RunState(*row) for row in rows]


def _has_tables(con: duckdb.DuckDBPyConnection) -> bool:
    found = con.execute(
        "select count(*) from duckdb_tables() where schema_name = 'audit' "
        "and table_name in ('files', 'runs', 'check_results')"
    ).fetchone()
    return found is not None and found[0] == 3
