"""Whether a newly trained churn model may take over from the serving one.

Both score the same rows, and neither may have learned a row's outcome:

later  The serving model is old enough that outcomes lie wholly after all it knew. It meets them
       as it is, the new recipe as it would have been: taught only what was known before them.
blind  Otherwise both knew those months. In each, only the members vote that never saw the client.
"""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from tools.models import churn
from tools.models.card import Measure, Window
from tools.models.evaluation import HeldOut, auc, brier
from tools.models.frames import Floats, days, numbers, rows_where
from tools.models.labels import HORIZONS_DAYS, Labelled, describe_window, labelled
from tools.models.rules import RuleBook
from tools.models.trained import TrainedChurn
from tools.models.windows import BLOCK_SNAPSHOTS, EMBARGO_DAYS, Rows

MIN_CHURNED_CLIENTS: Final = 10
"""Fewer lost clients cannot tell two models apart."""
Method = Literal["later", "blind"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scored(_Part):
    """How well one of the two did."""

    version: str
    brier: Measure
    auc: Measure


class Comparison(_Part):
    """Two models on the same rows; a gain above zero speaks for the new one.

    Attributes:
        brier_gain: The serving model's Brier score less the new one's, on the same draws.
        auc_gain: The new model's AUC less the serving one's.
    """

    method: Method
    window: Window
    serving: Scored
    challenger: Scored
    brier_gain: Measure
    auc_gain: Measure

    @property
    def is_worse(self) -> bool:
        """Whether the new model is clearly worse in its probabilities or its ranking."""
        return any(g.high is not None and g.high < 0 for g in (self.brier_gain, self.auc_gain))

    @property
    def is_better(self) -> bool:
        """Whether its probabilities are clearly better, and its ranking not clearly worse."""
        gain = self.brier_gain
        return not self.is_worse and gain.low is not None and gain.low > 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """May the new model serve, and why."""

    promoted: bool
    reason: str
    comparison: Comparison | None = None


def judge(
    serving: TrainedChurn,
    challenger: TrainedChurn,
    features: pd.DataFrame,
    rules: RuleBook,
    *,
    chosen_by_hand: bool = False,
) -> Verdict:
    """Decide between the serving model and one newly trained on the same source.

    Args:
        serving: The model that serves.
        challenger: The model that was trained on these features.
        features: All snapshots, labelled or not.
        rules: The rule book, needed to train the new recipe on the past.
        chosen_by_hand: Somebody preferred the serving model to a newer one: only outcomes that
            came later, and a clear gain on them, overrule that.
    """
    if missing := [name for name in serving.design.columns if name not in features.columns]:
        return Verdict(
            promoted=True,
            reason=f"The data no longer hold what {serving.version} needs: {', '.join(missing)}.",
        )
    if challenger.ensemble is None and serving.ensemble is not None:
        return Verdict(
            promoted=False,
            reason=f"{challenger.card.churned_clients} churned clients were too few to learn "
            f"from; {serving.version} learned from {serving.card.churned_clients}.",
        )
    comparison = compare(serving, challenger, features, rules)
    if comparison is None:
        return Verdict(
            promoted=not chosen_by_hand,
            reason=f"No {MIN_CHURNED_CLIENTS} churned clients whose outcome both models had not "
            f"learned, so it could not be compared with {serving.version}"
            + (", which was chosen by hand." if chosen_by_hand else "."),
        )
    if chosen_by_hand:
        promoted = comparison.method == "later" and comparison.is_better
    else:
        promoted = not comparison.is_worse
    return Verdict(promoted, _reason(comparison, chosen_by_hand=chosen_by_hand), comparison)


def compare(
    serving: TrainedChurn, challenger: TrainedChurn, features: pd.DataFrame, rules: RuleBook
) -> Comparison | None:
    """Score the newest rows whose outcome neither model learned.

    Returns:
        None when too few clients churned in such rows.
    """
    seed = challenger.card.seed
    known = labelled(features, seed)
    later = known.take(_newest(known, known.snapshots >= _knew_until(serving)))
    if _tells(later):
        start: date = later.snapshots.min().item()
        past = known_before(features, start)
        then = churn.train(past, as_of=start, seed=seed, rules=rules)
        return _comparison("later", later, (serving, challenger.version), then, seed)
    both = known.take(_blind_rows(known, serving) & _blind_rows(known, challenger))
    test = challenger.card.test
    if test is not None:
        both = both.take(both.snapshots >= np.datetime64(test.first_snapshot))
    if _tells(both):
        return _comparison("blind", both, (serving, challenger.version), challenger, seed)
    return None


def _comparison(
    method: Method, rows: Labelled, named: tuple[TrainedChurn, str], new: TrainedChurn, seed: int
) -> Comparison:
    serving, version = named
    held_out = HeldOut(rows.y[90], rows.clients, seed)
    area = partial(auc, dates=rows.snapshots)
    old_score, new_score = (_blind_score(model, rows) for model in (serving, new))
    return Comparison(
        method=method,
        window=describe_window(rows),
        serving=Scored(
            version=serving.version,
            brier=held_out.judge(brier, old_score),
            auc=held_out.judge(area, old_score),
        ),
        challenger=Scored(
            version=version,
            brier=held_out.judge(brier, new_score),
            auc=held_out.judge(area, new_score),
        ),
        brier_gain=held_out.gain(brier, old_score, new_score),
        auc_gain=held_out.gain(area, new_score, old_score),
    )


def _blind_score(model: TrainedChurn, rows: Labelled) -> Floats:
    """What the model says of rows without having learned their outcome."""
    return numbers(model.predict_past(rows.frame), "churn_prob_90d")


def _blind_rows(known: Labelled, model: TrainedChurn) -> Rows:
    """Rows that both the order of time and the draw of the members leave comparable."""
    if model.ensemble is None or model.learned_until is None:
        return np.ones(known.clients.size, dtype=bool)
    learned = known.snapshots <= np.datetime64(model.learned_until)
    return learned & model.ensemble.left_out(known.clients).any(axis=0)


def _knew_until(model: TrainedChurn) -> np.datetime64:
    """The first snapshot whose outcome lies wholly after all that the model learned."""
    if model.learned_until is None:
        return np.datetime64(model.card.as_of)
    return np.datetime64(model.learned_until) + np.timedelta64(EMBARGO_DAYS, "D")


def _newest(known: Labelled, eligible: Rows) -> Rows:
    dates = np.unique(known.snapshots[eligible])[-BLOCK_SNAPSHOTS:]
    return np.isin(known.snapshots, dates)


def _tells(rows: Labelled) -> bool:
    return rows.has_both_outcomes and rows.churned_clients >= MIN_CHURNED_CLIENTS


def known_before(features: pd.DataFrame, start: date) -> pd.DataFrame:
    """The features as they stood when a window began: no later row, no outcome still open."""
    dates = days(features, "snapshot_date")
    past = rows_where(features, dates < np.datetime64(start))
    closed = days(past, "snapshot_date") <= np.datetime64(start) - np.timedelta64(EMBARGO_DAYS, "D")
    labels = [f"churned_{horizon}d" for horizon in HORIZONS_DAYS if f"churned_{horizon}d" in past]
    return past.assign(**{name: past[name].astype("boolean").where(closed) for name in labels})


def _reason(comparison: Comparison, *, chosen_by_hand: bool) -> str:
    if comparison.is_worse:
        verdict = "Worse than"
    elif comparison.is_better:
        verdict = "Better than"
    else:
        verdict = "Not worse than"
    old, new, gain = comparison.serving, comparison.challenger, comparison.brier_gain
    window = comparison.window
    how = {
        "later": "that came after all that either knew",
        "blind": "scored only by members that never saw the client",
    }
    held = " That one was chosen by hand: only a clear gain on later outcomes replaces it."
    kept = chosen_by_hand and not (comparison.method == "later" and comparison.is_better)
    return (
        f"{verdict} {old.version}: Brier {_number(new.brier.value)} against "
        f"{_number(old.brier.value)} (gain {_number(gain.value)}, 95 % interval "
        f"{_number(gain.low)} to {_number(gain.high)}), AUC {_number(new.auc.value, 3)} against "
        f"{_number(old.auc.value, 3)}, on {window.rows:,} rows from {window.first_snapshot} to "
        f"{window.last_snapshot} {how[comparison.method]}." + (held if kept else "")
    )


def _number(value: float | None, digits: int = 4) -> str:
    return "not measured" if value is None else f"{value:.{digits}f}"
