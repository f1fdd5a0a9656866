"""Why a client scores as it does: TreeSHAP on the trained margin.

XGBoost's own `pred_contribs` is the exact TreeSHAP that `shap.TreeExplainer` computes (a test
holds them equal); it needs no second library at run time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tools.models.calibration import logit
from tools.models.frames import Floats
from tools.models.trained import TrainedChurn


@dataclass(frozen=True, slots=True)
class Attribution:
    """Contributions to the log-odds of churning within 90 days.

    Attributes:
        features: (columns,) feature names.
        base: Margin of the average client the model saw.
        shares: (rows, columns) contributions; base + their sum = margin.
        margin: (rows,) log-odds.
    """

    features: tuple[str, ...]
    base: float
    shares: Floats
    margin: Floats

    def at(self, row: int) -> "Attribution":
        """Take one row."""
        part = slice(row, row + 1)
        return Attribution(self.features, self.base, self.shares[part], self.margin[part])


def join(model: TrainedChurn, parts: Sequence[Attribution]) -> Attribution:
    """Put explanations by one model together, in order."""
    if not parts:
        columns = model.design.columns
        return Attribution(columns, 0.0, np.zeros((0, len(columns))), np.zeros(0))
    shares = np.concatenate([part.shares for part in parts])
    margin = np.concatenate([part.margin for part in parts])
    return Attribution(parts[0].features, parts[0].base, shares, margin)


def attribute(model: TrainedChurn, features: pd.DataFrame) -> Attribution:
    """Explain rows of `gold.ai_model_features`."""
    if model.ensemble is None:
        base = logit(model.card.base_rate_90d)
        return Attribution((), base, np.zeros((len(features), 0)), np.full(len(features), base))
    matrix = model.design.matrix(features)
    explained = model.ensemble.contributions(matrix)
    margin = model.ensemble.margins(matrix).mean(axis=0)
    base = float(explained[0, -1]) if len(features) else 0.0
    return Attribution(model.design.columns, base, explained[:, :-1], margin)


def direction(values: Floats, contributions: Floats) -> str:
    """Say in words how the risk moves with a number.

    Args:
        values: (rows,) encoded values, NaN where missing.
        contributions: (rows,) the feature's share of the margin.
    """
    known = np.isfinite(values)
    if known.sum() < 3 or values[known].std() == 0 or contributions[known].std() == 0:
        return "no clear direction"
    ranks = pd.Series(values[known]).rank()
    agreement = float(ranks.corr(pd.Series(contributions[known]).rank()))
    if agreement > 0.3:
        return "higher means more risk"
    if agreement < -0.3:
        return "lower means more risk"
    return "no clear direction"
