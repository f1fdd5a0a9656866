"""Which model scores a build, and what is written down about it."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from app import model_choice
from app.model_choice import Choice
from app.store import model_store, model_versions
from app.store.model_versions import ModelStoreError
from tools.models.churn import train
from tools.models.promotion import Verdict
from tools.models.rules import load_default
from tools.models.trained import TrainedChurn

TODAY = date(2026, 10, 21)
BOOK = load_default()


def _history() -> pd.DataFrame:
    """Two clients: enough for a model of the average rate."""
    return pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "snapshot_date": pd.to_datetime(["2026-01-31", "2026-01-31"]),
            "churned_30d": [False, True],
            "churned_60d": [False, True],
            "churned_90d": [False, True],
        }
    )


@pytest.fixture(scope="module")
def models() -> list[TrainedChurn]:
    """Three models of three days, the oldest first."""
    return [
        train(_history(), as_of=date(2026, month, 1), seed=1, rules=BOOK) for month in (5, 6, 7)
    ]


def _decide(model: TrainedChurn, home: Path, source: str = "demo") -> Choice:
    choice = model_choice.decide(model, _history(), BOOK, home=home, source=source, today=TODAY)
    choice.keep(home)
    return choice


@pytest.fixture
def rejecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every new model is worse."""
    verdict = Verdict(promoted=False, reason="Worse.")
    monkeypatch.setattr(model_choice, "judge", lambda *_, **__: verdict)


def test_the_first_model_serves(models: list[TrainedChurn], tmp_path: Path) -> None:
    """There is nothing to compare it with, and that is recorded."""
    choice = _decide(models[0], tmp_path)
    assert choice.model is models[0]
    decision = model_versions.decision_on(models[0].version, tmp_path)
    assert decision is not None
    assert (decision.promoted, decision.reason) == (True, "The first model here.")
    assert decision.source == "demo"


def test_the_same_data_decide_nothing_anew(models: list[TrainedChurn], tmp_path: Path) -> None:
    """A rebuild without a change trains the serving version again."""
    _decide(models[0], tmp_path)
    assert _decide(models[0], tmp_path).decisions == {}
    assert model_versions.served(tmp_path) == [models[0].version]


@pytest.mark.usefixtures("rejecting")
def test_a_worse_model_is_kept_and_does_not_serve(
    models: list[TrainedChurn], tmp_path: Path
) -> None:
    """The old model scores the new data; the new one is stored with the reason."""
    _decide(models[0], tmp_path)
    choice = _decide(models[1], tmp_path)
    assert choice.serving.version == models[0].version
    assert choice.words == [f"{models[1].version} does not serve: Worse."]
    assert model_versions.served(tmp_path) == [models[0].version]
    assert model_store.load(models[1].version, tmp_path).version == models[1].version
    decision = model_versions.decision_on(models[1].version, tmp_path)
    assert decision is not None
    assert (decision.promoted, decision.against) == (False, models[0].version)


@pytest.mark.usefixtures("rejecting")
def test_other_data_always_bring_their_model(models: list[TrainedChurn], tmp_path: Path) -> None:
    """What learned from the demo does not judge a company's own clients."""
    _decide(models[0], tmp_path)
    choice = _decide(models[1], tmp_path, source="telco")
    assert choice.model is models[1]
    assert "learned from other data (demo, these are telco)" in choice.words[0]


@pytest.mark.usefixtures("rejecting")
def test_a_model_that_cannot_be_read_gives_way(models: list[TrainedChurn], tmp_path: Path) -> None:
    """A model of another schema cannot score: the reason says so."""
    _decide(models[0], tmp_path)
    path = model_versions.folder_of(tmp_path) / models[0].version / model_versions.METADATA
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    choice = _decide(models[1], tmp_path)
    assert choice.model is models[1]
    assert "has schema 99" in choice.words[0]


def test_going_back_by_hand_is_one_choice(models: list[TrainedChurn], tmp_path: Path) -> None:
    """The version before serves, both decisions say why, and it is not undone by a rebuild."""
    _decide(models[0], tmp_path)
    _decide(models[1], tmp_path)
    choice = model_choice.go_back(home=tmp_path, source="demo", today=TODAY)
    choice.keep(tmp_path)
    assert choice.model.version == models[0].version
    assert model_versions.served(tmp_path) == [models[0].version]
    again, left = (model_versions.decision_on(each.version, tmp_path) for each in models[:2])
    assert again is not None
    assert left is not None
    assert (again.by, again.promoted, left.promoted) == ("hand", True, False)
    rebuilt = _decide(models[1], tmp_path)
    assert rebuilt.model.version == models[0].version
    assert "chosen by hand" in rebuilt.words[0]


def test_promoting_the_newest_leaves_the_choice_to_the_builds(
    models: list[TrainedChurn], tmp_path: Path
) -> None:
    """A choice by hand binds later builds only where it prefers an older version."""
    for model in models[:2]:
        _decide(model, tmp_path)
    for version, by in ((models[0].version, "hand"), (models[1].version, "build")):
        model_choice.promote(version, home=tmp_path, source="demo", today=TODAY).keep(tmp_path)
        decision = model_versions.decision_on(version, tmp_path)
        assert decision is not None
        assert decision.by == by
        assert model_versions.served(tmp_path)[0] == version
    assert _decide(models[2], tmp_path).model is models[2]


def test_what_cannot_serve_is_refused(models: list[TrainedChurn], tmp_path: Path) -> None:
    """Unknown, of other data, or with nothing before: one line each, and nothing changes."""
    _decide(models[0], tmp_path)
    with pytest.raises(ModelStoreError, match="Stored: churn-"):
        model_choice.promote("churn-0", home=tmp_path, source="demo", today=TODAY)
    with pytest.raises(ModelStoreError, match="learned from 'demo'; this home holds 'telco'"):
        model_choice.promote(models[0].version, home=tmp_path, source="telco", today=TODAY)
    with pytest.raises(ModelStoreError, match="nothing to go back to"):
        model_choice.go_back(home=tmp_path, source="demo", today=TODAY)
    assert model_versions.served(tmp_path) == [models[0].version]


def test_a_damaged_version_is_not_promoted(models: list[TrainedChurn], tmp_path: Path) -> None:
    """Loading checks before anything is scored."""
    _decide(models[0], tmp_path)
    other = replace(models[0], card=models[0].card.model_copy(update={"version": "churn-x"}))
    model_store.store(other, tmp_path)
    (model_versions.folder_of(tmp_path) / "churn-x" / model_versions.METADATA).write_text("7")
    with pytest.raises(ModelStoreError, match="cannot be read"):
        model_choice.promote("churn-x", home=tmp_path, source="demo", today=TODAY)
