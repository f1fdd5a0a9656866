"""Where churn models are kept: XGBoost's own JSON and a JSON file of the rest, never a pickle.

models/churn/<version>/model.json    design, calibration, typical values, card
models/churn/<version>/<name>.json   one booster a file: `app.store.member_files`

Which of them serves: `app.store.model_versions`.
"""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Final
from uuid import uuid4

import xgboost as xgb
from pydantic import BaseModel, ConfigDict

from app.store.member_files import StoredEnsemble, read_ensemble, write_ensemble
from app.store.model_versions import (
    METADATA,
    ModelStoreError,
    decision_on,
    folder_of,
    remove_leftovers,
    serve,
    served,
)
from app.store.serving_churn import ServingChurn
from data.durable import put_in_place, write
from tools.models.calibration import Calibrator, CurveKind
from tools.models.card import ModelCard
from tools.models.features import Design
from tools.models.timing import Timing
from tools.models.trained import TrainedChurn

SCHEMA: Final = 1
"""Raised when a stored model can no longer be read by this code."""
_BUILDING: Final = ".building-"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StoredTiming(_Part):
    share: float
    ensemble: StoredEnsemble | None


class _Stored(_Part):
    xgboost: str
    columns: list[str]
    levels: dict[str, list[str]]
    ensemble: StoredEnsemble | None
    curve: CurveKind
    coefficients: list[float]
    covariance: list[list[float]]
    timing: tuple[_StoredTiming, _StoredTiming]
    learned_until: date | None
    card: ModelCard


def save(model: TrainedChurn, home: Path) -> str:
    """Store a model and let it serve.

    Returns:
        Its version.
    """
    store(model, home)
    serve(model.version, home)
    return model.version


def store(model: TrainedChurn, home: Path) -> None:
    """Store a model; a stored one that cannot be read is replaced."""
    folder = folder_of(home)
    remove_leftovers(home)
    if not _is_whole(model.version, home):
        building = folder / f"{_BUILDING}{uuid4().hex}"
        building.mkdir(parents=True)
        text = json.dumps({"schema": SCHEMA, **_describe(model, building).model_dump(mode="json")})
        write(building / METADATA, text.encode())
        shutil.rmtree(folder / model.version, ignore_errors=True)
        put_in_place(building, folder / model.version)


def load_serving(home: Path) -> ServingChurn:
    """Load the serving model.

    Raises:
        ModelStoreError: There is none, or it cannot be read.
    """
    in_turn = served(home)
    if not in_turn:
        raise ModelStoreError(f"There is no churn model in {folder_of(home)}: run `aura prepare`.")
    return ServingChurn(load(in_turn[0], home), decision_on(in_turn[0], home))


def load(version: str, home: Path) -> TrainedChurn:
    """Load one version.

    Raises:
        ModelStoreError: It is missing, incomplete or of another schema.
    """
    folder = folder_of(home) / version
    try:
        model = _restore(_stored(version, home), folder)
    except (OSError, ValueError, TypeError, xgb.core.XGBoostError) as error:
        raise _unreadable(version, home, error) from error
    if model.version != version:
        raise ModelStoreError(f"{folder} holds model {model.version!r}, not {version!r}.")
    return model


def card_of(version: str, home: Path) -> ModelCard:
    """Read the card of one version.

    Raises:
        ModelStoreError: It is missing, damaged or of another schema.
    """
    try:
        return _stored(version, home).card
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(version, home, error) from error


def _stored(version: str, home: Path) -> _Stored:
    raw = dict(json.loads((folder_of(home) / version / METADATA).read_text(encoding="utf-8")))
    schema = raw.pop("schema", None)
    if schema != SCHEMA:
        raise ModelStoreError(
            f"Churn model {version!r} has schema {schema}, this code reads {SCHEMA}: "
            "run `aura prepare` to train again."
        )
    return _Stored.model_validate(raw)


def _unreadable(version: str, home: Path, error: Exception) -> ModelStoreError:
    return ModelStoreError(
        f"Churn model {version!r} in {folder_of(home) / version} cannot be read "
        f"({type(error).__name__}): run `aura prepare` to train again."
    )


def _is_whole(version: str, home: Path) -> bool:
    try:
        load(version, home)
    except ModelStoreError:
        return False
    return True


def _describe(model: TrainedChurn, folder: Path) -> _Stored:
    return _Stored(
        xgboost=xgb.__version__,
        columns=list(model.design.columns),
        levels={name: list(levels) for name, levels in model.design.levels.items()},
        ensemble=write_ensemble(model.ensemble, folder, "risk"),
        curve=model.calibrator.kind,
        coefficients=list(model.calibrator.coefficients),
        covariance=[list(row) for row in model.calibrator.covariance],
        timing=(
            _StoredTiming(
                share=model.timing[0].share,
                ensemble=write_ensemble(model.timing[0].ensemble, folder, "t60"),
            ),
            _StoredTiming(
                share=model.timing[1].share,
                ensemble=write_ensemble(model.timing[1].ensemble, folder, "t30"),
            ),
        ),
        learned_until=model.learned_until,
        card=model.card,
    )


def _restore(stored: _Stored, folder: Path) -> TrainedChurn:
    return TrainedChurn(
        design=Design(tuple(stored.columns), {k: tuple(v) for k, v in stored.levels.items()}),
        ensemble=read_ensemble(stored.ensemble, folder),
        calibrator=Calibrator(
            stored.curve, tuple(stored.coefficients), tuple(map(tuple, stored.covariance))
        ),
        timing=(
            Timing(stored.timing[0].share, read_ensemble(stored.timing[0].ensemble, folder)),
            Timing(stored.timing[1].share, read_ensemble(stored.timing[1].ensemble, folder)),
        ),
        learned_until=stored.learned_until,
        card=stored.card,
    )
