"""Keyed hashes are HMAC-SHA-256 as Python's own library makes them, in Python and in the engine."""

from __future__ import annotations

import hmac

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingestion.tokens import hash_parameters, hash_sql
from orchestration.ingestion.values import keyed_hash


@given(st.binary(max_size=200), st.text(max_size=200))
def test_any_text_under_any_key(key: bytes, text: str) -> None:
    assert keyed_hash(key, text) == hmac.digest(key, text.encode(), "sha256").hex()


@pytest.mark.parametrize("key", [b"k", b"k" * 64, b"k" * 65])
def test_the_engine_makes_the_same(key: bytes) -> None:
    text = "+33639980001 é"
    with duckdb.connect() as con:
        row = con.execute(
            f"select {hash_sql('$text')}", {**hash_parameters(key), "text": text}
        ).fetchone()
    assert row == (hmac.digest(key, text.encode(), "sha256").hex(),)
