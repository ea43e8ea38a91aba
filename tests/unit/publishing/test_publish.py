"""Publishing on synthetic marts: whole versions, and readers that never see anything else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import PublicationError, publish
from orchestration.publishing.publish import MartDescription
from orchestration.settings import Settings

AS_OF = datetime(2026, 10, 31, 22)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", landing=tmp_path / "landing", as_of=AS_OF)


def build(settings: Settings, version: int, rows: int = 1000) -> None:
    """Two marts that belong together, a view over another schema, and the stamped one."""
    settings.home.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("create schema if not exists marts")
        con.execute("create schema if not exists audit")
        for name in ("fct_a", "fct_b"):
            con.execute(
                f"create or replace table marts.{name} as "
                f"select {version} as version, i as id from range({rows}) as r(i)"
            )
        con.execute(f"create or replace table audit.results as select {version} as version")
        con.execute(
            "create or replace view marts.seen as select version from warehouse.audit.results"
        )
        con.execute(
            "create or replace table marts.publication_info as "
            "select timestamp '2026-10-31 22:00:00' as as_of, null::timestamp as published_at"
        )


def query(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published / "bi.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def versions(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.home / ".published").iterdir())


def test_tables_and_views_are_published_as_tables_and_parquet(settings: Settings) -> None:
    build(settings, 7)
    publication = publish(settings, run_id="run-1")
    assert publication.rows == {"fct_a": 1000, "fct_b": 1000, "seen": 1, "publication_info": 1}
    assert query(settings, "select version from marts.seen") == [(7,)]
    parquet = settings.published / "parquet" / "fct_a" / "data.parquet"
    assert duckdb.sql(f"select count(*), min(version) from '{parquet}'").fetchall() == [(1000, 7)]
    marker = json.loads((settings.published / "publication.json").read_text())
    assert marker["as_of"] == "2026-10-31T22:00:00Z"
    assert marker["rows"] == publication.rows


def test_the_publication_is_stamped_with_the_wall_clock(settings: Settings) -> None:
    build(settings, 1)
    publication = publish(settings, run_id="run-1")
    ((stamped,),) = query(settings, "select published_at from marts.publication_info")
    assert isinstance(stamped, datetime)
    assert stamped.isoformat() + "Z" == publication.published_at


def test_descriptions_are_comments(settings: Settings) -> None:
    build(settings, 1)
    publish(
        settings,
        run_id="run-1",
        descriptions={"fct_a": MartDescription("It's a fact.", {"id": "Its key.", "gone": "?"})},
    )
    comments = query(
        settings, "select comment from duckdb_columns() where table_name = 'fct_a' order by 1"
    )
    assert ("Its key.",) in comments
    tables = query(settings, "select comment from duckdb_tables() where table_name = 'fct_a'")
    assert tables == [("It's a fact.",)]


def test_a_blocking_check_leaves_the_published_version_byte_identical(settings: Settings) -> None:
    build(settings, 1)
    publish(settings, run_id="run-1")
    before = snapshot(settings.published)
    build(settings, 2)
    with pytest.raises(PublicationError, match="blocking"):
        publish(settings, run_id="run-2", blocking=["marts.fct_a: unique_id"])
    assert snapshot(settings.published) == before


def snapshot(folder: Path) -> dict[str, bytes]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_the_previous_version_stays_and_older_ones_go(settings: Settings) -> None:
    ids = []
    for version in range(4):
        build(settings, version, rows=10)
        ids.append(publish(settings, run_id=f"run-{version}").id)
    assert versions(settings) == ids[-2:]
    assert settings.published.resolve().name == ids[-1]


def test_leftovers_of_dead_runs_are_swept(settings: Settings) -> None:
    build(settings, 1)
    first = publish(settings, run_id="run-1").id
    dead = settings.home / ".published" / "20990101T000000000000-dead"
    dead.mkdir()
    (dead / "bi.duckdb").write_bytes(b"half")
    (settings.home / ".published" / "next").symlink_to(dead)
    second = publish(settings, run_id="run-2").id
    assert versions(settings) == [first, second]


def test_a_mart_that_is_not_built_refuses(settings: Settings) -> None:
    build(settings, 1)
    with pytest.raises(PublicationError, match="fct_missing"):
        publish(settings, run_id="run-1", marts=["fct_a", "fct_missing"])
    assert not settings.published.exists()


def test_a_foreign_folder_is_not_replaced(settings: Settings) -> None:
    build(settings, 1)
    settings.published.mkdir()
    with pytest.raises(PublicationError, match="no link"):
        publish(settings, run_id="run-1")


READER = """
import sys, time, duckdb
path, stop = sys.argv[1], sys.argv[2]
import os
seen, reads = set(), 0
while not os.path.exists(stop):
    con = duckdb.connect(path, read_only=True)
    rows = con.execute(
        "select (select min(version) from marts.fct_a), (select max(version) from marts.fct_a), "
        "(select min(version) from marts.fct_b), (select max(version) from marts.fct_b), "
        "(select version from marts.seen), "
        "(select count(*) from marts.fct_a), (select count(*) from marts.fct_b)"
    ).fetchone()
    con.close()
    assert len(set(rows[:5])) == 1 and rows[5:] == (1000, 1000), rows
    seen.add(rows[0])
    reads += 1
print(reads, len(seen))
"""


@pytest.fixture
def reader(settings: Settings, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    build(settings, 0)
    publish(settings, run_id="run-0")
    stop = tmp_path / "stop"
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.published / "bi.duckdb"), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process, stop
    process.kill()


def test_a_looping_reader_sees_whole_versions_only(
    settings: Settings, reader: tuple[subprocess.Popen[str], Path]
) -> None:
    process, stop = reader
    for version in range(1, 9):
        build(settings, version)
        publish(settings, run_id=f"run-{version}")
        time.sleep(0.1)
    stop.touch()
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    reads, seen = map(int, out.split())
    assert reads > 5
    assert seen > 2


PUBLISH = """
import sys
from datetime import datetime
from pathlib import Path
from orchestration.publishing import publish
from orchestration.settings import Settings
home = Path(sys.argv[1])
publish(Settings(home=home, landing=home, as_of=datetime(2026, 10, 31, 22)), run_id="killed")
"""


@pytest.mark.parametrize(
    ("moment", "expected"), [("publishing_before_swap", 1), ("publishing_after_swap", 2)]
)
def test_a_kill_at_the_swap_leaves_one_whole_version(
    settings: Settings, moment: str, expected: int
) -> None:
    build(settings, 1)
    publish(settings, run_id="run-1")
    build(settings, 2)
    killed = subprocess.run(
        [sys.executable, "-c", PUBLISH, str(settings.home)],
        env={**os.environ, "PASSERELLE_CRASH_AT": moment},
        cwd=settings.project_dir,
        check=False,
    )
    assert killed.returncode == -9
    assert query(settings, "select distinct version from marts.fct_a") == [(expected,)]
    build(settings, 3)
    publish(settings, run_id="run-3")
    assert query(settings, "select distinct version from marts.fct_b") == [(3,)]
    assert len(versions(settings)) == 2
