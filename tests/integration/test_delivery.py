"""`passerelle deliver`: each lead once, whatever happens, and withdrawn where it must be."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import stat
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from orchestration.faults import DELIVERY_CRASH_POINTS
from tests.integration.conftest import World
from tests.integration.lead_plans import (
    AS_OF,
    DAY,
    NUMBERS,
    digest,
    fill,
    lead,
    lines,
    publish,
    told,
    withdrawn,
)
from tests.integration.privacy_world import passerelle

AT = (f"{DAY} 08:20:00", f"{DAY} 08:30:00")
SALES, CLAIMS = f"leads_{DAY}_sales.csv", f"leads_{DAY}_claims.csv"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home", tmp_path / "landing", AS_OF)
    fill(made)
    return made


def deliver(world: World, code: int = 0, at: str = AS_OF) -> str:
    """The command in this process: what it says."""
    out = io.StringIO()
    places = ["--home", str(world.home), "--landing", str(world.landing)]
    with redirect_stdout(out), redirect_stderr(out):
        assert main(["deliver", *places, "--as-of", at]) == code, out.getvalue()
    return out.getvalue()


def outbox(world: World) -> Path:
    return world.home / "outbox"


def test_a_file_a_team_and_day(world: World) -> None:
    tomorrow = lead("cid", target_id="T-J1", call_date="2026-11-03")
    publish(world, [lead("ben", 2), lead("ann", 1), lead("cid", team="claims"), tomorrow])
    deliver(world)
    assert told(world) == [
        (CLAIMS, "lead", "T-cid", NUMBERS["cid"]),
        (SALES, "lead", "T-ann", NUMBERS["ann"]),
        (SALES, "lead", "T-ben", NUMBERS["ben"]),
    ]
    first = lines(outbox(world) / SALES)[0]
    assert first == {
        "line": "1",
        "action": "lead",
        "target_id": "T-ann",
        "phone": "+33612345601",
        "slot_start_at": "2026-11-02T09:00:00Z",
        "slot_end_at": "2026-11-02T09:30:00Z",
        "consumer_time_zone": "Europe/Paris",
        "language": "fr",
        "skill": "commercial",
        "priority_rank": "1",
        "expires_at": "2026-11-02T19:00:00Z",
        "legal_basis": "consent",
        "consent_id": "S-ann",
        "adviser_context": "quote:2/3",
        "reason": "",
    }
    manifest = json.loads((outbox(world) / SALES.replace(".csv", ".json")).read_text())
    assert (manifest["leads"], manifest["cancels"], manifest["team"]) == (2, 0, "sales")
    content = (outbox(world) / SALES).read_bytes()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()


def test_numbers_stand_in_the_outbox_alone_and_for_the_owner(world: World) -> None:
    publish(world, [lead("ann")])
    shown = deliver(world)
    for path in outbox(world).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(outbox(world).stat().st_mode) == 0o700
    with duckdb.connect(str(world.home / "warehouse.duckdb"), read_only=True) as con:
        tables = con.execute(
            "select table_name from duckdb_tables() where schema_name = 'audit'"
        ).fetchall()
        for (table,) in tables:
            rows = con.execute(f"select * from audit.{table}").fetchall()
            assert NUMBERS["ann"].removeprefix("+33") not in str(rows), table
    assert NUMBERS["ann"] not in shown


def test_tomorrow_is_the_consumer_s(world: World) -> None:
    """At 13:00 UTC it is 3 November in Nouméa: its leads of that day go out, not those of Paris."""
    day = {"call_date": "2026-11-03", "slot_end_at": "2026-11-03 01:00:00"}
    expires = {"expires_at": "2026-11-03 09:00:00"}
    noumea = lead("ann", consumer_time_zone="Pacific/Noumea", **day, **expires)
    publish(world, [noumea, lead("ben", **day, **expires)], as_of=f"{DAY} 13:00:00")
    deliver(world, at=f"{DAY} 13:00:00")
    assert [line[:3] for line in told(world)] == [("leads_2026-11-03_sales.csv", "lead", "T-ann")]


def test_each_lead_goes_out_once(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    before = (outbox(world) / SALES).read_bytes()
    deliver(world)
    assert (outbox(world) / SALES).read_bytes() == before
    publish(world, [lead("ann", rank=2), lead("ben", rank=1)])
    deliver(world)
    assert [line[1:3] for line in told(world)] == [("lead", "T-ann"), ("lead", "T-ben")]
    assert (outbox(world) / SALES).read_bytes().startswith(before)


def test_a_lead_that_moves_is_withdrawn_and_given_anew(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    moved = {"slot_start_at": f"{DAY} 15:00:00", "slot_end_at": f"{DAY} 15:30:00"}
    publish(world, [lead("ann", **moved)])
    for _ in range(2):
        deliver(world)
        found = lines(outbox(world) / SALES)
        assert [(row["action"], row["slot_start_at"][11:16], row["reason"]) for row in found] == [
            ("lead", "09:00", ""),
            ("cancel", "09:00", "moved"),
            ("lead", "15:00", ""),
        ]


def test_a_lead_that_was_withdrawn_may_come_back(world: World) -> None:
    for plan in (lead("ann"), withdrawn("ann", "open_complaint"), lead("ann"), lead("ann")):
        publish(world, [plan])
        deliver(world)
    assert [line[1] for line in told(world)] == ["lead", "cancel", "lead"]


def test_a_lead_whose_slot_is_over_may_be_given_again(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    later = {"slot_start_at": f"{DAY} 14:00:00", "slot_end_at": f"{DAY} 14:30:00"}
    publish(world, [lead("ann", **later)], as_of=f"{DAY} 12:00:00")
    deliver(world, at=f"{DAY} 12:00:00")
    assert [line[1] for line in told(world)] == ["lead", "lead"]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "expired"},
        {"slot_start_at": f"{DAY} 07:00:00", "slot_end_at": AS_OF},
        {"expires_at": AS_OF},
    ],
    ids=["not planned", "slot over", "expired"],
)
def test_what_may_not_go_out_stays(world: World, changes: dict[str, str]) -> None:
    publish(world, [lead("ann", **changes)])
    deliver(world)
    assert told(world) == []


def test_a_lead_without_a_number_is_told_not_given(world: World) -> None:
    publish(world, [lead("zoe"), lead("ann")])
    assert "1 leads without a number" in deliver(world, code=3)
    assert [line[2] for line in told(world)] == ["T-ann"]


def test_a_lead_that_became_ineligible_is_withdrawn_once(world: World) -> None:
    publish(world, [lead("ann"), lead("ben"), lead("cid")])
    deliver(world)
    # Ann took her consent back, of Ben nothing is known any more, Cid stands.
    publish(world, [withdrawn("ann", "no_consent"), lead("cid")])
    for _ in range(2):
        deliver(world)
        cancels = [row for row in lines(outbox(world) / SALES) if row["action"] == "cancel"]
        assert [(row["target_id"], row["reason"]) for row in cancels] == [
            ("T-ann", "no_consent"),
            ("T-ben", "unknown"),
        ]
        assert all(row["phone"] == "" for row in cancels)
    # Once the slot is over there is nothing left to withdraw.
    publish(world, [], as_of=f"{DAY} 09:30:00")
    deliver(world, at=f"{DAY} 09:30:00")
    assert len([line for line in told(world) if line[1] == "cancel"]) == 2


def test_an_old_plan_or_none_delivers_nothing(world: World) -> None:
    assert "no plan is published" in deliver(world, code=2)
    publish(world, [lead("ann")], as_of="2026-11-02 05:59:59")
    assert "more than 2 hours old" in deliver(world, code=2)
    assert told(world) == []


def test_acknowledgements_are_read_back_once(world: World) -> None:
    publish(world, [lead("ann"), lead("ben")])
    deliver(world)
    folder = outbox(world) / "ack"
    folder.mkdir()
    head = "target_id,action,status,at,reason\n"
    (folder / "a.csv").write_text(
        f"{head}T-ann,lead,accepted,2026-11-02T08:05:00Z,\nT-ben,lead,refused,2026-11-02T08:05:00Z,busy\n"
        "T-new,lead,accepted,2026-11-02T08:05:00Z,\n"
    )
    (folder / "b.csv").write_text(f"{head}T-ben,lead,accepted,2026-11-02T08:07:00Z,\n")
    (folder / "later.csv.part").write_text(head)
    (folder / "z.csv").write_text(f"{head}T-ann,lead,sold,2026-11-02T08:05:00Z,\n")
    shown = deliver(world, code=3)
    assert "3 read, 1 of leads never given" in shown
    assert "z.csv: line 2" in shown
    acknowledged = (
        "select target_id, action, status, reason from audit.lead_acknowledgements order by 1"
    )
    expected = [("T-ann", "lead", "accepted", None), ("T-ben", "lead", "accepted", None)]
    assert world.rows(acknowledged) == expected
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "done/a.csv",
        "done/b.csv",
        "later.csv.part",
        "refused/z.csv",
    ]
    # The older word, delivered again, changes nothing.
    (folder / "a.csv").write_text((folder / "done/a.csv").read_text())
    deliver(world)
    assert world.rows(acknowledged) == expected


def test_a_file_taken_away_isn_t_given_again(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    (outbox(world) / SALES).unlink()
    deliver(world)
    assert told(world) == []
    # With a new line the whole file stands there again, its lines under their old numbers.
    publish(world, [lead("ann"), lead("ben")])
    deliver(world)
    assert [row["line"] for row in lines(outbox(world) / SALES)] == ["1", "2"]


def test_a_file_that_somebody_changed_is_written_again(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    path = outbox(world) / SALES
    before = path.read_bytes()
    path.write_text("line,action\n")
    deliver(world)
    assert path.read_bytes() == before


def test_files_leave_a_week_after_their_day(world: World) -> None:
    publish(world, [lead("ann")])
    deliver(world)
    publish(world, [], as_of="2026-11-10 08:00:00")
    deliver(world, at="2026-11-10 08:00:00")
    assert list(outbox(world).glob("leads_*")) == []
    assert world.rows("select count(*) from audit.lead_deliveries where action = 'lead'") == [(1,)]


@pytest.mark.parametrize("moment", DELIVERY_CRASH_POINTS)
def test_a_kill_neither_loses_nor_repeats_a_lead(world: World, moment: str) -> None:
    publish(world, [lead("ann"), lead("cid", team="claims")])
    deliver(world)
    publish(world, [lead("ben"), lead("cid", team="claims")])
    killed = passerelle(world, "deliver", PASSERELLE_CRASH_AT=moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    for path in outbox(world).glob("leads_*.csv"):
        # What stands in the outbox is the old file or the new one, whole.
        assert len(lines(path)) in {1, 3}
    deliver(world)
    assert told(world) == [
        (CLAIMS, "lead", "T-cid", NUMBERS["cid"]),
        (SALES, "lead", "T-ann", NUMBERS["ann"]),
        (SALES, "cancel", "T-ann", ""),
        (SALES, "lead", "T-ben", NUMBERS["ben"]),
    ]
    manifest = json.loads((outbox(world) / SALES.replace(".csv", ".json")).read_text())
    assert manifest["sha256"] == hashlib.sha256((outbox(world) / SALES).read_bytes()).hexdigest()
    assert world.rows(
        "select target_id, action, count(*) from audit.lead_deliveries group by all order by all"
    ) == [("T-ann", "cancel", 1), ("T-ann", "lead", 1), ("T-ben", "lead", 1), ("T-cid", "lead", 1)]


def test_an_erased_person_leaves_the_lead_file(world: World) -> None:
    """What erase does to the record and to the lookup; the file follows with the next delivery."""
    publish(world, [lead("ann"), lead("ben")])
    deliver(world)
    done = passerelle(world, "erase", f"phone:{NUMBERS['ann']}")
    assert done.returncode in {0, 3}, done.stderr
    assert NUMBERS["ann"] not in (outbox(world) / SALES).read_text()
    assert (
        world.rows(
            f"select target_id from audit.lead_deliveries where phone_hash = '{digest('ann')}'"
        )
        == []
    )
    publish(world, [lead("ben")])
    deliver(world)
    assert told(world) == [(SALES, "lead", "T-ben", NUMBERS["ben"])]
    manifest = json.loads((outbox(world) / SALES.replace(".csv", ".json")).read_text())
    assert manifest["leads"] == 1


SLOT = {"slot_start_at": f"{DAY} 13:00:00", "slot_end_at": f"{DAY} 13:30:00"}


def test_a_lead_that_changes_team_is_given_once_and_withdrawn_where_it_stands(world: World) -> None:
    publish(world, [lead("ann", team="north", **SLOT), lead("ben", team="north", **SLOT)])
    deliver(world)
    publish(world, [lead("ann", team="south", **SLOT), lead("ben", team="north", **SLOT)], AT[0])
    for minute in ("20", "21", "22"):
        deliver(world, at=f"{DAY}T08:{minute}:00Z")
    opposed = withdrawn("ann", "opposed", team="south", **SLOT)
    publish(world, [opposed, lead("ben", team="north", **SLOT)], AT[1])
    deliver(world, at=f"{DAY}T08:30:00Z")
    south = [line["action"] for line in lines(outbox(world) / f"leads_{DAY}_south.csv")]
    north = [line["action"] for line in lines(outbox(world) / f"leads_{DAY}_north.csv")]
    assert south == ["lead", "cancel"]
    assert north == ["lead", "lead", "cancel"]


@pytest.mark.parametrize(
    "changed",
    [{"slot_end_at": f"{DAY} 13:15:00"}, {"phone_hash": digest("ben")}],
    ids=["a shorter slot", "another number"],
)
def test_what_changes_of_a_lead_reaches_the_team(world: World, changed: dict[str, str]) -> None:
    publish(world, [lead("ann", **SLOT)])
    deliver(world)
    publish(world, [lead("ann", **{**SLOT, **changed})], AT[0])
    deliver(world, at=f"{DAY}T08:20:00Z")
    told_lines = lines(outbox(world) / SALES)
    assert [line["action"] for line in told_lines] == ["lead", "cancel", "lead"]
    assert told_lines[0] != {**told_lines[2], "line": "1"}
