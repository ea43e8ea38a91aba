"""Erlang C against a published answer; Erlang A against its chain, solved by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm

from orchestration.algorithms.staffing import agents_needed, erlang_a, erlang_b, erlang_c

#: 360 calls in 30 minutes of 240 s, 55 agents, 15 s: the example of the trade's textbooks.
CALLS, HANDLING, AGENTS, THRESHOLD = 360 / 1800, 240.0, 55, 15.0


def chain(calls: float, handling: float, agents: int, impatience: float, most: int) -> np.ndarray:
    """Shares of time with so many callers inside, by the balance of births and deaths."""
    logs = [0.0]
    for inside in range(1, most + 1):
        out = min(inside, agents) / handling + max(inside - agents, 0) * impatience
        logs.append(logs[-1] + math.log(calls / out))
    shares = np.exp(np.array(logs) - max(logs))
    return shares / shares.sum()


def answered_by(agents: int, handling: float, impatience: float, ahead: int, at: float) -> float:
    """That somebody with so many ahead has been answered by then, without losing patience.

    The callers ahead leave one by one (served, or impatient), the caller when none is ahead and an
    agent is free; meanwhile the caller may give up. Solved as a chain of their number.
    """
    rates = np.zeros((ahead + 3, ahead + 3))
    for left in range(ahead + 1):
        served = agents / handling + left * impatience
        to = left - 1 if left else ahead + 1
        rates[left, to] += served
        rates[left, ahead + 2] += impatience
        rates[left, left] -= served + impatience
    return float(expm(rates * at)[ahead, ahead + 1])


def test_the_published_example_of_erlang_c() -> None:
    queue = erlang_c(CALLS, HANDLING, AGENTS, THRESHOLD)
    assert queue.wait_rate == pytest.approx(0.2387, abs=5e-5)
    assert queue.answer_seconds == pytest.approx(8.18, abs=5e-3)
    assert queue.service_level == pytest.approx(0.846, abs=5e-4)
    assert queue.occupancy == pytest.approx(48 / 55)
    assert queue.abandonment_rate == 0


def test_erlang_b_of_a_published_table() -> None:
    # Erlang B tables: 10 erlangs on 15 lines lose 3.65 %, 5 erlangs on 10 lines 1.84 %.
    assert erlang_b(10, 15) == pytest.approx(0.0365, abs=5e-5)
    assert erlang_b(5, 10) == pytest.approx(0.0184, abs=5e-5)


@pytest.mark.parametrize("agents", [1, 2, 5, 40, 48, 55, 70])
@pytest.mark.parametrize("impatience", [1 / 30, 1 / 240, 1 / 3000])
@pytest.mark.parametrize("calls", [CALLS, 0.004])
def test_erlang_a_solves_its_chain(calls: float, agents: int, impatience: float) -> None:
    shares = chain(calls, HANDLING, agents, impatience, 1500)
    inside = np.arange(shares.size)
    queue_length = float((shares * np.maximum(inside - agents, 0)).sum())
    busy = float((shares * np.minimum(inside, agents)).sum())
    queue = erlang_a(calls, HANDLING, agents, THRESHOLD, impatience)
    assert queue.wait_rate == pytest.approx(float(shares[agents:].sum()), rel=1e-8)
    assert queue.abandonment_rate == pytest.approx(impatience * queue_length / calls, rel=1e-6)
    assert queue.occupancy == pytest.approx(busy / agents, rel=1e-8)


@pytest.mark.parametrize(("agents", "impatience"), [(3, 1 / 60), (5, 1 / 240), (8, 1 / 120)])
def test_erlang_a_answers_in_time_as_its_chain(agents: int, impatience: float) -> None:
    calls, threshold = 0.02, 20.0
    shares = chain(calls, HANDLING, agents, impatience, 120)
    expected = float(shares[:agents].sum()) + sum(
        float(shares[agents + ahead]) * answered_by(agents, HANDLING, impatience, ahead, threshold)
        for ahead in range(60)
    )
    queue = erlang_a(calls, HANDLING, agents, threshold, impatience)
    assert queue.service_level == pytest.approx(expected, abs=1e-9)


def test_patient_callers_are_erlang_c() -> None:
    patient = erlang_a(CALLS, HANDLING, AGENTS, THRESHOLD, 1e-9)
    endless = erlang_c(CALLS, HANDLING, AGENTS, THRESHOLD)
    assert patient.service_level == pytest.approx(endless.service_level, abs=1e-5)
    assert patient.answer_seconds == pytest.approx(endless.answer_seconds, rel=1e-4)
    assert erlang_a(CALLS, HANDLING, AGENTS, THRESHOLD, 0.0) == endless


def test_too_few_agents_of_patient_callers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"48 agents can't carry 48\.00 erlangs"):
        erlang_c(CALLS, HANDLING, 48, THRESHOLD)


@pytest.mark.parametrize("impatience", [0.0, 1 / 120])
@pytest.mark.parametrize("per_half_hour", [0.2, 3, 36, 360])
def test_the_fewest_agents_that_do(per_half_hour: float, impatience: float) -> None:
    calls = per_half_hour / 1800
    agents = agents_needed(calls, HANDLING, 20.0, 0.8, impatience)
    assert erlang_a(calls, HANDLING, agents, 20.0, impatience).service_level >= 0.8
    fewer = agents - 1
    if fewer > calls * HANDLING or (impatience and fewer):
        assert erlang_a(calls, HANDLING, fewer, 20.0, impatience).service_level < 0.8


def test_no_call_needs_nobody() -> None:
    assert agents_needed(0.0, HANDLING, 20.0, 0.8) == 0


def test_impatience_spares_agents() -> None:
    assert agents_needed(CALLS, HANDLING, 15.0, 0.8, 1 / 120) < agents_needed(
        CALLS, HANDLING, 15.0, 0.8
    )
