"""`passerelle quarantine list|show|replay`, there and back, on a file with bad rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration import cli, pipeline
from orchestration.ingestion.loader import ingest
from orchestration.settings import Settings

CALLS = """call_id,direction,started_at,outcome,caller_number
1,inbound,2026-10-30T09:00:00Z,answered,0612345678
2,inbound,2026-10-30T09:05:00Z,DECROCHE,0612345679
3,inbound,yesterday,answered,0612345670
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with one file loaded, two rows of which lie in quarantine."""
    monkeypatch.setenv("PASSERELLE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PASSERELLE_LANDING", str(tmp_path / "landing"))
    monkeypatch.setenv("PASSERELLE_HMAC_KEY", "a key of the tests, 32 bytes long")
    monkeypatch.delenv("PASSERELLE_AS_OF", raising=False)
    monkeypatch.setattr("orchestration.ingestion.landing.FRESH_SECONDS", -1.0)
    settings = Settings.load()
    put(settings, "calls.csv", CALLS)
    ingest(settings)
    return settings


def put(settings: Settings, name: str, text: str) -> None:
    path = settings.landing / "call_records" / "flat" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def loaded(settings: Settings) -> str:
    """Ids of the calls in raw."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as con:
        rows = con.execute("select call_id from raw.call_records__flat order by 1").fetchall()
    return "".join(row[0] for row in rows)


def passerelle(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and output of a quarantine command."""
    code = cli.main(["quarantine", *arguments])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def file_id(capsys: pytest.CaptureFixture[str]) -> str:
    """The file that the list names last."""
    code, text = passerelle(capsys, "list")
    assert code == pipeline.OK
    return text.splitlines()[-1].split()[0]


def test_list_names_the_file_and_how_many_rows(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = passerelle(capsys, "list")
    assert code == pipeline.OK
    head, row = text.splitlines()
    assert head.split()[:3] == ["file", "state", "quarantined"]
    assert row.split()[1:5] == ["loaded", "2", "3", "call_records/flat/calls.csv"]


def test_show_gives_line_field_and_reason_and_values_only_when_asked(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = file_id(capsys)
    code, text = passerelle(capsys, "show", found)
    assert code == pipeline.OK
    lines = {row.split()[0]: row.split()[1] for row in text.splitlines()[2:]}
    assert lines == {"3": "outcome", "4": "started_at"}
    assert "061234567" not in text
    code, text = passerelle(capsys, "show", found, "--values")
    assert code == pipeline.OK
    assert "0612345679" in text
    code, text = passerelle(capsys, "show", found, "--limit", "1")
    assert "1 more" in text
    code, text = passerelle(capsys, "show", "0123456789abcdef")
    assert code == pipeline.USAGE


def test_replay_after_a_mended_mapping_loads_what_fits_now(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = file_id(capsys)
    code, text = passerelle(capsys, "replay", found)
    assert code == pipeline.OK
    assert "1 rows loaded, 2 quarantined" in text  # nothing was mended
    put(settings, "_source.yml", "codes: {outcome: {DECROCHE: answered}}\n")
    code, text = passerelle(capsys, "replay", found)
    assert code == pipeline.OK
    assert "2 rows loaded, 1 quarantined" in text
    assert "next: passerelle run" in text
    assert loaded(settings) == "12"
    code, text = passerelle(capsys, "show", found)
    assert [row.split()[:2] for row in text.splitlines()[2:]] == [["4", "started_at"]]


def test_a_corrected_file_is_a_new_one(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    found = file_id(capsys)
    mended = CALLS.replace("DECROCHE", "answered").replace("yesterday", "2026-10-29T09:00:00Z")
    put(settings, "calls.csv", mended)
    code, text = passerelle(capsys, "replay", found)
    assert code == pipeline.USAGE
    assert "has changed" in text
    assert "passerelle run" in text
    ingest(settings)
    assert loaded(settings) == "1123"  # both copies of call 1 stay in raw


def test_replaying_all_until_the_quarantine_is_empty(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put(
        settings,
        "_source.yml",
        "codes: {outcome: {DECROCHE: answered}}\nnull_values: [yesterday]\n"
        "constants: {started_at: '2026-10-29T09:00:00Z'}\n",
    )
    code, text = passerelle(capsys, "replay", "--all")
    assert code == pipeline.OK
    assert "3 rows loaded, 0 quarantined" in text
    assert loaded(settings) == "123"
    assert passerelle(capsys, "list") == (pipeline.OK, "the quarantine is empty\n")
    assert passerelle(capsys, "replay", "--all") == (pipeline.OK, "the quarantine is empty\n")


def test_a_rejected_file_loads_once_its_folder_is_right(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put(settings, "other.csv", "appel,sens,debut,statut\n9,inbound,2026-10-30T09:00:00Z,answered\n")
    ingest(settings)
    code, text = passerelle(capsys, "list")
    (row,) = [line for line in text.splitlines() if "other.csv" in line]
    rejected = row.split()[0]
    assert row.split()[1] == "rejected"
    code, text = passerelle(capsys, "replay", rejected)
    assert code == pipeline.INCOMPLETE
    put(
        settings,
        "_source.yml",
        "columns: {appel: call_id, sens: direction, debut: started_at, statut: outcome}\n",
    )
    code, text = passerelle(capsys, "list")
    (row,) = [line for line in text.splitlines() if "other.csv" in line]
    code, text = passerelle(capsys, "replay", row.split()[0])
    assert code == pipeline.OK
    assert loaded(settings) == "19"


def test_replaying_all_goes_on_behind_a_file_that_is_gone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put(settings, "more.csv", CALLS.replace("\n1,", "\n7,"))
    ingest(settings)
    put(settings, "_source.yml", "codes: {outcome: {DECROCHE: answered}}\n")
    (settings.landing / "call_records" / "flat" / "calls.csv").unlink()
    code, text = passerelle(capsys, "replay", "--all")
    assert code == pipeline.INCOMPLETE
    assert "calls.csv: left, 0 rows loaded, 0 quarantined (is no longer in the landing" in text
    assert "more.csv: loaded, 2 rows loaded, 1 quarantined" in text
