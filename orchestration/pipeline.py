"""A job from the command line: the same Dagster job, in this process, under the same lock."""

from __future__ import annotations

import logging
import os
import time
import uuid
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.ingestion.contract import Contract, load_contract
from orchestration.ingestion.postgres import export_tables
from orchestration.progress import Progress
from orchestration.resources import (
    PipelineRun,
    hold_lock,
    inputs_digest,
    open_run,
    run_fingerprint,
)
from orchestration.settings import Settings
from orchestration.warehouse import connect

EVERYTHING = "everything"
INGESTION = "ingestion"
TAGS_AND_CALLS = "tags_and_calls"
DAILY_SOURCES = "daily_sources"
#: From what has just landed to who is to be called.
E_REBOND = "e_rebond"
#: What a lead hangs on: what people did, whether they called, what they bought, allowed, refused.
E_REBOND_FAMILIES = ("call_records", "crm", "web_tags")
#: The cadence of the sources of TAGS_AND_CALLS.
FREQUENT = "15min"

OK, FAILED, USAGE, INCOMPLETE, BLOCKED, BUSY = 0, 1, 2, 3, 4, 75

#: Configuration of the instance behind the web UI, the sensor and the schedules.
INSTANCE = """\
# Written by Passerelle. Telemetry off; one run at a time, because the warehouse has one writer.
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
    granularity: run
run_retries:
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
retention:
  sensor: {purge_after_days: {skipped: 2, failure: 30, success: 30}}
  schedule: {purge_after_days: 90}
"""


@dataclass(frozen=True)
class Summary:
    """What a run did, for people: exit code, one line, and figures."""

    exit_code: int
    message: str
    job: str
    seconds: float
    files_loaded: int = 0
    files_rejected: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    withdrawn: dict[str, str] = field(default_factory=dict)
    checks: int = 0
    checks_failed: int = 0
    blocking: tuple[str, ...] = ()
    published: str | None = None


def run_job(
    settings: Settings,
    job: str,
    progress: Progress,
    *,
    with_docs: bool = False,
) -> Summary:
    """Run a job to its end; nothing where the same run has been done already.

    Raises WarehouseBusyError where another process writes, ContractError and DbtError where the
    project is at fault, SettingsError where a setting is.
    """
    started = time.monotonic()
    with hold_lock(settings.home, f"job {job}", 0.0):
        contract = load_contract(settings.project_dir)
        # What stands in databases is among the inputs, so it is read before they are compared.
        exports = export_tables(settings, contract, _families_of(job, contract))
        failed = [f"{export.relative}: {export.reason}" for export in exports if export.reason]
        inputs = "\n".join([inputs_digest(settings, contract), *failed])
        is_new = settings.full_refresh or with_docs or bool(failed)
        if not is_new and is_done(settings, job, inputs):
            message = "nothing to do: the same files and the same as_of are published already"
            if job == INGESTION:
                message = "nothing to do: the same files are loaded already"
            return Summary(OK, message, job, time.monotonic() - started)
        with open_run(
            settings,
            job=job,
            run_id=str(uuid.uuid4()),
            progress=progress,
            inputs=inputs,
            exports=exports,
            is_locked=True,
        ) as run:
            _execute(run, contract)
            if with_docs and run.publication:
                progress.step("documentation")
                run.dbt.write_docs(settings.reports, as_of=settings.as_of)
                progress.done("documentation")
        return _summary(run, time.monotonic() - started)


def _families_of(job: str, contract: Contract) -> list[str]:
    """The families that a job loads."""
    frequent = {table.family for table in contract if table.cadence == FREQUENT}
    if job in contract.families:
        return [job]
    if job == TAGS_AND_CALLS:
        return sorted(frequent)
    if job == E_REBOND:
        return list(E_REBOND_FAMILIES)
    if job == DAILY_SOURCES:
        return sorted(set(contract.families) - frequent)
    return contract.families


def job_names(contract: Contract) -> list[str]:
    """The jobs that `passerelle run --job` knows."""
    return [EVERYTHING, INGESTION, TAGS_AND_CALLS, DAILY_SOURCES, E_REBOND, *contract.families]


