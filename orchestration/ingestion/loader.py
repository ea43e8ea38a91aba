"""Loading: each file exactly once, whole or not at all, every row accounted for."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from orchestration.faults import crash_point
from orchestration.ingestion import landing
from orchestration.ingestion.contract import Contract, Table, load_contract
from orchestration.ingestion.file_records import FileRecords, FileResult
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


@dataclass
class IngestReport:
    """Files met for the first time in this run, and new rows by raw table."""

    load_id: int
    files: list[FileResult] = field(default_factory=list)
    new_rows: dict[str, int] = field(default_factory=dict)


#: Faults of the machine, the engine or our own statements: the next file would meet them too.
FAULTS_OF_THE_ENGINE = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
)
FAULTS_OF_THE_MACHINE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOMEM, errno.EMFILE, errno.ENFILE}
)
FULL_DISK = "No space left on device"
#: Small files share a transaction: what it adds beyond whole row groups goes through the log first.
GROUP_BYTES = 128 * 1024 * 1024


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
        loader.records.forget_mended(settings.landing, found.misplaced, families)
        for misplaced, reason in found.misplaced:
            if result := loader.records.reject(misplaced, reason, ""):
                loader.note(result, progress)
        for group in groups(found.files):
            for result in loader.load_all(group):
                loader.note(result, progress)
        return loader.report
    finally:
        con.close()


def groups(files: Iterable[LandedFile]) -> Iterator[list[LandedFile]]:
    """Files that follow one another in a format's folder, as many as one transaction takes."""
    group: list[LandedFile] = []
    size = 0
    for file in files:
        is_of_it = group and (file.family, file.format) == (group[0].family, group[0].format)
        if group and (not is_of_it or size + file.size > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield group


class Loader:
    """Loads files over one connection; each whole or not at all."""

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
        self.records = FileRecords(con, self.report.load_id)
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

    def load_all(self, group: Sequence[LandedFile]) -> list[FileResult]:
        """Load files of one format in one transaction, or each in its own where one fails.

        The results are of those that weren't known already.
        """
        results = self._load_together(group) if len(group) > 1 else None
        if results is None:
            results = [self.load(file) for file in group]
        return [result for result in results if result]

    def _load_together(self, group: Sequence[LandedFile]) -> list[FileResult | None] | None:
        """None where nothing was loaded, because of one of them."""
        table = self._table_of(group[0])
        folder = self.folder_of(group[0], table)
        if isinstance(folder, str):
            return None
        results: list[FileResult | None] = []
        try:
            with self._transaction():
                for file in group:
                    portion = self._portion(file, table, folder)
                    if isinstance(portion, Portion):
                        results.append(self._stored(file, table, folder, portion))
                    else:
                        results.append(portion)
                crash_point("load")
        except Exception:
            # Loaded by itself, the one that failed tells why.
            return None
        crash_point("after_load_commit")
        return results

    def load(self, file: LandedFile) -> FileResult | None:
        """Load one file, or None where its content is known already.

        Whatever is wrong with the file is told in the result; only faults of the machine, of the
        key or of the program are raised.
        """
        table = self._table_of(file)
        folder = self.folder_of(file, table)
        if isinstance(folder, str):
            return self.records.reject(file, folder, "")
        try:
            portion = self._portion(file, table, folder)
            if not isinstance(portion, Portion):
                return portion
            return self.load_portion(file, table, folder, portion)
        except UnreadableFileError as error:
            return self.records.reject(file, str(error), folder.digest)
        except (duckdb.Error, UnicodeError) as error:
            if (reason := _fault_of_the_file(error)) is None:
                raise
            return self.records.reject(file, reason, folder.digest)
        except FileNotFoundError:
            return _unfinished(file)
        except OSError as error:
            if error.errno in FAULTS_OF_THE_MACHINE:
                raise
            # Without the settings' digest it is tried again by every run: it may be mended there.
            reason = f"the file can't be read ({error.strerror}); see its permissions and its disk"
            return self.records.reject(file, reason, "")

    def _portion(
        self, file: LandedFile, table: Table, folder: SourceSettings
    ) -> Portion | FileResult | None:
        """What of a file is to be loaded, or what to say of it instead, if anything."""
        try:
            return portion_to_load(self.con, file, table, folder)
        except (NothingWholeYetError, FileNotFoundError):
            return _unfinished(file)

    def _table_of(self, file: LandedFile) -> Table:
        table = self.contract.get(file.family, file.format)
        assert table is not None
        return table

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.con.execute("begin transaction")
        try:
            yield
            self.con.execute("commit")
        except BaseException:
            self.con.execute("rollback")
            self.parts.after_rollback()
            raise

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
        try:
            with self._transaction():
                result = self._stored(file, table, folder, portion, is_waived=is_waived)
                crash_point("load")
        except (duckdb.Error, UnicodeError) as error:
            if reason := _fault_of_the_file(error):
                raise UnreadableFileError(reason) from error
            raise
        crash_point("after_load_commit")
        return result

    def _stored(
        self,
        file: LandedFile,
        table: Table,
        folder: SourceSettings,
        portion: Portion,
        *,
        is_waived: bool = False,
    ) -> FileResult:
        """Store a file's rows and what is to be said of it. No transaction here."""
        context = FileContext(portion.file_id, self.report.load_id, portion.exported_at, folder)
        self.records.forget(table, portion.file_id)
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
        self.records.forget_rejections(file)
        self.records.add(file, portion, status, counts, folder, reason=reason, is_waived=is_waived)
        clear_superseded(self.con, table, folder, portion.file_id)
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
            if result := self.records.reject(file, export.reason, ""):
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


def _unfinished(file: LandedFile) -> FileResult:
    return FileResult(file.relative, file.family, file.format, "", "unfinished")


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
