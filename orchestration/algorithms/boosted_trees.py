"""A calibrated model of a yes or no: small trees, grown on each other's errors, kept as plain numbers.

scikit-learn grows the trees (Friedman's stochastic gradient boosting, 2002). Their scores on rows
that they weren't grown on are then turned into probabilities by a logistic curve (Platt, 1999). The
model is kept as JSON, so that reading one back runs no code, unlike a pickle.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Settings of the trees: many, small and each on a part of rows and columns, against overfitting.
TREES = {
    "n_estimators": 200,
    "learning_rate": 0.05,
    "max_depth": 5,
    "subsample": 0.5,
    "max_features": 0.15,
    "min_samples_leaf": 30,
    "random_state": 0,
}
FOLDS = 5
#: Values of a category that fewer rows have are one value.
RARE = 20
#: A number that is missing is below all others.
MISSING = -1.0


@dataclass(frozen=True)
class Columns:
    """What the model reads: numbers as they are, categories as a yes or no for each value."""

    numbers: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: pa.Table, numbers: Sequence[str], categories: Sequence[str]) -> Columns:
        """Columns with the values of each category that are not rare in `rows`."""
        kept = {}
        for name in categories:
            counts = pc.value_counts(rows[name].cast(pa.string()))
            pairs = zip(counts.field(0).to_pylist(), counts.field(1).to_pylist(), strict=True)
            kept[name] = tuple(sorted(v for v, count in pairs if v is not None and count >= RARE))
        return cls(tuple(numbers), kept)

    def matrix(self, rows: pa.Table) -> Floats:
        """Rows as numbers, a column for each number and each value of a category."""
        columns = [
            pc.fill_null(rows[name].cast(pa.float64()), MISSING).to_numpy() for name in self.numbers
        ]
        for name, values in self.categories.items():
            place = pc.index_in(rows[name].cast(pa.string()), pa.array(values, pa.string()))
            found = pc.fill_null(place, -1).to_numpy()
            columns += [(found == number).astype(np.float64) for number in range(len(values))]
        return np.column_stack(columns) if columns else np.zeros((rows.num_rows, 0))

    def sources(self) -> tuple[str, ...]:
        """The column of `rows` that each column of the matrix comes from."""
        spread = [name for name, values in self.categories.items() for _ in values]
        return (*self.numbers, *spread)


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
        values = {name: tuple(values) for name, values in columns["categories"].items()}
        return cls(
            Columns(tuple(columns["numbers"]), values),
            kept["start"],
            tuple(Tree(**tree) for tree in kept["trees"]),
            kept["slope"],
            kept["offset"],
        )


def calibrated(scores: Floats, slope: float, offset: float) -> Floats:
    """Scores as probabilities, by the logistic curve."""
    return 1.0 / (1.0 + np.exp(-(slope * scores + offset)))


def grow(columns: Columns, matrix: Floats, answer: Bools) -> Model:
    """A model of `answer`, calibrated on scores of rows that the trees hadn't seen.

    `answer` must hold both yes and no, each at least as often as there are folds.
    """
    slope, offset = calibration(unseen_scores(columns, matrix, answer), answer)
    start, trees = _boost(matrix, answer)
    return Model(columns, start, trees, slope, offset)


def unseen_scores(columns: Columns, matrix: Floats, answer: Bools) -> Floats:
    """Scores of each row by trees grown on the other folds."""
    scores = np.zeros(answer.size)
    for seen, unseen in folds(answer):
        start, trees = _boost(matrix[seen], answer[seen])
        scores[unseen] = Model(columns, start, trees, 1.0, 0.0).scores(matrix[unseen])
    return scores


def folds(answer: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Rows to grow on and rows to judge by: five parts, drawn with a fixed seed, alike in yes."""
    parts = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    yield from parts.split(np.zeros((answer.size, 1)), answer)


def calibration(scores: Floats, answer: Bools) -> tuple[float, float]:
    """Slope and offset under which the scores' probabilities fit the answers best."""
    curve = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), answer)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])


def _boost(matrix: Floats, answer: Bools) -> tuple[float, tuple[Tree, ...]]:
    grown = GradientBoostingClassifier(**TREES).fit(matrix, answer)
    rate = TREES["learning_rate"]
    trees = [
        Tree(
            part.feature.tolist(),
            part.threshold.tolist(),
            part.children_left.tolist(),
            part.children_right.tolist(),
            (rate * part.value[:, 0, 0]).tolist(),
        )
        for part in (stage[0].tree_ for stage in grown.estimators_)
    ]
    share = float(answer.mean())
    return float(np.log(share / (1 - share))), tuple(trees)


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
