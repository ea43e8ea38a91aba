"""Codes of texts: phrases by hand, personal values taken out, classifiers that learn."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from orchestration.algorithms.text_models import CANDIDATES, CODES, analyse
from orchestration.algorithms.texts import Taxonomy, codes_of, language_of, scrub, words_of

SEED = Path(__file__).parents[3] / "seeds" / "text_taxonomy.csv"
THEMES = ("switching_threat", "irritant", "idea", "contact_reason", "life_event")
PHRASES = [
    {"code_kind": kind, "code": code, "phrase": phrase}
    for kind, code, phrase in (
        ("contact_reason", "facture", "facture*"),
        ("contact_reason", "sinistre", "dégât des eaux"),
        ("irritant", "wait", "trop long*"),
        ("irritant", "price", "trop cher"),
        ("irritant", "repeat_contact", "relance*"),
        ("switching_threat", "leaves", "voir ailleurs"),
        ("life_event", "demenagement", "déménag*"),
        ("praise", "good", "clair*"),
        ("praise", "good", "merci"),
        ("blame", "bad", "déçu*"),
        ("emotion", "gratitude", "merci"),
        ("emotion", "disappointment", "déçu*"),
    )
]


@pytest.fixture(scope="module")
def taxonomy() -> Taxonomy:
    return Taxonomy.of(PHRASES)


@pytest.fixture(scope="module")
def seed() -> Taxonomy:
    with SEED.open(encoding="utf-8", newline="") as file:
        return Taxonomy.of(csv.DictReader(file))


def test_each_kind_gets_its_first_code(taxonomy: Taxonomy) -> None:
    found = codes_of(
        "Ma FACTURÉE ? Trop longue attente, trop cher : je vais voir ailleurs.", taxonomy
    )

    assert found.by_kind == {
        "contact_reason": "facture",
        "irritant": "wait",
        "switching_threat": "leaves",
    }
    assert found.sentiment == "negative"
    # no praise, three complaints: -3 / (3 + 1)
    assert found.balance == -0.75


@pytest.mark.parametrize(
    ("text", "balance", "emotion"),
    [
        ("C'est clair, merci", 2 / 3, "gratitude"),
        ("Ce n'est pas clair", -1 / 2, None),
        ("Pas de réponse. C'est clair", 1 / 2, None),
        ("Jamais déçu", 1 / 2, None),
        ("Réglé sans relance", 0, None),
        ("", 0, None),
    ],
)
def test_a_negation_turns_its_clause_round(
    taxonomy: Taxonomy, text: str, balance: float, emotion: str | None
) -> None:
    found = codes_of(text, taxonomy)

    assert found.balance == pytest.approx(balance)
    assert found.emotion == emotion
    assert "irritant" not in found.by_kind


@pytest.mark.parametrize(
    "value",
    [
        "jean.dupont@example.org",
        "06 12 34 56 78",
        "+33 (0)6.12.34.56.78",
        "0033612345678",
        "@jdupont",
        "https://example.org/me?id=jean",
        "FR76 3000 6000 0112 3456 7890 189",
        "4970 1012 3456 7890",
        "06 - 12 - 34 - 56 - 78",
        "fr7630006000011234567890189",
        "FR76-3000-6000-0112-3456-7890-189",
        "jean . dupont @ example . org",
        "jean.dupont arobase example point org",
        "jean.dupont(at)example.org",
    ],
)
def test_what_names_a_person_is_taken_out(value: str) -> None:
    words = words_of(f"Rappelez-moi {value} demain")

    assert words == ["rappelez", "moi", "demain"]
    assert scrub(f"Vingt minutes, étape 2, {value}").startswith("Vingt minutes, étape 2")


@pytest.mark.parametrize(
    "text", ["Rendez-vous @ midi, merci", "le 12 mars à 10 h 30", "À demain (at last), 3 fois"]
)
def test_other_words_stay(text: str) -> None:
    assert scrub(text) == text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Je suis très satisfait de votre accueil", "fr"),
        ("I am very happy with the service", "en"),
        ("OK", None),
    ],
)
def test_language_is_told_by_common_words(text: str, language: str | None) -> None:
    assert language_of(words_of(text)) == language


def test_a_phrase_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="without a word"):
        Taxonomy.of([{"code_kind": "irritant", "code": "wait", "phrase": "* …"}])


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("Bonjour, c'est au sujet de mon sinistre", "contact_reason", "sinistre"),
        ("I can't log in with my password", "contact_reason", "mot_de_passe"),
        ("Vingt minutes d'attente, puis plus personne", "irritant", "wait"),
        ("Devis impossible à finir, l'étape 2 se bloque", "irritant", "website_failure"),
        ("La hausse est incompréhensible, je vais changer de banque", "switching_threat", "leaves"),
        ("Nous venons de déménager", "life_event", "demenagement"),
        ("It would be nice to have a chat", "idea", "wish"),
    ],
)
def test_the_seed_reads_what_people_say(seed: Taxonomy, text: str, kind: str, code: str) -> None:
    assert codes_of(text, seed).by_kind[kind] == code


def told(rows: list[dict[str, Any]]) -> pa.Table:
    columns = ("text_kind", "record_id", "told", "language", "coded_reason", "coded_sentiment")
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns}
    )


def test_codes_hold_no_words_and_no_order() -> None:
    rows = [
        {"text_kind": "answer", "record_id": "a", "told": "Merci, Jean Dupont"},
        {
            "text_kind": "wrap_up",
            "record_id": "b",
            "told": "Client déçu, facture trop chère 0612345678",
        },
        {"text_kind": "post", "record_id": "c", "told": "Trop long", "language": "fr"},
    ]
    seed = pa.Table.from_pylist(PHRASES)
    found = analyse(told(rows), seed, method="taxonomy", least_texts=1, themes=THEMES)
    turned = analyse(told(rows[::-1]), seed, method="taxonomy", least_texts=1, themes=THEMES)

    assert found.schema == CODES
    assert found == turned
    assert "Dupont" not in str(found.to_pylist())
    by_record = {row["record_id"]: row for row in found.to_pylist()}
    assert by_record["a"]["sentiment"] == "positive"
    # an adviser's note: what it was about, not how it was said
    assert by_record["b"]["contact_reason"] == "facture"
    assert by_record["b"]["sentiment"] is None
    assert by_record["b"]["emotion"] is None
    assert by_record["c"]["theme"] == "wait"
    assert by_record["c"]["language"] == "fr"


def test_no_texts_give_no_codes() -> None:
    found = analyse(
        told([]),
        pa.Table.from_pylist(PHRASES),
        method="support_vectors",
        least_texts=1,
        themes=THEMES,
    )

    assert found.num_rows == 0
    assert found.schema == CODES


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="support_vectors"):
        analyse(
            told([]), pa.Table.from_pylist(PHRASES), method="magic", least_texts=1, themes=THEMES
        )


@pytest.mark.parametrize("method", sorted(CANDIDATES))
def test_a_classifier_learns_the_house_s_own_codes(method: str) -> None:
    """Reasons in words that no phrase knows, one code in eight wrong: both are seen through."""
    draw = random.Random(1)
    topics = {"carte": "plastique puce code distributeur", "pret": "taux mensualité durée apport"}
    rows = []
    for number in range(400):
        reason = sorted(topics)[number % 2]
        words = " ".join(draw.choices(f"{topics[reason]} bonjour je voudrais".split(), k=8))
        other = sorted(topics)[1 - number % 2]
        rows.append(
            {
                "text_kind": "transcript",
                "record_id": f"k{number:03d}",
                "told": words,
                "coded_reason": None if number < 40 else other if number % 16 < 2 else reason,
                "true": reason,
            }
        )
    found = analyse(
        told(rows), pa.Table.from_pylist(PHRASES), method=method, least_texts=300, themes=THEMES
    )
    right = sum(
        row["contact_reason"] == given["true"]
        for row, given in zip(found.to_pylist(), rows, strict=True)
    )

    assert right >= 380
    assert set(found["method"].to_pylist()) == {method}
    few = analyse(
        told(rows), pa.Table.from_pylist(PHRASES), method=method, least_texts=361, themes=THEMES
    )
    assert set(few["method"].to_pylist()) == {"taxonomy"}


def test_a_classifier_learns_what_scores_say() -> None:
    rows = [
        {
            "text_kind": "answer",
            "record_id": f"a{number:03d}",
            "told": ("bof bof moyen" if number % 2 else "chouette extra") + f" mot{number % 7}",
            "coded_sentiment": None if number < 20 else "negative" if number % 2 else "positive",
        }
        for number in range(120)
    ]
    found = analyse(
        told(rows),
        pa.Table.from_pylist(PHRASES),
        method="support_vectors",
        least_texts=100,
        themes=THEMES,
    )

    assert [row["sentiment"] for row in found.to_pylist()] == ["positive", "negative"] * 60
