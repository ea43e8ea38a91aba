"""Folders of the landing zone: links among them, and those that can't be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration import commands
from orchestration.ingestion.loader import ingest
from orchestration.ingestion.walking import LEADS_NOWHERE

FOLDER = "call_records/wrap_ups"
RAW = "raw.call_records__wrap_ups"
CLOSED = "the folder can't be read (Permission denied); see its permissions and its disk"


def close(patch: pytest.MonkeyPatch, *folders: Path) -> None:
    """Folders as `chmod 000` leaves them for anybody but root."""
    scandir, stat = os.scandir, Path.stat

    def refuse_list(path):
        if Path(path) in folders:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def refuse_look(self, **options):
        if set(folders) & set(self.parents):
            raise PermissionError(13, "Permission denied")
        return stat(self, **options)

    patch.setattr(os, "scandir", refuse_list)
    patch.setattr(Path, "stat", refuse_look)


@pytest.mark.parametrize("closed", ["social", "social/reviews", "social/reviews/2026"])
def test_a_folder_that_may_not_be_read_is_told_of_and_the_rest_loads(zone, monkeypatch, closed):
    zone.put("social/reviews/2026/a.csv", "review_id,platform,created_at\nr1,google,2026-10-20\n")
    zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    with monkeypatch.context() as patch:
        close(patch, zone.settings.landing / closed)
        told = {file.path: (file.status, file.reason) for file in zone.ingest().files}
        assert told == {f"{FOLDER}/a.csv": ("loaded", None), closed: ("rejected", CLOSED)}
        assert not commands.is_empty(zone.settings.landing)
    assert [file.status for file in zone.ingest().files] == ["loaded"]
    assert zone.rows("select path from audit.files where status = 'rejected'") == []


def test_another_familys_run_keeps_what_is_told_of_a_folder(zone, monkeypatch):
    zone.put("social/reviews/a.csv", "review_id\nr1\n")
    zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    close(monkeypatch, zone.settings.landing / "social")
    zone.ingest()
    ingest(zone.settings, families=["call_records"])
    assert zone.rows("select path from audit.files where status = 'rejected'") == [("social",)]


def test_a_file_that_tells_nothing_of_itself_is_told_of(zone, monkeypatch):
    path = zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    stat = Path.stat

    def refuse(self, **options):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    (file,) = zone.ingest().files
    assert (file.path, file.status) == (f"{FOLDER}/a.csv", "rejected")


@pytest.mark.parametrize("linked", ["call_records", FOLDER, f"{FOLDER}/2026-10-31"])
def test_a_folder_behind_a_link_is_read_under_its_name_here(zone, tmp_path, linked):
    inner = Path(f"{FOLDER}/2026-10-31").relative_to(linked)
    outside = tmp_path / "mount"
    (outside / inner).mkdir(parents=True)
    (outside / inner / "a.csv").write_text("call_id\nc1\n")
    link = zone.settings.landing / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    (file,) = zone.ingest().files
    assert (file.path, file.status) == (f"{FOLDER}/2026-10-31/a.csv", "loaded")
    assert zone.rows("select cast(exported_at as date)::text from audit.files") == [("2026-10-31",)]
    assert not commands.is_empty(zone.settings.landing)
    (outside / inner / "a.csv").unlink()
    assert commands.is_empty(zone.settings.landing)


def test_links_in_a_circle_end_and_content_counts_once(zone):
    path = zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    (path.parent / "back").symlink_to(zone.settings.landing / "call_records")
    (path.parent / "itself").symlink_to(path.parent / "itself")
    (path.parent / "twice.csv").symlink_to(path)
    report = zone.ingest()
    assert [(file.path, file.status, file.reason) for file in report.files] == [
        (f"{FOLDER}/itself", "rejected", LEADS_NOWHERE),
        (f"{FOLDER}/a.csv", "loaded", None),
    ]
    assert zone.rows(f"select call_id from {RAW}") == [("c1",)]


def test_a_link_that_leads_to_nothing_is_told_of_until_it_does(zone, tmp_path):
    zone.settings.landing.mkdir()
    (zone.settings.landing / "call_records").symlink_to(tmp_path / "mount")
    (file,) = zone.ingest().files
    assert (file.path, file.status, file.reason) == ("call_records", "rejected", LEADS_NOWHERE)
    (tmp_path / "mount" / "wrap_ups").mkdir(parents=True)
    (tmp_path / "mount" / "wrap_ups" / "a.csv").write_text("call_id\nc1\n")
    assert [file.status for file in zone.ingest().files] == ["loaded"]
    assert zone.rows("select path from audit.files where status = 'rejected'") == []


def test_settings_behind_a_dead_link_are_no_defaults(zone, tmp_path):
    path = zone.put(f"{FOLDER}/a.csv", "call_id\nc1\n")
    (path.parent / "_source.yml").symlink_to(tmp_path / "nothing.yml")
    (file,) = zone.ingest().files
    assert (file.status, "can't be read" in (file.reason or "")) == ("rejected", True)
