"""Raw assets: one per family and format, loaded a family at a time."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.common import POOL, guarded, raw_key, run_of
from orchestration.ingestion.contract import Contract, Table
from orchestration.resources import PipelineRun


def raw_assets(contract: Contract) -> list[dg.AssetsDefinition]:
    """A step per family, with an asset per format."""
    return [_family(contract, family) for family in contract.families]


def _spec(table: Table) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=raw_key(table.family, table.format),
        group_name="raw",
        description=f"{table.description}\n\nGrain: {table.grain}.",
        owners=[f"team:{table.owner}"],
        kinds={"duckdb"},
        tags={"family": table.family, "cadence": table.cadence},
        metadata={
            "table": table.relation,
            "delivery": table.delivery,
            "stale_after_hours": table.stale_after_hours,
        },
    )


def _family(contract: Contract, family: str) -> dg.AssetsDefinition:
    tables = [table for table in contract if table.family == family]

    @dg.multi_asset(
        name=f"ingest_{family}",
        specs=[_spec(table) for table in tables],
        required_resource_keys={"run"},
        pool=POOL,
        description=f"Loads what is new of {family}: each file once, whole or not at all.",
    )
    def ingest_family(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        run = run_of(context)
        with guarded(run, f"ingest_{family}"):
            counts = _ingest(run, family)
        for table in tables:
            files, rows, quarantined, rejected = counts.get(table.format, (0, 0, 0, 0))
            yield dg.MaterializeResult(
                asset_key=raw_key(table.family, table.format),
                metadata={
                    "files": files,
                    "rows_loaded": rows,
                    "rows_quarantined": quarantined,
                    "files_rejected": rejected,
                },
            )

    return ingest_family


def _ingest(run: PipelineRun, family: str) -> dict[str, tuple[int, int, int, int]]:
    """Load a family; returns files, rows, quarantined rows and rejected files by format."""
    from orchestration.ingestion.file_records import FileResult
    from orchestration.ingestion.loader import ingest

    started = time.monotonic()
    seen: list[FileResult] = []

    def follow(result: FileResult) -> None:
        seen.append(result)
        run.progress.tick(len(seen), len(seen) + 1, result.path)

    run.progress.step(f"load {family}")
    exports = run.exports
    if exports is not None:
        exports = [export for export in exports if export.family == family]
    report = ingest(run.settings, [family], progress=follow, exports=exports)
    run.reports.append(report)
    counts: dict[str, tuple[int, int, int, int]] = {}
    for file in report.files:
        files, rows, quarantined, rejected = counts.get(file.format, (0, 0, 0, 0))
        counts[file.format] = (
            files + (file.status == "loaded"),
            rows + file.rows_loaded,
            quarantined + file.rows_quarantined,
            rejected + (file.status == "rejected"),
        )
        if file.status == "rejected":
            run.progress.warn(f"{file.path} rejected: {file.reason}")
    if report.files:
        files, rows, quarantined, _ = (sum(column) for column in zip(*counts.values(), strict=True))
        text = f"load {family}: {files} files, {rows:,} rows"
        text += f", {quarantined:,} quarantined" if quarantined else ""
    else:
        text = f"load {family}: nothing new"
    run.progress.done(text, time.monotonic() - started)
    return counts
