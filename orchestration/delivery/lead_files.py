"""What stands in a lead file, and how it gets into the outbox whole.

A file is a pure function of `audit.lead_deliveries` and the lookup of numbers: line by line what
a team was given for a day. So a file that a dead run left unwritten is written by the next one,
with the same lines. Numbers stand in the file alone; the record holds their keyed hash.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from orchestration.disk import sync
from orchestration.faults import crash_point

#: Columns of a lead file, in order.
COLUMNS = (
    *("line", "action", "target_id", "phone", "slot_start_at", "slot_end_at"),
    *("consumer_time_zone", "language", "skill", "priority_rank", "expires_at"),
    *("legal_basis", "consent_id", "adviser_context", "reason"),
)
OWNER_ONLY = 0o600
OWNER_FOLDER = 0o700


@dataclass(frozen=True)
class LeadFile:
    """A file as it has to be: its bytes, and what its manifest says of it."""

    name: str
    team: str
    call_date: date
    data: bytes
    lead_count: int
    cancel_count: int

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()

    def manifest(self) -> bytes:
        """The manifest's bytes: the same for the same file."""
        told = {
            "file": self.name,
            "team": self.team,
            "call_date": self.call_date.isoformat(),
            "lines": self.lead_count + self.cancel_count,
            "leads": self.lead_count,
            "cancels": self.cancel_count,
            "columns": list(COLUMNS),
            "sha256": self.digest,
        }
        return (json.dumps(told, indent=2) + "\n").encode()


def file_name(team: str, call_date: date) -> str:
    """The name of a team's file of a day; teams that differ have files that differ."""
    slug = re.sub(r"[^a-z0-9]+", "_", team.lower()).strip("_")
    if slug != team:
        slug = f"{slug}_{hashlib.sha256(team.encode()).hexdigest()[:6]}".strip("_")
    return f"leads_{call_date.isoformat()}_{slug}.csv"


def manifest_name(name: str) -> str:
    """The name of a file's manifest."""
    return f"{name.removesuffix('.csv')}.json"


def render(con: duckdb.DuckDBPyConnection, name: str) -> LeadFile | None:
    """The file as the record has it; None where the record has no line of it (any more).

    A line whose number is no longer known, because its holder was erased, is left out.
    """
    found = con.execute(
        "select deliveries.*, numbers.phone from audit.lead_deliveries as deliveries left join "
        "(select hash, min(normalised) as phone from restricted.identifier_values "
        "where kind = 'phone' and normalised is not null group by hash) as numbers "
        "on deliveries.phone_hash = numbers.hash where file_name = ? order by line",
        [name],
    )
    names = [column[0] for column in found.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        return None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    counts = {"lead": 0, "cancel": 0}
    for row in rows:
        if row["action"] == "cancel":
            row["phone"] = None
        elif row["phone"] is None:
            continue
        counts[row["action"]] += 1
        writer.writerow([_text(row[column]) for column in COLUMNS])
    return LeadFile(
        name=name,
        team=rows[0]["team"],
        call_date=rows[0]["call_date"],
        data=text.getvalue().encode(),
        lead_count=counts["lead"],
        cancel_count=counts["cancel"],
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return str(value)


def put(outbox: Path, made: LeadFile) -> None:
    """Bring a file and then its manifest into the outbox, each by one rename.

    A reader that finds the manifest's digest in the file has the whole file.
    """
    _replace(outbox / made.name, made.data, "file")
    _replace(outbox / manifest_name(made.name), made.manifest(), "manifest")


def _replace(path: Path, data: bytes, what: str) -> None:
    path.parent.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        # A part that a dead run left keeps the mode it was made with.
        os.fchmod(file.fileno(), OWNER_ONLY)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    crash_point(f"deliver_{what}_written")
    part.replace(path)
    sync(path.parent)
    crash_point(f"deliver_{what}_renamed")


def digest_of(path: Path) -> str | None:
    """SHA-256 of a file's bytes, hex; None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
