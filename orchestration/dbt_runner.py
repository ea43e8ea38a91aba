"""dbt inside this process: one invocation a layer, on a project that was parsed once.

Importing dbt takes seconds, so this module imports it inside functions.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestration.failing_keys import failing_keys, personal_columns

#: Layers in building order, each with the dbt path selectors that make it up.
LAYERS: dict[str, tuple[str, ...]] = {
    "staging": ("path:seeds", "path:models/staging"),
    "intermediate": ("path:models/intermediate",),
    "marts": ("path:models/marts",),
}

PROJECT_FILES = (
    "dbt_project.yml",
    "profiles.yml",
    "models/**/*",
    "macros/**/*",
    "seeds/**/*",
    "tests/dbt/**/*",
)

_RESULT_EVENTS = {
    "LogModelResult",
    "LogSeedResult",
    "LogSnapshotResult",
    "LogTestResult",
    "LogNodeResult",
}
_QUOTED = re.compile(r"'[^']*'")

#: Who answers for what names nobody.
DEFAULT_OWNER = "data_platform"

#: Called after every node: how many are done, how many there are, the node's name.
Progress = Callable[[int, int, str], None]


class DbtError(RuntimeError):
    """dbt could not parse the project or build a model; the message names it."""


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


def fingerprint_of(project_dir: Path, patterns: Iterable[str] = PROJECT_FILES) -> str:
    """A digest of names and contents of the files that match, 16 hex digits."""
    digest = hashlib.sha256()
    for path in sorted({p for pattern in patterns for p in project_dir.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(project_dir)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


class DbtProject:
    """The dbt project of a checkout and its parsed form, cached under a home's state folder."""

    def __init__(self, project_dir: Path, home: Path) -> None:
        self.project_dir = project_dir
        self.home = home
        self.cache = home / "state" / "dbt"

    def manifest(self) -> dict[str, Any]:
        """The manifest as dbt writes it (JSON), parsed again only when a project file changed.

        Raises DbtError where the project doesn't parse.
        """
        folder = self.cache / fingerprint_of(self.project_dir)
        path = folder / "manifest.json"
        if not path.is_file():
            self._parse(folder)
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    def parsed(self) -> Any:
        """The manifest as dbt's runner takes it. Raises DbtError as `manifest` does."""
        self.manifest()
        folder = self.cache / fingerprint_of(self.project_dir)
        return _unpack((folder / "manifest.msgpack").read_bytes())

    def build(
        self,
        layer: str,
        *,
        as_of: datetime,
        only: Sequence[str] | None = None,
        full_refresh: bool = False,
        progress: Progress | None = None,
    ) -> BuildResult:
        """Build and test one layer; leaves no DuckDB handle open in this process.

        `only` names the models and seeds to build, else the whole layer is built. Each data test
        runs once: in the highest layer that it touches. Raises DbtError where dbt itself fails.
        """
        nodes = self.manifest()
        folder = self.cache / fingerprint_of(self.project_dir)
        selected = list(LAYERS[layer]) if only is None else list(only)
        if not selected:
            return BuildResult()
        arguments = ["build", "--select", *selected, "--exclude-resource-type", "unit_test"]
        later = later_layers_tests(nodes, layer)
        if later:
            arguments += ["--exclude", *later]
        if full_refresh:
            arguments.append("--full-refresh")
        arguments += ["--vars", json.dumps({"as_of": as_of.isoformat(" ")})]
        outcome = self._invoke(arguments, folder / "run", manifest=self.parsed(), progress=progress)
        if outcome.result is None:
            raise DbtError(_one_line(str(outcome.exception)))
        result = BuildResult()
        for node_result in outcome.result:
            _collect(result, node_result, nodes)
        self._name_failing_rows(result, outcome.result, nodes)
        return result

    def write_docs(self, out: Path, *, as_of: datetime) -> Path:
        """The documentation that dbt makes, with lineage, as one static page; returns its path."""
        target = self.cache / "docs"
        arguments = ["docs", "generate", "--static"]
        arguments += ["--vars", json.dumps({"as_of": as_of.isoformat(" ")})]
        outcome = self._invoke(arguments, target)
        page = target / "static_index.html"
        if not outcome.success or not page.is_file():
            raise DbtError(f"dbt docs failed: {_one_line(str(outcome.exception))}")
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(page, out / "lineage.html"))

    def _name_failing_rows(
        self, result: BuildResult, outcomes: Iterable[Any], manifest: Mapping[str, Any]
    ) -> None:
        failed = {test.unique_id for test in result.tests if test.status == "failed"}
        queries = {
            outcome.node.unique_id: (
                str(outcome.node.compiled_code),
                str(getattr(outcome.node, "column_name", None) or "").strip('"'),
            )
            for outcome in outcomes
            if outcome.node.unique_id in failed and getattr(outcome.node, "compiled_code", None)
        }
        found = failing_keys(self.home / "warehouse.duckdb", queries, personal_columns(manifest))
        result.tests = [
            replace(test, failing_row_ids=found.get(test.unique_id, ())) for test in result.tests
        ]

    def _parse(self, folder: Path) -> None:
        work = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        outcome = self._invoke(["parse", "--no-partial-parse", "--write-json"], work)
        if not outcome.success or outcome.result is None:
            raise DbtError(f"the dbt project doesn't parse: {_one_line(str(outcome.exception))}")
        (work / "manifest.msgpack").write_bytes(_pack(outcome.result))
        for stale in self.cache.iterdir():
            if stale not in {work, folder} and stale.name != "docs":
                shutil.rmtree(stale, ignore_errors=True)
        if not folder.exists():
            work.rename(folder)
        else:
            shutil.rmtree(work)

    def _invoke(
        self,
        arguments: list[str],
        target: Path,
        *,
        manifest: Any = None,
        progress: Progress | None = None,
    ) -> Any:
        from dbt.cli.main import dbtRunner

        quiet = ["--quiet", "--no-print", "--no-send-anonymous-usage-stats", "--no-use-colors"]
        quiet += ["--log-level", "none", "--log-level-file", "warn"]
        quiet += ["--log-path", str(self.home / "state" / "logs")]
        if "--write-json" not in arguments and "docs" not in arguments:
            quiet.append("--no-write-json")
        placed = ["--project-dir", str(self.project_dir), "--profiles-dir", str(self.project_dir)]
        placed += ["--target-path", str(target)]
        callbacks = [_ticker(progress)] if progress else []
        with _environment({"PASSERELLE_HOME": str(self.home), "DO_NOT_TRACK": "1"}):
            try:
                return dbtRunner(manifest=manifest, callbacks=callbacks).invoke(
                    quiet + arguments + placed
                )
            finally:
                close_connections()


