"""Runs suites against a warehouse, a DuckDB file or another engine: `validate()`.

Everything is evaluated inside the engine: no rows come to Python, but ids of those that fail.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations import data_docs
from expectations.by_file import failing_files
from expectations.engines import DuckDBEngine, Engine
from expectations.failing_rows import failing_ids_query, measure_query, rule_query
from expectations.registry import Entry, Suite, load_suites
from expectations.results import (
    CheckResult,
    FileFailure,
    Outcome,
    expected_text,
    number,
    outcome_of,
    safe_error,
)
from expectations.sql import BATCH, identifier

if TYPE_CHECKING:
    from great_expectations.data_context import AbstractDataContext

# Unexpected values stay in the database: no lists of them in results, and so none in reports.
_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class _Run:
    """What is common to all tables of one call."""

    context: AbstractDataContext
    engine: Engine
    as_of: datetime
    latest_now: datetime
    run_id: str
    reports_dir: Path
    site: Path


def validate(
    warehouse: Path | Engine,
    layer: str,
    *,
    as_of: datetime,
    reports_dir: Path,
    run_id: str,
    tables: Iterable[str] | None = None,
    batch_filters: Mapping[str, str] | None = None,
    hard_now: datetime | None = None,
    suites_dir: Path | None = None,
) -> list[CheckResult]:
    """Validates the tables of a layer and writes their reports.

    warehouse: a DuckDB file, opened read-only and closed before returning, or another engine.
    as_of: the run's clock (naive UTC). hard_now: a second clock; `{latest_now}` in suites is the
    later of the two, so that a run dated in the past doesn't call newer data future.
    reports_dir: reports go to `data_docs/<run_id>/<layer>/` in it.
    tables: only these (default: every table of the layer that has a suite).
    batch_filters: table to SQL predicate; such a table is validated on those rows only.

    Returns a result per expectation, in order of table and suite. A table that doesn't exist gives
    results with status `error`. An empty table passes all that is asked of rows or figures.
    Raises SuiteError for a faulty suite, FileNotFoundError where there is no file, and what the
    engine raises when it can't be opened (duckdb.Error).
    """
    options = {} if suites_dir is None else {"suites_dir": suites_dir}
    suites = load_suites(layer, tables, **options)
    if not suites:
        return []
    site = data_docs.site_dir(reports_dir, run_id, layer)
    results: list[CheckResult] = []
    engine = DuckDBEngine(warehouse) if isinstance(warehouse, Path) else warehouse
    with _quiet(), _open(engine, site) as context:
        latest_now = max(as_of, hard_now or as_of)
        run = _Run(context, engine, as_of, latest_now, run_id, reports_dir, site)
        pages: list[Any] = []
        for suite in suites.values():
            predicate = (batch_filters or {}).get(suite.table)
            results += _validate_table(run, suite, predicate, pages)
        if pages:
            data_docs.build_site(context, reports_dir, site, pages)
    _write_indexes(reports_dir, site, results, run_id, layer, as_of)
    return results


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations logs failed queries with the values in them; logs must not hold any."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _open(engine: Engine, site: Path) -> Iterator[AbstractDataContext]:
    """A context of Great Expectations that knows the engine's tables."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    # Nothing of this context is kept, yet it would serialise itself anew for each asset.
    context._save_project_config = lambda *_: None
    context.add_store(
        "results",
        {
            "class_name": "ValidationResultsStore",
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str((site / "results").resolve()),
                "filepath_suffix": ".json",
            },
        },
    )
    context.variables.validation_results_store_name = "results"
    engine.open(context)
    try:
        yield context
    finally:
        engine.close()


def _validate_table(
    run: _Run, suite: Suite, predicate: str | None, pages: list[Any]
) -> list[CheckResult]:
    view = f"batch_{suite.layer}_{suite.table}"
    source = f"{identifier(suite.layer)}.{identifier(suite.table)}"
    where = f" where {predicate}" if predicate else ""
    arguments = {e.name: e.resolve(run.as_of, run.latest_now) for e in suite.entries}
    try:
        # A view over the rows in question: every query below then asks the same rows.
        run.engine.execute(
            f"create or replace temp view {identifier(view)} as select * from {source}{where}"
        )
        row_count = run.engine.execute(f"select count(*) from {identifier(view)}")[0][0]
    except Exception as error:
        outcome = Outcome("error", f"{suite.name} can't be read: {safe_error(str(error))}")
        return [_result(run, suite, e, arguments[e.name], outcome, (), "") for e in suite.entries]

    asked = [e for e in suite.entries if row_count or e.definition.scope != "column"]
    report = _evaluate(run, suite, view, asked, arguments)
    by_name = {r.expectation_config.meta["name"]: r for r in report.results}
    outcomes: dict[str, tuple[Outcome, tuple[str, ...]]] = {}
    for entry in suite.entries:
        kwargs = arguments[entry.name]
        if entry.name in by_name:
            found = _read_outcome(run, suite, entry, kwargs, view, by_name[entry.name])
        elif entry in asked:
            found = (Outcome("error", "Great Expectations refused the expectation"), ())
        else:
            found = (Outcome("passed", "no rows"), ())
        outcomes[entry.name] = found
    path = _store(run, suite, report, outcomes, pages)
    by_file = {}
    if suite.layer == "raw" and row_count:
        whole = {name: outcome for name, (outcome, _) in outcomes.items()}
        batch, clock = identifier(view), _timestamp(run.as_of)
        by_file = failing_files(run.engine.execute, batch, suite, arguments, whole, clock)
    return [
        _result(run, suite, e, arguments[e.name], *outcomes[e.name], path, by_file.get(e.name, ()))
        for e in suite.entries
    ]


