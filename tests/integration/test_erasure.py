"""`passerelle erase` and `subject-access`: a person is found everywhere, and then nowhere."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.ingestion.loader import ingest
from orchestration.ingestion.values import keyed_hash
from orchestration.publishing import publish
from orchestration.publishing.audiences import (
    columns_of,
    grants_of,
    published_grants,
    read_policy,
)
from orchestration.resources import hold_lock
from orchestration.settings import PROJECT_DIR
from orchestration.spark.raw_zone import write_raw_zone, zone_of
from tests.integration.conftest import KEY, World
from tests.integration.privacy_world import (
    ALICE,
    AS_OF,
    FILES,
    LANDLINE,
    SECOND_VISITOR,
    WRITINGS,
    fill,
    fill_home,
    passerelle,
    places,
    put,
)

POLICY = PROJECT_DIR / "seeds" / "access_policy.csv"
HASHES = [keyed_hash(KEY.encode(), ALICE[k]) for k in ("email", "phone", "social_handle")]
#: Where a keyed hash may stay: the list of suppressed people, and the certificate.
MAY_STAY = ("state/suppressions.jsonl", "reports/erasures/", "restricted.suppressions.hash")
#: What isn't Alice's, counted by hand from the files: rows of raw, and of quarantine.
OTHERS = {
    "call_records__flat": 2,
    "call_records__transcripts": 2,
    "call_records__twilio": 1,
    "crm__consents": 1,
    "crm__contacts": 2,
    "crm__contracts": 1,
    "crm__customers": 2,
    "crm__identifiers": 4,
    "crm__identity_decisions": 1,
    "crm__lead_outcomes": 1,
    "social__follows": 1,
    "surveys__flat": 1,
    "web_tags__flat": 2,
    "web_tags__segment": 1,
}
#: What is: loaded rows, and lines in quarantine.
OF_ALICE = {
    "call_records/flat": 4,
    "call_records/transcripts": 2,
    "call_records/twilio": 2,
    "crm/consents": 1,
    "crm/contacts": 3,
    "crm/contracts": 2,
    "crm/customers": 1,
    "crm/identifiers": 8,
    "crm/identity_decisions": 1,
    "crm/lead_outcomes": 1,
    "social/follows": 1,
    "web_tags/flat": 5,
    "web_tags/segment": 3,
}
CRASHES = (
    *("erase_suppressed", "erase_republished", "erase_prepared", "erase_removed"),
    *("erase_renamed", "erase_compacted"),
)


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    made = make_world(AS_OF)
    fill(made)
    # Without the seeds: every byte of the home is searched, and they name nobody.
    ingest(made.settings)
    fill_home(made, HASHES[1])
    return made


def texts() -> list[str]:
    return [*ALICE.values(), *WRITINGS, SECOND_VISITOR, *HASHES]


def left(world: World) -> dict[str, set[str]]:
    """Where anything of Alice's still stands, less where a keyed hash may."""
    found = {
        text: {p for p in where if not any(stay in p for stay in MAY_STAY)}
        for text, where in places(world, texts()).items()
    }
    # A file that nobody can read to its end is kept from the landing zone, not destroyed; the
    # database file itself holds the keyed hash of the list.
    for text, where in found.items():
        found[text] = {p for p in where if "withheld/" not in p}
        if text in HASHES:
            found[text] -= {"home:warehouse.duckdb"}
    return {text: where for text, where in found.items() if where}


def counts(world: World) -> dict[str, int]:
    return {table: world.rows(f"select count(*) from raw.{table}")[0][0] for table in OTHERS}


def is_balanced(world: World) -> bool:
    return world.rows(
        "select count(*) from audit.files "
        "where rows_read <> rows_loaded + rows_quarantined + rows_suppressed"
    ) == [(0,)]


def deliver_again(world: World) -> None:
    for relative, text in FILES.items():
        put(world, relative.replace("2026-10-30", "again_2026-10-30"), text)


def certificates(world: World) -> list[dict[str, object]]:
    folder = world.home / "reports" / "erasures"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


