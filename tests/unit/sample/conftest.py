"""One default world for all tests that only read it."""

from __future__ import annotations

import time

import pytest
from sample_helpers import World

from orchestration.sample import write_sample


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    out = tmp_path_factory.mktemp("sample") / "landing"
    began = time.process_time()
    summary = write_sample(out)
    return World(out, summary, time.process_time() - began)
