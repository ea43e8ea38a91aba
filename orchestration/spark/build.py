"""`python -m orchestration.spark.build`: the models of a home, built on Spark.

The files are loaded by the same ingestion as ever (`passerelle run --job ingestion`); this writes
the raw zone, makes it Spark's source tables, and runs dbt with the target `spark`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from orchestration.dbt_runner import DbtError
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.spark.driver_models import install
from orchestration.spark.raw_zone import source_relations, write_raw_zone
from orchestration.spark.session import SMALL, open_session, register_raw_zone


def build_on_spark(
    home: Path,
    *,
    as_of: datetime,
    arguments: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    project_dir: Path = PROJECT_DIR,
) -> list[tuple[str, str, float, str]]:
    """Build the models of a home on Spark; returns (name, status, seconds, message) by node.

    `arguments` go to `dbt build`, `extra` are settings of Spark. Raises DbtError where dbt can't
    begin, RuntimeError where pyspark is missing.
    """
    from dbt.cli.main import dbtRunner

    relations = source_relations(project_dir)
    write_raw_zone(home, relations)
    session = open_session(project_dir, home, extra)
    register_raw_zone(session, home, relations)
    install()
    state = home / "state" / "dbt_spark"
    outcome = dbtRunner().invoke(
        [
            *("--quiet", "--no-print", "--no-send-anonymous-usage-stats", "--no-use-colors"),
            *("--log-level", "none", "--log-level-file", "info"),
            *("--log-path", str(home / "state" / "logs")),
            *("build", "--target", "spark", "--exclude-resource-type", "unit_test"),
            *arguments,
            *("--vars", json.dumps({"as_of": as_of.isoformat(" ")})),
            *("--project-dir", str(project_dir), "--profiles-dir", str(project_dir)),
            *("--target-path", str(state)),
        ]
    )
    if outcome.result is None:
        raise DbtError(f"dbt on Spark failed: {outcome.exception}")
    return [
        (one.node.name, str(one.status), float(one.execution_time), str(one.message or ""))
        for one in outcome.result
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where a node failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--as-of")
    parser.add_argument("--small", action="store_true", help="settings for a small world")
    parser.add_argument("dbt", nargs="*", help="after --: further arguments of dbt build")
    given = parser.parse_args(arguments)
    settings = Settings.load(home=given.home, as_of=given.as_of)
    results = build_on_spark(
        settings.home,
        as_of=settings.as_of,
        arguments=given.dbt,
        extra=SMALL if given.small else None,
    )
    return _report(results)


def _report(results: list[tuple[str, str, float, str]]) -> int:
    tally: dict[str, int] = {}
    for name, status, seconds, message in results:
        tally[status] = tally.get(status, 0) + 1
        if status in ("error", "fail"):
            sys.stdout.write(f"  ✗ {name} ({seconds:.1f} s): {' '.join(message.split())[:400]}\n")
    sys.stdout.write(
        "  " + ", ".join(f"{n} {status}" for status, n in sorted(tally.items())) + "\n"
    )
    return int(bool(tally.keys() & {"error", "fail"}))


if __name__ == "__main__":
    sys.exit(main())
