"""An ensemble of small XGBoost models, each grown on a bootstrap of the clients.

A client, not a row, is drawn: its snapshots are near copies, so a row-wise bootstrap would
pretend to know too much. The clients a member did not draw stop its growth early. The draw is a
hash of the client's id, so that who was left out of which member need not be stored.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from tools.models.features import Layout
from tools.models.frames import Clients, Floats, unit_hash

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
    """Boosters that vote by their mean margin.

    Attributes:
        members: The boosters, cut at their best round.
        layout: Types and directions of the columns.
        seed: Seed of the draws, to find out who was left out.
    """

    members: tuple[xgb.Booster, ...]
    layout: Layout
    seed: int

    def margins(self, X: Floats) -> Floats:
        """Score rows: (members, rows) log-odds."""
        data = self._data(X)
        return np.stack([m.predict(data, output_margin=True) for m in self.members]).astype(float)

    def blind_margins(self, X: Floats, clients: Clients) -> Floats:
        """Score rows by the members that never saw their client: (rows,) mean log-odds.

        A client whom every member saw is scored by all of them.
        """
        votes, unseen = self.margins(X), self.left_out(clients)
        unseen |= ~unseen.any(axis=0)
        return np.sum(votes * unseen, axis=0) / unseen.sum(axis=0)

    def contributions(self, X: Floats) -> Floats:
        """Explain rows by TreeSHAP (Lundberg et al. 2020).

        Returns:
            (rows, columns + 1): each column's share of the mean margin, the base margin last.
        """
        data = self._data(X)
        total = np.zeros((X.shape[0], X.shape[1] + 1))
        for member in self.members:
            total += member.predict(data, pred_contribs=True)
        return total / len(self.members)

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
    """Grow the members.

    Args:
        X: (rows, columns) design, NaN where missing.
        y: (rows,) outcomes, 0 or 1.
        clients: (rows,) client ids.
        layout: Types and directions of the columns.
        seed: Makes the draws and the growth reproducible.
        members: How many boosters.
    """

    def grow(member: int) -> xgb.Booster:
        weights = draw(clients, member, seed)
        return _grow(X, y, weights, layout, seed=seed * 1000 + member)

    # One thread a member: threads inside a member wait for each other on a busy machine.
    with ThreadPoolExecutor(_WORKERS) as pool:
        grown = tuple(pool.map(grow, range(members)))
    return Ensemble(grown, layout, seed)


def draw(clients: Clients, member: int, seed: int) -> Floats:
    """Draw clients with replacement: how often each row's client is in a member's sample."""
    chance = unit_hash(clients, seed * 1000 + member)
    return np.searchsorted(_POISSON_CDF, chance).astype(float)


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
