"""Landing zones through ingestion and dbt, and whole runs through the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ingestion.loader import IngestReport, ingest
from orchestration.settings import PROJECT_DIR, Settings
from tests.parsed_dbt import plant, prime, run

SHARED = PROJECT_DIR.parent / "shared" / "data"
KEY = "a key of the tests, 32 bytes long"


@dataclass
class World:
    """A home and a landing zone of its own."""

    home: Path
    landing: Path
    as_of: str

    @property
    def settings(self) -> Settings:
        return Settings.load(home=self.home, landing=self.landing, as_of=self.as_of)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PASSERELLE_HOME": str(self.home),
            "PASSERELLE_LANDING": str(self.landing),
            "PASSERELLE_AS_OF": self.as_of,
            "PASSERELLE_HMAC_KEY": KEY,
        }

    def put(self, relative: str, content: str | bytes) -> Path:
        path = self.landing / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def seed(self) -> None:
        """The raw tables, without rows, and the seeds, where the home is new."""
        plant(self.home)

    def ingest(self) -> IngestReport:
        self.seed()
        return ingest(self.settings)

    def dbt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """dbt on the project as it was parsed once for all tests."""
        return run(self.home, self.environment, arguments)

    def dbt_of_a_user(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """dbt as a user calls it, from the repository's root."""
        target = str(self.home / "dbt")
        folders = ("--target-path", target, "--log-path", target)
        return subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", *arguments, *folders],
            cwd=PROJECT_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self) -> None:
        """Models and snapshots without their tests, which other tests run."""
        done = self.dbt(
            "build", "--quiet", "--resource-type", "model", "--resource-type", "snapshot"
        )
        assert done.returncode == 0, done.stdout[-3000:]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`passerelle run` as a user calls it."""
        return self.cli("run", *arguments)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`passerelle` as a user calls it, on the project as it was parsed once for all tests."""
        prime(self.home)
        return subprocess.run(
            [sys.executable, "-m", "orchestration.cli", *arguments],
            cwd=PROJECT_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, sql: str, database: Path | None = None) -> list[tuple[Any, ...]]:
        path = database or self.home / "warehouse.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            con.execute("set TimeZone = 'UTC'")
            return con.execute(sql).fetchall()


@pytest.fixture(scope="module", autouse=True)
def _key() -> Any:
    patch = pytest.MonkeyPatch()
    patch.setenv("PASSERELLE_HMAC_KEY", KEY)
    patch.setattr("orchestration.ingestion.landing.FRESH_SECONDS", -1.0)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def make_world(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    def make(as_of: str, landing: Path | None = None) -> World:
        folder = tmp_path_factory.mktemp("world")
        return World(folder / "home", landing or folder / "landing", as_of)

    return make


def public(relative: str) -> Path:
    """A file of the public data sets; skips where they aren't beside the checkout."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"the public data set {relative} isn't beside this checkout")
    return path
