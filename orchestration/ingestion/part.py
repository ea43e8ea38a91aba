"""A part of a file: records that the engine reads, one a line, and lines that are none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

#: Stands for a line feed inside a field, as the spool holds one record a line.
EMBEDDED_NEWLINE = b"\x1e"
LINE_FEED = ord("\n")
#: What is looked at at once: numbers of a block stay in the processor's cache.
TEXT_BLOCK_BYTES = 512 * 1024


@dataclass(frozen=True)
class BadLine:
    """A physical line (from 1) that is no record, and why."""

    line: int
    reason: str
    text: str


@dataclass
class Part:
    """Records of a file, one a line, in `path`.

    `runs` maps ordinals (from 1) to physical lines: from each first ordinal on, lines follow
    one another from the paired line.
    """

    path: Path
    records: int = 0
    runs: list[tuple[int, int]] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    #: Fields (from 0) that somewhere begin or end with a space, in quotes or out of them, or
    #: hold a line feed.
    unclean_fields: set[int] = field(default_factory=set)
    #: Physical lines used so far, counted from the portion's first line.
    lines_used: int = 0

    def texts(self, ordinals: Collection[int]) -> dict[int, str]:
        """The records of some ordinals as they stand in the spool."""
        wanted = np.array(sorted(ordinals), dtype=np.int64)
        found: dict[int, str] = {}
        passed, rest = 0, b""
        with self.path.open("rb") as handle:
            while len(found) < len(wanted) and (block := rest + handle.read(TEXT_BLOCK_BYTES)):
                ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == LINE_FEED)
                here = wanted[(wanted > passed) & (wanted <= passed + len(ends))]
                for ordinal in here.tolist():
                    place = ordinal - passed - 1
                    begin = int(ends[place - 1]) + 1 if place else 0
                    record = block[begin : int(ends[place])].replace(EMBEDDED_NEWLINE, b"\n")
                    found[ordinal] = record.decode()
                passed += len(ends)
                rest = block[int(ends[-1]) + 1 :] if len(ends) else block
        return found

    def extend_run(self, line: int) -> None:
        """Tell from which physical line the next record comes."""
        ordinal = self.records + 1
        if self.runs:
            first_ordinal, known_line = self.runs[-1]
            if line - ordinal == known_line - first_ordinal:
                return
            if first_ordinal == ordinal:
                self.runs.pop()
        self.runs.append((ordinal, line))
