"""The same models on both engines give the same marts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.sample import write_sample
from orchestration.settings import PROJECT_DIR
from tests.spark.equality import compared

pytestmark = pytest.mark.spark

AS_OF = "2026-10-31 22:00:00"
#: Marts that aren't held equal, each with its reason.
NOT_COMPARED = yaml.safe_load((Path(__file__).parent / "not_compared.yml").read_text())["marts"]
MARTS = sorted(path.stem for path in (PROJECT_DIR / "models" / "marts").rglob("*.sql"))


@dataclass(frozen=True)
class Built:
    """One raw zone, built by DuckDB and by Spark."""

    home: Path

    def spark(self, mart: str) -> str:
        """The mart's Parquet files as a relation."""
        return f"read_parquet('{self.home}/spark/warehouse/marts.db/{mart}/*.parquet')"


def succeed(arguments: list[str], home: Path) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_DIR),
        "PASSERELLE_HOME": str(home),
        "PASSERELLE_AS_OF": AS_OF,
        "PASSERELLE_HMAC_KEY": "key of the tests of the second engine",
    }
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    if not shutil.which("java"):
        pytest.skip("no Java")
    folder = tmp_path_factory.mktemp("engines")
    home = folder / "home"
    write_sample(folder / "landing", customers=80, days=4)
    ingestion = ["orchestration.cli", "run", "--job", "ingestion", "--landing"]
    succeed([*ingestion, str(folder / "landing"), "--home", str(home)], home)
    # Spark first: the raw zone is written from a warehouse that no model has touched.
    models = ["--exclude-resource-type", "test"]
    succeed(["orchestration.spark.build", "--home", str(home), "--small", "--", *models], home)
    target = ["--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")]
    succeed(
        ["dbt.cli.main", "build", "--exclude-resource-type", "test", "unit_test", *target], home
    )
    return Built(home)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mart", [mart for mart in MARTS if mart not in NOT_COMPARED])
def test_a_mart_is_the_same(built: Built, mart: str) -> None:
    with duckdb.connect(str(built.home / "warehouse.duckdb"), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        difference = compared(con, f"marts.{mart}", built.spark(mart))
    assert not difference, difference


def test_the_sample_says_something(built: Built) -> None:
    """Equal because empty would prove nothing: most marts hold rows, the promised ones do."""
    with duckdb.connect(str(built.home / "warehouse.duckdb"), read_only=True) as con:
        rows = {
            mart: con.execute(f"select count(*) from marts.{mart}").fetchone()[0]  # type: ignore[index]
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
