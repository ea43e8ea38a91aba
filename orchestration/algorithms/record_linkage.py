"""Which records of people are the same person's: Splink on a DuckDB of its own, in memory."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.algorithms.linkage_settings import (
    BLOCKING_LISTS,
    COMPARISONS,
    DUPLICATES_PER_CUSTOMER,
    PRIOR_FREQUENCIES,
    PRIOR_RECORDS,
    RAREST_VALUE,
    RELATIVES_PER_CUSTOMER,
    SMALLEST_CLIENTELE,
    Compared,
    Level,
)
from orchestration.algorithms.linkage_words import BLOCKS, PREPARED

MEMORY_LIMIT = "2GB"
THREADS = 2
#: Weights beyond this many bits say no more, and would leave the range of a float.
WEIGHT_LIMIT = 200.0

TEXTS = ("given_name", "surname", "birth_date", "address_line", "postcode", "city")
LISTS = ("email_hashes", "phone_hashes", "login_ids")
PAIRS = pa.schema(
    [
        ("key_a", pa.string()),
        ("key_b", pa.string()),
        ("match_probability", pa.float64()),
        ("match_weight", pa.float64()),
        ("agreement", pa.string()),
    ]
)


def match_people(
    people: pa.Table,
    *,
    minimum_probability: float = 0.5,
    relatives_per_customer: float = RELATIVES_PER_CUSTOMER,
) -> pa.Table:
    """Pairs of records that are one person's with at least `minimum_probability` (0..1).

    `relatives_per_customer` is the number of pairs of relatives for each record; 0 says that there
    are none, so that who lives together must be one person.

    `people` has a unique text column `key`; of the text columns `given_name`, `surname`,
    `birth_date` (a date, or text in the order year, month, day), `address_line`, `postcode`, `city`
    and the lists of text `email_hashes`, `phone_hashes`, `login_ids` those that there are.
    Records without any name are left out.

    Returns a row per pair, `key_a` < `key_b`, sorted: `match_probability` to 6 digits,
    `match_weight` (log2 of the odds, to 4 digits), `agreement` (`comparison:level` joined by `|`;
    no values; comparisons with a value missing are left out). The order of the rows of `people` has
    no influence. Raises ValueError where keys are missing or repeated.
    """
    if not 0 < minimum_probability < 1:
        raise ValueError("minimum_probability lies between 0 and 1, both excluded")
    keys = people.column("key").cast(pa.string())
    if keys.null_count or len(keys.unique()) != len(keys):
        raise ValueError("every record needs a key of its own")
    if _named(people) < 2:
        return PAIRS.empty_table()
    return _scored(_typed(people, keys), minimum_probability, relatives_per_customer)


def _named(people: pa.Table) -> int:
    """How many records have a name. Decided without Splink, whose import takes a second."""
    has_name = pa.scalar(False)
    for name in TEXTS[:2]:
        length = pc.utf8_length(pc.utf8_trim_whitespace(_column(people, name, pa.string())))
        has_name = pc.or_(has_name, pc.fill_null(pc.greater(length, 0), False))
    return int(pc.sum(has_name).as_py() or 0)


def _column(people: pa.Table, name: str, kind: Any) -> Any:
    if name in people.column_names:
        return people.column(name).cast(kind)
    return pa.nulls(people.num_rows, kind)


def _typed(people: pa.Table, keys: Any) -> pa.Table:
    columns = {"key": keys}
    columns |= {name: _column(people, name, pa.string()) for name in TEXTS}
    columns |= {name: _column(people, name, pa.list_(pa.string())) for name in LISTS}
    return pa.table(columns)


def _scored(records: pa.Table, minimum_probability: float, relatives: float) -> pa.Table:
    from splink import DuckDBAPI, Linker

    with tempfile.TemporaryDirectory(prefix="passerelle-linkage-") as spill:
        api = DuckDBAPI(":memory:")
        con = api.duckdb_con
        try:
            con.execute(f"set threads = {THREADS}")
            con.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
            con.execute(f"set temp_directory = '{spill}'")
            con.register("records", records)
            for name, query in PREPARED:
                con.execute(f"create table {name} as {query}")
            count = len(con.execute("select unique_id from people").to_arrow_table())
            linker = Linker(api.register("people"), _settings(count), log_level=None)
            for column, prior in PRIOR_FREQUENCIES.items():
                name = f"frequency_of_{column}"
                con.execute(f"create table {name} as {_frequencies(column, prior, count)}")
                linker.table_management.register_term_frequency_lookup(api.register(name), column)
            scored = linker.inference.predict(
                threshold_match_probability=minimum_probability, warning_mode="never"
            ).physical_name
            return (
                con.execute(_judged(scored, relatives), [minimum_probability])
                .to_arrow_table()
                .cast(PAIRS)
            )
        finally:
            con.close()


def _clientele(count: int) -> int:
    return max(count, SMALLEST_CLIENTELE)


def _settings(count: int) -> Any:
    """Splink's settings for a table of `count` records."""
    from splink import SettingsCreator, block_on

    rules: list[Any] = [block_on(name) for name in BLOCKS]
    rules += [block_on(column, arrays_to_explode=[column]) for column in BLOCKING_LISTS]
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=2 * DUPLICATES_PER_CUSTOMER / _clientele(count),
        comparisons=[_comparison(compared) for compared in COMPARISONS],
        blocking_rules_to_generate_predictions=rules,
        # With them Splink gives the level of each comparison.
        retain_matching_columns=True,
    )


