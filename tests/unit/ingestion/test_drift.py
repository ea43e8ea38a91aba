"""Deliveries that change: columns that come, go and turn, clocks and code pages that lie."""

from __future__ import annotations

import pytest

CALLS = "call_records/flat"
RAW = "raw.call_records__flat"
HEAD = "call_id,direction,started_at,outcome"


def row(call: str, started: str = "2026-10-31T09:00:00Z", *more: str) -> str:
    return ",".join([call, "inbound", started, "answered", *more])


def test_columns_come_go_and_move(zone):
    zone.put(f"{CALLS}/1.csv", f"{HEAD}\n{row('a')}\n")
    zone.put(f"{CALLS}/2.csv", f"{HEAD},queue,mood\n{row('b', '2026-10-31', 'loans', 'glad')}\n")
    zone.put(
        f"{CALLS}/3.csv",
        "queue,outcome,started_at,direction,call_id\nloans,busy,2026-10-31,inbound,c\n",
    )
    zone.ingest()
    assert zone.rows(f"select call_id, outcome, queue, _extra::varchar from {RAW} order by 1") == [
        ("a", "answered", None, None),
        ("b", "answered", "loans", '{"mood":"glad"}'),
        ("c", "busy", "loans", None),
    ]


def test_a_renamed_required_column_rejects_until_it_is_mapped(zone):
    zone.put(f"{CALLS}/1.csv", f"{HEAD.replace('call_id', 'id')}\n{row('a')}\n")
    zone.ingest()
    ((status, reason),) = zone.rows("select status, reason from audit.files")
    assert status == "rejected"
    assert "call_id" in reason
    assert "_source.yml" in reason
    zone.put(f"{CALLS}/_source.yml", "columns: {id: call_id}")
    zone.ingest()
    assert zone.rows(f"select call_id from {RAW}") == [("a",)]


def test_a_retyped_column_quarantines_what_no_longer_fits(zone):
    head = f"{HEAD},talk_seconds"
    zone.put(f"{CALLS}/1.csv", f"{head}\n{row('a', '2026-10-31', '60')}\n")
    rows = [row("b", "2026-10-31", "1:00"), row("c", "2026-10-31", "61.0")]
    zone.put(f"{CALLS}/2.csv", "\n".join([head, *rows]))
    zone.ingest()
    assert zone.rows(f"select call_id, talk_seconds from {RAW} order by 1") == [
        ("a", 60),
        ("c", 61),
    ]
    assert zone.rows("select line, field, reason from audit.quarantine") == [
        (2, "talk_seconds", "no whole number")
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # Wall clocks of Paris, whatever zone the switchboard writes behind them: CET is UTC+1.
        ("2026-11-02T09:00:00Z", "2026-11-02 08:00:00"),
        ("2026-11-02T09:00:00+00:00", "2026-11-02 08:00:00"),
        ("2026-07-01 09:00:00.250 UTC", "2026-07-01 07:00:00.25"),
        ("2026-07-01 09:00:00", "2026-07-01 07:00:00"),
    ],
)
def test_offsets_that_lie_are_left_out_of_account(zone, written, meant):
    zone.put(f"{CALLS}/_source.yml", "trust_offsets: false")
    zone.put(f"{CALLS}/1.csv", f"{HEAD}\n{row('a', written)}\n")
    zone.ingest()
    assert zone.rows(f"select started_at::varchar from {RAW}") == [(meant,)]


@pytest.mark.parametrize("word", ["infinity", "epoch", "-infinity", "now", "today"])
def test_words_are_no_times(zone, word):
    zone.put(f"{CALLS}/1.csv", f"{HEAD}\n{row('a', word)}\n{row('b')}\n")
    zone.ingest()
    assert zone.rows(f"select call_id from {RAW}") == [("b",)]
    assert zone.rows("select field from audit.quarantine") == [("started_at",)]


@pytest.mark.parametrize("labels", ["", "Date de fin,Réponse,Pourquoi ?\n"])
def test_a_first_response_is_no_label_row(zone, labels):
    head = "EndDate,ResponseId,Q1\n"
    zone.put("surveys/qualtrics/1.csv", f"{head}{labels}2026-10-01 10:00:00,R_1,parce que\n")
    zone.ingest()
    assert zone.counts("surveys/qualtrics/1.csv") == ("loaded", 1, 1, 0)


def test_three_code_pages_in_one_file(zone):
    lines = [
        f"{HEAD},queue".encode(),
        row("a", "2026-10-31", "Réclamé à l’été").encode(),
        row("b", "2026-10-31", "Réclamé à Noël").encode("latin-1"),
        row("c", "2026-10-31", "Réclamé à Noël").encode("cp850"),
        row("d", "2026-10-31", "coût 5 €").encode("cp1252"),
    ]
    zone.put(f"{CALLS}/1.csv", b"\n".join(lines))
    zone.ingest()
    assert [queue for (queue,) in zone.rows(f"select queue from {RAW} order by call_id")] == [
        "Réclamé à l’été",
        "Réclamé à Noël",
        "Réclamé à Noël",
        "coût 5 €",
    ]


def test_a_named_code_page_is_not_guessed(zone):
    zone.put(f"{CALLS}/_source.yml", "encoding: cp437")
    text = row("a", "2026-10-31", "Café")
    zone.put(f"{CALLS}/1.csv", f"{HEAD},queue\n".encode() + text.encode("cp437"))
    zone.ingest()
    assert zone.rows(f"select queue from {RAW}") == [("Café",)]
