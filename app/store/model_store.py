"""Where churn models are kept: XGBoost's own JSON and a JSON file of the rest, never a pickle.

models/churn/CURRENT                 the serving version, one line
models/churn/<version>/model.json    design, calibration, typical values, card
models/churn/<version>/<name>.json   one booster a file
"""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Final
from uuid import uuid4

import xgboost as xgb
from pydantic import BaseModel, ConfigDict

from app.store.serving_churn import ServingChurn
from data.durable import put_in_place, write
from tools.models.boosting import Ensemble
from tools.models.calibration import Calibrator, CurveKind
from tools.models.card import ModelCard
from tools.models.features import Design, Layout
from tools.models.timing import Timing
from tools.models.trained import TrainedChurn

SCHEMA: Final = 1
"""Raised when a stored model can no longer be read by this code."""
_CURRENT: Final = "CURRENT"
_METADATA: Final = "model.json"
_BUILDING: Final = ".building-"
_POINTING: Final = ".pointing-"


class ModelStoreError(Exception):
    """A stored model is missing or cannot be read; the message says what to run."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StoredEnsemble(_Part):
    boosters: list[str]
    types: list[str]
    signs: list[int]
    seed: int


class _StoredTiming(_Part):
    share: float
    ensemble: _StoredEnsemble | None


class _Stored(_Part):
    xgboost: str
    columns: list[str]
    levels: dict[str, list[str]]
    ensemble: _StoredEnsemble | None
    curve: CurveKind
    coefficients: list[float]
    covariance: list[list[float]]
    timing: tuple[_StoredTiming, _StoredTiming]
    learned_until: date | None
    card: ModelCard


def save(model: TrainedChurn, home: Path) -> str:
    """Store a model and let it serve; a stored one that cannot be read is replaced.

    Returns:
        Its version.
    """
    folder = _folder(home)
    _remove_leftovers(folder)
    if not _is_whole(model.version, home):
        building = folder / f"{_BUILDING}{uuid4().hex}"
        building.mkdir(parents=True)
        text = json.dumps({"schema": SCHEMA, **_describe(model, building).model_dump(mode="json")})
        write(building / _METADATA, text.encode())
        shutil.rmtree(folder / model.version, ignore_errors=True)
        put_in_place(building, folder / model.version)
    serve(model.version, home)
    return model.version


def serve(version: str, home: Path) -> None:
    """Let a stored version serve.

    Raises:
        ModelStoreError: There is no such version.
    """
    folder = _folder(home)
    if not (folder / version / _METADATA).exists():
        stored = ", ".join(versions(home)) or "none"
        raise ModelStoreError(f"No churn model {version!r} is stored. Stored: {stored}.")
    beside = folder / f"{_POINTING}{uuid4().hex}"
    write(beside, f"{version}\n".encode())
    put_in_place(beside, folder / _CURRENT)


def versions(home: Path) -> list[str]:
    """List the stored versions, sorted."""
    return sorted(path.parent.name for path in _folder(home).glob(f"[!.]*/{_METADATA}"))


def load_serving(home: Path) -> ServingChurn:
    """Load the serving model.

    Raises:
        ModelStoreError: There is none, or it cannot be read.
    """
    pointer = _folder(home) / _CURRENT
    if not pointer.exists():
        raise ModelStoreError(f"There is no churn model in {_folder(home)}: run `aura prepare`.")
    version = pointer.read_text(encoding="utf-8", errors="replace").strip()
    if version not in versions(home):
        raise ModelStoreError(f"{pointer} names no stored churn model: run `aura prepare`.")
    return ServingChurn(load(version, home))


def load(version: str, home: Path) -> TrainedChurn:
    """Load one version.

    Raises:
        ModelStoreError: It is missing, incomplete or of another schema.
    """
    folder = _folder(home) / version
    try:
        raw = dict(json.loads((folder / _METADATA).read_text(encoding="utf-8")))
        schema = raw.pop("schema", None)
        if schema != SCHEMA:
            raise ModelStoreError(
                f"Churn model {version!r} has schema {schema}, this code reads {SCHEMA}: "
                "run `aura prepare` to train again."
            )
        model = _restore(_Stored.model_validate(raw), folder)
    except (OSError, ValueError, TypeError, xgb.core.XGBoostError) as error:
        raise ModelStoreError(
            f"Churn model {version!r} in {folder} cannot be read ({type(error).__name__}): "
            "run `aura prepare` to train again."
        ) from error
    if model.version != version:
        raise ModelStoreError(f"{folder} holds model {model.version!r}, not {version!r}.")
    return model


def _folder(home: Path) -> Path:
    return home / "models" / "churn"


def _is_whole(version: str, home: Path) -> bool:
    try:
        load(version, home)
    except ModelStoreError:
        return False
    return True


def _remove_leftovers(folder: Path) -> None:
    """What builds that were killed have left: a build at a time saves a model."""
    for path in folder.glob(f"{_BUILDING}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"{_POINTING}*"):
        path.unlink(missing_ok=True)


def _describe(model: TrainedChurn, folder: Path) -> _Stored:
    return _Stored(
        xgboost=xgb.__version__,
        columns=list(model.design.columns),
        levels={name: list(levels) for name, levels in model.design.levels.items()},
        ensemble=_write(model.ensemble, folder, "risk"),
        curve=model.calibrator.kind,
        coefficients=list(model.calibrator.coefficients),
        covariance=[list(row) for row in model.calibrator.covariance],
        timing=(
            _StoredTiming(
                share=model.timing[0].share,
                ensemble=_write(model.timing[0].ensemble, folder, "t60"),
            ),
            _StoredTiming(
                share=model.timing[1].share,
                ensemble=_write(model.timing[1].ensemble, folder, "t30"),
            ),
        ),
        learned_until=model.learned_until,
        card=model.card,
    )


def _write(ensemble: Ensemble | None, folder: Path, prefix: str) -> _StoredEnsemble | None:
    if ensemble is None:
        return None
    names = [f"{prefix}-{index:02d}.json" for index in range(len(ensemble.members))]
    for name, booster in zip(names, ensemble.members, strict=True):
        write(folder / name, bytes(booster.save_raw("json")))
    return _StoredEnsemble(
        boosters=names,
        types=list(ensemble.layout.types),
        signs=list(ensemble.layout.signs),
        seed=ensemble.seed,
    )


def _restore(stored: _Stored, folder: Path) -> TrainedChurn:
    return TrainedChurn(
        design=Design(tuple(stored.columns), {k: tuple(v) for k, v in stored.levels.items()}),
        ensemble=_read(stored.ensemble, folder),
        calibrator=Calibrator(
            stored.curve, tuple(stored.coefficients), tuple(map(tuple, stored.covariance))
        ),
        timing=(
            Timing(stored.timing[0].share, _read(stored.timing[0].ensemble, folder)),
            Timing(stored.timing[1].share, _read(stored.timing[1].ensemble, folder)),
        ),
        learned_until=stored.learned_until,
        card=stored.card,
    )


def _read(stored: _StoredEnsemble | None, folder: Path) -> Ensemble | None:
    if stored is None:
        return None
    members: list[xgb.Booster] = []
    for name in stored.boosters:
        booster = xgb.Booster({"nthread": 1})
        booster.load_model(folder / name)
        members.append(booster)
    return Ensemble(tuple(members), Layout(tuple(stored.types), tuple(stored.signs)), stored.seed)
