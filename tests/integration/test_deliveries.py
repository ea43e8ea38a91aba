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
MODELS += ["stg_ad_spend__flat", "stg_call_records__flat", "stg_web_tags__flat"]


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
def by_day(world: World) -> Iterator[World]:
    """The built home, its calls and web events delivered by day."""
    folders = [world.landing / "call_records/flat", world.landing / "web_tags/flat"]
    for folder in folders:
        world.put(f"{folder.relative_to(world.landing)}/_source.yml", "delivery: replace_by_day\n")
    yield world
    for folder in folders:
        (folder / "_source.yml").unlink()


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


def calls(*starts: str) -> str:
    """A file of calls named by day and hour of their start; `03 22:30` began at 22:30 UTC."""
    head = "call_id,direction,started_at,outcome\n"
    return head + "".join(
        f"{start},inbound,2026-10-{start.replace(' ', 'T')}:00Z,answered\n" for start in starts
    )


def called(world: World) -> list[str]:
    rows = world.rows("select call_id from staging.stg_call_records__flat order by 1")
    return [str(row[0]) for row in rows]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_corrected_day_of_calls_replaces_that_day_and_no_other(
    by_day: World, order: tuple[int, ...]
) -> None:
    files = [
        # Two days in a file; then the second with a third; then the second once more, with less.
        ("calls_2026-10-06.csv", calls("04 08:00", "05 08:00", "05 09:00")),
        ("calls_2026-10-07.csv", calls("05 08:00", "05 10:00", "06 08:00")),
        ("calls_2026-10-08.csv", calls("05 07:00")),
    ]
    arrive(by_day, "call_records/flat", *(files[number] for number in order))
    assert called(by_day) == ["04 08:00", "05 07:00", "06 08:00"]


def test_a_day_is_cut_where_the_files_cut_it(by_day: World) -> None:
    """Paris is two hours ahead: a day of its own ends at 22:00 UTC."""
    local = [
        ("calls_2026-10-06.csv", calls("04 22:30", "05 08:00", "05 21:30")),
        ("calls_2026-10-07.csv", calls("05 22:30", "06 08:00", "06 21:30")),
        ("calls_2026-10-08.csv", calls("05 08:00", "05 21:30")),
    ]
    arrive(by_day, "call_records/flat", *local)
    assert called(by_day) == ["05 08:00", "05 21:30", "05 22:30", "06 08:00", "06 21:30"]


def test_a_day_ends_by_the_clock_of_its_folder(by_day: World) -> None:
    """New York is four hours behind: 02:00 UTC is the evening before."""
    settings = "delivery: replace_by_day\ntime_zone: America/New_York\n"
    by_day.put("call_records/flat/_source.yml", settings)
    arrive(
        by_day,
        "call_records/flat",
        ("calls_2026-10-06.csv", calls("05 12:00", "06 02:00")),
        ("calls_2026-10-07.csv", calls("06 12:00", "07 02:00")),
        ("calls_2026-10-08.csv", calls("05 12:00")),
    )
    assert called(by_day) == ["05 12:00", "06 12:00", "07 02:00"]


def test_files_cut_by_utc_keep_the_evening_that_is_tomorrow_already(by_day: World) -> None:
    utc = [
        ("calls_2026-10-06.csv", calls("05 00:30", "05 08:00", "05 22:30")),
        ("calls_2026-10-07.csv", calls("06 00:30", "06 08:00", "06 22:30")),
        ("calls_2026-10-08.csv", calls("05 00:30", "05 08:00", "05 22:30")),
    ]
    arrive(by_day, "call_records/flat", *utc)
    assert called(by_day) == [
        *("05 00:30", "05 08:00", "05 22:30"),
        *("06 00:30", "06 08:00", "06 22:30"),
    ]


def busy(day: int, count: int = 60, first_hour: int = 8) -> list[str]:
    """Starts of a day's calls, minute by minute."""
    return [f"{day:02} {first_hour + minute // 60:02}:{minute % 60:02}" for minute in range(count)]


def test_stragglers_of_another_day_neither_replace_it_nor_go(by_day: World) -> None:
    """One row in sixty, of a call that the switch wrote down a day late."""
    arrive(
        by_day,
        "call_records/flat",
        ("calls_2026-10-06.csv", calls("05 08:00", "05 09:00")),
        ("calls_2026-10-07.csv", calls("05 21:59", *busy(6))),
        ("calls_2026-10-08.csv", calls("05 08:00")),
    )
    assert called(by_day) == ["05 08:00", "05 21:59", *busy(6)]


def test_a_straggler_of_a_quiet_day_is_no_correction(by_day: World) -> None:
    """One of forty is more than a fiftieth; on Sunday the line is closed, and one is all."""
    arrive(
        by_day,
        "call_records/flat",
        ("calls_2026-10-10.csv", calls(*busy(9, 40))),
        ("calls_2026-10-11.csv", calls("09 17:50", *busy(10, 40))),
        ("calls_2026-10-12.csv", calls("10 17:50")),
    )
    assert called(by_day) == [*busy(9, 40), "09 17:50", *busy(10, 40), "10 17:50"]


def test_stragglers_don_t_decide_where_days_are_cut(by_day: World) -> None:
    """Files cut by UTC, each with a call of the evening before, in the zone of New York."""
    settings = "delivery: replace_by_day\ntime_zone: America/New_York\n"
    by_day.put("call_records/flat/_source.yml", settings)
    days = {day: [*busy(day, 60, 2), *busy(day, 60, 15)] for day in (5, 6, 7)}
    late = {day: f"{day - 1:02} 23:58" for day in days}
    files = [
        (f"calls_2026-10-{day + 1:02}.csv", calls(late[day], *starts))
        for day, starts in days.items()
    ]
    arrive(by_day, "call_records/flat", *files)
    assert called(by_day) == sorted(
        call for day, starts in days.items() for call in (late[day], *starts)
    )


def test_the_parts_of_an_export_hold_a_day_together(by_day: World) -> None:
    """A part's few rows of a day are no day of its own: its size cut them off."""
    arrive(
        by_day,
        "call_records/flat",
        ("calls_2026-10-06.csv", calls(*busy(5))),
        ("calls_2026-10-07_1.csv", calls(*busy(6))),
        ("calls_2026-10-07_2.csv", calls("05 21:59")),
    )
    assert called(by_day) == [*busy(5), "05 21:59", *busy(6)]


def test_a_corrected_day_takes_events_out_of_force(by_day: World) -> None:
    """Also where copies of an event are told apart by its earliest time."""
    head = "event_id,event_name,occurred_at,visitor_id\n"
    row = "{},page_view,2026-10-0{}T{}:00:00Z,v1\n"
    arrive(
        by_day,
        "web_tags/flat",
        ("a_2026-10-06.csv", head + row.format("a", 5, "08") + row.format("b", 5, "09")),
        ("b_2026-10-07.csv", head + row.format("a", 5, "10") + row.format("c", 6, "09")),
    )
    rows = by_day.rows("select event_id, occurred_at from staging.stg_web_tags__flat order by 1")
    assert rows == [("a", datetime(2026, 10, 5, 10)), ("c", datetime(2026, 10, 6, 9))]


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
