"""kill -9 at random moments of runs and deliveries; what comes after must be as if none had been.

The program is the real one on a checkout with few models (tests/integration/small_checkout.py), the
landing zone a sample world with files of every source. A prepared home is copied for each kill.
Moments are drawn from a seed, so a failure is repeated by `--seed S --only N`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb

from orchestration.ingestion.contract import load_contract
from orchestration.sample import write_sample
from orchestration.settings import PROJECT_DIR
from tests.integration.conftest import KEY
from tests.integration.lead_plans import AS_OF as PLAN_AS_OF
from tests.integration.lead_plans import fill, lead, publish, told
from tests.integration.small_checkout import BLOCKING_TEST, MARTS, SmallWorld, write_checkout

#: Histories of runs differ by their very nature.
COMPARED = [mart for mart in MARTS if mart != "data_quality_results"]
#: One kill in so many hits a delivery.
DELIVERIES = 5


class Reader(threading.Thread):
    """Opens the published file over and over; what it finds must be whole each time."""

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        self.home = home
        self.is_over = threading.Event()
        self.looks = 0
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.is_over.is_set():
            try:
                # The link is followed once, as a BI tool does that opens the file.
                version = (self.home / "published").resolve(strict=True)
                rows = json.loads((version / "publication.json").read_text())["rows"]
                with duckdb.connect(str(version / "bi.duckdb"), read_only=True) as con:
                    for mart, count in rows.items():
                        found = con.execute(f"select count(*) from marts.{mart}").fetchone()
                        assert found == (count,), (mart, found, count)
                self.looks += 1
            except Exception as error:
                self.faults.append(f"{type(error).__name__}: {error}")
            time.sleep(0.05)

    def end(self) -> None:
        self.is_over.set()
        self.join()
        assert not self.faults, self.faults[:3]
        assert self.looks, "the published file was never read"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="number of the one kill to repeat")
    parser.add_argument("--customers", type=int, default=60)
    parser.add_argument("--work", type=Path, help="where to work; a folder of its own")
    options = parser.parse_args()
    os.environ["PASSERELLE_HMAC_KEY"] = KEY
    work = options.work or Path(tempfile.mkdtemp(prefix="passerelle-chaos-"))
    work.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    prepared = prepare(work, options.customers)
    reference, seconds = undisturbed(prepared, work / "reference")
    delivering = deliver_seconds(work / "lead")
    say(f"seed {options.seed}; a run takes {seconds:.0f} s, a delivery {delivering:.1f} s")
    rng = random.Random(options.seed)
    failed = []
    for number in range(1, options.kills + 1):
        is_delivery, share = number % DELIVERIES == 0, rng.random()
        if options.only not in (None, number):
            continue
        moment = share * (delivering if is_delivery else seconds)
        what = "delivery" if is_delivery else "run"
        try:
            if is_delivery:
                how = kill_delivery(work / "killed", moment)
            else:
                how = kill_run(prepared, work / "killed", moment, reference)
            say(f"kill {number:>3}  {what} at {moment:6.2f} s ({share:.0%})  {how}: as undisturbed")
            shutil.rmtree(work / "killed", ignore_errors=True)
        except AssertionError as error:
            failed.append(number)
            say(f"kill {number:>3}  {what} at {moment:6.2f} s ({share:.0%})  FAILED: {error}")
            (work / "killed").rename(work / f"failed-{number}")
    say(f"{options.kills} kills, {len(failed)} failed, {time.monotonic() - begun:.0f} s")
    if failed:
        say(f"homes are kept in {work}; repeat: --seed {options.seed} --only {failed[0]}")
        return 1
    if options.work is None:
        shutil.rmtree(work)
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def prepare(work: Path, customers: int) -> SmallWorld:
    """A published home that has seen half of the files of every source."""
    landing, later = work / "prepared" / "landing", work / "prepared" / "later"
    shutil.rmtree(work / "prepared", ignore_errors=True)
    write_sample(landing, customers=customers, days=3, seed=1)
    for folder in sorted(path for path in landing.glob("*/*") if path.is_dir()):
        files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "_source.yml")
        for file in files[1::2]:
            target = later / file.relative_to(landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
    checkout = work / "prepared" / "checkout"
    families = load_contract(PROJECT_DIR).families
    write_checkout(checkout, MARTS, [BLOCKING_TEST], families)
    as_of = (landing / "as_of").read_text(encoding="utf-8").strip()
    world = SmallWorld(work / "prepared" / "home", landing, as_of, checkout)
    first = world.passerelle("run")
    assert first.returncode in (0, 3), first.stdout + first.stderr
    shutil.copytree(later, landing, dirs_exist_ok=True)
    return world


def copied(prepared: SmallWorld, folder: Path) -> SmallWorld:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(prepared.home, folder / "home", symlinks=True)
    return SmallWorld(folder / "home", prepared.landing, prepared.as_of, prepared.checkout)


Marts = dict[str, list[tuple[object, ...]]]


def marts_of(world: SmallWorld) -> Marts:
    """Every published mart that is no history, as a multiset of rows."""
    path = world.home / "published" / "bi.duckdb"
    found = {mart: world.rows(f"from marts.{mart} order by all", path) for mart in COMPARED}
    files = "path, status, rows_read, rows_loaded, rows_quarantined, rows_suppressed"
    found["files"] = world.rows(f"select {files} from audit.files order by all")
    return found


def undisturbed(prepared: SmallWorld, folder: Path) -> tuple[Marts, float]:
    """What a run makes of the prepared home when nobody disturbs it, and its seconds."""
    world = copied(prepared, folder)
    begun = time.monotonic()
    done = world.passerelle("run")
    assert done.returncode in (0, 3), done.stdout + done.stderr
    seconds = time.monotonic() - begun
    marts = marts_of(world)
    assert all(marts[mart] for mart in COMPARED), "a mart is empty: the world is too small"
    return marts, seconds


def killed(world: SmallWorld, moment: float, *arguments: str) -> str:
    """Start a command and kill it; whether it was over before."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(world.command(*arguments), **world.options(), **quiet) as process:
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    return "killed" if process.returncode == -signal.SIGKILL else "over before"


