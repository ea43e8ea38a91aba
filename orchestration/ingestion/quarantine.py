"""Rows and files that could not be loaded: what they are, and loading them again after a fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.disk import is_file
from orchestration.ingestion import landing
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.file_records import FileResult
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.loader import Loader
from orchestration.ingestion.portion import Portion, line_at
from orchestration.ingestion.source_settings import FILE_NAME
from orchestration.ingestion.streams import UnreadableFileError
from orchestration.ingestion.suppression import synchronise
from orchestration.settings import Settings
from orchestration.warehouse import connect, ensure_schema


class ReplayError(ValueError):
    """A file can't be loaded again; the message says why and what to do."""


@dataclass(frozen=True)
class QuarantinedFile:
    """A file with rows in quarantine, or withdrawn or rejected as a whole."""

    file_id: str
    path: str
    status: str
    rows_read: int
    rows_quarantined: int
    reason: str | None


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that could not be loaded; `text` is personal data and given only when asked for."""

    line: int
    field: str | None
    reason: str
    text: str | None


def list_files(con: duckdb.DuckDBPyConnection) -> list[QuarantinedFile]:
    """Files with something in quarantine, the latest first; `reason` is the commonest."""
    rows = con.execute(
        """
        select file_id, path, status, rows_read, rows_quarantined, coalesce(
            reason,
            (
                select mode(coalesce(field || ': ', '') || quarantine.reason)
                from audit.quarantine as quarantine
                where quarantine.file_id = files.file_id
            )
        )
        from audit.files as files
        where rows_quarantined > 0 or status in ('rejected', 'withdrawn')
        order by loaded_at desc, path
        """
    ).fetchall()
    return [QuarantinedFile(*row) for row in rows]


def show_rows(
    con: duckdb.DuckDBPyConnection, file_id: str, *, with_text: bool = False, limit: int = 100
) -> list[QuarantinedRow]:
    """The quarantined rows of a file, in the order of its lines."""
    text = "max(rows.text)" if with_text else "null"
    rows = con.execute(
        f"select quarantine.line, quarantine.field, quarantine.reason, {text} "
        "from audit.quarantine as quarantine left join restricted.quarantine_rows as rows "
        "using (file_id, line) where file_id = ? group by all order by line limit ?",
        [file_id, limit],
    ).fetchall()
    return [QuarantinedRow(*row) for row in rows]


def withdraw(con: duckdb.DuckDBPyConnection, file_id: str, reason: str) -> None:
    """Take a loaded file out of raw, whole: every row of it is in quarantine for `reason`."""
    row = con.execute(
        "select family || '__' || format from audit.files where file_id = ?", [file_id]
    ).fetchone()
    if row is None:
        raise ReplayError(f"no file {file_id}")
    at = datetime.now(UTC).replace(tzinfo=None)
    con.execute("begin transaction")
    try:
        con.execute(
            f"insert into audit.quarantine select _file_id, _line, null, ?, "
            f"_file_id || ':' || _line, ? from raw.{row[0]} where _file_id = ?",
            [reason, at, file_id],
        )
        con.execute(f"delete from raw.{row[0]} where _file_id = ?", [file_id])
        con.execute(
            "update audit.files set status = 'withdrawn', reason = ?, rows_loaded = 0, "
            "rows_quarantined = rows_read - rows_suppressed, is_validated = true where file_id = ?",
            [reason, file_id],
        )
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


def replay(settings: Settings, file_ids: Iterable[str] | None = None) -> list[FileResult]:
    """Load files again with today's settings; all of the quarantine without `file_ids`.

    A withdrawn file is taken as it is: replaying it is the steward's word that it is right.
    Raises ReplayError where a file that is named is unknown, gone, changed or unreadable; of all
    of the quarantine such a file stays as it is (`left`, with the reason) and the others go on.
    """
    contract = load_contract(settings.project_dir)
    con = connect(settings.warehouse)
    try:
        ensure_schema(con, contract)
        synchronise(con, settings, contract)
        # Tables of databases are tried again by every run.
        every = [f for f in list_files(con) if not f.path.endswith(f"/{FILE_NAME}")]
        if every and not settings.landing.is_dir():
            raise ReplayError(f"no landing zone at {settings.landing}; name yours with --landing")
        loader = Loader(con, settings, contract)
        if file_ids is not None:
            for file_id in file_ids:
                loader.note(_replay_one(con, loader, settings, file_id))
            return loader.report.files
        for file in every:
            try:
                loader.note(_replay_one(con, loader, settings, file.file_id))
            except ReplayError as error:
                family, format_ = (*file.path.split("/"), "")[:2]
                reason = str(error).removeprefix(f"{file.path} ")
                loader.note(
                    FileResult(file.path, family, format_, file.file_id, "left", reason=reason)
                )
        return loader.report.files
    finally:
        con.close()


def _replay_one(
    con: duckdb.DuckDBPyConnection, loader: Loader, settings: Settings, file_id: str
) -> FileResult:
    row = con.execute(
        "select path, family, format, status, content_hash, exported_at, byte_start, byte_end, "
        "next_line, prefix_hash, reason from audit.files where file_id = ?",
        [file_id],
    ).fetchone()
    if row is None:
        raise ReplayError(f"no file {file_id} in the quarantine; `quarantine list` shows them")
    relative, family, format_, status, digest, exported_at, start, stop, _, prefix_hash, told = row
    if relative.endswith(f"/{FILE_NAME}"):
        raise ReplayError(f"{relative} names a table of a database: `passerelle run` reads it")
    path = settings.landing / relative
    if not is_file(path):
        if digest == "" or told == landing.BAD_NAME:
            # A folder or link that can't be read, or a name that is shown by its numbers.
            raise ReplayError(f"{relative} stays as it is: {told}; then `passerelle run`")
        raise ReplayError(f"{relative} is no longer in the landing zone; put it back and replay")
    stat = path.stat()
    file = LandedFile(path, relative, family, format_, stat.st_size, stat.st_mtime_ns)
    table = loader.contract.get(family, format_)
    if table is None or status == "rejected":
        # A rejected file has nothing in the warehouse: it is tried as a new one.
        con.execute("delete from audit.files where file_id = ?", [file_id])
        result = loader.load(file) if table else None
        return result or FileResult(relative, family, format_, file_id, "rejected")
    folder = loader.folder_of(file, table)
    if isinstance(folder, str):
        raise ReplayError(f"{relative} stays as it is: {folder}")
    try:
        if landing.content_hash(path, start or 0, stop) != digest:
            raise ReplayError(
                f"{relative} has changed since it was loaded: `passerelle run` loads it as a new "
                "file"
            )
        portion = Portion(
            file_id,
            digest,
            exported_at,
            start or 0,
            stop,
            _first_line(con, path, relative, start),
            prefix_hash,
        )
        return loader.load_portion(file, table, folder, portion, is_waived=status == "withdrawn")
    except (UnreadableFileError, OSError) as error:
        raise ReplayError(f"{relative} stays as it is: {error}") from error


def _first_line(
    con: duckdb.DuckDBPyConnection, path: Path, relative: str, start: int | None
) -> int:
    if not start:
        return 1
    row = con.execute(
        "select next_line from audit.files where path = ? and byte_end = ?", [relative, start]
    ).fetchone()
    if row:
        return line_at(path, start, int(row[0]))
    with path.open("rb") as handle:
        return handle.read(start).count(b"\n") + 1
