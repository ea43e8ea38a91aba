"""A small warehouse file per test, and one import of Great Expectations per session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.results import CheckResult
from expectations.runner import validate

AS_OF = datetime(2026, 3, 2, 6, 0, 0)


@pytest.fixture
def warehouse(tmp_path: Path) -> Callable[..., Path]:
    """Makes a warehouse file: `warehouse("create …", "insert …")` returns its path."""

    def build(*statements: str) -> Path:
        path = tmp_path / "warehouse.duckdb"
        with duckdb.connect(str(path)) as connection:
            for schema in ("raw", "staging", "intermediate", "marts", "audit"):
                connection.execute(f"create schema if not exists {schema}")
            for statement in statements:
                connection.execute(statement)
        return path

    return build


@pytest.fixture
def run_suite(tmp_path: Path) -> Callable[..., list[CheckResult]]:
    """Validates one suite given as a mapping, through the registry and the runner."""
    import yaml

    def run(database: Path, document: dict[str, Any], **options: Any) -> list[CheckResult]:
        folder = tmp_path / "suites" / document["layer"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{document['table']}.yml").write_text(
            yaml.safe_dump(document, sort_keys=False), encoding="utf-8"
        )
        return validate(
            database,
            document["layer"],
            as_of=AS_OF,
            reports_dir=tmp_path / "reports",
            run_id="run-1",
            tables=[document["table"]],
            suites_dir=tmp_path / "suites",
            **options,
        )

    return run


@pytest.fixture
def suite_of() -> Callable[..., dict[str, Any]]:
    """Makes a suite document for table `t` of the given entries, critical unless they say."""

    def build(*entries: dict[str, Any], layer: str = "marts", **extra: Any) -> dict[str, Any]:
        numbered = [
            {"name": f"check_{i}", "severity": "critical", "description": "d", **entry}
            for i, entry in enumerate(entries)
        ]
        return {"table": "t", "layer": layer, "owner": "tests", "expectations": numbered, **extra}

    return build
