"""Segment's messages through ingestion and models, and access logs as the guide turns them.

No public file of the vendor is at hand: what must come of the messages is worked out by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World, public
from tests.integration.tags import (
    AS_OF,
    SEGMENT,
    at,
    build_sessions,
    build_staging,
    digest,
    lines,
    segment,
    staged,
)


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world(AS_OF)
    made.put(
        "web_tags/segment/_source.yml",
        "consent_field: context.consent.categoryPreferences.Advertising\n",
    )
    made.put("web_tags/segment/messages_2026-10-30.json", lines(SEGMENT))
    build_sessions(made)
    files = made.rows("select status, rows_loaded, rows_quarantined from audit.files")
    assert files == [("loaded", len(SEGMENT), 0)]
    return made


def test_segment_times_and_names(world: World) -> None:
    assert staged(world, "segment", "event_name, occurred_at") == {
        # received − (sent − happened): 200 ms after the client says.
        "m1": ("page_view", at("09:00:00.2")),
        "m2": ("quote_completed", at("09:01:00.2")),
        "m3": ("identify", at("09:02:00.2")),
        # 09:03:01 − 0 s, the earliest of three arrivals.
        "m4": ("first", at("09:03:01")),
        # 10:10:01.5 less the ten minutes that it waited.
        "m5": ("screen_view", at("10:00:01.5")),
        # 10:20 is after the arrival at 10:11:00.2.
        "m6": ("alias", at("10:11:00.2")),
        "m7": ("group", at("11:00:00.2")),
    }
    clocks = world.rows(
        "select timestamp, original_timestamp, sent_at, received_at from raw.web_tags__segment "
        "where message_id = 'm5'"
    )
    year_ahead = at("10:00:00") + timedelta(days=365)
    ten_minutes = timedelta(minutes=10)
    assert clocks == [(year_ahead, year_ahead, year_ahead + ten_minutes, at("10:10:01.5"))]


def test_segment_people_pages_and_campaigns(world: World) -> None:
    people = staged(world, "segment", "visitor_id, login_key, email_hash, phone_hash")
    assert people["m3"] == (
        "anon-1",
        digest("marie@example.org"),
        digest("marie@example.org"),
        digest("+33612345678"),
    )
    assert people["m5"] == ("phone-1", "L-77", None, None)
    assert people["m7"] == (None, "L-78", None, None)
    pages = staged(world, "segment", "page_url, referrer_url, properties")
    assert pages["m1"] == ("www.bank.fr/auto", "www.google.com/", '{"product_id":"P-AUTO"}')
    assert pages["m2"] == (
        "www.bank.fr/devis/[masked]",
        None,
        '{"product_id":"P-AUTO","step":"3"}',
    )
    origin = "utm_source, utm_medium, utm_campaign, utm_term, click_id, click_id_kind"
    campaigns = staged(world, "segment", origin)
    assert campaigns["m1"] == ("google", "cpc", "rentree", "auto", "Xy1", "gclid")
    assert campaigns["m2"] == (None,) * 6
    apps = staged(world, "segment", "app_id, platform, device_class, user_agent is not null")
    assert apps["m1"] == (None, "client", None, True)
    assert apps["m5"] == ("com.bank.app", "client", "mobile", False)


def test_segment_consent(world: World) -> None:
    """The category that the settings name decides; a refusal to be measured is a refusal."""
    assert staged(world, "segment", "consent_status, has_legal_basis") == {
        "m1": ("granted", False),
        **dict.fromkeys(("m2", "m3", "m4", "m6", "m7"), (None, False)),
        "m5": ("granted", False),
    }


def test_segment_sessions(world: World) -> None:
    """Segment has no sessions: silence cuts. The silent events make the first visit unlinkable."""
    found = world.rows(
        "select visitor_id, session_start_at, session_end_at, page_view_count, event_count, "
        "is_engaged, landing_page_url, marketing_channel, device_class, consent_navigation_linking "
        "from marts.fct_sessions where tag_format = 'segment' order by session_start_at"
    )
    assert found == [
        (
            *("anon-1", at("09:00:00.2"), at("09:03:01"), 1, 4, True, "www.bank.fr/auto"),
            *("Paid Search", "desktop", False),
        ),
        (
            *("phone-1", at("10:00:01.5"), at("10:11:00.2"), 1, 2, True, None),
            *("Direct", "mobile", False),
        ),
        (
            *(None, at("11:00:00.2"), at("11:00:00.2"), 0, 1, False, None),
            *("Direct", "desktop", False),
        ),
    ]


#: Settings of the folder, and what comes of m1 (Analytics: yes) and m5 (Analytics: no) under them.
SETTINGS: dict[str, dict[str, tuple[str | None, bool]]] = {
    # No category is named: a yes to measuring is no yes to linking, a no to it is a no.
    "": {"m1": (None, False), "m5": ("denied", False)},
    "legal_basis: contract\n": {"m1": (None, True), "m5": ("denied", True)},
    "consent_field: context.consent.categoryPreferences.Analytics\n": {
        "m1": ("granted", False),
        "m5": ("denied", False),
    },
}


def test_segment_consent_settings(make_world: Callable[..., World]) -> None:
    """Each file keeps the settings that it was loaded with."""
    made = make_world(AS_OF)
    expected: dict[str, tuple[str | None, bool]] = {}
    for number, (settings, states) in enumerate(SETTINGS.items()):
        made.put("web_tags/segment/_source.yml", settings)
        renamed = [{**m, "messageId": f"{number}-{m['messageId']}"} for m in SEGMENT]
        made.put(f"web_tags/segment/messages_{number}.json", lines(renamed))
        made.ingest()
        expected |= {f"{number}-{id_}": state for id_, state in states.items()}
    build_staging(made, "segment")
    found = staged(made, "segment", "consent_status, has_legal_basis")
    assert {id_: found[id_] for id_ in expected} == expected


def test_no_name_leaves_raw(world: World) -> None:
    ((found,),) = world.rows(
        "select count(*) from staging.stg_web_tags__segment as shown where regexp_matches("
        "cast(to_json(shown) as varchar), '(?i)marie|rappeler|a@b|06.?12|8[.]8[.]8')"
    )
    assert found == 0


def test_broken_messages_are_told_of(make_world: Callable[..., World]) -> None:
    made = make_world(AS_OF)
    good = [json.dumps(message) for message in SEGMENT[:3]]
    unknown = json.dumps(segment("x1", "delete", "09:00:00"))
    no_id = json.dumps(segment("", "page", "09:00:00"))
    no_date = json.dumps(segment("x2", "page", "09:00:00", sentAt="hier soir"))
    text = [good[0], '{"messageId": "cut', unknown, no_id, no_date, "[1, 2]", *good[1:], ""]
    made.put("web_tags/segment/a.json", "\n".join(text))
    made.put("web_tags/segment/wrong.csv", "a,b\n1,2\n")
    made.ingest()
    counts = made.rows(
        "select path, status, rows_read, rows_loaded, rows_quarantined from audit.files order by 1"
    )
    assert counts == [
        ("web_tags/segment/a.json", "loaded", 8, 3, 5),
        ("web_tags/segment/wrong.csv", "rejected", 0, 0, 0),
    ]
    told = made.rows("select line, field, reason from audit.quarantine order by 1")
    assert [row[:2] for row in told] == [
        (2, None),
        (3, "type"),
        (4, "message_id"),
        (5, "sent_at"),
        (6, None),
    ]
    reasons = [reason for *_, reason in told]
    assert "no JSON object" in reasons[0]
    assert "identify, track, page" in reasons[1]
    assert "map it under codes in _source.yml" in reasons[1]
    assert "a required value is missing" in reasons[2]
    assert "no ISO 8601 time" in reasons[3]
    ((refused,),) = made.rows("select reason from audit.files where status = 'rejected'")
    assert "this is no JSON" in refused


def test_a_batch_and_an_array_are_read(make_world: Callable[..., World]) -> None:
    """The body of Segment's HTTP API, and a pretty-printed array of the same messages."""
    made = make_world(AS_OF)
    made.put("web_tags/segment/batch.json", json.dumps({"batch": SEGMENT[:2], "sentAt": "x"}))
    made.put("web_tags/segment/array.json", json.dumps(SEGMENT[2:4], indent=2))
    report = made.ingest()
    assert [(file.status, file.rows_loaded) for file in report.files] == [("loaded", 2)] * 2


