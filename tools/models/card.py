"""The model card: what a churn model was trained on and how well it did on later data."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(_Part):
    """A value with its 95 % bootstrap interval; None where it cannot be measured."""

    value: float | None
    low: float | None
    high: float | None


class Window(_Part):
    """Consecutive snapshots used for one purpose."""

    first_snapshot: date
    last_snapshot: date
    snapshots: int
    rows: int
    clients: int
    churned_rows: int
    churned_clients: int


class Baseline(_Part):
    """A simpler score on the same test rows.

    Attributes:
        auc_gain: AUC of the model less the baseline's, on the same bootstrap draws.
        beaten: Whether the whole interval of the gain is above zero.
    """

    auc: Measure
    brier: Measure
    auc_gain: Measure
    beaten: bool


class HorizonQuality(_Part):
    """Quality of the probability for one horizon."""

    auc: Measure
    brier: Measure
    ece: Measure


class ReliabilityBin(_Part):
    """Rows of like probability: what was predicted, and what came.

    Attributes:
        predicted: Mean predicted probability within 90 days.
        churned: Share that churned.
    """

    rows: int
    predicted: float
    churned: float


class LeadTime(_Part):
    """How early churn shows: among rows that churned, the share already in the top tenth.

    Attributes:
        recall_61_90d: When churn was still 61 to 90 days away; the others alike.
        median_days: Middle of the 30-day bucket in which half of the flagged churners were seen.
    """

    recall_61_90d: Measure
    recall_31_60d: Measure
    recall_0_30d: Measure
    median_days: float | None


class ModelCard(_Part):
    """Everything a person needs to decide whether to trust the model.

    Attributes:
        version: Changes with the data, the seed and the code's parameters; never with the clock.
        kind: `xgboost`, or `base_rate` where there was too little to learn from.
        rows: Labelled rows the serving model was fitted on, after the test.
        auc: Area under the ROC curve, comparing clients at the same snapshot only.
        in_time: Whether the quality was measured on later months; else by folds of clients.
        segments: Quality of the 90-day probability by segment, for those with enough churn.
        reliability: Test rows in tenths of the 90-day probability, lowest first.
        typical: The usual value of each feature among the active clients.
        beats_baselines: True when it beats chance, the rules and the logistic regression.
        has_signal: False when the model ranks no better than chance; the served probabilities
            are then the base rate.
    """

    version: str
    kind: str
    as_of: date
    seed: int
    rows: int
    snapshots: int
    clients: int
    churned_clients: int
    base_rate_90d: float
    features: list[str]
    typical: dict[str, float | str | None] = {}
    calibration: str
    in_time: bool = True
    train: Window | None = None
    calibrate: Window | None = None
    test: Window | None = None
    auc: Measure | None = None
    pr_auc: Measure | None = None
    brier: Measure | None = None
    ece: Measure | None = None
    lift_top_decile: Measure | None = None
    horizons: dict[str, HorizonQuality] = {}
    segments: dict[str, HorizonQuality] = {}
    reliability: list[ReliabilityBin] = []
    lead_time: LeadTime | None = None
    baselines: dict[str, Baseline] = {}
    beats_baselines: bool = False
    has_signal: bool = False
    notes: list[str] = []
