"""The DuckDB warehouse: its schemas, its bookkeeping tables, and the lock of its one writer."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Contract
from orchestration.settings import SettingsError

#: Writing costs a fifth less than in the engine's default format, which its release 0.10 can read.
STORAGE_VERSION = "v1.4.0"

SCHEMAS = ("raw", "staging", "intermediate", "marts", "audit", "restricted", "seeds")

AUDIT_TABLES = {
    "audit.files": {
        "file_id": "varchar primary key",
        "family": "varchar not null",
        "format": "varchar not null",
        "path": "varchar not null",
        "content_hash": "varchar not null",
        "exported_at": "timestamp",
        "status": "varchar not null",
        "rows_read": "bigint not null",
        "rows_loaded": "bigint not null",
        "rows_quarantined": "bigint not null",
        "rows_suppressed": "bigint not null",
        "loaded_at": "timestamp not null",
        "load_id": "integer not null",
        "delivery": "varchar",
        "size_bytes": "bigint",
        "mtime_ns": "bigint",
        "byte_start": "bigint",
        "byte_end": "bigint",
        "next_line": "bigint",
        "prefix_hash": "varchar",
        "settings_digest": "varchar",
        "time_zone": "varchar",
        "reason": "varchar",
        "is_waived": "boolean not null",
        "is_validated": "boolean not null",
    },
    "audit.quarantine": {
        "file_id": "varchar not null",
        "line": "bigint not null",
        "field": "varchar",
        "reason": "varchar not null",
        "row_id": "varchar not null",
        "at": "timestamp not null",
    },
    "audit.check_results": {
        "run_id": "varchar not null",
        "as_of": "timestamp not null",
        "layer": "varchar not null",
        "table_name": "varchar not null",
        "check_name": "varchar not null",
        "severity": "varchar not null",
        "status": "varchar not null",
        "observed": "varchar",
        "expected": "varchar",
        "failing_count": "bigint",
        "failing_row_ids": "varchar",
        "owner": "varchar",
        "is_waived": "boolean not null",
        "report_path": "varchar",
        "checked_at": "timestamp not null",
    },
    "audit.runs": {
        "run_id": "varchar primary key",
        "as_of": "timestamp not null",
        "started_at": "timestamp not null",
        "finished_at": "timestamp",
        "job": "varchar not null",
        "status": "varchar not null",
        "input_fingerprint": "varchar",
        "message": "varchar",
    },
    # what tables that grow were built from: macros/engine/grown.sql
    "audit.grown_files": {
        "table_name": "varchar not null",
        "file_id": "varchar not null",
        "load_id": "integer not null",
        "rows_loaded": "bigint not null",
        "digest": "varchar not null",
    },
    "audit.lead_deliveries": {
        "file_name": "varchar not null",
        "line": "integer not null",
        "action": "varchar not null",
        "target_id": "varchar not null",
        "candidate_id": "varchar not null",
        "person_id": "varchar",
        "trigger": "varchar not null",
        "product_id": "varchar",
        "detected_at": "timestamp not null",
        "planned_at": "timestamp not null",
        "call_date": "date not null",
        "slot_start_at": "timestamp not null",
        "slot_end_at": "timestamp not null",
        "consumer_time_zone": "varchar",
        "team": "varchar not null",
        "skill": "varchar",
        "language": "varchar",
        "priority_rank": "bigint",
        "expires_at": "timestamp",
        "legal_basis": "varchar",
        "consent_id": "varchar",
        "adviser_context": "varchar",
        "phone_hash": "varchar not null",
        "reason": "varchar",
        "delivered_at": "timestamp not null",
    },
    "audit.lead_files": {
        "file_name": "varchar not null",
        "team": "varchar not null",
        "call_date": "date not null",
        "lead_count": "bigint not null",
        "cancel_count": "bigint not null",
        "sha256": "varchar not null",
        "written_at": "timestamp not null",
    },
    "audit.lead_acknowledgements": {
        "target_id": "varchar not null",
        "action": "varchar not null",
        "status": "varchar not null",
        "acknowledged_at": "timestamp not null",
        "reason": "varchar",
    },
    "audit.key_fingerprint": {"fingerprint": "varchar not null", "set_at": "timestamp not null"},
    "restricted.quarantine_rows": {
        "file_id": "varchar not null",
        "line": "bigint not null",
        "text": "varchar",
    },
    "restricted.suppressions": {
        "erasure_id": "varchar not null",
        "kind": "varchar not null",
        "hash": "varchar not null",
        "from_at": "timestamp",
        "until_at": "timestamp",
        "erased_at": "timestamp not null",
    },
    # what a run planned: int_e_rebond__target_ledger writes it, the next run reads it
    "restricted.target_ledger": {
        "target_id": "varchar",
        "candidate_id": "varchar",
        "household_key": "varchar",
        "person_id": "varchar",
        "visitor_id": "varchar",
        "product_id": "varchar",
        "trigger": "varchar",
        "is_customer": "boolean",
        "call_date": "date",
        "slot_start_at": "timestamp",
        "slot_end_at": "timestamp",
        "consumer_time_zone": "varchar",
        "team": "varchar",
        "skill": "varchar",
        "language": "varchar",
        "adviser_skills": "varchar",
        "adviser_languages": "varchar",
        "priority_rank": "bigint",
        "expires_at": "timestamp",
        "legal_basis": "varchar",
        "consent_id": "varchar",
        "adviser_context": "varchar",
        "expected_value_eur": "decimal(18,4)",
        "model_version": "varchar",
        "step_rate": "double",
        "hours_since_sign": "double",
        "visit_count": "bigint",
        "inbound_call_count": "bigint",
        "call_attempt_count": "bigint",
        "contract_count": "bigint",
        "customer_days": "bigint",
        "complaint_count": "bigint",
        "planned_at": "timestamp",
        "status": "varchar",
        "status_reason": "varchar",
        "changed_at": "timestamp",
    },
    "restricted.identifier_values": {
        "kind": "varchar not null",
        "country": "varchar not null",
        "value": "varchar not null",
        "normalised": "varchar",
        "hash": "varchar",
        "status": "varchar not null",
    },
}


class WarehouseBusyError(RuntimeError):
    """Another process holds the warehouse; the message names it."""


def quoted(name: str) -> str:
    """A name as a DuckDB identifier."""
    return '"' + name.replace('"', '""') + '"'


class WarehouseFaultError(RuntimeError):
    """The warehouse can't be read or written; the message says which file, why and what to do."""


