"""Checks between loading and staging: on new rows only, and a file that fails is withdrawn.

A run that was killed between loading and checking leaves files that are loaded but not validated;
the next run checks them with its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb

from orchestration import status
from orchestration.checks import WITHDRAWN, CheckRow, from_expectation, record
from orchestration.ingestion.contract import Table
from orchestration.ingestion.quarantine import withdraw
from orchestration.resources import PipelineRun
from orchestration.warehouse import connect, quoted

if TYPE_CHECKING:
    from expectations.results import CheckResult

#: After this many rounds of withdrawing, what still fails blocks.
ROUNDS = 5


@dataclass(frozen=True)
class Pending:
    """Files of one raw table that wait for their checks, and the loads that brought them."""

    table: str
    file_ids: tuple[str, ...]
    load_ids: tuple[int, ...]
    others: tuple[str, ...]

    @property
    def predicate(self) -> str:
        """SQL of their rows: by load, which reads little, less other files of the same loads."""
        loads = ", ".join(str(load) for load in self.load_ids)
        text = f"_load_id in ({loads})"
        if self.others:
            text += f" and _file_id not in ({_literals(self.others)})"
        return text


def check_new_rows(run: PipelineRun, tables: Iterable[str]) -> list[CheckRow]:
    """Validate what is new in these raw tables; returns the results that count.

    A file that fails a critical check by its own rows is withdrawn, whatever came with it, and the
    rest is validated again. A check has one result a run, its last; what a withdrawn file failed is
    kept as a result of its own.
    """
    wanted = set(tables)
    final: dict[tuple[str, str], CheckRow] = {}
    withdrawn: list[CheckRow] = []
    to_check = wanted
    for attempt in range(ROUNDS):
        waiting = {p.table: p for p in pending(run) if p.table in to_check}
        if not waiting:
            break
        results = _validate(run, waiting)
        rows = [from_expectation(result) for result in results]
        final.update({(row.table_name, row.check_name): row for row in rows})
        guilty = _failures_by_file(results)
        if not guilty or attempt == ROUNDS - 1:
            break
        for file_id, failed in guilty.items():
            withdrawn += _withdraw(run, file_id, failed)
        to_check = {row.table_name for failed in guilty.values() for row in failed}
        # What is left of a table may be nothing: then no later result replaces the failed ones.
        left = {p.table for p in pending(run)}
        for key, row in list(final.items()):
            if row.is_blocking and row.table_name in to_check - left:
                final[key] = _settled(row)
    _keep(run, [*final.values(), *withdrawn])
    blocked = {row.table_name for row in final.values() if row.is_blocking}
    _mark_validated(run, [p for p in pending(run) if p.table in wanted - blocked])
    return [*final.values(), *withdrawn]


def freshness(run: PipelineRun, tables: Iterable[Table]) -> list[CheckRow]:
    """A warning for every source that is older than its contract allows."""
    wanted = {table.identifier for table in tables}
    con = connect(run.settings.warehouse)
    try:
        states = status.source_states(con, run.contract, run.settings.as_of)
        rows = [
            CheckRow(
                layer="raw",
                table_name=f"{state.family}__{state.format}",
                check_name="is_fresh",
                severity="warning",
                status="failed" if state.is_stale else "passed",
                observed=f"{state.age_hours:.1f} hours old",
                expected=f"at most {state.stale_after_hours} hours",
                failing_count=0,
                owner=state.owner,
            )
            for state in states
            if state.age_hours is not None and f"{state.family}__{state.format}" in wanted
        ]
        record(con, run.run_id, run.settings.as_of, rows)
    finally:
        con.close()
    return rows


def pending(run: PipelineRun) -> list[Pending]:
    """Raw tables with loaded files that no check has seen."""
    con = connect(run.settings.warehouse)
    try:
        rows = con.execute(
            """
            with waiting as (
                select
                    family || '__' || format as table_name,
                    list(file_id order by file_id) as ids,
                    list(distinct load_id order by load_id) as loads
                from audit.files
                where status = 'loaded' and not is_validated
                group by all
            )

            select
                waiting.table_name, waiting.ids, waiting.loads,
                list(files.file_id order by files.file_id) filter (files.file_id is not null)
            from waiting
            left join audit.files as files
                on files.family || '__' || files.format = waiting.table_name
                and list_contains(waiting.loads, files.load_id)
                and files.status = 'loaded' and files.is_validated
            group by all
            order by 1
            """
        ).fetchall()
    finally:
        con.close()
    return [Pending(t, tuple(i), tuple(loads), tuple(o or ())) for t, i, loads, o in rows]


def _validate(run: PipelineRun, waiting: dict[str, Pending]) -> list[CheckResult]:
    filters = {table: found.predicate for table, found in waiting.items()}
    return run.validator.validate("raw", waiting, run_id=run.run_id, batch_filters=filters)


def _keep(run: PipelineRun, rows: list[CheckRow]) -> None:
    con = connect(run.settings.warehouse)
    try:
        record(con, run.run_id, run.settings.as_of, rows)
    finally:
        con.close()


def _failures_by_file(results: Iterable[CheckResult]) -> dict[str, list[CheckRow]]:
    """What each file fails by itself: the check's result with the file's own figures."""
    guilty: dict[str, list[CheckRow]] = {}
    for result in results:
        for failure in result.failing_files:
            row = replace(
                from_expectation(result),
                status="failed",
                observed=failure.observed,
                failing_count=failure.failing_count,
                failing_row_ids=", ".join(failure.failing_row_ids),
            )
            guilty.setdefault(failure.file_id, []).append(row)
    return guilty


def _withdraw(run: PipelineRun, file_id: str, failed: list[CheckRow]) -> list[CheckRow]:
    """Withdraw a file; returns what it failed: as grave as it was, and settled thereby."""
    reason = "critical check failed: " + ", ".join(sorted({row.check_name for row in failed}))
    con = connect(run.settings.warehouse)
    try:
        withdraw(con, file_id, reason)
        row = con.execute("select path from audit.files where file_id = ?", [file_id]).fetchone()
    finally:
        con.close()
    path = str(row[0]) if row else file_id
    run.withdrawn[path] = reason
    run.progress.warn(f"{path} withdrawn ({file_id}): {reason}")
    return [
        replace(
            row,
            check_name=f"{row.check_name}/{file_id}",
            status=WITHDRAWN,
            observed=f"{row.observed}; the file is withdrawn",
        )
        for row in failed
    ]


def _settled(row: CheckRow) -> CheckRow:
    """The failed result's successor once every file with the fault is out of raw."""
    return replace(
        row,
        status="passed",
        observed="no rows: the files that failed are withdrawn",
        failing_count=0,
        failing_row_ids="",
    )


def _mark_validated(run: PipelineRun, checked: list[Pending]) -> None:
    con = connect(run.settings.warehouse)
    try:
        for found in checked:
            con.execute(
                f"update audit.files set is_validated = true where {quoted('file_id')} in "
                f"({_literals(found.file_ids)})"
            )
    except duckdb.Error:
        con.rollback()
        raise
    finally:
        con.close()


def _literals(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
