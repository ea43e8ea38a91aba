"""Files that are odd as a whole: swallowing quotes, unknown folders, files still being written."""

from __future__ import annotations

from pathlib import Path

import pytest

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


REVIEWS = "social/reviews/a.csv"
WRAP_UPS = "call_records/wrap_ups/a.csv"
COSTS = "crm/costs/a.csv"


def test_a_last_line_that_could_be_a_record_belongs_to_its_text(zone):
    zone.put(
        REVIEWS,
        "review_id,platform,created_at,text\n"
        'r1,google,2026-10-20,"Bien.\nLundi,mardi,2026-10-21,ferme"\n',
    )
    zone.ingest()
    assert zone.rows("select review_id, text from raw.social__reviews") == [
        ("r1", "Bien.\nLundi,mardi,2026-10-21,ferme")
    ]


def test_inner_lines_that_read_as_text_belong_to_it(zone):
    text = 'Oui, bien\nrappel, lundi, mardi, soir\ndit ""non"",peut,etre,bien\nfin'
    zone.put(WRAP_UPS, f'call_id,adviser_id,reason_code,note\nc1,a1,r1,"{text}"\nc2,a1,r1,ok\n')
    zone.ingest()
    assert zone.rows("select note, _line from raw.call_records__wrap_ups order by 2") == [
        (text.replace('""', '"'), 2),
        ("ok", 6),
    ]


def test_two_broken_quotes_swallow_no_rows_of_a_narrow_file(zone):
    zone.put(
        COSTS,
        'project,month,cost\n"A,2026-01-01,10\nB,2026-01-01,20\nC,2026-01-01,20\n'
        'D",2026-01-01,30\nE,2026-01-01,30\n',
    )
    zone.ingest()
    assert zone.rows("select project from raw.crm__costs order by 1") == [
        ("B",),
        ("C",),
        ('D"',),
        ("E",),
    ]
    assert zone.rows("select line from audit.quarantine") == [(2,)]


def test_text_of_a_narrow_file_may_hold_a_line_like_a_record(zone):
    zone.put(COSTS, 'project,month,cost\n"A\nb,c,d\ne",2026-01-01,30\n')
    zone.ingest()
    assert zone.rows("select project from raw.crm__costs") == [("A\nb,c,d\ne",)]


def test_text_of_a_single_column_holds_lines(zone):
    zone.put(WRAP_UPS, 'call_id\n"a\nb\nc\nd"\n')
    zone.ingest()
    assert zone.rows("select call_id from raw.call_records__wrap_ups") == [("a\nb\nc\nd",)]


def test_line_feeds_in_quotes_between_rows_that_end_in_cr(zone):
    # As Excel for Mac writes it.
    zone.put(WRAP_UPS, 'call_id,note\rc1,"two\nlines"\rc2,ok\r')
    zone.ingest()
    assert zone.rows("select call_id, note, _line from raw.call_records__wrap_ups order by 1") == [
        ("c1", "two\nlines", 2),
        ("c2", "ok", 4),
    ]


def test_header_with_a_line_end_in_a_quoted_name(zone):
    zone.put(WRAP_UPS, 'call_id,"the\n note"\nc1,x\n')
    zone.put("call_records/wrap_ups/open.csv", 'call_id,"note\nc1,x\nc2,y\nc3,"\n')
    zone.put("call_records/wrap_ups/_source.yml", "columns: {the note: note}\n")
    zone.ingest()
    assert zone.rows("select call_id, note, _line from raw.call_records__wrap_ups") == [
        ("c1", "x", 3)
    ]
    assert zone.counts("call_records/wrap_ups/open.csv")[0] == "rejected"


@pytest.mark.parametrize("neighbour", ["", "C3, y\n"])
def test_spaces_at_the_edge_of_a_field_go_whatever_stands_beside_it(zone, neighbour):
    zone.put("crm/advisers/a.csv", f'adviser_id,team\n" C1 ",x\nC2,"  "\n{neighbour}')
    zone.ingest()
    rows = zone.rows("select adviser_id, team from raw.crm__advisers order by 1")
    assert rows[:2] == [("C1", "x"), ("C2", None)]


def test_a_mended_file_leaves_no_rejection_behind(zone):
    zone.put(COSTS, "project;cost\nA;1\n")
    zone.ingest()
    zone.put(COSTS, "project;month;cost\nA;2026-01-01;1\n")
    zone.ingest()
    assert zone.rows("select status from audit.files") == [("loaded",)]