#: What DuckDB says of a file that isn't what it wrote, in lower case.
_DAMAGE = (
    *("not a valid duckdb database", "corrupt database file", "could not read enough bytes"),
    *("does not match stored checksum", "serialization error", "failure while replaying wal"),
)
_FULL = ("no space left on device", "disk quota exceeded")


def is_locked(error: BaseException) -> bool:
    """Whether another process has the file open; a damaged block is another matter."""
    return isinstance(error, duckdb.IOException) and "could not set lock" in str(error).lower()


def way_out_of(text: str, warehouse: Path) -> str | None:
    """What to do about an error's text that tells of damage or a full disk; None for others."""
    line = (text.strip().splitlines() or [""])[0][:300]
    lowered = text.lower()
    if any(sign in lowered for sign in _FULL):
        return (
            f"the disk of {warehouse.parent} is full ({line}); what was published stays in force: "
            "make room and run again"
        )
    if any(sign in lowered for sign in _DAMAGE):
        return (
            f"{warehouse} is damaged ({line}). Either bring a backup back: `passerelle restore "
            f"FILE --home {warehouse.parent} --force`; or rebuild from the landing zone: `mv "
            f"{warehouse} {warehouse}.damaged` (and its .wal), then `passerelle run`. "
            "docs/runbooks/operations.md says what a rebuild can't bring back"
        )
    return None


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the warehouse with the session settings that the loader and the models share.

    Raises WarehouseBusyError where another process has it open for writing.
    """
    try:
        if not read_only and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # The format is chosen when the file is made, and stays.
            duckdb.connect(
                str(path), config={"storage_compatibility_version": STORAGE_VERSION}
            ).close()
        con = duckdb.connect(str(path), read_only=read_only)
    except duckdb.Error as error:
        if is_locked(error):
            raise WarehouseBusyError(
                f"{path} is open in another process; close it and run again ({error})"
            ) from error
        if way_out := way_out_of(str(error), path):
            raise WarehouseFaultError(way_out) from error
        raise
    con.execute("set TimeZone = 'UTC'")
    con.execute("set preserve_insertion_order = false")
    return con


def ensure_schema(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Create what is missing: schemas, bookkeeping, raw tables, new columns, new listed values."""
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    raw = {table.relation: table.raw_columns for table in contract}
    for relation, columns in {**AUDIT_TABLES, **raw}.items():
        body = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        con.execute(f"create table if not exists {relation} ({body})")
    present: dict[str, dict[str, str]] = {}
    for schema, table, column, data_type in con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal"
    ).fetchall():
        present.setdefault(f"{schema}.{table}", {})[column] = data_type
    for relation, columns in {**AUDIT_TABLES, **raw}.items():
        for name, kind in columns.items():
            if name not in present[relation]:
                con.execute(f"alter table {relation} add column {quoted(name)} {kind}")
            elif kind.startswith("enum(") and present[relation][name].lower() != kind:
                con.execute(f"alter table {relation} alter column {quoted(name)} type {kind}")


@contextmanager
def run_lock(home: Path, purpose: str) -> Iterator[None]:
    """Hold the one writer's lock of a home for the length of the block.

    Raises WarehouseBusyError naming the holder's process, purpose and start, SettingsError where a
    file stands in the home's place.
    The kernel releases the lock when its holder dies, however it dies.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise SettingsError(
            f"the home {home} is no folder, nor can it become one: a file stands in its place or "
            "above it; name another with --home"
        ) from None
    with (home / "writer.lock").open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = json.loads(handle.read() or "{}")
            raise WarehouseBusyError(
                f"{home} is in use by process {holder.get('pid', '?')} "
                f"({holder.get('purpose', '?')}, since {holder.get('since', '?')}); "
                "wait for it to end and run again"
            ) from None
        handle.truncate(0)
        since = datetime.now(UTC).isoformat(timespec="seconds")
        handle.write(json.dumps({"pid": os.getpid(), "purpose": purpose, "since": since}))
        handle.flush()
        yield
