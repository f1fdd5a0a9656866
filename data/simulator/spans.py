"""When each client is a client: one stretch of days, or two for those who came back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.config import SimulationConfig
from data.simulator.lives import Lives
from data.simulator.population import NEVER, Traits


@dataclass(frozen=True)
class Spans:
    """Stretches of being a client, ordered by client.

    Attributes:
        client: Row in the traits.
        start: First day.
        end: First day no longer a client, NEVER while it lasts.
        last: Last day with data: the day before `end`, or `as_of`.
    """

    client: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    last: NDArray[np.int64]


def make_spans(config: SimulationConfig, traits: Traits, lives: Lives) -> Spans:
    """The stretches of all clients."""
    back = np.flatnonzero(lives.return_day < NEVER)
    client = np.concatenate([np.arange(len(traits)), back])
    start = np.concatenate([traits.signup_day, lives.return_day[back]])
    end = np.concatenate([lives.churn_day, np.full(back.size, NEVER)])
    order = np.lexsort((start, client))
    return Spans(
        client=client[order],
        start=start[order],
        end=end[order],
        last=np.minimum(end[order] - 1, config.as_of_day),
    )
