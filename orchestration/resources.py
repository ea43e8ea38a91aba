"""One run of the pipeline as a Dagster resource: its lock, its settings, and what came of it.

The lock is held from the first step to the last, so that runs started from the command line and
from Dagster's daemon exclude each other.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import alerts, status
from orchestration.checks import CheckRow
from orchestration.dbt_runner import PROJECT_FILES, DbtProject, fingerprint_of
from orchestration.engines import project_of, require_whole, validator_of
from orchestration.ingestion import landing
from orchestration.ingestion.contract import Contract, load_contract
from orchestration.ingestion.source_settings import FILE_NAME
from orchestration.progress import Progress
from orchestration.publishing import Publication
from orchestration.settings import Settings, SettingsError, key_fingerprint
from orchestration.validation import Validator
from orchestration.warehouse import WarehouseBusyError, connect, ensure_schema, run_lock

if TYPE_CHECKING:
    from orchestration.ingestion.loader import IngestReport
    from orchestration.ingestion.postgres import Export

CODE_FILES = (
    *PROJECT_FILES,
    "orchestration/**/*.py",
    "expectations/**/*.py",
    "expectations/**/*.yml",
)
LOCK_POLL_SECONDS = 5.0


@dataclass
class PipelineRun:
    """State of one run, shared by its steps; `inputs` digests the landing zone at its start.

    `exports` are what came of the tables of databases where they were read before the run.
    """

    settings: Settings
    run_id: str
    job: str
    contract: Contract
    dbt: DbtProject
    validator: Validator
    progress: Progress
    inputs: str
    exports: list[Export] | None = None
    reports: list[IngestReport] = field(default_factory=list)
    withdrawn: dict[str, str] = field(default_factory=dict)
    blocking: list[str] = field(default_factory=list)
    checks: list[CheckRow] = field(default_factory=list)
    publication: Publication | None = None
    error: str | None = None

    @property
    def files_rejected(self) -> int:
        """Files of this run that could not be loaded."""
        return sum(
            f.status in {"rejected", "withdrawn"} for report in self.reports for f in report.files
        )

    @property
    def outcome(self) -> str:
        """failed, blocked, published, or completed (a job that doesn't publish)."""
        if self.error:
            return "failed"
        if self.blocking:
            return "blocked"
        return "published" if self.publication else "completed"


def inputs_digest(settings: Settings, contract: Contract) -> str:
    """What the landing zone holds: names, sizes and contents, and how it is to be read.

    Contents are read once; a file whose size and time are known isn't read again.
    """
    memory = settings.state / "landing.sqlite"
    found = landing.scan(settings.landing, contract)
    known = _Hashes(memory)
    digest = hashlib.sha256()
    for file in sorted(
        [*found.files, *(file for file, _ in found.misplaced)], key=lambda f: f.relative
    ):
        digest.update(f"{file.relative}\0{file.size}\0{known.of(file)}\n".encode())
    for name in found.unfinished:
        digest.update(f"{name}\0unfinished\n".encode())
    for path in sorted(settings.landing.glob(f"*/*/{FILE_NAME}")):
        name = landing.printable(path.relative_to(settings.landing))
        digest.update(name.encode() + _bytes_of(path))
    known.close()
    return digest.hexdigest()


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b"unreadable"


class _Hashes:
    """Content hashes by path, size and time of change, kept between runs."""

    def __init__(self, path: Path) -> None:
        import sqlite3

        path.parent.mkdir(parents=True, exist_ok=True)
        self.con = sqlite3.connect(path)
        self.con.execute(
            "create table if not exists hashes "
            "(path text primary key, size integer, mtime_ns integer, hash text)"
        )

    def of(self, file: landing.LandedFile) -> str:
        path = landing.printable(file.path)
        row = self.con.execute(
            "select hash from hashes where path = ? and size = ? and mtime_ns = ?",
            (path, file.size, file.mtime_ns),
        ).fetchone()
        if row:
            return str(row[0])
        try:
            value = landing.content_hash(file.path)
        except OSError:
            return "unreadable"
        self.con.execute(
            "insert or replace into hashes values (?, ?, ?, ?)",
            (path, file.size, file.mtime_ns, value),
        )
        return value

    def close(self) -> None:
        self.con.commit()
        self.con.close()


def run_fingerprint(settings: Settings, inputs: str, con: duckdb.DuckDBPyConnection) -> str:
    """The same where a run would give the same: inputs, what is loaded, clock, code and key."""
    row = con.execute(
        "select string_agg(file_id || status || is_waived, ',' order by file_id) from audit.files"
    ).fetchone()
    key = settings.hmac_key
    parts = [
        inputs,
        str(row[0]) if row else "",
        settings.as_of.isoformat(),
        fingerprint_of(settings.project_dir, CODE_FILES),
        settings.engine,
        key_fingerprint(key.encode()) if key else "development",
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@contextmanager
def hold_lock(home: Path, purpose: str, wait_seconds: float) -> Iterator[None]:
    """The writer's lock, asked for again until the time is up. Raises WarehouseBusyError."""
    until = time.monotonic() + wait_seconds
    while True:
        lock = run_lock(home, purpose)
        try:
            lock.__enter__()
            break
        except WarehouseBusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(min(LOCK_POLL_SECONDS, max(0.05, until - time.monotonic())))
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


@contextmanager
def open_run(
    settings: Settings,
    *,
    job: str,
    run_id: str,
    progress: Progress | None = None,
    validator: Validator | None = None,
    inputs: str | None = None,
    exports: list[Export] | None = None,
    is_locked: bool = False,
    lock_wait_seconds: float = 0.0,
) -> Iterator[PipelineRun]:
    """Begin a run, and end it: its line in `audit.runs`, the alerts, the pages for people.

    Raises WarehouseBusyError where another process writes and keeps writing, SettingsError where
    the engine is missing or doesn't run this job.
    """
    lock: AbstractContextManager[None] = (
        nullcontext() if is_locked else hold_lock(settings.home, f"job {job}", lock_wait_seconds)
    )
    with lock:
        contract = load_contract(settings.project_dir)
        require_whole(settings, job)
        project = project_of(settings)
        process = validator or validator_of(settings)
        run = PipelineRun(
            settings=settings,
            run_id=run_id,
            job=job,
            contract=contract,
            dbt=project,
            validator=process,
            progress=progress or Progress(),
            inputs=inputs or inputs_digest(settings, contract),
            exports=exports,
        )
        with closing(process):
            _begin(run)
            try:
                yield run
            except BaseException as error:
                run.error = run.error or type(error).__name__
                raise
            finally:
                process.close()
                _end(run)


def _begin(run: PipelineRun) -> None:
    con = connect(run.settings.warehouse)
    try:
        ensure_schema(con, run.contract)
        last = con.execute(
            "select as_of, started_at from audit.runs order by started_at desc, run_id limit 1"
        ).fetchone()
        if last:
            _look_at_clock(run, last[0])
        # We hold the lock, so a run that says it is running was killed.
        con.execute(
            "update audit.runs set status = 'died', finished_at = coalesce(finished_at, started_at)"
            " where status = 'running'"
        )
        con.execute(
            "insert into audit.runs values (?, ?, ?, null, ?, 'running', null, null)",
            [run.run_id, run.settings.as_of, _after(last[1] if last else None), run.job],
        )
    finally:
        con.close()


def _look_at_clock(run: PipelineRun, last: datetime) -> None:
    """A clock before the last run's: said by somebody it is taken; the machine's is at fault.

    Raises SettingsError.
    """
    as_of = run.settings.as_of
    if as_of >= last:
        return
    before = f"{as_of:%Y-%m-%d %H:%M} UTC is before the last run's {last:%Y-%m-%d %H:%M}"
    if run.settings.is_machine_clock:
        raise SettingsError(
            f"the machine's clock went back: {before}. Ages, consents and plans would be judged by "
            "a time that is over. Set the clock right, or give --as-of if you mean it"
        )
    run.progress.warn(f"as of {before}: the marts go back to it; what was planned then stays")


def _after(last: datetime | None) -> datetime:
    """Now, and later than the run before whatever the machine's clock says: runs have an order."""
    now = _now()
    return max(now, last + timedelta(microseconds=1)) if last else now


def _end(run: PipelineRun) -> None:
    from orchestration.publishing import site

    con = connect(run.settings.warehouse)
    try:
        con.execute(
            "update audit.runs set finished_at = ?, status = ?, message = ?, input_fingerprint = ?"
            " where run_id = ?",
            [
                _now(),
                run.outcome,
                _message(run),
                run_fingerprint(run.settings, run.inputs, con),
                run.run_id,
            ],
        )
        due = _alerts(run, con)
    finally:
        con.close()
    problems = alerts.send(
        due,
        memory=run.settings.state / "alerts.json",
        home=str(run.settings.home),
        as_of=run.settings.as_of.isoformat() + "Z",
        run_id=run.run_id,
    )
    for problem in problems:
        run.progress.warn(f"an alert could not be delivered ({problem})")
    site.write(run.settings, run.contract, run.dbt)


def _message(run: PipelineRun) -> str | None:
    if run.error:
        return run.error
    if run.blocking:
        return f"{len(run.blocking)} blocking checks failed: {', '.join(run.blocking[:5])}"
    return None


def _alerts(run: PipelineRun, con: duckdb.DuckDBPyConnection) -> list[alerts.Alert]:
    found = []
    if run.blocking:
        found.append(
            alerts.Alert(
                "blocked_publication",
                f"publication blocked by {len(run.blocking)} failing checks",
                tuple(run.blocking[:20]),
                {"failing_checks": len(run.blocking)},
            )
        )
    if run.error:
        found.append(alerts.Alert("run_failed", f"job {run.job} failed", (run.job,)))
    for source in status.source_states(con, run.contract, run.settings.as_of):
        if source.is_stale:
            counts: dict[str, int | float] = {"age_hours": source.age_hours or 0.0}
            counts["stale_after_hours"] = source.stale_after_hours
            found.append(
                alerts.Alert("stale_source", f"{source.name} is stale", (source.name,), counts)
            )
        if source.quarantined_rate > alerts.QUARANTINE_LIMIT:
            found.append(
                alerts.Alert(
                    "quarantine",
                    f"{source.name}: {source.quarantined_rate:.1%} of the rows are in quarantine",
                    (source.name,),
                    {
                        "rows_quarantined": source.rows_quarantined,
                        "rows_loaded": source.rows_loaded,
                    },
                )
            )
    return found


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def resource_definition() -> Any:
    """The Dagster resource `run`: settings from the environment, clock from the run's config."""
    import dagster as dg

    @dg.resource(
        config_schema={
            "as_of": dg.Field(str, is_required=False, description="UTC, ISO 8601; else now"),
            "full_refresh": dg.Field(bool, default_value=False),
            "lock_wait_seconds": dg.Field(float, default_value=900.0),
        },
        description="The pipeline's settings and the writer's lock, held for the whole run.",
    )
    def pipeline_run(context: dg.InitResourceContext) -> Iterator[PipelineRun]:
        config = context.resource_config
        settings = Settings.load(
            as_of=config.get("as_of"), full_refresh=bool(config["full_refresh"])
        )
        settings = with_landing_clock(settings, is_given=bool(config.get("as_of")))
        dagster_run = context.dagster_run
        with open_run(
            settings,
            job=dagster_run.job_name if dagster_run else "everything",
            run_id=context.run_id or "",
            lock_wait_seconds=float(config["lock_wait_seconds"]),
        ) as run:
            yield run

    return pipeline_run


def with_landing_clock(settings: Settings, *, is_given: bool) -> Settings:
    """The sample's own clock, `<landing>/as_of`, where nobody said what time it is."""
    import os

    from orchestration.settings import parse_instant

    if is_given or os.environ.get("PASSERELLE_AS_OF") or not settings.is_sample:
        return settings
    text = (settings.landing / "as_of").read_text(encoding="utf-8")
    return settings.with_as_of(parse_instant(text))
