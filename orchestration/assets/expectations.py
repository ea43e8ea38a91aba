"""Great Expectations as Dagster asset checks: one check an expectation, from a factory."""

import time
from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from expectations.registry import Suite
from orchestration.assets import raw_checks
from orchestration.assets.common import POOL, guarded, raw_key, run_of
from orchestration.checks import CheckRow, dagster_metadata, from_expectation, record
from orchestration.faults import crash_point
from orchestration.ingestion.contract import Contract, Table
from orchestration.resources import PipelineRun
from orchestration.warehouse import connect

FRESH = "is_fresh"


def layer_checks(
    layer: str, suites: Mapping[str, Suite], assets: Mapping[str, dg.AssetKey]
) -> list[dg.AssetChecksDefinition]:
    """The step that validates a layer of dbt models; `assets` maps table to asset key."""
    specs = _specs(suites, assets)
    if not specs:
        return []
    table_of = {key: table for table, key in assets.items()}

    @dg.multi_asset_check(
        name=f"validate_{layer}",
        specs=specs,
        can_subset=True,
        required_resource_keys={"run"},
        pool=POOL,
        description=f"Great Expectations on {layer}; a critical failure stops what comes after.",
    )
    def validate_layer(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        run = run_of(context)
        tables = {table_of[key.asset_key] for key in context.selected_asset_check_keys}
        with guarded(run, f"validate_{layer}"):
            rows = _validate(run, layer, tables)
        yield from _results(run, rows, assets)

    return [validate_layer]


def raw_layer_checks(
    contract: Contract, suites: Mapping[str, Suite]
) -> list[dg.AssetChecksDefinition]:
    """The step that validates new raw rows, withdraws files that fail, and looks at freshness."""
    by_identifier = {table.identifier: table for table in contract}
    assets = {name: raw_key(t.family, t.format) for name, t in by_identifier.items()}
    table_of = {key: table for table, key in assets.items()}
    fresh = [
        dg.AssetCheckSpec(
            FRESH,
            asset=assets[table.identifier],
            description=f"The newest data is at most {table.stale_after_hours} hours old.",
            metadata={"severity": "warning", "owner": table.owner},
        )
        for table in contract
    ]

    @dg.multi_asset_check(
        name="validate_raw",
        specs=[*_specs(suites, assets), *fresh],
        can_subset=True,
        required_resource_keys={"run"},
        pool=POOL,
        description="Great Expectations on new rows; a file that fails is withdrawn whole.",
    )
    def validate_raw(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        run = run_of(context)
        tables = {table_of[key.asset_key] for key in context.selected_asset_check_keys}
        with guarded(run, "validate_raw"):
            sources = [by_identifier[name] for name in tables]
            rows = _validate_raw(run, tables & set(suites), sources)
        yield from _results(run, rows, assets)

    return [validate_raw]


def _specs(
    suites: Mapping[str, Suite], assets: Mapping[str, dg.AssetKey]
) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            entry.name,
            asset=assets[table],
            description=entry.description,
            blocking=entry.severity == "critical",
            metadata={"severity": entry.severity, "type": entry.type, "owner": suite.owner},
        )
        for table, suite in suites.items()
        if table in assets
        for entry in suite.entries
    ]


def _validate(run: PipelineRun, layer: str, tables: set[str]) -> list[CheckRow]:
    started = time.monotonic()
    run.progress.step(f"validate {layer}")
    crash_point("validation")
    results = run.validator.validate(layer, tables, run_id=run.run_id)
    rows = [from_expectation(result) for result in results]
    con = connect(run.settings.warehouse)
    try:
        record(con, run.run_id, run.settings.as_of, rows)
    finally:
        con.close()
    _conclude(run, layer, rows, started)
    return rows


def _validate_raw(run: PipelineRun, tables: set[str], sources: Iterable[Table]) -> list[CheckRow]:
    started = time.monotonic()
    run.progress.step("validate raw")
    crash_point("validation")
    rows = raw_checks.check_new_rows(run, tables) + raw_checks.freshness(run, sources)
    _conclude(run, "raw", rows, started)
    return rows


def _conclude(run: PipelineRun, layer: str, rows: list[CheckRow], started: float) -> None:
    run.checks += rows
    run.blocking += [row.name for row in rows if row.is_blocking]
    failed = [row for row in rows if row.status != "passed"]
    text = f"validate {layer}: {len(rows)} checks"
    text += f", {len(failed)} not passed" if failed else ""
    run.progress.done(text, time.monotonic() - started)
    for row in failed:
        if row.is_blocking:
            run.progress.warn(f"{row.name} ({row.severity}): {row.observed}")


def _results(
    run: PipelineRun, rows: list[CheckRow], assets: Mapping[str, dg.AssetKey]
) -> Iterator[dg.AssetCheckResult]:
    reports = str(run.settings.reports)
    for row in rows:
        if "/" in row.check_name:
            continue  # of one withdrawn file: no check of the asset, which Dagster would refuse
        blocks = row.is_blocking
        yield dg.AssetCheckResult(
            asset_key=assets[row.table_name],
            check_name=row.check_name,
            passed=row.status == "passed",
            severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
            metadata=dagster_metadata(row, reports),
        )
