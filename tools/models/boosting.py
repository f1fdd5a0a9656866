"""An ensemble of small XGBoost models and lines, each fitted to a bootstrap of the clients.

A client, not a row, is drawn: its snapshots are near copies, so a row-wise bootstrap would
pretend to know too much. The clients a member did not draw stop its growth early, and tell how
much of the margin the lines deserve. The draw is a hash of the client's id, so that who was left
out of which member need not be stored.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from threadpoolctl import threadpool_limits

from tools.models.features import Layout
from tools.models.frames import Clients, Floats, unit_hash
from tools.models.linear import Line, Terms, fit_member, penalty_of

MEMBERS: Final = 10
MAX_ROUNDS: Final = 500
PATIENCE_ROUNDS: Final = 30
ROUNDS_WITHOUT_CHECK: Final = 80
PARAMS: Final[dict[str, Any]] = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 3,
    "eta": 0.03,
    "min_child_weight": 8.0,
    "subsample": 0.6,
    "colsample_bytree": 0.4,
    "lambda": 5.0,
    "max_cat_to_onehot": 8,
    "max_bin": 128,
    "nthread": 1,
    "eval_metric": "logloss",
}

_WORKERS: Final = 2
_POISSON_CDF: Final = np.array([0.367879, 0.735759, 0.919699, 0.981012, 0.996340, 0.999406])


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Boosters, each blended with its line, that vote by their mean margin.

    Attributes:
        members: The boosters, cut at their best round.
        layout: Types and directions of the columns.
        seed: Seed of the draws, to find out who was left out.
        line: The lines; None where trees alone do as well.
    """

    members: tuple[xgb.Booster, ...]
    layout: Layout
    seed: int
    line: Line | None = None

    def margins(self, X: Floats) -> Floats:
        """Score rows: (members, rows) log-odds."""
        data = self._data(X)
        trees = np.stack([m.predict(data, output_margin=True) for m in self.members]).astype(float)
        if self.line is None:
            return trees
        return (1 - self.line.share) * trees + self.line.share * self.line.margins(X)

    def blind_margins(self, X: Floats, clients: Clients) -> Floats:
        """Score rows by the members that never saw their client: (rows,) mean log-odds.

        A client whom every member saw is scored by all of them.
        """
        votes, unseen = self.margins(X), self.left_out(clients)
        unseen |= ~unseen.any(axis=0)
        return np.sum(votes * unseen, axis=0) / unseen.sum(axis=0)

    def contributions(self, X: Floats) -> Floats:
        """Explain rows by TreeSHAP (Lundberg et al. 2020) and by the terms of the lines.

        Returns:
            (rows, columns + 1): each column's share of the mean margin, the base margin last.
        """
        data = self._data(X)
        total = np.zeros((X.shape[0], X.shape[1] + 1))
        for member in self.members:
            total += member.predict(data, pred_contribs=True)
        trees = total / len(self.members)
        if self.line is None:
            return trees
        return (1 - self.line.share) * trees + self.line.share * self.line.contributions(X)

    def left_out(self, clients: Clients) -> NDArray[np.bool_]:
        """Tell which members never saw which client: (members, rows)."""
        return np.stack([draw(clients, k, self.seed) == 0 for k in range(len(self.members))])

    def _data(self, X: Floats) -> xgb.DMatrix:
        types = list(self.layout.types)
        return xgb.DMatrix(X, feature_types=types, enable_categorical=True, nthread=1)


