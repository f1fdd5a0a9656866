"""Whether a strategy's own randomised test shows that ranking by who responds beats ranking by risk."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tools.models.card import Measure
from tools.models.evaluation import HeldOut
from tools.models.features import ATTRIBUTE_PREFIX, Design
from tools.models.frames import Floats, client_ids, column, numbers
from tools.models.qini import Randomised, gains, qini
from tools.models.uplift import UpliftModel, fit_uplift, held_out_ranks

__all__ = ["LEAST_LEAVERS", "LEAST_PER_ARM", "Proof", "prove"]

LEAST_PER_ARM: Final = 100
"""Known outcomes an arm needs before a model of who responds is tried."""
LEAST_LEAVERS: Final = 20
"""Clients lost in both arms together that it needs."""
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Proof:
    """What a strategy's randomised test says of ranking by who responds.

    Attributes:
        clients: Rows with a known outcome and a snapshot before.
        leavers: Those of them who left.
        by_uplift, by_risk: Qini coefficients on held-out clients; None with too few of them.
        beyond_risk: The first less the second.
        design: The columns of `model`, the risk comes after them.
        model: Taught by all rows where uplift beat risk, else None.
    """

    clients: int
    leavers: int
    by_uplift: Measure | None = None
    by_risk: Measure | None = None
    beyond_risk: Measure | None = None
    design: Design | None = None
    model: UpliftModel | None = None

    def response(self, features: pd.DataFrame, risk: Floats) -> Floats:
        """Probability of leaving that treatment takes away, where the model serves: (rows,)."""
        if self.design is None or self.model is None:
            return np.zeros(len(features))
        return -self.model.uplift(_matrix(self.design, features, risk))


def prove(frame: pd.DataFrame) -> Proof:
    """Judge uplift against risk on a test's rows, each by a model that never saw its client.

    Args:
        frame: See `data.gold_assigned.read_assigned`.
    """
    treated = (column(frame, "arm") == "treatment").to_numpy().astype(np.float64)
    left = 1 - numbers(frame, "retained")
    lost = int(left.sum())
    if min(treated.sum(), (1 - treated).sum()) < LEAST_PER_ARM or lost < LEAST_LEAVERS:
        return Proof(len(frame), lost)
    rows = Randomised(left, treated, _filled(numbers(frame, "propensity"), treated.mean()))
    risk = _filled(numbers(frame, "churn_prob"), left.mean())
    # An attribute of the source may have been written after the test.
    design = Design.fit(frame)
    design = design.without(n for n in design.columns if n.startswith(ATTRIBUTE_PREFIX))
    clients = client_ids(frame)
    X, types = _matrix(design, frame, risk), (*design.layout.types, "q")
    judge = HeldOut(-gains(rows), clients, _SEED)
    held_out = -held_out_ranks(X, rows, clients, types, _SEED)
    beyond = judge.gain(qini, held_out, risk)
    proved = beyond.low is not None and beyond.low > 0
    return Proof(
        clients=len(frame),
        leavers=lost,
        by_uplift=judge.judge(qini, held_out),
        by_risk=judge.judge(qini, risk),
        beyond_risk=beyond,
        design=design,
        model=fit_uplift(X, rows, types, _SEED) if proved else None,
    )


def _matrix(design: Design, features: pd.DataFrame, risk: Floats) -> Floats:
    return np.column_stack([design.matrix(features), risk])


def _filled(values: Floats, usual: float) -> Floats:
    return np.where(np.isfinite(values), values, usual)
