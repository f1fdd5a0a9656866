"""A simulated company as the churn model sees it, straight from the simulator: no warehouse.

The features are those of the warehouse that the simulator's tables give in one pass: usage, tickets,
NPS, contract, price. Engagement is drawn a day at a time from the simulator's usage level; single
events, payments and ratings of tickets are left out.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK
from data.simulator.hazard import advance, weekly_hazard
from data.simulator.population import NEVER
from data.simulator.strategies import HAZARD_RATIO, RETENTION_WINDOW_WEEKS
from data.simulator.tables import customer_ids
from data.simulator.vocabulary import CONTRACTS, INDUSTRIES, PLANS, REGIONS, SEGMENTS, labels
from data.simulator.world import World
from tools.models.frames import Floats, column, days
from tools.models.labels import HORIZONS_DAYS

__all__ = ["Company", "Rows"]

Rows = NDArray[np.int64]
_MONTH_DAYS, _QUARTER_DAYS = 30, 90
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True)
class Company:
    """The clients of one simulated company."""

    world: World

    @property
    def free(self) -> Rows:
        """Active clients who are in no open test and did not come back: rows of the traits."""
        config, tests = self.world.config, self.world.lives.assignments
        in_test = tests.client[tests.week > config.weeks - RETENTION_WINDOW_WEEKS]
        return np.setdiff1d(self.here(config.as_of_day), in_test)

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Identifier of each client."""
        return customer_ids(len(self.world.traits))

    @cached_property
    def month_ends(self) -> Rows:
        """Day numbers of the month ends of the history."""
        config = self.world.config
        months = pd.date_range(config.start, config.as_of, freq="ME")
        return config.day_numbers(months.to_numpy("datetime64[D]"))

    def history(self) -> pd.DataFrame:
        """Features and outcomes at every month end, one row a client there."""
        snapshots = [self.snapshot(day, self.here(day)) for day in self.month_ends.tolist()]
        return pd.concat(snapshots, ignore_index=True)

    def here(self, day: int) -> Rows:
        """Clients of a day who have not left before: rows of the traits."""
        traits, lives = self.world.traits, self.world.lives
        return np.flatnonzero((traits.signup_day <= day) & (day < lives.churn_day))

    def snapshot(self, day: int, rows: Rows) -> pd.DataFrame:
        """Features of clients on a day, with what is known of their outcome."""
        world, traits = self.world, self.world.traits
        left = world.lives.churn_day
        tenure = day - traits.signup_day[rows]
        mrr = world.commerce.mrr(rows, np.full(rows.size, day))
        before = np.maximum(day - _QUARTER_DAYS, traits.signup_day[rows])
        mrr_before = world.commerce.mrr(rows, before)
        features: dict[str, object] = {
            "customer_id": self.ids[rows],
            "snapshot_date": world.config.dates(np.full(rows.size, day)),
            "segment": labels(SEGMENTS, traits.segment[rows]),
            "region": labels(REGIONS, traits.region[rows]),
            "industry": labels(INDUSTRIES, traits.industry[rows]),
            "plan": labels(PLANS, traits.plan[rows]),
            "contract_type": labels(CONTRACTS, traits.contract[rows]),
            "tenure_days": tenure,
            "mrr": mrr,
            "mrr_change_90d": np.where(tenure < _QUARTER_DAYS, np.nan, mrr / mrr_before - 1),
            "days_to_renewal": self._days_to_renewal(rows, day),
            "nps_score": self._nps[day, rows],
            "tickets_30d": _within(self._tickets, day, _MONTH_DAYS)[rows],
            "tickets_90d": _within(self._tickets, day, _QUARTER_DAYS)[rows],
            **self._usage(rows, day),
        }
        for horizon in HORIZONS_DAYS:
            known = day + horizon <= world.config.as_of_day
            features[f"churned_{horizon}d"] = left[rows] <= day + horizon if known else None
        return pd.DataFrame(features)

    def arr_usd(self, rows: Rows) -> Floats:
        """ARR of active clients today."""
        today = np.full(rows.size, self.world.config.as_of_day)
        return _MONTHS_A_YEAR * self.world.commerce.mrr(rows, today)

    def stays(self, rows: Rows) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Live the next thirteen weeks twice with the same chances: untreated, and treated.

        Returns:
            Who stays untreated, (clients,); who stays treated, (strategies, clients).
        """
        world = self.world
        traits, state = world.traits.take(rows), world.lives.final_state.take(rows)
        ratio = HAZARD_RATIO[:, traits.segment]
        rng = world.config.rng("what then happened")
        stays, stays_treated = np.ones(rows.size, dtype=bool), np.ones(ratio.shape, dtype=bool)
        for week in range(world.config.weeks, world.config.weeks + RETENTION_WINDOW_WEEKS):
            advance(traits, state, week, rng)
            hazard, chance = weekly_hazard(traits, state, week), rng.random(rows.size)
            stays &= chance >= hazard
            stays_treated &= chance >= hazard * ratio
        return stays, stays_treated

    def _usage(self, rows: Rows, day: int) -> dict[str, Floats]:
        month = _within(self._events, day, _MONTH_DAYS)[rows]
        two_months = _within(self._events, day, 2 * _MONTH_DAYS)[rows]
        observed = np.maximum(day - self.world.traits.signup_day[rows] + 1, _MONTH_DAYS)
        usual = _MONTH_DAYS * self._events[day + 1, rows] / observed
        return {
            "events_30d": month,
            "events_prev_30d": two_months - month,
            "events_90d": _within(self._events, day, _QUARTER_DAYS)[rows],
            "avg_events_30d": usual,
            "event_change_30d": np.divide(
                month, usual, out=np.full(rows.size, np.nan), where=usual > 0
            ),
            "active_days_30d": _within(self._active_days, day, _MONTH_DAYS)[rows],
            "days_since_last_login": day - self._last_active[day, rows],
        }

    def _days_to_renewal(self, rows: Rows, day: int) -> Floats:
        ends = self.world.traits.renewal_day[:, rows].astype(np.float64)
        left = np.where((ends > day) & (ends < NEVER), ends - day, np.inf).min(axis=0)
        return np.where(np.isfinite(left), left, np.nan)

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """Engagement events: (days, clients)."""
        world = self.world
        rate = np.repeat(world.lives.level * world.traits.events_a_day, DAYS_A_WEEK, axis=0)
        day = np.arange(rate.shape[0])[:, None]
        here = (day >= world.traits.signup_day) & (day < world.lives.churn_day)
        return world.config.rng("daily events").poisson(rate * here)

    @cached_property
    def _events(self) -> Floats:
        return _to_date(self._counts)

    @cached_property
    def _active_days(self) -> Floats:
        return _to_date(self._counts > 0)

    @cached_property
    def _last_active(self) -> Floats:
        """Last day with an event, the sign-up without one: (days, clients)."""
        day = np.arange(len(self._counts))[:, None]
        seen = np.where(self._counts > 0, day, self.world.traits.signup_day)
        return np.maximum.accumulate(seen, axis=0).astype(np.float64)

    @cached_property
    def _tickets(self) -> Floats:
        opened = np.zeros(self._counts.shape)
        table = self.world.support_tickets
        np.add.at(opened, (self._day_of(table, "created_at"), self._row_of(table)), 1)
        return _to_date(opened)

    @cached_property
    def _nps(self) -> Floats:
        """Latest NPS answer, NaN without one: (days, clients)."""
        answers = np.full(self._counts.shape, np.nan)
        table = self.world.surveys
        answers[self._day_of(table, "response_date"), self._row_of(table)] = table["nps_score"]
        return pd.DataFrame(answers).ffill().to_numpy()

    def _day_of(self, table: pd.DataFrame, name: str) -> Rows:
        return self.world.config.day_numbers(days(table, name))

    def _row_of(self, table: pd.DataFrame) -> Rows:
        return pd.Index(self.ids).get_indexer(pd.Index(column(table, "customer_id")))


def _to_date(a_day: NDArray[np.generic]) -> Floats:
    """Sums before each day: (days + 1, clients)."""
    nothing = np.zeros((1, a_day.shape[1]))
    return np.concatenate([nothing, np.cumsum(a_day, axis=0, dtype=np.float64)])


def _within(to_date: Floats, day: int, last_days: int) -> Floats:
    """Sum over the last days, the day itself included: (clients,)."""
    return to_date[day + 1] - to_date[max(day + 1 - last_days, 0)]
