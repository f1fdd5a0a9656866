import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

from tools.models.windows import EMBARGO_DAYS, FOLDS, client_folds, rolling_origins


@settings(deadline=None)
@given(months=st.integers(0, 48), clients=st.integers(1, 3))
def test_no_block_knows_its_future(months: int, clients: int) -> None:
    """Whatever the length: outcomes learned are complete before the block's first snapshot."""
    dates = pd.date_range("2023-01-31", periods=months, freq="ME").to_numpy("datetime64[D]")
    days = np.tile(dates, clients)
    scored = np.zeros(days.size, dtype=int)
    for block in rolling_origins(days):
        assert block.known.any()
        assert (
            days[block.known].max() + np.timedelta64(EMBARGO_DAYS, "D") <= days[block.score].min()
        )
        scored += block.score
    assert scored.max(initial=0) <= 1


def test_two_years_give_four_blocks() -> None:
    """21 labelled month ends: the last twelve are scored, three at a time."""
    days = pd.date_range("2024-11-30", periods=21, freq="ME").to_numpy("datetime64[D]")
    blocks = rolling_origins(days)
    assert [int(block.score.sum()) for block in blocks] == [3, 3, 3, 3]
    assert blocks[-1].score[-1]


@given(clients=st.integers(40, 120), rows_each=st.integers(1, 3), seed=st.integers(0, 9))
def test_folds_part_the_clients(clients: int, rows_each: int, seed: int) -> None:
    """Every row is scored once, by folds that never saw its client, with churners in each."""
    ids = np.repeat(np.array([f"C{n}" for n in range(clients)], dtype=object), rows_each)
    y = np.repeat((np.arange(clients) % 4 == 0).astype(float), rows_each)
    blocks = client_folds(ids, y, seed)
    assert np.array_equal(sum(block.score.astype(int) for block in blocks), np.ones(ids.size))
    assert len(blocks) == FOLDS
    for block in blocks:
        assert not set(ids[block.known]) & set(ids[block.score])
        assert 0 < y[block.score].mean() < 1
