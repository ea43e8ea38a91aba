"""Critical checks of the raw layer: each file is judged by its own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from expectations.results import CheckResult
from expectations.runner import validate
from orchestration.assets.raw_checks import check_new_rows
from orchestration.ingestion.contract import load_contract
from orchestration.progress import Progress
from orchestration.resources import PipelineRun
from orchestration.settings import Settings

CALLS = "call_records/flat"
HEAD = "call_id,direction,started_at,outcome\n"


@dataclass
class InProcess:
    """Great Expectations in this process."""

    settings: Settings

    def validate(
        self,
        layer: str,
        tables: Iterable[str],
        *,
        run_id: str,
        batch_filters: Mapping[str, str] | None = None,
    ) -> list[CheckResult]:
        return validate(
            self.settings.warehouse,
            layer,
            as_of=self.settings.as_of,
            reports_dir=self.settings.reports,
            run_id=run_id,
            tables=tables,
            batch_filters=batch_filters,
        )

    def close(self) -> None:
        pass


def check(zone: Any) -> PipelineRun:
    zone.ingest()
    run = PipelineRun(
        settings=zone.settings,
        run_id="run-1",
        job="ingestion",
        contract=load_contract(zone.settings.project_dir),
        dbt=cast(Any, None),
        validator=InProcess(zone.settings),
        progress=Progress(),
        inputs="",
    )
    check_new_rows(run, ["call_records__flat", "crm__orders"])
    return run


def calls(count: int) -> str:
    return HEAD + "".join(f"c{n},inbound,2026-10-20 10:00:00,answered\n" for n in range(count))


def test_a_file_is_withdrawn_whatever_comes_with_it(zone):
    late = "l{n},inbound,2036-10-20 10:00:00,answered\n"
    zone.put(f"{CALLS}/bad.csv", HEAD + late.format(n=1) + late.format(n=2))
    # Of all rows less than 1 % are dated in the future: so many that the bad file drowns.
    zone.put(f"{CALLS}/good.csv", calls(1200) + late.format(n=3))
    zone.put("crm/orders/odd.csv", "order_id,ordered_at\no1,2026-10-01\no1,2026-10-02\n")
    run = check(zone)
    # Each with what it failed itself, and no other's faults.
    assert run.withdrawn == {
        f"{CALLS}/bad.csv": "critical check failed: started_at_not_in_future",
        "crm/orders/odd.csv": "critical check failed: keys_do_not_conflict",
    }
    assert zone.counts(f"{CALLS}/good.csv") == ("loaded", 1201, 1201, 0)
    assert zone.rows("select count(*) from audit.files where not is_validated") == [(0,)]
    kept = zone.rows(
        "select split_part(check_name, '/', 1), observed, failing_count from audit.check_results "
        "where status = 'withdrawn' order by 1"
    )
    assert kept == [
        ("keys_do_not_conflict", "2 offending; the file is withdrawn", 2),
        ("started_at_not_in_future", "2 of 2 rows fail (100 %); the file is withdrawn", 2),
    ]
    blocking = "status = 'failed' and severity = 'critical'"
    assert zone.rows(f"select count(*) from audit.check_results where {blocking}") == [(0,)]
