"""Every law is shown what breaks it, and something close to it that doesn't."""

from __future__ import annotations

import laws
import pytest
from plain_values import shown
from project import Model, Project

STAGING = "models/staging/crm/stg_crm__orders.sql"
CANONICAL = "models/intermediate/canonical/int_canonical__orders.sql"
JOURNEYS = "models/intermediate/journeys/int_journeys__sessions.sql"
CENTRE = "models/marts/contact_centre/contact_centre_intervals.sql"


def model(path: str, **given: object) -> Model:
    name = path.rsplit("/", 1)[1].removesuffix(".sql")
    return Model(**{"name": name, "path": path, "compiled_sql": "select 1 as order_id", **given})  # type: ignore[arg-type]


def project(*models: Model) -> Project:
    return Project({f"model.passerelle.{one.name}": one for one in models})


def reading(*parents: str) -> tuple[str, ...]:
    return tuple(f"model.passerelle.{name}" for name in parents)


def test_sources_outside_staging() -> None:
    source = ("source.passerelle.crm.orders",)
    assert laws.sources_read_outside_staging(project(model(STAGING, depends_on=source))) == []
    assert laws.sources_read_outside_staging(project(model(CANONICAL, depends_on=source)))


@pytest.mark.parametrize(
    ("sql", "depends_on"),
    [
        ("select a.x from raw.a as a inner join raw.b as b on a.x = b.x", ("source.p.crm.a",)),
        ("select a.x from raw.a as a, raw.b as b", ("source.p.crm.a",)),
        (
            "with c as (select 1 as x) select c.x from c left join c as d using (x)",
            ("source.p.crm.a",),
        ),
        ("select x from raw.a", ("source.p.crm.a", "source.p.crm.b")),
        ("select x from raw.a", ("source.p.crm.a", "source.p.audit.runs")),
        ("select x from raw.a", ("source.p.crm.a", "source.p.crm.b", "source.p.audit.files")),
        ("select x from raw.a", ()),
        ("select x from raw.a", ("source.p.crm.a", *reading("int_canonical__orders"))),
    ],
)
def test_staging_that_combines(sql: str, depends_on: tuple[str, ...]) -> None:
    good = model(
        STAGING,
        compiled_sql="select x from raw.a where x in (select y from seeds.b)",
        depends_on=("source.p.crm.a", "seed.p.b"),
    )
    assert laws.staging_that_combines(project(good, model(CANONICAL))) == []
    for sources in (("source.p.audit.files",), ("source.p.crm.a", "source.p.audit.files")):
        reads_files = model(STAGING, compiled_sql="select x from raw.a", depends_on=sources)
        assert laws.staging_that_combines(project(reads_files)) == []
    bad = model(STAGING, compiled_sql=sql, depends_on=depends_on)
    assert laws.staging_that_combines(project(bad, model(CANONICAL)))


def test_staging_read_past_canonical() -> None:
    reads = reading("stg_crm__orders")
    assert (
        laws.staging_read_past_canonical(
            project(model(STAGING), model(CANONICAL, depends_on=reads))
        )
        == []
    )
    for path in (JOURNEYS, CENTRE):
        assert laws.staging_read_past_canonical(
            project(model(STAGING), model(path, depends_on=reads))
        )


@pytest.mark.parametrize(
    ("path", "parent"),
    [
        (CANONICAL, JOURNEYS),
        (JOURNEYS, CENTRE),
        (CENTRE, "models/marts/voice_of_customer/fct_feedback.sql"),
        ("models/marts/identity/dim_person.sql", JOURNEYS),
        ("models/marts/elsewhere/fct_things.sql", CANONICAL),
    ],
)
def test_domains_out_of_order(path: str, parent: str) -> None:
    above, below = model(parent), model(path, depends_on=reading(model(parent).name))
    assert laws.domains_out_of_order(project(above, below))
    if "elsewhere" not in path:
        turned = model(parent, depends_on=reading(model(path).name))
        is_parallel = {path, parent} == {CENTRE, "models/marts/voice_of_customer/fct_feedback.sql"}
        assert bool(laws.domains_out_of_order(project(turned, model(path)))) is is_parallel


