"""The records of a file spooled to disk, part by part, for the engine to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orchestration.ingestion.cutter import Layout, LineCutter, RecordCutter
from orchestration.ingestion.part import Part
from orchestration.ingestion.streams import line_blocks

PART_RECORDS = 250_000
PART_BYTES = 192 * 1024 * 1024


class Spool:
    """Collects records and hands them out as parts; a part is valid until the next one."""

    def __init__(self, work: Path) -> None:
        self.part = Part(work / "part.txt")
        self.out: list[bytes] = []
        self.size = 0

    def add(self, record: bytes, line: int) -> Iterator[Part]:
        """Add one record and yield the part that it fills."""
        self.part.extend_run(line)
        self.part.records += 1
        self.out.append(record)
        yield from self.grown(len(record))

    def grown(self, size: int) -> Iterator[Part]:
        """Tell of bytes that were put into `out`, and yield the part that they fill."""
        self.size += size
        if self.part.records >= PART_RECORDS or self.size >= PART_BYTES:
            yield from self.rest()

    def rest(self) -> Iterator[Part]:
        """Yield what isn't handed out yet."""
        # Lines that hold no record count too: the next portion is numbered behind them.
        if self.part.records or self.part.bad or self.part.lines_used:
            with self.part.path.open("wb") as handle:
                handle.writelines(self.out)
            full, self.part = self.part, Part(self.part.path)
            self.out, self.size = [], 0
            yield full


def spool(
    path: Path,
    layout: Layout | None,
    work: Path,
    *,
    fallback_encoding: str,
    start: int = 0,
    stop: int | None = None,
    first_line: int = 1,
    skip_lines: int = 0,
) -> Iterator[Part]:
    """Write the records of a file to `work`, part by part.

    Without layout each line is a record. `start` and `stop` are the bytes to read between,
    `first_line` the number of the first line, `skip_lines` how many lines are header. A part is
    valid until the next one is asked for. Raises UnreadableFileError.
    """
    cutter = RecordCutter(layout) if layout else LineCutter()
    collected = Spool(work)
    rest, line = b"", first_line
    blocks = line_blocks(path, fallback_encoding, start, stop)
    block = next(blocks, None)
    while block is not None:
        following = next(blocks, None)
        for _ in range(skip_lines):
            _, _, block = block.partition(b"\n")
            line += 1
        skip_lines = 0
        before = len(collected.out)
        rest, line = cutter.cut(
            rest + block, line, collected.part, collected.out, is_last=following is None
        )
        collected.part.lines_used = line - first_line
        yield from collected.grown(sum(map(len, collected.out[before:])))
        block = following
    yield from collected.rest()
