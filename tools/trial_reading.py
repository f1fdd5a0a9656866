"""Reads all that was tried of a strategy, sorted into what chance chose and what people chose."""

import pandas as pd

from data.gold_interventions import read_trial_rows
from data.gold_trials import read_known_before, read_meanwhile
from tools.contract import Period, ToolContext
from tools.models.frames import column, numbers, rows_where
from tools.models.hazards import EFFECT_DAYS
from tools.resolve import mendable_errors
from tools.rule_book import rule_book
from tools.trial import Chosen
from tools.trial_cases import Cases
from tools.trial_measures import estimate_chosen

__all__ = ["read_trial"]


def read_trial(
    strategy: str, by: str | None, period: Period | None, context: ToolContext
) -> tuple[pd.DataFrame, Cases, Chosen | None]:
    """All rows; those drawn at random; the estimate from the others, where there is one.

    Args:
        strategy: Canonical name.
        by: What `grp` of the rows is to be; the segment when None.
        period: Days of assignment; None for all.
        context: Where the data are.
    """
    bands = rule_book(context.gold).bands.churn_risk
    with mendable_errors():
        rows = read_trial_rows(
            context.gold,
            [strategy],
            by=by or "segment",
            period=period,
            risk_bands=(bands.medium, bands.high),
        )
        meanwhile = read_meanwhile(context.gold, [strategy], within_days=EFFECT_DAYS)
    is_random = (column(rows, "assignment") == "random").to_numpy()
    as_of = context.gold.as_of
    random = Cases.of(rows_where(rows, is_random), meanwhile, as_of)
    others = Cases.of(rows_where(rows, ~is_random), meanwhile, as_of)
    if not pd.notna(numbers(others.known, "propensity")).any():
        return rows, random, None
    with mendable_errors():
        before = read_known_before(context.gold, strategy)
    return rows, random, estimate_chosen(strategy, others, before)
