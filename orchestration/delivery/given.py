"""What has left the outbox, kept beside the files: `<home>/outbox/given.json`.

The record of deliveries stands in the warehouse. One that was rebuilt from the landing zone, or
restored from before a delivery, has lost it, and would give the same leads again. This note holds
names and digests of lead files, no personal value, and outlives the warehouse.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path

import duckdb

from orchestration.delivery import lead_files
from orchestration.disk import sync

FILE_NAME = "given.json"


def remember(outbox: Path, made: lead_files.LeadFile, first_day: date) -> None:
    """Note a file before it goes out; notes of files before `first_day` are dropped."""
    known = {name: digest for name, digest in _read(outbox).items() if _day(name) >= first_day}
    data = json.dumps({**known, made.name: made.digest}, indent=1, sort_keys=True).encode()
    outbox.mkdir(mode=lead_files.OWNER_FOLDER, parents=True, exist_ok=True)
    part = outbox / f".{FILE_NAME}.part"
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, lead_files.OWNER_ONLY)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(outbox / FILE_NAME)
    sync(outbox)


def unknown(con: duckdb.DuckDBPyConnection, outbox: Path, first_day: date) -> list[str]:
    """Files from `first_day` on that went out in a state that the record doesn't know."""
    written = dict(con.execute("select file_name, sha256 from audit.lead_files").fetchall())
    lost = []
    for name, digest in sorted(_read(outbox).items()):
        if _day(name) < first_day or written.get(name) == digest:
            continue
        # Noted, then killed before the record of files said so: the lines are in the record.
        made = lead_files.render(con, name)
        if made is None or made.digest != digest:
            lost.append(name)
    return lost


def _read(outbox: Path) -> dict[str, str]:
    path = outbox / FILE_NAME
    if not path.is_file():
        return {}
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _day(name: str) -> date:
    found = re.match(r"leads_(\d{4}-\d{2}-\d{2})_", name)
    return date.fromisoformat(found[1]) if found else date.max
