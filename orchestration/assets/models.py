"""dbt's layers as Dagster assets: a step a layer, an asset a model, a check a test."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from orchestration.assets.common import POOL, fail, guarded, raw_key, run_of
from orchestration.checks import CheckRow, dagster_metadata, from_dbt, record
from orchestration.dbt_results import BuildResult, attached_node, layer_of
from orchestration.dbt_runner import fingerprint_of
from orchestration.faults import crash_point
from orchestration.resources import PipelineRun
from orchestration.warehouse import connect

Node = Mapping[str, Any]


class Translator(DagsterDbtTranslator):  # type: ignore[misc]
    """Keys `<schema>/<model>`, sources as the raw assets, groups by layer."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=False))

    def get_asset_key(self, dbt_resource_props: Node) -> dg.AssetKey:
        """The asset of a model, seed or source."""
        props = dbt_resource_props
        if props["resource_type"] != "source":
            return dg.AssetKey([props["schema"], props["name"]])
        if props["schema"] == "raw":
            return raw_key(props["source_name"], props["name"])
        return dg.AssetKey([props["schema"], props["name"]])

    def get_group_name(self, dbt_resource_props: Node) -> str | None:
        """The layer."""
        return str(dbt_resource_props["schema"])

    def get_owners(self, dbt_resource_props: Node) -> list[str] | None:
        """The team named in the model's meta."""
        owner = dbt_resource_props.get("config", {}).get("meta", {}).get("owner")
        return [f"team:{owner}"] if owner else None

    def get_tags(self, dbt_resource_props: Node) -> Mapping[str, str]:
        """The family or domain: the folder that the model stands in."""
        parts = dbt_resource_props.get("fqn") or []
        return {"domain": parts[-2]} if len(parts) > 2 else {}


def nodes_of(manifest: Node, layer: str) -> dict[str, Node]:
    """Models, seeds and snapshots that a layer builds, by unique id."""
    return {
        unique_id: node
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed", "snapshot"}
        and node["config"].get("materialized") != "ephemeral"
        and node["config"].get("enabled", True)
        and layer_of(node) == layer
    }


def layer_assets(
    layer: str, manifest: Node, after: dg.AssetKey | None = None
) -> list[dg.AssetsDefinition]:
    """The step that builds and tests a layer, empty where the project has no model in it.

    `after` is the asset that the whole layer waits for.
    """
    translator = Translator()
    nodes = nodes_of(manifest, layer)
    if not nodes:
        return []
    key_of = {unique_id: translator.get_asset_key(node) for unique_id, node in nodes.items()}
    # What earlier runs wrote is read like a file: it isn't made by this run, nor waited for.
    records = {
        translator.get_asset_key(source)
        for source in manifest["sources"].values()
        if source["schema"] != "raw"
    }
    id_of = {key: unique_id for unique_id, key in key_of.items()}
    tests = _tests(manifest, key_of)

    @dg.multi_asset(
        name=f"build_{layer}",
        specs=[
            spec.replace_attributes(
                deps=[
                    *(dep for dep in spec.deps if dep.asset_key not in records),
                    *([after] if after else []),
                ]
            )
            for unique_id in nodes
            for spec in [translator.get_asset_spec(manifest, unique_id, None)]
        ],
        check_specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=check.asset_key,
                description=manifest["nodes"][unique_id].get("description") or None,
                blocking=_severity(manifest["nodes"][unique_id]) == "error",
            )
            for unique_id, check in tests.items()
        ],
        can_subset=True,
        required_resource_keys={"run"},
        pool=POOL,
        description=f"dbt build of {layer}: models, seeds and their tests in one invocation.",
    )
    def build_layer(context: dg.AssetExecutionContext) -> Iterator[Any]:
        run = run_of(context)
        with guarded(run, f"build_{layer}"):
            only = _names(run, layer, manifest, {id_of[key] for key in context.selected_asset_keys})
            left_out = [] if only is None else _left_out(context, manifest, tests)
            result = _build(run, layer, only, left_out)
        rows = [from_dbt(test) for test in result.tests]
        for unique_id in result.built:
            if key_of.get(unique_id) in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=key_of[unique_id])
        for test, row in zip(result.tests, rows, strict=True):
            check = tests.get(test.unique_id)
            if check is not None and check in context.selected_asset_check_keys:
                yield _check_result(run, check, row)
        if result.broken:
            raise fail(run, f"{layer}: " + "; ".join(f"{m}: {e}" for m, e in result.broken.items()))
        if any(row.is_blocking for row in rows):
            # Also where the failing test belongs to no asset of this step, as a source's does.
            raise dg.Failure(f"{layer}: blocking tests failed", allow_retries=False)

    return [build_layer]


