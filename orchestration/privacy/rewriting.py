"""Files without some of their records: written beside the file, put in its place by a rename.

The other records stay byte for byte. Text keeps its encoding, archives their kind, Parquet its
schema.
"""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from isal import igzip

from orchestration.ingestion.contract import Table
from orchestration.ingestion.cutter import LONGEST_RECORD_LINES, OPEN, Layout, RecordCutter
from orchestration.ingestion.json_text import document_without
from orchestration.ingestion.reading import Form, Reading
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import (
    GZIP_MAGIC,
    PARQUET_MAGIC,
    UTF16_MARKS,
    ZSTD_MAGICS,
    UnreadableFileError,
    blocks,
    line_blocks,
    line_end_of,
    magic_of,
)

#: A rewritten file that waits for its rename; hidden, so that no run takes it.
SUFFIX = ".erasing"


@dataclass
class Rewritten:
    """The new file beside the old one, and where what stays has moved to.

    `removed` are the physical lines (or rows of Parquet) that went; `lines` has the new line of
    each old one where records of a JSON document moved; `cuts` are (offset, length) of the bytes.
    """

    part: Path
    target: Path
    size: int
    removed: list[int] = field(default_factory=list)
    lines: dict[int, int] | None = None
    cuts: list[tuple[int, int]] = field(default_factory=list)
    is_put: bool = False

    def line(self, old: int) -> int:
        """The new number of a line that stays."""
        if self.lines is not None:
            return self.lines.get(old, old)
        return old - bisect_left(self.removed, old)

    def offset(self, old: int) -> int:
        """The new place of a byte between records."""
        return old - sum(length for start, length in self.cuts if start < old)

    def put(self) -> bool:
        """Replace the file, keeping its name; not where it has grown since it was read.

        Two links to one file share its successor: the second finds it in its place.
        """
        if self.is_put:
            return True
        if self.target.stat().st_size != self.size:
            self.part.unlink()
            return False
        self.part.replace(self.target)
        self.is_put = True
        return True


def part_of(path: Path) -> Path:
    """Where a file's successor waits: beside the file itself, whatever link led to it."""
    path = path.resolve()
    return path.with_name(f".{path.name}{SUFFIX}")


def target_of(part: Path) -> Path:
    """The file that a waiting successor is meant for."""
    return part.with_name(part.name[1:].removesuffix(SUFFIX))


def rewrite(
    path: Path,
    lines: set[int],
    table: Table | None = None,
    folder: SourceSettings | None = None,
    reading: Reading | None = None,
) -> Rewritten:
    """Write a file's successor without the records that begin at `lines` (from 1).

    Without a `reading` each line, or row of Parquet, is a record. Behind a link it is the file
    itself that gets a successor, and the link stays. Raises UnreadableFileError, OSError.
    """
    path = path.resolve()
    made = Rewritten(part_of(path), path, path.stat().st_size)
    if magic_of(path) == PARQUET_MAGIC:
        _parquet(made, lines)
    elif reading is not None and reading.form is Form.JSON_DOCUMENT:
        assert table is not None
        assert folder is not None
        text, made.lines = document_without(
            path, lines, fallback_encoding=folder.encoding, keys=table.dialect.records
        )
        with _writer(path, made.part) as out:
            out.write(text.encode())
    else:
        encoding = folder.encoding if folder else "auto"
        _text(made, lines, reading.layout if reading else None, encoding)
    shutil.copymode(path, made.part)
    with made.part.open("rb") as handle:
        os.fsync(handle.fileno())
    return made


def _parquet(made: Rewritten, lines: set[int]) -> None:
    try:
        source = pq.ParquetFile(made.target)
        with pq.ParquetWriter(made.part, source.schema_arrow, compression="zstd") as out:
            first = 1
            for number in range(source.num_row_groups):
                rows = source.read_row_group(number)
                keep = [first + at not in lines for at in range(rows.num_rows)]
                out.write_table(rows.filter(pa.array(keep)))
                first += rows.num_rows
    except (pa.ArrowException, OSError) as error:
        made.part.unlink(missing_ok=True)
        raise UnreadableFileError("the Parquet file can't be written anew") from error
    made.removed = sorted(lines)


def _text(made: Rewritten, lines: set[int], layout: Layout | None, encoding: str) -> None:
    pending = _Lines(_physical_lines(made.target, encoding))
    cutter = RecordCutter(layout) if layout else None
    offset = 0
    with _writer(made.target, made.part) as out:
        for number, line in pending:
            if number not in lines:
                out.write(line)
                offset += len(line)
                continue
            used = [line]
            if cutter:
                used += pending.take(_continues(cutter, line, pending))
            made.removed += range(number, number + len(used))
            length = sum(map(len, used))
            made.cuts.append((offset, length))
            offset += length


class _Lines:
    """Numbered lines that can be looked at before they are taken."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._ahead: list[bytes] = []
        self._number = 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while found := self.take(1):
            yield self._number, found[0]

    def look(self, at: int) -> bytes | None:
        """The line that comes `at` (from 0) lines later, or None behind the end."""
        while len(self._ahead) <= at:
            line = next(self._lines, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[at]

    def take(self, count: int) -> list[bytes]:
        """The next lines."""
        if count:
            self.look(count - 1)
        taken, self._ahead = self._ahead[:count], self._ahead[count:]
        self._number += len(taken)
        return taken


def _continues(cutter: RecordCutter, line: bytes, pending: _Lines) -> int:
    """How many lines after the first a record takes; 0 where its quote is never closed.

    The same judgement as the loader's, which takes such a line for itself.
    """
    text = line.rstrip(b"\r\n")
    inner: list[bytes] = []
    while cutter.parse(text) == OPEN and len(inner) < LONGEST_RECORD_LINES:
        following = pending.look(len(inner))
        if following is None:
            return 0
        inner.append(following.rstrip(b"\r\n"))
        text += b"\n" + inner[-1]
    parsed = cutter.parse(text)
    is_record = isinstance(parsed, list) and len(parsed) in cutter.layout.field_counts
    return len(inner) if is_record and not cutter.swallows([line, *inner]) else 0


def _physical_lines(path: Path, encoding: str) -> Iterator[bytes]:
    """Lines with their ends, as they stand; of UTF-16 and of CR alone, as the loader reads them."""
    first = next(blocks(path), b"")
    if first.startswith(UTF16_MARKS) or line_end_of(first) == b"\r":
        yield from _split(line_blocks(path, encoding))
    else:
        yield from _split(blocks(path))


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if rest:
        yield rest


@contextmanager
def _writer(like: Path, part: Path) -> Iterator[BinaryIO]:
    """A file that is compressed as another one is; for the owner alone until it is complete."""
    magic = magic_of(like)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            if magic.startswith(GZIP_MAGIC):
                with igzip.open(handle, "wb") as packed:  # type: ignore[no-untyped-call]
                    yield packed
            elif magic.startswith(ZSTD_MAGICS):
                with zstandard.ZstdCompressor().stream_writer(handle, closefd=False) as packed:
                    yield packed
            else:
                yield handle
    except BaseException:
        part.unlink(missing_ok=True)
        raise
