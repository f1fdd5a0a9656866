"""Who the clients are: traits that do not change over a client's life."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig, add_months
from data.simulator.vocabulary import (
    COUNTRIES,
    INDUSTRIES,
    MANAGERS_OF_REGION,
    PLACES,
    REGIONS,
    TERM_MONTHS,
)

NEVER = 10**6

_SEGMENT_SHARE = (0.55, 0.28, 0.17)
_REGION_SHARE = (0.44, 0.32, 0.15, 0.09)
_PLAN_SHARE = ((0.45, 0.38, 0.14, 0.03), (0.08, 0.37, 0.40, 0.15), (0.0, 0.10, 0.45, 0.45))
_CONTRACT_SHARE = ((0.62, 0.34, 0.04), (0.34, 0.54, 0.12), (0.18, 0.62, 0.20))
_SEAT_MEDIAN, _SEAT_MIN = np.array([12.0, 70.0, 380.0]), np.array([2, 20, 120])
_SEAT_PRICE_USD = np.array([14.0, 22.0, 34.0, 48.0])
_VOLUME_DISCOUNT = np.array([0.0, 0.12, 0.25])
_EVENTS_A_DAY = np.array([0.95, 1.6, 2.8])
_TICKETS_A_WEEK = np.array([0.045, 0.085, 0.15])
_LAUNCH_SHARE, _LAUNCH_WEEKS = 0.28, 6.0
# List prices rise once a year; the last time a few weeks before the end of the history.
_PRICE_RISE_DAYS_AGO = (45, 410, 775, 1_140, 1_505)
# Service incidents, once a year too; most clients feel each of them.
_INCIDENT_DAYS_AGO, _INCIDENT_REACH = (82, 447, 812, 1_177, 1_542), 0.7


@dataclass(frozen=True)
class Traits:
    """Fixed facts of each client; every array's last axis is the client.

    Attributes:
        segment: Code in SEGMENTS; likewise region, country, industry, plan and contract.
        city: Position among its country's cities.
        manager: Code in ACCOUNT_MANAGERS, -1 for nobody.
        signup_day: Day number of the sign-up.
        term_months: Length of a contract term, 0 for monthly.
        seats: Seats at sign-up.
        seat_price_usd: Price of a core seat a month at sign-up.
        events_a_day: Engagement events a day of a healthy, settled client.
        tickets_a_week: Support tickets a week of a client without trouble.
        contentment: Satisfaction (0-1) the client returns to.
        breadth: Features it uses when engaged.
        change_offset: Weekday on which its seats and prices change, 0-6 in the simulated week.
        renewal_day: Ends of its contract terms (terms, clients); NEVER where monthly.
        price_rise_week: Weeks of its price rises (rises, clients); NEVER where none.
        price_rise: Their sizes, as fractions.
        incident_week: Weeks of service incidents it felt (incidents, clients); NEVER where none.
    """

    segment: NDArray[np.int64]
    region: NDArray[np.int64]
    country: NDArray[np.int64]
    city: NDArray[np.int64]
    industry: NDArray[np.int64]
    plan: NDArray[np.int64]
    contract: NDArray[np.int64]
    manager: NDArray[np.int64]
    signup_day: NDArray[np.int64]
    term_months: NDArray[np.int64]
    seats: NDArray[np.int64]
    seat_price_usd: NDArray[np.float64]
    events_a_day: NDArray[np.float64]
    tickets_a_week: NDArray[np.float64]
    contentment: NDArray[np.float64]
    breadth: NDArray[np.int64]
    change_offset: NDArray[np.int64]
    renewal_day: NDArray[np.int64]
    price_rise_week: NDArray[np.int64]
    price_rise: NDArray[np.float64]
    incident_week: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.segment)

    def take(self, rows: NDArray[np.integer]) -> Self:
        """The traits of some clients, in that order, repeats allowed."""
        return type(self)(**{f.name: getattr(self, f.name)[..., rows] for f in fields(self)})


def make_population(config: SimulationConfig) -> Traits:
    """Draw the clients of a company, in the order of their sign-up."""
    rng = config.rng("population")
    count = config.customers
    segment = rng.choice(len(_SEGMENT_SHARE), count, p=_SEGMENT_SHARE)
    region = rng.choice(len(REGIONS), count, p=_REGION_SHARE)
    country, city = _places(region, rng)
    plan, contract = _pick(_PLAN_SHARE, segment, rng), _pick(_CONTRACT_SHARE, segment, rng)
    signup_day = _signup_days(config, rng)
    term_months = TERM_MONTHS[contract]
    renewal_day = _renewals(config, signup_day, term_months)
    rise_week, rise = _price_rises(config, signup_day, renewal_day, rng)
    seats = _SEAT_MEDIAN[segment] * np.exp(0.55 * rng.standard_normal(count))
    price = _SEAT_PRICE_USD[plan] * (1 - _VOLUME_DISCOUNT[segment]) * rng.uniform(0.9, 1.1, count)
    return Traits(
        segment=segment,
        region=region,
        country=country,
        city=city,
        industry=rng.integers(0, len(INDUSTRIES), count),
        plan=plan,
        contract=contract,
        manager=_managers(region, rng),
        signup_day=signup_day,
        term_months=term_months,
        seats=np.maximum(np.rint(seats).astype(np.int64), _SEAT_MIN[segment]),
        seat_price_usd=np.round(price, 2),
        events_a_day=_EVENTS_A_DAY[segment] * np.exp(0.4 * rng.standard_normal(count)),
        tickets_a_week=_TICKETS_A_WEEK[segment] * np.exp(0.3 * rng.standard_normal(count)),
        contentment=np.clip(rng.normal(0.76, 0.09, count), 0.4, 0.97),
        breadth=np.clip(3 + plan + rng.integers(0, 5, count), 3, 10),
        change_offset=rng.integers(0, DAYS_A_WEEK, count),
        renewal_day=renewal_day,
        price_rise_week=rise_week,
        price_rise=rise,
        incident_week=_incidents(config, rng),
    )


def _pick(
    shares: tuple[tuple[float, ...], ...], group: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """One code a client, drawn with its group's shares."""
    edges = np.cumsum(np.array(shares), axis=1)[group]
    draw = rng.random(len(group))[:, None]
    return np.minimum((draw > edges).sum(axis=1), len(shares[0]) - 1)