def close_connections() -> None:
    """Close the DuckDB handle that dbt-duckdb keeps open after an invocation.

    Without this the file stays locked for every other process until this one ends.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()


def _pack(manifest: Any) -> bytes:
    from dbt.parser.manifest import extended_mashumaro_encoder

    packed: bytes = manifest.to_msgpack(extended_mashumaro_encoder)
    return packed


def _unpack(packed: bytes) -> Any:
    # dbt's own decoder refuses the integer keys that YAML allows in a project's files.
    import msgpack  # type: ignore[import-untyped]
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_msgpack_decoder

    def decode(data: bytes) -> Any:
        return msgpack.unpackb(
            data, ext_hook=extended_msgpack_decoder, raw=False, strict_map_key=False
        )

    return Manifest.from_msgpack(packed, decoder=decode)


def layer_of(node: Mapping[str, Any]) -> str:
    """The layer of a model, seed or source of the manifest: its schema, seeds with staging."""
    schema = str(node["schema"])
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


def _collect(result: BuildResult, outcome: Any, manifest: Mapping[str, Any]) -> None:
    node = outcome.node
    status = str(outcome.status)
    if str(node.resource_type) != "test":
        if status == "success":
            result.built.append(node.unique_id)
        elif status == "skipped":
            result.skipped.append(node.unique_id)
        else:
            result.broken[node.name] = _one_line(outcome.message or status)
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
    result.tests.append(
        TestResult(
            unique_id=node.unique_id,
            layer=str(attached.get("schema", "")),
            table_name=str(attached.get("identifier") or attached.get("name", "")),
            check_name=str(node.name),
            severity=severity,
            status=known.get(status, "error"),
            failing_count=failures,
            expected="no failing row",
            observed=f"{failures} failing" if status in known else _one_line(outcome.message),
            owner=owner_of(manifest, test),
        )
    )


def _ticker(progress: Progress) -> Callable[[Any], None]:
    def on_event(event: Any) -> None:
        if event.info.name in _RESULT_EVENTS:
            data = event.data
            total = getattr(data, "total", 0) or getattr(data, "num_models", 0)
            progress(int(getattr(data, "index", 0)), int(total), str(data.node_info.node_name))

    return on_event


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _one_line(message: str | None) -> str:
    """A message fit for logs and reports: one line, quoted values masked, at most 300 chars."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return _QUOTED.sub("'…'", " ".join(lines[:3]))[:300]
