"""Small helpers that turn codes and days into columns of a raw table."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.config import SimulationConfig

SECONDS_A_DAY = 86_400


def ids(prefix: str, numbers: NDArray[np.integer], width: int) -> NDArray[np.object_]:
    """Identifiers such as C00042."""
    return np.array([f"{prefix}{number:0{width}d}" for number in numbers], dtype=object)


def customer_ids(count: int) -> NDArray[np.object_]:
    """The clients' identifiers, in order of sign-up."""
    return ids("C", np.arange(1, count + 1), 5)


def date_column(
    config: SimulationConfig,
    days: NDArray[np.integer],
    known: NDArray[np.bool_] | None = None,
) -> pd.Series:
    """ISO dates as text, empty where not known."""
    known = np.ones(len(days), dtype=np.bool_) if known is None else known
    text = np.full(len(days), None, dtype=object)
    text[known] = config.dates(days[known]).astype(str)
    return pd.Series(text, dtype=object)


def moment_column(
    config: SimulationConfig,
    seconds: NDArray[np.integer] | NDArray[np.floating],
    known: NDArray[np.bool_] | None = None,
) -> pd.Series:
    """Timestamps as text, from seconds since the first second of day 0."""
    known = np.ones(len(seconds), dtype=np.bool_) if known is None else known
    text = np.full(len(seconds), None, dtype=object)
    start = np.datetime64(config.origin, "s")
    moments = start + seconds[known].astype(np.int64).astype("timedelta64[s]")
    text[known] = np.char.replace(moments.astype(str), "T", " ")
    return pd.Series(text, dtype=object)


def blank(values: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[np.object_]:
    """A copy with some values left out."""
    out = values.astype(object)
    out[missing] = None
    return out
