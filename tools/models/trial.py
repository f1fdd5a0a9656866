"""The honest trial: learn from the past, calibrate later, test later still, against baselines.

It replays what would have been served: at each origin a booster learns every outcome then known,
and a curve fitted on earlier scores of unseen months makes probabilities of its margins.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np

from tools.models.baselines import fit_logistic, logistic_probability
from tools.models.boosting import Ensemble, fit_ensemble
from tools.models.breakdown import by_segment, lead_time, reliability
from tools.models.calibration import (
    Calibrator,
    base_rate,
    fit_calibrator,
    flat_calibrator,
)
from tools.models.card import (
    Baseline,
    HorizonQuality,
    LeadTime,
    Measure,
    ReliabilityBin,
    Window,
)
from tools.models.evaluation import (
    HeldOut,
    auc,
    average_precision,
    brier,
    ece,
    lift,
)
from tools.models.features import Design
from tools.models.frames import Floats, rows_where
from tools.models.labels import HORIZONS_DAYS, Labelled, describe_window, honest_design
from tools.models.rules import RuleBook
from tools.models.timing import Timing, fit_timing
from tools.models.windows import Block, Rows, client_folds

BASELINES: Final = ("base_rate", "rules", "logistic")
MIN_CHURNED_CLIENTS: Final = 5
"""A block is not scored by a model that has seen fewer."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What the card says about a trial; see `tools.models.card.ModelCard`."""

    train: Window
    calibrate: Window
    test: Window
    auc: Measure
    pr_auc: Measure
    brier: Measure
    ece: Measure
    lift_top_decile: Measure
    horizons: dict[str, HorizonQuality]
    segments: dict[str, HorizonQuality]
    reliability: list[ReliabilityBin]
    lead_time: LeadTime | None
    baselines: dict[str, Baseline]
    beats_baselines: bool
    has_signal: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial's outcome.

    Attributes:
        scored: (rows,) the later months, whose outcomes calibrate the serving model.
        in_time: Whether it went by the order of time; else by folds of clients.
    """

    scored: Rows
    quality: Quality
    in_time: bool = True


@dataclass(frozen=True, slots=True)
class _Scores:
    """What would have been served in past months; NaN where nothing was.

    Attributes:
        margin: (rows,) log-odds within 90 days.
        within: (rows,) probabilities by horizon in days.
        baselines: (rows,) probabilities by baseline.
    """

    rows: Labelled
    margin: Floats
    within: dict[int, Floats]
    baselines: dict[str, Floats]

    @classmethod
    def of(cls, rows: Labelled) -> Self:
        """No scores yet."""

        def nothing() -> Floats:
            return np.full(rows.clients.size, np.nan)

        return cls(
            rows,
            nothing(),
            {days: nothing() for days in HORIZONS_DAYS},
            {name: nothing() for name in BASELINES},
        )

    def serve(
        self, rows: Rows, X: Floats, curve: Calibrator, timing: tuple[Timing, Timing]
    ) -> None:
        """Make probabilities of the rows' margins."""
        within_90 = curve.probability(self.margin[rows])
        within_60 = within_90 * timing[0].shares(X)
        self.within[90][rows], self.within[60][rows] = within_90, within_60
        self.within[30][rows] = within_60 * timing[1].shares(X)

    def serve_baselines(
        self,
        rows: Rows,
        X: Floats,
        past: Labelled,
        design: Design,
        rules: tuple[Floats, Rows],
        seed: int,
    ) -> None:
        """Score the rows by what the baselines learn from the same past."""
        rule_scores, known = rules
        logistic = fit_logistic(design, design.matrix(past.frame), past.y[90])
        curve = fit_calibrator(rule_scores[known], past.y[90], past.clients, seed)
        self.baselines["base_rate"][rows] = base_rate(past.y[90])
        self.baselines["rules"][rows] = curve.probability(rule_scores[rows])
        self.baselines["logistic"][rows] = logistic_probability(logistic, X)

    def take(self, rows: Rows) -> "_Scores":
        return _Scores(
            self.rows.take(rows),
            self.margin[rows],
            {days: within[rows] for days, within in self.within.items()},
            {name: score[rows] for name, score in self.baselines.items()},
        )


def run_trial(
    known: Labelled, blocks: list[Block], design: Design, rules: RuleBook, seed: int
) -> Trial | None:
    """Score the later months as they would have been, and judge the scores.

    Returns:
        The outcome, or None when there are no months to judge, or nobody churned in them.
    """
    scores = _roll(known, blocks, design, rules, seed)
    scored, served = np.isfinite(scores.margin), np.isfinite(scores.within[90])
    test = scores.take(served)
    if not test.rows.has_both_outcomes:
        return None
    past = known.take(np.any([block.known for block in blocks], axis=0))
    middle = known.take(scored & np.any([block.known for block in blocks], axis=0))
    return Trial(scored, _judge(test, past, middle, seed))