def recipe() -> str:
    """The statement that docs/landing-zone.md gives for access logs."""
    text = (PROJECT_DIR / "docs" / "landing-zone.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```sql\n(.*?nginx_json.*?)```", text, re.DOTALL)
    return str(found)


def test_access_logs_by_the_documented_statement(make_world: Callable[..., World]) -> None:
    """Matomo's sample of nginx's JSON log, turned into web_tags/flat as the guide says."""
    log = public("matomo_log_formats/nginx_json.log")
    made = make_world(AS_OF)
    target = made.put("web_tags/flat/nginx.csv", "")
    statement = recipe().replace("'nginx_json.log'", f"'{log}'")
    with duckdb.connect() as con:
        con.execute(re.sub(r"'landing/[^']*'", f"'{target}'", statement))
    made.ingest()
    build_staging(made, "flat")
    expected = []
    for line in log.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        query = parse_qs(urlsplit(request["path"]).query)
        url = urlsplit(query["url"][0])
        moment = datetime.fromisoformat(request["date"]).astimezone(UTC).replace(tzinfo=None)
        expected.append((query["_id"][0], moment, f"{url.netloc}{url.path}"))
    found = made.rows(
        "select visitor_id, occurred_at, page_url from staging.stg_web_tags__flat order by 2, 3"
    )
    assert found == sorted(expected, key=lambda row: row[1:])
    assert len(found) == 2
