"""A corrupt batch stops the marts and leaves what is published; the next good one publishes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.integration.conftest import World

HEADER = "call_id,direction,started_at,ended_at,outcome,queue,wait_seconds,talk_seconds\n"


def calls(day: int, start: datetime) -> str:
    rows = []
    for number in range(60):
        at = start + timedelta(days=day, minutes=number)
        end = at + timedelta(seconds=65)
        rows.append(f"d{day}-{number},inbound,{at.isoformat()}Z,{end.isoformat()}Z,answered,q,5,60")
    return HEADER + "\n".join(rows) + "\n"


def published(world: World) -> tuple[str, int]:
    path = world.home / "published" / "bi.duckdb"
    ((count,),) = world.rows("select count(*) from marts.fct_calls", path)
    return hashlib.sha256(path.read_bytes()).hexdigest(), count


def test_bad_batch_then_good_batch(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    start = datetime(2026, 10, 1, 10)
    world.put("call_records/flat/day0.csv", calls(0, start))
    done = world.run()
    assert done.returncode == 0, done.stdout + done.stderr
    first = published(world)
    assert first[1] == 60

    again = world.run()
    assert again.returncode == 0
    assert "nothing to do" in (again.stdout + again.stderr)

    # Every call of the second file lies in a far future: the file is withdrawn, the rest stands.
    world.put("call_records/flat/day1.csv", calls(1, datetime(2091, 1, 1)))
    done = world.run()
    assert done.returncode == 3, done.stdout + done.stderr
    assert world.rows("select status from audit.files where path like '%day1%'") == [("withdrawn",)]
    assert published(world)[1] == 60

    # Spend in a currency without rate passes the raw checks and fails a later one: nothing is
    # published, not even the new calls.
    world.put("call_records/flat/day2.csv", calls(2, start))
    spend = "date,channel,campaign,cost\n2026-10-01,search,c1,12.50\n"
    world.put("ad_spend/flat/_source.yml", "currency: XYZ\n")
    world.put("ad_spend/flat/spend_2026-10-02.csv", spend)
    before = published(world)
    done = world.run()
    assert done.returncode == 4, done.stdout + done.stderr
    assert published(world) == before

    # The day is delivered again, in euros: it replaces the bad one, and all is published.
    world.put("ad_spend/flat/_source.yml", "currency: EUR\n")
    world.put("ad_spend/flat/spend_2026-10-03.csv", spend)
    done = world.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert published(world)[1] == 120

    # The steward says that the withdrawn file is right after all.
    ((file_id,),) = world.rows("select file_id from audit.files where status = 'withdrawn'")
    done = world.cli("quarantine", "replay", file_id)
    assert done.returncode == 0, done.stdout + done.stderr
    assert world.rows(
        "select rows_loaded, is_waived from audit.files where path like '%day1%'"
    ) == [(60, True)]


def test_every_result_is_kept(make_world: Callable[..., World]) -> None:
    world = make_world("2026-10-31T22:00:00Z")
    world.put("call_records/flat/day0.csv", calls(0, datetime(2026, 10, 1, 10)))
    assert world.run().returncode == 0
    path = world.home / "published" / "bi.duckdb"
    layers = world.rows(
        'select layer, count(*), count("check") from marts.data_quality_results group by 1', path
    )
    assert {layer for layer, _, _ in layers} >= {"raw", "staging", "intermediate", "marts"}
    assert all(rows == named for _, rows, named in layers)
    ((published_at, as_of),) = world.rows(
        "select distinct published_at is not null, as_of from marts.publication_info", path
    )
    assert published_at
    assert as_of == datetime(2026, 10, 31, 22)
