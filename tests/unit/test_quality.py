"""Figures of the quality report, worked by hand."""

from __future__ import annotations

import pytest

from orchestration.quality import f1, pairwise


def test_pairs_of_two_groups() -> None:
    # True pairs: a1-a2, a1-a3, a2-a3, b1-b2. Found: a1-a2, a3-b1, of which one is right.
    true = ["a", "a", "a", "b", "b"]
    found = ["x", "x", "y", "y", None]
    assert pairwise(true, found) == (pytest.approx(1 / 2), pytest.approx(1 / 4))
    assert f1(1 / 2, 1 / 4) == pytest.approx(1 / 3)


def test_what_was_not_found_shares_no_label() -> None:
    assert pairwise(["a", "a"], [None, None]) == (1.0, 0.0)
    assert pairwise([], []) == (1.0, 1.0)
    assert f1(0.0, 0.0) == 0.0