@pytest.mark.parametrize(
    "path",
    [
        "models/staging/crm/stg_surveys__orders.sql",
        "models/intermediate/journeys/int_identity__edges.sql",
        "models/marts/journeys/int_journeys__sessions.sql",
        "models/marts/journeys/stg_sessions.sql",
    ],
)
def test_badly_named(path: str) -> None:
    assert (
        laws.badly_named(project(model(STAGING), model(CANONICAL), model(JOURNEYS), model(CENTRE)))
        == []
    )
    assert laws.badly_named(project(model(path)))


GOOD_MART = {
    "raw_sql": "-- grain: one row per queue\nselect 1",
    "description": "Intervals.",
    "key": ("queue",),
    "is_contract_enforced": True,
    "columns": {"queue": {"data_type": "varchar", "description": "Queue."}},
}


@pytest.mark.parametrize(
    "flaw",
    [
        {"description": " "},
        {"raw_sql": "select 1\n-- grain: one row per queue"},
        {"raw_sql": "-- grain: rows\nselect 1"},
        {"raw_sql": '"""Rows of queues."""\nimport pyarrow'},
        {"key": ()},
        {"is_contract_enforced": False},
        {"columns": {"queue": {"data_type": None, "description": "Queue."}}},
        {"columns": {"queue": {"data_type": "varchar", "description": ""}}},
    ],
)
def test_undocumented(flaw: dict[str, object]) -> None:
    assert laws.undocumented(project(model(CENTRE, **GOOD_MART))) == []
    assert laws.undocumented(project(model(CENTRE, **{**GOOD_MART, **flaw})))


@pytest.mark.parametrize(
    ("sql", "is_settled"),
    [
        ("select row_number() over (partition by a order by b, event_id) as n from t", True),
        ("select row_number() over (partition by a order by b desc, _line) as n from t", True),
        ("select sum(x) over (partition by a order by b) as n from t", True),
        ("select sum(x) over (partition by a) as n from t", True),
        ("select row_number() over (partition by c order by b) as n from t", False),
        ("select row_number() over (order by event_id, b) as n from t", False),
        ("select row_number() over (order by lower(event_id)) as n from t", False),
        ("select row_number() over (partition by a) as n from t", False),
        ("select lag(x) over (order by occurred_at) as n from t", False),
        ("select x from t qualify row_number() over (order by occurred_at) = 1", False),
        ("with c as (select rank() over (order by paid) as n from t) select n from c", False),
    ],
)
def test_unsettled_orderings(sql: str, is_settled: bool) -> None:
    found = laws.unsettled_orderings(model(CANONICAL, compiled_sql=sql, key=("a", "b")))
    assert (found == []) is is_settled


@pytest.mark.parametrize(
    "text",
    [
        "{% if target.type == 'duckdb' %}",
        "{{ adapter.dispatch('x', 'passerelle')() }}",
        "{{target . name}}",
    ],
)
def test_engine_switches(text: str) -> None:
    assert laws.engine_switches("macros/business/x.sql", text)
    assert laws.engine_switches("macros/engine/x.sql", text) == []
    assert laws.engine_switches("models/x.sql", "select target_type from t") == []


@pytest.mark.parametrize(
    "text",
    [
        "select arg_max(a, b) from t",
        "select ARG_MIN(a, b) from t",
        "select list(a) from t",
        "select * exclude (a) from t",
        "select * from t asof join u using (a)",
        "select * from t asof left join u using (a)",
        "select unnest(a) from t",
        "select regexp_matches(a, 'b') from t",
        "select a -> 'b' from t",
        "select a ->> '$.b' from t",
        "with recursive c using key (a) as (select 1) select 1",
        "select {{ add_days('unnest(a)', 1) }} from t",
        "{% set column = \"regexp_matches(a, 'b')\" %}",
    ],
)
def test_one_engine_only(text: str) -> None:
    assert laws.one_engine_only("models/x.sql", text)
    assert laws.one_engine_only("macros/engine/x.sql", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "select {{ regexp_matches('a', \"'b'\") }} from t",
        "-- unnest(a) would do\nselect a from t",
        "{# arg_max(a, b) #} select a - b > c from t",
        "select black_list(a), excluded from t",
    ],
)
def test_portable_text_passes(text: str) -> None:
    assert laws.one_engine_only("models/x.sql", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "select now()",
        "select today( )",
        "select current_date",
        "select CURRENT_TIMESTAMP",
        "select {{ add_days('current_date', 1) }}",
        "{% set clock = 'get_current_timestamp()' %}",
    ],
)
def test_reads_the_clock(text: str) -> None:
    assert laws.reads_the_clock("models/x.sql", text)
    assert laws.reads_the_clock("models/x.sql", "select known_now, today -- now()\nfrom t") == []


