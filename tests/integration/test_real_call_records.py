"""Twilio's and Genesys's calls, wrap-ups and transcripts as they are delivered, into the marts."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from orchestration.ingestion.values import keyed_hash
from tests.integration.conftest import KEY, World, public
from tests.integration.genesys_conversations import (
    ADVISERS,
    CLAIMS,
    LOST,
    SALES,
    SOLD,
    START,
    conversations,
)
from tests.integration.twilio_calls import (
    CUSTOMER,
    OWN,
    SIXTEEN_DIGITS,
    fivetran,
    leg,
    legs,
    lines,
)

REAL = "twilio_calls/twilio_call_data.csv"


def hashed(number: str) -> str:
    return keyed_hash(KEY.encode(), number)


#: outcome, wait, talk, legs, transfers, adviser, direction.
TWILIO: dict[str, tuple[Any, ...]] = {
    "answered": ("answered", 21, 160, 4, 1, "A19", "inbound"),
    "short": ("abandoned", 3, 0, 2, 0, None, "inbound"),
    "unanswered": ("no_answer", 30, 0, 2, 0, None, "inbound"),
    "busy": ("busy", 5, 0, 2, 0, None, "inbound"),
    "alone": ("answered", 12, 45, 1, 0, None, "inbound"),
    "hung up": ("abandoned", 0, 0, 1, 0, None, "inbound"),
    "canceled": ("abandoned", 7, 0, 1, 0, None, "inbound"),
    "machine": ("voicemail", 0, 30, 1, 0, None, "outbound"),
    "api": ("answered", 0, 40, 1, 0, None, "outbound"),
    "api busy": ("busy", 2, 0, 1, 0, None, "outbound"),
    "own": ("answered", 7, 70, 2, 0, "A17", "outbound"),
    "deep": ("answered", 9, 70, 3, 0, "A20", "inbound"),
    "orphan": ("answered", 0, 30, 1, 0, None, "outbound"),
    "e-mail": ("answered", 0, 25, 2, 0, None, "inbound"),
    "withheld anonymous": ("answered", 0, 30, 1, 0, None, "inbound"),
    "withheld +266696687": ("answered", 0, 30, 1, 0, None, "inbound"),
    "withheld Restricted": ("answered", 0, 30, 1, 0, None, "inbound"),
    "withheld sip:anonymous@x.invalid": ("answered", 0, 30, 1, 0, None, "inbound"),
    "sip": ("answered", 0, 30, 1, 0, None, "inbound"),
    str(SIXTEEN_DIGITS): ("answered", 0, 30, 1, 0, None, "inbound"),
}
FIRST, SECOND = ADVISERS
#: outcome, wait, talk, hold, wrap, legs, transfers, adviser, queue, reason, end after the start.
GENESYS: dict[str, tuple[Any, ...]] = {
    "answered": ("answered", 17, 100, 30, 25, 1, 0, FIRST, SALES, SOLD, 157.8),
    "measured": ("answered", 17, 100, 30, 25, 1, 0, FIRST, SALES, SOLD, 157.8),
    "transferred": ("answered", 45, 190, 0, 130, 3, 1, SECOND, SALES, SOLD, 300),
    "lost after a transfer": ("answered", 4, 36, 0, 0, 2, 1, FIRST, SALES, None, 90),
    "abandoned": ("abandoned", 46, 0, 0, 0, 2, 0, None, SALES, None, 58),
    "short": ("abandoned", 4, 0, 0, 0, 1, 0, None, SALES, None, 16),
    "left in the menu": ("abandoned", 9, 0, 0, 0, 1, 0, None, None, None, 9),
    "voicemail": ("voicemail", 30, 30, 0, 0, 2, 0, None, SALES, None, 60),
    "called": ("answered", 15, 60, 0, 0, 1, 0, FIRST, None, None, 75),
    "called in vain": ("no_answer", 16, 0, 0, 0, 1, 0, FIRST, None, None, 16),
    "called busy": ("busy", 16, 0, 0, 0, 1, 0, FIRST, None, None, 16),
    "uncallable": ("failed", 16, 0, 0, 0, 1, 0, FIRST, None, None, 16),
    "withheld": ("abandoned", 20, 0, 0, 0, 1, 0, None, None, None, 20),
}
WRAP_UPS = """call_id,adviser_id,reason_code,result_code,note,set_at
alone,A31,devis,sold,"Mme Curie, 06 12 34 56 78",2026-10-06T09:05:00Z
alone,A30,early,,,2026-10-06T09:01:00Z
busy,A31,facture,,,2026-10-06T09:05:00Z
answered-2,A18,first,,,2026-10-06T09:02:00Z
answered-3,Marie Curie,last,,,2026-10-06T09:04:00Z
transferred,A32,later,,,2026-10-05T09:38:00Z
lost after a transfer,A32,never,,,
measured,A32,too early,,,2026-10-05T09:31:00Z
shared,A32,ambiguous,,,2026-10-06T09:05:00Z
nobody's,A32,lost,,,2026-10-06T09:05:00Z
"""
TRANSCRIPTS: list[dict[str, Any]] = [
    {"call_id": "alone", "segment_index": 0, "speaker": "adviser", "text": "Hello " * 9}
    | {"language": "de"},
    {"call_id": "alone", "segment_index": 1, "speaker": "customer", "text": "bonjour"}
    | {"language": "fr-FR", "offset_seconds": 3.2, "duration_seconds": 2.5},
    {"call_id": "alone", "segment_index": 2, "speaker": "customer", "text": "my name is Curie"}
    | {"language": "EN_gb"},
    {"call_id": SIXTEEN_DIGITS, "segment_index": SIXTEEN_DIGITS, "speaker": "Customer"}
    | {"text": "oui", "language": "fr"},
]


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world("2026-10-31T22:00:00Z")
    told = legs()
    page = {"calls": told[:9], "page": 0, "next_page_uri": None}
    made.put("call_records/twilio/page.json", json.dumps(page, indent=2))
    made.put("call_records/twilio/lines.jsonl.gz", gzip.compress(lines(told[9:20]).encode()))
    # An open copy of a call that ends in another file, read before and after it.
    open_copy = leg("alone", 0, None, "in-progress")
    made.put("call_records/twilio/a.jsonl", lines([open_copy]))
    made.put("call_records/twilio/calls.csv", fivetran(told[20:]))
    made.put("call_records/twilio/z.jsonl", lines([open_copy | {"status": "ringing"}]))
    talks = list(conversations().values())
    still_open = {k: v for k, v in talks[0].items() if k != "conversationEnd"}
    shorter = talks[1] | {"participants": talks[1]["participants"][:2]}
    made.put("call_records/genesys/a.jsonl", lines([still_open, shorter, *talks[:3]]))
    made.put("call_records/genesys/page.json", json.dumps({"conversations": talks[3:]}, indent=1))
    made.put("call_records/genesys/z.jsonl", lines([still_open, shorter]))
    flat = "call_id,direction,started_at,ended_at,outcome,reason_code,adviser_id\n"
    row = "shared,inbound,2026-10-06T09:00:00Z,2026-10-06T09:01:00Z,answered,own,A1\n"
    made.put("call_records/flat/calls.csv", flat + row)
    made.put("call_records/genesys/shared.jsonl", lines([talks[0] | {"conversationId": "shared"}]))
    made.put("call_records/wrap_ups/wrap_ups.csv", WRAP_UPS)
    made.put("call_records/transcripts/t.jsonl", lines(TRANSCRIPTS))
    made.ingest()
    built = made.dbt("run", "--quiet", "--select", "+fct_calls")
    assert built.returncode == 0, built.stdout[-3000:]
    return made


def test_twilio_calls(world: World) -> None:
    found = {
        name: tuple(values)
        for name, *values in world.rows(
            "select source_call_id, outcome, wait_seconds, talk_seconds, leg_count, "
            "transfer_count, adviser_id, direction from marts.fct_calls "
            "where source_format = 'twilio'"
        )
    }
    # Wrap-ups say who took calls of which Twilio doesn't know it.
    expected = TWILIO | {"alone": (*TWILIO["alone"][:5], "A31", "inbound")}
    assert found == expected


def test_genesys_calls(world: World) -> None:
    found = {
        name: (*values, (ended - START).total_seconds())
        for name, *values, ended in world.rows(
            "select source_call_id, outcome, wait_seconds, talk_seconds, hold_seconds, "
            "wrap_seconds, leg_count, transfer_count, adviser_id, queue, "
            "(select max(reason_code) from intermediate.int_canonical__call_totals as t "
            "where t.call_id = c.call_id), ended_at "
            "from marts.fct_calls as c where source_format = 'genesys'"
        )
    }
    assert found == GENESYS | {"shared": GENESYS["answered"]}
    ((start, first),) = world.rows(
        "select started_at, answered_at from marts.fct_calls where source_call_id = 'answered' "
        "and source_format = 'genesys'"
    )
    assert (start, first) == (START, START + timedelta(seconds=27.3))


def test_short_abandonments_are_those_before_five_seconds(world: World) -> None:
    found = world.rows(
        "select source_format, source_call_id from marts.fct_calls where is_short_abandon"
    )
    assert sorted(found) == [("genesys", "short"), ("twilio", "hung up"), ("twilio", "short")]


def test_numbers(world: World) -> None:
    found = {
        (format_, name): (caller, status, dialled)
        for format_, name, caller, status, dialled in world.rows(
            "select source_format, source_call_id, caller_hash, caller_status, dialled_number "
            "from marts.fct_calls"
        )
    }
    for format_ in ("twilio", "genesys"):
        assert found[format_, "answered"] == (hashed(CUSTOMER), "valid", OWN)
    assert found["twilio", "sip"] == (hashed(CUSTOMER), "valid", OWN)
    for name in TWILIO:
        if name.startswith("withheld"):
            assert found["twilio", name] == (None, "withheld", OWN)
    assert found["genesys", "withheld"] == (None, "withheld", OWN)
    # Whom we call is a hash, also where an adviser's client dialled.
    assert found["genesys", "called"] == (hashed(OWN), "valid", hashed(CUSTOMER))
    assert found["twilio", "api"][2] == hashed("+33699887766")
    assert found["twilio", "own"] == (None, "invalid", hashed("+33699887766"))


def test_reasons_come_from_wrap_ups(world: World) -> None:
    found: dict[Any, Any] = dict(
        world.rows(
            "select source_format || ' ' || source_call_id, reason_code from marts.fct_calls "
            "where reason_code is not null"
        )
    )
    assert found == {
        # The latest; of a call whose legs were wrapped up, the latest of all.
        "twilio alone": "devis",
        "twilio busy": "facture",
        "twilio answered": "last",
        # Later than the call's own (09:30 + 300 s + 130 s), and without a time where it has none.
        "genesys transferred": "later",
        "genesys lost after a transfer": "never",
        # Earlier than the call's own.
        "genesys measured": SOLD,
        "genesys answered": SOLD,
        # Two switchboards use the id.
        "genesys shared": SOLD,
        "flat shared": "own",
    }
    assert LOST not in found.values()
    assert CLAIMS not in dict(world.rows("select queue, 1 from marts.fct_calls"))


def test_language_comes_from_what_the_caller_said(world: World) -> None:
    found = world.rows(
        "select source_call_id, language from marts.fct_calls where language is not null"
    )
    assert sorted(found) == [(str(SIXTEEN_DIGITS), "fr"), ("alone", "en")]


def test_ids_past_2_to_the_53_stay_exact(world: World) -> None:
    assert world.rows(
        "select call_id, segment_index from raw.call_records__transcripts where segment_index > 9"
    ) == [(str(SIXTEEN_DIGITS), SIXTEEN_DIGITS)]
    assert world.rows(
        f"select count(*) from raw.call_records__twilio where sid = '{SIXTEEN_DIGITS}'"
    ) == [(1,)]


def test_nothing_said_or_noted_leaves_raw(world: World) -> None:
    tables = world.rows(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('staging', 'intermediate', 'marts')"
    )
    shown = ""
    for schema, table in tables:
        if "call" in table or "genesys" in table or "twilio" in table or "transcript" in table:
            shown += str(world.rows(f"select * from {schema}.{table}"))
    assert "answered-2" in shown
    for word in ("Curie", "curie", "bonjour", "612345678", "06 12 34", "699887766"):
        assert word not in shown


def test_raw_holds_the_numbers_for_the_lookup_only(world: World) -> None:
    ((extra,),) = world.rows(
        "select count(*) from raw.call_records__twilio where _extra is not null"
    )
    assert extra == 0
    ((extra,),) = world.rows(
        "select count(*) from raw.call_records__genesys where _extra is not null"
    )
    assert extra == 0


def test_the_public_twilio_file(make_world: Callable[..., World]) -> None:
    made = make_world("2026-10-31T22:00:00Z")
    made.put("call_records/twilio/twilio_call_data.csv", public(REAL).read_bytes())
    (file,) = made.ingest().files
    with public(REAL).open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    # 30 February is in no calendar.
    good = [row for row in rows if "02-30" not in row["start_time"]]
    assert (file.rows_read, file.rows_loaded, file.rows_quarantined) == (9, 8, 1)
    assert len(good) == 8
    ((line, field, reason),) = made.rows("select line, field, reason from audit.quarantine")
    assert (line, field) == (5, "start_time")
    assert "ISO 8601" in reason
    done = made.dbt("run", "--quiet", "--select", "+fct_calls")
    assert done.returncode == 0, done.stdout[-3000:]
    found = made.rows(
        "select source_call_id, started_at, ended_at, outcome, direction, talk_seconds, "
        "wait_seconds from marts.fct_calls"
    )
    expected = []
    for row in good:
        start, end = (
            datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S.%f UTC")
            for name in ("start_time", "end_time")
        )
        # Nobody spoke in any of them: all are inbound and last 0 s.
        assert (row["direction"], row["duration"]) == ("inbound", "0")
        expected.append((row["id"], start, end, "abandoned", "inbound", 0, 0))
    assert sorted(found) == sorted(expected)