def fit_ensemble(
    X: Floats,
    y: Floats,
    clients: Clients,
    layout: Layout,
    seed: int,
    *,
    members: int = MEMBERS,
) -> Ensemble:
    """Fit the members.

    Args:
        X: (rows, columns) design, NaN where missing.
        y: (rows,) outcomes, 0 or 1.
        clients: (rows,) client ids.
        layout: Types and directions of the columns.
        seed: Makes the draws and the growth reproducible.
        members: How many boosters.
    """
    terms = Terms.fit(X, layout)
    Z, bounds, penalty = terms.of(X), terms.bounds(layout), penalty_of(clients)

    def fit(member: int) -> tuple[xgb.Booster, Floats]:
        weights = draw(clients, member, seed)
        booster = _grow(X, y, weights, layout, seed=seed * 1000 + member)
        return booster, fit_member(Z, y, weights, bounds, penalty)

    # One thread a member: threads inside a member wait for each other on a busy machine.
    with threadpool_limits(1), ThreadPoolExecutor(_WORKERS) as pool:
        boosters, betas = zip(*pool.map(fit, range(members)), strict=True)
    grown, beta = Ensemble(boosters, layout, seed), np.stack(betas)
    line = Line(1.0, terms, beta[:, -1], beta[:, :-1])
    votes, unseen = (grown.margins(X), line.margins(X)), grown.left_out(clients)
    share = _deserved_share(*votes, y, clients, unseen)
    return replace(grown, line=replace(line, share=share)) if share > 0 else grown


def draw(clients: Clients, member: int, seed: int) -> Floats:
    """Draw clients with replacement: how often each row's client is in a member's sample."""
    chance = unit_hash(clients, seed * 1000 + member)
    return np.searchsorted(_POISSON_CDF, chance).astype(float)


def _deserved_share(
    trees: Floats, lines: Floats, y: Floats, clients: Clients, unseen: NDArray[np.bool_]
) -> float:
    """Find the share of the lines that tells best of clients by members that never saw them.

    A gain may be luck: the share shrinks with its doubt and is nought where the gain is below one
    standard error (the positive part of James and Stein 1961).
    """
    judged = unseen.any(axis=0)
    if not judged.any():
        return 0.0
    weight, outcomes = unseen[:, judged] / unseen[:, judged].sum(axis=0), y[judged]
    tree, line = ((votes[:, judged] * weight).sum(axis=0) for votes in (trees, lines))

    def losses(share: float) -> Floats:
        margin = (1 - share) * tree + share * line
        return np.logaddexp(0, margin) - outcomes * margin

    def loss(share: float) -> float:
        return float(losses(share).mean())

    found: Any = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded")
    best = float(found.x)
    _, client = np.unique(clients[judged], return_inverse=True)
    gains = np.bincount(client, weights=losses(0.0) - losses(best))
    gain, variance = gains.sum(), gains.size * gains.var()
    if gain <= 0 or gain**2 <= variance:
        return 0.0
    return round(best * (1 - float(variance / gain**2)), 2)


def _grow(X: Floats, y: Floats, weights: Floats, layout: Layout, *, seed: int) -> xgb.Booster:
    drawn = weights > 0
    params = PARAMS | {
        "seed": seed,
        "base_score": _rate(y, weights),
        "monotone_constraints": str(layout.signs),
    }
    train = _matrix(X[drawn], y[drawn], layout, weights[drawn])
    held = y[~drawn]
    if held.size == 0 or held.min() == held.max():
        return xgb.train(params, train, ROUNDS_WITHOUT_CHECK)
    booster = xgb.train(
        params,
        train,
        MAX_ROUNDS,
        evals=[(_matrix(X[~drawn], held, layout, ref=train), "left_out")],
        early_stopping_rounds=PATIENCE_ROUNDS,
        verbose_eval=False,
    )
    return booster[: booster.best_iteration + 1]


def _rate(y: Floats, weights: Floats) -> float:
    return float((np.sum(weights * y) + 0.5) / (np.sum(weights) + 1.0))


def _matrix(
    X: Floats,
    y: Floats,
    layout: Layout,
    weights: Floats | None = None,
    ref: xgb.QuantileDMatrix | None = None,
) -> xgb.QuantileDMatrix:
    return xgb.QuantileDMatrix(
        X,
        y,
        weight=weights,
        feature_types=list(layout.types),
        enable_categorical=True,
        max_bin=PARAMS["max_bin"],
        ref=ref,
        nthread=1,
    )