def test_too_long() -> None:
    assert laws.too_long("models/x.sql", "a\n" * 149, 150) == []
    assert laws.too_long("models/x.sql", "a\n" * 150, 150)


@pytest.mark.parametrize(
    "text",
    [
        "import dagster",
        "from dagster.core import x",
        "def f():\n    import dagster as d\n    return d",
    ],
)
def test_imports_forbidden(text: str) -> None:
    assert laws.imports_forbidden("expectations/x.py", text, {"dagster"})
    assert (
        laws.imports_forbidden("x.py", "import dagster_dbt\nfrom . import dagster", {"dagster"})
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        'q = "select * from marts.fct_calls"',
        'q = f"select 1 from intermediate.{name}"',
        "q = '''\nselect 1\nfrom a\njoin \"staging\".b on true'''",
        'con.execute("insert into marts.x select 1")',
    ],
)
def test_business_sql(text: str) -> None:
    assert laws.business_sql("orchestration/x.py", text)
    assert laws.business_sql("orchestration/x.py", 'q = "select * from audit.files"') == []


RAW = {
    "crm__customers": {
        "email": "email",
        "phone": "phone",
        "subject": "subject",
        "postcode": "address",
        "birth_date": "birth_date",
        "note": "free_text",
    }
}


@pytest.mark.parametrize(
    "projection",
    [
        "email",
        "email as contact",
        "lower(trim(email)) as x",
        "md5(email) as x",
        "left(email, 3) as x",
        "coalesce(id, email) as x",
        "case when id = 1 then email end as x",
        "case when subject_status = 'hashed' then subject end as x",
        "case when email_status = 'plain' then subject end as x",
        "case when subject_status = 'plain' then id else subject end as x",
        "'x' || phone as x",
        "postcode",
        "left(postcode, 5) as x",
        "birth_date",
        "extract(month from birth_date) as x",
        "cast(birth_date as varchar) as x",
        "note",
        "upper(note) as x",
        "nullif(note, '') as x",
        "case when regexp_matches(note, '@') then note end as x",
        "max(email) over (partition by id) as x",
        "(select max(phone) from raw.crm__customers) as x",
        "*",
    ],
)
def test_a_shown_value_is_seen(projection: str) -> None:
    assert shown(laws.parsed(f"select {projection} from raw.crm__customers"), RAW)


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select * from raw.crm__customers) select email as x from a",
        "with a as (select email as e from raw.crm__customers), b as (select e from a) "
        "select e from b",
        "select d.* from (select delivered.* from raw.crm__customers as delivered) as d",
        "select e as x from (select email as e from raw.crm__customers) as d",
        "select id from t union all select email from raw.crm__customers",
        "select id from t union all select * from raw.crm__customers",
        "select * from raw.crm__customers union all select id from t",
        'select "email" from "warehouse"."raw"."crm__customers"',
    ],
)
def test_a_value_is_followed_through_the_query(sql: str) -> None:
    assert shown(laws.parsed(sql), RAW)


@pytest.mark.parametrize(
    "projection",
    [
        "email_hash",
        "email is not null as has_email",
        "email = 'a' as x",
        "case when email is null then 1 end as x",
        "case when subject_status = 'plain' then subject else subject_hash end as x",
        "case when id = 1 then null when phone_status = 'short' then phone end as x",
        "case when id = 1 and subject_status = 'plain' then lower(subject) end as x",
        "left(postcode, 2) as x",
        "extract(year from birth_date) as x",
        "length(note) as x",
        "regexp_extract(note, '^[a-z]*', 0) as x",
        "case when not regexp_matches(note, '@') then note end as x",
        "case when regexp_matches(note, '@') then null else note end as x",
        "count(email) as x",
        "row_number() over (partition by email order by phone, id) as x",
    ],
)
def test_a_harmless_value_passes(projection: str) -> None:
    assert shown(laws.parsed(f"select {projection} from raw.crm__customers"), RAW) == {}


def test_a_pass_through_that_leaves_it_behind_is_harmless() -> None:
    sql = (
        "with a as (select * from raw.crm__customers) select id, email_hash from a where email > ''"
    )
    assert shown(laws.parsed(sql), RAW) == {}
