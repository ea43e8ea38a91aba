"""Which bytes of a file are still to be loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.ingestion import landing
from orchestration.ingestion.contract import Table
from orchestration.ingestion.cutter import OPEN, RecordCutter
from orchestration.ingestion.json_text import objects_of_lines
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.part import Part
from orchestration.ingestion.reading import read_layout
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import (
    OTHER_KINDS,
    PARQUET_MAGIC,
    UTF16_MARKS,
    clean_lines,
    is_compressed,
    line_end_of,
    magic_of,
)

#: What is looked at of the end of a file, or more where no line ends in it.
TAIL_BYTES = 1 << 20
LINES_BY_LF = re.compile(rb"[^\n]*\n")
LINES_BY_CR = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)")


class NothingWholeYetError(Exception):
    """No record of a growing file is whole: the next run looks again."""


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
    of change are those of its last load isn't read again. Raises NothingWholeYetError, and
    UnreadableFileError.
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
    """What can't be read from the middle (archives, Parquet, UTF-16, arrays) is loaded whole."""
    if file.size == 0 or is_compressed(file.path):
        return True
    magic = magic_of(file.path)
    others = tuple(kind[:4] for kind in OTHER_KINDS)
    return magic.startswith((PARQUET_MAGIC, *UTF16_MARKS, *others)) or (
        table.dialect.is_json and magic.lstrip()[:1] == b"["
    )


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
            start, first_line = byte_end, line_at(file.path, byte_end, next_line)
            break
    stop = _end_of_records(con, file, table, folder)
    if stop <= start:
        if start == 0:
            raise NothingWholeYetError
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


def line_at(path: Path, at: int, next_line: int) -> int:
    """The number of the line at a byte; `next_line` is the one behind all lines read so far.

    A line that was taken without its end goes on at that byte.
    """
    if at == 0:
        return next_line
    with path.open("rb") as handle:
        handle.seek(at - 1)
        around = handle.read(2)
    is_within = around == b"\r\n" or around[:1] not in {b"\n", b"\r"}
    return next_line - 1 if is_within else next_line


def _end_of_records(
    con: duckdb.DuckDBPyConnection, file: LandedFile, table: Table, folder: SourceSettings
) -> int:
    """The byte behind the last whole record: what comes after it is still being written.

    A last line without end is whole when it is a closed JSON object, or has as many fields as the
    line before it and ends in a closed quote; an open number or word may go on. A record whose
    quote isn't closed yet goes on too.
    """
    *lines, last = _last_lines(file)
    end = file.size - len(last)
    if table.dialect.is_json:
        return file.size if not last.strip() or objects_of_lines(last) else end
    if end == 0:
        return 0
    reading = read_layout(con, file.path, table, folder)
    if reading is None or reading.layout is None:
        return file.size
    cutter = RecordCutter(reading.layout)
    if still_open := _open_lines(cutter, lines, folder.encoding):
        return end - sum(map(len, lines[-still_open:]))
    return file.size if not last.strip() or _is_whole(cutter, lines, last) else end


def _last_lines(file: LandedFile) -> list[bytes]:
    """The last lines of a file with their ends, and what follows them."""
    wanted = TAIL_BYTES
    with file.path.open("rb") as handle:
        while True:
            begin = max(0, file.size - wanted)
            handle.seek(begin)
            tail = handle.read(file.size - begin)
            line_end = line_end_of(tail)
            if line_end == b"\r" and b"\r" not in tail.rstrip(b"\r"):
                line_end = None  # the LF of a CRLF may come with the next run
            if line_end or begin == 0:
                break
            wanted *= 4
    if line_end is None:
        return [tail]
    lines = (LINES_BY_CR if line_end == b"\r" else LINES_BY_LF).findall(tail)
    rest = tail[sum(map(len, lines)) :]
    # The first line may be the end of one.
    return [*(lines[1:] if begin else lines), rest]


def _open_lines(cutter: RecordCutter, lines: list[bytes], encoding: str) -> int:
    """How many of the last lines belong to a record whose quote isn't closed yet."""
    if not lines:
        return 0
    clean = [clean_lines(line, line[-1:], encoding) for line in lines]
    waiting, _ = cutter.cut(b"".join(clean), 1, Part(Path()), [], is_last=False)
    behind = waiting.split(b"\n")
    # Where whole records stand behind a quote it was never meant, and nothing will close it.
    return 0 if cutter.swallows(behind) else len(behind) - 1


def _is_whole(cutter: RecordCutter, lines: list[bytes], last: bytes) -> bool:
    quote = cutter.layout.quote
    before = cutter.parse(lines[-1].rstrip(b"\r\n")) if lines else OPEN
    fields = cutter.parse(last)
    return (
        quote is not None
        and last.endswith(quote)
        and isinstance(fields, list)
        and isinstance(before, list)
        and len(fields) == len(before)
    )
