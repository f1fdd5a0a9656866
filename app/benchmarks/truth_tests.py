"""The tests of a simulated company, read as `analyze_experiment` and `simulate_strategy` read them."""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.benchmarks.truth_company import Company, Rows
from app.benchmarks.truth_model import LightModel
from data.simulator.config import DAYS_A_WEEK
from data.simulator.strategies import RETENTION_WINDOW_DAYS
from data.simulator.vocabulary import CONTRACTS, SEGMENTS, STRATEGIES
from tools.models.effects import ArmCounts, Difference, difference
from tools.models.frames import Floats, column, rows_where
from tools.models.hazard_effects import MeasuredEffect
from tools.models.hazard_ratio import Cases
from tools.models.observational import aipw, overlap

__all__ = ["Tests"]

Mask = NDArray[np.bool_]
LEAST_SIZE: Final = 10
"""Effective clients that each side of cases chosen by hand needs, as in `tools.trial_measures`."""
LEAST_EVENTS: Final = 5
"""Clients who left, and who stayed, that they need, as there."""
NEW_DAYS: Final = 180
"""A test none of whose clients was older was one of new clients, as in `tools.strategy_evidence`."""
_TINY: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Tests:
    """Assignments with a known outcome, one row each.

    Attributes:
        client: Row in the traits.
        tenure_days: Since the sign-up, when assigned.
        risk: Churn probability at the month end before; NaN for newcomers.
    """

    company: Company
    client: Rows
    strategy: Rows
    segment: Rows
    tenure_days: Rows
    is_random: Mask
    treated: Mask
    kept: Mask
    propensity: Floats
    risk: Floats

    @classmethod
    def of(cls, company: Company, model: LightModel, history: pd.DataFrame) -> Self:
        """Read them, with the risk of each client as `model` sees it."""
        world = company.world
        rows = world.lives.assignments
        known = rows.week * DAYS_A_WEEK + RETENTION_WINDOW_DAYS <= world.config.as_of_day
        client, day = rows.client[known], rows.week[known] * DAYS_A_WEEK
        return cls(
            company=company,
            client=client,
            strategy=rows.strategy[known],
            segment=world.traits.segment[client],
            tenure_days=day - world.traits.signup_day[client],
            is_random=rows.random[known],
            treated=rows.treated[known],
            kept=world.lives.churn_day[client] > day + RETENTION_WINDOW_DAYS,
            propensity=rows.propensity[known],
            risk=_risk_before(company, model, history, client, day),
        )

    def effect(self, strategy: str) -> Difference | None:
        """What the randomised test showed; None while an arm is empty."""
        arms = self._arms(self._rows(strategy) & self.is_random)
        return difference(arms) if arms.is_comparable else None

    def chosen(self, strategy: str) -> Difference | None:
        """What cases chosen by hand point to; None where too few are alike, or too few left."""
        rows = self._rows(strategy) & ~self.is_random
        alike = overlap(self.treated[rows].astype(np.float64), self.propensity[rows])
        rows = np.flatnonzero(rows)[alike.inside]
        left, risk = int((~self.kept[rows]).sum()), self.risk[rows]
        known = np.isfinite(risk)
        if min(alike.treated_size, alike.control_size) < LEAST_SIZE or not known.any():
            return None
        if min(left, rows.size - left) < LEAST_EVENTS:
            return None
        filled = np.where(known, risk, risk[known].mean())
        covariate = (filled - filled.mean()) / max(float(filled.std()), _TINY)
        treated, kept = self.treated[rows].astype(np.float64), self.kept[rows].astype(np.float64)
        return aipw(treated, kept, self.propensity[rows], covariate[:, None])

    def by_segment(self, strategy: str) -> MeasuredEffect | None:
        """The effect that a simulation takes; None where a segment has an empty arm."""
        rows = self._rows(strategy) & self.is_random
        groups = [self._cases(rows & (self.segment == code)) for code in range(len(SEGMENTS))]
        usable = all(cases.is_comparable for cases in groups)
        return MeasuredEffect.of_groups(groups) if usable else None

    def covers(self, strategy: str, clients: Rows) -> Mask:
        """Which clients of today are of the kind that was tested."""
        world = self.company.world
        rows = self._rows(strategy) & self.is_random
        covered = np.ones(clients.size, dtype=bool)
        if not rows.any():
            return covered
        longest = int(self.tenure_days[rows].max())
        if longest <= NEW_DAYS:
            covered &= world.config.as_of_day - world.traits.signup_day[clients] <= longest
        tested = np.unique(world.traits.contract[self.client[rows]])
        if tested.size < len(CONTRACTS):
            covered &= np.isin(world.traits.contract[clients], tested)
        return covered

    def _rows(self, strategy: str) -> Mask:
        return self.strategy == STRATEGIES.index(strategy)

    def _cases(self, rows: Mask) -> Cases:
        return Cases(self.treated[rows], self.kept[rows], self.risk[rows])

    def _arms(self, rows: Mask) -> ArmCounts:
        treated, control = rows & self.treated, rows & ~self.treated
        return ArmCounts(
            treated=int(treated.sum()),
            treated_kept=int((treated & self.kept).sum()),
            control=int(control.sum()),
            control_kept=int((control & self.kept).sum()),
        )


def _risk_before(
    company: Company, model: LightModel, history: pd.DataFrame, client: Rows, day: Rows
) -> Floats:
    """Churn probability at the month end before each day, NaN where there is none: (rows,)."""
    position = np.searchsorted(company.month_ends, day) - 1
    month_end = company.world.config.dates(company.month_ends[np.maximum(position, 0)])
    wanted = pd.DataFrame({"customer_id": company.ids[client], "snapshot_date": month_end})
    features = wanted.merge(history, "left", on=["customer_id", "snapshot_date"])
    known = (position >= 0) & column(features, "segment").notna().to_numpy()
    prob = np.full(client.size, np.nan)
    prob[known] = model.predict_past(rows_where(features, known))
    return prob
