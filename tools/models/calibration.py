"""Turning a margin into a probability, with the doubt of both.

Every curve is linear in a few terms of the margin m, on the log-odds scale:
Platt (1999): a·m + b; beta (Kull et al. 2017): a·log p − c·log(1−p) + b with p = sigmoid(m).
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import root_scalar

from tools.models.frames import Clients, Floats

CurveKind = Literal["platt", "beta", "flat"]
CONFIDENCE_Z: Final = 1.645
"""Two-sided 90 %."""
BOOTSTRAPS: Final = 200
FOLDS: Final = 5
CHOOSE_GAIN: Final = 2e-4
"""Log loss that a curve with more parameters must gain before it is preferred."""
FLAT_SPREAD: Final = 0.05
"""Log-odds that one standard deviation of a margin without signal is worth."""
PRIOR: Final = 1.0
"""Precision of the belief that a booster's margin needs no correction; few outcomes barely move it."""
LEVEL_SD: Final = 0.3
"""Log-odds by which the level of a model that learned the whole past is usually off."""
LEVEL_PERIODS: Final = 4.0
"""Quarters, a whole year of seasons, after which the level seen counts as much as the model's."""
_STEPS: Final = 25


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A fitted curve.

    Attributes:
        coefficients: Weights of the curve's terms.
        covariance: Their covariance over client bootstraps.
    """

    kind: CurveKind
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    def probability(self, margin: Floats) -> Floats:
        """Calibrate margins: (rows,) probabilities."""
        return sigmoid(_terms(self.kind, margin) @ np.array(self.coefficients))

    @property
    def link(self) -> str:
        """State how a margin becomes a probability, in one sentence."""
        *shape, level = self.coefficients
        if self.kind == "beta":
            log_odds = f"{shape[0]:.4f} × ln p - {shape[1]:.4f} × ln(1 - p)"
            given = " with p = 1 / (1 + exp(-margin))"
        else:
            log_odds, given = f"{shape[0]:.4f} × margin", ""
        sign = "-" if level < 0 else "+"
        return f"Probability = 1 / (1 + exp(-({log_odds} {sign} {abs(level):.4f}))){given}."

    def interval(self, margin: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """Bound the probabilities at 90 %.

        Args:
            margin: (rows,) mean margins.
            spread: (rows,) standard deviation of the margin over the ensemble.

        Returns:
            Low and high, (rows,) each.
        """
        terms, weights = _terms(self.kind, margin), np.array(self.coefficients)
        logit = terms @ weights
        slope = (_terms(self.kind, margin + 1e-3) @ weights - logit) / 1e-3
        curve = np.einsum("ij,jk,ik->i", terms, np.array(self.covariance), terms)
        reach = CONFIDENCE_Z * np.sqrt(np.maximum(curve, 0) + (slope * spread) ** 2)
        return sigmoid(logit - reach), sigmoid(logit + reach)


def sigmoid(x: Floats) -> Floats:
    """Turn log-odds into probabilities."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -40, 40)))


def logit(p: float) -> float:
    """Turn a probability into log-odds."""
    return float(np.log(p / (1.0 - p)))


def fit_calibrator(
    margin: Floats, y: Floats, clients: Clients, seed: int, *, periods: float | None = None
) -> Calibrator:
    """Choose and fit a curve on margins the booster was not trained on.

    The curve is chosen by log loss over folds of clients; the longer one must earn its parameter.
    A margin that does not rise with the risk gets the flat curve.

    Args:
        margin: (rows,) log-odds.
        y: (rows,) outcomes.
        clients: (rows,) ids.
        seed: Makes the draws reproducible.
        periods: Quarters over which the outcomes were seen. Churn comes and goes with the season,
            so the level of few quarters is only partly believed; None believes it whole.
    """
    folds = np.unique(clients, return_inverse=True)[1] % FOLDS
    gain = _fold_loss("platt", margin, y, folds) - _fold_loss("beta", margin, y, folds)
    beta_rises = bool(np.all(_fit("beta", margin, y)[0][:-1] >= 0))
    kind: CurveKind = "beta" if gain > CHOOSE_GAIN and beta_rises else "platt"
    if kind == "platt" and _fit("platt", margin, y)[0][0] <= 0:
        return flat_calibrator(margin, y, clients, seed)
    curve = _with_doubt(kind, margin, y, clients, seed)
    return curve if periods is None else _with_own_level(curve, margin, periods)


