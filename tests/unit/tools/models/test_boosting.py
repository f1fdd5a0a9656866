import numpy as np
import pandas as pd

from tools.models.boosting import draw
from tools.models.trained import TrainedChurn


def test_draws_are_a_poisson_bootstrap_of_clients() -> None:
    """Mean one, a client's rows drawn alike, about 37 % left out, members differ."""
    clients = np.array([f"C{i // 2}" for i in range(8000)], dtype=object)
    counts = draw(clients, member=0, seed=7)
    assert np.all(counts[::2] == counts[1::2])
    assert abs(counts.mean() - 1) < 0.05
    assert abs((counts == 0).mean() - 0.368) < 0.03
    assert np.any(counts != draw(clients, member=1, seed=7))
    assert np.any(counts != draw(clients, member=0, seed=8))


def test_left_out_is_who_was_not_drawn(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Whom a member never saw can be told from the ids alone."""
    assert model.ensemble is not None
    clients = latest["customer_id"].to_numpy(dtype=object)
    left_out = model.ensemble.left_out(clients)
    assert left_out.shape == (len(model.ensemble.members), len(latest))
    assert np.all(left_out[2] == (draw(clients, 2, model.ensemble.seed) == 0))


def test_more_tickets_never_lower_the_risk(model: TrainedChurn, latest: pd.DataFrame) -> None:
    """Directions that are beyond dispute hold for every client."""
    few = model.margins(latest.assign(tickets_30d=0))[0]
    many = model.margins(latest.assign(tickets_30d=12))[0]
    assert np.all(many >= few - 1e-6)
