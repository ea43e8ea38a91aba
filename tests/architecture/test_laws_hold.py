"""The laws, held against the project as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import laws
import pytest
from plain_values import HARMLESS_CLASSES
from project import Project

from orchestration.ingestion.contract import Contract

MODEL_LINES = 150
MODULE_LINES = 400
TOP_LEVEL = {
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "Makefile"),
    *("pyproject.toml", "requirements.lock", "requirements-dev.lock", "requirements-spark.lock"),
    *("dbt_project.yml", "profiles.yml"),
    *("models", "seeds", "macros", "orchestration", "expectations", "tests", "docs"),
}
FIXED_BY_THE_CLIENT = {
    *("dbt_project.yml", "models", "seeds", "macros", "orchestration", "expectations", "tests"),
    "README.md",
}
BUILD_OUTPUT = {"target", "logs", "build", "passerelle.egg-info"}


def texts(root: Path, *patterns: str) -> list[tuple[str, str]]:
    return [
        (path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for pattern in patterns
        for path in sorted(root.glob(pattern))
    ]


def sql_texts(root: Path) -> list[tuple[str, str]]:
    return texts(root, "models/**/*.sql", "macros/**/*.sql", "tests/dbt/**/*.sql")


def hold(*violations: list[str]) -> None:
    found = [violation for of_one in violations for violation in of_one]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "law",
    [
        laws.sources_read_outside_staging,
        laws.staging_that_combines,
        laws.staging_read_past_canonical,
        laws.domains_out_of_order,
        laws.badly_named,
        laws.python_out_of_place,
        laws.undocumented,
    ],
    ids=lambda law: law.__name__,
)
def test_models(law: Callable[[Project], list[str]], project: Project) -> None:
    assert len(project.models) > 10
    hold(law(project))


def test_every_ordering_is_settled(project: Project) -> None:
    hold(*(laws.unsettled_orderings(model) for model in project.models.values()))


def test_engines_differ_only_in_their_macros(root: Path) -> None:
    hold(*(laws.engine_switches(*text) for text in sql_texts(root)))


def test_one_engine_s_functions_stay_in_its_macros(root: Path) -> None:
    hold(*(laws.one_engine_only(*text) for text in sql_texts(root)))


def test_nothing_reads_the_machine_s_clock(root: Path) -> None:
    hold(*(laws.reads_the_clock(*text) for text in sql_texts(root)))


def test_models_and_modules_are_short(root: Path) -> None:
    models = texts(root, "models/**/*.sql", "models/**/*.py", "macros/**/*.sql")
    modules = texts(root, "orchestration/**/*.py", "expectations/**/*.py", "tests/**/*.py")
    hold(*(laws.too_long(*text, MODEL_LINES) for text in models))
    hold(*(laws.too_long(*text, MODULE_LINES) for text in modules))


def test_the_top_level_is_as_agreed(root: Path) -> None:
    present = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    assert present >= FIXED_BY_THE_CLIENT
    assert present - TOP_LEVEL - BUILD_OUTPUT == set()


def test_algorithms_are_pure(root: Path) -> None:
    forbidden = {"dagster", "dbt", "duckdb", "sqlalchemy", "great_expectations", "yaml", "os"}
    modules = texts(root, "orchestration/algorithms/**/*.py")
    assert modules
    hold(*(laws.imports_forbidden(*text, forbidden) for text in modules))


def test_expectations_know_nothing_of_dagster(root: Path) -> None:
    modules = texts(root, "expectations/**/*.py")
    forbidden = {"dagster", "dagster_dbt"}
    hold(*(laws.imports_forbidden(*text, forbidden) for text in modules))


def test_ingestion_and_the_sample_world_know_nothing_of_dagster(root: Path) -> None:
    modules = texts(root, "orchestration/ingestion/**/*.py", "orchestration/sample/**/*.py")
    forbidden = {"dagster", "dagster_dbt", "dbt"}
    hold(*(laws.imports_forbidden(*text, forbidden) for text in modules))


def test_python_holds_no_business_sql(root: Path) -> None:
    """Publishing copies the marts, and the status shows what was published: both read only."""
    modules = [
        (path, text)
        for path, text in texts(root, "orchestration/**/*.py")
        if not path.startswith(("orchestration/publishing/", "orchestration/status"))
    ]
    hold(*(laws.business_sql(*text) for text in modules))


def test_staging_selects_only_what_the_contract_has(
    project: Project, warehouse: duckdb.DuckDBPyConnection
) -> None:
    """The raw tables are made from the contract: a column that it lacks doesn't bind."""
    for model in project.models.values():
        if model.layer == "staging":
            try:
                warehouse.execute(f"explain {model.compiled_sql}")
            except duckdb.Error as error:
                pytest.fail(f"{model.path}: {error}")


def test_every_format_of_the_contract_has_its_staging_model(
    project: Project, contract: Contract
) -> None:
    read = {
        parent.split(".", 2)[2]
        for model in project.models.values()
        for parent in model.depends_on
        if parent.startswith("source.")
    }
    delivered = {f"{table.family}.{table.format}" for table in contract}
    assert delivered - read == set()


def test_python_models_only_pass_on(root: Path) -> None:
    hold(*(laws.python_model_reach(*text) for text in texts(root, "models/**/*.py")))


def test_nothing_outside_restricted_names_a_person(project: Project, contract: Contract) -> None:
    raw = {
        table.identifier: {
            column.name: column.pii
            for column in table.columns
            if column.pii not in HARMLESS_CLASSES
        }
        for table in contract
    }
    assert any(raw.values())
    assert any(model.schema == "restricted" for model in project.models.values())
    hold(laws.names_shown_outside_restricted(project, raw))
