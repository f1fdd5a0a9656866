"""The linear part of a churn model: a penalised logistic regression beside each booster.

Trees see thresholds and joint effects, a line sees slow and even slopes; blended they err less
than either. Every term is centred, so what it adds to the margin is its SHAP contribution.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tools.models.calibration import logit, sigmoid
from tools.models.features import Layout
from tools.models.frames import Clients, Floats

PENALTY_CLIENTS: Final = 5.0
"""Precision of the belief that a term does nothing, in clients."""
TAIL: Final = 0.01
"""Share of the values at either end that are drawn in to the rest."""
MIN_EMPTY_ROWS: Final = 30
"""Fewer empty cells do not tell what emptiness means."""
_STEPS: Final = 300
_WAYS: Final = {-1: (-np.inf, 0.0), 0: (-np.inf, np.inf), 1: (0.0, np.inf)}
"""Bounds of a coefficient by the sign of its feature."""
_CHUNK_ROWS: Final = 50_000
"""A million rows of terms at once would take a gigabyte."""

Columns = NDArray[np.int64]
Bounds = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a row becomes centred terms; a value missing or never seen is neutral.

    Attributes:
        numbers: Columns of quantities.
        low: Lowest value of each on the signed logarithmic scale; lower ones count as this.
        high: Highest value, alike.
        mean: Mean on that scale; an empty cell counts as this.
        scale: Standard deviation on that scale.
        flagged: Quantities whose emptiness is a term of its own.
        empty: Share of empty cells in each.
        words: Category of each level.
        codes: Code of each level.
        common: Share of each level among the known values.
    """

    numbers: Columns
    low: Floats
    high: Floats
    mean: Floats
    scale: Floats
    flagged: Columns
    empty: Floats
    words: Columns
    codes: Floats
    common: Floats

    @classmethod
    def fit(cls, X: Floats, layout: Layout) -> Self:
        """Learn the terms of a design; outcomes play no part."""
        missing = np.isnan(X)
        quantity = np.array([kind == "q" for kind in layout.types], dtype=bool)
        numbers = np.flatnonzero(quantity & ~missing.all(axis=0))
        values = _signed_log(X[:, numbers])
        low, high = (np.nanquantile(values, tail, axis=0) for tail in (TAIL, 1 - TAIL))
        drawn_in = np.clip(values, low, high)
        flagged = np.flatnonzero(quantity & (missing.sum(axis=0) >= MIN_EMPTY_ROWS))
        words, codes, common = _levels(X, np.flatnonzero(~quantity))
        return cls(
            numbers=numbers,
            low=low,
            high=high,
            mean=np.nanmean(drawn_in, axis=0),
            scale=np.maximum(np.nanstd(drawn_in, axis=0), 1e-6),
            flagged=flagged,
            empty=missing[:, flagged].mean(axis=0),
            words=words,
            codes=codes,
            common=common,
        )

    @property
    def columns(self) -> Columns:
        """Column each term comes from."""
        return np.concatenate([self.numbers, self.flagged, self.words])

    def of(self, X: Floats) -> Floats:
        """Turn a design into (rows, terms)."""
        values = np.clip(_signed_log(X[:, self.numbers]), self.low, self.high)
        quantities = np.nan_to_num((values - self.mean) / self.scale)
        flags = np.isnan(X[:, self.flagged]) - self.empty
        words = X[:, self.words]
        levels = np.where(np.isnan(words), 0.0, (words == self.codes) - self.common)
        return np.concatenate([quantities, flags, levels], axis=1)

    def bounds(self, layout: Layout) -> Bounds:
        """Bound the coefficients, the intercept last: a quantity pushes as its column may."""
        free = [_WAYS[0]] * (self.flagged.size + self.words.size + 1)
        return [_WAYS[layout.signs[column]] for column in self.numbers] + free


@dataclass(frozen=True, slots=True)
class Line:
    """Logistic regressions on the same terms, one a member.

    Attributes:
        share: Their part in the margin of the whole; the trees have the rest.
        intercepts: (members,) margins of the average row.
        coefficients: (members, terms) log-odds.
    """

    share: float
    terms: Terms
    intercepts: Floats
    coefficients: Floats

    def margins(self, X: Floats) -> Floats:
        """Score rows: (members, rows) log-odds."""
        chunks = range(0, max(X.shape[0], 1), _CHUNK_ROWS)
        pushes = [self.coefficients @ self.terms.of(X[i : i + _CHUNK_ROWS]).T for i in chunks]
        return np.concatenate(pushes, axis=1) + self.intercepts[:, None]

    def contributions(self, X: Floats) -> Floats:
        """Explain rows: (rows, columns + 1), the terms of a column added up, the base last."""
        pushes = self.terms.of(X) * self.coefficients.mean(axis=0)
        by_column = pushes @ np.eye(X.shape[1])[self.terms.columns]
        return np.append(by_column, np.full((X.shape[0], 1), self.intercepts.mean()), axis=1)


def penalty_of(clients: Clients) -> float:
    """Weigh the penalty in rows: a client's snapshots are near copies of one another."""
    return PENALTY_CLIENTS * clients.size / np.unique(clients).size


def fit_member(Z: Floats, y: Floats, weights: Floats, bounds: Bounds, penalty: float) -> Floats:
    """Fit one logistic regression by bounded L-BFGS.

    Args:
        Z: (rows, terms) centred terms.
        y: (rows,) outcomes.
        weights: (rows,) times each row was drawn.
        bounds: What each coefficient may be, the intercept last.
        penalty: Precision of the belief that a term does nothing.

    Returns:
        (terms + 1,) coefficients, the intercept last.
    """
    drawn = weights > 0
    rows, lost, times = Z[drawn], y[drawn], weights[drawn]

    def loss(beta: Floats) -> tuple[float, Floats]:
        slopes, margin = beta[:-1], rows @ beta[:-1] + beta[-1]
        value = times @ (np.logaddexp(0, margin) - lost * margin) + penalty / 2 * slopes @ slopes
        off = times * (sigmoid(margin) - lost)
        return value / lost.size, np.append(rows.T @ off + penalty * slopes, off.sum()) / lost.size

    rate = (times @ lost + 0.5) / (times.sum() + 1.0)
    start = np.append(np.zeros(Z.shape[1]), logit(rate))
    options = {"maxiter": _STEPS, "ftol": 1e-9, "gtol": 1e-6}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return np.asarray(found.x, dtype=np.float64)


def _signed_log(values: Floats) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values))


def _levels(X: Floats, categories: Columns) -> tuple[Columns, Floats, Floats]:
    """List the levels of the categories: column, code and share of the known values."""
    found = [
        (column, code, count / np.isfinite(X[:, column]).sum())
        for column in categories
        for code, count in zip(
            *np.unique(X[np.isfinite(X[:, column]), column], return_counts=True), strict=True
        )
    ]
    columns, codes, shares = (np.array([row[i] for row in found]) for i in range(3))
    return columns.astype(np.int64), codes.astype(np.float64), shares.astype(np.float64)
