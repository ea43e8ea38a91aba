"""Exports of Qualtrics and Typeform through ingestion and models, against their own texts."""

from __future__ import annotations

import csv
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.conftest import KEY, World, public
from tests.plain_texts import places_of

MODELS = (
    *("stg_surveys__flat", "stg_surveys__qualtrics", "stg_surveys__typeform"),
    *("int_canonical__survey_questions", "int_canonical__survey_answers"),
    *("int_canonical__feedback_answers", "+int_voice_of_customer__feedback"),
)
NAMES = (
    "StartDate,EndDate,Status,Progress,Finished,RecordedDate,ResponseId,RecipientEmail,"
    "ExternalReference,DistributionChannel,UserLanguage,Q1,Q1_NPS_GROUP,Q2,Q3_TEXT,Q4,call_id\n"
)
LABELS = (
    "Début,Fin,Type,Progression,Terminé,Enregistré,ID,E-mail,Référence,Canal,Langue,"
    '"Recommanderiez-vous\nla banque ?",- Groupe,'
    '"A-t-il été FACILE d\'être servi ?",Dites-nous pourquoi,Quelle agence ?,call_id\n'
)
IMPORT_IDS = ",".join(['"{""ImportId"":""QID1""}"'] * 17) + "\n"


def answered(number: str, **told: str) -> str:
    """A line of the export above."""
    row = {"Status": "0", "Progress": "100", "Finished": "1", "ResponseId": number}
    row |= {"StartDate": "2026-10-24 10:00:00", "EndDate": "2026-10-24 10:05:00"}
    row |= {"RecordedDate": "2026-10-24 10:05:00", "UserLanguage": "FR", **told}
    return ",".join(row.get(name, "") for name in NAMES.strip().split(",")) + "\n"


EXPORT = (
    NAMES
    + LABELS
    + IMPORT_IDS
    + answered("R1", Q1="9", Q1_NPS_GROUP="3", Q2="6", ExternalReference="C1", Q4="2")
    + answered("R2", Q1="10 - Extrêmement", ExternalReference=" Jean@Example.org ")
    + answered("R3", Q1="3", Q3_TEXT="Trop long", RecipientEmail="ana@example.org", Finished="0")
    + answered("R4", Q1="0", Status="1")
    + answered("R5", Q1="1", DistributionChannel="test")
    + answered("R6", Q1="7", ExternalReference="06 12 34 56 78", call_id="call-6")
    + '"R7,never closed\n'
    + answered("R8", Q1="8", EndDate="le 24 octobre")
    + answered("", Q1="8")
    + answered("R9", Q1="5")
)
CORRECTED = NAMES + LABELS + IMPORT_IDS + answered("R9", Q1="6", RecordedDate="2026-10-25 08:00:00")


def webhook(token: str, answers: list[dict[str, Any]], **told: Any) -> dict[str, Any]:
    fields = [
        {"id": "f1", "ref": "reco", "type": "opinion_scale", "title": "Would you recommend us?"},
        {
            "id": "f2",
            "ref": "effort",
            "type": "rating",
            "title": "Stars",
            "properties": {"steps": 3},
        },
        {"id": "f3", "ref": "why", "type": "long_text", "title": "Why?"},
        {"id": "f4", "ref": "mail", "type": "email", "title": "Your e-mail"},
        {"id": "f5", "ref": "where", "type": "multiple_choice", "title": "Which shop?"},
        {"id": "f6", "ref": "again", "type": "yes_no", "title": "Again?"},
    ]
    response = {"form_id": "F", "token": token, "landed_at": "2026-10-24T08:00:00Z"}
    response |= {"submitted_at": "2026-10-24T08:01:00Z", "definition": {"fields": fields}}
    response |= {"hidden": {"customer_id": "C1"}, "answers": answers, **told}
    return {"event_id": f"e-{token}", "event_type": "form_response", "form_response": response}


def given(number: int, kind: str, value: Any, field_type: str, ref: str) -> dict[str, Any]:
    return {
        "type": kind,
        kind: value,
        "field": {"id": f"f{number}", "type": field_type, "ref": ref},
    }


ANSWERS = [
    given(1, "number", 9, "opinion_scale", "reco"),
    given(2, "number", 2, "rating", "effort"),
    given(3, "text", "Because of Jean Dupont", "long_text", "why"),
    given(4, "email", "Jean@example.org", "email", "mail"),
    given(5, "choice", {"label": "Lyon"}, "multiple_choice", "where"),
    given(6, "boolean", True, "yes_no", "again"),
]


