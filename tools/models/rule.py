"""One risk rule: a threshold on a feature, what it adds to the score, and what it says."""

import math
from collections.abc import Callable, Mapping, Sequence
from string import Formatter
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from tools.models.features import ATTRIBUTE_PREFIX, FEATURES, THEMES
from tools.models.frames import Floats
from tools.wording import format_value

RuleOp = Literal[">", ">=", "<", "<=", "between"]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Threshold = Number | tuple[Number, Number]


class Part(BaseModel):
    """A part of the rule book: fixed once read, unknown fields refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Part):
    """One condition and what it adds to the score.

    Attributes:
        message: What is said when it fires; `{threshold}`, or `{low}` and `{high}` of `between`,
            stand for the limits, so that the words follow when a threshold is changed.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    feature: str
    op: RuleOp
    threshold: Threshold
    weight: Number = Field(ge=0.0001, le=1)
    unit: Literal["days", "count", "prob", "ratio", "points", "hours", "score", "usd"]
    theme: str
    message: str = Field(min_length=1)

    @field_validator("feature")
    @classmethod
    def _is_a_number(cls, name: str) -> str:
        known = name in FEATURES and not FEATURES[name].is_category
        if not known and not name.startswith(ATTRIBUTE_PREFIX):
            allowed = ", ".join(name for name, f in FEATURES.items() if not f.is_category)
            raise ValueError(f"allowed: {allowed}, or a numeric attr_ column of your source")
        return name

    @field_validator("theme")
    @classmethod
    def _is_a_theme(cls, theme: str) -> str:
        if theme not in THEMES:
            raise ValueError(f"allowed: {', '.join(THEMES)}")
        return theme

    @field_validator("threshold", mode="before")
    @classmethod
    def _fits_the_op(cls, given: object, info: ValidationInfo) -> object:
        op = info.data.get("op")
        if op != "between":
            if op is not None and not _is_number(given):
                raise ValueError(f"op {op!r} takes a number")
            return given
        bounds: Sequence[Any] = given if isinstance(given, list | tuple) else ()
        if len(bounds) != 2 or not all(map(_is_number, bounds)) or bounds[0] > bounds[1]:
            raise ValueError("op 'between' takes [low, high], two numbers, low first")
        return tuple(bounds)

    @field_validator("message")
    @classmethod
    def _names_its_limits_only(cls, message: str, info: ValidationInfo) -> str:
        allowed = ("low", "high") if info.data.get("op") == "between" else ("threshold",)
        try:
            plain = all(
                name in (None, *allowed) and not spec and not conversion
                for _, name, spec, conversion in Formatter().parse(message)
            )
        except ValueError:
            plain = False
        if not plain:
            raise ValueError("allowed in braces: " + ", ".join(f"{{{name}}}" for name in allowed))
        return message

    @property
    def limits(self) -> tuple[float, ...]:
        """The threshold, or both ends of `between`."""
        return self.threshold if isinstance(self.threshold, tuple) else (self.threshold,)

    def label(self, currency: str = "USD") -> str:
        """Say in words when the rule fires."""
        names = ("low", "high") if self.op == "between" else ("threshold",)
        words = (format_value(limit, self.unit, currency=currency) for limit in self.limits)
        return self.message.format(**dict(zip(names, words, strict=True)))

    def fires(self, value: float) -> bool:
        """Whether the rule fires for one value; NaN never does."""
        return not math.isnan(value) and bool(_COMPARE[self.op](value, self.threshold))

    def fires_for(self, values: Floats) -> NDArray[np.bool_]:
        """Whether the rule fires, for (rows,) values; NaN never does."""
        return np.asarray(_COMPARE[self.op](values, self.threshold), dtype=bool)


def _between(value: Any, bounds: Any) -> Any:
    return (value >= bounds[0]) & (value <= bounds[1])


_COMPARE: Final[Mapping[RuleOp, Callable[[Any, Any], Any]]] = {
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    "between": _between,
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
