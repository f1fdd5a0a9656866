"""The many clients that are scored, and what is told of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.benchmarks.scoring import JITTER, ScoringReport, Stage, crowd, lines, scoring
from app.settings import Settings
from data.gold_reader import GoldError

CLIENTS = pd.DataFrame(
    {
        "customer_id": ["C1", "C2", "C3"],
        "events_30d": pd.Series([10, 20, None], dtype="Int64"),
        "mrr": [100.0, np.nan, 300.0],
        "segment": ["SMB", None, "Enterprise"],
    }
)


def test_a_crowd_is_made_of_its_clients() -> None:
    """Each copy is near its client, unknown stays unknown, words stay words, no two are alike."""
    many = crowd(CLIENTS, 3_000, seed=1)
    assert len(set(many["customer_id"])) == 3_000
    assert many["mrr"].isna().to_numpy().nonzero()[0].tolist() == list(range(1, 3_000, 3))
    assert many["segment"].fillna("").head(4).tolist() == ["SMB", "", "Enterprise", "SMB"]
    spread = many["events_30d"].iloc[::3] / 10
    assert spread.nunique() == 1_000
    assert spread.std() == pytest.approx(JITTER, rel=0.1)
    assert spread.mean() == pytest.approx(1, abs=0.02)


def test_a_crowd_is_reproducible() -> None:
    """The same seed gives the same clients; the originals stay as they are."""
    before = CLIENTS.copy()
    pd.testing.assert_frame_equal(crowd(CLIENTS, 50, seed=1), crowd(CLIENTS, 50, seed=1))
    pd.testing.assert_frame_equal(CLIENTS, before)


def test_the_report_says_rows_a_second_and_memory() -> None:
    """One line a score; the JSON holds the same figures."""
    report = ScoringReport(1_000, 3, (Stage("Rules", 1_000, 0.5),), 300.0, 400.5)
    text = lines(report)
    assert text[0] == "1,000 clients, copies of 3 with other figures"
    assert text[1].split() == ["Rules", "1,000", "clients", "0.5", "s", "2,000", "a", "second"]
    assert [line.split()[-2] for line in text[2:]] == ["300", "400"]
    found = report.as_json()
    assert found["stages"] == {"Rules": {"rows": 1_000, "seconds": 0.5, "rows_per_second": 2_000}}
    assert found["peak_mb"] == 400.5


def test_an_empty_home_is_told(tmp_path: Path) -> None:
    """Nothing is started when there is nothing to score."""
    with pytest.raises(GoldError, match="run `aura prepare` first"):
        scoring(Settings(home=tmp_path), clients=10)
