"""A copy of a home in one file, and the way back.

The file is a tar: `about.json` first, then what a run can't make again from the landing zone, and
the publication in force, each under `home/`, and `sha256.json` last. It appears by one rename when
it is whole. It holds what the warehouse holds, personal values too: mode 0600.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

import duckdb

from orchestration.disk import sync
from orchestration.settings import DEVELOPMENT_KEY, Settings, SettingsError, key_fingerprint
from orchestration.warehouse import WarehouseFaultError, connect

FORMAT = 1
ABOUT, DIGESTS, HOME = "about.json", "sha256.json", "home"
#: Beside the warehouse and the publication: what is kept outside of both.
KEPT = (
    *("outbox", "state/suppressions.jsonl", "state/erasures", "state/alerts.json"),
    *("reports/erasures", "reports/purges"),
)
#: Where a restore unpacks; a dead one's is removed by the next.
WORK = ".restoring"
_BLOCK = 1 << 20


class BackupError(RuntimeError):
    """Nothing was written or restored; the message says why."""


@dataclass(frozen=True)
class About:
    """What a backup says of itself. Sizes are bytes, times UTC, ISO 8601."""

    format: int
    made_at: str
    passerelle: str
    duckdb: str
    key_fingerprint: str | None
    last_run_as_of: str | None
    published: str | None
    files: dict[str, int]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(self.files.values())


def write_backup(settings: Settings, file: Path) -> About:
    """Write a backup of a home; needs the writer's lock.

    Raises BackupError where there is nothing to copy or no room, WarehouseBusyError where another
    process has the warehouse open, WarehouseFaultError where it is damaged.
    """
    if not settings.warehouse.is_file():
        raise BackupError(f"there is no warehouse in {settings.home} to copy")
    con = connect(settings.warehouse)
    try:
        con.execute("checkpoint")  # what stands beside the file, in its log, goes into it
    finally:
        con.close()
    # Open for reading until the copy is done: that keeps every writer out, dbt on its own too.
    con = connect(settings.warehouse, read_only=True)
    try:
        paths = {path.relative_to(settings.home).as_posix(): path for path in _files(settings)}
        about = About(
            format=FORMAT,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            passerelle=version("passerelle"),
            duckdb=duckdb.__version__,
            key_fingerprint=_one(con, "select fingerprint from audit.key_fingerprint limit 1"),
            last_run_as_of=_one(
                con, "select as_of from audit.runs order by started_at desc, run_id limit 1"
            ),
            published=_in_force(settings),
            files={name: path.stat().st_size for name, path in sorted(paths.items())},
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        _require_room(file.parent, about.size)
        part = file.with_name(f".{file.name}.part")
        try:
            _write(part, about, paths)
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    finally:
        con.close()
    sync(file.parent)
    return about


def read_about(file: Path) -> About:
    """What a backup says of itself. Raises BackupError where the file is none."""
    try:
        with tarfile.open(file, "r:") as archive:
            member = archive.next()
            stream = archive.extractfile(member) if member and member.name == ABOUT else None
            if stream is None:
                raise BackupError(f"{file} is no backup of Passerelle")
            about = json.loads(stream.read())
            if about["format"] > FORMAT:
                raise BackupError(
                    f"{file} was made by Passerelle {about['passerelle']}, which is newer: "
                    "restore it with that version"
                )
            return About(**about)
    except (tarfile.TarError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BackupError(f"{file} is no backup of Passerelle ({error})") from error


def check_key(settings: Settings, about: About) -> bool:
    """Whether the key is that of the backup; False where there is none to compare.

    Raises SettingsError for another key: what is loaded later would join nothing.
    """
    key = settings.hmac_key or (DEVELOPMENT_KEY if settings.is_sample else None)
    if key is None or about.key_fingerprint is None:
        return False
    if key_fingerprint(key.encode()) != about.key_fingerprint:
        raise SettingsError(
            "PASSERELLE_HMAC_KEY is another key than the backup's: its hashes would match nothing "
            "that is loaded later. Set the key of that time"
        )
    return True


def restore_backup(settings: Settings, file: Path) -> About:
    """Put a backup in the place of what a home holds; needs the writer's lock.

    Everything is unpacked beside it and compared with its digests first; a fault there leaves the
    home as it was. Erasures and deliveries that the home knows of and the backup doesn't stay
    known. Raises BackupError.
    """
    about = read_about(file)
    settings.home.mkdir(parents=True, exist_ok=True)
    work = settings.home / WORK
    shutil.rmtree(work, ignore_errors=True)
    _require_room(settings.home, about.size)
    try:
        work.mkdir(mode=0o700)
        _unpack(file, work, about)
        try:
            connect(work / "warehouse.duckdb", read_only=True).close()
        except (duckdb.Error, WarehouseFaultError) as error:
            raise BackupError(f"the warehouse in {file} can't be opened ({error})") from error
        _put(settings, work, about)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return about


def _files(settings: Settings) -> Iterator[Path]:
    yield settings.warehouse
    places = [settings.home / name for name in KEPT]
    if published := _in_force(settings):
        places.append(settings.home / ".published" / published)
    for place in places:
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (p for p in found if p.is_file() and not p.name.endswith((".part", ".tmp")))


def _in_force(settings: Settings) -> str | None:
    link = settings.published
    return link.readlink().name if link.is_symlink() and link.exists() else None


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    try:
        row = con.execute(sql).fetchone()
    except duckdb.CatalogException:
        return None
    return str(row[0]) if row else None


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * 1.02 + _BLOCK:
        raise BackupError(
            f"{folder} has {free / 1e6:,.0f} MB free, {needed / 1e6:,.0f} MB are needed"
        )


def _write(part: Path, about: About, paths: dict[str, Path]) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    digests = {}
    with os.fdopen(handle, "wb") as stream:
        # A second name of a file is stored as a file: a link carries no bytes to compare.
        with tarfile.open(fileobj=stream, mode="w", dereference=True) as archive:
            _add_text(archive, ABOUT, asdict(about))
            for name in about.files:
                info = archive.gettarinfo(str(paths[name]), f"{HOME}/{name}")
                info.uname = info.gname = ""
                with paths[name].open("rb") as source:
                    hashing = _Hashing(source)
                    archive.addfile(info, hashing)
                digests[name] = hashing.digest.hexdigest()
            _add_text(archive, DIGESTS, digests)
        stream.flush()
        os.fsync(stream.fileno())


def _add_text(archive: tarfile.TarFile, name: str, said: dict[str, Any]) -> None:
    data = json.dumps(said, indent=1).encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), 0o600
    archive.addfile(info, io.BytesIO(data))


class _Hashing:
    """A stream that digests what is read through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.digest.update(data)
        return data


