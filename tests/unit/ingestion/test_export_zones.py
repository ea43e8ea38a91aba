"""The zone that an export names beside its import ids."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

QUALTRICS = (
    "StartDate,EndDate,Finished,ResponseId,RecordedDate,Q1\nStart,End,Done,Id,Recorded,Happy?\n"
)
SURVEY_ROW = "{0},{0},1,R_1,{0},9\n"


def import_ids(*zones):
    names = ["startDate", "endDate", "finished", "_recordId", "recordedDate", "QID1"]
    given = dict(zip(("startDate", "endDate", "recordedDate"), zones, strict=False))
    ids = [
        {"ImportId": name} | ({"timeZone": given[name]} if name in given else {}) for name in names
    ]
    quoted = (json.dumps(found).replace('"', '""') for found in ids)
    return ",".join(f'"{text}"' for text in quoted) + "\n"


@pytest.mark.parametrize(
    ("zones", "settings", "hour"),
    [
        (("Z", "Z", "Z"), "", 2),
        (("America/Denver",) * 3, "", 9),
        (("Asia/Tokyo",) * 3, "time_zone: America/Denver\n", -7),
        (("Z",) * 3, "time_zone: America/Denver\ntrust_offsets: false\n", 9),
        ((), "", 1),
    ],
)
def test_an_export_names_the_zone_of_its_times(zone, zones, settings, hour):
    zone.put("surveys/qualtrics/_source.yml", settings)
    row = SURVEY_ROW.format("2026-03-02 02:00:00")
    zone.put("surveys/qualtrics/a.csv", QUALTRICS + import_ids(*zones) + row)
    zone.ingest()
    found = zone.rows("select distinct recorded_at from raw.surveys__qualtrics")
    assert found == [(datetime(2026, 3, 2) + timedelta(hours=hour),)]


@pytest.mark.parametrize(
    ("zones", "reason"),
    [(("Z", "Europe/Paris"), "several zones"), (("Mars/Olympus",), "no IANA zone")],
)
def test_an_export_of_an_unknown_clock_is_rejected(zone, zones, reason):
    row = SURVEY_ROW.format("2026-03-02 02:00:00")
    zone.put("surveys/qualtrics/a.csv", QUALTRICS + import_ids(*zones) + row)
    zone.ingest()
    ((status, why),) = zone.rows("select status, reason from audit.files")
    assert status == "rejected"
    assert reason in why
