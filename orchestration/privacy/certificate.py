"""What an erasure or a purge leaves to show: counts and file names, no value of anybody."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from orchestration.settings import Settings


@dataclass
class Certificate:
    """An erasure: whom (kind and keyed hash), what was removed where, and when.

    `identifiers` counts the person's identifiers by kind; `removed` counts rows by table, or files
    by folder; `withheld` and `left` are files that people must look at, with the reason.
    """

    erasure_id: str
    kind: str
    hash: str
    as_of: str
    begun_at: str
    identifiers: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    rewritten: dict[str, int] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    completed_at: str | None = None

    @property
    def rows(self) -> int:
        """Rows that raw held."""
        return sum(n for place, n in self.removed.items() if place.startswith("raw."))

    def add(self, other: Certificate) -> None:
        """Take over what an earlier attempt, which was killed, had removed."""
        self.begun_at = other.begun_at
        for place, count in other.removed.items():
            self.removed[place] = max(count, self.removed.get(place, 0))
        self.rewritten = {**other.rewritten, **self.rewritten}
        self.withheld = {**other.withheld, **self.withheld}
        if other.identifiers and not self.rows:
            self.identifiers = other.identifiers


def pending_folder(settings: Settings) -> Path:
    """Certificates of erasures that aren't complete."""
    return settings.state / "erasures"


def folder(settings: Settings) -> Path:
    """Certificates of completed erasures."""
    return settings.reports / "erasures"


def pending(settings: Settings, kind: str, digest: str) -> Certificate | None:
    """The erasure of a person that was begun and not completed."""
    return next(_matching(pending_folder(settings), kind, digest), None)


def completed(settings: Settings, kind: str, digest: str) -> list[Certificate]:
    """The erasures of a person that were completed, the oldest first."""
    found = _matching(folder(settings), kind, digest)
    return sorted(found, key=lambda certificate: certificate.completed_at or "")


def _matching(place: Path, kind: str, digest: str) -> Iterator[Certificate]:
    for path in sorted(place.glob("*.json")) if place.is_dir() else []:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if said.get("kind") == kind and said.get("hash") == digest:
            yield Certificate(**said)


def keep_pending(settings: Settings, certificate: Certificate) -> None:
    """Write what is about to be removed, before it is."""
    _write(pending_folder(settings) / f"{certificate.erasure_id}.json", asdict(certificate))


def complete(settings: Settings, certificate: Certificate) -> Path:
    """Write the certificate of a completed erasure; its path."""
    path = folder(settings) / f"{certificate.erasure_id}.json"
    _write(path, asdict(certificate))
    (pending_folder(settings) / path.name).unlink(missing_ok=True)
    return path


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a file whole or not at all, for the owner alone."""
    _write(path, content)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=2, ensure_ascii=False, default=str)
        handle.write("\n")
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)
