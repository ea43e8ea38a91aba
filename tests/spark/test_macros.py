"""What engines spell differently says the same on both: values worked out by hand."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.spark.macros import TEXT, EngineMacros

pytestmark = pytest.mark.spark

JSON = (
    '{"a": {"b": "x y"}, "n": 12.50, "t": true, "z": null, "l": [{"k": "1", "v": 7}, {"k": "2"}]}'
)
PARTIES = (
    '[{"name": "iglu:geo/1", "data": {"c": "FR"}}, {"name": "iglu:bot/1", "data": {"c": "x"}}]'
)
GA4 = (
    '[{"key": "page", "value": {"string_value": "/a"}}, '
    '{"key": "n", "value": {"int_value": 9007199254740993}}]'
)
PARIS = "'Europe/Paris'"

#: Macro, its arguments as SQL or text, and what comes out.
CASES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("json_value", (f"'{JSON}'", "$.a.b"), "x y"),
    ("json_value", (f"'{JSON}'", "$.z"), None),
    ("json_value", (f"'{JSON}'", "$.t"), "true"),
    ("json_value", (f"'{JSON}'", "$.missing.b"), None),
    ("json_value", (f"'{JSON}'", "$.l[0].v"), "7"),
    ("json_find", (f"'{PARTIES}'", "$", "$.name", "iglu:bot/%", "$.data.c"), "x"),
    ("json_find", (f"'{PARTIES}'", "$", "$.name", "iglu:car/%", "$.data.c"), None),
    ("json_pick", (f"'{JSON}'", ["n", "t", "none"]), '{"n":"12.5","t":"true"}'),
    ("json_pick", (f"'{JSON}'", ["none"]), None),
    ("json_member", (f"'{JSON}'", "'t'"), "true"),
    ("json_member", ("""'{"a/b~c": "d"}'""", "'a/b~c'"), "d"),
    ("json_look_up", (f"'{PARTIES}'", "$.name", "'iglu:geo/1'", "$.data.c"), "FR"),
    ("json_names", (f"'{JSON}'",), "a|l|n|t|z"),
    ("json_names", ("'{}'",), None),
    ("json_sum", (f"'{JSON}'", "$.l", "$.k", "1", "$.v"), 7),
    ("json_sum", (f"'{JSON}'", "$.l", "$.k", "3", "$.v"), None),
    # summer time in Paris: two hours ahead
    (
        "json_time",
        ("""'{"at": "2026-06-01T10:00:00+02:00"}'""", "$.at"),
        datetime(2026, 6, 1, 8),
    ),
    ("json_time", ("""'{"at": "soon"}'""", "$.at"), None),
    ("number_or_null", ("' 12.34565'",), Decimal("12.3457")),
    ("number_or_null", ("'12a'",), None),
    # RFC 1321: md5("a") is 0cc175b9c0f1b6a831c399e269772661
    ("key_bits", ("md5('a')",), 0x0CC175B9C0F1B6A),
    ("key_bits", ("'ffffffffffffffffffffffffffffffff'",), 2**60 - 1),
    # clocks go back on 25 October 2026 at 3: half past two comes twice, the second is standard time
    ("local_to_utc", ("timestamp '2026-10-25 02:30:00'", PARIS), datetime(2026, 10, 25, 1, 30)),
    ("local_to_utc", ("timestamp '2026-10-25 01:30:00'", PARIS), datetime(2026, 10, 24, 23, 30)),
    ("local_to_utc", ("timestamp '2026-10-25 03:30:00'", PARIS), datetime(2026, 10, 25, 2, 30)),
    # clocks go forward on 29 March 2026 at 2: half past two is half past three
    ("local_to_utc", ("timestamp '2026-03-29 02:30:00'", PARIS), datetime(2026, 3, 29, 1, 30)),
    ("local_to_utc", ("timestamp '2026-06-01 00:00:00'", PARIS), datetime(2026, 5, 31, 22)),
    ("utc_to_local", ("timestamp '2026-10-25 00:30:00'", PARIS), datetime(2026, 10, 25, 2, 30)),
    ("utc_to_local", ("timestamp '2026-10-25 01:30:00'", PARIS), datetime(2026, 10, 25, 2, 30)),
    ("epoch_us", ("timestamp '1970-01-02 00:00:00.000001'",), 86_400_000_001),
    ("epoch_us", ("timestamp '1969-12-31 23:59:59.999999'",), -1),
    ("timestamp_from_us", ("-1",), datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("add_seconds", ("timestamp '2026-01-01 00:00:00'", "-1"), datetime(2025, 12, 31, 23, 59, 59)),
    (
        "seconds_between",
        ("timestamp '2026-01-01 00:00:00.5'", "timestamp '2026-01-01 00:00:00'"),
        -1,
    ),
    ("truncate_half_hour", ("timestamp '2026-01-01 10:59:59.999'",), datetime(2026, 1, 1, 10, 30)),
    ("format_hour_minute", ("timestamp '2026-01-01 09:05:59'",), "09:05"),
    ("add_days", ("timestamp '2026-02-28 23:00:00'", "1"), date(2026, 3, 1)),
    ("iso_weekday", ("date '2026-11-22'",), 7),
    ("iso_weekday", ("date '2026-11-23'",), 1),
    ("regexp_matches", ("'a12b'", r"'\d{2}'"), True),
    ("regexp_matches", ("'(A)'", r"'(?i)\(a\)'"), True),
    ("regexp_group", ("'id=7&x'", "'id=([0-9]+)'"), "7"),
    ("regexp_group", ("'x'", "'id=([0-9]+)'"), None),
    ("regexp_replace_all", ("'a1b22c'", "'[0-9]+'", "'-'"), "a-b-c"),
    ("url_decode", ("'a%20b+c%C3%A9'",), "a b cé"),
    ("has_token", ("'sales|claims'", "'claim'"), False),
    ("has_token", ("'sales|claims'", "'claims'"), True),
    ("keep_parameters", ("'B=1&a=2&c=x@y'", "{list}", "'@'"), "B=1"),
    ("decode_numeric_entities", ("'caf&#233; &#x20ac; &#128512; &#55296; &#x; &'",), None),
]
CASES[-1] = (CASES[-1][0], CASES[-1][1], "café € 😀 &#55296; &#x; &")


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


def on_duckdb(con: duckdb.DuckDBPyConnection, sql: str) -> list[Any]:
    return [row[0] for row in con.execute(sql).fetchall()]


def on_spark(session: Any, sql: str) -> list[Any]:
    return [row[0] for row in session.sql(sql).collect()]


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_a_value_is_the_same(
    session: Any,
    con: duckdb.DuckDBPyConnection,
    name: str,
    arguments: tuple[Any, ...],
    expected: Any,
) -> None:
    lists = {"duckdb": "['b', 'c']", "spark": "array('b', 'c')"}
    found = {}
    for engine, run in (("duckdb", lambda sql: on_duckdb(con, sql)), ("spark", None)):
        given = [lists[engine] if one == "{list}" else one for one in arguments]
        sql = f"select {EngineMacros(engine).call(name, *given)} as value"
        found[engine] = run(sql) if run else on_spark(session, sql)
    assert found == {"duckdb": [expected], "spark": [expected]}


#: Macro, arguments, and the rows that come of one.
ROWS: list[tuple[str, tuple[Any, ...], list[Any]]] = [
    ("explode_integers", ("2", "4"), [2, 3, 4]),
    ("explode_integers", ("4", "2"), []),
    ("explode_list", ("{elements}",), ['{"k":"1","v":7}', '{"k":"2"}']),
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("local_to_utc", ["10", "11", "16", None]), ("utc_to_local", ["14", "13", "08", None])],
)
def test_each_row_has_its_own_zone(
    session: Any, con: duckdb.DuckDBPyConnection, name: str, expected: list[str | None]
) -> None:
    """At noon of a summer's day in Paris, the business's zone, in London and in New York."""
    for engine in ("duckdb", "spark"):
        macros = EngineMacros(engine)
        hour = f"substr(cast({macros.call(name, 'moment', 'zone')} as {TEXT[engine]}), 12, 2)"
        sql = (
            f"select {hour} from (select timestamp '2026-07-01 12:00:00' as moment, place, zone"
            " from (values (1, 'Europe/Paris'), (2, 'Europe/London'), (3, 'America/New_York'),"
            " (4, null)) as places(place, zone)) as given order by place"
        )
        assert (on_duckdb(con, sql) if engine == "duckdb" else on_spark(session, sql)) == expected


@pytest.mark.parametrize(("name", "arguments", "expected"), ROWS)
def test_rows_are_the_same(
    session: Any,
    con: duckdb.DuckDBPyConnection,
    name: str,
    arguments: tuple[Any, ...],
    expected: list[Any],
) -> None:
    for engine in ("duckdb", "spark"):
        macros = EngineMacros(engine)
        elements = macros.call("json_elements", f"'{JSON}'", "$.l")
        given = [elements if one == "{elements}" else one for one in arguments]
        sql = f"select {macros.call(name, *given)} as value"
        assert (on_duckdb(con, sql) if engine == "duckdb" else on_spark(session, sql)) == expected


def test_a_narrow_hash_tells_where_the_null_is(session: Any) -> None:
    macros = EngineMacros("spark")
    pairs = [("'a'", "null"), ("null", "'a'"), ("'a'", "'a'"), ("null", "null")]
    texts = [[f"cast({one} as string)" for one in pair] for pair in pairs]
    hashes = on_spark(
        session, " union all ".join(f"select {macros.call('narrow_hash', pair)}" for pair in texts)
    )
    assert len(set(hashes)) == 4
    assert min(hashes) >= 0


def test_pairs_sort_by_the_first_then_the_second(session: Any) -> None:
    macros = EngineMacros("spark")
    least = f"min({macros.call('pair', 'f', 's')})"
    sql = (
        f"select {macros.call('pair_first', least)} * 100 + {macros.call('pair_second', least)} "
        "from values (2, 1), (1, 9), (1, 3), (cast(null as int), 0) as given(f, s)"
    )
    assert on_spark(session, sql) == [103]


def test_a_pair_gives_both_numbers_back(session: Any) -> None:
    """On both engines, moments before 1970 and the largest numbers too."""
    given = [(-5, 7), (0, 0), (-1, 2**60 - 1), (2**63 - 1, 2**60 - 1), (1_793_000_000_000_000, 3)]
    rows = ", ".join(f"({first}, {second})" for first, second in given)
    for engine in ("duckdb", "spark"):
        macros = EngineMacros(engine)
        pair = macros.call("pair", "cast(f as bigint)", "cast(s as bigint)")
        sql = (
            f"select {macros.call('pair_first', 'pair')} as f, {macros.call('pair_second', 'pair')}"
            f" as s from (select {pair} as pair from (values {rows}) as given(f, s)) as pairs"
        )
        found = duckdb.sql(sql).fetchall() if engine == "duckdb" else session.sql(sql).collect()
        assert sorted(tuple(row) for row in found) == sorted(given), engine


def test_texts_keep_quotes_and_backslashes(session: Any) -> None:
    sql = EngineMacros("spark").spelled(r"select 'l''an \d' || '\'")
    assert on_spark(session, sql) == ["l'an \\d\\"]


def test_names_are_quoted_and_what_reads_like_sql_in_a_text_stays(session: Any) -> None:
    sql = EngineMacros("spark").spelled(
        """select "end" || ' as varchar) / "x" // 2' -- it's "said" / so
        from (select 'a' as "end") as given"""
    )
    assert on_spark(session, sql) == ['a as varchar) / "x" // 2']


def test_division_is_duckdb_s(session: Any) -> None:
    spelled = EngineMacros("spark").spelled
    sql = "select cast(cast(1 as decimal(18, 4)) / 3.0 as varchar)"
    assert on_spark(session, spelled(sql)) == [str(1 / 3)]
    assert on_spark(session, spelled("select -5 // 2")) == [-2]
    assert on_spark(session, spelled("select 7 / 2 * 2")) == [7.0]