def _places(
    region: NDArray[np.int64], rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    country = np.zeros(len(region), dtype=np.int64)
    for code, name in enumerate(REGIONS):
        rows = np.flatnonzero(region == code)
        options = [COUNTRIES.index(place) for place in PLACES[name]]
        weights = np.arange(len(options), 0, -1, dtype=np.float64)
        country[rows] = rng.choice(options, len(rows), p=weights / weights.sum())
    cities = np.array([len(PLACES[r][c]) for r in REGIONS for c in PLACES[r]])
    return country, rng.integers(0, cities[country])


def _managers(region: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    manager = np.zeros(len(region), dtype=np.int64)
    for code, name in enumerate(REGIONS):
        rows = np.flatnonzero(region == code)
        manager[rows] = rng.choice(MANAGERS_OF_REGION[name], len(rows))
    manager[rng.random(len(region)) < 0.01] = -1
    return manager


def _signup_days(config: SimulationConfig, rng: np.random.Generator) -> NDArray[np.int64]:
    """A launch wave in the first weeks, then steady, slightly growing business."""
    count, span = config.customers, config.as_of_day - config.first_day
    launch = rng.exponential(_LAUNCH_WEEKS * DAYS_A_WEEK, count)
    steady = span * rng.random(count) ** (1 / 1.1)
    days = np.where(rng.random(count) < _LAUNCH_SHARE, launch, steady)
    return config.first_day + np.sort(np.mod(days, span).astype(np.int64))


def _renewals(
    config: SimulationConfig, signup_day: NDArray[np.int64], term_months: NDArray[np.int64]
) -> NDArray[np.int64]:
    terms = np.arange(1, config.months // 12 + 3)[:, None]
    ends = add_months(config.dates(signup_day)[None, :], terms * term_months[None, :])
    return np.where(term_months[None, :] > 0, config.day_numbers(ends), NEVER)


def _price_rises(
    config: SimulationConfig,
    signup_day: NDArray[np.int64],
    renewal_day: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Monthly clients follow the list price after a notice, fixed terms at their renewal."""
    count = config.customers
    monthly = renewal_day[0] == NEVER
    listed = np.array(_PRICE_RISE_DAYS_AGO)[:, None] + rng.integers(-25, 25, (1, count))
    listed_week = (config.as_of_day - listed) // DAYS_A_WEEK
    settled = listed_week * DAYS_A_WEEK > signup_day + 90
    listed_week = np.where(monthly & settled & (listed_week > 0), listed_week, NEVER)
    renewed_week = np.where(monthly, NEVER, renewal_day // DAYS_A_WEEK)
    weeks = np.concatenate([listed_week, renewed_week])
    sizes = np.clip(rng.lognormal(np.log(0.06), 0.5, weeks.shape), 0.02, 0.20)
    spared = rng.random(weeks.shape) < 0.25
    return np.where(spared, NEVER, weeks), np.round(sizes, 3)


def _incidents(config: SimulationConfig, rng: np.random.Generator) -> NDArray[np.int64]:
    shape = (len(_INCIDENT_DAYS_AGO), config.customers)
    day = config.as_of_day - np.array(_INCIDENT_DAYS_AGO)[:, None] + rng.integers(-10, 11, shape)
    felt = (day >= 0) & (rng.random(shape) < _INCIDENT_REACH)
    return np.where(felt, day // DAYS_A_WEEK, NEVER)
