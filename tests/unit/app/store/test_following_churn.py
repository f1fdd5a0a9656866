from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from app.store import model_store
from app.store.following_churn import FollowingChurn
from app.store.model_versions import ModelStoreError
from tools.models.churn import train
from tools.models.rules import load_default


def _stored(home: Path, as_of: date) -> str:
    """Store a model that knows too little to do more than the base rate."""
    features = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "snapshot_date": pd.to_datetime(["2026-01-31", "2026-01-31"]),
            "churned_30d": [False, True],
            "churned_60d": [False, True],
            "churned_90d": [False, True],
        }
    )
    return model_store.save(train(features, as_of=as_of, seed=1, rules=load_default()), home)


def test_the_model_changes_with_the_scores_in_gold(tmp_path: Path) -> None:
    """After a rebuild the explanations come from the model that made the new scores."""
    first = _stored(tmp_path, date(2026, 5, 1))
    second = _stored(tmp_path, date(2026, 6, 1))
    in_gold = [first]
    churn = FollowingChurn(tmp_path, lambda: in_gold[0])
    assert churn.version == first
    in_gold[0] = second
    assert churn.version == second
    assert churn.card["version"] == second


def test_gold_without_scores_takes_the_newest(tmp_path: Path) -> None:
    """A data set without active clients still has a model to talk about."""
    _stored(tmp_path, date(2026, 5, 1))
    newest = _stored(tmp_path, date(2026, 6, 1))
    assert FollowingChurn(tmp_path, lambda: None).version == newest


def test_a_missing_model_is_told(tmp_path: Path) -> None:
    """Gold scored by a model that is gone says what to do."""
    with pytest.raises(ModelStoreError, match="aura prepare"):
        FollowingChurn(tmp_path, lambda: "churn-gone")
