"""The laws of Python models and of the schema restricted are shown what breaks them."""

from __future__ import annotations

from dataclasses import replace

import laws
import pytest
from test_laws_notice import CANONICAL, CENTRE, GOOD_MART, RAW, STAGING, model, project, reading

PYTHON = "models/intermediate/identity/int_identity__groups.py"


def test_python_out_of_place() -> None:
    assert laws.python_out_of_place(project(model(PYTHON))) == []
    for path in (STAGING, CENTRE):
        assert laws.python_out_of_place(project(model(path.replace(".sql", ".py"))))


def test_python_states_its_grain() -> None:
    text = '"""grain: one row per group (group_id)"""'
    good = {**GOOD_MART, "raw_sql": text}
    assert laws.undocumented(project(model(PYTHON, **good))) == []
    bad = {**GOOD_MART, "raw_sql": '"""Groups."""'}
    assert laws.undocumented(project(model(PYTHON, **bad)))


@pytest.mark.parametrize(
    "text",
    [
        "import duckdb",
        "from datetime import datetime",
        "import orchestration.settings",
        "from orchestration.warehouse import connect",
        "def model(dbt, session):\n    return session.sql('select 1')",
    ],
)
def test_python_model_reach(text: str) -> None:
    good = (
        "import pyarrow as pa\nfrom orchestration.algorithms.communities import communities\n"
        "def model(dbt, session):\n    return communities(dbt.ref('a').to_arrow_table())"
    )
    assert laws.python_model_reach(PYTHON, good) == []
    assert laws.python_model_reach(PYTHON, text)


def test_names_shown_outside_restricted() -> None:
    name = "stg_crm__details"
    details = model(
        f"models/staging/crm/{name}.sql",
        compiled_sql="select id, email, id as other from raw.crm__customers",
        schema="restricted",
        is_view=True,
    )
    harmless = f'select id, other from "warehouse"."restricted"."{name}"'
    naming = f"with a as (select * from restricted.{name}) select id, lower(email) as x from a"
    for sql, is_lawful in ((harmless, True), (naming, False)):
        reader = model(CANONICAL, compiled_sql=sql, depends_on=reading(name), schema="intermediate")
        # Readers may come first in the manifest.
        found = laws.names_shown_outside_restricted(project(reader, details), RAW)
        assert (found == []) is is_lawful
    table = replace(details, is_view=False)
    assert laws.names_shown_outside_restricted(project(table), RAW)
    open_view = replace(details, schema="staging")
    assert laws.names_shown_outside_restricted(project(open_view), RAW)
