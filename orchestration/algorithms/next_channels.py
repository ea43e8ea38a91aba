"""Which channel a customer will use next: by behaviour and value, and by who they are.

Each customer's last contact is the answer; what was known before it is what a model reads. The
models are one kind, multinomial logistic regression (scikit-learn), and differ in what they read
only, so their comparison is one of data; how strongly each is held back it chooses on customers of
its own. Each is judged on customers that it hasn't seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.str_]

CHANNELS = ("web", "app", "phone", "chat", "branch", "email", "sms")
#: What each model reads; `most_common` reads nothing.
MODELS = {
    "most_common": (),
    "demographic": ("demographic",),
    "behaviour_value": ("behaviour",),
    "both": ("demographic", "behaviour"),
}
BASELINE = "demographic"
CHOSEN = "behaviour_value"
FOLDS = 5
#: Fewer customers than this teach and prove nothing.
LEAST = 200
#: Ages are bands of so many years, missing ones a band of their own.
AGE_BAND = 10
#: Values of fewer customers than this are one category together.
RARE = 30
#: How far a model may follow its data (inverse of the penalty): each chooses for itself.
FREEDOMS = (0.01, 0.1, 1.0)
Z = 1.959963984540054
DECIMALS = 6
FLOOR = 1e-6


@dataclass(frozen=True)
class Examples:
    """Customers in order of their sample key: what is known of each, and the next channel.

    `features` by kind are matrices with a row per customer; `answer` are numbers of CHANNELS.
    """

    features: dict[str, Floats]
    answer: Ints
    fold: Ints

    def matrix(self, model: str) -> Floats:
        """What a model reads."""
        return np.column_stack([self.features[kind] for kind in MODELS[model]])


def read(rows: pa.Table, *, is_before: bool) -> Examples:
    """Examples of `int_contact_centre__channel_examples`.

    `is_before` reads what was known before the last contact, else what is known now.
    """
    rows = rows.sort_by("sample_key")
    last = _channel(rows["last_channel"])
    previous = _channel(rows["previous_channel"])
    counts = np.column_stack([_numbers(rows, f"{name}_count") for name in CHANNELS])
    if is_before:
        counts[np.arange(last.size), last] -= 1
    latest = previous if is_before else last
    days = _numbers(rows, "days_before" if is_before else "days_now")
    premium = _numbers(rows, "premium_before_eur" if is_before else "premium_eur")
    total = counts.sum(axis=1, keepdims=True)
    known = latest >= 0
    habits = np.zeros((last.size, len(CHANNELS)))
    habits[np.flatnonzero(known), latest[known]] = 1
    behaviour = np.column_stack(
        [
            np.log1p(counts),
            counts / np.maximum(total, 1),
            habits,
            np.log1p(np.maximum(days, 0)),
            np.log1p(np.maximum(premium, 0)) / 5,
        ]
    )
    age = _numbers(rows, "age")
    band = np.where(np.isnan(age), -1, np.minimum(age, 120) // AGE_BAND).astype(np.int64)
    demographic = np.column_stack(
        [
            _one_hot(band.astype(np.str_)),
            _one_hot(_texts(rows, "department_code")),
            _one_hot(_texts(rows, "customer_kind")),
        ]
    )
    key = rows["sample_key"].cast(pa.int64()).to_numpy()
    return Examples(
        {"demographic": demographic, "behaviour": np.nan_to_num(behaviour)}, last, key % FOLDS
    )


def _channel(column: pa.ChunkedArray) -> Ints:
    """Numbers of CHANNELS, -1 for none."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(CHANNELS)), -1)
    numbers: Ints = found.cast(pa.int64()).to_numpy()
    return numbers


def _numbers(rows: pa.Table, name: str) -> Floats:
    found = rows[name].cast(pa.float64()).to_numpy(zero_copy_only=False)
    numbers: Floats = found.astype(np.float64, copy=True)
    return numbers


def _texts(rows: pa.Table, name: str) -> Texts:
    return np.array(pc.fill_null(rows[name].cast(pa.string()), "").to_pylist(), dtype=np.str_)


def _one_hot(values: Texts) -> Floats:
    names, place, count = np.unique(values, return_inverse=True, return_counts=True)
    values = np.where(count[place] < RARE, "rare", values)
    names, place = np.unique(values, return_inverse=True)
    found = np.zeros((values.size, names.size))
    found[np.arange(values.size), place] = 1
    return found


def _fitted(model: str, features: Floats, answer: Ints, asked: Floats, freedom: float) -> Floats:
    """Probability of each channel for the rows asked."""
    out = np.zeros((asked.shape[0], len(CHANNELS)))
    names, count = np.unique(answer, return_counts=True)
    if not MODELS[model] or names.size == 1:
        out[:, names] = count / answer.size
        return out
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # Sums of several threads would differ in their last digits from run to run.
    with threadpool_limits(limits=1):
        curve = LogisticRegression(C=freedom, max_iter=500).fit(features, answer)
        out[:, curve.classes_] = curve.predict_proba(asked)
    return out


