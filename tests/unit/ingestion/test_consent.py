"""What the field of consent says, by whatever name and in whatever words."""

from __future__ import annotations

from datetime import datetime

import duckdb
import pytest
import yaml

from orchestration.ingestion import casting

FLAT = "web_tags/flat/events.csv"


def test_consent_of_flat_and_of_snowplow_contexts(zone):
    zone.put(
        FLAT,
        "event_id,event_name,occurred_at,consent_navigation_linking\n"
        "1,x,2026-10-01T10:00:00Z,granted\n2,x,2026-10-01T10:00:00Z,false\n"
        "3,x,2026-10-01T10:00:00Z,perhaps\n4,x,2026-10-01T10:00:00Z,Unknown\n"
        "5,x,2026-10-01T10:00:00Z,\n",
    )
    zone.put(
        "web_tags/snowplow/_source.yml",
        'consent_field: "contexts:com.example/consent:navigation"\n',
    )
    context = (
        '{""data"":[{""schema"":""iglu:com.example/page/jsonschema/1-0-0"",""data"":{""id"":""7""}},'
        '{""schema"":""iglu:com.example/consent/jsonschema/1-0-0"",'
        '""data"":{""navigation"":""granted""}}]}'
    )
    zone.put(
        "web_tags/snowplow/e.csv",
        f'event_id,collector_tstamp,user_id,contexts\n1,2026-10-01 10:00:00.000,NULL,"{context}"\n',
    )
    zone.ingest()
    assert zone.rows("select _consent from raw.web_tags__flat order by event_id") == [
        ("granted",),
        ("denied",),
        # a word that nobody knows may be a refusal
        ("denied",),
        ("unknown",),
        (None,),
    ]
    assert zone.rows("select _consent, user_id, collector_tstamp from raw.web_tags__snowplow") == [
        ("granted", None, datetime(2026, 10, 1, 10))
    ]


@pytest.mark.parametrize("name", ["cmp", "consent_navigation_linking"])
def test_codes_of_consent_hold_for_the_field_that_tells_it(zone, name):
    codes = "codes: {consent_navigation_linking: {accept all: granted, ok: denied, '-': ''}}\n"
    zone.put("web_tags/flat/_source.yml", f"consent_field: {name}\n{codes}")
    values = ["accept all", "ok", "reject", "granted", "-"]
    zone.put(
        FLAT,
        f"event_id,event_name,occurred_at,{name}\n"
        + "".join(f"{n},x,2026-10-01T10:00:00Z,{value}\n" for n, value in enumerate(values)),
    )
    zone.put("web_tags/ga4/_source.yml", f"consent_field: privacy_info.analytics_storage\n{codes}")
    zone.put(
        "web_tags/ga4/e.json",
        '{"event_timestamp": 1790848800000000, "event_name": "x", '
        '"privacy_info": {"analytics_storage": "ok"}}\n',
    )
    zone.ingest()
    found = zone.rows("select _consent from raw.web_tags__flat order by event_id")
    assert found == [("granted",), ("denied",), ("denied",), ("granted",), (None,)]
    assert zone.rows("select _consent from raw.web_tags__ga4") == [("denied",)]


def test_words_of_consent_are_the_same_wherever_they_are_read(zone):
    project = zone.settings.project_dir
    macro = (project / "macros/business/web_tags.sql").read_text().split("macro consent_status")[1]
    suite = yaml.safe_load((project / "expectations/suites/raw/web_tags__flat.yml").read_text())
    (checked,) = (
        entry["kwargs"]["value_set"]
        for entry in suite["expectations"]
        if entry["kwargs"].get("column") == casting.CONSENT
    )
    for words in (casting.GRANTED_WORDS, casting.UNKNOWN_WORDS):
        assert set(words.replace("'", "").split(", ")) <= set(checked)
        assert words in " ".join(macro.split())
    assert {"denied", *casting.FALSE_WORDS.replace("'", "").split(", ")} <= set(checked)


def test_a_warehouse_of_before_learns_that_consent_may_be_unknown(zone):
    zone.ingest()
    with duckdb.connect(str(zone.settings.warehouse)) as con:
        con.execute(
            "alter table raw.web_tags__flat alter column _consent type enum('granted', 'denied')"
        )
    zone.put(
        FLAT,
        "event_id,event_name,occurred_at,consent_navigation_linking\n"
        "1,x,2026-10-01T10:00:00Z,unknown\n",
    )
    zone.ingest()
    assert zone.rows("select _consent from raw.web_tags__flat") == [("unknown",)]
