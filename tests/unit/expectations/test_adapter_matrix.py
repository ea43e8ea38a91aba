"""Every expectation type that suites may use, on DuckDB: a batch that passes, one that fails.

The adapter is the one place where Great Expectations meets DuckDB. When either of them changes,
this matrix says which expectation no longer runs in SQL or counts wrongly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from expectations.catalogue import CATALOGUE
from expectations.results import CheckResult

ROWS = 1000

# A good row set: ids 1..1000, two rows of each key, over 40 days before the clock of the tests.
GOOD = f"""
    create or replace table raw.t as
    select
        i as id,
        'key-' || (i // 2) as business_key,
        (i // 2) as content,
        timestamp '2026-03-01' - interval (i % 40) day as happened_at,
        timestamp '2026-03-01' - interval (i % 40) day + interval 5 minute as ended_at,
        date '2026-03-01' - (i % 40)::integer as day,
        case when i % 4 = 0 then 'web' else 'phone' end as channel,
        lpad(lower(to_hex(i)), 8, '0') as code,
        (i % 11)::decimal(18, 4) as score,
        true as is_known,
        null::varchar as nothing,
        'file1' as _file_id,
        i as _line,
        1 as _load_id
    from range(1, {ROWS + 1}) as numbers(i)
"""
FILES = """
    create or replace table audit.files as
    select 'file1' as file_id, 1000 as rows_read, 100 as rows_quarantined
"""
_WINDOW = {"date_column": "happened_at", "recent_days": 7, "baseline_days": 28, "min_rows": 50}


@dataclass(frozen=True)
class Case:
    """One type with arguments; `breaks` is SQL that turns GOOD into a batch that fails."""

    type: str
    kwargs: dict[str, Any]
    breaks: str
    failing: int
    ids: tuple[str, ...] = field(default=())


COLUMNS = [
    *("id", "business_key", "content", "happened_at", "ended_at", "day", "channel", "code"),
    *("score", "is_known", "nothing", "_file_id", "_line", "_load_id"),
]
THREE = ("file1:1", "file1:2", "file1:3")
CASES = [
    Case(
        "expect_table_columns_to_match_set",
        {"column_set": COLUMNS},
        "alter table raw.t drop column code",
        0,
    ),
    Case(
        "expect_table_columns_to_match_set",
        {"column_set": ["id", "code"], "exact_match": False},
        "alter table raw.t rename column code to kode",
        0,
    ),
    Case(
        "expect_table_row_count_to_be_between",
        {"min_value": 10},
        "delete from raw.t where id > 3",
        0,
    ),
    Case(
        "expect_column_values_to_not_be_null",
        {"column": "code"},
        "update raw.t set code = null where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_not_be_null",
        {"column": "code", "mostly": 0.998},
        "update raw.t set code = null where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_be_between",
        {"column": "score", "min_value": 0, "max_value": 10},
        "update raw.t set score = 10.5 where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_be_between",
        {"column": "happened_at", "max_value": "{latest_now + 1 day}", "mostly": 0.99},
        "update raw.t set happened_at = timestamp '2026-03-03 06:00:01' where id <= 11",
        11,
    ),
    Case(
        "expect_column_values_to_be_between",
        {"column": "day", "min_value": "2000-01-01"},
        "update raw.t set day = date '1999-12-31' where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_be_in_set",
        {"column": "channel", "value_set": ["web", "phone", "l'agence"]},
        "update raw.t set channel = 'fax' where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_be_in_set",
        {"column": "is_known", "value_set": [True]},
        "update raw.t set is_known = false where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_values_to_match_regex",
        {"column": "code", "regex": "^[0-9a-f]{8}$"},
        "update raw.t set code = 'x' || code where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_value_lengths_to_be_between",
        {"column": "code", "min_value": 8, "max_value": 8},
        "update raw.t set code = code || '0' where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "ended_at", "column_B": "happened_at", "or_equal": True},
        "update raw.t set ended_at = happened_at - interval 1 second where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "ended_at", "column_B": "happened_at"},
        "update raw.t set ended_at = happened_at where id <= 3",
        3,
        THREE,
    ),
    Case(
        "expect_column_mean_to_be_between",
        {"column": "score", "min_value": 4, "max_value": 6},
        "update raw.t set score = score + 100",
        0,
    ),
    Case(
        "expect_column_median_to_be_between",
        {"column": "score", "min_value": 4, "max_value": 6},
        "update raw.t set score = 9",
        0,
    ),
    Case(
        "expect_column_unique_value_count_to_be_between",
        {"column": "channel", "min_value": 2, "max_value": 5},
        "update raw.t set channel = 'web'",
        0,
    ),
    Case(
        "keys_do_not_conflict",
        {"key": ["business_key"], "content": ["content", "business_key"]},
        "update raw.t set content = -1 where id = 2",
        2,
        ("file1:2", "file1:3"),
    ),
    Case(
        "files_mostly_parsed",
        {"max_share": 0.5},
        "update audit.files set rows_quarantined = 501",
        1,
        ("file1",),
    ),
    Case(
        "no_rows_where",
        {"condition": "score > 10 or code = '{}'", "max_share": 0.002},
        "update raw.t set score = 11 where id <= 3",
        3,
        THREE,
    ),
    Case(
        "shares_stay_stable",
        {"column": "channel", "max_shift": 0.3, **_WINDOW},
        "update raw.t set channel = 'fax' where happened_at >= timestamp '2026-02-23'",
        0,
    ),
    Case(
        "volume_stays_stable",
        {"min_ratio": 0.5, "max_ratio": 2, **_WINDOW},
        "delete from raw.t where happened_at >= timestamp '2026-02-23' and id % 3 > 0",
        0,
    ),
]
NAMES = [f"{i}-{case.type}" for i, case in enumerate(CASES)]


def _entry(case: Case) -> dict[str, Any]:
    return {"type": case.type, "kwargs": case.kwargs}


@pytest.fixture
def run_matrix(
    warehouse: Callable[..., Path],
    run_suite: Callable[..., list[CheckResult]],
    suite_of: Callable[..., dict[str, Any]],
) -> Callable[..., list[CheckResult]]:
    def run(cases: list[Case], *changes: str, **options: Any) -> list[CheckResult]:
        database = warehouse(GOOD, FILES, *changes)
        return run_suite(database, suite_of(*map(_entry, cases), layer="raw"), **options)

    return run


def test_matrix_covers_the_catalogue() -> None:
    assert {case.type for case in CASES} == set(CATALOGUE)


def test_good_batch_passes_every_case(run_matrix: Callable[..., list[CheckResult]]) -> None:
    results = run_matrix(CASES)

    assert [(r.check, r.status, r.failing_count) for r in results] == [
        (f"check_{i}", "passed", 0) for i in range(len(CASES))
    ]
    assert not any(r.failing_row_ids for r in results)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_bad_batch_fails_with_the_right_count(
    case: Case, run_matrix: Callable[..., list[CheckResult]]
) -> None:
    (result,) = run_matrix([case], case.breaks)

    assert (result.status, result.failing_count) == ("failed", case.failing)
    if case.ids:
        assert result.failing_row_ids == case.ids
    assert len(result.failing_row_ids) <= 20


def test_tolerated_share_passes(run_matrix: Callable[..., list[CheckResult]]) -> None:
    tolerant = [
        Case("expect_column_values_to_not_be_null", {"column": "code", "mostly": 0.997}, "", 0),
        Case("no_rows_where", {"condition": "code is null", "max_share": 0.003}, "", 0),
    ]

    results = run_matrix(tolerant, "update raw.t set code = null where id <= 3")

    assert [r.status for r in results] == ["passed", "passed"]


def test_exact_copies_of_a_key_are_harmless(run_matrix: Callable[..., list[CheckResult]]) -> None:
    case = Case("keys_do_not_conflict", {"key": ["business_key"], "content": ["content"]}, "", 0)

    (result,) = run_matrix([case], "insert into raw.t select * replace (5000 as _line) from raw.t")

    assert result.status == "passed"


def test_another_file_or_version_is_no_conflict(
    run_matrix: Callable[..., list[CheckResult]],
) -> None:
    key = {"key": ["business_key"], "content": ["content"]}
    cases = [
        Case("keys_do_not_conflict", key, "", 0),
        Case("keys_do_not_conflict", {**key, "version": ["happened_at"]}, "", 0),
    ]

    another_file, _ = run_matrix(
        cases, "update raw.t set content = -1, _file_id = 'file2' where id % 2 = 0"
    )
    same_version, other_version = run_matrix(cases, "update raw.t set content = -1 where id = 2")

    assert another_file.status == "passed"
    assert (same_version.status, other_version.status) == ("failed", "passed")


def test_empty_table_passes_rows_and_figures(run_matrix: Callable[..., list[CheckResult]]) -> None:
    of_rows = [c for c in CASES if CATALOGUE[c.type].scope != "table"]

    results = run_matrix(of_rows, "delete from raw.t")

    assert {r.status for r in results} == {"passed"}


def test_batch_filter_limits_the_rows(run_matrix: Callable[..., list[CheckResult]]) -> None:
    case = CASES[3]
    changes = (case.breaks, "update raw.t set _load_id = 2 where id > 100")

    (new,) = run_matrix([case], *changes, batch_filters={"t": "_load_id = 2"})
    (old,) = run_matrix([case], *changes, batch_filters={"t": "_load_id = 1"})

    assert (new.status, new.observed) == ("passed", "0 of 900 rows fail (0 %)")
    assert (old.status, old.observed) == ("failed", "3 of 100 rows fail (3 %)")


def test_rows_stay_in_the_database(
    run_matrix: Callable[..., list[CheckResult]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything runs in SQL: DuckDB hands over figures and at most 20 ids a check, no rows."""
    import duckdb_sqlalchemy

    fetched = 0
    for method in ("fetchall", "fetchmany"):
        original = getattr(duckdb_sqlalchemy.CursorWrapper, method)

        def counting(self: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
            nonlocal fetched
            rows = _original(self, *args, **kwargs)
            fetched += len(rows)
            return rows

        monkeypatch.setattr(duckdb_sqlalchemy.CursorWrapper, method, counting)

    results = run_matrix(CASES, "update raw.t set code = null, score = -1, channel = 'fax'")

    assert sum(r.failing_count for r in results) > 2 * ROWS
    assert 0 < fetched < ROWS
