"""The runner: results, reports, and what must not be in either."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations import data_docs
from expectations.results import CheckResult, number, safe_error

Run = Callable[..., list[CheckResult]]
Build = Callable[..., Path]
SuiteOf = Callable[..., dict[str, Any]]

SECRET = "camille.secret@example.org"
PEOPLE = f"""
    create table marts.t as
    select i as id, '{SECRET}' as email, '{SECRET}' as code, timestamp '2030-01-01' as at
    from range(30) as numbers(i)
"""
NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}}
NOT_SECRET = {
    "type": "expect_column_values_to_match_regex",
    "kwargs": {"column": "email", "regex": "^[0-9]+$"},
}


def texts(folder: Path) -> dict[Path, str]:
    """Every file that a run wrote, assets left out."""
    return {
        path: path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and "assets" not in path.parts
    }


def test_values_reach_neither_results_nor_reports_nor_logs(
    warehouse: Build,
    run_suite: Run,
    suite_of: SuiteOf,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    document = suite_of(
        NOT_SECRET,
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "email", "value_set": ["a"]},
        },
        {
            "type": "expect_column_value_lengths_to_be_between",
            "kwargs": {"column": "email", "max_value": 3},
        },
        # The text isn't a number: DuckDB's error message quotes it.
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "code", "min_value": 3},
        },
        {"type": "no_rows_where", "kwargs": {"condition": "cast(email as bigint) > 0"}},
        {"type": "no_rows_where", "kwargs": {"condition": "email is not null"}},
        key=["id"],
    )

    results = run_suite(warehouse(PEOPLE), document)

    assert [r.status for r in results] == ["failed"] * 3 + ["error"] * 2 + ["failed"]
    assert results[0].failing_count == 30
    assert len(results[0].failing_row_ids) == 20
    written = texts(tmp_path / "reports")
    assert len(written) >= 4
    captured = capfd.readouterr()
    for place in (*written.values(), repr(results), caplog.text, captured.out, captured.err):
        assert SECRET not in place
    page = (tmp_path / "reports" / results[0].report_path).read_text(encoding="utf-8")
    assert "critical: d Failing rows: 0, 1, 10" in page


def test_pages_ask_nothing_of_a_network(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf, tmp_path: Path
) -> None:
    (result,) = run_suite(warehouse(PEOPLE), suite_of(NOT_NULL))
    reports = tmp_path / "reports"

    pages = list(reports.rglob("*.html"))
    index = reports / "data_docs" / "run-1" / "marts" / "index.html"
    assert {index, reports / result.report_path, reports / "data_docs" / "index.html"} == set(pages)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"https?://", text), page
        assert not re.search(r"\bintegrity=", text), page
        links = re.findall(r"(?:src|href)=\"([^\"#][^\"]*)\"", text)
        assert any("bootstrap.min.css" in link for link in links)
        for link in links:
            assert (page.parent / link.split("?")[0]).exists(), f"{page}: {link}"
    assert "marts.t" in index.read_text(encoding="utf-8")


def test_every_asset_is_used_and_small() -> None:
    used = {copy for _, copies in data_docs._LOCAL_COPIES for copy in copies}
    files = [path for path in data_docs.ASSETS_DIR.rglob("*") if path.is_file()]
    scripts = {
        path.relative_to(data_docs.ASSETS_DIR).as_posix()
        for path in files
        if path.suffix in {".js", ".css"}
    }

    assert scripts == used
    assert max(path.stat().st_size for path in files) < 2**20
    assert sum(path.stat().st_size for path in files) < 1.5 * 2**20


def test_unknown_link_of_a_page_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<script src="https://cdn.example.org/new-thing.js"></script>')

    with pytest.raises(ValueError, match="no local copy of"):
        data_docs.make_local(page, tmp_path / "assets")


def test_missing_table_is_an_error_with_clear_text(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    (result,) = run_suite(warehouse(), suite_of(NOT_NULL))

    assert result.status == "error"
    assert result.is_blocking
    assert "marts.t can't be read: Catalog Error: Table with name t does not exist" in (
        result.observed
    )


def test_missing_column_is_an_error_of_its_entry_only(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    gone = {**NOT_NULL, "kwargs": {"column": "gone"}}

    missing, present = run_suite(warehouse(PEOPLE), suite_of(gone, NOT_NULL, key=["id"]))

    assert (missing.status, present.status) == ("error", "passed")
    assert 'The column "gone" in BatchData does not exist' in missing.observed


def test_missing_key_column_leaves_the_count(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    (result,) = run_suite(warehouse(PEOPLE), suite_of(NOT_SECRET, key=["no_such_column"]))

    assert (result.status, result.failing_count, result.failing_row_ids) == ("failed", 30, ())


def test_several_entries_of_one_type_and_column_all_count(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    """Great Expectations' own way of adding them would keep the last one only."""
    bounds = [{"max_value": "{latest_now + 1 day}"}, {"min_value": "2000-01-01 00:00:00"}]
    entries = [
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "at", **bound}}
        for bound in bounds
    ]

    results = run_suite(warehouse(PEOPLE), suite_of(*entries))

    assert [r.status for r in results] == ["failed", "passed"]


