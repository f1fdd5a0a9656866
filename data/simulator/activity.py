"""Engagement events, made and handed out in blocks so that any number fits in memory."""

# pyarrow ships no types.
# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import Traits
from data.simulator.spans import Spans
from data.simulator.tables import SECONDS_A_DAY, customer_ids

EVENT_TYPES = (
    "login",
    "feature_use",
    "report_view",
    "export",
    "integration_sync",
    "api_call",
    "invite_sent",
)
_TYPE_SHARE = np.array([0.0, 0.52, 0.22, 0.08, 0.09, 0.07, 0.02])
FEATURES = (
    "dashboards",
    "reports",
    "search",
    "alerts",
    "automations",
    "integrations",
    "exports",
    "mobile_app",
    "admin",
    "api",
)
DEVICES = ("desktop", "mobile", "tablet")
_DEVICE_SHARE = (0.72, 0.23, 0.05)
_WEEKDAY_RATE = np.array([1.18, 1.25, 1.22, 1.20, 1.05, 0.56, 0.54])  # Monday first
_UTC_OFFSET_HOURS = np.array([-6, 1, 9, -4])
_HOUR_SHARE = np.array(
    [1, 1, 0.5, 0.5, 0.5, 1, 3, 7, 14, 20, 21, 19, 13, 16, 20, 19, 16, 12, 7, 5, 4, 3, 2, 1.5]
)
_TABLE_SIZE = 1 << 14

SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("customer_id", pa.string()),
        ("event_type", pa.string()),
        ("timestamp", pa.timestamp("s")),
        ("device_type", pa.string()),
        ("feature_used", pa.string()),
    ]
)


@dataclass(frozen=True)
class Activity:
    """How much each client does; `blocks` draws the events themselves."""

    config: SimulationConfig
    traits: Traits
    lives: Lives
    spans: Spans

    def blocks(self) -> Iterator[pa.Table]:
        """Events week by week, in order of day; numbered from 1."""
        rng = self.config.rng("events")
        scale = self._scale()
        names = pa.array(customer_ids(len(self.traits)))
        clock = _local_clock()
        first_id = 1
        for week in range(self.config.weeks):
            counts = rng.poisson(self._rates(week) * scale)
            total = int(counts.sum())
            if total:
                yield self._draw(week, counts, first_id, names, clock, rng)
            first_id += total

    def _scale(self) -> float:
        """Factor that brings the expected number of events to the target."""
        if self.config.events_target is None:
            return 1.0
        natural = sum(float(self._rates(week).sum()) for week in range(self.config.weeks))
        return self.config.events_target / natural

    def _rates(self, week: int) -> NDArray[np.float64]:
        """Expected events (days of the week, clients)."""
        days = week * DAYS_A_WEEK + np.arange(DAYS_A_WEEK)
        present = np.zeros((DAYS_A_WEEK, len(self.traits)), dtype=np.bool_)
        spans = self.spans
        inside = (days[:, None] >= spans.start) & (days[:, None] <= spans.last)
        row, span = np.nonzero(inside)
        present[row, spans.client[span]] = True
        weekday = (days + self.config.origin.weekday()) % DAYS_A_WEEK
        pace = self.traits.events_a_day * self.lives.level[week]
        return present * pace * _WEEKDAY_RATE[weekday][:, None]

    def _draw(
        self,
        week: int,
        counts: NDArray[np.int64],
        first_id: int,
        names: pa.Array,
        clock: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> pa.Table:
        clients = len(self.traits)
        cell = np.repeat(np.arange(counts.size), counts.ravel())
        total = len(cell)
        local = clock[rng.integers(0, _TABLE_SIZE, total)] + rng.integers(0, 6, total)
        offset = _UTC_OFFSET_HOURS[self.traits.region[cell % clients]] * 3_600
        key = cell * SECONDS_A_DAY + (local - offset) % SECONDS_A_DAY
        key.sort()
        cell, second = key // SECONDS_A_DAY, key % SECONDS_A_DAY
        client, day = cell % clients, week * DAYS_A_WEEK + cell // clients
        kind = rng.choice(len(EVENT_TYPES), total, p=_TYPE_SHARE)
        kind[np.append(True, cell[1:] != cell[:-1])] = EVENT_TYPES.index("login")
        seconds = np.datetime64(self.config.origin, "s").astype(np.int64)
        stamp = seconds + day * SECONDS_A_DAY + second
        return pa.table(
            [
                _event_ids(first_id, total),
                names.take(pa.array(client)),
                pa.array(EVENT_TYPES).take(pa.array(kind)),
                pa.array(stamp, pa.timestamp("s")),
                pa.array(DEVICES).take(pa.array(rng.choice(3, total, p=_DEVICE_SHARE))),
                self._features(week, client, kind, rng),
            ],
            schema=SCHEMA,
        )

    def _features(
        self,
        week: int,
        client: NDArray[np.int64],
        kind: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> pa.Array:
        """Feature of each event, none for logins; a cooling client uses fewer of them."""
        cool = self.lives.disengaged[week, client]
        breadth = 1 + self.traits.breadth[client] * (1 - 0.7 * cool)
        feature = np.minimum(breadth * rng.random(len(client)) ** 1.6, len(FEATURES) - 1)
        without = kind == EVENT_TYPES.index("login")
        return pa.array(FEATURES).take(pa.array(feature.astype(np.int64), mask=without))


def _event_ids(first: int, count: int) -> pa.Array:
    numbers = pc.cast(pa.array(np.arange(first, first + count)), pa.string())
    return pc.binary_join_element_wise("E", numbers, "")


def _local_clock() -> NDArray[np.int64]:
    """Seconds of the local day such that a random entry is a likely working moment."""
    share = np.concatenate([[0.0], np.cumsum(_HOUR_SHARE) / _HOUR_SHARE.sum()])
    quantile = (np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE
    return (np.interp(quantile, share, np.arange(25)) * 3_600).astype(np.int64)
