"""Checks between loading and staging: on new rows only, and a file that fails is withdrawn.

A run that was killed between loading and checking leaves files that are loaded but not validated;
the next run checks them with its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import duckdb

from orchestration import status
from orchestration.checks import WITHDRAWN, CheckRow, from_expectation, record
from orchestration.ingestion.contract import Table
from orchestration.ingestion.quarantine import withdraw
from orchestration.resources import PipelineRun
from orchestration.warehouse import connect, quoted

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

    Files that fail a critical check are withdrawn and the rest is validated again. A check has one
    result a run, its last; what a withdrawn file failed is kept as a result of its own.
    """
    wanted = set(tables)
    final: dict[tuple[str, str], CheckRow] = {}
    withdrawn: list[CheckRow] = []
    to_check = wanted
    for attempt in range(ROUNDS):
        waiting = {p.table: p for p in pending(run) if p.table in to_check}
        if not waiting:
            break
        rows = _validate(run, waiting)
        final.update({(row.table_name, row.check_name): row for row in rows})
        failing = _failing_tables(rows)
        if not failing or attempt == ROUNDS - 1:
            break
        for table, failed in failing.items():
            for file_id in _culprits(run, waiting[table], failed):
                withdrawn += _withdraw(run, file_id, failed)
        to_check = set(failing)
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


def _validate(run: PipelineRun, waiting: dict[str, Pending]) -> list[CheckRow]:
    filters = {table: found.predicate for table, found in waiting.items()}
    results = run.validator.validate("raw", waiting, run_id=run.run_id, batch_filters=filters)
    return [from_expectation(result) for result in results]


def _keep(run: PipelineRun, rows: list[CheckRow]) -> None:
    con = connect(run.settings.warehouse)
    try:
        record(con, run.run_id, run.settings.as_of, rows)
    finally:
        con.close()


def _failing_tables(rows: Iterable[CheckRow]) -> dict[str, list[CheckRow]]:
    failing: dict[str, list[CheckRow]] = {}
    for row in rows:
        if row.is_blocking:
            failing.setdefault(row.table_name, []).append(row)
    return failing


def _culprits(run: PipelineRun, waiting: Pending, failed: list[CheckRow]) -> list[str]:
    """Which of the files fail by themselves; when none does, those that the failing rows name."""
    if len(waiting.file_ids) == 1:
        return list(waiting.file_ids)
    named = {
        row_id.split(":")[0].strip() for r in failed for row_id in r.failing_row_ids.split(",")
    }
    suspects = [file_id for file_id in waiting.file_ids if file_id in named]
    guilty = [f for f in suspects or waiting.file_ids if _fails_alone(run, waiting.table, f)]
    # Rows of different files may fail only together, or a figure of all: then all are suspect.
    return guilty or suspects or list(waiting.file_ids)


def _fails_alone(run: PipelineRun, table: str, file_id: str) -> bool:
    results = run.validator.validate(
        "raw",
        [table],
        run_id=run.run_id,
        batch_filters={table: f"_file_id = {_literals([file_id])}"},
    )
    return any(from_expectation(result).is_blocking for result in results)


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
