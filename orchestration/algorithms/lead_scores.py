"""How likely a call sells to a lead, and why: by rules of a seed, or by a model of past calls.

Rules give percentage points, added up. They decide until enough calls have ended; from then on the
model does. Either way a reason is the code of the rule's band that the lead's signal lies in, so
that words for it stand in one seed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.metrics import roc_auc_score

from orchestration.algorithms.boosted_trees import (
    FOLDS,
    MISSING,
    SEEDS,
    TREES,
    Model,
    boosted,
    calibrated,
    calibration,
    grow,
    unseen_scores,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NUMBERS = (
    "step_rate",
    "hours_since_sign",
    "visit_count",
    "inbound_call_count",
    "call_attempt_count",
    "contract_count",
    "customer_days",
    "complaint_count",
)
CATEGORIES = ("trigger", "product_id")
#: The rule of this signal holds for every lead.
EVERYBODY = "everybody"
REASONS = 3
#: A signal that changes the log odds by less is no reason.
LEAST_EFFECT = 0.05
LOWEST, HIGHEST = 0.001, 0.95
#: The oldest share of calls grows the model that is judged on the newest.
OLDER = 0.8
BINS = 10

MODEL = pa.schema(
    [
        ("model_version", pa.string()),
        ("method", pa.string()),
        ("lead_count", pa.int64()),
        ("sale_count", pa.int64()),
        ("parameters", pa.string()),
        ("measures", pa.string()),
    ]
)
MEASURES = pa.schema(
    [
        ("model_version", pa.string()),
        ("measure", pa.string()),
        ("item", pa.string()),
        ("value", pa.float64()),
        ("lead_count", pa.int64()),
    ]
)
SCORES = pa.schema(
    [
        ("candidate_id", pa.string()),
        ("sale_probability", pa.float64()),
        ("reasons", pa.string()),
        ("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Rule:
    """`points` per cent for leads whose signal is `category`, or lies in [at_least, below)."""

    reason_code: str
    signal: str
    category: str | None
    at_least: float
    below: float
    points: float

    def holds(self, leads: pa.Table) -> Bools:
        """Which leads it holds for; a missing number is none."""
        if self.signal == EVERYBODY:
            return np.ones(leads.num_rows, dtype=np.bool_)
        if self.category is not None:
            same = pc.equal(leads[self.signal].cast(pa.string()), self.category)
            found: Bools = pc.fill_null(same, False).to_numpy().astype(np.bool_)
            return found
        number = pc.fill_null(leads[self.signal].cast(pa.float64()), np.nan).to_numpy()
        within: Bools = (number >= self.at_least) & (number < self.below)
        return within


def rules_of(seed: pa.Table) -> list[Rule]:
    """Rules of the seed, by code: reason_code, signal, category, at_least, below, points."""
    rows = sorted(seed.to_pylist(), key=lambda row: str(row["reason_code"]))
    return [
        Rule(
            row["reason_code"],
            row["signal"],
            row["category"],
            -np.inf if row["at_least"] is None else float(row["at_least"]),
            np.inf if row["below"] is None else float(row["below"]),
            float(row["points"]),
        )
        for row in rows
    ]


def train(past: pa.Table, seed: pa.Table, least_leads: int, least_sales: int) -> pa.Table:
    """One row of MODEL: the model of past leads, or none while there are too few of them.

    `past`: lead_id, known_at, is_sold and the signals as they were at that time.
    """
    past = past.sort_by([("known_at", "ascending"), ("lead_id", "ascending")])
    is_sold = past["is_sold"].to_numpy(zero_copy_only=False).astype(np.bool_)
    leads, sales = is_sold.size, int(is_sold.sum())
    if leads < least_leads or min(sales, leads - sales) < max(least_sales, FOLDS):
        version = f"rules-{_digest(sorted(seed.to_pylist(), key=str))}"
        values = [version, "rules", leads, sales, None, json.dumps([])]
    else:
        version = f"trees-{_digest([TREES, SEEDS, past.to_pylist()])}"
        model = grow(past, is_sold, NUMBERS, CATEGORIES)
        kept = {"model": json.loads(model.to_json()), "bins": _bins(model, past)}
        measures = _measures(past, is_sold)
        values = [version, "trees", leads, sales, json.dumps(kept), json.dumps(measures)]
    return pa.table([[value] for value in values], schema=MODEL)


def score(candidates: pa.Table, trained: pa.Table, seed: pa.Table) -> pa.Table:
    """SCORES of `candidates` (candidate_id and the signals), by `trained`'s only row."""
    rules = rules_of(seed)
    (made,) = trained.to_pylist()
    holds = np.array([rule.holds(candidates) for rule in rules]).reshape(
        len(rules), candidates.num_rows
    )
    points = np.array([rule.points for rule in rules])
    if made["parameters"] is None:
        probability = points @ holds / 100.0
        effect = holds * points[:, None]
        effect[[rule.signal == EVERYBODY for rule in rules]] = 0.0
        least = 0.0
    else:
        model = Model.from_json(json.dumps(json.loads(made["parameters"])["model"]))
        matrix = model.columns.matrix(candidates)
        probability = model.probabilities(matrix)
        by_signal = _effects(model, matrix)
        nothing = np.zeros(candidates.num_rows)
        effect = holds * np.array([by_signal.get(rule.signal, nothing) for rule in rules])
        least = LEAST_EFFECT
    return pa.table(
        [
            candidates["candidate_id"],
            # the same on every machine: trees of sums differ in the last digits
            np.round(np.clip(probability, LOWEST, HIGHEST), 6),
            _reasons([rule.reason_code for rule in rules], effect, least, candidates.num_rows),
            [made["model_version"]] * candidates.num_rows,
        ],
        schema=SCORES,
    )


