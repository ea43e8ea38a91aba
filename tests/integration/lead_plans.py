"""Homes with a published plan, as a run leaves them, for tests of deliveries."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.values import keyed_hash
from orchestration.settings import PROJECT_DIR, parse_instant
from orchestration.warehouse import ensure_schema
from tests.integration.conftest import KEY, World

AS_OF = "2026-11-02 08:00:00"
DAY = "2026-11-02"
NUMBERS = {"ann": "+33612345601", "ben": "+33612345602", "cid": "+33478000999"}

_TARGET = {
    "target_id": pa.string(),
    "candidate_id": pa.string(),
    "person_id": pa.string(),
    "planned_at": pa.timestamp("us"),
    "call_date": pa.date32(),
    "slot_start_at": pa.timestamp("us"),
    "slot_end_at": pa.timestamp("us"),
    "consumer_time_zone": pa.string(),
    "team": pa.string(),
    "skill": pa.string(),
    "language": pa.string(),
    "priority_rank": pa.int64(),
    "expires_at": pa.timestamp("us"),
    "legal_basis": pa.string(),
    "consent_id": pa.string(),
    "adviser_context": pa.string(),
    "status": pa.string(),
    "status_reason": pa.string(),
    "product_id": pa.string(),
    "trigger": pa.string(),
    "phone_hash": pa.string(),
    "detected_at": pa.timestamp("us"),
}


def digest(name: str) -> str:
    """The keyed hash of somebody's number."""
    return keyed_hash(KEY.encode(), NUMBERS.get(name, f"nobody-{name}"))


def lead(name: str, rank: int = 1, team: str = "sales", **changes: Any) -> dict[str, Any]:
    """A planned call of 10:00 to 10:30 in Paris."""
    planned = {
        "target_id": f"T-{name}",
        "candidate_id": f"C-{name}",
        "person_id": f"person-{name}-1",
        "planned_at": AS_OF,
        "call_date": DAY,
        "slot_start_at": f"{DAY} 09:00:00",
        "slot_end_at": f"{DAY} 09:30:00",
        "consumer_time_zone": "Europe/Paris",
        "team": team,
        "skill": "commercial",
        "language": "fr",
        "priority_rank": rank,
        "expires_at": f"{DAY} 19:00:00",
        "legal_basis": "consent",
        "consent_id": f"S-{name}",
        "adviser_context": "quote:2/3",
        "status": "planned",
        "status_reason": None,
        "product_id": "P1",
        "trigger": "abandonment",
        "phone_hash": digest(name),
        "detected_at": "2026-11-01 20:00:00",
    }
    return planned | changes


def withdrawn(name: str, reason: str, **changes: Any) -> dict[str, Any]:
    """A call that was planned, and is no longer."""
    return lead(name, status="withdrawn", status_reason=reason, **changes)


def fill(world: World) -> None:
    """A warehouse that knows the numbers."""
    world.home.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        ensure_schema(con, load_contract(PROJECT_DIR))
        for name, number in NUMBERS.items():
            for text in (number, number.replace("+33", "0")):
                con.execute(
                    "insert into restricted.identifier_values values "
                    "('phone', 'FR', ?, ?, ?, 'valid')",
                    [text, number, digest(name)],
                )


def publish(world: World, leads: list[dict[str, Any]], as_of: str = AS_OF) -> None:
    """Put a plan in force."""
    folder = world.home / "published"
    path = folder / "parquet/e_rebond_targets/data.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {
        column: pa.array([row[column] for row in leads], kind)
        if kind == pa.int64()
        else pa.array([row[column] for row in leads], pa.string()).cast(kind)
        for column, kind in _TARGET.items()
    }
    pq.write_table(pa.table(columns), path)
    (folder / "publication.json").write_text(
        json.dumps({"as_of": parse_instant(as_of).isoformat() + "Z"})
    )


def lines(path: Path) -> list[dict[str, str]]:
    """The lines of a lead file."""
    return list(csv.DictReader(io.StringIO(path.read_text())))


def told(world: World) -> list[tuple[str, str, str, str]]:
    """Every line in the outbox: file, action, target, phone."""
    return [
        (path.name, row["action"], row["target_id"], row["phone"])
        for path in sorted((world.home / "outbox").glob("leads_*.csv"))
        for row in lines(path)
    ]
