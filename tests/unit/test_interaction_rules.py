"""Which codes of calls and contacts say that somebody is about to buy."""

from __future__ import annotations

import csv
import re

import pytest

from orchestration.settings import PROJECT_DIR


def stage(source: str, code: str) -> str:
    with (PROJECT_DIR / "seeds" / "interaction_rules.csv").open(encoding="utf-8") as file:
        rules = [row for row in csv.DictReader(file) if row["source"] == source]
    for row in sorted(rules, key=lambda rule: int(rule["rank"])):
        if re.search(row["code_pattern"], code):
            return row["journey_stage"]
    raise AssertionError(f"no rule for {source} {code}")


@pytest.mark.parametrize(
    "code",
    [
        *("devis_auto", "quote", "quote-request", "sale", "sales_fr", "ventes", "commercial"),
        *(
            "achat",
            "purchase",
            "new_purchase",
            "souscription",
            "subscription",
            "service commercial",
        ),
    ],
)
def test_calls_about_a_purchase(code: str) -> None:
    assert stage("call", code) == "buy"


@pytest.mark.parametrize(
    "code", ["sinistre", "claims", "facture", "achats_internes", "resiliation", ""]
)
def test_calls_about_something_else(code: str) -> None:
    assert stage("call", code) == "support"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("branch:devis_auto", "buy"),
        ("chat:subscription", "buy"),
        ("branch:achat", "buy"),
        ("chat:new_purchase", "buy"),
        ("email:newsletter", "discover"),
        ("email:paiement", "pay"),
        ("branch:", "support"),
    ],
)
def test_contacts(code: str, expected: str) -> None:
    assert stage("contact", code) == expected
