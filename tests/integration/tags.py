"""Messages of Segment and rows of GA4, written by hand after their vendors' documentation."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.integration.conftest import KEY, World

AS_OF = "2026-10-31T22:00:00Z"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"


def digest(text: str) -> str:
    """The HMAC of a normalised value, as the interface defines it."""
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def at(text: str) -> datetime:
    """A time of 30 October 2026, UTC."""
    return datetime.fromisoformat(f"2026-10-30 {text}")


def segment(id_: str, type_: str, time: str, **fields: Any) -> dict[str, Any]:
    """A message of a browser whose clock is right, received 200 ms after it was sent."""
    clock = f"2026-10-30T{time}.000Z"
    context = {
        "active": True,
        "library": {"name": "analytics.js", "version": "2.11.1"},
        "locale": "fr-FR",
        "ip": "8.8.8.8",
        "userAgent": FIREFOX,
        **fields.pop("context", {}),
    }
    return {
        "anonymousId": "anon-1",
        "channel": "client",
        "context": context,
        "integrations": {},
        "messageId": id_,
        "originalTimestamp": clock,
        "receivedAt": clock.replace(".000Z", ".200Z"),
        "sentAt": clock,
        "timestamp": clock,
        "type": type_,
        "userId": None,
        "version": 2,
        **fields,
    }


def page(url: str, referrer: str = "") -> dict[str, Any]:
    return {"page": {"url": url, "referrer": referrer, "title": "Auto", "path": "/", "search": ""}}


SEGMENT: list[dict[str, Any]] = [
    # A visit out of a campaign, with a login.
    segment(
        "m1",
        "page",
        "09:00:00",
        name="Auto",
        properties={"url": "https://www.bank.fr/auto", "title": "Auto", "product_id": "P-AUTO"},
        context={
            **page(
                "https://www.bank.fr/auto?utm_source=other&gclid=Xy1&email=a@b.fr",
                "https://www.google.com/",
            ),
            "campaign": {"name": "rentree", "source": "google", "medium": "cpc", "term": "auto"},
            "consent": {"categoryPreferences": {"Advertising": True, "Analytics": True}},
        },
    ),
    segment(
        "m2",
        "track",
        "09:01:00",
        event="quote_completed",
        properties={"product_id": "P-AUTO", "step": 3, "note": "rappeler", "value": "a@b.fr"},
        context=page("https://www.bank.fr/devis/marie@example.org"),
    ),
    segment(
        "m3",
        "identify",
        "09:02:00",
        userId="Marie@Example.org",
        traits={"email": " Marie@Example.org ", "phone": "06 12 34 56 78", "name": "Marie"},
    ),
    # The same message again, arrived earlier and later: the earliest arrival counts.
    segment("m4", "track", "09:03:00", event="late", receivedAt="2026-10-30T09:03:09.000Z"),
    segment("m4", "track", "09:03:00", event="first", receivedAt="2026-10-30T09:03:01.000Z"),
    segment("m4", "track", "09:03:00", event="last", receivedAt="2026-10-30T09:04:00.000Z"),
    # A telephone whose clock is a year ahead, and which was offline for ten minutes.
    segment(
        "m5",
        "screen",
        "10:10:00",
        anonymousId="phone-1",
        userId="L-77",
        name="Accueil",
        timestamp="2027-10-30T10:00:00.000Z",
        originalTimestamp="2027-10-30T10:00:00.000Z",
        sentAt="2027-10-30T10:10:00.000Z",
        receivedAt="2026-10-30T10:10:01.500Z",
        context={
            "userAgent": None,
            "device": {"id": "d", "type": "ios", "model": "iPhone14,2"},
            "app": {"name": "Banque", "namespace": "com.bank.app"},
            "consent": {"categoryPreferences": {"Advertising": True, "Analytics": False}},
        },
    ),
    # No sentAt: the server's own `timestamp` counts, but never after the arrival.
    segment(
        "m6",
        "alias",
        "10:11:00",
        anonymousId="phone-1",
        previousId="L-76",
        sentAt=None,
        originalTimestamp=None,
        timestamp="2026-10-30T10:20:00.000Z",
        receivedAt="2026-10-30T10:11:00.200Z",
    ),
    # A server's call: no visitor, no consent.
    segment("m7", "group", "11:00:00", anonymousId=None, userId="L-78", groupId="G1"),
]


def params(**values: Any) -> list[dict[str, Any]]:
    """event_params as BigQuery exports them to JSON: whole numbers as texts, no nulls."""
    found = []
    for key, value in values.items():
        kind = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
        found.append({"key": key, "value": {kind: str(value) if kind == "int_value" else value}})
    return found


def micros(time: str) -> int:
    """Such a time in microseconds since 1970."""
    return int(at(time).replace(tzinfo=UTC).timestamp()) * 1_000_000


def ga4(name: str, time: str, bundle: int = 7, **fields: Any) -> dict[str, Any]:
    """A row of a daily table, as `bq extract` writes it to JSON lines."""
    row = {
        "event_date": "20261030",
        "event_timestamp": str(micros(time)),
        "event_name": name,
        "event_params": params(
            ga_session_id=1793350800,
            ga_session_number=1,
            page_location="https://www.bank.fr/auto",
            page_title="Auto",
        ),
        "event_bundle_sequence_id": str(bundle),
        "user_pseudo_id": "1234.5678",
        "privacy_info": {
            "analytics_storage": "Yes",
            "ads_storage": "Yes",
            "uses_transient_token": "No",
        },
        "user_properties": [],
        "device": {"category": "desktop", "web_info": {"hostname": "www.bank.fr"}},
        "geo": {"country": "France"},
        "traffic_source": {"name": "(direct)", "medium": "(none)", "source": "(direct)"},
        "stream_id": "4455",
        "platform": "WEB",
        "items": [],
        "is_active_user": True,
    }
    row |= fields
    return {key: value for key, value in row.items() if value is not None}


def as_read_by_intraday(row: dict[str, Any]) -> dict[str, Any]:
    """The same event in the day's intraday table: without what Google works out later."""
    return {key: value for key, value in row.items() if key not in {"traffic_source", "geo"}}


