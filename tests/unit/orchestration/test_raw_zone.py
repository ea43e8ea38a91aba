"""The raw zone as Parquet: what the loader wrote, in names and types, and nothing else."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.settings import PROJECT_DIR
from orchestration.spark.raw_zone import (
    drop_copies,
    source_relations,
    write_raw_zone,
    zone_of,
)
from orchestration.warehouse import connect

RELATION = ("raw", "web_tags__segment")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with connect(tmp_path / "warehouse.duckdb") as con:
        con.execute("create schema raw")
        con.execute(
            "create table raw.web_tags__segment as select 'e1' as \"messageId\", "
            "timestamp '2026-10-25 01:30:00.123456' as sent_at, 1.2345::decimal(18, 4) as cost, "
            "true as is_bot, 9007199254740993 as big, '{\"a\": 1}'::json as properties, "
            "null::date as on_date"
        )
    return tmp_path


def test_a_table_keeps_names_types_and_values(home: Path) -> None:
    assert write_raw_zone(home, [RELATION]) == {"raw.web_tags__segment": 1}
    path = zone_of(home) / "raw" / "web_tags__segment" / "data.parquet"
    table = pq.read_table(path)
    assert {field.name: str(field.type) for field in table.schema} == {
        "messageId": "string",
        "sent_at": "timestamp[us]",
        "cost": "decimal128(18, 4)",
        "is_bot": "bool",
        "big": "int64",
        "properties": "string",
        "on_date": "date32[day]",
    }
    assert table.to_pylist() == [
        {
            "messageId": "e1",
            "sent_at": datetime(2026, 10, 25, 1, 30, 0, 123456),
            "cost": Decimal("1.2345"),
            "is_bot": True,
            "big": 9007199254740993,
            "properties": '{"a": 1}',
            "on_date": None,
        }
    ]


def test_a_table_is_replaced_and_one_no_longer_wanted_is_gone(home: Path) -> None:
    other = ("raw", "orders")
    with connect(home / "warehouse.duckdb") as con:
        con.execute("create table raw.orders as select 1 as order_id")
    write_raw_zone(home, [RELATION, other])
    with connect(home / "warehouse.duckdb") as con:
        con.execute("insert into raw.orders values (2)")
    assert write_raw_zone(home, [other]) == {"raw.orders": 2}
    found = sorted(p.relative_to(zone_of(home)).as_posix() for p in zone_of(home).rglob("*.*"))
    assert found == ["raw/orders/data.parquet"]


def test_a_missing_table_is_said(home: Path) -> None:
    with pytest.raises(duckdb.CatalogException, match="nothing_here"):
        write_raw_zone(home, [("raw", "nothing_here")])


def test_copies_go_with_what_they_hold(home: Path) -> None:
    write_raw_zone(home, [RELATION])
    (home / "spark" / "warehouse").mkdir(parents=True)
    assert drop_copies(home) == 1
    assert not zone_of(home).exists()
    assert not (home / "spark").exists()
    assert drop_copies(home) == 0


def test_every_source_of_the_project_is_named() -> None:
    relations = source_relations(PROJECT_DIR)
    assert ("raw", "call_records__asterisk") in relations
    assert ("audit", "files") in relations
    assert ("restricted", "identifier_values") in relations
    # Quarantined text and the list of erased people are read by no model.
    assert ("restricted", "quarantine_rows") not in relations
    assert ("restricted", "suppressions") not in relations