@pytest.mark.slow
def test_a_person_is_erased_everywhere_and_stays_so(world: World) -> None:
    before = places(world, [*texts(), LANDLINE])
    for text, where in before.items():
        assert where, f"{text} must be there before"
    everywhere = " ".join(place for where in before.values() for place in where)
    for place in ("outbox/leads", "logs/deliver.log", "reports/page.html", "state/cache.json"):
        assert place in everywhere
    # The engine's file holds plain values in its blocks: that they go is worth a test.
    assert "home:warehouse.duckdb" in before[ALICE["phone"]]

    done = passerelle(world, "erase", "email:-", stdin=f" {WRITINGS[0]}\n")
    assert done.returncode == 3, done.stderr
    assert "withheld  crm/cases/cases_2026-10-30.csv.gz" in done.stdout
    assert not any(text in done.stdout + done.stderr for text in texts())
    assert left(world) == {}
    assert counts(world) == OTHERS
    assert is_balanced(world)
    assert world.rows("select line, text from restricted.quarantine_rows order by all") == [
        (3, '{"call_id": "A2", "segment_index": 3, "speaker": '),
        (4, "X6,email,inbound,C0002002,,bob.martin@example.org,,soon,quote"),
    ]
    # What is Bob's and Carol's stands where it stood, also what they share with Alice.
    assert world.rows("select call_id from raw.call_records__flat order by 1") == [("A2",), ("A4",)]
    assert world.rows("select event_id, _line from raw.web_tags__flat order by 1") == [
        ("e2", 2),
        ("e7", 4),
    ]
    assert places(world, [LANDLINE])[LANDLINE]
    withheld = world.home / "withheld/crm/cases/cases_2026-10-30.csv.gz"
    assert withheld.stat().st_mode & 0o777 == 0o600
    assert (world.home / "outbox/leads_2026-10-30.csv").read_text() == (
        "target_id,phone\nT2,0478000999\n"
    )
    assert (world.home / "logs/deliver.log").read_text() == "sent to bob.martin@example.org\n"

    (certificate,) = certificates(world)
    assert certificate["kind"] == "email"
    assert certificate["hash"] == HASHES[0]
    assert certificate["identifiers"] == {
        "customer_id": 1,
        "email": 1,
        "phone": 3,
        "visitor_id": 2,
        "login_id": 1,
        "social_handle": 1,
    }
    removed = certificate["removed"]
    assert isinstance(removed, dict)
    assert sum(n for place, n in removed.items() if place.startswith("raw.")) == 35
    assert removed["restricted.quarantine_rows"] == 1

    # The rewritten files count as loaded; the cleaned ones are the same for any later reader.
    assert [f.status for f in world.ingest().files] == ["rejected"]
    assert counts(world) == OTHERS

    deliver_again(world)
    report = world.ingest()
    suppressed = {
        f"{f.family}/{f.format}": f.rows_suppressed for f in report.files if f.rows_suppressed
    }
    assert suppressed == OF_ALICE
    assert is_balanced(world)
    replayed = passerelle(world, "quarantine", "replay", "--all")
    assert replayed.returncode in (0, 3), replayed.stderr
    assert is_balanced(world)
    delivered = {relative.replace("2026-10-30", "again_2026-10-30") for relative in FILES}
    back = {place for where in left(world).values() for place in where}
    assert back <= {f"landing:{relative}" for relative in delivered}

    again = passerelle(world, "erase", f"visitor_id:{ALICE['visitor_id']}")
    assert again.returncode == 0, again.stderr
    assert left(world) == {}


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_was_built_and_published_loses_the_person(world: World) -> None:
    assert world.dbt("seed", "--quiet").returncode == 0
    world.build()
    with hold_lock(world.home, "test", 0.0):
        for run_id in ("first", "second"):
            publish(world.settings, run_id=run_id, policy=POLICY)
    ((person_id,),) = world.rows(
        "select distinct person_id from marts.bridge_person_identifier "
        f"where identifier_value = '{ALICE['customer_id']}'"
    )
    before = places(world, [person_id])[person_id]
    assert any("bi.duckdb" in place for place in before)
    assert any(place.endswith("dim_person/data.parquet") for place in before)
    assert any(place.endswith("steward/bi.duckdb") for place in before)
    assert "warehouse:restricted.id_ledger.person_id" in before
    others = "select person_id from marts.dim_person where person_id <> '{}' order by 1"
    people = world.rows(others.format(person_id))

    assert passerelle(world, "erase", f"phone:{WRITINGS[1]}").returncode == 3
    assert left(world) == {}
    # Nothing but that the id was erased, which leads nowhere.
    told = {"warehouse:marts.person_id_history.person_id"}
    database = {"home:warehouse.duckdb"}
    history = f"select event from marts.person_id_history where person_id = '{person_id}'"
    assert places(world, [person_id])[person_id] - database == told
    assert world.rows(history) == [("erased",)]
    published = world.home / "published" / "bi.duckdb"
    assert world.rows(others.format(person_id)) == people
    assert world.rows(others.format(person_id), published) == people
    assert len(list((world.home / ".published").iterdir())) == 1
    # Carol's call from the number that was Alice's stays. The one from the landline was hers by
    # the graph: it goes with her person id, and comes back as nobody's or Bob's.
    kept = "select source_call_id from marts.fct_calls order by 1"
    assert world.rows(kept, published) == [("A4",), ("CA2",)]
    # The audiences' files are written anew with it, of what each may see.
    grants = grants_of(read_policy(POLICY), columns_of(published))
    assert published_grants(world.home / "published") == grants
    assert world.rows(kept, published.parent / "steward" / published.name) == [("A4",), ("CA2",)]

    deliver_again(world)
    world.ingest()
    again = ("+fct_calls", "+dim_person", "+bridge_person_identifier", "+person_id_history")
    assert world.dbt("run", "--quiet", "--select", *again).returncode == 0
    assert places(world, [person_id])[person_id] - database == told
    assert world.rows(history) == [("erased",)]
    warehouse = {p for where in left(world).values() for p in where if p.startswith("warehouse")}
    assert warehouse == set()
    assert world.rows(kept) == [("A2",), ("A4",), ("CA2",)]
    assert set(world.rows(others.format(person_id))) >= set(people)


