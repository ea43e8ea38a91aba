"""What the warehouse says of each file: `audit.files` and the quarantine's records."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.disk import is_file
from orchestration.ingestion import landing
from orchestration.ingestion.contract import Table
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.parts import Counts
from orchestration.ingestion.portion import Portion
from orchestration.ingestion.source_settings import FILE_NAME, SourceSettings


@dataclass(frozen=True)
class FileResult:
    """What became of a file in this run.

    `status` is loaded, empty, withdrawn, rejected, unfinished, or left as it was by a replay.
    """

    path: str
    family: str
    format: str
    file_id: str
    status: str
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    reason: str | None = None
    rows_suppressed: int = 0


class FileRecords:
    """Writes records of files over a loader's connection, for one load."""

    def __init__(self, con: duckdb.DuckDBPyConnection, load_id: int) -> None:
        self.con = con
        self.load_id = load_id

    def forget(self, table: Table, file_id: str) -> None:
        """Remove a file's rows and records, so that it can be loaded again. No transaction here."""
        self.con.execute(f"delete from {table.relation} where _file_id = ?", [file_id])
        for bookkeeping in ("audit.quarantine", "restricted.quarantine_rows", "audit.files"):
            self.con.execute(f"delete from {bookkeeping} where file_id = ?", [file_id])

    def reject(self, file: LandedFile, reason: str, digest: str) -> FileResult | None:
        """Record a file that can't be loaded, or None where that is known already."""
        try:
            content = landing.content_hash(file.path)
        except OSError:
            content = ""  # nobody can say what it holds
        known = self.con.execute(
            "select 1 from audit.files where path = ? and content_hash = ? and status = 'rejected' "
            "and settings_digest = ? and reason = ?",
            [file.relative, content, digest, reason],
        ).fetchone()
        if known:
            return None
        portion = Portion(
            file_id=landing.identity(file.relative, content, file.exported_at, 0),
            digest=content,
            exported_at=file.exported_at,
        )
        self.con.execute("begin transaction")
        self.forget_rejections(file)
        self.add(file, portion, "rejected", Counts(), None, digest=digest, reason=reason)
        self.con.execute("commit")
        return FileResult(
            file.relative, file.family, file.format, portion.file_id, "rejected", reason=reason
        )

    def forget_rejections(self, file: LandedFile) -> None:
        """Forget what was said of a path before. No transaction here."""
        self.con.execute(
            "delete from audit.files where path = ? and status = 'rejected'", [file.relative]
        )

    def forget_mended(
        self,
        root: Path,
        misplaced: Iterable[tuple[LandedFile, str]],
        families: Iterable[str] | None,
    ) -> None:
        """Forget folders and links that couldn't be read and now can, or are gone.

        Of a file the next load tells; a folder is never loaded, so nothing else would.
        """
        told = {file.relative for file, _ in misplaced}
        wanted: Collection[str] | None = None if families is None else set(families)
        rows = self.con.execute(
            "select path, family from audit.files where status = 'rejected' and content_hash = '' "
            "and not ends_with(path, ?)",
            [f"/{FILE_NAME}"],
        ).fetchall()
        for path, family in rows:
            is_asked_for = wanted is None or family in wanted
            if is_asked_for and path not in told and not is_file(root / path):
                self.con.execute(
                    "delete from audit.files where path = ? and status = 'rejected'", [path]
                )

    def add(
        self,
        file: LandedFile,
        portion: Portion,
        status: str,
        counts: Counts,
        folder: SourceSettings | None,
        *,
        digest: str = "",
        reason: str | None = None,
        is_waived: bool = False,
    ) -> None:
        """Record what became of a file. No transaction here."""
        values = {
            "file_id": portion.file_id,
            "family": file.family,
            "format": file.format,
            "path": file.relative,
            "content_hash": portion.digest,
            "exported_at": portion.exported_at,
            "status": status,
            "rows_read": counts.read,
            "rows_loaded": counts.loaded,
            "rows_quarantined": counts.quarantined,
            "rows_suppressed": counts.suppressed,
            "loaded_at": datetime.now(UTC).replace(tzinfo=None),
            "load_id": self.load_id,
            "delivery": folder.delivery if folder else None,
            "size_bytes": file.size,
            "mtime_ns": file.mtime_ns,
            "byte_start": portion.start,
            "byte_end": portion.stop,
            "next_line": portion.first_line + counts.lines,
            "prefix_hash": portion.prefix_hash,
            "settings_digest": folder.digest if folder else digest,
            "time_zone": folder.time_zone if folder else None,
            "reason": reason,
            "is_waived": is_waived,
            "is_validated": is_waived or status != "loaded" or not counts.loaded,
        }
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        self.con.execute(
            f"insert into audit.files ({names}) values ({marks})", list(values.values())
        )