ENTRY = ga4(
    "page_view",
    "09:00:00",
    event_params=params(
        ga_session_id=1793350800,
        ga_session_number=9_007_199_254_740_993,
        page_location="https://www.bank.fr/auto?utm_source=x&produit=auto#top",
        page_referrer="https://www.google.com/",
        engaged_session_event=1,
        source="ignored",
        medium="(none)",
        campaign="(organic)",
    ),
    collected_traffic_source={"manual_source": "google", "manual_medium": "cpc", "gclid": "Gx9"},
)
TWINS = [
    # One batch may hold the same event twice in a microsecond: its place tells them apart.
    ga4(
        "view_item",
        "09:00:30",
        batch_page_id="1793350800123",
        batch_ordering_id="1",
        batch_event_index=str(index),
    )
    for index in (1, 2)
]
PURCHASE = ga4(
    "purchase",
    "09:05:00",
    user_id="anne@example.org",
    event_params=params(
        ga_session_id=1793350800,
        page_location="https://www.bank.fr/devis/auto/merci",
        transaction_id="T-9",
        value=120.5,
        currency="EUR",
        note="rappeler Anne",
    ),
    ecommerce={"transaction_id": "T-9", "purchase_revenue": 120.5},
)
#: ga_session_id is a second: another visitor has the same one.
OTHER = ga4("page_view", "09:00:00", user_pseudo_id="9999.1111")
DENIED = ga4(
    "page_view",
    "09:00:00",
    user_pseudo_id=None,
    privacy_info={"analytics_storage": "No", "ads_storage": "No"},
    event_params=params(page_location="https://www.bank.fr/auto", gclid="G-denied"),
)
APP = ga4(
    "screen_view",
    "12:00:00",
    user_pseudo_id="aa00bb",
    platform="IOS",
    stream_id="7788",
    app_info={"id": "com.bank.app", "version": "3.1"},
    device={"category": "mobile", "operating_system": "iOS"},
    event_params=params(ga_session_id=1793361600, firebase_screen="Accueil"),
    privacy_info={},
)
GA4 = [ENTRY, *TWINS, PURCHASE, OTHER, DENIED, APP]


def lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def parquet_of(rows: list[dict[str, Any]], path: Path) -> None:
    """Rows of the export as Parquet: nested types, whole numbers as numbers."""
    source = path.with_suffix(".source.json")
    source.write_text(lines(rows), encoding="utf-8")
    value = "struct(string_value varchar, int_value bigint, float_value float, double_value double)"
    columns = {
        "event_date": "varchar",
        "event_timestamp": "bigint",
        "event_name": "varchar",
        "event_params": f"struct(key varchar, value {value})[]",
        "event_bundle_sequence_id": "bigint",
        "user_pseudo_id": "varchar",
        "user_id": "varchar",
        "privacy_info": "struct(analytics_storage varchar, ads_storage varchar)",
        "device": "struct(category varchar, web_info struct(hostname varchar))",
        "traffic_source": 'struct("name" varchar, medium varchar, source varchar)',
        "collected_traffic_source": "struct(manual_source varchar, manual_medium varchar, "
        "gclid varchar)",
        "stream_id": "varchar",
        "platform": "varchar",
        "app_info": "struct(id varchar, version varchar)",
        "batch_page_id": "bigint",
        "batch_ordering_id": "bigint",
        "batch_event_index": "bigint",
        "is_active_user": "boolean",
    }
    typed = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    with duckdb.connect() as con:
        rows_of = f"read_json('{source}', format = 'newline_delimited', columns = {{{typed}}})"
        con.execute(f"copy (from {rows_of}) to '{path}' (format parquet)")
    source.unlink()


def build_sessions(world: World) -> None:
    """Ingest, then the sessions and all they need, without their tests."""
    world.ingest()
    done = world.dbt(
        "build",
        "--quiet",
        "--select",
        "+fct_sessions",
        "--exclude",
        "resource_type:test",
        "resource_type:unit_test",
    )
    assert done.returncode == 0, done.stdout[-3000:]


def staged(world: World, format_: str, columns: str) -> dict[str, tuple[Any, ...]]:
    """Columns of a staging model by message id, or by event name and visitor."""
    key = "event_id" if format_ == "segment" else "event_name || '@' || visitor_id"
    return {
        row[0]: row[1:]
        for row in world.rows(f"select {key}, {columns} from staging.stg_web_tags__{format_}")
    }


def build_staging(world: World, format_: str) -> None:
    """One staging model without its tests."""
    done = world.dbt(
        *("build", "--quiet", "--select", f"stg_web_tags__{format_}", "url_parameters"),
        *("--exclude", "resource_type:test", "resource_type:unit_test"),
    )
    assert done.returncode == 0, done.stdout[-3000:]
