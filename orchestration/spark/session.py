"""The Spark session that dbt's target `spark` describes, and the raw zone as its tables."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import yaml

from orchestration.spark.raw_zone import zone_of

#: For tests: quick on small worlds, slow on large ones; tables are known to this process only.
SMALL = {
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m",
}


def session_settings(project_dir: Path, home: Path) -> dict[str, str]:
    """Spark's settings as profiles.yml gives them for a home."""
    text = (project_dir / "profiles.yml").read_text(encoding="utf-8")
    text = text.replace("{{ env_var('PASSERELLE_HOME', '.passerelle') }}", str(home))
    target = yaml.safe_load(text)["passerelle"]["outputs"]["spark"]
    return {name: str(value) for name, value in target["server_side_parameters"].items()}


def open_session(project_dir: Path, home: Path, extra: Mapping[str, str] | None = None) -> Any:
    """The SparkSession of this process, made where there is none; dbt then takes the same one.

    Raises RuntimeError where Java or pyspark is missing.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise RuntimeError("pyspark is missing: install requirements-spark.lock") from error
    standing = SparkSession.getActiveSession()
    if standing is not None:
        return standing
    (home / "spark").mkdir(parents=True, exist_ok=True)
    # What a session hands out is a wall clock of the process; times are UTC everywhere here.
    os.environ["TZ"] = "UTC"
    builder = SparkSession.builder.enableHiveSupport()
    for name, value in {**session_settings(project_dir, home), **(extra or {})}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def drop_orphans(session: Any) -> list[str]:
    """Remove folders of tables that the catalogue doesn't know; returns their names.

    A run that died while a table was written leaves its folder, and Spark refuses to make a table
    where one stands. Nothing is lost: what Spark has is made again by each run.
    """
    place = urlparse(session.conf.get("spark.sql.warehouse.dir"))
    if place.scheme not in ("", "file"):
        return []
    dropped = []
    for folder in sorted(Path(unquote(place.path)).glob("*.db/*")):
        name = f"{folder.parent.name.removesuffix('.db')}.{folder.name}"
        if folder.is_dir() and not session.catalog.tableExists(name):
            shutil.rmtree(folder)
            dropped.append(name)
    return dropped


def register_raw_zone(session: Any, home: Path, relations: Iterable[tuple[str, str]]) -> None:
    """Make the raw zone's folders the session's source tables.

    A table that stands stays: its folder's new content is read, and a ledger that a model has
    taken over since isn't set back.
    """
    zone = zone_of(home).absolute()
    wanted = sorted(set(relations))
    for schema in sorted({schema for schema, _ in wanted}):
        session.sql(f"create schema if not exists `{schema}`")
    for schema, table in wanted:
        location = str(zone / schema / table).replace("'", "''")
        session.sql(
            f"create table if not exists `{schema}`.`{table}` using parquet location '{location}'"
        )
        session.sql(f"refresh table `{schema}`.`{table}`")