def kill_run(prepared: SmallWorld, folder: Path, moment: float, reference: Marts) -> str:
    world = copied(prepared, folder)
    reader = Reader(world.home)
    reader.start()
    try:
        how = killed(world, moment, "run")
        done = world.passerelle("run")
    finally:
        reader.end()
    assert done.returncode in (0, 3), done.stdout + done.stderr
    for name, rows in marts_of(world).items():
        assert rows == reference[name], f"{name} differs from the undisturbed run's"
    assert world.rows(
        "select count(*) from audit.files where status = 'loaded' "
        "and (rows_read <> rows_loaded + rows_quarantined + rows_suppressed or not is_validated)"
    ) == [(0,)], "a file's rows don't add up"
    for (table,) in world.rows(
        "select distinct family || '__' || format from audit.files where status = 'loaded'"
    ):
        family, _, format_ = table.partition("__")
        assert world.rows(f"select count(*) from raw.{table}") == world.rows(
            "select sum(rows_loaded) from audit.files where status = 'loaded' "
            f"and family = '{family}' and format = '{format_}'"
        ), f"raw.{table} doesn't hold what audit.files says"
    left = {status for (status,) in world.rows("select distinct status from audit.runs")}
    assert left <= {"published", "died"}, left
    versions = list((world.home / ".published").iterdir())
    assert len(versions) <= 2, versions
    return how


def lead_world(folder: Path) -> SmallWorld:
    """A home whose plan holds two teams' leads, of which one is given and one withdrawn since."""
    shutil.rmtree(folder, ignore_errors=True)
    world = SmallWorld(folder / "home", folder / "landing", PLAN_AS_OF, PROJECT_DIR)
    fill(world)
    publish(world, [lead("ann"), lead("cid", team="claims")])
    done = world.passerelle("deliver")
    assert done.returncode == 0, done.stderr
    publish(world, [lead("ben"), lead("cid", team="claims")])
    return world


def deliver_seconds(folder: Path) -> float:
    world = lead_world(folder)
    begun = time.monotonic()
    assert world.passerelle("deliver").returncode == 0
    return time.monotonic() - begun


def kill_delivery(folder: Path, moment: float) -> str:
    world = lead_world(folder)
    how = killed(world, moment, "deliver")
    done = world.passerelle("deliver")
    assert done.returncode == 0, done.stderr
    assert sorted(line[1:3] for line in told(world)) == [
        ("cancel", "T-ann"),
        ("lead", "T-ann"),
        ("lead", "T-ben"),
        ("lead", "T-cid"),
    ], "a lead was given twice, or not at all"
    return how


if __name__ == "__main__":
    sys.exit(main())
