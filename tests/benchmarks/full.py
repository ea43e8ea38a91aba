"""`make bench-full`: a sample world from its files to published marts, and a day more.

F, the floor, is DuckDB reading and aggregating the same files, format by format, with the types
given and without a check. Each step runs in a process of its own, so that its peak memory is its
own; the CPU of the processes that a step starts counts as the step's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import Table, load_contract
from orchestration.progress import Progress
from orchestration.settings import PROJECT_DIR
from tests.benchmarks.files import trusting_read

#: Events of a customer and day in the sample world, about.
EVENTS_A_DAY = 1.02
BOUNDS = {"rebuild": 8.0, "day": 0.05, "memory": 7.0, "nothing": 15.0}
BOUNDS_OF_SAMPLE = {"wall": 1200.0, "memory": 4.0}
DAY_OF_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.[a-z.]+$")


@dataclass
class Stages(Progress):
    """Notes what each stage of a run costs, the processes that it starts included."""

    rows: list[tuple[str, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(None)
        self.at = (cpu_seconds(), time.monotonic())

    def done(self, text: str, seconds: float | None = None) -> None:
        cpu, wall = cpu_seconds(), time.monotonic()
        self.rows.append((re.split(r"[:,]", text)[0], cpu - self.at[0], wall - self.at[1]))
        self.at = (cpu, wall)


def cpu_seconds() -> float:
    """User and system time of this process and of those that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def main() -> int:
    """Print the tables; exit 1 where a bound isn't kept."""
    parser = argparse.ArgumentParser(prog="make bench-full", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--keep", type=Path, help="work here and keep it; a world there is used")
    parser.add_argument("--child", nargs=3, metavar=("STEP", "FOLDER", "ARGUMENT"))
    options = parser.parse_args()
    if options.child:
        step, folder, argument = options.child
        print(json.dumps(CHILDREN[step](Path(folder), argument)))
        return 0
    os.environ["PASSERELLE_HMAC_KEY"] = "a key for the benchmark only"
    folder = options.keep or Path(tempfile.mkdtemp(prefix="passerelle-full-"))
    try:
        return _all(folder, options.events, options.days)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


def _all(folder: Path, events: int, days: int) -> int:
    kept = []
    landing = folder / "landing"
    if not (landing / "as_of").exists():
        made = _child("sample", folder, f"{int(events / days / EVENTS_A_DAY)}:{days}")
        print(f"{made['events']:,} events, {made['calls']:,} calls, {days} days")
        _line("sample world", made)
        kept.append(made["wall"] <= BOUNDS_OF_SAMPLE["wall"])
        kept.append(made["memory"] <= BOUNDS_OF_SAMPLE["memory"])
    floor = _child("floor", folder, "")
    _line("F: reading the same files", floor, floor["cpu"])
    for name, cpu in floor["stages"]:
        print(f"    {name:<28} {cpu:8.1f}")
    last = datetime.fromisoformat((landing / "as_of").read_text().strip())
    later = _held_back(folder, last)
    before = (last - timedelta(days=1)).isoformat()
    rebuild = _child("run", folder, before)
    _stages("rebuild", rebuild, floor["cpu"])
    kept.append(rebuild["cpu"] <= BOUNDS["rebuild"] * floor["cpu"])
    kept.append(rebuild["memory"] < BOUNDS["memory"])
    for path in later:
        shutil.move(path, landing / path.relative_to(folder / "later"))
    day = _child("run", folder, last.isoformat())
    _stages("a day more", day, rebuild["cpu"])
    kept.append(day["cpu"] <= BOUNDS["day"] * rebuild["cpu"])
    nothing = _child("run", folder, last.isoformat())
    _line("nothing new", nothing)
    kept.append(nothing["wall"] <= BOUNDS["nothing"])
    size = sum(path.stat().st_size for path in (folder / "home").rglob("*") if path.is_file())
    print(f"disk: home {size / 2**30:.2f} GiB, landing zone {_size(landing) / 2**30:.2f} GiB")
    return 0 if all(kept) else 1


def _held_back(folder: Path, last: datetime) -> list[Path]:
    """The files of the last day, set aside as if they hadn't come yet."""
    landing = folder / "landing"
    held = []
    for path in sorted(landing.rglob("*")):
        found = DAY_OF_FILE.search(path.name)
        # Snapshots that are the only ones of their kind stay.
        if found and found[1] >= last.date().isoformat() and len(list(path.parent.iterdir())) > 4:
            target = folder / "later" / path.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
            held.append(target)
    return held


def _sample(folder: Path, argument: str) -> dict[str, object]:
    from orchestration.sample import write_sample

    customers, days = map(int, argument.split(":"))
    done = write_sample(folder / "landing", customers=customers, days=days, seed=1)
    return {"events": done.web_events, "calls": done.calls}


def _floor(folder: Path, _: str) -> dict[str, object]:
    stages = []
    for table in load_contract(PROJECT_DIR):
        files = folder / "landing" / table.family / table.format
        paths = [path for path in files.glob("*.*") if path.suffix != ".yml"]
        if paths:
            before = cpu_seconds()
            _read(table, files, {path.suffix for path in paths})
            stages.append((f"{table.family}/{table.format}", cpu_seconds() - before))
    return {"stages": stages}


def _read(table: Table, files: Path, suffixes: set[str]) -> None:
    """Read all files of a format; as text where the types don't fit every file."""
    for suffix in sorted(suffixes):
        paths = files / f"*{suffix}"
        with duckdb.connect() as con:
            con.execute("set threads = 2")
            try:
                con.execute(trusting_read(table, paths)).fetchall()
            except duckdb.Error:
                con.execute(f"select max(content) from read_text('{paths}')").fetchall()


def _run(folder: Path, as_of: str) -> dict[str, object]:
    from orchestration.pipeline import run_job
    from orchestration.settings import Settings

    stages = Stages()
    settings = Settings.load(home=folder / "home", landing=folder / "landing", as_of=as_of)
    done = run_job(settings, "everything", stages)
    if done.exit_code not in {0, 1}:
        raise SystemExit(done.message)
    return {"stages": stages.rows, "message": done.message}


CHILDREN = {"sample": _sample, "floor": _floor, "run": _run}


def _child(step: str, folder: Path, argument: str) -> dict:  # type: ignore[type-arg]
    """What a step in a process of its own says, with its CPU, wall time (s) and memory (GiB)."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.benchmarks.full", "--child", step, folder, argument]
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT_DIR) as child:
        told = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"the step {step} failed: {told[-2000:]}")
    cost = {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 2**20}
    return {**json.loads(told.splitlines()[-1]), **cost, "wall": time.monotonic() - begun}


def _line(name: str, cost: dict, floor: float | None = None) -> None:  # type: ignore[type-arg]
    ratio = f"{cost['cpu'] / floor:8.2f}x" if floor else ""
    print(
        f"{name:<32} {cost['cpu']:8.1f} CPU s {cost['wall']:8.1f} s wall "
        f"{cost['memory']:6.2f} GiB {ratio}",
        flush=True,
    )


def _stages(name: str, cost: dict, floor: float) -> None:  # type: ignore[type-arg]
    _line(name, cost, floor)
    for stage, cpu, wall in cost["stages"]:
        print(f"    {stage:<28} {cpu:8.1f} CPU s {wall:8.1f} s wall {cpu / floor:15.2f}x")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
