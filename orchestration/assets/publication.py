"""The last asset: the published version, refused where any blocking check failed."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from orchestration.assets.common import POOL, fail, guarded, run_of
from orchestration.assets.models import nodes_of
from orchestration.checks import blocking_of
from orchestration.publishing import PublicationError, publish
from orchestration.publishing.publish import MartDescription
from orchestration.resources import PipelineRun
from orchestration.warehouse import connect

PUBLISHED = dg.AssetKey(["published", "bi"])


def publication_asset(
    manifest: Mapping[str, Any], marts: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """The asset of `<home>/published`, downstream of every mart."""

    @dg.asset(
        key=PUBLISHED,
        deps=list(marts),
        group_name="published",
        kinds={"duckdb", "parquet"},
        required_resource_keys={"run"},
        pool=POOL,
        description="bi.duckdb and Parquet, and a database for each audience, replaced whole once "
        "every blocking check has passed.",
    )
    def publish_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        run = run_of(context)
        started = time.monotonic()
        with guarded(run, "publish"):
            blocking = [*run.blocking, *_recorded(run)]
            if blocking:
                run.blocking = sorted(set(blocking))
                raise dg.Failure("publication blocked", allow_retries=False)
            run.progress.step("publish")
            try:
                run.publication = publish(
                    run.settings,
                    run_id=run.run_id,
                    marts=_names(manifest),
                    descriptions=describe(manifest),
                    policy=run.settings.project_dir / "seeds" / "access_policy.csv",
                )
            except PublicationError as error:
                raise fail(run, str(error)) from error
        rows = run.publication.rows
        run.progress.done(
            f"publish: {len(rows)} marts, {sum(rows.values()):,} rows", time.monotonic() - started
        )
        return dg.MaterializeResult(
            metadata={"version": run.publication.id, "marts": len(rows), "rows": sum(rows.values())}
        )

    return publish_marts


def describe(manifest: Mapping[str, Any]) -> dict[str, MartDescription]:
    """Descriptions of the marts and their columns, from the models' YAML."""
    return {
        node["name"]: MartDescription(
            text=node.get("description") or "",
            columns={c["name"]: c.get("description") or "" for c in node["columns"].values()},
        )
        for node in _marts(manifest)
    }


def _names(manifest: Mapping[str, Any]) -> list[str]:
    return sorted(node["name"] for node in _marts(manifest))


def _marts(manifest: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the layer of the marts builds and publishes; not the snapshot in `restricted`."""
    return [n for n in nodes_of(manifest, "marts").values() if n["schema"] == "marts"]


def _recorded(run: PipelineRun) -> list[str]:
    con = connect(run.settings.warehouse)
    try:
        return blocking_of(con, run.run_id)
    finally:
        con.close()
