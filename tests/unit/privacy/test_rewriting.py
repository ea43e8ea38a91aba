"""Files without some of their records: the others stay byte for byte."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.reading import Reading, read_layout
from orchestration.ingestion.source_settings import SourceSettings
from orchestration.ingestion.streams import UnreadableFileError
from orchestration.privacy.rewriting import Rewritten, rewrite, target_of
from orchestration.settings import PROJECT_DIR

FLAT = ("web_tags", "flat")
TWILIO = ("call_records", "twilio")


def without(path: Path, lines: set[int], table: tuple[str, str] | None = None) -> Rewritten:
    found = load_contract(PROJECT_DIR).get(*table) if table else None
    folder = SourceSettings(delivery="append")
    reading: Reading | None = None
    if found:
        with duckdb.connect() as con:
            reading = read_layout(con, path, found, folder)
    made = rewrite(path, lines, found, folder if found else None, reading)
    assert target_of(made.part) == path
    assert made.put()
    return made


def test_lines_keep_their_bytes_and_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("one\r\n\r\ntw\xf6\r\nthree\r\nfour".encode("latin-1"))
    made = without(path, {1, 4})
    assert path.read_bytes() == "\r\ntw\xf6\r\nfour".encode("latin-1")
    assert (made.removed, made.line(3), made.line(5)) == ([1, 4], 2, 3)
    assert made.offset(22) == 22 - 5 - 7


@pytest.mark.parametrize("kind", ["plain", "gz", "zst"])
def test_a_record_goes_with_all_its_lines(tmp_path: Path, kind: str) -> None:
    head = "event_id,event_name,occurred_at,visitor_id,page_title,properties\n"
    text = (
        head + 'e1,v,2026-01-01,a,"x\ny ""z""\nw",\n' + "e2,v,2026-01-01,b,t,\n"
        'e3,v,2026-01-01,c,"never closed,\n' + "e4,v,2026-01-01,d,t,\n"
    )
    path = tmp_path / f"a.csv.{kind}"
    packed = {
        "plain": bytes,
        "gz": gzip.compress,
        "zst": lambda data: zstandard.compress(data),
    }[kind]
    path.write_bytes(packed(text.encode()))
    made = without(path, {2, 6}, FLAT)
    data = path.read_bytes()
    if kind == "gz":
        data = gzip.decompress(data)
    if kind == "zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    assert data.decode() == head + "e2,v,2026-01-01,b,t,\ne4,v,2026-01-01,d,t,\n"
    assert made.removed == [2, 3, 4, 6]
    assert (made.line(5), made.line(7)) == (2, 3)


@pytest.mark.parametrize("gone", [{1}, {2}, {3}, {1, 2}, {2, 3}, {1, 3}, {1, 2, 3}])
@pytest.mark.parametrize("indent", [None, 1])
def test_documents_lose_records_and_stay_whole(
    tmp_path: Path, gone: set[int], indent: int | None
) -> None:
    calls = [{"sid": f"CA{n}", "price": 0.10000000000000001} for n in (1, 2, 3)]
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"page": 0, "calls": calls, "end": "x"}, indent=indent))
    # Records that share a line are told by their number, others by the line they begin on.
    lines = {1: 1, 2: 2, 3: 3} if indent is None else {1: 4, 2: 8, 3: 12}
    made = without(path, {lines[n] for n in gone}, TWILIO)
    left = json.loads(path.read_text())
    assert [call["sid"] for call in left["calls"]] == [f"CA{n}" for n in (1, 2, 3) if n not in gone]
    assert (left["page"], left["end"]) == (0, "x")
    stayed = [n for n in (1, 2, 3) if n not in gone]
    if stayed:
        first = 1 if indent is None else 4
        assert made.line(lines[stayed[0]]) == first


def test_parquet_keeps_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "a": pa.array([1, 2, 3], pa.int16()),
            "b": pa.array([["x"], None, []], pa.list_(pa.string())),
        }
    )
    pq.write_table(table, path, row_group_size=2)
    made = without(path, {2})
    assert pq.read_table(path).equals(table.take([0, 2]))
    assert pq.read_schema(path).equals(table.schema)
    assert made.line(3) == 2
    path.write_bytes(b"PAR1 and nothing more PAR1")
    with pytest.raises(UnreadableFileError):
        rewrite(path, {1})


def test_a_file_that_grew_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n")
    made = rewrite(path, {1})
    with path.open("a") as handle:
        handle.write("three\n")
    assert not made.put()
    assert path.read_text() == "one\ntwo\nthree\n"
    assert list(tmp_path.iterdir()) == [path]


def test_records_are_told_apart_as_the_loader_does(tmp_path: Path) -> None:
    head = "event_id,event_name,occurred_at,page_title\n"
    path = tmp_path / "a.csv"
    path.write_text(head + 'e1,v,2026-01-01,"x\na,b,c,d"\ne2,v,2026-01-01,t\n')
    assert without(path, {2}, FLAT).removed == [2, 3]
    assert path.read_text() == head + "e2,v,2026-01-01,t\n"
    path.write_bytes(head.replace("\n", "\r").encode() + b'e1,v,t,"x\ny"\re2,v,t,t\r')
    assert without(path, {2}, FLAT).removed == [2, 3]
    assert path.read_bytes() == (head + "e2,v,t,t\n").encode()
