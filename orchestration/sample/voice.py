"""What people say: surveys after calls and at random, reviews, follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .call_files import CallNames, adviser_id
from .calls import FLAT, WITHHELD, Advisers, Calls
from .columns import COLUMNS
from .config import DAY, DEVIS, HOUR, PRODUCTS, Ints, WorldConfig
from .contracts import Contracts
from .ids import Ids, spell_number
from .journeys import QUOTE, Sessions
from .people import INTERESTS, People
from .social_posts import write_posts
from .survey_tools import is_for_qualtrics, is_for_typeform, write_qualtrics, write_typeform
from .writers import CsvFile, day_text, group_offsets, iso, write_csv, write_text

Row = list[str]
#: Places in a row of surveys/flat.
VERBATIM, ANSWERED_AT = 9, 11
GOOD = (
    "Très bon accueil, réponse claire et rapide.",
    "Conseillère à l'écoute, merci !",
    'Parfait : "comme toujours", disait mon père.',
    "Simple, efficace ; je recommande à mes amis.",
    "On m'a rappelé dans l'heure.\nRien à redire.",
    "Great service, thank you, very helpful.",
)
MIDDLE = (
    "Correct, mais l'attente est un peu longue.",
    "Réponse obtenue, après deux transferts.",
    "Le site est clair, le tarif moins.",
    "Ça va, sans plus.",
)
BAD = (
    "Vingt minutes d'attente, puis plus personne…",
    "Devis impossible à finir, l'étape 2 se bloque, j'ai abandonné.",
    "Augmentation incompréhensible : je vais voir ailleurs !",
    "J'ai dû rappeler trois fois,\nraconter trois fois la même chose,\net toujours rien.",
    'Un "geste commercial" promis, jamais reçu.',
    "Déçu, dossier sinistre perdu.",
)
#: What some add to their words: proposals, in phrases of the taxonomy's.
IDEAS = (
    "Il faudrait pouvoir suivre mon dossier en ligne.",
    "Pourriez-vous ajouter un rappel le samedi ?",
    "It would be great if the app sent reminders.",
)
#: One text in so many holds one.
IDEA_EVERY = 12
#: Of the calls answered, and of the customers, whose draw lies below: answers; request.
ANSWER_CALL, ASK_CALL = 0.16, 0.40
ANSWER_NPS, ASK_NPS = 0.07, 0.20
REPLIES = ("Merci de votre confiance.", "Nous sommes désolés, un conseiller vous appelle.")


def _words(score: float, lot: int) -> str:
    texts = GOOD if score > 0.7 else MIDDLE if score > 0.45 else BAD
    return texts[lot % len(texts)]


def _verbatim(happiness: float, lot: int) -> str:
    words = _words(happiness, lot)
    if lot % IDEA_EVERY == 7:
        return f"{words} {IDEAS[lot // IDEA_EVERY % len(IDEAS)]}"
    return words


def write_surveys(
    out: Path,
    cfg: WorldConfig,
    people: People,
    calls: Calls,
    advisers: Advisers,
    sessions: Sessions,
    names: CallNames,
    ids: Ids,
) -> dict[str, int]:
    """Write one file a day and tool of answers: after calls and quotes, and the monthly NPS.

    Our own tool also delivers whom it asked in vain. The truth says of every request whether it
    was answered, and whether the words hold an idea.
    """
    rng = cfg.rng(20)
    folder = out / "surveys" / "flat"
    write_text(folder / "_source.yml", "time_zone: UTC\n")
    rows: list[tuple[int, Row]] = []
    rows += _after_calls(people, calls, advisers, names, ids, rng)
    rows += _after_quotes(sessions, ids, rng)
    rows += _at_random(cfg, people, calls, ids, rng)
    rows = [row for row in rows if row[0] < cfg.end]
    rows.sort()
    told = _truth(out, rows)
    unanswered = [row for row in rows if not row[1][ANSWERED_AT]]
    rows = [row for row in rows if row[1][ANSWERED_AT]]
    qualtrics = [row for row in rows if is_for_qualtrics(row)]
    typeform = [row for row in rows if is_for_typeform(row)]
    rows = [row for row in rows if not is_for_qualtrics(row) and not is_for_typeform(row)]
    total = 0
    place = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        with CsvFile(folder / f"answers_{day_text(day)}.csv", COLUMNS["surveys/flat"]) as file:
            while place < len(rows) and rows[place][0] // DAY == day:
                row = rows[place][1]
                file.row(row)
                if place % 401 == 17 and row[8]:
                    file.row([f"{row[0]}x", *row[1:8], "neuf", *row[9:]])
                place += 1
            for asked, row in unanswered:
                if asked // DAY == day:
                    file.row(row)
            total += file.rows
    return {
        "truth/survey_requests": told,
        "surveys/flat": total,
        "surveys/qualtrics": write_qualtrics(out, cfg, qualtrics),
        "surveys/typeform": write_typeform(out, cfg, typeform),
    }


def _truth(out: Path, rows: list[tuple[int, Row]]) -> int:
    """One row a request: whether it was answered, and whether the words hold an idea."""
    found: dict[str, list[str]] = {}
    for _, row in rows:
        held = found.setdefault(row[0], [row[0], row[2], "false", "false"])
        if row[ANSWERED_AT]:
            held[2] = "true"
        if row[VERBATIM].endswith(IDEAS):
            held[3] = "true"
    path = out / "truth" / "survey_requests.csv"
    return write_csv(path, COLUMNS["truth/survey_requests"], sorted(found.values()))


def _answers(
    number: str,
    survey: str,
    happiness: float,
    lot: int,
    asked: int,
    answered: int | None,
    who: tuple[str, str],
    tail: Row,
    kinds: tuple[str, ...],
) -> Iterator[tuple[int, Row]]:
    """The questions of one response; the score follows the happiness between 0 and 1.

    A request that nobody answered (`answered` is None) has neither scores nor words.
    """
    questions = {
        "nps": ("Recommanderiez-vous Passerelle ?", 0, 10, "true"),
        "csat": ("Êtes-vous satisfait de cet échange ?", 1, 5, "true"),
        "ces": ("Il a été facile de traiter ma demande", 1, 7, "true"),
        "ces_v1": ("Quel effort avez-vous dû fournir ?", 1, 5, "false"),
        "verbatim": ("Dites-nous pourquoi", 0, 0, ""),
    }
    for kind in kinds:
        question, low, high, better = questions[kind]
        base = [number, f"{survey}_{kind}", survey, question, kind.removesuffix("_v1")]
        times = [iso(asked), iso(answered) if answered is not None else "", *who, *tail]
        if answered is None:
            yield asked, [*base, str(low), str(high), better, "", "", *times]
            continue
        if kind == "verbatim":
            yield answered, [*base, "", "", "", "", _verbatim(happiness, lot), *times]
            continue
        value = happiness if better == "true" else 1 - happiness
        score = low + min(high - low, int(value * (high - low + 1)))
        yield answered, [*base, str(low), str(high), better, str(score), "", *times]


def _after_calls(
    people: People,
    calls: Calls,
    advisers: Advisers,
    names: CallNames,
    ids: Ids,
    rng: np.random.Generator,
) -> list[tuple[int, Row]]:
    """Two calls in five are asked about, and two in five of those asked answer.

    Waits, transfers and the adviser's hand decide how.
    """
    out: list[tuple[int, Row]] = []
    ended = calls.ended_at
    draw = rng.random(len(calls))
    chosen = calls.is_answered & (draw < ASK_CALL) & (calls.direction == 0)
    noise = rng.normal(0, 0.16, len(calls))
    lag = rng.exponential(5 * HOUR, len(calls)).astype(np.int64)
    for call in np.flatnonzero(chosen).tolist():
        quality = float(advisers.quality[calls.adviser[call]]) / 80
        happy = 0.78 + quality + float(noise[call]) - float(calls.wait[call]) / 500
        happy -= 0.14 if calls.transfer[call] > 0 else 0.0
        happy -= 0.12 if int(calls.reason[call]) in (0, 4) else 0.0
        happy = min(0.999, max(0.0, happy))
        person = int(calls.person[call])
        if int(calls.caller[call]) == WITHHELD or call % 3 == 0:
            if person >= people.customers:
                continue
            who = ("customer_id", ids.customer(person))
        else:
            who = ("phone", spell_number(names.national(call), call))
        asked = int(ended[call]) + 900
        stage = "buy" if int(calls.reason[call]) == DEVIS else "support"
        easy = "ces_v1" if int(calls.format[call]) == FLAT else "ces"
        is_answered = draw[call] < ANSWER_CALL
        kinds = ("csat", easy, "verbatim") if call % 2 and is_answered else ("csat", easy)
        taker = adviser_id(int(calls.adviser[call]))
        tail = ["event", stage, "phone", taker, names.source_id(call)]
        number = f"RC{call + 1:08d}"
        answered = asked + 60 + int(lag[call]) if is_answered else None
        out += _answers(number, "apres_appel", happy, call, asked, answered, who, tail, kinds)
    return out


def _after_quotes(sessions: Sessions, ids: Ids, rng: np.random.Generator) -> list[tuple[int, Row]]:
    """Visitors of quotes are asked on the spot how easy it was."""
    out: list[tuple[int, Row]] = []
    rows = np.flatnonzero((sessions.kind == QUOTE) & (sessions.step >= 1))
    rows = rows[rng.random(rows.size) < 0.05]
    for row in rows.tolist():
        happy = min(0.999, max(0.0, 0.45 + 0.1 * int(sessions.step[row]) + rng.normal(0, 0.2)))
        asked = int(sessions.at[row] + sessions.seconds[row])
        visitor = ids.visitor(int(sessions.device[row]), int(sessions.at[row]))
        who = ("visitor_id", visitor)
        tail = ["event", "buy", "web", "", ""]
        kinds = ("ces", "verbatim") if row % 3 == 0 else ("ces",)
        number = f"RW{row + 1:08d}"
        out += _answers(number, "devis", happy, row, asked, asked + 45, who, tail, kinds)
    return out


def _at_random(
    cfg: WorldConfig, people: People, calls: Calls, ids: Ids, rng: np.random.Generator
) -> list[tuple[int, Row]]:
    """The monthly NPS: a random fifth of the customers is asked, one in three answers.

    Whoever was asked in vain by Qualtrics isn't told: its exports hold responses alone.
    """
    out: list[tuple[int, Row]] = []
    contacts = np.bincount(calls.person, minlength=len(people))
    draw = rng.random(people.customers)
    adults = ~people.is_minor[: people.customers]
    tail = ["random", "share", "email", "", ""]
    for person in np.flatnonzero((draw >= ANSWER_NPS) & (draw < ASK_NPS) & adults).tolist():
        number = f"RN{person + 1:08d}"
        if (person + 1) % 4:
            asked = cfg.start + person * 7919 % cfg.days * DAY + 8 * HOUR
            who = ("customer_id", ids.customer(person))
            out += _answers(number, "nps_relationnel", 0, 0, asked, None, who, tail, ("nps",))
    for person in np.flatnonzero((draw < ANSWER_NPS) & adults).tolist():
        happy = 0.80 + rng.normal(0, 0.2) - 0.05 * min(6, int(contacts[person]))
        happy = min(0.999, max(0.0, happy))
        asked = cfg.start + int(rng.integers(0, cfg.days)) * DAY + 8 * HOUR
        answered = asked + int(rng.exponential(20 * HOUR)) + 120
        who = ("email", ids.email(person)) if person % 2 else ("customer_id", ids.customer(person))
        number = f"RN{person + 1:08d}"
        kinds = ("nps", "verbatim") if person % 5 < 3 else ("nps",)
        out += _answers(number, "nps_relationnel", happy, person, asked, answered, who, tail, kinds)
    return out


def write_social(
    out: Path, cfg: WorldConfig, people: People, contracts: Contracts, ids: Ids
) -> dict[str, int]:
    """Write reviews (one file a day, edits delivered again) and the follows on record."""
    for name, source in (("reviews", ""), ("follows", "delivery: snapshot\n")):
        write_text(out / "social" / name / "_source.yml", f"time_zone: UTC\n{source}")
    reviews = _reviews(cfg, people, contracts, ids)
    total = 0
    for day in range(cfg.start // DAY, cfg.end // DAY + 1):
        path = out / "social" / "reviews" / f"reviews_{day_text(day)}.csv"
        rows = [row for at, row in reviews if at // DAY == day]
        total += write_csv(path, COLUMNS["social/reviews"], rows)
    path = out / "social" / "follows" / f"follows_{day_text(cfg.end // DAY)}.csv"
    follows = write_csv(path, COLUMNS["social/follows"], _follows(cfg, people, ids))
    posts = write_posts(out, cfg, people, ids)
    return {"social/reviews": total, "social/follows": follows, **posts}


def _reviews(
    cfg: WorldConfig, people: People, contracts: Contracts, ids: Ids
) -> list[tuple[int, Row]]:
    """Reviews with the second of each delivery: an edited one comes twice."""
    rng = cfg.rng(21)
    out: list[tuple[int, Row]] = []
    rows = np.flatnonzero(rng.random(len(contracts)) < 0.06 * cfg.days / 30)
    for number, contract in enumerate(rows.tolist()):
        person = int(contracts.person[contract])
        if people.is_minor[person] or people.is_company[person]:
            continue
        low = max(cfg.start, int(contracts.opened_at[contract]))
        at = low + int(rng.random() * (cfg.end - low))
        happy = min(0.999, max(0.0, 0.62 + rng.normal(0, 0.3)))
        handle = ids.handle(person) if people.has_handle[person] else f"client{number}"
        product = PRODUCTS[int(contracts.product[contract])].product_id
        reply_at = at + int(rng.exponential(1.5 * DAY))
        replied = number % 3 == 0 and reply_at < cfg.end
        words = _words(happy, number)
        known = ids.customer(person) if number % 2 else ""
        tail = [
            REPLIES[happy < 0.5] if replied else "",
            iso(reply_at) if replied else "",
            known,
        ]
        platform = ("avis_certifies", "magasin_app")[number % 4 == 0]
        language = "en" if words.startswith("Great") else "fr"
        head = [f"V{number + 1:07d}", platform, handle]
        rating = 1 + int(happy * 5)
        body = [words[:30], words, language, product, iso(at)]
        out.append((at, [*head, str(rating), "5", *body, "", *tail]))
        edited = at + 2 * DAY
        if number % 11 == 0 and edited < cfg.end:
            better = str(min(5, rating + 1))
            out.append((edited, [*head, better, "5", *body, iso(edited), *tail]))
    out.sort()
    return out


def _follows(cfg: WorldConfig, people: People, ids: Ids) -> Iterator[Row]:
    """Friends follow each other, people of one interest follow its accounts, some follow stars."""
    rng = cfg.rng(22)
    since = cfg.start - 400 * DAY
    circle = np.where(people.has_handle, people.friends, -1)
    top = int(people.friends.max()) + 1
    order, offsets = group_offsets(np.where(circle < 0, top, circle), top)
    for group in range(top):
        members: Ints = order[offsets[group] : offsets[group + 1]]
        for a in members.tolist():
            for b in members.tolist():
                if a != b and rng.random() < 0.75:
                    at = since + (a * 7919 + b * 104_729) % (390 * DAY)
                    until = iso(at + 300 * DAY) if (a + b) % 97 == 0 else ""
                    yield ["mastodon", ids.handle(a), ids.handle(b), iso(at), until]
    for person in np.flatnonzero(people.has_handle).tolist():
        at = iso(since + person * 7919 % (390 * DAY))
        group = int(people.interest[person])
        handle = ids.handle(person)
        if group >= 0:
            topic = INTERESTS[group % len(INTERESTS)]
            yield ["mastodon", handle, f"@club_{topic}_{group}", at, ""]
            if person % 3:
                yield ["mastodon", handle, f"@{topic}", at, ""]
        if person % 4 == 0:
            yield ["mastodon", handle, "@passerelle_assurances", at, ""]
        if rng.random() < 0.1:
            # A follow across circles, of somebody who may not follow back.
            other = int(rng.integers(0, len(people)))
            # Within a circle it may have been told above: a second date of one follow would have
            # the whole file withdrawn.
            is_across = circle[person] < 0 or circle[other] != circle[person]
            if people.has_handle[other] and other != person and is_across:
                until = "inconnu" if person % 499 == 0 else ""
                yield ["mastodon", handle, ids.handle(other), at, until]
