"""JSON as vendors deliver it: lines, arrays, pages, single objects, Parquet; and broken."""

from __future__ import annotations

import gzip
import json

import duckdb
import pytest

from orchestration.ingestion.json_text import document_without

FOLDER = "call_records/transcripts"
RAW = "raw.call_records__transcripts"


def segment(index: int, call: str = "c1", **more: object) -> str:
    return json.dumps({"call_id": call, "segment_index": index, "speaker": "customer", **more})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"caf\ud83d", "caf"),
        (r"\uDE00 cut", " cut"),
        (r"\ud83d\ude00 whole", "\U0001f600 whole"),
        (r"\ud83d\ud83d\ude00", "\U0001f600"),
        (r"a backslash: \\ud83d", r"a backslash: \ud83d"),
        (r"\u00e9\n", "\u00e9"),
    ],
)
@pytest.mark.parametrize("frame", ["{}\n", "[{}]"])
def test_half_a_sign_is_left_out(zone, written, read, frame):
    head = '{"messageId":"m","type":"page","timestamp":"2026-10-01T10:00:00Z","name":"'
    message = head + written + '"}'
    zone.put("web_tags/segment/m.json", frame.replace("{}", message))
    zone.ingest()
    assert zone.rows("select reason from audit.quarantine") == []
    assert zone.rows("select trim(name, chr(10)) from raw.web_tags__segment") == [(read,)]


def test_lines_with_broken_ones_between(zone):
    rows = [segment(0), '{"call_id": "c1", "segm', "", segment(1), "[1, 2]", '"text"', segment(2)]
    zone.put(f"{FOLDER}/a.jsonl", "\n".join(rows) + "\n")
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl") == ("loaded", 6, 3, 3)
    assert zone.rows(f"select segment_index, _line from {RAW} order by 1") == [
        (0, 1),
        (1, 4),
        (2, 7),
    ]
    assert zone.rows("select line, field, reason from audit.quarantine order by 1") == [
        (2, None, "the record is no JSON object"),
        (5, None, "the record is no JSON object"),
        (6, None, "the record is no JSON object"),
    ]


def test_a_broken_first_line_costs_itself_only(zone):
    zone.put(f"{FOLDER}/a.jsonl", '{"call_id": "c1", \n' + segment(1) + "\n" + segment(2))
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl") == ("loaded", 3, 2, 1)


@pytest.mark.parametrize(
    "broken", [['{"call_id": "x", "se', '{"call_id": "y", "se'], ["log of 1 May"]]
)
def test_broken_lines_at_the_head_cost_themselves_only(zone, broken):
    zone.put(f"{FOLDER}/a.jsonl", "\n".join([*broken, segment(1), segment(2)]))
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl") == ("loaded", len(broken) + 2, 2, len(broken))


def test_a_column_that_comes_late_rejects_nothing(zone):
    early = [json.dumps({"segment_index": n, "speaker": "customer"}) for n in range(150)]
    zone.put(f"{FOLDER}/a.jsonl", "\n".join([*early, *(segment(n) for n in range(200))]))
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl") == ("loaded", 350, 200, 150)


def test_a_document_may_be_one_long_line(zone):
    long = "x" * 1_000_000
    zone.put(f"{FOLDER}/a.json", "[" + ",".join(segment(n, text=long) for n in range(17)) + "]")
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("loaded", 17, 17, 0)


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("array", f"[{segment(0)},\n {segment(1)}]", [1, 2]),
        # Records that share a line are told apart by their number.
        ("array in one line", f"[{segment(0)}, {segment(1)}]", [1, 2]),
        ("page", '{"page": 1,\n"segments": [\n%s,\n\n%s\n], "next": null}', [3, 5]),
        ("pages, one a line", '{"segments": [%s]}\n{"segments": [%s]}\n', [1, 2]),
        ("pages over lines", '{"segments": [\n%s]}\n{"segments": [\n%s]}\n', [2, 4]),
        ("array of pages", '[{"segments": [%s], "n": 1}, {"segments": [%s]}]', [1, 2]),
        ("page in one line", '{"segments": [%s, %s], "page": {"n": []}}', [1, 2]),
        (
            "array over lines",
            json.dumps([json.loads(segment(n)) for n in (0, 1)], indent=1),
            [2, 7],
        ),
    ],
)
def test_documents(zone, name, text, lines):
    zone.put(f"{FOLDER}/a.json", text.replace("%s", segment(0), 1).replace("%s", segment(1), 1))
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("loaded", 2, 2, 0), name
    assert zone.rows(f"select segment_index, _line from {RAW} order by 1") == list(enumerate(lines))


