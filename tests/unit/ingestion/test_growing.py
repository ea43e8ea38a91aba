"""Asterisk's Master.csv: orders of fields, growth, rotation, and the real file."""

from __future__ import annotations

from datetime import datetime

CSV_ORDER = (
    '"acc","0639980001","0199000001","from-trunk","""Zoe"" <0639980001>","SIP/a-1","SIP/b-2",'
    '"Queue",'
    '"sales,t","2026-10-01 10:00:00","2026-10-01 10:00:05","2026-10-01 10:01:00","60","55",'
    '"ANSWERED","DOCUMENTATION"'
)
CUSTOM_ORDER = (
    '"""Zoe"" <0639980001>","0639980001","0199000001","from-trunk","SIP/a-1","SIP/b-2","Queue",'
    '"sales,t","2026-10-01 10:00:00","","2026-10-01 10:01:00","60","0","NO ANSWER",'
    '"DOCUMENTATION","acc"'
)
MASTER = "call_records/asterisk/Master.csv"


def test_orders_and_field_counts(zone):
    lines = [
        CSV_ORDER,
        f'{CSV_ORDER},"1790848800.1"',
        f'{CSV_ORDER},"1790848800.2","note"',
        f'{CSV_ORDER},"1790848800.3","note",7',
        f'{CSV_ORDER},"1790848800.4","note","pbx-1790848800.1"',
        f'{CUSTOM_ORDER},"1790848800.5","",8',
        CUSTOM_ORDER,
        "no,time,anywhere" + "," * 15,
    ]
    zone.put(MASTER, "\n".join(lines) + "\n")
    zone.ingest()
    found = zone.rows(
        'select accountcode, src, dst, lastdata, "start", "answer" is null, disposition, uniqueid, '
        "sequence, linkedid from raw.call_records__asterisk order by _line"
    )
    common = ("acc", "0639980001", "0199000001", "sales,t", datetime(2026, 10, 1, 10))
    answered, missed = (*common, False, "ANSWERED"), (*common, True, "NO ANSWER")
    assert found == [
        (*answered, None, None, None),
        (*answered, "1790848800.1", None, None),
        (*answered, "1790848800.2", None, None),
        (*answered, "1790848800.3", 7, None),
        (*answered, "1790848800.4", None, "pbx-1790848800.1"),
        (*missed, "1790848800.5", 8, None),
        (*missed, None, None, None),
    ]
    assert zone.rows("select line, reason from audit.quarantine") == [
        (8, "no known order of fields: no time where one must stand")
    ]


def test_growth_loads_only_what_is_new(zone):
    path = zone.put(MASTER, CSV_ORDER + "\n" + CSV_ORDER.replace("60", "61") + "\n")
    zone.ingest()
    with path.open("a") as handle:
        handle.write(CSV_ORDER.replace("60", "62") + "\n" + CSV_ORDER[:100])
    report = zone.ingest()
    assert [(file.rows_read, file.rows_loaded) for file in report.files] == [(1, 1)]
    with path.open("a") as handle:
        handle.write(CSV_ORDER[100:].replace("60", "63") + "\n")
    report = zone.ingest()
    assert [(file.rows_read, file.rows_loaded) for file in report.files] == [(1, 1)]
    assert zone.ingest().files == []
    assert zone.rows("select duration, _line from raw.call_records__asterisk order by 2") == [
        (60, 1),
        (61, 2),
        (62, 3),
        (63, 4),
    ]


def test_rotated_file_loads_whole(zone):
    zone.put(MASTER, CSV_ORDER + "\n")
    zone.ingest()
    zone.put(MASTER, CSV_ORDER.replace("60", "70") + "\n" + CSV_ORDER.replace("60", "71") + "\n")
    report = zone.ingest()
    assert [file.rows_loaded for file in report.files] == [2]


def test_the_real_file(zone, shared):
    zone.put(MASTER, shared("asterisk_master_csv/Master.csv").read_bytes())
    zone.put("call_records/asterisk/_source.yml", "time_zone: Etc/GMT-3\n")
    zone.ingest()
    assert zone.counts(MASTER) == ("loaded", 14, 14, 0)
    ((answered, missed, seconds),) = zone.rows(
        "select count(*) filter (disposition = 'ANSWERED'), "
        "count(*) filter (disposition = 'NO ANSWER'), sum(billsec) from raw.call_records__asterisk"
    )
    # Counted in the file with awk -F'","' on its 13th field.
    assert (answered, missed, seconds) == (11, 3, 78)


def test_growing_file_with_header_loses_no_row(zone):
    header = "event_id,event_name,occurred_at,visitor_id\n"
    at = "2026-03-10T10:00:00Z"
    zone.put("web_tags/flat/_source.yml", "delivery: growing\n")
    # The second line is still being written.
    zone.put("web_tags/flat/e.csv", f"{header}e1,view,{at},v1\ne2,view,{at},visi")
    zone.ingest()
    zone.put(
        "web_tags/flat/e.csv", f"{header}e1,view,{at},v1\ne2,view,{at},visitor\ne3,view,{at},v\n"
    )
    zone.ingest()
    assert zone.rows("select event_id, visitor_id, _line from raw.web_tags__flat order by 3") == [
        ("e1", "v1", 2),
        ("e2", "visitor", 3),
        ("e3", "v", 4),
    ]


