"""GA4's export through ingestion and models: JSON lines and Parquet, daily and intraday tables.

No public file of the export is at hand: what must come of the rows is worked out by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.tags import (
    AS_OF,
    GA4,
    SEGMENT,
    as_read_by_intraday,
    at,
    build_sessions,
    build_staging,
    digest,
    ga4,
    lines,
    params,
    parquet_of,
    staged,
)

ODD_PARAMETERS: list[Any] = [
    *(None, [], {}, 7, [1], [{"key": None}]),
    [{"key": "page_location", "value": "https"}, {"key": "page_location", "value": {}}],
]


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world(AS_OF)
    made.put("web_tags/ga4/_source.yml", "consent_field: privacy_info.analytics_storage\n")
    made.put("web_tags/ga4/events_20261030.json", lines(GA4))
    # The day's intraday table, and the day exported once more as Parquet.
    intraday = [as_read_by_intraday(row) for row in GA4]
    made.put("web_tags/ga4/events_intraday_20261030.json", lines(intraday))
    parquet_of(GA4, made.put("web_tags/ga4/again/events_20261030.parquet", ""))
    build_sessions(made)
    files = made.rows("select status, rows_loaded, rows_quarantined from audit.files")
    assert files == [("loaded", len(GA4), 0)] * 3
    return made


def test_ga4_rows_of_three_deliveries_are_one(world: World) -> None:
    """JSON and Parquet, daily and intraday tables: 3 × 7 rows, 7 events."""
    ((loaded,),) = world.rows("select count(*) from raw.web_tags__ga4")
    found = world.rows(
        "select event_name, occurred_at, visitor_id, tracker_session_id "
        "from staging.stg_web_tags__ga4 order by all"
    )
    session = "1234.5678.1793350800"
    assert loaded == 21
    assert found == [
        ("page_view", at("09:00:00"), "1234.5678", session),
        ("page_view", at("09:00:00"), "9999.1111", "9999.1111.1793350800"),
        ("page_view", at("09:00:00"), None, None),
        ("purchase", at("09:05:00"), "1234.5678", session),
        ("screen_view", at("12:00:00"), "aa00bb", "aa00bb.1793361600"),
        # in the order of their batch
        ("view_item", at("09:00:30") + timedelta(microseconds=1), "1234.5678", session),
        ("view_item", at("09:00:30") + timedelta(microseconds=2), "1234.5678", session),
    ]


def test_ga4_keeps_the_daily_copy_and_every_digit(world: World) -> None:
    # Only daily tables name the source of the user.
    daily = world.rows(
        "select bool_and(raw.user_source = '(direct)') from staging.stg_web_tags__ga4 as stg "
        "inner join raw.web_tags__ga4 as raw on stg.row_id = raw._file_id || ':' || raw._line"
    )
    assert daily == [(True,)]
    ((text,),) = world.rows(
        "select distinct json_extract_string(event_params, '$[1].value.int_value') "
        "from raw.web_tags__ga4 where event_name = 'page_view' and user_pseudo_id = '1234.5678'"
    )
    assert text == "9007199254740993"


def test_ga4_people_pages_and_campaigns(world: World) -> None:
    entry, purchase = "page_view@1234.5678", "purchase@1234.5678"
    pages = staged(world, "ga4", "page_url, referrer_url, site, app_id, platform, device_class")
    assert pages[entry] == (
        *("www.bank.fr/auto?produit=auto", "www.google.com/", "www.bank.fr"),
        *("4455", "WEB", "desktop"),
    )
    assert pages["screen_view@aa00bb"] == (None, None, None, "com.bank.app", "IOS", "mobile")
    origin = "utm_source, utm_medium, utm_campaign, click_id, click_id_kind"
    campaigns = staged(world, "ga4", origin)
    # Placeholders in brackets are no campaign; the source of the user's first visit isn't this one.
    assert campaigns[entry] == ("google", "cpc", None, "Gx9", "gclid")
    assert campaigns[purchase] == (None,) * 5
    people = staged(world, "ga4", "login_key, properties")
    assert people[purchase] == (
        digest("anne@example.org"),
        '{"currency":"EUR","transaction_id":"T-9","value":"120.5"}',
    )


def test_ga4_sessions_and_consent(world: World) -> None:
    found = world.rows(
        "select visitor_id, tracker_session_id, page_view_count, event_count, engaged_seconds, "
        "marketing_channel, device_class, consent_navigation_linking from marts.fct_sessions "
        "where tag_format = 'ga4' order by visitor_id nulls last"
    )
    assert found == [
        ("1234.5678", "1234.5678.1793350800", 1, 4, 300, "Paid Search", "desktop", True),
        ("9999.1111", "9999.1111.1793350800", 1, 1, 0, "Direct", "desktop", True),
        # Neither yes nor no, and no legal basis is stated.
        ("aa00bb", "aa00bb.1793361600", 1, 1, 0, "Direct", "mobile", False),
        (None, None, 1, 1, 0, "Paid Search", "desktop", False),
    ]


def test_no_name_leaves_raw(world: World) -> None:
    ((found,),) = world.rows(
        "select count(*) from staging.stg_web_tags__ga4 as shown where regexp_matches("
        "cast(to_json(shown) as varchar), '(?i)anne|rappeler')"
    )
    assert found == 0


def test_broken_rows_are_told_of(make_world: Callable[..., World]) -> None:
    made = make_world(AS_OF)
    rows = [json.dumps(row) for row in GA4[:2]]
    no_time = json.dumps({**GA4[0], "event_timestamp": "2026-10-30T09:00:00Z"})
    made.put("web_tags/ga4/a.json", "\n".join([rows[0], no_time, rows[1][:80], rows[1], ""]))
    made.put("web_tags/ga4/wrong.json", lines(SEGMENT[:2]))
    whole = made.put("web_tags/ga4/cut.parquet", "")
    parquet_of(GA4, whole)
    whole.write_bytes(whole.read_bytes()[:-100])
    made.ingest()
    counts = made.rows(
        "select path, status, rows_read, rows_loaded, rows_quarantined from audit.files order by 1"
    )
    assert counts == [
        ("web_tags/ga4/a.json", "loaded", 4, 2, 2),
        ("web_tags/ga4/cut.parquet", "rejected", 0, 0, 0),
        ("web_tags/ga4/wrong.json", "rejected", 0, 0, 0),
    ]
    told = made.rows("select line, field, reason from audit.quarantine order by 1")
    assert [row[:2] for row in told] == [(2, "event_timestamp"), (3, None)]
    assert "no JSON object" in told[1][2]
    refused = dict(made.rows("select path, reason from audit.files where status = 'rejected'"))
    assert "event_timestamp" in refused["web_tags/ga4/wrong.json"]
    assert "damaged or cut off" in refused["web_tags/ga4/cut.parquet"]


@pytest.fixture(scope="module")
def odd(make_world: Callable[..., World]) -> World:
    """What exports may hold beside the usual, of one visitor each; the settings name no consent."""
    made = make_world(AS_OF)
    made.put("web_tags/ga4/_source.yml", "legal_basis: contract\n")
    rows = [
        {**ga4("page_view", f"09:00:{second:02}", user_pseudo_id="odd"), "event_params": parameters}
        for second, parameters in enumerate(ODD_PARAMETERS)
    ]
    made.put("web_tags/ga4/odd.json", lines([*rows, *reversed(rows)]))
    event = {**GA4[0], "user_pseudo_id": "order"}
    given = event["event_params"]
    turned = {**event, "event_params": list(reversed(given))}
    other = {**event, "event_params": given[:-1]}
    places = [
        {"batch_page_id": 5, "batch_ordering_id": 1, "batch_event_index": index} for index in (1, 2)
    ]
    in_parameters = [{**event, "event_params": [*given, *params(**place)]} for place in places]
    # The newer export has the place in columns of their own: it is the same place.
    in_columns = {**event, **places[1]}
    made.put("web_tags/ga4/order.json", lines([event, turned, other, *in_parameters, in_columns]))
    silent = ga4("page_view", "13:00:00", user_pseudo_id=None, privacy_info={})
    made.put("web_tags/ga4/events_20261030.json", lines([*GA4, silent]))
    made.ingest()
    build_staging(made, "ga4")
    return made


def test_storage_is_no_consent_to_linking(odd: World) -> None:
    """Unless the settings name it; a refusal is one in any case, and so is a missing id."""
    found = odd.rows(
        "select visitor_id, consent_status, has_legal_basis, count(*) "
        "from staging.stg_web_tags__ga4 where visitor_id not in ('odd', 'order') "
        "or visitor_id is null group by all order by all"
    )
    assert found == [
        ("1234.5678", None, True, 4),
        ("9999.1111", None, True, 1),
        ("aa00bb", None, True, 1),
        (None, "denied", True, 2),
    ]


def test_odd_parameters_lose_no_row(odd: World) -> None:
    """Whatever stands there, the event stands; two copies of it are one."""
    found = odd.rows(
        "select occurred_at from staging.stg_web_tags__ga4 where visitor_id = 'odd' order by 1"
    )
    assert found == [(at(f"09:00:{second:02}"),) for second in range(len(ODD_PARAMETERS))]


def test_parameters_in_another_order_are_the_same_event(odd: World) -> None:
    """Without ids of batches, what the parameters say tells events of one microsecond apart."""
    found = odd.rows("select count(*) from staging.stg_web_tags__ga4 where visitor_id = 'order'")
    assert found == [(4,)]
