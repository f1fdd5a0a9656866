"""The risk rules: readable thresholds that fire or do not, one client or all at once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from tools.models.frames import Floats, as_numbers, numbers
from tools.models.rule import Number, Part, Rule
from tools.models.rule_faults import in_words, repeated

Band = Literal["low", "medium", "high"]
WHOLE: Final = 10_000
"""Weights are added as ten-thousandths: whole numbers give the same sum in any order."""
MAX_RULES: Final = 60
"""As many as fit one integer, a bit each: clients with the same rules fired are grouped by it."""
DEFAULT_FILE: Final = "rules.yml"
_BANDS: Final = np.array(["low", "medium", "high"], dtype=object)


class RuleBookError(ValueError):
    """The rule book cannot be used; the message names file, rule, field, value and what is allowed."""


class Bands(Part):
    """Where medium and high begin."""

    medium: Number = Field(gt=0, lt=1)
    high: Number = Field(gt=0, le=1)

    @field_validator("high")
    @classmethod
    def _is_above_medium(cls, high: float, info: ValidationInfo) -> float:
        medium: float | None = info.data.get("medium")
        if medium is not None and medium >= high:
            raise ValueError(f"high must lie above medium ({medium:g})")
        return high

    def of(self, value: float) -> Band:
        """Name the band of one score or probability."""
        return "high" if value >= self.high else "medium" if value >= self.medium else "low"

    def of_all(self, values: Floats) -> list[Band]:
        """Name the bands of (rows,) values."""
        steps = (values >= self.medium).astype(np.int8) + (values >= self.high)
        return _BANDS[steps].tolist()


class BandTable(Part):
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


class RuleBook(Part):
    """All rules with the bands of their score."""

    rules: tuple[Rule, ...] = Field(min_length=1, max_length=MAX_RULES)
    bands: BandTable

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        if twice := repeated(rule.id for rule in self.rules):
            raise ValueError(f"rule ids must be unique, repeated: {', '.join(twice)}")
        return self

    @classmethod
    def from_yaml(cls, text: str, file: str = DEFAULT_FILE) -> Self:
        """Read a book.

        Args:
            text: The YAML.
            file: Its name, for the message of a fault.

        Raises:
            RuleBookError: It is not YAML, or a rule is malformed; all faults are named.
        """
        try:
            given = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise RuleBookError(
                f"{file} is not valid YAML: {' '.join(str(error).split())}."
            ) from error
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise RuleBookError(f"{file}: {in_words(error, given)}.") from error

    def evaluate(self, row: Mapping[str, Any]) -> RuleScore:
        """Hold the rules against one client."""
        checks = tuple(_check(rule, row) for rule in self.rules)
        score = min(sum(_parts(check.rule) for check in checks if check.fired), WHOLE) / WHOLE
        return RuleScore(score, self.bands.rule_risk.of(score), checks)

    def evaluate_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hold the rules against many clients.

        Returns:
            `rule_score`, `rule_risk` and `rules_fired` (list of ids), with the frame's index.
        """
        fired = self.fired(frame)
        scores = self._scores(fired)
        return pd.DataFrame(
            {
                "rule_score": scores,
                "rule_risk": self.bands.rule_risk.of_all(scores),
                "rules_fired": self._ids(fired),
            },
            index=frame.index,
        )

    def scores(self, frame: pd.DataFrame) -> Floats:
        """Score many clients: (rows,)."""
        return self._scores(self.fired(frame))

    def fired(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Which rules fire for which client: (rows, rules)."""
        columns = [rule.fires_for(numbers(frame, rule.feature)) for rule in self.rules]
        return np.stack(columns, axis=1)

    def rule(self, rule_id: str) -> Rule:
        """Look a rule up by its id."""
        return next(rule for rule in self.rules if rule.id == rule_id)

    def _scores(self, fired: NDArray[np.bool_]) -> Floats:
        weights = np.array([_parts(rule) for rule in self.rules])
        return np.minimum(fired @ weights, WHOLE) / WHOLE

    def _ids(self, fired: NDArray[np.bool_]) -> NDArray[np.object_]:
        """List the ids that fired, (rows,); rows with the same rules fired share one list."""
        codes, kinds = pd.factorize(fired @ (1 << np.arange(len(self.rules), dtype=np.int64)))
        lists = np.empty(len(kinds), dtype=object)
        for position, kind in enumerate(kinds):
            lists[position] = [r.id for bit, r in enumerate(self.rules) if int(kind) >> bit & 1]
        return lists[codes]


def load_default() -> RuleBook:
    """Read the book that is part of the package."""
    return RuleBook.from_yaml(files("tools.models").joinpath(DEFAULT_FILE).read_text("utf-8"))


def _check(rule: Rule, row: Mapping[str, Any]) -> RuleCheck:
    value = _number(row.get(rule.feature))
    return RuleCheck(rule, None if math.isnan(value) else value, rule.fires(value))


def _parts(rule: Rule) -> int:
    return round(rule.weight * WHOLE)


def _number(value: Any) -> float:
    """Read one cell as `numbers` reads a column of them."""
    if isinstance(value, int | float):
        return float(value)
    return math.nan if value is None else float(as_numbers(pd.Series([value]))[0])
