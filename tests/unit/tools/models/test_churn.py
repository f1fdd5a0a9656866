from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tools.models.churn import train
from tools.models.features import outcome
from tools.models.frames import column, days, numbers, rows_where
from tools.models.rules import RuleBook
from tools.models.trained import PREDICTION_COLUMNS, TrainedChurn

MakeFeatures = Callable[..., pd.DataFrame]
AS_OF = date(2026, 10, 20)
PROBABILITIES = ["churn_prob_30d", "churn_prob_60d", "churn_prob_90d"]


def test_finds_planted_reasons_on_later_months(model: TrainedChurn) -> None:
    """A learnable world is learned: the ranking beats chance beyond doubt."""
    assert model.card.kind == "xgboost"
    assert model.card.has_signal
    assert model.card.baselines["base_rate"].beaten
    assert model.card.auc is not None
    assert model.card.auc.low is not None
    assert model.card.auc.low > 0.6


def test_the_card_says_what_the_margin_is_made_of(model: TrainedChurn) -> None:
    """Whoever reads the card learns of the lines beside the trees, and of their weight."""
    assert model.ensemble is not None
    assert model.ensemble.line is not None
    weight = f"a weight of {model.ensemble.line.share:.2f}"
    assert any(weight in note and "logistic regression" in note for note in model.card.notes)


