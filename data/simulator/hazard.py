"""The causal core: how a client cools off week by week, and what that does to its churn hazard.

`advance` moves the hidden state of many clients by one week, `weekly_hazard` turns a state into
the probability to churn in that week. Neither depends on whether the client churns or is treated,
so the same code makes histories and their counterfactuals.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK
from data.simulator.population import Traits
from data.simulator.vocabulary import EPISODES, NO_EPISODE

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Log-linear weekly hazard; published in the truth file.
BASE_WEEKLY_HAZARD = np.array([0.0006, 0.00043, 0.00031])
COEFFICIENTS = {
    "usage_decline": 5.9,  # of full disengagement
    "recent_tickets": 0.16,  # a ticket, decayed; at most TICKET_CAP count
    "price_rise": 0.9,  # 10 % more, in the weeks that follow
    "dissatisfaction": 1.6,  # of one point of satisfaction (0-1) below content
    "inside_term": -2.0,  # a fixed term that is not about to end
    "term_ending": 1.3,  # a fixed term in its last weeks
}
TICKET_CAP = 6.0
TERM_ENDING_DAYS = 28
PRICE_MEMORY_WEEKS = 12
CONTENT = 0.75
GRACE_WEEKS = 3
MAX_WEEKLY_HAZARD = 0.6

_EPISODE_START = np.array([0.0066, 0.0074, 0.0084])
_RECOVERY = 0.022
_RAMP_WEEKS = (4, 11)
_RAMP_CURVE, _STRAIN_PACE = 0.6, 0.19
_NOISE = 0.10
# Usage falls faster than interest: the last ones to log in are few.
_FADE = 1.8
_DEPTH = (0.58, 0.34)
_INCIDENT_WEEKS, _INCIDENT_TROUBLE = 5, 4.0
_ONBOARDING_WEEKS = 13
_KIND_SHARE = np.array([0.0, 0.30, 0.20, 0.14, 0.24, 0.0])


@dataclass
class State:
    """What is hidden inside each client this week; one entry a client.

    Attributes:
        kind: Why it is cooling off, code in EPISODES; NO_EPISODE when it is not.
        age: Weeks since that began.
        ramp: Weeks the decline takes.
        depth: Share of its interest that goes in the end.
        disengaged: Share of its interest gone now (0-1).
        strain: The same, some weeks later on the way up: usage falls before the client leaves.
        noise: Log of ordinary ups and downs of usage.
        satisfaction: 0-1.
        tickets: Recent support tickets, decayed by a quarter a week.
    """

    kind: IntArray
    age: IntArray
    ramp: IntArray
    depth: FloatArray
    disengaged: FloatArray
    strain: FloatArray
    noise: FloatArray
    satisfaction: FloatArray
    tickets: FloatArray

    def take(self, rows: NDArray[np.integer]) -> Self:
        """A copy of some clients' state, in that order, repeats allowed."""
        return type(self)(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def new_state(traits: Traits) -> State:
    """Content clients without trouble."""
    count = len(traits)
    return State(
        kind=np.zeros(count, dtype=np.int64),
        age=np.zeros(count, dtype=np.int64),
        ramp=np.ones(count, dtype=np.int64),
        depth=np.zeros(count),
        disengaged=np.zeros(count),
        strain=np.zeros(count),
        noise=np.zeros(count),
        satisfaction=traits.contentment.copy(),
        tickets=np.zeros(count),
    )


def advance(
    traits: Traits, state: State, week: int | IntArray, rng: np.random.Generator
) -> IntArray:
    """Move the state by one week in place.

    Args:
        traits: The clients.
        state: Their state at the end of the week before.
        week: The week to live through, one for all or one a client.
        rng: Random stream.

    Returns:
        Support tickets opened in the week.
    """
    tenure = week - traits.signup_day // DAYS_A_WEEK
    shock = price_shock(traits, week)
    _begin_and_end_episodes(traits, state, week, shock, rng)
    in_episode = state.kind != NO_EPISODE
    state.age += in_episode
    ramp_done = np.minimum(state.age / state.ramp, 1.0) ** _RAMP_CURVE
    target = np.where(in_episode, state.depth * ramp_done, 0.0)
    state.disengaged = np.maximum(target, 0.72 * state.disengaged)
    slow = state.strain + _STRAIN_PACE * (state.disengaged - state.strain)
    state.strain = np.minimum(slow, state.disengaged)
    normal = rng.standard_normal((2, len(traits)))
    state.noise = 0.7 * state.noise + _NOISE * normal[0]

    support = state.kind == EPISODES.index("support")
    onboarding = (tenure >= 0) & (tenure < _ONBOARDING_WEEKS)
    trouble = 1 + onboarding + 9 * support + 1.2 * state.disengaged
    rate = traits.tickets_a_week * (trouble + 2 * incident_felt(traits, week))
    opened = np.where(tenure >= 0, rng.poisson(rate), 0)
    state.tickets = 0.75 * state.tickets + opened

    pull = traits.contentment - 0.42 * state.disengaged - 1.2 * shock
    pull = pull - 0.035 * np.minimum(state.tickets, TICKET_CAP)
    state.satisfaction += 0.22 * (pull - state.satisfaction) + 0.025 * normal[1]
    np.clip(state.satisfaction, 0.02, 0.99, out=state.satisfaction)
    return opened


def usage_level(traits: Traits, state: State, week: int | IntArray) -> FloatArray:
    """Usage as a multiple of the client's settled, healthy one."""
    tenure = week - traits.signup_day // DAYS_A_WEEK
    settling = np.clip(0.55 + 0.09 * tenure, 0.55, 1.0)
    return settling * (1 - state.disengaged) ** _FADE * np.exp(state.noise)


def weekly_hazard(traits: Traits, state: State, week: int | IntArray) -> FloatArray:
    """Probability to churn in the week for an untreated client."""
    beta = COEFFICIENTS
    risk = (
        np.log(BASE_WEEKLY_HAZARD[traits.segment])
        + beta["usage_decline"] * state.strain
        + beta["recent_tickets"] * np.minimum(state.tickets, TICKET_CAP)
        + beta["price_rise"] * price_shock(traits, week) / 0.10
        + beta["dissatisfaction"] * (CONTENT - state.satisfaction)
        + _contract_term(traits, week)
    )
    hazard = np.minimum(1 - np.exp(-np.exp(risk)), MAX_WEEKLY_HAZARD)
    tenure = week - traits.signup_day // DAYS_A_WEEK
    return np.where(tenure < GRACE_WEEKS, 0.0, hazard)


def price_shock(traits: Traits, week: int | IntArray) -> FloatArray:
    """Price rises still on the client's mind, as a fraction of the old price."""
    since = week - traits.price_rise_week
    felt = (since >= 0) & (since < PRICE_MEMORY_WEEKS)
    return (traits.price_rise * felt).sum(axis=0)


def incident_felt(traits: Traits, week: int | IntArray) -> FloatArray:
    """1 for clients that a service incident still upsets, else 0."""
    since = week - traits.incident_week
    felt = ((since >= 0) & (since < _INCIDENT_WEEKS)).any(axis=0)
    return np.where(felt, 1.0, 0.0)


def _contract_term(traits: Traits, week: int | IntArray) -> FloatArray:
    days_left = traits.renewal_day - week * DAYS_A_WEEK
    ending = ((days_left >= 0) & (days_left < TERM_ENDING_DAYS)).any(axis=0)
    bound = np.where(ending, COEFFICIENTS["term_ending"], COEFFICIENTS["inside_term"])
    return np.where(traits.term_months > 0, bound, 0.0)


def _begin_and_end_episodes(
    traits: Traits,
    state: State,
    week: int | IntArray,
    shock: FloatArray,
    rng: np.random.Generator,
) -> None:
    tenure = week - traits.signup_day // DAYS_A_WEEK
    incident = incident_felt(traits, week)
    draw = rng.random((2, len(traits)))
    free = state.kind == NO_EPISODE
    onboarding = tenure < _ONBOARDING_WEEKS
    trouble = 1 + onboarding + 12 * shock + _INCIDENT_TROUBLE * incident
    trouble = trouble + 0.15 * np.minimum(state.tickets, TICKET_CAP)
    begins = free & (tenure >= 1) & (draw[0] < _EPISODE_START[traits.segment] * trouble)
    ends = ~free & (state.age > state.ramp) & (draw[1] < _RECOVERY)
    state.kind[ends] = NO_EPISODE
    rows = np.flatnonzero(begins)
    if rows.size == 0:
        return
    weights = np.tile(_KIND_SHARE, (rows.size, 1))
    weights[:, EPISODES.index("onboarding")] = np.where(onboarding[rows], 0.7, 0.0)
    weights[:, EPISODES.index("price")] += 8 * shock[rows]
    weights[:, EPISODES.index("support")] += 0.1 * state.tickets[rows] + 0.5 * incident[rows]
    edges = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    state.kind[rows] = (rng.random((rows.size, 1)) > edges).sum(axis=1)
    state.age[rows] = 0
    state.ramp[rows] = rng.integers(*_RAMP_WEEKS, rows.size)
    state.depth[rows] = _DEPTH[0] + _DEPTH[1] * rng.beta(2.0, 1.6, rows.size)