def test_later_clock_decides_what_is_future(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    from datetime import datetime

    entry = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "at", "max_value": "{latest_now + 1 day}"},
    }

    (result,) = run_suite(warehouse(PEOPLE), suite_of(entry), hard_now=datetime(2030, 1, 1))

    assert result.status == "passed"


@pytest.mark.parametrize(("until", "blocks"), [(date(2026, 3, 2), False), (date(2026, 3, 1), True)])
def test_waiver_holds_to_its_last_day(
    until: date, blocks: bool, warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    waived = {**NOT_SECRET, "waived_until": until, "waived_by": "owner"}

    (result,) = run_suite(warehouse(PEOPLE), suite_of(waived))

    assert result.status == "failed"
    assert result.is_waived is not blocks
    assert result.is_blocking is blocks


def test_row_ids_of_raw_tables_are_file_and_line(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    database = warehouse(
        "create table raw.t as select null::integer as id, 'abc' as _file_id, 7 as _line"
    )

    (result,) = run_suite(database, suite_of(NOT_NULL, layer="raw"))

    assert result.failing_row_ids == ("abc:7",)


def test_file_is_free_for_the_next_writer(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf
) -> None:
    database = warehouse(PEOPLE)
    run_suite(database, suite_of(NOT_NULL))

    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into marts.t (id) values (1000)")
        views = connection.execute("select count(*) from duckdb_views() where not internal")
        assert views.fetchone() == (0,)


def test_second_validation_of_a_run_adds_to_its_site(
    warehouse: Build, run_suite: Run, suite_of: SuiteOf, tmp_path: Path
) -> None:
    database = warehouse(PEOPLE)

    (first,) = run_suite(database, suite_of(NOT_NULL))
    (second,) = run_suite(database, suite_of(NOT_NULL))

    assert first.report_path != second.report_path
    assert (tmp_path / "reports" / first.report_path).exists()
    assert (tmp_path / "reports" / second.report_path).exists()


def test_old_runs_are_removed(tmp_path: Path) -> None:
    import os

    for age, name in enumerate(["newest", "older", "oldest"]):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "assets").mkdir()

    data_docs.prune_runs(tmp_path, kept=2)

    assert {path.name for path in tmp_path.iterdir()} == {"assets", "newest", "older"}


def test_errors_keep_names_and_lose_values() -> None:
    assert safe_error("x Catalog Error: Table with name t does not exist!\nLINE 1: 'a@b.c'") == (
        "Catalog Error: Table with name t does not exist!"
    )
    assert SECRET not in safe_error(f"Conversion Error: Could not convert string '{SECRET}'")


def test_figures_of_numpy_become_plain_numbers() -> None:
    import numpy

    assert number(numpy.float64(2.5)) == "2.5"
    assert number(numpy.int64(7)) == "7"
    assert number(None) == "none"


def test_loading_suites_imports_neither_great_expectations_nor_the_orchestrator() -> None:
    import subprocess

    code = (
        "import sys; from expectations.registry import load_suites; import expectations.runner; "
        "load_suites('raw'); "
        "print(sorted({'great_expectations', 'dagster', 'orchestration'} & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert shown.strip() == "[]"
