"""`python -m tests.benchmarks.customer_360`: customer_360 over people of made-up inputs.

Inputs are made up in tables as the models before would leave them; then the compiled SQL of the
domain's models is run, each by itself. The figure is CPU seconds of all models against one scan of
their inputs that reads every column.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.algorithms.repeat_values import repeat_values
from orchestration.ingestion.contract import load_contract
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse import connect, ensure_schema
from tests.benchmarks.measure import measured

AS_OF = "2026-10-31 22:00:00"
DAY_US = 86_400_000_000
NOW_US = 1_793_484_000_000_000
MART = "customer_360"
#: CPU seconds of the mart and its steps, as a multiple of the scan.
BOUND = 40.0

#: Inputs by model: rows a person, and their columns in terms of `n` (row) and `p` (person).
PEOPLE = "'p' || (n % {people})"
#: Inputs by model: rows a person, and their columns in terms of `n` (row).
INPUTS: dict[str, tuple[float, str]] = {
    "int_identity__persons": (
        1,
        """
        'p' || n as person_id, n % 2 = 0 as is_customer,
        case when n % 2 = 0 then 'c' || n end as customer_id, 1::bigint as customer_id_count,
        timestamp '2020-01-01' as first_seen_at, timestamp '2026-10-01' as last_seen_at,
        2::bigint as identifier_count
        """,
    ),
    "int_canonical__customers": (
        0.5,
        """
        'c' || 2 * n as customer_id, 'person' as customer_kind, 1970::bigint as birth_year,
        '75' as department_code, 'FR' as country,
        ['premium', 'jeune', 'particulier'][1 + n % 3] as segment,
        null::varchar as adviser_id, 'h' || n as household_id,
        timestamp '2020-01-01' as created_at
        """,
    ),
    "int_identity__link_customers": (
        0.5,
        """
        'c' || 2 * n as customer_id, 'p' || 2 * n as person_id
        """,
    ),
    "int_identity__members": (
        1.5,
        """
        case when n % 3 = 0 then 'email_hash' else 'customer_id' end as identifier_type,
        'c' || (2 * n % {people}) as identifier_value, timestamp '2020-01-01' as valid_from,
        null::timestamp as valid_to, 'p' || (n % {people}) as person_id
        """,
    ),
    "int_journeys__signed_contracts": (
        0.7,
        """
        'k' || n as contract_id, 'c' || n as customer_id, 'p' || (n % {people}) as person_id,
        ['A', 'B', 'C'][1 + n % 3] as product_id,
        timestamp '2026-10-31' - to_days(cast(n * 37 % 4000 + 1 as integer)) as opened_at,
        case when n % 9 = 0 then timestamp '2026-10-31' - to_days(cast(n * 37 % 4000 // 2 as
        integer)) end as closed_at,
        'signed' as status, 300::decimal(18, 4) as premium_eur,
        60::decimal(18, 4) as margin_eur
        """,
    ),
    "int_canonical__contracts": (
        0.7,
        """
        'k' || n as contract_id, 'c' || 2 * (n % ({people} // 2)) as customer_id,
        'holder' as contract_role, ['A', 'B', 'C'][1 + n % 3] as product_id,
        timestamp '2022-01-01' as opened_at, null::timestamp as closed_at,
        300::decimal(18, 4) as premium_eur
        """,
    ),
    "int_journeys__conversions": (
        1,
        """
        's' || n as conversion_id, 'p' || (n % {people}) as person_id,
        case when n % 3 > 0 then 'k' || n end as contract_id,
        case when n % 3 = 0 then 'o' || n end as order_id, 'A' as product_id,
        timestamp '2026-10-31' - to_days(cast(n * 37 % 1000 + 1 as integer)) as converted_at,
        'signed' as status, null::timestamp as cancelled_at,
        (50 + n % 300)::decimal(18, 4) as net_revenue_eur, 20::decimal(18, 4) as margin_eur
        """,
    ),
    "int_journeys__interactions": (
        5,
        """
        md5(n::varchar) as interaction_id, 'p' || (n % {people}) as person_id,
        ['email', 'web', 'phone', 'sms'][1 + n % 4] as contact_channel,
        'buy' as journey_stage,
        timestamp '2026-10-31' - to_hours(cast(n * 37 % 2400 as integer)) as occurred_at,
        null::varchar as place, null::varchar as owning_function,
        ['contact', 'session', 'call', 'contact'][1 + n % 4] as source,
        case when n % 4 in (0, 3) then 'outbound' else 'inbound' end as direction,
        null::varchar as reason_code, null::varchar as session_id, null::varchar as call_id
        """,
    ),
    "int_e_rebond__attempts": (
        0.3,
        """
        't' || n as attempt_id, 'p' || (n % {people}) as person_id,
        timestamp '2026-10-31' - to_hours(cast(n * 37 % 2400 as integer)) as attempted_at
        """,
    ),
    "int_journeys__session_persons": (
        2,
        """
        n as session_key, 's' || n as session_id, 'p' || (n % {people}) as person_id
        """,
    ),
    "int_journeys__session_entries": (
        2,
        """
        n as session_key, 's' || n as session_id, 'v' || n as visitor_id,
        'mobile' as device_class
        """,
    ),
    "int_journeys__session_totals": (
        2,
        """
        n as session_key,
        (1793484000000000 - n * 37 % 2400 * 3600000000)::bigint as first_event_us,
        (1793484000000000 - n * 37 % 2400 * 3600000000 + 60000000)::bigint as last_event_us,
        0::bigint as heartbeat_count, false as is_bot, false as has_denied_consent
        """,
    ),
    "int_journeys__session_origins": (
        2,
        """
        n as session_key, n % 50 as traffic_key
        """,
    ),
    "int_canonical__consents": (
        1,
        """
        'k' || n as consent_id, 'customer_id' as subject_kind,
        'c' || (2 * n % {people}) as subject_key,
        ['email_prospecting', 'ad_personalisation'][1 + n % 2] as purpose,
        'granted' as status, timestamp '2025-01-01' as effective_at,
        timestamp '2027-01-01' as expires_at, 'x' as proof_ref, 'web' as source
        """,
    ),
    "int_identity__tribe_members": (
        1,
        """
        't' || n // 5 as tribe_id, 'p' || (n % {people}) as person_id,
        'combined' as tribe_type, 'member' as role, 0.5 as influence_score
        """,
    ),
}


def compiled(home: Path) -> dict[str, dict[str, Any]]:
    """The domain's SQL models by name, in order, with their names in the warehouse."""
    con = connect(home / "warehouse.duckdb")
    ensure_schema(con, load_contract(PROJECT_DIR))
    con.close()
    target = home / "dbt"
    # Empty tables have the types of the real ones; what is timed is compiled after that.
    for verb in (("seed",), ("run", "--empty"), ("compile",)):
        subprocess.run(
            [
                *(sys.executable, "-m", "dbt.cli.main", "--quiet", *verb),
                *("--select", f"+{MART}"),
                *("--target-path", str(target), "--log-path", str(target)),
            ],
            cwd=PROJECT_DIR,
            env={**os.environ, "PASSERELLE_HOME": str(home), "PASSERELLE_AS_OF": AS_OF},
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return dict(json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"])


def steps_of(nodes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Models of the domain before the mart and the mart, each after what it reads."""
    order: list[dict[str, Any]] = []

    def visit(unique_id: str) -> None:
        node = nodes.get(unique_id)
        if node is None or node in order or "customer_360" not in node["fqn"]:
            return
        for parent in node["depends_on"]["nodes"]:
            visit(parent)
        order.append(node)

    visit(f"model.passerelle.{MART}")
    return order


def prepare(con: duckdb.DuckDBPyConnection, people: int) -> None:
    """Fill the inputs of which INPUTS says how; the others stay empty."""
    views = {row[0] for row in con.execute("select view_name from duckdb_views()").fetchall()}
    for name, (share, columns) in INPUTS.items():
        if name in views:
            con.execute(f"create or replace temp table shape as from intermediate.{name} limit 0")
            con.execute(f"drop view intermediate.{name}")
            con.execute(f"create table intermediate.{name} as from shape")
        con.execute(
            f"insert into intermediate.{name} by name select {columns.format(people=people)} "
            f"from range({int(people * share)}) as rows (n)"
        )


def build(con: duckdb.DuckDBPyConnection, steps: list[dict[str, Any]]) -> dict[str, float]:
    """Run every step; CPU seconds by model."""
    spent = {}
    for step in steps:
        table = f"{step['schema']}.{step.get('alias') or step['name']}"
        _, cost = measured(lambda step=step, table=table: _run(con, step, table))
        spent[step["name"]] = cost.cpu
    return spent


def _run(con: duckdb.DuckDBPyConnection, step: dict[str, Any], table: str) -> None:
    if step["language"] == "python":
        buyers = con.execute(
            "from intermediate.int_customer_360__buyers where repeat_count is not null"
        ).to_arrow_table()
        found: pa.Table = repeat_values(
            buyers, least_repeats=100, lifetime_months=60, discount_rate=0.1
        )
        con.register("found", found)
        con.execute(f"create or replace table {table} as from found")
    else:
        con.execute(f"create or replace table {table} as {step['compiled_code']}")


def scan(con: duckdb.DuckDBPyConnection) -> None:
    """Read every column of every input once."""
    for name in INPUTS:
        con.execute(f"select count(columns(*)), max(hash(columns(*))) from intermediate.{name}")


def main() -> int:
    """Make inputs, build, print costs; exit 1 beyond the bound."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.customer_360")
    parser.add_argument("--people", type=int, default=2_000_000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        nodes = compiled(Path(folder))
        with duckdb.connect(str(Path(folder) / "warehouse.duckdb")) as con:
            con.execute("set memory_limit = '6GiB'; set preserve_insertion_order = false")
            prepare(con, people)
            _, floor = measured(lambda: scan(con))
            spent, cost = measured(lambda: build(con, steps_of(nodes)))
            rows = con.execute("select count(*) from marts.customer_360").fetchone()
    assert rows == (people,)
    for name, cpu in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"{cpu:8.1f} s CPU  {name}")
    print(f"{people:,} people: {cost.cpu:.1f} s CPU, {cost.wall:.1f} s, {cost.memory:.2f} GiB")
    print(f"scan of the inputs {floor.cpu:.1f} s CPU: {cost.cpu / floor.cpu:.1f} times")
    return 0 if cost.cpu <= BOUND * floor.cpu else 1


if __name__ == "__main__":
    sys.exit(main())
