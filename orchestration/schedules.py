"""When Dagster runs what: the sensor on the landing zone, and the schedules."""

import fcntl
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.ingestion import landing
from orchestration.ingestion.contract import Contract
from orchestration.settings import Settings

SENSOR_SECONDS = 60
#: A file is left for the next tick until nothing has touched it for this long.
SETTLED_SECONDS = 5.0
_ACTIVE = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def landing_sensor(
    settings: Settings, contract: Contract, everything: str, jobs: Sequence[Any]
) -> dg.SensorDefinition:
    """Asks for a run when files are new or changed: of one family's job, else of all."""

    @dg.sensor(
        name="landing_zone",
        jobs=jobs,
        minimum_interval_seconds=SENSOR_SECONDS,
        description="New or changed files in the landing zone.",
    )
    def landing_zone(
        context: dg.SensorEvaluationContext,
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        if _is_running(context) or is_locked(settings.home):
            yield dg.SkipReason("a run is in progress; the landing zone is looked at after it")
            return
        before: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        now = family_digests(settings.landing, contract)
        changed = sorted(family for family in now if now[family] != before.get(family))
        if not changed:
            yield dg.SkipReason("no new or changed file")
            return
        job = changed[0] if len(changed) == 1 and changed[0] in contract.families else everything
        text = json.dumps(now, sort_keys=True)
        context.update_cursor(text)
        yield dg.RunRequest(
            run_key=hashlib.sha256(text.encode()).hexdigest()[:32],
            job_name=job,
            tags={"passerelle/changed": ",".join(changed)},
        )

    return landing_zone


def family_digests(zone: Path, contract: Contract) -> dict[str, str]:
    """A digest of names, sizes and times of the settled files, by family."""
    digests: dict[str, str] = {}
    found = landing.scan(zone, contract)
    limit = time.time() - SETTLED_SECONDS
    by_family: dict[str, list[str]] = {}
    for file in [*found.files, *(file for file, _ in found.misplaced)]:
        if file.mtime_ns / 1e9 <= limit:
            line = f"{file.relative}\0{file.size}\0{file.mtime_ns}"
            by_family.setdefault(file.family, []).append(line)
    for family, lines in by_family.items():
        digests[family] = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
    return digests


def schedules(tags_and_calls: str, daily_sources: str) -> list[dg.ScheduleDefinition]:
    """Every 15 minutes for tags and calls; at 04:00 in Paris for the rest."""
    return [
        dg.ScheduleDefinition(
            name="tags_and_calls_every_15_minutes",
            job_name=tags_and_calls,
            cron_schedule="*/15 * * * *",
            execution_timezone="Europe/Paris",
        ),
        dg.ScheduleDefinition(
            name="daily_sources_at_four",
            job_name=daily_sources,
            cron_schedule="0 4 * * *",
            execution_timezone="Europe/Paris",
        ),
    ]


def is_locked(home: Path) -> bool:
    """Whether some process, Dagster's or the command line's, is writing to this home."""
    path = home / "writer.lock"
    if not path.exists():
        return False
    with path.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_running(context: dg.SensorEvaluationContext) -> bool:
    filters = dg.RunsFilter(statuses=_ACTIVE)
    return bool(context.instance.get_runs_count(filters))