@pytest.fixture(scope="module")
def world(make_world: Callable[..., World]) -> World:
    made = make_world("2026-10-31T22:00:00Z")
    made.put("surveys/qualtrics/_source.yml", "time_zone: Europe/Zurich\n")
    made.put("surveys/qualtrics/sample.csv", public("qualtrics_export/sample.csv").read_bytes())
    made.put("surveys/qualtrics/own.csv", EXPORT)
    made.put("surveys/qualtrics/own_corrected.csv", CORRECTED)
    made.put("surveys/qualtrics/again/own.csv", EXPORT)
    lines = [
        json.dumps(webhook("t1", ANSWERS)),
        '{"event_id": "cut", "form_resp',
        json.dumps(webhook("t2", ANSWERS[:1], submitted_at="last week")),
        json.dumps(
            webhook("t3", ANSWERS[:1], hidden={"email": "Jean@Example.org", "call_id": "c9"})
        ),
    ]
    made.put("surveys/typeform/hooks.jsonl", "\n".join(lines) + "\n")
    item = webhook("t1", ANSWERS)["form_response"] | {"landing_id": "l"}
    del item["definition"]
    newer = webhook("t4", ANSWERS[:1], hidden={"visitor_id": "v1"})["form_response"]
    page = {"total_items": 2, "page_count": 1, "items": [item, newer]}
    made.put("surveys/typeform/page.json", json.dumps(page, indent=1))
    made.ingest()
    done = made.dbt("run", "--quiet", "--select", *MODELS)
    assert done.returncode == 0, done.stdout[-3000:]
    return made


def hashed(value: str) -> str:
    return hmac.digest(KEY.encode(), value.encode(), "sha256").hex()


def test_the_real_export(world: World) -> None:
    with public("qualtrics_export/sample.csv").open(newline="", encoding="utf-8") as handle:
        header, labels, _, row = csv.reader(handle)
    names = {name: place for place, name in enumerate(header)}

    def utc(name: str) -> datetime:
        local = datetime.fromisoformat(row[names[name]]).replace(tzinfo=ZoneInfo("Europe/Zurich"))
        return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    found = world.rows(
        "select question_id, question, score, asked_at, answered_at, is_test, is_complete, "
        "language "
        f"from staging.stg_surveys__qualtrics where response_id = '{row[names['ResponseId']]}' "
        "order by 1"
    )
    times = (utc("StartDate"), utc("EndDate"), False, True, "de")
    assert found == [
        ("q1", labels[names["Q1"]], Decimal(row[names["Q1"]]), *times),
        ("q2", labels[names["Q2"]], None, *times),
    ]
    # Which choice "2" is nobody says, so it is kept as no feedback; the free text counts.
    assert world.rows(
        "select question_id, feedback_kind from intermediate.int_canonical__feedback_answers "
        f"where response_id = '{row[names['ResponseId']]}'"
    ) == [("q2", "verbatim")]


@pytest.mark.parametrize("both", [False, True])
def test_the_legacy_export(make_world: Callable[..., World], both: bool) -> None:
    made = make_world("2026-10-31T22:00:00Z")
    made.put("surveys/qualtrics/l.csv", public("qualtrics_export/sample_legacy.csv").read_bytes())
    if both:
        made.put("surveys/qualtrics/s.csv", public("qualtrics_export/sample.csv").read_bytes())
    for file in made.ingest().files:
        assert (file.status, file.rows_read, file.rows_loaded) == ("loaded", 1, 1), file
    found = made.rows(
        "select distinct response_id, status, is_finished, external_reference, recipient_email, "
        "started_at, json_extract_string(_extra, '$.q1'), json_extract_string(_extra, '$.q2'), "
        "json_extract_string(_labels, '$.q2') from raw.surveys__qualtrics"
    )
    # Read off the file by eye: 08:28:09 in Paris in July is 06:28:09 UTC.
    at = datetime(2017, 7, 18, 6, 28, 9)
    text = "This is a free text question."
    assert found == [("R_2YPOQ602ER1jkf1", "0", True, None, None, at, "2", "Hello World!", text)]
    if not both:
        return
    # Two copies of one response are one response.
    made.seed()
    made.dbt("run", "--quiet", "--select", "stg_surveys__qualtrics")
    assert made.rows(
        "select response_id, question_id, score from staging.stg_surveys__qualtrics order by 2"
    ) == [("R_2YPOQ602ER1jkf1", "q1", 2), ("R_2YPOQ602ER1jkf1", "q2", None)]


