"""What the churn model sees: the features with their business names, and the numeric design.

The features are columns of `gold.ai_model_features`; `Design` turns such a frame into the
float matrix the booster reads. Missing values stay missing, unseen categories become missing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import pandas as pd

from tools.models.frames import Floats, as_numbers, column, numbers

FeatureUnit = Literal["usd", "count", "prob", "ratio", "days", "hours", "score", "points", "text"]

ATTRIBUTE_PREFIX: Final = "attr_"
NUMERIC_SHARE: Final = 0.95
"""An attribute of which so many values are numbers is a number."""
MAX_LEVELS: Final = 30
"""An attribute with more levels is an identifier, not a feature."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of the model in the words of the business.

    Attributes:
        theme: The reason a manager would name; features of one theme overlap.
        sign: How the risk may move with the value: 1 up only, -1 down only, 0 either way. It keeps
            a model of few clients from learning that more tickets are a good thing.
    """

    name: str
    label: str
    theme: str
    unit: FeatureUnit
    sign: int = 0

    @property
    def is_category(self) -> bool:
        """Whether the values are words, not quantities."""
        return self.unit == "text"


_ROWS: Final[tuple[tuple[str, str, str, FeatureUnit, int], ...]] = (
    ("days_since_last_login", "days since the last login", "usage", "days", 1),
    ("events_30d", "product events in the last 30 days", "usage", "count", -1),
    ("events_prev_30d", "product events in the 30 days before", "usage", "count", 0),
    ("events_90d", "product events in the last 90 days", "usage", "count", 0),
    ("avg_events_30d", "usual product events in 30 days", "usage", "count", 0),
    ("event_change_30d", "usage against the client's own usual level", "usage", "ratio", -1),
    ("active_days_30d", "active days in the last 30", "usage", "days", -1),
    ("features_used_30d", "features used in the last 30 days", "usage", "count", -1),
    ("engagement_score", "engagement score", "usage", "score", -1),
    ("tickets_30d", "support tickets in the last 30 days", "support", "count", 1),
    ("tickets_90d", "support tickets in the last 90 days", "support", "count", 1),
    ("tickets_open", "open support tickets", "support", "count", 1),
    ("avg_resolution_hours", "average time to resolve a ticket", "support", "hours", 1),
    ("csat_avg", "satisfaction with support", "satisfaction", "score", -1),
    ("nps_score", "latest NPS answer", "satisfaction", "points", -1),
    ("mrr_change_90d", "change of MRR over 90 days", "price", "ratio", 0),
    ("revenue_decline_90d", "revenue decline over 90 days", "price", "prob", 1),
    ("failed_payments_90d", "failed payments in the last 90 days", "price", "count", 1),
    ("mrr", "monthly recurring revenue", "size", "usd", 0),
    ("revenue_90d", "revenue of the last 90 days", "size", "usd", 0),
    ("seats", "seats", "size", "count", 0),
    ("days_to_renewal", "days to the contract's renewal", "contract", "days", 0),
    ("contract_type", "contract type", "contract", "text", 0),
    ("tenure_days", "time as a client", "tenure", "days", 0),
    ("plan", "plan", "profile", "text", 0),
    ("segment", "segment", "profile", "text", 0),
    ("region", "region", "profile", "text", 0),
    ("industry", "industry", "profile", "text", 0),
)
FEATURES: Final[Mapping[str, Feature]] = {row[0]: Feature(*row) for row in _ROWS}

THEMES: Final[Mapping[str, str]] = {
    "usage": "product usage",
    "support": "support load",
    "satisfaction": "satisfaction",
    "price": "payments and price",
    "size": "account size",
    "contract": "contract and renewal",
    "tenure": "time as a client",
    "profile": "client profile",
    "attributes": "other attributes",
}


def feature_of(name: str, *, is_category: bool = False) -> Feature:
    """Describe a feature; an attribute of the source gets a name made from its column's."""
    if name in FEATURES:
        return FEATURES[name]
    label = name.removeprefix(ATTRIBUTE_PREFIX).replace("_", " ")
    return Feature(name, label, "attributes", "text" if is_category else "score")


