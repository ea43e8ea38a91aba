"""Confidence of the voice cookie, held against the sample world's truth: is 0.9 nine in ten?"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from scipy.stats import beta  # type: ignore[import-untyped]

from orchestration.sample import write_sample
from tests.integration.circles import rows_of
from tests.integration.conftest import World

SEEDS = (1, 2, 3)
MODELS = ("+fct_call_web_links", "+fct_sessions")
#: Confidence from, up to.
BANDS = ((0.5, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.0))


class Named(NamedTuple):
    """A link, and whether it names the visit that led to the call."""

    match_method: str
    confidence: float
    is_right: bool


class Band(NamedTuple):
    """Links of one band of confidence: how many, what they claim, how many are right."""

    links: int
    claimed: float
    right: int

    @property
    def interval(self) -> tuple[float, float]:
        """Exact interval of the share that is right, 95 % (Clopper and Pearson, 1934)."""
        low = beta.ppf(0.025, self.right, self.links - self.right + 1) if self.right else 0.0
        wrong = self.links - self.right
        high = beta.ppf(0.975, self.right + 1, wrong) if wrong else 1.0
        return float(low), float(high)


def links_of(world: World) -> list[Named]:
    """Links of one world. Visits of tags without a session id of their own are told by visitor."""
    truth = {
        (row["source_format"], row["source_call_id"]): (
            row["visitor_id"],
            row["tracker_session_id"],
        )
        for row in rows_of(world.landing / "truth" / "call_sessions.csv")
    }
    found = []
    for source, call, visitor, session, method, confidence in world.rows(
        "select calls.source_format, calls.source_call_id, links.visitor_id, "
        "sessions.tracker_session_id, links.match_method, links.confidence "
        "from marts.fct_call_web_links as links "
        "inner join intermediate.int_canonical__calls as calls using (call_id) "
        "left join marts.fct_sessions as sessions using (session_id) "
        "where links.visitor_id is not null"
    ):
        who, visit = truth[source, call]
        found.append(Named(method, confidence, visitor == who and visit in ("", session or "")))
    return found


@pytest.fixture(scope="module")
def worlds(
    make_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory
) -> list[World]:
    made = []
    for seed in SEEDS:
        landing = tmp_path_factory.mktemp("voice") / "landing"
        write_sample(landing, customers=3000, days=8, seed=seed)
        world = make_world((landing / "as_of").read_text(encoding="utf-8").strip(), landing)
        world.ingest()
        done = world.dbt("run", "--quiet", "--select", *MODELS)
        assert done.returncode == 0, done.stdout[-3000:]
        made.append(world)
    return made


@pytest.fixture(scope="module")
def named(worlds: list[World]) -> list[Named]:
    return [link for world in worlds for link in links_of(world)]


def band(links: list[Named]) -> Band:
    return Band(
        len(links),
        sum(link.confidence for link in links) / len(links),
        sum(link.is_right for link in links),
    )


@pytest.mark.long
def test_claimed_confidence_lies_within_the_interval_of_what_is_right(named: list[Named]) -> None:
    for low, high in BANDS:
        links = [n for n in named if low <= n.confidence < high or n.confidence == high == 1.0]
        found = band(links)
        print(f"\n{low:.2f}-{high:.2f} {found} {found.interval}")  # noqa: T201
        assert found.interval[0] <= found.claimed <= found.interval[1], (low, found)


@pytest.mark.long
def test_of_links_at_nine_tenths_nine_in_ten_are_right(named: list[Named]) -> None:
    found = band([link for link in named if link.confidence >= 0.9])

    assert found.links > 300
    assert found.interval[0] >= 0.9


@pytest.mark.long
@pytest.mark.parametrize("method", ["exact_lease", "recent_lease", "identity"])
def test_every_method_keeps_what_it_claims(named: list[Named], method: str) -> None:
    found = band([link for link in named if link.match_method == method])

    print(f"\n{method} {found} {found.interval}")  # noqa: T201
    assert found.links >= 50
    assert found.interval[0] <= found.claimed <= found.interval[1]


@pytest.mark.long
def test_nobody_without_consent_is_named(worlds: list[World]) -> None:
    """By the delivered leases: a visitor whose every lease was made without consent."""
    for world in worlds:
        leases = rows_of(world.landing / "call_records" / "number_leases")
        granted = {row["visitor_id"] for row in leases if row["consent"] == "granted"}
        denied = {row["visitor_id"] for row in leases} - granted
        named = {
            visitor
            for (visitor,) in world.rows(
                "select visitor_id from marts.fct_call_web_links "
                "where match_method in ('exact_lease', 'recent_lease')"
            )
        }
        assert len(denied) > 50
        assert named
        assert not named & denied