def measures_of(candidates: pa.Table, trained: pa.Table) -> pa.Table:
    """MEASURES of the model: how it did on calls it hadn't seen, and how today's leads differ.

    Drift is the population stability index, Σ (now - then) ln(now / then) over tenths of the
    leads it was grown on; by custom 0.1 is little and 0.25 is much.
    """
    (made,) = trained.to_pylist()
    rows = [tuple(row) for row in json.loads(made["measures"])]
    if made["parameters"] is not None and candidates.num_rows:
        kept = json.loads(made["parameters"])
        model = Model.from_json(json.dumps(kept["model"]))
        now = _values(model, candidates)
        for name, bins in sorted(kept["bins"].items()):
            value = _stability(np.array(bins["shares"]), _shares(now[name], bins["edges"]))
            rows.append(("drift", name, value, candidates.num_rows))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return pa.table([[made["model_version"]] * len(rows), *columns], schema=MEASURES)


def _digest(value: object) -> str:
    text = json.dumps(value, default=str, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _effects(model: Model, matrix: Floats) -> dict[str, Floats]:
    """By signal: how far the lead's log odds lie above those with the signal of a usual lead."""
    usual = np.median(matrix, axis=0) if len(matrix) else np.zeros(matrix.shape[1])
    scores = model.scores(matrix)
    found = {}
    for column, name in enumerate(model.columns.names):
        changed = matrix.copy()
        changed[:, column] = usual[column]
        found[name] = model.slope * (scores - model.scores(changed))
    return found


def _reasons(codes: list[str], effect: Floats, least: float, leads: int) -> list[str | None]:
    """Codes of the rules of most effect, joined by |; of equal ones the first by name."""
    if not leads or not codes:
        return [None] * leads
    order = np.argsort(-effect, axis=0, kind="stable")[:REASONS]
    return [
        "|".join(codes[rule] for rule in order[:, lead] if effect[rule, lead] > least) or None
        for lead in range(leads)
    ]


def _measures(past: pa.Table, is_sold: Bools) -> list[list[object]]:
    """Rows of measure, item, value, leads: all on leads that the trees weren't grown on."""
    scores = unseen_scores(past, is_sold, NUMBERS, CATEGORIES)
    probability = calibrated(scores, *calibration(scores, is_sold))
    base = float(is_sold.mean())
    rows: list[list[object]] = [
        ["auc", "shuffled", float(roc_auc_score(is_sold, scores)), is_sold.size],
        ["brier", "shuffled", float(np.mean((probability - is_sold) ** 2)), is_sold.size],
        ["sale_rate", "all", base, is_sold.size],
    ]
    split = int(OLDER * is_sold.size)
    older, newer = is_sold[:split], is_sold[split:]
    if 0 < newer.sum() < newer.size and FOLDS <= older.sum() <= older.size - FOLDS:
        model = boosted(past.slice(0, split), older, NUMBERS, CATEGORIES)
        later = model.scores(model.columns.matrix(past.slice(split)))
        rows.append(["auc", "time_ordered", float(roc_auc_score(newer, later)), newer.size])
    best_first = np.array_split(np.argsort(-probability, kind="stable"), BINS)
    for number, part in enumerate(best_first, start=1):
        item, leads = f"{number:02d}", int(part.size)
        rows.append(["lift", item, float(is_sold[part].mean() / base), leads])
        rows.append(["predicted_rate", item, float(probability[part].mean()), leads])
        rows.append(["observed_rate", item, float(is_sold[part].mean()), leads])
    return rows


def _values(model: Model, leads: pa.Table) -> dict[str, Floats]:
    """What drift is measured on: the score, and each number."""
    numbers = {
        name: pc.fill_null(leads[name].cast(pa.float64()), MISSING).to_numpy() for name in NUMBERS
    }
    return {"score": model.scores(model.columns.matrix(leads)), **numbers}


def _bins(model: Model, leads: pa.Table) -> dict[str, dict[str, list[float]]]:
    """Tenths of the leads that the model was grown on, by what drift is measured on."""
    found = {}
    for name, values in _values(model, leads).items():
        edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS)).tolist()
        found[name] = {"edges": edges, "shares": _shares(values, edges).tolist()}
    return found


def _shares(values: Floats, edges: list[float]) -> Floats:
    """Share of values in each bin, as if half a value more lay in each: none is empty."""
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) + 0.5
    shares: Floats = counts / counts.sum()
    return shares


def _stability(then: Floats, now: Floats) -> float:
    return float(np.sum((now - then) * np.log(now / then)))
