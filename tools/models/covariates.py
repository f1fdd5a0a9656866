"""What was known of clients beforehand, as columns that a line can use."""

from typing import Final

import numpy as np
import pandas as pd

from tools.models.features import Design
from tools.models.frames import Floats

__all__ = ["covariate_columns"]

_RARE: Final = 5
"""A level or a gap of fewer rows is no column of its own."""


def covariate_columns(frame: pd.DataFrame) -> Floats:
    """Encode the known features and attributes of a frame.

    Quantities are tamed by a signed logarithm, their gaps filled with the mean and flagged;
    categories are one column a level. All are standardised. Outcomes play no part.

    Args:
        frame: One row a client; columns that are no feature are passed over.

    Returns:
        (rows, columns) without gaps; no columns where nothing varies.
    """
    design = Design.fit(frame)
    coded = design.matrix(frame)
    columns: list[Floats] = []
    for position, name in enumerate(design.columns):
        values = coded[:, position]
        known = np.isfinite(values)
        if name in design.levels:
            columns += [(values == code).astype(np.float64) for code in np.unique(values[known])]
            continue
        tamed = np.sign(values) * np.log1p(np.abs(values))
        columns.append(np.where(known, tamed, tamed[known].mean()))
        columns.append((~known).astype(np.float64))
    frequent = [c for c in columns if np.count_nonzero(c != np.median(c)) >= _RARE]
    if not frequent:
        return np.empty((len(frame), 0))
    matrix = np.column_stack(frequent)
    return (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
