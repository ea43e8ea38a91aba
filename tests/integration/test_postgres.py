"""CRM tables read from a PostgreSQL database: a real server, its types and its failures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.file_records import FileResult
from orchestration.ingestion.quarantine import ReplayError, replay
from tests.integration.conftest import World
from tests.integration.postgres_server import PASSWORD, Server, free_port, running

AS_OF = "2026-10-31T22:00:00Z"
VARIABLE = "PASSERELLE_TEST_CRM"
SCHEMA = """
drop schema if exists shop cascade;
create schema shop;
create type shop.segment as enum ('gold', 'plain');
create table shop.customers (
    customer_id numeric primary key,
    kind text,
    first_name text,
    last_name char(20),
    born date,
    postcode varchar(10),
    segment shop.segment,
    household_id uuid,
    created_at timestamptz,
    password_hash bytea not null default 'secret'
);
insert into shop.customers values
    (12345678901234567890, 'person', 'Zoé', 'O''Neil', '1980-02-29', '01000', 'gold',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2026-10-25 02:30:00+02'),
    (2, 'company', null, E'A|B "C",\\nD', null, null, null, null, null);
create table shop.contracts (
    contract_id int, customer_id bigint, role text, product_id text, opened_at timestamp,
    closed_at timestamp, premium numeric(12, 2), margin double precision
);
insert into shop.contracts values
    (1, 9007199254740993, 'holder', 'auto', '2026-10-25 04:30:00.123456', 'infinity', 1234.50, 0.1),
    (2, 2, 'HOLDER', 'home', '2026-01-01', null, null, null),
    (3, 2, 'owner', 'home', '2026-01-01', null, 1, 1);
create table shop.advisers (adviser_id text, team text, skills text[], languages text[]);
insert into shop.advisers values
    ('a1', 'north', '{sales,"claims, home",NULL}', '{}'), ('a2', null, null, '{fr}');
create table shop.products (product_id text, name text, is_insurance boolean);
insert into shop.products values ('auto', 'Auto', true), ('home', 'Home', false), ('x', 'X', null);
create table shop.consents (consent jsonb);
insert into shop.consents values
    ('{"id": "c1", "to": {"kind": "email", "value": "zoe@example.com"},
       "at": "2026-10-01T10:00:00Z", "proof": {"form": [1, 2], "text": "j''accepte"}}');
"""
SOURCES = {
    "customers": "columns: {born: birth_date}\n",
    "contracts": "time_zone: Europe/Paris\n",
    "advisers": "",
    "products": "",
}
CONSENTS = """\
time_zone: UTC
postgres:
  connection: env:PASSERELLE_TEST_CRM
  query: |
    select consent ->> 'id' as consent_id, consent -> 'to' ->> 'kind' as subject_kind,
           consent -> 'to' ->> 'value' as subject, 'email_prospecting' as purpose,
           'granted' as status, consent ->> 'at' as at, consent -> 'proof' as proof_ref,
           3 as priority
    from shop.consents -- all of them
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as started:
        yield started


@pytest.fixture
def world(
    make_world: Callable[..., World], server: Server, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A landing zone that names tables of the server, freshly filled, and holds no file."""
    server.sql(SCHEMA)
    monkeypatch.setenv(VARIABLE, server.dsn())
    made = make_world(AS_OF)
    for table, more in SOURCES.items():
        source = f"postgres: {{connection: 'env:{VARIABLE}', table: shop.{table}}}\n"
        made.put(f"crm/{table}/_source.yml", source + more)
    made.put("crm/consents/_source.yml", CONSENTS)
    return made


def ingested(world: World) -> dict[str, FileResult]:
    return {file.format: file for file in world.ingest().files}


def files_of(world: World, table: str) -> list[str]:
    return sorted(path.name for path in (world.landing / "crm" / table).glob("*.parquet"))


def test_types_and_nulls_arrive_as_they_are(world: World) -> None:
    files = ingested(world)
    counts = {name: (f.rows_read, f.rows_loaded, f.status) for name, f in files.items()}
    assert counts == {
        "advisers": (2, 2, "loaded"),
        "consents": (1, 1, "loaded"),
        "contracts": (3, 2, "loaded"),
        "customers": (2, 2, "loaded"),
        "products": (3, 3, "loaded"),
    }
    assert world.rows(
        "select customer_id, first_name, last_name, birth_date, postcode, segment, household_id, "
        "created_at, _extra from raw.crm__customers order by customer_id"
    ) == [
        (
            "12345678901234567890",
            "Zoé",
            "O'Neil",
            date(1980, 2, 29),
            "01000",
            "gold",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            datetime(2026, 10, 25, 0, 30),
            None,
        ),
        ("2", None, 'A|B "C",\nD', None, None, None, None, None, None),
    ]
    # A time without zone is the folder's; the clocks go back that morning, before 04:30.
    assert world.rows(
        "select contract_id, customer_id, role, opened_at, closed_at, premium, margin "
        "from raw.crm__contracts order by 1"
    ) == [
        (
            "1",
            "9007199254740993",
            "holder",
            datetime(2026, 10, 25, 3, 30, 0, 123456),
            None,
            Decimal("1234.5000"),
            Decimal("0.1000"),
        ),
        ("2", "2", "holder", datetime(2025, 12, 31, 23), None, None, None),
    ]
    assert world.rows("select adviser_id, skills, languages from raw.crm__advisers order by 1") == [
        ("a1", "sales|claims, home", None),
        ("a2", None, "fr"),
    ]
    assert world.rows("select product_id, is_insurance from raw.crm__products order by 1") == [
        ("auto", True),
        ("home", False),
        ("x", None),
    ]
    ((proof, at, hashed, extra),) = world.rows(
        'select proof_ref, "at", length(subject_hash), _extra from raw.crm__consents'
    )
    assert proof == '{"form": [1, 2], "text": "j\'accepte"}'
    assert (at, hashed) == (datetime(2026, 10, 1, 10), 64)
    # A query is taken whole, a table only in the columns that the contract knows.
    assert extra == '{"priority":"3"}'


def test_a_bad_row_of_a_table_is_quarantined_like_any_other(world: World) -> None:
    file = ingested(world)["contracts"]
    assert file.rows_quarantined == 1
    ((path, line, field, reason),) = world.rows(
        "select path, line, field, quarantine.reason from audit.quarantine "
        "inner join audit.files using (file_id)"
    )
    assert path == file.path
    assert (line, field) == (3, "role")
    assert "holder" in reason


def test_what_nobody_asked_for_never_leaves_the_database(world: World) -> None:
    world.ingest()
    (name,) = files_of(world, "customers")
    path = world.landing / "crm" / "customers" / name
    with duckdb.connect() as con:
        columns = [row[0] for row in con.execute(f"describe from '{path}'").fetchall()]
    assert "password_hash" not in columns
    assert {"customer_id", "born"} <= set(columns)
    assert path.stat().st_mode & 0o077 == 0


def test_an_unchanged_table_does_nothing_and_a_changed_one_is_a_new_export(
    world: World, server: Server
) -> None:
    world.ingest()
    before = {table: files_of(world, table) for table in SOURCES}
    assert world.ingest().files == []
    assert {table: files_of(world, table) for table in SOURCES} == before
    server.sql(
        "update shop.customers set segment = 'plain' where customer_id > 2;"
        "delete from shop.customers where customer_id = 2;"
        # An update that changes nothing moves rows in the table: no change to anybody.
        "update shop.products set name = name where product_id = 'auto'"
    )
    (file,) = world.ingest().files
    assert (file.format, file.rows_loaded) == ("customers", 1)
    assert files_of(world, "customers") == [*before["customers"], Path(file.path).name]
    # Which export is in force is told by its moment and its delivery, as for other snapshots.
    exports = world.rows(
        "select exported_at, delivery, rows_loaded from audit.files "
        "where format = 'customers' order by exported_at"
    )
    assert [(delivery, rows) for _, delivery, rows in exports] == [("snapshot", 2), ("snapshot", 1)]
    assert exports[0][0] < exports[1][0]
    # Back to what it was: a new export nevertheless.
    server.sql(SCHEMA)
    assert ingested(world)["customers"].rows_loaded == 2
    assert len(files_of(world, "customers")) == 3


def test_a_home_is_made_again_without_the_server(
    world: World, make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ingest()
    again = make_world(AS_OF)
    shutil.copytree(world.landing, again.landing)
    monkeypatch.delenv(VARIABLE)
    statuses = {file.path.rpartition("/")[2]: file.status for file in again.ingest().files}
    assert statuses.pop("_source.yml") == "rejected"
    assert set(statuses.values()) == {"loaded"}
    query = "select * exclude (_load_id) from raw.crm__customers order by customer_id"
    assert again.rows(query) == world.rows(query)


def everything_written(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_wrong_password_is_told_and_never_written(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "n0t-the-Pa55word-q8"
    monkeypatch.setenv(VARIABLE, server.dsn(wrong))
    world.put("crm/costs/costs_2026-10-30.csv", "project,month,cost\np,2026-10-01,5\n")
    done = world.run("--job", "ingestion")
    assert done.returncode == 3, done.stderr
    # The rest of the landing zone is loaded.
    assert world.rows("select project from raw.crm__costs") == [("p",)]
    told = "crm/customers/_source.yml rejected: table shop.customers can't be read from PostgreSQL"
    assert told in done.stderr
    assert "(env:PASSERELLE_TEST_CRM): the server refuses the user or the password" in done.stderr
    status = world.cli("status")
    assert "1 rejected" in status.stdout
    written = everything_written(world.home) + everything_written(world.landing)
    for text in (done.stdout, done.stderr, status.stdout, status.stderr):
        written += text.encode()
    for secret in (wrong, PASSWORD, f"port={server.port}", f":{server.port}"):
        assert secret.encode() not in written
    # Told again as long as it lasts.
    assert {file.status for file in world.ingest().files} == {"rejected"}
    # Mended: loaded, and the failure is over.
    monkeypatch.setenv(VARIABLE, server.dsn())
    done = world.run("--job", "ingestion")
    assert done.returncode == 0, done.stderr
    assert world.rows("select distinct status from audit.files") == [("loaded",)]
    assert "nothing to do" in world.run("--job", "ingestion").stdout
    written = everything_written(world.home) + everything_written(world.landing)
    assert PASSWORD.encode() not in written


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{connection: 'env:PASSERELLE_NOT_SET', table: a}", "PASSERELLE_NOT_SET is not set"),
        ("{connection: 'env:PASSERELLE_GONE', table: a}", "no server answers; the next run tries"),
        ("{connection: 'env:PASSERELLE_ODD', table: a}", "the connection string can't be read"),
        ("{connection: no_such_service, table: a}", "no such service in pg_service.conf"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', table: shop.nothing}", "there is no such table"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', table: pg_authid}", "columns is known: map"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', query: selec 1}", "the query is no SQL"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', query: select nope}", "names a column that"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', query: 'select 1 as a, 2 as a'}", "one name"),
        ("{connection: 'env:PASSERELLE_TEST_CRM', query: delete from shop.products}", "no SQL"),
        (
            "{connection: 'env:PASSERELLE_TEST_CRM', query: 'select 1/0 as product_id'}",
            "the engine reports",
        ),
        ("{connection: 'host=db password=hunter22', table: a}", "has no place in this file"),
        ("{connection: 'env:PASSERELLE_TEST_CRM'}", "either a table or a query"),
        (
            "{connection: 'env:PASSERELLE_TEST_CRM', table: a, query: b}",
            "either a table or a query",
        ),
        ("{connection: 'env:PASSERELLE_TEST_CRM', table: a; drop}", "a name such as"),
        ("{conection: x}", "postgres takes connection, and table or query"),
        ("host=db password=hunter22", "postgres takes connection, and table or query"),
        ("{connection: hunter22", "no valid YAML"),
    ],
)
def test_what_goes_wrong_is_told_without_what_was_given(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
) -> None:
    monkeypatch.setenv("PASSERELLE_GONE", server.dsn(port=free_port()))
    monkeypatch.setenv("PASSERELLE_ODD", f"crm {PASSWORD}")
    shutil.rmtree(world.landing)
    world.put("crm/products/_source.yml", f"postgres: {source}\n")
    (file,) = world.ingest().files
    assert (file.path, file.status) == ("crm/products/_source.yml", "rejected")
    told = str(file.reason)
    assert reason in told
    for secret in ("hunter22", PASSWORD, "127.0.0.1", str(server.port)):
        assert secret not in told
    # It isn't a file that could be replayed.
    assert replay(world.settings) == []
    with pytest.raises(ReplayError, match="names a table of a database"):
        replay(world.settings, [file.file_id])
    assert files_of(world, "products") == []
    assert list((world.landing / "crm" / "products").iterdir()) == [
        world.landing / "crm" / "products" / "_source.yml"
    ]
    # Taken out of the settings, it is over.
    world.put("crm/products/_source.yml", "delivery: append\n")
    assert world.ingest().files == []
    assert world.rows("select count(*) from audit.files") == [(0,)]


def test_the_database_is_never_written(world: World, server: Server) -> None:
    """A function that writes is refused by the server."""
    server.sql(
        "create function shop.sneaky() returns text language sql volatile as "
        "$$ insert into shop.products values ('sneaky', 's', true) returning product_id $$"
    )
    shutil.rmtree(world.landing)
    source = f"{{connection: 'env:{VARIABLE}', query: 'select shop.sneaky() as product_id'}}"
    world.put("crm/products/_source.yml", f"postgres: {source}\n")
    (file,) = world.ingest().files
    assert file.status == "rejected"
    assert "the query writes" in str(file.reason)
