"""A part of a file: records that the engine reads, one a line, and lines that are none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

#: Stands for a line feed inside a field, as the spool holds one record a line.
EMBEDDED_NEWLINE = b"\x1e"


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
        wanted = set(ordinals)
        found: dict[int, str] = {}
        with self.path.open("rb") as handle:
            for ordinal, line in enumerate(handle, start=1):
                if ordinal in wanted:
                    found[ordinal] = line.rstrip(b"\n").replace(EMBEDDED_NEWLINE, b"\n").decode()
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
