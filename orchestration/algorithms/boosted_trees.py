"""A calibrated model of a yes or no: small trees, grown on each other's errors, as plain numbers.

scikit-learn grows the trees (Friedman's stochastic gradient boosting, 2002). Categories are read as
the share of yes among their rows, drawn towards the mean where these are few; a row that trees grow
on has the share of the other folds' rows, so that its own answer isn't in it (Micci-Barreca, 2001).
Scores of rows that the trees weren't grown on are then turned into probabilities by a logistic
curve (Platt, 1999). The model is kept as JSON: reading one back runs no code, unlike a pickle.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import TargetEncoder

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Settings of the trees: small, and each on a part of rows and columns, against overfitting.
TREES = {
    "n_estimators": 120,
    "learning_rate": 0.04,
    "max_depth": 5,
    "subsample": 0.4,
    "max_features": 0.2,
    "min_samples_leaf": 100,
}
#: The mean of so many models from different seeds, as their draws differ.
SEEDS = 3
FOLDS = 5
#: A number that is missing is below all others.
MISSING = -1.0
NOTHING = "(none)"


@dataclass(frozen=True)
class Columns:
    """What the model reads: numbers as they are, categories as the share of yes by value.

    A value that the model has never seen has the share of all, `mean`.
    """

    numbers: tuple[str, ...]
    shares: dict[str, dict[str, float]]
    mean: float

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the matrix's columns."""
        return (*self.numbers, *self.shares)

    def matrix(self, rows: pa.Table) -> Floats:
        """Rows as numbers, a column each."""
        found = [_numbers(rows, name) for name in self.numbers]
        for name, shares in self.shares.items():
            values, place = np.unique(_texts(rows, name), return_inverse=True)
            known = np.array([shares.get(value, self.mean) for value in values.tolist()])
            found.append(known[place] if values.size else np.zeros(0))
        return np.column_stack(found)


def read(
    rows: pa.Table, answer: Bools, numbers: Sequence[str], categories: Sequence[str]
) -> tuple[Columns, Floats]:
    """Columns as `rows` teach them, and the rows as trees may grow on them."""
    own = [_numbers(rows, name) for name in numbers]
    mean = float(answer.mean())
    if not categories:
        return Columns(tuple(numbers), {}, mean), np.column_stack(own)
    texts = np.column_stack([_texts(rows, name) for name in categories])
    encoder = TargetEncoder(target_type="binary", cv=_parts())
    others = encoder.fit_transform(texts, answer)
    shares = {
        name: dict(zip(values.tolist(), of_yes.tolist(), strict=True))
        for name, values, of_yes in zip(
            categories, encoder.categories_, encoder.encodings_, strict=True
        )
    }
    return Columns(tuple(numbers), shares, mean), np.column_stack([*own, others])


def _numbers(rows: pa.Table, name: str) -> Floats:
    found: Floats = pc.fill_null(rows[name].cast(pa.float64()), MISSING).to_numpy()
    return found


def _texts(rows: pa.Table, name: str) -> npt.NDArray[np.object_]:
    texts = pc.fill_null(rows[name].cast(pa.string()), NOTHING).to_pylist()
    return np.array(texts, dtype=object)


@dataclass(frozen=True)
class Tree:
    """Nodes of a tree, from the root: a leaf's `left` is -1."""

    column: list[int]
    threshold: list[float]
    left: list[int]
    right: list[int]
    value: list[float]


@dataclass(frozen=True)
class Model:
    """`start` plus the trees' values is the score; `slope` and `offset` make it log odds."""

    columns: Columns
    start: float
    trees: tuple[Tree, ...]
    slope: float
    offset: float

    def scores(self, matrix: Floats) -> Floats:
        """What the trees say of each row, before calibration."""
        # as the trees were grown: scikit-learn compares single precision
        rows = matrix.astype(np.float32)
        return self.start + sum((_values(tree, rows) for tree in self.trees), np.zeros(len(rows)))

    def probabilities(self, matrix: Floats) -> Floats:
        """Calibrated probability of a yes of each row."""
        return calibrated(self.scores(matrix), self.slope, self.offset)

    def to_json(self) -> str:
        """The model as text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Model:
        """The model that `to_json` wrote."""
        kept = json.loads(text)
        columns = kept["columns"]
        return cls(
            Columns(tuple(columns["numbers"]), columns["shares"], columns["mean"]),
            kept["start"],
            tuple(Tree(**tree) for tree in kept["trees"]),
            kept["slope"],
            kept["offset"],
        )


def calibrated(scores: Floats, slope: float, offset: float) -> Floats:
    """Scores as probabilities, by the logistic curve."""
    return 1.0 / (1.0 + np.exp(-(slope * scores + offset)))


def grow(rows: pa.Table, answer: Bools, numbers: Sequence[str], categories: Sequence[str]) -> Model:
    """A model of `answer`, calibrated on scores of rows that the trees hadn't seen.

    `answer` must hold both yes and no, each at least as often as there are folds.
    """
    slope, offset = calibration(unseen_scores(rows, answer, numbers, categories), answer)
    model = boosted(rows, answer, numbers, categories)
    return replace(model, slope=slope, offset=offset)


def unseen_scores(
    rows: pa.Table, answer: Bools, numbers: Sequence[str], categories: Sequence[str]
) -> Floats:
    """Scores of each row by trees, and shares of categories, of the other folds alone."""
    scores = np.zeros(answer.size)
    for seen, unseen in folds(answer):
        model = boosted(rows.take(seen), answer[seen], numbers, categories)
        scores[unseen] = model.scores(model.columns.matrix(rows.take(unseen)))
    return scores


def folds(answer: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Rows to grow on and rows to judge by: five parts, drawn with a fixed seed, alike in yes."""
    yield from _parts().split(np.zeros((answer.size, 1)), answer)


def _parts() -> StratifiedKFold:
    return StratifiedKFold(FOLDS, shuffle=True, random_state=0)


def calibration(scores: Floats, answer: Bools) -> tuple[float, float]:
    """Slope and offset under which the scores' probabilities fit the answers best."""
    curve = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), answer)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def boosted(
    rows: pa.Table, answer: Bools, numbers: Sequence[str], categories: Sequence[str]
) -> Model:
    """A model whose scores are log odds as the trees have them, not calibrated."""
    columns, matrix = read(rows, answer, numbers, categories)
    rate = TREES["learning_rate"] / SEEDS
    trees = []
    for seed in range(SEEDS):
        grown = GradientBoostingClassifier(**TREES, random_state=seed).fit(matrix, answer)
        for part in (stage[0].tree_ for stage in grown.estimators_):
            values = (rate * part.value[:, 0, 0]).tolist()
            ways = (part.children_left.tolist(), part.children_right.tolist())
            trees.append(Tree(part.feature.tolist(), part.threshold.tolist(), *ways, values))
    start = float(np.log(columns.mean / (1 - columns.mean)))
    return Model(columns, start, tuple(trees), 1.0, 0.0)


def _values(tree: Tree, rows: npt.NDArray[np.float32]) -> Floats:
    column, left, right = (np.array(part) for part in (tree.column, tree.left, tree.right))
    threshold, value = np.array(tree.threshold), np.array(tree.value)
    node = np.zeros(len(rows), dtype=np.int64)
    going = np.flatnonzero(left[node] >= 0)
    while going.size:
        here = node[going]
        is_left = rows[going, column[here]] <= threshold[here]
        node[going] = np.where(is_left, left[here], right[here])
        going = going[left[node[going]] >= 0]
    found: Floats = value[node]
    return found
