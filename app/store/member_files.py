"""An ensemble on disk: each booster a file in XGBoost's own JSON, the rest described beside them."""

from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import xgboost as xgb
from pydantic import BaseModel, ConfigDict, FiniteFloat

from data.durable import write
from tools.models.boosting import Ensemble
from tools.models.features import Layout
from tools.models.linear import Line, Terms

_COLUMNS: Final = ("numbers", "flagged", "words")
"""Fields of `Terms` that are positions, not figures."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StoredTerms(_Part):
    """The fields of `Terms`, as lists."""

    numbers: list[int]
    low: list[FiniteFloat]
    high: list[FiniteFloat]
    mean: list[FiniteFloat]
    scale: list[FiniteFloat]
    flagged: list[int]
    empty: list[FiniteFloat]
    words: list[int]
    codes: list[FiniteFloat]
    common: list[FiniteFloat]


class _StoredLine(_Part):
    share: FiniteFloat
    terms: _StoredTerms
    intercepts: list[FiniteFloat]
    coefficients: list[list[FiniteFloat]]


class StoredEnsemble(_Part):
    """What is not in the boosters' files.

    Attributes:
        line: None where trees alone serve.
    """

    boosters: list[str]
    types: list[str]
    signs: list[int]
    seed: int
    line: _StoredLine | None = None


def write_ensemble(ensemble: Ensemble | None, folder: Path, prefix: str) -> StoredEnsemble | None:
    """Write the boosters, `<prefix>-00.json` and so on, and describe the rest."""
    if ensemble is None:
        return None
    names = [f"{prefix}-{index:02d}.json" for index in range(len(ensemble.members))]
    for name, booster in zip(names, ensemble.members, strict=True):
        write(folder / name, bytes(booster.save_raw("json")))
    return StoredEnsemble(
        boosters=names,
        types=list(ensemble.layout.types),
        signs=list(ensemble.layout.signs),
        seed=ensemble.seed,
        line=_describe(ensemble.line),
    )


def read_ensemble(stored: StoredEnsemble | None, folder: Path) -> Ensemble | None:
    """Read an ensemble back.

    Raises:
        OSError: A booster's file is missing.
        ValueError: The lines do not fit the boosters.
        xgboost.core.XGBoostError: A booster's file is damaged.
    """
    if stored is None:
        return None
    members: list[xgb.Booster] = []
    for name in stored.boosters:
        booster = xgb.Booster({"nthread": 1})
        booster.load_model(folder / name)
        members.append(booster)
    layout = Layout(tuple(stored.types), tuple(stored.signs))
    return Ensemble(tuple(members), layout, stored.seed, _restore(stored))


def _describe(line: Line | None) -> _StoredLine | None:
    if line is None:
        return None
    terms = {field.name: getattr(line.terms, field.name).tolist() for field in fields(Terms)}
    return _StoredLine(
        share=line.share,
        terms=_StoredTerms.model_validate(terms),
        intercepts=line.intercepts.tolist(),
        coefficients=line.coefficients.tolist(),
    )


def _restore(stored: StoredEnsemble) -> Line | None:
    line = stored.line
    if line is None:
        return None
    arrays: dict[str, Any] = {
        name: np.array(values, dtype=np.int64 if name in _COLUMNS else np.float64)
        for name, values in line.terms.model_dump().items()
    }
    terms, members = Terms(**arrays), len(stored.boosters)
    if (
        len(line.intercepts) != members
        or [len(row) for row in line.coefficients] != [terms.columns.size] * members
        or max(terms.columns, default=0) >= len(stored.types)
    ):
        raise ValueError("The lines do not fit the boosters.")
    return Line(line.share, terms, np.array(line.intercepts), np.array(line.coefficients))