def flat_calibrator(margin: Floats, y: Floats, clients: Clients, seed: int) -> Calibrator:
    """Serve the base rate: ranks survive by a hair's breadth, levels do not."""
    doubt = _with_doubt("platt", margin, y, clients, seed)
    slope = FLAT_SPREAD / max(float(margin.std()), 1e-6)
    level = logit(base_rate(y)) - slope * float(margin.mean())
    return Calibrator("flat", (slope, level), doubt.covariance)


def base_rate(y: Floats) -> float:
    """Estimate a churn rate; with few rows it leans towards one in twenty."""
    return float((y.sum() + 1.0) / (y.size + 20.0))


def resample(clients: Clients, seed: int, times: int) -> NDArray[np.int64]:
    """Draw clients with replacement: (times, rows) counts of each row's client."""
    ids, position = np.unique(clients, return_inverse=True)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(ids.size, np.full(ids.size, 1.0 / ids.size), size=times)
    return counts[:, position]


def _with_doubt(
    kind: CurveKind, margin: Floats, y: Floats, clients: Clients, seed: int
) -> Calibrator:
    """Fit a curve; its doubt is the bootstrap's, or the prior's where few outcomes say little."""
    start, curvature = _fit(kind, margin, y)
    draws = [_fit(kind, margin, y, w)[0] for w in resample(clients, seed, BOOTSTRAPS).astype(float)]
    by_clients, by_prior = np.cov(np.array(draws).T), np.linalg.inv(curvature)
    covariance = by_clients if np.trace(by_clients) > np.trace(by_prior) else by_prior
    return Calibrator(kind, tuple(start.tolist()), tuple(map(tuple, covariance.tolist())))


def _with_own_level(curve: Calibrator, margin: Floats, periods: float) -> Calibrator:
    """Draw a curve's level towards that of the margin itself, the more the fewer periods."""
    belief = periods / (periods + LEVEL_PERIODS)
    fitted = _terms(curve.kind, margin) @ np.array(curve.coefficients)
    own = root_scalar(
        lambda shift: sigmoid(fitted + shift).mean() - sigmoid(margin).mean(), bracket=(-80, 80)
    ).root
    *shape, level = curve.coefficients
    covariance = np.array(curve.covariance)
    covariance[-1, -1] += (1 - belief) * LEVEL_SD**2
    return Calibrator(
        curve.kind,
        (*shape, level + (1 - belief) * float(own)),
        tuple(map(tuple, covariance.tolist())),
    )


def _terms(kind: CurveKind, margin: Floats) -> Floats:
    ones = np.ones_like(margin)
    if kind != "beta":
        return np.stack([margin, ones], axis=1)
    return np.stack([-np.logaddexp(0, -margin), np.logaddexp(0, margin), ones], axis=1)


def _fit(
    kind: CurveKind, margin: Floats, y: Floats, weights: Floats | None = None
) -> tuple[Floats, Floats]:
    """Logistic regression by Newton's method, with a prior that the margin is right as it is.

    Returns:
        Coefficients and the curvature of the loss there.
    """
    terms = _terms(kind, margin)
    w = np.ones_like(y) if weights is None else weights
    prior = np.ones(terms.shape[1])
    prior[-1] = 0.0
    beta, curvature = prior.copy(), np.eye(prior.size)
    for _ in range(_STEPS):
        p = sigmoid(terms @ beta)
        curvature = (terms * (w * p * (1 - p))[:, None]).T @ terms + PRIOR * np.eye(beta.size)
        step = np.linalg.solve(curvature, terms.T @ (w * (y - p)) - PRIOR * (beta - prior))
        beta = beta + np.clip(step, -5, 5)
        if np.abs(step).max() < 1e-8:
            break
    return beta, curvature


def _fold_loss(kind: CurveKind, margin: Floats, y: Floats, folds: NDArray[np.int64]) -> float:
    losses: list[Floats] = []
    for fold in range(FOLDS):
        held = folds == fold
        if held.any() and not held.all():
            logits = _terms(kind, margin[held]) @ _fit(kind, margin[~held], y[~held])[0]
            losses.append(np.logaddexp(0, logits) - y[held] * logits)
    return float(np.concatenate(losses).mean()) if losses else float("inf")
