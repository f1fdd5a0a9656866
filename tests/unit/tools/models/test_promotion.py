"""A new model serves when it is not worse on rows whose outcome neither model learned."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from tools.models import promotion
from tools.models.card import Measure, Window
from tools.models.frames import column, days, rows_where
from tools.models.promotion import Comparison, Scored, compare, judge
from tools.models.rules import RuleBook
from tools.models.trained import TrainedChurn

OLD = date(2026, 1, 31)


@pytest.fixture
def confused(model: TrainedChurn) -> TrainedChurn:
    """A model that takes the loyal for the leavers."""
    slope, *rest = model.calibrator.coefficients
    return replace(model, calibrator=replace(model.calibrator, coefficients=(-slope, *rest)))


@pytest.fixture
def old(model: TrainedChurn) -> TrainedChurn:
    """A model that learned nothing after January."""
    return replace(model, learned_until=OLD)


@pytest.fixture
def average(model: TrainedChurn) -> TrainedChurn:
    """A model of the average rate."""
    return replace(model, ensemble=None)


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch, model: TrainedChurn) -> list[pd.DataFrame]:
    """What the new recipe is taught anew with; the training itself is left out."""
    seen: list[pd.DataFrame] = []

    def learn(features: pd.DataFrame, **_: object) -> TrainedChurn:
        seen.append(features)
        return model

    monkeypatch.setattr(promotion.churn, "train", learn)
    return seen


def test_a_model_like_the_serving_one_takes_over(
    features: pd.DataFrame, model: TrainedChurn, book: RuleBook
) -> None:
    """Both knew the same months: members that never saw a client judge it, and nobody is worse."""
    verdict = judge(model, model, features, book)
    assert verdict.promoted
    assert verdict.comparison is not None
    assert verdict.comparison.method == "blind"
    assert verdict.comparison.brier_gain == Measure(value=0.0, low=0.0, high=0.0)
    assert verdict.reason.startswith(f"Not worse than {model.version}: Brier 0.")


def test_a_worse_model_does_not_serve(
    features: pd.DataFrame, model: TrainedChurn, confused: TrainedChurn, book: RuleBook
) -> None:
    """A model that is wrong about everybody is clearly worse, and the reason holds both figures."""
    verdict = judge(model, confused, features, book)
    assert not verdict.promoted
    assert verdict.reason.startswith(f"Worse than {model.version}")
    assert judge(confused, model, features, book).reason.startswith("Better than")


def test_an_old_model_is_met_on_what_came_after_it(
    features: pd.DataFrame,
    model: TrainedChurn,
    old: TrainedChurn,
    book: RuleBook,
    taught: list[pd.DataFrame],
) -> None:
    """Its rows begin when all outcomes it learned were known, and are the newest there are."""
    found = compare(old, model, features, book)
    assert found is not None
    assert found.method == "later"
    assert (found.window.first_snapshot - OLD).days >= 89
    labelled = rows_where(features, column(features, "churned_90d").notna())
    assert found.window.last_snapshot == days(labelled, "snapshot_date").max().item()
    assert found.challenger.version == model.version
    assert len(taught) == 1


def test_the_challenger_never_learns_the_outcomes_it_is_judged_by(
    features: pd.DataFrame,
    model: TrainedChurn,
    old: TrainedChurn,
    book: RuleBook,
    taught: list[pd.DataFrame],
) -> None:
    """On later rows the new recipe is taught anew, with what was known before they began."""
    found = compare(old, model, features, book)
    assert found is not None
    start = found.window.first_snapshot
    (past,) = taught
    assert days(past, "snapshot_date").max().item() < start
    for horizon in (30, 60, 90):
        told = rows_where(past, column(past, f"churned_{horizon}d").notna())
        assert len(told) > 0
        assert (start - days(told, "snapshot_date").max().item()).days >= 89


def test_features_that_are_gone_end_the_comparison(
    features: pd.DataFrame, model: TrainedChurn, book: RuleBook
) -> None:
    """A model that lacks its inputs cannot score: the new one serves, and they are named."""
    fewer = features.drop(columns=["nps_score", "segment"])
    verdict = judge(model, model, fewer, book)
    assert verdict.promoted
    assert "nps_score, segment" in verdict.reason


def test_a_model_of_the_average_never_replaces_one_that_learned(
    features: pd.DataFrame, model: TrainedChurn, average: TrainedChurn, book: RuleBook
) -> None:
    """Half an export must not wipe out what was learned; the other way round it may."""
    verdict = judge(model, average, features, book)
    assert not verdict.promoted
    assert "too few to learn from" in verdict.reason
    assert judge(average, model, features, book).promoted


@pytest.mark.parametrize("by_hand", [False, True], ids=["by the build", "by hand"])
def test_without_rows_in_common_the_newer_one_serves(
    features: pd.DataFrame, model: TrainedChurn, book: RuleBook, *, by_hand: bool
) -> None:
    """Nothing to compare on: the reason says so; a choice by hand stands."""
    verdict = judge(model, model, features.head(200), book, chosen_by_hand=by_hand)
    assert verdict.promoted is not by_hand
    assert "could not be compared" in verdict.reason
    assert verdict.comparison is None


def _comparison(method: promotion.Method, brier: float, auc: float) -> Comparison:
    window = Window(
        first_snapshot=date(2026, 1, 31),
        last_snapshot=date(2026, 3, 31),
        snapshots=3,
        rows=1000,
        clients=400,
        churned_rows=60,
        churned_clients=40,
    )
    unit = Measure(value=0.5, low=0.4, high=0.6)

    def gain(value: float) -> Measure:
        return Measure(value=value, low=value - 0.01, high=value + 0.01)

    return Comparison(
        method=method,
        window=window,
        serving=Scored(version="old", brier=unit, auc=unit),
        challenger=Scored(version="new", brier=unit, auc=unit),
        brier_gain=gain(brier),
        auc_gain=gain(auc),
    )


@pytest.mark.parametrize(
    ("brier", "auc", "worse", "better"),
    [
        (0.0, 0.0, False, False),
        (0.02, 0.0, False, True),
        (-0.02, 0.0, True, False),
        (0.0, -0.02, True, False),
        (0.02, -0.02, True, False),
    ],
)
def test_worse_is_clear_in_probabilities_or_in_ranking(
    brier: float, auc: float, *, worse: bool, better: bool
) -> None:
    """The whole interval of a gain must lie on one side of zero."""
    found = _comparison("blind", brier, auc)
    assert (found.is_worse, found.is_better) == (worse, better)


@pytest.mark.parametrize(
    ("method", "gain", "promoted"),
    [("blind", 0.02, False), ("later", 0.0, False), ("later", 0.02, True)],
)
def test_a_choice_by_hand_yields_to_a_clear_gain_on_later_outcomes(
    features: pd.DataFrame,
    model: TrainedChurn,
    book: RuleBook,
    monkeypatch: pytest.MonkeyPatch,
    method: promotion.Method,
    gain: float,
    *,
    promoted: bool,
) -> None:
    """What was known when somebody chose is no reason to overrule them."""
    monkeypatch.setattr(promotion, "compare", lambda *_: _comparison(method, gain, 0.0))
    verdict = judge(model, model, features, book, chosen_by_hand=True)
    assert verdict.promoted is promoted
    assert ("chosen by hand" in verdict.reason) is not promoted
