"""Replaying rows after a fix, and withdrawing files as a whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.ingestion.quarantine import ReplayError, list_files, replay, show_rows, withdraw
from orchestration.warehouse import connect

CALLS = "call_records/flat/c.csv"
CONTENT = (
    "call_id,direction,started_at,outcome\n"
    "1,inbound,2026-10-01T10:00:00Z,answered\n"
    "2,inbound,2026-10-01T10:00:00Z,PICKED UP\n"
)


def test_replay_after_a_mapping_loads_the_rows(zone):
    zone.put(CALLS, CONTENT)
    zone.ingest()
    assert zone.counts(CALLS) == ("loaded", 2, 1, 1)
    zone.put("call_records/flat/_source.yml", "codes: {outcome: {PICKED UP: answered}}\n")
    assert [file.rows_loaded for file in replay(zone.settings)] == [2]
    assert zone.counts(CALLS) == ("loaded", 2, 2, 0)
    assert zone.rows("select count(*) from audit.quarantine") == [(0,)]
    assert zone.rows("select count(*) from raw.call_records__flat") == [(2,)]
    assert replay(zone.settings) == []


def test_text_is_shown_only_when_asked_for(zone):
    zone.put(CALLS, CONTENT)
    zone.ingest()
    con = connect(zone.settings.warehouse, read_only=True)
    (file,) = list_files(con)
    assert file.path == CALLS
    assert [row.text for row in show_rows(con, file.file_id)] == [None]
    (row,) = show_rows(con, file.file_id, with_text=True)
    con.close()
    assert (row.line, row.field) == (3, "outcome")
    assert "PICKED UP" in (row.text or "")


def test_withdrawn_file_is_whole_in_quarantine_until_replayed(zone):
    zone.put(CALLS, CONTENT)
    zone.ingest()
    con = connect(zone.settings.warehouse)
    (file,) = list_files(con)
    withdraw(con, file.file_id, "half the calls are in the future")
    con.close()
    assert zone.counts(CALLS) == ("withdrawn", 2, 0, 2)
    assert zone.rows("select count(*) from raw.call_records__flat") == [(0,)]
    assert zone.ingest().files == []
    replay(zone.settings, [file.file_id])
    assert zone.counts(CALLS) == ("loaded", 2, 1, 1)
    assert zone.rows("select is_waived, is_validated from audit.files") == [(True, True)]


def test_replay_says_what_is_wrong(zone):
    path = zone.put(CALLS, CONTENT)
    zone.ingest()
    file_id = zone.rows("select file_id from audit.files")[0][0]
    with pytest.raises(ReplayError, match="quarantine list"):
        replay(zone.settings, ["nothing"])
    path.write_text(CONTENT + "x\n")
    with pytest.raises(ReplayError, match="has changed"):
        replay(zone.settings, [file_id])
    path.unlink()
    with pytest.raises(ReplayError, match="put it back"):
        replay(zone.settings, [file_id])
    assert zone.counts(CALLS) == ("loaded", 2, 1, 1)


def test_all_of_the_quarantine_is_tried_whatever_one_file_says(zone):
    for name in "abc":
        zone.put(f"call_records/flat/{name}.csv", CONTENT.replace("1,", f"{name},"))
    zone.ingest()
    zone.put("call_records/flat/_source.yml", "codes: {outcome: {PICKED UP: answered}}\n")
    (zone.settings.landing / "call_records/flat/b.csv").unlink()
    results = {file.path[-5]: (file.status, file.rows_loaded) for file in replay(zone.settings)}
    assert results == {"a": ("loaded", 2), "b": ("left", 0), "c": ("loaded", 2)}
    assert zone.counts("call_records/flat/b.csv") == ("loaded", 2, 1, 1)


def test_a_replay_says_why_a_name_or_a_folder_stays(zone, tmp_path):
    path = zone.put("call_records/wrap_ups/a.csv", "call_id\nc1\n")
    Path(os.fsdecode(os.fsencode(path.parent) + b"/relev\xe9.csv")).write_text("call_id\nc1\n")
    (zone.settings.landing / "crm").symlink_to(tmp_path / "mount")
    zone.ingest()
    reasons = {file.path: file.reason for file in replay(zone.settings)}
    assert set(reasons) == {"crm", "call_records/wrap_ups/relev\\xe9.csv"}
    assert "leads to nothing" in reasons["crm"]
    assert "isn't UTF-8" in reasons["call_records/wrap_ups/relev\\xe9.csv"]
    zone.settings.landing.rename(tmp_path / "elsewhere")
    with pytest.raises(ReplayError, match="no landing zone at"):
        replay(zone.settings)


def test_a_replay_that_cannot_be_done_changes_nothing(zone):
    zone.put(CALLS, CONTENT)
    zone.ingest()
    zone.put("call_records/flat/_source.yml", "delimiter: ;\n")
    file_id = zone.rows("select file_id from audit.files")[0][0]
    with pytest.raises(ReplayError, match="stays as it is: required column call_id"):
        replay(zone.settings, [file_id])
    zone.put("call_records/flat/_source.yml", "country: 1\n")
    with pytest.raises(ReplayError, match=r"stays as it is: \S+_source\.yml: country"):
        replay(zone.settings, [file_id])
    assert zone.counts(CALLS) == ("loaded", 2, 1, 1)
