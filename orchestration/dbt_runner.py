"""dbt inside this process: one invocation a layer, on a project that was parsed once.

Importing dbt takes seconds, so this module imports it inside functions.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from orchestration.dbt_results import (
    LAYERS,
    BuildResult,
    chosen,
    collect,
    later_layers_tests,
    one_line,
)
from orchestration.failing_keys import failing_keys, personal_columns

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

#: Tag that marks, for one invocation, what is to be built.
CHOSEN = "chosen_for_this_run"

#: dbt's own quicker way to let a model wait for the tests before it: seconds at 400 models.
FAST_TEST_EDGES = ("--use-fast-test-edges",)

#: Called after every node: how many are done, how many there are, the node's name.
Progress = Callable[[int, int, str], None]


class DbtError(RuntimeError):
    """dbt could not parse the project or build a model; the message names it."""


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

    #: The target of profiles.yml; None for the one that it names.
    target: str | None = None

    def __init__(self, project_dir: Path, home: Path) -> None:
        self.project_dir = project_dir
        self.home = home
        self.cache = home / "state" / "dbt"
        self._manifest: dict[str, Any] | None = None
        self._parsed: Any = None
        self._built: set[str] = set()

    @cached_property
    def folder(self) -> Path:
        """Where the project as it is now is kept parsed: what a run begins with, it ends with."""
        return self.cache / fingerprint_of(self.project_dir)

    def manifest(self) -> dict[str, Any]:
        """The manifest as dbt writes it (JSON), parsed again only when a project file changed.

        Raises DbtError where the project doesn't parse.
        """
        path = self.folder / "manifest.json"
        if not path.is_file():
            self._parse(self.folder)
            self._manifest = None
        if self._manifest is None:
            loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            self._manifest = loaded
        return self._manifest

    def parsed(self) -> Any:
        """The manifest as dbt's runner takes it. Raises DbtError as `manifest` does."""
        self.manifest()
        return _unpack((self.folder / "manifest.msgpack").read_bytes())

    def build(
        self,
        layer: str,
        *,
        as_of: datetime,
        only: Sequence[str] | None = None,
        left_out: Sequence[str] = (),
        full_refresh: bool = False,
        progress: Progress | None = None,
    ) -> BuildResult:
        """Build and test one layer; leaves no DuckDB handle open in this process.

        `only` names the models and seeds to build, else the whole layer is built; `left_out` names
        tests that aren't run. Each data test runs once: in the highest layer that it touches.
        Raises DbtError where dbt itself fails.
        """
        nodes = self.manifest()
        # Reading the parsed project costs seconds. dbt reuses it between invocations; a layer that
        # is built again, after a fault, gets one that nobody has touched.
        if self._parsed is None or layer in self._built:
            self._parsed, self._built = self.parsed(), set()
        manifest = self._parsed
        self._built.add(layer)
        later = later_layers_tests(nodes, layer)
        arguments = ["build", *FAST_TEST_EDGES, "--exclude-resource-type", "unit_test"]
        if only is None:
            arguments += ["--select", *LAYERS[layer]]
            if later:
                arguments += ["--exclude", *later]
        else:
            # dbt looks for each name that it is given in the whole project: a tag is found once.
            wanted = chosen(nodes, set(only), {*later, *left_out})
            if not wanted:
                return BuildResult()
            for unique_id in wanted:
                manifest.nodes[unique_id].tags.append(CHOSEN)
            arguments += ["--select", f"tag:{CHOSEN}", "--indirect-selection", "empty"]
        if full_refresh:
            arguments.append("--full-refresh")
        variables = {"as_of": as_of.isoformat(" "), "project_fingerprint": self.folder.name}
        arguments += ["--vars", json.dumps(variables)]
        try:
            outcome = self._invoke(
                arguments, self.folder / "run", manifest=manifest, progress=progress
            )
        finally:
            for node in manifest.nodes.values():
                if CHOSEN in node.tags:
                    node.tags.remove(CHOSEN)
        if outcome.result is None:
            raise DbtError(one_line(str(outcome.exception)))
        result = BuildResult()
        for node_result in outcome.result:
            collect(result, node_result, nodes)
        self._name_failing_rows(result, outcome.result, nodes)
        return result

    def run_elsewhere(self, home: Path, select: str, variables: Mapping[str, Any]) -> None:
        """Run models, without tests, in the warehouse of another home, a copy for instance.

        The clock is that of the copy's last run. Raises DbtError where a model fails.
        """
        arguments = ["run", "--select", select, "--vars", json.dumps(dict(variables))]
        elsewhere = DbtProject(self.project_dir, home)
        outcome = elsewhere._invoke(arguments, home / "state" / "dbt_run", manifest=self.parsed())
        if not outcome.success:
            failed = [r for r in outcome.result or () if r.status not in ("success", "skipped")]
            reason = failed[0].message if failed else outcome.exception
            raise DbtError(one_line(str(reason)))

    def write_docs(self, out: Path, *, as_of: datetime) -> Path:
        """The documentation that dbt makes, with lineage, as one static page; returns its path."""
        target = self.cache / "docs"
        arguments = ["docs", "generate", "--static"]
        arguments += ["--vars", json.dumps({"as_of": as_of.isoformat(" ")})]
        outcome = self._invoke(arguments, target)
        page = target / "static_index.html"
        if not outcome.success or not page.is_file():
            raise DbtError(f"dbt docs failed: {one_line(str(outcome.exception))}")
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
            raise DbtError(f"the dbt project doesn't parse: {one_line(str(outcome.exception))}")
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
        placed += ["--target", self.target] if self.target else []
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

    # Its 280,000 objects live as long as the process: a garbage collection that looks at all of
    # them each time costs a tenth of a build. An earlier manifest is let go.
    gc.unfreeze()
    manifest = Manifest.from_msgpack(packed, decoder=decode)
    gc.freeze()
    return manifest


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
