"""People worked out by hand: who is one person, who isn't, and who is for a steward to say."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from orchestration.algorithms.linkage_settings import (
    BLOCK_LIMIT,
    BLOCKING_RULES,
    COMPARISONS,
    PRIOR_FREQUENCIES,
)
from orchestration.algorithms.linkage_words import PREPARED
from orchestration.algorithms.record_linkage import PAIRS, match_people

SAME, REVIEW = 0.95, 0.5
LISTS = ("email_hashes", "phone_hashes", "login_ids")
TEXTS = ("key", "given_name", "surname", "birth_date", "address_line", "postcode", "city")
HOME = {"address_line": "12 rue du Four", "postcode": "35400", "city": "Saint-Malo"}
ELSEWHERE = {"address_line": "3 avenue Foch", "postcode": "69006", "city": "Lyon"}


def table(*people: dict[str, Any]) -> pa.Table:
    columns: dict[str, Any] = {
        name: pa.array([one.get(name) for one in people], pa.string()) for name in TEXTS
    }
    for name in LISTS:
        columns[name] = pa.array([one.get(name) for one in people], pa.list_(pa.string()))
    return pa.table(columns)


def person(key: str, given: str | None, surname: str | None, born: str | None, **more: Any) -> Any:
    return {"key": key, "given_name": given, "surname": surname, "birth_date": born, **more}


def crowd(size: int = 1500) -> list[dict[str, Any]]:
    """Strangers around the pair, each with a name, a home and a birthday of their own."""
    return [
        person(
            f"Z{number:05d}",
            f"{'abcdefghij'[number % 10] * 3}{'klmnopqrst'[number // 10 % 10] * 3}",
            f"{'klmnopqrst'[number % 10] * 3}{'abcdefghij'[number // 10 % 10] * 3}{number}",
            f"{1930 + number % 70}{1 + number % 12:02d}{1 + number // 70 % 28:02d}",
            address_line=f"{number} chemin {'uvwxyz'[number % 6] * 4}{number}",
            postcode=f"{10000 + number * 7}",
            city=f"ville{number}",
        )
        for number in range(size)
    ]


def verdict(one: dict[str, Any], other: dict[str, Any], among: int = 0) -> str:
    found = match_people(table({**one, "key": "A"}, {**other, "key": "B"}, *crowd(among)))
    pairs = {(row["key_a"], row["key_b"]): row["match_probability"] for row in found.to_pylist()}
    assert set(pairs) <= {("A", "B")}, "strangers are taken for one person"
    probability = pairs.get(("A", "B"), 0.0)
    return "same" if probability >= SAME else "review" if probability >= REVIEW else "apart"


JEANNE = person("", "Jeanne", "Kervadec", "1971-04-09", **HOME)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"given_name": "jeanne", "surname": "KERVADEC"},
        {"given_name": "Jéanne", "surname": "Kérvadec"},
        {"given_name": "Jeane"},
        {"given_name": "Jeannne", "surname": "Kervadek"},
        {"surname": "de Kervadec"},
        {"surname": "Kervadec-Lebrun"},
        {"given_name": "Jeanne Marie"},
        {"given_name": "Mme Jeanne"},
        {"given_name": "Kervadec", "surname": "Jeanne"},
        {"birth_date": "1971-09-04"},
        {"birth_date": "1971-04-19"},
        {"birth_date": "1971-04-09 00:00:00"},
        {"birth_date": "19710409"},
        {"address_line": "12, r. du Four"},
        {"address_line": "Bât. B, 12 rue du Four"},
        {"postcode": "35040"},
        {"city": "ST MALO CEDEX"},
        {"given_name": "J."},
    ],
    ids=lambda changes: "|".join(changes.values()) or "as it is",
)
def test_one_person_written_twice(changes: dict[str, Any]) -> None:
    assert verdict(JEANNE, {**JEANNE, **changes}) == "same"


def test_a_move_leaves_name_and_birthday() -> None:
    moved = {**JEANNE, **ELSEWHERE}
    assert verdict(JEANNE, moved) == "same"
    contact = {"email_hashes": ["e1"]}
    assert verdict({**JEANNE, **contact}, {**moved, **contact}) == "same"


def test_a_married_name_with_the_same_contacts() -> None:
    contacts = {"email_hashes": ["e1"], "phone_hashes": ["p1"]}
    married = {**JEANNE, "surname": "Lebrun", **ELSEWHERE}
    assert verdict({**JEANNE, **contacts}, {**married, **contacts}) == "same"
    assert verdict(JEANNE, married) != "same"


@pytest.mark.parametrize("shared", [{}, {"phone_hashes": ["p1"]}, {"email_hashes": ["e1"]}])
@pytest.mark.parametrize("name", ["Solène", "Paul", "Anne"])
def test_twins_at_one_address_are_never_joined_by_themselves(
    name: str, shared: dict[str, Any]
) -> None:
    twin = {**JEANNE, "given_name": name}
    assert verdict({**JEANNE, **shared}, {**twin, **shared}) != "same"


def test_twins_with_all_contacts_of_their_parents() -> None:
    shared = {"phone_hashes": ["p1", "p2"], "email_hashes": ["e1"]}
    twin = {**JEANNE, "given_name": "Solène"}
    assert verdict({**JEANNE, **shared}, {**twin, **shared}) != "same"


@pytest.mark.parametrize("born", ["1998-11-23", "1971-12-30", "2002-04-15"])
@pytest.mark.parametrize("shared", [{}, {"phone_hashes": ["p1"]}])
def test_father_and_son_of_one_name(born: str, shared: dict[str, Any]) -> None:
    son = {**JEANNE, "birth_date": born}
    assert verdict({**JEANNE, **shared}, {**son, **shared}) != "same"


def test_a_couple_is_two() -> None:
    shared = {"phone_hashes": ["p1"], "email_hashes": ["e1"]}
    spouse = person("", "Hervé", "Kervadec", "1969-08-30", **HOME)
    assert verdict({**JEANNE, **shared}, {**spouse, **shared}) == "apart"


def test_a_missing_birth_date_leaves_it_to_contacts_or_a_steward() -> None:
    unborn = {**JEANNE, "birth_date": None}
    assert verdict(JEANNE, unborn) in {"same", "review"}
    assert verdict(JEANNE, {**unborn, "given_name": "Solène"}) == "apart"
    shared = {"email_hashes": ["e1"]}
    assert verdict({**JEANNE, **shared}, {**unborn, **shared}) == "same"
    assert verdict(JEANNE, {**unborn, **ELSEWHERE}) == "apart"


def test_namesakes_elsewhere_are_apart() -> None:
    assert verdict(JEANNE, {**JEANNE, "birth_date": "1958-01-27", **ELSEWHERE}) == "apart"


def test_one_account_is_one_person() -> None:
    account = {"login_ids": ["jk71"]}
    other = {**JEANNE, "given_name": "Lucie", **ELSEWHERE}
    assert verdict({**JEANNE, **account}, {**other, **account}) == "same"


@pytest.mark.parametrize(("one", "other"), [("A", "B"), ("Li", "Lu"), ("Ab", "Ba")])
def test_short_names_must_be_equal(one: str, other: str) -> None:
    left = person("", one, one, "1971-04-09", **HOME)
    assert verdict(left, left) == "same"
    assert verdict(left, person("", other, other, "1980-02-03", **HOME)) == "apart"


@pytest.mark.parametrize(
    ("given", "surname"),
    [("Анна", "Кузнецова"), ("محمد", "الفاسي"), ("小红", "王"), ("अनिल", "शर्मा")],
)
def test_names_of_other_scripts(given: str, surname: str) -> None:
    one = person("", given, surname, "1971-04-09", **HOME)
    assert verdict(one, one) == "same"
    assert verdict(one, {**one, "given_name": "Ольга", "birth_date": "1999-12-30"}) == "apart"


def test_numbered_names_are_as_many_people() -> None:
    """Otherwise all alike: no pen slips from one number to another."""
    first = {**JEANNE, "given_name": "Client1", "surname": "Essai1"}
    assert verdict(first, {**first, "given_name": "Client2", "surname": "Essai2"}) == "apart"
    assert verdict(first, {**first, "surname": "Essai10"}) == "apart"
    assert verdict(first, first) == "same"
    assert verdict(first, {**first, "given_name": "Client"}) == "same"


def test_a_switchboard_joins_nobody() -> None:
    """More customers than can share a number have it: it says nothing."""
    people = [{**one, "phone_hashes": ["switchboard"]} for one in crowd(12)]
    assert match_people(table(*people)).num_rows == 0


@pytest.mark.parametrize(("namesakes", "expected"), [(BLOCK_LIMIT, 1), (BLOCK_LIMIT + 1, 0)])
def test_what_too_many_have_in_common_brings_no_pairs(namesakes: int, expected: int) -> None:
    """All of one surname, initial and postcode; one more without a postcode is in no block."""
    people = [
        person(f"A{number}", f"Jeanne{chr(97 + number % 26)}", "Kervadec", None, **HOME)
        for number in range(namesakes)
    ]
    people.append(person("B", "Jeanne", "Kervadec", None))
    rule = BLOCKING_RULES.index(("surname", "given_name_initial", "postcode"))
    with duckdb.connect() as con:
        con.register("records", table(*people))
        for name, query in PREPARED:
            con.execute(f"create table {name} as {query}")
        counts = con.execute(
            f"select count(*), count(block_{rule}), count(distinct block_{rule}) from people"
        ).fetchone()
    assert counts == (namesakes + 1, namesakes * expected, expected)


def test_a_common_name_says_less_than_a_rare_one() -> None:
    def weight(others: str) -> float:
        people = [
            {**one, "surname": others, "given_name": one["given_name"] + one["key"]}
            for one in crowd(3000)
        ]
        moved = {**JEANNE, **ELSEWHERE, "key": "B"}
        found = match_people(table({**JEANNE, "key": "A"}, moved, *people)).to_pylist()
        (pair,) = [row for row in found if (row["key_a"], row["key_b"]) == ("A", "B")]
        return float(pair["match_weight"])

    assert weight("Kervadec") < weight("Tanguy") - 4


def test_pairs_name_levels_and_no_values() -> None:
    other = {**JEANNE, "given_name": "Jeane", "birth_date": None, "key": "A"}
    people = table({**JEANNE, "key": "B"}, other)
    (row,) = match_people(people, minimum_probability=0.1).to_pylist()
    assert (row["key_a"], row["key_b"]) == ("A", "B")
    assert row["agreement"] == "given_name:similar|surname:same|address:same|place:same"


@pytest.mark.parametrize(
    "people",
    [
        [],
        [{**JEANNE, "key": "A"}],
        [{**JEANNE, "key": "A"}, person("B", " ", None, "1971-04-09", **HOME)],
        [person(key, None, "", "1971-04-09", **HOME) for key in "ABC"],
    ],
    ids=["none", "one", "one with a name", "none with a name"],
)
def test_nobody_to_compare(people: list[dict[str, Any]]) -> None:
    found = match_people(table(*people))
    assert found.num_rows == 0
    assert found.schema == PAIRS


def test_nothing_to_compare_costs_no_import() -> None:
    code = (
        "import sys, pyarrow as pa\n"
        "from orchestration.algorithms.record_linkage import match_people\n"
        "match_people(pa.table({'key': ['A', 'B'], 'given_name': ['x', None]}))\n"
        "assert 'splink' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_among_strangers() -> None:
    assert verdict(JEANNE, {**JEANNE, "given_name": "Jeane"}, among=1500) == "same"


def test_columns_may_be_missing() -> None:
    people = pa.table({"key": ["A", "B"], "surname": ["Kervadec", "Tanguy"]})
    assert match_people(people).num_rows == 0


def test_rows_in_another_order_give_the_same() -> None:
    people = crowd(400)
    slips = [{**one, "key": f"Y{one['key']}", "surname": one["surname"][1:]} for one in people[::3]]
    people += slips
    first = match_people(table(*people), minimum_probability=0.01)
    assert first.num_rows >= len(slips)
    for seed in (1, 2, 3):
        random.Random(seed).shuffle(people)
        assert match_people(table(*people), minimum_probability=0.01).equals(first)


@pytest.mark.parametrize("keys", [["A", "A"], ["A", None]])
def test_keys_must_be_unique(keys: list[str | None]) -> None:
    with pytest.raises(ValueError, match="key"):
        match_people(pa.table({"key": pa.array(keys, pa.string()), "surname": ["x", "y"]}))


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_the_least_probability_lies_within(probability: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        match_people(table(JEANNE), minimum_probability=probability)


def test_the_shares_of_a_comparison_add_up() -> None:
    """Whatever two records look like, they are at exactly one level."""
    for compared in COMPARISONS:
        levels = [level for level in compared.levels if level.m < 1]
        for kind in ("m", "u", "relatives"):
            assert sum(getattr(level, kind) for level in levels) == pytest.approx(1, abs=0.002)
        assert [level.condition for level in compared.levels].index("") == len(compared.levels) - 1
    assert set(PRIOR_FREQUENCIES) == {"given_name", "surname", "birth_date", "postcode"}
