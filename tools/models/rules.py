"""The risk rules: readable thresholds that fire or do not, one client or all at once."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tools.models.features import FEATURES, THEMES
from tools.models.frames import Floats, numbers

Band = Literal["low", "medium", "high"]
RuleOp = Literal[">", ">=", "<", "<=", "between"]
SCORE_DIGITS: Final = 4
"""Sums of decimal weights are rounded, so that 0.3 + 0.2 is the same in any order."""


class RuleBookError(ValueError):
    """The rule book cannot be used; the message names the rule and what is allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Part):
    """One condition and what it adds to the score."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    feature: str
    op: RuleOp
    threshold: float | tuple[float, float]
    weight: float = Field(gt=0, le=1)
    unit: Literal["days", "count", "prob", "ratio", "points", "hours", "score", "usd"]
    theme: str

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.feature not in FEATURES or FEATURES[self.feature].is_category:
            numbers = ", ".join(name for name, f in FEATURES.items() if not f.is_category)
            msg = f"unknown feature {self.feature!r}; allowed: {numbers}"
            raise ValueError(msg)
        if self.theme not in THEMES:
            msg = f"unknown theme {self.theme!r}; allowed: {', '.join(THEMES)}"
            raise ValueError(msg)
        if (self.op == "between") != isinstance(self.threshold, tuple):
            shape = "[low, high]" if self.op == "between" else "a number"
            msg = f"op {self.op!r} takes {shape} as threshold, got {self.threshold!r}"
            raise ValueError(msg)
        return self

    def fires(self, value: float) -> bool:
        """Whether the rule fires for one value; NaN never does."""
        return not math.isnan(value) and bool(_COMPARE[self.op](value, self.threshold))

    def fires_for(self, values: Floats) -> NDArray[np.bool_]:
        """Whether the rule fires, for (rows,) values; NaN never does."""
        with np.errstate(invalid="ignore"):
            return np.asarray(_COMPARE[self.op](values, self.threshold), dtype=bool)


class Bands(_Part):
    """Where medium and high begin."""

    medium: float = Field(gt=0, lt=1)
    high: float = Field(gt=0, le=1)

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.medium >= self.high:
            msg = f"medium ({self.medium}) must lie below high ({self.high})"
            raise ValueError(msg)
        return self

    def of(self, value: float) -> Band:
        """Name the band of one score or probability."""
        return "high" if value >= self.high else "medium" if value >= self.medium else "low"

    def of_all(self, values: Floats) -> list[Band]:
        """Name the bands of (rows,) values."""
        return [self.of(float(value)) for value in values]


class BandTable(_Part):
    """The two bands that are shown."""

    rule_risk: Bands
    churn_risk: Bands


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """A rule held against one client; `value` is None where it is unknown."""

    rule: Rule
    value: float | None
    fired: bool


@dataclass(frozen=True, slots=True)
class RuleScore:
    """All rules held against one client."""

    score: float
    risk: Band
    checks: tuple[RuleCheck, ...]

    @property
    def fired(self) -> tuple[str, ...]:
        """Ids of the rules that fired, in the book's order."""
        return tuple(check.rule.id for check in self.checks if check.fired)


class RuleBook(_Part):
    """All rules with the bands of their score."""

    rules: tuple[Rule, ...] = Field(min_length=1)
    bands: BandTable

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        ids = [rule.id for rule in self.rules]
        if repeated := sorted({name for name in ids if ids.count(name) > 1}):
            msg = f"rule ids must be unique, repeated: {', '.join(repeated)}"
            raise ValueError(msg)
        return self

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        """Read a book.

        Raises:
            RuleBookError: It is not YAML, or a rule is malformed; all faults are named.
        """
        try:
            return cls.model_validate(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise RuleBookError(f"The rule book is not valid YAML: {error}") from error
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'book'}: {e['msg']}" for e in error.errors()
            )
            raise RuleBookError(f"The rule book has faults: {faults}.") from error

    def evaluate(self, row: Mapping[str, Any]) -> RuleScore:
        """Hold the rules against one client."""
        checks = tuple(self._check(rule, row) for rule in self.rules)
        score = _capped(sum(check.rule.weight for check in checks if check.fired))
        return RuleScore(score, self.bands.rule_risk.of(score), checks)

    def evaluate_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the rules against many clients.

        Returns:
            `rule_score`, `rule_risk` and `rules_fired` (list of ids), with the frame's index.
        """
        fired = self._fired(frame)
        scores = self._scores(fired)
        ids = np.array([rule.id for rule in self.rules])
        return pd.DataFrame(
            {
                "rule_score": scores,
                "rule_risk": self.bands.rule_risk.of_all(scores),
                "rules_fired": [ids[row].tolist() for row in fired],
            },
            index=frame.index,
        )

    def scores(self, frame: pd.DataFrame) -> Floats:
        """Score many clients: (rows,)."""
        return self._scores(self._fired(frame))

    def rule(self, rule_id: str) -> Rule:
        """Look a rule up by its id."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def _check(self, rule: Rule, row: Mapping[str, Any]) -> RuleCheck:
        value = _number(row.get(rule.feature))
        return RuleCheck(rule, None if math.isnan(value) else value, rule.fires(value))

    def _fired(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        columns = [rule.fires_for(numbers(frame, rule.feature)) for rule in self.rules]
        return np.stack(columns, axis=1)

    def _scores(self, fired: NDArray[np.bool_]) -> Floats:
        weights = np.array([rule.weight for rule in self.rules])
        scores = np.minimum(fired @ weights, 1.0)
        return np.round(scores, SCORE_DIGITS).astype(np.float64)


def load_default() -> RuleBook:
    """Read the book that is part of the package."""
    return RuleBook.from_yaml(files("tools.models").joinpath("rules.yml").read_text("utf-8"))


def _between(value: Any, bounds: Any) -> Any:
    return (value >= bounds[0]) & (value <= bounds[1])


_COMPARE: Final[Mapping[RuleOp, Callable[[Any, Any], Any]]] = {
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "between": _between,
}


def _capped(score: float) -> float:
    return round(min(score, 1.0), SCORE_DIGITS)


def _number(value: Any) -> float:
    if value is None or value is pd.NA:
        return math.nan
    return float(value)
