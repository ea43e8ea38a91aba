"""A file that can't be read costs itself only: it is told of, and the others load."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from orchestration import cli, commands, pipeline
from orchestration.ingestion import landing, loader, portion
from orchestration.ingestion.landing import LandedFile
from orchestration.ingestion.parts import Counts

FOLDER = "call_records/wrap_ups"
RAW = "raw.call_records__wrap_ups"
GOOD = f"{FOLDER}/z.csv"


def parquet(**columns: list[object]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def put_good(zone) -> None:
    """A sound file that comes behind the others."""
    zone.put(GOOD, "call_id,note\ngood,x\n")


def reason_of(zone, name: str) -> str:
    """Why a file was rejected; the sound one must have loaded."""
    (file,) = [f for f in zone.ingest().files if f.path == f"{FOLDER}/{name}"]
    assert file.status == "rejected"
    assert zone.counts(GOOD) == ("loaded", 1, 1, 0)
    return file.reason


def damaged_page() -> bytes:
    whole = bytearray(parquet(call_id=[f"c{n}" for n in range(20_000)], note=["n"] * 20_000))
    for at in range(2000, 2200):
        whole[at] ^= 0x5A
    return bytes(whole)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("page.parquet", damaged_page(), "the engine can't read the file"),
        ("gap.parquet", (whole := parquet(call_id=["a"]))[:40] + whole[60:], "the engine can't"),
        ("cut.csv", "call_id\nx\n".encode("utf-16")[:-1], "UTF-16 text is truncated"),
        ("half.csv", "call_id\n".encode("utf-16") + b"\x00\xd8A\0", "UTF-16 text is truncated"),
        ("in.parquet.gz", gzip.compress(whole), "a Parquet file inside an archive"),
    ],
    ids=["page", "gap", "cut", "half", "packed"],
)
def test_damaged_content(zone, name, content, told):
    zone.put(f"{FOLDER}/{name}", content)
    put_good(zone)
    assert told in reason_of(zone, name)


def test_a_file_that_may_not_be_read_is_tried_by_every_run(zone, monkeypatch):
    path = zone.put(f"{FOLDER}/closed.csv", "call_id,note\nc1,x\n")
    put_good(zone)
    opened = Path.open

    def refuse(self, *arguments, **options):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)

    with monkeypatch.context() as closed:
        closed.setattr(Path, "open", refuse)
        assert "Permission denied" in reason_of(zone, "closed.csv")
    zone.ingest()
    assert zone.rows(f"select call_id from {RAW} order by 1") == [("c1",), ("good",)]
    assert zone.rows("select count(*) from audit.files where status = 'rejected'") == [(0,)]


def test_settings_that_may_not_be_read_cost_their_folder_only(zone, monkeypatch):
    zone.put("crm/advisers/_source.yml", "country: FR\n")
    zone.put("crm/advisers/a.csv", "adviser_id\nA1\n")
    put_good(zone)
    read = Path.read_text

    def refuse(self, *arguments, **options):
        if self.name == "_source.yml":
            raise PermissionError(13, "Permission denied")
        return read(self, *arguments, **options)

    monkeypatch.setattr(Path, "read_text", refuse)
    reasons = {file.path: file.reason for file in zone.ingest().files}
    told = "crm/advisers/_source.yml: can't be read (Permission denied)"
    assert reasons == {"crm/advisers/_source.yml": told, "crm/advisers/a.csv": told, GOOD: None}


def test_a_file_that_goes_during_the_run_is_left(zone, monkeypatch):
    path = zone.put(f"{FOLDER}/gone.csv", "call_id\nc1\n")
    put_good(zone)
    scan = landing.scan

    def scan_then_remove(*arguments):
        found = scan(*arguments)
        path.unlink()
        return found

    monkeypatch.setattr(landing, "scan", scan_then_remove)
    statuses = {file.path: file.status for file in zone.ingest().files}
    assert statuses == {f"{FOLDER}/gone.csv": "unfinished", GOOD: "loaded"}


def test_a_full_disk_is_no_fault_of_the_files(zone, monkeypatch):
    put_good(zone)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(portion.landing, "content_hash", fail)
    with pytest.raises(OSError, match="No space left"):
        zone.ingest()


def test_an_account_that_does_not_close_keeps_nothing(zone, monkeypatch):
    zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    put_good(zone)
    load = loader.PartLoader.load

    def forget_a_row(self, path, *arguments):
        counts = load(self, path, *arguments)
        return Counts(counts.read, 0) if path.name == "a.csv" else counts

    monkeypatch.setattr(loader.PartLoader, "load", forget_a_row)
    assert "1 rows read, but 0 loaded" in reason_of(zone, "a.csv")
    assert zone.rows(f"select call_id from {RAW}") == [("good",)]


def test_a_name_that_is_no_utf_8(zone):
    folder = zone.put(GOOD, "call_id,note\ngood,x\n").parent
    Path(os.fsdecode(os.fsencode(folder) + b"/relev\xe9.csv")).write_text("call_id\nc1\n")
    assert "rename the file" in reason_of(zone, "relev\\xe9.csv")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a\x1b]0;x\x07.csv", "a\\x1b]0;x\\x07.csv"), ("a\nb.csv", "a\\x0ab.csv")],
)
def test_a_name_with_control_characters_is_shown_without(zone, capsys, monkeypatch, name, shown):
    zone.put(f"{FOLDER}/{name}", "call_id\nc1\n")
    put_good(zone)
    monkeypatch.setenv("PASSERELLE_HOME", str(zone.settings.home))
    assert cli.main(["check", "--landing", str(zone.settings.landing)]) == pipeline.INCOMPLETE
    told = capsys.readouterr()
    assert f"{FOLDER}/{shown}: the name isn't UTF-8 without control characters" in told.out
    assert not set(told.out + told.err) & {"\x1b", "\x07"}
    assert "rename the file" in reason_of(zone, shown)


def test_what_a_file_holds_obeys_no_terminal(capsys):
    commands.say("a\tb\nc\x1b[2J\x9bd\r")
    assert capsys.readouterr().out == "a\tb\nc\\x1b[2J\\x9bd\\x0d\n"


@pytest.mark.parametrize(
    "name", ["d.csv.PART", "d.csv.Tmp", "D.CSV.FILEPART", "d.csv.PART.gz", "e.csv~"]
)
def test_names_of_files_that_are_none_yet(zone, name):
    zone.put(f"{FOLDER}/{name}", "call_id\nc1\n")
    zone.put(f"{FOLDER}/e~.csv", "call_id\nc2\n")
    statuses = {file.path: file.status for file in zone.ingest().files}
    assert statuses == {f"{FOLDER}/{name}": "unfinished", f"{FOLDER}/e~.csv": "loaded"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04\x14\0\x06\0", "this is a ZIP archive (an .xlsx workbook is one too)"),
        (b"PK\x05\x06" + bytes(18), "this is an empty ZIP archive"),
        (gzip.compress(b"PK\x03\x04\x14\0"), "this is a ZIP archive"),
        (gzip.compress(gzip.compress(b"call_id\nc1\n")), "this is an archive inside an archive"),
        (zstandard.compress(gzip.compress(b"call_id\n")), "this is an archive inside an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "this is an Excel workbook"),
    ],
    ids=["zip", "empty zip", "packed zip", "packed twice", "packed two ways", "xls"],
)
@pytest.mark.parametrize("delivery", ["append", "growing"])
def test_archives_of_other_kinds_are_named(zone, content, told, delivery):
    zone.put(f"{FOLDER}/_source.yml", f"delivery: {delivery}\n")
    zone.put(f"{FOLDER}/a.csv", content)
    put_good(zone)
    reason = reason_of(zone, "a.csv")
    assert reason.startswith(told)
    assert "plain, .gz or .zst" in reason


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("country: FR\ncountry: BE\n", "at line 2: 'country' stands there twice"),
        ("columns:\n  a: call_id\n  b: note\n  a: note\n", "at line 4: 'a' stands there twice"),
    ],
)
def test_a_key_that_stands_twice_is_refused(zone, text, told):
    zone.put("crm/advisers/_source.yml", text)
    zone.put("crm/advisers/a.csv", "adviser_id\nA1\n")
    (file,) = zone.ingest().files
    assert (file.status, told in file.reason) == ("rejected", True)


def test_names_of_parquet_files_are_no_patterns(zone):
    names = ["a1", "a[1]", "b1", "b?", "c*", "c2", "lot [1]/d", "customer=7/e"]
    for name in names:
        zone.put(f"{FOLDER}/{name}.parquet", parquet(call_id=[name]))
    zone.ingest()
    found = zone.rows(
        f"select path, call_id, _extra from {RAW} join audit.files f on _file_id = "
        "f.file_id order by path"
    )
    assert found == [(f"{FOLDER}/{name}.parquet", name, None) for name in sorted(names)]


def test_a_column_named_as_the_engines_row_number(zone):
    zone.put(f"{FOLDER}/a.parquet", parquet(call_id=["a", "b", None], File_Row_Number=[70, 80, 90]))
    zone.ingest()
    assert zone.rows(f"select call_id, _extra, _line from {RAW} order by 3") == [
        ("a", '{"file_row_number":"70"}', 1),
        ("b", '{"file_row_number":"80"}', 2),
    ]
    assert zone.rows("select line, field from audit.quarantine") == [(3, "call_id")]


def test_an_archive_that_begins_with_a_frame_without_data(zone):
    empty = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
    zone.put(f"{FOLDER}/a.csv.zst", empty + zstandard.compress(b"call_id\nc1\n"))
    zone.ingest()
    assert zone.rows(f"select call_id from {RAW}") == [("c1",)]


def test_files_that_share_a_transaction_with_a_damaged_one_load_once(zone):
    zone.put(f"{FOLDER}/a.csv", "call_id,note\nfirst,x\n")
    zone.put(f"{FOLDER}/b.parquet", damaged_page())
    # Its rows were stored already when the damage was met, and are stored again without it.
    zone.put(f"{FOLDER}/c.csv", "call_id,note\nfirst,x\nsecond,y\n")
    put_good(zone)
    told = [(Path(file.path).name, file.status) for file in zone.ingest().files]
    assert told == [
        ("a.csv", "loaded"),
        ("b.parquet", "rejected"),
        ("c.csv", "loaded"),
        ("z.csv", "loaded"),
    ]
    assert zone.rows(f"select call_id from {RAW} order by 1") == [
        ("first",),
        ("first",),
        ("good",),
        ("second",),
    ]
    assert zone.rows("select count(*), count(distinct file_id) from audit.files") == [(4, 4)]
    assert zone.ingest().files == []


def test_a_transaction_takes_files_of_one_folder_up_to_a_size():
    def landed(name: str, size: int) -> LandedFile:
        family, format_, _ = name.split("/")
        return LandedFile(Path(name), name, family, format_, size, 0)

    small, most = 1, loader.GROUP_BYTES
    files = [
        landed("crm/cases/1.csv", small),
        landed("crm/cases/2.csv", most - small),
        landed("crm/cases/3.csv", small),
        landed("crm/costs/1.csv", small),
        landed("crm/orders/1.csv", 2 * most),
        landed("crm/orders/2.csv", small),
    ]
    groups = [[file.relative for file in group] for group in loader.groups(files)]
    assert groups == [
        ["crm/cases/1.csv", "crm/cases/2.csv"],
        ["crm/cases/3.csv"],
        ["crm/costs/1.csv"],
        ["crm/orders/1.csv"],
        ["crm/orders/2.csv"],
    ]


@pytest.mark.parametrize("earlier", [False, True], ids=["a new warehouse", "a day loaded before"])
def test_agents_known_before_a_damaged_file_are_known_behind_it(zone, earlier):
    def put(name: str, content: str) -> None:
        header = "event_id,event_name,occurred_at,user_agent\n"
        zone.put(f"web_tags/flat/{name}.csv", header + content)

    if earlier:
        put("0", "e0,x,2026-10-01T10:00:00Z,Safari\n")
        zone.ingest()
    put("a", "e1,x,2026-10-01T10:00:00Z,Safari\n")
    put("b", "e2,x,2026-10-01T10:00:00Z,Safari\n")
    zone.put("web_tags/flat/c.csv", "event_id,event_name\ne3,x\n")
    told = [(Path(file.path).name, file.status) for file in zone.ingest().files]
    assert told == [("a.csv", "loaded"), ("b.csv", "loaded"), ("c.csv", "rejected")]
