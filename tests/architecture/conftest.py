"""One compiled copy of the project for every law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from project import Project, project_from_manifest

from orchestration.dbt_runner import DbtProject
from orchestration.ingestion.contract import Contract, load_contract
from orchestration.warehouse import connect, ensure_schema
from tests.parsed_dbt import prime

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract(ROOT)


def empty_warehouse(home: Path, contract: Contract) -> Path:
    """A warehouse with the raw tables of the contract and the seeds, without rows."""
    path = home / "warehouse.duckdb"
    con = connect(path)
    ensure_schema(con, contract)
    for seed in sorted((ROOT / "seeds").glob("**/*.csv")):
        con.execute(
            f"create table seeds.{seed.stem} as "
            "from read_csv(?, header = true, all_varchar = true) limit 0",
            [str(seed)],
        )
    con.close()
    return path


@dataclass(frozen=True)
class Dbt:
    """dbt on this project, with a home and a target outside of the repository."""

    home: Path
    target: Path

    def invoke(self, *arguments: str) -> dbtRunnerResult:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PASSERELLE_HOME", str(self.home))
            patch.setenv("PASSERELLE_AS_OF", "2026-10-31 22:00:00")
            patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            # Parsing costs more than compiling: the project is parsed once for all tests.
            prime(self.home)
            result = dbtRunner(manifest=DbtProject(ROOT, self.home).parsed()).invoke(
                [
                    *("--quiet", *arguments),
                    *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT)),
                    *("--target-path", str(self.target), "--log-path", str(self.target)),
                ]
            )
        assert result.success, f"dbt {arguments[0]} failed: {result.exception or result.result}"
        return result


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> Dbt:
    dbt = Dbt(tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("target"))
    empty_warehouse(dbt.home, contract)
    return dbt


@pytest.fixture(scope="session")
def project(dbt: Dbt) -> Project:
    """The manifest with every model compiled."""
    dbt.invoke("compile", "--select", "resource_type:model")
    return project_from_manifest(dbt.target / "manifest.json")


@pytest.fixture(scope="session")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, contract: Contract
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse without rows, for binding the models' compiled SQL; dbt keeps its own open."""
    con = connect(empty_warehouse(tmp_path_factory.mktemp("binding"), contract), read_only=True)
    yield con
    con.close()
