"""How good a churn score is, with client-bootstrap intervals.

A metric first looks at outcomes and scores, which is the costly part, and gives back a function
of the rows' weights: a bootstrap is then a mere reweighting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tools.models.calibration import resample
from tools.models.card import Measure
from tools.models.frames import Clients, Floats

BOOTSTRAPS: Final = 200
ECE_BINS: Final = 10
TOP_SHARE: Final = 0.1

Weighted = Callable[[Floats], float]
"""(rows,) weights → value, NaN where it is not defined."""
Metric = Callable[[Floats, Floats], Weighted]
"""(rows,) outcomes and scores → function of the weights."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Rows to judge scores on.

    Attributes:
        y: (rows,) outcomes.
        clients: (rows,) ids; a client's rows are drawn together.
        seed: Two scores judged with one seed meet the same draws.
    """

    y: Floats
    clients: Clients
    seed: int

    def judge(self, metric: Metric, score: Floats) -> Measure:
        """Measure one score with its 95 % interval."""
        return self._measure(metric(self.y, score))

    def gain(self, metric: Metric, score: Floats, other: Floats) -> Measure:
        """Measure how much one score is ahead of another on the same draws."""
        own, others = metric(self.y, score), metric(self.y, other)
        return self._measure(lambda weight: own(weight) - others(weight))

    def _measure(self, value_of: Weighted) -> Measure:
        value = value_of(np.ones_like(self.y))
        draws = [value_of(w) for w in resample(self.clients, self.seed, BOOTSTRAPS).astype(float)]
        known = [draw for draw in draws if np.isfinite(draw)]
        if not np.isfinite(value) or not known:
            return Measure(value=None, low=None, high=None)
        low, high = np.percentile(known, [2.5, 97.5])
        return Measure(value=float(value), low=float(low), high=float(high))


def auc(y: Floats, score: Floats, dates: NDArray[Any] | None = None) -> Weighted:
    """Area under the ROC curve; ties count half.

    Args:
        y: (rows,) outcomes.
        score: (rows,) scores.
        dates: (rows,) snapshots. Where given, only rows of one snapshot are compared: a rate that
            drifts over time must not look like skill in telling clients apart.
    """
    date = (
        np.zeros(y.size, dtype=int) if dates is None else np.unique(dates, return_inverse=True)[1]
    )
    rank = np.unique(score, return_inverse=True)[1]
    size = int(rank.max(initial=0)) + 1
    keys, position = np.unique(date * size + rank, return_inverse=True)
    group = keys // size

    def of_weights(weight: Floats) -> float:
        lost = np.bincount(position, weights=weight * y)
        kept = np.bincount(position, weights=weight * (1 - y))
        kept_by_date, lost_by_date = (np.bincount(group, weights=w) for w in (kept, lost))
        below = np.cumsum(kept) - kept - (np.cumsum(kept_by_date) - kept_by_date)[group]
        return _ratio(np.sum(lost * (below + kept / 2)), np.sum(kept_by_date * lost_by_date))

    return of_weights


def average_precision(y: Floats, score: Floats) -> Weighted:
    """Area under the precision-recall curve, as a step function."""
    _, position = np.unique(-score, return_inverse=True)

    def of_weights(weight: Floats) -> float:
        lost = np.bincount(position, weights=weight * y)
        taken = np.cumsum(np.bincount(position, weights=weight))
        precision = np.divide(np.cumsum(lost), taken, out=np.zeros_like(taken), where=taken > 0)
        return _ratio(np.sum(precision * lost), lost.sum())

    return of_weights


def brier(y: Floats, score: Floats) -> Weighted:
    """Mean squared error of the probability."""
    error = (score - y) ** 2
    return lambda weight: _ratio(np.sum(weight * error), weight.sum())


def ece(y: Floats, score: Floats) -> Weighted:
    """Expected calibration error over ten bins of equally many rows."""
    bins = np.array_split(np.argsort(score, kind="stable"), ECE_BINS)
    gap = score - y

    def of_weights(weight: Floats) -> float:
        off = sum(abs(float(np.sum(weight[rows] * gap[rows]))) for rows in bins)
        return _ratio(off, weight.sum())

    return of_weights


def lift(y: Floats, score: Floats) -> Weighted:
    """Churn rate of the top tenth over the churn rate of all."""
    top = top_rows(score)

    def of_weights(weight: Floats) -> float:
        rate = _ratio(np.sum(weight * y), weight.sum())
        return _ratio(_ratio(np.sum((weight * y)[top]), weight[top].sum()), rate)

    return of_weights


def recall(y: Floats, flagged: Floats) -> Weighted:
    """Share of the positive rows that are flagged."""
    return lambda weight: _ratio(np.sum(weight * y * flagged), np.sum(weight * y))


def top_rows(score: Floats) -> NDArray[np.bool_]:
    """Mark the tenth of the rows with the highest scores."""
    count = max(1, round(score.size * TOP_SHARE))
    marked = np.zeros(score.size, dtype=bool)
    marked[np.argsort(-score, kind="stable")[:count]] = True
    return marked


def _ratio(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole > 0 else float("nan")