def test_one_object_over_several_lines_is_one_record(zone):
    zone.put(f"{FOLDER}/a.json", json.dumps(json.loads(segment(4)), indent=2))
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("loaded", 1, 1, 0)


def test_what_is_no_object_in_an_array_is_quarantined_with_its_line(zone):
    zone.put(f"{FOLDER}/a.json", f"[{segment(0)},\n5,\n{segment(1)}]")
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("loaded", 3, 2, 1)
    assert zone.rows("select line from audit.quarantine") == [(2,)]


@pytest.mark.parametrize(
    "text",
    [
        f'[{segment(0)},\n{{"call_id": "c1"',
        f"[{segment(0)}\n{segment(1)}]",
        f"[{segment(0)}] trailing",
        f'{{"segments": [{segment(0)}\n',
        "[" * 100_000,
    ],
)
def test_a_damaged_document_is_rejected_whole_and_told_with_its_line(zone, text):
    zone.put(f"{FOLDER}/a.json", text)
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("rejected", 0, 0, 0)
    ((reason,),) = zone.rows("select reason from audit.files")
    assert reason.startswith("line ")
    assert "truncated or damaged" in reason
    assert zone.rows(f"select count(*) from {RAW}") == [(0,)]


def test_empty_array_is_an_empty_file(zone):
    zone.put(f"{FOLDER}/a.json", " [ ]\n")
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.json") == ("empty", 0, 0, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("call_id,segment_index\nc1,0\n", "this is no JSON"),
        ('{"id": 1}\n{"id": 2}\n', "required column call_id"),
        ("\x00\x01\x02", "this is no JSON"),
    ],
)
def test_another_format_is_rejected(zone, text, told):
    zone.put(f"{FOLDER}/a.jsonl", text)
    zone.ingest()
    ((status, reason),) = zone.rows("select status, reason from audit.files")
    assert status == "rejected"
    assert told in reason


def test_numbers_keep_every_digit(zone):
    # 2^53 + 1 and a key of more digits than a 64-bit number has.
    zone.put(
        f"{FOLDER}/a.jsonl",
        '{"call_id": 123456789012345678901234, "segment_index": 9007199254740993, '
        '"speaker": "customer", "offset_seconds": 0.1}\n',
    )
    zone.ingest()
    assert zone.rows(f"select call_id, segment_index, offset_seconds::varchar from {RAW}") == [
        ("123456789012345678901234", 9007199254740993, "0.1000")
    ]


def test_misfits_name_the_field(zone):
    zone.put(
        f"{FOLDER}/a.jsonl",
        "\n".join(
            [
                segment(0),
                segment(1, offset_seconds="soon"),
                segment(2, speaker="robot"),
                '{"call_id": null, "segment_index": 3, "speaker": "customer"}',
                '{"call_id": "c1", "segment_index": 8.7, "speaker": "customer"}',
            ]
        ),
    )
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl") == ("loaded", 5, 1, 4)
    assert zone.rows("select line, field from audit.quarantine order by 1") == [
        (2, "offset_seconds"),
        (3, "speaker"),
        (4, "call_id"),
        (5, "segment_index"),
    ]


def test_unknown_keys_are_kept_whole(zone):
    zone.put(f"{FOLDER}/a.jsonl", segment(0, mood={"joy": [1, 2]}, tag="x") + "\n" + segment(1))
    zone.ingest()
    (kept,), (nothing,) = zone.rows(f"select _extra from {RAW} order by segment_index")
    assert json.loads(kept) == {"mood": {"joy": [1, 2]}, "tag": "x"}
    assert nothing is None


