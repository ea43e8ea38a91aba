"""Which engine builds and judges the models of a run: `PASSERELLE_ENGINE`."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

from orchestration.dbt_runner import DbtProject
from orchestration.settings import SPARK, Settings, SettingsError
from orchestration.validation import ValidationProcess, Validator

#: What Spark runs: it builds whole layers, and a job of some sources judges some tables only.
WHOLE_JOBS = ("everything", "ingestion")


def require_whole(settings: Settings, job: str) -> None:
    """Raise SettingsError for a job that the engine can't run."""
    if settings.engine == SPARK and job not in WHOLE_JOBS:
        raise SettingsError(
            f"job {job} needs PASSERELLE_ENGINE=duckdb: Spark runs {' and '.join(WHOLE_JOBS)} "
            "(docs/scaling.md)"
        )


def has_java() -> bool:
    """Whether Spark finds Java as it looks for it: JAVA_HOME, else the path."""
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java", path=f"{home}/bin" if home else None))


def project_of(settings: Settings) -> DbtProject:
    """The dbt project on the run's engine. Raises SettingsError where the engine is missing."""
    if settings.engine != SPARK:
        return DbtProject(settings.project_dir, settings.home)
    if find_spec("pyspark") is None or not has_java():
        raise SettingsError(
            "PASSERELLE_ENGINE is spark, which needs Java 17 and "
            "`pip install --require-hashes -r requirements-spark.lock` (docs/scaling.md)"
        )
    from orchestration.spark.project import SparkProject

    return SparkProject(settings.project_dir, settings.home)


def validator_of(settings: Settings) -> Validator:
    """What runs the suites where the engine's tables are, begun already."""
    process = ValidationProcess(settings)
    process.start()
    if settings.engine != SPARK:
        return process
    from orchestration.spark.project import SparkValidator

    return SparkValidator(settings, process)
