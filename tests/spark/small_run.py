"""`python -m tests.spark.small_run`: a run on a session for small worlds."""

from __future__ import annotations

import sys

from orchestration.cli import main
from orchestration.settings import PROJECT_DIR, SPARK, Settings
from orchestration.spark.session import SMALL, open_session

if __name__ == "__main__":
    settings = Settings.load()
    if settings.engine == SPARK:
        open_session(PROJECT_DIR, settings.home, SMALL)
    sys.exit(main(["run"]))
