"""The health score: how well a client is doing, from the parts that are known.

100 × Σ weight × part ÷ Σ weight over the known parts; weights, constants and bands come from
`scores.health` of `data/semantic.yml`, which also holds a worked example.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from tools.models.frames import Floats, numbers

HealthBand = Literal["healthy", "watch", "at_risk"]
Constants = Mapping[str, float]


def health_scores(features: pd.DataFrame, definition: Mapping[str, Any]) -> pd.Series:
    """Score clients.

    Args:
        features: Rows of `gold.ai_model_features`; absent columns count as unknown.
        definition: `scores.health` of the semantic model: `weights` and `constants`.

    Returns:
        Scores 0-100 with the frame's index, NaN where no part is known.
    """
    weights: Mapping[str, float] = definition["weights"]
    parts = health_parts(features, definition)
    known = parts.notna().to_numpy() * np.array([weights[name] for name in parts.columns])
    total = known.sum(axis=1)
    weighted = (parts.fillna(0.0).to_numpy() * known).sum(axis=1)
    scores = np.divide(100 * weighted, total, out=np.full(len(parts), np.nan), where=total > 0)
    return pd.Series(np.round(scores, 4), index=features.index, name="health_score")


def health_parts(features: pd.DataFrame, definition: Mapping[str, Any]) -> pd.DataFrame:
    """Compute the parts of the score, each 0 (bad) to 1 (good), NaN where unknown.

    Raises:
        ValueError: The definition weighs a part that does not exist.
    """
    weights: Mapping[str, float] = definition["weights"]
    if unknown := sorted(set(weights) - set(_PARTS)):
        raise ValueError(
            f"Unknown parts of the health score: {', '.join(unknown)}. "
            f"Allowed: {', '.join(_PARTS)}."
        )
    constants: Constants = definition["constants"]
    return pd.DataFrame(
        {name: np.clip(_PARTS[name](features, constants), 0.0, 1.0) for name in weights},
        index=features.index,
    )


def health_bands(scores: pd.Series, definition: Mapping[str, Any]) -> list[HealthBand | None]:
    """Name the band of each score; None where there is no score."""
    bands: Mapping[str, float] = definition["bands"]
    return [None if np.isnan(score) else _band(float(score), bands) for score in scores]


def _band(score: float, bands: Mapping[str, float]) -> HealthBand:
    if score >= bands["healthy"]:
        return "healthy"
    return "watch" if score >= bands["watch"] else "at_risk"


def _engagement(features: pd.DataFrame, _: Constants) -> Floats:
    return numbers(features, "engagement_score") / 100


def _usage_trend(features: pd.DataFrame, constants: Constants) -> Floats:
    return numbers(features, "event_change_30d") / constants["usage_cap"]


def _support(features: pd.DataFrame, constants: Constants) -> Floats:
    recent, still_open = numbers(features, "tickets_30d"), numbers(features, "tickets_open")
    load = recent + constants["open_ticket_weight"] * still_open
    return 1 - load / constants["support_points"]


def _sentiment(features: pd.DataFrame, _: Constants) -> Floats:
    both = np.stack([numbers(features, "nps_score") / 10, (numbers(features, "csat_avg") - 1) / 4])
    known = np.isfinite(both)
    total = np.where(known, both, 0.0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(total, count, out=np.full(total.size, np.nan), where=count > 0)


def _revenue_trend(features: pd.DataFrame, constants: Constants) -> Floats:
    return 1 - numbers(features, "revenue_decline_90d") / constants["revenue_decline_cap"]


def _renewal(features: pd.DataFrame, constants: Constants) -> Floats:
    return numbers(features, "days_to_renewal") / constants["renewal_days"]


_PARTS: Final[Mapping[str, Callable[[pd.DataFrame, Constants], Floats]]] = {
    "engagement": _engagement,
    "usage_trend": _usage_trend,
    "support": _support,
    "sentiment": _sentiment,
    "revenue_trend": _revenue_trend,
    "renewal": _renewal,
}
