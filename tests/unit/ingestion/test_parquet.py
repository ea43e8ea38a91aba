"""Parquet as its writers leave it: dotted names, gaps in whole numbers, bytes, odd names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CUSTOMERS = "crm/customers/1.parquet"


def put(zone: Any, relative: str, **columns: Any) -> Path:
    path = zone.put(relative, b"")
    pq.write_table(pa.table(columns), path)
    return path


def test_dotted_names_are_columns_as_they_stand(zone):
    # As Google's API names them.
    columns = {
        "customer.id": [1234567890],
        "campaign.id": [9007199254740993],
        "segments.date": ["2026-10-20"],
        "metrics.cost_micros": [1230000],
        "segments.unknown": ["x"],
    }
    put(zone, "ad_spend/google_ads/1_2026-10-31.parquet", **columns)
    zone.ingest()
    raw = "raw.ad_spend__google_ads"
    assert zone.rows(
        f"select campaign_id, date::varchar, cost_micros, _extra::varchar from {raw}"
    ) == [("9007199254740993", "2026-10-20", 1230000, '{"segments.unknown":"x"}')]


def test_whole_numbers_that_became_fractions(zone):
    # pandas makes floating-point numbers of whole ones where a value is missing.
    ids = pa.array([1001.0, 9007199254740993.0, 1002.0])
    put(zone, CUSTOMERS, customer_id=ids, postcode=pa.array([75001.0, 1.0, None]))
    created = pa.array(["Mon, 02 Nov 2026 09:00:00 +0000"] * 2)
    legs = {"sid": pa.array([7.0, None]), "status": ["completed"] * 2, "direction": ["inbound"] * 2}
    put(zone, "call_records/twilio/1.parquet", **legs, date_created=created)
    zone.ingest()
    assert zone.rows("select customer_id, postcode from raw.crm__customers order by 1") == [
        ("1001", "75001"),
        ("1002", None),
    ]
    assert zone.rows("select sid from raw.call_records__twilio") == [("7",)]
    ((line, field, reason),) = zone.rows(
        "select line, field, reason from audit.quarantine where field = 'customer_id'"
    )
    assert (line, field) == (2, "customer_id")
    assert "floating-point" in reason


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_a_number_that_is_none_is_a_gap(zone, kind):
    # numpy has no null: a gap is NaN.
    nan = float("nan")
    put(
        zone,
        "ad_spend/flat/1_2026-10-31.parquet",
        date=["2026-10-20", "2026-10-21"],
        channel=["seo", "seo"],
        campaign=pa.array([nan, 7.0], kind),
        cost=pa.array([12.5, 3.0], kind),
        impressions=pa.array([nan, 100.0], kind),
        clicks=pa.array([5.0, nan], kind),
        unknown=pa.array([nan, 2.5], kind),
    )
    put(
        zone,
        "call_records/twilio/1.parquet",
        sid=["a"],
        status=["completed"],
        direction=["inbound"],
        date_created=["Mon, 02 Nov 2026 09:00:00 +0000"],
        duration=pa.array([nan], kind),
    )
    zone.ingest()
    assert zone.rows("select reason from audit.quarantine") == []
    assert zone.rows(
        "select campaign, cost::varchar, impressions, clicks, _extra::varchar "
        "from raw.ad_spend__flat order by date"
    ) == [(None, "12.5000", None, 5, None), ("7", "3.0000", 100, None, '{"unknown":"2.5"}')]
    assert zone.rows("select duration from raw.call_records__twilio") == [(None,)]


def test_texts_stored_as_bytes(zone):
    names = [b"Zo\xc3\xa9", b"Zo\xe9", b"\x00\x01", None]
    ids = pa.array([b"a", b"b", b"c", b"d"], pa.binary())
    put(zone, CUSTOMERS, customer_id=ids, first_name=pa.array(names, pa.binary()))
    zone.ingest()
    assert zone.rows("select customer_id, first_name from raw.crm__customers order by 1") == [
        ("a", "Zoé"),
        ("b", "Zoé"),
        ("c", "\\x00\\x01"),
        ("d", None),
    ]


def test_no_name_of_a_column_is_taken_already(zone):
    put(zone, CUSTOMERS, customer_id=["a", "b"], ordinal=[70, 80], Part=[1, 2])
    zone.ingest()
    found = zone.rows("select customer_id, _extra ->> 'ordinal', _line from raw.crm__customers")
    assert found == [("a", "70", 1), ("b", "80", 2)]


def test_instants_that_are_wall_clocks(zone):
    # Nine in the morning in Paris, written down as if it were UTC.
    moments = pa.array([1793610000000000], pa.timestamp("us", "UTC"))
    zone.put("crm/orders/_source.yml", "trust_offsets: false\ntime_zone: Europe/Paris\n")
    put(zone, "crm/orders/1.parquet", order_id=["o"], ordered_at=moments)
    zone.ingest()
    assert zone.rows("select ordered_at::varchar from raw.crm__orders") == [
        ("2026-11-02 08:00:00",)
    ]
