"""A run's models and checks on Spark: what `PASSERELLE_ENGINE=spark` puts in the place of DuckDB's.

Files are loaded into the warehouse as ever. From there on Spark has the work: the raw zone is
written for it, dbt builds layer by layer with the target `spark`, the same suites judge each
layer's tables. Marts and ledgers then come home to the warehouse, so that publication, lead files
and pages are those of every run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.engines import SparkEngine
from orchestration.dbt_results import LAYERS, BuildResult
from orchestration.dbt_runner import DbtProject, Progress
from orchestration.settings import Settings
from orchestration.spark.driver_models import install
from orchestration.spark.home import bring_home, lend_ledgers
from orchestration.spark.raw_zone import source_relations, write_raw_zone
from orchestration.spark.session import drop_orphans, open_session, register_raw_zone
from orchestration.validation import Validator

if TYPE_CHECKING:
    from expectations.results import CheckResult

#: Views over what runs write down while they last, which Spark's copy of the raw zone can't hold.
LIVE = "+data_quality_results"


class SparkProject(DbtProject):
    """The dbt project, built on Spark: always whole layers, for there are no increments there."""

    target = "spark"

    def __init__(self, project_dir: Path, home: Path) -> None:
        super().__init__(project_dir, home)
        self.cache = home / "state" / "dbt_spark"
        self._session: Any = None

    def build(
        self,
        layer: str,
        *,
        as_of: datetime,
        only: Sequence[str] | None = None,  # noqa: ARG002  (whole layers)
        left_out: Sequence[str] = (),  # noqa: ARG002
        full_refresh: bool = False,
        progress: Progress | None = None,
    ) -> BuildResult:
        """Build and test one layer; after the last one, bring home what people read.

        Raises DbtError where dbt fails, RuntimeError where pyspark is missing.
        """
        if self._session is None:
            self._session = self._begin()
        lend_ledgers(self._session, self.home, self.manifest(), layer)
        result = super().build(layer, as_of=as_of, full_refresh=full_refresh, progress=progress)
        if layer == list(LAYERS)[-1] and not result.broken:
            bring_home(self._session, self.home / "warehouse.duckdb", self.manifest())
            variables = {"as_of": as_of.isoformat(" "), "project_fingerprint": self.folder.name}
            DbtProject(self.project_dir, self.home).run_elsewhere(self.home, LIVE, variables)
        return result

    def _begin(self) -> Any:
        """The raw zone as it is now, and a session that knows it."""
        relations = source_relations(self.project_dir)
        write_raw_zone(self.home, relations)
        session = open_session(self.project_dir, self.home)
        drop_orphans(session)
        register_raw_zone(session, self.home, relations)
        install()
        return session

    def _name_failing_rows(
        self, result: BuildResult, outcomes: Iterable[Any], manifest: Mapping[str, Any]
    ) -> None:
        """Left out: the rows are Spark's. The counts stand."""


class SparkValidator:
    """A Validator of Spark's tables; raw tables are the warehouse's, and its validator's."""

    def __init__(self, settings: Settings, raw: Validator) -> None:
        self._settings = settings
        self._raw = raw

    def validate(
        self,
        layer: str,
        tables: Iterable[str],
        *,
        run_id: str,
        batch_filters: Mapping[str, str] | None = None,
    ) -> list[CheckResult]:
        """Run the suites of these tables where the tables are."""
        if layer not in LAYERS:
            return self._raw.validate(layer, tables, run_id=run_id, batch_filters=batch_filters)
        from expectations import runner

        session = open_session(self._settings.project_dir, self._settings.home)
        return runner.validate(
            SparkEngine(session),
            layer,
            as_of=self._settings.as_of,
            reports_dir=self._settings.reports,
            run_id=run_id,
            tables=sorted(tables),
            batch_filters=batch_filters,
            hard_now=datetime.now(UTC).replace(tzinfo=None),
        )

    def close(self) -> None:
        """End the warehouse's validator; the session lasts as long as the process."""
        self._raw.close()
