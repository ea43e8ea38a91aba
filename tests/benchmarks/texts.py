"""`python -m tests.benchmarks.texts FOLDER`: how well and how fast texts are classified.

FOLDER holds `banking77/train.csv` (Casanueva et al. 2020, CC BY 4.0: questions to a bank in
English, 77 reasons) and `french_nps_verbatims/nps.csv` (Benavent, CC0: why customers of a French
shop would
recommend it). Reasons: a split of our own, every fifth question of a reason by the order of its
digest is kept for the test; macro-F1. Sentiment: promoters against detractors by their words, five
folds; AUC. Texts a second: of one process, with the reading of words. Phrases have no training: for
banking77 they are the words of each reason's name, each weighed by how few reasons share it.
"""

from __future__ import annotations

import csv
import hashlib
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from orchestration.algorithms.text_models import CANDIDATES, margins
from orchestration.algorithms.texts import Taxonomy, codes_of, words_of

SEED = Path(__file__).parents[2] / "seeds" / "text_taxonomy.csv"


def banking(folder: Path) -> tuple[list[str], list[str], list[str], list[str]]:
    """Texts and reasons to learn from, texts and reasons to be judged on."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    with (folder / "banking77" / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_reason[row["category"]].append(row["text"])
    learnt: list[tuple[str, str]] = []
    judged: list[tuple[str, str]] = []
    for reason, texts in sorted(by_reason.items()):
        texts.sort(key=lambda text: hashlib.sha256(text.encode()).digest())
        for place, text in enumerate(texts):
            (judged if place % 5 == 0 else learnt).append((text, reason))
    return (
        [text for text, _ in learnt],
        [reason for _, reason in learnt],
        [text for text, _ in judged],
        [reason for _, reason in judged],
    )


def verbatims(folder: Path) -> tuple[list[str], np.ndarray]:
    """Words of promoters (1) and detractors (0)."""
    texts, promoters = [], []
    path = folder / "french_nps_verbatims" / "nps.csv"
    with path.open(encoding="latin-1", newline="") as file:
        for row in csv.DictReader(file):
            if row["nps"].isdigit() and row["explication"] not in ("", "NA"):
                score = int(row["nps"])
                if score >= 9 or score <= 6:
                    texts.append(row["explication"])
                    promoters.append(score >= 9)
    return texts, np.array(promoters, dtype=np.int64)


def by_names(texts: list[str], reasons: list[str]) -> list[str]:
    """The reason whose name shares the rarest words with the text."""
    names = {reason: set(words_of(reason.replace("_", " "))) for reason in sorted(set(reasons))}
    shared = Counter(word for words in names.values() for word in words)
    found = []
    for text in texts:
        words = set(words_of(text))
        found.append(
            max(names, key=lambda reason: sum(1 / shared[word] for word in words & names[reason]))
        )
    return found


def main(folder: Path) -> None:
    """Print the table of decision 0031."""
    texts, reasons, judged, truth = banking(folder)
    print(f"banking77: {len(texts):,} to learn from, {len(judged):,} judged")
    began = time.perf_counter()
    guessed = by_names(judged, reasons)
    rate = len(judged) / (time.perf_counter() - began)
    print(
        f"  {'phrases':18} macro-F1 {f1_score(truth, guessed, average='macro'):.3f} {rate:9,.0f}/s"
    )
    for name, candidate in CANDIDATES.items():
        began = time.perf_counter()
        model = candidate().fit(texts, reasons)
        learning = time.perf_counter() - began
        began = time.perf_counter()
        guessed = model.predict(judged)
        rate = len(judged) / (time.perf_counter() - began)
        score = f1_score(truth, guessed, average="macro")
        print(f"  {name:18} macro-F1 {score:.3f} {rate:9,.0f}/s, learnt in {learning:.1f} s")

    words, promoters = verbatims(folder)
    print(f"French verbatims: {promoters.sum():,} promoters, {(1 - promoters).sum():,} detractors")
    with SEED.open(encoding="utf-8", newline="") as file:
        taxonomy = Taxonomy.of(csv.DictReader(file))
    began = time.perf_counter()
    balances = [codes_of(text, taxonomy).balance for text in words]
    rate = len(words) / (time.perf_counter() - began)
    print(f"  {'phrases':18} AUC {roc_auc_score(promoters, balances):.3f} {rate:9,.0f}/s")
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    text_array = np.array(words, dtype=object)
    for name, candidate in CANDIDATES.items():
        told, seconds, began = np.zeros(len(words)), 0.0, time.perf_counter()
        for learnt, kept in folds.split(text_array, promoters):
            model = candidate().fit(text_array[learnt], promoters[learnt])
            asked = time.perf_counter()
            told[kept] = margins(model, text_array[kept])
            seconds += time.perf_counter() - asked
        learning = (time.perf_counter() - began - seconds) / 5
        auc = roc_auc_score(promoters, told)
        rate = len(words) / seconds
        print(f"  {name:18} AUC {auc:.3f} {rate:9,.0f}/s, learnt in {learning:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
