"""Who is offered which strategy: randomised tests, and managers who pick the worried clients."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.hazard import State, weekly_hazard
from data.simulator.population import Traits
from data.simulator.strategies import HAZARD_RATIO, PLANTED, RETENTION_WINDOW_WEEKS
from data.simulator.vocabulary import STRATEGIES

# Per arm and strategy, of all clients: 2,000 clients give 210 in each arm.
RANDOM_ARM_SHARE = 0.105
TARGETED_SHARE = 0.03
WAVE_WEEKS = 2
_FIRST_WAVE_WEEK = 6
_NEWCOMER_WEEKS = 16
_TILT = 0.55


@dataclass(frozen=True)
class Assignments:
    """One row an assignment; `state` is the client's just before it.

    Attributes:
        client: Row in the traits.
        week: Week whose first day is the day of the assignment.
        strategy: Code in STRATEGIES.
        treated: Whether the client gets the strategy.
        random: Whether a coin decided, not a manager.
        propensity: Probability of treatment.
        state: Hidden state at the end of the week before.
    """

    client: NDArray[np.int64]
    week: NDArray[np.int64]
    strategy: NDArray[np.int64]
    treated: NDArray[np.bool_]
    random: NDArray[np.bool_]
    propensity: NDArray[np.float64]
    state: State


@dataclass
class Desk:
    """Assigns strategies in waves; no client is in two tests at once, or twice in the same."""

    config: SimulationConfig
    traits: Traits
    rng: np.random.Generator = field(init=False)
    free_from: NDArray[np.int64] = field(init=False)
    hazard_ratio: NDArray[np.float64] = field(init=False)
    done: NDArray[np.bool_] = field(init=False)
    log: list[Assignments] = field(init=False, default_factory=list[Assignments])

    def __post_init__(self) -> None:
        count = len(self.traits)
        self.rng = self.config.rng("tests")
        self.free_from = np.zeros(count, dtype=np.int64)
        self.hazard_ratio = np.ones(count)
        self.done = np.zeros((len(STRATEGIES), count), dtype=np.bool_)

    def assign(self, week: int, state: State, available: NDArray[np.bool_]) -> None:
        """Hold this week's wave, if there is one, and let ended treatments wear off."""
        self.hazard_ratio[self.free_from <= week] = 1.0
        if week < _FIRST_WAVE_WEEK or (week - _FIRST_WAVE_WEEK) % WAVE_WEEKS:
            return
        tenure = week - self.traits.signup_day // DAYS_A_WEEK
        available = available & (tenure >= 1)
        for code in np.roll(np.arange(len(STRATEGIES)), week // WAVE_WEEKS).tolist():
            eligible = self._eligible(code, week, tenure, available)
            self._randomise(code, week, state, eligible)
            eligible &= self.free_from <= week
            self._target(code, week, state, eligible)

    def assignments(self) -> Assignments:
        """All of them, in order of time."""
        return _merge(self.log)

    def _eligible(
        self,
        code: int,
        week: int,
        tenure: NDArray[np.int64],
        available: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        plan = PLANTED[STRATEGIES[code]]
        eligible = available & (self.free_from <= week) & ~self.done[code]
        if plan.newcomers_only:
            eligible &= tenure <= _NEWCOMER_WEEKS
        if plan.monthly_only:
            eligible &= self.traits.term_months == 0
        return eligible

    def _quota(self, week: int, share: float) -> int:
        """Clients of this wave, so that the shares are met by the last wave with an outcome."""
        last = self.config.weeks - RETENTION_WINDOW_WEEKS
        waves = max(1, (last - _FIRST_WAVE_WEEK) // WAVE_WEEKS)
        wave = (week - _FIRST_WAVE_WEEK) // WAVE_WEEKS
        total = share * len(self.traits)
        return int(np.ceil(total * (wave + 1) / waves) - np.ceil(total * wave / waves))

    def _randomise(self, code: int, week: int, state: State, eligible: NDArray[np.bool_]) -> None:
        rows = self._draw(week, state, eligible, 2 * self._quota(week, RANDOM_ARM_SHARE))
        rows = rows[: rows.size // 2 * 2]
        treated = self.rng.permutation(rows.size) % 2 == 0
        self._record(code, week, state, rows, treated, propensity=None)

    def _target(self, code: int, week: int, state: State, eligible: NDArray[np.bool_]) -> None:
        rows = self._draw(week, state, eligible, self._quota(week, TARGETED_SHARE))
        worry = 2.6 * state.disengaged[rows] + 0.2 * state.tickets[rows] - 1.4
        propensity = np.clip(1 / (1 + np.exp(-worry)), 0.05, 0.95).round(4)
        treated = self.rng.random(rows.size) < propensity
        self._record(code, week, state, rows, treated, propensity)

    def _draw(
        self, week: int, state: State, eligible: NDArray[np.bool_], count: int
    ) -> NDArray[np.int64]:
        """Clients for a test, the shakier the likelier."""
        log_hazard = np.log(weekly_hazard(self.traits, state, week) + 1e-6)
        rows = np.flatnonzero(eligible)
        appeal = _TILT * log_hazard[rows] + self.rng.gumbel(size=rows.size)
        return rows[np.argsort(-appeal, kind="stable")[:count]]

    def _record(
        self,
        code: int,
        week: int,
        state: State,
        rows: NDArray[np.int64],
        treated: NDArray[np.bool_],
        propensity: NDArray[np.float64] | None,
    ) -> None:
        self.done[code, rows] = True
        self.free_from[rows] = week + RETENTION_WINDOW_WEEKS
        ratio = HAZARD_RATIO[code, self.traits.segment[rows]]
        self.hazard_ratio[rows] = np.where(treated, ratio, 1.0)
        self.log.append(
            Assignments(
                client=rows,
                week=np.full(rows.size, week),
                strategy=np.full(rows.size, code),
                treated=treated,
                random=np.full(rows.size, propensity is None),
                propensity=np.full(rows.size, 0.5) if propensity is None else propensity,
                state=state.take(rows),
            )
        )


def _merge(parts: list[Assignments]) -> Assignments:
    state = State(
        **{
            name: np.concatenate([getattr(part.state, name) for part in parts])
            for name in (each.name for each in fields(State))
        }
    )
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in (each.name for each in fields(Assignments))
        if name != "state"
    }
    return Assignments(**columns, state=state)
