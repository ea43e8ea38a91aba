"""A table that grows by new files holds what one made from nothing holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.ingestion.quarantine import withdraw
from orchestration.warehouse import connect
from tests.integration.conftest import World
from tests.integration.sample_world import copied

pytestmark = pytest.mark.slow

TABLE = "intermediate.int_canonical__web_events"
#: A row that no file brought: it stays where the table grows, and only there.
SENTINEL = "made by the test"


@pytest.fixture(scope="module")
def begun(make_world: Callable[..., World]) -> World:
    """Two events of a day, and the sentinel."""
    made = make_world("2026-10-31T22:00:00Z")
    deliver(made, 29, ["e1,page_view,2026-10-29T08:00:00Z", "e2,page_view,2026-10-29T09:00:00Z"])
    done = made.dbt("run", "--quiet", "--select", "+int_canonical__web_events")
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(made.home / "warehouse.duckdb")) as con:
        con.execute(f"insert into {TABLE} by name select '{SENTINEL}' as event_key")
    return made


@pytest.fixture
def world(begun: World, tmp_path: Path) -> World:
    """A copy, in which another day may come."""
    shutil.copytree(begun.landing, tmp_path / "landing")
    return replace(copied(begun, tmp_path), landing=tmp_path / "landing")


def deliver(world: World, day: int, rows: list[str]) -> None:
    header = "event_id,event_name,occurred_at,visitor_id\n"
    lines = "".join(f"{row},v1\n" for row in rows)
    world.put(f"web_tags/flat/events_2026-10-{day}.csv", header + lines)
    world.ingest()


def build(world: World, *arguments: str) -> None:
    # Staging and seeds stand since the first build.
    selected = "int_canonical__user_agents", "int_canonical__web_events"
    done = world.dbt("run", "--quiet", "--select", *selected, *arguments)
    assert done.returncode == 0, done.stdout[-3000:]


def events(world: World) -> dict[str, str]:
    """Hour and minute of each event by its id; the sentinel has none."""
    return dict(world.rows(f"select event_id, strftime(occurred_at, '%d %H:%M') from {TABLE}"))


def has_grown(world: World) -> bool:
    return world.rows(f"select count(*) from {TABLE} where event_key = '{SENTINEL}'") == [(1,)]


def test_a_new_file_adds_its_events_and_no_other_is_read(world: World) -> None:
    deliver(world, 30, ["e3,page_view,2026-10-30T08:00:00Z"])
    build(world)
    assert has_grown(world)
    expected = {"e1": "29 08:00", "e2": "29 09:00", "e3": "30 08:00"}
    assert events(world) == {**expected, None: None}
    build(world)
    assert has_grown(world)
    assert events(world) == {**expected, None: None}


def test_user_agents_of_new_files_join_those_known(world: World) -> None:
    agents = {29: "Mozilla/5.0 (iPad; CPU OS 17_0)", 30: "Mozilla/5.0 (Windows NT 10.0)"}
    for day, agent in agents.items():
        world.put(
            f"web_tags/flat/agents_2026-10-{day}.csv",
            "event_id,event_name,occurred_at,visitor_id,user_agent\n"
            f'a{day},page_view,2026-10-{day}T08:00:00Z,v2,"{agent}"\n',
        )
        world.ingest()
        build(world)
        assert has_grown(world)
    known = world.rows("select * from intermediate.int_canonical__user_agents")
    assert sorted(known) == [(agents[30], "desktop"), (agents[29], "tablet")]
    classes = f"select event_id, device_class from {TABLE} where event_id like 'a%'"
    assert dict(world.rows(classes)) == {"a29": "tablet", "a30": "desktop"}


def test_of_copies_in_two_files_the_earliest_stays(world: World) -> None:
    copies = ["e1,page_view,2026-10-29T07:30:00Z", "e2,page_view,2026-10-29T09:30:00Z"]
    deliver(world, 30, copies)
    build(world)
    assert has_grown(world)
    expected = {"e1": "29 07:30", "e2": "29 09:00"}
    assert events(world) == {**expected, None: None}
    build(world, "--full-refresh")
    assert events(world) == expected


def test_a_file_that_is_withdrawn_leaves_nothing(world: World) -> None:
    deliver(world, 30, ["e1,page_view,2026-10-29T07:30:00Z", "e3,page_view,2026-10-30T08:00:00Z"])
    build(world)
    con = connect(world.home / "warehouse.duckdb")
    try:
        sql = "select file_id from audit.files where path like '%-30.csv'"
        ((file_id,),) = con.execute(sql).fetchall()
        withdraw(con, file_id, "a test")
    finally:
        con.close()
    build(world)
    assert events(world) == {"e1": "29 08:00", "e2": "29 09:00"}


def test_a_whole_list_replaces_the_one_before(world: World) -> None:
    world.put("web_tags/flat/_source.yml", "delivery: snapshot\n")
    deliver(world, 30, ["e3,page_view,2026-10-30T08:00:00Z", "e4,page_view,2026-10-30T09:00:00Z"])
    build(world)
    appended = {"e1": "29 08:00", "e2": "29 09:00"}
    assert events(world) == {**appended, "e3": "30 08:00", "e4": "30 09:00"}
    # e3 is gone, the corrected e4 is later than it was
    deliver(world, 31, ["e4,page_view,2026-10-31T10:00:00Z"])
    build(world)
    assert events(world) == {**appended, "e4": "31 10:00"}
    # an older list that comes late changes nothing
    deliver(world, 28, ["e5,page_view,2026-10-28T08:00:00Z", "e4,page_view,2026-10-28T08:00:00Z"])
    build(world)
    assert events(world) == {**appended, "e4": "31 10:00"}


def test_after_an_erasure_the_table_is_made_from_nothing(world: World) -> None:
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        con.execute(
            "insert into audit.runs by name select 'r1' as run_id, 'erase' as job, "
            "timestamp '2026-10-31' as as_of, timestamp '2026-10-31' as started_at, "
            "'completed' as status"
        )
    build(world)
    assert not has_grown(world)


@pytest.mark.parametrize("digest", ["another", ""])
def test_another_project_makes_the_table_from_nothing(world: World, digest: str) -> None:
    build(world, "--vars", f'{{"project_fingerprint": "{digest}"}}')
    assert not has_grown(world)
    assert events(world) == {"e1": "29 08:00", "e2": "29 09:00"}


def test_a_build_that_fails_leaves_what_it_found(world: World) -> None:
    # The rows and the note of what they came from are one transaction.
    deliver(world, 30, ["e3,page_view,2026-10-30T08:00:00Z"])
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        con.execute("alter table audit.grown_files rename column digest to broken")
        con.execute("alter table audit.grown_files add column digest varchar")
        con.execute("update audit.grown_files set digest = broken")
        con.execute("alter table audit.grown_files alter digest set not null")
    done = world.dbt("run", "--quiet", "--select", "int_canonical__web_events")
    assert done.returncode != 0
    assert events(world) == {"e1": "29 08:00", "e2": "29 09:00", None: None}
