"""Deliver the published plan: what is new goes out, what may no longer be called is withdrawn.

First the record is committed (`audit.lead_deliveries`), then files are made from it. A kill before
the commit leaves nothing; after it, the next delivery finds the files wanting and writes them. So
no lead is lost and none is given twice. Only what was published is delivered: all checks passed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.delivery import given, lead_files
from orchestration.delivery.acknowledgements import ReadBack, read_back
from orchestration.faults import crash_point
from orchestration.ingestion.contract import load_contract
from orchestration.settings import Settings, parse_instant
from orchestration.warehouse import connect, ensure_schema

#: A plan made longer ago may call people who have withdrawn since.
MAX_AGE = timedelta(hours=2)
#: Files with numbers leave the outbox so long after their day.
KEPT_DAYS = 7
TARGETS = "e_rebond_targets"

_OPEN = """
    select given.*
    from audit.lead_deliveries as given
    where
        given.action = 'lead'
        and given.slot_end_at > $as_of
        and not exists (
            from audit.lead_deliveries as cancels
            where
                cancels.file_name = given.file_name
                and cancels.target_id = given.target_id
                and cancels.action = 'cancel'
                and cancels.slot_start_at = given.slot_start_at
                and cancels.line > given.line
        )
"""
# Today's leads of today's plan: the days after are planned anew until they begin. A lead is given
# again only when its slot is over, or it was withdrawn.
_NEW = f"""
    select
        targets.*,
        targets.phone_hash in (
            select hash from restricted.identifier_values
            where kind = 'phone' and normalised is not null
        ) as has_number
    from read_parquet($targets) as targets
    where
        targets.status = 'planned'
        and targets.slot_end_at > $as_of
        and (targets.expires_at is null or targets.expires_at > $as_of)
        and targets.call_date
        <= cast(($as_of at time zone 'UTC') at time zone targets.consumer_time_zone as date)
        and targets.target_id not in (select target_id from ({_OPEN}))
    order by targets.priority_rank, targets.target_id
"""
_WITHDRAWN = f"""
    select
        given.*,
        case
            when targets.target_id is null then 'unknown'
            when targets.status = 'planned' then 'moved'
            else coalesce(targets.status_reason, targets.status)
        end as why
    from ({_OPEN}) as given
    left join read_parquet($targets) as targets
        on given.target_id = targets.target_id
    where
        targets.status is distinct from 'planned'
        or targets.slot_start_at <> given.slot_start_at
        or targets.slot_end_at <> given.slot_end_at
        or targets.phone_hash is distinct from given.phone_hash
        or coalesce(targets.team, 'none') <> given.team
    order by given.target_id
"""
_COLUMNS = (
    *("target_id", "candidate_id", "person_id", "trigger", "product_id", "detected_at"),
    *("planned_at", "call_date", "slot_start_at", "slot_end_at", "consumer_time_zone", "team"),
    *("skill", "language", "priority_rank", "expires_at", "legal_basis", "consent_id"),
    *("adviser_context", "phone_hash"),
)


class DeliveryError(RuntimeError):
    """Nothing was delivered; the message says why and what to do."""


@dataclass(frozen=True)
class Delivered:
    """What a delivery did: leads and cancels by file, leads without a number, files removed."""

    leads: dict[str, int]
    cancels: dict[str, int]
    written: tuple[str, ...]
    without_number: int
    removed: tuple[str, ...]
    acknowledged: ReadBack


def deliver(settings: Settings) -> Delivered:
    """Read acknowledgements back, commit what is new, write the files that the record asks for.

    Needs the writer's lock. Raises DeliveryError where there is no plan, or only an old one.
    """
    plan = _plan(settings)
    con = connect(settings.warehouse)
    try:
        ensure_schema(con, load_contract(settings.project_dir))
        _require_memory(con, settings)
        acknowledged = read_back(con, settings.outbox)
        leads, cancels, missing = _record(con, settings.as_of, plan)
        crash_point("deliver_committed")
        written = _write(con, settings)
        removed = _remove_old(con, settings)
    finally:
        con.close()
    return Delivered(leads, cancels, written, missing, removed, acknowledged)


def _require_memory(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Raises DeliveryError where leads of today went out that this warehouse knows nothing of."""
    # Yesterday's may still run where it is yesterday still.
    first_day = settings.as_of.date() - timedelta(days=1)
    if lost := given.unknown(con, settings.outbox, first_day):
        raise DeliveryError(
            f"leads went out that this warehouse doesn't know of ({', '.join(lost)}): it was "
            "rebuilt, or restored from before. Nothing is delivered until their day is past, so "
            "that nobody is called twice; or restore a backup that knows them"
        )


