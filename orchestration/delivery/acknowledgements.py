"""What the contact centre says of the leads it was given: CSV files in `<home>/outbox/ack`.

Columns: target_id, action (lead, cancel), status (accepted, refused), at (ISO 8601), reason.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.settings import SettingsError, parse_instant

FOLDER = "ack"
ACTIONS = frozenset({"lead", "cancel"})
STATUSES = frozenset({"accepted", "refused"})
REQUIRED = frozenset({"target_id", "action", "status", "at"})
UNFINISHED = (".tmp", ".part")


@dataclass(frozen=True)
class Acknowledgement:
    """One line of an acknowledgement file."""

    target_id: str
    action: str
    status: str
    acknowledged_at: datetime
    reason: str | None


@dataclass(frozen=True)
class ReadBack:
    """What came of the folder: lines taken, lines of leads never given, files that say nothing."""

    taken: int = 0
    unknown: int = 0
    refused_files: tuple[str, ...] = ()


def read_file(path: Path) -> list[Acknowledgement]:
    """The lines of a file. Raises ValueError where it isn't one, naming the line."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if missing := REQUIRED - set(reader.fieldnames or []):
            raise ValueError(f"columns are missing: {', '.join(sorted(missing))}")
        return [_parsed(number, row) for number, row in enumerate(reader, start=2)]


def _parsed(number: int, row: dict[str, str]) -> Acknowledgement:
    action, status = row["action"] or "", row["status"] or ""
    if action not in ACTIONS or status not in STATUSES or not row["target_id"]:
        raise ValueError(f"line {number}: no target, or an unknown action or status")
    try:
        at = parse_instant(row["at"] or "")
    except SettingsError as error:
        raise ValueError(f"line {number}: no instant") from error
    return Acknowledgement(row["target_id"], action, status, at, row.get("reason") or None)


def read_back(con: duckdb.DuckDBPyConnection, outbox: Path) -> ReadBack:
    """Take every acknowledgement file in, each whole or not at all, and set it aside.

    Reading a file again changes nothing: what is known of a lead is kept once. The latest word of
    the contact centre counts.
    """
    folder = outbox / FOLDER
    taken = unknown = 0
    refused: list[str] = []
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if path.name.startswith(".") or path.suffix in UNFINISHED:
            continue
        try:
            lines = read_file(path)
        except (ValueError, csv.Error) as error:
            refused.append(f"{path.name}: {error}")
            _set_aside(path, "refused")
            continue
        known, strange = _keep(con, lines)
        taken += known
        unknown += strange
        _set_aside(path, "done")
    return ReadBack(taken, unknown, tuple(refused))


def _keep(con: duckdb.DuckDBPyConnection, lines: list[Acknowledgement]) -> tuple[int, int]:
    given = set(con.execute("select target_id, action from audit.lead_deliveries").fetchall())
    known = [line for line in lines if (line.target_id, line.action) in given]
    con.begin()
    for line in known:
        row = [line.target_id, line.action, line.status, line.acknowledged_at, line.reason]
        con.execute(
            "delete from audit.lead_acknowledgements "
            "where target_id = ? and action = ? and acknowledged_at <= ?",
            [line.target_id, line.action, line.acknowledged_at],
        )
        con.execute(
            "insert into audit.lead_acknowledgements select ?, ?, ?, ?, ? where not exists "
            "(from audit.lead_acknowledgements where target_id = ? and action = ?)",
            [*row, line.target_id, line.action],
        )
    con.commit()
    return len(known), len(lines) - len(known)


def _set_aside(path: Path, where: str) -> None:
    folder = path.parent / where
    folder.mkdir(mode=0o700, exist_ok=True)
    path.replace(folder / path.name)