def _unpack(file: Path, work: Path, about: About) -> None:
    """Unpack every file, and compare it with its digest. Raises BackupError."""
    found: dict[str, str] = {}
    told: dict[str, str] | None = None
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None or member.name == ABOUT:
                    continue
                if member.name == DIGESTS:
                    told = json.loads(stream.read())
                    continue
                name = str(PurePosixPath(member.name).relative_to(HOME))
                if name not in about.files or ".." in PurePosixPath(name).parts:
                    raise BackupError(f"{file} holds {member.name}, which it doesn't announce")
                hashing = _Hashing(stream)
                target = work / name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with target.open("wb") as out:
                    os.fchmod(out.fileno(), member.mode & 0o777)
                    while data := hashing.read(_BLOCK):
                        out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
                found[name] = hashing.digest.hexdigest()
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise BackupError(f"{file} isn't whole ({error}); take another backup") from error
    wrong = sorted(n for n in about.files if told is None or found.get(n) != told.get(n, ""))
    if wrong:
        raise BackupError(
            f"{file} isn't whole: {', '.join(wrong[:3])} differ from their digests; take another "
            "backup"
        )


def _put(settings: Settings, work: Path, about: About) -> None:
    """Put what was unpacked in force: each file by a rename. Killed: the same restore goes on."""
    home = settings.home
    _keep_erasures(home / "state/suppressions.jsonl", work / "state/suppressions.jsonl")
    # The log of the warehouse that goes must not be read into the one that comes.
    settings.warehouse.with_name("warehouse.duckdb.wal").unlink(missing_ok=True)
    for name in about.files:
        target = home / name
        # What the outbox holds may be newer than the backup: what was given stays given.
        if name.startswith("outbox/") and target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith("outbox/"):
            (home / "outbox").chmod(0o700)
        (work / name).replace(target)
    if about.published:
        link = home / ".published" / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(".published") / about.published)
        link.replace(settings.published)
    sync(home)


def _keep_erasures(kept: Path, restored: Path) -> None:
    """Entries of people erased since the backup join the backup's: loading drops them."""
    # A backup without the list leaves the home's where it is.
    if not (kept.is_file() and restored.is_file()):
        return
    old, new = (path.read_text(encoding="utf-8").splitlines() for path in (restored, kept))
    restored.write_text("".join(f"{line}\n" for line in dict.fromkeys([*old, *new])))
