"""What dbt did, told in the house's words: nodes built, tests with owner, severity and rows.

Reads dbt's manifest (as JSON) and its results; imports nothing of dbt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Layers in building order, each with the dbt path selectors that make it up.
LAYERS: dict[str, tuple[str, ...]] = {
    "staging": ("path:seeds", "path:models/staging"),
    "intermediate": ("path:models/intermediate",),
    "marts": ("path:models/marts",),
}

#: Who answers for what names nobody.
DEFAULT_OWNER = "data_platform"

_QUOTED = re.compile(r"'[^']*'")


@dataclass(frozen=True)
class TestResult:
    """One dbt data test: `severity` critical or warning, `status` passed, failed or error."""

    __test__ = False

    unique_id: str
    layer: str
    table_name: str
    check_name: str
    severity: str
    status: str
    failing_count: int
    expected: str
    observed: str
    owner: str
    failing_row_ids: tuple[str, ...] = ()


@dataclass
class BuildResult:
    """What one invocation did: nodes built, tests, models that broke (name to first line)."""

    built: list[str] = field(default_factory=list)
    tests: list[TestResult] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def failed_critical(self) -> list[TestResult]:
        """Tests whose failure stops the next layer."""
        return [t for t in self.tests if t.severity == "critical" and t.status != "passed"]


def layer_of(node: Mapping[str, Any]) -> str:
    """The layer of a model, seed or source of the manifest: its schema, seeds with staging.

    A model or snapshot that stands in `restricted` is of its folder's layer.
    """
    schema = str(node["schema"])
    if schema == "restricted" and node["resource_type"] in {"model", "snapshot"}:
        return str(node["fqn"][1])
    return "staging" if schema in {"seeds", "raw", "audit"} else schema


def later_layers_tests(manifest: Mapping[str, Any], layer: str) -> list[str]:
    """Names of the tests that touch `layer` and a layer that is built after it."""
    order = list(LAYERS)
    rank = order.index(layer)
    names = []
    for node in manifest["nodes"].values():
        if node["resource_type"] != "test":
            continue
        ranks = [
            order.index(layer_of(found))
            for parent in node["depends_on"]["nodes"]
            if (found := _node(manifest, parent)) is not None and layer_of(found) in order
        ]
        if ranks and min(ranks) <= rank < max(ranks):
            names.append(str(node["name"]))
    return sorted(names)


def chosen(manifest: Mapping[str, Any], only: set[str], unwanted: set[str]) -> set[str]:
    """Unique ids of the models and seeds named, and of the tests of any of them but `unwanted`."""
    built = {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "seed", "snapshot"} and node["name"] in only
    }
    return built | {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and node["name"] not in unwanted
        and built.intersection(node["depends_on"]["nodes"])
    }


def attached_node(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any] | None:
    """The model, seed or source that a test belongs to: its own, else its last-built parent."""
    own = _node(manifest, test.get("attached_node") or "")
    if own is not None:
        return own
    parents = [n for p in test["depends_on"]["nodes"] if (n := _node(manifest, p)) is not None]
    order = [*LAYERS]
    ranked = sorted(parents, key=lambda n: (order.index(layer_of(n)), n["name"]))
    return ranked[-1] if ranked else None


def owner_of(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str:
    """Who answers for a test: named by it, by its model or source, or by the source beneath."""
    attached = attached_node(manifest, test) or {}
    beneath = [
        manifest["sources"][parent]
        for parent in attached.get("depends_on", {}).get("nodes", [])
        if parent in manifest["sources"] and manifest["sources"][parent]["schema"] == "raw"
    ]
    for node in (test, attached, *beneath):
        owner = node.get("config", {}).get("meta", {}).get("owner")
        if owner:
            return str(owner)
    return DEFAULT_OWNER


def _node(manifest: Mapping[str, Any], unique_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = manifest["nodes"].get(unique_id) or manifest["sources"].get(
        unique_id
    )
    return found if found and found["resource_type"] in {"model", "seed", "source"} else None


def collect(result: BuildResult, outcome: Any, manifest: Mapping[str, Any]) -> None:
    """Add what became of one node, as dbt tells it, to the result of its invocation."""
    node = outcome.node
    status = str(outcome.status)
    if str(node.resource_type) != "test":
        if status == "success":
            result.built.append(node.unique_id)
        elif status == "skipped":
            result.skipped.append(node.unique_id)
        else:
            result.broken[node.name] = one_line(outcome.message or status)
        return
    if status == "skipped":
        result.skipped.append(node.unique_id)
        return
    test = manifest["nodes"][node.unique_id]
    attached = attached_node(manifest, test) or {}
    failures = outcome.failures or 0
    severity = "critical" if str(node.config.severity).lower() == "error" else "warning"
    known = {"pass": "passed", "fail": "failed", "warn": "failed"}
    if status == "warn":
        severity = "warning"
    name, expected = _said(test)
    result.tests.append(
        TestResult(
            unique_id=node.unique_id,
            layer=str(attached.get("schema", "")),
            table_name=str(attached.get("identifier") or attached.get("name", "")),
            check_name=name,
            severity=severity,
            status=known.get(status, "error"),
            failing_count=failures,
            expected=expected,
            observed=f"{failures} failing" if status in known else one_line(outcome.message),
            owner=owner_of(manifest, test),
        )
    )


def _said(test: Mapping[str, Any]) -> tuple[str, str]:
    """A test's name, and what it expects, in a steward's words."""
    metadata = test.get("test_metadata") or {}
    if metadata.get("name") not in {"key", "required"}:
        return str(test["name"]), "no failing row"
    given = metadata["kwargs"]
    columns = ", ".join(given["columns"])
    if metadata["name"] == "required":
        return "required", f"never empty: {columns}"
    required = given.get("required", [])
    more = f"; never empty: {', '.join(required)}" if required else ""
    return "key", f"one row per {columns}{more}"


def one_line(message: str | None) -> str:
    """A message fit for logs and reports: one line, quoted values masked, at most 300 chars."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return _QUOTED.sub("'…'", " ".join(lines[:3]))[:300]
