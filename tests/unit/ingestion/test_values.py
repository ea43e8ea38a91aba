"""Texts of files as values: times, days, numbers; what doesn't fit says why."""

from __future__ import annotations

import json

import pytest

from orchestration.ingestion.values import identify, normalise_phone

CALLS = "call_records/flat"
HEAD = "call_id,direction,started_at,outcome"


def put_times(zone, *written: str, settings: str = "time_zone: Europe/Paris\n") -> None:
    rows = [f'{number},inbound,"{time}",answered' for number, time in enumerate(written)]
    zone.put(f"{CALLS}/_source.yml", settings)
    zone.put(f"{CALLS}/1.csv", "\n".join([HEAD, *rows]))
    zone.ingest()


def times(zone) -> list[str]:
    found = zone.rows("select started_at::varchar from raw.call_records__flat order by _line")
    return [time for (time,) in found]


def test_iso_8601_has_many_spellings(zone):
    # Of one moment: ten in the evening, UTC.
    put_times(
        zone,
        "2026-10-31T22:00Z",
        "2026-10-31T23:00+01:00",
        "2026-10-31T23:00+01",
        "2026-10-31T22:00:00z",
        "2026-10-31t22:00:00Z",
        "2026-10-31 22:00:00 GMT",
        "2026-10-31 23:00:00 +01:00",
        "2026/10/31 23:00:00",
    )
    assert times(zone) == ["2026-10-31 22:00:00"] * 8


def test_the_name_of_a_zone_shifts_no_other_row(zone):
    put_times(
        zone, "2026-10-31 22:00:00 UTC", "2026-10-31 23:00:00", "2026-10-31 9:00:00 Asia/Tokyo"
    )
    assert times(zone) == ["2026-10-31 22:00:00"] * 2
    assert zone.rows("select line from audit.quarantine") == [(4,)]


def test_a_year_has_four_digits(zone):
    put_times(zone, "05/10/26 14:03:00", "26-10-31", "01/02/26", "2026-10-31T00:00Z")
    assert times(zone) == ["2026-10-31 00:00:00"]


def test_a_day_is_written_year_first(zone):
    days = ["2026-10-31", "26-10-31", "05/10/26", "infinity", "-infinity", "epoch", "31/10/2026"]
    rows = "".join(f"c{number},move,{day}\n" for number, day in enumerate(days))
    zone.put("crm/life_events/1.csv", f"customer_id,kind,occurred_on\n{rows}")
    zone.ingest()
    assert zone.rows("select occurred_on::varchar from raw.crm__life_events") == [("2026-10-31",)]
    assert zone.rows("select distinct field, reason from audit.quarantine") == [
        ("occurred_on", "no date such as 2026-10-31")
    ]


def test_figures_have_no_underscores(zone):
    zone.put(
        "ad_spend/flat/1_2026-10-31.csv",
        "date,channel,campaign,cost,clicks\n"
        "2026-10-20,sea,a,1_2,1\n2026-10-20,sea,b,12,1_0\n2026-10-20,sea,c,12,0b1\n"
        "2026-10-20,sea,d,1.5,10\n",
    )
    zone.put("crm/quality_scores/1.csv", "call_id,criterion,score\nc1,tone,1_0\nc2,tone,9\n")
    zone.ingest()
    assert zone.rows("select campaign, cost::varchar, clicks from raw.ad_spend__flat") == [
        ("d", "1.5000", 10)
    ]
    assert zone.rows("select call_id from raw.crm__quality_scores") == [("c2",)]


def test_offsets_that_lie_in_every_spelling(zone):
    # Wall clocks of Paris, which is an hour ahead of UTC on that day.
    put_times(
        zone,
        "2026-11-02T09:00:00+00",
        "2026-11-02T09:00Z",
        "2026-11-02 09:00:00.000-05",
        "2026-11-02 09:00",
        settings="trust_offsets: false\n",
    )
    assert times(zone) == ["2026-11-02 08:00:00"] * 4


def leg(sid: str, created: str) -> str:
    call = {"sid": sid, "status": "completed", "direction": "inbound", "date_created": created}
    return json.dumps(call)


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ("time_zone: Europe/Paris", "2026-11-02 09:00:00"),
        ("trust_offsets: false\ntime_zone: Europe/Paris", "2026-11-02 08:00:00"),
    ],
)
def test_mail_dates_with_zones_by_name_and_with_zones_that_lie(zone, settings, meant):
    zone.put("call_records/twilio/_source.yml", settings)
    moments = ["+0000", "GMT", "Z", ""]
    lines = [leg(f"CA{n}", f"Mon, 02 Nov 2026 09:00:00 {m}".strip()) for n, m in enumerate(moments)]
    zone.put("call_records/twilio/1.jsonl", "\n".join(lines))
    zone.ingest()
    found = zone.rows("select distinct date_created::varchar from raw.call_records__twilio")
    assert found == [(meant,)]


def test_what_is_no_time_says_how_times_are_written(zone):
    zone.put("call_records/twilio/1.jsonl", leg("CA1", "Mon 2 Nov") + "\n" + leg("CA2", "soon"))
    event = {"event_name": "page_view", "user_pseudo_id": "u", "event_date": "20261031"}
    # Seconds, where the export has microseconds.
    lines = [
        json.dumps({**event, "event_timestamp": t}) for t in ("1793484000", "1793484000000000")
    ]
    zone.put("web_tags/ga4/1.jsonl", "\n".join(lines))
    zone.ingest()
    assert zone.rows("select distinct field, reason from audit.quarantine order by 1") == [
        (
            "date_created",
            "neither a mail date such as Sat, 31 Oct 2026 22:00:00 +0000 nor an ISO 8601 time",
        ),
        ("event_timestamp", "no whole microseconds since 1970 such as 1793484000000000"),
    ]
    assert zone.rows("select event_timestamp::varchar from raw.web_tags__ga4") == [
        ("2026-10-31 22:00:00",)
    ]


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("marie.curie@example.org", "hashed"),
        ("0612345678", "hashed"),
        ("+33 (0)6 12 34 56 78", "hashed"),
        ("0033612345678", "hashed"),
        ("u1002345678901", "plain"),
        ("C-000123456", "plain"),
        ("10012345678", "plain"),
    ],
)
def test_a_login_that_names_a_person_is_hashed(login: str, status: str) -> None:
    (found,) = identify("login", [login], "FR", b"a key")
    assert found.status == status
    assert (found.hash is None) == (status == "plain")


@pytest.mark.parametrize(
    "written",
    ["anonymous", "Privé", "PRIVE", "Numéro masqué", "numero prive", "Prive\u0301", "+266696687"],
)
def test_a_hidden_number_in_any_words_is_withheld(written: str) -> None:
    assert normalise_phone(written, "FR") == (None, "withheld")
    assert normalise_phone("Numéro 5", "FR") == (None, "invalid")
