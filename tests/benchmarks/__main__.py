"""`make bench`: ingestion with quarantine, and sessions, on ten million web events.

F, the floor of ingestion, is DuckDB reading and aggregating the same gzip file with the types
given: nothing is kept, nothing is checked. The floor of sessions is one scan of every column of
the canonical events; they are built twice, from the tracker's own and by silence.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

from orchestration.ingestion.contract import load_contract
from orchestration.ingestion.loader import ingest
from orchestration.settings import PROJECT_DIR, Settings
from tests.benchmarks.measure import Cost, measured

AS_OF = "2026-10-31 22:00:00"
#: One row in this many breaks its type or the form of a record.
ONE_BAD_IN = 1000
BOUNDS = {"ingest": 3.5, "sessions": 7.0, "memory": 3.0}

EVENTS = """
copy (
    select
        uuid() as event_id,
        case
            when i % 10 = 0 then 'click' when i % 500 = 3 then 'quote_step' else 'page_view'
        end as event_name,
        case
            when i % {bad} = 7 then 'no time'
            else strftime(
                timestamp '2026-10-01' + to_microseconds(
                    cast(((i // 20) % {visitors} * 7919 % 2592000) * 1000000 as bigint)
                    + (i % 20) * 41000000 + cast(hash(i) % 1000000 as bigint)
                ),
                '%Y-%m-%dT%H:%M:%S.%fZ'
            )
        end as occurred_at,
        'v' || ((i // 20) % {visitors}) as visitor_id,
        's' || (i // 20) as session_id,
        case when i % 40 = 0 then 'u' || (hash(i) % 50000) end as login_id,
        case when i % 400 = 0 then 'u' || (hash(i) % 50000) || '@example.org' end as email,
        case when i % 500 = 0 then '+3363998' || lpad(cast(hash(i) % 10000 as varchar), 4, '0') end
            as phone,
        'https://www.banque.example/' || ['devis/auto', 'devis/mrh', 'conso', 'aide', ''][
            1 + cast(hash(i) % 5 as bigint)
        ] || '/p' || (hash(i) % 300) || '?utm_source=google&x=' || i as page_url,
        'Page ' || (hash(i) % 300) as page_title,
        case when i % 7 = 0 then 'https://www.google.com/' end as referrer_url,
        case when i % 60 = 0 then 'google' end as utm_source,
        case when i % 60 = 0 then 'cpc' end as utm_medium,
        case when i % 60 = 0 then 'c' || (hash(i) % 20) end as utm_campaign,
        null as utm_content,
        null as utm_term,
        null as click_id,
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/'
            || (100 + hash(i) % 30) || '.0.0.0 Safari/537.36' as user_agent,
        'main' as site,
        'web' as app_id,
        'web' as platform,
        case when hash(i) % 3 = 0 then 'denied' else 'granted' end as consent_navigation_linking,
        case when i % 10 = 0 then '{{"step": ' || (i % 3) || ', "product": "auto, plus"}}' end
            as properties
    from range({rows}) as events (i)
) to '{path}' (header, delimiter ',')
"""


def main() -> int:
    """Run the benchmarks and print a table; exit 1 where a bound isn't kept."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path, help="work here and keep it")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="passerelle-bench-"))
    os.environ["PASSERELLE_HMAC_KEY"] = "a key for the benchmark only"
    try:
        return _run(folder, options.rows)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _run(folder: Path, rows: int) -> int:
    landing = folder / "landing"
    path = landing / "web_tags" / "flat" / f"events-{rows}.csv.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as con:
            con.execute(EVENTS.format(rows=rows, visitors=rows // 60, path=path, bad=ONE_BAD_IN))
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    settings = Settings.load(home=home, landing=landing, as_of=AS_OF)
    _, floor = measured(lambda: _floor(path))
    report, loading = measured(lambda: ingest(settings))
    (file,) = report.files
    print(f"{file.rows_read:,} rows read, {file.rows_quarantined:,} quarantined")
    _line("F: typed read of the same file", floor, floor)
    _line("ingest with quarantine", loading, floor, BOUNDS["ingest"])
    kept = [
        loading.cpu <= BOUNDS["ingest"] * floor.cpu,
        loading.memory < BOUNDS["memory"],
    ]
    _build_events(settings)
    for kind, is_forced in (("the tracker's own", False), ("cut by silence", True)):
        scan, sessions = _sessions(settings, is_forced)
        _line("scan of the canonical events", scan, scan)
        _line(f"sessions, {kind}", sessions, scan, BOUNDS["sessions"])
        kept += [
            sessions.cpu <= BOUNDS["sessions"] * scan.cpu,
            sessions.memory < BOUNDS["memory"],
        ]
    return 0 if all(kept) else 1


def _floor(path: Path) -> None:
    """DuckDB's own trusting read; what breaks a type is skipped, as F may not stop at it."""
    table = load_contract(PROJECT_DIR).tables["web_tags", "flat"]
    types = {"json": "varchar", "boolean": "varchar"}
    columns = ", ".join(
        f"'{column.name}': '{types.get(column.data_type, column.data_type)}'"
        for column in table.columns
    )
    counts = ", ".join(f"count({column.name})" for column in table.columns)
    with duckdb.connect() as con:
        con.execute(
            f"select event_name, max(occurred_at), count(distinct visitor_id), {counts} from "
            f"read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '\"', "
            f"escape = '\"', columns = {{{columns}}}, ignore_errors = true) group by 1"
        ).fetchall()


def _build_events(settings: Settings) -> None:
    """Seeds, and what sessions are built from."""
    _dbt(settings, "seed")
    _dbt(settings, "run", "--select", "+int_canonical__web_events", "+int_canonical__consents")


def _sessions(settings: Settings, is_forced: bool) -> tuple[Cost, Cost]:
    """Cost of one scan of the events, and of all models from them to fct_sessions."""
    setting = json.dumps({"force_inactivity_sessions": is_forced})
    target = _dbt(settings, "compile", "--select", "+fct_sessions", "--vars", setting)
    manifest = json.loads((target / "manifest.json").read_text())
    models = _after_events(manifest["nodes"])
    with duckdb.connect(str(settings.warehouse)) as con:
        con.execute("set threads = 2; set preserve_insertion_order = false; set TimeZone = 'UTC'")
        con.execute("set memory_limit = '2500MB'")
        columns = [
            row[0]
            for row in con.execute("describe intermediate.int_canonical__web_events").fetchall()
        ]
        counts = ", ".join(f"max({column})" for column in columns)
        scan = f"select {counts} from intermediate.int_canonical__web_events"
        con.execute(scan).fetchall()
        _, floor = measured(lambda: con.execute(scan).fetchall())

        def build() -> None:
            for node in models:
                compiled = (
                    target / "compiled" / "passerelle" / node["original_file_path"]
                ).read_text()
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                name = f"{node['schema']}.{node['name']}"
                con.execute(f"create or replace {kind} {name} as {compiled}")

        _, cost = measured(build)
    return floor, cost


def _after_events(nodes: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The models between the canonical events and fct_sessions, in the order of building."""
    prefix = "model.passerelle."
    order: list[str] = []

    def visit(name: str) -> None:
        node = nodes.get(name)
        if not node or node["resource_type"] != "model" or name in order:
            return
        if "int_canonical" in name or "stg_" in name:
            return
        for parent in node["depends_on"]["nodes"]:
            visit(parent)
        order.append(name)

    visit(f"{prefix}fct_sessions")
    return [nodes[name] for name in order]


def _dbt(settings: Settings, *command: str) -> Path:
    """Run a dbt command in the benchmark's home; the folder that it compiles into."""
    target = settings.home / "dbt"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", *command, "--quiet"),
            *("--target-path", str(target), "--log-path", str(target)),
        ],
        cwd=PROJECT_DIR,
        env={
            **os.environ,
            "PASSERELLE_HOME": str(settings.home),
            "PASSERELLE_AS_OF": AS_OF,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout[-2000:] + done.stderr[-2000:])
    return target


def _line(name: str, cost: Cost, floor: Cost, bound: float | None = None) -> None:
    ratio = cost.cpu / floor.cpu
    said = f" (bound {bound:g})" if bound else ""
    print(
        f"{name:<32} {cost.cpu:8.1f} CPU s {cost.wall:8.1f} s wall {cost.memory:6.2f} GiB "
        f"{ratio:6.2f}x{said}"
    )


if __name__ == "__main__":
    sys.exit(main())