def is_done(settings: Settings, job: str, inputs: str) -> bool:
    """Whether the last run did all that this one would. Imports neither Dagster nor dbt."""
    if not settings.warehouse.is_file():
        return False
    con = connect(settings.warehouse, read_only=True)
    try:
        last = con.execute(
            "select job, status, input_fingerprint from audit.runs "
            "order by started_at desc, run_id limit 1"
        ).fetchone()
        if last is None:
            return False
        done = {"published"} if job != INGESTION else {"published", "completed"}
        if last[1] not in done or last[0] not in {job, EVERYTHING}:
            return False
        if job != INGESTION and not (settings.published / "bi.duckdb").is_file():
            return False
        return str(last[2]) == run_fingerprint(settings, inputs, con)
    except duckdb.CatalogException:
        return False  # a warehouse of another making, or one that never got its tables
    finally:
        con.close()


def dagster_home(settings: Settings) -> Path:
    """Dagster's folder in a home, with its configuration; the web UI uses it too."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dagster.yaml"
    if not path.is_file() or path.read_text(encoding="utf-8") != INSTANCE:
        path.write_text(INSTANCE, encoding="utf-8")
    return folder


def _execute(run: PipelineRun, contract: Contract) -> None:
    """Run the job over an open run; failures are noted on it."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    run.progress.step("start")
    begun = time.monotonic()
    warnings.filterwarnings("ignore", module="dagster.*")
    import dagster as dg

    from orchestration.build import Overrides, build_definitions

    definitions = build_definitions(
        Overrides(settings=run.settings, run=run, contract=contract, manifest=run.dbt.manifest())
    )
    run.progress.done("start", time.monotonic() - begun)
    # What happens is told by our own progress lines; a check without new rows is no warning.
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.CRITICAL)
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    job = definitions.resolve_job_def(run.job)
    result = job.execute_in_process(
        run_config=config, raise_on_error=False, run_id=run.run_id, instance=_unrecorded(dg)
    )
    if not result.success and not run.blocking and not run.error:
        failed = [event for event in result.all_node_events if event.is_step_failure]
        reasons = [str(event.step_failure_data.error_display_string) for event in failed]
        run.error = reasons[0].splitlines()[0] if reasons else "a step failed"


def _unrecorded(dg: Any) -> Any:
    """A Dagster instance in memory that doesn't store what only the web UI would ask it for.

    Dagster's SQLite costs 10 to 100 ms an event, and there is one or more a check: minutes. What
    happened is kept in the warehouse (`audit`) and in the reports instead.
    """
    instance = dg.DagsterInstance.ephemeral()
    kinds = dg.DagsterEventType
    skipped = {
        kinds.STEP_OUTPUT,
        kinds.ASSET_CHECK_EVALUATION,
        kinds.ASSET_CHECK_EVALUATION_PLANNED,
        kinds.ASSET_MATERIALIZATION,
        kinds.ASSET_MATERIALIZATION_PLANNED,
    }
    storage = instance.event_log_storage
    store = storage.store_event

    def store_event(event: Any) -> None:
        if not (event.is_dagster_event and event.dagster_event_type in skipped):
            store(event)

    storage.store_event = store_event
    # Versions of what a step reads, which only the web UI compares: a query an asset and step.
    storage.get_asset_records = lambda *_, **__: []
    storage.fetch_observations = lambda *_, **__: dg.EventRecordsResult([], "", False)
    return instance


def _summary(run: PipelineRun, seconds: float) -> Summary:
    files = [file for report in run.reports for file in report.files]
    latest = {(row.layer, row.table_name, row.check_name): row for row in run.checks}
    if run.error:
        # Dagster tells what a step raised as text: the type's name leads.
        kind, _, told = run.error.partition(": ")
        is_setting = kind.endswith("SettingsError")
        code, message = (USAGE, told) if is_setting else (FAILED, run.error)
    elif run.blocking:
        code = BLOCKED
        message = f"publication blocked: {len(run.blocking)} critical checks failed"
    elif run.withdrawn or run.files_rejected:
        code, message = INCOMPLETE, "completed, but some files were rejected or withdrawn"
    else:
        code, message = OK, "published" if run.publication else "completed"
    return Summary(
        exit_code=code,
        message=message,
        job=run.job,
        seconds=seconds,
        files_loaded=sum(file.status == "loaded" for file in files),
        files_rejected=run.files_rejected,
        rows_loaded=sum(file.rows_loaded for file in files),
        rows_quarantined=sum(file.rows_quarantined for file in files),
        withdrawn=dict(run.withdrawn),
        checks=len(latest),
        checks_failed=sum(row.status != "passed" for row in latest.values()),
        blocking=tuple(run.blocking),
        published=str(run.settings.published) if run.publication else None,
    )
