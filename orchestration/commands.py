"""What each command of the command line does. Heavy libraries are imported where needed."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from orchestration import pipeline
from orchestration import status as state
from orchestration.backup import BackupError
from orchestration.ingestion.contract import ContractError, load_contract
from orchestration.ingestion.walking import walk
from orchestration.progress import Progress, harmless, to_stderr
from orchestration.resources import hold_lock, with_landing_clock
from orchestration.settings import Settings, SettingsError, parse_instant
from orchestration.warehouse import (
    WarehouseBusyError,
    WarehouseFaultError,
    connect,
    way_out_of,
)


def say(text: str) -> None:
    """A line on standard output; what files hold of control characters reaches no terminal."""
    sys.stdout.write(f"{harmless(text)}\n")


class UsageError(ValueError):
    """The command can't be carried out as it was given; the message says how it can."""


def explain(error: Exception, warehouse: Path | None = None) -> tuple[int, str]:
    """Exit code and one line for people; `warehouse` is the file that the command works on."""
    if isinstance(error, WarehouseBusyError):
        return pipeline.BUSY, str(error)
    if isinstance(error, UsageError | SettingsError):
        return pipeline.USAGE, str(error)
    if isinstance(error, WarehouseFaultError | BackupError):
        return pipeline.FAILED, str(error)
    if isinstance(error, ContractError):
        return pipeline.FAILED, f"the source contract is wrong: {error}"
    if warehouse is not None and (way_out := way_out_of(str(error), warehouse)):
        return pipeline.FAILED, way_out
    text = (str(error).splitlines() or [""])[0]
    return pipeline.FAILED, f"{type(error).__name__}: {text} (--debug shows where)"


def run(options: argparse.Namespace) -> int:
    """`passerelle run`."""
    settings = Settings.load(
        home=options.home,
        landing=options.landing,
        as_of=options.as_of,
        full_refresh=options.full_refresh,
    )
    jobs = pipeline.job_names(load_contract(settings.project_dir))
    if options.job not in jobs:
        raise UsageError(f"no job {options.job!r}; one of: {', '.join(jobs)}")
    progress = to_stderr()
    if options.sample_if_empty and is_empty(settings.landing):
        write_sample_into(settings, progress)
    if not settings.landing.is_dir():
        raise UsageError(
            f"no landing zone at {settings.landing}; make one with `passerelle sample --out "
            f"{settings.landing}` or name yours with --landing"
        )
    settings = with_landing_clock(settings, is_given=bool(options.as_of))
    progress.note(f"Job {options.job}, as of {settings.as_of:%Y-%m-%d %H:%M} UTC")
    summary = pipeline.run_job(settings, options.job, progress, with_docs=options.docs)
    _print_summary(summary, settings)
    return summary.exit_code


def is_empty(landing: Path) -> bool:
    """Whether a landing zone holds no file at all, and nothing that can't be looked at."""
    return next(walk(landing), None) is None