def test_predictions_are_ordered_and_bounded(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """A longer horizon never has less churn, and the interval holds the probability."""
    scored = model.predict(latest)
    assert list(scored.columns) == list(PREDICTION_COLUMNS)
    values = scored[PROBABILITIES].to_numpy()
    assert np.all(np.diff(values, axis=1) >= 0)
    assert np.all((values > 0) & (values < 1))
    assert np.all(scored["churn_prob_90d_low"] <= scored["churn_prob_90d"])
    assert np.all(scored["churn_prob_90d"] <= scored["churn_prob_90d_high"])


def test_one_client_scores_as_in_the_crowd(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """A client's score does not depend on who is scored along."""
    alone = model.predict(latest.iloc[[3]])
    crowd = model.predict(latest).iloc[[3]]
    np.testing.assert_allclose(alone[PROBABILITIES], crowd[PROBABILITIES], rtol=1e-9)


def test_mean_probability_is_near_the_churn_seen(
    model: TrainedChurn, features: pd.DataFrame
) -> None:
    """Calibration: past scores made without hindsight add up to the churners there were."""
    y = outcome(features, "churned_90d")
    known = rows_where(features, np.isfinite(y))
    expected = numbers(model.predict_past(known), "churn_prob_90d").mean()
    assert expected == pytest.approx(np.nanmean(y), abs=0.04)


def test_past_scores_do_not_know_the_outcome(model: TrainedChurn, features: pd.DataFrame) -> None:
    """Scores of learned snapshots come from members that never saw the client."""
    y = outcome(features, "churned_90d")
    known = rows_where(features, np.isfinite(y))
    churned = y[np.isfinite(y)] == 1
    with_hindsight = numbers(model.predict(known), "churn_prob_90d")
    without = numbers(model.predict_past(known), "churn_prob_90d")
    gap = with_hindsight[churned].mean() - with_hindsight[~churned].mean()
    assert without[churned].mean() - without[~churned].mean() < gap


def test_training_twice_gives_the_same(
    model: TrainedChurn, features: pd.DataFrame, latest: pd.DataFrame, book: RuleBook
) -> None:
    """The same data and seed give the same version and scores; another seed another version."""
    again = train(features, as_of=AS_OF, seed=7, rules=book)
    assert again.version == model.version
    pd.testing.assert_frame_equal(again.predict(latest), model.predict(latest))
    fewer = train(features.head(500), as_of=AS_OF, seed=8, rules=book)
    assert fewer.version != model.version


def test_unseen_and_missing_values_are_scored(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """New categories, empty cells and absent columns are unknown, not errors."""
    strange = latest.assign(segment="Galactic", nps_score=None).drop(columns=["events_30d"])
    assert model.predict(strange)["churn_prob_90d"].between(0, 1).all()


def test_one_picture_is_learned_by_folds_of_clients(features: pd.DataFrame, book: RuleBook) -> None:
    """Without an order in time the model is measured by cross-validation, and says so."""
    known = rows_where(features, np.isfinite(outcome(features, "churned_90d")))
    first = column(known, "snapshot_date").min()
    picture = known.assign(snapshot_date=first)
    model = train(picture, as_of=AS_OF, seed=7, rules=book)
    assert model.card.kind == "xgboost"
    assert model.card.has_signal
    assert not model.card.in_time
    assert model.card.lead_time is None
    assert model.caveat is not None
    assert "cross-validation" in model.caveat


def test_permuted_outcomes_teach_nothing(features: pd.DataFrame, book: RuleBook) -> None:
    """With shuffled labels the folds agree with chance: no outcome leaks into its own score."""
    known = rows_where(features, np.isfinite(outcome(features, "churned_90d")))
    once = known.drop_duplicates("customer_id", keep="last").reset_index(drop=True)
    picture = pd.concat([once.assign(customer_id=once["customer_id"] + f"-{n}") for n in range(4)])
    drawn = np.random.default_rng(3).random(len(picture)) < 0.25
    labels = {f"churned_{days}d": drawn for days in (30, 60, 90)}
    shuffled = picture.assign(snapshot_date=column(once, "snapshot_date").min(), **labels)
    card = train(shuffled.reset_index(drop=True), as_of=AS_OF, seed=7, rules=book).card
    assert card.auc is not None
    assert card.auc.value == pytest.approx(0.5, abs=0.06)
    assert not card.has_signal


def test_lottery_serves_the_base_rate(make: MakeFeatures, book: RuleBook) -> None:
    """Without signal the card says so, the levels are the base rate and a caveat is due."""
    lottery = make(signal=0.0, rate=0.04, seed=5)
    model = train(lottery, as_of=AS_OF, seed=7, rules=book)
    assert not model.card.beats_baselines
    assert not model.card.has_signal
    assert model.caveat is not None
    assert "no better than chance" in model.caveat
    today = rows_where(lottery, days(lottery, "snapshot_date") == np.datetime64(AS_OF))
    scores = numbers(model.predict(today), "churn_prob_90d")
    assert scores.max() / scores.min() < 1.6
    assert scores.mean() == pytest.approx(model.card.base_rate_90d, abs=0.04)
    assert len(set(scores)) > 1


@pytest.mark.parametrize("case", ["nobody churned", "no outcome known", "one client", "no rows"])
def test_too_little_to_learn_from(features: pd.DataFrame, book: RuleBook, case: str) -> None:
    """Degenerate data give a base-rate model that says so, never an error."""
    frames = {
        "nobody churned": features.assign(churned_30d=False, churned_60d=False, churned_90d=False),
        "no outcome known": rows_where(features, np.isnan(outcome(features, "churned_90d"))),
        "one client": rows_where(features, column(features, "customer_id") == "C0001"),
        "no rows": features.head(0),
    }
    model = train(frames[case], as_of=AS_OF, seed=7, rules=book)
    assert model.card.kind == "base_rate"
    assert model.caveat is not None
    values = model.predict(features.head(20))[PROBABILITIES].to_numpy()
    assert np.all((values > 0) & (values < 0.5))
    assert np.all(np.diff(values, axis=1) >= 0)


def test_an_attribute_that_knows_the_future_is_left_out(
    features: pd.DataFrame, book: RuleBook
) -> None:
    """An exported column written after the churn is no feature; an innocent one is."""
    left = outcome(features, "churned_90d") == 1
    gives_away = np.where(left, "asked to leave", "none")
    channel = np.where(features["customer_id"].str[-1].astype(int) % 2 == 0, "web", "sales")
    leaky = features.assign(attr_exit_reason=gives_away, attr_channel=channel)
    model = train(leaky, as_of=AS_OF, seed=7, rules=book)
    assert "attr_exit_reason" not in model.card.features
    assert "attr_channel" in model.card.features
    assert any("attr_exit_reason" in note for note in model.card.notes)


def test_windows_follow_each_other(model: TrainedChurn) -> None:
    """Nothing is trained on after the test began, and the test comes last."""
    card = model.card
    assert card.train is not None
    assert card.calibrate is not None
    assert card.test is not None
    assert card.train.first_snapshot < card.calibrate.first_snapshot < card.test.first_snapshot
    assert card.calibrate.last_snapshot < card.test.last_snapshot
    assert (card.test.last_snapshot - card.train.last_snapshot).days >= 89
