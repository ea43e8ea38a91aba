"""What is kept of calls beside the switchboard: wrap-ups of advisers, transcripts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .call_files import CallNames, adviser_id
from .calls import ASTERISK, TWILIO, Calls
from .columns import COLUMNS
from .config import DAY, DEVIS, REASONS, Ints, WorldConfig
from .ids import spell_number
from .writers import CsvFile, TextFile, day_text, iso, write_text

_GREETINGS = {
    "fr": ("Bonjour, que puis-je faire pour vous ?", "Bonjour, c'est au sujet de : {reason}."),
    "en": ("Hello, how may I help you?", "Hello, I'm calling about: {reason}."),
}
_TURNS = {
    "fr": (
        "Je regarde votre dossier, un instant.",
        "Merci. J'attends une réponse depuis une semaine.",
        "Pouvez-vous me rappeler votre numéro ?",
        "C'est le {number}.",
        "C'est noté, je m'en occupe.",
        "Très bien, merci et au revoir.",
    ),
    "en": (
        "Let me look at your file.",
        "Thank you. I've been waiting for a week.",
        "What's your number, please?",
        "It's {number}.",
        "Noted, I'll take care of it.",
        "All right, thanks and goodbye.",
    ),
}


def write_wrap_ups(out: Path, cfg: WorldConfig, calls: Calls, names: CallNames) -> int:
    """Write a file a day: of switchboards that keep no reason, and some that others forgot.

    Some are corrected a day later. Notes are free text.
    """
    folder = out / "call_records" / "wrap_ups"
    write_text(folder / "_source.yml", "time_zone: Europe/Paris\n")
    place = np.arange(len(calls))
    forgotten = (calls.format == ASTERISK) & (place % 20 == 0)
    chosen = calls.is_answered & ((calls.format == TWILIO) & (place % 10 > 0) | forgotten)
    ended = calls.ended_at
    rows: list[tuple[int, list[str]]] = []
    for call in np.flatnonzero(chosen).tolist():
        reason = int(calls.reason[call])
        taker = int(calls.second_adviser[call]) if calls.transfer[call] > 0 else -1
        taker = taker if taker >= 0 else int(calls.adviser[call])
        result = "vente" if reason == DEVIS and call % 3 == 0 else "traite"
        number = spell_number(names.national(call), call)
        note = f'dit "{number}", à rappeler' if call % 7 == 0 else ""
        at = int(ended[call]) + int(calls.wrap[call])
        told = [names.source_id(call), adviser_id(taker)]
        first = REASONS[reason] if call % 23 != 5 else "information"
        rows.append((at, [*told, first, result, note, iso(at)]))
        if call % 23 == 5:
            at += DAY
            rows.append((at, [*told, REASONS[reason], result, "", iso(at)]))
    rows = sorted(row for row in rows if row[0] <= cfg.end)
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        path = folder / f"wrap_ups_{day_text(day)}.csv"
        with CsvFile(path, COLUMNS["call_records/wrap_ups"]) as file:
            for at, row in rows:
                if at // DAY == day:
                    file.row(row)
            total += file.rows
    return total


def write_transcripts(out: Path, cfg: WorldConfig, calls: Calls, names: CallNames) -> int:
    """Write the segments of some calls as JSON lines, a file a day; returns their number."""
    folder = out / "call_records" / "transcripts"
    chosen: Ints = np.flatnonzero(calls.is_answered & (np.arange(len(calls)) % 40 == 4))
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        with TextFile(folder / f"transcripts_{day_text(day)}.jsonl.gz") as file:
            for call in chosen[calls.at[chosen] // DAY == day].tolist():
                total += _write_segments(file, calls, names, call)
    return total


def _write_segments(file: TextFile, calls: Calls, names: CallNames, call: int) -> int:
    language = "en" if call % 280 == 4 else "fr"
    reason = REASONS[int(calls.reason[call])].replace("_", " ")
    texts = (*_GREETINGS[language], *_TURNS[language])
    step = int(calls.talk[call]) / len(texts)
    for index, text in enumerate(texts):
        segment = {
            "call_id": names.source_id(call),
            "segment_index": index,
            "speaker": "customer" if index % 2 else "adviser",
            "offset_seconds": round(index * step, 2),
            "duration_seconds": round(0.8 * step, 2),
            "text": text.format(reason=reason, number=spell_number(names.national(call), call)),
            "language": "fr-FR" if language == "fr" else "en",
        }
        file.write(json.dumps(segment, ensure_ascii=False) + "\n")
    return len(texts)
