"""The surveys that run on a tool of their own: Qualtrics exports and Typeform webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from .config import DAY, WorldConfig
from .service import local_clock
from .writers import CsvFile, TextFile, day_text, plain, write_text

#: An answer in the columns of surveys/flat, with the second at which it was given.
Answer = tuple[int, list[str]]

QUALTRICS = (
    ("StartDate", "Date de début", "startDate"),
    ("EndDate", "Date de fin", "endDate"),
    ("Status", "Type de réponse", "status"),
    ("IPAddress", "Adresse IP", "ipAddress"),
    ("Progress", "Progression", "progress"),
    ("Duration (in seconds)", "Durée (en secondes)", "duration"),
    ("Finished", "Terminé", "finished"),
    ("RecordedDate", "Date enregistrée", "recordedDate"),
    ("ResponseId", "ID de réponse", "_recordId"),
    ("RecipientEmail", "E-mail du destinataire", "recipientEmail"),
    ("ExternalReference", "Référence de données externes", "externalDataReference"),
    ("DistributionChannel", "Canal de distribution", "distributionChannel"),
    ("UserLanguage", "Langue de l'utilisateur", "userLanguage"),
    ("Q1", "Recommanderiez-vous Passerelle ?", "QID1"),
    ("Q1_NPS_GROUP", "Recommanderiez-vous Passerelle ? - Groupe", "QID1_NPS_GROUP"),
    ("Q2_TEXT", "Dites-nous pourquoi", "QID2_TEXT"),
    ("survey", "survey", "survey"),
    ("trigger", "trigger", "trigger"),
    ("journey_stage", "journey_stage", "journey_stage"),
)
FIELDS: list[dict[str, object]] = [
    {
        "id": "aB3dE5fG7hJ9",
        "ref": "ces",
        "type": "opinion_scale",
        "title": "Il a été facile de traiter ma demande",
        "properties": {"steps": 7, "start_at_one": True},
    },
    {"id": "kL2mN4pQ6rS8", "ref": "pourquoi", "type": "long_text", "title": "Dites-nous pourquoi"},
]


def is_for_qualtrics(answer: Answer) -> bool:
    """A quarter of the monthly NPS runs on Qualtrics."""
    return answer[1][2] == "nps_relationnel" and int(answer[1][0][2:]) % 4 == 0


def is_for_typeform(answer: Answer) -> bool:
    """A quarter of the questions after quotes runs on Typeform."""
    return answer[1][2] == "devis" and int(answer[1][0][2:]) % 4 == 0


def _responses(answers: Sequence[Answer]) -> Iterator[tuple[int, list[list[str]]]]:
    """The answers of each response, by the time at which it was given."""
    by_number: dict[str, tuple[int, list[list[str]]]] = {}
    for at, row in answers:
        by_number.setdefault(row[0], (at, []))[1].append(row)
    yield from sorted(by_number.values(), key=lambda response: (response[0], response[1][0][0]))


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def write_qualtrics(out: Path, cfg: WorldConfig, answers: Sequence[Answer]) -> int:
    """Write an export a day, on the clock of the account; previews and partial responses too."""
    folder = out / "surveys" / "qualtrics"
    write_text(folder / "_source.yml", "time_zone: Europe/Paris\n")
    responses = list(_responses(answers))
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        names, labels, ids = zip(*QUALTRICS, strict=True)
        with CsvFile(folder / f"nps_{day_text(day)}.csv", names) as file:
            file.row(labels)
            file.row(json.dumps({"ImportId": name}, separators=(",", ":")) for name in ids)
            file.rows = 0
            for number, (at, rows) in enumerate(responses):
                if at // DAY == day:
                    file.row(_line(rows, at, "0"))
                    if number % 40 == 7:
                        # Whoever set the survey up looked at it first.
                        preview = _line(rows, at, "1")
                        file.row([*preview[:8], f"R_preview{number}", "", "", *preview[11:]])
            total += file.rows
    return total


def _line(rows: list[list[str]], at: int, status: str) -> list[str]:
    first = rows[0]
    asked = _seconds(first[10])
    given = {row[4]: row for row in rows}
    score = given["nps"][8]
    group = "" if not score else "3" if int(score) > 8 else "1" if int(score) < 7 else "2"
    is_whole = "verbatim" in given
    times = [plain(local_clock(asked)), plain(local_clock(at))]
    is_email = first[12] == "email"
    return [
        *times,
        *(status, "203.0.113.7", "100" if is_whole else "50", str(at - asked)),
        *("1" if is_whole else "0", times[1], f"R_{first[0]}"),
        *(first[13] if is_email else "", "" if is_email else first[13], "email", "FR"),
        *(score, group, given["verbatim"][9] if is_whole else ""),
        *(first[2], first[14], first[15]),
    ]


def write_typeform(out: Path, cfg: WorldConfig, answers: Sequence[Answer]) -> int:
    """Write the webhooks of each day; some are sent again the day after."""
    folder = out / "surveys" / "typeform"
    write_text(folder / "_source.yml", "time_zone: UTC\n")
    responses = list(_responses(answers))
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        with TextFile(folder / f"webhooks_{day_text(day)}.jsonl") as file:
            for number, (at, rows) in enumerate(responses):
                if at // DAY == day or (number % 29 == 3 and at // DAY == day - 1):
                    file.write(json.dumps(_webhook(rows), ensure_ascii=False) + "\n")
                    total += 1
    return total


def _webhook(rows: list[list[str]]) -> dict[str, object]:
    first = rows[0]
    given: list[dict[str, object]] = []
    for row in rows:
        field = FIELDS[row[4] == "verbatim"]
        asked = {name: field[name] for name in ("id", "type", "ref")}
        if row[4] == "verbatim":
            given.append({"type": "text", "text": row[9], "field": asked})
        else:
            given.append({"type": "number", "number": int(row[8]), "field": asked})
    return {
        "event_id": f"01{first[0]}",
        "event_type": "form_response",
        "form_response": {
            "form_id": "pZ8xQ1vT",
            "token": f"tf{first[0].lower()}",
            "landed_at": first[10],
            "submitted_at": first[11],
            "hidden": {
                first[12]: first[13],
                "survey": first[2],
                "trigger": first[14],
                "journey_stage": first[15],
                "channel": first[16],
            },
            "definition": {"id": "pZ8xQ1vT", "title": "Votre devis", "fields": FIELDS},
            "answers": given,
        },
    }
