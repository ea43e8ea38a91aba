"""Files that are odd as a whole: swallowing quotes, unknown folders, files still being written."""

from __future__ import annotations

from pathlib import Path

from orchestration.ingestion import landing
from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.loader import ingest
from orchestration.settings import PROJECT_DIR

HEADER = "event_id,event_name,occurred_at,visitor_id,page_title,email\n"
FLAT = "web_tags/flat/events.csv"


def row(number: int, at: str) -> str:
    return f"e{number},page_view,{at},v1,Home,\n"


def test_file_still_being_written_is_left(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "zone" / "web_tags" / "flat"
    folder.mkdir(parents=True)
    (folder / "growing.csv").write_text(HEADER)
    monkeypatch.setattr(landing, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(landing, "_unchanged", lambda file: False)
    found = landing.scan(tmp_path / "zone", load_contract(PROJECT_DIR))
    assert (found.files, found.unfinished) == ([], ["web_tags/flat/growing.csv"])


def test_open_quote_in_the_last_column_swallows_no_row(zone):
    zone.put(
        "call_records/flat/c.csv",
        "call_id,direction,started_at,outcome,queue\n"
        'k1,inbound,2026-03-10T10:00:00Z,answered,"open\n'
        "k2,inbound,2026-03-10T10:00:00Z,answered,sales\n"
        'k3,inbound,2026-03-10T10:00:00Z,answered,closed"\n'
        "k4,inbound,2026-03-10T10:00:00Z,answered,sales\n",
    )
    zone.ingest()
    assert zone.counts("call_records/flat/c.csv") == ("loaded", 4, 3, 1)
    assert zone.rows("select call_id from raw.call_records__flat order by 1") == [
        ("k2",),
        ("k3",),
        ("k4",),
    ]


def test_unknown_family_is_told_of_whichever_family_is_asked_for(zone):
    zone.put("nosuch/format/x.csv", "a\n1\n")
    report = ingest(zone.settings, families=["crm"])
    assert [(file.path, file.status) for file in report.files] == [
        ("nosuch/format/x.csv", "rejected")
    ]


def test_file_of_which_nothing_fits_is_withdrawn(zone):
    zone.put(FLAT, HEADER + row(1, at="soon") + row(2, at="later"))
    (file,) = zone.ingest().files
    assert (file.status, file.rows_read, file.rows_quarantined) == ("withdrawn", 2, 2)
