"""Classifiers of texts, trained on a house's own coded texts, beside the phrases of its taxonomy.

Trained anew each run and kept nowhere: a vocabulary on disk would quote the texts. Which one, and
when, is decision 0031; tests/benchmarks/texts.py measures all of `CANDIDATES`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.svm import LinearSVC

from orchestration.algorithms.texts import Codes, Taxonomy, codes_of, words_of

Texts = npt.NDArray[np.object_]
FOLDS = 5
#: A class with fewer examples isn't learnt: five folds need each one in every training part.
LEAST_EXAMPLES = 10

CODES = pa.schema(
    [
        ("text_kind", pa.string()),
        ("record_id", pa.string()),
        ("method", pa.string()),
        ("theme", pa.string()),
        ("language", pa.string()),
        ("sentiment", pa.string()),
        ("balance", pa.float64()),
        ("emotion", pa.string()),
        ("contact_reason", pa.string()),
        ("irritant", pa.string()),
        ("idea", pa.string()),
        ("life_event", pa.string()),
        ("switching_threat", pa.string()),
    ]
)
CODE_KINDS = ("contact_reason", "irritant", "idea", "life_event", "switching_threat")
#: Texts that give a reason for a contact.
REASONED = frozenset({"transcript", "wrap_up"})
#: Not the customer's own words.
OTHERS_WORDS = frozenset({"wrap_up"})
#: A learnt sentiment is neutral within this of the border between praise and blame.
NEUTRAL_WITHIN = 0.2


def _plain_words(text: str) -> str:
    return " ".join(words_of(text))


def _word_weights() -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=_plain_words, token_pattern=r"\S+", ngram_range=(1, 2), sublinear_tf=True
    )


def _letter_weights() -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=_plain_words, analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True
    )


def _logistic() -> Pipeline:
    return make_pipeline(_word_weights(), LogisticRegression(C=10.0, max_iter=300))


def _support_vectors() -> Pipeline:
    return make_pipeline(_word_weights(), LinearSVC(C=0.5, random_state=0))


def _letters_and_words() -> Pipeline:
    both = make_union(_word_weights(), _letter_weights())
    return make_pipeline(both, LinearSVC(C=0.5, random_state=0))


def _naive_bayes() -> Pipeline:
    return make_pipeline(_word_weights(), ComplementNB(alpha=0.3))


CANDIDATES: dict[str, Callable[[], Pipeline]] = {
    "logistic": _logistic,
    "support_vectors": _support_vectors,
    "letters_and_words": _letters_and_words,
    "naive_bayes": _naive_bayes,
}


def margins(model: Pipeline, texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Of a model of two classes, how far each text lies on the side of the second."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(texts), dtype=np.float64)
    told = np.asarray(model.predict_proba(texts), dtype=np.float64)
    return told[:, 1] - told[:, 0]


def analyse(
    texts: pa.Table, taxonomy: pa.Table, *, method: str, least_texts: int, themes: Sequence[str]
) -> pa.Table:
    """Codes of texts, by text_kind and record_id; no words.

    `texts`: text_kind, record_id, told, language, and what is known beside the words: coded_reason
    (the adviser's), coded_sentiment (positive or negative, by the score given with the words).
    `taxonomy`: the seed. `method` is `taxonomy` or one of CANDIDATES; a classifier is trained on
    the coded texts once there are `least_texts` of them, and judges each coded text by the others
    alone. `themes` are kinds of codes: the first one found is the text's theme.

    Raises ValueError for an unknown method.
    """
    if method != "taxonomy" and method not in CANDIDATES:
        raise ValueError(f"no method {method!r}: taxonomy, {', '.join(CANDIDATES)}")
    rows = texts.sort_by([("text_kind", "ascending"), ("record_id", "ascending")]).to_pylist()
    phrases = Taxonomy.of(taxonomy.to_pylist())
    codes = [codes_of(row["told"], phrases, row["language"]) for row in rows]
    told = np.array([row["told"] for row in rows], dtype=object)
    reasons: list[str | None] = [None] * len(rows)
    balances: list[float | None] = [None] * len(rows)
    if method != "taxonomy":
        kinds = [row["text_kind"] for row in rows]
        spoken = np.array([kind in REASONED for kind in kinds], dtype=np.bool_)
        reasons = learnt(method, told, [row["coded_reason"] for row in rows], least_texts, spoken)
        balances = learnt_balances(
            method, told, [row["coded_sentiment"] for row in rows], least_texts
        )
    found = [
        _row(row, code, reason, balance, themes, method)
        for row, code, reason, balance in zip(rows, codes, reasons, balances, strict=True)
    ]
    return pa.Table.from_pylist(found, schema=CODES)


def _row(
    row: Mapping[str, object],
    codes: Codes,
    reason: str | None,
    balance: float | None,
    themes: Sequence[str],
    method: str,
) -> dict[str, object]:
    by_kind = dict(codes.by_kind)
    if reason is not None:
        by_kind["contact_reason"] = reason
    sentiment = codes.sentiment
    if balance is not None:
        is_neutral = abs(balance) < NEUTRAL_WITHIN
        sentiment = "neutral" if is_neutral else "positive" if balance > 0 else "negative"
    # An adviser's note tells what was asked, in the adviser's own tone.
    is_customer = row["text_kind"] not in OTHERS_WORDS
    return {
        "text_kind": row["text_kind"],
        "record_id": row["record_id"],
        "method": "taxonomy" if reason is None and balance is None else method,
        "language": codes.language,
        "theme": next((by_kind[kind] for kind in themes if kind in by_kind), None),
        "sentiment": sentiment if is_customer else None,
        "balance": (codes.balance if balance is None else balance) if is_customer else None,
        "emotion": codes.emotion if is_customer else None,
        **{kind: by_kind.get(kind) for kind in CODE_KINDS},
    }


def learnt(
    method: str,
    told: Texts,
    coded: Sequence[str | None],
    least_texts: int,
    asked: npt.NDArray[np.bool_],
) -> list[str | None]:
    """The code of each text that is asked for, learnt from the coded ones; all None if too few.

    A coded text is judged by a model that hasn't seen it, so agreement with its code means
    something.
    """
    counts = Counter(code for code in coded if code is not None)
    known = np.array([code is not None and counts[code] >= LEAST_EXAMPLES for code in coded])
    labels = np.array([code or "" for code in coded], dtype=object)
    found: list[str | None] = [None] * len(told)
    if known.sum() < least_texts or len(set(labels[known])) < 2:
        return found
    places = np.flatnonzero(known)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    for seen, kept in folds.split(places, labels[places]):
        model = CANDIDATES[method]().fit(told[places[seen]], labels[places[seen]])
        for place, code in zip(places[kept], model.predict(told[places[kept]]), strict=True):
            found[place] = str(code)
    others = np.flatnonzero(asked & ~known)
    if others.size:
        model = CANDIDATES[method]().fit(told[places], labels[places])
        for place, code in zip(others, model.predict(told[others]), strict=True):
            found[place] = str(code)
    return found


def learnt_balances(
    method: str, told: Texts, coded: Sequence[str | None], least_texts: int
) -> list[float | None]:
    """How far each text lies on the side of praise, in (-1, 1); all None if too few are coded."""
    counts = Counter(code for code in coded if code is not None)
    found: list[float | None] = [None] * len(told)
    if sum(counts.values()) < least_texts or min(counts["positive"], counts["negative"]) < FOLDS:
        return found
    places = np.array([place for place, code in enumerate(coded) if code is not None])
    labels = np.array([int(coded[place] == "positive") for place in places])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=1)
    for seen, kept in folds.split(places, labels):
        model = CANDIDATES[method]().fit(told[places[seen]], labels[seen])
        _note(found, places[kept], margins(model, told[places[kept]]))
    others = np.setdiff1d(np.arange(len(told)), places)
    if others.size:
        model = CANDIDATES[method]().fit(told[places], labels)
        _note(found, others, margins(model, told[others]))
    return found


def _note(
    found: list[float | None], places: npt.NDArray[np.intp], told: npt.NDArray[np.float64]
) -> None:
    for place, margin in zip(places.tolist(), np.tanh(told).tolist(), strict=True):
        found[place] = float(margin)
