"""A landing zone to write into and a home to load into, as in the tests of ingestion."""

from __future__ import annotations

from tests.unit.ingestion.conftest import zone

__all__ = ["zone"]