def _evaluate(
    run: _Run, suite: Suite, view: str, entries: list[Entry], arguments: Mapping[str, Any]
) -> Any:
    """Great Expectations' validation result of one table."""
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configurations = []
    for entry in entries:
        type_name, kwargs = _for_great_expectations(run, suite, entry, arguments[entry.name])
        configurations.append(
            ExpectationConfiguration(
                type=type_name,
                kwargs=kwargs,
                severity=entry.severity,
                description=entry.description,
                meta={"name": entry.name, "owner": suite.owner},
            )
        )
    # Not `add_expectation_configuration`: it replaces an expectation of the same type and column.
    gx_suite = gx.ExpectationSuite(name=suite.name, expectations=configurations)
    batch = run.engine.batch(suite.name, view)
    return batch.validate(gx_suite, result_format=_RESULT_FORMAT)


def _for_great_expectations(
    run: _Run, suite: Suite, entry: Entry, kwargs: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    if entry.definition.scope == "rule":
        query = run.engine.spelled(rule_query(entry, suite, kwargs, _timestamp(run.as_of)))
        # Great Expectations formats the query: other braces must be doubled.
        escaped = query.replace("{", "{{").replace("}", "}}").replace("{{batch}}", BATCH)
        return "unexpected_rows_expectation", {"unexpected_rows_query": escaped}
    extra = {"ignore_row_if": "either_value_is_missing"} if "column_A" in kwargs else {}
    if entry.type == "expect_table_columns_to_match_set":
        extra = {"exact_match": kwargs.get("exact_match", True)}
    return entry.type, {**kwargs, **extra}


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


def _read_outcome(
    run: _Run, suite: Suite, entry: Entry, kwargs: Mapping[str, Any], view: str, result: Any
) -> tuple[Outcome, tuple[str, ...]]:
    outcome = outcome_of(entry, kwargs, result.to_json_dict())
    if outcome.status == "error":
        return outcome, ()
    batch, clock = identifier(view), _timestamp(run.as_of)
    if entry.definition.scope == "rule":
        measure = measure_query(entry, suite, kwargs, clock)
        if measure is not None:
            rows = run.engine.execute(measure.replace(BATCH, batch))
            observed = number(rows[0][0]) if rows and rows[0][0] is not None else "too few rows"
            outcome = Outcome(outcome.status, observed, 0)
    if outcome.status == "passed":
        return outcome, ()
    query = failing_ids_query(entry, suite, kwargs, clock)
    if query is None:
        return outcome, ()
    try:
        return outcome, tuple(
            str(row[0]) for row in run.engine.execute(query.replace(BATCH, batch))
        )
    except Exception:
        # The key itself is missing, which the structure's own expectation reports.
        return outcome, ()


def _store(
    run: _Run,
    suite: Suite,
    report: Any,
    outcomes: Mapping[str, tuple[Outcome, tuple[str, ...]]],
    pages: list[Any],
) -> str:
    """Adds row ids to the report, takes error texts out, stores it; returns its page's path."""
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )

    for result in report.results:
        outcome, ids = outcomes[result.expectation_config.meta["name"]]
        result.success = bool(result.success)
        if outcome.status == "error":
            result.exception_info = {
                "raised_exception": True,
                "exception_message": outcome.observed,
                "exception_traceback": "",
            }
        config = result.expectation_config
        shown = f" Failing rows: {', '.join(ids)}." if ids else ""
        severity = getattr(config.severity, "value", config.severity)
        config.description = f"{severity}: {config.description}{shown}"
    folder = data_docs.safe_name(run.run_id)
    taken = len(list((run.site / "results").rglob(f"{folder}/*/{suite.table}-*.json")))
    batch = f"{suite.table}-{taken + 1}"
    key = ValidationResultIdentifier(
        expectation_suite_identifier=ExpectationSuiteIdentifier(suite.name),
        run_id=RunIdentifier(run_name=folder, run_time=run.as_of),
        batch_identifier=batch,
    )
    run.context.validation_results_store.add(key, report)
    pages.append(key)
    page = run.site.joinpath("validations", *key.to_tuple()).with_suffix(".html")
    return page.relative_to(run.reports_dir).as_posix()


def _result(
    run: _Run,
    suite: Suite,
    entry: Entry,
    kwargs: Mapping[str, Any],
    outcome: Outcome,
    ids: tuple[str, ...],
    report_path: str,
    by_file: tuple[FileFailure, ...] = (),
) -> CheckResult:
    return CheckResult(
        layer=suite.layer,
        table=suite.table,
        check=entry.name,
        severity=entry.severity,
        status=outcome.status,
        observed=outcome.observed,
        expected=expected_text(entry, kwargs),
        failing_count=outcome.failing_count,
        failing_row_ids=ids,
        owner=suite.owner,
        is_waived=outcome.status != "passed" and entry.is_waived(run.as_of),
        report_path=report_path,
        description=entry.description,
        failing_files=() if entry.is_waived(run.as_of) else by_file,
    )


def _write_indexes(
    reports_dir: Path,
    site: Path,
    results: list[CheckResult],
    run_id: str,
    layer: str,
    as_of: datetime,
) -> None:
    not_passed = [r for r in results if r.status != "passed"]
    critical = sum(r.severity == "critical" for r in not_passed)
    data_docs.copy_assets(reports_dir)
    data_docs.write_summary(
        site,
        data_docs.LayerSummary(
            run_id=run_id,
            layer=layer,
            as_of=_timestamp(as_of),
            passed=len(results) - len(not_passed),
            warnings=len(not_passed) - critical,
            critical=critical,
        ),
    )
    data_docs.prune_runs(reports_dir / "data_docs")
    data_docs.write_index(reports_dir / "data_docs")