@pytest.mark.slow
@pytest.mark.parametrize("moment", CRASHES)
def test_a_killed_erasure_is_completed_by_the_next(world: World, moment: str) -> None:
    killed = passerelle(
        world, "erase", f"customer_id:{ALICE['customer_id']}", PASSERELLE_CRASH_AT=moment
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = passerelle(world, "erase", f"customer_id:{ALICE['customer_id']}")
    assert done.returncode == 3, done.stderr
    assert left(world) == {}
    assert counts(world) == OTHERS
    assert is_balanced(world)
    (certificate,) = certificates(world)
    removed = certificate["removed"]
    assert isinstance(removed, dict)
    assert sum(n for place, n in removed.items() if place.startswith("raw.")) == 35
    assert not list((world.home / "state" / "erasures").iterdir())
    leftovers = [*world.home.rglob("*erasing*"), *world.landing.rglob("*.erasing")]
    assert leftovers == []
    # Nothing is loaded twice, whatever the moment.
    assert [f.status for f in world.ingest().files] == ["rejected"]
    assert counts(world) == OTHERS


def test_copies_for_another_engine_go(world: World) -> None:
    relation = ("raw", "crm__identifiers")
    write_raw_zone(world.home, [relation])
    (world.home / "spark" / "warehouse").mkdir(parents=True)
    assert passerelle(world, "erase", f"customer_id:{ALICE['customer_id']}").returncode == 3
    assert not zone_of(world.home).exists()
    assert not (world.home / "spark").exists()


@pytest.mark.slow
def test_files_behind_links_lose_the_person(world: World, tmp_path: Path) -> None:
    outside = tmp_path / "mount"
    outside.mkdir()
    linked = [
        "crm/customers/customers_2026-10-30.csv",
        "crm/identifiers/identifiers_2026-10-30.csv.gz",
        "crm/cases/cases_2026-10-30.csv.gz",
    ]
    for relative in linked:
        path = world.landing / relative
        path.rename(outside / path.name)
        path.symlink_to(outside / path.name)
    folder = world.landing / "crm" / "contacts"
    folder.rename(outside / "contacts")
    folder.symlink_to(outside / "contacts")
    (world.landing / "crm/customers/twice_2026-10-30.csv").symlink_to(
        outside / "customers_2026-10-30.csv"
    )
    done = passerelle(world, "erase", f"customer_id:{ALICE['customer_id']}")
    assert done.returncode == 3, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("  left")] == []
    assert (world.home / "withheld" / linked[2]).is_file()
    assert [(world.landing / name).is_symlink() for name in linked] == [True, True, False]
    assert folder.is_symlink()
    for path in outside.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode().lower()
            assert ALICE["email"].lower() not in text.replace("malice.martin", ""), path
    names = sorted(path.name for path in outside.rglob("*"))
    assert names == sorted(
        ["contacts", "contacts_2026-10-30.csv", *(Path(name).name for name in linked[:2])]
    )
    assert left(world) == {}
    assert is_balanced(world)