def test_kinds_and_scores(world: World) -> None:
    found = world.rows(
        "select response_id, question_id, feedback_kind, score, scale_min, scale_max, has_verbatim "
        "from intermediate.int_canonical__feedback_answers where response_id like 'R_' order by all"
    )
    nps, ces = ("nps", 0, 10, False), ("ces", 1, 7, False)

    def row(response: str, question: str, score: int | None, kind: tuple[Any, ...]) -> Any:
        return (response, question, kind[0], score, *kind[1:])

    assert found == [
        row("R1", "q1", 9, nps),
        row("R1", "q2", 6, ces),
        row("R2", "q1", 10, nps),
        row("R3", "q1", 3, nps),
        ("R3", "q3_text", "verbatim", None, None, None, True),
        row("R6", "q1", 7, nps),
        # The later recorded copy; R4 and R5 are a preview and a test.
        row("R9", "q1", 6, nps),
    ]
    assert world.rows(
        "select question_id, feedback_kind, score from intermediate.int_canonical__survey_answers "
        "where response_id = 'R1' and not is_feedback order by 1"
    ) == [("q1_nps_group", "ignored", 3), ("q4", "unknown", 2)]
    assert world.rows(
        "select distinct response_id from intermediate.int_canonical__survey_answers "
        "where is_test order by 1"
    ) == [("R4",), ("R5",)]
    assert world.rows(
        "select distinct response_id from staging.stg_surveys__qualtrics where not is_complete"
    ) == [("R3",)]


def test_respondents(world: World) -> None:
    found = world.rows(
        "select distinct response_id, respondent_kind, respondent_key, source_call_id "
        "from intermediate.int_canonical__feedback_answers "
        "where response_id in ('R1', 'R2', 'R3', 'R6') order by 1"
    )
    assert found == [
        ("R1", "customer_id", "C1", None),
        ("R2", "email", hashed("jean@example.org"), None),
        ("R3", "email", hashed("ana@example.org"), None),
        # A telephone number in the place of an id has no hash there, so it is left out.
        ("R6", None, None, "call-6"),
    ]


def test_bad_rows_say_where_and_why(world: World) -> None:
    # The same export in another folder is the same file.
    assert world.rows("select count(*) from audit.files") == [(5,)]
    found = world.rows(
        "select split_part(files.path, '/', -1), line, field, quarantine.reason "
        "from audit.quarantine as quarantine inner join audit.files as files using (file_id) "
        "order by 1, 2"
    )
    assert [row[:3] for row in found] == [
        ("hooks.jsonl", 2, None),
        ("hooks.jsonl", 3, "submitted_at"),
        # The label row takes two lines, so the sixth response stands in line 10.
        ("own.csv", 11, None),
        ("own.csv", 12, "ended_at"),
        ("own.csv", 13, "response_id"),
    ]
    assert "never closed" in found[2][3]
    assert "ISO 8601" in found[3][3]
    assert "missing" in found[4][3]


def test_typeform(world: World) -> None:
    found = world.rows(
        "select response_id, question_id, feedback_kind, score, scale_min, scale_max, "
        "has_verbatim, respondent_kind, respondent_key, source_call_id "
        "from intermediate.int_canonical__feedback_answers where source_format = 'typeform' "
        "order by all"
    )
    mail = hashed("jean@example.org")
    assert found == [
        ("t1", "f1", "nps", 9, 0, 10, False, "customer_id", "C1", None),
        # Three stars, as the form has it.
        ("t1", "f2", "rating", 2, 1, 3, False, "customer_id", "C1", None),
        ("t1", "f3", "verbatim", None, None, None, True, "customer_id", "C1", None),
        ("t3", "f1", "nps", 9, 0, 10, False, "email", mail, "c9"),
        # Known from the API alone; the wording of f1 is that of the other responses.
        ("t4", "f1", "nps", 9, 0, 10, False, "visitor_id", "v1", None),
    ]
    assert world.rows(
        "select question_id, feedback_kind from intermediate.int_canonical__survey_answers "
        "where response_id = 't1' and not is_feedback order by 1"
    ) == [("f4", "ignored"), ("f5", "unknown"), ("f6", "unknown")]
    # The page's copy of t1 lacks the questions: the webhook's is taken.
    assert world.rows("select count(*) from raw.surveys__typeform where token = 't1'") == [(2,)]


@pytest.mark.parametrize("text", ["Hello World!", "Trop long", "Jean Dupont", "06 12 34 56 78"])
def test_words_stay_in_raw(world: World, text: str) -> None:
    schemas = {place.split(".")[0] for place in places_of(world.home / "warehouse.duckdb", text)}
    assert schemas <= {"raw", "restricted"}
    assert schemas


@pytest.mark.parametrize("mail", ["ean@example.org", "ean@Example.org", "ana@example.org"])
def test_addresses_stay_in_raw(world: World, mail: str) -> None:
    places = places_of(world.home / "warehouse.duckdb", mail)
    assert {place.split(".")[0] for place in places} <= {"raw", "restricted"}
