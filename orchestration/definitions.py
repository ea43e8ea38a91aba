"""The code location that Dagster loads: `passerelle ui`, or any Dagster deployment.

An instance of one's own needs `concurrency: {pools: {default_limit: 1, granularity: run}}`.
"""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.build import build_definitions


@event.listens_for(Engine, "connect")
def _record_lightly(connection: Any, _record: Any) -> None:
    # Dagster writes several rows an event, an event a check, and SQLite waits for the disk after
    # each: minutes a run. Only Dagster's history can suffer from it, and only in a power failure.
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


defs = build_definitions()
