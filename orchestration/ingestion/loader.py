"""Loading: each file exactly once, whole or not at all, every row accounted for."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from orchestration.faults import crash_point
from orchestration.ingestion import landing
from orchestration.ingestion.contract import Contract, Table, load_contract
from orchestration.ingestion.guess import better_format
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.load_sql import FileContext
from orchestration.ingestion.parts import Counts, PartLoader
from orchestration.ingestion.portion import NothingWholeYetError, Portion, portion_to_load
from orchestration.ingestion.postgres import Export, export_tables
from orchestration.ingestion.reading import read_layout
from orchestration.ingestion.source_settings import (
    FILE_NAME,
    SourceSettings,
    SourceSettingsError,
    load_source_settings,
)
from orchestration.ingestion.streams import UnreadableFileError
from orchestration.ingestion.superseded import clear_superseded
from orchestration.ingestion.suppression import Dropped, Suppressor, synchronise
from orchestration.settings import Settings
from orchestration.warehouse import connect, ensure_schema


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


@dataclass
class IngestReport:
    """Files met for the first time in this run, and new rows by raw table."""

    load_id: int
    files: list[FileResult] = field(default_factory=list)
    new_rows: dict[str, int] = field(default_factory=dict)


#: Faults of the machine or of the engine itself: the next file would meet them too.
FAULTS_OF_THE_ENGINE = (
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
)
FAULTS_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
)
FULL_DISK = "No space left on device"


class AccountingError(UnreadableFileError):
    """Rows read by the independent count and rows loaded, quarantined and suppressed disagree."""


def ingest(
    settings: Settings,
    families: Iterable[str] | None = None,
    progress: Callable[[FileResult], None] | None = None,
    exports: Iterable[Export] | None = None,
) -> IngestReport:
    """Load what is new in the landing zone; `families` limits it.

    `exports` are what came of the tables of databases where they have been read already.

    Raises SettingsError where a key is needed and missing; a bad file never raises, it is
    recorded as rejected and the run goes on.
    """
    contract = load_contract(settings.project_dir)
    con = connect(settings.warehouse)
    try:
        ensure_schema(con, contract)
        synchronise(con, settings, contract)
        loader = Loader(con, settings, contract)
        if exports is None:
            exports = export_tables(settings, contract, families)
        for failed in loader.account_for(exports, families):
            loader.note(failed, progress)
        found = landing.scan(settings.landing, contract, families)
        for path in found.unfinished:
            family, format_ = (*path.split("/"), "")[:2]
            loader.note(FileResult(path, family, format_, "", "unfinished"), progress)
        for misplaced, reason in found.misplaced:
            if result := loader.reject(misplaced, reason, ""):
                loader.note(result, progress)
        for file in found.files:
            if result := loader.load(file):
                loader.note(result, progress)
        return loader.report
    finally:
        con.close()


class Loader:
    """Loads files over one connection; one transaction a file."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract
    ) -> None:
        self.con = con
        self.settings = settings
        self.contract = contract
        # Lines are numbered as they are read, which one thread does; a second one would only wait,
        # at three times the CPU time.
        con.execute("set preserve_insertion_order = true")
        con.execute("set threads = 1")
        # A part is bounded; without a limit the engine keeps what it has written in memory.
        con.execute("set memory_limit = '2GB'")
        # At the default of 16 MB every other file of a day would write the table's last rows anew:
        # a quarter of the CPU time and a third of the warehouse's size.
        con.execute("set wal_autocheckpoint = '256MB'")
        row = con.execute("select coalesce(max(load_id), 0) + 1 from audit.files").fetchone()
        self.report = IngestReport(load_id=row[0] if row else 1)
        self.parts = PartLoader(con, settings)
        self.suppressor = Suppressor(con, settings, contract)
        #: What was dropped of the file loaded last.
        self.dropped = Dropped()
        self._folders: dict[tuple[str, str], SourceSettings | str] = {}

    def note(
        self, result: FileResult, progress: Callable[[FileResult], None] | None = None
    ) -> None:
        """Add a file to the report and tell whoever follows the run."""
        self.report.files.append(result)
        if result.rows_loaded:
            table = f"{result.family}__{result.format}"
            total = self.report.new_rows.get(table, 0) + result.rows_loaded
            self.report.new_rows[table] = total
        if progress:
            progress(result)

    def load(self, file: LandedFile) -> FileResult | None:
        """Load one file, or None where its content is known already.

        Whatever is wrong with the file is told in the result; only faults of the machine, of the
        key or of the program are raised.
        """
        table = self.contract.get(file.family, file.format)
        assert table is not None
        folder = self.folder_of(file, table)
        if isinstance(folder, str):
            return self.reject(file, folder, "")
        try:
            portion = portion_to_load(self.con, file, table, folder)
            if portion is None:
                return None
            return self.load_portion(file, table, folder, portion)
        except UnreadableFileError as error:
            return self.reject(file, str(error), folder.digest)
        except (duckdb.Error, UnicodeError) as error:
            if (reason := _fault_of_the_file(error)) is None:
                raise
            return self.reject(file, reason, folder.digest)
        except (NothingWholeYetError, FileNotFoundError):
            return FileResult(file.relative, file.family, file.format, "", "unfinished")
        except OSError as error:
            if error.errno in FAULTS_OF_THE_MACHINE:
                raise
            # Without the settings' digest it is tried again by every run: it may be mended there.
            reason = f"the file can't be read ({error.strerror}); see its permissions and its disk"
            return self.reject(file, reason, "")

    def load_portion(
        self,
        file: LandedFile,
        table: Table,
        folder: SourceSettings,
        portion: Portion,
        *,
        is_waived: bool = False,
    ) -> FileResult:
        """Load a file, or the new part of a growing one, in one transaction.

        Raises UnreadableFileError; then nothing of the file is in the warehouse.
        """
        context = FileContext(portion.file_id, self.report.load_id, portion.exported_at, folder)
        self.con.execute("begin transaction")
        try:
            self.forget(table, portion.file_id)
            reading = read_layout(self.con, file.path, table, folder)
            counts = Counts()
            self.dropped = Dropped()
            reason = None
            if reading is not None:
                better = better_format(reading, table, folder, self.contract)
                if better and better.is_clear:
                    raise UnreadableFileError(better.reason)
                counts = self.parts.load(file.path, table, reading, context, portion)
                self._suppress(table, folder, portion, counts)
            if counts.read != counts.loaded + counts.quarantined + counts.suppressed:
                raise AccountingError(
                    f"{counts.read} rows read, but {counts.loaded} loaded, "
                    f"{counts.quarantined} quarantined and {counts.suppressed} suppressed: "
                    "nothing of it is kept; please report it as a fault of the reader"
                )
            status = "loaded" if counts.read else "empty"
            good = counts.loaded + len(self.dropped.rows)
            if counts.quarantined and not good and not is_waived:
                # Nothing of it fits: no later check would ever see a row of this file.
                status, reason = "withdrawn", "every row was quarantined"
            self._forget_rejections(file)
            self._record(file, portion, status, counts, folder, reason=reason, is_waived=is_waived)
            clear_superseded(self.con, table, folder, portion.file_id)
            crash_point("load")
            self.con.execute("commit")
        except BaseException as error:
            self.con.execute("rollback")
            self.parts.after_rollback()
            if reason := _fault_of_the_file(error):
                raise UnreadableFileError(reason) from error
            raise
        crash_point("after_load_commit")
        return FileResult(
            file.relative,
            file.family,
            file.format,
            portion.file_id,
            status,
            counts.read,
            counts.loaded,
            counts.quarantined,
            reason,
            counts.suppressed,
        )

    def _suppress(
        self, table: Table, folder: SourceSettings, portion: Portion, counts: Counts
    ) -> None:
        """Drop what the file holds of people who were erased."""
        self.dropped = self.suppressor.drop(table, folder.country, portion.file_id)
        counts.loaded -= len(self.dropped.rows)
        counts.quarantined -= len(self.dropped.quarantined)
        counts.suppressed = len(self.dropped.rows) + len(self.dropped.quarantined)

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
        self._forget_rejections(file)
        self._record(file, portion, "rejected", Counts(), None, digest=digest, reason=reason)
        self.con.execute("commit")
        return FileResult(
            file.relative, file.family, file.format, portion.file_id, "rejected", reason=reason
        )

    def _forget_rejections(self, file: LandedFile) -> None:
        """What was said of a path before holds no more. No transaction here."""
        self.con.execute(
            "delete from audit.files where path = ? and status = 'rejected'", [file.relative]
        )

    def account_for(
        self, exports: Iterable[Export], families: Iterable[str] | None
    ) -> Iterator[FileResult]:
        """Record tables of databases that could not be read; what was told of before is over."""
        wanted = list(self.contract.families if families is None else families)
        self.con.execute(
            "delete from audit.files where status = 'rejected' and ends_with(path, ?) "
            "and list_contains(?, family)",
            [f"/{FILE_NAME}", wanted],
        )
        for export in exports:
            if export.reason is None:
                continue
            path = self.settings.landing / export.relative
            stat = path.stat()
            file = LandedFile(
                path, export.relative, export.family, export.format, stat.st_size, stat.st_mtime_ns
            )
            if result := self.reject(file, export.reason, ""):
                yield result

    def folder_of(self, file: LandedFile, table: Table) -> SourceSettings | str:
        """The settings of a file's folder, or why there are none."""
        key = (file.family, file.format)
        if key not in self._folders:
            try:
                folder = self.settings.landing / file.family / file.format
                self._folders[key] = load_source_settings(folder, table)
            except SourceSettingsError as error:
                # Paths in records are relative to the landing zone.
                self._folders[key] = str(error).replace(f"{self.settings.landing}/", "")
        return self._folders[key]

    def _record(
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
            "load_id": self.report.load_id,
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


def _fault_of_the_file(error: BaseException) -> str | None:
    """What an error says of one file only, or None where the next file would meet it too."""
    if isinstance(error, UnicodeError):
        return "a line isn't in the `encoding` of _source.yml"
    if not isinstance(error, duckdb.Error) or isinstance(error, FAULTS_OF_THE_ENGINE):
        return None
    if FULL_DISK in str(error):
        return None
    # The engine's message may quote a row, so only its kind is told.
    return f"the engine can't read the file ({type(error).__name__}); deliver it again"
