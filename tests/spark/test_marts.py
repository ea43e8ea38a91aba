"""Whole runs on each engine give the same marts, by the same checks with the same results.

Three runs: all files but the last day's tags and calls, then these, then a day without any. One
home is DuckDB's throughout; the other is Spark's, then DuckDB's, then Spark's again, so that
ledgers go to Spark and come home twice.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.dbt_results import LAYERS
from orchestration.sample import write_sample
from orchestration.settings import DUCKDB, PROJECT_DIR, SPARK
from tests.spark.equality import compared

pytestmark = pytest.mark.spark

#: The clock of each run, and the engine of the home that changes it.
RUNS = (
    ("2026-10-30 22:00:00", SPARK),
    ("2026-10-31 22:00:00", DUCKDB),
    ("2026-11-01 22:00:00", SPARK),
)
LAST_DAY = re.compile("2026-?10-?31")
#: Marts that aren't held equal, each with its reason.
NOT_COMPARED = yaml.safe_load((Path(__file__).parent / "not_compared.yml").read_text())["marts"]
MARTS = sorted(path.stem for path in (PROJECT_DIR / "models" / "marts").rglob("*.sql"))


@dataclass(frozen=True)
class Built:
    """One landing zone, run by DuckDB and by both engines in turn: their homes."""

    duckdb: Path
    spark: Path

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that has both warehouses, as `on_duckdb` and `on_spark`."""
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            for name, home in (("on_duckdb", self.duckdb), ("on_spark", self.spark)):
                con.execute(f"attach '{home / 'warehouse.duckdb'}' as {name} (read_only)")
            yield con


def held_back(landing: Path, aside: Path) -> None:
    """Set the last day's files of what comes daily aside, as if they hadn't come yet."""
    for path in sorted(landing.rglob("*")):
        if LAST_DAY.search(path.name) and len(list(path.parent.iterdir())) > 4:
            target = aside / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)


def correct_a_day(landing: Path, aside: Path) -> None:
    """Deliver contacts by day, and later one day of them again with the half of its rows."""
    folder = Path("crm/contacts")
    settings = landing / folder / "_source.yml"
    told = settings.read_text(encoding="utf-8")
    assert "delivery: append" in told
    settings.write_text(told.replace("append", "replace_by_day"), encoding="utf-8")
    days = [path.read_text(encoding="utf-8") for path in (landing / folder).glob("contacts_*.csv")]
    rows = max(days, key=len).splitlines()
    corrected = aside / folder / "contacts_2026-11-01.csv"
    corrected.parent.mkdir(parents=True, exist_ok=True)
    corrected.write_text("\n".join(rows[: len(rows) // 2 + 1]) + "\n", encoding="utf-8")


def run_on(engine: str, landing: Path, home: Path, as_of: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.spark.small_run"],
        cwd=PROJECT_DIR,
        env={
            **os.environ,
            "PYTHONPATH": str(PROJECT_DIR),
            "PASSERELLE_ENGINE": engine,
            "PASSERELLE_HOME": str(home),
            "PASSERELLE_LANDING": str(landing),
            "PASSERELLE_AS_OF": as_of,
            "PASSERELLE_HMAC_KEY": "key of the tests of the second engine",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    with duckdb.connect(str(home / "published" / "bi.duckdb"), read_only=True) as con:
        published = con.execute(
            "select distinct cast(as_of as varchar) from marts.publication_info"
        ).fetchall()
    assert published == [(as_of,)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    if not shutil.which("java"):
        pytest.skip("no Java")
    folder = tmp_path_factory.mktemp("engines")
    landing, aside = folder / "landing", folder / "aside"
    write_sample(landing, customers=80, days=4)
    held_back(landing, aside)
    correct_a_day(landing, aside)
    for as_of, engine in RUNS:
        run_on(DUCKDB, landing, folder / "duckdb", as_of)
        run_on(engine, landing, folder / "spark", as_of)
        shutil.copytree(aside, landing, dirs_exist_ok=True)
    return Built(folder / "duckdb", folder / "spark")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mart", [mart for mart in MARTS if mart not in NOT_COMPARED])
def test_a_mart_is_the_same(built: Built, mart: str) -> None:
    with built.opened() as con:
        difference = compared(con, f"on_duckdb.marts.{mart}", f"on_spark.marts.{mart}")
    assert not difference, difference


@pytest.mark.timeout(3600)
def test_a_corrected_day_took_contacts_out(built: Built) -> None:
    # Staging's views name their own catalog, so the warehouse is opened rather than attached.
    with duckdb.connect(str(built.duckdb / "warehouse.duckdb"), read_only=True) as con:
        delivered, in_force = con.execute(
            "select (select count(distinct contact_id) from raw.crm__contacts), "
            "(select count(*) from staging.stg_crm__contacts)"
        ).fetchall()[0]
    assert in_force < delivered


@pytest.mark.timeout(3600)
def test_the_same_checks_have_the_same_results(built: Built) -> None:
    """Great Expectations' and dbt's, of every layer."""
    with built.opened() as con:
        found = {
            name: set(
                con.execute(
                    "select layer, table_name, check_name, severity, status, failing_count"
                    f" from {name}.audit.check_results"
                ).fetchall()
            )
            for name in ("on_duckdb", "on_spark")
        }
    assert found["on_spark"] == found["on_duckdb"]
    assert {layer for layer, *_ in found["on_spark"]} >= {"raw", *LAYERS}
    assert len(found["on_spark"]) > 1000


def test_the_sample_says_something(built: Built) -> None:
    """Equal because empty would prove nothing: most marts hold rows, the promised ones do."""
    with built.opened() as con:
        rows = {
            mart: con.execute(f"select count(*) from on_duckdb.marts.{mart}").fetchone()[0]  # type: ignore[index]
            for mart in MARTS
            if mart not in NOT_COMPARED
        }
    assert sum(count > 0 for count in rows.values()) > 0.6 * len(rows), rows
    for mart in ("fct_sessions", "fct_calls", "fct_feedback", "contact_centre_intervals"):
        assert rows[mart] > 20 or mart == "fct_feedback", (mart, rows[mart])


def test_exceptions_name_marts_and_reasons() -> None:
    assert set(NOT_COMPARED) <= set(MARTS)
    assert all(len(reason) > 20 for reason in NOT_COMPARED.values())
    page = (PROJECT_DIR / "docs" / "scaling.md").read_text(encoding="utf-8")
    assert not [mart for mart in NOT_COMPARED if f"`{mart}`" not in page]
