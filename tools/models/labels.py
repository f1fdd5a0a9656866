"""The snapshots whose outcome is known: what there is to learn from."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.models.card import Window
from tools.models.evaluation import auc
from tools.models.features import ATTRIBUTE_PREFIX, Design, outcome
from tools.models.frames import Clients, Floats, client_ids, days, rows_where, unit_hash
from tools.models.windows import Rows

HORIZONS_DAYS: Final = (30, 60, 90)
MAX_ROWS: Final = 120_000
LEAK_AUC: Final = 0.95
"""An attribute that alone separates who left from who stayed so well was filled in afterwards."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Rows whose 90-day outcome is known.

    Attributes:
        frame: (rows, …) features.
        y: Outcomes by horizon in days, (rows,) each.
        clients: (rows,) ids.
    """

    frame: pd.DataFrame
    y: dict[int, Floats]
    clients: Clients

    @property
    def snapshots(self) -> NDArray[np.datetime64]:
        """Snapshot date of each row."""
        return days(self.frame, "snapshot_date")

    @property
    def churned_clients(self) -> int:
        """Clients who churned within 90 days of a snapshot."""
        return int(np.unique(self.clients[self.y[90] == 1]).size)

    @property
    def quarters(self) -> float:
        """Quarters from the first snapshot to the last outcome."""
        span = (self.snapshots.max() - self.snapshots.min()) / np.timedelta64(1, "D")
        return float(span + HORIZONS_DAYS[-1]) / HORIZONS_DAYS[-1]

    @property
    def has_both_outcomes(self) -> bool:
        """Whether some stayed and some churned."""
        return self.y[90].size > 0 and bool(self.y[90].min() < self.y[90].max())

    def take(self, rows: Rows) -> "Labelled":
        """Keep some rows."""
        kept = {horizon: y[rows] for horizon, y in self.y.items()}
        return Labelled(rows_where(self.frame, rows), kept, self.clients[rows])


def labelled(features: pd.DataFrame, seed: int) -> Labelled:
    """Keep the rows with a known 90-day outcome; of very many, those of a draw of clients."""
    known = np.isfinite(outcome(features, "churned_90d"))
    frame = rows_where(features, known)
    if len(frame) > MAX_ROWS:
        frame = rows_where(frame, unit_hash(client_ids(frame), seed) < MAX_ROWS / len(frame))
    y = {horizon: outcome(frame, f"churned_{horizon}d") for horizon in HORIZONS_DAYS}
    return Labelled(frame, y, client_ids(frame))


def honest_design(known: Labelled) -> tuple[Design, list[str]]:
    """Fit the design without the attributes that give the outcome away.

    An export holds today's attributes: one written after the churn looks like a prophet. It stands
    at every past snapshot of the client, so it is judged by client and not by row.

    Returns:
        The design and the names left out.
    """
    design = Design.fit(known.frame)
    last, left = _by_client(known)
    X = design.matrix(rows_where(known.frame, last))
    leaking = [
        name
        for position, name in enumerate(design.columns)
        if name.startswith(ATTRIBUTE_PREFIX)
        and _separation(X[:, position], left, name in design.levels) > LEAK_AUC
    ]
    return design.without(leaking), leaking


def describe_window(part: Labelled) -> Window:
    """Count what a window holds."""
    return Window(
        first_snapshot=part.snapshots.min().item(),
        last_snapshot=part.snapshots.max().item(),
        snapshots=int(np.unique(part.snapshots).size),
        rows=len(part.frame),
        clients=int(np.unique(part.clients).size),
        churned_rows=int(part.y[90].sum()),
        churned_clients=part.churned_clients,
    )


def _by_client(known: Labelled) -> tuple[Rows, Floats]:
    """Each client's last row, (rows,) of booleans, and whether the client of it ever left."""
    _, client = np.unique(known.clients, return_inverse=True)
    order = np.lexsort((known.snapshots, client))
    last = np.zeros(client.size, dtype=bool)
    last[order[np.diff(client[order], append=client.size) > 0]] = True
    left = np.bincount(client, weights=known.y[90]) > 0
    return last, left[client[last]].astype(np.float64)


def _separation(values: Floats, y: Floats, is_category: bool) -> float:
    """AUC of one column, of its churn rates where it is a category; missing is a value."""
    filled = np.nan_to_num(values, nan=np.nanmin(values) - 1)
    if is_category:
        _, code = np.unique(filled, return_inverse=True)
        filled = (np.bincount(code, weights=y) / np.bincount(code))[code]
    area = auc(y, filled)(np.ones_like(y))
    return max(area, 1 - area)
