"""Counts by half hour, forecast from the calendar, beside a seasonal naive baseline.

The model is gradient-boosted trees with a Poisson loss (scikit-learn) on what is known ahead of
time: the clock, the day, holidays, the campaign calendar, opening hours. It learns which series
is how large, so all series of a measure share one model. The baseline repeats the same half hour
of the last week known. Both are judged on weeks that came after all that they were trained on, and
the one with the smaller squared error is the forecast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY = 48
WEEK = 7 * DAY
#: Each backtest forecasts a week from the days before it; at most so many weeks are held out.
FOLDS = 4
#: Less history than this teaches no model: the baseline is the forecast.
TRAINING = 2 * WEEK
TREES = 100
LEARNING_RATE = 0.1
#: Trees split a series off by its number; they take up to so many.
MOST_SERIES = 250
#: A forecast lies between its bounds four times in five.
BOUNDS = (0.1, 0.9)
DECIMALS = 6
METHODS = ("model", "naive")
#: Known ahead of time, and a number each; the day of the week is a code.
FEATURES = (
    "half_hour_of_day",
    "day_of_week",
    "is_public_holiday",
    "campaign_count",
    "peak_count",
    "is_open",
)
SLOT_COLUMNS = ("measure", "series", "slot", "came_count", *FEATURES)


@dataclass(frozen=True)
class Slots:
    """One measure: half hours by series, in order of series and half hour, without gaps.

    `names` are the series, `series` their numbers; `slot` counts half hours since 1970;
    `features` are known in advance, the first is the series; `count` is NaN where still to come.
    """

    names: tuple[str, ...]
    series: Ints
    slot: Ints
    features: Floats
    count: Floats

    @classmethod
    def of(cls, table: pa.Table) -> Slots:
        """From a table of SLOT_COLUMNS in any order of rows."""
        names = pc.unique(table["series"]).to_pylist()
        names.sort()
        series = pc.index_in(table["series"], pa.array(names, pa.string())).to_numpy()
        slot = table["slot"].to_numpy().astype(np.int64)
        order = np.lexsort((slot, series))
        columns = [table[name].cast(pa.float64()).to_numpy() for name in FEATURES]
        shared = np.minimum(series, MOST_SERIES - 1).astype(np.float64)
        return cls(
            names=tuple(names),
            series=series[order].astype(np.int64),
            slot=slot[order],
            features=np.column_stack([shared, *columns])[order],
            count=table["came_count"].cast(pa.float64()).to_numpy()[order],
        )

    @property
    def is_known(self) -> npt.NDArray[np.bool_]:
        """Rows that have been counted."""
        return np.isfinite(self.count)

    @property
    def end(self) -> int:
        """The first half hour that is still to come."""
        known = self.slot[self.is_known]
        return int(known.max()) + 1 if known.size else 0

    @property
    def history(self) -> int:
        """How many half hours are known of the longest series."""
        known = self.slot[self.is_known]
        return int(known.max() - known.min()) + 1 if known.size else 0


def naive(slots: Slots, origin: int) -> Floats:
    """The same half hour of the last week before `origin`; of a younger series, of the last day.

    A series without either is forecast by its mean so far, 0 where there is none.
    """
    known = slots.is_known & (slots.slot < origin)
    groups = len(slots.names)
    total = np.bincount(slots.series[known], slots.count[known], groups)
    seen = np.bincount(slots.series[known], minlength=groups)
    out: Floats = (total / np.maximum(seen, 1))[slots.series]
    width = int(slots.slot.max()) + 1
    keys = slots.series * width + slots.slot
    for period in (DAY, WEEK):
        back = np.maximum(1, -((origin - 1 - slots.slot) // period)) * period
        row = np.minimum(np.searchsorted(keys, keys - back), keys.size - 1)
        is_there = (keys[row] == keys - back) & known[row]
        out[is_there] = slots.count[row[is_there]]
    return out


def modelled(slots: Slots, origin: int) -> Floats:
    """What the trees expect of every row, having seen what came before `origin`."""
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    known = slots.is_known & (slots.slot < origin)
    if not slots.count[known].any():
        return np.zeros(slots.slot.size)
    trees = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=LEARNING_RATE,
        max_iter=TREES,
        categorical_features=[0, 1 + FEATURES.index("day_of_week")],
        early_stopping=False,
        random_state=0,
    )
    # Sums of several threads would differ in their last digits from run to run.
    with threadpool_limits(limits=1):
        trees.fit(slots.features[known], slots.count[known])
        out: Floats = trees.predict(slots.features)
    return out


def folds(slots: Slots) -> Iterator[tuple[int, npt.NDArray[np.bool_]]]:
    """Origins and the rows of the week after each, the oldest first."""
    for back in range(FOLDS, 0, -1):
        origin = slots.end - back * WEEK
        if origin - (slots.end - slots.history) >= TRAINING:
            week = (slots.slot >= origin) & (slots.slot < origin + WEEK)
            yield origin, slots.is_known & week


@dataclass(frozen=True)
class Backtest:
    """Errors of a method over all held-out rows; `spread` is the variance over the forecast."""

    method: str
    fold_count: int
    row_count: int
    actual: float
    mean_error: float
    mean_absolute_error: float
    root_mean_squared_error: float
    spread: float

    @property
    def absolute_error_ratio(self) -> float | None:
        """Sum of absolute errors over the sum of what came (WAPE)."""
        if not self.actual:
            return None
        return self.mean_absolute_error * self.row_count / self.actual


def backtests(slots: Slots) -> list[Backtest]:
    """Both methods on the same weeks; empty where history is too short to hold one out."""
    told: dict[str, list[Floats]] = {method: [] for method in METHODS}
    came: list[Floats] = []
    for origin, held in folds(slots):
        came.append(slots.count[held])
        told["model"].append(modelled(slots, origin)[held])
        told["naive"].append(naive(slots, origin)[held])
    if not came:
        return []
    actual = np.concatenate(came)
    return [_errors(m, len(came), actual, np.concatenate(told[m])) for m in METHODS]


def _errors(method: str, count: int, actual: Floats, told: Floats) -> Backtest:
    error = told - actual
    floor = np.maximum(told, 0.05)
    return Backtest(
        method=method,
        fold_count=count,
        row_count=int(actual.size),
        actual=float(actual.sum()),
        mean_error=float(error.mean()),
        mean_absolute_error=float(np.abs(error).mean()),
        root_mean_squared_error=float(np.sqrt((error**2).mean())),
        spread=float((error**2).sum() / floor.sum()),
    )


def chosen(results: list[Backtest]) -> str:
    """The method with the smaller squared error; the baseline where nothing could be measured."""
    if not results:
        return "naive"
    return min(results, key=lambda one: one.root_mean_squared_error).method


def bounds(expected: Floats, spread: float) -> tuple[Floats, Floats]:
    """Counts that the outcome lies between four times in five.

    Poisson, or negative binomial where the backtests varied more than that (`spread` above 1).
    """
    from scipy import stats

    mean = np.maximum(expected, 1e-9)
    if spread > 1.0 + 1e-9:
        found = stats.nbinom(mean / (spread - 1.0), 1.0 / spread)
    else:
        found = stats.poisson(mean)
    low, high = (np.asarray(found.ppf(share), dtype=np.float64) for share in BOUNDS)
    return low, high


def by_measure(table: pa.Table) -> dict[str, Slots]:
    """The slots of each measure of a table of SLOT_COLUMNS."""
    measures = sorted(pc.unique(table["measure"]).to_pylist())
    return {m: Slots.of(table.filter(pc.equal(table["measure"], m))) for m in measures}


def backtest_table(table: pa.Table) -> pa.Table:
    """Errors by measure and method (BACKTEST_SCHEMA), of a table of SLOT_COLUMNS."""
    rows: list[dict[str, object]] = []
    for measure, slots in by_measure(table).items():
        results = backtests(slots)
        rows += [
            {
                "measure": measure,
                "method": one.method,
                "fold_count": one.fold_count,
                "row_count": one.row_count,
                "mean_count": round(one.actual / one.row_count, DECIMALS),
                "mean_error": round(one.mean_error, DECIMALS),
                "mean_absolute_error": round(one.mean_absolute_error, DECIMALS),
                "root_mean_squared_error": round(one.root_mean_squared_error, DECIMALS),
                "absolute_error_ratio": (
                    None
                    if one.absolute_error_ratio is None
                    else round(one.absolute_error_ratio, DECIMALS)
                ),
                "spread": round(one.spread, DECIMALS),
                "is_chosen": one.method == chosen(results),
            }
            for one in results
        ]
    return pa.Table.from_pylist(rows, schema=BACKTEST_SCHEMA)


def forecast_table(table: pa.Table, tests: pa.Table) -> pa.Table:
    """Forecasts of the half hours to come (FORECAST_SCHEMA), by what the backtests chose."""
    best = {row["measure"]: row for row in tests.to_pylist() if row["is_chosen"]}
    parts = [FORECAST_SCHEMA.empty_table()]
    for measure, slots in by_measure(table).items():
        ahead = ~slots.is_known & (slots.slot >= slots.end)
        by_naive = naive(slots, slots.end)
        by_model = modelled(slots, slots.end) if slots.history >= TRAINING else None
        test = best.get(measure, {"method": "naive", "spread": 1.0})
        is_model = test["method"] == "model" and by_model is not None
        expected = by_model if is_model and by_model is not None else by_naive
        low, high = bounds(expected[ahead], test["spread"])
        count = int(ahead.sum())
        nothing = pa.nulls(count, pa.float64())
        columns = [
            pa.array([measure] * count, pa.string()),
            pa.array(np.array(slots.names, dtype=object)[slots.series[ahead]], pa.string()),
            pa.array(slots.slot[ahead]),
            nothing if by_model is None else pa.array(np.round(by_model[ahead], DECIMALS)),
            pa.array(np.round(by_naive[ahead], DECIMALS)),
            pa.array(np.round(expected[ahead], DECIMALS)),
            pa.array(low),
            pa.array(high),
            pa.array(["model" if is_model else "naive"] * count, pa.string()),
        ]
        parts.append(pa.Table.from_arrays(columns, schema=FORECAST_SCHEMA))
    return pa.concat_tables(parts)


BACKTEST_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("method", pa.string()),
        ("fold_count", pa.int64()),
        ("row_count", pa.int64()),
        ("mean_count", pa.float64()),
        ("mean_error", pa.float64()),
        ("mean_absolute_error", pa.float64()),
        ("root_mean_squared_error", pa.float64()),
        ("absolute_error_ratio", pa.float64()),
        ("spread", pa.float64()),
        ("is_chosen", pa.bool_()),
    ]
)
FORECAST_SCHEMA = pa.schema(
    [
        ("measure", pa.string()),
        ("series", pa.string()),
        ("slot", pa.int64()),
        ("model_count", pa.float64()),
        ("naive_count", pa.float64()),
        ("expected_count", pa.float64()),
        ("low_count", pa.float64()),
        ("high_count", pa.float64()),
        ("method", pa.string()),
    ]
)
