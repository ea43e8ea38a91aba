"""dbt on a project that was parsed before: parsing costs more than most builds.

The seeds are the project's too: a new home begins with them. `python -m tests.parsed_dbt` makes
both before the first test asks, so that no worker waits for the other's.
"""

from __future__ import annotations

import fcntl
import io
import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt_runner import (
    FAST_TEST_EDGES,
    DbtProject,
    close_connections,
    fingerprint_of,
)
from orchestration.ingestion.contract import load_contract
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse import connect, ensure_schema

#: Where the parsed project is kept between tests, and between their processes.
SHARED_HOME = PROJECT_DIR / "target" / "parsed"

#: dbt's log of everything costs a tenth of a build; what failed is in the results.
QUIET = ("--log-level-file", "none")


def prime(home: Path) -> None:
    """Give a home the parsed project, which is parsed once however many tests ask for it."""
    if (home / "state" / "dbt").exists():
        return
    with _shared() as shared:
        shared.manifest()
        shutil.copytree(shared.cache, home / "state" / "dbt")


def plant(home: Path) -> None:
    """Give a new home a warehouse with the seeds and without a file; other homes keep theirs."""
    target = home / "warehouse.duckdb"
    if target.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_seeds(), target)


def shared_manifest() -> dict[str, Any]:
    """The project's manifest, JSON."""
    with _shared() as shared:
        return shared.manifest()


def run(
    home: Path, environment: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """One command of dbt's in this process: importing dbt costs more than most runs.

    It writes its own account (run_results.json) where `--write-json` is among the arguments: that
    takes three times as long as a model.
    """
    from dbt.cli.main import dbtRunner

    prime(home)
    folders = ["--target-path", str(home / "dbt"), "--log-path", str(home / "dbt"), *QUIET]
    place = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    fast = FAST_TEST_EDGES if arguments[0] == "build" else ()
    digest, manifest = _manifest()
    given = [] if "--write-json" in arguments else ["--no-write-json"]
    if "--vars" not in arguments:
        given += ["--vars", json.dumps({"project_fingerprint": digest})]
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            command = [*arguments, *given, *place, *folders, *fast]
            outcome = dbtRunner(manifest=manifest).invoke(command)
        finally:
            close_connections()
    if outcome.exception:
        told.write(str(outcome.exception))
    return subprocess.CompletedProcess(
        ["dbt", *arguments], 0 if outcome.success else 1, told.getvalue(), ""
    )


@cache
def _manifest() -> tuple[str, Any]:
    """The project's digest and dbt's manifest; dbt fills in the same SQL at each command."""
    with _shared() as shared:
        return fingerprint_of(PROJECT_DIR), shared.parsed()


@contextmanager
def _shared() -> Iterator[DbtProject]:
    """The home that all tests' processes share, for one of them at a time."""
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    with (SHARED_HOME / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield DbtProject(PROJECT_DIR, SHARED_HOME)


def _seeds() -> Path:
    """A warehouse with the raw tables, empty, and the seeds; made once for all tests."""
    digest, _ = _manifest()  # before the lock, which it takes itself
    kept = SHARED_HOME / f"seeds-{digest}.duckdb"
    with _shared():
        if not kept.exists():
            for older in SHARED_HOME.glob("seeds-*.duckdb"):
                older.unlink()
            warehouse = SHARED_HOME / "warehouse.duckdb"
            warehouse.unlink(missing_ok=True)
            con = connect(warehouse)
            ensure_schema(con, load_contract(PROJECT_DIR))
            con.close()
            done = run(SHARED_HOME, {"PASSERELLE_HOME": str(SHARED_HOME)}, ["seed", "--quiet"])
            assert done.returncode == 0, done.stdout[-3000:]
            warehouse.rename(kept)
    return kept


if __name__ == "__main__":
    _seeds()
