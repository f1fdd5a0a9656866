"""Which of the recorded rows of a test count, and how many do not, each for its reason."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tools.models.effects import ArmCounts, sample_ratio_p
from tools.models.frames import column, numbers, rows_where
from tools.models.hazards import EFFECT_DAYS

__all__ = ["EVEN_SHARE", "Cases", "arm_counts", "days_of", "is_treated"]

EVEN_SHARE: Final = 0.5
"""Share of treatment that is taken as planned where nobody wrote another one down."""
_EVEN: Final = 0.001
"""Below this probability the arms are too uneven for a fair draw."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Rows of one strategy that were assigned in the same way.

    A client counts once, by the first assignment: as assigned, whatever happened later.

    Attributes:
        assigned: All clients.
        known: Those whose outcome is known.
        open: Those whose 90 days are not over.
        lost: Clients whose 90 days are over and whose outcome nobody wrote down.
        repeated: Later rows of clients who are in the test already.
        treated_again: Treated clients who got the same strategy once more within the 90 days.
        leaked: Control clients who got the strategy nevertheless.
        also_treated: Treated clients who got another strategy besides.
        also_control: Control clients who got another strategy.
    """

    assigned: pd.DataFrame
    known: pd.DataFrame
    open: pd.DataFrame
    lost: int
    repeated: int
    treated_again: int
    leaked: int
    also_treated: int
    also_control: int

    @classmethod
    def of(cls, rows: pd.DataFrame, meanwhile: pd.DataFrame, as_of: date) -> Self:
        """Sort rows.

        Args:
            rows: As `read_trial_rows` gives them, in order of assignment.
            meanwhile: As `read_meanwhile` gives it.
            as_of: Last day of the data.
        """
        again = column(rows, "customer_id").duplicated().to_numpy()
        assigned = rows_where(rows, ~again)
        waits = _waits(assigned, as_of)
        unknown = column(assigned, "retained").isna().to_numpy()
        known = rows_where(assigned, ~waits & ~unknown).merge(
            meanwhile, on="intervention_id", how="left", validate="one_to_one"
        )
        treated = is_treated(known)
        alike, otherwise = numbers(known, "alike") > 0, numbers(known, "otherwise") > 0
        return cls(
            assigned=assigned,
            known=known,
            open=rows_where(assigned, waits),
            lost=int((unknown & ~waits).sum()),
            repeated=int(again.sum()),
            treated_again=int((alike & treated).sum()),
            leaked=int((alike & ~treated).sum()),
            also_treated=int((otherwise & treated).sum()),
            also_control=int((otherwise & ~treated).sum()),
        )

    @property
    def arms(self) -> ArmCounts:
        """Those whose outcome is known, by arm."""
        return arm_counts(self.known)

    @property
    def planned_share(self) -> float | None:
        """Planned share of treatment (0-1); None when nobody wrote one down."""
        share = numbers(self.assigned, "propensity")
        planned = float(np.nanmean(share)) if np.isfinite(share).any() else 0.0
        return planned if 0 < planned < 1 else None

    @property
    def ratio_p(self) -> float:
        """Probability of arms so uneven under a fair draw."""
        treated = int(is_treated(self.assigned).sum())
        planned = EVEN_SHARE if self.planned_share is None else self.planned_share
        return sample_ratio_p([treated, len(self.assigned) - treated], [planned, 1 - planned])

    @property
    def is_fair(self) -> bool:
        """Whether the arms are as even as a fair draw makes them."""
        return self.ratio_p >= _EVEN

    @property
    def open_until(self) -> date | None:
        """Day on which the last open outcome is known."""
        days = days_of(self.open)
        return max(days) + timedelta(days=EFFECT_DAYS) if days else None


def arm_counts(rows: pd.DataFrame) -> ArmCounts:
    """Count the rows with a known outcome by arm."""
    known = column(rows, "retained").notna().to_numpy()
    treated = is_treated(rows)
    kept = numbers(rows, "retained") == 1
    return ArmCounts(
        treated=int((known & treated).sum()),
        treated_kept=int((known & treated & kept).sum()),
        control=int((known & ~treated).sum()),
        control_kept=int((known & ~treated & kept).sum()),
    )


def is_treated(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the row is of the treated arm: (rows,)."""
    return (column(rows, "arm") == "treatment").to_numpy(dtype=bool)


def days_of(rows: pd.DataFrame) -> list[date]:
    """Days of assignment: (rows,)."""
    return pd.DatetimeIndex(column(rows, "assigned_at")).date.tolist()


def _waits(assigned: pd.DataFrame, as_of: date) -> NDArray[np.bool_]:
    """Whose 90 days are not over and not to be read: (rows,).

    Who leaves is known before who stays. So where one client's outcome is open, those who were
    assigned on the same day or later wait with it, even if they have left already.
    """
    day = pd.DatetimeIndex(column(assigned, "assigned_at")).to_numpy("datetime64[D]")
    young = day + np.timedelta64(EFFECT_DAYS, "D") > np.datetime64(as_of, "D")
    is_open = young & column(assigned, "retained").isna().to_numpy()
    return young & (day >= day[is_open].min()) if is_open.any() else is_open
