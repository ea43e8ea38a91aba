"""What stands in the landing zone: files, their identity, and those that must wait."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.ingestion.contract import Contract, Table
from orchestration.ingestion.source_settings import FILE_NAME
from orchestration.ingestion.walking import walk
from orchestration.progress import escaped
from orchestration.settings import naive_utc

#: In lower case.
UNFINISHED = (".tmp", ".part", ".crdownload", ".filepart", ".swp")
EDITORS_COPY = "~"
BAD_NAME = "the name isn't UTF-8 without control characters; rename the file, or its folder"
#: A file touched this recently is looked at twice before it is taken as complete.
FRESH_SECONDS = 2.0
SECOND_LOOK_SECONDS = 0.4
#: Beside the families: what `passerelle sample` leaves, and what the root of a file system has.
NOT_A_FAMILY = frozenset({"truth", "lost+found"})
DATE_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d|19\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
    r"(?:[T_ -]?([01]\d|2[0-3])[:h-]?([0-5]\d)(?:[:m-]?([0-5]\d))?Z?)?(?!\d)"
)


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone; `relative` is its path below it."""

    path: Path
    relative: str
    family: str
    format: str
    size: int
    mtime_ns: int

    @property
    def exported_at(self) -> datetime | None:
        """The date (and time) in the file's name, else in its folder's; UTC without zone."""
        for name in (self.path.name, *reversed(Path(self.relative).parts[2:-1])):
            if match := DATE_IN_NAME.search(name):
                date_time = "{}{}{}{}{}{}".format(*(part or "00" for part in match.groups()))
                with suppress(ValueError):
                    return naive_utc(datetime.strptime(f"{date_time}Z", "%Y%m%d%H%M%S%z"))
        return None


@dataclass(frozen=True)
class Landing:
    """Files to consider, files still being written, and what can't be loaded where it stands.

    `misplaced` are files in folders without contract, files, folders and links that can't be read,
    and names that are no UTF-8, each with the reason.
    """

    files: list[LandedFile]
    unfinished: list[str]
    misplaced: list[tuple[LandedFile, str]]


def scan(landing: Path, contract: Contract, families: Iterable[str] | None = None) -> Landing:
    """List the landing zone, in the order of paths. A missing folder is an empty one.

    Links are followed (walking.walk); a file's path is the one in the landing zone.
    """
    wanted = set(families) if families is not None else None
    files: list[LandedFile] = []
    misplaced: list[tuple[LandedFile, str]] = []
    unfinished: list[str] = []
    for entry in walk(landing):
        path = entry.path
        relative = path.relative_to(landing)
        if path.name == FILE_NAME or _is_hidden(relative):
            continue
        name = printable(relative)
        family, format_ = (*name.split("/"), "")[:2]
        # A folder of a family that can't be read stands there too, and is told of.
        if (len(relative.parts) < 2 and not entry.reason) or family in NOT_A_FAMILY:
            continue
        # A family that nobody knows is nobody's to ask for: it is told of in any case.
        is_known = family in contract.families
        if wanted is not None and is_known and family not in wanted:
            continue
        size, mtime_ns = (entry.found.st_size, entry.found.st_mtime_ns) if entry.found else (0, 0)
        landed = LandedFile(path, name, family, format_, size, mtime_ns)
        if name != relative.as_posix():
            misplaced.append((landed, BAD_NAME))
        elif _is_unfinished(path.name):
            unfinished.append(landed.relative)
        elif entry.reason:
            misplaced.append((landed, entry.reason))
        elif len(relative.parts) == 2 or contract.get(family, format_) is None:
            misplaced.append((landed, _advice(contract, family, format_, len(relative.parts))))
        else:
            files.append(landed)
    growing = _still_written(files)
    unfinished += sorted(file.relative for file in growing)
    return Landing([file for file in files if file not in growing], unfinished, misplaced)


def printable(relative: Path) -> str:
    """A path as text; control characters and bytes that are no UTF-8 by their numbers."""
    return escaped(os.fsencode(relative.as_posix()).decode(errors="backslashreplace"))


def _is_unfinished(name: str) -> bool:
    # Of an archive too, behind whose suffix another one stands.
    names = (name.lower(), Path(name.lower()).stem)
    return name.endswith(EDITORS_COPY) or any(found.endswith(UNFINISHED) for found in names)


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def _advice(contract: Contract, family: str, format_: str, depth: int) -> str:
    if family not in contract.families:
        return f"no such family: {family}; known are {', '.join(contract.families)}"
    formats = ", ".join(contract.formats(family))
    if depth == 2:
        return f"files of {family} stand in a folder of their format: {formats}"
    return f"no such format of {family}: {format_}; known are {formats}"


def _still_written(files: list[LandedFile]) -> set[LandedFile]:
    now = time.time()
    fresh = [file for file in files if now - file.mtime_ns / 1e9 < FRESH_SECONDS]
    if not fresh:
        return set()
    time.sleep(SECOND_LOOK_SECONDS)
    return {file for file in fresh if not _unchanged(file)}


def _unchanged(file: LandedFile) -> bool:
    try:
        stat = file.path.stat()
    except FileNotFoundError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (file.size, file.mtime_ns)


def content_hash(path: Path, start: int = 0, stop: int | None = None) -> str:
    """SHA-256 of the bytes of a file as delivered."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        handle.seek(start)
        left = (path.stat().st_size if stop is None else stop) - start
        while left > 0 and (block := handle.read(min(1 << 22, left))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def file_id(table: Table, digest: str, exported_at: datetime | None, start: int) -> str:
    """The same for the same content of the same export, on every machine and in every order."""
    return identity(f"{table.family}|{table.format}", digest, exported_at, start)


def identity(scope: str, digest: str, exported_at: datetime | None, start: int) -> str:
    """16 hex digits of a content within a scope (a raw table, or a path)."""
    text = f"{scope}|{digest}|{exported_at or ''}|{start}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
