"""A clock that goes back: the machine's is refused, one that somebody gives is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.progress import Progress
from orchestration.resources import open_run
from orchestration.settings import Settings, SettingsError
from orchestration.status import check_counts, recent_runs
from tests.integration.conftest import World
from tests.parsed_dbt import prime

LATER = "2026-10-31T22:00:00Z"


class NoValidator:
    """Nothing is validated here."""

    def validate(self, *_: object, **__: object) -> list[object]:
        return []

    def close(self) -> None:
        pass


class Told(Progress):
    """Keeps what it warns of."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "home", tmp_path / "landing", LATER)
    made.landing.mkdir()
    prime(made.home)
    begin(made.settings, "first")
    return made


def begin(settings: Settings, run_id: str) -> list[str]:
    """A run without steps; returns what it warns of."""
    told = Told()
    with open_run(
        settings,
        job="ingestion",
        run_id=run_id,
        validator=NoValidator(),  # type: ignore[arg-type]
        progress=told,
        inputs="",
    ):
        pass
    return told.warnings


def machine(world: World, clock: datetime) -> Settings:
    """Settings of a machine that says it is then, and of nobody else."""
    found = Settings.load(home=world.home, landing=world.landing)
    assert found.is_machine_clock
    return Settings(**{**vars(found), "as_of": clock})


def test_the_machine_s_clock_before_the_last_run_is_refused(world: World) -> None:
    with pytest.raises(SettingsError, match=r"went back: 2026-10-31 21:59 UTC is before .* 22:00"):
        begin(machine(world, datetime(2026, 10, 31, 21, 59)), "second")
    assert world.rows("select run_id, status from audit.runs") == [("first", "completed")]
    # The same moment, and any later one, is no step back.
    begin(machine(world, datetime(2026, 10, 31, 22, 0)), "third")


def test_a_clock_that_somebody_gives_is_taken_and_told(world: World) -> None:
    earlier = Settings.load(home=world.home, landing=world.landing, as_of="2026-10-30T22:00:00Z")
    (told,) = begin(earlier, "second")
    assert "2026-10-30 22:00 UTC is before the last run's 2026-10-31 22:00" in told
    assert begin(earlier, "third") == []


def test_runs_keep_their_order_when_the_machine_s_clock_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
    monkeypatch.setattr("orchestration.resources._now", lambda: yesterday)
    begin(world.settings, "second")
    begin(world.settings, "third")
    with duckdb.connect(str(world.home / "warehouse.duckdb")) as con:
        assert [run.run_id for run in recent_runs(con, 5)] == ["third", "second", "first"]
        # The last run's checks count, though their clock says that they came before.
        for run_id, status, at in (
            ("first", "failed", datetime(2026, 11, 2)),
            ("third", "passed", datetime(2026, 11, 1)),
        ):
            con.execute(
                "insert into audit.check_results (run_id, as_of, layer, table_name, check_name, "
                "severity, status, is_waived, checked_at) "
                "values (?, ?, 'raw', 't', 'c', 'critical', ?, false, ?)",
                [run_id, at, status, at],
            )
        assert check_counts(con) == {"passed": 1}