def _comparison(compared: Compared) -> dict[str, Any]:
    missing = {
        "sql_condition": compared.missing,
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    return {
        "output_column_name": compared.name,
        "comparison_levels": [missing, *(_level(level) for level in compared.levels)],
    }


def _level(level: Level) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sql_condition": level.condition or "ELSE",
        "label_for_charts": level.code,
        "m_probability": level.m,
        "u_probability": level.u,
    }
    if level.frequency_of:
        told |= {"tf_adjustment_column": level.frequency_of, "tf_minimum_u_value": RAREST_VALUE}
    return told


def _frequencies(column: str, prior: float, count: int) -> str:
    """How often another record has a value by chance: the two that are compared don't count."""
    expected, total = _double(PRIOR_RECORDS * prior), _double(count + PRIOR_RECORDS)
    return f"""
        select
            {column},
            (greatest(count(*) - 2, 0) + {expected}) / {total}
                as tf_{column}
        from people
        where {column} is not null
        group by {column}
    """


def _judged(scored: str, relatives: float) -> str:
    """Splink's weight against strangers, and that against relatives, as one."""
    prior = math.log2(DUPLICATES_PER_CUSTOMER / relatives) if relatives > 0 else WEIGHT_LIMIT
    weights = [
        _by_level(
            compared, [_double(math.log2(level.m / level.relatives)) for level in compared.levels]
        )
        for compared in COMPARISONS
    ]
    codes = [
        _by_level(compared, [f"'{compared.name}:{level.code}'" for level in compared.levels])
        for compared in COMPARISONS
    ]
    of_relatives = " + ".join([_double(prior), *(f"coalesce({weight}, 0.0)" for weight in weights)])
    return f"""
        with rivals as (
            select
                unique_id_l,
                unique_id_r,
                least(greatest(match_weight, -{WEIGHT_LIMIT}), {WEIGHT_LIMIT}) as of_strangers,
                {of_relatives} as of_relatives,
                concat_ws('|', {", ".join(codes)}) as agreement
            from {scored}
        ),

        weighed as (
            select
                *,
                -log2(pow(2.0, -of_strangers) + pow(2.0, -of_relatives)) as weight
            from rivals
        )

        select
            a.key as key_a,
            b.key as key_b,
            round(1.0 / (1.0 + pow(2.0, -weight)), 6) as match_probability,
            round(weight, 4) as match_weight,
            agreement
        from weighed
        inner join words as a on a.unique_id = unique_id_l
        inner join words as b on b.unique_id = unique_id_r
        where
            1.0 / (1.0 + pow(2.0, -weight)) >= ?
            and (
                len(a.name_numbers) = 0
                or len(b.name_numbers) = 0
                or a.name_numbers = b.name_numbers
            )
        order by 1, 2
    """


def _double(value: float) -> str:
    """A number that the engine doesn't take for a decimal, of which a sum may overflow."""
    return f"{value!r}::double"


def _by_level(compared: Compared, values: Sequence[Any]) -> str:
    """What each level of a comparison stands for. Splink numbers them from the last, 0, upwards."""
    numbered = enumerate(reversed(values))
    branches = " ".join(f"when {number} then {value}" for number, value in numbered)
    return f"case gamma_{compared.name} {branches} end"
