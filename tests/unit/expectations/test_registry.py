"""Suite files: what they may say, and how mistakes are reported."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.contract import load_contract
from expectations.registry import LAYERS, SuiteError, load_suites

AS_OF = datetime(2026, 3, 2, 6, 0, 0)
ENTRY: dict[str, Any] = {
    "type": "expect_column_values_to_not_be_null",
    "kwargs": {"column": "id"},
    "severity": "critical",
    "description": "Every row has an id.",
}


def write(folder: Path, *entries: Any, layer: str = "marts", **changes: Any) -> Path:
    document = {"table": "t", "layer": layer, "owner": "tests", "expectations": list(entries)}
    path = folder / layer / "t.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document | changes), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "expect_magic"}, "unknown type 'expect_magic'"),
        ({"severity": "fatal"}, "unknown severity 'fatal'"),
        ({"sverity": "info"}, "unknown key in expectation: sverity"),
        ({"kwargs": {"column": "id", "mosty": 1}}, "unknown key in kwargs of expect_.*: mosty"),
        ({"kwargs": {}}, "kwargs of expect_.* lacks: column"),
        ({"waived_until": "2026-04-01"}, "a waiver needs both"),
        ({"waived_until": "soon", "waived_by": "me"}, "waived_until must be a date"),
        ({"name": "Not a name"}, "may hold only lower-case letters"),
        ({"name": "n", "kwargs": {"column": "{tomorrow}"}}, "can't resolve '{tomorrow}'"),
        ({"name": "n", "kwargs": {"column": "{contract.colour}"}}, "is in no contract"),
    ],
)
def test_mistake_names_file_and_entry(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    folder = write(tmp_path, {**ENTRY, "name": "first"}, ENTRY | change)

    with pytest.raises(SuiteError, match=message) as error:
        load_suites("marts", suites_dir=folder)
    assert "t.yml, expectation 2" in str(error.value)


def test_two_entries_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="two expectations are named"):
        load_suites("marts", suites_dir=write(tmp_path, ENTRY, ENTRY))


def test_file_must_repeat_its_place(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="must repeat the file's place, marts/t"):
        load_suites("marts", suites_dir=write(tmp_path, ENTRY, table="other"))


def test_unknown_table_and_layer_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, ENTRY)

    with pytest.raises(SuiteError, match="no suite file in marts/ for: missing"):
        load_suites("marts", ["t", "missing"], suites_dir=folder)
    with pytest.raises(SuiteError, match="unknown layer 'gold'"):
        load_suites("gold", suites_dir=folder)


def test_broken_yaml_names_the_file(tmp_path: Path) -> None:
    folder = write(tmp_path, ENTRY)
    (folder / "marts" / "t.yml").write_text("table: [", encoding="utf-8")

    with pytest.raises(SuiteError, match=r"t\.yml: not YAML"):
        load_suites("marts", suites_dir=folder)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("{as_of}", "2026-03-02 06:00:00"),
        ("{as_of + 1 day}", "2026-03-03 06:00:00"),
        ("{latest_now - 3 hours}", "2026-03-05 03:00:00"),
        ("{as_of_date - 2 days}", "2026-02-28"),
        ("plain", "plain"),
    ],
)
def test_clock_values_are_resolved_at_run_time(written: str, resolved: str, tmp_path: Path) -> None:
    entry = ENTRY | {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "at", "max_value": written},
    }
    suite = load_suites("marts", suites_dir=write(tmp_path, entry))["t"]

    arguments = suite.entries[0].resolve(AS_OF, datetime(2026, 3, 5, 6, 0, 0))

    assert arguments["max_value"] == resolved


def test_entries_of_the_whole_layer_come_first(tmp_path: Path) -> None:
    folder = write(tmp_path, ENTRY)
    (folder / "marts" / "_every_table.yml").write_text(
        yaml.safe_dump({"expectations": [ENTRY | {"name": "of_every_table"}]}), encoding="utf-8"
    )

    suite = load_suites("marts", suites_dir=folder)["t"]

    assert [e.name for e in suite.entries] == ["of_every_table", "id__values_to_not_be_null"]


def test_every_contract_table_has_a_raw_suite() -> None:
    assert set(load_suites("raw")) == set(load_contract())


@pytest.mark.parametrize("layer", LAYERS)
def test_suites_of_the_project_load(layer: str) -> None:
    suites = load_suites(layer)

    assert suites
    for suite in suites.values():
        assert suite.owner
        assert suite.description
        assert layer == "raw" or suite.key, f"{suite.name} doesn't say what identifies a row"
        assert all(entry.description for entry in suite.entries)


def test_no_critical_raw_suite_is_without_a_gate() -> None:
    for suite in load_suites("raw").values():
        critical = {e.name for e in suite.entries if e.severity == "critical"}
        assert {"has_contract_columns", "files_mostly_parsed"} < critical, suite.name
