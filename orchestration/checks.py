"""Results of checks, wherever they come from: kept, gated on, and shown in Dagster.

Great Expectations' results and dbt's tests become rows of `audit.check_results`. A critical one
that did not pass and isn't waived stops the next layer and the publication. One that a withdrawn
file failed stays critical, and stops nothing: the rows at fault are out of the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.dbt_results import TestResult

if TYPE_CHECKING:
    from expectations.results import CheckResult

SEVERITIES = ("critical", "warning", "info")
#: Status of a check that a file failed which was withdrawn for it.
WITHDRAWN = "withdrawn"
#: What lets the next layer begin and the marts be published.
SETTLED = ("passed", WITHDRAWN)


@dataclass(frozen=True)
class CheckRow:
    """A row of `audit.check_results` without the run that it belongs to."""

    layer: str
    table_name: str
    check_name: str
    severity: str
    status: str
    observed: str
    expected: str
    failing_count: int
    failing_row_ids: str = ""
    owner: str = ""
    is_waived: bool = False
    report_path: str | None = None

    @property
    def is_blocking(self) -> bool:
        """Whether this result must stop what comes after it."""
        is_settled = self.status in SETTLED or self.is_waived
        return self.severity == "critical" and not is_settled

    @property
    def name(self) -> str:
        """`layer.table: check`, for messages."""
        return f"{self.layer}.{self.table_name}: {self.check_name}"


def from_expectation(result: CheckResult) -> CheckRow:
    """A Great Expectations result as a row."""
    return CheckRow(
        layer=result.layer,
        table_name=result.table,
        check_name=result.check,
        severity=result.severity,
        status=result.status,
        observed=result.observed,
        expected=result.expected,
        failing_count=result.failing_count,
        failing_row_ids=", ".join(result.failing_row_ids),
        owner=result.owner,
        is_waived=result.is_waived,
        report_path=result.report_path or None,
    )


def from_dbt(result: TestResult) -> CheckRow:
    """A dbt test's result as a row."""
    return CheckRow(
        layer=result.layer,
        table_name=result.table_name,
        check_name=result.check_name,
        severity=result.severity,
        status=result.status,
        observed=result.observed,
        expected=result.expected,
        failing_count=result.failing_count,
        failing_row_ids=", ".join(result.failing_row_ids),
        owner=result.owner,
    )


def record(
    con: duckdb.DuckDBPyConnection, run_id: str, as_of: datetime, rows: Iterable[CheckRow]
) -> None:
    """Keep results for good, in one transaction."""
    import pyarrow as pa

    found = list(rows)
    if not found:
        return
    columns = {
        name: [getattr(row, name) for row in found] for name in CheckRow.__dataclass_fields__
    }
    batch = pa.table(columns)  # a row at a time would cost milliseconds each
    con.register("check_rows", batch)
    con.execute(
        f"insert into audit.check_results (run_id, as_of, checked_at, {', '.join(columns)}) "
        f"select ?, ?, ?, {', '.join(columns)} from check_rows",
        [run_id, as_of, datetime.now(UTC).replace(tzinfo=None)],
    )
    con.unregister("check_rows")


def blocking_of(con: duckdb.DuckDBPyConnection, run_id: str) -> list[str]:
    """Names of the checks of a run whose last result forbids publication."""
    rows = con.execute(
        """
        select layer || '.' || table_name || ': ' || check_name
        from (
            from audit.check_results
            where run_id = ?
            qualify row_number() over (
                partition by layer, table_name, check_name order by checked_at desc, status desc
            ) = 1
        )
        where severity = 'critical' and status not in ('passed', 'withdrawn') and not is_waived
        order by 1
        """,
        [run_id],
    ).fetchall()
    return [str(row[0]) for row in rows]


def dagster_metadata(row: CheckRow, reports: str) -> dict[str, Any]:
    """What Dagster shows of a result: counts, row ids and the way to the report; no values."""
    import dagster as dg

    metadata: dict[str, Any] = {
        "status": row.status,
        "observed": row.observed,
        "expected": row.expected,
        "failing_count": row.failing_count,
        "owner": row.owner,
    }
    if row.failing_row_ids:
        metadata["failing_row_ids"] = row.failing_row_ids
    if row.is_waived:
        metadata["is_waived"] = True
    if row.report_path:
        metadata["report"] = dg.MetadataValue.url(f"file://{reports}/{row.report_path}")
    return metadata
