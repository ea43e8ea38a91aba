"""dbt on a project that was parsed before: parsing costs more than most builds."""

from __future__ import annotations

import fcntl
import io
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt_runner import FAST_TEST_EDGES, DbtProject, close_connections
from orchestration.settings import PROJECT_DIR

#: Where the parsed project is kept between tests, and between their processes.
SHARED_HOME = PROJECT_DIR / "target" / "parsed"


def prime(home: Path) -> None:
    """Give a home the parsed project, which is parsed once however many tests ask for it."""
    if (home / "state" / "dbt").exists():
        return
    with _shared() as shared:
        shared.manifest()
        shutil.copytree(shared.cache, home / "state" / "dbt")


def shared_manifest() -> dict[str, Any]:
    """The project's manifest, JSON."""
    with _shared() as shared:
        return shared.manifest()


@contextmanager
def _shared() -> Iterator[DbtProject]:
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    with (SHARED_HOME / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield DbtProject(PROJECT_DIR, SHARED_HOME)


def run(
    home: Path, environment: Mapping[str, str], arguments: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """One command of dbt's in this process: importing dbt costs more than most runs."""
    from dbt.cli.main import dbtRunner

    prime(home)
    folders = ["--target-path", str(home / "dbt"), "--log-path", str(home / "dbt")]
    place = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    fast = FAST_TEST_EDGES if arguments[0] == "build" else ()
    told = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            manifest = DbtProject(PROJECT_DIR, home).parsed()
            outcome = dbtRunner(manifest=manifest).invoke([*arguments, *place, *folders, *fast])
        finally:
            close_connections()
    if outcome.exception:
        told.write(str(outcome.exception))
    return subprocess.CompletedProcess(
        ["dbt", *arguments], 0 if outcome.success else 1, told.getvalue(), ""
    )
