"""What else a home keeps: lead files, reports, logs, caches. None of it may hold the person.

Lines of lead files and logs are removed, values in reports are struck out, caches are deleted:
they are made again. What can be none of these is withheld.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from orchestration.ingestion.matching import Matcher
from orchestration.ingestion.streams import (
    PARQUET_MAGIC,
    UnreadableFileError,
    blocks,
    is_compressed,
    line_blocks,
    magic_of,
)
from orchestration.ingestion.values import national_digits
from orchestration.privacy.layers import is_distinctive
from orchestration.privacy.person import Person
from orchestration.privacy.rewriting import rewrite
from orchestration.privacy.subject import loaded_countries
from orchestration.settings import Settings
from orchestration.spark.raw_zone import drop_copies

#: Handled by their own means, or meant to keep what they hold.
APART = frozenset(
    {"warehouse.duckdb", "warehouse.duckdb.wal", "writer.lock", ".published", "published"}
    | {"withheld", "state/suppressions.jsonl", "state/erasures", "reports/erasures"}
)
STRUCK_OUT = b"[erased]"
SEPARATORS = b" .-()/_"
DATABASE_MAGIC = (b"SQLi", b"PAR1")


class Sweeper:
    """Searches a home's files for a person's values and removes them."""

    def __init__(self, settings: Settings, person: Person, matcher: Matcher) -> None:
        self.settings = settings
        self.matcher = matcher
        self.countries = loaded_countries(matcher.con)
        plain = {value for values in person.plain.values() for value in values}
        self._digits = {
            national_digits(value).encode()
            for (kind, _), values in person.plain.items()
            if kind == "phone"
            for value in values
        }
        exact = person.person_ids | {value for _, value in person.periods} | plain
        # What could be any code can't be told from one in a page: fields and columns are.
        texts = {value for value in exact if is_distinctive(value) or "@" in value}
        self._needles = {value.lower().encode() for value in texts}
        self._needles |= {needle.replace(b"@", b"%40") for needle in self._needles}
        self._struck = sorted(self._needles, key=len, reverse=True)

    def holds(self, data: bytes) -> bool:
        """Whether some bytes hold a value of the person, in any writing."""
        lowered = data.lower()
        if any(needle in lowered for needle in self._needles):
            return True
        digits = lowered.translate(None, SEPARATORS)
        return any(number in digits for number in self._digits if len(number) > 7)

    def sweep(self) -> dict[str, int]:
        """Clean every file of the home; how many files changed, by top folder."""
        counts: dict[str, int] = {}
        # Compressed columns can't be searched, and all of it can be made again.
        if copies := drop_copies(self.settings.home):
            counts["spark"] = copies
        for path in self._files():
            folder = path.relative_to(self.settings.home).parts[0]
            if self._clean(path, folder):
                counts[folder] = counts.get(folder, 0) + 1
        return counts

    def _files(self) -> Iterator[Path]:
        home, landing = self.settings.home, self.settings.landing
        for folder, names, files in os.walk(home):
            here = Path(folder)
            names[:] = sorted(
                name
                for name in names
                if (here / name).relative_to(home).as_posix() not in APART
                and (here / name) != landing
                and not name.startswith(".erasure-")
            )
            for name in sorted(files):
                path = here / name
                if path.relative_to(home).as_posix() not in APART and not path.is_symlink():
                    yield path

    def _clean(self, path: Path, folder: str) -> bool:
        try:
            is_held = self._holds_file(path)
        except (UnreadableFileError, OSError):
            is_held = True
        if not is_held:
            return False
        if folder in {"state", "dagster"} and path.suffix != ".log":
            path.unlink()
        elif folder == "reports":
            self._strike_out(path)
        elif not self._without_lines(path):
            path.unlink()
        return True

    def _holds_file(self, path: Path) -> bool:
        before = b""
        for block in blocks(path):
            if self.holds(before + block):
                return True
            before = block[-400:]
        return False

    def _strike_out(self, path: Path) -> None:
        """Replace the values in a page; a page that still holds one is deleted."""
        data = path.read_bytes()
        for needle in self._struck:
            data = re.sub(re.escape(needle), STRUCK_OUT, data, flags=re.IGNORECASE)
        if is_compressed(path) or magic_of(path).startswith(DATABASE_MAGIC) or self.holds(data):
            path.unlink()
            return
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(data)
        part.replace(path)

    def _without_lines(self, path: Path) -> bool:
        """Remove the lines that hold the person; False where the file has no lines."""
        if magic_of(path).startswith(DATABASE_MAGIC) or magic_of(path) == PARQUET_MAGIC:
            return False
        try:
            lines = {
                number
                for number, line in enumerate(_lines(path), start=1)
                if self.holds(line) or self.matcher.is_meant(line.decode(), *self.countries)
            }
            made = rewrite(path, lines)
        except (UnreadableFileError, UnicodeDecodeError, OSError):
            return False
        return made.put()


def _lines(path: Path) -> Iterator[bytes]:
    for block in line_blocks(path, "auto"):
        yield from block.removesuffix(b"\n").split(b"\n")
