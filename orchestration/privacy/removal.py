"""Raw rows and quarantined lines out of the warehouse, and its record of files kept true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.ingestion import landing
from orchestration.ingestion.contract import Contract, Table
from orchestration.privacy.landing_files import Change
from orchestration.privacy.plan import QUARANTINE, ROWS, Plan
from orchestration.privacy.rewriting import Rewritten
from orchestration.warehouse import quoted


def delete_rows(con: duckdb.DuckDBPyConnection, contract: Contract, plan: Plan) -> dict[str, int]:
    """Delete what a plan names; counts by table. No transaction here."""
    plan.register(con)
    counts = {}
    for table in contract:
        if not plan.rows.get(table.identifier):
            continue
        row = con.execute(
            f"delete from {table.relation} where (_file_id, _line) in "
            f"(select (file_id, line) from {ROWS} where identifier = ?)",
            [table.identifier],
        ).fetchone()
        counts[table.relation] = row[0] if row else 0
    for relation in ("restricted.quarantine_rows", "audit.quarantine"):
        row = con.execute(
            f"delete from {relation} where (file_id, line) in "
            f"(select (file_id, line) from {QUARANTINE})"
        ).fetchone()
        if row and row[0]:
            counts[relation] = row[0]
    return counts


def settle_files(con: duckdb.DuckDBPyConnection, plan: Plan, changes: Iterable[Change]) -> None:
    """Make `audit.files` say what is true after the deletion. No transaction here.

    A file that is rewritten is known by its new content; one that stays as it is, or is gone from
    the landing zone, counts what was deleted as suppressed.
    """
    settled = set()
    going = {file_id: tuple(map(len, lines)) for file_id, lines in plan.by_file().items()}
    for change in changes:
        if change.rewritten is None or change.table is None:
            continue
        for file_id in change.file_ids:
            _rebind(con, change.table, file_id, change, going.get(file_id, (0, 0)))
            settled.add(file_id)
    for file_id in sorted(going.keys() - settled):
        loaded, quarantined = going[file_id]
        con.execute(
            "update audit.files set rows_loaded = rows_loaded - $loaded, "
            "rows_quarantined = rows_quarantined - $quarantined, "
            "rows_suppressed = rows_suppressed + $loaded + $quarantined where file_id = $id",
            {"loaded": loaded, "quarantined": quarantined, "id": file_id},
        )


def _rebind(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    file_id: str,
    change: Change,
    going: tuple[int, ...],
) -> None:
    """Give a file's rows the id of its new content, and the lines on which they stand now."""
    made = change.rewritten
    assert made is not None
    names = (
        "path, content_hash, exported_at, status, rows_read, rows_loaded, rows_quarantined, "
        "rows_suppressed, byte_start, byte_end, next_line"
    )
    row = con.execute(f"select {names} from audit.files where file_id = ?", [file_id]).fetchone()
    if row is None:
        return
    old: dict[str, Any] = dict(zip(names.split(", "), row, strict=True))
    loaded, quarantined = going
    quarantined += _forget_withdrawn(con, file_id, old["status"], change)
    others = len(_lines_of_portion(con, change, old)) - loaded - quarantined
    suppressed = max(0, min(old["rows_suppressed"], others))
    start = made.offset(old["byte_start"] or 0)
    stop = made.offset(old["byte_end"]) if old["byte_end"] is not None else None
    digest = landing.content_hash(made.part, start, stop)
    new_id = landing.file_id(table, digest, old["exported_at"], start)
    if (
        new_id != file_id
        and con.execute("select 1 from audit.files where file_id = ?", [new_id]).fetchone()
    ):
        # The same content is loaded already: what is left of this copy goes.
        _forget(con, table, file_id)
        return
    _move(con, table, file_id, new_id, made)
    stat = made.part.stat()
    con.execute(
        "update audit.files set file_id = $new, content_hash = $digest, "
        "rows_read = rows_read - $loaded - $quarantined - $suppressed, "
        "rows_loaded = rows_loaded - $loaded, rows_quarantined = rows_quarantined - $quarantined, "
        "rows_suppressed = rows_suppressed - $suppressed, size_bytes = $size, mtime_ns = $mtime, "
        "byte_start = $start, byte_end = $stop, next_line = $next, prefix_hash = $prefix "
        "where file_id = $old",
        {
            "new": new_id,
            "old": file_id,
            "digest": digest,
            "loaded": loaded,
            "quarantined": quarantined,
            "suppressed": suppressed,
            "size": stat.st_size,
            "mtime": stat.st_mtime_ns,
            "start": start,
            "stop": stop,
            "next": made.line(old["next_line"]) if old["next_line"] else old["next_line"],
            "prefix": landing.content_hash(made.part, 0, stop) if stop is not None else None,
        },
    )


def _lines_of_portion(
    con: duckdb.DuckDBPyConnection, change: Change, old: dict[str, Any]
) -> set[int]:
    """Records that go of a file, or of the portion of a growing one."""
    if old["byte_end"] is None:
        return set(change.lines)
    row = con.execute(
        "select max(next_line) from audit.files where path = ? and byte_end <= ?",
        [old["path"], old["byte_start"]],
    ).fetchone()
    first = row[0] if row and row[0] else 1
    return {line for line in change.lines if first <= line < old["next_line"]}


def _forget_withdrawn(
    con: duckdb.DuckDBPyConnection, file_id: str, status: str, change: Change
) -> int:
    """A withdrawn file's rows stand in quarantine without text; how many of its lines go."""
    if status != "withdrawn":
        return 0
    row = con.execute(
        "delete from audit.quarantine where file_id = ? and list_contains(?, line)",
        [file_id, sorted(change.lines)],
    ).fetchone()
    con.execute(
        "delete from restricted.quarantine_rows where file_id = ? and list_contains(?, line)",
        [file_id, sorted(change.lines)],
    )
    return int(row[0]) if row else 0


def _forget(con: duckdb.DuckDBPyConnection, table: Table, file_id: str) -> None:
    con.execute(f"delete from {table.relation} where _file_id = ?", [file_id])
    for relation in ("audit.quarantine", "restricted.quarantine_rows", "audit.files"):
        con.execute(f"delete from {relation} where file_id = ?", [file_id])


def _move(
    con: duckdb.DuckDBPyConnection, table: Table, old: str, new: str, made: Rewritten
) -> None:
    for relation, file_id, line in (
        (table.relation, "_file_id", "_line"),
        ("audit.quarantine", "file_id", "line"),
        ("restricted.quarantine_rows", "file_id", "line"),
    ):
        rows = con.execute(
            f"select distinct {quoted(line)} from {relation} where {quoted(file_id)} = ?", [old]
        ).fetchall()
        lines = [int(number) for (number,) in rows]
        moves = pa.table(
            {
                "old_line": pa.array(lines, pa.int64()),
                "new_line": pa.array([made.line(number) for number in lines], pa.int64()),
            }
        )
        con.register("moves_found", moves)
        con.execute("create or replace temp table moves as from moves_found")
        con.unregister("moves_found")
        con.execute(
            f"update {relation} as moved set {quoted(file_id)} = ?, "
            f"{quoted(line)} = moves.new_line from moves "
            f"where moved.{quoted(file_id)} = ? and moved.{quoted(line)} = moves.old_line",
            [new, old],
        )
    con.execute(
        "update audit.quarantine set row_id = file_id || ':' || line where file_id = ?", [new]
    )
