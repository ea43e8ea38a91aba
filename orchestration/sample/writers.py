"""Writing files that are byte for byte the same for the same arguments."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from .config import DAY, Ints

HMS: list[str] = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(DAY)]
_DAYS: dict[int, str] = {}


def day_text(day: int) -> str:
    """`2026-10-05` for a number of days since the epoch."""
    text = _DAYS.get(day)
    if text is None:
        text = _DAYS[day] = datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")
    return text


def iso(at: float | int | None) -> str:
    """`2026-10-05T09:30:00Z` for epoch seconds UTC; empty for None or a negative time."""
    if at is None or at < 0:
        return ""
    day, second = divmod(int(at), DAY)
    return f"{day_text(day)}T{HMS[second]}Z"


def plain(at: int) -> str:
    """`2026-10-05 09:30:00`, without zone."""
    day, second = divmod(at, DAY)
    return f"{day_text(day)} {HMS[second]}"


class TextFile:
    """A text file, gzip when its name ends in .gz, without clock or name in the header."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._raw = path.open("wb")
        self._gzip: gzip.GzipFile | None = None
        if path.suffix == ".gz":
            self._gzip = gzip.GzipFile("", "wb", compresslevel=1, fileobj=self._raw, mtime=0)
        self._buffer: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Add text; it reaches the disk in blocks."""
        self._buffer.append(text)
        self._size += len(text)
        if self._size > 1_000_000:
            self._flush()

    def _flush(self) -> None:
        data = "".join(self._buffer).encode()
        if self._gzip is not None:
            self._gzip.write(data)
        else:
            self._raw.write(data)
        self._buffer.clear()
        self._size = 0

    def close(self) -> None:
        """Write what is left and close."""
        self._flush()
        if self._gzip is not None:
            self._gzip.close()
        self._raw.close()

    def __enter__(self) -> TextFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class CsvFile:
    """A CSV with header, line feeds and minimal quoting."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._file = TextFile(path)
        self._text = io.StringIO()
        self._csv = csv.writer(self._text, lineterminator="\n")
        self.rows = 0
        self._csv.writerow(header)

    def row(self, values: Iterable[Any]) -> None:
        """One row; None is written as an empty field."""
        self._csv.writerow(values)
        self.rows += 1
        if self._text.tell() > 500_000:
            self._drain()

    def raw(self, line: str) -> None:
        """A line as it is, for rows that are broken on purpose."""
        self._drain()
        self._file.write(line + "\n")
        self.rows += 1

    def _drain(self) -> None:
        self._file.write(self._text.getvalue())
        self._text.seek(0)
        self._text.truncate()

    def close(self) -> None:
        """Write what is left and close."""
        self._drain()
        self._file.close()

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> int:
    """Write a whole CSV; returns the number of rows."""
    with CsvFile(path, header) as file:
        for values in rows:
            file.row(values)
        return file.rows


def may_break(broken: int, rows: int) -> bool:
    """Whether a file of `rows` may hold one more broken row beside `broken` others.

    A small file that is broken by half is withdrawn whole: a world would then be another one than
    its truth says, and its first run would fail.
    """
    return 3 * (broken + 1) <= rows


def write_text(path: Path, text: str) -> None:
    """Write a small text file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def group_offsets(keys: Ints, count: int) -> tuple[Ints, Ints]:
    """Order and offsets of a grouping: members of group g are order[offsets[g]:offsets[g + 1]]."""
    order = np.argsort(keys, kind="stable").astype(np.int64)
    offsets = np.searchsorted(keys[order], np.arange(count + 1)).astype(np.int64)
    return order, offsets