def test_their_names_are_mapped_by_path(zone):
    zone.put(f"{FOLDER}/_source.yml", "columns: {meta.call: call_id, who: speaker}")
    zone.put(f"{FOLDER}/a.jsonl", '{"meta": {"call": "c7"}, "who": "adviser", "segment_index": 1}')
    zone.ingest()
    assert zone.rows(f"select call_id, speaker from {RAW}") == [("c7", "adviser")]


def test_parquet_with_nested_columns(zone, tmp_path):
    path = zone.put(f"{FOLDER}/a.parquet", b"")
    duckdb.execute(
        "copy (select 'c' || i as call_id, i as segment_index, 'customer' as speaker, "
        f"{{'a': [i]}} as nested from range(3) as t (i)) to '{path}'"
    )
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.parquet") == ("loaded", 3, 3, 0)
    assert zone.rows(f"select _extra::varchar from {RAW} where _line = 3") == [
        ('{"nested":{"a":[2]}}',)
    ]


def test_truncated_archive_of_json_leaves_nothing(zone):
    # Long enough for the first part to be in the warehouse when the end is missed.
    packed = gzip.compress("".join(f"{segment(n)}\n" for n in range(300_000)).encode(), 1)
    zone.put(f"{FOLDER}/a.jsonl.gz", packed[:-20_000])
    zone.ingest()
    assert zone.counts(f"{FOLDER}/a.jsonl.gz") == ("rejected", 0, 0, 0)
    assert zone.rows(f"select count(*) from {RAW}") == [(0,)]


def test_growing_lines_load_once(zone):
    zone.put(f"{FOLDER}/_source.yml", "delivery: growing")
    zone.put(f"{FOLDER}/a.jsonl", segment(0) + "\n" + segment(1)[:-3])
    zone.ingest()
    zone.put(f"{FOLDER}/a.jsonl", segment(0) + "\n" + segment(1) + "\n" + segment(2) + "\n")
    zone.ingest()
    assert zone.rows(f"select segment_index, _line from {RAW} order by 1") == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ('{"s": [1, 2], "n": 1}\n{"s": [3]}\n', {2}, '{"s": [1], "n": 1}\n{"s": [3]}\n'),
        ('{"s": [1, 2]}\n{"s": [3]}\n', {1, 3}, '{"s": [2]}\n{"s": []}\n'),
        ('[{"s": [1]}, {"s": [2, 3]}, {"x": 4}]', {1, 2}, '[{"s": []}, {"s": [3]}, {"x": 4}]'),
        ('[{"s": [1]}, {"s": [2, 3]}, {"x": 4}]', {4}, '[{"s": [1]}, {"s": [2, 3]}]'),
        ("[1, 2, 3, 4]", {2, 4}, "[1, 3]"),
        ("[1, 2, 3, 4]", {3, 4}, "[1, 2]"),
    ],
)
def test_records_are_taken_out_of_pages(tmp_path, text, gone, left):
    path = tmp_path / "a.json"
    path.write_text(text)
    shorter, _ = document_without(path, gone, fallback_encoding="auto", keys=["s"])
    assert shorter == left


@pytest.mark.parametrize("name", ["", "a..b", "b.*"])
def test_a_name_that_no_record_can_have_is_told(zone, name):
    zone.put(f"{FOLDER}/_source.yml", f"columns: {{'{name}': text}}\n")
    zone.put(f"{FOLDER}/a.jsonl", segment(0))
    (file,) = zone.ingest().files
    assert (file.status, "is no key of a record" in (file.reason or "")) == ("rejected", True)


def test_any_other_name_is_a_key(zone):
    zone.put(f"{FOLDER}/_source.yml", """columns: {'said.a"b\\c': text}\n""")
    zone.put(f"{FOLDER}/a.jsonl", segment(0, said={'a"b\\c': "hello"}))
    zone.ingest()
    assert zone.rows(f"select text from {RAW}") == [("hello",)]
