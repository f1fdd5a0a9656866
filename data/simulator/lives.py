"""The main loop: every client lives through every week, is treated or not, stays or leaves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.experiments import Assignments, Desk
from data.simulator.hazard import State, advance, new_state, usage_level, weekly_hazard
from data.simulator.population import NEVER, Traits
from data.simulator.vocabulary import NO_EPISODE

_RETURN_SHARE = 0.06
# Longer than a retention window: who comes back had been lost.
_RETURN_AFTER_DAYS = (100, 240)


@dataclass(frozen=True)
class Lives:
    """What happened; matrices are (weeks, clients).

    Attributes:
        churn_day: Day number of the churn, NEVER for those who stayed.
        return_day: Day number of the reactivation, NEVER without one.
        level: Usage as a multiple of the client's settled, healthy one.
        disengaged: Share of interest gone (0-1).
        satisfaction: 0-1.
        tickets: Support tickets opened in the week.
        episode: Why the client is cooling off, code in EPISODES.
        assignments: Strategies assigned.
        final_state: Hidden state after the last week.
    """

    churn_day: NDArray[np.int64]
    return_day: NDArray[np.int64]
    level: NDArray[np.float32]
    disengaged: NDArray[np.float32]
    satisfaction: NDArray[np.float32]
    tickets: NDArray[np.int16]
    episode: NDArray[np.int8]
    assignments: Assignments
    final_state: State

    def active_on(self, day: int, traits: Traits) -> NDArray[np.bool_]:
        """Which clients are clients on a day."""
        here = (traits.signup_day <= day) & (day < self.churn_day)
        return here | (self.return_day <= day)


def live(config: SimulationConfig, traits: Traits) -> Lives:
    """Simulate all weeks of all clients."""
    rng = config.rng("lives")
    count, weeks = len(traits), config.weeks
    state, desk = new_state(traits), Desk(config, traits)
    churn_day, return_day = _churn_dates(count), _churn_dates(count)
    level = np.zeros((weeks, count), dtype=np.float32)
    disengaged, satisfaction = np.zeros_like(level), np.zeros_like(level)
    tickets = np.zeros((weeks, count), dtype=np.int16)
    episode = np.zeros((weeks, count), dtype=np.int8)
    for week in range(weeks):
        first_day = week * DAYS_A_WEEK
        staying = (traits.signup_day < first_day) & (churn_day == NEVER)
        desk.assign(week, state, staying)
        tickets[week] = advance(traits, state, week, rng)
        _calm(state, return_day <= first_day + DAYS_A_WEEK)
        level[week] = usage_level(traits, state, week)
        disengaged[week], satisfaction[week] = state.disengaged, state.satisfaction
        episode[week] = state.kind
        hazard = weekly_hazard(traits, state, week) * desk.hazard_ratio
        leaves = (rng.random(count) < hazard) & staying
        _leave(np.flatnonzero(leaves), first_day, churn_day, return_day, rng)
    return_day[return_day > config.as_of_day] = NEVER
    return Lives(
        churn_day=churn_day,
        return_day=return_day,
        level=level,
        disengaged=disengaged,
        satisfaction=satisfaction,
        tickets=tickets,
        episode=episode,
        assignments=desk.assignments(),
        final_state=state,
    )


def _churn_dates(count: int) -> NDArray[np.int64]:
    return np.full(count, NEVER, dtype=np.int64)


def _leave(
    rows: NDArray[np.int64],
    first_day: int,
    churn_day: NDArray[np.int64],
    return_day: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Date the churns and, for a few, the return.

    Never on a week's first day: assignments are dated on it, and thirteen weeks then hold exactly
    the days 1 to 90 after an assignment.
    """
    churn_day[rows] = first_day + rng.integers(1, DAYS_A_WEEK, rows.size)
    gap = rng.integers(*_RETURN_AFTER_DAYS, rows.size)
    returns = rng.random(rows.size) < _RETURN_SHARE
    return_day[rows] = np.where(returns, churn_day[rows] + gap, NEVER)


def _calm(state: State, back: NDArray[np.bool_]) -> None:
    """A client that came back stays: it does not cool off again."""
    state.kind[back] = NO_EPISODE
    state.disengaged[back] = 0.0