@dataclass(frozen=True, slots=True)
class Layout:
    """What a booster must know of the matrix's columns.

    Attributes:
        types: `c` categorical, `q` quantity (XGBoost's feature types).
        signs: Direction each column may push in; see `Feature.sign`.
    """

    types: tuple[str, ...]
    signs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """The columns a model was trained on and the levels of its categories.

    Attributes:
        columns: Feature names in matrix order.
        levels: Levels of each categorical column; a value's code is its position.
    """

    columns: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, frame: pd.DataFrame) -> Self:
        """Choose the usable columns: known features and attributes that vary."""
        levels: dict[str, tuple[str, ...]] = {}
        columns: list[str] = []
        for name in _candidates(frame.columns):
            values = column(frame, name)
            if _is_category(name, values):
                found = _levels(values)
                if 1 < len(found) <= MAX_LEVELS or (name in FEATURES and len(found) > 1):
                    levels[name] = found
                    columns.append(name)
            elif _varies(as_numbers(values)):
                columns.append(name)
        return cls(tuple(columns), levels)

    @property
    def layout(self) -> Layout:
        """Types and directions of the columns."""
        return Layout(
            tuple("c" if name in self.levels else "q" for name in self.columns),
            tuple(self.describe(name).sign for name in self.columns),
        )

    def matrix(self, frame: pd.DataFrame) -> Floats:
        """Encode a frame.

        Args:
            frame: Columns by name; an absent one counts as missing.

        Returns:
            (rows, columns) floats, NaN where missing or never seen in training.
        """
        encoded = np.full((len(frame), len(self.columns)), np.nan)
        for position, name in enumerate(self.columns):
            if name in frame.columns:
                encoded[:, position] = self._encode(name, column(frame, name))
        return encoded

    def without(self, names: Iterable[str]) -> "Design":
        """Return the design less some columns."""
        dropped = set(names)
        columns = tuple(name for name in self.columns if name not in dropped)
        return Design(columns, {k: v for k, v in self.levels.items() if k not in dropped})

    def describe(self, name: str) -> Feature:
        """Describe one of the design's columns."""
        return feature_of(name, is_category=name in self.levels)

    def _encode(self, name: str, values: pd.Series) -> Floats:
        if name not in self.levels:
            return as_numbers(values)
        codes = {level: float(code) for code, level in enumerate(self.levels[name])}
        return np.array([codes.get(_word(value), np.nan) for value in values], dtype=np.float64)


def typical_values(frame: pd.DataFrame, design: Design) -> dict[str, float | str | None]:
    """Give the usual value of each feature: the median, or the commonest category."""
    typical: dict[str, float | str | None] = {}
    for name in design.columns:
        if name in design.levels:
            words = [str(value) for value in column(frame, name).dropna()]
            typical[name] = Counter(sorted(words)).most_common(1)[0][0] if words else None
        else:
            known = numbers(frame, name)
            known = known[np.isfinite(known)]
            typical[name] = float(np.median(known)) if known.size else None
    return typical


def outcome(frame: pd.DataFrame, label: str) -> Floats:
    """Read a label column as 0, 1 or NaN (not known yet)."""
    if label not in frame.columns:
        return np.full(len(frame), np.nan)
    return as_numbers(column(frame, label).astype("boolean"))


def _candidates(columns: Iterable[object]) -> list[str]:
    present = {str(name) for name in columns}
    attributes = sorted(name for name in present if name.startswith(ATTRIBUTE_PREFIX))
    return [name for name in FEATURES if name in present] + attributes


def _is_category(name: str, values: pd.Series) -> bool:
    if name in FEATURES:
        return FEATURES[name].is_category
    known = values.dropna()
    return len(known) > 0 and bool(np.isfinite(as_numbers(known)).mean() < NUMERIC_SHARE)


def _levels(values: pd.Series) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values.dropna().unique()}))


def _varies(values: Floats) -> bool:
    known = values[np.isfinite(values)]
    return known.size > 1 and bool(known.min() < known.max())


def _word(value: object) -> str:
    return "" if value is None else str(value)
