"""A failed test's rows are named by keys that name nobody."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.failing_keys import LIMIT, failing_keys, key_column, personal_columns

PERSONAL = frozenset({"login_id", "email"})


@pytest.mark.parametrize(
    ("columns", "tested", "key"),
    [
        (["row_count", "contract_id", "leg_key"], "", "contract_id"),
        (["currency", "leg_key"], "", "leg_key"),
        (["email", "login_id", "order_id"], "", "order_id"),
        (["unique_field", "n_records"], "customer_id", "unique_field"),
        (["unique_field", "n_records"], "login_id", None),
        (["unique_field", "n_records"], "email", None),
        (["from_field"], "adviser_id", "from_field"),
        (["currency", "row_count", "paid"], "", None),
    ],
)
def test_the_key_of_a_test_s_rows(columns: list[str], tested: str, key: str | None) -> None:
    assert key_column(columns, tested, PERSONAL) == key


def test_what_the_contract_classes_as_personal() -> None:
    def column(**meta: str) -> dict[str, object]:
        return {"config": {"meta": meta}}

    columns = {"a": column(pii="email"), "b": column(pii="pseudonym"), "c": column(), "d": {}}
    assert personal_columns({"sources": {"source.raw": {"columns": columns}}}) == {"a"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("create table orders (order_id varchar, email varchar)")
    return path


def keys(warehouse: Path, sql: str) -> tuple[str, ...]:
    return failing_keys(warehouse, {"t": (sql, "")}, PERSONAL)["t"]


def test_at_most_twenty_keys_in_order_each_once(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute(
            "insert into orders select 'o' || lpad((i % 30)::varchar, 2, '0'), 'a@example.org' "
            "from range(90) as numbers (i)"
        )
        con.execute("insert into orders values (null, null)")
    found = keys(warehouse, "select email, order_id from orders")
    assert found == tuple(f"o{number:02}" for number in range(LIMIT))


def test_a_value_that_may_name_a_person_is_left_out(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as con:
        con.execute("insert into orders values ('o1', ''), ('a@example.org', ''), ('A. Bee', '')")
    assert keys(warehouse, "select order_id from orders") == ("o1",)


def test_a_test_that_can_t_be_run_again_names_nothing(warehouse: Path) -> None:
    assert keys(warehouse, "select order_id from gone") == ()
    assert keys(warehouse, "select email from orders") == ()
    assert failing_keys(warehouse.with_name("none.duckdb"), {}, PERSONAL) == {}
