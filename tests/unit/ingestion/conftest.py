"""A landing zone to write into and a home to load into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ingestion.loader import IngestReport, ingest
from orchestration.settings import Settings

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@dataclass
class Zone:
    """Landing zone and warehouse of one test."""

    settings: Settings

    def put(self, relative: str, content: str | bytes) -> Path:
        path = self.settings.landing / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def ingest(self) -> IngestReport:
        return ingest(self.settings)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.execute(sql).fetchall()

    def counts(self, path: str) -> tuple[str, int, int, int]:
        """Status, rows read, loaded and quarantined of a path's latest record."""
        found = self.rows(
            "select status, rows_read, rows_loaded, rows_quarantined from audit.files "
            f"where path = '{path}' order by load_id desc, byte_start desc limit 1"
        )
        return found[0] if found else ("unknown", 0, 0, 0)


@pytest.fixture
def zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zone:
    monkeypatch.setenv("PASSERELLE_HMAC_KEY", "a key of the tests, 32 bytes long")
    for name in ("PASSERELLE_HOME", "PASSERELLE_LANDING", "PASSERELLE_AS_OF"):
        monkeypatch.delenv(name, raising=False)
    # Only an old file is taken at the first look, which would cost each test half a second.
    monkeypatch.setattr("orchestration.ingestion.landing.FRESH_SECONDS", -1.0)
    settings = Settings.load(
        home=tmp_path / "home", landing=tmp_path / "landing", as_of="2026-10-31T22:00:00Z"
    )
    return Zone(settings)


@pytest.fixture
def shared() -> Callable[[str], Path]:
    """A file of the public data sets beside the repository; skips where they are absent."""

    def find(relative: str) -> Path:
        path = SHARED / relative
        if not path.exists():
            pytest.skip(f"the public data set {relative} isn't beside this checkout")
        return path

    return find