def test_whom_nothing_knows(world: World) -> None:
    before = counts(world)
    unknown = passerelle(world, "erase", "email:nobody@example.org")
    assert unknown.returncode == 2
    assert "nothing is held under this email" in unknown.stderr
    assert "nobody@" not in unknown.stderr
    shared = passerelle(world, "erase", f"phone:{LANDLINE}")
    assert shared.returncode == 2
    assert "2 people's" in shared.stderr
    for wrong in ("name:Alice", "email", "email:", "phone:anonymous", "email:alice"):
        assert passerelle(world, "erase", wrong).returncode == 2, wrong
    assert counts(world) == before
    assert world.rows("select count(*) from restricted.suppressions") == [(0,)]


def test_a_warehouse_from_before_the_erasure_is_cleaned_by_the_next_run(world: World) -> None:
    """What a restored copy is to the loader: rows of people who are on the kept list."""
    backup = (world.home / "warehouse.duckdb").read_bytes()
    assert passerelle(world, "erase", f"customer_id:{ALICE['customer_id']}").returncode == 3
    (world.home / "warehouse.duckdb").write_bytes(backup)
    assert counts(world) != OTHERS
    world.ingest()
    # The rewritten files are new to the old warehouse; what they repeat has the same keys.
    (ours,) = world.rows("select count(*) from raw.crm__customers where customer_id = 'C0001001'")
    assert ours == (0,)
    found = places(world, texts())
    assert not [p for where in found.values() for p in where if p.startswith("warehouse:raw")]
    assert is_balanced(world)


def test_what_follows_an_erasure_is_a_new_relation(world: World) -> None:
    """Contact data pass on: rows after the clock load; the customer id never does."""
    assert passerelle(world, "erase", f"customer_id:{ALICE['customer_id']}").returncode == 3
    put(
        world,
        "crm/contacts/contacts_2026-12-01.csv",
        "contact_id,channel,direction,customer_id,phone,occurred_at\n"
        "Y1,sms,inbound,,0612345601,2026-10-30T09:00:00Z\n"
        "Y2,sms,inbound,C0004004,0612345601,2026-11-30T09:00:00Z\n"
        "Y3,sms,inbound,C0001001,,2026-11-30T09:00:00Z\n",
    )
    (file,) = (f for f in world.ingest().files if f.status == "loaded")
    assert (file.rows_read, file.rows_loaded, file.rows_suppressed) == (3, 1, 2)
    assert ("Y2",) in world.rows("select contact_id from raw.crm__contacts")


def test_everything_held_on_a_person_is_told(world: World, tmp_path: Path) -> None:
    out = tmp_path / "held.json"
    done = passerelle(world, "subject-access", f"login_id:{ALICE['login_id']}", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert out.stat().st_mode & 0o777 == 0o600
    held = json.loads(out.read_text())
    assert sum(len(rows) for rows in held["raw"].values()) == 35
    assert {row["call_id"] for row in held["raw"]["raw.call_records__flat"]} == {
        *("A1", "A3", "A5", "A6")
    }
    assert {row["event_id"] for row in held["raw"]["raw.web_tags__flat"]} == {
        *("e1", "e3", "e4", "e5", "e6")
    }
    assert [row["text"][:3] for row in held["quarantine"]] == ["X5,"]
    assert ALICE["email"] in {v for i in held["identifiers"] for v in i["values"]}
    assert {i["kind"]: i["is_shared"] for i in held["identifiers"]}["customer_id"] is False
    assert len(held["files"]) == 14
    assert "malice" not in out.read_text()
    assert passerelle(world, "subject-access", "visitor_id:nobody-0001").returncode == 2
    printed = passerelle(world, "subject-access", f"login_id:{ALICE['login_id']}")
    assert json.loads(printed.stdout)["raw"].keys() == held["raw"].keys()
