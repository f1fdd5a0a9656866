import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.store import model_store, model_versions
from app.store.model_versions import ModelStoreError
from app.store.serving_churn import ServingChurn
from tools.models.churn import train
from tools.models.frames import rows_where
from tools.models.rules import load_default
from tools.models.trained import TrainedChurn

AS_OF = date(2026, 10, 20)


def _features() -> pd.DataFrame:
    """Clients who leave when they stop using the product."""
    rng = np.random.default_rng(3)
    frames: list[pd.DataFrame] = []
    alive = np.ones(160, dtype=bool)
    for day in pd.date_range(end="2026-09-30", periods=15, freq="ME"):
        usage = rng.random(160)
        leaves = alive & (usage < 0.08)
        frame = pd.DataFrame(
            {
                "customer_id": [f"C{i}" for i in range(160)],
                "snapshot_date": day,
                "segment": np.where(np.arange(160) % 2, "SMB", "Enterprise"),
                "event_change_30d": usage,
                "churned_30d": leaves,
                "churned_60d": leaves,
                "churned_90d": leaves,
            }
        )
        frames.append(rows_where(frame, alive))
        alive = alive & ~leaves
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def features() -> pd.DataFrame:
    """All snapshots."""
    return _features()


@pytest.fixture(scope="module")
def model(features: pd.DataFrame) -> TrainedChurn:
    """A model with boosters."""
    trained = train(features, as_of=AS_OF, seed=7, rules=load_default())
    assert trained.ensemble is not None
    return trained


@pytest.fixture
def home(model: TrainedChurn, tmp_path: Path) -> Path:
    """A home in which the model serves."""
    model_store.save(model, tmp_path)
    return tmp_path


def test_a_stored_model_scores_alike(
    model: TrainedChurn, home: Path, features: pd.DataFrame
) -> None:
    """What is served is what was trained, in scores, card and explanations."""
    serving = model_store.load_serving(home)
    assert serving.version == model.version
    assert serving.model.card == model.card
    pd.testing.assert_frame_equal(serving.predict(features), model.predict(features))
    own = ServingChurn(model).explain(features.head(3))
    for restored, original in zip(serving.explain(features.head(3)), own, strict=True):
        assert restored.margin == pytest.approx(original.margin, abs=1e-5)


def test_explanations_sum_to_the_margin(home: Path, features: pd.DataFrame) -> None:
    """Base and contributions give the margin, strongest driver first, asked once or twice."""
    serving = model_store.load_serving(home)
    first = serving.explain(features.head(30))
    for explanation in first:
        pushes = [driver.contribution for driver in explanation.drivers]
        assert explanation.base_margin + sum(pushes) == pytest.approx(explanation.margin, abs=1e-4)
        assert [abs(push) for push in pushes] == sorted(map(abs, pushes), reverse=True)
    assert serving.explain(features.iloc[10:20]) == first[10:20]
    for explanation, row in zip(
        first, serving.pushes(features.head(30)).to_dict("records"), strict=True
    ):
        assert {driver.feature: driver.contribution for driver in explanation.drivers} == row


def test_a_model_of_the_base_rate_is_stored_too(tmp_path: Path, features: pd.DataFrame) -> None:
    """A model without boosters makes the same round trip and explains nothing away."""
    model = train(features.head(100), as_of=AS_OF, seed=7, rules=load_default())
    assert model.ensemble is None
    model_store.save(model, tmp_path)
    serving = model_store.load_serving(tmp_path)
    pd.testing.assert_frame_equal(serving.predict(features), model.predict(features))
    assert [e.drivers for e in serving.explain(features.head(2))] == [(), ()]
    assert serving.explain_all(features) == []
    assert serving.pushes(features.head(2)).to_dict("records") == [{}, {}]
    assert serving.caveat


def test_nothing_stored_says_what_to_run(tmp_path: Path) -> None:
    """A missing model is no stack trace."""
    with pytest.raises(ModelStoreError, match="aura prepare"):
        model_store.load_serving(tmp_path)


def test_another_schema_is_refused(home: Path, model: TrainedChurn) -> None:
    """A model of another release is told apart from a broken one."""
    path = home / "models" / "churn" / model.version / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(ModelStoreError, match="schema 99"):
        model_store.load_serving(home)


@pytest.mark.parametrize("name", ["model.json", "risk-00.json"])
def test_a_broken_file_is_reported(home: Path, model: TrainedChurn, name: str) -> None:
    """A damaged metadata or booster file is named as such."""
    (home / "models" / "churn" / model.version / name).write_text("{ not json")
    with pytest.raises(ModelStoreError, match="cannot be read"):
        model_store.load_serving(home)


def test_serving_another_version(home: Path, model: TrainedChurn, features: pd.DataFrame) -> None:
    """Two versions are kept, either can serve, an unknown one is refused with those there are."""
    other = train(features, as_of=AS_OF, seed=8, rules=load_default())
    model_store.save(other, home)
    assert model_store.load_serving(home).version == other.version
    assert set(model_versions.versions(home)) == {model.version, other.version}
    model_versions.serve(model.version, home)
    assert model_store.load_serving(home).version == model.version
    with pytest.raises(ModelStoreError, match=model.version):
        model_versions.serve("churn-0", home)


def test_saving_twice_changes_nothing(home: Path, model: TrainedChurn) -> None:
    """The same model stored again leaves one version and no half-written folder."""
    model_store.save(model, home)
    folder = home / "models" / "churn"
    assert sorted(path.name for path in folder.iterdir()) == ["CURRENT", model.version]
