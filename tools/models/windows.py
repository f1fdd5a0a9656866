"""Rolling origins: which snapshots a model may learn from before it scores which later ones.

The later part of the history is cut into blocks. Each is scored by a model, and by a calibration
on earlier blocks, that knew only outcomes complete before the block began. A history too short
for that is cut into folds of clients instead.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from tools.models.frames import Clients, Floats

Rows = NDArray[np.bool_]
Days = NDArray[np.datetime64]
EMBARGO_DAYS: Final = 89
"""Three month ends: an outcome of 90 days is known before the next window begins."""
BLOCK_SNAPSHOTS: Final = 3
SCORED_SHARE: Final = 0.6
MIN_TRAIN_SNAPSHOTS: Final = 3
FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Block:
    """Row masks: whose outcomes were known when the block began, and the block's own rows."""

    known: Rows
    score: Rows


def client_folds(clients: Clients, y: Floats, seed: int) -> list[Block]:
    """Divide the clients into folds with the same share of churners.

    Each fold is scored by what the others know: the way out where outcomes have no order in time.

    Args:
        clients: (rows,) ids; all rows of a client fall into one fold.
        y: (rows,) outcomes.
        seed: Makes the draw reproducible.
    """
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    blocks: list[Block] = []
    for _, held in folds.split(clients, y, clients):
        score = np.zeros(clients.size, dtype=bool)
        score[held] = True
        blocks.append(Block(~score, score))
    return blocks


def rolling_origins(days: Days) -> list[Block]:
    """Cut labelled rows into blocks by their snapshot date, in the order of time.

    Args:
        days: (rows,) dates of the snapshots whose outcome is known.
    """
    dates: Days = np.unique(days)
    scored = dates[dates.size - round(dates.size * SCORED_SHARE) :]
    starts = _block_starts(dates, scored)
    if not starts:
        return []
    ends = [*starts[1:], dates[-1] + np.timedelta64(1, "D")]
    return [
        Block(_before(days, start), (days >= start) & (days < end))
        for start, end in zip(starts, ends, strict=True)
    ]


def _block_starts(dates: Days, scored: Days) -> list[np.datetime64]:
    """First dates of the blocks, counted from the end, with enough history before each."""
    starts = scored[::-1][BLOCK_SNAPSHOTS - 1 :: BLOCK_SNAPSHOTS][::-1]
    return [s for s in starts if np.sum(_before(dates, s)) >= MIN_TRAIN_SNAPSHOTS]


def _before(days: Days, start: np.datetime64) -> Rows:
    return days <= start - np.timedelta64(EMBARGO_DAYS, "D")