def _plan(settings: Settings) -> str:
    """The published targets' file. Raises DeliveryError where it is missing or too old."""
    marker = settings.published / "publication.json"
    path = settings.published / "parquet" / TARGETS / "data.parquet"
    if not (marker.is_file() and path.is_file()):
        raise DeliveryError("no plan is published; run `passerelle run --job e_rebond` first")
    made_at = parse_instant(json.loads(marker.read_text(encoding="utf-8"))["as_of"])
    if settings.as_of < made_at:
        raise DeliveryError(
            f"the clock, {settings.as_of:%Y-%m-%d %H:%M} UTC, is before the plan in force, of "
            f"{made_at:%Y-%m-%d %H:%M}: calls would go out whose time is over; set it right"
        )
    if settings.as_of - made_at > MAX_AGE:
        raise DeliveryError(
            f"the plan in force is of {made_at:%Y-%m-%d %H:%M} UTC, more than "
            f"{MAX_AGE.total_seconds() / 3600:.0f} hours old: people may have withdrawn since; run "
            "`passerelle run --job e_rebond` first"
        )
    return str(path.resolve())


def _record(
    con: duckdb.DuckDBPyConnection, as_of: datetime, plan: str
) -> tuple[dict[str, int], dict[str, int], int]:
    """Commit the lines that are new; leads and cancels by file, and leads without a number."""
    leads: dict[str, int] = {}
    cancels: dict[str, int] = {}
    missing = 0
    con.begin()
    last = dict(
        con.execute("select file_name, max(line) from audit.lead_deliveries group by 1").fetchall()
    )
    values: dict[str, Any] = {"as_of": as_of, "targets": plan}
    # Cancels first: a lead that moved is given anew once its old slot is withdrawn.
    for row in _rows(con, _WITHDRAWN, values):
        name = row["file_name"]
        last[name] += 1
        _insert(con, row, name, last[name], "cancel", row["why"], as_of)
        cancels[name] = cancels.get(name, 0) + 1
    for row in _rows(con, _NEW, values):
        if not row["has_number"]:
            missing += 1
            continue
        row["team"] = row["team"] or "none"
        name = lead_files.file_name(row["team"], row["call_date"])
        last[name] = last.get(name, 0) + 1
        _insert(con, row, name, last[name], "lead", None, as_of)
        leads[name] = leads.get(name, 0) + 1
    crash_point("deliver_recorded")
    con.commit()
    return leads, cancels, missing


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    found = con.execute(sql, values)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _insert(
    con: duckdb.DuckDBPyConnection,
    row: dict[str, Any],
    name: str,
    line: int,
    action: str,
    reason: str | None,
    as_of: datetime,
) -> None:
    values = {"file_name": name, "line": line, "action": action, "reason": reason}
    values |= {"delivered_at": as_of, **{column: row[column] for column in _COLUMNS}}
    marks = ", ".join("?" for _ in values)
    con.execute(
        f"insert into audit.lead_deliveries ({', '.join(values)}) values ({marks})",
        list(values.values()),
    )


def _write(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[str, ...]:
    """Write the files of the record that aren't in the outbox as they have to be."""
    first_day = settings.as_of.date() - timedelta(days=KEPT_DAYS)
    names = con.execute(
        "select distinct file_name from audit.lead_deliveries where call_date >= ? order by 1",
        [first_day],
    ).fetchall()
    known = dict(con.execute("select file_name, sha256 from audit.lead_files").fetchall())
    written = []
    for (name,) in names:
        made = lead_files.render(con, name)
        if made is None or _is_in_place(settings.outbox, made, known.get(name)):
            continue
        given.remember(settings.outbox, made, first_day)
        lead_files.put(settings.outbox, made)
        _remember(con, made, settings.as_of)
        written.append(name)
    return tuple(written)


def _is_in_place(outbox: Path, made: lead_files.LeadFile, known: str | None) -> bool:
    on_disk = lead_files.digest_of(outbox / made.name)
    if on_disk is None:
        # The contact centre took the file away: what it has isn't given again.
        return known == made.digest
    manifest = outbox / lead_files.manifest_name(made.name)
    is_told = manifest.is_file() and manifest.read_bytes() == made.manifest()
    return on_disk == made.digest == known and is_told


def _remember(
    con: duckdb.DuckDBPyConnection, made: lead_files.LeadFile, written_at: datetime
) -> None:
    con.begin()
    con.execute("delete from audit.lead_files where file_name = ?", [made.name])
    con.execute(
        "insert into audit.lead_files values (?, ?, ?, ?, ?, ?, ?)",
        [
            made.name,
            made.team,
            made.call_date,
            made.lead_count,
            made.cancel_count,
            made.digest,
            written_at,
        ],
    )
    con.commit()


def _remove_old(con: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[str, ...]:
    """Remove files whose day is past: a number stays no longer than it is of use."""
    first_day = settings.as_of.date() - timedelta(days=KEPT_DAYS)
    names = con.execute(
        "select distinct file_name from audit.lead_deliveries where call_date < ? order by 1",
        [first_day],
    ).fetchall()
    removed = []
    for (name,) in names:
        path = settings.outbox / name
        if path.is_file():
            path.unlink()
            (settings.outbox / lead_files.manifest_name(name)).unlink(missing_ok=True)
            removed.append(name)
    return tuple(removed)