def test_half_written_number_is_left_for_the_next_run(zone):
    whole = f'{CSV_ORDER},"1790848800.1",""'.replace('"', "")
    whole = whole.replace("Zoe <0639980001>", "x").replace("sales,t", "sales")
    path = zone.put(MASTER, f"{whole}\n{whole[:-6]}")
    zone.ingest()
    assert zone.counts(MASTER)[1:3] == (1, 1)
    path.write_text(f"{whole}\n{whole}\n")
    report = zone.ingest()
    assert [(file.rows_read, file.rows_loaded) for file in report.files] == [(1, 1)]
    assert zone.rows("select distinct uniqueid from raw.call_records__asterisk") == [
        ("1790848800.1",)
    ]


def test_last_quoted_record_needs_no_line_end(zone):
    quoted = f'{CSV_ORDER},"1790848800.1",""'
    zone.put(MASTER, f"{quoted}\n{quoted.replace('.1', '.2')}")
    zone.ingest()
    assert zone.counts(MASTER) == ("loaded", 2, 2, 0)


FLAT = "call_records/flat/a.csv"
HEAD = "call_id,direction,started_at,outcome\n"
ROW = "{},inbound,2026-10-20 10:00:00,answered\n"


def grow(zone, *contents: str | bytes) -> list[list[tuple[str, int]]]:
    """Status and rows loaded of what each run finds of a file."""
    zone.put("call_records/flat/_source.yml", "delivery: growing\n")
    runs = []
    for content in contents:
        zone.put(FLAT, content)
        runs.append([(file.status, file.rows_loaded) for file in zone.ingest().files])
    return runs


def lines_of(zone) -> list[tuple[str, int]]:
    return zone.rows("select call_id, _line from raw.call_records__flat order by 2, 1")


def test_lines_are_counted_from_a_header_that_came_alone(zone):
    assert grow(zone, HEAD, HEAD + ROW.format("a")) == [[("empty", 0)], [("loaded", 1)]]
    assert lines_of(zone) == [("a", 2)]


def test_lines_are_counted_behind_a_line_taken_without_its_end(zone):
    last = ROW.format("b").replace("answered\n", '"answered"')
    grow(
        zone,
        HEAD + ROW.format("a").replace("answered", '"answered"') + last,
        HEAD + ROW.format("a").replace("answered", '"answered"') + f"{last}\n" + ROW.format("c"),
    )
    assert lines_of(zone) == [("a", 2), ("b", 3), ("c", 4)]


def test_lines_that_end_in_cr_grow_too(zone):
    whole = (HEAD + ROW.format("a") + ROW.format("b")).replace("\n", "\r")
    assert grow(zone, whole, whole + ROW.format("c").replace("\n", "\r")) == [
        [("loaded", 2)],
        [("loaded", 1)],
    ]
    assert lines_of(zone) == [("a", 2), ("b", 3), ("c", 4)]


def test_half_a_crlf_ends_no_line(zone):
    whole = (HEAD + ROW.format("a")).replace("\n", "\r\n")
    assert grow(zone, whole[:-1], whole) == [[("empty", 0)], [("loaded", 1)]]
    assert grow(zone, "x" + HEAD.replace("\n", "\r")) == [[("unfinished", 0)]]


def test_utf_16_is_read_whole(zone):
    text = HEAD + ROW.format("a")
    grow(zone, text.encode("utf-16"), (text + ROW.format("b")).encode("utf-16"))
    assert lines_of(zone) == [("a", 2), ("a", 2), ("b", 3)]


def test_a_file_of_which_nothing_is_whole_yet_is_told(zone):
    assert grow(zone, HEAD[:20], HEAD[:20], HEAD + ROW.format("a")) == [
        [("unfinished", 0)],
        [("unfinished", 0)],
        [("loaded", 1)],
    ]


def test_no_part_ends_within_a_quoted_field(zone):
    head = HEAD.replace("\n", ",queue\n")
    row = ROW.replace("\n", ",{}\n")
    text = head + row.format("a", "q") + row.format("b", '"two\nlines"') + row.format("c", "q")
    at = text.index("lines")
    assert grow(zone, text[:at], text) == [[("loaded", 1)], [("loaded", 2)]]
    assert lines_of(zone) == [("a", 2), ("b", 3), ("c", 5)]


def test_a_quote_that_nothing_closes_keeps_no_row_back(zone):
    head = HEAD.replace("\n", ",queue\n")
    row = ROW.replace("\n", ",{}\n")
    text = head + row.format("a", '"open') + "".join(row.format(n, "q") for n in "bcd")
    assert grow(zone, text) == [[("loaded", 3)]]
    assert zone.rows("select line from audit.quarantine") == [(2,)]


def test_a_line_longer_than_what_is_looked_at(zone, monkeypatch):
    monkeypatch.setattr("orchestration.ingestion.portion.TAIL_BYTES", 16)
    text = HEAD + ROW.format("a")
    assert grow(zone, text + ROW.format("b")[:-4], text + ROW.format("b")) == [[("loaded", 1)]] * 2
    assert lines_of(zone) == [("a", 2), ("b", 3)]
