"""Typed reading of data frames: a column, some rows, numbers with NaN where unknown."""

from typing import Any, cast

import numpy as np
import pandas as pd
import pandas.util
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Clients = NDArray[np.object_]
_HASHING = cast("Any", pandas.util)  # ships without types


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Take one column."""
    return cast("pd.Series", frame[name])


def rows_where(frame: pd.DataFrame, mask: Any) -> pd.DataFrame:
    """Keep the rows of a mask, numbered anew."""
    return cast("pd.DataFrame", frame.loc[mask]).reset_index(drop=True)


def as_numbers(values: pd.Series) -> Floats:
    """Read values as floats; what is missing or is no number becomes NaN."""
    numbers = cast("pd.Series", pd.to_numeric(values, errors="coerce"))
    return numbers.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)


def numbers(frame: pd.DataFrame, name: str) -> Floats:
    """Read a column as floats; an absent column is all NaN."""
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return as_numbers(column(frame, name))


def days(frame: pd.DataFrame, name: str) -> NDArray[np.datetime64]:
    """Read a column as dates."""
    return pd.DatetimeIndex(pd.to_datetime(column(frame, name))).to_numpy("datetime64[D]")


def client_ids(frame: pd.DataFrame) -> Clients:
    """Read the client of each row: (rows,)."""
    return column(frame, "customer_id").astype(str).to_numpy(dtype=object)


def unit_hash(values: Clients, key: int) -> Floats:
    """Hash values evenly into [0, 1): the same value and key give the same number for ever."""
    hashed: NDArray[np.uint64] = _HASHING.hash_array(values, hash_key=f"{key % 10**16:016d}")
    return hashed / 2.0**64


def content_hash(frame: pd.DataFrame) -> bytes:
    """Hash names and values of a frame, row by row.

    Numbers count to seven digits: their last bits depend on the order of a parallel sum.
    """
    floats = dict.fromkeys(frame.select_dtypes("float").columns, np.float32)
    hashed: pd.Series = _HASHING.hash_pandas_object(frame.astype(floats).astype(str), index=False)
    return ",".join(map(str, frame.columns)).encode() + hashed.to_numpy().tobytes()


def is_unknown(value: object) -> bool:
    """Whether a cell holds nothing: None, NaN, NA or NaT."""
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124
