"""People who were erased: their rows are dropped at loading, whatever file brings them.

The list holds keyed hashes only, in `restricted.suppressions` and, for a warehouse that is
restored or built anew, in `<home>/state/suppressions.jsonl`. Without an entry nothing is done.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.matching import Entry, Matcher
from orchestration.ingestion.source_settings import (
    SourceSettings,
    SourceSettingsError,
    load_source_settings,
)
from orchestration.settings import Settings
from orchestration.warehouse import quoted

RELATION = "restricted.suppressions"
FILE_NAME = "suppressions.jsonl"


@dataclass(frozen=True)
class Suppression:
    """An entry of the list, and the erasure and moment that it comes from."""

    erasure_id: str
    kind: str
    hash: str
    from_at: datetime | None
    until_at: datetime | None
    erased_at: datetime

    @property
    def entry(self) -> Entry:
        """What the rows are matched with."""
        return Entry(self.kind, self.hash, self.from_at, self.until_at)


@dataclass(frozen=True)
class Dropped:
    """What of a file was dropped: lines of rows, and of lines that could not be loaded."""

    rows: frozenset[int] = frozenset()
    quarantined: frozenset[int] = frozenset()


def kept_file(settings: Settings) -> Path:
    """The list outside the warehouse."""
    return settings.state / FILE_NAME


def read(con: duckdb.DuckDBPyConnection) -> list[Suppression]:
    """The list as the warehouse holds it."""
    columns = ", ".join(Suppression.__dataclass_fields__)
    rows = con.execute(f"select {columns} from {RELATION} order by all").fetchall()
    return [Suppression(*row) for row in rows]


def add(con: duckdb.DuckDBPyConnection, settings: Settings, new: list[Suppression]) -> None:
    """Put entries on the list, in the warehouse and beside it; known ones stay as they are."""
    known = set(read(con))
    rows = [entry for entry in dict.fromkeys(new) if entry not in known]
    if rows:
        marks = ", ".join("?" for _ in Suppression.__dataclass_fields__)
        con.executemany(
            f"insert into {RELATION} values ({marks})", [list(asdict(row).values()) for row in rows]
        )
    write_kept(settings, sorted(known | set(rows), key=str))


def write_kept(settings: Settings, entries: list[Suppression]) -> None:
    """Write the list beside the warehouse, whole or not at all, for the owner alone."""
    path = kept_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.writelines(json.dumps(asdict(entry), default=str) + "\n" for entry in entries)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)


def read_kept(settings: Settings) -> list[Suppression]:
    """The list as it stands beside the warehouse."""
    path = kept_file(settings)
    if not path.is_file():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        times = {
            name: datetime.fromisoformat(said[name]) if said[name] else None
            for name in ("from_at", "until_at", "erased_at")
        }
        entries.append(Suppression(**{**said, **times}))
    return entries


def synchronise(con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract) -> int:
    """Make both lists say the same; rows of the people that only the kept one knew are removed.

    Those rows came back with a copy of the warehouse that is older than their erasure. Returns how
    many rows went.
    """
    kept, known = read_kept(settings), set(read(con))
    returned = [entry for entry in kept if entry not in known]
    if known - set(kept):
        write_kept(settings, sorted(known | set(kept), key=str))
    if not returned:
        return 0
    removed = 0
    con.execute("begin transaction")
    try:
        add(con, settings, returned)
        suppressor = Suppressor(con, settings, contract)
        for table in contract:
            folder = folder_settings(settings, table)
            for (file_id,) in con.execute(
                "select file_id from audit.files where family = ? and format = ?",
                [table.family, table.format],
            ).fetchall():
                dropped = suppressor.drop(table, folder.country, file_id)
                removed += len(dropped.rows)
                con.execute(
                    "update audit.files set rows_loaded = rows_loaded - $rows, "
                    "rows_quarantined = rows_quarantined - $lines, "
                    "rows_suppressed = rows_suppressed + $rows + $lines where file_id = $id",
                    {"rows": len(dropped.rows), "lines": len(dropped.quarantined), "id": file_id},
                )
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
    return removed


def folder_settings(settings: Settings, table: Table) -> SourceSettings:
    """Settings of a table's folder; the defaults where they can't be read."""
    try:
        return load_source_settings(settings.landing / table.family / table.format, table)
    except SourceSettingsError:
        return SourceSettings(delivery=table.delivery)


class Suppressor:
    """Drops rows of erased people from what a file brought. Costs nothing while the list is empty.

    Raises SettingsError where the list isn't empty and there is no key.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract
    ) -> None:
        self.con = con
        self.contract = contract
        entries = {suppression.entry for suppression in read(con)}
        self._matcher = Matcher(con, entries, settings.require_key()) if entries else None
        self._hashes = sorted({entry.hash for entry in entries})

    def drop(self, table: Table, country: str, file_id: str) -> Dropped:
        """Take a file's rows of erased people out of raw and quarantine. No transaction here."""
        if self._matcher is None:
            return Dropped()
        matcher = self._matcher
        where = f"_file_id = '{file_id}'"
        rows = frozenset(line for _, line in matcher.matching(table, country, where))
        self.con.execute(
            "select line, text from restricted.quarantine_rows where file_id = ?", [file_id]
        )
        texts = self.con.fetchall()
        lines = frozenset(n for n, text in texts if text and matcher.is_meant(text, country))
        for relation, name, gone in (
            (table.relation, "line", rows),
            ("restricted.quarantine_rows", "line", lines),
            ("audit.quarantine", "line", lines),
        ):
            prefix = "_" if relation == table.relation else ""
            if gone:
                self.con.execute(
                    f"delete from {relation} where {prefix}file_id = ? "
                    f"and list_contains(?, {prefix}{name})",
                    [file_id, sorted(gone)],
                )
        if rows or lines:
            self._forget_values()
        return Dropped(rows, lines)

    def _forget_values(self) -> None:
        """Plain values of the list's identifiers that no row left in raw needs."""
        selects = [
            f"select {quoted(name)} from {table.relation} "
            f"where list_contains($hashes, {quoted(name)})"
            for table in self.contract
            for name in table.derived_columns
            if name.endswith("_hash")
        ]
        known = self.con.execute(
            "select distinct hash from restricted.identifier_values "
            "where list_contains($hashes, hash)",
            {"hashes": self._hashes},
        ).fetchall()
        if known:
            hashes = [digest for (digest,) in known]
            needed = self.con.execute(" union ".join(selects), {"hashes": hashes}).fetchall()
            self.con.execute(
                "delete from restricted.identifier_values where list_contains(?, hash)",
                [sorted(set(hashes) - {digest for (digest,) in needed})],
            )
