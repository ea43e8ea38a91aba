"""Tables of databases as far as they need no server: settings, and what is told of failures."""

from __future__ import annotations

import socket
from datetime import datetime
from pathlib import Path

import pytest

from orchestration.ingestion import postgres
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.postgres import Export, export_tables
from orchestration.ingestion.source_settings import Postgres, load_source_settings
from orchestration.settings import PROJECT_DIR, Settings

SECRET = "hunter22"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home", landing=tmp_path / "landing")


def put(settings: Settings, text: str, folder: str = "crm/products") -> Path:
    path = settings.landing / folder / "_source.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def exported(settings: Settings) -> list[Export]:
    return export_tables(settings, load_contract(PROJECT_DIR))


def test_a_table_is_a_snapshot_unless_the_folder_says_otherwise(settings: Settings) -> None:
    table = load_contract(PROJECT_DIR).tables["crm", "products"]
    path = put(settings, "postgres: {connection: crm_service, table: public.products}\n")
    given = load_source_settings(path.parent, table)
    assert given.postgres == Postgres("crm_service", "public.products")
    assert given.delivery == "snapshot"
    path.write_text(path.read_text() + "delivery: append\n")
    assert load_source_settings(path.parent, table).delivery == "append"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"{{connection: 'password={SECRET}', table: a}}", "has no place in this file"),
        (f"{{connection: 'postgresql://a:{SECRET}@db', table: a}}", "has no place in this file"),
        (f"postgresql://a:{SECRET}@db", "postgres takes connection, and table or query"),
        (f"{{connection: a, password: {SECRET}}}", "postgres takes connection, and table or query"),
        (f"{{connection: {SECRET}", "no valid YAML at line 2"),
        ("{connection: a}", "either a table or a query"),
        ("{connection: a, table: b, query: select 1}", "either a table or a query"),
        ("{connection: a, table: b.c.d}", "a name such as public.customers"),
        ("{connection: a, table: 'b\"'}", "a name such as public.customers"),
        ("{connection: 'env:NOT_SET_AT_ALL', table: b}", "NOT_SET_AT_ALL is not set"),
    ],
)
def test_faulty_settings_are_told_without_what_was_given(
    settings: Settings, source: str, reason: str
) -> None:
    put(settings, f"postgres: {source}\n")
    (export,) = exported(settings)
    assert export.relative == "crm/products/_source.yml"
    assert reason in str(export.reason)
    assert SECRET not in str(export.reason)
    assert str(settings.landing) not in str(export.reason)


def test_a_format_that_is_not_read_by_names_takes_no_table(settings: Settings) -> None:
    put(settings, "postgres: {connection: a, table: b}\n", "call_records/asterisk")
    (export,) = exported(settings)
    assert "isn't read by column names" in str(export.reason)


def test_other_folders_are_nobodys_business(settings: Settings) -> None:
    put(settings, "currency: EUR\n")
    put(settings, "nonsense: 1\n", "crm/customers")
    assert exported(settings) == []
    assert export_tables(settings, load_contract(PROJECT_DIR), ["surveys"]) == []


def test_no_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("A_CRM", f"host=127.0.0.1 port={port} user=u password={SECRET} dbname=ssl")
    put(settings, "postgres: {connection: 'env:A_CRM', table: b}\n")
    (export,) = exported(settings)
    assert export.reason == (
        "table b can't be read from PostgreSQL (env:A_CRM): "
        "no server answers; the next run tries again"
    )
    assert [path.name for path in (settings.landing / "crm/products").iterdir()] == ["_source.yml"]


def test_without_the_extension_its_package_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "EXTENSION", "no_such_package")
    put(settings, "postgres: {connection: a, table: b}\n")
    (export,) = exported(settings)
    assert "install the package no-such-package" in str(export.reason)


def test_exports_are_in_order_even_where_the_servers_clock_is_not(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 31, 22, 0, 0, 999_999)
    assert postgres._stamp(moment, []) == "2026-10-31T220000"
    last = tmp_path / "postgres_2026-10-31T220000Z.parquet"
    assert postgres._stamp(moment, [last]) == "2026-10-31T220001"
    later = tmp_path / "postgres_2026-11-01T000000Z.parquet"
    assert postgres._stamp(moment, [last, later]) == "2026-11-01T000001"