def write_sample_into(settings: Settings, progress: Progress) -> None:
    """A sample landing zone, whole or not at all: it is moved into place when it is complete."""
    from orchestration.sample import write_sample

    landing = settings.landing
    work = landing.with_name(f".{landing.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    progress.step("write a sample landing zone")
    write_sample(work, progress=lambda text: progress.step(f"sample: {text}"))
    if landing.is_dir():
        shutil.rmtree(landing)  # empty folders only: the caller looked
    work.rename(landing)
    progress.done(f"sample landing zone: {landing}", time.monotonic() - started)


def _print_summary(summary: pipeline.Summary, settings: Settings) -> None:
    say(f"{summary.message}  ({summary.seconds:.1f} s)")
    if summary.message.startswith("nothing to do"):
        _print_paths(settings)
        return
    say(
        f"  files   {summary.files_loaded} loaded, {summary.files_rejected} rejected, "
        f"{len(summary.withdrawn)} withdrawn"
    )
    say(f"  rows    {summary.rows_loaded:,} loaded, {summary.rows_quarantined:,} quarantined")
    say(f"  checks  {summary.checks:,} run, {summary.checks_failed:,} not passed")
    for path, reason in summary.withdrawn.items():
        say(f"  withdrawn  {path}: {reason}")
    for name in summary.blocking[:10]:
        say(f"  blocking   {name}")
    if summary.files_rejected or summary.withdrawn:
        say("  next: passerelle quarantine list")
    _print_paths(settings)


def _print_paths(settings: Settings) -> None:
    database = settings.published / "bi.duckdb"
    if database.is_file():
        say(f"  marts    {database}")
    index = settings.reports / "index.html"
    if index.is_file():
        say(f"  reports  {index}")


def sample(options: argparse.Namespace) -> int:
    """`passerelle sample`."""
    from orchestration.sample import write_sample

    out: Path = Path(options.out).expanduser().absolute()
    if out.exists() and not is_empty(out):
        raise UsageError(f"{out} isn't empty; name another folder")
    given = {
        "customers": options.customers,
        "days": options.days,
        "seed": options.seed,
        "ends_at": parse_instant(options.ends_at) if options.ends_at else None,
    }
    progress = to_stderr()
    started = time.monotonic()
    progress.step(f"write a sample landing zone to {out}")
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        write_sample(out, progress=lambda text: progress.step(f"sample: {text}"), **chosen)
    except (ValueError, FileExistsError) as error:
        raise UsageError(str(error)) from error
    progress.done(f"sample landing zone: {out}", time.monotonic() - started)
    say(f"next: passerelle run --landing {out}")
    return pipeline.OK


def status(options: argparse.Namespace) -> int:
    """`passerelle status`."""
    settings = Settings.load(home=options.home, landing=options.landing)
    found = state.read_status(settings, load_contract(settings.project_dir))
    say(found.to_json() if options.json else "\n".join(_status_lines(found)))
    return pipeline.OK


def _status_lines(found: state.Status) -> Iterable[str]:
    yield f"home     {found.home}"
    yield f"landing  {found.landing}"
    if found.publication:
        rows = found.publication["rows"]
        yield (
            f"publication  {found.publication['published_at']}, as of "
            f"{found.publication['as_of']}: {len(rows)} marts, {sum(rows.values()):,} rows"
        )
    else:
        yield "publication  none yet"
    if found.is_busy:
        yield "a run is in progress; the rest can be read when it has ended"
        return
    if not found.runs:
        yield "nothing has run yet; start with: passerelle run --sample-if-empty"
        return
    yield ""
    yield from table_lines(
        ["source", "files", "rows", "quarantined", "age", "state"],
        [
            [
                source.name,
                str(source.files),
                f"{source.rows_loaded:,}",
                f"{source.rows_quarantined:,}",
                _age(source.age_hours),
                _source_state(source),
            ]
            for source in found.sources
        ],
    )
    yield ""
    total = sum(found.checks.values())
    yield f"checks of the latest run: {total:,}, {len(found.failing_checks):,} not passed"
    for check in found.failing_checks[:30]:
        waived = " (waived)" if check.is_waived else ""
        yield (
            f"  {check.severity:<8}  {check.layer}.{check.table_name}: {check.check_name}"
            f"  {check.observed or check.status}{waived}"
        )
    yield ""
    yield from table_lines(
        ["run", "job", "as of", "state", ""],
        [
            [_moment(r.started_at), r.job, _moment(r.as_of), r.status, (r.message or "")[:60]]
            for r in found.runs[:5]
        ],
    )


def _source_state(source: state.SourceState) -> str:
    words = []
    if source.is_stale:
        words.append(f"stale (over {source.stale_after_hours} h)")
    if source.files_rejected:
        words.append(f"{source.files_rejected} rejected")
    if source.files_withdrawn:
        words.append(f"{source.files_withdrawn} withdrawn")
    return ", ".join(words) or "ok"


def _age(hours: float | None) -> str:
    if hours is None:
        return "-"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def table_lines(head: list[str], rows: list[list[str]]) -> Iterable[str]:
    """Cells under their heads, in columns."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def quarantine_list(options: argparse.Namespace) -> int:
    """`passerelle quarantine list`."""
    from orchestration.ingestion.quarantine import list_files

    con = read_only(options)
    if con is None:
        say("nothing has been loaded yet")
        return pipeline.OK
    with con:
        files = list_files(con)
    if not files:
        say("the quarantine is empty")
        return pipeline.OK
    rows = [
        [f.file_id, f.status, f"{f.rows_quarantined:,}", f"{f.rows_read:,}", f.path, f.reason or ""]
        for f in files
    ]
    head = ["file", "state", "quarantined", "of rows", "path", "reason (the commonest)"]
    say("\n".join(table_lines(head, rows)))
    return pipeline.OK


def quarantine_show(options: argparse.Namespace) -> int:
    """`passerelle quarantine show`."""
    from orchestration.ingestion.quarantine import list_files, show_rows

    con = read_only(options)
    if con is None:
        raise UsageError("nothing has been loaded yet")
    with con:
        known = {found.file_id: found for found in list_files(con)}
        found = known.get(options.file_id)
        if found is None:
            raise UsageError(
                f"no file {options.file_id} in quarantine; `passerelle quarantine list` shows them"
            )
        rows = show_rows(con, options.file_id, with_text=options.values, limit=options.limit)
    say(f"{found.path}: {found.status}" + (f", {found.reason}" if found.reason else ""))
    head = ["line", "field", "reason"] + (["text"] if options.values else [])
    cells = [
        [str(row.line), row.field or "", row.reason] + ([row.text or ""] if options.values else [])
        for row in rows
    ]
    say("\n".join(table_lines(head, cells)))
    if found.rows_quarantined > len(rows):
        say(f"… {found.rows_quarantined - len(rows):,} more; --limit shows more")
    return pipeline.OK


def quarantine_replay(options: argparse.Namespace) -> int:
    """`passerelle quarantine replay`."""
    from orchestration.ingestion.quarantine import ReplayError, replay

    settings = Settings.load(home=options.home, landing=options.landing)
    with hold_lock(settings.home, "quarantine replay", 0.0):
        try:
            results = replay(settings, None if options.all else [options.file_id])
        except ReplayError as error:
            raise UsageError(str(error)) from error
    for result in results:
        say(
            f"{result.path}: {result.status}, {result.rows_loaded:,} rows loaded, "
            f"{result.rows_quarantined:,} quarantined"
            + (f" ({result.reason})" if result.reason else "")
        )
    say("next: passerelle run" if results else "the quarantine is empty")
    is_clean = all(result.status in {"loaded", "empty"} for result in results)
    return pipeline.OK if is_clean else pipeline.INCOMPLETE


def ui(options: argparse.Namespace) -> int:
    """`passerelle ui`: replaces this process by Dagster's."""
    settings = Settings.load(home=options.home, landing=options.landing)
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(pipeline.dagster_home(settings)),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PASSERELLE_HOME": str(settings.home),
        "PASSERELLE_LANDING": str(settings.landing),
    }
    arguments = ["dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1"]
    arguments += ["-p", str(options.port), "-d", str(settings.project_dir)]
    program = Path(sys.executable).with_name("dagster")
    os.chdir(settings.project_dir)
    os.execve(program, arguments, environment)


def read_only(options: argparse.Namespace) -> duckdb.DuckDBPyConnection | None:
    """The warehouse for reading, or None where nothing has been loaded."""
    settings = Settings.load(home=options.home, landing=options.landing)
    if not settings.warehouse.is_file():
        return None
    return connect(settings.warehouse, read_only=True)
