"""What reaches BI and what doesn't: bad batches, blocked publications, nothing to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import World
from tests.integration.small_checkout import CONTRACTS, SmallWorld, calls, small_world

#: A line that goes into quarantine.
BROKEN = "K2,C1,holder,yesterday,99\n"


@pytest.fixture(scope="module")
def posted() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook on this machine, and what it was told."""
    told: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", told
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> SmallWorld:
    return small_world(make_world)


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.resolve().rglob("*") if path.is_file()]
    return {path.name + path.parent.name: path.read_bytes() for path in found}


@pytest.mark.slow
def test_a_failing_critical_check_blocks(
    world: SmallWorld, posted: tuple[str, list[dict[str, Any]]]
) -> None:
    address, told = posted
    before = bytes_of(world.home / "published")
    # An amount that no rate turns into EUR passes raw, and fails a test of the models.
    world.put("crm/contracts/_source.yml", "currency: XTS\n")
    world.put("crm/contracts/contracts_2026-10-30.csv", CONTRACTS + BROKEN)
    blocked = world.passerelle("run", "--job", "crm", PASSERELLE_ALERT_WEBHOOK=address)
    assert blocked.returncode == 4, blocked.stderr
    assert "entities_amounts_without_rate" in blocked.stdout
    assert bytes_of(world.home / "published") == before
    kinds = {alert["kind"] for alert in told}
    assert {"blocked_publication", "quarantine"} <= kinds
    assert "C1" not in json.dumps(told)
    (state,) = world.rows("select status from audit.runs order by started_at desc limit 1")
    assert state == ("blocked",)
    index = (world.home / "reports" / "index.html").read_text(encoding="utf-8")
    assert "publication is blocked" in index


@pytest.mark.slow
def test_the_next_good_batch_publishes_and_a_corrupted_file_is_withdrawn(
    world: SmallWorld,
) -> None:
    world.put("call_records/flat/bad_2026-10-31.csv", calls(31, 30, year=2031))
    world.put("call_records/flat/good_2026-10-31.csv", calls(31, 10))
    world.put("crm/contracts/_source.yml", "currency: EUR\n")
    world.put("crm/contracts/contracts_2026-10-31.csv", CONTRACTS)
    done = world.passerelle("run")
    assert done.returncode == 3, done.stderr
    assert "bad_2026-10-31.csv" in done.stdout
    assert world.published_calls() == 50
    ((file_id, reason),) = world.rows(
        "select file_id, reason from audit.files where status = 'withdrawn'"
    )
    assert "started_at_not_in_future" in reason
    # What it failed is kept as grave as it was, and blocks nothing.
    published = world.home / "published" / "bi.duckdb"
    kept = world.rows(
        "select severity, status, observed from marts.data_quality_results "
        f"where \"check\" = 'started_at_not_in_future/{file_id}'",
        published,
    )
    assert len(kept) == 1
    assert kept[0][:2] == ("critical", "withdrawn")
    assert kept[0][2].endswith("the file is withdrawn")
    index = (world.home / "reports" / "index.html").read_text(encoding="utf-8")
    assert "publication is blocked" not in index
    assert "critical, file withdrawn" in index
    listed = world.passerelle("quarantine", "list")
    assert file_id in listed.stdout
    shown = world.passerelle("quarantine", "show", file_id, "--limit", "2")
    assert "started_at_not_in_future" in shown.stdout
    found = json.loads(world.passerelle("status", "--json").stdout)
    (source,) = [s for s in found["sources"] if s["family"] == "call_records"]
    assert source["files_withdrawn"] == 1
    assert source["rows_loaded"] == 50
    assert source["rows_quarantined"] == 30
