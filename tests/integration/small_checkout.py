"""A checkout with the real program and few of its models: a run takes seconds instead of minutes.

What a run does about locks, files, checks, kills and publications doesn't hang on how many models
there are. The models kept are real ones, with their YAML, tests, suites and policy.
"""

from __future__ import annotations

import csv
import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from expectations.contract import YAML_LOADER
from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import World
from tests.parsed_dbt import shared_manifest

AS_OF = "2026-10-31T22:00:00Z"
MARTS = ("contact_centre_intervals", "dim_product", "data_quality_results")
#: Fails where an amount has no rate, so its models stand here too.
BLOCKING_TEST = "entities_amounts_without_rate"
FAMILIES = ("ad_spend", "call_records", "crm")
HEADER = (
    "call_id,direction,caller_number,dialled_number,started_at,answered_at,ended_at,outcome,queue\n"
)
CONTRACTS = "contract_id,customer_id,role,opened_at,premium\nK1,C1,holder,2026-10-01T09:00:00Z,99\n"


@dataclass
class SmallWorld(World):
    """A world whose commands run in the small checkout."""

    checkout: Path = PROJECT_DIR

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "orchestration.cli", *arguments]

    def options(self, **environment: str) -> dict[str, Any]:
        """Where and how a command of this world is started."""
        path = {"PYTHONPATH": str(self.checkout)}
        return {
            "cwd": self.checkout,
            "env": {**os.environ, **self.environment, **path, **environment},
            "text": True,
        }

    def passerelle(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The command line as a user calls it."""
        return subprocess.run(
            self.command(*arguments),
            capture_output=True,
            check=False,
            **self.options(**environment),
        )

    def killed(self, moment: str, *arguments: str) -> None:
        """A command that ends by SIGKILL at a moment of `orchestration/faults.py`."""
        done = self.passerelle(*arguments, PASSERELLE_CRASH_AT=moment)
        assert done.returncode == -signal.SIGKILL, (moment, done.stdout, done.stderr)

    def published_calls(self) -> int:
        """Calls in the published file."""
        sql = "select sum(offered) from marts.contact_centre_intervals"
        return int(self.rows(sql, self.home / "published" / "bi.duckdb")[0][0])


def calls(day: int, count: int, year: int = 2026) -> str:
    """A day's inbound calls."""
    lines = []
    for i in range(count):
        minute = f"{year}-10-{day:02}T{8 + i % 10:02}"
        times = f"{minute}:00:00Z,{minute}:00:20Z,{minute}:03:00Z"
        number = f"+3361234{i:04},+33800111222"
        lines.append(f"C{day:02}{i:03},inbound,{number},{times},answered,loans\n")
    return HEADER + "".join(lines)


def small_world(make_world: Callable[..., World]) -> SmallWorld:
    """A home of one's own with 40 calls and a contract, loaded and published.

    Checkout and home are made once a session, whichever of its processes comes first.
    """
    made = make_world(AS_OF)
    base = made.home.parents[1]
    kept = (base.parent if base.name.startswith("popen-") else base) / "small"
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not (kept / "done").exists():
            _publish(kept)
    # Links as links: the published version must be the copy's own.
    shutil.copytree(kept / "home", made.home, symlinks=True)
    shutil.copytree(kept / "landing", made.landing)
    return SmallWorld(made.home, made.landing, AS_OF, kept / "checkout")


def _publish(folder: Path) -> None:
    for left in ("home", "landing", "checkout"):
        shutil.rmtree(folder / left, ignore_errors=True)
    write_checkout(folder / "checkout", MARTS, [BLOCKING_TEST], FAMILIES)
    world = SmallWorld(folder / "home", folder / "landing", AS_OF, folder / "checkout")
    world.put("call_records/flat/calls_2026-10-30.csv", calls(30, 40))
    world.put("crm/contracts/_source.yml", "currency: EUR\n")
    world.put("crm/contracts/contracts_2026-10-29.csv", CONTRACTS)
    first = world.passerelle("run")
    assert first.returncode == 0, first.stdout + first.stderr
    (folder / "done").touch()


def write_checkout(
    folder: Path, marts: Iterable[str], tests: Iterable[str], families: Iterable[str]
) -> None:
    """The program, and of the project what these marts and singular tests are made from."""
    manifest = shared_manifest()
    kept = _closure(manifest, {*marts, *tests})
    nodes = [manifest["nodes"][key] for key in kept if key in manifest["nodes"]]
    names = {str(node["name"]) for node in nodes}
    for whole in ("orchestration", "expectations", "macros"):
        shutil.copytree(PROJECT_DIR / whole, folder / whole)
    for file in ("dbt_project.yml", "profiles.yml"):
        shutil.copy2(PROJECT_DIR / file, folder / file)
    for node in nodes:
        _copy(folder, str(node["original_file_path"]))
    for node in manifest["nodes"].values():
        # A singular test of what is kept is kept.
        is_singular = node["resource_type"] == "test" and node["path"].endswith(".sql")
        if is_singular and node["original_file_path"].startswith("tests/dbt"):
            parents = manifest["parent_map"][node["unique_id"]]
            if parents and set(parents) <= kept:
                _copy(folder, str(node["original_file_path"]))
    for path in [*PROJECT_DIR.glob("models/**/*.yml"), *PROJECT_DIR.glob("seeds/**/*.yml")]:
        _copy_yaml(folder, path, names, set(families))
    for path in (folder / "expectations" / "suites").glob("*/*.yml"):
        is_kept = path.parent.name == "raw" and path.stem.startswith(tuple(families))
        if not (is_kept or path.stem in names or path.stem.startswith("_")):
            path.unlink()
    _copy_policy(folder, set(marts))


def _closure(manifest: Mapping[str, Any], names: set[str]) -> set[str]:
    """Unique ids of the nodes named and of all that they are made from."""
    left = [key for key, node in manifest["nodes"].items() if node["name"] in names]
    found: set[str] = set()
    while left:
        key = left.pop()
        if key not in found:
            found.add(key)
            left += manifest["parent_map"].get(key, [])
    return found


def _copy(folder: Path, relative: str) -> None:
    (folder / relative).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(PROJECT_DIR / relative, folder / relative)


def _copy_yaml(folder: Path, path: Path, names: set[str], families: set[str]) -> None:
    """What a YAML file says of the models and seeds that are kept, and the families' contract."""
    document = yaml.load(path.read_text(encoding="utf-8"), YAML_LOADER) or {}
    said: dict[str, Any] = {}
    for kind in ("models", "seeds", "snapshots"):
        if entries := [entry for entry in document.get(kind) or [] if entry["name"] in names]:
            said[kind] = entries
    if document.get("sources") and path.parent.name in families | {"audit"}:
        said["sources"] = document["sources"]
    if said:
        target = folder / path.relative_to(PROJECT_DIR)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump({"version": 2, **said}, sort_keys=False), encoding="utf-8")


def _copy_policy(folder: Path, marts: set[str]) -> None:
    name = "seeds/access_policy.csv"
    with (PROJECT_DIR / name).open(encoding="utf-8", newline="") as given:
        rows = list(csv.DictReader(given))
    with (folder / name).open("w", encoding="utf-8", newline="") as made:
        writer = csv.DictWriter(made, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in rows if row["mart"] in marts)
