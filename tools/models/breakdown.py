"""Where a churn score holds and where it does not: by segment, by what it predicted, how early."""

from functools import partial
from typing import Final

import numpy as np

from tools.models.card import HorizonQuality, LeadTime, ReliabilityBin
from tools.models.evaluation import ECE_BINS, HeldOut, auc, brier, ece, recall, top_rows
from tools.models.frames import Floats, column
from tools.models.labels import HORIZONS_DAYS, Labelled

MIN_CHURNED_CLIENTS: Final = 10
"""A segment in which fewer left is too uncertain to be judged."""
MAX_SEGMENTS: Final = 12
LEAD_BUCKETS_DAYS: Final = {"recall_0_30d": 15.0, "recall_31_60d": 45.0, "recall_61_90d": 75.0}


def by_segment(test: Labelled, score: Floats, seed: int) -> dict[str, HorizonQuality]:
    """Judge the 90-day probability in each segment with enough churn; the largest ones first."""
    if "segment" not in test.frame.columns:
        return {}
    segments = column(test.frame, "segment").dropna()
    judged: dict[str, HorizonQuality] = {}
    for segment in list(segments.value_counts().index)[:MAX_SEGMENTS]:
        rows = (column(test.frame, "segment") == segment).fillna(value=False).to_numpy(dtype=bool)
        part, own = test.take(rows), score[rows]
        if part.churned_clients < MIN_CHURNED_CLIENTS or not part.has_both_outcomes:
            continue
        held_out = HeldOut(part.y[90], part.clients, seed)
        judged[str(segment)] = HorizonQuality(
            auc=held_out.judge(partial(auc, dates=part.snapshots), own),
            brier=held_out.judge(brier, own),
            ece=held_out.judge(ece, own),
        )
    return judged


def reliability(y: Floats, score: Floats) -> list[ReliabilityBin]:
    """Compare what was predicted with what came, in bins of equally many rows."""
    bins = np.array_split(np.argsort(score, kind="stable"), ECE_BINS)
    return [
        ReliabilityBin(
            rows=rows.size,
            predicted=float(score[rows].mean()),
            churned=float(y[rows].mean()),
        )
        for rows in bins
        if rows.size
    ]


def lead_time(test: Labelled, score: Floats, seed: int) -> LeadTime:
    """Say how early churn shows: whether those who left were already in the top tenth."""
    within_30, within_60, within_90 = (test.y[days] == 1 for days in HORIZONS_DAYS)
    away = {
        "recall_0_30d": within_30,
        "recall_31_60d": within_60 & ~within_30,
        "recall_61_90d": within_90 & ~within_60,
    }
    flagged = top_rows(score)
    caught = np.concatenate(
        [np.full(int((rows & flagged).sum()), LEAD_BUCKETS_DAYS[k]) for k, rows in away.items()]
    )
    recalls = {
        name: HeldOut(rows.astype(float), test.clients, seed).judge(recall, flagged.astype(float))
        for name, rows in away.items()
    }
    return LeadTime(**recalls, median_days=float(np.median(caught)) if caught.size else None)
