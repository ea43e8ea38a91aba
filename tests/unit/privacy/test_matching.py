"""Identifiers in texts, known by their keyed hash alone; and the list at loading."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest

from orchestration.ingestion import suppression
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.matching import Entry
from orchestration.ingestion.tokens import decoded_sql, readings, tokens_of, tokens_sql
from orchestration.ingestion.values import keyed_hash
from orchestration.privacy.erase import erase
from orchestration.privacy.person import _without
from orchestration.privacy.subject import SubjectError, subject_of
from orchestration.warehouse import connect, ensure_schema

KEY = b"a key of the tests, 32 bytes long"
EMAIL, PHONE, HANDLE, VISITOR = "a.b@example.org", "+33612345601", "alicem", "v-5f0c91ab"
FOUND = [
    ("write to A.B@Example.org.", EMAIL),
    ("https://x.example/?mail=a.b%40example.org&x=1", EMAIL),
    ('{"who": "a.b@example.org"}', EMAIL),
    ("mailto:a.b@example.org>", EMAIL),
    ("le 06 12 34 56 01 le soir", PHONE),
    ("tel 0033 6 12 34 56 01, ou 01", PHONE),
    ("+33 (0)6.12.34.56.01", PHONE),
    ("?tel=%2B33612345601", PHONE),
    ("12/10 0612345601 0698765432", PHONE),
    ("thanks @AliceM!", HANDLE),
    ('{"login": "AliceM"}', HANDLE),
    ('{"a": {"b": ["v-5f0c91ab"]}}', VISITOR),
    ("visitor v-5f0c91ab came", VISITOR),
    ("/p?id=v-5f0c91ab#x", VISITOR),
]
NOT_FOUND = [
    ("ba.b@example.org and a.b@example.org.uk", EMAIL),
    ("0612345602 106123456011", PHONE),
    ("alicem writes", HANDLE),
    ("v-5f0c91abc", VISITOR),
]


def hashes(tokens: set[str]) -> set[str]:
    return {digest for token in tokens for _, digest in readings(KEY, token, "FR")}


def in_engine(text: str) -> set[str]:
    with duckdb.connect() as con:
        row = con.execute(
            f"select {tokens_sql(decoded_sql('t'))} from (select ? as t)", [text]
        ).fetchone()
        assert row is not None
        return set(row[0])


@pytest.mark.parametrize(("text", "value"), FOUND)
def test_what_a_text_carries_is_found(text: str, value: str) -> None:
    wanted = keyed_hash(KEY, value)
    assert wanted in hashes(tokens_of(text))
    assert wanted in hashes(in_engine(text))


@pytest.mark.parametrize(("text", "value"), NOT_FOUND)
def test_what_others_carry_is_not(text: str, value: str) -> None:
    wanted = keyed_hash(KEY, value)
    assert wanted not in hashes(in_engine(text))


def test_named_values_are_read_as_the_loader_reads_them() -> None:
    assert subject_of("phone", "06 12 34 56 01", "FR", KEY).hash == keyed_hash(KEY, PHONE)
    assert subject_of("email", " A.B@Example.org\n", "FR", KEY).hash == keyed_hash(KEY, EMAIL)
    assert subject_of("login_id", "A.B@example.org", "FR", KEY).is_hashed
    assert not subject_of("login_id", "ab1", "FR", KEY).is_hashed
    assert "ab1" not in repr(subject_of("login_id", "ab1", "FR", KEY))
    for kind, value in (("phone", "anonymous"), ("email", "a.b"), ("customer_id", " ")):
        with pytest.raises(SubjectError):
            subject_of(kind, value, "FR", KEY)


def test_periods_that_are_one_s_own() -> None:
    days = [datetime(2026, 1, day) for day in range(1, 8)]
    assert _without([(days[0], days[6])], [(days[1], days[2]), (days[4], days[6])]) == [
        (days[0], days[1]),
        (days[2], days[4]),
    ]
    assert _without([(days[0], days[1])], [(days[0], days[6])]) == []


def test_an_empty_list_asks_for_no_key_and_looks_at_nothing(zone, monkeypatch) -> None:
    monkeypatch.delenv("PASSERELLE_HMAC_KEY")
    zone.settings.home.mkdir()
    con = connect(zone.settings.warehouse)
    contract = load_contract(zone.settings.project_dir)
    ensure_schema(con, contract)
    settings = zone.settings.load(home=zone.settings.home, landing=zone.settings.landing)
    suppressor = suppression.Suppressor(con, settings, contract)
    con.close()
    # A closed connection would say so.
    dropped = suppressor.drop(contract.tables["web_tags", "flat"], "FR", "0")
    assert dropped == suppression.Dropped()


def test_both_copies_of_the_list_say_the_same(zone) -> None:
    zone.settings.home.mkdir()
    contract = load_contract(zone.settings.project_dir)
    entries = [
        suppression.Suppression(
            "e", "email", "0" * 64, None, datetime(2026, 1, 2), datetime(2026, 1, 3)
        ),
        suppression.Suppression("e", "call", "1" * 64, None, None, datetime(2026, 1, 3)),
    ]
    con = connect(zone.settings.warehouse)
    ensure_schema(con, contract)
    suppression.add(con, zone.settings, entries)
    suppression.add(con, zone.settings, entries)
    assert suppression.read_kept(zone.settings) == sorted(entries, key=str)
    kept = suppression.kept_file(zone.settings)
    assert kept.stat().st_mode & 0o777 == 0o600
    con.execute("delete from restricted.suppressions where kind = 'call'")
    suppression.synchronise(con, zone.settings, contract)
    assert sorted(suppression.read(con), key=str) == sorted(entries, key=str)
    kept.unlink()
    suppression.synchronise(con, zone.settings, contract)
    assert suppression.read_kept(zone.settings) == sorted(entries, key=str)
    assert {e.entry for e in entries} >= {Entry("call", "1" * 64)}
    con.close()


def test_a_growing_file_goes_on_after_an_erasure(zone) -> None:
    zone.put("call_records/flat/_source.yml", "delivery: growing\n")
    head = "call_id,direction,caller_number,started_at,outcome\n"
    rows = [f"k{n},inbound,06123456{n:02},2026-10-0{n}T09:00:00Z,answered\n" for n in range(1, 7)]
    path = zone.put("call_records/flat/calls.csv", head + "".join(rows[:3]))
    zone.ingest()
    path.write_text(head + "".join(rows[:5]))
    zone.ingest()
    for number in (2, 4):
        erase(zone.settings, f"phone:06123456{number:02}")
    assert path.read_text() == head + rows[0] + rows[2] + rows[4]
    files = "select rows_read, rows_loaded, rows_suppressed from audit.files order by byte_start"
    assert zone.rows(files) == [(2, 2, 0), (1, 1, 0)]
    lines = "select call_id, _line from raw.call_records__flat order by 1"
    assert zone.rows(lines) == [("k1", 2), ("k3", 3), ("k5", 4)]
    assert zone.ingest().files == []
    with path.open("a") as handle:
        handle.write(rows[5] + rows[1])
    (file,) = zone.ingest().files
    assert (file.rows_read, file.rows_loaded, file.rows_suppressed) == (2, 1, 1)
    assert zone.rows(lines) == [("k1", 2), ("k3", 3), ("k5", 4), ("k6", 5)]


def test_a_withdrawn_file_is_cleaned_too(zone) -> None:
    path = zone.put(
        "crm/life_events/events.csv",
        "customer_id,kind,occurred_on\nC0000001,move,soon\nC0000002,move,later\n",
    )
    (file,) = zone.ingest().files
    assert file.status == "withdrawn"
    erase(zone.settings, "customer_id:C0000001")
    assert path.read_text().splitlines()[1:] == ["C0000002,move,later"]
    found = "select status, rows_read, rows_quarantined from audit.files"
    assert zone.rows(found) == [("withdrawn", 1, 1)]
    assert zone.rows("select line from audit.quarantine") == [(2,)]
