"""Which bytes of a file are still to be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from orchestration.ingestion import landing
from orchestration.ingestion.contract import Table
from orchestration.ingestion.json_text import objects_of_lines
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.spool import OPEN, Layout, RecordCutter
from orchestration.ingestion.streams import PARQUET_MAGIC, is_compressed, magic_of

#: A last record longer than this without line end isn't looked for.
TAIL_BYTES = 1 << 20


@dataclass(frozen=True)
class Portion:
    """A file, or the bytes `start` to `stop` of a growing one; `first_line` is that of `start`."""

    file_id: str
    digest: str
    exported_at: datetime | None
    start: int = 0
    stop: int | None = None
    first_line: int = 1
    prefix_hash: str | None = None


def portion_to_load(
    con: duckdb.DuckDBPyConnection, file: LandedFile, table: Table, folder: SourceSettings
) -> Portion | None:
    """What of a file isn't loaded yet, or None.

    Content is known by its hash and exported_at, wherever it stands; a file whose size and time
    of change are those of its last load isn't read again.
    """
    unchanged = con.execute(
        "select 1 from audit.files where path = ? and size_bytes = ? and mtime_ns = ? "
        "and (status <> 'rejected' or settings_digest = ?)",
        [file.relative, file.size, file.mtime_ns, folder.digest],
    ).fetchone()
    if unchanged:
        return None
    if folder.delivery == "growing" and not _is_opaque(file, table):
        portion = _new_part(con, file, table, folder)
    else:
        digest = landing.content_hash(file.path)
        exported_at = file.exported_at
        portion = Portion(landing.file_id(table, digest, exported_at, 0), digest, exported_at)
    if portion is None or _is_known(con, portion, folder):
        return None
    return portion


def _is_opaque(file: LandedFile, table: Table) -> bool:
    """Archives, Parquet and arrays can't be read from the middle: they load whole, rows dedupe."""
    if file.size == 0 or is_compressed(file.path):
        return True
    magic = magic_of(file.path)
    return magic == PARQUET_MAGIC or (table.dialect.is_json and magic.lstrip()[:1] == b"[")


def _is_known(con: duckdb.DuckDBPyConnection, portion: Portion, folder: SourceSettings) -> bool:
    return bool(
        con.execute(
            "select 1 from audit.files where file_id = ? "
            "and (status <> 'rejected' or settings_digest = ?)",
            [portion.file_id, folder.digest],
        ).fetchone()
    )


def _new_part(
    con: duckdb.DuckDBPyConnection, file: LandedFile, table: Table, folder: SourceSettings
) -> Portion | None:
    start, first_line = 0, 1
    earlier = con.execute(
        "select byte_end, next_line, prefix_hash from audit.files "
        "where path = ? and status in ('loaded', 'empty', 'withdrawn') and byte_end <= ? "
        "order by byte_end desc",
        [file.relative, file.size],
    ).fetchall()
    for byte_end, next_line, prefix_hash in earlier:
        # A rotated file may be longer than the one before: only the same beginning counts.
        if landing.content_hash(file.path, 0, byte_end) == prefix_hash:
            start, first_line = byte_end, next_line
            break
    stop = _end_of_records(file, table, folder)
    if stop <= start:
        return None
    digest = landing.content_hash(file.path, start, stop)
    return Portion(
        landing.file_id(table, digest, file.exported_at, start),
        digest,
        file.exported_at,
        start,
        stop,
        first_line,
        landing.content_hash(file.path, 0, stop),
    )


def _end_of_records(file: LandedFile, table: Table, folder: SourceSettings) -> int:
    """The byte behind the last whole record: what comes after it is still being written.

    A last line without end is whole when it is a closed JSON object, or has as many fields as the
    line before it and ends in a closed quote; an open number or word may go on.
    """
    with file.path.open("rb") as handle:
        handle.seek(max(0, file.size - TAIL_BYTES))
        tail = handle.read()
    *earlier, last = tail.split(b"\n")
    if not last.strip():
        return file.size
    if table.dialect.is_json:
        return file.size if objects_of_lines(last) else file.size - len(last)
    quote = table.dialect.quote.encode()
    delimiter = (folder.delimiter or table.dialect.delimiter).encode()
    cutter = RecordCutter(Layout(delimiter, quote or None, frozenset({1})))
    before = cutter.parse(earlier[-1].rstrip(b"\r")) if earlier else OPEN
    fields = cutter.parse(last)
    is_whole = (
        isinstance(fields, list)
        and isinstance(before, list)
        and len(fields) == len(before)
        and bool(quote)
        and last.endswith(quote)
    )
    return file.size if is_whole else file.size - len(last)
