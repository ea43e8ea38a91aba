"""dbt's command line on a project that was parsed before: parsing costs more than most builds.

Run as `python -m tests.integration.parsed_dbt HOME ARGUMENT...`; HOME's cache is filled by `prime`.
"""

from __future__ import annotations

import fcntl
import shutil
import sys
from pathlib import Path

from orchestration.dbt_runner import DbtProject
from orchestration.settings import PROJECT_DIR

#: Where the parsed project is kept between tests, and between their processes.
SHARED_HOME = PROJECT_DIR / "target" / "parsed"


def prime(home: Path) -> None:
    """Give a home the parsed project, which is parsed once however many tests ask for it."""
    if (home / "state" / "dbt").exists():
        return
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    shared = DbtProject(PROJECT_DIR, SHARED_HOME)
    with (SHARED_HOME / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        shared.manifest()
        shutil.copytree(shared.cache, home / "state" / "dbt")


def main() -> int:
    """Exit code of the command."""
    from dbt.cli.main import dbtRunner

    project = DbtProject(PROJECT_DIR, Path(sys.argv[1]))
    outcome = dbtRunner(manifest=project.parsed()).invoke(sys.argv[2:])
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main())