def cross_validate(known: Labelled, rules: RuleBook, seed: int) -> Trial:
    """Judge by folds of clients, where the history is too short for an order in time."""
    scores = _cross(known, rules, seed)
    everything = np.ones(known.clients.size, dtype=bool)
    return Trial(everything, _judge(scores, known, known, seed), in_time=False)


def _roll(
    known: Labelled, blocks: list[Block], design: Design, rules: RuleBook, seed: int
) -> _Scores:
    scores = _Scores.of(known)
    rule_scores = rules.scores(known.frame)
    for block in blocks:
        past, rows = known.take(block.known), block.score
        if past.churned_clients < MIN_CHURNED_CLIENTS or not past.has_both_outcomes:
            continue
        ensemble, timing = fit_model(past, design, seed)
        X = design.matrix(rows_where(known.frame, rows))
        scores.margin[rows] = ensemble.margins(X).mean(axis=0)
        earlier = block.known & np.isfinite(scores.margin)
        learned = known.take(earlier)
        if not learned.has_both_outcomes:
            continue
        curve = fit_calibrator(
            scores.margin[earlier], learned.y[90], learned.clients, seed, periods=learned.quarters
        )
        scores.serve(rows, X, curve, timing)
        scores.serve_baselines(rows, X, past, design, (rule_scores, block.known), seed)
    return scores


def _cross(known: Labelled, rules: RuleBook, seed: int) -> _Scores:
    """Score each fold of clients by what the others know; every choice is made inside the fold."""
    scores = _Scores.of(known)
    rule_scores = rules.scores(known.frame)
    for fold in client_folds(known.clients, known.y[90], seed):
        past, rows = known.take(fold.known), fold.score
        design, _ = honest_design(past)
        ensemble, timing = fit_model(past, design, seed)
        X = design.matrix(rows_where(known.frame, rows))
        scores.margin[rows] = ensemble.margins(X).mean(axis=0)
        blind = ensemble.blind_margins(design.matrix(past.frame), past.clients)
        curve = fit_calibrator(blind, past.y[90], past.clients, seed)
        scores.serve(rows, X, curve, timing)
        scores.serve_baselines(rows, X, past, design, (rule_scores, fold.known), seed)
    return scores


def serving_curve(
    known: Labelled, trial: Trial, ensemble: Ensemble, design: Design, seed: int
) -> Calibrator:
    """Calibrate the serving model on the later months, each client by members blind to it.

    The trial's own margins would not do: its models knew less and were more timid.
    """
    later = known.take(trial.scored)
    margin = ensemble.blind_margins(design.matrix(later.frame), later.clients)
    if not trial.quality.has_signal:
        return flat_calibrator(margin, later.y[90], later.clients, seed)
    periods = later.quarters if trial.in_time else None
    return fit_calibrator(margin, later.y[90], later.clients, seed, periods=periods)


def fit_model(part: Labelled, design: Design, seed: int) -> tuple[Ensemble, tuple[Timing, Timing]]:
    """Fit the 90-day ensemble and how its churn divides among the horizons."""
    X, layout = design.matrix(part.frame), design.layout
    ensemble = fit_ensemble(X, part.y[90], part.clients, layout, seed)
    timing = (
        fit_timing(X, part.y[60], part.y[90], part.clients, layout, seed + 1),
        fit_timing(X, part.y[30], part.y[60], part.clients, layout, seed + 2),
    )
    return ensemble, timing


def _judge(test: _Scores, past: Labelled, middle: Labelled, seed: int) -> Quality:
    held_out = HeldOut(test.rows.y[90], test.rows.clients, seed)
    score = test.within[90]
    area = partial(auc, dates=test.rows.snapshots)
    baselines: dict[str, Baseline] = {}
    for name, other in test.baselines.items():
        gain = held_out.gain(area, score, other)
        baselines[name] = Baseline(
            auc=held_out.judge(area, other),
            brier=held_out.judge(brier, other),
            auc_gain=gain,
            beaten=gain.low is not None and gain.low > 0,
        )
    return Quality(
        train=describe_window(past),
        calibrate=describe_window(middle),
        test=describe_window(test.rows),
        auc=held_out.judge(area, score),
        pr_auc=held_out.judge(average_precision, score),
        brier=held_out.judge(brier, score),
        ece=held_out.judge(ece, score),
        lift_top_decile=held_out.judge(lift, score),
        horizons={
            f"{days}d": _quality(test.rows, days, within, seed)
            for days, within in test.within.items()
        },
        segments=by_segment(test.rows, score, seed),
        reliability=reliability(test.rows.y[90], score),
        lead_time=lead_time(test.rows, score, seed) if len(set(test.rows.snapshots)) > 1 else None,
        baselines=baselines,
        beats_baselines=all(baseline.beaten for baseline in baselines.values()),
        has_signal=baselines["base_rate"].beaten,
    )


def _quality(test: Labelled, days: int, score: Floats, seed: int) -> HorizonQuality:
    held_out = HeldOut(test.y[days], test.clients, seed)
    return HorizonQuality(
        auc=held_out.judge(partial(auc, dates=test.snapshots), score),
        brier=held_out.judge(brier, score),
        ece=held_out.judge(ece, score),
    )
