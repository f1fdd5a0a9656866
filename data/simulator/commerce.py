"""Seats, prices and products week by week, and the MRR that follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import DAYS_A_WEEK, SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import NEVER, Traits
from data.simulator.vocabulary import PRODUCTS

# Price of a seat of each product relative to the core seat.
_PRODUCT_PRICE = np.array([1.0, 0.22, 0.35])
# Share of clients that take each add-on with the core product, by plan.
_ATTACHED = np.array([[1, 1, 1, 1], [0.05, 0.2, 0.45, 0.7], [0.02, 0.1, 0.3, 0.55]])
_ATTACH_LATER = 0.0022
_GROW, _SHRINK, _SHRINK_DISENGAGED = 0.010, 0.002, 0.035
_RETURN_SEATS = 0.6


@dataclass(frozen=True)
class Commerce:
    """Commercial state; matrices are (weeks, clients), in force from the client's change day.

    Attributes:
        seats: Seats.
        price_factor: Price of a seat relative to the one at sign-up.
        owns: Whether it has the product (products, weeks, clients).
        change_offset: Day of the week on which a week's values take force, one a client.
    """

    seats: NDArray[np.int32]
    price_factor: NDArray[np.float32]
    owns: NDArray[np.bool_]
    change_offset: NDArray[np.int64]
    seat_price_usd: NDArray[np.float64]

    def week_of(self, client: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Row of the matrices in force for clients on days."""
        return np.maximum((day - self.change_offset[client]) // DAYS_A_WEEK, 0)

    def product_mrr(
        self, product: int, client: NDArray[np.int64], week: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """MRR in USD of one product for clients at weeks, whole cents; 0 where not owned."""
        price = self.seat_price_usd[client] * _PRODUCT_PRICE[product]
        mrr = np.round(self.seats[week, client] * price * self.price_factor[week, client], 2)
        return np.where(self.owns[product, week, client], mrr, 0.0)

    def mrr(self, client: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.float64]:
        """MRR in USD of clients on days on which they are active."""
        week = self.week_of(client, day)
        parts = [self.product_mrr(code, client, week) for code in range(len(PRODUCTS))]
        return np.round(np.sum(parts, axis=0), 2)


def trade(config: SimulationConfig, traits: Traits, lives: Lives) -> Commerce:
    """Simulate what the clients buy; the cool ones shrink before they leave."""
    rng = config.rng("commerce")
    shape = (config.weeks, len(traits))
    seats = _seats(config, traits, lives, rng)
    factor = np.ones(shape, dtype=np.float32)
    for rise_week, rise in zip(traits.price_rise_week, traits.price_rise, strict=True):
        clients = np.flatnonzero((rise_week < config.weeks) & (rise_week >= 0))
        bump = np.ones(shape, dtype=np.float32)
        bump[rise_week[clients], clients] += rise[clients]
        factor *= np.cumprod(bump, axis=0)
    owns = np.ones((len(PRODUCTS), *shape), dtype=np.bool_)
    for code in range(1, len(PRODUCTS)):
        at_signup = rng.random(len(traits)) < _ATTACHED[code, traits.plan]
        later = (rng.random(shape) < _ATTACH_LATER) & (lives.disengaged < 0.2)
        owns[code] = at_signup | np.logical_or.accumulate(later, axis=0)
    _freeze_after_return(traits, lives, seats, factor, owns)
    return Commerce(
        seats=seats,
        price_factor=factor,
        owns=owns,
        change_offset=traits.change_offset,
        seat_price_usd=traits.seat_price_usd,
    )


def _seats(
    config: SimulationConfig, traits: Traits, lives: Lives, rng: np.random.Generator
) -> NDArray[np.int32]:
    count = len(traits)
    seats = np.zeros((config.weeks, count), dtype=np.int32)
    current = traits.seats.astype(np.float64)
    for week in range(config.weeks):
        here = traits.signup_day + 28 < week * DAYS_A_WEEK
        cool = lives.disengaged[week]
        draw = rng.random((2, count))
        grows = here & (draw[0] < _GROW * (1 - cool) * lives.satisfaction[week])
        shrinks = here & ~grows & (draw[0] > 1 - _SHRINK - _SHRINK_DISENGAGED * cool**2)
        step = np.where(grows, 0.05 + 0.2 * draw[1], np.where(shrinks, -0.06 - 0.24 * draw[1], 0))
        current = np.maximum(np.rint(current * (1 + step) + grows * 0.5), 1)
        seats[week] = current
    return seats


def _freeze_after_return(
    traits: Traits,
    lives: Lives,
    seats: NDArray[np.int32],
    factor: NDArray[np.float32],
    owns: NDArray[np.bool_],
) -> None:
    """Who comes back takes the core product with fewer seats, and keeps that."""
    for client in np.flatnonzero(lives.return_day < NEVER):
        day = lives.return_day[client] - traits.change_offset[client]
        week = max(int(day) // DAYS_A_WEEK, 0)
        seats[week:, client] = max(1, round(seats[week, client] * _RETURN_SEATS))
        factor[week:, client] = factor[week, client]
        owns[1:, week:, client] = False
