"""What customers who buy again and again will still buy: BG/NBD and gamma-gamma.

BG/NBD: while active, a customer buys at a rate drawn from a gamma distribution (shape r, rate
alpha); after each purchase they leave with a probability drawn from a beta distribution (a, b).
Fader, Hardie and Lee, "Counting Your Customers the Easy Way", Marketing Science 24, 2005: the
likelihood is (6), the expected purchases (10).
Gamma-gamma: a customer's mean purchase varies around a value of their own. Fader and Hardie, "The
Gamma-Gamma Model of Monetary Value", 2013: the likelihood is (1a), the expected value (5).

Rows that are alike are one with a weight, so that a fit costs by kinds of customers, not by people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Floats = npt.NDArray[np.float64]

#: The parameters are searched as logarithms within these: beyond, likelihoods are flat or infinite.
LOG_BOUNDS = (-10.0, 10.0)


@dataclass(frozen=True)
class PurchaseModel:
    """BG/NBD: r, alpha (of the rate of buying, per unit of time), a, b (of leaving); its fit."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float


@dataclass(frozen=True)
class SpendModel:
    """Gamma-gamma: shape p of purchases, shape q and scale v of people; its fit."""

    p: float
    q: float
    v: float
    log_likelihood: float


def fit_purchases(frequency: Any, recency: Any, age: Any, weight: Any) -> PurchaseModel:
    """Fit BG/NBD by maximum likelihood.

    One entry per kind of customer: `frequency` repeat purchases, `recency` time from the first
    purchase to the last (0 without a repeat), `age` time from the first purchase until now, both
    in one unit; `weight` how many customers. Raises ValueError where no customer is given, where a
    recency exceeds its age, or where the search doesn't converge.
    """
    x, t_x, t, n = (
        np.asarray(part, dtype=np.float64) for part in (frequency, recency, age, weight)
    )
    if not n.sum() > 0:
        raise ValueError("no customers")
    if (t_x > t).any() or (t_x < 0).any() or (x < 0).any():
        raise ValueError("a recency lies outside of 0 and the age")

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        return -float((n * _log_likelihood(x, t_x, t, r, alpha, a, b)).sum() / n.sum())

    logs, least = _search(loss, np.log([1.0, max(float(t.mean()), 1e-6), 1.0, 1.0]))
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return PurchaseModel(r, alpha, a, b, -least * float(n.sum()))


def _log_likelihood(
    x: Floats, t_x: Floats, t: Floats, r: float, alpha: float, a: float, b: float
) -> Floats:
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    still_here = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + t)
    repeats = np.maximum(x, 1.0)
    gone = betaln(a + 1, b + repeats - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return np.asarray(
        shared + np.where(x > 0, np.logaddexp(still_here, gone), still_here), dtype=np.float64
    )


def expected_purchases(
    model: PurchaseModel, frequency: Any, recency: Any, age: Any, horizon: float
) -> Floats:
    """Purchases that each customer is expected to make within `horizon` from now, (10)."""
    x, t_x, t = (np.asarray(part, dtype=np.float64) for part in (frequency, recency, age))
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    if abs(a - 1) < 1e-9:
        a += 1e-6  # the formula divides by a - 1
    shape, ratio = r + x, (alpha + t) / (alpha + t + horizon)
    tail = hyp2f1(shape, b + x, a + b + x - 1, horizon / (alpha + t + horizon))
    number = (a + b + x - 1) / (a - 1) * (1 - ratio**shape * tail)
    return np.asarray(number * probability_active(model, x, t_x, t), dtype=np.float64)


def probability_active(model: PurchaseModel, frequency: Any, recency: Any, age: Any) -> Floats:
    """Probability, 0 to 1, that each customer will buy again; 1 before any repeat purchase."""
    x, t_x, t = (np.asarray(part, dtype=np.float64) for part in (frequency, recency, age))
    repeats = np.maximum(x, 1.0)
    log_odds_gone = np.log(model.a / (model.b + repeats - 1)) + (model.r + x) * np.log(
        (model.alpha + t) / (model.alpha + t_x)
    )
    return np.asarray(np.where(x > 0, 1 / (1 + np.exp(log_odds_gone)), 1.0), dtype=np.float64)


def fit_spend(frequency: Any, mean_value: Any, weight: Any) -> SpendModel:
    """Fit gamma-gamma by maximum likelihood on customers with a repeat purchase.

    One entry per kind of customer: `frequency` purchases (1 and more), `mean_value` their mean
    above 0, `weight` how many customers. Raises ValueError where there is none, a value isn't
    positive, or the search doesn't converge.
    """
    x, m, n = (np.asarray(part, dtype=np.float64) for part in (frequency, mean_value, weight))
    if not n.sum() > 0:
        raise ValueError("no customers")
    if (x < 1).any() or (m <= 0).any():
        raise ValueError("a customer without purchase or value")

    def loss(logs: Floats) -> float:
        p, q, v = np.exp(logs)
        each = (
            gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
            + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(x * m + v)
        )  # fmt: skip
        return -float((n * each).sum() / n.sum())

    logs, least = _search(loss, np.log([1.0, 2.0, max(float(np.average(m, weights=n)), 1e-6)]))
    p, q, v = (float(value) for value in np.exp(logs))
    return SpendModel(p, q, v, -least * float(n.sum()))


def expected_spend(model: SpendModel, frequency: Any, mean_value: Any) -> Floats:
    """Expected value of a customer's next purchases, (5): between their own mean and all people's.

    Without a repeat purchase it is all people's. Where q is 1 or less that mean doesn't exist, and
    the result is NaN.
    """
    x, m = (np.asarray(part, dtype=np.float64) for part in (frequency, mean_value))
    if model.q <= 1:
        return np.full(x.shape, np.nan)
    own = model.p * x / (model.p * x + model.q - 1)
    of_all = model.v * model.p / (model.q - 1)
    return np.asarray(own * np.where(x > 0, m, 0.0) + (1 - own) * of_all, dtype=np.float64)


def _search(loss: Any, start: Floats) -> tuple[Floats, float]:
    """The least loss: a simplex finds the valley, a gradient its floor."""
    first = minimize(loss, start, method="Nelder-Mead", options={"maxiter": 2000, "fatol": 1e-9})
    found = minimize(loss, first.x, method="L-BFGS-B", bounds=[LOG_BOUNDS] * start.size)
    best = found if found.fun <= first.fun else first
    if not np.isfinite(best.fun):
        raise ValueError("the model doesn't fit these purchases")
    return np.asarray(best.x, dtype=np.float64), float(best.fun)
