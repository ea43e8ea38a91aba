from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import PROJECT_DIR


@pytest.fixture(scope="session")
def spark_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home whose warehouse the one session of these tests has."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def session(spark_home: Path) -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="requirements-spark.lock is not installed")
    if not shutil.which("java"):
        pytest.skip("no Java")
    from orchestration.spark.session import SMALL, open_session

    opened = open_session(PROJECT_DIR, spark_home, SMALL)
    yield opened
    opened.stop()
