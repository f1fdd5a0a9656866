"""A trained churn model: calibrated probabilities for 30, 60 and 90 days, with their doubt.

One ensemble of boosters and lines gives the margin of churning within 90 days, a curve fitted on
later snapshots turns it into a probability, and `Timing` divides that among the horizons.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from tools.models.boosting import Ensemble
from tools.models.calibration import Calibrator, base_rate, logit
from tools.models.card import ModelCard
from tools.models.features import Design
from tools.models.frames import Floats, client_ids, column, days
from tools.models.timing import Timing

PREDICTION_COLUMNS: Final = (
    "customer_id",
    "churn_prob_30d",
    "churn_prob_60d",
    "churn_prob_90d",
    "churn_prob_90d_low",
    "churn_prob_90d_high",
)


@dataclass(frozen=True, slots=True)
class TrainedChurn:
    """A model ready to score.

    Attributes:
        ensemble: None for a model that knows the base rate only.
        timing: Shares of 60 in 90 and of 30 in 60 days.
        learned_until: Last snapshot whose outcome was used in training.
    """

    design: Design
    ensemble: Ensemble | None
    calibrator: Calibrator
    timing: tuple[Timing, Timing]
    learned_until: date | None
    card: ModelCard

    @property
    def version(self) -> str:
        """Version of the model: the same data, seed and parameters give the same."""
        return self.card.version

    @property
    def caveat(self) -> str | None:
        """What an answer must add when the model does not beat its baselines."""
        return caveat(self.card)

    def margins(self, features: pd.DataFrame) -> tuple[Floats, Floats]:
        """Score rows: mean margin and its spread over the ensemble, (rows,) each."""
        return self._margins(self.design.matrix(features))

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score rows of `gold.ai_model_features` as they are known today.

        Returns:
            One row each, in the same order and index, with `PREDICTION_COLUMNS`.
        """
        X = self.design.matrix(features)
        margin, spread = self._margins(X)
        return self._frame(features, X, margin, spread)

    def predict_past(self, features: pd.DataFrame) -> pd.DataFrame:
        """Score past snapshots without hindsight.

        A row whose outcome was learned is scored by the members that never saw its client.
        """
        X = self.design.matrix(features)
        margin, spread = self._margins(X)
        if self.ensemble is not None and self.learned_until is not None:
            blind = self.ensemble.blind_margins(X, client_ids(features))
            learned = days(features, "snapshot_date") <= np.datetime64(self.learned_until)
            margin = np.where(learned, blind, margin)
        return self._frame(features, X, margin, spread)

    def _margins(self, X: Floats) -> tuple[Floats, Floats]:
        if self.ensemble is None:
            return np.full(len(X), logit(self.card.base_rate_90d)), np.zeros(len(X))
        votes = self.ensemble.margins(X)
        return votes.mean(axis=0), votes.std(axis=0, ddof=1)

    def _frame(
        self, features: pd.DataFrame, X: Floats, margin: Floats, spread: Floats
    ) -> pd.DataFrame:
        within_90 = self.calibrator.probability(margin)
        low, high = self.calibrator.interval(margin, spread)
        within_60 = within_90 * self.timing[0].shares(X)
        within_30 = within_60 * self.timing[1].shares(X)
        values = (column(features, "customer_id"), within_30, within_60, within_90, low, high)
        return pd.DataFrame(dict(zip(PREDICTION_COLUMNS, values, strict=True)), features.index)


def base_rate_shares(y: Mapping[int, Floats]) -> tuple[Timing, Timing]:
    """Divide 90 days among the horizons by counting alone."""
    within_30, within_60, within_90 = (float(np.nansum(y[horizon])) for horizon in (30, 60, 90))
    return (
        Timing((within_60 + 2) / (within_90 + 3), None),
        Timing((within_30 + 1) / (within_60 + 2), None),
    )


def base_rate_calibrator(y: Floats) -> Calibrator:
    """Serve one probability for all; its doubt is the binomial's."""
    rate = base_rate(y)
    variance = 1.0 / (max(y.size, 1) * rate * (1 - rate))
    return Calibrator("platt", (0.0, logit(rate)), ((0.0, 0.0), (0.0, variance)))


def caveat(card: ModelCard) -> str | None:
    """Say in one sentence why a score is not to be trusted more than a baseline."""
    if card.kind == "base_rate":
        return (
            "There is too little churn history to learn from: every client gets the average "
            "churn rate, and with it the same risk band, which says nothing of a single client."
        )
    if not card.has_signal:
        return (
            "The churn model ranked clients no better than chance on past months, so its "
            "probabilities stay close to the average churn rate; do not prioritise by them."
        )
    if not card.in_time:
        return (
            "The history is too short to test the churn model on later months: its quality was "
            "measured by cross-validation, and when a client would leave is not known."
        )
    if weak := [name for name in card.baselines if _is_in_doubt(name, card)]:
        labels = {"rules": "the risk rules", "logistic": "a plain logistic regression"}
        better = "better than" if "rules" in weak else "as good as"
        names = " and ".join(labels.get(name, "the average rate") for name in weak)
        return f"On past months the churn model was not clearly {better} {names}."
    return None


def _is_in_doubt(name: str, card: ModelCard) -> bool:
    """A simple score must be clearly beaten; a logistic regression must not be clearly ahead."""
    baseline = card.baselines[name]
    if name != "logistic":
        return not baseline.beaten
    return baseline.auc_gain.high is not None and baseline.auc_gain.high < 0
