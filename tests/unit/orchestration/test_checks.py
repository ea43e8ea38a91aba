"""Results of checks are kept, and the last one of a check decides whether it blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import duckdb
import pytest

from orchestration.checks import CheckRow, blocking_of, record
from orchestration.warehouse import AUDIT_TABLES

AS_OF = datetime(2026, 10, 31, 22)
FAILED = CheckRow(
    layer="marts",
    table_name="fct_calls",
    check_name="call_id_is_unique",
    severity="critical",
    status="failed",
    observed="2 of 9 rows fail",
    expected="every row",
    failing_count=2,
    failing_row_ids="c1, c2",
)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema audit")
        columns = AUDIT_TABLES["audit.check_results"]
        body = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table audit.check_results ({body})")
        yield connection


@pytest.mark.parametrize(
    ("change", "blocks"),
    [
        ({}, True),
        ({"status": "error"}, True),
        ({"status": "passed"}, False),
        ({"status": "withdrawn"}, False),
        ({"severity": "warning"}, False),
        ({"is_waived": True}, False),
    ],
)
def test_what_blocks(
    con: duckdb.DuckDBPyConnection, change: dict[str, object], blocks: bool
) -> None:
    row = replace(FAILED, **change)  # type: ignore[arg-type]
    assert row.is_blocking is blocks
    record(con, "r", AS_OF, [row])
    expected = ["marts.fct_calls: call_id_is_unique"] if blocks else []
    assert blocking_of(con, "r") == expected
    assert blocking_of(con, "another run") == []


def test_the_last_result_of_a_check_counts(con: duckdb.DuckDBPyConnection) -> None:
    record(con, "r", AS_OF, [FAILED])
    record(con, "r", AS_OF, [replace(FAILED, status="passed")])
    assert blocking_of(con, "r") == []
    record(con, "r", AS_OF, [FAILED])
    assert blocking_of(con, "r") == ["marts.fct_calls: call_id_is_unique"]


def test_every_result_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    record(con, "r", AS_OF, [FAILED, replace(FAILED, check_name="other")])
    record(con, "r", AS_OF, [])
    record(con, "r", AS_OF, [FAILED])
    rows = con.execute(
        "select check_name, failing_count, failing_row_ids from audit.check_results order by 1"
    ).fetchall()
    assert rows == [("call_id_is_unique", 2, "c1, c2")] * 2 + [("other", 2, "c1, c2")]