def _freedom(model: str, features: Floats, answer: Ints, fold: Ints) -> float:
    """The freedom that does best on the last of the folds given, learnt from the others."""
    held = fold == fold.max()
    if not MODELS[model] or held.all():
        return FREEDOMS[-1]
    losses = [
        log_loss(_fitted(model, features[~held], answer[~held], features[held], c), answer[held])
        for c in FREEDOMS
    ]
    return FREEDOMS[int(np.argmin(losses))]


def log_loss(chance: Floats, answer: Ints) -> float:
    """Mean of -ln of the probability that the answer was given."""
    return float(-np.log(np.maximum(chance[np.arange(answer.size), answer], FLOOR)).mean())


def held_out(examples: Examples, model: str) -> Floats:
    """Probabilities for each customer by a model of the other folds' customers."""
    features = examples.matrix(model) if MODELS[model] else np.zeros((examples.answer.size, 0))
    out = np.zeros((examples.answer.size, len(CHANNELS)))
    for fold in range(FOLDS):
        held = examples.fold == fold
        if held.any() and not held.all():
            known, answer = features[~held], examples.answer[~held]
            freedom = _freedom(model, known, answer, examples.fold[~held])
            out[held] = _fitted(model, known, answer, features[held], freedom)
    return out


def comparison(rows: pa.Table, most: int) -> pa.Table:
    """Held-out accuracy of every model, at most `most` customers; empty below LEAST of them.

    The difference to the demographic model is paired: both are right or wrong on the same
    customers, and only those on whom they differ count (McNemar, Psychometrika 12, 1947).
    """
    examples = read(_sample(rows, most), is_before=True)
    size = examples.answer.size
    told: list[dict[str, object]] = []
    right: dict[str, npt.NDArray[np.bool_]] = {}
    for model in MODELS if size >= LEAST else ():
        chance = held_out(examples, model)
        right[model] = chance.argmax(axis=1) == examples.answer
        low, high = wilson(int(right[model].sum()), size)
        told.append(
            {
                "model": model,
                "example_count": size,
                "correct_count": int(right[model].sum()),
                "accuracy_rate": _rounded(right[model].mean()),
                "accuracy_low": _rounded(low),
                "accuracy_high": _rounded(high),
                "log_loss": _rounded(log_loss(chance, examples.answer)),
            }
        )
    for row in told:
        row |= _paired(right[str(row["model"])], right[BASELINE])
        row["is_chosen"] = row["model"] == CHOSEN
    return pa.Table.from_pylist(told, schema=COMPARISON)


def _paired(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> dict[str, object]:
    gained, lost, size = int((first & ~second).sum()), int((second & ~first).sum()), first.size
    difference = (gained - lost) / size
    margin = Z * float(np.sqrt(max(gained + lost - (gained - lost) ** 2 / size, 0.0))) / size
    low, high = difference - margin, difference + margin
    verdict = "better" if low > 0 else "worse" if high < 0 else "no_difference"
    return {
        "accuracy_difference": _rounded(difference),
        "difference_low": _rounded(low),
        "difference_high": _rounded(high),
        "verdict": verdict,
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Bounds of the 95 % interval of a share (Wilson, JASA 22, 1927)."""
    middle = successes + Z * Z / 2
    margin = Z * float(np.sqrt(successes * (trials - successes) / trials + Z * Z / 4))
    return (middle - margin) / (trials + Z * Z), (middle + margin) / (trials + Z * Z)


def choices(rows: pa.Table, most: int) -> pa.Table:
    """The channel that each customer most likely uses next, and how likely.

    Below LEAST customers it is the last one used, without a probability.
    """
    rows = rows.sort_by("sample_key")
    now = read(rows, is_before=False)
    if len(rows) < LEAST:
        return _choices(rows, now.answer, [None] * len(rows), "last_channel")
    before = read(_sample(rows, most), is_before=True)
    known = before.matrix(CHOSEN)
    freedom = _freedom(CHOSEN, known, before.answer, before.fold)
    chance = _fitted(CHOSEN, known, before.answer, now.matrix(CHOSEN), freedom)
    best = chance.argmax(axis=1)
    likely = [_rounded(value) for value in chance[np.arange(best.size), best]]
    return _choices(rows, best, likely, CHOSEN)


def _choices(rows: pa.Table, best: Ints, likely: Sequence[float | None], model: str) -> pa.Table:
    return pa.table(
        {
            "person_id": rows["person_id"].cast(pa.string()),
            "recommended_channel": pa.array([CHANNELS[number] for number in best], pa.string()),
            "probability": pa.array(likely, pa.float64()),
            "model": pa.array([model] * len(rows), pa.string()),
        }
    )


def _sample(rows: pa.Table, most: int) -> pa.Table:
    """The customers with the lowest sample keys, which are hashes: a fixed random sample."""
    return rows.sort_by("sample_key").slice(0, most)


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS)


COMPARISON = pa.schema(
    [
        ("model", pa.string()),
        ("example_count", pa.int64()),
        ("correct_count", pa.int64()),
        ("accuracy_rate", pa.float64()),
        ("accuracy_low", pa.float64()),
        ("accuracy_high", pa.float64()),
        ("log_loss", pa.float64()),
        ("accuracy_difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("verdict", pa.string()),
        ("is_chosen", pa.bool_()),
    ]
)
