"""What is in force of several deliveries, whatever the order in which they arrive.

Staging's models are views: one build, and every later load shows in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import permutations

import duckdb
import pytest

from tests.integration.conftest import World

SNAPSHOTS = ("products", "advisers", "costs", "campaigns")
MODELS = [f"stg_crm__{table}" for table in (*SNAPSHOTS, "customers", "cases")]
MODELS.append("stg_ad_spend__flat")


@pytest.fixture(scope="module")
def built(make_world: Callable[..., World]) -> World:
    """A home without files, its staging views built once."""
    made = make_world("2026-10-31T22:00:00Z")
    made.landing.mkdir(parents=True)
    for table in SNAPSHOTS:
        made.put(f"crm/{table}/_source.yml", "delivery: snapshot\n")
    made.ingest()
    done = made.dbt("run", "--quiet", "--select", *MODELS)
    assert done.returncode == 0, done.stdout[-3000:]
    return made


@pytest.fixture
def world(built: World) -> Iterator[World]:
    """The built home without any file, before and after the test."""
    yield built
    for path in built.landing.rglob("*"):
        if path.is_file() and path.name != "_source.yml":
            path.unlink()
    with duckdb.connect(str(built.home / "warehouse.duckdb")) as con:
        tables = con.execute("select distinct family || '__' || format from audit.files").fetchall()
        for (table,) in tables:
            con.execute(f"delete from raw.{table}")
        con.execute("delete from audit.files")


def products(*names: str, exported: str = "") -> str:
    """A product list; the last column is left out without a moment."""
    header = "product_id,name" + (",exported_at" if exported else "")
    rows = [f"{name},{name}" + (f",{exported}" if exported else "") for name in names]
    return "\n".join([header, *rows]) + "\n"


def in_force(world: World) -> str:
    """Ids of the products in force, in order."""
    rows = world.rows("select product_id from staging.stg_crm__products order by 1")
    return "".join(row[0] for row in rows)


def arrive(world: World, folder: str, *files: tuple[str, str]) -> None:
    """Load files one after the other."""
    for name, content in files:
        world.put(f"{folder}/{name}", content)
        world.ingest()


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_newest_snapshot_replaces_all_in_any_order(
    world: World, order: tuple[int, ...]
) -> None:
    files = [
        ("products_2026-10-28.csv", products("a", "b", "c")),
        ("products_2026-10-29.csv", products("b", "c", "d")),
        ("products_2026-10-30.csv", products("c")),
    ]
    arrive(world, "crm/products", *(files[number] for number in order))
    assert in_force(world) == "c"


@pytest.mark.parametrize("empty_first", [True, False])
def test_a_snapshot_without_rows_replaces_all_older_ones(world: World, empty_first: bool) -> None:
    files = [("products_2026-10-29.csv", products("a")), ("products_2026-10-30.csv", products())]
    arrive(world, "crm/products", *(reversed(files) if empty_first else files))
    assert world.rows("select status, count(*) from audit.files group by 1 order by 1") == [
        ("empty", 1),
        ("loaded", 1),
    ]
    assert in_force(world) == ""
    arrive(world, "crm/products", ("products_2026-10-31.csv", products("z")))
    assert in_force(world) == "z"


def test_an_older_snapshot_without_rows_replaces_nothing(world: World) -> None:
    arrive(
        world,
        "crm/products",
        ("products_2026-10-30.csv", products("a")),
        ("products_2026-10-29.csv", products()),
    )
    assert in_force(world) == "a"


def test_a_file_of_no_bytes_says_nothing(world: World) -> None:
    arrive(
        world,
        "crm/products",
        ("products_2026-10-29.csv", products("a")),
        ("products_2026-10-30.csv", ""),
    )
    assert in_force(world) == "a"


def test_a_snapshot_without_rows_of_one_table_leaves_the_others(world: World) -> None:
    arrive(world, "crm/products", ("products_2026-10-29.csv", products("a")))
    arrive(world, "crm/campaigns", ("campaigns_2026-10-30.csv", "campaign_id,name\n"))
    assert in_force(world) == "a"


def test_a_file_is_of_one_moment_its_newest(world: World) -> None:
    """An export that stamps each row as it writes it is one export nevertheless."""
    head = "adviser_id,team,exported_at\n"
    stamped = head + "a,new,2026-10-30T08:00:00Z\nb,new,2026-10-30T08:00:01Z\n"
    older = head + "a,old,2026-10-30T07:00:00Z\nc,old,2026-10-30T07:59:59Z\n"
    arrive(world, "crm/advisers", ("stamped.csv", stamped), ("older.csv", older))
    rows = world.rows("select adviser_id, team from staging.stg_crm__advisers order by 1")
    assert rows == [("a", "new"), ("b", "new")]


def test_the_parts_of_one_export_stand_together(world: World) -> None:
    arrive(
        world,
        "crm/products",
        ("products_2026-10-29.csv", products("z")),
        ("products_2026-10-30_part1.csv", products("a")),
        ("products_2026-10-30_part2.csv", products("b")),
    )
    assert in_force(world) == "ab"


def test_of_two_undated_snapshots_the_later_loaded_is_in_force(world: World) -> None:
    arrive(world, "crm/products", ("first.csv", products("a", "b")))
    arrive(world, "crm/products", ("second.csv", products("b", "c")))
    assert in_force(world) == "bc"
    arrive(world, "crm/products", ("third.csv", products()))
    assert in_force(world) == ""
    # A moment is newer than none.
    arrive(world, "crm/products", ("dated.csv", products("d", exported="2026-10-01T00:00:00Z")))
    arrive(world, "crm/products", ("fourth.csv", products("e")))
    assert in_force(world) == "d"


def spend(*rows: str, column: bool = True) -> str:
    header = "date,channel,campaign,cost" + (",exported_at" if column else "")
    return "\n".join([header, *rows]) + "\n"


def spent(world: World) -> list[tuple[str, str, int]]:
    return [
        (str(day), str(campaign), int(cost))
        for day, campaign, cost in world.rows(
            "select spend_date, campaign, cost from staging.stg_ad_spend__flat order by 1, 2"
        )
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_corrected_day_replaces_that_day_and_no_other(
    world: World, order: tuple[int, ...]
) -> None:
    files = [
        # 30 September and 1 October; then 1 and 2 October; then 1 October once more.
        (
            "spend_2026-10-02.csv",
            spend("2026-09-30,a,x,1", "2026-10-01,a,x,2", "2026-10-01,a,y,4", column=False),
        ),
        ("spend_2026-10-03.csv", spend("2026-10-01,a,x,8", "2026-10-02,a,x,16", column=False)),
        # The correction doesn't know x any more.
        ("spend_2026-10-04.csv", spend("2026-10-01,a,z,32", column=False)),
    ]
    arrive(world, "ad_spend/flat", *(files[number] for number in order))
    assert spent(world) == [
        ("2026-09-30", "x", 1),
        ("2026-10-01", "z", 32),
        ("2026-10-02", "x", 16),
    ]


def test_a_day_is_stamped_row_by_row_and_still_one_export(world: World) -> None:
    stamped = spend(
        "2026-10-01,a,x,1,2026-10-02T08:00:00Z", "2026-10-01,a,y,2,2026-10-02T08:00:01Z"
    )
    arrive(world, "ad_spend/flat", ("spend.csv", stamped))
    assert spent(world) == [("2026-10-01", "x", 1), ("2026-10-01", "y", 2)]


def test_of_two_undated_exports_of_a_day_the_later_loaded_is_in_force(world: World) -> None:
    arrive(
        world,
        "ad_spend/flat",
        ("one.csv", spend("2026-10-01,a,x,1", "2026-10-02,a,x,2", column=False)),
        ("two.csv", spend("2026-10-01,a,y,4", column=False)),
    )
    assert spent(world) == [("2026-10-01", "y", 4), ("2026-10-02", "x", 2)]


def customers(day: int, *rows: str) -> tuple[str, str]:
    moment = datetime(2026, 10, day) + timedelta(hours=6)
    lines = [f"{row},{moment.isoformat()}Z" for row in rows]
    return f"c{day}.csv", "\n".join(["customer_id,segment,exported_at", *lines]) + "\n"


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_append_is_an_upsert_by_key_of_the_newest_export(
    world: World, order: tuple[int, ...]
) -> None:
    files = [
        customers(28, "a,first", "b,first"),
        customers(29, "b,second"),
        customers(30, "a,third", "c,third"),
    ]
    arrive(world, "crm/customers", *(files[number] for number in order))
    rows = world.rows("select customer_id, segment from staging.stg_crm__customers order by 1")
    assert rows == [("a", "third"), ("b", "second"), ("c", "third")]


def test_append_knows_no_whole(world: World) -> None:
    """A later file without rows, or without a key, takes nothing out."""
    head = "case_id,kind,opened_at\n"
    row = "{},support,2026-10-01T08:00:00Z\n"
    arrive(
        world,
        "crm/cases",
        ("cases_2026-10-28.csv", head + row.format("a")),
        ("cases_2026-10-29.csv", head + row.format("b")),
        ("cases_2026-10-30.csv", head),
    )
    assert world.rows("select case_id from staging.stg_crm__cases order by 1") == [("a",), ("b",)]
