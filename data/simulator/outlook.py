"""What is really so: counterfactuals and churn probabilities, by running the same weeks again.

The hidden state does not depend on churn or treatment, so along one path of states the survival
of both arms is a product of (1 − hazard): a few paths give an exact enough answer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.simulator.hazard import State, advance, weekly_hazard
from data.simulator.population import Traits

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Outlook:
    """Churn probability of each client over the coming weeks, without and with treatment."""

    untreated: FloatArray
    treated: FloatArray


def look_ahead(
    traits: Traits,
    state: State,
    first_week: int | NDArray[np.int64],
    rng: np.random.Generator,
    *,
    weeks: int,
    paths: int,
    hazard_ratio: float | FloatArray = 1.0,
) -> Outlook:
    """True churn probability over the next `weeks` weeks.

    Args:
        traits: The clients.
        state: Their state at the end of the week before `first_week`; left as it is.
        first_week: First week to live through, one for all or one a client.
        rng: Random stream.
        weeks: Length of the look.
        paths: Futures to average over.
        hazard_ratio: Effect of the treatment, one for all or one a client.
    """
    count = len(traits)
    lost, lost_treated = np.zeros(count), np.zeros(count)
    everyone = np.arange(count)
    for _ in range(paths):
        path = state.take(everyone)
        stays, stays_treated = np.ones(count), np.ones(count)
        for ahead in range(weeks):
            advance(traits, path, first_week + ahead, rng)
            hazard = weekly_hazard(traits, path, first_week + ahead)
            stays *= 1 - hazard
            stays_treated *= 1 - hazard * hazard_ratio
        lost += 1 - stays
        lost_treated += 1 - stays_treated
    return Outlook(untreated=lost / paths, treated=lost_treated / paths)