def _tests(manifest: Node, key_of: Mapping[str, dg.AssetKey]) -> dict[str, dg.AssetCheckKey]:
    """Tests shown at an asset of this layer, by unique id."""
    found = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "test":
            continue
        owner = attached_node(manifest, node)
        if owner is not None and owner["unique_id"] in key_of:
            found[unique_id] = dg.AssetCheckKey(key_of[owner["unique_id"]], node["name"])
    return found


def _left_out(
    context: dg.AssetExecutionContext, manifest: Node, tests: Mapping[str, dg.AssetCheckKey]
) -> list[str]:
    """Names of the tests of chosen assets that the job itself doesn't ask for."""
    return sorted(
        str(manifest["nodes"][unique_id]["name"])
        for unique_id, check in tests.items()
        if check.asset_key in context.selected_asset_keys
        and check not in context.selected_asset_check_keys
    )


def _severity(test: Node) -> str:
    return str(test["config"].get("severity") or "error").lower()


def _names(run: PipelineRun, layer: str, manifest: Node, wanted: set[str]) -> list[str] | None:
    """What to build, None for the whole layer: what was asked for, and what isn't there yet.

    A warehouse that was built by other code is built again as a whole.
    """
    nodes = nodes_of(manifest, layer)
    if wanted == set(nodes) or run.settings.full_refresh or _built_by(run, layer) != _code(run):
        return None
    con = connect(run.settings.warehouse)
    try:
        present = {
            (str(schema), str(name))
            for schema, name in con.execute(
                "select schema_name, table_name from duckdb_tables() union all "
                "select schema_name, view_name from duckdb_views() where not internal"
            ).fetchall()
        }
    finally:
        con.close()
    missing = {
        unique_id
        for unique_id, node in nodes.items()
        if (node["schema"], node.get("alias") or node["name"]) not in present
    }
    return sorted(nodes[unique_id]["name"] for unique_id in wanted | missing)


def _build(
    run: PipelineRun, layer: str, only: list[str] | None, left_out: list[str]
) -> BuildResult:
    started = time.monotonic()
    run.progress.step(f"build {layer}")
    crash_point("build")
    result = run.dbt.build(
        layer,
        as_of=run.settings.as_of,
        only=only,
        left_out=left_out,
        full_refresh=run.settings.full_refresh,
        progress=run.progress.tick,
    )
    rows = [from_dbt(test) for test in result.tests]
    con = connect(run.settings.warehouse)
    try:
        record(con, run.run_id, run.settings.as_of, rows)
    finally:
        con.close()
    run.checks += rows
    run.blocking += [row.name for row in rows if row.is_blocking]
    if only is None and not result.broken and not result.failed_critical:
        _remember(run, layer)
    text = f"build {layer}: {len(result.built)} models and seeds, {len(result.tests)} tests"
    failed = sum(row.status != "passed" for row in rows)
    run.progress.done(
        text + (f", {failed} not passed" if failed else ""), time.monotonic() - started
    )
    for row in rows:
        if row.is_blocking:
            run.progress.warn(f"{row.name} ({row.severity}): {row.observed}")
    return result


def _check_result(run: PipelineRun, check: dg.AssetCheckKey, row: CheckRow) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.ERROR if row.is_blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=check.asset_key,
        check_name=check.name,
        passed=row.status == "passed",
        severity=severity,
        metadata=dagster_metadata(row, str(run.settings.reports)),
    )


def _code(run: PipelineRun) -> str:
    """What the tables of a layer come of: the project's files, and the engine that has them."""
    return f"{run.settings.engine}:{fingerprint_of(run.settings.project_dir)}"


def _built_by(run: PipelineRun, layer: str) -> str | None:
    path = run.settings.state / "built.json"
    if not path.is_file():
        return None
    found: str | None = json.loads(path.read_text(encoding="utf-8")).get(layer)
    return found


def _remember(run: PipelineRun, layer: str) -> None:
    path = run.settings.state / "built.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**known, layer: _code(run)}), encoding="utf-8")
