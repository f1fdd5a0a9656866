"""The typed question that the semantic layer answers: no SQL, no free text."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Op = Literal["=", "!=", ">", ">=", "<", "<=", "in", "not_in", "between"]
Scalar = bool | int | float | date | str
Grain = Literal["day", "week", "month", "quarter", "year"]
LIST_OPS: frozenset[str] = frozenset({"in", "not_in", "between"})


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Filter(_Value):
    """One condition on a dimension or on a per-customer number."""

    dimension: str = Field(description="A dimension or a per-customer number, e.g. segment, arr.")
    op: Op = "="
    value: Scalar | list[Scalar] = Field(description="A list for in, not_in and between.")

    @model_validator(mode="after")
    def _value_fits_op(self) -> Self:
        if (self.op in LIST_OPS) != isinstance(self.value, list):
            shape = "a list" if self.op in LIST_OPS else "a single value"
            msg = f"op {self.op!r} takes {shape}, got {self.value!r}"
            raise ValueError(msg)
        if self.op == "between" and isinstance(self.value, list) and len(self.value) != 2:
            msg = f"op 'between' takes [low, high], got {self.value!r}"
            raise ValueError(msg)
        return self


class Period(_Value):
    """Resolved dates, both included."""

    start: date
    end: date
    label: str = Field(default="", description='How a person says it, e.g. "last quarter".')

    @model_validator(mode="after")
    def _runs_forward(self) -> Self:
        if self.end < self.start:
            msg = f"period ends ({self.end}) before it starts ({self.start})"
            raise ValueError(msg)
        return self


class OrderBy(_Value):
    """Sort key: a metric, a dimension or a per-customer number."""

    by: str
    descending: bool = True


class Scope(_Value):
    """Which customers a user may see; `None` leaves a dimension unrestricted.

    An empty tuple means nobody: a scope never widens by being malformed.
    """

    account_manager: tuple[str, ...] | None = None
    region: tuple[str, ...] | None = None
    segment: tuple[str, ...] | None = None

    @property
    def is_full(self) -> bool:
        """Whether every customer is visible."""
        return self.account_manager is None and self.region is None and self.segment is None


class Query(_Value):
    """One question to the semantic layer."""

    metrics: list[str] = Field(min_length=1)
    dimensions: list[str] = Field(default_factory=list)
    filters: list[Filter] = Field(default_factory=list[Filter])
    period: Period | None = None
    grain: Grain | None = None
    compare_to: Period | Literal["previous_period", "previous_year"] | None = None
    order_by: OrderBy | None = None
    limit: int | None = Field(default=None, ge=1, le=10_000)
