"""Code pages told apart by what stands beside each letter and sign."""

from __future__ import annotations

import pytest

from orchestration.ingestion.legacy_text import AUTO, decode_lines

#: Ordinary French, with the signs that an office program writes of itself.
OF_WINDOWS = [
    "Prix 50 €",
    "50€ par mois",
    "Bonjour… merci",
    "“Super”",
    "“super”",
    "il a dit “ bonjour ” puis rien",
    "Paris – Lyon",
    "2020–2021",
    "l’agence",
    "L’AGENCE",
    "Été à Nice",
    "naïf",
    "cœur",
    "ÉTÉ",
    "N° 5",
    "garçon",
    "• point",
    "100 % £",
    "£100",
    "« oui »",
    "la façon – à part",
    "20 °C",
    "Windows®",
]
OF_DOS = [
    "Été à Nice",
    "garçon",
    "N° 5",
    "ÉTÉ",
    "l'été",
    "hôtel",
    "île",
    "où",
    "« oui »",
    "Noël",
    "À bientôt",
    "français déçu",
    "voilà",
    "Ça va",
    "sûr",
    "20°C",
    "50 £",
]


@pytest.mark.parametrize("text", OF_WINDOWS)
def test_a_line_of_windows_alone(text):
    assert decode_lines([text.encode("cp1252")], AUTO) == [text]


@pytest.mark.parametrize("text", OF_DOS)
def test_a_line_of_dos_alone(text):
    assert decode_lines([text.encode("cp850")], AUTO) == [text]


def test_clear_lines_decide_on_doubtful_ones():
    # 0x85 is à in cp850 and … in cp1252, and both may stand there.
    doubtful = b"rendez-vous \x85 10h, citt\x85"
    assert decode_lines([doubtful], AUTO) == ["rendez-vous … 10h, citt…"]
    clear = [f"réclamé à l'hôtel n° {n}" for n in range(3)]
    found = decode_lines([doubtful, *(line.encode("cp850") for line in clear)], AUTO)
    assert found == ["rendez-vous à 10h, città", *clear]
    found = decode_lines([doubtful, *(line.encode("cp1252") for line in clear)], AUTO)
    assert found == ["rendez-vous … 10h, citt…", *clear]


def test_a_letter_alone_in_its_field_follows_its_neighbours():
    lines = [b"c1,\x85", "c2,réclamé à l'hôtel".encode("cp850")]
    assert decode_lines(lines, AUTO) == ["c1,à", "c2,réclamé à l'hôtel"]
    assert decode_lines(lines[:1], AUTO) == ["c1,…"]


def test_a_named_code_page_is_not_guessed():
    assert decode_lines([b"caf\x82", b"\x81"], "cp1252") == ["caf‚", "\x81"]
