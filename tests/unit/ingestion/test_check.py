"""A landing zone looked at before anything is loaded, and settings written for its folders."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from orchestration import cli
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.dry_run import check
from orchestration.ingestion.source_file import write_source_files

CALLS = "call_records/flat"
HEAD = "call_id,direction,caller_number,started_at,outcome"


def calls(count: int, first: datetime, minutes: int = 7, number: str = "+336391{:05d}") -> str:
    rows = [HEAD]
    for n in range(count):
        started = first + timedelta(days=n % 20, minutes=minutes * (n // 20))
        rows.append(f"c{n},inbound,{number.format(n)},{started.isoformat()},answered")
    return "\n".join(rows)


def test_nothing_is_kept_and_no_key_is_asked_for(zone, monkeypatch):
    monkeypatch.delenv("PASSERELLE_HMAC_KEY")
    zone.put(f"{CALLS}/1.csv", calls(3, datetime(2026, 10, 1, 9)))
    found = check(zone.settings)
    assert [(file.status, file.rows) for file in found.files] == [("loaded", 3)]
    assert found.is_clean
    assert not zone.settings.home.exists()


def test_faults_unknown_columns_and_likely_formats(zone, shared):
    zone.put(
        f"{CALLS}/1.csv", f"{HEAD},mood\nc1,inbound,,2026-10-01,answered,glad\nc2,in,,2026,x,\n"
    )
    zone.put("surveys/flat/cdr.csv", shared("asterisk_master_csv/Master.csv").read_bytes())
    zone.put(
        "web_tags/flat/m.json", shared("social_api_samples/mastodon_statuses.json").read_bytes()
    )
    zone.put("surveys/nowhere/calls.csv", f"{HEAD}\nc1,inbound,,2026-10-01,answered\n")
    found = {file.path: file for file in check(zone.settings).files}
    good = found[f"{CALLS}/1.csv"]
    assert (good.rows, good.quarantined, good.unmapped) == (2, 1, ("mood",))
    assert good.faults[0].first_line == 3
    assert {path: file.likely_format for path, file in found.items() if file.likely_format} == {
        "surveys/flat/cdr.csv": "call_records/asterisk",
        "web_tags/flat/m.json": "social/mastodon",
        "surveys/nowhere/calls.csv": "call_records/flat",
    }


def test_a_file_that_a_run_would_withdraw_is_told_of(zone):
    """More than half of the rows in quarantine; one half exactly still loads."""
    good, bad = "c{},inbound,,2026-10-01,answered", "c{},in,,2026-10-01,answered"
    for name, faulty in (("half", 2), ("most", 3)):
        rows = [(bad if n < faulty else good).format(f"{name}{n}") for n in range(4)]
        zone.put(f"{CALLS}/{name}.csv", "\n".join([HEAD, *rows]))
    found = check(zone.settings)
    assert {file.path: (file.status, file.reason) for file in found.files} == {
        f"{CALLS}/half.csv": ("loaded", None),
        f"{CALLS}/most.csv": ("withdrawn", "critical check failed: files_mostly_parsed"),
    }
    assert not found.is_clean


def test_a_file_in_the_wrong_folder_is_told_of_and_not_loaded(zone):
    orders = "order_id,customer_id,product_id,ordered_at,amount\no1,k1,p1,2026-10-01,5\n"
    zone.put("crm/customers/orders.csv", orders)
    # Most of it is known where it stands, so it loads; but it is known better elsewhere.
    zone.put(
        "crm/cases/contacts.csv",
        "case_id,customer_id,kind,channel,opened_at,contact_id,occurred_at,direction,email\n"
        "c1,k1,support,chat,2026-10-01,x1,2026-10-01,inbound,a@example.org\n",
    )
    found = {file.path: file for file in check(zone.settings).files}
    misplaced = found["crm/customers/orders.csv"]
    assert (misplaced.status, misplaced.likely_format) == ("rejected", "crm/orders")
    assert "this looks like crm/orders, which knows 5 of its 5 columns" in str(misplaced.reason)
    other = found["crm/cases/contacts.csv"]
    assert (other.status, other.likely_format) == ("loaded", "crm/contacts")


def test_a_truncated_array_and_a_faulty_setting_are_told_of(zone):
    zone.put("call_records/transcripts/1.json", '[{"call_id": "c1", "segment_index": 0,')
    zone.put(f"{CALLS}/_source.yml", "time_zone: Mars\n")
    zone.put(f"{CALLS}/1.csv", calls(3, datetime(2026, 10, 1, 9)))
    found = {file.path: file for file in check(zone.settings).files}
    assert "truncated" in str(found["call_records/transcripts/1.json"].reason)
    # It is in its own folder: where else should it go?
    faulty = found[f"{CALLS}/1.csv"]
    assert (faulty.status, faulty.likely_format) == ("rejected", None)


@pytest.mark.parametrize(
    ("hour", "is_odd"),
    [
        # Calls from 9 to 17 o'clock, and the same eight hours early.
        (9, False),
        (1, True),
    ],
)
def test_work_at_night_is_suspicious(zone, hour, is_odd):
    zone.put(f"{CALLS}/1.csv", calls(1000, datetime(2026, 10, 1, hour), minutes=9))
    (clock,) = check(zone.settings).clocks
    assert clock.source == CALLS
    assert bool(clock.suspicion) == is_odd
    if is_odd:
        assert "is time_zone right?" in str(clock.suspicion)


def test_events_later_than_their_file_are_suspicious(zone):
    # Written now, with the wall clock of a zone ahead of UTC and a Z behind it.
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    zone.put(f"{CALLS}/1.csv", f"{HEAD}\nc1,inbound,,{ahead.isoformat()}Z,answered\n")
    (clock,) = check(zone.settings).clocks
    assert "trust_offsets" in str(clock.suspicion)


def test_join_rates_are_counted_by_distinct_values(zone):
    zone.put(f"{CALLS}/1.csv", calls(10, datetime(2026, 10, 1, 9)))
    known = "\n".join(f"k{n},phone,06 39 10 {n // 100:02d} {n % 100:02d}" for n in range(4))
    zone.put("crm/identifiers/1.csv", f"customer_id,kind,value\n{known}\n")
    (rate,) = [rate for rate in check(zone.settings).joins if rate.kind == "phone"]
    # c0 to c3 are 06 39 10 00 00 to 03 in another spelling.
    assert (rate.source, rate.column, rate.values, rate.found) == (CALLS, "caller_number", 10, 4)
    assert rate.share == pytest.approx(0.4)


def test_init_writes_settings_that_load_once_they_are_uncommented(zone):
    zone.put(
        f"{CALLS}/1.csv",
        "callid,direction,caller_nr,start,outcome,Ville\n"
        "c1,inbound,0639100001,2026-10-01T09:00:00,busy,Lyon\n",
    )
    zone.put("crm/customers/_source.yml", "delivery: snapshot\n")
    zone.put("crm/customers/1.csv", "customer_id,kind\nk1,person\n")
    contract = load_contract(zone.settings.project_dir)
    (path,) = write_source_files(zone.settings.landing, contract)
    assert path == zone.settings.landing / CALLS / "_source.yml"
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text) is None
    assert "Required and not found: call_id, started_at" in text
    assert write_source_files(zone.settings.landing, contract) == []

    mapping = text[text.index("# columns:") : text.index("# Not delivered")]
    lines = [line.removeprefix("# ") for line in mapping.splitlines()]
    settings = yaml.safe_load("\n".join(lines))
    # What nothing of ours resembles is proposed without a name, and may stay so.
    assert settings["columns"]["Ville"] is None
    assert settings["columns"]["callid"] == "call_id"
    settings["columns"]["start"] = "started_at"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    zone.ingest()
    assert zone.rows("select call_id, caller_number_status from raw.call_records__flat") == [
        ("c1", "valid")
    ]


def test_the_commands_say_it(zone, capsys, monkeypatch):
    landing = str(zone.settings.landing)
    assert cli.main(["check", "--landing", landing]) == 2
    zone.put(f"{CALLS}/1.csv", calls(3, datetime(2026, 10, 1, 9)))
    assert cli.main(["check", "--landing", landing]) == 0
    assert "every file would load" in capsys.readouterr().out
    zone.put("surveys/flat/2.csv", "a,b\n1,2\n")
    assert cli.main(["check", "--landing", landing, "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert {file["status"] for file in told["files"]} == {"loaded", "rejected"}
    assert "+336391" not in json.dumps(told)
    assert cli.main(["init", "--landing", landing]) == 0
    assert "_source.yml" in capsys.readouterr().out
